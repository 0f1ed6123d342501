//! The order in which the sources of a query are joined, where the query's own would pair what later sources connect, and what
//! a source's elements must find in later ones.
//!
//! ```text
//!   from a in as                    scan a in as
//!   from b in bs                    join c in cs, by c.a == a.id
//!   from c in cs                    join b in bs, by b.id == c.b
//!   where c.a == a.id               rows as from a, b, c
//!     && c.b == b.id
//! ```
//! The rows are then put in the order that the query's loops would give them: each has a number from each source. That is
//! done for the first sources alone, up to the first whose values or condition can be noticed, and to an outer join.
//!
//! A row that one of those sources will drop need not meet the others between: an element that has no partner in a later
//! source, which is looked up by it alone, is left out at once. Where each source is looked up by one other, no row is made that
//! does not become a row of the result (the first half of Yannakakis' algorithm, "Algorithms for acyclic database schemes", 1981).

use super::plan::{Evaluated, Plan, Planner, Step};
use super::sources::Sources;
use crate::hir::tree::{Expr, ExprKind, LocalId};
use crate::syntax::ast::BinaryOp;
use crate::syntax::symbol::Symbol;
use crate::types::TyKind;

/// A variable and the fields that are read of it.
type Path = (LocalId, Vec<Symbol>);

