//! From where to where each variable is live, and where collections may happen.
//!
//! Positions number the steps of the function in the order of its text, expressions at their place of use. A variable is live in one
//! range of positions; if it is used in a loop that it is defined outside of, to the end of that loop. A range that covers
//! the position of a collection belongs to a value that must be in the reference bank then.

use crate::effects::Effects;
use crate::plan::{Plan, is_variable};
use crate::shape::{Def, Shape};
use compiler::ir::{Func, Id, Inst, InstKind, Op, Region, Value};

/// Positions from the definition to the last use, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    pub start: u32,
    pub end: u32,
}

impl Range {
    pub fn overlaps(self, other: Range) -> bool {
        self.start <= other.end && other.start <= self.end
    }
    /// Whether the value is needed on both sides of a position.
    pub fn crosses(self, at: u32) -> bool {
        self.start < at && at < self.end
    }
}

/// A place where a collection may happen.
#[derive(Clone, Copy, Debug)]
pub struct Collection {
    pub at: u32,
    /// The instruction whose text has it.
    pub statement: Inst,
}

#[derive(Clone, Debug)]
pub struct Live {
    /// By `Value`; none for values that are no variables.
    pub range: Vec<Option<Range>>,
    /// In order of position.
    pub collections: Vec<Collection>,
    /// By `Inst`: the first and last position of a loop.
    pub span: Vec<Range>,
}

impl Live {
    pub fn new(func: &Func, shape: &Shape, plan: &Plan, effects: &Effects) -> Live {
        let live = Live {
            range: vec![None; func.values.len()],
            collections: Vec::new(),
            span: vec![Range { start: 0, end: 0 }; func.insts.len()],
        };
        let mut walk = Walk { func, shape, plan, effects, live, at: 1, statement: Inst(0), loops: Vec::new() };
        for &param in func.params() {
            walk.define_at(param, 0);
        }
        walk.region(func.body);
        walk.live
    }
}

struct Walk<'a> {
    func: &'a Func,
    shape: &'a Shape,
    plan: &'a Plan,
    effects: &'a Effects,
    live: Live,
    at: u32,
    statement: Inst,
    /// The loops around, with what is used inside and defined outside.
    loops: Vec<(u32, Vec<Value>)>,
}

impl Walk<'_> {
    fn region(&mut self, region: Region) {
        for &inst in &self.func.regions[region].insts {
            let inlined = self.func.insts[inst].results.first().is_some_and(|&r| self.plan.is_inline(r));
            if !self.shape.dead[inst.index()] && !inlined {
                self.inst(inst);
            }
        }
    }
    fn inst(&mut self, inst: Inst) {
        self.statement = inst;
        let data = &self.func.insts[inst];
        self.evaluate(inst);
        match &data.kind {
            InstKind::Loop { body, .. } => self.loop_(inst, *body),
            kind => {
                for region in kind.regions() {
                    self.region(region);
                }
            }
        }
        self.at += 1;
        for &result in &data.results {
            self.define_at(result, self.at);
        }
        self.at += 1;
    }
    fn loop_(&mut self, inst: Inst, body: Region) {
        let start = self.at;
        self.loops.push((start, Vec::new()));
        self.at += 1;
        for &param in &self.func.regions[body].params {
            self.define_at(param, self.at);
        }
        self.at += 1;
        self.region(body);
        self.at += 1;
        let (_, used) = self.loops.pop().expect("the loop");
        for value in used {
            self.extend(value);
        }
        self.live.span[inst.index()] = Range { start, end: self.at };
    }
    /// An expression: first the operand with effects inside, then the others, then its own effect.
    fn evaluate(&mut self, inst: Inst) {
        let data = &self.func.insts[inst];
        let mut operands = Vec::new();
        data.kind.for_each_operand(|value| operands.push(value));
        for &value in &operands {
            if self.plan.has_effect(value) {
                self.use_(value);
            }
        }
        self.at += 1;
        for &value in &operands {
            if !self.plan.has_effect(value) {
                self.use_(value);
            }
        }
        self.at += 1;
        if self.effects.inst_collects(self.func, inst) {
            self.live.collections.push(Collection { at: self.at, statement: self.statement });
            self.at += 1;
            // Its elements are stored after the array is there.
            if let InstKind::Op { op: Op::ArrayFixed, .. } = data.kind {
                for &value in &operands {
                    self.use_(value);
                }
            }
        }
    }
    fn use_(&mut self, value: Value) {
        if self.plan.is_inline(value) {
            let Def::Result(inst) = self.shape.def[value.index()] else { unreachable!("only results are inline") };
            self.evaluate(inst);
        } else {
            self.extend(value);
        }
    }
    /// The value is needed here; so it is to the end of the loops around, out to the one that defines it.
    fn extend(&mut self, value: Value) {
        let Some(range) = &mut self.live.range[value.index()] else { return };
        range.end = range.end.max(self.at);
        let start = range.start;
        if let Some((_, used)) = self.loops.iter_mut().find(|(from, _)| start < *from) {
            used.push(value);
        }
    }
    fn define_at(&mut self, value: Value, at: u32) {
        if is_variable(self.shape, self.plan, value) {
            self.live.range[value.index()] = Some(Range { start: at, end: at });
        }
    }
}
