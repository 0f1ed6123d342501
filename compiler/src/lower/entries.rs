//! Structs and variants as the maps that they are at run time: their keys in order, `__name` among them, and their values.

use super::arith::Typed;
use super::function::FnCx;
use super::walk::Assigned;
use crate::hir::Builtin;
use crate::ir::{Imm, Op, Value};
use crate::syntax::symbol::Symbol;
use crate::types::{Ty, TyKind};

/// The key under which a struct or variant has its name.
pub const NAME_KEY: &str = "__name";

impl FnCx<'_, '_> {
    /// Whether it is a struct or union of the program, or a record.
    pub fn has_entries(&self, ty: Ty) -> bool {
        match self.l.kind(ty) {
            TyKind::Record(_) => true,
            TyKind::Data(data, _) => !self.is_library(data),
            _ => false,
        }
    }
    /// What `keys` and `values` give of it, as a list of this type.
    pub fn entries_as(&mut self, of: Typed, builtin: Builtin, ty: Ty) -> Value {
        let lists = self.l.facts.tys.alternatives(ty);
        let Some(element) = lists.into_iter().find_map(|list| self.l.list_element(list)) else { return self.default_value(ty) };
        let (value, element) = match builtin {
            Builtin::Keys => (self.entry_keys(of), self.l.string_ty()),
            _ => (self.entry_values(of, element), element),
        };
        let have = self.l.facts.list(element);
        self.coerce_list((value, have), ty)
    }
    /// The keys as a list of strings.
    pub fn entry_keys(&mut self, of: Typed) -> Value {
        let string = self.l.string_ty();
        self.entry_list(of, string, &mut |cx, key, _| cx.string_literal(key))
    }
    /// The values, in the order of the keys, as a list of this element type.
    fn entry_values(&mut self, of: Typed, element: Ty) -> Value {
        self.entry_list(of, element, &mut |cx, _, (value, ty)| cx.coerce(value, ty, element))
    }

    fn entry_list(&mut self, (x, a): Typed, element: Ty, entry: &mut dyn FnMut(&mut Self, &str, Typed) -> Value) -> Value {
        let TyKind::Data(data, _) = self.l.kind(a) else {
            let fields = self.read_fields((x, a));
            return self.sorted_entries(fields, None, element, entry);
        };
        if !self.l.is_union(data) {
            let name = self.l.program.data[data.0 as usize].name;
            let fields = self.read_fields((x, a));
            return self.sorted_entries(fields, Some(name), element, entry);
        }
        let base = self.l.heap_type(a);
        let tag = self.get_field(base, 0, x);
        let count = self.l.variant_count(a);
        let list = self.l.facts.list(element);
        let form = [self.l.layout(list)];
        self.switch(tag, count, &Assigned::default(), &form, |cx, case| {
            if case == count {
                return vec![cx.empty_list(element)];
            }
            let of = cx.l.variant_type(a, case);
            let variant = cx.op(Op::RefCast, Imm::Type(of), &[x]);
            let fields = cx.l.variant_fields(a, case);
            let fields = fields.iter().enumerate().map(|(i, &(name, ty))| (name, (cx.get_field(of, i as u32 + 1, variant), ty))).collect();
            let name = cx.l.variant_name(a, case);
            vec![cx.sorted_entries(fields, Some(name), element, entry)]
        })[0]
    }
    /// The name of a struct's type or of a variant.
    pub fn type_name(&mut self, (x, a): Typed, ty: Ty) -> Value {
        let TyKind::Data(data, _) = self.l.kind(a) else { return self.none_as(ty) };
        let string = self.l.string_ty();
        let text = |cx: &mut Self, name: Symbol| {
            let name = cx.l.names.text(name).to_string();
            let name = cx.string_literal(&name);
            cx.coerce(name, string, ty)
        };
        if !self.l.is_union(data) {
            let name = self.l.program.data[data.0 as usize].name;
            return text(self, name);
        }
        let base = self.l.heap_type(a);
        let tag = self.get_field(base, 0, x);
        let count = self.l.variant_count(a);
        let form = [self.l.layout(ty)];
        self.switch(tag, count, &Assigned::default(), &form, |cx, case| {
            if case == count {
                return vec![cx.none_as(ty)];
            }
            let name = cx.l.variant_name(a, case);
            vec![text(cx, name)]
        })[0]
    }
    fn read_fields(&mut self, (x, a): Typed) -> Vec<(Symbol, Typed)> {
        let of = self.l.heap_type(a);
        let fields = self.l.fields(a);
        fields.iter().enumerate().map(|(i, &(name, ty))| (name, (self.get_field(of, i as u32, x), ty))).collect()
    }
    fn sorted_entries(
        &mut self,
        fields: Vec<(Symbol, Typed)>,
        name: Option<Symbol>,
        element: Ty,
        entry: &mut dyn FnMut(&mut Self, &str, Typed) -> Value,
    ) -> Value {
        let mut entries: Vec<(String, Typed)> =
            fields.into_iter().map(|(name, value)| (self.l.names.text(name).to_string(), value)).collect();
        if let Some(name) = name {
            let name = self.l.names.text(name).to_string();
            let name = self.string_literal(&name);
            entries.push((NAME_KEY.to_owned(), (name, self.l.string_ty())));
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let values: Vec<Value> = entries.iter().map(|(key, value)| entry(self, key, *value)).collect();
        self.list_of_values(&values, element)
    }
}
