//! `sum`, `avg`, `min`, `max`: of lists of one kind of number by prelude functions; of several kinds, with none or text among them,
//! element by element.

use super::arith::Typed;
use super::function::FnCx;
use super::sites::Fault;
use super::walk::Assigned;
use crate::hir::builtin::Builtin;
use crate::ir::{Op, Value};
use crate::source::Span;
use crate::syntax::ast::BinaryOp;
use crate::types::{Ty, TyKind};

impl FnCx<'_, '_> {
    /// `sum avg min max` of a list or group.
    pub fn aggregate(&mut self, builtin: Builtin, of: Typed, ty: Ty, at: Span) -> Value {
        let (list, from) = self.plain_list(of, at);
        let element = self.l.list_element(from).expect("a list");
        let int = self.l.intern(TyKind::Int);
        if builtin == Builtin::Sum && self.is_exact(ty) {
            return self.sum_big(builtin, (list, from), ty, at);
        }
        match (builtin, self.l.kind(element)) {
            (Builtin::Sum | Builtin::Avg, TyKind::Never | TyKind::None) => self.aggregate_of_nothing(ty),
            (Builtin::Sum, TyKind::Int) => {
                let site = self.site_arg(Fault::Overflow, at);
                let value = self.call_prelude("sum_ints", &[], &[list, site]);
                self.coerce(value, int, ty)
            }
            (Builtin::Sum, TyKind::Float) => self.unless_empty((list, from), ty, |cx| cx.call_prelude("sum_floats", &[], &[list])),
            (Builtin::Avg, TyKind::Int) => self.unless_empty((list, from), ty, |cx| cx.call_prelude("mean_ints", &[], &[list])),
            (Builtin::Avg, TyKind::Float) => self.unless_empty((list, from), ty, |cx| cx.call_prelude("mean_floats", &[], &[list])),
            (Builtin::Min | Builtin::Max, _) => self.extreme(builtin, (list, from), ty),
            _ if self.has_big(element) => self.sum_big(builtin, (list, from), ty, at),
            _ => self.total(builtin, (list, from), ty, at),
        }
    }
    /// What an aggregate of nothing gives: the int 0 if the result can hold an int.
    fn aggregate_of_nothing(&mut self, ty: Ty) -> Value {
        let int = self.l.intern(TyKind::Int);
        let float = self.l.intern(TyKind::Float);
        let alternatives = self.l.facts.tys.alternatives(ty);
        if alternatives.contains(&int) {
            let zero = self.b.i64(0);
            return self.coerce(zero, int, ty);
        }
        let zero = self.b.f64(0.0);
        if alternatives.contains(&float) { self.coerce(zero, float, ty) } else { self.default_value(ty) }
    }
    /// A float made of a list, or the zero of an empty one.
    fn unless_empty(&mut self, (list, from): Typed, ty: Ty, of: impl FnOnce(&mut Self) -> Value) -> Value {
        let int = self.l.intern(TyKind::Int);
        let float = self.l.intern(TyKind::Float);
        if !self.l.facts.tys.alternatives(ty).contains(&int) {
            let value = of(self);
            return self.coerce(value, float, ty);
        }
        let len = self.read(list, from, "len");
        let none = self.b.i32(0);
        let empty = self.plain(Op::I32Eq, &[len, none]);
        self.zero_if(empty, ty, of)
    }
    /// A float, or the aggregate of nothing.
    fn zero_if(&mut self, empty: Value, ty: Ty, of: impl FnOnce(&mut Self) -> Value) -> Value {
        let float = self.l.intern(TyKind::Float);
        self.nothing_if(empty, ty, |cx| {
            let value = of(cx);
            cx.coerce(value, float, ty)
        })
    }
    /// The aggregate of nothing if there is nothing, else this.
    fn nothing_if(&mut self, empty: Value, ty: Ty, of: impl FnOnce(&mut Self) -> Value) -> Value {
        let form = self.l.layout(ty);
        self.choose(empty, form, |cx| cx.aggregate_of_nothing(ty), of)
    }
    /// The sum or mean of elements of several kinds.
    fn total(&mut self, builtin: Builtin, (list, from): Typed, ty: Ty, at: Span) -> Value {
        let element = self.l.list_element(from).expect("a list");
        let total_ty = self.l.prelude_type("total");
        let total_ty = self.l.intern(TyKind::Data(total_ty, Vec::new()));
        // As of ints alone: the sum that a mean is of is a float, and cannot overflow.
        let of_floats = self.b.bool(builtin == Builtin::Avg);
        let total = self.call_prelude("total_new", &[], &[of_floats]);
        let len = self.read(list, from, "len");
        let zero = self.b.i32(0);
        let unit = self.l.intern(TyKind::None);
        self.for_numbers(zero, len, &Assigned::default(), |cx, i| {
            let item = cx.element((list, from), i);
            cx.dispatch(item, element, unit, &mut |cx, x, a| {
                match cx.l.kind(a) {
                    TyKind::Int => {
                        let site = cx.site_arg(Fault::Overflow, at);
                        cx.call_prelude("total_int", &[], &[total, x, site]);
                    }
                    TyKind::Bool => {
                        let wide = cx.plain(Op::BoolToI32, &[x]);
                        let wide = cx.plain(Op::I32ExtendU, &[wide]);
                        let site = cx.site_arg(Fault::Overflow, at);
                        cx.call_prelude("total_int", &[], &[total, wide, site]);
                    }
                    TyKind::Float => {
                        cx.call_prelude("total_float", &[], &[total, x]);
                    }
                    TyKind::Data(..) if cx.l.is_string(a) => {
                        let site = cx.site_arg(Fault::Overflow, at);
                        cx.call_prelude("total_string", &[], &[total, x, site]);
                    }
                    _ => cx.trap(Fault::Argument, at),
                }
                cx.none()
            });
        });
        let int = self.l.intern(TyKind::Int);
        let float = self.l.intern(TyKind::Float);
        if builtin == Builtin::Avg {
            let count = self.read(total, total_ty, "count");
            let empty = self.plain(Op::I32Eq, &[count, zero]);
            return self.zero_if(empty, ty, |cx| cx.call_prelude("total_mean", &[], &[total]));
        }
        let alternatives = self.l.facts.tys.alternatives(ty);
        let is_float = self.read(total, total_ty, "is_float");
        let form = self.l.layout(ty);
        let ints = |cx: &mut Self| {
            let value = cx.read(total, total_ty, "ints");
            if alternatives.contains(&int) {
                return cx.coerce(value, int, ty);
            }
            let value = cx.plain(Op::I64ToF64, &[value]);
            cx.coerce(value, float, ty)
        };
        if !alternatives.contains(&float) {
            return ints(self);
        }
        self.choose(
            is_float,
            form,
            |cx| {
                let value = cx.read(total, total_ty, "floats");
                cx.coerce(value, float, ty)
            },
            ints,
        )
    }
    fn has_big(&self, element: Ty) -> bool {
        let known = self.l.facts.known;
        self.l.facts.tys.alternatives(element).iter().any(|&ty| self.l.is_data(ty, known.bigint) || self.l.is_data(ty, known.bigrat))
    }
    /// The sum or mean by the language's own `+`.
    fn sum_big(&mut self, builtin: Builtin, (list, from): Typed, ty: Ty, at: Span) -> Value {
        let element = self.l.list_element(from).expect("a list");
        let solid = self.l.facts.tys.without_none(element);
        let (list, from) = if solid == element { (list, from) } else { self.without_none((list, from), solid) };
        let int = self.l.intern(TyKind::Int);
        let sum_ty = if builtin == Builtin::Sum { ty } else { self.l.intern(TyKind::Float) };
        let of = self.l.cell_type(sum_ty);
        let zero = if self.l.facts.tys.alternatives(sum_ty).contains(&int) {
            let zero = self.b.i64(0);
            self.coerce(zero, int, sum_ty)
        } else {
            let zero = self.b.i64(0);
            self.convert_number((zero, int), sum_ty)
        };
        let cell = self.new_struct(of, &[zero]);
        let len = self.read(list, from, "len");
        let start = self.b.i32(0);
        self.for_numbers(start, len, &Assigned::default(), |cx, i| {
            let item = cx.element((list, from), i);
            let have = cx.get_field(of, 0, cell);
            let have = cx.stored(have, sum_ty);
            let next = cx.binary(BinaryOp::Add, (have, sum_ty), (item, solid), sum_ty, at);
            cx.set_field(of, 0, cell, next);
        });
        let sum = self.get_field(of, 0, cell);
        let sum = self.stored(sum, sum_ty);
        if builtin == Builtin::Sum {
            return sum;
        }
        let empty = self.plain(Op::I32Eq, &[len, start]);
        self.zero_if(empty, ty, |cx| {
            let count = cx.plain(Op::I32ExtendU, &[len]);
            let count = cx.plain(Op::I64ToF64, &[count]);
            cx.plain(Op::F64Div, &[sum, count])
        })
    }
    /// The least or greatest element that is not none; 0 if there is none.
    fn extreme(&mut self, builtin: Builtin, (list, from): Typed, ty: Ty) -> Value {
        let element = self.l.list_element(from).expect("a list");
        let solid = self.l.facts.tys.without_none(element);
        let (list, from) = if solid == element { (list, from) } else { self.without_none((list, from), solid) };
        let name = if builtin == Builtin::Min { "list_least" } else { "list_greatest" };
        let place = self.call_prelude(name, &[solid], &[list]);
        let zero = self.b.i32(0);
        let empty = self.plain(Op::I32LtS, &[place, zero]);
        self.nothing_if(empty, ty, |cx| {
            let value = cx.element((list, from), place);
            cx.extreme_value((value, solid), (list, from), ty)
        })
    }
    /// The element found; a float if any element is one.
    fn extreme_value(&mut self, (value, solid): Typed, (list, from): Typed, ty: Ty) -> Value {
        let int = self.l.intern(TyKind::Int);
        let float = self.l.intern(TyKind::Float);
        let of = self.l.facts.tys.alternatives(solid);
        if !(of.contains(&int) && of.contains(&float)) {
            return self.coerce(value, solid, ty);
        }
        let key = format!("any_float.{}", from.0);
        let bool = self.l.intern(TyKind::Bool);
        let any_float = self.outline(&key, "any_float", &[(list, from)], bool, |cx, args| {
            let len = cx.read(args[0], from, "len");
            let zero = cx.b.i32(0);
            cx.for_numbers(zero, len, &Assigned::default(), |cx, i| {
                let item = cx.element((args[0], from), i);
                let is = cx.is_alternative(item, float);
                cx.when(is, &Assigned::default(), |cx| {
                    let yes = cx.b.bool(true);
                    cx.b.ret(&[yes]);
                });
            });
            cx.b.bool(false)
        });
        let is_int = self.is_alternative(value, int);
        let widen = self.plain(Op::BoolAnd, &[any_float, is_int]);
        let form = self.l.layout(ty);
        self.choose(
            widen,
            form,
            |cx| {
                let value = cx.coerce(value, solid, int);
                let value = cx.plain(Op::I64ToF64, &[value]);
                cx.coerce(value, float, ty)
            },
            |cx| cx.coerce(value, solid, ty),
        )
    }
    fn without_none(&mut self, (list, from): Typed, solid: Ty) -> Typed {
        let element = self.l.list_element(from).expect("a list");
        let to = self.l.facts.list(solid);
        let key = format!("without_none.{}", from.0);
        let made = self.outline(&key, "without_none", &[(list, from)], to, |cx, args| {
            let len = cx.read(args[0], from, "len");
            let made = cx.empty_list(solid);
            let zero = cx.b.i32(0);
            cx.for_numbers(zero, len, &Assigned::default(), |cx, i| {
                let item = cx.element((args[0], from), i);
                let none = cx.is_none(item, element);
                let some = cx.not(none);
                cx.when(some, &Assigned::default(), |cx| {
                    let item = cx.coerce(item, element, solid);
                    cx.call_prelude("list_push", &[solid], &[made, item]);
                });
            });
            made
        });
        (made, to)
    }
}
