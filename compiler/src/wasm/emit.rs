//! Function bodies: the IR's structured control as Wasm's, one construct for one.
//!
//! `plan.rs` says what is a statement and what is evaluated where it is used; this walks the statements of a region and
//! emits. A `br` to the construct whose end comes next falls through; an arm that is nothing but a jump becomes a `br_if`;
//! a construct that nothing jumps out of needs no block. What ops compute is in `ops.rs`.

use super::assembly::Assembly;
use super::code::{Code, Ins, Local};
use super::plan::{Place, Plan};
use super::wasi;
use crate::ir::{self, Func, Id, Inst, InstKind, Region, Value};
use std::borrow::Cow;
use wasm_encoder::{BlockType, ValType};

/// The code of a function; `code` knows its parameters.
pub fn function(asm: &mut Assembly, func: &Func, code: Code) -> Code {
    let plan = Plan::new(asm.module, func);
    let mut local = vec![None; func.values.len()];
    for (i, &param) in func.params().iter().enumerate() {
        local[param.index()] = Some(i as Local);
    }
    let place = func.span.into();
    let mut emitter = Emitter { asm, func, plan, code, place, local, teed: vec![false; func.values.len()], labels: Vec::new() };
    emitter.region(func.body, None, true);
    emitter.code
}

pub(super) struct Emitter<'e, 'a> {
    pub asm: &'e mut Assembly<'a>,
    pub func: &'e Func,
    pub plan: Plan,
    pub code: Code,
    /// Where the op being emitted comes from.
    pub place: ir::Place,
    /// The local of each value that has one.
    local: Vec<Option<Local>>,
    /// Values with the place `Tee` that have been copied to their local.
    teed: Vec<bool>,
    /// The constructs around the current position that are Wasm blocks, outermost first; `None` names none of the IR's.
    labels: Vec<Option<Inst>>,
}

/// What is behind the end of a region: nothing but the end of this construct (or of these), or of the function.
type Falls<'s> = Option<&'s Fall<'s>>;
pub(super) struct Fall<'s> {
    construct: Inst,
    /// The construct's own end stands at the end of a region itself, and nothing needs moving there.
    outer: Falls<'s>,
}

impl Emitter<'_, '_> {
    /// Emits a region; `at_end` if the function's end follows it.
    fn region(&mut self, region: Region, falls: Falls, at_end: bool) {
        let statements = self.plan.statements(region).to_vec();
        for (i, &inst) in statements.iter().enumerate() {
            let last = i + 1 == statements.len();
            // A construct that a bare `br` follows: leaving it is leaving what that `br` leaves.
            let next = statements.get(i + 1).map(|&n| &self.func.insts[n].kind);
            let outer = match next {
                Some(InstKind::Br { target, args }) if args.is_empty() => {
                    falls.filter(|f| f.construct == *target && self.func.insts[inst].results.is_empty())
                }
                _ => None,
            };
            self.statement(inst, falls.filter(|_| last), outer, at_end && last);
        }
    }

    fn statement(&mut self, inst: Inst, falls: Falls, outer: Falls, at_end: bool) {
        let func = self.func;
        match &func.insts[inst].kind {
            InstKind::Br { target, args } => self.br(*target, args, falls),
            InstKind::Return { args } => {
                args.iter().for_each(|&v| self.operand(v));
                if !at_end {
                    self.code.op(Ins::Return);
                }
            }
            InstKind::Unreachable => {
                // Behind a jump there is nothing to mark.
                if !matches!(self.code.ins.last(), Some(Ins::Br(_) | Ins::Return | Ins::Unreachable)) {
                    self.code.op(Ins::Unreachable);
                }
            }
            InstKind::Op { .. }
            | InstKind::Call { .. }
            | InstKind::CallIndirect { .. }
            | InstKind::CallHost { .. }
            | InstKind::Block { .. }
            | InstKind::Loop { .. }
            | InstKind::If { .. }
            | InstKind::Switch { .. } => {
                self.evaluate(inst, outer);
                for &result in func.insts[inst].results.iter().rev() {
                    match self.plan.place(result) {
                        Place::Local => {
                            let local = self.local_of(result);
                            self.code.set(local);
                        }
                        Place::Unused => {
                            self.code.op(Ins::Drop);
                        }
                        Place::Again | Place::Stack | Place::Tee => unreachable!("{result} is no statement's"),
                    }
                }
            }
        }
    }

