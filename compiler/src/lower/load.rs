//! `load`, `save` and `fetch`: the prelude reads and writes `json` values, the functions made here turn them into values of
//! the program's types and back.

use super::arith::Typed;
use super::function::FnCx;
use super::sites::Fault;
use super::walk::Assigned;
use crate::hir::tree::{Expr, ExprKind, Load, Save};
use crate::ir::{Op, Value};
use crate::source::Span;
use crate::syntax::symbol::Symbol;
use crate::types::{Ty, TyKind};

/// What `with { ... }` says.
struct Options {
    format: Value,
    header: Value,
    delimiter: Value,
}

impl FnCx<'_, '_> {
    fn json_ty(&mut self) -> Ty {
        let json = self.l.prelude_type("json");
        self.l.intern(TyKind::Data(json, Vec::new()))
    }

    pub fn load_expr(&mut self, load: &Load, ty: Ty, at: Span) -> Value {
        let path = self.string_literal(load.path.as_deref().unwrap_or(""));
        let options = self.file_options(load.options.as_ref(), true, at);
        self.b.span = at;
        let site = self.site_arg(Fault::Message, at);
        let Options { format, header, delimiter } = options;
        let rows = self.call_prelude("load_rows", &[], &[path, format, header, delimiter, site]);
        let json = self.json_ty();
        let element = self.l.facts.tys.alternatives(ty).into_iter().find_map(|ty| self.l.list_element(ty));
        let Some(element) = element else { return self.none_as(ty) };
        let from = self.l.facts.list(json);
        let made = self.map_list((rows, from), element, "load", &mut |cx, item| cx.json_as(item.0, element, at));
        let have = self.l.facts.list(element);
        self.coerce(made, have, ty)
    }

    pub fn save_expr(&mut self, save: &Save, ty: Ty, at: Span) -> Value {
        let from = self.ty(save.value.id);
        let value = self.expr(&save.value);
        let path = self.string_literal(save.path.as_deref().unwrap_or(""));
        let options = self.file_options(save.options.as_ref(), false, at);
        self.b.span = at;
        let rows = self.plain_list((value, from), at);
        let json = self.json_ty();
        let rows = self.map_list(rows, json, "save", &mut |cx, item| cx.json_of(item));
        let site = self.site_arg(Fault::Message, at);
        let Options { format, header, delimiter } = options;
        self.call_prelude("save_rows", &[], &[rows, path, format, header, delimiter, site]);
        self.none_as(ty)
    }

    /// `fetch url`; options say nothing about files.
    pub fn fetch_expr(&mut self, url: &Expr, options: Option<&Expr>, ty: Ty, at: Span) -> Value {
        let from = self.ty(url.id);
        let value = self.expr(url);
        let url = self.as_text((value, from));
        if let Some(options) = options {
            self.run(options);
        }
        self.b.span = at;
        let site = self.site_arg(Fault::Message, at);
        let json = self.call_prelude("fetch_json", &[], &[url, site]);
        self.json_as(json, ty, at)
    }

