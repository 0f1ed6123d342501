//! Texts of values in the four forms of LANGUAGE section 6. Structs print as maps with their name under `__name`; keys are sorted
//! bytewise here, at compile time.

use super::Derive;
use crate::hir::tree::DataKind;
use crate::ir::{Imm, Op, Value};
use crate::lower::arith::Typed;
use crate::lower::function::FnCx;
use crate::lower::walk::Assigned;
use crate::syntax::symbol::Symbol;
use crate::types::{Ty, TyKind};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Form {
    /// An argument of `print`.
    Print,
    /// Inside a printed container.
    Nested,
    /// `str()`, also inside its containers.
    Str,
    Json,
}

impl Form {
    pub(super) fn name(self) -> &'static str {
        match self {
            Form::Print => "print_text",
            Form::Nested => "nested_text",
            Form::Str => "str_text",
            Form::Json => "json_text",
        }
    }
    fn none(self) -> &'static str {
        match self {
            Form::Print | Form::Nested => "nil",
            Form::Str => "<nil>",
            Form::Json => "null",
        }
    }
    /// The form of what stands in a container.
    fn inner(self) -> Form {
        if self == Form::Print { Form::Nested } else { self }
    }
}

impl FnCx<'_, '_> {
    /// Writes the value's text to `out`. `indent` is for JSON. The result means nothing.
    pub fn text(&mut self, form: Form, (value, ty): Typed, out: Value, indent: Option<Value>) -> Value {
        match (self.l.kind(ty), form) {
            (TyKind::Int, _) => self.call_prelude("text_int", &[], &[out, value]),
            (TyKind::I32 | TyKind::Byte, _) => {
                let wide = self.plain(Op::I32ExtendS, &[value]);
                self.call_prelude("text_int", &[], &[out, wide])
            }
            (TyKind::Float, Form::Print | Form::Str) => self.call_prelude("text_float", &[], &[out, value]),
            (TyKind::Float, Form::Nested) => self.call_prelude("text_float_plain", &[], &[out, value]),
            (TyKind::Float, Form::Json) => self.call_prelude("text_json_float", &[], &[out, value]),
            (TyKind::Never | TyKind::None, _) => self.text_piece(form.none(), out),
            (TyKind::Fun(..), Form::Print) => self.text_piece("<function>", out),
            (TyKind::Fun(..), _) => self.text_piece(form.none(), out),
            (TyKind::Data(data, _), Form::Print | Form::Str) if data == self.l.facts.known.string => {
                self.call_prelude("text_string", &[], &[out, value])
            }
            (TyKind::Data(data, _), Form::Nested) if data == self.l.facts.known.string => {
                self.call_prelude("text_quoted", &[], &[out, value])
            }
            (TyKind::Data(data, _), Form::Json) if data == self.l.facts.known.string => {
                self.call_prelude("text_json_string", &[], &[out, value])
            }
            (TyKind::Bool | TyKind::Data(..) | TyKind::Record(_) | TyKind::Option(_) | TyKind::Any { .. }, _) => {
                // Containers print alike at the top and inside.
                let container = self.is_plain(ty) && !matches!(self.l.kind(ty), TyKind::Bool);
                let bigrat = self.l.is_data(ty, self.l.facts.known.bigrat);
                let form = if container && !bigrat { form.inner() } else { form };
                let func = self.l.derived(Derive::Text(form), ty, ty);
                let mut args = vec![value, out];
                args.extend(indent);
                self.call(func, &args)
            }
            (TyKind::Array(_) | TyKind::Param(_), _) => unreachable!("no text"),
        }
    }
    /// Writes a constant text.
    pub fn text_piece(&mut self, piece: &str, out: Value) -> Value {
        let bytes = self.constant_bytes(piece);
        self.call_prelude("text_const", &[], &[out, bytes])
    }
    /// The text of a value as a string.
    pub fn string_of(&mut self, form: Form, (value, ty): Typed) -> Value {
        if self.l.is_string(ty) && form == Form::Str {
            return value;
        }
        match (self.l.kind(ty), form) {
            (TyKind::Int, Form::Str) => return self.call_prelude("int_string", &[], &[value]),
            (TyKind::Float, Form::Str) => return self.call_prelude("float_string", &[], &[value]),
            _ => {}
        }
        let capacity = self.b.i32(32);
        let out = self.call_prelude("text_new", &[], &[capacity]);
        let indent = (form == Form::Json).then(|| self.b.i32(0));
        self.text(form, (value, ty), out, indent);
        self.call_prelude("text_done", &[], &[out])
    }

