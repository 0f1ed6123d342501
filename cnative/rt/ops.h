/* IR ops on bools, integers and doubles: one inline function each, named mochi_ + mnemonic with dots as underscores.
 *
 * Integer arithmetic goes through unsigned types, so that wrapping is defined. A checked op comes twice: the value form
 * calls mochi_trap(site, 0, 0); the `_overflows` form gives the flag, for stencils that branch themselves.
 */
#ifndef MOCHI_OPS_H
#define MOCHI_OPS_H

/* bool.const, i32.const, i64.const and f64.const are C literals; an f64 that has none comes from its bits. */
#define mochi_select(c, a, b) ((c) ? (a) : (b))

MOCHI_INLINE bool mochi_bool_not(bool a) { return !a; }
MOCHI_INLINE bool mochi_bool_and(bool a, bool b) { return a & b; }
MOCHI_INLINE bool mochi_bool_or(bool a, bool b) { return a | b; }
MOCHI_INLINE bool mochi_bool_eq(bool a, bool b) { return a == b; }
MOCHI_INLINE int32_t mochi_bool_to_i32(bool a) { return a; }

/* ---- i32 ---------------------------------------------------------------------------------------------------------- */

MOCHI_INLINE int32_t mochi_i32_add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
MOCHI_INLINE int32_t mochi_i32_sub(int32_t a, int32_t b) { return (int32_t)((uint32_t)a - (uint32_t)b); }
MOCHI_INLINE int32_t mochi_i32_mul(int32_t a, int32_t b) { return (int32_t)((uint32_t)a * (uint32_t)b); }
MOCHI_INLINE int32_t mochi_i32_and(int32_t a, int32_t b) { return a & b; }
MOCHI_INLINE int32_t mochi_i32_or(int32_t a, int32_t b) { return a | b; }
MOCHI_INLINE int32_t mochi_i32_xor(int32_t a, int32_t b) { return a ^ b; }
MOCHI_INLINE int32_t mochi_i32_shl(int32_t a, int32_t b) { return (int32_t)((uint32_t)a << (b & 31)); }
/* Right shifts of negative numbers are arithmetic in every compiler that we take. */
MOCHI_INLINE int32_t mochi_i32_shr_s(int32_t a, int32_t b) { return a >> (b & 31); }
MOCHI_INLINE int32_t mochi_i32_shr_u(int32_t a, int32_t b) { return (int32_t)((uint32_t)a >> (b & 31)); }
MOCHI_INLINE bool mochi_i32_eq(int32_t a, int32_t b) { return a == b; }
MOCHI_INLINE bool mochi_i32_lt_s(int32_t a, int32_t b) { return a < b; }
MOCHI_INLINE bool mochi_i32_lt_u(int32_t a, int32_t b) { return (uint32_t)a < (uint32_t)b; }
MOCHI_INLINE int64_t mochi_i32_extend_s(int32_t a) { return a; }
MOCHI_INLINE int64_t mochi_i32_extend_u(int32_t a) { return (uint32_t)a; }

/* ---- i64 ---------------------------------------------------------------------------------------------------------- */

MOCHI_INLINE int64_t mochi_i64_add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
MOCHI_INLINE int64_t mochi_i64_sub(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }
MOCHI_INLINE int64_t mochi_i64_mul(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }

MOCHI_INLINE int64_t mochi_i64_mul_hi_u(int64_t a, int64_t b) {
#if defined(__SIZEOF_INT128__)
    __extension__ typedef unsigned __int128 Wide;
    return (int64_t)(uint64_t)(((Wide)(uint64_t)a * (uint64_t)b) >> 64);
#else
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    uint64_t x0 = (uint32_t)x, x1 = x >> 32, y0 = (uint32_t)y, y1 = y >> 32;
    uint64_t middle = x1 * y0 + (x0 * y0 >> 32);
    uint64_t other = x0 * y1 + (uint32_t)middle;
    return (int64_t)(x1 * y1 + (middle >> 32) + (other >> 32));
#endif
}

