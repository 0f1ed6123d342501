/* IR ops on structs, arrays, references and tagged values, and the inline half of allocation.
 *
 * Emitted C uses `mochi_deref(p)->field` and `mochi_deref(a)->items[i]` for element access, since C's own types say more
 * to its optimiser; the loads and stores by offset here are the same accesses for code made at run time. Whatever can
 * collect says so; everything else never does.
 */
#ifndef MOCHI_MEMORY_H
#define MOCHI_MEMORY_H

/* ---- References ---------------------------------------------------------------------------------------------------
 *
 * A reference has a pointer type, and is used through mochi_deref alone. In a checked build its bits are a handle:
 *
 *   47        32 31              1  0
 *   +-----------+-----------------+---+
 *   | generation| row of the table| 1 |     (a static object is its plain address: bit 0 is 0)
 *   +-----------+-----------------+---+
 */
#if defined(MOCHI_CHECKED)
#define mochi_deref(reference) ((__typeof__(reference))mochi_check(reference))
#else
#define mochi_deref(reference) (reference)
#endif

#define mochi_ref_is_null(reference) ((reference) == NULL)
#define mochi_ref_eq(a, b) ((const void *)(a) == (const void *)(b))
#define mochi_ref_non_null(reference) (reference)

MOCHI_INLINE uint32_t mochi_type_id(const void *reference) {
    return ((const mochi_Object *)mochi_deref(reference))->head & MOCHI_HEAD_TYPE;
}

/* ---- Allocation --------------------------------------------------------------------------------------------------- */

/* Size classes: multiples of 8 to 64 bytes, then four to each doubling. */
MOCHI_INLINE uint32_t mochi_size_class(size_t size) {
    uint32_t units = (uint32_t)((size + 7) / 8);
    if (units <= 8) return units;
#if MOCHI_GNU
    uint32_t log = 31u - (uint32_t)__builtin_clz(units - 1);
#else
    uint32_t log = 3;
    while ((units - 1) >> (log + 1)) log++;
#endif
    return 8 + (log - 3) * 4 + ((units - 1) >> (log - 2)) - 3;
}

/* Room for an object: takes the next free cell of its class. */
MOCHI_INLINE void *mochi_alloc(size_t size) {
    if (size <= MOCHI_SMALL_MAX) {
        mochi_Run *run = &mochi_state.runs[mochi_size_class(size)];
        char *cell = run->at;
        if (MOCHI_LIKELY(cell != run->end)) {
            run->at = cell + run->cell;
            return cell;
        }
    }
    return mochi_alloc_slow(size);
}

/* The same, or NULL where that would need a collection or new memory. */
MOCHI_INLINE void *mochi_alloc_fast(size_t size) {
    if (size > MOCHI_SMALL_MAX) return NULL;
    mochi_Run *run = &mochi_state.runs[mochi_size_class(size)];
    char *cell = run->at;
    if (MOCHI_UNLIKELY(cell == run->end)) return NULL;
    run->at = cell + run->cell;
    return cell;
}

/* Makes a fresh cell an object of a type; gives the reference. */
MOCHI_INLINE void *mochi_init(void *cell, uint32_t type_id, bool large) {
    mochi_Object *object = (mochi_Object *)cell;
    object->head = type_id | (large ? MOCHI_HEAD_LARGE : 0);
#if defined(MOCHI_CHECKED)
    return mochi_handle(object);
#else
    return object;
#endif
}

/* Bytes of an array; more than fits counts as more than there is. */
MOCHI_INLINE size_t mochi_array_size(size_t head, size_t element, int32_t len) {
    uint64_t size = head + (uint64_t)(uint32_t)len * element;
    return size > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)size;
}

/* struct.new without its stores, array.new: `type` is a C type of the emitted text. May collect. */
#define mochi_struct_new(type, id) ((type *)mochi_init(mochi_alloc(sizeof(type)), (id), sizeof(type) > MOCHI_SMALL_MAX))

#if MOCHI_GNU
typedef uint64_t mochi_Word __attribute__((may_alias));
#else
typedef uint64_t mochi_Word;
#endif

MOCHI_INLINE void *mochi_array_init(void *cell, uint32_t type_id, size_t head, size_t size, int32_t len) {
    mochi_Array *array = (mochi_Array *)cell;
    array->len = len;
    if (size <= 64) {
        /* Cells are whole words; a call costs more than a few stores. */
        for (size_t at = head / 8; at < (size + 7) / 8; at++) ((mochi_Word *)cell)[at] = 0;
    } else if (size <= MOCHI_SMALL_MAX) {
        memset((char *)cell + head, 0, size - head); /* large ones come zeroed */
    }
    return mochi_init(cell, type_id, size > MOCHI_SMALL_MAX);
}

