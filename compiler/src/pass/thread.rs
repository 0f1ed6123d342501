//! Jump threading: a construct that yields a bool for the `if` behind it goes to the arm itself.
//!
//! ```text
//!   x = if a {              T: block {
//!     br (b)                  E: block {
//!   } else {                    if a {
//!     br (false)        =>        if b { br E } else { ... br T }
//!   }                           } else { ... br T }
//!   if x { then } else {      }
//!     ...; br                 then
//!   }                       }
//! ```
//! Conditions with `&&`, `||` and calls that were inlined are such constructs: a constant is put into a variable in order to be tested. Cranelift,
//! tcc, the VM and the JIT do as they are told. An arm that is one `br` is copied to where it is decided; any other stands
//! once, behind a block that is left to get there.
//!
//! It comes last, since what a condition says is known in an `if`'s arm but not behind a block.

use super::rewrite::walk;
use crate::ir::{Args, Effect, Func, Id, Imm, Inst, InstData, InstKind, Module, Place, Region, RegionData, Value};
use smallvec::SmallVec;

/// How deep the constructs inside one that is threaded may nest; each chained condition adds a level.
const DEEPEST: usize = 40;

pub fn thread(module: &mut Module) {
    for func in module.funcs.values_mut() {
        let mut uses = vec![0; func.values.len()];
        let mut constants = vec![None; func.values.len()];
        walk(func, func.body, &mut |inst| {
            let data = &func.insts[inst];
            data.kind.for_each_operand(|value| uses[value.index()] += 1);
            if let InstKind::Op { imm: Imm::Bool(choice), .. } = data.kind {
                constants[data.results[0].index()] = Some(choice);
            }
        });
        let body = func.body;
        Threader { func, uses, constants }.region(body);
    }
}

struct Threader<'a> {
    func: &'a mut Func,
    /// By value: how many operands it is.
    uses: Vec<u32>,
    /// By value: the bool that it always is.
    constants: Vec<Option<bool>>,
}

