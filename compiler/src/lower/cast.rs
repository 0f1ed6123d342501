//! Casts: numbers and text, deep conversion of containers, structs from maps.

use super::arith::Typed;
use super::function::FnCx;
use super::sites::Fault;
use super::walk::Assigned;
use crate::hir::tree::{DataKind, Expr, TypeRef};
use crate::ir::{Op, Type, Value};
use crate::source::Span;
use crate::types::{Ty, TyKind};

impl FnCx<'_, '_> {
    pub fn cast_expr(&mut self, value: &Expr, wanted: &TypeRef, ty: Ty, at: Span) -> Value {
        let from = self.ty(value.id);
        let value = self.expr(value);
        self.b.span = at;
        if self.wraps {
            return self.cast_plain((value, from), ty);
        }
        self.cast((value, from), wanted, ty, at)
    }

    /// The prelude's casts between numbers: no checks.
    fn cast_plain(&mut self, (value, from): Typed, to: Ty) -> Value {
        match (self.l.layout(from), self.l.layout(to)) {
            (Type::I32, Type::I64) => self.plain(Op::I32ExtendS, &[value]),
            (Type::I64, Type::I32) => self.plain(Op::I64Wrap, &[value]),
            (Type::I64, Type::F64) => self.plain(Op::I64ToF64, &[value]),
            (Type::I32, Type::F64) => {
                let wide = self.plain(Op::I32ExtendS, &[value]);
                self.plain(Op::I64ToF64, &[wide])
            }
            (Type::F64, Type::I64) => self.plain(Op::F64ToI64, &[value]),
            (Type::F64, Type::I32) => {
                let wide = self.plain(Op::F64ToI64, &[value]);
                self.plain(Op::I64Wrap, &[wide])
            }
            (Type::Bool, Type::I32) => self.plain(Op::BoolToI32, &[value]),
            (Type::Bool, Type::I64) => {
                let wide = self.plain(Op::BoolToI32, &[value]);
                self.plain(Op::I32ExtendU, &[wide])
            }
            _ => self.coerce(value, from, to),
        }
    }

    /// `value as wanted`, in the form of `to`.
    pub fn cast(&mut self, value: Typed, wanted: &TypeRef, to: Ty, at: Span) -> Value {
        let known = self.l.facts.known;
        match wanted {
            TypeRef::Int | TypeRef::I32 | TypeRef::Byte => self.cast_int(value, to, at),
            TypeRef::Float => self.cast_float(value, to, at),
            TypeRef::Bool => {
                let bool = self.l.intern(TyKind::Bool);
                self.cast_same(value, bool, "bool", to, at)
            }
            TypeRef::Unit => self.none_as(to),
            TypeRef::Any | TypeRef::Fun(..) | TypeRef::Param(_) => self.coerce(value.0, value.1, to),
            TypeRef::Option(of) => {
                let none = self.is_none(value.0, value.1);
                let some = self.l.facts.tys.without_none(value.1);
                let form = self.l.layout(to);
                let other = |cx: &mut Self| {
                    let narrow = cx.coerce(value.0, value.1, some);
                    cx.cast((narrow, some), of, to, at)
                };
                self.choose(none, form, |cx| cx.none_as(to), other)
            }
            TypeRef::Array(of) => self.cast_list(value, of, to, at),
            TypeRef::Record(fields) => {
                let fields: Vec<_> = fields.iter().map(|(name, ty)| (*name, ty.clone())).collect();
                self.cast_fields(value, &fields, "record", to, at)
            }
            TypeRef::Data(data, _) if *data == known.string => {
                let string = self.l.string_ty();
                self.cast_same(value, string, "string", to, at)
            }
            TypeRef::Data(data, args) if *data == known.list => self.cast_list(value, &args[0], to, at),
            TypeRef::Data(data, args) if *data == known.map => self.cast_map(value, args, to, at),
            TypeRef::Data(data, _) if *data == known.bigint || *data == known.bigrat => self.cast_big(value, *data, to, at),
            TypeRef::Data(data, _) => match &self.l.program.data[data.0 as usize].kind {
                DataKind::Union(_) => self.coerce(value.0, value.1, to),
                DataKind::Struct(fields) => {
                    let fields: Vec<_> = fields.iter().map(|field| (field.name, field.ty.clone())).collect();
                    let name = self.l.names.text(self.l.program.data[data.0 as usize].name).to_string();
                    self.cast_fields(value, &fields, &name, to, at)
                }
            },
        }
    }

