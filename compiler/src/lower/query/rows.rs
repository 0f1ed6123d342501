//! The loops of a query.

use super::plan::Plan;
use crate::hir::tree::{Expr, LocalId, Source};
use crate::ir::{Op, Value};
use crate::lower::arith::Typed;
use crate::lower::function::FnCx;
use crate::lower::walk::Assigned;
use crate::syntax::ast::JoinKind;
use crate::types::{RecordTy, Ty, TyKind};

/// What is done with a row whose variables are bound.
type Sink<'s, 'l, 'a> = &'s mut dyn FnMut(&mut FnCx<'l, 'a>);

impl<'l, 'a> FnCx<'l, 'a> {
    /// Loops over the rows of the first `count` sources.
    pub(super) fn produce(&mut self, plan: &Plan, count: usize, assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let Some(at) = count.checked_sub(1) else { return sink(self) };
        let source = plan.sources[at];
        match &source.join {
            Some((kind @ (JoinKind::Left | JoinKind::Right | JoinKind::Outer), on)) => {
                self.outer_join(plan, at, *kind, on, assigned, sink);
            }
            _ => {
                if let Some((mine, other)) = plan.equality(self.l.program, at)
                    && plan.constant[at]
                    && let Some(key) = self.hash_key(mine, other)
                {
                    return self.hash_join(plan, at, (mine, other), key, assigned, sink);
                }
                let hoisted = plan.constant[at].then(|| self.source_values(source));
                self.produce(plan, at, assigned, &mut |cx| {
                    let values = match hoisted {
                        Some(values) => values,
                        None => cx.source_values(source),
                    };
                    cx.walk_values(values, assigned, source.values.span, |cx, item, ty, _, _| {
                        cx.bind_item(source.local, (item, ty));
                        cx.filtered(&plan.conds[at], assigned, sink);
                    });
                });
            }
        }
    }

    /// A source's values in a form that can be walked.
    fn source_values(&mut self, source: &Source) -> Typed {
        let from = self.ty(source.values.id);
        let value = self.expr(&source.values);
        self.b.span = source.values.span;
        if self.is_plain(from) {
            return (value, from);
        }
        let element = self.local_ty(source.local);
        self.values_as_list(value, from, element, source.values.span)
    }
    fn bind_item(&mut self, local: LocalId, (item, ty): Typed) {
        let want = self.local_ty(local);
        let value = self.coerce(item, ty, want);
        self.bind(local, value);
    }
    /// Runs the sink where all conditions hold.
    fn filtered(&mut self, conds: &[&Expr], assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let Some((cond, rest)) = conds.split_first() else { return sink(self) };
        let holds = self.cond(cond);
        self.when(holds, assigned, |cx| cx.filtered(rest, assigned, sink));
    }

    // Hash joins

    /// The type in which both sides of an equality can be hashed, equal values alike: int, or text.
    fn hash_key(&mut self, mine: &Expr, other: &Expr) -> Option<Ty> {
        let (a, b) = (self.ty(mine.id), self.ty(other.id));
        let int = self.l.intern(TyKind::Int);
        if a == int && b == int {
            return Some(int);
        }
        // Texts of equal values are the same where ints and floats do not meet.
        let mut all = self.l.facts.tys.alternatives(a);
        all.extend(self.l.facts.tys.alternatives(b));
        let float = self.l.intern(TyKind::Float);
        let string = self.l.string_ty();
        let bool = self.l.intern(TyKind::Bool);
        let simple = all.iter().all(|ty| [int, float, string, bool].contains(ty));
        (simple && !(all.contains(&int) && all.contains(&float))).then_some(string)
    }
    fn join_key(&mut self, side: &Expr, key: Ty) -> Value {
        let ty = self.ty(side.id);
        let value = self.expr(side);
        if ty == key { value } else { self.string_of(crate::lower::derive::Form::Str, (value, ty)) }
    }