    fn file_options(&mut self, options: Option<&Expr>, header: bool, at: Span) -> Options {
        let mut found = Options { format: self.string_literal(""), header: self.b.bool(header), delimiter: self.string_literal("") };
        let Some(options) = options else { return found };
        let ExprKind::Record(fields) = &options.kind else {
            let from = self.ty(options.id);
            let value = self.expr(options);
            let string = self.l.string_ty();
            let optional = self.l.facts.tys.option(string);
            for (name, place) in [("format", &mut found.format), ("delimiter", &mut found.delimiter)] {
                let Some(name) = self.l.names.find(name) else { continue };
                if !self.holds_text(from, name) {
                    continue;
                }
                let have = self.field_of(value, from, name, optional, at);
                let none = self.is_none(have, optional);
                let form = self.l.layout(string);
                let default = *place;
                *place = self.choose(none, form, |_| default, |cx| cx.coerce(have, optional, string));
            }
            return found;
        };
        for (name, e) in fields {
            let ty = self.ty(e.id);
            let value = self.expr(e);
            match self.l.names.text(*name) {
                "format" => found.format = self.as_text((value, ty)),
                "delimiter" => found.delimiter = self.as_text((value, ty)),
                "header" => found.header = self.truthy(value, ty),
                _ => {}
            }
        }
        found
    }
    /// Whether a field holds text or none.
    fn holds_text(&mut self, from: Ty, name: Symbol) -> bool {
        let string = self.l.string_ty();
        let fields: Vec<Ty> = match self.l.kind(from) {
            TyKind::Record(record) => record.fields.into_iter().filter(|&(n, _)| n == name).map(|(_, ty)| ty).collect(),
            TyKind::Data(data, args) if data == self.l.facts.known.map => vec![args[1]],
            _ => Vec::new(),
        };
        fields.iter().all(|&ty| self.l.facts.tys.alternatives(ty).iter().all(|&ty| ty == string))
    }

    // From json

