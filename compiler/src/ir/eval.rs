//! What the scalar ops compute, once: the constant folder asks `eval`, the VM calls the functions of `scalar`.
//!
//! `scalar` has one inline function for each op on bools, integers and doubles, under the op's name (`i64_rem_s` for
//! `Op::I64RemS`). Checked ops give `None` on overflow. Partial ops must be called where they are defined; `eval` looks
//! first and gives `None` elsewhere, so a fold never invents a value. Ops on references, `any`, memory and functions
//! are not scalar: `eval` gives `None`.
//!
//! Doubles are compared and kept as bits, and every NaN that `eval` yields is the canonical one: the host's NaN bits never
//! reach a module.

use super::func::Imm;
use super::ops::Op;
use super::types::Type;

/// The bits that stand for every NaN.
pub const CANONICAL_NAN: u64 = 0x7ff8_0000_0000_0000;

/// A constant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scalar {
    Bool(bool),
    I32(i32),
    I64(i64),
    /// The bits, so that equality is identity.
    F64(u64),
}

impl Scalar {
    /// A double; a NaN becomes the canonical one.
    pub fn f64(value: f64) -> Scalar {
        Scalar::F64(if value.is_nan() { CANONICAL_NAN } else { value.to_bits() })
    }
    pub fn ty(self) -> Type {
        match self {
            Scalar::Bool(_) => Type::Bool,
            Scalar::I32(_) => Type::I32,
            Scalar::I64(_) => Type::I64,
            Scalar::F64(_) => Type::F64,
        }
    }
    /// The op and immediate that yield this constant.
    pub fn op(self) -> (Op, Imm) {
        match self {
            Scalar::Bool(b) => (Op::BoolConst, Imm::Bool(b)),
            Scalar::I32(n) => (Op::I32Const, Imm::I32(n)),
            Scalar::I64(n) => (Op::I64Const, Imm::I64(n)),
            Scalar::F64(bits) => (Op::F64Const, Imm::F64(bits)),
        }
    }
}

/// A type that the functions of `scalar` take and give.
trait Native: Sized {
    fn unwrap(scalar: Scalar) -> Option<Self>;
    fn wrap(self) -> Option<Scalar>;
}

macro_rules! native {
    ($($ty:ty: $variant:ident $unwrap:expr, $wrap:expr;)*) => {$(
        impl Native for $ty {
            fn unwrap(scalar: Scalar) -> Option<Self> {
                match scalar { Scalar::$variant(x) => Some($unwrap(x)), _ => None }
            }
            fn wrap(self) -> Option<Scalar> { Some($wrap(self)) }
        }
    )*};
}

native! {
    bool: Bool std::convert::identity, Scalar::Bool;
    i32: I32 std::convert::identity, Scalar::I32;
    i64: I64 std::convert::identity, Scalar::I64;
    f64: F64 f64::from_bits, Scalar::f64;
}

impl Native for Option<i64> {
    fn unwrap(_: Scalar) -> Option<Self> {
        None
    }
    fn wrap(self) -> Option<Scalar> {
        self.map(Scalar::I64)
    }
}

