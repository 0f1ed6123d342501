//! Splits functions that are too large to compile well: runs of instructions become functions of their own.
//!
//! Every compiler behind the backends has steps whose time grows faster than a function's size, and a program of many queries
//! is one long top level. A run that is cut out defines at most one value that is used after it, which is what the new function
//! returns; it branches nowhere outside. Values that it uses are parameters; constants, and tagged or untagged ones, are made
//! again on its side and count on neither. Where a construct is itself too large, its regions are cut first, the innermost ones
//! before those around them: a loop that fits into a run stays whole. Of loops in loops the innermost few become a part of their
//! own: a join of many tables is as many loops, and Cranelift's time for a nest of loops doubles with each.
//!
//! ```text
//!   func @f                         func @f
//!     v1 = ..                         v9 = call @f.part.0(v0)
//!     v9 = add v1, v0        =>       print(v9)
//!     print(v9)
//! ```
//! A part of `f` is named `f.part.N`: call traces show it as `f`, and leave out the frame of `f` that called it.

use super::compact::compact;
use super::copy::{Copy, Names};
use super::rewrite::walk;
use crate::hash::HashSet;
use crate::ir::{Args, Func, FuncId, Id, Inlining, Inst, InstData, InstKind, Module, Op, Region, Type, Value};

/// Functions of this weight stay whole.
const LARGE: usize = 500;
/// A run's least and greatest weight.
const LEAST: usize = 60;
const MOST: usize = 200;
/// The number of loops in each other that stay in one function.
const DEEP: usize = 4;
/// Parameters of a part; of them floats, which native calls have few registers for.
const PARAMS: usize = 200;
const FLOATS: usize = 6;

pub fn split(module: &mut Module) {
    for id in module.funcs.ids().collect::<Vec<_>>() {
        let func = &module.funcs[id];
        let mut weight = 0;
        walk(func, func.body, &mut |inst| weight += own_weight(&func.insts[inst].kind));
        if weight > LARGE || depth(func, func.body) > DEEP {
            let placeholder = Func::new("", &[], None, func.span);
            let func = std::mem::replace(&mut module.funcs[id], placeholder);
            let func = Cutter::new(func, module).all(weight > LARGE);
            module.funcs[id] = func;
        }
    }
}

/// The most loops in each other.
fn depth(func: &Func, region: Region) -> usize {
    let of = |&inst: &Inst| {
        let kind = &func.insts[inst].kind;
        let inner = kind.regions().into_iter().map(|region| depth(func, region)).max().unwrap_or(0);
        inner + usize::from(matches!(kind, InstKind::Loop { .. }))
    };
    func.regions[region].insts.iter().map(of).max().unwrap_or(0)
}

/// Light instructions weigh nothing: they are made again wherever they are used.
fn own_weight(kind: &InstKind) -> usize {
    let mut operands = 0;
    kind.for_each_operand(|_| operands += 1);
    match kind {
        InstKind::Op { op, .. } if is_light(*op) => 0,
        _ => 1 + operands / 4,
    }
}

/// What a part makes again rather than have it passed, if it makes it of nothing else.
fn is_light(op: Op) -> bool {
    use Op::*;
    matches!(op, BoolConst | I32Const | I64Const | F64Const | RefNull | AnyNone | AnyFromBool | AnyFromI64 | AnyFromF64 | ArrayConst)
}

/// A run of instructions of a region: where it ends, and the value that is used after it.
#[derive(Clone, Copy)]
struct Run {
    end: usize,
    result: Option<Value>,
}

struct Cutter<'m> {
    module: &'m mut Module,
    func: Func,
    /// Of each instruction, with all that is inside.
    weight: Vec<usize>,
    /// Whether an instruction returns, or branches to a construct around it.
    leaves: Vec<bool>,
    /// By instruction: the number of the last one inside it, in text order. What is cut out keeps its numbers.
    ends: Vec<u32>,
    /// By value: the number of the last instruction that uses it.
    last_use: Vec<u32>,
    numbered: u32,
    /// The light instruction that makes a value of light values alone.
    light: Vec<Option<Inst>>,
    names: Names,
    parts: usize,
}

