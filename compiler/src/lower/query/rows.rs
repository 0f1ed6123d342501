//! The loops of a query, after its plan.

use super::plan::{Evaluated, Plan, Step};
use super::table::Rows;
use crate::hir::tree::{Expr, LocalId, Source};
use crate::ir::{Op, Value};
use crate::lower::arith::Typed;
use crate::lower::function::FnCx;
use crate::lower::walk::Assigned;
use crate::types::{Ty, TyKind};

/// What is done with a row whose variables are bound.
pub(super) type Sink<'s, 'l, 'a> = &'s mut dyn FnMut(&mut FnCx<'l, 'a>);

impl<'l, 'a> FnCx<'l, 'a> {
    /// Loops over the rows of the first `count` sources.
    pub(super) fn produce(&mut self, plan: &Plan, count: usize, assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let Some(at) = count.checked_sub(1) else { return sink(self) };
        let step = &plan.steps[at];
        if let Some(inner) = &plan.reordered
            && inner.steps.len() == count
        {
            return self.put_in_order(inner, &plan.steps[..count], assigned, sink);
        }
        if step.outer.is_some() {
            return self.outer_join(plan, at, assigned, sink);
        }
        if !step.keys.is_empty() {
            return self.lookup_join(plan, at, assigned, sink);
        }
        if step.values == Evaluated::PerRow || at == 0 {
            return self.produce(plan, at, assigned, &mut |cx| {
                let values = cx.source_values(step.source);
                cx.walk_step(plan, at, values, assigned, sink);
            });
        }
        let rows = self.rows_of(plan, at, false, assigned);
        self.produce(plan, at, assigned, &mut |cx| {
            let (list, _) = cx.rows_here(&rows, plan, at, assigned);
            cx.walk_step(plan, at, list, assigned, sink);
        });
    }
    fn walk_step(&mut self, plan: &Plan, at: usize, values: Typed, assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let step = &plan.steps[at];
        let mut body = |cx: &mut Self, item: Typed| {
            cx.bind_item(step.source.local, item);
            cx.filtered(&step.on, assigned, &mut |cx| cx.with_partners(plan, plan.partners_of_rows(at), assigned, sink));
        };
        match self.l.list_element(values.1) {
            Some(element) => self.each(values, assigned, |cx, i, item| {
                cx.kept.offsets.insert(step.source.local, (i, values));
                body(cx, (item, element));
            }),
            None => self.walk_values(values, assigned, step.source.values.span, |cx, item, ty, _, _| body(cx, (item, ty))),
        }
    }
    /// Runs the sink if the tables of later steps have what the element bound last looks up there.
    pub(super) fn with_partners(&mut self, plan: &Plan, partners: &[usize], assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let Some((&at, rest)) = partners.split_first() else { return sink(self) };
        let step = &plan.steps[at];
        let table = self.kept.tables[&step.source.local];
        let key = self.key_of(step, false);
        let found = self.first_match(step.key_kind, table, key);
        let holds = self.is_index(found);
        self.when(holds, assigned, |cx| cx.with_partners(plan, rest, assigned, sink));
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
            None => self.rows_of(plan, at, true, assigned),
        };
        if let Rows::Made { table: Some(table), .. } = rows {
            self.kept.tables.insert(step.source.local, table);
        }
        self.produce(plan, at, assigned, &mut |cx| {
            let (list, table) = cx.rows_here(&rows, plan, at, assigned);
            let table = table.expect("a table was asked for");
            let mut look_up = |cx: &mut Self| {
                let key = cx.key_of(step, false);
                cx.matches(step.key_kind, table, key, assigned, |cx, row| {
                    let item = cx.element(list, row);
                    cx.bind(step.source.local, item);
                    cx.kept.offsets.insert(step.source.local, (row, list));
                    cx.filtered(&step.on, assigned, &mut |cx| cx.with_partners(plan, plan.partners_of_rows(at), assigned, sink));
                });
            };
            if !step.key_fails {
                return look_up(cx);
            }
            // Without elements nothing would be compared.
            let (zero, len) = (cx.b.i32(0), cx.read(list.0, list.1, "len"));
            let some = cx.plain(Op::I32LtS, &[zero, len]);
            cx.when(some, assigned, look_up);
        });
    }
    fn rows_of(&mut self, plan: &Plan, at: usize, indexed: bool, assigned: &Assigned) -> Rows {
        match plan.steps[at].values {
            Evaluated::AtFirst => self.rows_at_first(&plan.steps[at], indexed),
            Evaluated::Before | Evaluated::PerRow => self.rows_before(plan, at, indexed, assigned),
        }
    }

    /// The rows of a plan in the order that loops over the sources of `steps` would give them: for each row the offsets of its
    /// elements are noted, and the rows sorted by them.
    fn put_in_order(&mut self, inner: &Plan, steps: &[Step], assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let i32_ty = self.l.intern(TyKind::I32);
        let offsets = self.empty_list(i32_ty);
        let mut lists = Vec::new();
        self.produce(inner, steps.len(), assigned, &mut |cx| {
            for step in steps {
                let (offset, list) = cx.kept.offsets[&step.source.local];
                cx.call_prelude("list_push", &[i32_ty], &[offsets, offset]);
                lists.push(list);
            }
        });
        let width = self.b.i32(steps.len() as i32);
        let starts = self.call_prelude("rows_in_order", &[], &[offsets, width]);
        let starts_ty = self.l.facts.list(i32_ty);
        self.each((starts, starts_ty), assigned, |cx, _, start| {
            for (place, (step, list)) in steps.iter().zip(&lists).enumerate() {
                let place = cx.b.i32(place as i32);
                let at = cx.plain(Op::I32Add, &[start, place]);
                let offset = cx.element((offsets, starts_ty), at);
                let item = cx.element(*list, offset);
                cx.bind(step.source.local, item);
            }
            let tests: Vec<&Expr> = steps.iter().flat_map(|step| step.on.iter().copied()).collect();
            cx.filtered(&tests, assigned, sink);
        });
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
