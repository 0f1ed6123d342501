//! What a condition has shown: that a variable is not `none`, or that a map has a key.
//!
//! Only variables that nothing else can assign meanwhile take part: not those that closures capture and somebody
//! reassigns, and no global that is ever reassigned. A map never loses a key, so `k in m` stays true as long as both names
//! stand for the same values.

use super::Infer;
use super::exact::Bound;
use crate::hir::tree::{Expr, ExprKind, Lit, LocalId, LocalKind, Place, Stmt, StmtKind};
use crate::hir::walk::{self, Part};
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::types::Slot;
use smallvec::SmallVec;

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Known {
    NotNone(LocalId),
    /// The map has the key.
    Has(LocalId, Key),
    /// The variable compares so with what the slot holds (`exact`).
    Bounded(LocalId, Slot, Bound),
    /// Nothing any more: its variable was assigned.
    Forgotten,
}

/// A key that means the same wherever it is written.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Key {
    Local(LocalId),
    Str(Box<str>),
    Int(i64),
}

/// A stack of what is known, innermost scope last.
#[derive(Default)]
pub(super) struct Narrowed {
    known: Vec<Known>,
}

impl Narrowed {
    pub(super) fn mark(&self) -> usize {
        self.known.len()
    }
    pub(super) fn reset(&mut self, mark: usize) {
        self.known.truncate(mark);
    }
    /// The variable was assigned. An assignment in an inner scope takes the knowledge away from outer ones for good.
    pub(super) fn forget(&mut self, local: LocalId) {
        for known in &mut self.known {
            let gone = match known {
                Known::NotNone(l) | Known::Bounded(l, ..) => *l == local,
                Known::Has(map, key) => *map == local || *key == Key::Local(local),
                Known::Forgotten => false,
            };
            if gone {
                *known = Known::Forgotten;
            }
        }
    }
    pub(super) fn is_not_none(&self, local: LocalId) -> bool {
        self.known.contains(&Known::NotNone(local))
    }
    pub(super) fn learn(&mut self, known: Known) {
        self.known.push(known);
    }
    /// What the variable is known to compare with.
    pub(super) fn bounds(&self, local: LocalId) -> SmallVec<[(Slot, Bound); 2]> {
        let bounds = self.known.iter().filter_map(|known| match known {
            Known::Bounded(of, limit, bound) if *of == local => Some((*limit, *bound)),
            _ => None,
        });
        bounds.collect()
    }
    /// What was learned since a mark and still holds.
    pub(super) fn since(&self, mark: usize) -> Vec<Known> {
        self.known[mark..].iter().filter(|known| **known != Known::Forgotten).cloned().collect()
    }
    /// What holds after a branching, given what holds at the end of each branch that reaches it.
    pub(super) fn join(&mut self, ends: Vec<Vec<Known>>) {
        let mut ends = ends.into_iter();
        let Some(first) = ends.next() else { return };
        let others: Vec<Vec<Known>> = ends.collect();
        self.known.extend(first.into_iter().filter(|known| others.iter().all(|end| end.contains(known))));
    }
}

