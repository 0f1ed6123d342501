//! Identities of bools and of `select`.

use super::algebra::{Step, op};
use super::fold::Folder;
use crate::ir::eval::Scalar;
use crate::ir::{Args, Imm, Op, Type, Value};

fn truth(f: &Folder, value: Value) -> Option<bool> {
    match f.scalar(value) {
        Some(Scalar::Bool(b)) => Some(b),
        _ => None,
    }
}

fn bool_constant(b: bool) -> Step {
    Step::Constant(Scalar::Bool(b))
}

pub(super) fn simplify(f: &mut Folder, which: Op, args: &Args) -> Step {
    match which {
        Op::BoolNot => not(f, args[0]),
        Op::BoolAnd => match truth(f, args[1]) {
            Some(true) => Step::Value(args[0]),
            Some(false) => bool_constant(false),
            None if args[0] == args[1] => Step::Value(args[0]),
            None if opposites(f, args[0], args[1]) => bool_constant(false),
            None => Step::Keep,
        },
        Op::BoolOr => match truth(f, args[1]) {
            Some(true) => bool_constant(true),
            Some(false) => Step::Value(args[0]),
            None if args[0] == args[1] => Step::Value(args[0]),
            None if opposites(f, args[0], args[1]) => bool_constant(true),
            None => Step::Keep,
        },
        Op::BoolEq => match truth(f, args[1]) {
            Some(true) => Step::Value(args[0]),
            Some(false) => op(Op::BoolNot, &args[..1]),
            None if args[0] == args[1] => bool_constant(true),
            None => Step::Keep,
        },
        _ => select(f, args),
    }
}

fn opposites(f: &Folder, a: Value, b: Value) -> bool {
    let negates = |x: Value, y: Value| matches!(f.def(x), Some((Op::BoolNot, _, args)) if args[0] == y);
    negates(a, b) || negates(b, a)
}

/// The negation of a comparison of integers is the opposite comparison; of doubles it is not, because of NaN.
fn not(f: &Folder, operand: Value) -> Step {
    let Some((inner, _, args)) = f.def(operand) else { return Step::Keep };
    match inner {
        Op::BoolNot => Step::Value(args[0]),
        Op::I64Eq => op(Op::I64Ne, args),
        Op::I64Ne => op(Op::I64Eq, args),
        Op::I64LtS => op(Op::I64LeS, &[args[1], args[0]]),
        Op::I64LeS => op(Op::I64LtS, &[args[1], args[0]]),
        _ => Step::Keep,
    }
}

fn select(f: &mut Folder, args: &Args) -> Step {
    let (cond, a, b) = (args[0], args[1], args[2]);
    if a == b {
        return Step::Value(a);
    }
    match truth(f, cond) {
        Some(true) => return Step::Value(a),
        Some(false) => return Step::Value(b),
        None => {}
    }
    if let Some((Op::BoolNot, _, inner)) = f.def(cond) {
        return op(Op::Select, &[inner[0], b, a]);
    }
    if f.func.ty(a) != Type::Bool {
        return match (f.scalar(a), f.scalar(b)) {
            (Some(x), Some(y)) if x == y => Step::Value(a),
            (Some(Scalar::I32(1)), Some(Scalar::I32(0))) => op(Op::BoolToI32, &[cond]),
            _ => Step::Keep,
        };
    }
    match (truth(f, a), truth(f, b)) {
        (Some(true), Some(false)) => Step::Value(cond),
        (Some(false), Some(true)) => op(Op::BoolNot, &[cond]),
        (Some(true), None) => op(Op::BoolOr, &[cond, b]),
        (None, Some(false)) => op(Op::BoolAnd, &[cond, a]),
        (Some(false), None) => {
            let not = f.emit(Op::BoolNot, Imm::None, &[cond], Type::Bool);
            op(Op::BoolAnd, &[not, b])
        }
        (None, Some(true)) => {
            let not = f.emit(Op::BoolNot, Imm::None, &[cond], Type::Bool);
            op(Op::BoolOr, &[not, a])
        }
        (Some(x), Some(_)) => bool_constant(x),
        (None, None) if a == cond => op(Op::BoolOr, &[cond, b]),
        (None, None) if b == cond => op(Op::BoolAnd, &[cond, a]),
        (None, None) => Step::Keep,
    }
}
