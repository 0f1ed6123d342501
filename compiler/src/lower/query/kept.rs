//! Values that a query keeps once they are known (see `once`): a flag and a cell for each, made where the query begins.

use super::once::Once;
use super::plan::{Known, Plan};
use super::table::Cells;
use crate::hash::HashMap;
use crate::hir::tree::{Expr, ExprId, LocalId, Query};
use crate::ir::{Imm, Op, Type, TypeId, Value};
use crate::lower::arith::Typed;
use crate::lower::function::FnCx;
use crate::lower::walk::Assigned;
use crate::types::{Ty, TyKind};

/// What the queries around the cursor keep.
#[derive(Default)]
pub(crate) struct Kept {
    values: HashMap<ExprId, Cell>,
    pub rows: HashMap<ExprId, Cells>,
    /// What looks in the lists on the right of `in`.
    sought: HashMap<ExprId, Value>,
    /// By the source's variable: the table of a step that is made before the loops.
    pub tables: HashMap<LocalId, Value>,
    /// By the source's variable: the offset of the element that is bound, and the list it is from.
    pub offsets: HashMap<LocalId, (Value, Typed)>,
}

#[derive(Clone, Copy)]
struct Cell {
    /// Whether the value is there.
    known: Value,
    value: Value,
    of: TypeId,
}

impl FnCx<'_, '_> {
    /// Makes the cells of a query. Gives what to hand to `forget` at its end.
    pub(super) fn keep(&mut self, query: &Query) -> Vec<ExprId> {
        let lower = &mut *self.l;
        let effects = lower.effects();
        let known = Known {
            program: lower.program,
            facts: lower.facts,
            names: lower.names,
            effects: &effects,
            assigned_fields: &lower.assigned_fields,
        };
        let known_to = &self.kept;
        let kept = |id: ExprId| known_to.values.contains_key(&id) || known_to.rows.contains_key(&id) || known_to.sought.contains_key(&id);
        let once = Once::of(&known, query, &kept);
        let plans: Vec<Plan> = once.indexes.iter().map(|query| Plan::of(&known, query, true)).collect();
        for e in &once.values {
            self.keep_value(e);
        }
        for plan in &plans {
            self.keep_rows(&plan.steps[0]);
        }
        for e in &once.sought {
            let element = self.ty(e.id);
            let element = self.l.list_element(element).expect("a list");
            let sought = self.call_prelude("sought_new", &[element], &[]);
            self.kept.sought.insert(e.id, sought);
        }
        let values = once.values.iter().chain(&once.sought).map(|e| e.id);
        values.chain(once.indexes.iter().map(|query| query.sources[0].values.id)).collect()
    }
    pub(super) fn forget(&mut self, ids: &[ExprId]) {
        for id in ids {
            self.kept.values.remove(id);
            self.kept.rows.remove(id);
            self.kept.sought.remove(id);
        }
    }
    /// `left in right`, where a query around it keeps what looks in the list on the right.
    pub fn sought_in(&mut self, left: &Expr, right: &Expr) -> Option<Value> {
        let sought = *self.kept.sought.get(&right.id)?;
        let (have, list_ty) = (self.ty(left.id), self.ty(right.id));
        let element = self.l.list_element(list_ty).expect("a list");
        let value = self.expr(left);
        let list = self.expr(right);
        let has = |cx: &mut Self, value: Value, ty: Ty| {
            let value = cx.coerce(value, ty, element);
            cx.call_prelude("sought_has", &[element], &[sought, list, value])
        };
        if !self.l.facts.tys.has_none(have) || self.l.facts.tys.has_none(element) {
            return Some(has(self, value, have));
        }
        let none = self.is_none(value, have);
        let some = self.l.facts.tys.without_none(have);
        let found = self.choose(
            none,
            Type::Bool,
            |cx| cx.b.bool(false),
            |cx| {
                let value = cx.coerce(value, have, some);
                has(cx, value, some)
            },
        );
        Some(found)
    }
    fn keep_value(&mut self, e: &Expr) {
        let ty = self.ty(e.id);
        let of = self.l.cell_type(ty);
        let flag = self.flag();
        let no = self.b.bool(false);
        let known = self.new_struct(flag, &[no]);
        let empty = self.empty_place(ty);
        let value = self.new_struct(of, &[empty]);
        self.kept.values.insert(e.id, Cell { known, value, of });
    }
    fn flag(&mut self) -> TypeId {
        let bool = self.l.intern(TyKind::Bool);
        self.l.cell_type(bool)
    }

    /// The value of an expression that a query around it keeps.
    pub fn kept_value(&mut self, e: &Expr) -> Option<Value> {
        let cell = self.kept.values.remove(&e.id)?;
        let ty = self.ty(e.id);
        let flag = self.flag();
        let known = self.get_field(flag, 0, cell.known);
        let missing = self.not(known);
        self.when(missing, &Assigned::default(), |cx| {
            let value = cx.expr(e);
            cx.share(value, ty);
            cx.set_field(cell.of, 0, cell.value, value);
            let yes = cx.b.bool(true);
            cx.set_field(flag, 0, cell.known, yes);
        });
        self.kept.values.insert(e.id, cell);
        let value = self.get_field(cell.of, 0, cell.value);
        Some(self.stored(value, ty))
    }
    /// What an empty place of the type holds; null for a reference, even where its values are not.
    pub(super) fn empty_place(&mut self, ty: Ty) -> Value {
        match self.l.storage(ty) {
            Type::Ref { to, .. } => self.op(Op::RefNull, Imm::Type(to), &[]),
            _ => self.default_value(ty),
        }
    }
}
