//! Loop-invariant code motion: what every turn computes alike is computed once before the loop.
//!
//! Inner loops first, so that code moves out as far as it can. Moved are, if all operands are made outside the loop:
//! - pure ops, wherever they stand, except on cold paths and constants (which cost nothing where they are used);
//! - reads of fields, lengths and globals that no instruction of the loop can change, likewise: they are defined
//!   wherever their operand is;
//! - other partial ops and element reads, only from the start of the loop's region, as long as nothing before them can leave the loop;
//! - checks, only from there, and only if nothing before them has an effect at all: which error comes first, and what was
//!   printed before, stays the same.
//!
//! `rotate` makes the start of the region the loop's body, which is entered only if a turn is due.

use super::effects::{ClassSet, Effects};
use super::rewrite::{definitions, walk};
use crate::ir::{Effect, Func, Id, Imm, Inst, InstData, InstKind, Module, Op, Region, Types, Value};
use smallvec::SmallVec;

pub fn licm(module: &mut Module) {
    let effects = Effects::new(module);
    let Module { types, funcs, .. } = module;
    for func in funcs.values_mut() {
        let body = func.body;
        let defs = definitions(func);
        Mover { types, effects: &effects, func, defs }.region(body);
    }
}

struct Mover<'a> {
    types: &'a Types,
    effects: &'a Effects,
    func: &'a mut Func,
    /// By value: the instruction that yields it.
    defs: Vec<Option<Inst>>,
}

