//! A source's elements as a list, and a table of them by key, made before the loops or when a row first needs them.

use super::plan::{KeyKind, Plan, Step};
use crate::ir::{Op, TypeId, Value};
use crate::lower::arith::Typed;
use crate::lower::function::FnCx;
use crate::lower::walk::Assigned;
use crate::types::{Ty, TyKind};

/// What takes the key of a row that has one.
pub(super) type Keyed<'f> = dyn FnMut(&mut FnCx, Value) + 'f;

/// The elements of a source, and their table where they are looked up.
#[derive(Clone, Copy)]
pub(crate) enum Rows {
    Made {
        list: Typed,
        table: Option<Value>,
    },
    /// Made with the first row: cells that are empty until then.
    Cells(Cells),
}

#[derive(Clone, Copy)]
pub(crate) struct Cells {
    list: (Value, TypeId),
    list_ty: Ty,
    table: Option<(Value, TypeId, Ty)>,
}

impl<'l, 'a> FnCx<'l, 'a> {
    pub(super) fn rows_before(&mut self, plan: &Plan, at: usize, indexed: bool, assigned: &Assigned) -> Rows {
        let (list, table) = self.make_rows(plan, at, indexed, assigned);
        Rows::Made { list, table }
    }
    /// Empty cells for rows that are made later.
    pub(super) fn rows_at_first(&mut self, step: &Step, indexed: bool) -> Rows {
        let element = self.element_ty(step);
        let list_ty = self.l.facts.list(element);
        let list = self.empty_cell(list_ty);
        let table = indexed.then(|| {
            let ty = self.table_ty(step.key_kind);
            let (cell, of) = self.empty_cell(ty);
            (cell, of, ty)
        });
        Rows::Cells(Cells { list, list_ty, table })
    }
    /// A cell for a reference, with none in it.
    fn empty_cell(&mut self, ty: Ty) -> (Value, TypeId) {
        let of = self.l.cell_type(ty);
        let empty = self.empty_place(ty);
        (self.new_struct(of, &[empty]), of)
    }
    /// The list and table, made now if they are not there yet.
    pub(super) fn rows_here(&mut self, rows: &Rows, plan: &Plan, at: usize, assigned: &Assigned) -> (Typed, Option<Value>) {
        let cells = match *rows {
            Rows::Made { list, table } => return (list, table),
            Rows::Cells(cells) => cells,
        };
        let (cell, of) = cells.list;
        let have = self.get_field(of, 0, cell);
        let missing = self.plain(Op::RefIsNull, &[have]);
        self.when(missing, assigned, |cx| {
            let (list, table) = cx.make_rows(plan, at, cells.table.is_some(), assigned);
            if let (Some((cell, of, _)), Some(table)) = (cells.table, table) {
                cx.set_field(of, 0, cell, table);
            }
            cx.set_field(of, 0, cell, list.0);
        });
        let list = self.get_field(of, 0, cell);
        let list = self.stored(list, cells.list_ty);
        let table = cells.table.map(|(cell, of, ty)| {
            let table = self.get_field(of, 0, cell);
            self.stored(table, ty)
        });
        ((list, cells.list_ty), table)
    }

    fn make_rows(&mut self, plan: &Plan, at: usize, indexed: bool, assigned: &Assigned) -> (Typed, Option<Value>) {
        let step = &plan.steps[at];
        let partners = plan.partners_of_elements(at);
        let values = self.source_values(step.source);
        let element = self.element_ty(step);
        let list = self.values_as_list(values.0, values.1, element, step.source.values.span);
        if indexed {
            let table = self.fill_table(step.key_kind, list, assigned, &mut |cx, row, add| {
                let item = cx.element(list, row);
                cx.bind(step.source.local, item);
                cx.filtered(&step.own, assigned, &mut |cx| {
                    cx.with_partners(plan, partners, assigned, &mut |cx| {
                        let key = cx.key_of(step, true);
                        add(cx, key);
                    });
                });
            });
            return (list, Some(table));
        }
        if step.own.is_empty() && partners.is_empty() {
            return (list, None);
        }
        let kept = self.empty_list(element);
        self.each(list, assigned, |cx, _, item| {
            cx.bind(step.source.local, item);
            cx.filtered(&step.own, assigned, &mut |cx| {
                cx.with_partners(plan, partners, assigned, &mut |cx| {
                    cx.call_prelude("list_push", &[element], &[kept, item]);
                });
            });
        });
        ((kept, list.1), None)
    }