/* Whether to divide by 32 bits: one of 64 takes up to three times as long, also of small numbers, and is a call on small machines.
 * Not where the compiler asks this itself, where it is slower than the division (tcc), and where machines look at the numbers. */
#if MOCHI_GNU && !defined(__aarch64__) && !(defined(__clang__) && defined(__x86_64__))
#define MOCHI_DIVIDES_NARROW(a, b) (!__builtin_constant_p(b) && ((uint64_t)(a) | (uint64_t)(b)) >> 32 == 0)
#else
#define MOCHI_DIVIDES_NARROW(a, b) false
#endif

#if defined(__TINYC__)
#define mochi_i64_div_s(a, b) ((a) / (b)) /* no call */
#else
MOCHI_INLINE int64_t mochi_i64_div_s(int64_t a, int64_t b) {
    return MOCHI_DIVIDES_NARROW(a, b) ? (int64_t)((uint32_t)a / (uint32_t)b) : a / b;
}
#endif

/* The machine's division would fault on MIN % -1. */
MOCHI_INLINE int64_t mochi_i64_rem_s(int64_t a, int64_t b) {
    if (MOCHI_DIVIDES_NARROW(a, b)) return (int64_t)((uint32_t)a % (uint32_t)b);
    return b == -1 ? 0 : a % b;
}

MOCHI_INLINE int64_t mochi_i64_div_u(int64_t a, int64_t b) {
    return MOCHI_DIVIDES_NARROW(a, b) ? (int64_t)((uint32_t)a / (uint32_t)b) : (int64_t)((uint64_t)a / (uint64_t)b);
}

MOCHI_INLINE int64_t mochi_i64_rem_u(int64_t a, int64_t b) {
    return MOCHI_DIVIDES_NARROW(a, b) ? (int64_t)((uint32_t)a % (uint32_t)b) : (int64_t)((uint64_t)a % (uint64_t)b);
}

MOCHI_INLINE int64_t mochi_i64_and(int64_t a, int64_t b) { return a & b; }
MOCHI_INLINE int64_t mochi_i64_or(int64_t a, int64_t b) { return a | b; }
MOCHI_INLINE int64_t mochi_i64_xor(int64_t a, int64_t b) { return a ^ b; }
MOCHI_INLINE int64_t mochi_i64_shl(int64_t a, int64_t b) { return (int64_t)((uint64_t)a << (b & 63)); }
MOCHI_INLINE int64_t mochi_i64_shr_s(int64_t a, int64_t b) { return a >> (b & 63); }
MOCHI_INLINE int64_t mochi_i64_shr_u(int64_t a, int64_t b) { return (int64_t)((uint64_t)a >> (b & 63)); }

MOCHI_INLINE int64_t mochi_i64_clz(int64_t a) {
#if MOCHI_GNU
    return a == 0 ? 64 : __builtin_clzll((unsigned long long)a);
#else
    int64_t count = 0;
    uint64_t bits = (uint64_t)a;
    for (uint64_t bit = UINT64_C(1) << 63; bit != 0 && (bits & bit) == 0; bit >>= 1) count++;
    return count;
#endif
}

MOCHI_INLINE bool mochi_i64_eq(int64_t a, int64_t b) { return a == b; }
MOCHI_INLINE bool mochi_i64_ne(int64_t a, int64_t b) { return a != b; }
MOCHI_INLINE bool mochi_i64_lt_s(int64_t a, int64_t b) { return a < b; }
MOCHI_INLINE bool mochi_i64_le_s(int64_t a, int64_t b) { return a <= b; }
MOCHI_INLINE bool mochi_i64_lt_u(int64_t a, int64_t b) { return (uint64_t)a < (uint64_t)b; }
MOCHI_INLINE int32_t mochi_i64_wrap(int64_t a) { return (int32_t)(uint32_t)(uint64_t)a; }
MOCHI_INLINE double mochi_i64_to_f64(int64_t a) { return (double)a; }

