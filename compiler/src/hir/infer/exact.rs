//! Exact ints (`--exact-ints`): which sums, differences and products can leave 64 bits.
//!
//! Each slot has an interval of the ints that it can hold, of any size. An operation whose exact results all have 64 bits yields an int
//! and nothing else; only where that is not known, an int or a bigint. What conditions have shown of a variable bounds what reading
//! it gives: in `while i < n { i = i + 1 }`, where `n` is an int of 64 bits, `i + 1` is one, too.

use super::Infer;
use super::narrow::Known;
use super::rules::Rule;
use crate::hir::tree::{Expr, ExprKind, LocalId};
use crate::syntax::ast::BinaryOp;
use crate::types::{Ints, Slot, bits};

/// How a variable compares with something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bound {
    Below {
        or_equal: bool,
    },
    Above {
        or_equal: bool,
    },
    /// Its square is not above.
    RootBelow,
}

impl Infer<'_> {
    /// Adds ints, as bigints where they can be too large for 64 bits.
    pub(super) fn add_ints(&mut self, to: Slot, ints: Ints) {
        self.slots.add_ints(to, ints);
        self.add_large(to, ints);
    }
    fn add_large(&mut self, to: Slot, ints: Ints) {
        if !ints.is_word() {
            self.slots.add_alternative(to, self.known.bigint, &[]);
        }
    }

    /// The ints that a slot holds, bools and numbers as text among them.
    fn ints(&self, slot: Slot) -> Ints {
        let content = self.slots.content(slot);
        let mut ints = self.slots.ints(slot);
        assert!(content.scalars & bits::INT == 0 || !ints.is_empty(), "an int has an interval");
        if content.scalars & bits::BOOL != 0 {
            ints = ints.join(Ints::BOOL);
        }
        if content.data.contains_key(&self.known.string) {
            ints = ints.join(Ints::WORD);
        }
        ints
    }

    /// What arithmetic on the ints among the operands' numbers yields.
    pub(super) fn exact_arithmetic(&mut self, op: BinaryOp, left: Slot, right: Slot, to: Slot) {
        let (a, b) = (self.ints(left), self.ints(right));
        let ints = match op {
            BinaryOp::Add => a.plus(b),
            BinaryOp::Sub => a.minus(b),
            BinaryOp::Mul => a.times(b),
            BinaryOp::Div => a.over(b),
            _ => a.modulo(b),
        };
        // Of 64 bits the only quotient that is too large is an error.
        let is_word = op == BinaryOp::Div && a.is_word() && b.is_word();
        self.add_ints(to, if is_word { ints.meet(Ints::WORD) } else { ints });
    }

    pub(super) fn exact_negative(&mut self, from: Slot, to: Slot) {
        let ints = self.ints(from).negated();
        self.add_ints(to, ints);
    }

    /// Rule: the numbers that a loop from one int to before another counts.
    pub(super) fn count(&mut self, from: Slot, end: Slot, to: Slot) {
        let counted = |slot: Slot| match self.ints_alone(slot) {
            Some(ints) if ints.is_empty() => None,
            Some(ints) => Some(ints.meet(Ints::WORD)).filter(|ints| !ints.is_empty()).or(Some(Ints::WORD)),
            None => Some(Ints::WORD),
        };
        if let (Some(from), Some(end)) = (counted(from), counted(end)) {
            let from = from.lowest();
            self.add_ints(to, Ints::WORD.above(from, true).below(end, false).join(from));
        }
    }

    /// Rule: the values of `from` that compare so with `limit`.
    pub(super) fn bounded(&mut self, from: Slot, limit: Slot, bound: Bound, to: Slot) {
        let (ints, limit) = (self.slots.ints(from), self.ints_alone(limit).unwrap_or(Ints::ALL));
        let part = match bound {
            Bound::Below { or_equal } => ints.below(limit, or_equal),
            Bound::Above { or_equal } => ints.above(limit, or_equal),
            Bound::RootBelow => ints.root_below(limit),
        };
        self.slots.add_part_of_ints(to, part);
        self.add_large(to, part);
    }
    /// Rule: a number as an int of 64 bits; what does not fit is an error.
    pub(super) fn cast_int(&mut self, from: Slot, to: Slot) {
        let ints = self.ints_alone(from).unwrap_or(Ints::WORD);
        let fitting = ints.meet(Ints::WORD);
        self.add_ints(to, if fitting.is_empty() && !ints.is_empty() { Ints::WORD } else { fitting });
    }

    /// The ints that a slot holds, if it holds nothing else.
    fn ints_alone(&self, slot: Slot) -> Option<Ints> {
        let content = self.slots.content(slot);
        let others = content.scalars & !bits::INT != 0 || content.map.is_some() || content.has_funs();
        let alone = !others && content.data.keys().all(|&data| data == self.known.bigint);
        alone.then(|| self.slots.ints(slot))
    }

    /// What reading a variable gives, after what conditions have shown of it.
    pub(super) fn read_bounded(&mut self, local: LocalId, slot: Slot) -> Slot {
        let mut slot = slot;
        for (limit, bound) in self.narrowed.bounds(local) {
            let part = self.slots.fresh();
            self.slots.flow_others(slot, part);
            self.rule(Rule::Bounded { from: slot, limit, bound, to: part }, &[slot, limit]);
            slot = part;
        }
        slot
    }

    /// Takes over a comparison that holds, or does not.
    pub(super) fn assume_order(&mut self, op: BinaryOp, left: &Expr, right: &Expr, holds: bool) {
        if !self.options.exact_ints {
            return;
        }
        let (less, or_equal) = match (op, holds) {
            (BinaryOp::Lt, true) | (BinaryOp::Ge, false) => (true, false),
            (BinaryOp::Le, true) | (BinaryOp::Gt, false) => (true, true),
            (BinaryOp::Gt, true) | (BinaryOp::Le, false) => (false, false),
            (BinaryOp::Ge, true) | (BinaryOp::Lt, false) => (false, true),
            _ => return,
        };
        self.assume_bound(left, right, less, or_equal);
        self.assume_bound(right, left, !less, or_equal);
    }
    fn assume_bound(&mut self, of: &Expr, limit: &Expr, less: bool, or_equal: bool) {
        let bound = match less {
            true => Bound::Below { or_equal },
            false => Bound::Above { or_equal },
        };
        let (local, bound) = match &of.kind {
            ExprKind::Local(local) => (*local, bound),
            ExprKind::Binary { op: BinaryOp::Mul, left, right } if less => match (&left.kind, &right.kind) {
                (ExprKind::Local(a), ExprKind::Local(b)) if a == b => (*a, Bound::RootBelow),
                _ => return,
            },
            _ => return,
        };
        let Some(value) = self.expr[limit.id.index()].filter(|_| self.keeps_value(local)) else { return };
        self.narrowed.learn(Known::Bounded(local, value, bound));
        if bound == Bound::RootBelow {
            self.narrowed.learn(Known::Bounded(local, value, Bound::Below { or_equal: true }));
        }
        // What was shown of the limit itself differs from place to place: by its variable, branches can agree.
        if let ExprKind::Local(limit) = limit.kind
            && self.local_slot(limit) != value
        {
            let all = self.local_slot(limit);
            let bound = if bound == Bound::RootBelow { Bound::Below { or_equal: true } } else { bound };
            self.narrowed.learn(Known::Bounded(local, all, bound));
        }
    }

    /// Takes over that a variable now holds what another one does.
    pub(super) fn assume_copied(&mut self, local: LocalId, value: &Expr) {
        if let ExprKind::Local(from) = value.kind
            && self.options.exact_ints
            && self.keeps_value(local)
        {
            let from = self.local_slot(from);
            self.narrowed.learn(Known::Bounded(local, from, Bound::Below { or_equal: true }));
            self.narrowed.learn(Known::Bounded(local, from, Bound::Above { or_equal: true }));
        }
    }
}
