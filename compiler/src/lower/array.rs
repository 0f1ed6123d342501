//! Indexing and slices; lists and maps as `lower` reads them.

use super::arith::Typed;
use super::derive::Form;
use super::entries::NAME_KEY;
use super::function::FnCx;
use super::ownership::Use;
use super::sites::Fault;
use super::walk::Assigned;
use crate::hir::tree::Expr;
use crate::ir::{Imm, Op, Type, Value};
use crate::source::Span;
use crate::syntax::symbol::{Symbol, sym};
use crate::types::{Ty, TyKind};

impl FnCx<'_, '_> {
    pub fn index_expr(&mut self, object: &Expr, index: &Expr, ty: Ty, at: Span) -> Value {
        let (a, b) = (self.ty(object.id), self.ty(index.id));
        let x = self.expr(object);
        if let (Some(key), TyKind::Record(_)) = (Self::literal_text(index), self.l.kind(self.some(a))) {
            let name = self.l.names.find(key).unwrap_or(sym::MISSING);
            return self.field_of(x, a, name, ty, at);
        }
        let y = self.expr(index);
        self.b.span = at;
        let name = Self::literal_text(index).and_then(|key| self.l.names.find(key));
        self.dispatch(x, a, ty, &mut |cx, x, a| match name {
            Some(name) => cx.named_index((x, a), name, (y, b), ty, at),
            None => cx.index_of((x, a), (y, b), ty, at),
        })
    }
    /// `x["name"]`: what has fields gives the field, as inference has it.
    fn named_index(&mut self, (x, a): Typed, name: Symbol, index: Typed, ty: Ty, at: Span) -> Value {
        let known = self.l.facts.known;
        match self.l.kind(a) {
            TyKind::Data(data, _) if data == known.list || data == known.string => {
                self.trap(Fault::IndexKind, at);
                self.default_value(ty)
            }
            TyKind::Data(data, _) if data == known.group => self.field_of(x, a, name, ty, at),
            TyKind::Data(data, _) if data == known.map && self.l.facts.rows_as_maps => self.field_of(x, a, name, ty, at),
            _ if self.has_entries(a) => self.field_of(x, a, name, ty, at),
            _ => self.index_of((x, a), index, ty, at),
        }
    }
    /// The type without none, where that exists.
    fn some(&self, ty: Ty) -> Ty {
        match self.l.facts.tys.kind(ty) {
            TyKind::Option(of) => *of,
            _ => ty,
        }
    }

    /// `x[y]` for a container of known form.
    fn index_of(&mut self, (x, a): Typed, index: Typed, ty: Ty, at: Span) -> Value {
        let known = self.l.facts.known;
        match self.l.kind(a) {
            TyKind::Array(element) => {
                let value = self.array_get((x, a), index.0);
                self.coerce(value, element, ty)
            }
            TyKind::Data(data, args) if data == known.list => {
                let i = self.as_index(index, at);
                let value = self.list_get((x, a), i, at);
                self.coerce(value, args[0], ty)
            }
            TyKind::Data(data, _) if data == known.string => {
                let i = self.as_index(index, at);
                let site = self.site_arg(Fault::StringIndex, at);
                let value = self.call_prelude("string_at", &[], &[x, i, site]);
                self.coerce(value, a, ty)
            }
            TyKind::Data(data, args) if data == known.map => {
                let key = self.map_key(index, args[0]);
                if self.l.facts.rows_as_maps && self.l.is_string(args[0]) && self.is_either(ty) {
                    return self.index_of_row_as_map((x, a), key, ty);
                }
                self.map_get((x, a), key, ty)
            }
            TyKind::Data(data, _) if data == known.group => {
                let (items, list) = self.group_items(x, a);
                self.index_of((items, list), index, ty, at)
            }
            TyKind::Data(data, _) if self.is_library(data) => {
                self.trap(Fault::IndexTarget, at);
                self.default_value(ty)
            }
            TyKind::Record(_) | TyKind::Data(..) => self.index_fields((x, a), index, ty, at),
            _ => {
                self.trap(Fault::IndexTarget, at);
                self.default_value(ty)
            }
        }
    }
    /// A struct, variant or record by a key that is known at run time only.
    fn index_fields(&mut self, (x, a): Typed, index: Typed, ty: Ty, at: Span) -> Value {
        let mut fields = Vec::new();
        match self.l.kind(a) {
            TyKind::Data(data, _) if self.l.is_union(data) => {
                for variant in 0..self.l.variant_count(a) {
                    fields.extend(self.l.variant_fields(a, variant).into_iter().map(|(name, _)| name));
                }
                fields.sort_unstable();
                fields.dedup();
            }
            _ => fields.extend(self.l.fields(a).into_iter().map(|(name, _)| name)),
        }
        if let TyKind::Record(record) = self.l.kind(a)
            && record.row
        {
            fields.extend(self.fields_of_parts(a));
        }
        let key = self.string_of(Form::Str, index);
        self.pick_field((x, a), key, &fields, ty, at)
    }
    fn pick_field(&mut self, (x, a): Typed, key: Value, fields: &[Symbol], ty: Ty, at: Span) -> Value {
        let form = self.l.layout(ty);
        let Some((&name, rest)) = fields.split_first() else {
            match self.l.kind(a) {
                TyKind::Data(..) => {}
                TyKind::Record(record) if record.row => return self.key_of_parts((x, a), key, 0, ty, at),
                _ => return self.none_as(ty),
            }
            let is = self.is_text(key, NAME_KEY);
            return self.choose(is, form, |cx| cx.type_name((x, a), ty), |cx| cx.none_as(ty));
        };
        let text = self.l.names.text(name).to_string();
        let is = self.is_text(key, &text);
        self.choose(is, form, |cx| cx.field_of(x, a, name, ty, at), |cx| cx.pick_field((x, a), key, rest, ty, at))
    }
    pub fn is_text(&mut self, value: Value, text: &str) -> Value {
        let text = self.string_literal(text);
        self.call_prelude("string_equal", &[], &[value, text])
    }

