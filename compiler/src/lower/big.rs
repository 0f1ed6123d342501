//! Big integers and rationals, and numbers as one another.

use super::arith::Typed;
use super::function::FnCx;
use super::sites::Fault;
use crate::hir::tree::{Expr, ExprKind};
use crate::ir::{Op, Value};
use crate::source::Span;
use crate::syntax::ast::BinaryOp;
use crate::types::{DataId, Ty, TyKind};

impl FnCx<'_, '_> {
    pub fn cast_big(&mut self, value: Typed, data: DataId, to: Ty, at: Span) -> Value {
        let big = self.l.intern(TyKind::Data(data, Vec::new()));
        let rational = data == self.l.facts.known.bigrat;
        let name = if rational { "bigrat" } else { "bigint" };
        let none = &mut |cx: &mut Self| if cx.l.facts.tys.has_none(to) { cx.none_as(to) } else { cx.cannot_cast("nil", name, to, at) };
        self.each_kind(value, to, none, &mut |cx, x, a| {
            let made = match cx.l.kind(a) {
                TyKind::Data(..) if cx.l.is_string(a) => {
                    let site = cx.site_arg(Fault::Message, at);
                    cx.call_prelude(&format!("{name}_from_string"), &[], &[x, site])
                }
                TyKind::Float => {
                    let site = cx.site_arg(Fault::CastFloat, at);
                    cx.call_prelude(&format!("{name}_from_float"), &[], &[x, site])
                }
                TyKind::Data(from, _) if !rational && from == cx.l.facts.known.bigrat => {
                    let (num, den) = (cx.read(x, a, "num"), cx.read(x, a, "den"));
                    cx.call_prelude("bigint_div", &[], &[num, den])
                }
                _ if cx.is_number(a) && rational => cx.as_bigrat((x, a)),
                _ if cx.is_number(a) => cx.as_bigint((x, a)),
                _ => {
                    let from = cx.kind_name(a);
                    return cx.cannot_cast(&from, name, to, at);
                }
            };
            cx.coerce(made, big, to)
        })
    }

    /// A number as a float: the nearest.
    pub fn as_float(&mut self, (x, a): Typed) -> Value {
        let known = self.l.facts.known;
        match self.l.kind(a) {
            TyKind::Int => self.plain(Op::I64ToF64, &[x]),
            TyKind::Bool => {
                let wide = self.plain(Op::BoolToI32, &[x]);
                let wide = self.plain(Op::I32ExtendU, &[wide]);
                self.plain(Op::I64ToF64, &[wide])
            }
            TyKind::Data(data, _) if data == known.bigint => self.call_prelude("bigint_to_float", &[], &[x]),
            TyKind::Data(data, _) if data == known.bigrat => self.call_prelude("bigrat_to_float", &[], &[x]),
            TyKind::Data(data, _) if data == known.string => self.call_prelude("string_number", &[], &[x]),
            TyKind::Float => x,
            _ => self.b.f64(0.0),
        }
    }
    pub fn as_bigint(&mut self, (x, a): Typed) -> Value {
        if *self.l.facts.tys.kind(a) == TyKind::Int { self.call_prelude("bigint_from_int", &[], &[x]) } else { x }
    }
    pub fn as_bigrat(&mut self, (x, a): Typed) -> Value {
        match self.l.kind(a) {
            TyKind::Int => self.call_prelude("bigrat_from_int", &[], &[x]),
            TyKind::Data(data, _) if data == self.l.facts.known.bigint => self.call_prelude("bigrat_from_bigint", &[], &[x]),
            _ => x,
        }
    }
    /// A number as another kind of number.
    pub fn convert_number(&mut self, (x, a): Typed, to: Ty) -> Value {
        let known = self.l.facts.known;
        let float = self.l.intern(TyKind::Float);
        for ty in self.l.facts.tys.alternatives(to) {
            if self.l.is_data(ty, known.bigint) {
                let made = self.as_bigint((x, a));
                return self.coerce(made, ty, to);
            }
            if self.l.is_data(ty, known.bigrat) {
                let made = self.as_bigrat((x, a));
                return self.coerce(made, ty, to);
            }
            if ty == float {
                let made = self.as_float((x, a));
                return self.coerce(made, ty, to);
            }
        }
        self.coerce(x, a, to)
    }

