//! Fused instructions: several in one step of the VM, which costs one jump to a handler instead of as many.
//!
//! The first instruction carries the fused opcode, the others stay as they are behind it, so that a jump to them finds what it
//! expects. Which sequences: those that inner loops execute most often (a bounds check and its access, a count and its
//! test, product and sum).

use super::opcode::{Ins, Opcode};

/// A field of an instruction that names a slot.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    None,
    A,
    B,
    C,
}

macro_rules! operand {
    () => {
        Operand::None
    };
    ($held:ident) => {
        Operand::$held
    };
}
pub(crate) use operand;

/// Hands the list to another macro, behind what that one is given: opcode, name, the opcodes that it runs. A letter is the field
/// that names the slot that the opcode before has written: then the value is at hand, and need not wait for its way through
/// memory. Where one row begins with another, the longer stands first.
macro_rules! with_fused {
    ($then:ident! { $($head:tt)* }) => {
        $then! {
            $($head)*
            => {
                AddCIMulCBLtSRemUBNeI "add_c_i+mul_c+b.lt_s+rem_u+b.ne_i" = AddCI, MulC, BLtS B, RemU, BNeI A;
                AddI32BGe32Get8Get8BEq "add32_i+b.ge32+get8+get8+b.eq" = AddI32, BGe32 A, Get8, Get8, BEq B;
                BGeUGetFBGeUGetR "b.ge_u+get.f+b.ge_u+get.r" = BGeU, GetF, BGeU, GetR;
                Ld32BGeULdRGet8 "ld32+b.ge_u+ld.r+get8" = Ld32, BGeU B, LdR, Get8 B;
                Ld32BGeULdRGet64 "ld32+b.ge_u+ld.r+get64" = Ld32, BGeU B, LdR, Get64 B;
                Ld32BGeULdRGetF "ld32+b.ge_u+ld.r+get.f" = Ld32, BGeU B, LdR, GetF B;
                Ld32BGeULdRGetR "ld32+b.ge_u+ld.r+get.r" = Ld32, BGeU B, LdR, GetR B;
                Ld32LdRLd8BNeI "ld32+ld.r+ld8+b.ne_i" = Ld32, LdR, Ld8, BNeI A;
                LdRRBSomeLenBGe32 "ld.r+rb.some+len+b.ge32" = LdR, RBSome A, Len, BGe32 B;
                GLdRRBNullGetRRBSome "g.ld.r+rb.null+get.r+rb.some" = GLdR, RBNull A, GetR, RBSome A;
                RMovMovCall "r.mov+mov+call" = RMov, Mov, Call;
                RMovRMovCall "r.mov+r.mov+call" = RMov, RMov, Call;
                AddI32St32Jmp "add32_i+st32+jmp" = AddI32, St32 B, Jmp;
                LtSLtSSub32 "lt_s+lt_s+sub32" = LtS, LtS, Sub32;
                FMulFMulFAdd "f.mul+f.mul+f.add" = FMul, FMul, FAdd;
                Ld32BGeULdR "ld32+b.ge_u+ld.r" = Ld32, BGeU B, LdR;
                AddCIMulCBLtS "add_c_i+mul_c+b.lt_s" = AddCI, MulC, BLtS B;
                Get8XorMul32 "get8+xor+mul32" = Get8, Xor C, Mul32 B;
                Get8Get8BEq "get8+get8+b.eq" = Get8, Get8, BEq B;
                Get8Get8BNe "get8+get8+b.ne" = Get8, Get8, BNe B;
                Get8AndIBNeI "get8+and_i+b.ne_i" = Get8, AndI B, BNeI A;
                ConstConst "const+const" = Const, Const;
                MovMov "mov+mov" = Mov, Mov;
                MovJmp "mov+jmp" = Mov, Jmp;
                MovCall "mov+call" = Mov, Call;
                FMovJmp "f.mov+jmp" = FMov, Jmp;
                RMovCall "r.mov+call" = RMov, Call;
                AddAddI "add+add_i" = Add, AddI;
                RemUBEqI "rem_u+b.eq_i" = RemU, BEqI A;
                RemUBNeI "rem_u+b.ne_i" = RemU, BNeI A;
                AddIBLtS "add_i+b.lt_s" = AddI, BLtS A;
                AddIBGeS "add_i+b.ge_s" = AddI, BGeS A;
                AddIBLtSI "add_i+b.lt_s_i" = AddI, BLtSI A;
                AddIBGeSI "add_i+b.ge_s_i" = AddI, BGeSI A;
                AddICall "add_i+call" = AddI, Call;
                MulISub "mul_i+sub" = MulI, Sub C;
                AndIBEqI "and_i+b.eq_i" = AndI, BEqI A;
                AndIBNeI "and_i+b.ne_i" = AndI, BNeI A;
                AddCBGeS "add_c+b.ge_s" = AddC, BGeS;
                AddCRetI "add_c+ret.i" = AddC, RetI A;
                MulCRemU "mul_c+rem_u" = MulC, RemU B;
                MulCBLtS "mul_c+b.lt_s" = MulC, BLtS B;
                AddCIBLtS "add_c_i+b.lt_s" = AddCI, BLtS;
                AddCIBEqI "add_c_i+b.eq_i" = AddCI, BEqI;
                MulCIAddCI "mul_c_i+add_c_i" = MulCI, AddCI B;
                Add32St32 "add32+st32" = Add32, St32 B;
                AddI32BLt32 "add32_i+b.lt32" = AddI32, BLt32 A;
                AddI32BGe32 "add32_i+b.ge32" = AddI32, BGe32 A;
                AddI32BLt32I "add32_i+b.lt32_i" = AddI32, BLt32I A;
                WrapAddI32 "wrap+add32_i" = Wrap, AddI32;
                BGeSJmp "b.ge_s+jmp" = BGeS, Jmp;
                BGeURBNull "b.ge_u+rb.null" = BGeU, RBNull;
                BGeUGet8 "b.ge_u+get8" = BGeU, Get8;
                BGeUGet64 "b.ge_u+get64" = BGeU, Get64;
                BGeUGetF "b.ge_u+get.f" = BGeU, GetF;
                BGeUGetR "b.ge_u+get.r" = BGeU, GetR;
                FAddFMul "f.add+f.mul" = FAdd, FMul B;
                FSubFMul "f.sub+f.mul" = FSub, FMul B;
                FMulFAdd "f.mul+f.add" = FMul, FAdd C;
                FMulFSub "f.mul+f.sub" = FMul, FSub;
                FMulFMul "f.mul+f.mul" = FMul, FMul;
                Ld32BNe "ld32+b.ne" = Ld32, BNe;
                Ld32BGeU "ld32+b.ge_u" = Ld32, BGeU B;
                Ld32Ld32 "ld32+ld32" = Ld32, Ld32;
                LdFLdF "ld.f+ld.f" = LdF, LdF;
                LdRRBNull "ld.r+rb.null" = LdR, RBNull A;
                LdRLd32 "ld.r+ld32" = LdR, Ld32;
                LdRLdR "ld.r+ld.r" = LdR, LdR;
                LdRGet8 "ld.r+get8" = LdR, Get8 B;
                LdRGet64 "ld.r+get64" = LdR, Get64 B;
                LdRGetF "ld.r+get.f" = LdR, GetF B;
                LdRSet8 "ld.r+set8" = LdR, Set8 A;
                LdRSet64 "ld.r+set64" = LdR, Set64 A;
                St32StR "st32+st.r" = St32, StR;
                StRSt32 "st.r+st32" = StR, St32;
                Get8Get8 "get8+get8" = Get8, Get8;
                Get32Extend "get32+extend" = Get32, Extend B;
                Set8Jmp "set8+jmp" = Set8, Jmp;
            }
        }
    };
}
pub(crate) use with_fused;

macro_rules! longest {
    (=> { $($fused:ident $name:literal = $($part:ident $($held:ident)?),+;)* }) => {
        /// The fused opcode of the longest sequence that the code begins with.
        fn longest(code: &[Ins]) -> Option<Opcode> {
            match code {
                $([$(Ins { op: Opcode::$part, .. }),+, ..] if chained(code, &[$(operand!($($held)?)),+]) => Some(Opcode::$fused),)*
                _ => None,
            }
        }
    };
}
with_fused!(longest! {});

/// Whether the instructions read what the ones before write, as these fields say.
fn chained(code: &[Ins], held: &[Operand]) -> bool {
    let reads = |(ins, (before, held)): (&Ins, (&Ins, &Operand))| match held {
        Operand::None => true,
        Operand::A => ins.a == before.a,
        Operand::B => ins.b == before.a,
        Operand::C => ins.c == before.a,
    };
    code[1..].iter().zip(code.iter().zip(&held[1..])).all(reads)
}

/// Marks the sequences of a function. They may overlap: each instruction is marked for those who jump to it.
pub fn fuse(code: &mut [Ins]) {
    for at in 0..code.len() {
        if let Some(op) = longest(&code[at..]) {
            code[at].op = op;
        }
    }
}
