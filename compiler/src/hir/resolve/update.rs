//! `update xs set {f: e} where c`: which names are fields of the elements.
//!
//! They are the fields of the struct or of the records that the elements are, as far as declared types and literals show
//! ([`super::shown`]); else those that are set, and names that mean nothing otherwise.

use super::Resolver;
use super::scope::Value;
use super::shown::element;
use crate::diagnostic::Code;
use crate::hir::tree::{DataKind, Expr, LocalId, LocalKind, StmtKind, TypeRef, UpdateRow};
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::symbol::Symbol;
use crate::syntax::visit::{self, Node};
use crate::types::DataId;

impl<'a> Resolver<'a> {
    pub fn update(&mut self, update: &'a ast::Update, span: Span) -> StmtKind {
        let target = self.name(update.target.name, update.target.span);
        let row = self.updated_rows(&target, update);
        let data = match &row {
            Some(TypeRef::Data(data, _)) => Some(*data),
            _ => None,
        };
        let names = self.update_fields(row, update);
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

    /// The struct or record that the elements are, if that shows.
    fn updated_rows(&self, target: &Expr, update: &ast::Update) -> Option<TypeRef> {
        let shown = self.shown(target).and_then(element).filter(|row| matches!(row, TypeRef::Record(_)) || self.is_struct(row));
        if let Some(row) = shown.or_else(|| self.late_row(update.target.name)) {
            return Some(row);
        }
        // The only struct that has all the fields that are set.
        let set: Vec<Symbol> = update.set.iter().filter_map(|entry| self.entry_name_known(&entry.key)).collect();
        let mut fitting = self.program.data.iter().enumerate().filter(|(_, decl)| match &decl.kind {
            DataKind::Struct(fields) => !decl.is_prelude && set.iter().all(|name| fields.iter().any(|field| field.name == *name)),
            DataKind::Union(_) => false,
        });
        match (fitting.next(), fitting.next()) {
            (Some((index, _)), None) => Some(TypeRef::Data(DataId(index as u32), Vec::new())),
            _ => None,
        }
    }

    /// The same of a top-level variable that is declared only below the function that updates it.
    fn late_row(&self, name: Symbol) -> Option<TypeRef> {
        let binding = self.late.get(&name)?.1.filter(|_| self.scopes.values.get(name).is_none())?;
        let of = match binding.ty.as_deref().map(|ty| &ty.kind) {
            Some(ast::TypeExprKind::Generic { args, .. }) => match args.first().map(|arg| &arg.kind) {
                Some(ast::TypeExprKind::Name(of)) => *of,
                _ => return None,
            },
            _ => match &binding.value.as_ref()?.kind {
                ast::ExprKind::List(items) => match &items.first()?.kind {
                    ast::ExprKind::Struct(literal) => literal.name.name,
                    _ => return None,
                },
                _ => return None,
            },
        };
        self.struct_named(of).map(|data| TypeRef::Data(data, Vec::new()))
    }

    fn is_struct(&self, ty: &TypeRef) -> bool {
        matches!(ty, TypeRef::Data(data, _) if matches!(self.program.data[data.0 as usize].kind, DataKind::Struct(_)))
    }

    fn update_fields(&mut self, row: Option<TypeRef>, update: &'a ast::Update) -> Vec<Symbol> {
        let mut names = match row {
            Some(TypeRef::Data(data, _)) => match &self.program.data[data.0 as usize].kind {
                DataKind::Struct(fields) => return fields.iter().map(|field| field.name).collect(),
                DataKind::Union(_) => Vec::new(),
            },
            Some(TypeRef::Record(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
            _ => Vec::new(),
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
}

/// The names that an expression reads, those called excluded. Those that a function's block declares may be among them; they hide
/// what is made of them here.
fn free_names(e: &ast::Expr, found: &mut Vec<Symbol>) {
    if let ast::ExprKind::Name(name) = e.kind {
        found.push(name);
    }
    visit::expr_children(e, &mut |node| match node {
        Node::Expr(inner) => match &e.kind {
            ast::ExprKind::Call(call) if std::ptr::eq(inner, &call.callee) && matches!(inner.kind, ast::ExprKind::Name(_)) => {}
            _ => free_names(inner, found),
        },
        Node::Block(block) => block_names(block, found),
    });
}

fn block_names(block: &ast::Block, found: &mut Vec<Symbol>) {
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