impl<'m> Cutter<'m> {
    fn new(func: Func, module: &'m mut Module) -> Cutter<'m> {
        let names = Names::of(&func);
        let (weight, leaves, light) = (vec![0; func.insts.len()], vec![false; func.insts.len()], vec![None; func.values.len()]);
        let (ends, last_use) = (vec![0; func.insts.len()], vec![0; func.values.len()]);
        Cutter { module, func, weight, leaves, ends, last_use, numbered: 0, light, names, parts: 0 }
    }
    fn all(mut self, is_large: bool) -> Func {
        let body = self.func.body;
        self.weigh(body, &mut Vec::new());
        self.shorten(body, 0);
        if is_large {
            self.cut(body);
        }
        drop_unused(&mut self.func, &self.light);
        compact(&mut self.func);
        self.func
    }

    /// Fills the tables for a region. Gives its weight, and the outermost that it leaves: 0 for the function, else the place of a
    /// construct among the open ones, counted from 1.
    fn weigh(&mut self, region: Region, open: &mut Vec<Inst>) -> (usize, usize) {
        let (mut sum, mut outermost) = (0, usize::MAX);
        for inst in self.func.regions[region].insts.clone() {
            let kind = &self.func.insts[inst].kind;
            let mut weight = own_weight(kind);
            let mut left = match kind {
                InstKind::Br { target, .. } => 1 + open.iter().rposition(|other| other == target).expect("a construct around it"),
                InstKind::Return { .. } => 0,
                _ => usize::MAX,
            };
            if let InstKind::Op { op, args, .. } = kind
                && is_light(*op)
                && args.iter().all(|arg| self.light[arg.index()].is_some())
            {
                self.light[self.func.result_of(inst).index()] = Some(inst);
            }
            self.numbered += 1;
            kind.for_each_operand(|value| self.last_use[value.index()] = self.numbered);
            open.push(inst);
            for inner in self.func.insts[inst].kind.regions() {
                let (inner_weight, inner_left) = self.weigh(inner, open);
                weight += inner_weight;
                left = left.min(inner_left);
            }
            open.pop();
            self.ends[inst.index()] = self.numbered;
            self.weight[inst.index()] = weight;
            self.leaves[inst.index()] = left <= open.len();
            sum += weight;
            outermost = outermost.min(left);
        }
        (sum, outermost)
    }

    /// Cuts loops that are too deep out of a region inside `around` loops. Gives how deep the loops in it are then.
    fn shorten(&mut self, region: Region, around: usize) -> usize {
        let mut deepest = 0;
        for at in 0..self.func.regions[region].insts.len() {
            let inst = self.func.regions[region].insts[at];
            let kind = &self.func.insts[inst].kind;
            let own = usize::from(matches!(kind, InstKind::Loop { .. }));
            let mut deep = own;
            for inner in kind.regions() {
                deep = deep.max(own + self.shorten(inner, around + own));
            }
            let results = self.func.insts[inst].results.clone();
            if deep >= DEEP && around > 0 && !self.leaves[inst.index()] && results.len() <= 1 && self.fits(&[inst]) {
                let call = self.part(&[inst], results.first().copied());
                self.func.regions[region].insts[at] = call;
                deep = 0;
            }
            deepest = deepest.max(deep);
        }
        deepest
    }

    /// Cuts a region, what is too large in it first. Gives what it weighs then.
    fn cut(&mut self, region: Region) -> usize {
        let insts = std::mem::take(&mut self.func.regions[region].insts);
        for &inst in &insts {
            let inner = self.func.insts[inst].kind.regions();
            if !inner.is_empty() && self.weight[inst.index()] > MOST {
                let own = own_weight(&self.func.insts[inst].kind);
                self.weight[inst.index()] = own + inner.into_iter().map(|region| self.cut(region)).sum::<usize>();
            }
        }
        let (mut kept, mut weight, mut at) = (Vec::new(), 0, 0);
        while at < insts.len() {
            match self.run(&insts, at) {
                Ok(run) => {
                    // The light ones stay for those after the run.
                    let is_light = |inst: &&Inst| self.func.insts[**inst].results.iter().any(|v| self.light[v.index()].is_some());
                    kept.extend(insts[at..run.end].iter().filter(is_light));
                    let call = self.part(&insts[at..run.end], run.result);
                    kept.push(call);
                    weight += 1;
                    at = run.end;
                }
                Err(next) => {
                    kept.extend(&insts[at..next]);
                    weight += insts[at..next].iter().map(|inst| self.weight[inst.index()]).sum::<usize>();
                    at = next;
                }
            }
        }
        self.func.regions[region].insts = kept;
        weight
    }
    fn operands(&self, inst: Inst, f: &mut dyn FnMut(Value)) {
        let kind = &self.func.insts[inst].kind;
        kind.for_each_operand(&mut *f);
        for region in kind.regions() {
            self.func.regions[region].insts.iter().for_each(|&inner| self.operands(inner, f));
        }
    }

    /// The longest run from here that can be a part; else where to look next.
    fn run(&self, insts: &[Inst], from: usize) -> Result<Run, usize> {
        let is_light = |value: &Value| self.light[value.index()].is_some();
        if self.func.insts[insts[from]].results.iter().any(is_light) {
            return Err(from + 1);
        }
        let (mut weight, mut live, mut found) = (0, Vec::new(), Vec::new());
        let mut end = from;
        for (at, &inst) in insts.iter().enumerate().skip(from) {
            weight += self.weight[inst.index()];
            if self.leaves[inst.index()] || self.func.insts[inst].kind.is_terminator() || (weight > MOST && at > from) {
                break;
            }
            end = at + 1;
            live.extend(self.func.insts[inst].results.iter().copied().filter(|v| !is_light(v)));
            live.retain(|value| self.last_use[value.index()] > self.ends[inst.index()]);
            if weight >= LEAST && live.len() <= 1 {
                found.push(Run { end: at + 1, result: live.first().copied() });
            }
        }
        // Few tries: a run that needs too much from outside is rarely saved by being shorter.
        while let Some(run) = found.pop() {
            if self.fits(&insts[from..run.end]) {
                return Ok(run);
            }
            found.truncate(found.len() / 2);
        }
        // A part that starts a little later has the same faults.
        Err(from + 1 + (end - from) / 8)
    }
    /// Whether a function of a run has few enough parameters.
    fn fits(&self, run: &[Inst]) -> bool {
        let params = self.params(run);
        let floats = params.iter().filter(|&&value| self.func.ty(value) == Type::F64).count();
        params.len() <= PARAMS && floats <= FLOATS
    }
    /// What a run uses that is made outside of it and is not light, in the order of use.
    fn params(&self, run: &[Inst]) -> Vec<Value> {
        let (mut inside, mut params) = (HashSet::default(), Vec::new());
        for &inst in run {
            self.free(inst, &mut inside, &mut params);
        }
        params
    }
    fn free(&self, inst: Inst, seen: &mut HashSet<Value>, params: &mut Vec<Value>) {
        let data = &self.func.insts[inst];
        data.kind.for_each_operand(|value| {
            if self.light[value.index()].is_none() && seen.insert(value) {
                params.push(value);
            }
        });
        for region in data.kind.regions() {
            seen.extend(self.func.regions[region].params.iter().copied());
            self.func.regions[region].insts.iter().for_each(|&inner| self.free(inner, seen, params));
        }
        seen.extend(data.results.iter().copied());
    }

    /// Makes a function of a run. Gives the call that takes its place and defines what it defined.
    fn part(&mut self, run: &[Inst], result: Option<Value>) -> Inst {
        let params = self.params(run);
        let types: Vec<Type> = params.iter().map(|&value| self.func.ty(value)).collect();
        let at = self.func.insts[run[0]].at;
        let name = format!("{}.part.{}", self.func.name, self.parts);
        self.parts += 1;
        let mut part = Func::new(name, &types, result.map(|value| self.func.ty(value)), self.func.span);
        part.inlining = Inlining::Never;
        for (at, &value) in params.iter().enumerate() {
            let own = part.params()[at];
            part.values[own].name = self.func.values[value].name.clone();
            self.names.set(value, own);
        }
        let lights = self.lights(run);
        let mut copy = Copy::new(&self.func, &mut part, &mut self.names);
        let body = copy.to.body;
        let is_light = |inst: &Inst| self.func.insts[*inst].results.iter().any(|v| self.light[v.index()].is_some());
        for inst in lights.into_iter().chain(run.iter().copied().filter(|inst| !is_light(inst))) {
            let copied = copy.inst(inst);
            copy.to.regions[body].insts.push(copied);
        }
        let args = result.iter().map(|&value| self.names.get(value)).collect();
        let end = part.insts.push(InstData { kind: InstKind::Return { args }, results: Default::default(), at: at.span.into() });
        part.regions[body].insts.push(end);
        let func: FuncId = self.module.funcs.push(part);
        let kind = InstKind::Call { func, args: Args::from_slice(&params) };
        let call = self.func.insts.push(InstData { kind, results: result.into_iter().collect(), at });
        self.weight.push(1);
        self.leaves.push(false);
        self.ends.push(self.ends[run[run.len() - 1].index()]);
        call
    }
    /// The light instructions that a run needs at its start, operands first.
    fn lights(&self, run: &[Inst]) -> Vec<Inst> {
        let (mut order, mut seen) = (Vec::new(), HashSet::default());
        for &inst in run {
            for region in self.func.insts[inst].kind.regions() {
                walk(&self.func, region, &mut |inner| {
                    seen.insert(inner);
                });
            }
        }
        for &inst in run {
            self.operands(inst, &mut |value| self.light_order(value, &mut seen, &mut order));
        }
        order
    }
    fn light_order(&self, value: Value, seen: &mut HashSet<Inst>, order: &mut Vec<Inst>) {
        if let Some(inst) = self.light[value.index()]
            && seen.insert(inst)
        {
            self.func.insts[inst].kind.for_each_operand(|operand| self.light_order(operand, seen, order));
            order.push(inst);
        }
    }
}

/// Unlinks the light instructions whose values nothing uses any more.
fn drop_unused(func: &mut Func, light: &[Option<Inst>]) {
    let light_of = |value: Value| light.get(value.index()).copied().flatten();
    let mut used = HashSet::default();
    let mut work = Vec::new();
    walk(func, func.body, &mut |inst| {
        if !func.insts[inst].results.iter().any(|&v| light_of(v).is_some()) {
            func.insts[inst].kind.for_each_operand(|v| work.push(v));
        }
    });
    while let Some(value) = work.pop() {
        if used.insert(value)
            && let Some(inst) = light_of(value)
        {
            func.insts[inst].kind.for_each_operand(|v| work.push(v));
        }
    }
    let insts = &func.insts;
    for region in func.regions.values_mut() {
        region.insts.retain(|&inst| insts[inst].results.iter().all(|v| light_of(*v).is_none() || used.contains(v)));
    }
}
