//! Logic relations: facts, then rules bottom-up until nothing new follows (naive evaluation); rows keep the order in which they
//! were derived. Facts and rules cannot change at run time, so the fixpoint is computed once, by the first query.
//!
//! A row is a list of tagged values, ints and texts; a relation is a global list of rows.

use super::arith::Typed;
use super::function::FnCx;
use super::walk::Assigned;
use crate::hir::tree::{LogicCond, LogicRule, LogicTerm};
use crate::ir::{FuncId, GlobalData, GlobalId, Imm, NO_SPAN, Op, Value};
use crate::source::Span;
use crate::syntax::symbol::Symbol;
use crate::types::{Ty, TyKind};

/// The globals of the relations and the function that fills them.
pub(crate) struct Relations {
    globals: Vec<GlobalId>,
    solve: FuncId,
}

/// Variables bound so far.
type Bound = Vec<(Symbol, Value)>;

impl FnCx<'_, '_> {
    fn logic_value_ty(&mut self) -> Ty {
        let mut alternatives = vec![self.l.intern(TyKind::Int), self.l.string_ty()];
        alternatives.sort();
        self.l.intern(TyKind::Any { alternatives, none: false })
    }
    fn logic_row_ty(&mut self) -> Ty {
        let value = self.logic_value_ty();
        self.l.facts.list(value)
    }

    /// `query p(x, "a")`: a record of the variables for each row that matches.
    pub fn logic_query(&mut self, relation: u32, terms: &[LogicTerm], ty: Ty) -> Value {
        let (value_ty, row_ty) = (self.logic_value_ty(), self.logic_row_ty());
        let list_ty = self.l.facts.list(row_ty);
        self.prepare_relations();
        let relations = self.l.relations.as_ref().expect("prepared");
        let (global, solve) = (relations.globals[relation as usize], relations.solve);
        self.call(solve, &[]);
        let rows = self.op(Op::GlobalGet, Imm::Global(global), &[]);
        let rows = self.stored(rows, list_ty);
        let element = self.l.facts.tys.alternatives(ty).into_iter().find_map(|ty| self.l.list_element(ty)).expect("a list of records");
        let out = self.empty_list(element);
        let len = self.read(rows, list_ty, "len");
        let zero = self.b.i32(0);
        self.for_numbers(zero, len, &Assigned::default(), |cx, i| {
            let row = cx.element((rows, list_ty), i);
            let mut bound = Bound::new();
            let matches = cx.match_row((row, row_ty), terms, &mut bound);
            cx.when(matches, &Assigned::default(), |cx| {
                let made = cx.logic_record(&bound, value_ty, element);
                cx.call_prelude("list_push", &[element], &[out, made]);
            });
        });
        let have = self.l.facts.list(element);
        self.coerce(out, have, ty)
    }
    /// The variables as a record, or as an empty map where the query has none.
    fn logic_record(&mut self, bound: &Bound, value_ty: Ty, to: Ty) -> Value {
        let solid = self.l.facts.tys.alternatives(to)[0];
        match self.l.kind(solid) {
            TyKind::Record(_) => {
                let mut values = Vec::new();
                for (name, want) in self.l.fields(solid) {
                    let &(_, value) = bound.iter().find(|(n, _)| *n == name).expect("a variable of the query");
                    values.push(self.coerce(value, value_ty, want));
                }
                let of = self.l.heap_type(solid);
                let made = self.new_struct(of, &values);
                self.coerce(made, solid, to)
            }
            TyKind::Data(_, args) => {
                let zero = self.b.i32(0);
                let map = self.call_prelude("map_new", &args, &[zero]);
                for &(name, value) in bound {
                    let key = self.map_key_literal(args[0], name);
                    let value = self.coerce(value, value_ty, args[1]);
                    self.call_map("set", solid, &[map, key, value]);
                }
                self.coerce(map, solid, to)
            }
            other => panic!("logic rows as {other:?}"),
        }
    }

    /// Whether a row matches the terms; binds variables at their first place.
    fn match_row(&mut self, (row, row_ty): Typed, terms: &[LogicTerm], bound: &mut Bound) -> Value {
        let value_ty = self.logic_value_ty();
        let mut matches = self.b.bool(true);
        for (i, term) in terms.iter().enumerate() {
            let at = self.b.i32(i as i32);
            let have = self.element((row, row_ty), at);
            let known = match term {
                LogicTerm::Var(name) => match bound.iter().find(|(n, _)| n == name) {
                    Some(&(_, value)) => value,
                    None => {
                        bound.push((*name, have));
                        continue;
                    }
                },
                LogicTerm::Str(_) | LogicTerm::Int(_) => self.logic_constant(term),
            };
            let same = self.same((have, value_ty), (known, value_ty));
            matches = self.plain(Op::BoolAnd, &[matches, same]);
        }
        matches
    }
    fn logic_constant(&mut self, term: &LogicTerm) -> Value {
        let value = match term {
            LogicTerm::Int(n) => self.b.i64(*n),
            LogicTerm::Str(text) => self.string_literal(text),
            LogicTerm::Var(_) => unreachable!("a variable is no constant"),
        };
        self.tag(value)
    }

