//! Identities of integers, doubles and conversions.

use super::algebra::{Step, op};
use super::fold::Folder;
use crate::ir::eval::Scalar;
use crate::ir::{Args, Imm, Op, Type, Value};

pub(super) fn simplify(f: &mut Folder, which: Op, args: &Args) -> Step {
    let step = match args.len() {
        1 => unary(f, which, args[0]),
        _ => binary(f, which, args[0], args[1]),
    };
    match step {
        Step::Keep => narrow(f, which, args),
        step => step,
    }
}

fn unary(f: &mut Folder, which: Op, a: Value) -> Step {
    let Some((inner, _, args)) = f.def(a) else { return Step::Keep };
    match (which, inner) {
        (Op::I64Wrap, Op::I32ExtendS | Op::I32ExtendU) => Step::Value(args[0]),
        (Op::F64Neg, Op::F64Neg) => Step::Value(args[0]),
        (Op::F64Abs, Op::F64Abs) => Step::Value(a),
        (Op::F64Abs, Op::F64Neg) => op(Op::F64Abs, args),
        (Op::F64FromBits, Op::F64ToBits) => Step::Value(args[0]),
        (Op::F64Floor | Op::F64Ceil | Op::F64Trunc, Op::F64Floor | Op::F64Ceil | Op::F64Trunc | Op::I64ToF64) => Step::Value(a),
        // Wrapping sums of small numbers need no 64 bits.
        (Op::I64Wrap, Op::I64Add | Op::I64Sub) => {
            let narrow = if inner == Op::I64Add { Op::I32Add } else { Op::I32Sub };
            let (x, y) = (args[0], args[1]);
            match (as_i32(f, x), as_i32(f, y)) {
                (Some(x), Some(y)) => {
                    let (x, y) = (x.value(f), y.value(f));
                    op(narrow, &[x, y])
                }
                _ => Step::Keep,
            }
        }
        _ => Step::Keep,
    }
}

fn integer(f: &Folder, value: Value) -> Option<i64> {
    match f.scalar(value)? {
        Scalar::I64(n) => Some(n),
        Scalar::I32(n) => Some(i64::from(n)),
        Scalar::Bool(_) | Scalar::F64(_) => None,
    }
}

fn zero(f: &Folder, like: Value) -> Step {
    Step::Constant(if f.func.ty(like) == Type::I32 { Scalar::I32(0) } else { Scalar::I64(0) })
}

