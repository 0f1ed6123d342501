//! Loops. The list's length, a map's order and a range's end are taken before the first turn.

use super::function::{FnCx, LoopTarget};
use super::sites::Fault;
use super::walk::{self, Assigned};
use crate::hir::tree::{Expr, LocalId, Stmt};
use crate::ir::{Imm, Op, Type, Value};
use crate::source::Span;
use crate::types::{Ty, TyKind};

impl FnCx<'_, '_> {
    pub fn while_stmt(&mut self, cond: &Expr, body: &[Stmt]) {
        let mut assigned = Assigned::default();
        walk::expr(cond, &mut assigned);
        walk::stmts(body, &mut assigned);
        self.repeat(&assigned, |cx, end, turn, vars| {
            let holds = cx.cond(cond);
            cx.leave_unless(holds, end, vars);
            cx.loops.push(LoopTarget { end, next: turn, vars: vars.to_vec() });
            cx.stmts(body);
            cx.loops.pop();
        });
    }

    /// A loop's body where something follows it in each turn: `continue` leaves a block around the body.
    fn turn(&mut self, end: crate::ir::Inst, vars: &[LocalId], body: &[Stmt]) {
        if !walk::continues(body) {
            // No `continue` can name the target.
            self.loops.push(LoopTarget { end, next: end, vars: vars.to_vec() });
            self.stmts(body);
            self.loops.pop();
            return;
        }
        let types = self.var_types(vars);
        let (inst, region) = self.b.block(&types);
        let saved = self.env.mark();
        let outer = self.b.switch_to(region);
        self.loops.push(LoopTarget { end, next: inst, vars: vars.to_vec() });
        self.stmts(body);
        self.loops.pop();
        self.br_with(inst, &[], vars);
        self.env.reset(saved);
        self.b.switch_to(outer);
        let results = self.b.results(inst).to_vec();
        self.rebind(vars, &results);
    }

    pub fn for_range(&mut self, local: LocalId, from: &Expr, to: &Expr, body: &[Stmt]) {
        let local_ty = self.local_ty(local);
        let int = if *self.l.facts.tys.kind(local_ty) == TyKind::I32 { local_ty } else { self.l.intern(TyKind::Int) };
        let start = self.bound_value(from, int);
        let stop = self.bound_value(to, int);
        let (form, less, add) = match self.l.layout(int) {
            Type::I32 => (Type::I32, Op::I32LtS, Op::I32Add),
            _ => (Type::I64, Op::I64LtS, Op::I64Add),
        };
        let mut assigned = Assigned::default();
        walk::stmts(body, &mut assigned);
        assigned.0.remove(&local);
        self.counted(form, start, stop, (less, add), &assigned, |cx, at, end, vars| {
            let value = cx.coerce(at, int, local_ty);
            cx.bind(local, value);
            cx.turn(end, vars, body);
        });
    }
    fn bound_value(&mut self, e: &Expr, int: Ty) -> Value {
        let ty = self.ty(e.id);
        if ty == int {
            return self.expr(e);
        }
        if *self.l.facts.tys.kind(int) == TyKind::I32 {
            return self.expr_as(e, int);
        }
        let value = self.expr(e);
        self.as_index((value, ty), e.span)
    }

    /// Counts up by one; the body gets the number, the block to leave and the variables carried along.
    fn counted(
        &mut self,
        form: Type,
        start: Value,
        stop: Value,
        (less, add): (Op, Op),
        assigned: &Assigned,
        body: impl FnOnce(&mut Self, Value, crate::ir::Inst, &[LocalId]),
    ) {
        let vars = self.live(assigned);
        let types = self.var_types(&vars);
        let (end, block) = self.b.block(&types);
        let outer = self.b.switch_to(block);
        let saved = self.env.mark();
        let mut init = vec![start];
        init.extend(self.current(&vars));
        let mut params = vec![form];
        params.extend(&types);
        let (turn, region) = self.b.loop_typed(&init, &params);
        self.b.switch_to(region);
        let params = self.b.func.regions[region].params.clone();
        self.rebind(&vars, &params[1..]);
        let at = params[0];
        let more = self.plain(less, &[at, stop]);
        self.leave_unless(more, end, &vars);
        body(self, at, end, &vars);
        if !self.b.is_terminated() {
            let one = if form == Type::I32 { self.b.i32(1) } else { self.b.i64(1) };
            let next = self.plain(add, &[at, one]);
            self.br_with(turn, &[next], &vars);
        }
        self.b.switch_to(block);
        self.b.unreachable();
        self.env.reset(saved);
        self.b.switch_to(outer);
        let results = self.b.results(end).to_vec();
        self.rebind(&vars, &results);
    }

    pub fn for_each(&mut self, local: LocalId, values: &Expr, body: &[Stmt], at: Span) {
        let from = self.ty(values.id);
        let value = self.expr(values);
        self.b.span = at;
        let local_ty = self.local_ty(local);
        let mut assigned = Assigned::default();
        walk::stmts(body, &mut assigned);
        assigned.0.remove(&local);
        let alternatives = self.l.facts.tys.alternatives(from);
        if alternatives.is_empty() {
            return;
        }
        // Containers of several kinds become one list first, so that the body is lowered once.
        let plain = self.is_plain(from) && alternatives.len() == 1;
        let (value, from) = if plain { (value, from) } else { self.values_as_list(value, from, local_ty, at) };
        self.walk_values((value, from), &assigned, at, |cx, item, ty, end, vars| {
            let item = cx.coerce(item, ty, local_ty);
            cx.bind(local, item);
            cx.turn(end, vars, body);
        });
    }

