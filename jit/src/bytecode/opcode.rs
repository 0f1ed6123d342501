//! The bytecode's opcodes, one row each: name, operand pattern, what the fields `x` and `y` hold.
//!
//! An instruction is 16 bytes: opcode, three slots `a b c`, and two 32-bit fields `x y`. In the pattern `I F R` is a slot
//! of that bank that is written, `i f r` one that is read, `_` unused. The VM, the disassembler, the stencil generator and
//! the JIT all read this one table. Integers of 32 bits and booleans stand zero-extended in their 64-bit slots, everywhere.

use super::fused::with_fused;

/// What the fields `x` and `y` of an instruction hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extra {
    None,
    /// A 64-bit constant, low half in `x`.
    Const64,
    /// A 32-bit constant in `x`, sign-extended.
    Const32,
    /// A jump target in `y`.
    Target,
    /// A 32-bit constant in `x`, a jump target in `y`.
    Const32Target,
    /// A byte offset into an object in `x`.
    Offset,
    /// An index in `x`: of a layout, a global, a host function, a site; see the opcode.
    Index,
    /// A call: see `Opcode::Call`.
    Call,
    /// More slots: see the opcode.
    Slots,
}

/// The number in a slot field that names no slot.
pub const NO_SLOT: u16 = u16::MAX;

