//! Bytecode before slots are assigned: the same opcodes over virtual registers, in one line with labels.
//!
//! `select` makes it from IR, `alloc` finds each virtual register a slot, `finish` writes the final instructions.

use super::opcode::Opcode;
use compiler::ir::{Bank, FuncId, Host, Place, Site};

/// A virtual register; `NONE` where a field is unused.
pub type VReg = u32;
pub const NONE: VReg = u32::MAX;
/// Set in a jump target that names a cold exit instead of a label.
pub const COLD: u32 = 1 << 31;

/// One virtual instruction.
#[derive(Clone, Copy, Debug)]
pub enum Lir {
    /// An opcode with its operands; `y` of a jump is a label or a cold exit. `s` and `t` are the two slots in field `x` of
    /// `Opcode::Copy` and `Opcode::Fill`.
    Op {
        op: Opcode,
        a: VReg,
        b: VReg,
        c: VReg,
        x: i32,
        y: u32,
        s: VReg,
        t: VReg,
    },
    /// A place to jump to.
    Label(u32),
    /// Starts a loop; its label stands directly behind. The constants used inside are loaded here.
    LoopStart(u32),
    LoopEnd,
    /// Parallel moves: a range of `moves`.
    Moves {
        start: u32,
        end: u32,
    },
    /// A call; an index of `calls`.
    Call(u32),
    /// A jump by index: `a`, and an index of `switches`.
    Switch {
        index: VReg,
        table: u32,
    },
}

/// Who is called.
#[derive(Clone, Copy, Debug)]
pub enum Callee {
    Func(FuncId),
    /// The slot of the function's index, and the bank of its result.
    Indirect(VReg, Option<Bank>),
    Host(Host),
}

/// An argument or the source of a move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    Reg(VReg),
    Const(u64),
}

#[derive(Clone, Debug)]
pub struct CallSite {
    pub callee: Callee,
    pub args: Vec<(Bank, Source)>,
    pub result: VReg,
    /// Never returns: nothing need survive it.
    pub diverges: bool,
    /// `None` where a trace shows nothing.
    pub place: Option<Place>,
}

/// What a failing check leads to: a call of the trap function with these numbers.
#[derive(Clone, Copy, Debug)]
pub struct ColdExit {
    pub site: Site,
    pub a: Source,
    pub b: Source,
    /// Where it stands, for sites without a place of their own.
    pub place: Place,
}

/// A constant loaded before a loop. In the reference bank the bits are a row of the table of constant references.
#[derive(Clone, Copy, Debug)]
pub struct LoopConst {
    pub loop_: u32,
    pub reg: VReg,
    pub bank: Bank,
    pub bits: u64,
}

/// A function in virtual registers.
pub struct LirFunc {
    pub code: Vec<Lir>,
    pub moves: Vec<(VReg, Source)>,
    pub calls: Vec<CallSite>,
    pub switches: Vec<Vec<u32>>,
    /// The source of allocations, by position in the code.
    pub places: Vec<(u32, Place)>,
    pub cold: Vec<ColdExit>,
    pub consts: Vec<LoopConst>,
    /// The registers that hold a construct's results, by its end label.
    pub results: Vec<(u32, Vec<VReg>)>,
    /// The bank of each virtual register.
    pub banks: Vec<Bank>,
    /// The parameters' registers, in order; `NONE` for one that is never used.
    pub params: Vec<(Bank, VReg)>,
    pub result: Option<Bank>,
    pub labels: u32,
}

impl Lir {
    pub fn op(op: Opcode, a: VReg, b: VReg, c: VReg) -> Lir {
        Lir::Op { op, a, b, c, x: 0, y: 0, s: NONE, t: NONE }
    }
    pub fn op_x(op: Opcode, a: VReg, b: VReg, c: VReg, x: i32) -> Lir {
        Lir::Op { op, a, b, c, x, y: 0, s: NONE, t: NONE }
    }
    pub fn jump(op: Opcode, a: VReg, b: VReg, x: i32, y: u32) -> Lir {
        Lir::Op { op, a, b, c: NONE, x, y, s: NONE, t: NONE }
    }
    pub fn constant(bank: Bank, reg: VReg, bits: u64) -> Lir {
        let op = match bank {
            Bank::Int => Opcode::Const,
            Bank::Float => Opcode::FConst,
            Bank::Ref => Opcode::RConst,
        };
        Lir::Op { op, a: reg, b: NONE, c: NONE, x: bits as u32 as i32, y: (bits >> 32) as u32, s: NONE, t: NONE }
    }
}

/// Calls `def` on every register that the instruction writes and `using` on every one that it reads.
pub fn visit(func: &LirFunc, lir: &Lir, mut def: impl FnMut(VReg), mut using: impl FnMut(VReg)) {
    match *lir {
        Lir::Op { op, a, b, c, y, s, t, .. } => {
            for (&kind, reg) in op.pattern().iter().zip([a, b, c]) {
                match kind {
                    b'I' | b'F' | b'R' => def(reg),
                    b'i' | b'f' | b'r' => using(reg),
                    _ => {}
                }
            }
            // The element of a fill is in the bank that the instruction names.
            if op == Opcode::Fill {
                using(c);
            }
            for reg in [s, t] {
                if reg != NONE {
                    using(reg);
                }
            }
            if matches!(op.extra(), super::opcode::Extra::Target | super::opcode::Extra::Const32Target) && y & COLD != 0 {
                let cold = func.cold[(y & !COLD) as usize];
                for source in [cold.a, cold.b] {
                    if let Source::Reg(reg) = source {
                        using(reg);
                    }
                }
            }
        }
        Lir::Moves { start, end } => {
            for &(to, from) in &func.moves[start as usize..end as usize] {
                if let Source::Reg(reg) = from {
                    using(reg);
                }
                def(to);
            }
        }
        Lir::Call(index) => {
            let call = &func.calls[index as usize];
            for &(_, arg) in &call.args {
                if let Source::Reg(reg) = arg {
                    using(reg);
                }
            }
            if let Callee::Indirect(reg, _) = call.callee {
                using(reg);
            }
            if call.result != NONE {
                def(call.result);
            }
        }
        Lir::Switch { index, .. } => using(index),
        Lir::LoopStart(id) => {
            for constant in func.consts.iter().filter(|c| c.loop_ == id) {
                def(constant.reg);
            }
        }
        Lir::Label(_) | Lir::LoopEnd => {}
    }
}