    /// What a loop over the value sees as a list with elements of this type; none gives the empty list.
    pub fn values_as_list(&mut self, value: Value, from: Ty, element: Ty, at: Span) -> (Value, Ty) {
        let list = self.l.facts.list(element);
        let form = self.l.layout(list);
        let of = self.l.facts.tys.alternatives(from);
        let fill = |cx: &mut Self| {
            if of.is_empty() {
                return cx.empty_list(element);
            }
            cx.dispatch_alternatives(value, from, &of, list, &mut |cx, value, ty| {
                if cx.l.list_element(ty) == Some(element) {
                    return value;
                }
                let made = cx.empty_list(element);
                cx.walk_values((value, ty), &Assigned::default(), at, |cx, item, ty, _, _| {
                    let item = cx.coerce(item, ty, element);
                    cx.call_prelude("list_push", &[element], &[made, item]);
                });
                made
            })
        };
        if !self.l.facts.tys.has_none(from) {
            return (fill(self), list);
        }
        let none = self.is_none(value, from);
        (self.choose(none, form, |cx| cx.empty_list(element), fill), list)
    }
    pub fn empty_list(&mut self, element: Ty) -> Value {
        let zero = self.b.i32(0);
        self.call_prelude("list_new", &[element], &[zero])
    }

    /// Runs the body for each value of a container of known form. It gets the value, its type, the block to leave and the
    /// variables carried along.
    pub fn walk_values(
        &mut self,
        (value, from): (Value, Ty),
        assigned: &Assigned,
        at: Span,
        body: impl FnOnce(&mut Self, Value, Ty, crate::ir::Inst, &[LocalId]),
    ) {
        let known = self.l.facts.known;
        match self.l.kind(from) {
            TyKind::Data(data, _) if data == known.group => {
                let items = self.group_items(value, from);
                self.walk_values(items, assigned, at, body);
            }
            TyKind::Data(data, args) if data == known.list => {
                // The array may be exchanged by the body, the elements up to the length stay.
                let len = self.read(value, from, "len");
                let zero = self.b.i32(0);
                self.counted(Type::I32, zero, len, (Op::I32LtS, Op::I32Add), assigned, |cx, i, end, vars| {
                    let item = cx.element((value, from), i);
                    body(cx, item, args[0], end, vars);
                });
            }
            // Only `{}`: nothing was inferred of its keys, so the body may not be able to take them.
            TyKind::Data(data, args) if data == known.map && *self.l.facts.tys.kind(args[1]) == TyKind::Never => {}
            TyKind::Data(data, args) if data == known.map => {
                let order = self.call_map("order", from, &[value]);
                let len = self.read(value, from, "len");
                let i32_ty = self.l.intern(TyKind::I32);
                let indices = self.l.intern(TyKind::Array(i32_ty));
                let zero = self.b.i32(0);
                self.counted(Type::I32, zero, len, (Op::I32LtS, Op::I32Add), assigned, |cx, i, end, vars| {
                    let entry = cx.array_get((order, indices), i);
                    let key = cx.map_entry((value, from), "keys", args[0], entry);
                    body(cx, key, args[0], end, vars);
                });
            }
            TyKind::Data(data, _) if data == known.string => self.walk_string(value, from, assigned, body),
            _ if self.has_entries(from) => {
                let keys = self.entry_keys((value, from));
                let string = self.l.string_ty();
                let ty = self.l.facts.list(string);
                self.walk_values((keys, ty), assigned, at, body);
            }
            TyKind::Never | TyKind::None => {}
            _ => self.trap(Fault::Iterator, at),
        }
    }
    fn walk_string(
        &mut self,
        text: Value,
        ty: Ty,
        assigned: &Assigned,
        body: impl FnOnce(&mut Self, Value, Ty, crate::ir::Inst, &[LocalId]),
    ) {
        let count = self.read(text, ty, "count");
        let zero = self.b.i32(0);
        self.counted(Type::I32, zero, count, (Op::I32LtS, Op::I32Add), assigned, |cx, i, end, vars| {
            let offset = cx.call_prelude("string_offset", &[], &[text, i]);
            let item = cx.call_prelude("string_char", &[], &[text, offset]);
            body(cx, item, ty, end, vars);
        });
    }

    /// The type of what a loop over a value of this type sees.
    pub fn item_ty(&mut self, from: Ty) -> Option<Ty> {
        let known = self.l.facts.known;
        match self.l.kind(from) {
            TyKind::Data(data, args) if data == known.list || data == known.map => Some(args[0]),
            TyKind::Data(data, args) if data == known.group => Some(args[1]),
            TyKind::Data(data, _) if data == known.string => Some(from),
            TyKind::Record(_) => Some(self.l.string_ty()),
            _ => None,
        }
    }

    /// `Imm` of a list's array type; used by code that fills arrays directly.
    pub fn array_imm(&mut self, element: Ty) -> Imm {
        let array = self.l.intern(TyKind::Array(element));
        Imm::Type(self.l.heap_type(array))
    }
}