macro_rules! scalar_ops {
    ($($op:ident $name:ident($($arg:ident: $ty:ty),*) -> $result:ty $(, where $defined:expr;)? $body:block)*) => {
        /// The functions of the scalar ops.
        pub mod scalar {
            $(
                #[doc = concat!("`Op::", stringify!($op), "`.")]
                #[inline(always)]
                pub fn $name($($arg: $ty),*) -> $result $body
            )*
        }

        /// What an op yields for constants; `None` where that is undefined, a trap, or no constant.
        pub fn eval(op: Op, imm: Imm, args: &[Scalar]) -> Option<Scalar> {
            match op {
                $(Op::$op => {
                    let mut args = args.iter().copied();
                    $(let $arg = <$ty as Native>::unwrap(args.next()?)?;)*
                    $(if !$defined { return None; })?
                    Native::wrap(scalar::$name($($arg),*))
                })*
                Op::BoolConst | Op::I32Const | Op::I64Const | Op::F64Const => constant(imm),
                Op::Select => match args {
                    [Scalar::Bool(cond), a, b] => Some(if *cond { *a } else { *b }),
                    _ => None,
                },
                Op::StructNew | Op::StructGet | Op::StructSet | Op::ArrayNew | Op::ArrayFixed | Op::ArrayConst | Op::ArrayLen
                | Op::ArrayGet | Op::ArraySet | Op::ArrayCopy | Op::ArrayFill | Op::RefNull | Op::RefIsNull | Op::RefEq
                | Op::RefNonNull | Op::RefCast | Op::AnyNone | Op::AnyFromBool | Op::AnyFromI64 | Op::AnyFromF64
                | Op::AnyFromRef | Op::AnyKind | Op::AnyToBool | Op::AnyToI64 | Op::AnyToF64 | Op::AnyIs | Op::AnyToRef
                | Op::FuncAddr | Op::GlobalGet | Op::GlobalSet | Op::TrapIf | Op::TrapIfWith => None,
            }
        }
    };
}

fn constant(imm: Imm) -> Option<Scalar> {
    match imm {
        Imm::Bool(b) => Some(Scalar::Bool(b)),
        Imm::I32(n) => Some(Scalar::I32(n)),
        Imm::I64(n) => Some(Scalar::I64(n)),
        Imm::F64(bits) => Some(Scalar::F64(bits)),
        Imm::None | Imm::Type(_) | Imm::Field(..) | Imm::Data(..) | Imm::Global(_) | Imm::Func(_) | Imm::Site(_) => None,
    }
}

/// -2^63 and 2^63: the bounds of doubles that have an i64.
const I64_RANGE: std::ops::Range<f64> = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;