    /// Puts the source's elements into a table by its side of the equality, then looks up each earlier row's side.
    fn hash_join(&mut self, plan: &Plan, at: usize, (mine, other): (&Expr, &Expr), key: Ty, assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let source = plan.sources[at];
        let (add, first) =
            if self.l.is_string(key) { ("join_add_string", "join_first_string") } else { ("join_add_int", "join_first_int") };
        let element = self.local_ty(source.local);
        let values = self.source_values(source);
        let (list, list_ty) = self.values_as_list(values.0, values.1, element, source.values.span);
        let len = self.read(list, list_ty, "len");
        let table = self.call_prelude("join_new", &[key], &[len]);
        let zero = self.b.i32(0);
        self.for_numbers(zero, len, assigned, |cx, i| {
            let item = cx.element((list, list_ty), i);
            cx.bind(source.local, item);
            let value = cx.join_key(mine, key);
            cx.call_prelude(add, &[], &[table, value, i]);
        });
        self.produce(plan, at, assigned, &mut |cx| {
            let value = cx.join_key(other, key);
            let found = cx.call_prelude(first, &[], &[table, value]);
            let of = cx.l.cell_type_i32();
            let cursor = cx.new_struct(of, &[found]);
            cx.repeat(assigned, |cx, end, _, vars| {
                let row = cx.get_field(of, 0, cursor);
                let more = cx.is_index(row);
                cx.leave_unless(more, end, vars);
                let next = cx.call_prelude("join_next", &[key], &[table, row]);
                cx.set_field(of, 0, cursor, next);
                let item = cx.element((list, list_ty), row);
                cx.bind(source.local, item);
                cx.filtered(&plan.conds[at], assigned, sink);
            });
        });
    }

    // Outer joins: rows are made into a list first