impl<'q> Planner<'_, '_> {
    /// How many sources, from the first on, may be joined in any order: whether their values and conditions are evaluated
    /// earlier or more often cannot be noticed, but for the values of the first and what `quiet` says of the conditions of the last.
    pub fn free(&self, steps: &[Step]) -> usize {
        let is_free = |&(at, step): &(usize, &Step)| step.outer.is_none() && (at == 0 || step.values == Evaluated::Before);
        let mut count = 0;
        for (_, step) in steps.iter().enumerate().take_while(is_free) {
            count += 1;
            if self.quiet(step) < step.on.len() {
                break;
            }
        }
        count
    }
    /// How many of a step's conditions come before the first that can be noticed.
    pub fn quiet(&self, step: &Step) -> usize {
        step.on.iter().position(|cond| !self.is_quiet(cond)).unwrap_or(step.on.len())
    }

    /// Another order for the steps, which are free; none where theirs is as good. Takes from them what it tests.
    pub fn reorder(&self, steps: &mut [Step<'q>]) -> Option<Box<Plan<'q>>> {
        let conds: Vec<&'q Expr> = steps.iter().flat_map(|step| step.on[..self.quiet(step)].iter().copied()).collect();
        let order = self.order(&conds, steps.len());
        if order.is_sorted() {
            return None;
        }
        let planner = Planner { known: self.known, locals: order.iter().map(|&at| self.locals[at]).collect(), stays: false };
        let mut inner: Vec<Step<'q>> = order.iter().map(|&at| Step { on: Vec::new(), ..steps[at].clone() }).collect();
        for cond in conds {
            inner[planner.level(cond).saturating_sub(1)].on.push(cond);
        }
        for step in steps {
            step.on.drain(..self.quiet(step));
        }
        planner.drop_implied(&mut inner);
        inner.iter_mut().enumerate().skip(1).for_each(|(at, step)| planner.look_up(at, step));
        planner.find_partners(&mut inner);
        Some(Box::new(Plan { steps: inner, reordered: None }))
    }
    /// The first source, then always the first that is left; if only later ones connect it with those before, the first that
    /// equalities find.
    fn order(&self, conds: &[&Expr], count: usize) -> Vec<usize> {
        let mut found_by: Vec<Vec<Sources>> = vec![Vec::new(); count];
        let mut connected: Vec<Sources> = (0..count).map(Sources::only).collect();
        for cond in conds {
            let ExprKind::Binary { op: BinaryOp::Eq, left, right } = &cond.kind else { continue };
            if !self.is_hashable(left) || !self.is_hashable(right) {
                continue;
            }
            let (left, right) = (self.uses(left), self.uses(right));
            for (mine, other) in [(left, right), (right, left)] {
                if let Some(mine) = mine.single()
                    && !other.is_empty()
                    && !other.has(mine)
                {
                    found_by[mine].push(other);
                    join_sets(&mut connected, mine, other);
                }
            }
        }
        let mut order = vec![0];
        let mut placed = Sources::only(0);
        while order.len() < count {
            let is_found = |at: &usize| found_by[*at].iter().any(|other| other.is_within(placed));
            let mut left = (0..count).filter(|at| !placed.has(*at));
            let first = left.next().expect("one that is not placed");
            let waits = !is_found(&first) && connected[first].iter().any(|at| placed.has(at));
            let next = if waits { left.find(is_found).unwrap_or(first) } else { first };
            placed.add(next);
            order.push(next);
        }
        order
    }

    /// Takes out equalities of fields that follow from those tested before.
    pub fn drop_implied(&self, steps: &mut [Step]) {
        let mut classes: Vec<(Path, usize)> = Vec::new();
        for step in steps {
            let quiet = self.quiet(step);
            let mut place = 0;
            step.on.retain(|cond| {
                place += 1;
                let ExprKind::Binary { op: BinaryOp::Eq, left, right } = &cond.kind else { return true };
                let (Some(left), Some(right)) = (path(left), path(right)) else { return true };
                if place > quiet || left == right || !self.is_transitive(cond) {
                    return true;
                }
                let (left, right) = (class_of(&mut classes, left), class_of(&mut classes, right));
                classes.iter_mut().filter(|(_, class)| *class == right).for_each(|(_, class)| *class = left);
                left != right
            });
        }
    }

    /// Whether the equality says what others of its kind say: a float can equal two big integers that differ.
    fn is_transitive(&self, cond: &Expr) -> bool {
        let ExprKind::Binary { left, right, .. } = &cond.kind else { return false };
        let facts = self.known.facts;
        let of_both = [left, right].into_iter().flat_map(|side| facts.tys.alternatives(facts.of(side.id)));
        of_both.into_iter().all(|ty| match facts.tys.kind(ty) {
            TyKind::Int | TyKind::Float | TyKind::Bool => true,
            TyKind::Data(data, _) => *data == facts.known.string,
            _ => false,
        })
    }

    /// Gives each step the later ones in which its elements must find partners. Not the one right after the first, which says so at
    /// once, nor right after another unless that leaves something out.
    pub fn find_partners(&self, steps: &mut [Step]) {
        for at in (1..steps.len()).rev() {
            let step = &steps[at];
            if step.key_fails {
                continue;
            }
            let sides = step.keys.iter().map(|key| self.uses(key.other).single());
            let Some(Some(before)) = sides.reduce(|one, other| one.filter(|_| one == other)) else { continue };
            let leaves_out = !step.own.is_empty() || !step.partners.is_empty();
            if at > before + 1 || (before > 0 && leaves_out) {
                steps[before].partners.push(at);
            }
        }
    }
}

/// Notes that a source and others are connected.
fn join_sets(connected: &mut [Sources], one: usize, others: Sources) {
    let mut all = connected[one];
    for other in others.iter() {
        connected[other].iter().for_each(|at| all.add(at));
    }
    all.iter().for_each(|at| connected[at] = all);
}

fn class_of(classes: &mut Vec<(Path, usize)>, path: Path) -> usize {
    if let Some((_, class)) = classes.iter().find(|(known, _)| *known == path) {
        return *class;
    }
    classes.push((path, classes.len()));
    classes.len() - 1
}

fn path(e: &Expr) -> Option<Path> {
    match &e.kind {
        ExprKind::Local(local) => Some((*local, Vec::new())),
        ExprKind::Field { object, name, .. } => {
            let (local, mut fields) = path(object)?;
            fields.push(*name);
            Some((local, fields))
        }
        _ => None,
    }
}