MOCHI_INLINE bool mochi_i64_add_overflows(int64_t a, int64_t b, int64_t *sum) {
#if MOCHI_GNU
    return __builtin_add_overflow(a, b, sum);
#else
    *sum = mochi_i64_add(a, b);
    return ((a ^ *sum) & (b ^ *sum)) < 0;
#endif
}

MOCHI_INLINE bool mochi_i64_sub_overflows(int64_t a, int64_t b, int64_t *difference) {
#if MOCHI_GNU
    return __builtin_sub_overflow(a, b, difference);
#else
    *difference = mochi_i64_sub(a, b);
    return ((a ^ b) & (a ^ *difference)) < 0;
#endif
}

MOCHI_INLINE bool mochi_i64_mul_overflows(int64_t a, int64_t b, int64_t *product) {
#if MOCHI_GNU
    return __builtin_mul_overflow(a, b, product);
#else
    *product = mochi_i64_mul(a, b);
    /* Factors of 32 bits, which spare the division. */
    if ((((uint64_t)a + 0x80000000u) | ((uint64_t)b + 0x80000000u)) >> 32 == 0) return false;
    if (a == 0 || b == 0) return false;
    if (a == -1) return b == INT64_MIN;
    if (b == -1) return a == INT64_MIN;
    return *product / b != a;
#endif
}

MOCHI_INLINE int64_t mochi_i64_add_checked(int64_t a, int64_t b, int32_t site) {
    int64_t sum;
    if (MOCHI_UNLIKELY(mochi_i64_add_overflows(a, b, &sum))) mochi_trap(site, 0, 0);
    return sum;
}

MOCHI_INLINE int64_t mochi_i64_sub_checked(int64_t a, int64_t b, int32_t site) {
    int64_t difference;
    if (MOCHI_UNLIKELY(mochi_i64_sub_overflows(a, b, &difference))) mochi_trap(site, 0, 0);
    return difference;
}

MOCHI_INLINE int64_t mochi_i64_mul_checked(int64_t a, int64_t b, int32_t site) {
    int64_t product;
    if (MOCHI_UNLIKELY(mochi_i64_mul_overflows(a, b, &product))) mochi_trap(site, 0, 0);
    return product;
}

MOCHI_INLINE void mochi_trap_if(bool condition, int32_t site) {
    if (MOCHI_UNLIKELY(condition)) mochi_trap(site, 0, 0);
}

MOCHI_INLINE void mochi_trap_if_with(bool condition, int64_t a, int64_t b, int32_t site) {
    if (MOCHI_UNLIKELY(condition)) mochi_trap(site, a, b);
}

/* ---- f64 ---------------------------------------------------------------------------------------------------------- */

