//! Parts of a query that every row would evaluate alike, and that are evaluated once, when a row first needs them:
//!
//! - aggregates over sub-queries that use none of the query's variables: `where x.v > avg(from y in ys select y.v)`;
//! - what `in` looks in, and sub-queries as sources, on the same condition; a list that is looked in for every row also becomes a
//!   set, when it has been walked a few times;
//! - tables for correlated sub-queries: in `count(from y in ys where y.k == x.k select y)` the elements of `ys` by `y.k`.
//!
//! As they are evaluated where they stand, what fails fails as before. They must not print or read input, and nothing in
//! the query may change what others see.

use super::plan::{Known, Plan};
use crate::hir::builtin::Builtin;
use crate::hir::tree::{Expr, ExprId, ExprKind, LocalId, Query};
use crate::lower::walk::{self, Visit};
use crate::syntax::ast::BinaryOp;
use crate::types::TyKind;
use std::collections::BTreeSet;

#[derive(Default)]
pub(crate) struct Once<'q> {
    /// Expressions whose value is kept.
    pub values: Vec<&'q Expr>,
    /// Sub-queries whose first source is looked up in a table that is kept.
    pub indexes: Vec<&'q Query>,
    /// Lists on the right of `in` that become sets.
    pub sought: Vec<&'q Expr>,
}

impl<'q> Once<'q> {
    /// What a query keeps; `kept` tells what a query around it does already.
    pub fn of(known: &Known, query: &'q Query, kept: &dyn Fn(ExprId) -> bool) -> Once<'q> {
        let mut found = Once::default();
        if known.effects.of_query(known.program, known.facts, known.names, query).writes {
            return found;
        }
        let mut bound = Locals::default();
        bound.query(query);
        let mut search = Search { known, bound: bound.bound, kept, found: &mut found };
        search.per_row(query, false);
        found
    }
}

struct Search<'a, 'q> {
    known: &'a Known<'a>,
    /// The variables that the query and those in it bind.
    bound: BTreeSet<LocalId>,
    kept: &'a dyn Fn(ExprId) -> bool,
    found: &'a mut Once<'q>,
}

impl<'q> Search<'_, 'q> {
    /// The parts of a query that are evaluated for each of its rows; of a sub-query the first source, too.
    fn per_row(&mut self, query: &'q Query, is_inner: bool) {
        for (at, source) in query.sources.iter().enumerate() {
            if at > 0 || is_inner {
                self.expr(&source.values);
            }
            source.join.iter().for_each(|(_, on)| self.expr(on));
        }
        query.filter.iter().for_each(|e| self.expr(e));
        if let Some(group) = &query.group {
            group.keys.iter().for_each(|(_, key)| self.expr(key));
            group.having.iter().for_each(|e| self.expr(e));
        }
        query.sort.iter().for_each(|e| self.expr(e));
        self.expr(&query.select);
    }
    fn expr(&mut self, e: &'q Expr) {
        if (self.kept)(e.id) {
            return;
        }
        if self.is_scalar(e) && is_total(e) && self.is_closed(e) {
            self.found.values.push(e);
            return;
        }
        match &e.kind {
            ExprKind::Binary { op: BinaryOp::In, left, right } => {
                self.expr(left);
                let is_list = matches!(right.kind, ExprKind::List(_) | ExprKind::Query(_));
                let is_first = !(self.kept)(right.id) && self.is_closed(right);
                if is_first && matches!(right.kind, ExprKind::Query(_) | ExprKind::Local(_)) && self.is_sought(left, right) {
                    self.found.sought.push(right);
                }
                if is_list && is_first {
                    self.found.values.push(right);
                } else {
                    self.expr(right);
                }
            }
            ExprKind::Query(query) => {
                if self.is_looked_up(query) {
                    self.found.indexes.push(query);
                }
                self.per_row(query, true);
            }
            // Patterns bind variables of their own, and arms may be blocks.
            ExprKind::Match { .. } => {}
            ExprKind::List(items) => items.iter().for_each(|e| self.expr(e)),
            ExprKind::Record(fields) => fields.iter().for_each(|(_, e)| self.expr(e)),
            ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
                self.expr(key);
                self.expr(value);
            }),
            ExprKind::Struct { fields, .. } | ExprKind::Variant { fields, .. } => fields.iter().for_each(|(_, e)| self.expr(e)),
            ExprKind::CallFn { args, .. } | ExprKind::CallBuiltin { args, .. } => args.iter().for_each(|e| self.expr(e)),
            ExprKind::Call { callee, args } => {
                self.expr(callee);
                args.iter().for_each(|e| self.expr(e));
            }
            ExprKind::CallMethod { object, args, .. } => {
                self.expr(object);
                args.iter().for_each(|e| self.expr(e));
            }
            ExprKind::Field { object, .. } => self.expr(object),
            ExprKind::Index { object, index, .. } => {
                self.expr(object);
                self.expr(index);
            }
            ExprKind::Slice { object, from, to } => {
                self.expr(object);
                from.iter().chain(to).for_each(|e| self.expr(e));
            }
            ExprKind::Cast { value, .. } => self.expr(value),
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::If { branches, otherwise } => {
                for (cond, value) in branches {
                    self.expr(cond);
                    self.expr(value);
                }
                otherwise.iter().for_each(|e| self.expr(e));
            }
            ExprKind::Lit(_)
            | ExprKind::Local(_)
            | ExprKind::Fn(_)
            | ExprKind::Lambda(_)
            | ExprKind::Logic { .. }
            | ExprKind::Load(_)
            | ExprKind::Save(_)
            | ExprKind::Fetch { .. }
            | ExprKind::Error => {}
        }
    }

    /// Whether every row would get the same value, and only that.
    fn is_closed(&self, e: &Expr) -> bool {
        let effects = self.known.effects.effects(self.known.program, self.known.facts, self.known.names, e);
        let mut locals = Locals::default();
        walk::expr(e, &mut locals);
        let free = locals.used.difference(&locals.bound).any(|local| self.bound.contains(local));
        !effects.writes && !effects.talks && !locals.opaque && !free
    }
    fn is_scalar(&self, e: &Expr) -> bool {
        let facts = self.known.facts;
        facts.tys.alternatives(facts.of(e.id)).into_iter().all(|ty| match facts.tys.kind(ty) {
            TyKind::Int | TyKind::Float | TyKind::Bool => true,
            TyKind::Data(data, _) => *data == facts.known.string,
            _ => false,
        })
    }
    /// Whether what is looked for is of the list's kinds of elements, so that a set of those answers.
    fn is_sought(&self, left: &Expr, right: &Expr) -> bool {
        let facts = self.known.facts;
        // Strings have no kind of elements, maps and groups several.
        let TyKind::Data(data, args) = facts.tys.kind(facts.of(right.id)) else { return false };
        if *data != facts.known.list {
            return false;
        }
        let of = facts.tys.alternatives(args[0]);
        let left = facts.tys.alternatives(facts.of(left.id));
        !left.is_empty() && left.iter().all(|ty| of.contains(ty)) && self.known.has_hash(args[0], 4)
    }
    fn is_looked_up(&self, query: &Query) -> bool {
        let source = &query.sources[0];
        if (self.kept)(source.values.id) || !self.is_closed(&source.values) {
            return false;
        }
        let plan = Plan::of(self.known, query, true);
        let step = &plan.steps[0];
        let outside = |e: &Expr| {
            let mut locals = Locals::default();
            walk::expr(e, &mut locals);
            locals.used.iter().any(|local| self.bound.contains(local))
        };
        step.can_be_kept && step.outer.is_none() && step.keys.iter().any(|key| outside(key.other))
    }
}

