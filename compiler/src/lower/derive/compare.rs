//! The order of `sort by` (LANGUAGE section 11): numbers by value, strings bytewise, false before true, lists lexicographic, `none`
//! last, values of different kinds by their text.

use super::{Derive, Form};
use crate::ir::{Op, Type, Value};
use crate::lower::arith::Typed;
use crate::lower::function::FnCx;
use crate::types::{Ty, TyKind};

impl FnCx<'_, '_> {
    /// Negative, zero or positive.
    pub fn compare(&mut self, x: Value, y: Value, ty: Ty) -> Value {
        match self.l.kind(ty) {
            TyKind::Int => self.three_way(x, y, Op::I64LtS),
            TyKind::I32 | TyKind::Byte => self.three_way(x, y, Op::I32LtS),
            TyKind::Float => self.three_way(x, y, Op::F64Lt),
            TyKind::Bool => {
                let (x, y) = (self.plain(Op::BoolToI32, &[x]), self.plain(Op::BoolToI32, &[y]));
                self.plain(Op::I32Sub, &[x, y])
            }
            TyKind::Never | TyKind::None | TyKind::Fun(..) => self.b.i32(0),
            TyKind::Data(data, _) if data == self.l.facts.known.string => self.call_prelude("string_compare", &[], &[x, y]),
            TyKind::Data(..) | TyKind::Record(_) | TyKind::Option(_) | TyKind::Any { .. } => {
                let func = self.l.derived(Derive::Compare, ty, ty);
                self.call(func, &[x, y])
            }
            TyKind::Array(_) | TyKind::Param(_) => unreachable!("no sort key"),
        }
    }
    fn three_way(&mut self, x: Value, y: Value, less: Op) -> Value {
        let (above, below) = (self.plain(less, &[y, x]), self.plain(less, &[x, y]));
        let (above, below) = (self.plain(Op::BoolToI32, &[above]), self.plain(Op::BoolToI32, &[below]));
        self.plain(Op::I32Sub, &[above, below])
    }

    /// An i64 of a value's own: where two differ, `compare` gives their order. A list has that of its first element, a record that of
    /// the field that is compared first.
    pub fn order_head(&mut self, value: Value, ty: Ty) -> Value {
        let known = self.l.facts.known;
        match self.l.kind(ty) {
            TyKind::Int => value,
            TyKind::I32 | TyKind::Byte => self.plain(Op::I32ExtendS, &[value]),
            TyKind::Bool => {
                let bit = self.plain(Op::BoolToI32, &[value]);
                self.plain(Op::I32ExtendU, &[bit])
            }
            TyKind::Float => self.call_prelude("float_head", &[], &[value]),
            TyKind::Data(data, _) if data == known.string => self.call_prelude("string_head", &[], &[value]),
            TyKind::Data(data, args) if data == known.list => self.call_prelude("list_head", &args, &[value]),
            TyKind::Data(data, _) if [known.map, known.bigint, known.bigrat].contains(&data) || self.l.is_union(data) => self.b.i64(0),
            TyKind::Data(..) | TyKind::Record(_) => match self.compared_fields(ty).first() {
                // Not any field: types may contain themselves.
                Some(&(at, of)) if self.is_flat(of) => {
                    let heap = self.l.heap_type(ty);
                    let field = self.get_field(heap, at as u32, value);
                    self.order_head(field, of)
                }
                _ => self.b.i64(0),
            },
            TyKind::Option(of) => {
                let none = self.is_none(value, ty);
                self.choose(
                    none,
                    Type::I64,
                    |cx| cx.b.i64(i64::MAX),
                    |cx| {
                        let value = cx.coerce(value, ty, of);
                        cx.order_head(value, of)
                    },
                )
            }
            _ => self.b.i64(0),
        }
    }

    fn is_flat(&self, ty: Ty) -> bool {
        match self.l.facts.tys.kind(ty) {
            TyKind::Int | TyKind::Float | TyKind::Bool => true,
            TyKind::Data(data, _) => *data == self.l.facts.known.string,
            _ => false,
        }
    }

