//! The identities of `fold`: what an op of these operands is more simply.
//!
//! Every rule holds for all operands for which the op is defined; those on doubles hold to the bit, the sign of
//! zero included, except that one NaN is as good as another.

use super::fold::Folder;
use crate::ir::eval::Scalar;
use crate::ir::{Args, Imm, Op, Type, TypeId, Value};

/// What becomes of an op.
pub(super) enum Step {
    Keep,
    /// It does nothing.
    Drop,
    Value(Value),
    Constant(Scalar),
    /// It is this op, which may be simplified further.
    Op(Op, Imm, Args),
}

pub(super) fn op(op: Op, args: &[Value]) -> Step {
    Step::Op(op, Imm::None, Args::from_slice(args))
}

pub(super) fn simplify(f: &mut Folder, op: Op, imm: Imm, args: &Args) -> Step {
    if let Some(swapped) = constant_last(f, op, args) {
        return Step::Op(op, imm, swapped);
    }
    match op {
        Op::BoolNot | Op::BoolAnd | Op::BoolOr | Op::BoolEq | Op::Select => super::algebra_bool::simplify(f, op, args),
        Op::TrapIf | Op::TrapIfWith => match f.scalar(args[0]) {
            Some(Scalar::Bool(false)) => Step::Drop,
            _ => Step::Keep,
        },
        Op::StructGet | Op::ArrayLen | Op::ArrayGet => memory(f, op, imm, args),
        Op::RefIsNull | Op::RefEq | Op::RefNonNull | Op::RefCast => reference(f, op, imm, args),
        Op::AnyFromRef | Op::AnyKind | Op::AnyToBool | Op::AnyToI64 | Op::AnyToF64 | Op::AnyIs | Op::AnyToRef => any(f, op, imm, args),
        Op::BoolConst | Op::I32Const | Op::I64Const | Op::F64Const | Op::RefNull | Op::AnyNone | Op::FuncAddr | Op::ArrayConst => {
            Step::Keep
        }
        Op::StructNew | Op::StructSet | Op::ArrayNew | Op::ArrayFixed | Op::ArraySet | Op::ArrayCopy | Op::ArrayFill => Step::Keep,
        Op::GlobalGet | Op::GlobalSet | Op::AnyFromBool | Op::AnyFromI64 | Op::AnyFromF64 => Step::Keep,
        _ => super::algebra_number::simplify(f, op, args),
    }
}

pub(super) fn is_commutative(op: Op) -> bool {
    matches!(
        op,
        Op::BoolAnd
            | Op::BoolOr
            | Op::BoolEq
            | Op::I32Add
            | Op::I32Mul
            | Op::I32And
            | Op::I32Or
            | Op::I32Xor
            | Op::I32Eq
            | Op::I64Add
            | Op::I64Mul
            | Op::I64MulHiU
            | Op::I64And
            | Op::I64Or
            | Op::I64Xor
            | Op::I64Eq
            | Op::I64Ne
            | Op::I64AddChecked
            | Op::I64MulChecked
            | Op::F64Add
            | Op::F64Mul
            | Op::F64Eq
            | Op::RefEq
    )
}

/// The operands of a commutative op with its constant moved to the end.
fn constant_last(f: &Folder, op: Op, args: &Args) -> Option<Args> {
    let wrong = is_commutative(op) && is_constant(f, args[0]) && !is_constant(f, args[1]);
    wrong.then(|| Args::from_slice(&[args[1], args[0]]))
}

fn is_constant(f: &Folder, value: Value) -> bool {
    f.def(value).is_some_and(|(op, _, args)| args.is_empty() && (op == Op::RefNull || f.scalar(value).is_some()))
}

/// Reads of objects whose making is in sight.
fn memory(f: &Folder, op: Op, imm: Imm, args: &Args) -> Step {
    let Some((made_by, made_imm, made_args)) = f.def(args[0]) else { return Step::Keep };
    match (op, made_by, imm, made_imm) {
        (Op::StructGet, Op::StructNew, Imm::Field(t, field), Imm::Type(_)) => {
            let is_mutable = f.types.structure(t).fields[field as usize].mutable;
            if is_mutable { Step::Keep } else { Step::Value(made_args[field as usize]) }
        }
        (Op::ArrayLen, Op::ArrayNew, _, _) => Step::Value(made_args[0]),
        (Op::ArrayLen, Op::ArrayFixed, _, _) => Step::Constant(Scalar::I32(made_args.len() as i32)),
        (Op::ArrayLen, Op::ArrayConst, _, Imm::Data(_, data)) => Step::Constant(Scalar::I32(f.data[data].len() as i32)),
        (Op::ArrayGet, Op::ArrayConst, _, Imm::Data(_, data)) => match f.scalar(args[1]) {
            Some(Scalar::I32(at)) => match usize::try_from(at).ok().and_then(|at| f.data[data].get(at)) {
                Some(&byte) => Step::Constant(Scalar::I32(i32::from(byte))),
                None => Step::Keep,
            },
            _ => Step::Keep,
        },
        _ => Step::Keep,
    }
}