    /// Does something for each alternative, `none` included as an alternative of its own.
    pub fn each_kind(
        &mut self,
        (x, a): Typed,
        to: Ty,
        none: &mut dyn FnMut(&mut Self) -> Value,
        f: &mut dyn FnMut(&mut Self, Value, Ty) -> Value,
    ) -> Value {
        let of = self.l.facts.tys.alternatives(a);
        if *self.l.facts.tys.kind(a) == TyKind::None {
            return none(self);
        }
        if !self.l.facts.tys.has_none(a) {
            return self.dispatch_alternatives(x, a, &of, to, f);
        }
        let is_none = self.is_none(x, a);
        let form = self.l.layout(to);
        self.choose(is_none, form, none, |cx| cx.dispatch_alternatives(x, a, &of, to, f))
    }
    /// The error that a value of this kind cannot be cast.
    pub fn cannot_cast(&mut self, from: &str, wanted: &str, to: Ty, at: Span) -> Value {
        let message = self.string_literal(&format!("cannot cast {from} to {wanted}"));
        let site = self.site_arg(Fault::Message, at);
        self.call_prelude("raise", &[], &[site, message]);
        self.default_value(to)
    }
    pub fn kind_name(&self, ty: Ty) -> String {
        match self.l.facts.tys.kind(ty) {
            TyKind::Record(_) => "map".into(),
            TyKind::Fun(..) => "function".into(),
            TyKind::None => "nil".into(),
            _ => self.l.describe(ty, 0),
        }
    }

    pub fn cast_int(&mut self, value: Typed, to: Ty, at: Span) -> Value {
        let int = self.l.intern(TyKind::Int);
        let zero = &mut |cx: &mut Self| {
            let zero = cx.b.i64(0);
            cx.coerce(zero, int, to)
        };
        self.each_kind(value, to, zero, &mut |cx, x, a| {
            let known = cx.l.facts.known;
            let made = match cx.l.kind(a) {
                TyKind::Int => x,
                TyKind::Float => {
                    let site = cx.site_arg(Fault::CastFloat, at);
                    cx.call_prelude("float_to_int", &[], &[x, site])
                }
                TyKind::Data(data, _) if data == known.string => {
                    let site = cx.site_arg(Fault::Message, at);
                    cx.call_prelude("string_to_int", &[], &[x, site])
                }
                TyKind::Data(data, _) if data == known.bigint => {
                    let site = cx.site_arg(Fault::Overflow, at);
                    cx.call_prelude("bigint_to_int", &[], &[x, site])
                }
                TyKind::Data(data, _) if data == known.bigrat => {
                    let site = cx.site_arg(Fault::Overflow, at);
                    cx.call_prelude("bigrat_to_int", &[], &[x, site])
                }
                _ => {
                    let from = cx.kind_name(a);
                    return cx.cannot_cast(&from, "int", to, at);
                }
            };
            cx.coerce(made, int, to)
        })
    }

    pub fn cast_float(&mut self, value: Typed, to: Ty, at: Span) -> Value {
        let float = self.l.intern(TyKind::Float);
        let zero = &mut |cx: &mut Self| {
            let zero = cx.b.f64(0.0);
            cx.coerce(zero, float, to)
        };
        self.each_kind(value, to, zero, &mut |cx, x, a| {
            if cx.is_number(a) {
                let made = cx.as_float((x, a));
                return cx.coerce(made, float, to);
            }
            let from = cx.kind_name(a);
            cx.cannot_cast(&from, "float", to, at)
        })
    }