fn binary(f: &mut Folder, which: Op, a: Value, b: Value) -> Step {
    let n = integer(f, b);
    let same = a == b;
    match which {
        Op::I32Add | Op::I64Add => match n {
            Some(0) => Step::Value(a),
            Some(_) => collect_constants(f, which, a, b),
            None => Step::Keep,
        },
        Op::I32Sub | Op::I64Sub if same => zero(f, a),
        // A difference with a constant is a sum, so that sums of constants can be collected.
        Op::I32Sub => match n {
            Some(n) => {
                let minus = f.constant(Scalar::I32((n as i32).wrapping_neg()));
                op(Op::I32Add, &[a, minus])
            }
            None => difference(f, a, b),
        },
        Op::I64Sub => match n {
            Some(n) => {
                let minus = f.constant(Scalar::I64(n.wrapping_neg()));
                op(Op::I64Add, &[a, minus])
            }
            None => difference(f, a, b),
        },
        Op::I64AddChecked if n == Some(0) => Step::Value(a),
        Op::I64SubChecked if n == Some(0) => Step::Value(a),
        Op::I64SubChecked if same => zero(f, a),
        Op::I64MulChecked | Op::I64Mul | Op::I32Mul => match n {
            Some(0) => zero(f, a),
            Some(1) => Step::Value(a),
            Some(n) if which != Op::I64MulChecked && n > 0 && (n as u64).is_power_of_two() => shift(f, which, a, n),
            _ => Step::Keep,
        },
        Op::I32And | Op::I64And => match n {
            Some(0) => zero(f, a),
            Some(-1) => Step::Value(a),
            _ if same => Step::Value(a),
            _ => Step::Keep,
        },
        Op::I32Or | Op::I64Or => match n {
            Some(0) => Step::Value(a),
            _ if same => Step::Value(a),
            _ => Step::Keep,
        },
        Op::I32Xor | Op::I64Xor => match n {
            Some(0) => Step::Value(a),
            _ if same => zero(f, a),
            _ => Step::Keep,
        },
        Op::I32Shl | Op::I32ShrS | Op::I32ShrU if n.is_some_and(|n| n & 31 == 0) => Step::Value(a),
        Op::I64Shl | Op::I64ShrS | Op::I64ShrU if n.is_some_and(|n| n & 63 == 0) => Step::Value(a),
        Op::I64DivS | Op::I64DivU if n == Some(1) => Step::Value(a),
        Op::I64RemS if n == Some(1) || n == Some(-1) => zero(f, a),
        Op::I64RemU if n == Some(1) => zero(f, a),
        Op::I64DivU if n.is_some_and(|n| (n as u64).is_power_of_two()) => {
            let bits = f.constant(Scalar::I64(i64::from(n.expect("a constant").trailing_zeros())));
            op(Op::I64ShrU, &[a, bits])
        }
        Op::I64RemU if n.is_some_and(|n| (n as u64).is_power_of_two()) => {
            let mask = f.constant(Scalar::I64(n.expect("a constant").wrapping_sub(1)));
            op(Op::I64And, &[a, mask])
        }
        Op::I32Eq | Op::I64Eq | Op::I64LeS if same => Step::Constant(Scalar::Bool(true)),
        Op::I64Ne | Op::I32LtS | Op::I32LtU | Op::I64LtS | Op::I64LtU | Op::F64Lt if same => Step::Constant(Scalar::Bool(false)),
        Op::I32LtU | Op::I64LtU if n == Some(0) => Step::Constant(Scalar::Bool(false)),
        Op::I64LeS if n == Some(i64::MAX) => Step::Constant(Scalar::Bool(true)),
        Op::I64LtS if n == Some(i64::MIN) => Step::Constant(Scalar::Bool(false)),
        // `bool.to_i32 x == 0`
        Op::I32Eq => match (f.def(a), n) {
            (Some((Op::BoolToI32, _, inner)), Some(0)) => op(Op::BoolNot, &[inner[0]]),
            (Some((Op::BoolToI32, _, inner)), Some(1)) => Step::Value(inner[0]),
            _ => Step::Keep,
        },
        Op::F64Eq | Op::F64Lt | Op::F64Le => compare_converted(f, which, a, b),
        Op::F64Mul | Op::F64Div if double(f, b) == Some(1.0) => Step::Value(a),
        // x - 0.0 is x for every x; x + 0.0 is not (-0.0 + 0.0 is 0.0), but x + -0.0 is.
        Op::F64Sub if f.scalar(b) == Some(Scalar::F64(0)) => Step::Value(a),
        Op::F64Add if f.scalar(b) == Some(Scalar::f64(-0.0)) => Step::Value(a),
        Op::F64Div => match double(f, b) {
            // The reciprocal of a power of two is exact.
            Some(d) if d.is_normal() && d.to_bits() << 12 == 0 && (1.0 / d).is_normal() => {
                let reciprocal = f.constant(Scalar::f64(1.0 / d));
                op(Op::F64Mul, &[a, reciprocal])
            }
            _ => Step::Keep,
        },
        _ => Step::Keep,
    }
}

fn double(f: &Folder, value: Value) -> Option<f64> {
    match f.scalar(value)? {
        Scalar::F64(bits) => Some(f64::from_bits(bits)),
        Scalar::Bool(_) | Scalar::I32(_) | Scalar::I64(_) => None,
    }
}

