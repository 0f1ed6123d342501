//! Whole-program inference: what can each variable, field, element and result of the program hold?
//!
//! One walk over the functions that `main` reaches makes a slot for every expression and registers a [`rules::Rule`]
//! for each operation whose result depends on what its operands hold. Rules are looked at again whenever a slot they
//! watch grows, until nothing does; then the slots become canonical types. A user's annotations give no types, values do:
//! `let x: float = 1` holds an int, as LANGUAGE section 5 has it. Only casts and loaded data take their types from what is
//! written.
//!
//! Functions are looked at once, not once a call (prelude generics aside, which this module never looks into).
//!
//! What is missing at run time is `none`: a map's value may be, a struct's field that a literal left out, a result
//! where the end of a function is reached. `narrow` takes that back where the program has asked first.

mod builtins;
mod early;
mod elements;
mod empty;
mod exact;
mod exprs;
mod members;
mod narrow;
pub mod open;
pub mod origin;
mod queries;
mod rules;
mod stmts;
mod written;

use super::facts::{Facts, WellKnown};
use super::tree::{ExprId, FnId, FnKind, LocalId, LogicCond, LogicTerm, Program, TypeRef, variant_base};
use crate::source::Span;
use crate::syntax::symbol::{Names, Symbol};
use crate::types::{Args, DataId, FunSlots, Shapes, Slot, Slots, Watcher, bits, canonical_types};
use empty::Surroundings;
use narrow::Narrowed;
use rules::Rule;

/// Switches that change what values can be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Sums, differences and products of ints that leave 64 bits become bigints (`--exact-ints`).
    pub exact_ints: bool,
}

/// Fills `facts` for the program's own functions, those that `main` or a test can reach.
pub fn infer(program: &Program, names: &Names, options: Options, facts: &mut Facts) {
    Infer::solved(program, names, facts.known, options, !options.exact_ints).publish(facts);
}

/// Slots of literals and of what is always a bool, one for all of a type.
#[derive(Clone, Copy)]
struct Constants {
    none: Slot,
    bool: Slot,
    int: Slot,
    float: Slot,
    string: Slot,
}

impl Constants {
    fn new(slots: &mut Slots, string: DataId) -> Constants {
        let mut scalar = |scalars: u8| {
            let slot = slots.fresh();
            slots.add(slot, scalars);
            slot
        };
        let (none, bool, int, float) = (scalar(bits::NONE), scalar(bits::BOOL), scalar(bits::INT), scalar(bits::FLOAT));
        let text = slots.fresh();
        slots.add_data(text, string, &[]);
        slots.freeze();
        Constants { none, bool, int, float, string: text }
    }
}

struct Infer<'a> {
    program: &'a Program,
    names: &'a Names,
    known: WellKnown,
    options: Options,
    slots: Slots,
    /// Nothing where each literal is told apart: their values are needed, or their places.
    constants: Option<Constants>,
    expr: Vec<Option<Slot>>,
    local: Vec<Option<Slot>>,
    ret: Vec<Slot>,
    /// By `DataId`, as `Facts::fields`.
    fields: Vec<Vec<Slot>>,
    /// Whether the fields of a type hold what its declaration says, because data from outside is cast to it.
    declared: Vec<bool>,
    /// By relation and column.
    columns: Vec<Vec<Slot>>,
    rules: Vec<Rule>,
    /// What rules speak of and is too large for them: arguments of calls, and types that are cast to.
    arguments: Vec<Args>,
    casts: Vec<TypeRef>,
    reached: Vec<bool>,
    /// Functions to walk.
    pending: Vec<FnId>,
    /// Functions that are values somewhere.
    values: Vec<FnId>,
    /// What data from outside can be, where nothing says more.
    json: Option<Slot>,
    narrowed: Narrowed,
    surroundings: Surroundings,
    /// The function being walked.
    current: FnId,
    /// Places that are no expressions and add `none`; for `origin`.
    noted: Vec<(Slot, Span)>,
    /// Whether marks are kept; for `open`.
    is_marking: bool,
}

