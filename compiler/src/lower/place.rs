//! Assignment. The container and every index of the target are evaluated first, then the value, then the store.

use super::arith::Typed;
use super::derive::Form;
use super::function::FnCx;
use super::ownership;
use super::sites::Fault;
use super::walk::Assigned;
use crate::hir::tree::{Expr, LocalId, Place};
use crate::ir::{Imm, Op, Type, Value};
use crate::source::Span;
use crate::syntax::symbol::Symbol;
use crate::types::{DataId, Ty, TyKind};

impl FnCx<'_, '_> {
    pub fn assign_place(&mut self, target: &Place, value: &Expr, at: Span) {
        match target {
            Place::Local(local) if self.l.ownership.is_grown_text(value) => self.grow_text(*local, value),
            Place::Local(local) => {
                let ty = self.local_ty(*local);
                let value = self.expr_as(value, ty);
                if !self.b.is_terminated() {
                    self.assign(*local, value);
                }
            }
            Place::Index { object, index, bracket } => {
                let (a, b, c) = (self.ty(object.id), self.ty(index.id), self.ty(value.id));
                let x = self.expr(object);
                let i = self.expr(index);
                let v = self.expr(value);
                self.b.span = *bracket;
                let name = Self::literal_text(index).and_then(|key| self.l.names.find(key));
                let of = self.l.facts.tys.alternatives(a);
                match name {
                    Some(name) if of.iter().all(|&ty| self.has_entries(ty)) => self.store_field((x, a), name, (v, c), *bracket),
                    Some(name) => self.store_named((x, a), name, (i, b), (v, c), *bracket),
                    None => self.store_index((x, a), (i, b), (v, c), *bracket),
                }
            }
            Place::Field { object, name, span } => {
                let (a, c) = (self.ty(object.id), self.ty(value.id));
                let x = self.expr(object);
                let v = self.expr(value);
                self.b.span = at;
                self.store_field((x, a), *name, (v, c), *span);
            }
        }
    }

    /// `s = s + a + b`, evaluated before anything is added.
    fn grow_text(&mut self, local: LocalId, value: &Expr) {
        let values: Vec<Value> = ownership::parts(value).into_iter().map(|part| self.expr(part)).collect();
        if self.b.is_terminated() {
            return;
        }
        self.b.span = value.at();
        let text = values.into_iter().reduce(|text, part| self.call_prelude("string_add", &[], &[text, part]));
        self.assign(local, text.expect("a part"));
    }

    /// Does something for whichever alternative the target is; none is an error.
    fn for_target(&mut self, (x, a): Typed, fault: Fault, at: Span, f: &mut dyn FnMut(&mut Self, Value, Ty)) {
        if self.l.facts.tys.has_none(a) {
            let none = self.is_none(x, a);
            self.trap_if(none, fault, at);
        }
        let unit = self.l.intern(TyKind::None);
        let of = self.l.facts.tys.alternatives(a);
        self.dispatch_alternatives(x, a, &of, unit, &mut |cx, x, a| {
            f(cx, x, a);
            cx.none()
        });
    }

    /// `x["name"] = v` where x can also be something without fields.
    fn store_named(&mut self, object: Typed, name: Symbol, index: Typed, value: Typed, at: Span) {
        let map = self.l.facts.known.map;
        self.for_target(object, Fault::IndexTarget, at, &mut |cx, x, a| {
            if cx.has_entries(a) {
                cx.store_field((x, a), name, value, at);
            } else if cx.l.is_data(a, map) {
                cx.store_index_of((x, a), index, value, at);
            } else {
                cx.trap(Fault::IndexTarget, at);
            }
        });
    }
    fn store_index(&mut self, object: Typed, index: Typed, value: Typed, at: Span) {
        self.for_target(object, Fault::IndexTarget, at, &mut |cx, x, a| cx.store_index_of((x, a), index, value, at));
    }
    fn store_index_of(&mut self, (x, a): Typed, index: Typed, value: Typed, at: Span) {
        let known = self.l.facts.known;
        match self.l.kind(a) {
            TyKind::Array(element) => {
                let v = self.coerce(value.0, value.1, element);
                self.array_set((x, a), index.0, v);
            }
            TyKind::Data(data, args) if data == known.list => {
                let i = self.as_index(index, at);
                let v = self.coerce(value.0, value.1, args[0]);
                self.list_set((x, a), i, v, args[0], at);
            }
            TyKind::Data(data, args) if data == known.map => {
                let key = self.map_key(index, args[0]);
                let v = self.coerce(value.0, value.1, args[1]);
                self.call_map("set", a, &[x, key, v]);
            }
            // What the library's types consist of is nobody's to assign.
            TyKind::Data(data, _) if self.l.is_union(data) || self.is_library(data) => self.trap(Fault::IndexTarget, at),
            TyKind::Data(..) | TyKind::Record(_) => {
                let fields = self.l.fields(a);
                let key = self.string_of(Form::Str, index);
                for (name, _) in fields {
                    let text = self.l.names.text(name).to_string();
                    let text = self.string_literal(&text);
                    let is = self.call_prelude("string_equal", &[], &[key, text]);
                    self.when(is, &Assigned::default(), |cx| cx.store_field((x, a), name, value, at));
                }
            }
            _ => self.trap(Fault::IndexTarget, at),
        }
    }