    /// Arithmetic where an operand is a bigint or bigrat; `None` where that is not so.
    pub fn big_arithmetic(&mut self, op: BinaryOp, left: Typed, right: Typed, at: Span) -> Option<Typed> {
        let known = self.l.facts.known;
        let big = |cx: &Self, ty: Ty| cx.l.is_data(ty, known.bigint) || cx.l.is_data(ty, known.bigrat);
        if !(big(self, left.1) || big(self, right.1)) || !(self.is_number(left.1) && self.is_number(right.1)) {
            return None;
        }
        let float = self.l.intern(TyKind::Float);
        if left.1 == float || right.1 == float {
            let (x, y) = (self.as_float(left), self.as_float(right));
            let at_float = (x, float);
            let value = self.binary(op, at_float, (y, float), float, at);
            return Some((value, float));
        }
        let rational = self.l.is_data(left.1, known.bigrat) || self.l.is_data(right.1, known.bigrat);
        let name = match op {
            BinaryOp::Add => "add",
            BinaryOp::Sub => "sub",
            BinaryOp::Mul => "mul",
            BinaryOp::Div => "div",
            _ if rational => return None,
            _ => "rem",
        };
        let (x, y) = if rational { (self.as_bigrat(left), self.as_bigrat(right)) } else { (self.as_bigint(left), self.as_bigint(right)) };
        let data = if rational { known.bigrat } else { known.bigint };
        let ty = self.l.intern(TyKind::Data(data, Vec::new()));
        if matches!(op, BinaryOp::Div | BinaryOp::Rem) {
            let divisor = if rational { self.read(y, ty, "num") } else { y };
            let zero = self.call_prelude("bigint_is_zero", &[], &[divisor]);
            self.trap_if(zero, Fault::DivisionByZero, at);
        }
        let prefix = if rational { "bigrat" } else { "bigint" };
        Some((self.call_prelude(&format!("{prefix}_{name}"), &[], &[x, y]), ty))
    }

    /// `(a * b) % m` where the product may be a bigint (`--exact-ints`): ints stay ints, as modular powers need it. `None` where the
    /// expression is another, or `m` would be evaluated too early.
    pub fn remainder_of_product(&mut self, product: &Expr, modulus: &Expr, ty: Ty, at: Span) -> Option<Value> {
        let ExprKind::Binary { op: BinaryOp::Mul, left, right } = &product.kind else { return None };
        let (product_ty, product_at) = (self.ty(product.id), product.at());
        if !self.is_exact(product_ty) || !matches!(modulus.kind, ExprKind::Local(_) | ExprKind::Lit(_)) {
            return None;
        }
        let typed = |cx: &mut Self, e: &Expr| (cx.expr(e), cx.ty(e.id));
        let (x, y, m) = (typed(self, left), typed(self, right), typed(self, modulus));
        self.b.span = at;
        let int = self.l.intern(TyKind::Int);
        let key = format!("product.{:?}.{}.{}.{}.{}", (at.file.0, at.start), x.1.0, y.1.0, m.1.0, ty.0);
        let value = self.outline(&key, "rem", &[x, y, m], ty, move |cx, args| {
            cx.dispatch(args[0], x.1, ty, &mut |cx, x, a| {
                cx.dispatch(args[1], y.1, ty, &mut |cx, y, b| {
                    cx.dispatch(args[2], m.1, ty, &mut |cx, m, c| {
                        if a == int && b == int && c == int {
                            let zero = cx.b.i64(0);
                            let bad = cx.plain(Op::I64Eq, &[m, zero]);
                            cx.trap_if(bad, Fault::DivisionByZero, at);
                            let rest = cx.call_prelude("int_mul_rem", &[], &[x, y, m]);
                            return cx.coerce(rest, int, ty);
                        }
                        let product = cx.binary(BinaryOp::Mul, (x, a), (y, b), product_ty, product_at);
                        cx.binary(BinaryOp::Rem, (product, product_ty), (m, c), ty, at)
                    })
                })
            })
        });
        Some(value)
    }
}
