//! The aggregate of nothing is the int 0, whatever the elements would have been. As `0.0` and `0` differ only as elements of something that is
//! printed, in divisions, and to operators that are exact about kinds, a mean, or the sum of floats, may hold an int here only where
//! it is written inside a list, map, record or `select`, and only if there may be nothing. Elsewhere it stays an unboxed float.

use super::Infer;
use crate::hir::builtin::Builtin;
use crate::hir::tree::{Expr, ExprKind, LocalId, Query};
use crate::syntax::symbol::sym;
use crate::types::{Slot, bits};

/// How an aggregate may come to have nothing to aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    /// It cannot, or nobody sees the difference.
    Never,
    /// If all elements are `none`.
    AllNone,
    Maybe,
}

/// Where the expression being walked stands, and the groups around it.
#[derive(Default)]
pub(super) struct Surroundings {
    /// Within an element, a field, or what a query selects.
    pub inside: bool,
    /// Variables of `group by`: no group is empty.
    groups: Vec<LocalId>,
}

impl Infer<'_> {
    /// An expression whose value becomes part of something.
    pub(super) fn part(&mut self, expr: &Expr) -> Slot {
        self.placed(expr, true)
    }
    /// An expression whose value only decides something.
    pub(super) fn decider(&mut self, expr: &Expr) -> Slot {
        self.placed(expr, false)
    }
    fn placed(&mut self, expr: &Expr, inside: bool) -> Slot {
        let before = std::mem::replace(&mut self.surroundings.inside, inside);
        let slot = self.expr(expr);
        self.surroundings.inside = before;
        slot
    }
    pub(super) fn is_group(&mut self, local: LocalId) {
        self.surroundings.groups.push(local);
    }

    /// For a call of a builtin with these arguments, where it is walked.
    pub(super) fn emptiness(&self, builtin: Builtin, args: &[Expr]) -> Empty {
        match args {
            [of] if self.surroundings.inside && matches!(builtin, Builtin::Sum | Builtin::Avg | Builtin::Min | Builtin::Max) => {
                if self.has_elements(of) { Empty::AllNone } else { Empty::Maybe }
            }
            _ => Empty::Never,
        }
    }
    /// For a query that is an aggregate as a whole.
    pub(super) fn query_emptiness(&self, query: &Query) -> Empty {
        match self.surroundings.inside {
            true if self.has_rows(query) => Empty::AllNone,
            true => Empty::Maybe,
            false => Empty::Never,
        }
    }
    /// Whether a list is surely not empty.
    fn has_elements(&self, list: &Expr) -> bool {
        match &list.kind {
            ExprKind::List(items) => !items.is_empty(),
            ExprKind::Local(local) => self.surroundings.groups.contains(local),
            ExprKind::Field { object, name, .. } => *name == sym::ITEMS && self.has_elements(object),
            ExprKind::Query(query) => query.aggregate.is_none() && self.has_rows(query),
            _ => false,
        }
    }
    fn has_rows(&self, query: &Query) -> bool {
        let joined = query.sources.iter().any(|source| source.join.is_some());
        let cut = query.skip.is_some() || query.take.is_some() || query.group.as_ref().is_some_and(|group| group.having.is_some());
        !joined && !cut && query.filter.is_none() && query.sources.iter().all(|source| self.has_elements(&source.values))
    }

    /// Adds the int to what the aggregate of floats can hold.
    pub(super) fn add_empty(&mut self, empty: Empty, elements: &[Slot], to: Slot) {
        if self.slots.content(to).scalars & bits::FLOAT == 0 {
            return;
        }
        let none = elements.iter().any(|&element| self.slots.content(element).scalars & bits::NONE != 0);
        if empty == Empty::Maybe || empty == Empty::AllNone && none {
            self.slots.add(to, bits::INT);
        }
    }
}