fn is_non_null(f: &Folder, value: Value) -> bool {
    matches!(f.func.ty(value), Type::Ref { nullable: false, .. })
}

fn is_null(f: &Folder, value: Value) -> bool {
    matches!(f.def(value), Some((Op::RefNull, _, _)))
}

fn reference(f: &Folder, which: Op, imm: Imm, args: &Args) -> Step {
    match which {
        Op::RefIsNull if is_non_null(f, args[0]) => Step::Constant(Scalar::Bool(false)),
        Op::RefIsNull if is_null(f, args[0]) => Step::Constant(Scalar::Bool(true)),
        Op::RefEq if args[0] == args[1] => Step::Constant(Scalar::Bool(true)),
        Op::RefEq if is_null(f, args[1]) => op(Op::RefIsNull, &args[..1]),
        Op::RefEq if is_fresh(f, args[0]) && is_fresh(f, args[1]) => Step::Constant(Scalar::Bool(false)),
        Op::RefNonNull if is_non_null(f, args[0]) => Step::Value(args[0]),
        Op::RefCast => match (imm, f.func.ty(args[0])) {
            (Imm::Type(t), Type::Ref { to, nullable: false }) if f.types.is_subtype(to, t) => Step::Value(args[0]),
            (Imm::Type(t), Type::Ref { to, nullable: true }) if f.types.is_subtype(to, t) => op(Op::RefNonNull, args),
            _ => Step::Keep,
        },
        _ => Step::Keep,
    }
}

/// Made by an instruction in sight, so another object than any other such value.
fn is_fresh(f: &Folder, value: Value) -> bool {
    matches!(f.def(value), Some((Op::StructNew | Op::ArrayNew | Op::ArrayFixed, _, _)))
}

/// Boxing and unboxing that meet.
fn any(f: &Folder, which: Op, imm: Imm, args: &Args) -> Step {
    let Some((made_by, _, made_args)) = f.def(args[0]) else { return Step::Keep };
    let kind = match made_by {
        Op::AnyNone => Some(0),
        Op::AnyFromBool => Some(1),
        Op::AnyFromI64 => Some(2),
        Op::AnyFromF64 => Some(3),
        Op::AnyFromRef if is_non_null(f, made_args[0]) => Some(4),
        _ => None,
    };
    match (which, made_by) {
        (Op::AnyKind, _) => kind.map_or(Step::Keep, |k| Step::Constant(Scalar::I32(k))),
        (Op::AnyToBool, Op::AnyFromBool) | (Op::AnyToI64, Op::AnyFromI64) | (Op::AnyToF64, Op::AnyFromF64) => Step::Value(made_args[0]),
        (Op::AnyFromRef, Op::AnyToRef) => Step::Value(made_args[0]),
        (Op::AnyIs, _) if kind.is_some_and(|k| k != 4) => Step::Constant(Scalar::Bool(false)),
        (Op::AnyIs, Op::AnyFromRef) => {
            let (Imm::Type(wanted), Type::Ref { to, nullable }) = (imm, f.func.ty(made_args[0])) else { return Step::Keep };
            match f.types.is_subtype(to, wanted) {
                true if nullable => Step::Keep,
                true => Step::Constant(Scalar::Bool(true)),
                false if f.types.is_subtype(wanted, to) => Step::Keep,
                false => Step::Constant(Scalar::Bool(false)),
            }
        }
        (Op::AnyToRef, Op::AnyFromRef) => match imm {
            Imm::Type(t) if is_struct_of(f, made_args[0], t) => Step::Value(made_args[0]),
            _ => Step::Op(Op::RefCast, imm, made_args.clone()),
        },
        _ => Step::Keep,
    }
}

fn is_struct_of(f: &Folder, value: Value, wanted: TypeId) -> bool {
    matches!(f.func.ty(value), Type::Ref { to, nullable: false } if f.types.is_subtype(to, wanted))
}