impl Threader<'_> {
    fn region(&mut self, at: Region) {
        let insts = std::mem::take(&mut self.func.regions[at].insts);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            if let Some(position) = self.decider(&out, inst) {
                let decider = self.take_with_condition(&mut out, position);
                if let Some(body) = self.join(decider, inst) {
                    out.extend(body);
                    break;
                }
            }
            out.push(inst);
        }
        let children: Vec<Region> = out.iter().flat_map(|&inst| self.func.insts[inst].kind.regions()).collect();
        self.func.regions[at].insts = out;
        for child in children {
            self.region(child);
        }
    }

    /// Where the construct stands that decides an `if` and nothing else, sometimes by a constant, with only pure ops between.
    fn decider(&self, before: &[Inst], test: Inst) -> Option<usize> {
        let InstKind::If { cond, .. } = self.func.insts[test].kind else { return None };
        let position = before.iter().rposition(|&inst| match self.func.insts[inst].kind {
            InstKind::Op { op, .. } => op.effect() != Effect::Pure,
            _ => true,
        })?;
        let decider = before[position];
        let InstData { kind, results, .. } = &self.func.insts[decider];
        let is_left_by_br = matches!(kind, InstKind::Block { .. } | InstKind::If { .. } | InstKind::Switch { .. });
        if !is_left_by_br || results[..] != [cond] || self.uses[cond.index()] != 1 {
            return None;
        }
        let yields = self.yields(decider)?;
        let is_known = |&(_, value): &(Region, Value)| self.constants[value.index()].is_some();
        yields.iter().any(is_known).then_some(position)
    }

    /// Takes a construct out of its region, and before it what computes its condition, which backends fuse with the test beside it.
    fn take_with_condition(&self, out: &mut Vec<Inst>, mut position: usize) -> Vec<Inst> {
        let mut taken = vec![out.remove(position)];
        let InstKind::If { cond, .. } = self.func.insts[taken[0]].kind else { return taken };
        let mut wanted = cond;
        while position > 0 && self.uses[wanted.index()] == 1 {
            let InstData { kind: InstKind::Op { args, .. }, results, .. } = &self.func.insts[out[position - 1]] else { break };
            if results[..] != [wanted] {
                break;
            }
            position -= 1;
            taken.insert(0, out.remove(position));
            match args[..] {
                [only] => wanted = only,
                _ => break,
            }
        }
        taken
    }

    /// The regions that end with a `br` to the construct, and what each yields; none if they are nested too deep.
    fn yields(&self, construct: Inst) -> Option<Vec<(Region, Value)>> {
        let mut found = Vec::new();
        let mut open: Vec<(Region, usize)> = self.func.insts[construct].kind.regions().iter().map(|&r| (r, 1)).collect();
        while let Some((region, depth)) = open.pop() {
            if depth > DEEPEST {
                return None;
            }
            for &inst in &self.func.regions[region].insts {
                match &self.func.insts[inst].kind {
                    InstKind::Br { target, args } if *target == construct => found.push((region, args[0])),
                    kind => open.extend(kind.regions().iter().map(|&inner| (inner, depth + 1))),
                }
            }
        }
        Some(found)
    }

    /// Makes the `if` a block around the construct that decides it and the arms that are more than a jump. If both are jumps to
    /// other places there is no block, but the construct, and nothing comes behind it.
    fn join(&mut self, mut body: Vec<Inst>, test: Inst) -> Option<Vec<Inst>> {
        let &decider = body.last().expect("the construct itself");
        let InstKind::If { then_, else_, .. } = self.func.insts[test].kind else { unreachable!("an `if` is threaded") };
        let at = self.func.insts[test].at;
        let yields = self.yields(decider).expect("as deep as before");
        let leaves = |arm: Region| match self.func.regions[arm].insts[..] {
            [only] => !matches!(self.func.insts[only].kind, InstKind::Br { target, .. } if target == test),
            _ => false,
        };
        let nothing_behind = leaves(then_) && leaves(else_);
        body.push(self.plain(InstKind::Unreachable, at));
        let then_ = self.arm(then_, &mut body, at);
        let else_ = self.arm(else_, &mut body, at);
        for (region, value) in yields {
            let leaving = match self.constants[value.index()] {
                Some(choice) => self.leave(if choice { &then_ } else { &else_ }, at),
                None => {
                    let [then_, else_] = [&then_, &else_].map(|arm| {
                        let inst = self.leave(arm, at);
                        self.func.regions.push(RegionData { params: Vec::new(), insts: vec![inst] })
                    });
                    let test = self.plain(InstKind::If { cond: value, then_, else_ }, at);
                    let last = self.func.regions[region].insts.len() - 1;
                    self.func.regions[region].insts.insert(last, test);
                    self.plain(InstKind::Unreachable, at)
                }
            };
            *self.func.regions[region].insts.last_mut().expect("a `br`") = leaving;
        }
        self.func.insts[decider].results.clear();
        if nothing_behind {
            return Some(body);
        }
        let body = self.func.regions.push(RegionData { params: Vec::new(), insts: body });
        self.func.insts[test].kind = InstKind::Block { body };
        None
    }

    /// How an arm is reached: by what it does, if that is one jump; else it comes to stand behind a block of all that there is so far.
    fn arm(&mut self, arm: Region, body: &mut Vec<Inst>, at: Place) -> InstKind {
        if let [only] = self.func.regions[arm].insts[..] {
            return self.func.insts[only].kind.clone();
        }
        let inner = self.func.regions.push(RegionData { params: Vec::new(), insts: std::mem::take(body) });
        let block = self.plain(InstKind::Block { body: inner }, at);
        *body = vec![block];
        body.append(&mut self.func.regions[arm].insts);
        InstKind::Br { target: block, args: Args::new() }
    }

    fn leave(&mut self, kind: &InstKind, at: Place) -> Inst {
        kind.for_each_operand(|value| self.uses[value.index()] += 1);
        self.plain(kind.clone(), at)
    }

    /// An instruction without results, in no region yet.
    fn plain(&mut self, kind: InstKind, at: Place) -> Inst {
        self.func.insts.push(InstData { kind, results: SmallVec::new(), at })
    }
}