impl Infer<'_> {
    fn is_stable(&self, local: LocalId) -> bool {
        let local = &self.program.locals[local.index()];
        !local.reassigned || (!local.captured && local.kind != LocalKind::Global)
    }
    /// Whether only assignments that the walk meets change the variable.
    pub(super) fn keeps_value(&self, local: LocalId) -> bool {
        let data = &self.program.locals[local.index()];
        self.is_stable(local) || (data.kind == LocalKind::Global && !data.assigned_inside)
    }
    fn key(&self, expr: &Expr) -> Option<Key> {
        match &expr.kind {
            ExprKind::Local(local) if self.is_stable(*local) => Some(Key::Local(*local)),
            ExprKind::Lit(Lit::Str(text)) => Some(Key::Str(text.clone())),
            ExprKind::Lit(Lit::Int(value)) => Some(Key::Int(*value)),
            _ => None,
        }
    }
    /// Whether it is known that `object[index]` finds an entry.
    pub(super) fn has_key(&self, object: &Expr, index: &Expr) -> bool {
        match (&object.kind, self.key(index)) {
            (ExprKind::Local(map), Some(key)) => self.narrowed.known.contains(&Known::Has(*map, key)),
            _ => false,
        }
    }
    /// Takes over that the map has the key.
    fn assume_has(&mut self, map: &Expr, index: &Expr) {
        if let (ExprKind::Local(map), Some(key)) = (&map.kind, self.key(index))
            && self.is_stable(*map)
        {
            self.narrowed.known.push(Known::Has(*map, key));
        }
    }
    /// Takes over that `container[index]` has been stored. A constant text is not remembered: reading it as a key would make a
    /// record a map.
    pub(super) fn assume_stored(&mut self, container: &Expr, index: &Expr) {
        if !matches!(index.kind, ExprKind::Lit(Lit::Str(_))) {
            self.assume_has(container, index);
        }
    }
    /// Takes over that a loop gives the keys of the map, where it is one.
    pub(super) fn assume_key(&mut self, map: &Expr, key: LocalId) {
        if let ExprKind::Local(map) = &map.kind
            && self.is_stable(*map)
            && self.is_stable(key)
        {
            self.narrowed.known.push(Known::Has(*map, Key::Local(key)));
        }
    }
    /// Takes over that a variable now holds this value.
    pub(super) fn assume_assigned(&mut self, local: LocalId, value: &Expr) {
        let some = match &value.kind {
            ExprKind::Lit(lit) => !matches!(lit, Lit::None),
            ExprKind::List(_) | ExprKind::Record(_) | ExprKind::Map(_) | ExprKind::Struct { .. } | ExprKind::Variant { .. } => true,
            _ => false,
        };
        if some && self.is_stable(local) {
            self.narrowed.known.push(Known::NotNone(local));
        }
    }
    /// Takes over what holds where the condition is true, or false.
    pub(super) fn assume(&mut self, cond: &Expr, holds: bool) {
        match &cond.kind {
            ExprKind::Binary { op: BinaryOp::And, left, right } if holds => {
                self.assume(left, true);
                self.assume(right, true);
            }
            ExprKind::Binary { op: BinaryOp::Or, left, right } if !holds => {
                self.assume(left, false);
                self.assume(right, false);
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.assume(operand, !holds),
            ExprKind::Binary { op: op @ (BinaryOp::Eq | BinaryOp::Ne), left, right } => {
                let some = (*op == BinaryOp::Ne) == holds;
                match (&left.kind, &right.kind) {
                    (ExprKind::Local(local), ExprKind::Lit(Lit::None)) | (ExprKind::Lit(Lit::None), ExprKind::Local(local))
                        if some && self.is_stable(*local) =>
                    {
                        self.narrowed.known.push(Known::NotNone(*local));
                    }
                    _ => {}
                }
            }
            ExprKind::Binary { op: BinaryOp::In, left, right } if holds => self.assume_has(right, left),
            ExprKind::Binary { op, left, right } => self.assume_order(*op, left, right, holds),
            _ => {}
        }
    }
    /// Forgets what the statements may change, before a loop that runs them and after a branch that may have.
    pub(super) fn forget_assigned(&mut self, stmts: &[Stmt]) {
        if self.narrowed.known.is_empty() {
            return;
        }
        for stmt in stmts {
            match &stmt.kind {
                StmtKind::Assign { target: Place::Local(local), .. } => self.narrowed.forget(*local),
                StmtKind::If { branches, otherwise } => {
                    for (_, body) in branches {
                        self.forget_assigned(body);
                    }
                    self.forget_assigned(otherwise);
                }
                StmtKind::While { body, .. }
                | StmtKind::ForRange { body, .. }
                | StmtKind::ForEach { body, .. }
                | StmtKind::Block(body)
                | StmtKind::Bench { body, .. } => self.forget_assigned(body),
                _ => {}
            }
            walk::for_each_expr_of(stmt, &mut |expr| self.forget_assigned_in(expr));
        }
    }
    fn forget_assigned_in(&mut self, expr: &Expr) {
        walk::for_each_part(expr, &mut |part| match part {
            Part::Expr(part) => self.forget_assigned_in(part),
            Part::Block(block) => self.forget_assigned(block),
        });
    }
}

/// Whether control never reaches the end of the statements, as far as their last one shows.
pub(super) fn always_leaves(stmts: &[Stmt]) -> bool {
    matches!(stmts.last().map(|s| &s.kind), Some(StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue))
}
