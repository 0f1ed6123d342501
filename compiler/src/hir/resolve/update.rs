//! `update xs set {f: e} where c`: which names are fields of the elements.
//!
//! They are the fields of the struct or of the records that the elements are, as far as declared types and literals show
//! ([`super::shown`]). What does not show, inference knows: then every name that is read may be a field, and a name that means
//! something else here, too, has both ([`Column`]).

use super::Resolver;
use super::scope::Value;
use super::shown::element;
use crate::diagnostic::Code;
use crate::hir::tree::{Column, DataKind, Expr, LocalKind, StmtKind, TypeRef, UpdateRow};
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::symbol::Symbol;
use crate::syntax::visit::{self, Node};
use crate::types::DataId;

impl<'a> Resolver<'a> {
    pub fn update(&mut self, update: &'a ast::Update, span: Span) -> StmtKind {
        let target = self.name(update.target.name, update.target.span);
        let row = self.updated_rows(&target);
        let data = match &row {
            Some(TypeRef::Data(data, _)) => Some(*data),
            _ => None,
        };
        let names = self.update_fields(row, update);
        let outer: Vec<Option<Expr>> = names.iter().map(|name| name.also.map(|at| self.name(name.name, at))).collect();
        self.scopes.push();
        let mut columns: Vec<Column> = Vec::new();
        for (Named { name, .. }, outer) in names.into_iter().zip(outer) {
            let local = self.new_local(name, span, LocalKind::Bound);
            // A field named `count` does not hide the builtin.
            self.note_mut(local).plain = !self.may_hold_function(data, name);
            self.see(name, Value::Local(local));
            columns.push(Column { name, local, outer });
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
        columns.retain(|column| self.note(column.local).used);
        StmtKind::Update { target: Box::new(target), row: Box::new(UpdateRow { columns, cond, set }) }
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

    /// The struct or record that the elements are, if that shows.
    fn updated_rows(&self, target: &Expr) -> Option<TypeRef> {
        self.shown(target).and_then(element).filter(|row| matches!(row, TypeRef::Record(_)) || self.is_struct(row))
    }

    fn is_struct(&self, ty: &TypeRef) -> bool {
        matches!(ty, TypeRef::Data(data, _) if matches!(self.program.data[data.0 as usize].kind, DataKind::Struct(_)))
    }

    fn update_fields(&mut self, row: Option<TypeRef>, update: &'a ast::Update) -> Vec<Named> {
        let plain = |name| Named { name, also: None };
        let is_shown = row.is_some();
        let mut names: Vec<Named> = match row {
            Some(TypeRef::Data(data, _)) => match &self.program.data[data.0 as usize].kind {
                DataKind::Struct(fields) => return fields.iter().map(|field| plain(field.name)).collect(),
                DataKind::Union(_) => Vec::new(),
            },
            Some(TypeRef::Record(fields)) => fields.into_iter().map(|(name, _)| plain(name)).collect(),
            _ => Vec::new(),
        };
        names.extend(update.set.iter().filter_map(|entry| self.entry_name(&entry.key)).map(plain));
        let mut used = Vec::new();
        let parts = update.cond.iter().chain(update.set.iter().map(|entry| &entry.value));
        parts.for_each(|part| free_names(part, &mut used));
        for (name, at) in used {
            match self.declared(name) {
                None => names.push(plain(name)),
                Some(Value::Local(_) | Value::Fn(_) | Value::Field(_)) if !is_shown => names.push(Named { name, also: Some(at) }),
                Some(_) => {}
            }
        }
        let mut seen = crate::hash::HashSet::default();
        names.retain(|named| seen.insert(named.name));
        names
    }
}

/// A name that may be a field of the elements.
struct Named {
    name: Symbol,
    /// Where it is read, if it means something else here, too.
    also: Option<Span>,
}

/// The names that an expression reads, those called excluded. Those that a function's block declares may be among them; they hide
/// what is made of them here.
fn free_names(e: &ast::Expr, found: &mut Vec<(Symbol, Span)>) {
    if let ast::ExprKind::Name(name) = e.kind {
        found.push((name, e.span));
    }
    visit::expr_children(e, &mut |node| match node {
        Node::Expr(inner) => match &e.kind {
            ast::ExprKind::Call(call) if std::ptr::eq(inner, &call.callee) && matches!(inner.kind, ast::ExprKind::Name(_)) => {}
            _ => free_names(inner, found),
        },
        Node::Block(block) => block_names(block, found),
    });
}

fn block_names(block: &ast::Block, found: &mut Vec<(Symbol, Span)>) {
    for stmt in &block.stmts {
        visit::stmt_children(stmt, &mut |node| match node {
            Node::Expr(inner) => match &stmt.kind {
                // A variable that is assigned to is no field of the row.
                ast::StmtKind::Assign(assign) if std::ptr::eq(inner, &assign.target) && matches!(inner.kind, ast::ExprKind::Name(_)) => {}
                _ => free_names(inner, found),
            },
            Node::Block(inner) => block_names(inner, found),
        });
    }
}