macro_rules! opcodes {
    (
        $($(#[$doc:meta])* $variant:ident $name:literal $pattern:literal $extra:ident)*
        => { $($fused:ident $fused_name:literal = $first:ident $(, $next:ident $($held:ident)?)+;)* }
    ) => {
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Opcode { $($(#[$doc])* $variant,)* $($fused),* }

        impl Opcode {
            pub const ALL: &'static [Opcode] = &[$(Opcode::$variant,)* $(Opcode::$fused),*];
            pub fn name(self) -> &'static str {
                match self { $(Opcode::$variant => $name,)* $(Opcode::$fused => $fused_name),* }
            }
            /// The opcode itself, or the first that a fused one runs.
            pub fn first(self) -> Opcode {
                match self { $(Opcode::$fused => Opcode::$first,)* other => other }
            }
            pub fn pattern(self) -> &'static [u8; 3] {
                match self { $(Opcode::$variant => $pattern,)* $(Opcode::$fused => Opcode::$first.pattern()),* }
            }
            pub fn extra(self) -> Extra {
                match self { $(Opcode::$variant => Extra::$extra,)* $(Opcode::$fused => Opcode::$first.extra()),* }
            }
        }
    };
}

with_fused!(opcodes! {
    // Constants and moves
    Const "const" b"I__" Const64
    FConst "f.const" b"F__" Const64
    /// Row `x` of the table of constant references; row 0 is null.
    RConst "r.const" b"R__" Index
    Mov "mov" b"Ii_" None
    FMov "f.mov" b"Ff_" None
    RMov "r.mov" b"Rr_" None
    // 64-bit integers
    Add "add" b"Iii" None
    Sub "sub" b"Iii" None
    Mul "mul" b"Iii" None
    And "and" b"Iii" None
    Or "or" b"Iii" None
    Xor "xor" b"Iii" None
    Shl "shl" b"Iii" None
    Sar "sar" b"Iii" None
    Shr "shr" b"Iii" None
    MulHiU "mul_hi_u" b"Iii" None
    DivS "div_s" b"Iii" None
    RemS "rem_s" b"Iii" None
    DivU "div_u" b"Iii" None
    RemU "rem_u" b"Iii" None
    Clz "clz" b"Ii_" None
    AddI "add_i" b"Ii_" Const32
    MulI "mul_i" b"Ii_" Const32
    AndI "and_i" b"Ii_" Const32
    OrI "or_i" b"Ii_" Const32
    XorI "xor_i" b"Ii_" Const32
    ShlI "shl_i" b"Ii_" Const32
    SarI "sar_i" b"Ii_" Const32
    ShrI "shr_i" b"Ii_" Const32
    // Checked: jump to the target on signed overflow
    AddC "add_c" b"Iii" Target
    SubC "sub_c" b"Iii" Target
    MulC "mul_c" b"Iii" Target
    AddCI "add_c_i" b"Ii_" Const32Target
    MulCI "mul_c_i" b"Ii_" Const32Target
    // 32-bit integers
    Add32 "add32" b"Iii" None
    Sub32 "sub32" b"Iii" None
    Mul32 "mul32" b"Iii" None
    Shl32 "shl32" b"Iii" None
    Sar32 "sar32" b"Iii" None
    Shr32 "shr32" b"Iii" None
    AddI32 "add32_i" b"Ii_" Const32
    /// The low 32 bits, zero-extended.
    Wrap "wrap" b"Ii_" None
    /// The low 32 bits, sign-extended.
    Extend "extend" b"Ii_" None
    // Comparisons that yield 0 or 1
    Eq "eq" b"Iii" None
    Ne "ne" b"Iii" None
    LtS "lt_s" b"Iii" None
    LeS "le_s" b"Iii" None
    LtU "lt_u" b"Iii" None
    Lt32 "lt32" b"Iii" None
    EqI "eq_i" b"Ii_" Const32
    // Jumps; a target with a lower number closes a loop
    Jmp "jmp" b"___" Target
    BEq "b.eq" b"ii_" Target
    BNe "b.ne" b"ii_" Target
    BLtS "b.lt_s" b"ii_" Target
    BGeS "b.ge_s" b"ii_" Target
    BLtU "b.lt_u" b"ii_" Target
    BGeU "b.ge_u" b"ii_" Target
    BLt32 "b.lt32" b"ii_" Target
    BGe32 "b.ge32" b"ii_" Target
    BEqI "b.eq_i" b"i__" Const32Target
    BNeI "b.ne_i" b"i__" Const32Target
    BLtSI "b.lt_s_i" b"i__" Const32Target
    BGeSI "b.ge_s_i" b"i__" Const32Target
    BLtUI "b.lt_u_i" b"i__" Const32Target
    BGeUI "b.ge_u_i" b"i__" Const32Target
    BLt32I "b.lt32_i" b"i__" Const32Target
    BGe32I "b.ge32_i" b"i__" Const32Target
    FBEq "fb.eq" b"ff_" Target
    FBNe "fb.ne" b"ff_" Target
    FBLt "fb.lt" b"ff_" Target
    FBNlt "fb.nlt" b"ff_" Target
    FBLe "fb.le" b"ff_" Target
    FBNle "fb.nle" b"ff_" Target
    RBNull "rb.null" b"r__" Target
    RBSome "rb.some" b"r__" Target
    RBEq "rb.eq" b"rr_" Target
    RBNe "rb.ne" b"rr_" Target
    /// Jumps to entry `a` of the jump table `x`, or its last entry if `a` is not below `y`.
    Switch "switch" b"i__" Index
    // Doubles
    FAdd "f.add" b"Fff" None
    FSub "f.sub" b"Fff" None
    FMul "f.mul" b"Fff" None
    FDiv "f.div" b"Fff" None
    FNeg "f.neg" b"Ff_" None
    FAbs "f.abs" b"Ff_" None
    FSqrt "f.sqrt" b"Ff_" None
    FFloor "f.floor" b"Ff_" None
    FCeil "f.ceil" b"Ff_" None
    FTrunc "f.trunc" b"Ff_" None
    IToF "f.from_i" b"Fi_" None
    FToI "f.to_i" b"If_" None
    FToBits "f.to_bits" b"If_" None
    FFromBits "f.from_bits" b"Fi_" None
    // Fields: object, offset
    Ld8 "ld8" b"Ir_" Offset
    Ld32 "ld32" b"Ir_" Offset
    Ld64 "ld64" b"Ir_" Offset
    LdF "ld.f" b"Fr_" Offset
    LdR "ld.r" b"Rr_" Offset
    St8 "st8" b"ri_" Offset
    St32 "st32" b"ri_" Offset
    St64 "st64" b"ri_" Offset
    StF "st.f" b"rf_" Offset
    StR "st.r" b"rr_" Offset
    // Elements: array, index (its low 32 bits)
    Len "len" b"Ir_" None
    Get8 "get8" b"Iri" None
    Get16 "get16" b"Iri" None
    Get32 "get32" b"Iri" None
    Get64 "get64" b"Iri" None
    GetF "get.f" b"Fri" None
    GetR "get.r" b"Rri" None
    Set8 "set8" b"rii" None
    Set16 "set16" b"rii" None
    Set32 "set32" b"rii" None
    Set64 "set64" b"rii" None
    SetF "set.f" b"rif" None
    SetR "set.r" b"rir" None
    // Objects of layout `x`; may collect garbage, with `c` slots of the reference bank in use
    New "new" b"R__" Index
    NewArray "new_array" b"Ri_" Index
    /// to `a`, at `b`, from `c`, at `x & 0xffff`, count `x >> 16`; elements of `1 << y` bytes.
    Copy "copy" b"rir" Slots
    /// array `a`, at `b`, element `c` (of the bank that `y` names), count `x & 0xffff`; `y`: see `Element`.
    Fill "fill" b"ri_" Slots
    // Tagged values
    AnyB "any.b" b"Ri_" None
    /// May collect garbage, likewise.
    AnyI "any.i" b"Ri_" None
    AnyF "any.f" b"Rf_" None
    AnyKind "any.kind" b"Ir_" None
    AnyToB "any.to_b" b"Ir_" None
    AnyToI "any.to_i" b"Ir_" None
    AnyToF "any.to_f" b"Fr_" None
    /// Whether it is an object of type `x` or a subtype.
    AnyIs "any.is" b"Ir_" Index
    // Globals by index `x`: integers and floats in one array, references at the bottom of the reference bank
    GLd "g.ld" b"I__" Index
    GSt "g.st" b"i__" Index
    GLdF "g.ld.f" b"F__" Index
    GStF "g.st.f" b"f__" Index
    GLdR "g.ld.r" b"R__" Index
    GStR "g.st.r" b"r__" Index
    // Calls
    /// Calls function `y`: the callee's frame begins `b` slots (ref bank: `c`) above this one, and its arguments stand there.
    /// `a`: the slot that gets the result, in the bank of the callee's result type.
    Call "call" b"___" Call
    /// The same; the function's index is in integer slot `x`, and `y` is the bank of the result.
    CallInd "call_ind" b"___" Call
    /// Calls host function `x`; arguments as for a call, the result goes to integer slot `a`.
    Host "host" b"___" Index
    Ret "ret" b"___" None
    RetI "ret.i" b"i__" None
    RetF "ret.f" b"f__" None
    RetR "ret.r" b"r__" None
    /// Ends the program with the error of site `x` and the numbers in integer slots `a` and `b` (0 where there is none). The
    /// trap function's frame begins `c` words (in the reference bank `y`) above this one. In code for the VM alone.
    Trap "trap" b"___" Index
    Unreachable "unreachable" b"___" None
    /// Jumps to the target if the host wants the program to stop.
    Poll "poll" b"___" Target
    // Only in code for the JIT: the register slots of mask `x` (bits 0-3 int, 4-11 float, 12-13 ref) to and from memory
    Save "save" b"___" Index
    Reload "reload" b"___" Index
    // In no program: what the VM enters instead of a function for which there is no room
    Overflow "overflow" b"___" None
});

/// One instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Ins {
    pub op: Opcode,
    pub a: u16,
    pub b: u16,
    pub c: u16,
    pub x: i32,
    pub y: u32,
}

impl Ins {
    pub const fn new(op: Opcode, a: u16, b: u16, c: u16) -> Ins {
        Ins { op, a, b, c, x: 0, y: 0 }
    }
    pub fn with(self, x: i32, y: u32) -> Ins {
        Ins { x, y, ..self }
    }
    /// The 64-bit constant of `Extra::Const64`.
    pub fn const64(&self) -> u64 {
        u64::from(self.y) << 32 | u64::from(self.x as u32)
    }
    pub fn with_const64(self, bits: u64) -> Ins {
        self.with(bits as u32 as i32, (bits >> 32) as u32)
    }
}

/// How an element or field lies in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Element {
    I8,
    I16,
    I32,
    I64,
    Float,
    Ref,
}

impl Element {
    pub fn log2_size(self) -> u32 {
        match self {
            Element::I8 => 0,
            Element::I16 => 1,
            Element::I32 => 2,
            Element::I64 | Element::Float | Element::Ref => 3,
        }
    }
    pub fn size(self) -> u32 {
        1 << self.log2_size()
    }
}