    /// A cast that only passes values of the kind itself.
    fn cast_same(&mut self, value: Typed, kind: Ty, name: &str, to: Ty, at: Span) -> Value {
        let none = &mut |cx: &mut Self| cx.cannot_cast("nil", name, to, at);
        self.each_kind(value, to, none, &mut |cx, x, a| {
            if a == kind {
                return cx.coerce(x, a, to);
            }
            let from = cx.kind_name(a);
            cx.cannot_cast(&from, name, to, at)
        })
    }

    fn cast_list(&mut self, value: Typed, of: &TypeRef, to: Ty, at: Span) -> Value {
        let alternatives = self.l.facts.tys.alternatives(to);
        let Some(element) = alternatives.into_iter().find_map(|ty| self.l.list_element(ty)) else { return self.none_as(to) };
        let list = self.l.facts.list(element);
        let none = &mut |cx: &mut Self| cx.cannot_cast("nil", "list", to, at);
        self.each_kind(value, to, none, &mut |cx, x, a| {
            let (x, a) = if cx.l.is_data(a, cx.l.facts.known.group) { cx.group_items(x, a) } else { (x, a) };
            let Some(item) = cx.l.list_element(a) else {
                let from = cx.kind_name(a);
                return cx.cannot_cast(&from, "list", to, at);
            };
            // Lists in lists of one recursive kind differ only in what is wanted of their elements.
            let key = format!("cast.{}.{}.{of:?}.{:?}", a.0, list.0, (at.file.0, at.start));
            let of = of.clone();
            let made = cx.outline(&key, "cast", &[(x, a)], list, move |cx, args| {
                let len = cx.read(args[0], a, "len");
                let made = cx.call_prelude("list_new", &[element], &[len]);
                let zero = cx.b.i32(0);
                cx.for_numbers(zero, len, &Assigned::default(), |cx, i| {
                    let value = cx.element((args[0], a), i);
                    let value = cx.cast((value, item), &of, element, at);
                    cx.call_prelude("list_push", &[element], &[made, value]);
                });
                made
            });
            cx.coerce(made, list, to)
        })
    }

    fn cast_map(&mut self, value: Typed, args: &[TypeRef], to: Ty, at: Span) -> Value {
        let known = self.l.facts.known;
        let alternatives = self.l.facts.tys.alternatives(to);
        let Some(map) = alternatives.into_iter().find(|&ty| self.l.is_data(ty, known.map)) else {
            // Inference kept it a record: the value is one.
            return self.coerce(value.0, value.1, to);
        };
        let TyKind::Data(_, kinds) = self.l.kind(map) else { unreachable!("a map") };
        let none = &mut |cx: &mut Self| cx.cannot_cast("nil", "map", to, at);
        let of = args.get(1).cloned().unwrap_or(TypeRef::Any);
        self.each_kind(value, to, none, &mut |cx, x, a| {
            let entries = match cx.l.kind(a) {
                TyKind::Record(_) => true,
                TyKind::Data(data, _) => data == known.map || !cx.l.program.data[data.0 as usize].is_prelude && !cx.l.is_union(data),
                _ => false,
            };
            if !entries {
                let from = cx.kind_name(a);
                return cx.cannot_cast(&from, "map", to, at);
            }
            if !cx.l.is_data(a, known.map) {
                let fields = cx.l.fields(a);
                let heap = cx.l.heap_type(a);
                let count = cx.b.i32(fields.len() as i32);
                let made = cx.call_prelude("map_new", &kinds, &[count]);
                for (i, (name, ty)) in fields.into_iter().enumerate() {
                    let value = cx.get_field(heap, i as u32, x);
                    let value = cx.cast((value, ty), &of, kinds[1], at);
                    let key = cx.map_key_literal(kinds[0], name);
                    cx.call_map("set", map, &[made, key, value]);
                }
                return cx.coerce(made, map, to);
            }
            let TyKind::Data(_, have) = cx.l.kind(a) else { unreachable!("a map") };
            let len = cx.read(x, a, "len");
            let made = cx.call_prelude("map_new", &kinds, &[len]);
            let zero = cx.b.i32(0);
            cx.for_numbers(zero, len, &Assigned::default(), |cx, i| {
                let key = cx.map_entry((x, a), "keys", have[0], i);
                let key = if have[0] != kinds[0] && *cx.l.facts.tys.kind(kinds[0]) == TyKind::Int {
                    let int = kinds[0];
                    cx.cast_int((key, have[0]), int, at)
                } else {
                    cx.map_key((key, have[0]), kinds[0])
                };
                let value = cx.map_entry((x, a), "values", have[1], i);
                let value = cx.cast((value, have[1]), &of, kinds[1], at);
                cx.call_map("set", map, &[made, key, value]);
            });
            cx.coerce(made, map, to)
        })
    }

