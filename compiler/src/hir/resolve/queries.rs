//! `from ... select ...`.

use super::Resolver;
use super::names::Meaning;
use crate::hir::Builtin;
use crate::hir::tree::{Expr, ExprKind, Group, LocalKind, Query, Source};
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::symbol::Symbol;

impl<'a> Resolver<'a> {
    pub fn query(&mut self, query: &'a ast::Query) -> ExprKind {
        self.scopes.push();
        let mut sources = Vec::with_capacity(query.sources.len() + query.joins.len());
        for source in &query.sources {
            let values = self.expr(&source.values);
            let local = self.bind(source.name, LocalKind::Bound);
            sources.push(Source { local, values, join: None });
        }
        for join in &query.joins {
            let values = self.expr(&join.source.values);
            let local = self.bind(join.source.name, LocalKind::Bound);
            let cond = self.expr(&join.cond);
            sources.push(Source { local, values, join: Some((join.kind, cond)) });
        }
        let filter = query.filter.as_ref().map(|cond| self.expr(cond));
        let keys: Vec<(Symbol, Expr)> = query
            .group
            .iter()
            .flat_map(|group| group.keys.iter().enumerate())
            .map(|(index, key)| (self.key_name(index, key), self.expr(key)))
            .collect();
        // From here on a grouped query knows its group, not the rows.
        if query.group.is_some() {
            self.scopes.pop();
            self.scopes.push();
        }
        let group = query.group.as_ref().map(|group| {
            let local = self.bind(group.name, LocalKind::Bound);
            let having = group.having.as_ref().map(|cond| self.expr(cond));
            Group { keys, local, having }
        });
        let was_in_sort = std::mem::replace(&mut self.in_sort, true);
        let sort = query.sort.as_ref().map(|key| self.expr(key));
        self.in_sort = was_in_sort;
        let skip = query.skip.as_ref().map(|count| self.expr(count));
        let take = query.take.as_ref().map(|count| self.expr(count));
        let aggregate = if group.is_none() { self.aggregate(&query.select) } else { None };
        let select = match aggregate {
            Some((.., values)) => self.expr(values),
            None => self.expr(&query.select),
        };
        self.scopes.pop();
        let aggregate = aggregate.map(|(builtin, at, _)| (builtin, at));
        ExprKind::Query(Box::new(Query { sources, filter, group, sort, skip, take, distinct: query.distinct, aggregate, select }))
    }

    /// A select that is exactly `sum(e)` and the like, of something that is not a query itself.
    fn aggregate(&mut self, select: &'a ast::Expr) -> Option<(Builtin, Span, &'a ast::Expr)> {
        let ast::ExprKind::Call(call) = &select.kind else { return None };
        let ast::ExprKind::Name(name) = call.callee.kind else { return None };
        let Meaning::Builtin(builtin) = self.called(name) else { return None };
        let is_aggregate = matches!(builtin, Builtin::Sum | Builtin::Avg | Builtin::Min | Builtin::Max | Builtin::Count);
        match call.args.as_slice() {
            [arg] if is_aggregate && !matches!(arg.peel().kind, ast::ExprKind::Query(_)) => Some((builtin, call.callee.span, arg)),
            _ => None,
        }
    }

    /// A key is named after its last field, else after its place.
    fn key_name(&mut self, index: usize, key: &ast::Expr) -> Symbol {
        match &key.peel().kind {
            ast::ExprKind::Field(field) => field.name.name,
            _ => self.names.intern(&format!("k{}", index + 1)),
        }
    }
}
