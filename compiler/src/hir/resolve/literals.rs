//! List, map, struct and variant literals.

use super::Resolver;
use super::scope::TypeName;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::tree::{DataKind, Expr, ExprKind, Lit};
use crate::source::Span;
use crate::syntax::ast::{self, MapEntry, MapKey, StructLit};
use crate::syntax::symbol::Symbol;
use crate::types::DataId;

pub fn lit(lit: &ast::Lit) -> Lit {
    match lit {
        ast::Lit::Int(value) => Lit::Int(*value),
        ast::Lit::Float(value) => Lit::Float(*value),
        ast::Lit::Str(value) => Lit::Str(value.clone()),
        ast::Lit::Bool(value) => Lit::Bool(*value),
        ast::Lit::None => Lit::None,
    }
}

/// Whether keys can be the fields of a record: there are some, and they differ.
fn are_fields(mut keys: Vec<Symbol>) -> bool {
    keys.sort_unstable();
    !keys.is_empty() && keys.windows(2).all(|pair| pair[0] != pair[1])
}

impl<'a> Resolver<'a> {
    /// A record where all keys are constant strings and differ, else a map.
    pub fn map_literal(&mut self, entries: &'a [MapEntry], span: Span) -> Expr {
        let keys: Vec<Symbol> = entries.iter().filter_map(|entry| self.entry_name(&entry.key)).collect();
        if keys.len() == entries.len() && are_fields(keys) {
            let fields = entries.iter().map(|entry| (self.entry_name(&entry.key).expect("a constant"), self.expr(&entry.value)));
            let kind = ExprKind::Record(fields.collect());
            return self.make(kind, span);
        }
        let entries = entries.iter().map(|entry| (self.map_key(&entry.key), self.expr(&entry.value))).collect();
        self.make(ExprKind::Map(entries), span)
    }

    fn map_key(&mut self, key: &'a MapKey) -> Expr {
        match key {
            MapKey::Name(name) => self.name_key(*name),
            MapKey::Expr(expr) => self.expr(expr),
        }
    }
    fn name_key(&mut self, name: ast::Ident) -> Expr {
        let text = self.text(name.name).into();
        self.make(ExprKind::Lit(Lit::Str(text)), name.span)
    }

    /// The constant string of a key.
    pub fn entry_name(&mut self, key: &MapKey) -> Option<Symbol> {
        match key {
            MapKey::Name(name) => Some(name.name),
            MapKey::Expr(expr) => match &expr.kind {
                ast::ExprKind::Lit(ast::Lit::Str(text)) => Some(self.names.intern(text)),
                _ => None,
            },
        }
    }

    /// `Name { field: value }`: a struct, a variant, an agent; a record where the name is unknown.
    pub fn struct_literal(&mut self, literal: &'a StructLit, span: Span) -> Expr {
        let name = literal.name;
        if let Some(data) = self.struct_named(name.name) {
            if let Some(&maker) = self.makers.get(&data) {
                return self.agent_literal(maker, literal, span);
            }
            let fields = self.field_values(data, None, &literal.fields).into();
            return self.make(ExprKind::Struct { data, fields }, span);
        }
        if let Some(&(data, variant)) = self.scopes.variants.get(name.name) {
            let fields = self.field_values(data, Some(variant), &literal.fields).into();
            return self.make(ExprKind::Variant { data, variant, fields }, span);
        }
        self.unknown_struct(name);
        if are_fields(literal.fields.iter().map(|field| field.name.name).collect()) {
            let fields = literal.fields.iter().map(|field| (field.name.name, self.expr(&field.value)));
            let kind = ExprKind::Record(fields.collect());
            return self.make(kind, span);
        }
        let entries = literal.fields.iter().map(|field| (self.name_key(field.name), self.expr(&field.value))).collect();
        self.make(ExprKind::Map(entries), span)
    }

    fn unknown_struct(&mut self, name: ast::Ident) {
        let is_union = matches!(self.scopes.types.get(name.name), Some(TypeName::Data(_)));
        let is_news = if is_union { self.first_report(name.name) } else { self.first_warning(name.name) };
        if !is_news {
            return;
        }
        let text = self.text(name.name).to_owned();
        if is_union {
            let help = "write one of its variants";
            return self.error(Code::T027, name.span, format!("`{text}` is a union"), "a literal names a struct or a variant", help);
        }
        let structs = self.scopes.types.visible().chain(self.scopes.variants.visible());
        let close = self.closest_of(&text, structs, std::iter::empty());
        let diagnostic = Diagnostic::warning(Code::T025, name.span, format!("unknown type `{text}`"))
            .label("no struct of this name is declared; this makes a map");
        let diagnostic = match close {
            Some(close) => super::names::with_fix(diagnostic, name.span, &close),
            None => diagnostic.help(format!("declare it: `type {text} {{ ... }}`")),
        };
        self.report(diagnostic);
    }

    /// Values by field index, in the order written; unknown fields are reported and only evaluated for their own errors.
    pub fn field_values(&mut self, data: DataId, variant: Option<usize>, inits: &'a [ast::FieldInit]) -> Vec<(usize, Expr)> {
        let mut fields: Vec<(usize, Expr)> = Vec::with_capacity(inits.len());
        for init in inits {
            let value = self.expr(&init.value);
            let Some(index) = self.field_index(data, variant, init.name) else { continue };
            if fields.iter().any(|(other, _)| *other == index) {
                let text = self.text(init.name.name).to_owned();
                let message = format!("field `{text}` is given twice");
                self.error(Code::M012, init.name.span, message, "an earlier value of this literal has the same name", "remove one of them");
                continue;
            }
            fields.push((index, value));
        }
        fields
    }

    /// The fields of a struct or a variant.
    pub fn field_names(&self, data: DataId, variant: usize) -> Vec<Symbol> {
        let fields = match &self.program.data[data.0 as usize].kind {
            DataKind::Struct(fields) => fields,
            DataKind::Union(variants) => &variants[variant].fields,
        };
        fields.iter().map(|field| field.name).collect()
    }
}
