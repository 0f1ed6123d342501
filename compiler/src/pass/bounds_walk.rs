//! The walk of `bounds` over one function: intervals and facts, and what they make of the instructions.

use super::bounds::Known;
use super::bounds_facts::Facts;
use super::effects::Effects;
use super::range::{Range, cannot_overflow, transfer};
use super::rewrite::definitions;
use crate::ir::{Args, Func, FuncId, Id, Imm, Inst, InstKind, Op, Region, Storage, Type, Types, Value};
use smallvec::SmallVec;

/// Walks until the assumptions about loop parameters hold, at most so many; then nothing is assumed of them.
const WALKS: usize = 24;

pub(super) struct Walk<'a> {
    types: &'a Types,
    effects: &'a Effects,
    known: &'a Known,
    id: FuncId,
    func: &'a mut Func,
    facts: Facts,
    /// By value, for loop parameters: the interval that every turn keeps to.
    assumed: Vec<Option<Range>>,
    /// By value, for loop parameters: not above, and not below, the first value.
    falls: Vec<bool>,
    rises: Vec<bool>,
    /// By value, for results of constructs: what the `br`s so far gave.
    given: Vec<Option<Given>>,
    /// By construct: the `br`s to it so far.
    branches: Vec<u32>,
    /// By construct.
    narrowed: Vec<Narrowed>,
    changed: bool,
}

/// What the `br`s to a construct gave for a result.
#[derive(Clone, Copy)]
struct Given {
    range: Range,
    /// The base and offset that all of them agree on.
    kin: Option<(Value, i64)>,
}

/// What the `br`s to a construct have learned of the values outside it.
#[derive(Clone, Default)]
struct Narrowed {
    /// Where its scope began.
    start: usize,
    /// The intervals that all of them left narrower than they were there.
    ranges: Option<Vec<(Value, Range)>>,
}

fn is_integer(ty: Type) -> bool {
    matches!(ty, Type::I32 | Type::I64)
}

impl<'a> Walk<'a> {
    pub fn new(types: &'a Types, effects: &'a Effects, known: &'a Known, id: FuncId, func: &'a mut Func) -> Self {
        let values = func.values.len();
        let insts = func.insts.len();
        let facts = Facts::new(func.values.values().map(|v| v.ty), definitions(func));
        Walk {
            types,
            effects,
            known,
            id,
            func,
            facts,
            assumed: vec![None; values],
            falls: vec![true; values],
            rises: vec![true; values],
            given: vec![None; values],
            branches: vec![0; insts],
            narrowed: vec![Narrowed::default(); insts],
            changed: false,
        }
    }

    /// Finds assumptions about the loop parameters that prove themselves.
    pub fn settle(&mut self) {
        for _ in 0..WALKS {
            self.changed = false;
            self.whole(&mut Mode::Settle);
            if !self.changed {
                return;
            }
        }
        let whole = |v: &crate::ir::ValueData| Some(Range::of_type(v.ty));
        self.assumed = self.func.values.values().map(whole).collect();
        self.falls.fill(false);
        self.rises.fill(false);
    }

    /// Takes back what this function does not keep of what is assumed of the module.
    pub fn observe(&mut self, next: &mut Known) {
        self.whole(&mut Mode::Observe(next));
    }

    pub fn rewrite(&mut self) {
        self.whole(&mut Mode::Rewrite);
    }

    fn whole(&mut self, mode: &mut Mode) {
        self.facts.clear();
        let natural = &self.known.params[self.id.index()];
        for (&param, &natural) in self.func.params().iter().zip(natural) {
            if natural && is_integer(self.func.ty(param)) {
                self.facts.refine(param, Range::new(0, i64::MAX));
            }
        }
        self.region(self.func.body, mode);
    }

    fn region(&mut self, region: Region, mode: &mut Mode) {
        for i in 0..self.func.regions[region].insts.len() {
            let inst = self.func.regions[region].insts[i];
            self.inst(inst, mode);
        }
    }

    /// Walks a region in a scope of its own.
    fn scoped(&mut self, region: Region, cond: Option<(Value, bool)>, mode: &mut Mode) {
        let mark = self.facts.mark();
        if let Some((cond, truth)) = cond {
            self.assume(cond, truth);
        }
        self.region(region, mode);
        self.facts.reset(mark);
    }

