//! Queries as loops over lists.
//!
//! ```text
//!   effects  what evaluating an expression can do, so what may move
//!   plan     for each source: how often it is evaluated, what it is looked up by, what is tested where
//!   order    in which order the sources are joined; `sources`, sets of them
//!   once     what every row would evaluate alike; `kept`, the cells for it
//!   rows     the loops; `table`, elements by key; `outer`, left, right and outer joins
//!   explain  the plan as text
//!   here     what is done with a row: grouping, sort keys and selected values; then order, distinct, skip, take
//! ```

mod effects;
mod explain;
mod kept;
mod once;
mod order;
mod outer;
mod plan;
mod rows;
mod sources;
mod table;

use super::arith::Typed;
use super::function::FnCx;
use super::walk::{self, Assigned};
use crate::hir::builtin::Builtin;
use crate::hir::tree::{Expr, ExprKind, Group, Query};
use crate::ir::{Op, Value};
use crate::source::Span;
use crate::types::{Ty, TyKind};
use plan::{Known, Plan};

pub(crate) use effects::Summary;
pub use explain::plans;
pub(crate) use kept::Kept;

/// The lists that rows are collected in.
struct Collected {
    values: Value,
    element: Ty,
    /// Lists of sort keys beside the values: one for each element of a list of keys.
    keys: Vec<(Value, Ty)>,
}

