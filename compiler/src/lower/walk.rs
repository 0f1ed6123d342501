//! Walking the tree: every statement and expression of a body, nested functions excluded.

use crate::hash::HashSet;
use crate::hir::facts::Facts;
use crate::hir::resolve::library::ASSIGNED_FIELDS;
use crate::hir::tree::{ArmBody, DataKind, Expr, ExprKind, FnKind, Function, Lit, LocalId, Place, Program, Query, Stmt, StmtKind};
use crate::syntax::symbol::{Names, Symbol};
use crate::types::TyKind;
use std::collections::BTreeSet;
use std::rc::Rc;

/// What to do at each node, before its children.
pub(crate) trait Visit {
    fn stmt(&mut self, _: &Stmt) {}
    fn expr(&mut self, _: &Expr) {}
}

pub(crate) fn stmts(body: &[Stmt], v: &mut impl Visit) {
    body.iter().for_each(|s| stmt(s, v));
}

pub(crate) fn stmt(s: &Stmt, v: &mut impl Visit) {
    v.stmt(s);
    match &s.kind {
        StmtKind::Let { value, .. } => value.iter().for_each(|e| expr(e, v)),
        StmtKind::Assign { target, value } => {
            match target {
                Place::Local(_) => {}
                Place::Index { object, index, .. } => {
                    expr(object, v);
                    expr(index, v);
                }
                Place::Field { object, .. } => expr(object, v),
            }
            expr(value, v);
        }
        StmtKind::Return(value) => value.iter().for_each(|e| expr(e, v)),
        StmtKind::If { branches, otherwise } => {
            for (cond, body) in branches {
                expr(cond, v);
                stmts(body, v);
            }
            stmts(otherwise, v);
        }
        StmtKind::While { cond, body } => {
            expr(cond, v);
            stmts(body, v);
        }
        StmtKind::ForRange { from, to, body, .. } => {
            expr(from, v);
            expr(to, v);
            stmts(body, v);
        }
        StmtKind::ForEach { values, body, .. } => {
            expr(values, v);
            stmts(body, v);
        }
        StmtKind::Block(body) | StmtKind::Bench { body, .. } => stmts(body, v),
        StmtKind::Expect { cond, .. } => expr(cond, v),
        StmtKind::Expr(e) => expr(e, v),
        StmtKind::Update { target, row } => {
            expr(target, v);
            row.columns.iter().filter_map(|column| column.outer.as_ref()).for_each(|e| expr(e, v));
            row.cond.iter().for_each(|e| expr(e, v));
            row.set.iter().for_each(|(_, e)| expr(e, v));
        }
        StmtKind::Emit { fields, .. } => fields.iter().for_each(|(_, e)| expr(e, v)),
        StmtKind::Fun(_) | StmtKind::Break | StmtKind::Continue | StmtKind::On { .. } => {}
    }
}

pub(crate) fn expr(e: &Expr, v: &mut impl Visit) {
    v.expr(e);
    match &e.kind {
        ExprKind::List(items) => items.iter().for_each(|e| expr(e, v)),
        ExprKind::Record(fields) => fields.iter().for_each(|(_, e)| expr(e, v)),
        ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
            expr(key, v);
            expr(value, v);
        }),
        ExprKind::Struct { fields, .. } | ExprKind::Variant { fields, .. } => fields.iter().for_each(|(_, e)| expr(e, v)),
        ExprKind::Call { callee, args } => {
            expr(callee, v);
            args.iter().for_each(|e| expr(e, v));
        }
        ExprKind::CallFn { args, .. } | ExprKind::CallBuiltin { args, .. } => args.iter().for_each(|e| expr(e, v)),
        ExprKind::CallMethod { object, args, .. } => {
            expr(object, v);
            args.iter().for_each(|e| expr(e, v));
        }
        ExprKind::Field { object, .. } => expr(object, v),
        ExprKind::Index { object, index, .. } => {
            expr(object, v);
            expr(index, v);
        }
        ExprKind::Slice { object, from, to } => {
            expr(object, v);
            from.iter().chain(to).for_each(|e| expr(e, v));
        }
        ExprKind::Cast { value, .. } => expr(value, v),
        ExprKind::Unary { operand, .. } => expr(operand, v),
        ExprKind::Binary { left, right, .. } => {
            expr(left, v);
            expr(right, v);
        }
        ExprKind::If { branches, otherwise } => {
            for (cond, value) in branches {
                expr(cond, v);
                expr(value, v);
            }
            otherwise.iter().for_each(|e| expr(e, v));
        }
        ExprKind::Match { subject, arms } => {
            expr(subject, v);
            for arm in arms {
                match &arm.body {
                    ArmBody::Expr(e) => expr(e, v),
                    ArmBody::Block(body) => stmts(body, v),
                }
            }
        }
        ExprKind::Query(query) => query_exprs(query).into_iter().for_each(|e| expr(e, v)),
        ExprKind::Load(load) => load.options.iter().for_each(|e| expr(e, v)),
        ExprKind::Save(save) => {
            expr(&save.value, v);
            save.options.iter().for_each(|e| expr(e, v));
        }
        ExprKind::Fetch { url, options } => {
            expr(url, v);
            options.iter().for_each(|e| expr(e, v));
        }
        ExprKind::Lit(_) | ExprKind::Local(_) | ExprKind::Fn(_) | ExprKind::Lambda(_) | ExprKind::Logic { .. } | ExprKind::Error => {}
    }
}

