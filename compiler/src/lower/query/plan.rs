//! Where each condition of a query is tested.
//!
//! The conjuncts of `where`, and of inner joins' `on`, move to the first source at which their variables are all known, as far as
//! that cannot be noticed: only conjuncts that can neither fail nor have an effect move, and none across an outer join.

use crate::hir::tree::{Expr, ExprKind, LocalId, Program, Query, Source};
use crate::lower::walk::{self, Visit};
use crate::syntax::ast::{BinaryOp, JoinKind};

pub(crate) struct Plan<'q> {
    pub sources: Vec<&'q Source>,
    /// By source: the conditions that become known with it.
    pub conds: Vec<Vec<&'q Expr>>,
    /// By source: its values do not depend on earlier sources, so they are evaluated once.
    pub constant: Vec<bool>,
}

impl<'q> Plan<'q> {
    pub fn of(program: &Program, query: &'q Query) -> Plan<'q> {
        let sources: Vec<&Source> = query.sources.iter().collect();
        let locals: Vec<LocalId> = sources.iter().map(|source| source.local).collect();
        let mut plan = Plan { conds: vec![Vec::new(); sources.len()], constant: vec![false; sources.len()], sources };
        let is_outer = |source: &&Source| matches!(source.join, Some((JoinKind::Left | JoinKind::Right | JoinKind::Outer, _)));
        let movable = !plan.sources.iter().any(is_outer);
        for i in 0..plan.sources.len() {
            let values = &plan.sources[i].values;
            plan.constant[i] = i > 0 && level(values, &locals) == 0 && is_quiet(program, values);
            if let Some((JoinKind::Inner, on)) = &plan.sources[i].join {
                plan.conds[i].extend(conjuncts(on));
            }
        }
        let last = plan.sources.len() - 1;
        if let Some(filter) = &query.filter {
            let parts = conjuncts(filter);
            // A conjunct after one that stays must stay, too: it may rely on it.
            let mut stays = !movable;
            for part in parts {
                stays |= !is_quiet(program, part);
                let at = if stays { last } else { level(part, &locals).saturating_sub(1) };
                plan.conds[at].push(part);
            }
        }
        plan
    }

    /// An equality among the conditions of a source between something of that source alone and something of earlier ones:
    /// (the source's side, the other side).
    pub fn equality(&self, program: &Program, at: usize) -> Option<(&'q Expr, &'q Expr)> {
        let locals: Vec<LocalId> = self.sources.iter().map(|source| source.local).collect();
        let mine = |e: &Expr| uses(e, &locals) == 1 << at;
        let before = |e: &Expr| {
            let used = uses(e, &locals);
            used != 0 && used < 1 << at
        };
        self.conds[at].iter().find_map(|cond| {
            let ExprKind::Binary { op: BinaryOp::Eq, left, right } = &cond.kind else { return None };
            if !is_quiet(program, left) || !is_quiet(program, right) {
                return None;
            }
            if mine(left) && before(right) {
                Some((&**left, &**right))
            } else if mine(right) && before(left) {
                Some((&**right, &**left))
            } else {
                None
            }
        })
    }
}

fn conjuncts(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        ExprKind::Binary { op: BinaryOp::And, left, right } => {
            let mut all = conjuncts(left);
            all.extend(conjuncts(right));
            all
        }
        _ => vec![e],
    }
}

/// The number of sources that must be known, counted from the first.
fn level(e: &Expr, locals: &[LocalId]) -> usize {
    (64 - uses(e, locals).leading_zeros()) as usize
}

/// A bit for each source that the expression uses.
fn uses(e: &Expr, locals: &[LocalId]) -> u64 {
    struct Uses<'a>(u64, &'a [LocalId]);
    impl Visit for Uses<'_> {
        fn expr(&mut self, e: &Expr) {
            match &e.kind {
                ExprKind::Local(local) => {
                    if let Some(at) = self.1.iter().position(|l| l == local) {
                        self.0 |= 1 << at.min(63);
                    }
                }
                // A closure may use anything.
                ExprKind::Lambda(_) | ExprKind::Fn(_) => self.0 |= 1 << (self.1.len() - 1).min(63),
                _ => {}
            }
        }
    }
    let mut found = Uses(0, locals);
    walk::expr(e, &mut found);
    found.0
}

/// Whether evaluating the expression earlier or less often cannot be noticed.
fn is_quiet(program: &Program, e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Lit(_) => true,
        ExprKind::Local(local) => !program.locals[local.index()].captured || !program.locals[local.index()].reassigned,
        ExprKind::Field { object, .. } => is_quiet(program, object),
        ExprKind::Unary { op: crate::syntax::ast::UnaryOp::Not, operand } => is_quiet(program, operand),
        ExprKind::Binary { op, left, right } => {
            let total = matches!(op, BinaryOp::Eq | BinaryOp::Ne | BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce)
                || matches!(op, BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge);
            total && is_quiet(program, left) && is_quiet(program, right)
        }
        ExprKind::CallBuiltin { builtin, args } => {
            use crate::hir::builtin::Builtin;
            matches!(builtin, Builtin::StartsWith | Builtin::Contains) && args.iter().all(|arg| is_quiet(program, arg))
        }
        _ => false,
    }
}