    /// Emits an instruction; its results are on the operand stack afterwards.
    fn evaluate(&mut self, inst: Inst, outer: Falls) {
        let func = self.func;
        let data = &func.insts[inst];
        match &data.kind {
            InstKind::Op { op, imm, args } => {
                self.code.at(Some(data.at));
                // What it is computed from may be emitted in its midst.
                let outer = std::mem::replace(&mut self.place, data.at);
                self.op(*op, *imm, args);
                self.place = outer;
            }
            InstKind::Call { func, args } => {
                args.iter().for_each(|&v| self.operand(v));
                let symbol = self.asm.func(*func);
                self.code.at(ir::place::of_call(self.func, &self.asm.module.funcs[*func], data.at));
                self.code.call(symbol);
            }
            InstKind::CallIndirect { sig, callee, args } => {
                args.iter().for_each(|&v| self.operand(v));
                self.operand(*callee);
                let signature = self.asm.module.types.signature(*sig);
                let params: Vec<ValType> = signature.params.iter().map(|&t| self.asm.types.value(t)).collect();
                let result: Vec<ValType> = signature.result.iter().map(|&t| self.asm.types.value(t)).collect();
                let type_index = self.asm.types.func(&params, &result);
                self.code.at(Some(data.at));
                self.asm.calls_indirectly = true;
                self.code.op(Ins::CallIndirect { type_index, table_index: 0 });
            }
            InstKind::CallHost { host, args } => wasi::call(self, *host, args),
            InstKind::Block { body } => self.block(inst, *body, outer),
            InstKind::Loop { init, body } => self.loop_(inst, init, *body),
            InstKind::If { cond, then_, else_ } => self.if_(inst, *cond, *then_, *else_, outer),
            InstKind::Switch { index, cases, default } => self.switch(inst, *index, cases, *default, outer),
            InstKind::Br { .. } | InstKind::Return { .. } | InstKind::Unreachable => unreachable!("a terminator is a statement"),
        }
    }

    /// Pushes a value.
    pub fn operand(&mut self, value: Value) {
        match self.plan.place(value) {
            Place::Again | Place::Stack => self.evaluate(self.plan.def(value), None),
            Place::Tee if !self.teed[value.index()] => {
                self.evaluate(self.plan.def(value), None);
                self.teed[value.index()] = true;
                let local = self.local_of(value);
                self.code.tee(local);
            }
            Place::Tee | Place::Local => {
                let local = self.local_of(value);
                self.code.get(local);
            }
            Place::Unused => unreachable!("{value} is used"),
        }
    }

    pub fn local_of(&mut self, value: Value) -> Local {
        if let Some(local) = self.local[value.index()] {
            return local;
        }
        let ty = self.asm.types.value(self.func.ty(value));
        let local = self.code.local(ty);
        self.local[value.index()] = Some(local);
        local
    }

    fn depth(&self, construct: Inst) -> u32 {
        let at = self.labels.iter().rposition(|&l| l == Some(construct)).expect("a construct around this place");
        (self.labels.len() - 1 - at) as u32
    }

    fn br(&mut self, target: Inst, args: &[Value], falls: Falls) {
        if let InstKind::Loop { body, .. } = self.func.insts[target].kind {
            self.assign(body, args);
            let depth = self.depth(target);
            self.code.op(Ins::Br(depth));
            return;
        }
        args.iter().for_each(|&v| self.operand(v));
        let mut fall = falls;
        while let Some(f) = fall {
            if f.construct == target {
                return;
            }
            fall = f.outer;
        }
        let depth = self.depth(target);
        self.code.op(Ins::Br(depth));
    }

    /// Gives the parameters of a loop's region new values, all at once.
    fn assign(&mut self, body: Region, args: &[Value]) {
        let params = &self.func.regions[body].params;
        let moves: Vec<(Value, Value)> = params.iter().copied().zip(args.iter().copied()).filter(|(p, a)| p != a).collect();
        moves.iter().for_each(|&(_, arg)| self.operand(arg));
        for &(param, _) in moves.iter().rev() {
            let local = self.local_of(param);
            self.code.set(local);
        }
    }

    fn block_type(&mut self, inst: Inst) -> BlockType {
        let results = &self.func.insts[inst].results;
        let types: Vec<ValType> = results.iter().map(|&v| self.asm.types.value(self.func.ty(v))).collect();
        self.asm.types.block(&types)
    }

    /// Whether the only `br` to a construct stand at the ends of these regions of it.
    fn only_falls(&self, inst: Inst, regions: &[Region]) -> bool {
        let ends = regions.iter().filter(|&&r| self.ends_in(r, inst)).count();
        self.plan.branches(inst) as usize == ends
    }