/// A converted integer compares with a small integral constant as the integer does: below 2^53 rounding changes no order.
fn compare_converted(f: &mut Folder, which: Op, a: Value, b: Value) -> Step {
    let small = |x: f64| (x.trunc() == x && x.abs() < 9_007_199_254_740_992.0).then_some(x as i64);
    let converted = |f: &Folder, v: Value| match f.def(v) {
        Some((Op::I64ToF64, _, args)) => Some(args[0]),
        _ => None,
    };
    let (x, y) = match (converted(f, a), converted(f, b), double(f, a).and_then(small), double(f, b).and_then(small)) {
        (Some(x), _, _, Some(n)) => (x, f.constant(Scalar::I64(n))),
        (_, Some(y), Some(n), _) => (f.constant(Scalar::I64(n)), y),
        _ => return Step::Keep,
    };
    match which {
        Op::F64Eq => op(Op::I64Eq, &[x, y]),
        Op::F64Lt => op(Op::I64LtS, &[x, y]),
        _ => op(Op::I64LeS, &[x, y]),
    }
}

/// `(x + c) + d` is `x + (c + d)`, wrapping.
fn collect_constants(f: &mut Folder, which: Op, a: Value, d: Value) -> Step {
    let Some((inner, _, args)) = f.def(a) else { return Step::Keep };
    let (x, c) = match args.as_slice() {
        &[x, c] if inner == which && f.scalar(c).is_some() => (x, c),
        _ => return Step::Keep,
    };
    let ty = f.func.ty(a);
    let sum = f.emit(which, Imm::None, &[c, d], ty);
    op(which, &[x, sum])
}

/// `(x + c) - (x + d)` is `c - d`; either constant may be missing.
fn difference(f: &mut Folder, a: Value, b: Value) -> Step {
    let (x, c) = without_constant(f, a);
    let (y, d) = without_constant(f, b);
    if x != y {
        return Step::Keep;
    }
    let apart = c.wrapping_sub(d);
    Step::Constant(if f.func.ty(a) == Type::I32 { Scalar::I32(apart as i32) } else { Scalar::I64(apart) })
}

/// Of `x + c` both; of anything else itself, and 0.
fn without_constant(f: &Folder, value: Value) -> (Value, i64) {
    match f.def(value) {
        Some((Op::I32Add | Op::I64Add | Op::I64AddChecked, _, args)) => match integer(f, args[1]) {
            Some(c) => (args[0], c),
            None => (value, 0),
        },
        _ => (value, 0),
    }
}

fn shift(f: &mut Folder, which: Op, a: Value, n: i64) -> Step {
    let bits = n.trailing_zeros();
    if which == Op::I32Mul {
        let bits = f.constant(Scalar::I32(bits as i32));
        return op(Op::I32Shl, &[a, bits]);
    }
    let bits = f.constant(Scalar::I64(i64::from(bits)));
    op(Op::I64Shl, &[a, bits])
}

/// A 64-bit value that is a sign-extended 32-bit one.
enum Narrow {
    Value(Value),
    Constant(i32),
}

impl Narrow {
    fn value(self, f: &mut Folder) -> Value {
        match self {
            Narrow::Value(value) => value,
            Narrow::Constant(n) => f.constant(Scalar::I32(n)),
        }
    }
}

fn as_i32(f: &Folder, value: Value) -> Option<Narrow> {
    if let Some((Op::I32ExtendS, _, args)) = f.def(value) {
        return Some(Narrow::Value(args[0]));
    }
    match f.scalar(value) {
        Some(Scalar::I64(n)) => i32::try_from(n).ok().map(Narrow::Constant),
        _ => None,
    }
}

/// A comparison of extended 32-bit numbers is one of 32-bit numbers.
fn narrow(f: &mut Folder, which: Op, args: &Args) -> Step {
    if !matches!(which, Op::I64Eq | Op::I64Ne | Op::I64LtS | Op::I64LeS) {
        return Step::Keep;
    }
    let (Some(a), Some(b)) = (as_i32(f, args[0]), as_i32(f, args[1])) else { return Step::Keep };
    let (a, b) = (a.value(f), b.value(f));
    match which {
        Op::I64Eq => op(Op::I32Eq, &[a, b]),
        Op::I64LtS => op(Op::I32LtS, &[a, b]),
        Op::I64Ne => {
            let equal = f.emit(Op::I32Eq, Imm::None, &[a, b], Type::Bool);
            op(Op::BoolNot, &[equal])
        }
        _ => {
            let greater = f.emit(Op::I32LtS, Imm::None, &[b, a], Type::Bool);
            op(Op::BoolNot, &[greater])
        }
    }
}