/// Whether it is an aggregate over a query.
fn is_total(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Query(query) => query.aggregate.is_some(),
        ExprKind::CallBuiltin { builtin, args } => {
            let total = matches!(
                builtin,
                Builtin::Sum | Builtin::Avg | Builtin::Min | Builtin::Max | Builtin::Count | Builtin::Exists | Builtin::Len
            );
            total && args.iter().all(|arg| matches!(arg.kind, ExprKind::Query(_)))
        }
        _ => false,
    }
}

/// Variables used and bound in a tree.
#[derive(Default)]
struct Locals {
    used: BTreeSet<LocalId>,
    bound: BTreeSet<LocalId>,
    /// It has functions or patterns, which may use and bind others.
    opaque: bool,
}

impl Locals {
    fn query(&mut self, query: &Query) {
        self.bind(query);
        walk::query(query, self);
    }
    fn bind(&mut self, query: &Query) {
        self.bound.extend(query.sources.iter().map(|source| source.local));
        self.bound.extend(query.group.iter().map(|group| group.local));
    }
}

impl Visit for Locals {
    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Local(local) => {
                self.used.insert(*local);
            }
            ExprKind::Query(query) => self.bind(query),
            ExprKind::Lambda(_) | ExprKind::Fn(_) | ExprKind::Match { .. } => self.opaque = true,
            _ => {}
        }
    }
}
