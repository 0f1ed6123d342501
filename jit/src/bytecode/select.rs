//! Instruction selection: a function's IR to virtual bytecode (`lir`), in one walk.
//!
//! Comparisons that only decide a jump are fused with it; constants become immediates where there is a form for them, and are
//! loaded before the outermost loop otherwise; ops that do nothing in this representation (`i32.extend_u`, `ref.cast`,
//! `any.from_ref` and their like) become other names of their operand. What an op computes is not known here:
//! that is in `compiler::ir::eval` and in `mochi.h`.

use super::alloc::{REGISTERS, Target};
use super::layout::Layouts;
use super::lir::{COLD, CallSite, Callee, ColdExit, Lir, LirFunc, LoopConst, NONE, Source, VReg};
use super::live::may_collect;
use super::opcode::Opcode;
use compiler::ir::{
    Args, Bank, DataId, Func, FuncId, Id, Imm, Inst, InstKind, Module, Op, Place, Region, Site, Type, TypeId, Value, place,
};
use std::collections::{HashMap, HashSet};

/// What the whole module shares during selection.
pub struct Shared<'a> {
    pub module: &'a Module,
    pub layouts: &'a Layouts,
    /// The index of each global inside its bank's storage.
    pub globals: Vec<u32>,
    /// Rows of the table of constant references behind row 0, by array type and data block.
    pub constants: HashMap<(TypeId, DataId), u32>,
    /// Whether loops and functions look at the interrupt flag.
    pub polls: bool,
    pub target: Target,
    /// Functions that do not: those that report the interruption.
    pub quiet: HashSet<FuncId>,
}

/// Selects a function's instructions.
pub fn select(shared: &Shared, id: FuncId, func: &Func) -> LirFunc {
    let values = func.values.len();
    let mut selector = Selector {
        shared,
        func,
        out: LirFunc {
            code: Vec::new(),
            moves: Vec::new(),
            calls: Vec::new(),
            switches: Vec::new(),
            places: Vec::new(),
            cold: Vec::new(),
            consts: Vec::new(),
            results: Vec::new(),
            banks: Vec::new(),
            params: Vec::new(),
            result: func.result.map(Type::bank),
            labels: 0,
        },
        facts: Facts::of(func),
        values: vec![Val::Unset; values],
        targets: HashMap::new(),
        outer_loop: None,
        loop_consts: HashMap::new(),
        loops: 0,
        polls: shared.polls && !shared.quiet.contains(&id),
        place: func.span.into(),
    };
    let banks = selector.passing(func.params().iter().map(|&param| func.ty(param).bank()).collect());
    let mut as_bits = Vec::new();
    for (&param, bank) in func.params().iter().zip(banks) {
        let reg = match selector.facts.uses[param.index()] {
            0 => NONE,
            _ if func.ty(param).bank() == bank => selector.define(param),
            _ => {
                let reg = selector.reg_of_bank(bank);
                as_bits.push((param, reg));
                reg
            }
        };
        selector.out.params.push((bank, reg));
    }
    // Position 0 belongs to the parameters.
    let start = selector.label();
    selector.emit(Lir::Label(start));
    selector.poll();
    for (param, bits) in as_bits {
        let to = selector.define(param);
        selector.emit(Lir::op(Opcode::FFromBits, to, bits, NONE));
    }
    selector.region(func.body);
    selector.out
}

/// The numbers of a check that has none.
pub(super) const NO_NUMBERS: [Source; 2] = [Source::Const(0); 2];

/// What is known of a value.
#[derive(Clone, Copy, Debug)]
enum Val {
    Unset,
    Reg(VReg),
    /// The bits as they stand in a slot.
    Const(u64),
    /// A condition that its one user will fuse.
    Pending(Inst),
}

/// What one pass over the function finds out about its values.
struct Facts {
    uses: Vec<u32>,
    /// The instruction that uses the value last.
    user: Vec<Option<Inst>>,
    region_of: Vec<Option<Region>>,
    /// The region that each block, `if` and `switch` runs its regions in; nothing for loops and the body.
    inside: Vec<Option<Region>>,
    /// Used as an array index alone, of which the low 32 bits count.
    index_only: Vec<bool>,
}