MOCHI_INLINE void *mochi_array_new_sized(uint32_t type_id, size_t head, size_t element, int32_t len) {
    size_t size = mochi_array_size(head, element, len);
    return mochi_array_init(mochi_alloc(size), type_id, head, size, len);
}

#define mochi_array_new(type, id, len) \
    ((type *)mochi_array_new_sized((id), offsetof(type, items), sizeof(((type *)0)->items[0]), (len)))

/* ---- The reference bank ------------------------------------------------------------------------------------------- */

MOCHI_INLINE mochi_Cell mochi_cell_of(const void *reference) { return (mochi_Cell)(uintptr_t)reference; }

/* A frame of empty slots. Its end is `mochi_state.root_top = frame`. */
MOCHI_INLINE mochi_Cell *mochi_frame(size_t slots) {
    mochi_Cell *frame = mochi_state.root_top;
    if (MOCHI_UNLIKELY((size_t)(mochi_state.root_limit - frame) < slots)) mochi_stack_overflow();
    mochi_state.root_top = frame + slots;
    for (size_t i = 0; i < slots; i++) frame[i] = 0;
    return frame;
}

/* ---- The stack ---------------------------------------------------------------------------------------------------- */

MOCHI_INLINE uintptr_t mochi_stack_pointer(void) {
    uintptr_t here;
#if MOCHI_GNU && defined(__x86_64__)
    __asm__("mov %%rsp, %0" : "=r"(here));
#elif MOCHI_GNU && (defined(__aarch64__) || defined(__arm__))
    __asm__("mov %0, sp" : "=r"(here));
#else
    volatile char local = 0;
    here = (uintptr_t)&local;
#endif
    return here;
}

/* ---- Call traces ---------------------------------------------------------------------------------------------------- */

/* A function that waits or fails: who called it, and where it is, a row of `mochi_stacks`. */
typedef struct mochi_Call {
    struct mochi_Call *up;
    int32_t at;
} mochi_Call;

/* What a check's number stands for: the site, and the row of where the check is. */
typedef struct mochi_Failure {
    int32_t site, row;
} mochi_Failure;

/* The number of a check in a function that has a record, which knows only of the last call. */
#define MOCHI_RECORDED(number) ((number) | 0x40000000)

extern mochi_Call *mochi_calls;              /* innermost */
extern const char *const *mochi_stacks;      /* lines of a trace; NULL: there are no traces, and sites for numbers */
extern const mochi_Failure *mochi_failures;
/* Shows the lines of all calls, innermost first, of many both ends; not on bare machines. */
void mochi_trace(void (*put)(const char *line, size_t length));

/* On entry of each function that can call itself, however far around. */
MOCHI_INLINE void mochi_check_stack(void) {
    if (MOCHI_UNLIKELY(mochi_stack_pointer() < mochi_state.stack_limit)) mochi_stack_overflow();
}

/* The same where it is known what to show. */
MOCHI_INLINE void mochi_check_stack_at(const char *place) {
    if (MOCHI_UNLIKELY(mochi_stack_pointer() < mochi_state.stack_limit)) mochi_stack_overflow_at(place);
}

/* In loops and functions of programs with a time limit. */
MOCHI_INLINE void mochi_poll(void) {
    if (MOCHI_UNLIKELY(mochi_interrupted)) mochi_interrupt();
}

/* ---- Fields and elements by offset, for code made at run time ------------------------------------------------------ */

MOCHI_INLINE int32_t mochi_array_len(const void *array) { return ((const mochi_Array *)mochi_deref(array))->len; }

/* `name` is the storage: i8 and i16 widen to int32_t, zero-extended. */
#define MOCHI_ACCESS(name, storage, value)                                                            \
    MOCHI_INLINE value mochi_load_##name(const void *object, size_t offset) {                         \
        storage stored;                                                                               \
        memcpy(&stored, (const char *)mochi_deref(object) + offset, sizeof stored);                   \
        return (value)stored;                                                                         \
    }                                                                                                 \
    MOCHI_INLINE void mochi_store_##name(void *object, size_t offset, value to) {                     \
        storage stored = (storage)to;                                                                 \
        memcpy((char *)mochi_deref(object) + offset, &stored, sizeof stored);                         \
    }                                                                                                 \
    MOCHI_INLINE value mochi_array_get_##name(const void *array, int32_t i) {                         \
        return mochi_load_##name(array, sizeof(mochi_Array) + (size_t)(uint32_t)i * sizeof(storage)); \
    }                                                                                                 \
    MOCHI_INLINE void mochi_array_set_##name(void *array, int32_t i, value to) {                      \
        mochi_store_##name(array, sizeof(mochi_Array) + (size_t)(uint32_t)i * sizeof(storage), to);   \
    }