    /// A table over the elements of a list. `each` is called with an element's offset, and with what adds it by its key.
    pub(super) fn fill_table(
        &mut self,
        kind: KeyKind,
        list: Typed,
        assigned: &Assigned,
        each: &mut dyn FnMut(&mut Self, Value, &mut Keyed),
    ) -> Value {
        let key_ty = self.table_key(kind);
        let len = self.read(list.0, list.1, "len");
        let table = self.call_prelude("join_new", &[key_ty], &[len]);
        let name = if kind == KeyKind::Text { "join_add_string" } else { "join_add_int" };
        let zero = self.b.i32(0);
        self.for_numbers(zero, len, assigned, |cx, row| {
            each(cx, row, &mut |cx, key| {
                cx.call_prelude(name, &[], &[table, key, row]);
            });
        });
        table
    }
    /// Runs the body for the offset of each element that a key finds, in their order.
    pub(super) fn matches(&mut self, kind: KeyKind, table: Value, key: Value, assigned: &Assigned, body: impl FnOnce(&mut Self, Value)) {
        let key_ty = self.table_key(kind);
        let found = self.first_match(kind, table, key);
        let of = self.l.cell_type_i32();
        let cursor = self.new_struct(of, &[found]);
        self.repeat(assigned, |cx, end, _, vars| {
            let row = cx.get_field(of, 0, cursor);
            let more = cx.is_index(row);
            cx.leave_unless(more, end, vars);
            let next = cx.call_prelude("join_next", &[key_ty], &[table, row]);
            cx.set_field(of, 0, cursor, next);
            body(cx, row);
        });
    }
    /// The offset of the first element that a key finds, or -1.
    pub(super) fn first_match(&mut self, kind: KeyKind, table: Value, key: Value) -> Value {
        let name = if kind == KeyKind::Text { "join_first_string" } else { "join_first_int" };
        self.call_prelude(name, &[], &[table, key])
    }
    fn table_key(&mut self, kind: KeyKind) -> Ty {
        match kind {
            KeyKind::Int | KeyKind::Hash => self.l.intern(TyKind::Int),
            KeyKind::Text => self.l.string_ty(),
        }
    }
    fn table_ty(&mut self, kind: KeyKind) -> Ty {
        let key = self.table_key(kind);
        let table = self.l.prelude_type("join_table");
        self.l.intern(TyKind::Data(table, vec![key]))
    }

    /// One side of the step's equalities as a table's key: the source's own, or the other.
    pub(super) fn key_of(&mut self, step: &Step, mine: bool) -> Value {
        if step.key_kind != KeyKind::Hash {
            return self.expr(step.keys[0].side(mine));
        }
        let mut mixed = None;
        for key in &step.keys {
            let e = key.side(mine);
            let ty = self.ty(e.id);
            let value = self.expr(e);
            let hash = self.hash(value, ty);
            mixed = Some(match mixed {
                None => hash,
                Some(before) => self.call_prelude("hash_mix", &[], &[before, hash]),
            });
        }
        mixed.expect("a key")
    }

    // What a query around this one keeps

    /// Cells for the table of a sub-query's first source, under the id of the source's values.
    pub(super) fn keep_rows(&mut self, step: &Step) {
        let Rows::Cells(cells) = self.rows_at_first(step, true) else { unreachable!("cells were asked for") };
        self.kept.rows.insert(step.source.values.id, cells);
    }
    pub(super) fn kept_rows(&self, step: &Step) -> Option<Rows> {
        self.kept.rows.get(&step.source.values.id).map(|&cells| Rows::Cells(cells))
    }
}
