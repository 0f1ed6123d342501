//! The op table: every plain instruction of the IR, one row each.
//!
//! A row gives the variant, the mnemonic, operand types, immediate, result type, effect, and the meaning. The enum, the
//! printer, the parser, the verifier's type check, effect queries and `docs/ir.md` all come from this one table; what
//! a pure op computes is in `eval.rs`. Control (`block loop if switch br return unreachable`) and calls are not ops,
//! see `func.rs`.
//!
//! In the operand and result columns: `T` is the type named by the immediate (struct, array or signature), `E` the
//! element or field type selected by it, `V` any type (the same at each place in a row), `..` a list given by the type.
//! `?T` is a nullable reference. Comparison forms that are missing are written with `bool.not` and swapped operands.

use super::types::Type;

/// What an op may do besides yielding its result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Depends on its operands alone and is defined for all of them: may be moved, merged, removed.
    Pure,
    /// Pure, but only where its precondition holds: may be merged with a dominating equal op and removed, never moved up.
    Partial,
    /// Reads mutable memory; partial as well. Reads of immutable fields and of lengths count as `Partial`.
    Read,
    /// Writes memory.
    Write,
    /// Makes a fresh object; removable when unused.
    Alloc,
    /// May end the program with an error; a dominated equal op may be removed, nothing else.
    Trap,
}

/// The immediate that an op carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImmKind {
    None,
    Bool,
    I32,
    I64,
    F64,
    /// A type of the type table.
    Type,
    /// A type and a field index.
    Field,
    /// A block of constant bytes.
    Data,
    Global,
    Func,
    /// A row of the site table: the position and kind of an error.
    Site,
}

/// An operand or result column of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Exactly this type.
    Is(Type),
    /// A non-null reference to the immediate's type.
    T,
    /// A nullable reference to the immediate's type.
    NullT,
    /// The value type of the immediate's element or field.
    E,
    /// Any number of `E`, or one for each field of the struct.
    Es,
    /// Any type; the same at each place of the row.
    V,
    /// Any reference, nullable or not.
    R,
    /// The reference type of the operand, non-null.
    NonNullR,
    /// The address of a function with the immediate's signature; for `func.addr`, that function's own.
    F,
    /// The type of the immediate's global.
    G,
    /// No result.
    Nothing,
}

macro_rules! ops {
    ($($variant:ident $name:literal [$($operand:expr),*] $imm:ident -> $result:expr; $effect:ident $meaning:literal)*) => {
        /// A plain instruction's operation.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op { $(#[doc = $meaning] $variant),* }

        impl Op {
            /// Every op, in the order of the table.
            pub const ALL: &'static [Op] = &[$(Op::$variant),*];
            pub fn mnemonic(self) -> &'static str { match self { $(Op::$variant => $name),* } }
            pub fn operands(self) -> &'static [Shape] {
                use Shape::*;
                match self { $(Op::$variant => const { &[$($operand),*] }),* }
            }
            pub fn imm(self) -> ImmKind { match self { $(Op::$variant => ImmKind::$imm),* } }
            pub fn result(self) -> Shape {
                use Shape::*;
                match self { $(Op::$variant => $result),* }
            }
            pub fn effect(self) -> Effect { match self { $(Op::$variant => Effect::$effect),* } }
            pub fn meaning(self) -> &'static str { match self { $(Op::$variant => $meaning),* } }
            pub fn from_mnemonic(name: &str) -> Option<Op> { match name { $($name => Some(Op::$variant),)* _ => None } }
        }
    };
}

const BOOL: Shape = Shape::Is(Type::Bool);
const I32: Shape = Shape::Is(Type::I32);
const I64: Shape = Shape::Is(Type::I64);
const F64: Shape = Shape::Is(Type::F64);
const ANY: Shape = Shape::Is(Type::Any);

