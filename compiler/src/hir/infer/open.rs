//! Which values are not known, because nothing that runs makes them: for the checker, which refuses only what fails whenever it runs.
//!
//! The solver has no alternatives for a parameter of a function that is never called, and for the element of an empty list none or those
//! of another list that it met (`append`, `union` and `if` unite what lists hold). What is computed from both such a value and a known
//! one seems to be of the known one's kind alone. Here the program is solved once more with marks: first lists that may
//! have elements are told apart from those that never do, then everything is marked that a value nobody makes can reach.

use super::rules::Rule;
use super::{Infer, Options};
use crate::hir::facts::WellKnown;
use crate::hir::tree::{Expr, LocalId, Program};
use crate::syntax::ast::BinaryOp;
use crate::syntax::symbol::Names;
use crate::types::{Slot, marks};

/// By id: whether a value that nothing makes can be among those of an expression or a variable.
#[derive(Debug, Default)]
pub struct Open {
    exprs: Vec<bool>,
    locals: Vec<bool>,
}

impl Open {
    pub fn has(&self, expr: &Expr) -> bool {
        self.exprs.get(expr.id.index()).is_some_and(|&open| open)
    }
    pub fn has_local(&self, local: LocalId) -> bool {
        self.locals.get(local.index()).is_some_and(|&open| open)
    }
}

/// Infers the program once more, for what is open in it.
pub fn open(program: &Program, names: &Names, known: WellKnown, options: Options) -> Open {
    let mut infer = Infer::new(program, names, known, options, false);
    infer.is_marking = true;
    infer.start();
    infer.mark_open();
    infer.solve();
    let is_open = |slot: &Option<Slot>| slot.is_some_and(|slot| infer.has(slot, marks::OPEN));
    Open { exprs: infer.expr.iter().map(is_open).collect(), locals: infer.local.iter().map(is_open).collect() }
}

impl Infer<'_> {
    fn has(&self, slot: Slot, mark: u8) -> bool {
        self.slots.content(slot).marks & mark != 0
    }
    pub(super) fn mark_filled(&mut self, list: Slot) {
        if self.is_marking {
            self.slots.add_marks(list, marks::FILLED);
        }
    }
    /// The list has elements if the other has some.
    pub(super) fn rows(&mut self, from: Slot, to: Slot) {
        if self.is_marking {
            self.rule(Rule::Rows { from, to }, &[from]);
        }
    }

    /// The beginnings: what a function gets that is never called, fields of what is never made, and what is read from lists that are
    /// always empty. What an operation gives that cannot work is none of them.
    fn mark_open(&mut self) {
        let params = self.program.fns.iter().flat_map(|function| &function.params).filter_map(|param| self.local[param.index()]);
        let mut open: Vec<Slot> = params.collect();
        open.extend(self.fields.iter().chain(&self.columns).flatten());
        open.extend(self.rules.iter().filter_map(|rule| if let Rule::Iterate { to, .. } = *rule { Some(to) } else { None }));
        open.retain(|&slot| self.slots.content(slot).is_empty());
        for rule in &self.rules {
            match *rule {
                Rule::Iterate { from, to } | Rule::Index { object: from, to, .. } if self.is_empty_list(from) => open.push(to),
                _ => {}
            }
        }
        for slot in open {
            self.slots.add_marks(slot, marks::OPEN);
        }
    }
    /// Whether it is a list, and nothing but one without elements.
    fn is_empty_list(&self, slot: Slot) -> bool {
        let content = self.slots.content(slot);
        let only = content.data.keys().all(|&data| data == self.known.list) && content.map.is_none();
        only && !content.data.is_empty() && !self.has(slot, marks::FILLED)
    }

    /// The marks of an operation's result.
    pub(super) fn mark(&mut self, rule: Rule) {
        match rule {
            Rule::Field { object: from, to, .. }
            | Rule::Column { object: from, to, .. }
            | Rule::Index { object: from, to, .. }
            | Rule::Negate { operand: from, to }
            | Rule::Iterate { from, to }
            | Rule::Call { callee: from, to, .. }
            | Rule::Method { object: from, to, .. }
            | Rule::Bounded { from, to, .. }
            | Rule::Keys { map: from, to }
            | Rule::Values { map: from, to }
            | Rule::Extreme { of: from, to, .. }
            | Rule::Numeric { from, to }
            | Rule::CastParts { from, to, .. } => self.hand_on(from, to, marks::OPEN),
            Rule::Sequence { from, to } | Rule::Listed { from, to } => self.hand_on(from, to, marks::OPEN | marks::FILLED),
            Rule::Append { list, to, .. } => {
                self.hand_on(list, to, marks::OPEN);
                self.slots.add_marks(to, marks::FILLED);
            }
            Rule::Arithmetic { op, left, right, to } => {
                let handed = if op == BinaryOp::Add { marks::OPEN | marks::FILLED } else { marks::OPEN };
                self.hand_on(left, to, handed);
                self.hand_on(right, to, handed);
            }
            Rule::Power { base, exponent, to } => {
                self.hand_on(base, to, marks::OPEN);
                self.hand_on(exponent, to, marks::OPEN);
            }
            Rule::Rows { from, to } => {
                if !self.is_empty_list(from) && !self.slots.content(from).data.is_empty() || self.slots.content(from).map.is_some() {
                    self.slots.add_marks(to, marks::FILLED);
                }
            }
            Rule::SetIndex { object, .. } => self.slots.add_marks(object, marks::FILLED),
            Rule::SetField { .. }
            | Rule::CastInt { .. }
            | Rule::Count { .. }
            | Rule::Membership { .. }
            | Rule::Sum { .. }
            | Rule::Mean { .. }
            | Rule::MatchRest { .. } => {}
        }
        if let Rule::Keys { to, .. } | Rule::Values { to, .. } = rule {
            self.slots.add_marks(to, marks::FILLED);
        }
    }
    fn hand_on(&mut self, from: Slot, to: Slot, wanted: u8) {
        let found = self.slots.content(from).marks & wanted;
        if found != 0 {
            self.slots.add_marks(to, found);
        }
    }
}