scalar_ops! {
    BoolNot bool_not(a: bool) -> bool { !a }
    BoolAnd bool_and(a: bool, b: bool) -> bool { a & b }
    BoolOr bool_or(a: bool, b: bool) -> bool { a | b }
    BoolEq bool_eq(a: bool, b: bool) -> bool { a == b }
    I32Add i32_add(a: i32, b: i32) -> i32 { a.wrapping_add(b) }
    I32Sub i32_sub(a: i32, b: i32) -> i32 { a.wrapping_sub(b) }
    I32Mul i32_mul(a: i32, b: i32) -> i32 { a.wrapping_mul(b) }
    I32And i32_and(a: i32, b: i32) -> i32 { a & b }
    I32Or i32_or(a: i32, b: i32) -> i32 { a | b }
    I32Xor i32_xor(a: i32, b: i32) -> i32 { a ^ b }
    I32Shl i32_shl(a: i32, b: i32) -> i32 { a.wrapping_shl(b as u32) }
    I32ShrS i32_shr_s(a: i32, b: i32) -> i32 { a.wrapping_shr(b as u32) }
    I32ShrU i32_shr_u(a: i32, b: i32) -> i32 { (a as u32).wrapping_shr(b as u32) as i32 }
    I32Eq i32_eq(a: i32, b: i32) -> bool { a == b }
    I32LtS i32_lt_s(a: i32, b: i32) -> bool { a < b }
    I32LtU i32_lt_u(a: i32, b: i32) -> bool { (a as u32) < b as u32 }
    I64Add i64_add(a: i64, b: i64) -> i64 { a.wrapping_add(b) }
    I64Sub i64_sub(a: i64, b: i64) -> i64 { a.wrapping_sub(b) }
    I64Mul i64_mul(a: i64, b: i64) -> i64 { a.wrapping_mul(b) }
    I64MulHiU i64_mul_hi_u(a: i64, b: i64) -> i64 { ((a as u64 as u128 * b as u64 as u128) >> 64) as i64 }
    I64DivS i64_div_s(a: i64, b: i64) -> i64, where b != 0 && !(a == i64::MIN && b == -1); { a.wrapping_div(b) }
    I64RemS i64_rem_s(a: i64, b: i64) -> i64, where b != 0; { a.wrapping_rem(b) }
    I64DivU i64_div_u(a: i64, b: i64) -> i64, where b != 0; { (a as u64 / b as u64) as i64 }
    I64RemU i64_rem_u(a: i64, b: i64) -> i64, where b != 0; { (a as u64 % b as u64) as i64 }
    I64And i64_and(a: i64, b: i64) -> i64 { a & b }
    I64Or i64_or(a: i64, b: i64) -> i64 { a | b }
    I64Xor i64_xor(a: i64, b: i64) -> i64 { a ^ b }
    I64Shl i64_shl(a: i64, b: i64) -> i64 { a.wrapping_shl(b as u32) }
    I64ShrS i64_shr_s(a: i64, b: i64) -> i64 { a.wrapping_shr(b as u32) }
    I64ShrU i64_shr_u(a: i64, b: i64) -> i64 { (a as u64).wrapping_shr(b as u32) as i64 }
    I64Clz i64_clz(a: i64) -> i64 { i64::from(a.leading_zeros()) }
    I64Eq i64_eq(a: i64, b: i64) -> bool { a == b }
    I64Ne i64_ne(a: i64, b: i64) -> bool { a != b }
    I64LtS i64_lt_s(a: i64, b: i64) -> bool { a < b }
    I64LeS i64_le_s(a: i64, b: i64) -> bool { a <= b }
    I64LtU i64_lt_u(a: i64, b: i64) -> bool { (a as u64) < b as u64 }
    I64AddChecked i64_add_checked(a: i64, b: i64) -> Option<i64> { a.checked_add(b) }
    I64SubChecked i64_sub_checked(a: i64, b: i64) -> Option<i64> { a.checked_sub(b) }
    I64MulChecked i64_mul_checked(a: i64, b: i64) -> Option<i64> { a.checked_mul(b) }
    F64Add f64_add(a: f64, b: f64) -> f64 { a + b }
    F64Sub f64_sub(a: f64, b: f64) -> f64 { a - b }
    F64Mul f64_mul(a: f64, b: f64) -> f64 { a * b }
    F64Div f64_div(a: f64, b: f64) -> f64 { a / b }
    F64Neg f64_neg(a: f64) -> f64 { -a }
    F64Abs f64_abs(a: f64) -> f64 { a.abs() }
    F64Sqrt f64_sqrt(a: f64) -> f64 { a.sqrt() }
    F64Floor f64_floor(a: f64) -> f64 { a.floor() }
    F64Ceil f64_ceil(a: f64) -> f64 { a.ceil() }
    F64Trunc f64_trunc(a: f64) -> f64 { a.trunc() }
    F64Eq f64_eq(a: f64, b: f64) -> bool { a == b }
    F64Lt f64_lt(a: f64, b: f64) -> bool { a < b }
    F64Le f64_le(a: f64, b: f64) -> bool { a <= b }
    BoolToI32 bool_to_i32(a: bool) -> i32 { i32::from(a) }
    I32ExtendS i32_extend_s(a: i32) -> i64 { i64::from(a) }
    I32ExtendU i32_extend_u(a: i32) -> i64 { i64::from(a as u32) }
    I64Wrap i64_wrap(a: i64) -> i32 { a as i32 }
    I64ToF64 i64_to_f64(a: i64) -> f64 { a as f64 }
    F64ToI64 f64_to_i64(a: f64) -> i64, where I64_RANGE.contains(&a); { a as i64 }
    F64ToBits f64_to_bits(a: f64) -> i64 { (if a.is_nan() { super::CANONICAL_NAN } else { a.to_bits() }) as i64 }
    F64FromBits f64_from_bits(a: i64) -> f64 { f64::from_bits(a as u64) }
}