MOCHI_ACCESS(i8, uint8_t, int32_t)
MOCHI_ACCESS(i16, uint16_t, int32_t)
MOCHI_ACCESS(bool, bool, bool)
MOCHI_ACCESS(i32, int32_t, int32_t)
MOCHI_ACCESS(i64, int64_t, int64_t)
MOCHI_ACCESS(f64, double, double)
MOCHI_ACCESS(ref, void *, void *)
MOCHI_ACCESS(any, mochi_Cell, mochi_Cell)
#undef MOCHI_ACCESS

/* array.copy: ranges are in bounds and may overlap. `element` is the size of one in bytes. */
MOCHI_INLINE void mochi_array_copy(void *to, int32_t at, const void *from, int32_t from_at, int32_t count, size_t element) {
    memmove((char *)mochi_deref(to) + sizeof(mochi_Array) + (size_t)(uint32_t)at * element,
            (const char *)mochi_deref(from) + sizeof(mochi_Array) + (size_t)(uint32_t)from_at * element,
            (size_t)(uint32_t)count * element);
}

/* array.fill; a macro for emitted C, where the array has a type of its own. */
#define mochi_array_fill(type, array, at, value, count)                                      \
    do {                                                                                     \
        type *mochi_filled = mochi_deref(array);                                             \
        int32_t mochi_first = (at), mochi_end = mochi_first + (count);                       \
        for (; mochi_first < mochi_end; mochi_first++) mochi_filled->items[mochi_first] = (value); \
    } while (0)

/* ---- Tagged values: drawn in mochi.h ------------------------------------------------------------------------------- */

MOCHI_INLINE mochi_Cell mochi_any_none(void) { return 0; }
MOCHI_INLINE mochi_Cell mochi_any_from_bool(bool a) { return MOCHI_CELL_BOOL | (mochi_Cell)a; }

/* Collects where the int needs more than 51 bits. */
MOCHI_INLINE mochi_Cell mochi_any_from_i64(int64_t a) {
    if (MOCHI_LIKELY((uint64_t)a + (UINT64_C(1) << 50) < UINT64_C(1) << 51)) return MOCHI_CELL_INT | (mochi_Cell)a;
    return mochi_box_i64(a);
}

MOCHI_INLINE mochi_Cell mochi_any_from_f64(double a) { return (mochi_Cell)mochi_f64_to_bits(a) + MOCHI_CELL_DOUBLE; }
MOCHI_INLINE mochi_Cell mochi_any_from_ref(const void *a) { return mochi_cell_of(a); }

/* 0 none, 1 bool, 2 int, 3 float, 4 reference */
MOCHI_INLINE int32_t mochi_any_kind(mochi_Cell a) {
    uint32_t tag = (uint32_t)(a >> 48);
    if (tag == 0) return a == 0 ? 0 : 4;
    if (tag == 1) return (a & MOCHI_CELL_ADDRESS) < 8 ? 1 : 2;
    return a >= MOCHI_CELL_INT ? 2 : 3;
}

MOCHI_INLINE bool mochi_any_to_bool(mochi_Cell a) { return a & 1; }

MOCHI_INLINE int64_t mochi_any_to_i64(mochi_Cell a) {
    if (MOCHI_LIKELY(a >= MOCHI_CELL_INT)) return (int64_t)(a << 13) >> 13;
    const mochi_Box *box = (const mochi_Box *)(uintptr_t)(a & MOCHI_CELL_ADDRESS);
    return mochi_deref(box)->value;
}

MOCHI_INLINE double mochi_any_to_f64(mochi_Cell a) { return mochi_f64_from_bits((int64_t)(a - MOCHI_CELL_DOUBLE)); }
MOCHI_INLINE void *mochi_any_to_ref(mochi_Cell a) { return (void *)(uintptr_t)a; }

/* Whether a reference is to an object of a type or one of its subtypes (`first` to `last`: its row of mochi_Type). */
MOCHI_INLINE bool mochi_ref_is(const void *reference, uint32_t first, uint32_t last) {
    return mochi_type_id(reference) - first <= last - first;
}

MOCHI_INLINE bool mochi_any_is(mochi_Cell a, uint32_t first, uint32_t last) {
    return a != 0 && a >> 48 == 0 && mochi_ref_is((const void *)(uintptr_t)a, first, last);
}

#endif
