//! Comparisons, membership and set operators. A comparison with `none` is false.

use super::arith::Typed;
use super::derive::Form;
use super::function::FnCx;
use super::sites::Fault;
use crate::hir::tree::{Expr, ExprKind, Lit};
use crate::ir::{Op, Type, Value};
use crate::source::Span;
use crate::syntax::ast::BinaryOp;
use crate::types::{Ty, TyKind};

impl FnCx<'_, '_> {
    pub fn equality_expr(&mut self, op: BinaryOp, left: &Expr, right: &Expr, at: Span) -> Value {
        let (a, b) = (self.ty(left.id), self.ty(right.id));
        let is_none = |e: &Expr| matches!(e.kind, ExprKind::Lit(Lit::None));
        let equal = if is_none(right) {
            let x = self.expr(left);
            self.is_none(x, a)
        } else if is_none(left) {
            let y = self.expr(right);
            self.is_none(y, b)
        } else {
            let x = self.expr(left);
            let y = self.expr(right);
            self.b.span = at;
            self.equal((x, a), (y, b))
        };
        if op == BinaryOp::Ne { self.not(equal) } else { equal }
    }

    /// `< <= > >=`
    pub fn ordering(&mut self, op: BinaryOp, left: Typed, right: Typed, at: Span) -> Value {
        // a > b is b < a.
        let (op, left, right) = match op {
            BinaryOp::Gt => (BinaryOp::Lt, right, left),
            BinaryOp::Ge => (BinaryOp::Le, right, left),
            other => (other, left, right),
        };
        if self.is_plain(left.1) && self.is_plain(right.1) {
            return self.ordering_plain(op, left, right, at);
        }
        let bool = self.l.intern(TyKind::Bool);
        let key = format!("{:?}.{:?}.{}.{}", op, (at.file.0, at.start), left.1.0, right.1.0);
        self.outline(&key, "less", &[left, right], bool, move |cx, args| {
            let (x, y) = (args[0], args[1]);
            let (none_x, none_y) = (cx.is_none(x, left.1), cx.is_none(y, right.1));
            let either = cx.plain(Op::BoolOr, &[none_x, none_y]);
            let (of_a, of_b) = (cx.l.facts.tys.alternatives(left.1), cx.l.facts.tys.alternatives(right.1));
            cx.choose(
                either,
                Type::Bool,
                |cx| cx.b.bool(false),
                |cx| {
                    cx.dispatch_alternatives(x, left.1, &of_a, bool, &mut |cx, x, a| {
                        cx.dispatch_alternatives(y, right.1, &of_b, bool, &mut |cx, y, b| cx.ordering_plain(op, (x, a), (y, b), at))
                    })
                },
            )
        })
    }
    fn ordering_plain(&mut self, op: BinaryOp, (x, a): Typed, (y, b): Typed, at: Span) -> Value {
        let strict = op == BinaryOp::Lt;
        match (self.l.kind(a), self.l.kind(b)) {
            (TyKind::Int, TyKind::Int) => self.plain(if strict { Op::I64LtS } else { Op::I64LeS }, &[x, y]),
            (TyKind::Float, TyKind::Float) => self.plain(if strict { Op::F64Lt } else { Op::F64Le }, &[x, y]),
            (TyKind::I32 | TyKind::Byte, TyKind::I32 | TyKind::Byte) => self.sign_less(x, y, strict),
            (TyKind::Bool, _) => {
                let int = self.l.intern(TyKind::Int);
                let x = self.plain(Op::BoolToI32, &[x]);
                let x = self.plain(Op::I32ExtendU, &[x]);
                self.ordering_plain(op, (x, int), (y, b), at)
            }
            (_, TyKind::Bool) => {
                let int = self.l.intern(TyKind::Int);
                let y = self.plain(Op::BoolToI32, &[y]);
                let y = self.plain(Op::I32ExtendU, &[y]);
                self.ordering_plain(op, (x, a), (y, int), at)
            }
            // NaN is neither less nor equal to a number, which a three-way order cannot say.
            (TyKind::Int, TyKind::Float) => self.call_prelude(if strict { "int_less_float" } else { "int_most_float" }, &[], &[x, y]),
            (TyKind::Float, TyKind::Int) => self.call_prelude(if strict { "float_less_int" } else { "float_most_int" }, &[], &[x, y]),
            (TyKind::Float, _) | (_, TyKind::Float) if self.is_number(a) && self.is_number(b) => {
                let (x, y) = (self.as_float((x, a)), self.as_float((y, b)));
                self.plain(if strict { Op::F64Lt } else { Op::F64Le }, &[x, y])
            }
            _ if self.is_number(a) && self.is_number(b) => {
                let order = self.compare_numbers((x, a), (y, b));
                let zero = self.b.i32(0);
                self.sign_less(order, zero, strict)
            }
            _ if self.l.is_string(a) && self.l.is_string(b) => {
                let order = self.call_prelude("string_compare", &[], &[x, y]);
                let zero = self.b.i32(0);
                self.sign_less(order, zero, strict)
            }
            (TyKind::Data(p, _), TyKind::Data(..)) if a == b && p == self.l.facts.known.list => {
                let order = self.compare(x, y, a);
                let zero = self.b.i32(0);
                self.sign_less(order, zero, strict)
            }
            _ => {
                self.trap(Fault::Operands, at);
                self.b.bool(false)
            }
        }
    }
    fn sign_less(&mut self, x: Value, y: Value, strict: bool) -> Value {
        if strict {
            return self.plain(Op::I32LtS, &[x, y]);
        }
        let above = self.plain(Op::I32LtS, &[y, x]);
        self.not(above)
    }