/// All of a query.
pub(crate) fn query(query: &Query, v: &mut impl Visit) {
    query_exprs(query).into_iter().for_each(|e| expr(e, v));
}

/// The expressions of a query in the order written.
fn query_exprs(query: &Query) -> Vec<&Expr> {
    let mut all = Vec::new();
    for source in &query.sources {
        all.push(&source.values);
        all.extend(source.join.iter().map(|(_, on)| on));
    }
    all.extend(&query.filter);
    if let Some(group) = &query.group {
        all.extend(group.keys.iter().map(|(_, key)| key));
        all.extend(&group.having);
    }
    all.extend(query.sort.iter().chain(&query.skip).chain(&query.take));
    all.push(&query.select);
    all
}

pub(crate) fn body(func: &Function) -> &[Stmt] {
    match &func.kind {
        FnKind::Body(body) | FnKind::Method(_, body) => body,
        FnKind::Extern(_) => &[],
    }
}

/// Variables that are assigned somewhere inside.
#[derive(Default)]
pub(crate) struct Assigned(pub BTreeSet<LocalId>);

impl Visit for Assigned {
    fn stmt(&mut self, s: &Stmt) {
        if let StmtKind::Assign { target: Place::Local(local), .. } = &s.kind {
            self.0.insert(*local);
        }
    }
}

/// The variables assigned in expressions: in blocks of match arms.
pub(crate) fn assigned_in<'e>(exprs: impl IntoIterator<Item = &'e Expr>) -> Assigned {
    let mut found = Assigned::default();
    exprs.into_iter().for_each(|e| expr(e, &mut found));
    found
}

/// For each branch the variables that it or a later one assigns, or `last` does. Branches that add none share a set.
pub(crate) fn assigned_from_each<T>(
    branches: &[T],
    mut visit: impl FnMut(&T, &mut Assigned),
    last: impl FnOnce(&mut Assigned),
) -> Vec<Rc<Assigned>> {
    let mut tail = Assigned::default();
    last(&mut tail);
    let mut tail = Rc::new(tail);
    let mut all = Vec::with_capacity(branches.len());
    for branch in branches.iter().rev() {
        let mut own = Assigned::default();
        visit(branch, &mut own);
        if !own.0.is_subset(&tail.0) {
            own.0.extend(&tail.0);
            tail = Rc::new(own);
        }
        all.push(tail.clone());
    }
    all.reverse();
    all
}

/// Names of the fields that are assigned anywhere, prelude included.
pub(crate) fn assigned_fields(program: &Program, names: &Names, facts: &Facts) -> HashSet<Symbol> {
    struct Fields<'a> {
        found: HashSet<Symbol>,
        names: &'a Names,
        program: &'a Program,
        facts: &'a Facts,
    }
    impl Fields<'_> {
        /// `object[key] = v` on a struct or record sets the field of that name; which one is known for a literal only.
        fn by_key(&mut self, object: &Expr, index: &Expr) {
            if let ExprKind::Lit(Lit::Str(key)) = &index.kind {
                self.found.extend(self.names.find(key));
                return;
            }
            for ty in self.facts.tys.alternatives(self.facts.of(object.id)) {
                match self.facts.tys.kind(ty) {
                    TyKind::Record(record) => self.found.extend(record.fields.iter().map(|&(name, _)| name)),
                    TyKind::Data(data, _) => {
                        let decl = &self.program.data[data.0 as usize];
                        if let (DataKind::Struct(fields), false) = (&decl.kind, decl.is_prelude) {
                            self.found.extend(fields.iter().map(|field| field.name));
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    impl Visit for Fields<'_> {
        fn stmt(&mut self, s: &Stmt) {
            match &s.kind {
                StmtKind::Assign { target: Place::Field { name, .. }, .. } => {
                    self.found.insert(*name);
                }
                StmtKind::Assign { target: Place::Index { object, index, .. }, .. } => self.by_key(object, index),
                StmtKind::Update { row, .. } => self.found.extend(row.set.iter().map(|(name, _)| *name)),
                _ => {}
            }
        }
    }
    // The prelude's functions are not all here yet.
    let found = ASSIGNED_FIELDS.iter().map(|name| names.intern(name)).collect();
    let mut found = Fields { found, names, program, facts };
    program.fns.iter().for_each(|func| stmts(body(func), &mut found));
    found.found
}

/// Whether a loop's body continues it from inside.
pub(crate) fn continues(body: &[Stmt]) -> bool {
    body.iter().any(|s| match &s.kind {
        StmtKind::Continue => true,
        StmtKind::If { branches, otherwise } => branches.iter().any(|(_, body)| continues(body)) || continues(otherwise),
        StmtKind::Block(body) | StmtKind::Bench { body, .. } => continues(body),
        StmtKind::Expr(e) | StmtKind::Let { value: Some(e), .. } => arm_continues(e),
        StmtKind::Assign { value, .. } => arm_continues(value),
        _ => false,
    })
}

/// Whether the block of a match arm in an expression does.
fn arm_continues(e: &Expr) -> bool {
    struct Arms(bool);
    impl Visit for Arms {
        fn stmt(&mut self, s: &Stmt) {
            self.0 |= matches!(s.kind, StmtKind::Continue);
        }
    }
    let mut found = Arms(false);
    expr(e, &mut found);
    found.0
}