    fn inst(&mut self, inst: Inst, mode: &mut Mode) {
        match self.func.insts[inst].kind.clone() {
            InstKind::Op { op, imm, args } => self.op(inst, op, imm, &args, mode),
            InstKind::Call { func, args } => {
                if let Mode::Observe(next) = mode {
                    for (i, &arg) in args.iter().enumerate() {
                        next.params[func.index()][i] &= self.is_natural(arg);
                    }
                }
                self.result(inst, self.known.results[func.index()]);
            }
            InstKind::CallIndirect { .. } | InstKind::CallHost { .. } => self.result(inst, false),
            InstKind::Block { body } => {
                self.enter(inst);
                self.scoped(body, None, mode);
                self.leave(inst);
            }
            InstKind::Loop { init, body } => self.loop_(&init, body, mode),
            InstKind::If { cond, then_, else_ } => {
                self.enter(inst);
                // An arm that is never taken gives nothing.
                let known = self.truth(cond);
                if known != Some(false) {
                    self.scoped(then_, Some((cond, true)), mode);
                }
                let from_then = self.branches[inst.index()];
                if known != Some(true) {
                    self.scoped(else_, Some((cond, false)), mode);
                }
                let from_else = self.branches[inst.index()] - from_then;
                self.leave(inst);
                match (from_then, from_else) {
                    (0, 1..) => self.assume(cond, false),
                    (1.., 0) => self.assume(cond, true),
                    _ => {}
                }
            }
            InstKind::Switch { index, cases, default } => {
                self.enter(inst);
                for (i, case) in cases.into_iter().enumerate() {
                    let mark = self.facts.mark();
                    self.facts.refine(index, Range::exactly(i as i64));
                    self.region(case, mode);
                    self.facts.reset(mark);
                }
                self.scoped(default, None, mode);
                self.leave(inst);
            }
            InstKind::Br { target, args } => self.br(target, &args),
            InstKind::Return { args } => {
                if let Mode::Observe(next) = mode {
                    next.results[self.id.index()] &= args.iter().all(|&v| self.is_natural(v));
                }
            }
            InstKind::Unreachable => {}
        }
    }

    fn is_natural(&self, value: Value) -> bool {
        !is_integer(self.func.ty(value)) || self.facts.range(value).is_natural()
    }

    fn result(&mut self, inst: Inst, natural: bool) {
        if let Some(&result) = self.func.insts[inst].results.first() {
            let whole = Range::of_type(self.func.ty(result));
            let range = if natural { Range::new(0, whole.hi) } else { whole };
            self.facts.define(result, range);
        }
    }

    fn enter(&mut self, inst: Inst) {
        self.branches[inst.index()] = 0;
        self.narrowed[inst.index()] = Narrowed { start: self.facts.mark().1, ranges: None };
        for &result in &self.func.insts[inst].results {
            self.given[result.index()] = None;
        }
    }

    fn leave(&mut self, inst: Inst) {
        for (value, range) in self.narrowed[inst.index()].ranges.take().unwrap_or_default() {
            self.facts.refine(value, range);
        }
        for &result in &self.func.insts[inst].results {
            let whole = Range::of_type(self.func.ty(result));
            let given = self.given[result.index()];
            self.facts.define(result, given.map_or(whole, |g| g.range));
            if let Some((base, offset)) = given.and_then(|g| g.kin) {
                self.facts.become_kin(result, base, offset);
            }
        }
    }

    fn loop_(&mut self, init: &Args, body: Region, mode: &mut Mode) {
        let mark = self.facts.mark();
        let params = self.func.regions[body].params.clone();
        for (&param, &first) in params.iter().zip(init) {
            if !is_integer(self.func.ty(param)) {
                continue;
            }
            let range = self.facts.range(first);
            self.widen(param, range);
            self.facts.define(param, self.assumed[param.index()].unwrap_or(range));
            self.facts.set_first(param, first);
            if self.falls[param.index()] {
                self.facts.learn(param, first, 0);
            }
            if self.rises[param.index()] {
                self.facts.learn(first, param, 0);
            }
        }
        self.region(body, mode);
        self.facts.reset(mark);
    }