    /// Makes the globals and the function that fills them, once.
    fn prepare_relations(&mut self) {
        if self.l.relations.is_some() {
            return;
        }
        let program = self.l.program;
        let row_ty = self.logic_row_ty();
        let list_ty = self.l.facts.list(row_ty);
        let storage = self.l.storage(list_ty);
        let mut globals = Vec::new();
        for relation in &program.relations {
            let name = format!("relation.{}", self.l.names.text(relation.name));
            let name = self.l.unique(&name);
            globals.push(self.l.module.globals.push(GlobalData { name, ty: storage }));
        }
        let solve = self.l.declare("relations.solve", &[], None, NO_SPAN);
        self.l.relations = Some(Relations { globals: globals.clone(), solve });
        let span = self.b.span;
        let mut cx = FnCx::synthetic(self.l, solve, &[]);
        cx.b.span = span;
        cx.solve_relations(&globals, row_ty, span);
        cx.b.ret(&[]);
        cx.finish();
    }

    fn solve_relations(&mut self, globals: &[GlobalId], row_ty: Ty, at: Span) {
        let program = self.l.program;
        let list_ty = self.l.facts.list(row_ty);
        let none = Assigned::default();
        let first = self.op(Op::GlobalGet, Imm::Global(globals[0]), &[]);
        let missing = self.plain(Op::RefIsNull, &[first]);
        let done = self.not(missing);
        self.when(done, &none, |cx| cx.b.ret(&[]));
        let mut lists = Vec::new();
        for (relation, &global) in program.relations.iter().zip(globals) {
            let list = self.empty_list(row_ty);
            self.effect(Op::GlobalSet, Imm::Global(global), &[list]);
            lists.push(list);
            for fact in &relation.facts {
                let row = self.head_row(fact, &Bound::new());
                self.add_row((list, list_ty), (row, row_ty), None);
            }
        }
        let bool = self.l.intern(TyKind::Bool);
        let of = self.l.cell_type(bool);
        let no = self.b.bool(false);
        let changed = self.new_struct(of, &[no]);
        self.b.span = at;
        self.repeat(&none, |cx, end, _, vars| {
            let no = cx.b.bool(false);
            cx.set_field(of, 0, changed, no);
            for (relation, &list) in program.relations.iter().zip(&lists) {
                for rule in &relation.rules {
                    cx.apply_rule(rule, 0, &mut Bound::new(), &lists, list, changed);
                }
            }
            let again = cx.get_field(of, 0, changed);
            cx.leave_unless(again, end, vars);
        });
    }

    /// Loops over the rows of the rule's conditions from `at` on, then adds the head.
    fn apply_rule(&mut self, rule: &LogicRule, at: usize, bound: &mut Bound, lists: &[Value], list: Value, changed: Value) {
        let row_ty = self.logic_row_ty();
        let list_ty = self.l.facts.list(row_ty);
        let none = Assigned::default();
        match rule.body.get(at) {
            None => {
                let row = self.head_row(&rule.head, bound);
                self.add_row((list, list_ty), (row, row_ty), Some(changed));
            }
            Some(LogicCond::Differ(a, b)) => {
                let value_ty = self.logic_value_ty();
                let find = |name: &Symbol| bound.iter().find(|(n, _)| n == name).map(|&(_, value)| value);
                let (Some(x), Some(y)) = (find(a), find(b)) else { return };
                let same = self.same((x, value_ty), (y, value_ty));
                let differ = self.not(same);
                self.when(differ, &none, |cx| cx.apply_rule(rule, at + 1, bound, lists, list, changed));
            }
            Some(LogicCond::Holds { relation, terms }) => {
                let rows = lists[*relation as usize];
                let len = self.read(rows, list_ty, "len");
                let zero = self.b.i32(0);
                self.for_numbers(zero, len, &none, |cx, i| {
                    let row = cx.element((rows, list_ty), i);
                    let mark = bound.len();
                    let matches = cx.match_row((row, row_ty), terms, bound);
                    cx.when(matches, &Assigned::default(), |cx| cx.apply_rule(rule, at + 1, bound, lists, list, changed));
                    bound.truncate(mark);
                });
            }
        }
    }
    fn head_row(&mut self, terms: &[LogicTerm], bound: &Bound) -> Value {
        let value_ty = self.logic_value_ty();
        let mut values = Vec::new();
        for term in terms {
            values.push(match term {
                LogicTerm::Var(name) => match bound.iter().find(|(n, _)| n == name) {
                    Some(&(_, value)) => value,
                    None => self.none(),
                },
                LogicTerm::Str(_) | LogicTerm::Int(_) => self.logic_constant(term),
            });
        }
        self.list_of_values(&values, value_ty)
    }
    /// Adds a row that the relation does not have yet.
    fn add_row(&mut self, (list, list_ty): Typed, (row, row_ty): Typed, changed: Option<Value>) {
        let place = self.position((row, row_ty), (list, list_ty));
        let zero = self.b.i32(0);
        let new = self.plain(Op::I32LtS, &[place, zero]);
        let bool = self.l.intern(TyKind::Bool);
        let of = self.l.cell_type(bool);
        self.when(new, &Assigned::default(), |cx| {
            cx.call_prelude("list_push", &[row_ty], &[list, row]);
            if let Some(changed) = changed {
                let yes = cx.b.bool(true);
                cx.set_field(of, 0, changed, yes);
            }
        });
    }
}