impl FnCx<'_, '_> {
    pub fn query_expr(&mut self, query: &Query, ty: Ty, at: Span) -> Value {
        let element = match (query.aggregate, self.list_of_result(ty)) {
            (None, Some(element)) => element,
            _ => self.ty(query.select.id),
        };
        let kept = self.keep(query);
        let plan = self.plan(query);
        let mut assigned = Assigned::default();
        walk::query(query, &mut assigned);
        let keys = self.sort_keys(query);
        let keys = keys.iter().map(|&(_, ty)| (self.empty_list(ty), ty)).collect();
        let out = Collected { values: self.empty_list(element), element, keys };
        match &query.group {
            None => self.produce(&plan, plan.steps.len(), &assigned, &mut |cx| cx.collect_row(query, &out)),
            Some(group) => self.collect_groups(query, group, &plan, &assigned, &out),
        }
        self.forget(&kept);
        self.b.span = at;
        let list = self.in_order(query, &out);
        let list = self.cut(query, list, element, at);
        let list_ty = self.l.facts.list(element);
        match query.aggregate {
            None => self.coerce(list, list_ty, ty),
            Some((Builtin::Count, at)) => {
                let count = self.length((list, list_ty), at);
                let int = self.l.intern(TyKind::Int);
                self.coerce(count, int, ty)
            }
            Some((builtin, at)) => {
                self.b.span = at;
                self.aggregate(builtin, (list, list_ty), ty, at)
            }
        }
    }
    fn plan<'q>(&mut self, query: &'q Query) -> Plan<'q> {
        let indexed = self.kept.rows.contains_key(&query.sources[0].values.id);
        let lower = &mut *self.l;
        let effects = lower.effects();
        let known = Known {
            program: lower.program,
            facts: lower.facts,
            names: lower.names,
            effects: &effects,
            assigned_fields: &lower.assigned_fields,
        };
        Plan::of(&known, query, indexed)
    }
    fn list_of_result(&self, ty: Ty) -> Option<Ty> {
        self.l.facts.tys.alternatives(ty).into_iter().find_map(|ty| self.l.list_element(ty))
    }

    /// With the row's variables bound: its sort key and its selected value.
    fn collect_row(&mut self, query: &Query, out: &Collected) {
        for ((key, _), &(keys, ty)) in self.sort_keys(query).into_iter().zip(&out.keys) {
            let key = self.expr_as(key, ty);
            self.call_prelude("list_push", &[ty], &[keys, key]);
        }
        let value = self.expr_as(&query.select, out.element);
        self.call_prelude("list_push", &[out.element], &[out.values, value]);
    }

    /// What rows are sorted by, with its type. A list of keys is a key for each element: all rows are sorted by each, the last one first.
    /// Where only some rows are kept, it is one key, as it is where it is no list.
    fn sort_keys<'q>(&mut self, query: &'q Query) -> Vec<(&'q Expr, Ty)> {
        let Some(sort) = &query.sort else { return Vec::new() };
        let ty = self.ty(sort.id);
        let (ExprKind::List(items), None) = (&sort.kind, explain::wanted(query)) else { return vec![(sort, ty)] };
        let element = self.list_of_result(ty).filter(|&element| !matches!(self.l.facts.tys.kind(element), TyKind::Any { .. }));
        items.iter().map(|item| (item, element.unwrap_or_else(|| self.ty(item.id)))).collect()
    }

    /// `group by`: rows go into groups in order of first appearance; then each group is a row of its own.
    fn collect_groups(&mut self, query: &Query, group: &Group, plan: &Plan, assigned: &Assigned, out: &Collected) {
        let local_ty = self.local_ty(group.local);
        let group_ty = self.l.facts.tys.alternatives(local_ty).into_iter().find(|&ty| self.l.is_data(ty, self.l.facts.known.group));
        let group_ty = group_ty.expect("a group variable holds groups");
        let TyKind::Data(_, args) = self.l.kind(group_ty) else { unreachable!("a group") };
        let (key_ty, item_ty) = (args[0], args[1]);
        let (int, string) = (self.l.intern(TyKind::Int), self.l.string_ty());
        let (index, add) = if key_ty == int {
            (int, "grouping_add_int")
        } else if key_ty == string {
            (string, "grouping_add_string")
        } else {
            (string, "grouping_add")
        };
        let table = self.call_prelude("grouping_new", &[key_ty, item_ty, index], &[]);
        let add_args: Vec<Ty> = match add {
            "grouping_add" => vec![key_ty, item_ty],
            _ => vec![item_ty],
        };
        self.produce(plan, plan.steps.len(), assigned, &mut |cx| {
            let key = cx.group_key(group, key_ty);
            let item = cx.group_item(plan, item_ty);
            cx.call_prelude(add, &add_args, &[table, key, item]);
        });
        let grouping = self.l.prelude_type("grouping");
        let grouping = self.l.intern(TyKind::Data(grouping, vec![key_ty, item_ty, index]));
        let groups = self.read(table, grouping, "groups");
        let list = self.l.facts.list(group_ty);
        self.walk_values((groups, list), assigned, query.select.span, |cx, item, ty, _, _| {
            let value = cx.coerce(item, ty, local_ty);
            cx.bind(group.local, value);
            match &group.having {
                None => cx.collect_row(query, out),
                Some(having) => {
                    let holds = cx.cond(having);
                    cx.when(holds, assigned, |cx| cx.collect_row(query, out));
                }
            }
        });
    }
    fn group_key(&mut self, group: &Group, ty: Ty) -> Value {
        if let [(_, key)] = &group.keys[..] {
            return self.expr_as(key, ty);
        }
        let values: Vec<Typed> = group
            .keys
            .iter()
            .map(|(_, key)| {
                let ty = self.ty(key.id);
                (self.expr(key), ty)
            })
            .collect();
        let named: Vec<_> = group.keys.iter().map(|(name, _)| *name).zip(values).collect();
        self.make_record(&named, ty)
    }
    /// What the group keeps of a row: the element, or a record of the sources' elements.
    fn group_item(&mut self, plan: &Plan, ty: Ty) -> Value {
        let at = self.b.span;
        let mut named = Vec::new();
        for step in &plan.steps {
            let local = step.source.local;
            let have = self.local_ty(local);
            let value = self.load(local, at);
            named.push((self.l.program.locals[local.index()].name, (value, have)));
        }
        if let [(_, (value, have))] = named[..] {
            return self.coerce(value, have, ty);
        }
        self.make_record(&named, ty)
    }
    /// A record (or the map that inference made of it) of named values.
    fn make_record(&mut self, named: &[(crate::syntax::symbol::Symbol, Typed)], ty: Ty) -> Value {
        // The place may hold other things, too; records and maps of one place are one kind.
        let map = self.l.facts.known.map;
        let is_row = |cx: &Self, ty: Ty| matches!(cx.l.facts.tys.kind(ty), TyKind::Record(_)) || cx.l.is_data(ty, map);
        let solid = self.l.facts.tys.alternatives(ty).into_iter().find(|&ty| is_row(self, ty)).expect("a place of rows");
        let made = match self.l.kind(solid) {
            TyKind::Record(_) => {
                let fields = self.l.fields(solid);
                let mut values = Vec::new();
                for &(name, want) in &fields {
                    values.push(match named.iter().rev().find(|(n, _)| *n == name) {
                        Some(&(_, (value, have))) => self.coerce(value, have, want),
                        None => self.none_as(want),
                    });
                }
                let of = self.l.heap_type(solid);
                self.new_struct(of, &values)
            }
            TyKind::Data(_, args) => {
                let count = self.b.i32(named.len() as i32);
                let map = self.call_prelude("map_new", &args, &[count]);
                for (at, &(name, (value, have))) in named.iter().enumerate() {
                    if named[at + 1..].iter().any(|(later, _)| *later == name) {
                        continue;
                    }
                    let key = self.map_key_literal(args[0], name);
                    let value = self.coerce(value, have, args[1]);
                    self.call_map("set", solid, &[map, key, value]);
                }
                map
            }
            other => panic!("a row as {other:?}"),
        };
        self.coerce(made, solid, ty)
    }

    /// The selected values, sorted.
    fn in_order(&mut self, query: &Query, out: &Collected) -> Value {
        let mut order = None;
        for &(keys, key_ty) in out.keys.iter().rev() {
            let list = self.l.facts.list(key_ty);
            let data = self.read(keys, list, "data");
            let len = self.read(keys, list, "len");
            order = Some(match (order, explain::wanted(query)) {
                (Some(order), _) => self.call_prelude("sort_again", &[key_ty], &[data, order]),
                (None, Some(count)) => {
                    let count = self.b.i32(count as i32);
                    self.call_prelude("sort_first", &[key_ty], &[data, len, count])
                }
                (None, None) => self.call_prelude("sort_order", &[key_ty], &[data, len]),
            });
        }
        let Some(order) = order else { return out.values };
        let values_ty = self.l.facts.list(out.element);
        let values = self.read(out.values, values_ty, "data");
        self.call_prelude("list_in_order", &[out.element], &[values, order])
    }
    /// `distinct`, `skip` and `take`.
    fn cut(&mut self, query: &Query, list: Value, element: Ty, at: Span) -> Value {
        let mut list = list;
        if query.distinct {
            list = self.call_prelude("list_distinct", &[element], &[list]);
        }
        if let Some(skip) = &query.skip {
            let ty = self.ty(skip.id);
            let count = self.expr(skip);
            let count = self.as_index((count, ty), at);
            let end = self.b.i64(i64::MAX);
            list = self.call_prelude("list_slice", &[element], &[list, count, end]);
        }
        if let Some(take) = &query.take {
            let ty = self.ty(take.id);
            let count = self.expr(take);
            let count = self.as_index((count, ty), at);
            let start = self.b.i64(0);
            list = self.call_prelude("list_slice", &[element], &[list, start, count]);
        }
        list
    }

    /// Whether an i32 is at least zero.
    fn is_index(&mut self, value: Value) -> Value {
        let zero = self.b.i32(0);
        let below = self.plain(Op::I32LtS, &[value, zero]);
        self.not(below)
    }
}