    fn ends_in(&self, region: Region, construct: Inst) -> bool {
        let last = self.func.regions[region].insts.last();
        last.is_some_and(|&i| matches!(self.func.insts[i].kind, InstKind::Br { target, .. } if target == construct))
    }

    fn block(&mut self, inst: Inst, body: Region, outer: Falls) {
        let fall = Fall { construct: inst, outer };
        if self.only_falls(inst, &[body]) {
            self.region(body, Some(&fall), false);
            return;
        }
        let ty = self.block_type(inst);
        self.code.op(Ins::Block(ty));
        self.nested(Some(inst), |e| e.region(body, Some(&fall), false));
        self.code.op(Ins::End);
    }

    fn loop_(&mut self, inst: Inst, init: &[Value], body: Region) {
        let params = &self.func.regions[body].params;
        init.iter().for_each(|&v| self.operand(v));
        for &param in params.iter().rev() {
            let local = self.local_of(param);
            self.code.set(local);
        }
        self.code.op(Ins::Loop(BlockType::Empty));
        self.nested(Some(inst), |e| e.region(body, None, false));
        self.code.op(Ins::End);
    }

    fn nested(&mut self, label: Option<Inst>, f: impl FnOnce(&mut Self)) {
        self.labels.push(label);
        f(self);
        self.labels.pop();
    }

    fn if_(&mut self, inst: Inst, cond: Value, then_: Region, else_: Region, outer: Falls) {
        let fall = Fall { construct: inst, outer };
        if self.func.insts[inst].results.is_empty() {
            for (jump, other, negate) in [(then_, else_, false), (else_, then_, true)] {
                let target = self.bare_jump(jump).filter(|&t| t != inst);
                if let Some(target) = target.filter(|_| self.only_falls(inst, &[other])) {
                    self.condition(cond, negate);
                    let depth = self.depth(target);
                    self.code.op(Ins::BrIf(depth));
                    self.region(other, Some(&fall), false);
                    return;
                }
            }
            for (nothing, other, negate) in [(else_, then_, false), (then_, else_, true)] {
                if self.bare_jump(nothing) == Some(inst) {
                    self.condition(cond, negate);
                    self.code.op(Ins::If(BlockType::Empty));
                    self.nested(Some(inst), |e| e.region(other, Some(&fall), false));
                    self.code.op(Ins::End);
                    return;
                }
            }
        }
        self.condition(cond, false);
        let ty = self.block_type(inst);
        self.code.op(Ins::If(ty));
        self.nested(Some(inst), |e| {
            e.region(then_, Some(&fall), false);
            e.code.op(Ins::Else);
            e.region(else_, Some(&fall), false);
        });
        self.code.op(Ins::End);
    }

    /// The target of a region that is nothing but a `br` which moves nothing.
    fn bare_jump(&self, region: Region) -> Option<Inst> {
        let [only] = *self.plan.statements(region) else { return None };
        let InstKind::Br { target, args } = &self.func.insts[only].kind else { return None };
        match self.func.insts[*target].kind {
            InstKind::Loop { body, .. } => (self.func.regions[body].params[..] == args[..]).then_some(*target),
            _ => args.is_empty().then_some(*target),
        }
    }

    /// ```text
    ///   block (results)            the switch
    ///     block .. block           one for the default, one for each case but none for itself
    ///       index, br_table
    ///     end  case 0, br switch
    ///     end  default
    ///   end
    /// ```
    fn switch(&mut self, inst: Inst, index: Value, cases: &[Region], default: Region, outer: Falls) {
        let fall = Fall { construct: inst, outer };
        // Before the blocks: a local of a reference that is set inside a block counts as unset behind it.
        self.operand(index);
        let chosen = self.code.local(ValType::I32);
        self.code.set(chosen);
        let ty = self.block_type(inst);
        self.code.op(Ins::Block(ty));
        self.labels.push(Some(inst));
        for _ in 0..=cases.len() {
            self.code.op(Ins::Block(BlockType::Empty));
            self.labels.push(None);
        }
        self.code.get(chosen);
        let targets: Vec<u32> = (0..cases.len() as u32).collect();
        self.code.op(Ins::BrTable(Cow::Owned(targets), cases.len() as u32));
        for &case in cases {
            self.labels.pop();
            self.code.op(Ins::End);
            self.region(case, None, false);
        }
        self.labels.pop();
        self.code.op(Ins::End);
        self.region(default, Some(&fall), false);
        self.labels.pop();
        self.code.op(Ins::End);
    }
}