impl Facts {
    fn of(func: &Func) -> Facts {
        let mut facts = Facts {
            uses: vec![0; func.values.len()],
            user: vec![None; func.values.len()],
            region_of: vec![None; func.insts.len()],
            inside: vec![None; func.regions.len()],
            index_only: vec![true; func.values.len()],
        };
        facts.region(func, func.body);
        facts
    }

    fn region(&mut self, func: &Func, region: Region) {
        for &inst in &func.regions[region].insts {
            self.region_of[inst.index()] = Some(region);
            let kind = &func.insts[inst].kind;
            let is_access = matches!(kind, InstKind::Op { op: Op::ArrayGet | Op::ArraySet, .. });
            let mut operand = 0;
            kind.for_each_operand(|value| {
                self.uses[value.index()] += 1;
                self.user[value.index()] = Some(inst);
                self.index_only[value.index()] &= is_access && operand == 1;
                operand += 1;
            });
            for child in kind.regions() {
                self.inside[child.index()] = (!matches!(kind, InstKind::Loop { .. })).then_some(region);
                self.region(func, child);
            }
        }
    }

    /// Whether the user runs at most once for each time that the instruction does.
    fn at_most_once(&self, inst: Inst, user: Inst) -> bool {
        let defined = self.region_of[inst.index()];
        let mut region = self.region_of[user.index()];
        while region != defined {
            let Some(outer) = region.and_then(|region| self.inside[region.index()]) else { return false };
            region = Some(outer);
        }
        true
    }
}

pub(super) struct Selector<'a> {
    pub(super) shared: &'a Shared<'a>,
    pub(super) func: &'a Func,
    pub(super) out: LirFunc,
    facts: Facts,
    values: Vec<Val>,
    /// The label of each open construct, and the registers that a `br` to it fills.
    targets: HashMap<Inst, (u32, Vec<VReg>)>,
    outer_loop: Option<u32>,
    /// Constants of the current outermost loop.
    loop_consts: HashMap<(u8, u64), VReg>,
    loops: u32,
    polls: bool,
    place: Place,
}