    /// Whether the library declares the type.
    pub fn is_library(&self, data: DataId) -> bool {
        self.l.program.data[data.0 as usize].is_prelude
    }

    /// `list[i] = v`
    fn list_set(&mut self, (list, ty): Typed, index: Value, value: Value, element: Ty, at: Span) {
        let len = self.read(list, ty, "len");
        let len = self.plain(Op::I32ExtendU, &[len]);
        let wrapped = self.wrapped_index(index, len);
        let inside = self.plain(Op::I64LtU, &[wrapped, len]);
        let store = |cx: &mut Self| {
            let room = cx.read(list, ty, "room");
            let alone = cx.plain(Op::RefIsNull, &[room]);
            let shared = cx.not(alone);
            cx.when(shared, &Assigned::default(), |cx| {
                cx.call_prelude("list_own", &[element], &[list]);
            });
            let data = cx.read(list, ty, "data");
            let offset = cx.plain(Op::I64Wrap, &[wrapped]);
            let imm = cx.array_imm(element);
            cx.effect(Op::ArraySet, imm, &[data, offset, value]);
            Vec::new()
        };
        let beyond = |cx: &mut Self| {
            let site = cx.site_arg(Fault::ListIndex, at);
            if cx.l.facts.tys.has_none(element) {
                let pad = cx.none_as(element);
                cx.call_prelude("list_store_pad", &[element], &[list, index, value, pad, site]);
            } else {
                cx.call_prelude("list_store_end", &[element], &[list, index, value, site]);
            }
            Vec::new()
        };
        self.if_else(inside, &Assigned::default(), &[], store, beyond);
    }

    pub fn store_field(&mut self, object: Typed, name: Symbol, value: Typed, at: Span) {
        self.for_target(object, Fault::FieldTarget, at, &mut |cx, x, a| cx.store_field_of((x, a), name, value, at));
    }
    fn store_field_of(&mut self, (x, a): Typed, name: Symbol, value: Typed, at: Span) {
        match self.l.kind(a) {
            TyKind::Data(data, args) if data == self.l.facts.known.map && !self.wraps => {
                let key = self.map_key_literal(args[0], name);
                let v = self.coerce(value.0, value.1, args[1]);
                self.call_map("set", a, &[x, key, v]);
            }
            TyKind::Data(data, _) if self.l.is_union(data) => self.store_variant_field((x, a), name, value, at),
            TyKind::Data(data, _) if self.is_library(data) && !self.wraps => self.trap(Fault::FieldTarget, at),
            TyKind::Data(..) | TyKind::Record(_) => match self.l.field(a, name) {
                Some((field, ty)) => {
                    let of = self.l.heap_type(a);
                    let v = self.coerce(value.0, value.1, ty);
                    self.set_field(of, field, x, v);
                }
                None => self.trap(Fault::FieldTarget, at),
            },
            _ => self.trap(Fault::FieldTarget, at),
        }
    }
    fn store_variant_field(&mut self, (x, a): Typed, name: Symbol, value: Typed, at: Span) {
        let base = self.l.heap_type(a);
        let tag = self.get_field(base, 0, x);
        let count = self.l.variant_count(a);
        self.switch(tag, count, &Assigned::default(), &[] as &[Type], |cx, case| {
            let fields = if case < count { cx.l.variant_fields(a, case) } else { Vec::new() };
            match fields.iter().position(|&(field, _)| field == name) {
                Some(i) => {
                    let of = cx.l.variant_type(a, case);
                    let variant = cx.op(Op::RefCast, Imm::Type(of), &[x]);
                    let v = cx.coerce(value.0, value.1, fields[i].1);
                    cx.set_field(of, i as u32 + 1, variant, v);
                }
                None => cx.trap(Fault::FieldTarget, at),
            }
            Vec::new()
        });
    }
}