    /// Makes the assumption about a loop parameter hold for one more interval.
    fn widen(&mut self, param: Value, range: Range) {
        let whole = Range::of_type(self.func.ty(param));
        let Some(assumed) = &mut self.assumed[param.index()] else {
            self.assumed[param.index()] = Some(range);
            self.changed = true;
            return;
        };
        if range.lo < assumed.lo {
            assumed.lo = if range.lo >= 0 { 0 } else { whole.lo };
            self.changed = true;
        }
        if range.hi > assumed.hi {
            let small = i64::from(i32::MAX);
            assumed.hi = if range.hi <= small { small } else { whole.hi };
            self.changed = true;
        }
    }

    fn br(&mut self, target: Inst, args: &Args) {
        self.branches[target.index()] += 1;
        if let InstKind::Loop { body, .. } = self.func.insts[target].kind {
            for (i, &arg) in args.iter().enumerate() {
                let param = self.func.regions[body].params[i];
                if is_integer(self.func.ty(param)) {
                    self.next_turn(param, arg);
                }
            }
            return;
        }
        let Narrowed { start, ranges: narrowed } = &mut self.narrowed[target.index()];
        *narrowed = Some(match narrowed.take() {
            None => self.facts.narrowed_since(*start),
            Some(before) => {
                let facts = &self.facts;
                before.into_iter().map(|(v, r)| (v, r.union(facts.range(v)))).collect()
            }
        });
        for (i, &arg) in args.iter().enumerate() {
            let result = self.func.insts[target].results[i];
            if is_integer(self.func.ty(result)) {
                let (range, kin) = (self.facts.range(arg), self.facts.kin(arg));
                let given = &mut self.given[result.index()];
                *given = Some(match *given {
                    None => Given { range, kin: Some(kin) },
                    Some(g) => Given { range: g.range.union(range), kin: g.kin.filter(|&k| k == kin) },
                });
            }
        }
    }

    /// What a turn gives to the next must keep to what was assumed.
    fn next_turn(&mut self, param: Value, arg: Value) {
        self.widen(param, self.facts.range(arg));
        let first = self.facts.first(param);
        let (falls, rises) = (self.falls[param.index()], self.rises[param.index()]);
        if falls && !self.facts.at_most(arg, param, 0) && !self.facts.at_most(arg, first, 0) {
            self.falls[param.index()] = false;
            self.changed = true;
        }
        if rises && !self.facts.at_most(param, arg, 0) && !self.facts.at_most(first, arg, 0) {
            self.rises[param.index()] = false;
            self.changed = true;
        }
    }

    fn op(&mut self, inst: Inst, op: Op, imm: Imm, args: &Args, mode: &mut Mode) {
        match mode {
            Mode::Observe(next) => self.store(op, imm, args, next),
            Mode::Rewrite => self.improve(inst, op, args),
            Mode::Settle => {}
        }
        match op {
            Op::TrapIf | Op::TrapIfWith => self.assume(args[0], false),
            Op::ArrayGet | Op::ArraySet => self.facts.refine(args[1], Range::new(0, i64::from(i32::MAX) - 1)),
            Op::ArrayNew => self.facts.refine(args[0], Range::new(0, i64::MAX)),
            Op::ArrayCopy => [1, 3, 4].into_iter().for_each(|i| self.facts.refine(args[i], Range::new(0, i64::MAX))),
            Op::ArrayFill => [1, 3].into_iter().for_each(|i| self.facts.refine(args[i], Range::new(0, i64::MAX))),
            _ => {}
        }
        let Some(&result) = self.func.insts[inst].results.first() else { return };
        if is_integer(self.func.ty(result)) {
            let range = self.yields(op, imm, args, self.func.ty(result));
            self.facts.define(result, range);
            self.facts.relate(op, args, result);
        }
    }

