//! Arithmetic. Ints are checked; the prelude's wrap. Where operands are tagged, an outlined function tries their kinds; `none`
//! on either side gives `none`.

use super::function::FnCx;
use super::sites::Fault;
use crate::hir::tree::Expr;
use crate::ir::{Imm, Op, Value};
use crate::source::Span;
use crate::syntax::ast::BinaryOp;
use crate::types::{Ty, TyKind};

/// A value and its type.
pub(crate) type Typed = (Value, Ty);

impl FnCx<'_, '_> {
    /// A binary operator other than `&& || ?? == !=` on evaluated operands.
    pub fn binary(&mut self, op: BinaryOp, left: Typed, right: Typed, ty: Ty, at: Span) -> Value {
        match op {
            BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem | BinaryOp::Add | BinaryOp::Sub => self.arithmetic(op, left, right, ty, at),
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => self.ordering(op, left, right, at),
            BinaryOp::In => self.membership(left, right, at),
            BinaryOp::Union | BinaryOp::UnionAll | BinaryOp::Except | BinaryOp::Intersect => self.set_operator(op, left, right, ty, at),
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce => unreachable!("{op:?} is lowered elsewhere"),
        }
    }

    /// Whether the type has one alternative and no none, so that its form is known.
    pub fn is_plain(&self, ty: Ty) -> bool {
        !matches!(self.l.facts.tys.kind(ty), TyKind::Never | TyKind::None | TyKind::Option(_) | TyKind::Any { .. })
    }

    fn arithmetic(&mut self, op: BinaryOp, left: Typed, right: Typed, ty: Ty, at: Span) -> Value {
        if self.is_plain(left.1) && self.is_plain(right.1) {
            return self.arithmetic_as(op, left, right, ty, at);
        }
        let key = format!("{}.{:?}.{}.{}.{}", op_name(op), (at.file.0, at.start), left.1.0, right.1.0, ty.0);
        self.outline(&key, op_name(op), &[left, right], ty, move |cx, args| {
            let (x, y) = (args[0], args[1]);
            cx.dispatch(x, left.1, ty, &mut |cx, x, a| {
                cx.dispatch(y, right.1, ty, &mut |cx, y, b| cx.arithmetic_as(op, (x, a), (y, b), ty, at))
            })
        })
    }

