//! The loops of a query, after its plan.

use super::plan::{Evaluated, Plan, Step};
use super::table::Rows;
use crate::hir::tree::{Expr, LocalId, Source};
use crate::ir::Value;
use crate::lower::arith::Typed;
use crate::lower::function::FnCx;
use crate::lower::walk::Assigned;
use crate::types::Ty;

/// What is done with a row whose variables are bound.
pub(super) type Sink<'s, 'l, 'a> = &'s mut dyn FnMut(&mut FnCx<'l, 'a>);

impl<'l, 'a> FnCx<'l, 'a> {
    /// Loops over the rows of the first `count` sources.
    pub(super) fn produce(&mut self, plan: &Plan, count: usize, assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let Some(at) = count.checked_sub(1) else { return sink(self) };
        let step = &plan.steps[at];
        if step.outer.is_some() {
            return self.outer_join(plan, at, assigned, sink);
        }
        if !step.keys.is_empty() {
            return self.lookup_join(plan, at, assigned, sink);
        }
        if step.values == Evaluated::PerRow || at == 0 {
            return self.produce(plan, at, assigned, &mut |cx| {
                let values = cx.source_values(step.source);
                cx.walk_step(step, values, assigned, sink);
            });
        }
        let rows = self.rows_of(step, false, assigned);
        self.produce(plan, at, assigned, &mut |cx| {
            let (list, _) = cx.rows_here(&rows, step, assigned);
            cx.walk_step(step, list, assigned, sink);
        });
    }
    fn walk_step(&mut self, step: &Step, values: Typed, assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        self.walk_values(values, assigned, step.source.values.span, |cx, item, ty, _, _| {
            cx.bind_item(step.source.local, (item, ty));
            cx.filtered(&step.on, assigned, sink);
        });
    }

    /// A source's values in a form that can be walked.
    pub(super) fn source_values(&mut self, source: &Source) -> Typed {
        let from = self.ty(source.values.id);
        let value = self.expr(&source.values);
        self.b.span = source.values.span;
        if self.is_plain(from) {
            return (value, from);
        }
        let element = self.local_ty(source.local);
        self.values_as_list(value, from, element, source.values.span)
    }
    pub(super) fn bind_item(&mut self, local: LocalId, (item, ty): Typed) {
        let want = self.local_ty(local);
        let value = self.coerce(item, ty, want);
        self.bind(local, value);
    }
    /// Runs the sink where all conditions hold.
    pub(super) fn filtered(&mut self, conds: &[&Expr], assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let Some((cond, rest)) = conds.split_first() else { return sink(self) };
        let holds = self.cond(cond);
        self.when(holds, assigned, |cx| cx.filtered(rest, assigned, sink));
    }

    /// The source's elements are in a table by its side of the equalities; each earlier row looks its side up.
    fn lookup_join(&mut self, plan: &Plan, at: usize, assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let step = &plan.steps[at];
        let rows = match self.kept_rows(step) {
            Some(rows) => rows,
            None => self.rows_of(step, true, assigned),
        };
        self.produce(plan, at, assigned, &mut |cx| {
            let (list, table) = cx.rows_here(&rows, step, assigned);
            let table = table.expect("a table was asked for");
            let key = cx.key_of(step, false);
            cx.matches(step.key_kind, table, key, assigned, |cx, row| {
                let item = cx.element(list, row);
                cx.bind(step.source.local, item);
                cx.filtered(&step.on, assigned, sink);
            });
        });
    }
    fn rows_of(&mut self, step: &Step, indexed: bool, assigned: &Assigned) -> Rows {
        match step.values {
            Evaluated::AtFirst => self.rows_at_first(step, indexed),
            Evaluated::Before | Evaluated::PerRow => self.rows_before(step, indexed, assigned),
        }
    }
    /// The type of the elements as the source's variable has them.
    pub(super) fn element_ty(&mut self, step: &Step) -> Ty {
        self.local_ty(step.source.local)
    }
    /// Runs the body for each offset and element of a list.
    pub(super) fn each(&mut self, list: Typed, assigned: &Assigned, body: impl FnOnce(&mut Self, Value, Value)) {
        let len = self.read(list.0, list.1, "len");
        let zero = self.b.i32(0);
        self.for_numbers(zero, len, assigned, |cx, i| {
            let item = cx.element(list, i);
            body(cx, i, item);
        });
    }
}