    fn yields(&self, op: Op, imm: Imm, args: &Args, ty: Type) -> Range {
        let whole = Range::of_type(ty);
        match (op, imm) {
            (Op::I32Const, Imm::I32(n)) => Range::exactly(i64::from(n)),
            (Op::I64Const, Imm::I64(n)) => Range::exactly(n),
            (Op::ArrayGet, Imm::Type(t)) if self.types.array(t).element == Storage::I8 => Range::new(0, 0xff),
            (Op::ArrayGet, Imm::Type(t)) if self.types.array(t).element == Storage::I16 => Range::new(0, 0xffff),
            (Op::StructGet | Op::ArrayGet | Op::GlobalGet, _) => {
                let natural = self.effects.class(imm).is_some_and(|class| self.known.classes[class as usize]);
                if natural { Range::new(0, whole.hi) } else { whole }
            }
            _ => {
                let ranges: SmallVec<[Range; 4]> = args.iter().map(|&v| self.facts.range(v)).collect();
                transfer(op, &ranges, whole)
            }
        }
    }

    /// Notes where a number that may be negative is stored.
    fn store(&self, op: Op, imm: Imm, args: &Args, next: &mut Known) {
        let mut stored = |class: Option<u32>, value: Value| {
            if let Some(class) = class {
                next.classes[class as usize] &= self.is_natural(value);
            }
        };
        match (op, imm) {
            (Op::StructNew, Imm::Type(t)) => {
                for (field, &value) in args.iter().enumerate() {
                    stored(Some(self.effects.field_class(t, field as u32)), value);
                }
            }
            (Op::ArrayFixed, _) => args.iter().for_each(|&value| stored(self.effects.class(imm), value)),
            (Op::StructSet, _) => stored(self.effects.class(imm), args[1]),
            (Op::ArraySet | Op::ArrayFill, _) => stored(self.effects.class(imm), args[2]),
            (Op::GlobalSet, _) => stored(self.effects.class(imm), args[0]),
            _ => {}
        }
    }

    /// Replaces an op by a cheaper one, or by the constant that it is known to yield.
    fn improve(&mut self, inst: Inst, op: Op, args: &Args) {
        let overflow_free = |walk: &Self| cannot_overflow(op, walk.facts.range(args[0]), walk.facts.range(args[1]));
        let better = match op {
            Op::I64AddChecked if overflow_free(self) => Op::I64Add,
            Op::I64SubChecked if overflow_free(self) => Op::I64Sub,
            Op::I64MulChecked if overflow_free(self) => Op::I64Mul,
            Op::I64DivS | Op::I64RemS if self.facts.range(args[0]).is_natural() && self.facts.range(args[1]).lo > 0 => {
                if op == Op::I64DivS { Op::I64DivU } else { Op::I64RemU }
            }
            _ => {
                if let Some(truth) = self.facts.compare(op, args) {
                    self.func.insts[inst].kind = InstKind::Op { op: Op::BoolConst, imm: Imm::Bool(truth), args: Args::new() };
                }
                return;
            }
        };
        self.func.insts[inst].kind = InstKind::Op { op: better, imm: Imm::None, args: args.clone() };
    }

    /// The value of a bool, if it is certain.
    fn truth(&self, cond: Value) -> Option<bool> {
        let inst = self.facts.definition(cond)?;
        let InstKind::Op { op, imm, args } = &self.func.insts[inst].kind else { return None };
        match (op, imm) {
            (Op::BoolConst, Imm::Bool(b)) => Some(*b),
            (Op::BoolNot, _) => self.truth(args[0]).map(|b| !b),
            (Op::BoolAnd, _) => match (self.truth(args[0]), self.truth(args[1])) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            (Op::BoolOr, _) => match (self.truth(args[0]), self.truth(args[1])) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            _ => self.facts.compare(*op, args),
        }
    }

    /// From here on the bool has this value.
    fn assume(&mut self, cond: Value, truth: bool) {
        let Some(inst) = self.facts.definition(cond) else { return };
        let InstKind::Op { op, args, .. } = self.func.insts[inst].kind.clone() else { return };
        match (op, truth) {
            (Op::BoolNot, _) => self.assume(args[0], !truth),
            (Op::BoolAnd, true) | (Op::BoolOr, false) => {
                self.assume(args[0], truth);
                self.assume(args[1], truth);
            }
            _ => self.facts.assume(op, &args, truth),
        }
    }
}

/// What a walk is for.
enum Mode<'a> {
    Settle,
    Observe(&'a mut Known),
    Rewrite,
}
