//! Inlining: calls of small functions become blocks with the function's body.
//!
//! Functions are taken callees first, so that what is inlined has its own calls inlined already. A function marked `Always` is
//! inlined wherever it is called; one marked `Never`, one that diverges and one that can call itself nowhere; any other if it
//! is small, or if it is called from one place, has no loop and is not large. Calls on cold paths (regions that end in `unreachable`) stay calls.
//! A small function that calls itself is unrolled into itself, a few levels deep: fewer calls, each of which does more.
//! Instructions keep their spans, and note the call that they were part of, so errors keep their places and their traces.

use super::copy::{Copy, Names};
use super::effects::call_order;
use super::rewrite::walk_func;
use crate::ir::{FrameData, Func, FuncId, Id, Imm, Inlining, Inst, InstData, InstKind, Module, Op, Region};

/// Instructions, constants and terminators not counted, up to which a function is inlined everywhere.
const SMALL: usize = 16;
/// The same for a function with one caller.
const SINGLE: usize = 60;
/// Up to which a function is unrolled into itself, and how often at most.
const UNROLLED: usize = 64;
const LEVELS: usize = 2;
/// A caller of this size grows no more.
const LARGEST_CALLER: usize = 3000;

pub fn inline(module: &mut Module) {
    let (order, recursive) = call_order(module);
    let mut facts: Vec<Facts> = module.funcs.values().map(Facts::new).collect();
    count_uses(module, &mut facts);
    for (facts, &recursive) in facts.iter_mut().zip(&recursive) {
        facts.recursive = recursive;
    }
    for id in order {
        inline_into(module, id, &facts);
        unroll(&mut module.funcs[id], id);
        let uses = facts[id.index()].uses;
        facts[id.index()] = Facts { uses, recursive: recursive[id.index()], ..Facts::new(&module.funcs[id]) };
    }
}

/// What decides about a function.
struct Facts {
    size: usize,
    has_loop: bool,
    recursive: bool,
    /// Calls and addresses of it in the whole module.
    uses: usize,
    inlining: Inlining,
    diverges: bool,
}

impl Facts {
    fn new(func: &Func) -> Facts {
        let (mut size, mut has_loop) = (0, false);
        walk_func(func, &mut |inst| {
            let kind = &func.insts[inst].kind;
            has_loop |= matches!(kind, InstKind::Loop { .. });
            let constant = matches!(kind, InstKind::Op { op: Op::BoolConst | Op::I32Const | Op::I64Const | Op::F64Const, .. });
            size += usize::from(!constant && !kind.is_terminator());
        });
        Facts { size, has_loop, recursive: false, uses: 0, inlining: func.inlining, diverges: func.diverges }
    }

    fn wanted(&self) -> bool {
        if self.recursive || self.diverges {
            return false;
        }
        match self.inlining {
            Inlining::Always => true,
            Inlining::Never => false,
            Inlining::Auto => self.size <= SMALL || (self.uses == 1 && !self.has_loop && self.size <= SINGLE),
        }
    }
}

fn count_uses(module: &Module, facts: &mut [Facts]) {
    for func in module.funcs.values() {
        walk_func(func, &mut |inst| match &func.insts[inst].kind {
            InstKind::Call { func: callee, .. } => facts[callee.index()].uses += 1,
            // Whose address is taken stays, so inlining one call of it saves nothing.
            InstKind::Op { imm: Imm::Func(callee), .. } => facts[callee.index()].uses += 2,
            _ => {}
        });
    }
    for role in [module.main, module.trap].into_iter().flatten() {
        facts[role.index()].uses += 2;
    }
}

fn inline_into(module: &mut Module, id: FuncId, facts: &[Facts]) {
    let mut size = facts[id.index()].size;
    let mut calls = Vec::new();
    let func = &module.funcs[id];
    hot_calls(func, func.body, &mut calls);
    calls.retain(|&(_, callee)| callee != id && facts[callee.index()].wanted());
    for (inst, callee) in calls {
        let always = facts[callee.index()].inlining == Inlining::Always;
        if !always && size > LARGEST_CALLER {
            continue;
        }
        size += facts[callee.index()].size;
        // The callee is another function: take the caller out to hold both.
        let placeholder = Func::new("", &[], None, module.funcs[id].span);
        let mut caller = std::mem::replace(&mut module.funcs[id], placeholder);
        expand(&mut caller, inst, &module.funcs[callee]);
        module.funcs[id] = caller;
    }
}

/// Expands a function's calls of itself, then those that came with them, while it stays small.
fn unroll(func: &mut Func, id: FuncId) {
    let facts = Facts::new(func);
    if facts.inlining != Inlining::Auto || facts.has_loop || facts.size > SMALL {
        return;
    }
    let once = func.clone();
    let mut size = facts.size;
    for _ in 0..LEVELS {
        let mut calls = Vec::new();
        hot_calls(func, func.body, &mut calls);
        calls.retain(|&(_, callee)| callee == id);
        size += calls.len() * facts.size;
        if size > UNROLLED {
            return;
        }
        calls.into_iter().for_each(|(call, _)| expand(func, call, &once));
    }
}

/// The calls in regions that do not end in `unreachable`, in text order.
fn hot_calls(func: &Func, region: Region, calls: &mut Vec<(Inst, FuncId)>) {
    let insts = &func.regions[region].insts;
    let is_cold = insts.last().is_some_and(|&last| {
        let after_loop = insts.len() > 1 && matches!(func.insts[insts[insts.len() - 2]].kind, InstKind::Loop { .. });
        matches!(func.insts[last].kind, InstKind::Unreachable) && !after_loop && region != func.body
    });
    for &inst in insts {
        match func.insts[inst].kind {
            InstKind::Call { func: callee, .. } if !is_cold => calls.push((inst, callee)),
            ref kind => kind.regions().into_iter().for_each(|inner| hot_calls(func, inner, calls)),
        }
    }
}

/// Turns a call into a block with a copy of the callee's body.
fn expand(caller: &mut Func, call: Inst, callee: &Func) {
    let InstData { kind: InstKind::Call { args, .. }, at, .. } = caller.insts[call].clone() else { unreachable!("a call") };
    let frame = FrameData { name: callee.name.as_str().into(), span: callee.span, call: at.span, outer: at.frame };
    let frame = caller.frames.push(frame);
    let mut names = Names::of(callee);
    for (&param, &arg) in callee.params().iter().zip(&args) {
        names.set(param, arg);
    }
    let mut copy = Copy::new(callee, caller, &mut names);
    (copy.left_by_return, copy.frame) = (Some(call), Some(frame));
    let body = copy.region(callee.body, Vec::new());
    caller.insts[call].kind = InstKind::Block { body };
}