    /// `x in container`
    pub fn membership(&mut self, left: Typed, right: Typed, at: Span) -> Value {
        let bool = self.l.intern(TyKind::Bool);
        if self.l.facts.tys.has_none(right.1) {
            let none = self.is_none(right.0, right.1);
            let of = self.l.facts.tys.alternatives(right.1);
            return self.choose(
                none,
                Type::Bool,
                |cx| cx.b.bool(false),
                |cx| cx.dispatch_alternatives(right.0, right.1, &of, bool, &mut |cx, y, b| cx.member_of(left, (y, b), at)),
            );
        }
        self.dispatch(right.0, right.1, bool, &mut |cx, y, b| cx.member_of(left, (y, b), at))
    }
    fn member_of(&mut self, left: Typed, (y, b): Typed, at: Span) -> Value {
        let known = self.l.facts.known;
        match self.l.kind(b) {
            TyKind::Data(data, _) if data == known.list => {
                let place = self.position(left, (y, b));
                let zero = self.b.i32(0);
                let missing = self.plain(Op::I32LtS, &[place, zero]);
                self.not(missing)
            }
            TyKind::Data(data, _) if data == known.group => {
                let (items, ty) = self.group_items(y, b);
                self.member_of(left, (items, ty), at)
            }
            TyKind::Data(data, args) if data == known.map => {
                let key = self.map_key(left, args[0]);
                let entry = self.map_find((y, b), key);
                let zero = self.b.i32(0);
                let missing = self.plain(Op::I32LtS, &[entry, zero]);
                self.not(missing)
            }
            TyKind::Data(data, _) if data == known.string => {
                let text = self.string_of(Form::Str, left);
                self.call_prelude("string_contains", &[], &[y, text])
            }
            TyKind::Record(record) => {
                let key = self.string_of(Form::Str, left);
                let mut found = self.b.bool(false);
                for (name, _) in record.fields {
                    let name = self.l.names.text(name).to_string();
                    let name = self.string_literal(&name);
                    let is = self.call_prelude("string_equal", &[], &[key, name]);
                    found = self.plain(Op::BoolOr, &[found, is]);
                }
                found
            }
            TyKind::Data(data, _) if !self.is_library(data) => {
                let string = self.l.string_ty();
                let keys = (self.entry_keys((y, b)), self.l.facts.list(string));
                let key = self.string_of(Form::Str, left);
                self.member_of((key, string), keys, at)
            }
            _ => {
                self.trap(Fault::InOperand, at);
                self.b.bool(false)
            }
        }
    }
    /// The index of the first element that is the same as the value; -1 if there is none. An outlined loop.
    pub fn position(&mut self, left: Typed, list: Typed) -> Value {
        let element = self.l.list_element(list.1).expect("a list");
        let int = self.l.intern(TyKind::I32);
        let key = format!("position.{}.{}", left.1.0, list.1.0);
        self.outline(&key, "position", &[left, list], int, |cx, args| {
            let len = cx.read(args[1], list.1, "len");
            let zero = cx.b.i32(0);
            cx.for_numbers(zero, len, &super::walk::Assigned::default(), |cx, at| {
                let item = cx.element((args[1], list.1), at);
                let same = cx.same((args[0], left.1), (item, element));
                cx.when(same, &super::walk::Assigned::default(), |cx| cx.b.ret(&[at]));
            });
            cx.b.i32(-1)
        })
    }

    /// `union`, `union all`, `except`, `intersect`: operands as lists of the result's element type.
    pub fn set_operator(&mut self, op: BinaryOp, left: Typed, right: Typed, ty: Ty, at: Span) -> Value {
        let Some(element) = self.l.list_element(ty) else {
            self.trap(Fault::UnionOperand, at);
            return self.default_value(ty);
        };
        let x = self.as_list(left, element, Fault::UnionOperand, at);
        let y = self.as_list(right, element, Fault::UnionOperand, at);
        let name = match op {
            BinaryOp::Union => "list_union",
            BinaryOp::UnionAll => "list_concat",
            BinaryOp::Except => "list_except",
            _ => "list_intersect",
        };
        self.call_prelude(name, &[element], &[x, y])
    }
}
