//! Selection of conditions: fused compare-and-jump, and comparisons whose 0 or 1 is wanted.

use super::lir::{Lir, NONE, VReg};
use super::opcode::Opcode;
use super::select::Selector;
use compiler::ir::{Args, Bank, Op, Value};

/// A comparison of two values as a jump.
#[derive(Clone, Copy)]
struct Compare {
    /// The jump with both operands in slots.
    op: Opcode,
    a: Value,
    b: Value,
}

impl Selector<'_> {
    /// Jumps to the target if the condition is `sense`.
    pub(super) fn branch(&mut self, cond: Value, sense: bool, target: u32) {
        if let Some(bits) = self.constant(cond) {
            if (bits != 0) == sense {
                self.emit(Lir::jump(Opcode::Jmp, NONE, NONE, 0, target));
            }
            return;
        }
        let Some((op, args)) = self.pending(cond) else {
            let reg = self.reg(cond);
            let op = if sense { Opcode::BNeI } else { Opcode::BEqI };
            return self.emit(Lir::jump(op, reg, NONE, 0, target));
        };
        self.branch_op(op, &args, sense, target);
    }

    fn branch_op(&mut self, op: Op, args: &Args, sense: bool, target: u32) {
        match op {
            Op::BoolNot => self.branch(args[0], !sense, target),
            Op::BoolAnd | Op::BoolOr => {
                // `a and b` jumps when false as soon as one is false; when true it has to skip.
                if (op == Op::BoolAnd) != sense {
                    self.branch(args[0], sense, target);
                    self.branch(args[1], sense, target);
                } else {
                    let skip = self.label();
                    self.branch(args[0], !sense, skip);
                    self.branch(args[1], sense, target);
                    self.emit(Lir::Label(skip));
                }
            }
            Op::RefIsNull => {
                let reg = self.reg(args[0]);
                let op = if sense { Opcode::RBNull } else { Opcode::RBSome };
                self.emit(Lir::jump(op, reg, NONE, 0, target));
            }
            _ => {
                let compare = jump_of(op, args[0], args[1], sense);
                self.branch_compare(compare, target);
            }
        }
    }

    fn branch_compare(&mut self, Compare { op, a, b }: Compare, target: u32) {
        if let Some((op, reg, imm)) = self.immediate_form(op, a, b) {
            return self.emit(Lir::jump(op, reg, NONE, imm, target));
        }
        let (a, b) = (self.reg(a), self.reg(b));
        self.emit(Lir::jump(op, a, b, 0, target));
    }

    /// The form of a jump with a constant operand: opcode, the other operand, the constant.
    fn immediate_form(&mut self, op: Opcode, a: Value, b: Value) -> Option<(Opcode, VReg, i32)> {
        use Opcode::*;
        let low = |bits: u64| bits as u32 as i32;
        let (left, right) = (self.constant32(a), self.constant32(b));
        // `k < b` is `b >= k + 1`, and so on; `above` is that bound where it exists.
        let above = left.and_then(|k| k.checked_add(1));
        let (form, reg, imm) = match op {
            BEq | BNe => {
                let form = if op == BEq { BEqI } else { BNeI };
                match (left, right) {
                    (_, Some(k)) => (form, a, k),
                    (Some(k), None) => (form, b, k),
                    (None, None) => return None,
                }
            }
            BLtS if right.is_some() => (BLtSI, a, right?),
            BGeS if right.is_some() => (BGeSI, a, right?),
            BLtS => (BGeSI, b, above?),
            BGeS => (BLtSI, b, above?),
            BLtU if right.is_some_and(|k| k >= 0) => (BLtUI, a, right?),
            BGeU if right.is_some_and(|k| k >= 0) => (BGeUI, a, right?),
            BLtU if left.is_some_and(|k| k >= 0) => (BGeUI, b, above?),
            BGeU if left.is_some_and(|k| k >= 0) => (BLtUI, b, above?),
            BLt32 | BGe32 => match (self.constant(a), self.constant(b)) {
                (_, Some(k)) => (if op == BLt32 { BLt32I } else { BGe32I }, a, low(k)),
                (Some(k), None) => (if op == BLt32 { BGe32I } else { BLt32I }, b, low(k).checked_add(1)?),
                (None, None) => return None,
            },
            _ => return None,
        };
        Some((form, self.reg(reg), imm))
    }

    /// Computes a condition's 0 or 1.
    pub(super) fn condition(&mut self, to: VReg, op: Op, args: &Args) {
        let simple = match op {
            Op::I64Eq | Op::I32Eq | Op::BoolEq => Some(Opcode::Eq),
            Op::I64Ne => Some(Opcode::Ne),
            Op::I64LtS => Some(Opcode::LtS),
            Op::I64LeS => Some(Opcode::LeS),
            Op::I64LtU | Op::I32LtU => Some(Opcode::LtU),
            Op::I32LtS => Some(Opcode::Lt32),
            Op::BoolAnd => Some(Opcode::And),
            Op::BoolOr => Some(Opcode::Or),
            _ => None,
        };
        if let (Some(Opcode::Eq), Some(k)) = (simple, self.constant32(args[args.len() - 1])) {
            let a = self.reg(args[0]);
            return self.emit(Lir::op_x(Opcode::EqI, to, a, NONE, k));
        }
        if let Some(simple) = simple {
            let (a, b) = (self.reg(args[0]), self.reg(args[1]));
            return self.emit(Lir::op(simple, to, a, b));
        }
        if op == Op::BoolNot && self.pending(args[0]).is_none() {
            let a = self.reg(args[0]);
            return self.emit(Lir::op_x(Opcode::XorI, to, a, NONE, 1));
        }
        // The rest has no form that yields a value: 1, unless the jump is not taken.
        let done = self.label();
        self.emit(Lir::constant(Bank::Int, to, 1));
        self.branch_op(op, args, true, done);
        self.emit(Lir::constant(Bank::Int, to, 0));
        self.emit(Lir::Label(done));
    }

    /// The first choice if the condition holds, else the second, by a jump.
    pub(super) fn select(&mut self, to: VReg, args: &Args) {
        let done = self.label();
        self.copy_value(to, args[1]);
        self.branch(args[0], true, done);
        self.copy_value(to, args[2]);
        self.emit(Lir::Label(done));
    }

    fn copy_value(&mut self, to: VReg, from: Value) {
        let bank = self.func.ty(from).bank();
        if let Some(bits) = self.constant(from) {
            return self.emit(Lir::constant(bank, to, bits));
        }
        let op = match bank {
            Bank::Int => Opcode::Mov,
            Bank::Float => Opcode::FMov,
            Bank::Ref => Opcode::RMov,
        };
        let from = self.reg(from);
        self.emit(Lir::op(op, to, from, NONE));
    }
}

/// The jump that is taken when the comparison's result is `sense`. Of doubles the opposite has its own opcode, because
/// `not a < b` is not `a >= b` where NaN is concerned.
fn jump_of(op: Op, a: Value, b: Value, sense: bool) -> Compare {
    use Opcode::*;
    let (yes, no, swap) = match op {
        Op::I64Eq | Op::I32Eq | Op::BoolEq => (BEq, BNe, false),
        Op::I64Ne => (BNe, BEq, false),
        Op::I64LtS => (BLtS, BGeS, false),
        Op::I64LeS => (BGeS, BLtS, true),
        Op::I64LtU | Op::I32LtU => (BLtU, BGeU, false),
        Op::I32LtS => (BLt32, BGe32, false),
        Op::F64Eq => (FBEq, FBNe, false),
        Op::F64Lt => (FBLt, FBNlt, false),
        Op::F64Le => (FBLe, FBNle, false),
        Op::RefEq => (RBEq, RBNe, false),
        other => unreachable!("{} is no comparison", other.mnemonic()),
    };
    let (a, b) = if swap { (b, a) } else { (a, b) };
    Compare { op: if sense { yes } else { no }, a, b }
}