    /// A `json` value as a value of a type of the program; one that does not fit is the cast's error.
    fn json_as(&mut self, json: Value, to: Ty, at: Span) -> Value {
        let json_ty = self.json_ty();
        let key = format!("from_json.{}.{:?}", to.0, (at.file.0, at.start));
        let value = self.outline(&key, "from_json", &[(json, json_ty)], to, |cx, args| cx.json_as_kind(args[0], json_ty, to, at));
        if self.l.result_layout(to).is_none() { self.none_as(to) } else { value }
    }
    fn json_as_kind(&mut self, json: Value, json_ty: Ty, to: Ty, at: Span) -> Value {
        match self.l.kind(to) {
            TyKind::Never | TyKind::None => self.none_as(to),
            TyKind::Option(of) => {
                let none = if self.l.is_string(of) {
                    let kind = self.read(json, json_ty, "kind");
                    let zero = self.b.i32(0);
                    self.plain(Op::I32Eq, &[kind, zero])
                } else {
                    self.call_prelude("json_is_none", &[], &[json])
                };
                let form = self.l.layout(to);
                self.choose(
                    none,
                    form,
                    |cx| cx.none_as(to),
                    |cx| {
                        let value = cx.json_as(json, of, at);
                        cx.coerce(value, of, to)
                    },
                )
            }
            TyKind::Any { alternatives, .. } => self.json_as_any(json, json_ty, &alternatives, to, at),
            _ => self.json_as_plain(json, to, at),
        }
    }
    fn json_as_plain(&mut self, json: Value, to: Ty, at: Span) -> Value {
        let known = self.l.facts.known;
        let json_ty = self.json_ty();
        let site = self.site_arg(Fault::Message, at);
        match self.l.kind(to) {
            TyKind::Int => self.call_prelude("json_to_int", &[], &[json, site]),
            TyKind::Float => self.call_prelude("json_to_float", &[], &[json, site]),
            TyKind::Bool => self.call_prelude("json_to_bool", &[], &[json, site]),
            TyKind::Data(data, _) if data == known.string => self.call_prelude("json_to_string", &[], &[json, site]),
            TyKind::Data(data, _) if data == known.bigint => self.call_prelude("json_to_bigint", &[], &[json, site]),
            TyKind::Data(data, _) if data == known.bigrat => self.call_prelude("json_to_bigrat", &[], &[json, site]),
            TyKind::Data(data, args) if data == known.list => {
                let items = self.call_prelude("json_to_list", &[], &[json, site]);
                let from = self.l.facts.list(json_ty);
                self.map_list((items, from), args[0], "items", &mut |cx, item| cx.json_as(item.0, args[0], at))
            }
            TyKind::Data(data, args) if data == known.map => {
                let entries = self.call_prelude("json_to_map", &[], &[json, site]);
                self.map_from_json(entries, (to, &args), at)
            }
            TyKind::Record(_) => self.fields_from_json(json, to, "record", at),
            TyKind::Data(data, _) if !self.l.program.data[data.0 as usize].is_prelude && !self.l.is_union(data) => {
                let name = self.l.names.text(self.l.program.data[data.0 as usize].name).to_string();
                self.fields_from_json(json, to, &name, at)
            }
            _ => {
                self.trap(Fault::Cast, at);
                self.default_value(to)
            }
        }
    }
    fn map_from_json(&mut self, entries: Value, (to, args): (Ty, &[Ty]), at: Span) -> Value {
        let json_ty = self.json_ty();
        let string = self.l.string_ty();
        let map = self.l.facts.known.map;
        let from = self.l.intern(TyKind::Data(map, vec![string, json_ty]));
        let len = self.read(entries, from, "len");
        let made = self.call_prelude("map_new", args, &[len]);
        let zero = self.b.i32(0);
        self.for_numbers(zero, len, &Assigned::default(), |cx, i| {
            let key = cx.map_entry((entries, from), "keys", string, i);
            let key = if args[0] == string { key } else { cx.cast_int((key, string), args[0], at) };
            let value = cx.map_entry((entries, from), "values", json_ty, i);
            let value = cx.json_as(value, args[1], at);
            cx.call_map("set", to, &[made, key, value]);
        });
        made
    }
    fn fields_from_json(&mut self, json: Value, to: Ty, name: &str, at: Span) -> Value {
        let fields = self.l.fields(to);
        let mut values = Vec::new();
        for (field, ty) in fields {
            let text = self.l.names.text(field).to_string();
            let key = self.string_literal(&text);
            let there = self.call_prelude("json_has", &[], &[json, key]);
            let missing = self.not(there);
            if !self.l.facts.tys.has_none(ty) {
                self.when(missing, &Assigned::default(), |cx| {
                    let message = cx.string_literal(&format!("missing field {text} for {name}"));
                    let site = cx.site_arg(Fault::Message, at);
                    cx.call_prelude("raise", &[], &[site, message]);
                });
            }
            let value = self.call_prelude("json_field", &[], &[json, key]);
            values.push(self.json_as(value, ty, at));
        }
        let of = self.l.heap_type(to);
        self.new_struct(of, &values)
    }
    /// Where several kinds are possible, the value's own kind decides.
    fn json_as_any(&mut self, json: Value, json_ty: Ty, alternatives: &[Ty], to: Ty, at: Span) -> Value {
        let kind = self.read(json, json_ty, "kind");
        let form = [self.l.layout(to)];
        self.switch(kind, 7, &Assigned::default(), &form, |cx, case| {
            let fits = |cx: &Self, ty: Ty| match (case, cx.l.facts.tys.kind(ty)) {
                (1, TyKind::Bool) | (2, TyKind::Int) | (3, TyKind::Float) | (6, TyKind::Record(_)) => true,
                (4, _) => cx.l.is_string(ty),
                (5, _) => cx.l.list_element(ty).is_some(),
                (6, TyKind::Data(data, _)) => {
                    *data == cx.l.facts.known.map || !cx.l.program.data[data.0 as usize].is_prelude && !cx.l.is_union(*data)
                }
                _ => false,
            };
            // A null, or a kind that the type does not have, is none.
            let wide = |cx: &Self| alternatives.iter().copied().find(|&ty| case == 2 && matches!(cx.l.facts.tys.kind(ty), TyKind::Float));
            match alternatives.iter().copied().find(|&ty| fits(cx, ty)).or_else(|| wide(cx)) {
                Some(ty) => {
                    let value = cx.json_as_plain(json, ty, at);
                    vec![cx.coerce(value, ty, to)]
                }
                None if cx.l.facts.tys.has_none(to) => vec![cx.none_as(to)],
                None => {
                    cx.trap(Fault::Cast, at);
                    vec![cx.default_value(to)]
                }
            }
        })[0]
    }