MOCHI_INLINE double mochi_f64_from_bits(int64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Which NaN an operation yields differs between machines; programs see one. */
MOCHI_INLINE int64_t mochi_f64_to_bits(double a) {
    int64_t bits;
    if (a != a) return (int64_t)MOCHI_CANONICAL_NAN;
    memcpy(&bits, &a, sizeof bits);
    return bits;
}

MOCHI_INLINE int64_t mochi_f64_raw_bits(double a) {
    int64_t bits;
    memcpy(&bits, &a, sizeof bits);
    return bits;
}

MOCHI_INLINE double mochi_f64_add(double a, double b) { return a + b; }
MOCHI_INLINE double mochi_f64_sub(double a, double b) { return a - b; }
MOCHI_INLINE double mochi_f64_mul(double a, double b) { return a * b; }
MOCHI_INLINE double mochi_f64_div(double a, double b) { return a / b; }
MOCHI_INLINE double mochi_f64_neg(double a) { return -a; }

MOCHI_INLINE double mochi_f64_abs(double a) {
#if MOCHI_GNU
    return __builtin_fabs(a);
#else
    return mochi_f64_from_bits(mochi_f64_raw_bits(a) & INT64_MAX);
#endif
}

/* Digit by digit in integers, correctly rounded: for compilers and machines without an instruction for it. */
MOCHI_INLINE double mochi_soft_sqrt(double a) {
    uint64_t bits = (uint64_t)mochi_f64_raw_bits(a);
    int exponent = (int)(bits >> 52) & 0x7FF;
    uint64_t fraction = bits & UINT64_C(0xFFFFFFFFFFFFF);
    if (a != a || a == 0 || bits == UINT64_C(0x7FF0000000000000)) return a;
    if (bits >> 63) return mochi_f64_from_bits((int64_t)MOCHI_CANONICAL_NAN);
    if (exponent == 0) {
        for (exponent = 1; (fraction >> 52) == 0; exponent--) fraction <<= 1;
    } else {
        fraction |= UINT64_C(1) << 52;
    }
    exponent -= 1023;
    if (exponent & 1) {
        fraction <<= 1;
        exponent -= 1;
    }
    /* The root of fraction * 2^54 has 54 bits: 53 and one to round by. */
    uint64_t root = 0, rest = 0;
    for (int i = 0; i < 54; i++) {
        rest = (rest << 2) | ((fraction >> 52) & 3);
        fraction = (fraction << 2) & UINT64_C(0x3FFFFFFFFFFFFF);
        uint64_t trial = (root << 2) | 1;
        root <<= 1;
        if (rest >= trial) {
            rest -= trial;
            root |= 1;
        }
    }
    root = (root >> 1) + (root & 1);
    return mochi_f64_from_bits((int64_t)(((uint64_t)(exponent / 2 + 1022) << 52) + root));
}

/* Not the C library's, which sets errno and needs a library of its own. */
MOCHI_INLINE double mochi_f64_sqrt(double a) {
#if MOCHI_GNU && defined(__SSE2__)
    double root;
    __asm__("sqrtsd %1, %0" : "=x"(root) : "x"(a));
    return root;
#elif MOCHI_GNU && defined(__aarch64__)
    double root;
    __asm__("fsqrt %d0, %d1" : "=w"(root) : "w"(a));
    return root;
#elif MOCHI_GNU && defined(__riscv_flen) && __riscv_flen >= 64
    double root;
    __asm__("fsqrt.d %0, %1" : "=f"(root) : "f"(a));
    return root;
#else
    return mochi_soft_sqrt(a);
#endif
}

/* From 2^52 on every double is integral; infinities and NaN are among them. */
MOCHI_INLINE bool mochi_f64_is_integral_size(double a) {
    return (mochi_f64_raw_bits(a) & INT64_MAX) >= INT64_C(0x4330000000000000);
}

/* `value` with the sign of `sign`, which decides between 0 and -0. */
MOCHI_INLINE double mochi_f64_with_sign(double value, double sign) {
    return mochi_f64_from_bits((mochi_f64_raw_bits(value) & INT64_MAX) | (mochi_f64_raw_bits(sign) & INT64_MIN));
}

MOCHI_INLINE double mochi_f64_trunc(double a) {
    if (mochi_f64_is_integral_size(a)) return a;
    return mochi_f64_with_sign((double)(int64_t)a, a);
}

MOCHI_INLINE double mochi_f64_floor(double a) {
    if (mochi_f64_is_integral_size(a)) return a;
    double whole = (double)(int64_t)a;
    return mochi_f64_with_sign(whole > a ? whole - 1 : whole, a);
}

MOCHI_INLINE double mochi_f64_ceil(double a) {
    if (mochi_f64_is_integral_size(a)) return a;
    double whole = (double)(int64_t)a;
    return mochi_f64_with_sign(whole < a ? whole + 1 : whole, a);
}

MOCHI_INLINE bool mochi_f64_eq(double a, double b) { return a == b; }
MOCHI_INLINE bool mochi_f64_lt(double a, double b) { return a < b; }
MOCHI_INLINE bool mochi_f64_le(double a, double b) { return a <= b; }
MOCHI_INLINE int64_t mochi_f64_to_i64(double a) { return (int64_t)a; }

#endif