    /// An index as an int.
    pub fn as_index(&mut self, (value, ty): Typed, at: Span) -> Value {
        match self.l.kind(ty) {
            TyKind::Int => value,
            TyKind::I32 | TyKind::Byte => self.plain(Op::I32ExtendS, &[value]),
            TyKind::Option(inner) if self.b.ty(value) != Type::Any => {
                let none = self.is_none(value, ty);
                self.trap_if(none, Fault::IndexKind, at);
                let value = self.coerce(value, ty, inner);
                self.as_index((value, inner), at)
            }
            TyKind::Option(_) | TyKind::Any { .. } => {
                let int = self.l.intern(TyKind::Int);
                let is = self.is_alternative(value, int);
                let bad = self.not(is);
                self.trap_if(bad, Fault::IndexKind, at);
                self.untag(value, int)
            }
            TyKind::Data(data, _) if data == self.l.facts.known.bigint => {
                let site = self.site_arg(Fault::IndexKind, at);
                self.call_prelude("bigint_to_int", &[], &[value, site])
            }
            TyKind::Float => {
                let site = self.site_arg(Fault::CastFloat, at);
                self.call_prelude("float_to_int", &[], &[value, site])
            }
            _ => {
                self.trap(Fault::IndexKind, at);
                self.b.i64(0)
            }
        }
    }

    // Arrays

    /// Reads an array that the index is known to be inside.
    pub fn array_get(&mut self, (array, ty): Typed, at: Value) -> Value {
        let TyKind::Array(element) = self.l.kind(ty) else { unreachable!("an array") };
        let of = self.l.heap_type(ty);
        let value = self.op(Op::ArrayGet, Imm::Type(of), &[array, at]);
        self.stored(value, element)
    }
    pub fn array_set(&mut self, (array, ty): Typed, at: Value, value: Value) {
        let of = self.l.heap_type(ty);
        self.effect(Op::ArraySet, Imm::Type(of), &[array, at, value]);
    }

    // Lists