    pub(super) fn text_body(&mut self, (value, ty): Typed, out: Value, form: Form, indent: Option<Value>) {
        match self.l.kind(ty) {
            TyKind::Record(_) | TyKind::Data(..) => {
                self.text_once(value, ty, out, form, |cx| cx.text_shape((value, ty), out, form, indent));
            }
            _ => self.text_shape((value, ty), out, form, indent),
        }
    }
    fn text_shape(&mut self, (value, ty): Typed, out: Value, form: Form, indent: Option<Value>) {
        let known = self.l.facts.known;
        match self.l.kind(ty) {
            TyKind::Bool => {
                let none = Assigned::default();
                let yes = |cx: &mut Self| {
                    cx.text_piece("true", out);
                    Vec::new()
                };
                let no = |cx: &mut Self| {
                    cx.text_piece("false", out);
                    Vec::new()
                };
                self.if_else(value, &none, &[], yes, no);
            }
            TyKind::Option(_) | TyKind::Any { .. } => {
                let unit = self.l.intern(TyKind::None);
                let none = self.is_none(value, ty);
                let of = self.l.facts.tys.alternatives(ty);
                let piece = |cx: &mut Self| {
                    cx.text_piece(form.none(), out);
                    Vec::new()
                };
                let other = |cx: &mut Self| {
                    cx.dispatch_alternatives(value, ty, &of, unit, &mut |cx, value, ty| {
                        cx.text(form, (value, ty), out, indent);
                        cx.none()
                    });
                    Vec::new()
                };
                if self.l.facts.tys.has_none(ty) {
                    self.if_else(none, &Assigned::default(), &[], piece, other);
                } else {
                    other(self);
                }
            }
            TyKind::Record(_) => self.text_fields((value, ty), None, out, form, indent),
            TyKind::Data(data, args) if data == known.list => {
                let name = match form {
                    Form::Print | Form::Nested => "list_nested_text",
                    Form::Str => "list_str_text",
                    Form::Json => "list_json_text",
                };
                let mut values = vec![value, out];
                values.extend(indent);
                self.call_prelude(name, &args, &values);
            }
            TyKind::Data(data, args) if data == known.map => {
                let int = *self.l.facts.tys.kind(args[0]) == TyKind::Int;
                let name = match (form, int) {
                    (Form::Print | Form::Nested, true) => "int_map_nested_text",
                    (Form::Print | Form::Nested, false) => "string_map_nested_text",
                    (Form::Str, true) => "int_map_str_text",
                    (Form::Str, false) => "string_map_str_text",
                    (Form::Json, true) => "int_map_json_text",
                    (Form::Json, false) => "string_map_json_text",
                };
                let mut values = vec![value, out];
                values.extend(indent);
                self.call_prelude(name, &args[1..], &values);
            }
            TyKind::Data(data, _) if data == known.bigint => {
                self.call_prelude("text_bigint", &[], &[out, value]);
            }
            TyKind::Data(data, _) if data == known.bigrat => self.text_bigrat(value, out, form),
            TyKind::Data(data, _) if self.l.is_union(data) => self.text_union((value, ty), out, form, indent),
            TyKind::Data(data, _) if data == known.group => self.text_fields((value, ty), None, out, form, indent),
            TyKind::Data(data, _) => {
                let name = self.l.program.data[data.0 as usize].name;
                self.text_fields((value, ty), Some(name), out, form, indent);
            }
            other => unreachable!("{other:?} is written in place"),
        }
    }
    fn text_bigrat(&mut self, value: Value, out: Value, form: Form) {
        if form == Form::Json {
            self.text_piece("\"", out);
        }
        self.call_prelude("text_bigrat", &[], &[out, value]);
        if form == Form::Json {
            self.text_piece("\"", out);
        }
    }
    fn text_union(&mut self, (value, ty): Typed, out: Value, form: Form, indent: Option<Value>) {
        let base = self.l.heap_type(ty);
        let tag = self.get_field(base, 0, value);
        let count = self.l.variant_count(ty);
        self.switch(tag, count, &Assigned::default(), &[], |cx, case| {
            if case < count {
                let of = cx.l.variant_type(ty, case);
                let variant = cx.op(Op::RefCast, Imm::Type(of), &[value]);
                let fields = cx.l.variant_fields(ty, case);
                let values =
                    fields.iter().enumerate().map(|(i, &(name, ty))| (name, (cx.get_field(of, i as u32 + 1, variant), ty))).collect();
                let name = cx.l.variant_name(ty, case);
                cx.text_entries(values, Some(name), out, form, indent);
            }
            Vec::new()
        });
    }
    fn text_fields(&mut self, (value, ty): Typed, name: Option<Symbol>, out: Value, form: Form, indent: Option<Value>) {
        let of = self.l.heap_type(ty);
        let fields = self.l.fields(ty);
        let values = fields.iter().enumerate().map(|(i, &(name, ty))| (name, (self.get_field(of, i as u32, value), ty))).collect();
        self.text_entries(values, name, out, form, indent);
    }
    /// A map of these entries, and of the type's name.
    fn text_entries(&mut self, values: Vec<(Symbol, Typed)>, name: Option<Symbol>, out: Value, form: Form, indent: Option<Value>) {
        let mut entries: Vec<(String, Option<Typed>)> =
            values.into_iter().map(|(name, value)| (self.l.names.text(name).to_string(), Some(value))).collect();
        entries.extend(name.map(|_| ("__name".to_string(), None)));
        entries.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
        let type_name = name.map(|name| self.l.names.text(name).to_string()).unwrap_or_default();
        match form {
            Form::Json => return self.json_entries(&entries, &type_name, out, indent.expect("JSON has an indent")),
            Form::Str => self.text_piece("map[", out),
            Form::Print | Form::Nested => self.text_piece("{", out),
        };
        let mut pending = String::new();
        for (i, (key, value)) in entries.iter().enumerate() {
            match (form, i) {
                (_, 0) => {}
                (Form::Str, _) => pending.push(' '),
                (_, _) => pending.push_str(", "),
            }
            match form {
                Form::Str => pending.push_str(&format!("{key}:")),
                _ => {
                    self.text_key(key, "text_quoted", &mut pending, out);
                    pending.push_str(": ");
                }
            }
            match value {
                None if form == Form::Str => pending.push_str(&type_name),
                None => pending.push_str(&quoted(&type_name)),
                Some(value) => {
                    self.text_piece(&pending, out);
                    pending.clear();
                    self.text(form.inner(), *value, out, None);
                }
            }
        }
        pending.push_str(if form == Form::Str { "]" } else { "}" });
        self.text_piece(&pending, out);
    }
    /// A key in quotes, behind what is still to be written. The library knows how to write the rarer characters.
    fn text_key(&mut self, key: &str, writer: &str, pending: &mut String, out: Value) {
        let is_plain = |c| matches!(c, ' '..='~' | '\n' | '\t' | '\r') && !(writer == "text_json_string" && matches!(c, '<' | '>' | '&'));
        if key.chars().all(is_plain) {
            return pending.push_str(&quoted(key));
        }
        if !pending.is_empty() {
            self.text_piece(pending, out);
            pending.clear();
        }
        let text = self.string_literal(key);
        self.call_prelude(writer, &[], &[out, text]);
    }
    fn json_entries(&mut self, entries: &[(String, Option<Typed>)], type_name: &str, out: Value, indent: Value) {
        if entries.is_empty() {
            self.text_piece("{}", out);
            return;
        }
        let inner = self.call_prelude("json_inner", &[], &[indent]);
        self.text_piece("{", out);
        for (i, (key, value)) in entries.iter().enumerate() {
            if i > 0 {
                self.text_piece(",", out);
            }
            self.call_prelude("text_json_break", &[], &[out, inner]);
            let mut pending = String::new();
            self.text_key(key, "text_json_string", &mut pending, out);
            if !pending.is_empty() {
                self.text_piece(&pending, out);
            }
            self.call_prelude("text_json_colon", &[], &[out, indent]);
            match value {
                None => self.text_piece(&quoted(type_name), out),
                Some(value) => self.text(Form::Json, *value, out, Some(inner)),
            };
        }
        self.call_prelude("text_json_break", &[], &[out, indent]);
        self.text_piece("}", out);
    }
}

impl crate::lower::Lower<'_> {
    pub fn variant_name(&self, ty: Ty, variant: usize) -> Symbol {
        let TyKind::Data(data, _) = self.facts.tys.kind(ty) else { unreachable!("a union") };
        match &self.program.data[data.0 as usize].kind {
            DataKind::Union(variants) => variants[variant].name,
            DataKind::Struct(_) => unreachable!("a union"),
        }
    }
}

/// Names are identifiers or keys of record literals; those need quoting like any text.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