impl Selector<'_> {
    pub(super) fn reg_of_bank(&mut self, bank: Bank) -> VReg {
        self.out.banks.push(bank);
        self.out.banks.len() as VReg - 1
    }
    /// A fresh register for a value.
    pub(super) fn define(&mut self, value: Value) -> VReg {
        let reg = self.reg_of_bank(self.func.ty(value).bank());
        self.values[value.index()] = Val::Reg(reg);
        reg
    }
    pub(super) fn emit(&mut self, lir: Lir) {
        if may_collect(&lir) {
            self.out.places.push((self.out.code.len() as u32, self.place));
        }
        self.out.code.push(lir);
    }
    /// Looks whether the program is to be stopped.
    fn poll(&mut self) {
        if self.polls {
            let cold = self.cold_exit(Site::INTERRUPTED, NO_NUMBERS);
            self.emit(Lir::jump(Opcode::Poll, NONE, NONE, 0, cold));
        }
    }
    pub(super) fn label(&mut self) -> u32 {
        self.out.labels += 1;
        self.out.labels - 1
    }
    fn cold_exit(&mut self, site: Site, [a, b]: [Source; 2]) -> u32 {
        self.out.cold.push(ColdExit { site, a, b, place: self.place });
        COLD | (self.out.cold.len() as u32 - 1)
    }
    /// The cold exit of a check, with its two numbers.
    pub(super) fn trap_target(&mut self, imm: Imm, numbers: [Source; 2]) -> u32 {
        let Imm::Site(site) = imm else { unreachable!("a check has a site") };
        self.cold_exit(site, numbers)
    }

    pub(super) fn set_reg(&mut self, value: Value, reg: VReg) {
        self.values[value.index()] = Val::Reg(reg);
    }
    /// The bits of a constant.
    pub(super) fn constant(&self, value: Value) -> Option<u64> {
        match self.values[value.index()] {
            Val::Const(bits) => Some(bits),
            Val::Unset | Val::Reg(_) | Val::Pending(_) => None,
        }
    }
    /// A constant that fits a sign-extended 32-bit field.
    pub(super) fn constant32(&self, value: Value) -> Option<i32> {
        self.constant(value).and_then(|bits| i32::try_from(bits as i64).ok())
    }
    pub(super) fn set_constant(&mut self, value: Value, bits: u64) {
        self.values[value.index()] = Val::Const(bits);
    }
    /// Makes a value another name of its operand.
    pub(super) fn alias(&mut self, value: Value, of: Value) {
        self.values[value.index()] = match self.values[of.index()] {
            Val::Pending(_) => Val::Reg(self.reg(of)),
            known => known,
        };
    }
    /// The register that holds the value; constants and conditions put off are computed here.
    pub(super) fn reg(&mut self, value: Value) -> VReg {
        match self.values[value.index()] {
            Val::Reg(reg) => reg,
            Val::Const(bits) => self.constant_reg(self.func.ty(value).bank(), bits),
            Val::Pending(inst) => {
                let InstKind::Op { op, ref args, .. } = self.func.insts[inst].kind else { unreachable!("a condition is an op") };
                let reg = self.define(value);
                self.condition(reg, op, args);
                reg
            }
            Val::Unset => panic!("{value} is used before its definition in @{}", self.func.name),
        }
    }
    /// A register with a constant: shared inside the outermost loop, fresh outside.
    pub(super) fn constant_reg(&mut self, bank: Bank, bits: u64) -> VReg {
        if let Some(loop_) = self.outer_loop {
            if let Some(&reg) = self.loop_consts.get(&(bank as u8, bits)) {
                return reg;
            }
            let reg = self.reg_of_bank(bank);
            self.loop_consts.insert((bank as u8, bits), reg);
            self.out.consts.push(LoopConst { loop_, reg, bank, bits });
            return reg;
        }
        let reg = self.reg_of_bank(bank);
        self.emit(Lir::constant(bank, reg, bits));
        reg
    }
    pub(super) fn source(&mut self, value: Value) -> Source {
        match self.constant(value) {
            Some(bits) => Source::Const(bits),
            None => Source::Reg(self.reg(value)),
        }
    }

    fn region(&mut self, region: Region) {
        for &inst in &self.func.regions[region].insts {
            self.inst(inst);
        }
    }

    fn inst(&mut self, inst: Inst) {
        let func = self.func;
        let data = &func.insts[inst];
        self.place = data.at;
        match &data.kind {
            InstKind::Op { op, imm, args } => self.op(inst, *op, *imm, args),
            InstKind::Call { func: callee, args } => self.call(inst, Callee::Func(*callee), args),
            InstKind::CallIndirect { sig, callee, args } => {
                let bank = self.shared.module.types.signature(*sig).result.map(Type::bank);
                let callee = Callee::Indirect(self.reg(*callee), bank);
                self.call(inst, callee, args);
            }
            InstKind::CallHost { host, args } => self.call(inst, Callee::Host(*host), args),
            InstKind::Block { body } => {
                let end = self.open(inst);
                self.region(*body);
                self.emit(Lir::Label(end));
            }
            InstKind::Loop { init, body } => self.loop_(inst, init, *body),
            InstKind::If { cond, then_, else_ } => self.if_(inst, *cond, *then_, *else_),
            InstKind::Switch { index, cases, default } => self.switch(inst, *index, cases, *default),
            InstKind::Br { target, args } => {
                let (label, to) = self.targets[target].clone();
                self.moves(&to, args);
                self.emit(Lir::jump(Opcode::Jmp, NONE, NONE, 0, label));
            }
            InstKind::Return { args } => self.return_(args),
            InstKind::Unreachable => self.emit(Lir::op(Opcode::Unreachable, NONE, NONE, NONE)),
        }
    }

    /// Opens a construct that is left by its end label, with registers for its results.
    fn open(&mut self, inst: Inst) -> u32 {
        let label = self.label();
        let results = self.func.insts[inst].results.clone();
        let to: Vec<VReg> = results.iter().map(|&v| if self.facts.uses[v.index()] == 0 { NONE } else { self.define(v) }).collect();
        self.out.results.push((label, to.clone()));
        self.targets.insert(inst, (label, to));
        label
    }

    /// Moves the arguments of a `br` to where its target wants them, leaving out what nobody reads.
    fn moves(&mut self, to: &[VReg], args: &Args) {
        let pairs: Vec<(VReg, Value)> = to.iter().copied().zip(args.iter().copied()).filter(|(r, _)| *r != NONE).collect();
        let sources: Vec<(VReg, Source)> = pairs.into_iter().map(|(to, from)| (to, self.source(from))).collect();
        let start = self.out.moves.len() as u32;
        // A parameter that stays as it is counts as a move too: it is alive until here.
        self.out.moves.extend(sources);
        let end = self.out.moves.len() as u32;
        if start != end {
            self.emit(Lir::Moves { start, end });
        }
    }

    fn loop_(&mut self, inst: Inst, init: &Args, body: Region) {
        let (label, id) = (self.label(), self.loops);
        self.loops += 1;
        let params = self.func.regions[body].params.clone();
        // The first values are fetched before the loop begins, so that no constant of theirs counts as the loop's own.
        let sources: Vec<Source> = init.iter().map(|&v| self.source(v)).collect();
        let to: Vec<VReg> = params.iter().map(|&v| if self.facts.uses[v.index()] == 0 { NONE } else { self.define(v) }).collect();
        let start = self.out.moves.len() as u32;
        self.out.moves.extend(to.iter().copied().zip(sources).filter(|(r, _)| *r != NONE));
        let end = self.out.moves.len() as u32;
        if start != end {
            self.emit(Lir::Moves { start, end });
        }
        self.targets.insert(inst, (label, to));
        let outermost = self.outer_loop.is_none();
        if outermost {
            self.outer_loop = Some(id);
            self.loop_consts.clear();
        }
        self.emit(Lir::LoopStart(id));
        self.emit(Lir::Label(label));
        self.poll();
        self.region(body);
        self.emit(Lir::LoopEnd);
        if outermost {
            self.outer_loop = None;
        }
    }

    /// The label that a region jumps to at once, if that is all it does.
    fn plain_jump(&self, region: Region) -> Option<u32> {
        match self.func.regions[region].insts[..] {
            [only] => match &self.func.insts[only].kind {
                InstKind::Br { target, .. } => {
                    let (label, to) = &self.targets[target];
                    to.iter().all(|&r| r == NONE).then_some(*label)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What a region's one instruction leaves, if it has no other.
    fn leaves(&self, region: Region) -> Option<Inst> {
        match self.func.regions[region].insts[..] {
            [only] => match self.func.insts[only].kind {
                InstKind::Br { target, .. } => Some(target),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a branch stands in front of the other one. One that only passes values on does: what it reads need not live through
    /// the other, so that it can share slots with what it becomes, and the branch vanishes. Of two such, the one that
    /// begins another turn of a loop does, since the jump over it becomes that to the loop.
    fn stands_first(&self, branch: Region, other: Region) -> bool {
        let turns = |target: Inst| matches!(self.func.insts[target].kind, InstKind::Loop { .. });
        match (self.leaves(branch), self.leaves(other)) {
            (Some(target), Some(_)) => turns(target),
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    fn if_(&mut self, inst: Inst, cond: Value, then_: Region, else_: Region) {
        let end = self.open(inst);
        if let Some(label) = self.plain_jump(then_) {
            self.branch(cond, true, label);
            self.region(else_);
        } else if let Some(label) = self.plain_jump(else_) {
            self.branch(cond, false, label);
            self.region(then_);
        } else {
            let (first, second, sense) = if self.stands_first(else_, then_) { (else_, then_, true) } else { (then_, else_, false) };
            let otherwise = self.label();
            self.branch(cond, sense, otherwise);
            self.region(first);
            self.emit(Lir::Label(otherwise));
            self.region(second);
        }
        self.emit(Lir::Label(end));
    }

    fn switch(&mut self, inst: Inst, index: Value, cases: &[Region], default: Region) {
        let index = self.reg(index);
        let end = self.open(inst);
        let labels: Vec<u32> = (0..=cases.len()).map(|_| self.label()).collect();
        if cases.len() <= 3 {
            for (i, &label) in labels[..cases.len()].iter().enumerate() {
                self.emit(Lir::jump(Opcode::BEqI, index, NONE, i as i32, label));
            }
            self.emit(Lir::jump(Opcode::Jmp, NONE, NONE, 0, labels[cases.len()]));
        } else {
            self.out.switches.push(labels.clone());
            let table = self.out.switches.len() as u32 - 1;
            self.emit(Lir::Switch { index, table });
        }
        for (&region, &label) in cases.iter().chain([&default]).zip(&labels) {
            self.emit(Lir::Label(label));
            self.region(region);
        }
        self.emit(Lir::Label(end));
    }

    /// The banks that parameters are passed in. For the JIT, floats that get no register go as their bits with the integers: their
    /// place in memory would lie behind the callee's integer slots, whose number a caller cannot know.
    fn passing(&self, mut banks: Vec<Bank>) -> Vec<Bank> {
        if self.shared.target == Target::Jit {
            let floats = banks.iter_mut().filter(|bank| **bank == Bank::Float);
            floats.skip(REGISTERS[Bank::Float as usize] as usize).for_each(|bank| *bank = Bank::Int);
        }
        banks
    }

    /// An argument as it is passed in a bank.
    fn argument(&mut self, value: Value, bank: Bank) -> (Bank, Source) {
        let source = self.source(value);
        match source {
            Source::Reg(reg) if self.out.banks[reg as usize] != bank => {
                let bits = self.reg_of_bank(bank);
                self.emit(Lir::op(Opcode::FToBits, bits, reg, NONE));
                (bank, Source::Reg(bits))
            }
            _ => (bank, source),
        }
    }

    fn call(&mut self, inst: Inst, callee: Callee, args: &Args) {
        let banks = self.passing(args.iter().map(|&v| self.func.ty(v).bank()).collect());
        let args = args.iter().zip(banks).map(|(&v, bank)| self.argument(v, bank)).collect();
        let result = match self.func.insts[inst].results.first() {
            Some(&v) if self.facts.uses[v.index()] != 0 => self.define(v),
            _ => NONE,
        };
        let (diverges, place) = match callee {
            Callee::Func(id) => {
                let func = &self.shared.module.funcs[id];
                (func.diverges, place::of_call(self.func, func, self.place))
            }
            Callee::Indirect(..) | Callee::Host(_) => (false, Some(self.place)),
        };
        self.out.calls.push(CallSite { callee, args, result, diverges, place });
        self.emit(Lir::Call(self.out.calls.len() as u32 - 1));
    }

    fn return_(&mut self, args: &Args) {
        let Some(&value) = args.first() else {
            return self.emit(Lir::op(Opcode::Ret, NONE, NONE, NONE));
        };
        let reg = self.reg(value);
        let op = match self.func.ty(value).bank() {
            Bank::Int => Opcode::RetI,
            Bank::Float => Opcode::RetF,
            Bank::Ref => Opcode::RetR,
        };
        self.emit(Lir::op(op, reg, NONE, NONE));
    }

    /// Whether an unused result makes the whole op superfluous, or one user can fuse the condition.
    pub(super) fn is_unused(&self, value: Value) -> bool {
        self.facts.uses[value.index()] == 0
    }
    pub(super) fn is_index_only(&self, value: Value) -> bool {
        self.facts.index_only[value.index()]
    }
    /// Puts a condition off to its user, if it has one, in no loop that this is outside of, that can fuse it.
    pub(super) fn put_off(&mut self, inst: Inst, value: Value) -> bool {
        let Some(user) = self.facts.user[value.index()] else { return false };
        let fuses = match &self.func.insts[user].kind {
            InstKind::If { .. } => true,
            InstKind::Op { op: Op::TrapIf | Op::BoolNot | Op::BoolAnd | Op::BoolOr, .. } => true,
            InstKind::Op { op: Op::TrapIfWith | Op::Select, args, .. } => args[0] == value,
            _ => false,
        };
        let put_off = self.facts.uses[value.index()] == 1 && fuses && self.facts.at_most_once(inst, user);
        if put_off {
            self.values[value.index()] = Val::Pending(inst);
        }
        put_off
    }
    /// The op and operands of a condition that was put off.
    pub(super) fn pending(&self, value: Value) -> Option<(Op, Args)> {
        let Val::Pending(inst) = self.values[value.index()] else { return None };
        match &self.func.insts[inst].kind {
            InstKind::Op { op, args, .. } => Some((*op, args.clone())),
            _ => None,
        }
    }
}
