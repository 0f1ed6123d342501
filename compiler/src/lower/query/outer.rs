//! Left, right and outer joins. The rows on the left are made into a list first. Where the plan has keys, one side is in a table
//! and the other looks it up; else every pair is tested.
//!
//! ```text
//!   left    each left row with its matches in order, or with none
//!   outer   the same, then the right elements that nothing matched
//!   right   each right element with its matches among the left rows, or with none
//! ```

use super::plan::{KeyKind, Plan, Step};
use crate::ir::{Op, Value};
use crate::lower::arith::Typed;
use crate::lower::function::FnCx;
use crate::lower::walk::Assigned;
use crate::syntax::ast::JoinKind;
use crate::types::{RecordTy, Ty, TyKind};

use super::rows::Sink;

/// Both sides of an outer join, and where its rows go.
struct Sides {
    lefts: Typed,
    rights: Typed,
    /// Of the side that is looked up.
    table: Option<Value>,
    left_row: Ty,
    right_item: Ty,
    out: Value,
    row: Ty,
}

impl<'l, 'a> FnCx<'l, 'a> {
    pub(super) fn outer_join(&mut self, plan: &Plan, at: usize, assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let step = &plan.steps[at];
        let kind = step.outer.expect("an outer join");
        if step.depends {
            return self.dependent_join(plan, at, assigned, sink);
        }
        let looked_up = !step.keys.is_empty();
        let (lefts, lefts_ty) = self.rows(plan, at, assigned);
        let rows = self.rows_before(plan, at, looked_up && kind != JoinKind::Right, assigned);
        let (rights, mut table) = self.rows_here(&rows, plan, at, assigned);
        let row = self.row_ty(plan, at + 1);
        let out = self.empty_list(row);
        let left_row = self.l.list_element(lefts_ty).expect("rows");
        if looked_up && kind == JoinKind::Right {
            table = Some(self.fill_table(step.key_kind, (lefts, lefts_ty), assigned, &mut |cx, i, add| {
                let left = cx.element((lefts, lefts_ty), i);
                cx.bind_row(plan, at, left, left_row);
                let key = cx.key_of(step, false);
                add(cx, key);
            }));
        }
        let right_item = self.element_ty(step);
        let sides = Sides { lefts: (lefts, lefts_ty), rights, table, left_row, right_item, out, row };
        match kind {
            JoinKind::Right => self.right_join(plan, at, assigned, &sides),
            JoinKind::Left | JoinKind::Outer | JoinKind::Inner => self.left_join(plan, at, assigned, &sides, kind == JoinKind::Outer),
        }
        let out_ty = self.l.facts.list(row);
        self.walk_values((out, out_ty), assigned, step.source.values.span, |cx, item, ty, _, _| {
            cx.bind_row(plan, at + 1, item, ty);
            cx.filtered(&step.after, assigned, sink);
        });
    }