impl<'a> Infer<'a> {
    /// The fixpoint for a program. Equal literals may share a slot where nobody asks for their values or places.
    fn solved(program: &'a Program, names: &'a Names, known: WellKnown, options: Options, share: bool) -> Infer<'a> {
        let mut infer = Infer::new(program, names, known, options, share);
        infer.start();
        infer
    }
    fn start(&mut self) {
        self.relations();
        self.early_globals();
        if let Some(main) = self.program.main {
            self.reach(main);
        }
        for test in &self.program.tests {
            self.reach(test.body);
        }
        self.solve();
    }
    fn new(program: &'a Program, names: &'a Names, known: WellKnown, options: Options, share: bool) -> Infer<'a> {
        // Hardly more than half of the expressions have a slot of their own. What is too much is cleared all the same, as memory comes in
        // huge pages.
        let mut slots = Slots::new(known.string, program.exprs.get() as usize * 5 / 8);
        if options.exact_ints {
            slots.keep_ints(known.bigint);
        }
        let constants = share.then(|| Constants::new(&mut slots, known.string));
        let ret = program.fns.iter().map(|_| slots.fresh()).collect();
        let widths = program.data.iter().map(super::tree::field_count);
        let fields = widths.map(|width| (0..width).map(|_| slots.fresh()).collect()).collect();
        let columns = program.relations.iter().map(|r| (0..r.arity).map(|_| slots.fresh()).collect()).collect();
        Infer {
            program,
            names,
            known,
            options,
            slots,
            constants,
            expr: vec![None; program.exprs.get() as usize],
            local: vec![None; program.locals.len()],
            ret,
            fields,
            declared: vec![false; program.data.len()],
            columns,
            // Hardly half of the expressions need one.
            rules: Vec::with_capacity(program.exprs.get() as usize / 2),
            arguments: Vec::new(),
            casts: Vec::new(),
            reached: vec![false; program.fns.len()],
            pending: Vec::new(),
            values: Vec::new(),
            json: None,
            narrowed: Narrowed::default(),
            surroundings: Surroundings::default(),
            current: FnId(0),
            noted: Vec::new(),
            is_marking: false,
        }
    }

    /// Makes sure that a function's body is walked.
    fn reach(&mut self, func: FnId) {
        if !std::mem::replace(&mut self.reached[func.index()], true) {
            self.pending.push(func);
        }
    }
    fn walk_pending(&mut self) {
        while let Some(func) = self.pending.pop() {
            let function = &self.program.fns[func.index()];
            self.current = func;
            self.narrowed = Narrowed::default();
            self.surroundings.inside = false;
            if function.falls_through {
                self.add_none(self.ret[func.index()], function.span);
            }
            match &function.kind {
                FnKind::Body(body) => self.block(body),
                FnKind::Method(data, body) => {
                    let this = self.local_slot(function.params[0]);
                    self.slots.add_data(this, *data, &[]);
                    self.block(body);
                }
                FnKind::Extern(_) => {}
            }
        }
    }
    fn solve(&mut self) {
        loop {
            self.walk_pending();
            match self.slots.next_due() {
                Some(watcher) => self.fire(watcher.0 as usize),
                None if self.pending.is_empty() => return,
                None => {}
            }
        }
    }

    fn publish(self, facts: &mut Facts) {
        let shapes = Shapes { string: self.known.string, map: self.known.map };
        let types = canonical_types(&self.slots, &mut facts.tys, shapes, self.names);
        facts.rows_as_maps |= self.slots.has_rows_as_maps();
        facts.shared_params = self.shared_params();
        let of = |slot: Slot| types[slot.0 as usize];
        for (id, slot) in self.expr.iter().enumerate() {
            if let Some(slot) = slot {
                facts.expr[id] = of(*slot);
            }
        }
        for (id, slot) in self.local.iter().enumerate() {
            if let Some(slot) = slot {
                facts.local[id] = of(*slot);
            }
        }
        for (id, function) in self.program.fns.iter().enumerate() {
            if !function.is_prelude {
                facts.ret[id] = of(self.ret[id]);
            }
        }
        for (id, slots) in self.fields.iter().enumerate() {
            if !self.program.data[id].is_prelude {
                facts.fields[id] = slots.iter().map(|&slot| of(slot)).collect();
            }
        }
    }

    /// The parameters of functions that can be the value of one expression: what is given to one function there, all of them seem
    /// to get.
    fn shared_params(&self) -> Vec<LocalId> {
        let mut values = self.values.clone();
        values.sort_unstable();
        values.dedup();
        let mut params = Vec::new();
        for func in values {
            let own = self.program.fns[func.index()].params.iter();
            params.extend(own.filter_map(|&param| Some((self.slots.find(self.local[param.index()]?), func, param))));
        }
        params.sort_unstable();
        let groups = params.chunk_by(|(a, ..), (b, ..)| a == b);
        let shared = groups.filter(|group| group.first().map(|first| first.1) != group.last().map(|last| last.1));
        shared.flatten().map(|&(.., param)| param).collect()
    }

    fn local_slot(&mut self, local: LocalId) -> Slot {
        if let Some(slot) = self.local[local.index()] {
            return slot;
        }
        let slot = self.slots.fresh();
        self.local[local.index()] = Some(slot);
        slot
    }
    fn set_expr(&mut self, expr: ExprId, slot: Slot) {
        self.expr[expr.index()] = Some(slot);
    }
    fn scalar(&mut self, scalars: u8) -> Slot {
        let slot = self.slots.fresh();
        self.slots.add(slot, scalars);
        slot
    }
    /// `none` for a reason that is no expression.
    fn add_none(&mut self, slot: Slot, at: Span) {
        self.slots.add(slot, bits::NONE);
        self.noted.push((slot, at));
    }
    /// What is always a bool.
    fn bool(&mut self) -> Slot {
        match self.constants {
            Some(constants) => constants.bool,
            None => self.scalar(bits::BOOL),
        }
    }
    fn string(&mut self) -> Slot {
        let slot = self.slots.fresh();
        self.add_string(slot);
        slot
    }
    fn add_string(&mut self, slot: Slot) {
        self.slots.add_data(slot, self.known.string, &[]);
    }
    /// A list that has such elements.
    fn filled_list_of(&mut self, element: Slot) -> Slot {
        let list = self.list_of(element);
        self.mark_filled(list);
        list
    }
    /// A list of what `element` holds.
    fn list_of(&mut self, element: Slot) -> Slot {
        let slot = self.slots.fresh();
        self.slots.add_data(slot, self.known.list, &[element]);
        slot
    }
    /// A function as a value.
    fn fun_of(&mut self, func: FnId) -> FunSlots {
        self.reach(func);
        self.values.push(func);
        let params = self.program.fns[func.index()].params.clone();
        let params = params.iter().map(|&p| self.local_slot(p)).collect();
        FunSlots { params, result: self.ret[func.index()] }
    }
    /// The slot of a struct's field, or of every variant's field of that name; and whether all variants have it.
    fn fields_named(&self, data: DataId, name: Symbol) -> (Args, bool) {
        let decl = &self.program.data[data.0 as usize];
        let all = &self.fields[data.0 as usize];
        match &decl.kind {
            super::tree::DataKind::Struct(fields) => {
                let found: Args = fields.iter().position(|f| f.name == name).map(|i| all[i]).into_iter().collect();
                let complete = !found.is_empty();
                (found, complete)
            }
            super::tree::DataKind::Union(variants) => {
                let mut found = Args::new();
                for (index, variant) in variants.iter().enumerate() {
                    let base = variant_base(decl, index);
                    found.extend(variant.fields.iter().position(|f| f.name == name).map(|i| all[base + i]));
                }
                let complete = found.len() == variants.len();
                (found, complete)
            }
        }
    }
    fn method(&self, data: DataId, name: Symbol) -> Option<FnId> {
        self.program.data[data.0 as usize].methods.get(name)
    }

    /// Adds a rule that watches these slots, and calls it a first time.
    fn rule(&mut self, rule: Rule, watched: &[Slot]) {
        let watcher = Watcher(self.rules.len() as u32);
        self.rules.push(rule);
        for &slot in watched {
            self.slots.watch_first(slot, watcher);
        }
        self.slots.schedule(watcher);
    }

    /// Facts and rules of logic: what each column can hold.
    fn relations(&mut self) {
        for (index, relation) in self.program.relations.iter().enumerate() {
            for fact in &relation.facts {
                for (column, term) in fact.iter().enumerate() {
                    let slot = self.columns[index][column];
                    self.term(term, slot, &mut Vec::new());
                }
            }
            for rule in &relation.rules {
                let mut vars = Vec::new();
                for cond in &rule.body {
                    let LogicCond::Holds { relation, terms } = cond else { continue };
                    for (column, term) in terms.iter().enumerate() {
                        if let LogicTerm::Var(name) = term {
                            let var = self.logic_var(*name, &mut vars);
                            self.slots.flow(self.columns[*relation as usize][column], var);
                        }
                    }
                }
                for (column, term) in rule.head.iter().enumerate() {
                    let slot = self.columns[index][column];
                    self.term(term, slot, &mut vars);
                }
            }
        }
    }
    fn term(&mut self, term: &LogicTerm, column: Slot, vars: &mut Vec<(Symbol, Slot)>) {
        match term {
            LogicTerm::Var(name) => {
                let var = self.logic_var(*name, vars);
                self.slots.flow(var, column);
            }
            LogicTerm::Str(_) => self.add_string(column),
            LogicTerm::Int(_) => self.slots.add(column, bits::INT),
        }
    }
    fn logic_var(&mut self, name: Symbol, vars: &mut Vec<(Symbol, Slot)>) -> Slot {
        if let Some(&(_, slot)) = vars.iter().find(|(n, _)| *n == name) {
            return slot;
        }
        let slot = self.slots.fresh();
        vars.push((name, slot));
        slot
    }
}