impl Mover<'_> {
    fn region(&mut self, region: Region) {
        let insts = std::mem::take(&mut self.func.regions[region].insts);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            for inner in self.func.insts[inst].kind.regions() {
                self.region(inner);
            }
            if let InstKind::Loop { body, .. } = self.func.insts[inst].kind {
                self.loop_(inst, body, &mut out);
            }
            out.push(inst);
        }
        self.func.regions[region].insts = out;
    }

    fn loop_(&mut self, inst: Inst, body: Region, out: &mut Vec<Inst>) {
        let mut turn = Turn {
            inside: vec![false; self.func.values.len()],
            clobbered: self.effects.clobbered(self.func, body),
            stays: true,
            silent: true,
            first: true,
        };
        for &param in &self.func.regions[body].params {
            turn.inside[param.index()] = true;
        }
        walk(self.func, body, &mut |i| {
            let data = &self.func.insts[i];
            let nested = data.kind.regions().into_iter().flat_map(|r| &self.func.regions[r].params);
            for value in data.results.iter().chain(nested) {
                turn.inside[value.index()] = true;
            }
        });
        debug_assert!(matches!(self.func.insts[inst].kind, InstKind::Loop { .. }));
        self.hoist_from(body, &mut turn, out);
    }

    fn hoist_from(&mut self, region: Region, turn: &mut Turn, out: &mut Vec<Inst>) {
        let insts = std::mem::take(&mut self.func.regions[region].insts);
        let mut kept = Vec::with_capacity(insts.len());
        for inst in insts {
            if self.moves(inst, turn) {
                self.take_constants_along(inst, turn, out);
                for &result in &self.func.insts[inst].results {
                    turn.inside[result.index()] = false;
                }
                out.push(inst);
                continue;
            }
            let first = turn.first;
            self.note(inst, turn);
            kept.push(inst);
            if !matches!(self.func.insts[inst].kind, InstKind::Loop { .. }) {
                turn.first = false;
                for inner in self.func.insts[inst].kind.regions() {
                    if !self.is_cold(inner) {
                        self.hoist_from(inner, turn, out);
                    }
                }
                turn.first = first;
            }
        }
        self.func.regions[region].insts = kept;
    }

    fn is_cold(&self, region: Region) -> bool {
        let insts = &self.func.regions[region].insts;
        let after_loop = insts.len() > 1 && matches!(self.func.insts[insts[insts.len() - 2]].kind, InstKind::Loop { .. });
        insts.last().is_some_and(|&last| matches!(self.func.insts[last].kind, InstKind::Unreachable)) && !after_loop
    }

    fn moves(&self, inst: Inst, turn: &Turn) -> bool {
        let InstKind::Op { op, imm, args } = &self.func.insts[inst].kind else { return false };
        if is_constant(*op) || !args.iter().all(|&v| !turn.inside[v.index()] || self.constant(v).is_some()) {
            return false;
        }
        let unchanged = self.effects.read(self.types, *op, *imm).is_none_or(|class| !turn.clobbered.contains(class));
        match op.effect() {
            Effect::Pure => true,
            // The operand is a non-null reference, so the read is defined.
            Effect::Partial | Effect::Read if matches!(op, Op::StructGet | Op::ArrayLen | Op::GlobalGet) => unchanged,
            Effect::Partial | Effect::Read => turn.first && turn.stays && unchanged,
            Effect::Trap => turn.first && turn.stays && turn.silent,
            Effect::Write | Effect::Alloc => false,
        }
    }

    /// A constant that is made inside the loop: its op and immediate.
    fn constant(&self, value: Value) -> Option<(Op, Imm)> {
        match self.func.insts[self.defs.get(value.index()).copied().flatten()?].kind {
            InstKind::Op { op, imm, .. } if is_constant(op) => Some((op, imm)),
            _ => None,
        }
    }

    /// A moved op gets its own copies of the constants that it needs.
    fn take_constants_along(&mut self, inst: Inst, turn: &mut Turn, out: &mut Vec<Inst>) {
        let InstKind::Op { args, .. } = &self.func.insts[inst].kind else { return };
        for (i, arg) in args.clone().into_iter().enumerate() {
            if !turn.inside[arg.index()] {
                continue;
            }
            let (op, imm) = self.constant(arg).expect("a constant");
            let data = self.func.values[arg].clone();
            let copy = self.func.values.push(data);
            turn.inside.push(false);
            let kind = InstKind::Op { op, imm, args: SmallVec::new() };
            let at = self.func.insts[inst].at;
            out.push(self.func.insts.push(InstData { kind, results: SmallVec::from_slice(&[copy]), at }));
            if let InstKind::Op { args, .. } = &mut self.func.insts[inst].kind {
                args[i] = copy;
            }
        }
    }

    /// What an instruction that stays means for those behind it.
    fn note(&self, inst: Inst, turn: &mut Turn) {
        let mut note_one = |i: Inst| match &self.func.insts[i].kind {
            InstKind::Op { op, .. } => match op.effect() {
                Effect::Trap => turn.stop(),
                Effect::Write => turn.silent = false,
                Effect::Pure | Effect::Partial | Effect::Read | Effect::Alloc => {}
            },
            kind @ (InstKind::Call { .. } | InstKind::CallIndirect { .. } | InstKind::CallHost { .. }) => {
                let summary = self.effects.call(kind);
                turn.silent &= summary.writes.is_empty();
                if summary.observable || summary.endless {
                    turn.stop();
                }
            }
            InstKind::Loop { .. } | InstKind::Return { .. } | InstKind::Unreachable => turn.stop(),
            InstKind::Block { .. } | InstKind::If { .. } | InstKind::Switch { .. } => {}
            // A `br` to the construct itself stays inside; where it goes is looked at below.
            InstKind::Br { .. } => {}
        };
        note_one(inst);
        let mut around = vec![inst];
        let mut leaves = false;
        for region in self.func.insts[inst].kind.regions() {
            walk(self.func, region, &mut |i| {
                note_one(i);
                if !self.func.insts[i].kind.regions().is_empty() {
                    around.push(i);
                }
                leaves |= matches!(self.func.insts[i].kind, InstKind::Br { target, .. } if !around.contains(&target));
            });
        }
        if leaves {
            turn.stop();
        }
    }
}

/// What is known of one loop while its region is walked.
struct Turn {
    /// By value: made in the loop.
    inside: Vec<bool>,
    clobbered: ClassSet,
    /// Nothing so far can leave the loop: what comes is done whenever the loop is entered.
    stays: bool,
    /// Nothing so far has an effect.
    silent: bool,
    /// The walk is in the loop's own region, not in a nested one.
    first: bool,
}

impl Turn {
    fn stop(&mut self) {
        self.stays = false;
        self.silent = false;
    }
}

/// Ops without operands that backends make where they are used.
fn is_constant(op: Op) -> bool {
    matches!(op, Op::BoolConst | Op::I32Const | Op::I64Const | Op::F64Const | Op::RefNull | Op::AnyNone | Op::FuncAddr)
}