    /// The right side depends on the left row (`left join i in o.items on ..`), so that no right element is without a left row.
    fn dependent_join(&mut self, plan: &Plan, at: usize, assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let step = &plan.steps[at];
        let element = self.element_ty(step);
        let row = self.row_ty(plan, at + 1);
        let rows = self.empty_list(row);
        let bool = self.l.intern(TyKind::Bool);
        let of = self.l.cell_type(bool);
        let push = |cx: &mut Self, alone: bool| {
            let value = cx.make_row(plan, at + 1, row, |i| alone && i == at);
            cx.call_prelude("list_push", &[row], &[rows, value]);
        };
        self.produce(plan, at, assigned, &mut |cx| {
            let no = cx.b.bool(false);
            let matched = cx.new_struct(of, &[no]);
            let values = cx.source_values(step.source);
            let list = cx.values_as_list(values.0, values.1, element, step.source.values.span);
            cx.each(list, assigned, |cx, _, item| {
                cx.bind(step.source.local, item);
                cx.filtered(&step.on, assigned, &mut |cx| {
                    let yes = cx.b.bool(true);
                    cx.set_field(of, 0, matched, yes);
                    push(cx, false);
                });
            });
            if step.outer == Some(JoinKind::Right) {
                return;
            }
            let matched = cx.get_field(of, 0, matched);
            let alone = cx.not(matched);
            cx.when(alone, assigned, |cx| {
                let empty = cx.none_as(element);
                cx.bind(step.source.local, empty);
                push(cx, true);
            });
        });
        let rows_ty = self.l.facts.list(row);
        self.walk_values((rows, rows_ty), assigned, step.source.values.span, |cx, item, ty, _, _| {
            cx.bind_row(plan, at + 1, item, ty);
            cx.filtered(&step.after, assigned, sink);
        });
    }
    fn left_join(&mut self, plan: &Plan, at: usize, assigned: &Assigned, sides: &Sides, outer: bool) {
        let step = &plan.steps[at];
        let local = step.source.local;
        let bool = self.l.intern(TyKind::Bool);
        let flags = self.l.intern(TyKind::Array(bool));
        let right_len = self.read(sides.rights.0, sides.rights.1, "len");
        let imm = self.array_imm(bool);
        let taken = self.op(Op::ArrayNew, imm, &[right_len]);
        let of = self.l.cell_type(bool);
        self.each(sides.lefts, assigned, |cx, _, left| {
            cx.bind_row(plan, at, left, sides.left_row);
            let no = cx.b.bool(false);
            let matched = cx.new_struct(of, &[no]);
            cx.partners(step, false, sides.table, sides.rights, assigned, |cx, i, right| {
                cx.bind(local, right);
                cx.filtered(&step.on, assigned, &mut |cx| {
                    let yes = cx.b.bool(true);
                    cx.set_field(of, 0, matched, yes);
                    cx.array_set((taken, flags), i, yes);
                    cx.push_row(plan, at, sides, |_| false);
                });
            });
            let matched = cx.get_field(of, 0, matched);
            let alone = cx.not(matched);
            cx.when(alone, assigned, |cx| {
                let empty = cx.none_as(sides.right_item);
                cx.bind(local, empty);
                cx.push_row(plan, at, sides, |i| i == at);
            });
        });
        if outer {
            self.each(sides.rights, assigned, |cx, i, right| {
                let used = cx.array_get((taken, flags), i);
                let alone = cx.not(used);
                cx.bind(local, right);
                cx.when(alone, assigned, |cx| cx.push_row(plan, at, sides, |i| i < at));
            });
        }
    }
    fn right_join(&mut self, plan: &Plan, at: usize, assigned: &Assigned, sides: &Sides) {
        let step = &plan.steps[at];
        let local = step.source.local;
        let bool = self.l.intern(TyKind::Bool);
        let of = self.l.cell_type(bool);
        self.each(sides.rights, assigned, |cx, _, right| {
            let no = cx.b.bool(false);
            let matched = cx.new_struct(of, &[no]);
            cx.bind(local, right);
            cx.partners(step, true, sides.table, sides.lefts, assigned, |cx, _, left| {
                cx.bind_row(plan, at, left, sides.left_row);
                cx.filtered(&step.on, assigned, &mut |cx| {
                    let yes = cx.b.bool(true);
                    cx.set_field(of, 0, matched, yes);
                    cx.push_row(plan, at, sides, |_| false);
                });
            });
            let matched = cx.get_field(of, 0, matched);
            let alone = cx.not(matched);
            cx.when(alone, assigned, |cx| cx.push_row(plan, at, sides, |i| i < at));
        });
    }
    /// Runs the body for the elements of the other side that may match: those that the key finds, or all.
    fn partners(
        &mut self,
        step: &Step,
        mine: bool,
        table: Option<Value>,
        list: Typed,
        assigned: &Assigned,
        body: impl FnOnce(&mut Self, Value, Value),
    ) {
        let Some(table) = table else { return self.each(list, assigned, body) };
        let kind: KeyKind = step.key_kind;
        let key = self.key_of(step, mine);
        self.matches(kind, table, key, assigned, |cx, i| {
            let item = cx.element(list, i);
            body(cx, i, item);
        });
    }

    // Rows as values

    /// The type of a row of the first `count` sources.
    fn row_ty(&mut self, plan: &Plan, count: usize) -> Ty {
        let mut fields = Vec::new();
        for step in &plan.steps[..count] {
            let ty = self.local_ty(step.source.local);
            fields.push((self.l.program.locals[step.source.local.index()].name, ty));
        }
        self.l.intern(TyKind::Record(RecordTy { fields, row: false }))
    }
    /// The variables of the first `count` sources as a row; those that the closure names are none.
    fn make_row(&mut self, plan: &Plan, count: usize, ty: Ty, is_none: impl Fn(usize) -> bool) -> Value {
        let at = self.b.span;
        let mut values = Vec::new();
        for (i, step) in plan.steps[..count].iter().enumerate() {
            let ty = self.local_ty(step.source.local);
            values.push(if is_none(i) { self.none_as(ty) } else { self.load(step.source.local, at) });
        }
        let of = self.l.heap_type(ty);
        self.new_struct(of, &values)
    }
    fn bind_row(&mut self, plan: &Plan, count: usize, row: Value, ty: Ty) {
        let of = self.l.heap_type(ty);
        for (i, step) in plan.steps[..count].iter().enumerate() {
            let value = self.get_field(of, i as u32, row);
            self.bind(step.source.local, value);
        }
    }
    /// All rows of the first `count` sources as a list.
    fn rows(&mut self, plan: &Plan, count: usize, assigned: &Assigned) -> Typed {
        let row = self.row_ty(plan, count);
        let rows = self.empty_list(row);
        self.produce(plan, count, assigned, &mut |cx| {
            let value = cx.make_row(plan, count, row, |_| false);
            cx.call_prelude("list_push", &[row], &[rows, value]);
        });
        (rows, self.l.facts.list(row))
    }
    fn push_row(&mut self, plan: &Plan, at: usize, sides: &Sides, is_none: impl Fn(usize) -> bool) {
        let value = self.make_row(plan, at + 1, sides.row, is_none);
        self.call_prelude("list_push", &[sides.row], &[sides.out, value]);
    }
}