    // To json

    fn json_of(&mut self, (value, from): Typed) -> Value {
        let json = self.json_ty();
        let key = format!("to_json.{}", from.0);
        self.outline(&key, "to_json", &[(value, from)], json, |cx, args| {
            let none = cx.is_none(args[0], from);
            let of = cx.l.facts.tys.alternatives(from);
            let form = cx.l.layout(json);
            let other = |cx: &mut FnCx<'_, '_>| {
                if of.is_empty() {
                    return cx.call_prelude("json_null", &[], &[]);
                }
                cx.dispatch_alternatives(args[0], from, &of, json, &mut |cx, x, a| cx.plain_json((x, a)))
            };
            if cx.l.facts.tys.has_none(from) {
                cx.choose(none, form, |cx| cx.call_prelude("json_null", &[], &[]), other)
            } else {
                other(cx)
            }
        })
    }
    fn plain_json(&mut self, (x, a): Typed) -> Value {
        let known = self.l.facts.known;
        let json = self.json_ty();
        let string = self.l.string_ty();
        match self.l.kind(a) {
            TyKind::Bool => self.call_prelude("json_from_bool", &[], &[x]),
            TyKind::Int => self.call_prelude("json_from_int", &[], &[x]),
            TyKind::Float => self.call_prelude("json_from_float", &[], &[x]),
            TyKind::Data(data, _) if data == known.string => self.call_prelude("json_from_string", &[], &[x]),
            TyKind::Data(data, _) if data == known.list || data == known.group => {
                let list = if data == known.group { self.group_items(x, a) } else { (x, a) };
                let items = self.map_list(list, json, "items", &mut |cx, item| cx.json_of(item));
                self.call_prelude("json_from_list", &[], &[items])
            }
            TyKind::Data(data, args) if data == known.map => {
                let len = self.read(x, a, "len");
                let to = self.l.intern(TyKind::Data(data, vec![string, json]));
                let made = self.call_prelude("map_new", &[string, json], &[len]);
                let zero = self.b.i32(0);
                self.for_numbers(zero, len, &Assigned::default(), |cx, i| {
                    let key = cx.map_entry((x, a), "keys", args[0], i);
                    let key = cx.map_key((key, args[0]), string);
                    let value = cx.map_entry((x, a), "values", args[1], i);
                    let value = cx.json_of((value, args[1]));
                    cx.call_map("set", to, &[made, key, value]);
                });
                self.call_prelude("json_from_map", &[], &[made])
            }
            TyKind::Record(_) => self.fields_to_json((x, a)),
            TyKind::Data(data, _) if !self.l.program.data[data.0 as usize].is_prelude && !self.l.is_union(data) => {
                self.fields_to_json((x, a))
            }
            TyKind::Fun(..) => self.call_prelude("json_null", &[], &[]),
            _ => {
                let text = self.as_text((x, a));
                self.call_prelude("json_from_string", &[], &[text])
            }
        }
    }
    fn fields_to_json(&mut self, (x, a): Typed) -> Value {
        let json = self.json_ty();
        let string = self.l.string_ty();
        let map = self.l.facts.known.map;
        let to = self.l.intern(TyKind::Data(map, vec![string, json]));
        let fields = self.l.fields(a);
        let of = self.l.heap_type(a);
        let count = self.b.i32(fields.len() as i32);
        let made = self.call_prelude("map_new", &[string, json], &[count]);
        for (i, (name, ty)) in fields.into_iter().enumerate() {
            let value = self.get_field(of, i as u32, x);
            let value = self.json_of((value, ty));
            let text = self.l.names.text(name).to_string();
            let key = self.string_literal(&text);
            self.call_map("set", to, &[made, key, value]);
        }
        self.call_prelude("json_from_map", &[], &[made])
    }
}