    /// The type of a row of the first `count` sources.
    fn row_ty(&mut self, plan: &Plan, count: usize) -> Ty {
        let mut fields = Vec::new();
        for source in &plan.sources[..count] {
            let ty = self.local_ty(source.local);
            fields.push((self.l.program.locals[source.local.index()].name, ty));
        }
        self.l.intern(TyKind::Record(RecordTy { fields, row: false }))
    }
    /// The variables of the first `count` sources as a row; from `gone` on (or before it) they are none.
    fn make_row(&mut self, plan: &Plan, count: usize, ty: Ty, is_none: impl Fn(usize) -> bool) -> Value {
        let at = self.b.span;
        let mut values = Vec::new();
        for (i, source) in plan.sources[..count].iter().enumerate() {
            let ty = self.local_ty(source.local);
            values.push(if is_none(i) { self.none_as(ty) } else { self.load(source.local, at) });
        }
        let of = self.l.heap_type(ty);
        self.new_struct(of, &values)
    }
    fn bind_row(&mut self, plan: &Plan, count: usize, row: Value, ty: Ty) {
        let of = self.l.heap_type(ty);
        for (i, source) in plan.sources[..count].iter().enumerate() {
            let value = self.get_field(of, i as u32, row);
            self.bind(source.local, value);
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

    fn outer_join(&mut self, plan: &Plan, at: usize, kind: JoinKind, on: &Expr, assigned: &Assigned, sink: Sink<'_, 'l, 'a>) {
        let source = plan.sources[at];
        let (lefts, lefts_ty) = self.rows(plan, at, assigned);
        let values = self.source_values(source);
        let element = self.local_ty(source.local);
        let (rights, rights_ty) = self.values_as_list(values.0, values.1, element, source.values.span);
        let row = self.row_ty(plan, at + 1);
        let out = self.empty_list(row);
        let (left_row, right_item) = (self.l.list_element(lefts_ty).expect("rows"), element);
        let sides = Sides { lefts: (lefts, lefts_ty), rights: (rights, rights_ty), left_row, right_item, out, row };
        match kind {
            JoinKind::Right => self.right_join(plan, at, on, assigned, &sides),
            _ => self.left_join(plan, at, on, assigned, &sides, kind == JoinKind::Outer),
        }
        let out_ty = self.l.facts.list(row);
        self.walk_values((out, out_ty), assigned, source.values.span, |cx, item, ty, _, _| {
            cx.bind_row(plan, at + 1, item, ty);
            cx.filtered(&plan.conds[at], assigned, sink);
        });
    }
    fn left_join(&mut self, plan: &Plan, at: usize, on: &Expr, assigned: &Assigned, sides: &Sides, outer: bool) {
        let local = plan.sources[at].local;
        let bool = self.l.intern(TyKind::Bool);
        let flags = self.l.intern(TyKind::Array(bool));
        let right_len = self.read(sides.rights.0, sides.rights.1, "len");
        let imm = self.array_imm(bool);
        let taken = self.op(Op::ArrayNew, imm, &[right_len]);
        let of = self.l.cell_type(bool);
        let none = Assigned::default();
        self.each(sides.lefts, assigned, |cx, _, left| {
            cx.bind_row(plan, at, left, sides.left_row);
            let no = cx.b.bool(false);
            let matched = cx.new_struct(of, &[no]);
            cx.each(sides.rights, assigned, |cx, i, right| {
                cx.bind(local, right);
                let holds = cx.cond(on);
                cx.when(holds, &none, |cx| {
                    let yes = cx.b.bool(true);
                    cx.set_field(of, 0, matched, yes);
                    cx.array_set((taken, flags), i, yes);
                    cx.push_row(plan, at, sides, |_| false);
                });
            });
            let matched = cx.get_field(of, 0, matched);
            let alone = cx.not(matched);
            cx.when(alone, &none, |cx| {
                let ty = sides.right_item;
                let empty = cx.none_as(ty);
                cx.bind(local, empty);
                cx.push_row(plan, at, sides, |i| i == at);
            });
        });
        if outer {
            self.each(sides.rights, assigned, |cx, i, right| {
                let used = cx.array_get((taken, flags), i);
                let alone = cx.not(used);
                cx.bind(local, right);
                cx.when(alone, &none, |cx| cx.push_row(plan, at, sides, |i| i < at));
            });
        }
    }
    fn right_join(&mut self, plan: &Plan, at: usize, on: &Expr, assigned: &Assigned, sides: &Sides) {
        let local = plan.sources[at].local;
        let bool = self.l.intern(TyKind::Bool);
        let of = self.l.cell_type(bool);
        let none = Assigned::default();
        self.each(sides.rights, assigned, |cx, _, right| {
            let no = cx.b.bool(false);
            let matched = cx.new_struct(of, &[no]);
            cx.bind(local, right);
            cx.each(sides.lefts, assigned, |cx, _, left| {
                cx.bind_row(plan, at, left, sides.left_row);
                let holds = cx.cond(on);
                cx.when(holds, &none, |cx| {
                    let yes = cx.b.bool(true);
                    cx.set_field(of, 0, matched, yes);
                    cx.push_row(plan, at, sides, |_| false);
                });
            });
            let matched = cx.get_field(of, 0, matched);
            let alone = cx.not(matched);
            cx.when(alone, &none, |cx| cx.push_row(plan, at, sides, |i| i < at));
        });
    }
    fn push_row(&mut self, plan: &Plan, at: usize, sides: &Sides, is_none: impl Fn(usize) -> bool) {
        let value = self.make_row(plan, at + 1, sides.row, is_none);
        self.call_prelude("list_push", &[sides.row], &[sides.out, value]);
    }
    /// Runs the body for each offset and element of a list.
    fn each(&mut self, list: Typed, assigned: &Assigned, body: impl FnOnce(&mut Self, Value, Value)) {
        let len = self.read(list.0, list.1, "len");
        let zero = self.b.i32(0);
        self.for_numbers(zero, len, assigned, |cx, i| {
            let item = cx.element(list, i);
            body(cx, i, item);
        });
    }
}

/// Both sides of an outer join, and where its rows go.
struct Sides {
    lefts: Typed,
    rights: Typed,
    left_row: Ty,
    right_item: Ty,
    out: Value,
    row: Ty,
}