    /// The element at an i32 offset that is inside the list.
    pub fn element(&mut self, (list, ty): Typed, at: Value) -> Value {
        let element = self.l.list_element(ty).expect("a list");
        let data = self.read(list, ty, "data");
        let array = self.l.intern(TyKind::Array(element));
        self.array_get((data, array), at)
    }
    /// `list[i]`: negative indices count from the end.
    fn list_get(&mut self, (list, ty): Typed, index: Value, at: Span) -> Value {
        let offset = self.list_offset((list, ty), index, at);
        self.element((list, ty), offset)
    }
    /// The offset of an element, checked.
    pub fn list_offset(&mut self, (list, ty): Typed, index: Value, at: Span) -> Value {
        let len = self.read(list, ty, "len");
        let len = self.plain(Op::I32ExtendU, &[len]);
        let wrapped = self.wrapped_index(index, len);
        // One unsigned comparison tells both ends.
        let inside = self.plain(Op::I64LtU, &[wrapped, len]);
        let outside = self.not(inside);
        self.trap_if_with(outside, index, len, Fault::ListIndex, at);
        self.plain(Op::I64Wrap, &[wrapped])
    }
    /// A negative index counted from the end.
    pub fn wrapped_index(&mut self, index: Value, len: Value) -> Value {
        let zero = self.b.i64(0);
        let negative = self.plain(Op::I64LtS, &[index, zero]);
        let moved = self.plain(Op::I64Add, &[index, len]);
        self.plain(Op::Select, &[negative, moved, index])
    }
    /// A list, a group's items, or for none the empty list, with elements of this type (copied if their form differs).
    pub fn as_list(&mut self, (value, ty): Typed, element: Ty, fault: Fault, at: Span) -> Value {
        let list = self.l.facts.list(element);
        if ty == list {
            return value;
        }
        let none = self.is_none(value, ty);
        let form = self.l.layout(list);
        let of = self.l.facts.tys.alternatives(ty);
        let empty = |cx: &mut Self| {
            let zero = cx.b.i32(0);
            cx.call_prelude("list_new", &[element], &[zero])
        };
        let other = |cx: &mut Self| {
            cx.dispatch_alternatives(value, ty, &of, list, &mut |cx, value, ty| {
                let (value, ty) = if cx.l.is_data(ty, cx.l.facts.known.group) { cx.group_items(value, ty) } else { (value, ty) };
                if cx.l.list_element(ty).is_none() {
                    cx.trap(fault, at);
                    return cx.default_value(list);
                }
                cx.convert_list((value, ty), element)
            })
        };
        if self.l.facts.tys.has_none(ty) { self.choose(none, form, empty, other) } else { other(self) }
    }
    /// A list with elements in another form: a copy, if the forms differ.
    pub fn convert_list(&mut self, (list, ty): Typed, element: Ty) -> Value {
        let from = self.l.list_element(ty).expect("a list");
        if from == element {
            return list;
        }
        let to = self.l.facts.list(element);
        let key = format!("convert.{}.{}", ty.0, element.0);
        self.outline(&key, "convert", &[(list, ty)], to, |cx, args| {
            let len = cx.read(args[0], ty, "len");
            let made = cx.call_prelude("list_new", &[element], &[len]);
            let zero = cx.b.i32(0);
            cx.for_numbers(zero, len, &Assigned::default(), |cx, at| {
                let value = cx.element((args[0], ty), at);
                let value = cx.coerce(value, from, element);
                cx.call_prelude("list_push", &[element], &[made, value]);
            });
            made
        })
    }

    // Groups

    pub fn group_items(&mut self, group: Value, ty: Ty) -> Typed {
        let TyKind::Data(_, args) = self.l.kind(ty) else { unreachable!("a group") };
        let list = self.l.facts.list(args[1]);
        (self.read(group, ty, "items"), list)
    }
    /// `g.key`, `g.items`, `g.count`, and with several keys each of them.
    pub fn group_field(&mut self, group: Value, ty: Ty, name: Symbol, to: Ty) -> Value {
        let TyKind::Data(_, args) = self.l.kind(ty) else { unreachable!("a group") };
        match self.l.names.text(name) {
            "key" => {
                let key = self.read(group, ty, "key");
                self.coerce(key, args[0], to)
            }
            "items" => {
                let (items, list) = self.group_items(group, ty);
                self.coerce(items, list, to)
            }
            "count" => {
                let (items, list) = self.group_items(group, ty);
                let len = self.read(items, list, "len");
                let len = self.plain(Op::I32ExtendU, &[len]);
                let int = self.l.intern(TyKind::Int);
                self.coerce(len, int, to)
            }
            _ => {
                let key = self.read(group, ty, "key");
                let at = self.b.span;
                match self.l.kind(args[0]) {
                    TyKind::Record(_) => self.field_of(key, args[0], name, to, at),
                    TyKind::Data(data, _) if data == self.l.facts.known.map => self.field_of(key, args[0], name, to, at),
                    _ => self.none_as(to),
                }
            }
        }
    }