ops! {
    // Constants
    BoolConst "bool.const" [] Bool -> BOOL; Pure "the immediate"
    I32Const "i32.const" [] I32 -> I32; Pure "the immediate"
    I64Const "i64.const" [] I64 -> I64; Pure "the immediate"
    F64Const "f64.const" [] F64 -> F64; Pure "the immediate"
    // Booleans and choice
    BoolNot "bool.not" [BOOL] None -> BOOL; Pure "negation"
    BoolAnd "bool.and" [BOOL, BOOL] None -> BOOL; Pure "conjunction; both operands are evaluated"
    BoolOr "bool.or" [BOOL, BOOL] None -> BOOL; Pure "disjunction; both operands are evaluated"
    BoolEq "bool.eq" [BOOL, BOOL] None -> BOOL; Pure "equality"
    Select "select" [BOOL, V, V] None -> V; Pure "the first choice if the condition holds, else the second; both are evaluated"
    // 32-bit integers: lengths, indices, bytes, hashes
    I32Add "i32.add" [I32, I32] None -> I32; Pure "sum, wrapping"
    I32Sub "i32.sub" [I32, I32] None -> I32; Pure "difference, wrapping"
    I32Mul "i32.mul" [I32, I32] None -> I32; Pure "product, wrapping"
    I32And "i32.and" [I32, I32] None -> I32; Pure "bitwise and"
    I32Or "i32.or" [I32, I32] None -> I32; Pure "bitwise or"
    I32Xor "i32.xor" [I32, I32] None -> I32; Pure "bitwise exclusive or"
    I32Shl "i32.shl" [I32, I32] None -> I32; Pure "shift left by the second operand modulo 32"
    I32ShrS "i32.shr_s" [I32, I32] None -> I32; Pure "arithmetic shift right, count modulo 32"
    I32ShrU "i32.shr_u" [I32, I32] None -> I32; Pure "logical shift right, count modulo 32"
    I32Eq "i32.eq" [I32, I32] None -> BOOL; Pure "equality"
    I32LtS "i32.lt_s" [I32, I32] None -> BOOL; Pure "less, signed"
    I32LtU "i32.lt_u" [I32, I32] None -> BOOL; Pure "less, unsigned"
    // 64-bit integers: Mochi's int
    I64Add "i64.add" [I64, I64] None -> I64; Pure "sum, wrapping"
    I64Sub "i64.sub" [I64, I64] None -> I64; Pure "difference, wrapping"
    I64Mul "i64.mul" [I64, I64] None -> I64; Pure "product, wrapping"
    I64MulHiU "i64.mul_hi_u" [I64, I64] None -> I64; Pure "the upper 64 bits of the unsigned 128-bit product"
    I64DivS "i64.div_s" [I64, I64] None -> I64; Partial "quotient truncated toward zero; divisor not 0, and not MIN / -1"
    I64RemS "i64.rem_s" [I64, I64] None -> I64; Partial "remainder with the dividend's sign; divisor not 0 (MIN % -1 is 0)"
    I64DivU "i64.div_u" [I64, I64] None -> I64; Partial "unsigned quotient; divisor not 0"
    I64RemU "i64.rem_u" [I64, I64] None -> I64; Partial "unsigned remainder; divisor not 0"
    I64And "i64.and" [I64, I64] None -> I64; Pure "bitwise and"
    I64Or "i64.or" [I64, I64] None -> I64; Pure "bitwise or"
    I64Xor "i64.xor" [I64, I64] None -> I64; Pure "bitwise exclusive or"
    I64Shl "i64.shl" [I64, I64] None -> I64; Pure "shift left by the second operand modulo 64"
    I64ShrS "i64.shr_s" [I64, I64] None -> I64; Pure "arithmetic shift right, count modulo 64"
    I64ShrU "i64.shr_u" [I64, I64] None -> I64; Pure "logical shift right, count modulo 64"
    I64Clz "i64.clz" [I64] None -> I64; Pure "count of leading zero bits; 64 for 0"
    I64Eq "i64.eq" [I64, I64] None -> BOOL; Pure "equality"
    I64Ne "i64.ne" [I64, I64] None -> BOOL; Pure "inequality"
    I64LtS "i64.lt_s" [I64, I64] None -> BOOL; Pure "less, signed"
    I64LeS "i64.le_s" [I64, I64] None -> BOOL; Pure "less or equal, signed"
    I64LtU "i64.lt_u" [I64, I64] None -> BOOL; Pure "less, unsigned"
    I64AddChecked "i64.add_checked" [I64, I64] Site -> I64; Trap "sum; traps at the site on signed overflow"
    I64SubChecked "i64.sub_checked" [I64, I64] Site -> I64; Trap "difference; traps at the site on signed overflow"
    I64MulChecked "i64.mul_checked" [I64, I64] Site -> I64; Trap "product; traps at the site on signed overflow"
    // Doubles: IEEE 754 binary64, round to nearest even; every NaN result counts as the same NaN
    F64Add "f64.add" [F64, F64] None -> F64; Pure "sum"
    F64Sub "f64.sub" [F64, F64] None -> F64; Pure "difference"
    F64Mul "f64.mul" [F64, F64] None -> F64; Pure "product"
    F64Div "f64.div" [F64, F64] None -> F64; Pure "quotient; by zero gives an infinity or NaN"
    F64Neg "f64.neg" [F64] None -> F64; Pure "the value with its sign flipped"
    F64Abs "f64.abs" [F64] None -> F64; Pure "the value with its sign cleared"
    F64Sqrt "f64.sqrt" [F64] None -> F64; Pure "square root, correctly rounded"
    F64Floor "f64.floor" [F64] None -> F64; Pure "largest integral value not above"
    F64Ceil "f64.ceil" [F64] None -> F64; Pure "smallest integral value not below"
    F64Trunc "f64.trunc" [F64] None -> F64; Pure "integral value toward zero"
    F64Eq "f64.eq" [F64, F64] None -> BOOL; Pure "equality; false with NaN"
    F64Lt "f64.lt" [F64, F64] None -> BOOL; Pure "less; false with NaN"
    F64Le "f64.le" [F64, F64] None -> BOOL; Pure "less or equal; false with NaN"
    // Conversions
    BoolToI32 "bool.to_i32" [BOOL] None -> I32; Pure "1 for true, 0 for false"
    I32ExtendS "i32.extend_s" [I32] None -> I64; Pure "sign extension"
    I32ExtendU "i32.extend_u" [I32] None -> I64; Pure "zero extension"
    I64Wrap "i64.wrap" [I64] None -> I32; Pure "the low 32 bits"
    I64ToF64 "i64.to_f64" [I64] None -> F64; Pure "nearest double of the signed value, ties to even"
    F64ToI64 "f64.to_i64" [F64] None -> I64; Partial "truncated toward zero; operand in -2^63 <= x < 2^63, not NaN"
    F64ToBits "f64.to_bits" [F64] None -> I64; Pure "the IEEE bits; the canonical 0x7ff8000000000000 for every NaN"
    F64FromBits "f64.from_bits" [I64] None -> F64; Pure "the double with these IEEE bits"
    // Structs
    StructNew "struct.new" [Es] Type -> T; Alloc "a fresh struct with these fields"
    StructGet "struct.get" [T] Field -> E; Read "the field's value (Partial if the field is immutable)"
    StructSet "struct.set" [T, E] Field -> Nothing; Write "stores into a mutable field"
    // Arrays; indices and counts are i32 and in range, as a check before has shown
    ArrayNew "array.new" [I32] Type -> T; Alloc "a fresh array of that length (0 <= n), elements zero, false, null or none"
    ArrayFixed "array.fixed" [Es] Type -> T; Alloc "a fresh array of these elements"
    ArrayConst "array.const" [] Data -> T; Pure "the shared array of the constant bytes (element i8), never written to"
    ArrayLen "array.len" [T] Type -> I32; Partial "the length"
    ArrayGet "array.get" [T, I32] Type -> E; Read "the element at the index"
    ArraySet "array.set" [T, I32, E] Type -> Nothing; Write "stores the element at the index"
    ArrayCopy "array.copy" [T, I32, T, I32, I32] Type -> Nothing; Write "to, at, from, at, count: copies elements, overlap allowed"
    ArrayFill "array.fill" [T, I32, E, I32] Type -> Nothing; Write "array, at, element, count: stores the element repeatedly"
    // References
    RefNull "ref.null" [] Type -> NullT; Pure "the null reference"
    RefIsNull "ref.is_null" [R] None -> BOOL; Pure "whether the reference is null"
    RefEq "ref.eq" [R, R] None -> BOOL; Pure "whether both are null or the same object"
    RefNonNull "ref.non_null" [R] None -> NonNullR; Partial "the same reference; not null"
    RefCast "ref.cast" [R] Type -> T; Partial "the same reference as one to the subtype; not null, and an object of that type"
    // Tagged values
    AnyNone "any.none" [] None -> ANY; Pure "the empty value"
    AnyFromBool "any.from_bool" [BOOL] None -> ANY; Pure "a tagged bool"
    AnyFromI64 "any.from_i64" [I64] None -> ANY; Pure "a tagged int"
    AnyFromF64 "any.from_f64" [F64] None -> ANY; Pure "a tagged float"
    AnyFromRef "any.from_ref" [R] None -> ANY; Pure "a tagged reference; null gives the empty value"
    AnyKind "any.kind" [ANY] None -> I32; Pure "0 none, 1 bool, 2 int, 3 float, 4 reference"
    AnyToBool "any.to_bool" [ANY] None -> BOOL; Partial "the bool; kind 1"
    AnyToI64 "any.to_i64" [ANY] None -> I64; Partial "the int; kind 2"
    AnyToF64 "any.to_f64" [ANY] None -> F64; Partial "the float; kind 3"
    AnyIs "any.is" [ANY] Type -> BOOL; Pure "whether it is a reference to an object of this type or a subtype"
    AnyToRef "any.to_ref" [ANY] Type -> T; Partial "the reference; `any.is` of that type holds"
    // Functions and globals
    FuncAddr "func.addr" [] Func -> F; Pure "the function's address"
    GlobalGet "global.get" [] Global -> G; Read "the global's value"
    GlobalSet "global.set" [G] Global -> Nothing; Write "stores into the global"
    // Checks
    TrapIf "trap_if" [BOOL] Site -> Nothing; Trap "if the condition holds, ends the program with the site's error"
    TrapIfWith "trap_if_with" [BOOL, I64, I64] Site -> Nothing; Trap "the same; the two numbers go into the message"
}
