//! `update xs set {f: e} where c`: which names are fields of the elements.
//!
//! They are the fields of the struct that the elements are known to be, by the variable's declared type or by what it was
//! given; of the records it was given; else those that are set, and names that mean nothing otherwise.

use super::Resolver;
use super::scope::Value;
use crate::diagnostic::Code;
use crate::hir::tree::{DataKind, Expr, ExprKind, LocalId, LocalKind, StmtKind, TypeRef, UpdateRow};
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::symbol::Symbol;
use crate::syntax::visit::{self, Node};
use crate::types::DataId;

/// What the elements of a list are, as far as the expression that gave it shows.
#[derive(Clone, Debug)]
pub enum Rows {
    Struct(DataId),
    Record(Vec<Symbol>),
}

impl<'a> Resolver<'a> {
    pub fn update(&mut self, update: &'a ast::Update, span: Span) -> StmtKind {
        let target = self.name(update.target.name, update.target.span);
        let rows = self.updated_rows(&target, update);
        let data = match &rows {
            Some(Rows::Struct(data)) => Some(*data),
            Some(Rows::Record(_)) | None => None,
        };
        let names = self.update_fields(rows, update);
        self.scopes.push();
        let mut fields: Vec<(Symbol, LocalId)> = Vec::new();
        for name in names {
            let local = self.new_local(name, span, LocalKind::Bound);
            // A field named `count` does not hide the builtin.
            self.note_mut(local).plain = !self.may_hold_function(data, name);
            self.see(name, Value::Local(local));
            fields.push((name, local));
        }
        let cond = update.cond.as_ref().map(|cond| self.expr(cond));
        let mut set = Vec::new();
        for entry in &update.set {
            let value = self.expr(&entry.value);
            let Some(name) = self.entry_name(&entry.key) else {
                self.error(
                    Code::T026,
                    entry.value.span,
                    "`set` names fields".to_owned(),
                    "the key is not a name",
                    "write `set { field: value }`",
                );
                continue;
            };
            if let (Some(data), ast::MapKey::Name(ident)) = (data, &entry.key) {
                self.field_index(data, None, *ident);
            }
            set.push((name, value));
        }
        self.scopes.pop();
        fields.retain(|(_, local)| self.note(*local).used);
        StmtKind::Update { target: Box::new(target), data, row: Box::new(UpdateRow { fields, cond, set }) }
    }

    /// Whether a declared struct's field can hold something to be called.
    fn may_hold_function(&self, data: Option<DataId>, name: Symbol) -> bool {
        match data.map(|data| &self.program.data[data.0 as usize].kind) {
            Some(DataKind::Struct(fields)) => {
                let called = |ty: &TypeRef| matches!(ty, TypeRef::Any | TypeRef::Fun(..) | TypeRef::Option(_));
                fields.iter().any(|field| field.name == name && called(&field.ty))
            }
            Some(DataKind::Union(_)) | None => false,
        }
    }
    fn updated_rows(&self, target: &Expr, update: &ast::Update) -> Option<Rows> {
        if let ExprKind::Local(local) = target.kind {
            if let Some(TypeRef::Data(_, args)) = &self.program.locals[local.index()].ty
                && let Some(TypeRef::Data(data, _)) = args.first()
            {
                return Some(Rows::Struct(*data));
            }
            if let Some(rows) = self.rows.get(&local) {
                return Some(rows.clone());
            }
        }
        // The only struct that has all the fields that are set.
        let set: Vec<Symbol> = update.set.iter().filter_map(|entry| self.entry_name_known(&entry.key)).collect();
        let mut fitting = self.program.data.iter().enumerate().filter(|(_, decl)| match &decl.kind {
            DataKind::Struct(fields) => !decl.is_prelude && set.iter().all(|name| fields.iter().any(|field| field.name == *name)),
            DataKind::Union(_) => false,
        });
        match (fitting.next(), fitting.next()) {
            (Some((index, _)), None) => Some(Rows::Struct(DataId(index as u32))),
            _ => None,
        }
    }
    fn update_fields(&mut self, rows: Option<Rows>, update: &'a ast::Update) -> Vec<Symbol> {
        let mut names = match rows {
            Some(Rows::Struct(data)) => match &self.program.data[data.0 as usize].kind {
                DataKind::Struct(fields) => return fields.iter().map(|field| field.name).collect(),
                DataKind::Union(_) => Vec::new(),
            },
            Some(Rows::Record(names)) => names,
            None => Vec::new(),
        };
        names.extend(update.set.iter().filter_map(|entry| self.entry_name(&entry.key)));
        let mut used = Vec::new();
        let parts = update.cond.iter().chain(update.set.iter().map(|entry| &entry.value));
        parts.for_each(|part| free_names(part, &mut used));
        names.extend(used.into_iter().filter(|&name| self.declared(name).is_none()));
        let mut seen = crate::hash::HashSet::default();
        names.retain(|&name| seen.insert(name));
        names
    }

    /// What the elements of an expression's value are, where it shows.
    pub fn rows_of(&self, value: &Expr) -> Option<Rows> {
        match &value.kind {
            ExprKind::List(items) => self.row_of(items.first()?),
            ExprKind::Query(query) if query.aggregate.is_none() => self.row_of(&query.select),
            ExprKind::Local(local) => self.rows.get(local).cloned(),
            ExprKind::Load(load) => struct_of(&load.ty),
            ExprKind::Cast { ty, .. } => match &**ty {
                TypeRef::Data(_, args) => args.first().and_then(struct_of),
                _ => None,
            },
            _ => None,
        }
    }
    fn row_of(&self, item: &Expr) -> Option<Rows> {
        match &item.kind {
            ExprKind::Struct { data, .. } => Some(Rows::Struct(*data)),
            ExprKind::Record(fields) => Some(Rows::Record(fields.iter().map(|&(name, _)| name).collect())),
            _ => None,
        }
    }
}

fn struct_of(ty: &TypeRef) -> Option<Rows> {
    match ty {
        TypeRef::Data(data, _) => Some(Rows::Struct(*data)),
        _ => None,
    }
}

/// The names that an expression reads, those called excluded.
fn free_names(e: &ast::Expr, found: &mut Vec<Symbol>) {
    if let ast::ExprKind::Name(name) = e.kind {
        found.push(name);
    }
    visit::expr_children(e, &mut |node| match node {
        Node::Expr(inner) => match &e.kind {
            ast::ExprKind::Call(call) if std::ptr::eq(inner, &call.callee) => {}
            _ => free_names(inner, found),
        },
        Node::Block(_) => {}
    });
}
