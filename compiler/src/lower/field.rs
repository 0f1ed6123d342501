//! Fields: of structs, records, maps and variants, methods read like fields, and the fields that a row of several sources has through
//! one of them.

use super::arith::Typed;
use super::function::FnCx;
use super::sites::Fault;
use super::walk::Assigned;
use crate::hir::tree::Expr;
use crate::ir::{Imm, Op, Type, Value};
use crate::source::Span;
use crate::syntax::symbol::{Symbol, sym};
use crate::types::{Ty, TyKind};

impl FnCx<'_, '_> {
    pub fn field_expr(&mut self, object: &Expr, name: Symbol, ty: Ty, at: Span) -> Value {
        let from = self.ty(object.id);
        let value = self.expr(object);
        self.b.span = at;
        self.field_of(value, from, name, ty, at)
    }
    /// `value.name` in the form of `ty`.
    pub fn field_of(&mut self, value: Value, from: Ty, name: Symbol, ty: Ty, at: Span) -> Value {
        self.dispatch(value, from, ty, &mut |cx, value, alternative| cx.field_of_alternative(value, alternative, name, ty, at))
    }
    fn field_of_alternative(&mut self, value: Value, from: Ty, name: Symbol, ty: Ty, at: Span) -> Value {
        match self.l.kind(from) {
            TyKind::Data(data, _) if name == sym::NAME_TAG && !self.is_library(data) => self.type_name((value, from), ty),
            TyKind::Data(data, _) if self.l.is_union(data) => self.union_field(value, from, name, ty),
            // To the prelude a map or group is the struct that it declares.
            TyKind::Data(data, args) if data == self.l.facts.known.map && !self.wraps => {
                if self.l.facts.rows_as_maps && self.is_either(ty) {
                    return self.field_of_row_as_map((value, from), name, ty);
                }
                let key = self.map_key_literal(args[0], name);
                self.map_get((value, from), key, ty)
            }
            TyKind::Data(data, _) if data == self.l.facts.known.group && !self.wraps => self.group_field(value, from, name, ty),
            // What the library's types consist of is nobody's to read; they may have methods.
            TyKind::Data(data, _) if self.is_library(data) && !self.wraps => {
                self.method_value(value, from, name, ty, at).unwrap_or_else(|| {
                    self.trap(Fault::FieldTarget, at);
                    self.default_value(ty)
                })
            }
            TyKind::Data(..) | TyKind::Record(_) => match self.l.field(from, name) {
                Some((field, have)) => {
                    let of = self.l.heap_type(from);
                    let value = self.get_field(of, field, value);
                    self.coerce(value, have, ty)
                }
                None => self.missing_field(value, from, name, ty, at),
            },
            _ => {
                self.trap(Fault::FieldTarget, at);
                self.default_value(ty)
            }
        }
    }
    /// A field that the struct does not have: of a row, a field of one of its sources; else none.
    fn missing_field(&mut self, value: Value, from: Ty, name: Symbol, ty: Ty, at: Span) -> Value {
        match self.l.kind(from) {
            TyKind::Record(record) if record.row => self.part_field((value, from), 0, name, ty, at),
            _ => self.method_value(value, from, name, ty, at).unwrap_or_else(|| self.none_as(ty)),
        }
    }
    /// `name` of the first source of a row, from the one at `start` on, that has such a field. Whether a map has the key only
    /// running shows.
    fn part_field(&mut self, (value, from): Typed, start: usize, name: Symbol, ty: Ty, at: Span) -> Value {
        for (i, (_, inner)) in self.l.fields(from).into_iter().enumerate().skip(start) {
            let (mut fixed, mut keyed) = (false, false);
            for alternative in self.l.facts.tys.alternatives(inner) {
                match self.l.kind(alternative) {
                    TyKind::Data(data, _) if data == self.l.facts.known.map => keyed = true,
                    TyKind::Data(data, _) if self.l.is_union(data) || self.is_library(data) => {}
                    TyKind::Data(..) | TyKind::Record(_) => fixed |= self.l.field(alternative, name).is_some(),
                    _ => {}
                }
            }
            if !fixed && !keyed {
                continue;
            }
            let of = self.l.heap_type(from);
            let part = self.get_field(of, i as u32, value);
            if fixed || !self.l.facts.tys.has_none(ty) {
                return self.field_of(part, inner, name, ty, at);
            }
            let has = self.has_key((part, inner), name, at);
            let form = self.l.layout(ty);
            return self.choose(
                has,
                form,
                |cx| cx.field_of(part, inner, name, ty, at),
                |cx| cx.part_field((value, from), i + 1, name, ty, at),
            );
        }
        self.none_as(ty)
    }
    /// Whether it is none or something.
    pub fn is_either(&self, ty: Ty) -> bool {
        self.l.facts.tys.has_none(ty) && !self.l.facts.tys.alternatives(ty).is_empty()
    }
    /// The names of the fields that the parts of a row have.
    pub fn fields_of_parts(&mut self, row: Ty) -> Vec<Symbol> {
        let mut names = Vec::new();
        let own = self.l.fields(row);
        for &(_, part) in &own {
            for alternative in self.l.facts.tys.alternatives(part) {
                if self.has_fixed_fields(alternative) {
                    names.extend(self.l.fields(alternative).into_iter().map(|(name, _)| name));
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        names.retain(|name| !own.iter().any(|(field, _)| field == name));
        names
    }
    /// The value of a key of the first part of a row, from the one at `start` on, that is a map which has it.
    pub fn key_of_parts(&mut self, (row, from): Typed, key: Value, start: usize, ty: Ty, at: Span) -> Value {
        let string = self.l.string_ty();
        for (i, (_, part)) in self.l.fields(from).into_iter().enumerate().skip(start) {
            let alternatives = self.l.facts.tys.alternatives(part);
            let Some(map) = alternatives.into_iter().find(|&of| self.l.is_data(of, self.l.facts.known.map)) else { continue };
            let TyKind::Data(_, args) = self.l.kind(map) else { unreachable!("a map") };
            if !self.holds(ty, args[1]) {
                continue;
            }
            let of = self.l.heap_type(from);
            let value = self.get_field(of, i as u32, row);
            let has = self.has_key_text((value, part), key, at);
            let form = self.l.layout(ty);
            let found = |cx: &mut Self| {
                let value = cx.narrow(value, part, map);
                let key = cx.map_key((key, string), args[0]);
                cx.map_get((value, map), key, ty)
            };
            return self.choose(has, form, found, |cx| cx.key_of_parts((row, from), key, i + 1, ty, at));
        }
        self.none_as(ty)
    }
    /// The same as `field_of_row_as_map` for a key that only running shows.
    pub fn index_of_row_as_map(&mut self, (map, from): Typed, key: Value, ty: Ty) -> Value {
        let TyKind::Data(_, args) = self.l.kind(from) else { unreachable!("a map") };
        let string = self.l.string_ty();
        let name = format!("row.{}.{}", from.0, ty.0);
        self.outline(&name, "row_index", &[(map, from), (key, string)], ty, |cx, given| {
            cx.return_key((given[0], from), given[1], ty);
            let len = cx.read(given[0], from, "len");
            let zero = cx.b.i32(0);
            cx.for_numbers(zero, len, &Assigned::default(), |cx, at| {
                let part = cx.map_entry((given[0], from), "values", args[1], at);
                cx.return_key((part, args[1]), given[1], ty);
            });
            cx.none_as(ty)
        })
    }
    /// The value of a key; where the map has none, that of the first of its values that has such a key or field.
    fn field_of_row_as_map(&mut self, (map, from): Typed, name: Symbol, ty: Ty) -> Value {
        let TyKind::Data(_, args) = self.l.kind(from) else { unreachable!("a map") };
        let key = format!("row.{}.{}.{}", from.0, self.l.names.text(name), ty.0);
        self.outline(&key, "row_field", &[(map, from)], ty, |cx, given| {
            cx.return_field((given[0], from), name, ty);
            let len = cx.read(given[0], from, "len");
            let zero = cx.b.i32(0);
            cx.for_numbers(zero, len, &Assigned::default(), |cx, at| {
                let part = cx.map_entry((given[0], from), "values", args[1], at);
                cx.return_field((part, args[1]), name, ty);
            });
            cx.none_as(ty)
        })
    }
    /// Returns the field or the key's value from the function, where a value has it and it can be of the type.
    fn return_field(&mut self, value: Typed, name: Symbol, ty: Ty) {
        self.visit(value, &mut |cx, (object, of)| match cx.l.kind(of) {
            TyKind::Data(data, args) if data == cx.l.facts.known.map => {
                let key = cx.map_key_literal(args[0], name);
                cx.return_value((object, of), key, ty);
            }
            _ => cx.return_fixed((object, of), name, ty, |cx| cx.b.bool(true)),
        });
    }
    /// The same for a key that only running shows.
    fn return_key(&mut self, value: Typed, key: Value, ty: Ty) {
        let string = self.l.string_ty();
        self.visit(value, &mut |cx, (object, of)| match cx.l.kind(of) {
            TyKind::Data(data, args) if data == cx.l.facts.known.map && cx.l.is_string(args[0]) => {
                let key = cx.map_key((key, string), args[0]);
                cx.return_value((object, of), key, ty);
            }
            _ if cx.has_fixed_fields(of) => {
                for (name, _) in cx.l.fields(of) {
                    let text = cx.l.names.text(name).to_string();
                    cx.return_fixed((object, of), name, ty, |cx| cx.is_text(key, &text));
                }
            }
            _ => {}
        });
    }
    /// Does something for each alternative but `none`.
    fn visit(&mut self, (value, from): Typed, what: &mut dyn FnMut(&mut Self, Typed)) {
        let bool = self.l.intern(TyKind::Bool);
        let alternatives = self.l.facts.tys.alternatives(from);
        let mut visit = |cx: &mut Self| {
            cx.dispatch_alternatives(value, from, &alternatives, bool, &mut |cx, object, of| {
                what(cx, (object, of));
                cx.b.bool(false)
            });
        };
        if !self.l.facts.tys.has_none(from) {
            return visit(self);
        }
        let none = self.is_none(value, from);
        let some = self.not(none);
        self.when(some, &Assigned::default(), visit);
    }
    /// Returns the value of a key that a map has.
    fn return_value(&mut self, (map, from): Typed, key: Value, ty: Ty) {
        let TyKind::Data(_, args) = self.l.kind(from) else { unreachable!("a map") };
        if !self.holds(ty, args[1]) {
            return;
        }
        let entry = self.map_find((map, from), key);
        let zero = self.b.i32(0);
        let missing = self.plain(Op::I32LtS, &[entry, zero]);
        let found = self.not(missing);
        self.when(found, &Assigned::default(), |cx| {
            let value = cx.map_entry((map, from), "values", args[1], entry);
            let value = cx.coerce(value, args[1], ty);
            cx.b.ret(&[value]);
        });
    }
    /// Returns a field of a struct or record, where the condition holds. The branch is there even for one that always does: what is built
    /// behind a `return` still has to be somewhere.
    fn return_fixed(&mut self, (object, from): Typed, name: Symbol, ty: Ty, cond: impl FnOnce(&mut Self) -> Value) {
        if !self.has_fixed_fields(from) {
            return;
        }
        let Some((at, have)) = self.l.field(from, name) else { return };
        if !self.holds(ty, have) {
            return;
        }
        let holds = cond(self);
        self.when(holds, &Assigned::default(), |cx| {
            let of = cx.l.heap_type(from);
            let value = cx.get_field(of, at, object);
            let value = cx.coerce(value, have, ty);
            cx.b.ret(&[value]);
        });
    }
    /// Whether the type has every alternative of the other; `none` it has.
    fn holds(&self, ty: Ty, other: Ty) -> bool {
        let alternatives = self.l.facts.tys.alternatives(ty);
        self.l.facts.tys.alternatives(other).iter().all(|one| alternatives.contains(one))
    }
    /// Whether a value is a map with the key.
    pub fn has_key(&mut self, value: Typed, name: Symbol, at: Span) -> Value {
        let text = self.l.names.text(name).to_string();
        let key = self.string_literal(&text);
        self.has_key_text(value, key, at)
    }
    fn has_key_text(&mut self, (value, from): Typed, key: Value, at: Span) -> Value {
        let bool = self.l.intern(TyKind::Bool);
        let key = (key, self.l.string_ty());
        let alternatives = self.l.facts.tys.alternatives(from);
        let of_some = |cx: &mut Self| {
            cx.dispatch_alternatives(value, from, &alternatives, bool, &mut |cx, map, of| match cx.l.kind(of) {
                TyKind::Data(data, _) if data == cx.l.facts.known.map => cx.membership(key, (map, of), at),
                _ => cx.b.bool(false),
            })
        };
        if !self.l.facts.tys.has_none(from) {
            return of_some(self);
        }
        let none = self.is_none(value, from);
        self.choose(none, Type::Bool, |cx| cx.b.bool(false), of_some)
    }
    /// A method that is read like a field: a closure that holds the object.
    fn method_value(&mut self, value: Value, from: Ty, name: Symbol, ty: Ty, at: Span) -> Option<Value> {
        let TyKind::Data(data, _) = self.l.kind(from) else { return None };
        let method = self.l.program.data[data.0 as usize].methods.get(name)?;
        let open = self.l.program.fns[method.index()].params.len() - 1;
        let fits = |ty: &Ty| matches!(self.l.facts.tys.kind(*ty), TyKind::Fun(params, _) if params.len() == open);
        let fun = self.l.facts.tys.alternatives(ty).into_iter().find(fits)?;
        let closure = self.close_over(method, &[(value, from)], fun, at);
        Some(self.coerce(closure, fun, ty))
    }
    /// Whether it is a struct of the program or a record.
    fn has_fixed_fields(&self, ty: Ty) -> bool {
        self.has_entries(ty) && !matches!(self.l.facts.tys.kind(ty), TyKind::Data(data, _) if self.l.is_union(*data))
    }
    /// Whether a struct or record has the field, or a variant of a union.
    pub fn has_field(&mut self, of: Ty, name: Symbol) -> bool {
        match self.l.kind(of) {
            TyKind::Data(data, _) if self.l.is_union(data) => {
                (0..self.l.variant_count(of)).any(|variant| self.l.variant_fields(of, variant).iter().any(|&(field, _)| field == name))
            }
            _ => self.l.field(of, name).is_some(),
        }
    }
    /// A field of whichever variant the value is, none if that has no such field.
    fn union_field(&mut self, value: Value, from: Ty, name: Symbol, ty: Ty) -> Value {
        let base = self.l.heap_type(from);
        let tag = self.get_field(base, 0, value);
        let count = self.l.variant_count(from);
        let form = [self.l.layout(ty)];
        let none = Assigned::default();
        self.switch(tag, count, &none, &form, |cx, case| {
            let fields = if case < count { cx.l.variant_fields(from, case) } else { Vec::new() };
            let Some(at) = fields.iter().position(|&(field, _)| field == name) else { return vec![cx.none_as(ty)] };
            let of = cx.l.variant_type(from, case);
            let variant = cx.op(Op::RefCast, Imm::Type(of), &[value]);
            let have = cx.get_field(of, at as u32 + 1, variant);
            vec![cx.coerce(have, fields[at].1, ty)]
        })[0]
    }
}