    /// A struct or record from a map, record or struct: every field must be there.
    fn cast_fields(&mut self, value: Typed, wanted: &[(crate::syntax::symbol::Symbol, TypeRef)], name: &str, to: Ty, at: Span) -> Value {
        let alternatives = self.l.facts.tys.alternatives(to);
        let is_target = |cx: &Self, ty: Ty| match cx.l.facts.tys.kind(ty) {
            TyKind::Record(_) => true,
            TyKind::Data(data, _) => !cx.l.is_union(*data) && cx.l.names.text(cx.l.program.data[data.0 as usize].name) == name,
            _ => false,
        };
        let Some(target) = alternatives.into_iter().find(|&ty| is_target(self, ty)) else {
            return self.coerce(value.0, value.1, to);
        };
        let none = &mut |cx: &mut Self| cx.cannot_cast("nil", name, to, at);
        self.each_kind(value, to, none, &mut |cx, x, a| {
            let known = cx.l.facts.known;
            let has_fields = match cx.l.kind(a) {
                TyKind::Record(_) => true,
                TyKind::Data(data, _) => data == known.map || !cx.l.program.data[data.0 as usize].is_prelude && !cx.l.is_union(data),
                _ => false,
            };
            if !has_fields {
                let from = cx.kind_name(a);
                return cx.cannot_cast(&from, name, to, at);
            }
            // A struct may have parts of its own kind: the function that casts them is this one again.
            let key = format!("cast.{}.{}.{wanted:?}.{:?}", a.0, target.0, (at.file.0, at.start));
            let made = cx.outline(&key, "cast", &[(x, a)], target, |cx, args| {
                let mut values = Vec::new();
                for (field, ty) in cx.l.fields(target) {
                    let of = wanted.iter().find(|(n, _)| *n == field).map_or(TypeRef::Any, |(_, ty)| ty.clone());
                    values.push(cx.cast_field((args[0], a), field, &of, name, ty, at));
                }
                let heap = cx.l.heap_type(target);
                cx.new_struct(heap, &values)
            });
            cx.coerce(made, target, to)
        })
    }
    fn cast_field(&mut self, (x, a): Typed, field: crate::syntax::symbol::Symbol, of: &TypeRef, name: &str, to: Ty, at: Span) -> Value {
        let missing = |cx: &mut Self| {
            if matches!(of, TypeRef::Option(_)) {
                return cx.none_as(to);
            }
            let text = format!("missing field {} for {name}", cx.l.names.text(field));
            let message = cx.string_literal(&text);
            let site = cx.site_arg(Fault::Message, at);
            cx.call_prelude("raise", &[], &[site, message]);
            cx.default_value(to)
        };
        if !self.l.is_data(a, self.l.facts.known.map) {
            return match self.l.field(a, field) {
                Some((i, have)) => {
                    let heap = self.l.heap_type(a);
                    let value = self.get_field(heap, i, x);
                    let value = self.cast((value, have), of, to, at);
                    self.share(value, to)
                }
                None => missing(self),
            };
        }
        let TyKind::Data(_, kinds) = self.l.kind(a) else { unreachable!("a map") };
        let key = self.map_key_literal(kinds[0], field);
        let entry = self.map_find((x, a), key);
        let zero = self.b.i32(0);
        let absent = self.plain(Op::I32LtS, &[entry, zero]);
        let form = self.l.layout(to);
        self.choose(absent, form, missing, |cx| {
            let value = cx.map_entry((x, a), "values", kinds[1], entry);
            let value = cx.cast((value, kinds[1]), of, to, at);
            cx.share(value, to)
        })
    }
}