    // Maps

    fn is_int_map(&self, ty: Ty) -> bool {
        match self.l.facts.tys.kind(ty) {
            TyKind::Data(_, args) => *self.l.facts.tys.kind(args[0]) == TyKind::Int,
            _ => false,
        }
    }
    /// The prelude's function for this kind of map: `int_map_NAME` or `string_map_NAME`.
    pub fn call_map(&mut self, name: &str, ty: Ty, args: &[Value]) -> Value {
        let TyKind::Data(_, of) = self.l.kind(ty) else { unreachable!("a map") };
        let name = format!("{}_map_{name}", if self.is_int_map(ty) { "int" } else { "string" });
        self.call_prelude(&name, &of[1..], args)
    }
    /// A key in the form that the map has: int, or text.
    pub fn map_key(&mut self, (key, from): Typed, to: Ty) -> Value {
        if from == to {
            return key;
        }
        if *self.l.facts.tys.kind(to) == TyKind::Int {
            let at = self.b.span;
            return self.as_index((key, from), at);
        }
        self.string_of(Form::Str, (key, from))
    }
    pub fn map_key_literal(&mut self, to: Ty, name: Symbol) -> Value {
        let text = self.l.names.text(name).to_string();
        if *self.l.facts.tys.kind(to) == TyKind::Int {
            return self.b.i64(text.parse().unwrap_or(i64::MIN));
        }
        self.string_literal(&text)
    }
    /// The entry of a key, -1 if there is none.
    pub fn map_find(&mut self, (map, ty): Typed, key: Value) -> Value {
        self.call_map("find", ty, &[map, key])
    }
    /// The key (`keys`) or value (`values`) of an entry.
    pub fn map_entry(&mut self, (map, ty): Typed, field: &str, of: Ty, entry: Value) -> Value {
        let array = self.l.intern(TyKind::Array(of));
        let data = self.read(map, ty, field);
        self.array_get((data, array), entry)
    }
    /// The value of a key, none if there is none.
    pub fn map_get(&mut self, (map, ty): Typed, key: Value, to: Ty) -> Value {
        let TyKind::Data(_, args) = self.l.kind(ty) else { unreachable!("a map") };
        let entry = self.map_find((map, ty), key);
        let zero = self.b.i32(0);
        let missing = self.plain(Op::I32LtS, &[entry, zero]);
        let form = self.l.layout(to);
        self.choose(
            missing,
            form,
            |cx| cx.none_as(to),
            |cx| {
                let value = cx.map_entry((map, ty), "values", args[1], entry);
                cx.coerce(value, args[1], to)
            },
        )
    }
    pub fn map_literal(&mut self, entries: &[(Expr, Expr)], ty: Ty, at: Span) -> Value {
        let TyKind::Data(_, args) = self.l.kind(ty) else { panic!("a map literal of type {:?}", self.l.kind(ty)) };
        let count = self.b.i32(entries.len() as i32);
        let map = self.call_prelude("map_new", &args, &[count]);
        for (key, value) in entries {
            let from = self.ty(key.id);
            let key = self.expr(key);
            let key = self.map_key((key, from), args[0]);
            let value = self.expr_as(value, args[1]);
            self.b.span = at;
            self.call_map("set", ty, &[map, key, value]);
        }
        map
    }
    /// A record literal that is a map to inference.
    pub fn map_of_fields(&mut self, fields: &[(Symbol, Expr)], ty: Ty, at: Span) -> Value {
        let TyKind::Data(_, args) = self.l.kind(ty) else { panic!("a map literal of type {:?}", self.l.kind(ty)) };
        let count = self.b.i32(fields.len() as i32);
        let map = self.call_prelude("map_new", &args, &[count]);
        for (name, value) in fields {
            let key = self.map_key_literal(args[0], *name);
            let value = self.expr_as(value, args[1]);
            self.b.span = at;
            self.call_map("set", ty, &[map, key, value]);
        }
        map
    }

    // Slices