    /// Numbers of any two kinds.
    pub fn compare_numbers(&mut self, (x, a): Typed, (y, b): Typed) -> Value {
        let known = self.l.facts.known;
        let rank = |kind: &TyKind| match kind {
            TyKind::Int => 0,
            TyKind::Data(data, _) if *data == known.bigint => 1,
            TyKind::Data(data, _) if *data == known.bigrat => 2,
            _ => 3,
        };
        let (p, q) = (rank(self.l.facts.tys.kind(a)), rank(self.l.facts.tys.kind(b)));
        match (p, q) {
            (0, 0) => self.three_way(x, y, Op::I64LtS),
            (0, 3) => self.call_prelude("int_compare_float", &[], &[x, y]),
            (3, 0) => {
                let order = self.call_prelude("int_compare_float", &[], &[y, x]);
                let zero = self.b.i32(0);
                self.plain(Op::I32Sub, &[zero, order])
            }
            (3, _) | (_, 3) => {
                let (x, y) = (self.as_float((x, a)), self.as_float((y, b)));
                self.three_way(x, y, Op::F64Lt)
            }
            (2, _) | (_, 2) => {
                let (x, y) = (self.as_bigrat((x, a)), self.as_bigrat((y, b)));
                self.call_prelude("bigrat_compare", &[], &[x, y])
            }
            _ => {
                let (x, y) = (self.as_bigint((x, a)), self.as_bigint((y, b)));
                self.call_prelude("bigint_compare", &[], &[x, y])
            }
        }
    }

    pub(super) fn compare_body(&mut self, x: Value, y: Value, ty: Ty) -> Value {
        let known = self.l.facts.known;
        match self.l.kind(ty) {
            TyKind::Option(_) | TyKind::Any { .. } => self.compare_tagged(x, y, ty),
            TyKind::Data(data, args) if data == known.list => self.call_prelude("list_compare", &args, &[x, y]),
            TyKind::Data(data, args) if data == known.map => {
                let int = *self.l.facts.tys.kind(args[0]) == TyKind::Int;
                self.call_prelude(if int { "int_map_compare" } else { "string_map_compare" }, &args[1..], &[x, y])
            }
            TyKind::Data(data, _) if data == known.bigint || data == known.bigrat => self.compare_numbers((x, ty), (y, ty)),
            TyKind::Data(data, _) if self.l.is_union(data) => self.compare_texts((x, ty), (y, ty)),
            // All values have the same fields, so only the fields' values tell them apart.
            _ => {
                let fields = self.compared_fields(ty);
                self.compare_fields((x, y), ty, &fields)
            }
        }
    }
    /// The places and types of fields in the order of their names.
    fn compared_fields(&mut self, ty: Ty) -> Vec<(usize, Ty)> {
        let fields = self.l.fields(ty).into_iter().enumerate();
        let mut named: Vec<(String, usize, Ty)> = fields.map(|(i, (name, ty))| (self.l.names.text(name).to_string(), i, ty)).collect();
        named.sort();
        named.into_iter().map(|(_, i, ty)| (i, ty)).collect()
    }
    fn compare_fields(&mut self, (x, y): (Value, Value), ty: Ty, fields: &[(usize, Ty)]) -> Value {
        let Some((&(at, of), rest)) = fields.split_first() else { return self.b.i32(0) };
        let heap = self.l.heap_type(ty);
        let (u, v) = (self.get_field(heap, at as u32, x), self.get_field(heap, at as u32, y));
        let order = self.compare(u, v, of);
        let zero = self.b.i32(0);
        let alike = self.plain(Op::I32Eq, &[order, zero]);
        self.choose(alike, Type::I32, |cx| cx.compare_fields((x, y), ty, rest), |_| order)
    }
    fn compare_tagged(&mut self, x: Value, y: Value, ty: Ty) -> Value {
        let int = self.l.intern(TyKind::I32);
        let (left, right) = (self.is_none(x, ty), self.is_none(y, ty));
        let either = self.plain(Op::BoolOr, &[left, right]);
        let of = self.l.facts.tys.alternatives(ty);
        self.choose(
            either,
            Type::I32,
            |cx| {
                let (left, right) = (cx.plain(Op::BoolToI32, &[left]), cx.plain(Op::BoolToI32, &[right]));
                cx.plain(Op::I32Sub, &[left, right])
            },
            |cx| {
                cx.dispatch_alternatives(x, ty, &of, int, &mut |cx, x, p| {
                    cx.dispatch_alternatives(y, ty, &of, int, &mut |cx, y, q| {
                        if p == q {
                            cx.compare(x, y, p)
                        } else if cx.is_number(p) && cx.is_number(q) {
                            cx.compare_numbers((x, p), (y, q))
                        } else {
                            cx.compare_texts((x, p), (y, q))
                        }
                    })
                })
            },
        )
    }
    pub fn is_number(&self, ty: Ty) -> bool {
        let known = self.l.facts.known;
        match self.l.facts.tys.kind(ty) {
            TyKind::Int | TyKind::Float => true,
            TyKind::Data(data, _) => *data == known.bigint || *data == known.bigrat,
            _ => false,
        }
    }
    fn compare_texts(&mut self, left: Typed, right: Typed) -> Value {
        let (x, y) = (self.string_of(Form::Str, left), self.string_of(Form::Str, right));
        self.call_prelude("string_compare", &[], &[x, y])
    }
}