    /// Arithmetic on operands of known form in the form of `ty`. Where that can be an int or a bigint (`--exact-ints`), the value
    /// decides which it is.
    fn arithmetic_as(&mut self, op: BinaryOp, left: Typed, right: Typed, ty: Ty, at: Span) -> Value {
        let grows = matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul);
        let int = self.l.intern(TyKind::Int);
        if left.1 == int && right.1 == int && grows && self.is_exact(ty) {
            return self.exact_arithmetic(op, left.0, right.0, ty, at);
        }
        let (value, have) = self.arithmetic_plain(op, left, right, at);
        self.exact_result(value, have, ty)
    }
    /// A number in the form of `ty`; a bigint as an int where that has ints and the value fits.
    fn exact_result(&mut self, value: Value, have: Ty, ty: Ty) -> Value {
        let int = self.l.intern(TyKind::Int);
        if !self.l.is_data(have, self.l.facts.known.bigint) {
            return self.coerce(value, have, ty);
        }
        if self.is_exact(ty) {
            return self.narrowest(value, have, ty);
        }
        let all = self.l.facts.tys.alternatives(ty);
        if all.contains(&have) || !all.contains(&int) {
            return self.coerce(value, have, ty);
        }
        // Inference has found that it fits: a remainder by an int, for one.
        let value = self.call_prelude("bigint_wrap", &[], &[value]);
        self.coerce(value, int, ty)
    }
    /// Whether the type holds ints and bigints both.
    pub fn is_exact(&mut self, ty: Ty) -> bool {
        let int = self.l.intern(TyKind::Int);
        let all = self.l.facts.tys.alternatives(ty);
        all.contains(&int) && all.iter().any(|&ty| self.l.is_data(ty, self.l.facts.known.bigint))
    }
    fn exact_arithmetic(&mut self, op: BinaryOp, x: Value, y: Value, ty: Ty, at: Span) -> Value {
        let int = self.l.intern(TyKind::Int);
        let key = format!("exact.{}.{}", op_name(op), ty.0);
        self.outline(&key, op_name(op), &[(x, int), (y, int)], ty, move |cx, args| {
            let name = match op {
                BinaryOp::Add => "int_add_overflows",
                BinaryOp::Sub => "int_sub_overflows",
                _ => "int_mul_overflows",
            };
            let overflows = cx.call_prelude(name, &[], args);
            let form = cx.l.layout(ty);
            let bigint = cx.l.intern(TyKind::Data(cx.l.facts.known.bigint, Vec::new()));
            cx.choose(
                overflows,
                form,
                |cx| {
                    let (x, y) = (cx.as_bigint((args[0], int)), cx.as_bigint((args[1], int)));
                    let (value, _) = cx.arithmetic_plain(op, (x, bigint), (y, bigint), at);
                    cx.coerce(value, bigint, ty)
                },
                |cx| {
                    let wrapping = match op {
                        BinaryOp::Add => Op::I64Add,
                        BinaryOp::Sub => Op::I64Sub,
                        _ => Op::I64Mul,
                    };
                    let value = cx.plain(wrapping, args);
                    cx.coerce(value, int, ty)
                },
            )
        })
    }
    /// A bigint as an int where it fits.
    pub fn narrowest(&mut self, value: Value, have: Ty, ty: Ty) -> Value {
        let int = self.l.intern(TyKind::Int);
        let fits = self.call_prelude("bigint_fits", &[], &[value]);
        let form = self.l.layout(ty);
        self.choose(
            fits,
            form,
            |cx| {
                let value = cx.call_prelude("bigint_wrap", &[], &[value]);
                cx.coerce(value, int, ty)
            },
            |cx| cx.coerce(value, have, ty),
        )
    }

    /// Arithmetic on operands of known form; gives the result's type, `Never` where the operands cannot be used.
    fn arithmetic_plain(&mut self, op: BinaryOp, (x, a): Typed, (y, b): Typed, at: Span) -> Typed {
        let (left, right) = (self.l.kind(a), self.l.kind(b));
        match (left, right) {
            (TyKind::Int, TyKind::Int) => (self.int_arithmetic(op, x, y, at), a),
            (TyKind::I32 | TyKind::Byte, TyKind::I32 | TyKind::Byte) => (self.i32_arithmetic(op, x, y), self.l.intern(TyKind::I32)),
            (TyKind::Float, TyKind::Float) => (self.float_arithmetic(op, x, y, at), a),
            (TyKind::Int, TyKind::Float) => {
                let x = self.plain(Op::I64ToF64, &[x]);
                (self.float_arithmetic(op, x, y, at), b)
            }
            (TyKind::Float, TyKind::Int) => {
                let y = self.plain(Op::I64ToF64, &[y]);
                (self.float_arithmetic(op, x, y, at), a)
            }
            (TyKind::Bool, _) => {
                let int = self.l.intern(TyKind::Int);
                let x = self.bool_as_int(x);
                self.arithmetic_plain(op, (x, int), (y, b), at)
            }
            (_, TyKind::Bool) if !self.l.is_string(a) || op != BinaryOp::Add => {
                let int = self.l.intern(TyKind::Int);
                let y = self.bool_as_int(y);
                self.arithmetic_plain(op, (x, a), (y, int), at)
            }
            _ => self.object_arithmetic(op, (x, a), (y, b), at),
        }
    }

    /// A bool counts as 0 or 1.
    pub fn bool_operand(&mut self, (x, a): Typed) -> Typed {
        if self.l.kind(a) != TyKind::Bool {
            return (x, a);
        }
        let int = self.l.intern(TyKind::Int);
        (self.bool_as_int(x), int)
    }
    fn bool_as_int(&mut self, x: Value) -> Value {
        let x = self.plain(Op::BoolToI32, &[x]);
        self.plain(Op::I32ExtendU, &[x])
    }

    /// Strings, lists and big numbers.
    fn object_arithmetic(&mut self, op: BinaryOp, (x, a): Typed, (y, b): Typed, at: Span) -> Typed {
        if op == BinaryOp::Add && self.l.is_string(a) && self.l.is_string(b) {
            return (self.call_prelude("string_concat", &[], &[x, y]), a);
        }
        if let (BinaryOp::Add, Some(p), Some(q)) = (op, self.l.list_element(a), self.l.list_element(b))
            && p == q
        {
            return (self.call_prelude("list_concat", &[p], &[x, y]), a);
        }
        if let Some(made) = self.big_arithmetic(op, (x, a), (y, b), at) {
            return made;
        }
        if op != BinaryOp::Add && (self.l.is_string(a) || self.l.is_string(b)) {
            let (x, y) = (self.text_as_number((x, a)), self.text_as_number((y, b)));
            if let (Some(x), Some(y)) = (x, y) {
                return self.arithmetic_plain(op, x, y, at);
            }
        }
        self.trap(Fault::Operands, at);
        let never = self.l.intern(TyKind::Never);
        (self.none(), never)
    }
    /// A string operand of `- * / %` is parsed; bad text counts as 0.
    fn text_as_number(&mut self, (x, a): Typed) -> Option<Typed> {
        if self.l.is_string(a) {
            let float = self.l.intern(TyKind::Float);
            return Some((self.call_prelude("string_number", &[], &[x]), float));
        }
        matches!(self.l.facts.tys.kind(a), TyKind::Int | TyKind::Float).then_some((x, a))
    }

    fn int_arithmetic(&mut self, op: BinaryOp, x: Value, y: Value, at: Span) -> Value {
        if self.wraps {
            let op = match op {
                BinaryOp::Add => Op::I64Add,
                BinaryOp::Sub => Op::I64Sub,
                BinaryOp::Mul => Op::I64Mul,
                BinaryOp::Div => Op::I64DivS,
                _ => Op::I64RemS,
            };
            return self.plain(op, &[x, y]);
        }
        let checked = match op {
            BinaryOp::Add => Op::I64AddChecked,
            BinaryOp::Sub => Op::I64SubChecked,
            BinaryOp::Mul => Op::I64MulChecked,
            _ => {
                let zero = self.b.i64(0);
                let bad = self.plain(Op::I64Eq, &[y, zero]);
                self.trap_if(bad, Fault::DivisionByZero, at);
                if op == BinaryOp::Rem {
                    return self.plain(Op::I64RemS, &[x, y]);
                }
                let (least, minus) = (self.b.i64(i64::MIN), self.b.i64(-1));
                let at_least = self.plain(Op::I64Eq, &[x, least]);
                let by_minus = self.plain(Op::I64Eq, &[y, minus]);
                let bad = self.plain(Op::BoolAnd, &[at_least, by_minus]);
                self.trap_if(bad, Fault::Overflow, at);
                return self.plain(Op::I64DivS, &[x, y]);
            }
        };
        let site = self.l.site(Fault::Overflow, at);
        self.op(checked, Imm::Site(site), &[x, y])
    }

    fn i32_arithmetic(&mut self, op: BinaryOp, x: Value, y: Value) -> Value {
        match op {
            BinaryOp::Add => self.plain(Op::I32Add, &[x, y]),
            BinaryOp::Sub => self.plain(Op::I32Sub, &[x, y]),
            BinaryOp::Mul => self.plain(Op::I32Mul, &[x, y]),
            _ => {
                let (x, y) = (self.plain(Op::I32ExtendS, &[x]), self.plain(Op::I32ExtendS, &[y]));
                let op = if op == BinaryOp::Div { Op::I64DivS } else { Op::I64RemS };
                let wide = self.plain(op, &[x, y]);
                self.plain(Op::I64Wrap, &[wide])
            }
        }
    }

    fn float_arithmetic(&mut self, op: BinaryOp, x: Value, y: Value, at: Span) -> Value {
        match op {
            BinaryOp::Add => return self.plain(Op::F64Add, &[x, y]),
            BinaryOp::Sub => return self.plain(Op::F64Sub, &[x, y]),
            BinaryOp::Mul => return self.plain(Op::F64Mul, &[x, y]),
            _ => {}
        }
        if !self.wraps {
            let zero = self.b.f64(0.0);
            let bad = self.plain(Op::F64Eq, &[y, zero]);
            self.trap_if(bad, Fault::DivisionByZero, at);
        }
        if op == BinaryOp::Div { self.plain(Op::F64Div, &[x, y]) } else { self.call_prelude("float_mod", &[], &[x, y]) }
    }

    // Unary minus

    pub fn negate_expr(&mut self, operand: &Expr, ty: Ty, at: Span) -> Value {
        let from = self.ty(operand.id);
        let value = self.expr(operand);
        self.b.span = at;
        let int = self.l.intern(TyKind::Int);
        self.dispatch(value, from, ty, &mut |cx, value, from| {
            if from == int && cx.is_exact(ty) {
                let zero = cx.b.i64(0);
                return cx.exact_arithmetic(BinaryOp::Sub, zero, value, ty, at);
            }
            let (value, have) = cx.negate_plain((value, from), at);
            cx.exact_result(value, have, ty)
        })
    }
    fn negate_plain(&mut self, (x, ty): Typed, at: Span) -> Typed {
        match self.l.kind(ty) {
            TyKind::Int => {
                let zero = self.b.i64(0);
                (self.int_arithmetic(BinaryOp::Sub, zero, x, at), ty)
            }
            TyKind::I32 => {
                let zero = self.b.i32(0);
                (self.plain(Op::I32Sub, &[zero, x]), ty)
            }
            TyKind::Float => (self.plain(Op::F64Neg, &[x]), ty),
            TyKind::Data(data, _) if data == self.l.facts.known.bigint => (self.call_prelude("bigint_neg", &[], &[x]), ty),
            TyKind::Data(data, _) if data == self.l.facts.known.bigrat => (self.call_prelude("bigrat_neg", &[], &[x]), ty),
            _ => {
                self.trap(Fault::Operands, at);
                let never = self.l.intern(TyKind::Never);
                (self.none(), never)
            }
        }
    }
}

pub(crate) fn op_name(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Mul => "mul",
        BinaryOp::Div => "div",
        BinaryOp::Rem => "rem",
        BinaryOp::Add => "add",
        BinaryOp::Sub => "sub",
        BinaryOp::Lt => "lt",
        BinaryOp::Le => "le",
        BinaryOp::Gt => "gt",
        BinaryOp::Ge => "ge",
        BinaryOp::Eq => "eq",
        BinaryOp::Ne => "ne",
        BinaryOp::In => "in",
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
        BinaryOp::Coalesce => "coalesce",
        BinaryOp::Union => "union",
        BinaryOp::UnionAll => "union_all",
        BinaryOp::Except => "except",
        BinaryOp::Intersect => "intersect",
    }
}