    pub fn slice_expr(&mut self, object: &Expr, from: Option<&Expr>, to: Option<&Expr>, ty: Ty, at: Span) -> Value {
        let a = self.ty(object.id);
        let x = self.expr(object);
        let start = self.bound(from, 0, at);
        let end = self.bound(to, i64::MAX, at);
        self.b.span = at;
        let own = self.l.ownership.of_use(object.id) != Use::Borrow;
        self.slice_of((x, a), own, start, end, ty, at)
    }
    fn bound(&mut self, e: Option<&Expr>, missing: i64, at: Span) -> Value {
        match e {
            None => self.b.i64(missing),
            Some(e) => {
                let ty = self.ty(e.id);
                let value = self.expr(e);
                self.as_index((value, ty), at)
            }
        }
    }
    /// `own`: nobody else has the list, unless it is marked as shared.
    pub fn slice_of(&mut self, (x, a): Typed, own: bool, start: Value, end: Value, ty: Ty, at: Span) -> Value {
        if let (true, Some(element)) = (own && a == ty, self.l.list_element(a)) {
            return self.call_prelude("list_slice_own", &[element], &[x, start, end]);
        }
        self.dispatch(x, a, ty, &mut |cx, x, a| {
            let (x, a) = if cx.l.is_data(a, cx.l.facts.known.group) { cx.group_items(x, a) } else { (x, a) };
            if cx.l.is_string(a) {
                let value = cx.call_prelude("string_slice", &[], &[x, start, end]);
                return cx.coerce(value, a, ty);
            }
            if let Some(element) = cx.l.list_element(a) {
                let value = cx.call_prelude("list_slice", &[element], &[x, start, end]);
                return cx.coerce_list((value, a), ty);
            }
            cx.trap(Fault::IndexTarget, at);
            cx.default_value(ty)
        })
    }
    /// A fresh list as a value of another type: its elements may have another form there.
    pub fn coerce_list(&mut self, (list, ty): Typed, to: Ty) -> Value {
        if ty == to {
            return list;
        }
        let wanted = self.l.facts.tys.alternatives(to).into_iter().find_map(|ty| self.l.list_element(ty));
        match wanted {
            Some(element) => {
                let value = self.convert_list((list, ty), element);
                let have = self.l.facts.list(element);
                self.coerce(value, have, to)
            }
            None => self.coerce(list, ty, to),
        }
    }
    /// The length of something as an i64; none has 0.
    pub fn length(&mut self, (x, a): Typed, at: Span) -> Value {
        let int = self.l.intern(TyKind::Int);
        if self.l.facts.tys.has_none(a) {
            let none = self.is_none(x, a);
            let of = self.l.facts.tys.alternatives(a);
            return self.choose(
                none,
                Type::I64,
                |cx| cx.b.i64(0),
                |cx| cx.dispatch_alternatives(x, a, &of, int, &mut |cx, x, a| cx.length_of((x, a), at)),
            );
        }
        self.dispatch(x, a, int, &mut |cx, x, a| cx.length_of((x, a), at))
    }
    fn length_of(&mut self, (x, a): Typed, at: Span) -> Value {
        let known = self.l.facts.known;
        let len = match self.l.kind(a) {
            TyKind::Data(data, _) if data == known.string => self.read(x, a, "count"),
            TyKind::Data(data, _) if data == known.list || data == known.map => self.read(x, a, "len"),
            TyKind::Data(data, _) if data == known.group => {
                let (items, list) = self.group_items(x, a);
                self.read(items, list, "len")
            }
            TyKind::Record(record) => return self.b.i64(record.fields.len() as i64),
            TyKind::Data(data, _) if !self.is_library(data) => {
                let keys = self.entry_keys((x, a));
                let string = self.l.string_ty();
                let list = self.l.facts.list(string);
                self.read(keys, list, "len")
            }
            TyKind::Int | TyKind::Float => {
                let text = self.string_of(Form::Str, (x, a));
                let string = self.l.string_ty();
                self.read(text, string, "count")
            }
            TyKind::Data(data, _) if data == known.bigint || data == known.bigrat => {
                let text = self.string_of(Form::Str, (x, a));
                let string = self.l.string_ty();
                self.read(text, string, "count")
            }
            _ => {
                self.trap(Fault::LenOperand, at);
                return self.b.i64(0);
            }
        };
        self.plain(Op::I32ExtendU, &[len])
    }
}
