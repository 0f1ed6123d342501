//! The stencils' numbering, shared by their generator and the JIT.
//!
//! A group is one piece of code; its pattern says which operands come in variants: each `I i` in 4 registers or memory,
//! each `F f` in 8 or memory, each `R r` in 2 or memory, `m` in memory alone, `_` no operand. The variants of a group are
//! numbered as a number in mixed radix, first operand foremost; the groups follow one another.

use crate::bytecode::{Opcode, REGISTERS};

/// Stencils beyond one for each opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extra {
    /// A constant that fits 32 bits, sign-extended.
    Const32,
    /// Jumps to the target if the frame is above the stack's limit.
    Enter,
    /// Clears one slot of the reference bank.
    Clear,
    /// The slow path of `New`: calls the collector.
    NewSlow,
    /// A call that leaves the reference bank where it is.
    CallInts,
    /// Tells the machine of a stack overflow, and goes on as the trap function with zeros.
    Overflow,
    /// `Fill` with a reference.
    FillRef,
}

impl Extra {
    pub const ALL: &'static [Extra] =
        &[Extra::Const32, Extra::Enter, Extra::Clear, Extra::NewSlow, Extra::CallInts, Extra::Overflow, Extra::FillRef];
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    Op(Opcode),
    Extra(Extra),
}

impl Group {
    /// All groups in order.
    pub fn all() -> impl Iterator<Item = Group> {
        Opcode::ALL.iter().map(|&op| Group::Op(op)).chain(Extra::ALL.iter().map(|&e| Group::Extra(e)))
    }

    /// Its place in that order.
    pub fn index(self) -> usize {
        match self {
            Group::Op(op) => op as usize,
            Group::Extra(extra) => Opcode::ALL.len() + extra as usize,
        }
    }

    /// The operand pattern; `None` if the opcode has no stencil of its own.
    pub fn pattern(self) -> Option<&'static [u8; 3]> {
        match self {
            Group::Op(op) => match op {
                // The JIT writes these with other stencils.
                Opcode::RetI | Opcode::RetF | Opcode::RetR | Opcode::Trap | Opcode::Save | Opcode::Reload => None,
                // Steps of the VM.
                Opcode::Overflow => None,
                fused if fused.first() != fused => None,
                Opcode::Copy | Opcode::Fill => Some(b"mmm"),
                Opcode::FFloor | Opcode::FCeil | Opcode::FTrunc => Some(b"mm_"),
                Opcode::Host => Some(b"m__"),
                _ => Some(op.pattern()),
            },
            Group::Extra(extra) => Some(match extra {
                Extra::Const32 => b"I__",
                Extra::NewSlow => b"R__",
                Extra::FillRef => b"mmm",
                Extra::Enter | Extra::Clear | Extra::CallInts | Extra::Overflow => b"___",
            }),
        }
    }

    /// Whether the last two operands may be exchanged; then only variants with the second in no later place exist.
    pub fn commutes(self) -> bool {
        use Opcode::*;
        matches!(self, Group::Op(Add | Mul | And | Or | Xor | AddC | MulC | Add32 | Mul32 | MulHiU | Eq | Ne | FAdd | FMul))
    }

    pub fn variants(self) -> usize {
        self.pattern().map_or(0, |pattern| pattern.iter().map(|&kind| places(kind)).product())
    }
}

/// How many places an operand has: the registers of its bank, and memory as the last.
pub fn places(kind: u8) -> usize {
    match kind {
        b'I' | b'i' => REGISTERS[0] as usize + 1,
        b'F' | b'f' => REGISTERS[1] as usize + 1,
        b'R' | b'r' => REGISTERS[2] as usize + 1,
        _ => 1,
    }
}

/// The number of the first variant of each group, by `Group::index`; behind them the number of all.
pub fn bases() -> Vec<usize> {
    let mut bases = vec![0];
    for group in Group::all() {
        bases.push(bases[bases.len() - 1] + group.variants());
    }
    bases
}
