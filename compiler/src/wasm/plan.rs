//! Decides where each value of a function lives: on the operand stack, in a local, or nowhere.
//!
//! SSA instructions become statements of a region, in order, and the rest is evaluated inside the statement that uses it. A
//! value is left on the operand stack when its first use stands in the region that defines it and moving the definition
//! down to that use passes nothing it conflicts with; if there are more uses, the first one keeps it in a local
//! (`local.tee`). Constants are made again at each use. Everything else is a statement that sets a local.
//!
//! The state is the list of *pending* instructions: moved down, not yet used, in an order in which they could be executed
//! at this point. An instruction that uses some of them takes them out, each with what it took out itself; one that would
//! have to pass a conflicting neighbour is *spilled*: made a statement here.
//!
//! It does not move anything out of its region and does not number locals (`locals.rs`).

use crate::ir::{Effect, Func, Id, Imm, Inst, InstKind, Module, Op, Region, Value};

/// Where a value is between its definition and its uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Nobody reads it.
    Unused,
    /// Made again at each use; it costs no more than reading a local.
    Again,
    /// On the operand stack, until its only use.
    Stack,
    /// On the operand stack until its first use, which copies it to a local for the others.
    Tee,
    /// In a local, from its definition.
    Local,
}

pub struct Plan {
    places: Vec<Place>,
    /// The instructions of each region that are emitted as statements, in order.
    statements: Vec<Vec<Inst>>,
    /// How many `br` name each construct.
    branches: Vec<u32>,
    defs: Vec<Option<Inst>>,
}

impl Plan {
    pub fn new(module: &Module, func: &Func) -> Plan {
        let mut planner = Planner {
            module,
            func,
            plan: Plan {
                places: vec![Place::Local; func.values.len()],
                statements: vec![Vec::new(); func.regions.len()],
                branches: vec![0; func.insts.len()],
                defs: vec![None; func.values.len()],
            },
            live: vec![false; func.insts.len()],
            uses: vec![Uses { count: 0, first: None }; func.values.len()],
            depth: vec![0; func.insts.len()],
        };
        planner.scan(func.body);
        planner.region(func.body, 0);
        planner.plan
    }
    pub fn place(&self, value: Value) -> Place {
        self.places[value.index()]
    }
    pub fn statements(&self, region: Region) -> &[Inst] {
        &self.statements[region.index()]
    }
    /// The instruction that makes a value which is no parameter.
    pub fn def(&self, value: Value) -> Inst {
        self.defs[value.index()].unwrap_or_else(|| panic!("{value} is live and no parameter"))
    }
    pub fn branches(&self, construct: Inst) -> u32 {
        self.branches[construct.index()]
    }
}

/// The operands of an instruction in the order in which the emitter evaluates them.
pub fn operands(kind: &InstKind) -> Vec<Value> {
    let mut list = Vec::new();
    kind.for_each_operand(|v| list.push(v));
    match kind {
        // Wasm takes the condition and the callee from the top of the stack.
        InstKind::Op { op: Op::Select, .. } | InstKind::CallIndirect { .. } => list.rotate_left(1),
        _ => {}
    }
    list
}

/// What may not change places: a set of the bits below.
type Effects = u8;
const READ: Effects = 1;
const WRITE: Effects = 2;
const TRAP: Effects = 4;
const ALLOC: Effects = 8;
/// The engine itself traps where the precondition does not hold, so no check may be overtaken.
const PARTIAL: Effects = 16;
const ALL: Effects = 31;

/// Whether an instruction with the effects `early` may not be moved past one with `late`.
fn conflict(early: Effects, late: Effects) -> bool {
    let against = |bit, others| early & bit != 0 && late & others != 0;
    against(READ, WRITE) || against(WRITE, READ | WRITE | TRAP) || against(TRAP, WRITE | TRAP | PARTIAL) || against(ALLOC, TRAP)
}

#[derive(Clone, Copy)]
struct Uses {
    count: u32,
    /// The first use in program order: the instruction and its region.
    first: Option<(Inst, Region)>,
}

struct Pending {
    inst: Inst,
    effects: Effects,
    /// Values that this expression copies to locals when it is evaluated.
    tees: Vec<Value>,
    /// Instructions on the longest path of the expression's tree.
    height: u32,
}

/// Expressions are emitted by recursion, so their height has a bound.
const MAX_HEIGHT: u32 = 200;
/// Keeps planning linear in long argument lists.
const MAX_PENDING: usize = 64;

struct Planner<'a> {
    module: &'a Module,
    func: &'a Func,
    plan: Plan,
    live: Vec<bool>,
    uses: Vec<Uses>,
    /// Of a construct: how many constructs enclose it.
    depth: Vec<usize>,
}

impl Planner<'_> {
    /// Backwards: finds live instructions, counts the uses by them, and keeps the first.
    fn scan(&mut self, region: Region) {
        let func = self.func;
        for &inst in func.regions[region].insts.iter().rev() {
            let data = &func.insts[inst];
            let used = data.results.iter().any(|&v| self.uses[v.index()].count > 0);
            if !used && self.removable(&data.kind) {
                continue;
            }
            self.live[inst.index()] = true;
            for &result in &data.results {
                self.plan.defs[result.index()] = Some(inst);
            }
            for &nested in data.kind.regions().iter().rev() {
                self.scan(nested);
            }
            if let InstKind::Br { target, .. } = &data.kind {
                self.plan.branches[target.index()] += 1;
            }
            data.kind.for_each_operand(|v| {
                let uses = &mut self.uses[v.index()];
                uses.count += 1;
                uses.first = Some((inst, region));
            });
        }
    }

    fn removable(&self, kind: &InstKind) -> bool {
        match kind {
            InstKind::Op { op, .. } => {
                matches!(op.effect(), Effect::Pure | Effect::Partial | Effect::Read | Effect::Alloc)
            }
            _ => false,
        }
    }

    /// Plans a region; gives its effects and the depth of the outermost construct that it branches to.
    fn region(&mut self, region: Region, depth: usize) -> (Effects, usize) {
        let func = self.func;
        let mut pending: Vec<Pending> = Vec::new();
        let (mut all, mut outermost) = (0, usize::MAX);
        for &inst in &func.regions[region].insts {
            if !self.live[inst.index()] {
                continue;
            }
            let (effects, exit) = self.effects(inst, depth);
            all |= effects;
            outermost = outermost.min(exit);
            if is_again(&func.insts[inst].kind) {
                let result = func.result_of(inst);
                let unused = self.uses[result.index()].count == 0;
                self.plan.places[result.index()] = if unused { Place::Unused } else { Place::Again };
                continue;
            }
            self.place(region, inst, effects, &mut pending);
        }
        debug_assert!(pending.is_empty(), "the first use of a pending value is in its region");
        (all, outermost)
    }

    /// The effects of one instruction, its regions included (which this plans).
    fn effects(&mut self, inst: Inst, depth: usize) -> (Effects, usize) {
        let func = self.func;
        match &func.insts[inst].kind {
            InstKind::Op { op, imm, .. } => (self.op_effects(*op, *imm), usize::MAX),
            InstKind::Call { .. } | InstKind::CallIndirect { .. } | InstKind::CallHost { .. } => (ALL, usize::MAX),
            InstKind::Br { target, .. } => (0, self.depth[target.index()]),
            InstKind::Return { .. } => (ALL, usize::MAX),
            InstKind::Unreachable => (TRAP, usize::MAX),
            kind @ (InstKind::Block { .. } | InstKind::Loop { .. } | InstKind::If { .. } | InstKind::Switch { .. }) => {
                self.depth[inst.index()] = depth;
                // A loop may run for ever, which nothing visible may pass.
                let (mut all, mut outermost) = (if let InstKind::Loop { .. } = kind { TRAP } else { 0 }, usize::MAX);
                for nested in kind.regions() {
                    let (effects, exit) = self.region(nested, depth + 1);
                    all |= effects;
                    outermost = outermost.min(exit);
                }
                if outermost < depth {
                    all = ALL;
                }
                (all, outermost)
            }
        }
    }

    fn op_effects(&self, op: Op, imm: Imm) -> Effects {
        match (op.effect(), op, imm) {
            (Effect::Read, Op::StructGet, Imm::Field(ty, field)) => {
                let mutable = self.module.types.structure(ty).fields[field as usize].mutable;
                if mutable { READ } else { 0 }
            }
            // Its operand is not null, by its type.
            (Effect::Pure, ..) | (_, Op::ArrayLen, _) => 0,
            (Effect::Partial, ..) => PARTIAL,
            (Effect::Read, ..) => READ,
            (Effect::Write, ..) => WRITE,
            (Effect::Alloc, ..) => ALLOC,
            (Effect::Trap, ..) => TRAP,
        }
    }

    /// Leaves `inst`, with the pending operands that it can take, pending or makes it a statement.
    fn place(&mut self, region: Region, inst: Inst, own: Effects, pending: &mut Vec<Pending>) {
        let func = self.func;
        let results = &func.insts[inst].results;
        for &result in results {
            let unused = self.uses[result.index()].count == 0;
            self.plan.places[result.index()] = if unused { Place::Unused } else { Place::Local };
        }
        let (mut taken, mut spill) = self.choose(inst, pending);
        let height = 1 + taken.iter().map(|&at| pending[at].height).max().unwrap_or(0);
        let moves_down = match results[..] {
            [result] => {
                let first = self.uses[result.index()].first;
                height < MAX_HEIGHT && pending.len() < MAX_PENDING && first.is_some_and(|(_, at)| at == region)
            }
            _ => false,
        };
        close(pending, &mut taken, &mut spill, own, moves_down);
        let expression = self.merge(region, inst, own, pending, &taken, &spill);
        if moves_down {
            let result = func.result_of(inst);
            let once = self.uses[result.index()].count == 1;
            self.plan.places[result.index()] = if once { Place::Stack } else { Place::Tee };
            pending.push(Pending { height, ..expression });
        } else {
            self.plan.statements[region.index()].push(inst);
        }
    }

    /// Which of the pending ones `inst` could take, in evaluation order, and which must be spilled whatever it takes.
    fn choose(&self, inst: Inst, pending: &[Pending]) -> (Vec<usize>, Vec<bool>) {
        let kind = &self.func.insts[inst].kind;
        let cold_from = cold_operands(kind);
        let mut taken: Vec<usize> = Vec::new();
        let mut spill = vec![false; pending.len()];
        if pending.is_empty() {
            return (taken, spill);
        }
        for (i, value) in operands(kind).into_iter().enumerate() {
            let def = self.plan.defs[value.index()];
            for (at, p) in pending.iter().enumerate() {
                if def == Some(p.inst) {
                    let once = self.uses[value.index()].count == 1;
                    let movable = once && p.tees.is_empty() && p.effects & (WRITE | TRAP) == 0;
                    if i >= cold_from && !movable {
                        spill[at] = true;
                    } else if !taken.contains(&at) {
                        taken.push(at);
                    }
                }
                // A pending expression that sets the local of this operand must be evaluated before it.
                spill[at] |= p.tees.contains(&value) && !taken.contains(&at);
            }
        }
        if !kind.regions().is_empty() {
            for (at, p) in pending.iter().enumerate() {
                spill[at] |= !p.tees.is_empty() && !taken.contains(&at);
            }
        }
        (taken, spill)
    }

    /// Makes the spilled ones statements and merges the taken ones into the expression of `inst`.
    fn merge(&mut self, region: Region, inst: Inst, own: Effects, pending: &mut Vec<Pending>, taken: &[usize], spill: &[bool]) -> Pending {
        let mut expression = Pending { inst, effects: own, tees: Vec::new(), height: 1 };
        let mut rest = Vec::new();
        for (at, p) in std::mem::take(pending).into_iter().enumerate() {
            let value = self.func.result_of(p.inst);
            if spill[at] {
                self.plan.places[value.index()] = Place::Local;
                self.plan.statements[region.index()].push(p.inst);
            } else if taken.contains(&at) {
                expression.effects |= p.effects;
                expression.tees.extend(p.tees);
                if self.uses[value.index()].count > 1 {
                    expression.tees.push(value);
                }
            } else {
                rest.push(p);
            }
        }
        *pending = rest;
        expression
    }
}

/// Adds to `spill` until what is spilled, then the expression of `taken` and an instruction with the effects `own`, then
/// the rest (or the rest before the expression, if that stays pending itself) is an order without conflicts.
fn close(pending: &[Pending], taken: &mut Vec<usize>, spill: &mut [bool], own: Effects, moves_down: bool) {
    loop {
        taken.retain(|&at| !spill[at]);
        let whole = taken.iter().fold(own, |sum, &at| sum | pending[at].effects);
        let mut changed = false;
        for at in 0..pending.len() {
            if spill[at] {
                continue;
            }
            let nth = taken.iter().position(|&t| t == at);
            let overtaken_by = |later: usize| {
                let other = taken.iter().position(|&t| t == later);
                // Spilled ones come first; taken ones in the order of the operands; the rest as it stands.
                spill[later] || nth.is_some_and(|nth| other.is_none_or(|other| other < nth))
            };
            let mut later = at + 1..pending.len();
            let passed = later.any(|l| overtaken_by(l) && conflict(pending[at].effects, pending[l].effects));
            let left_behind = nth.is_none() && !moves_down && conflict(pending[at].effects, whole);
            if passed || left_behind {
                spill[at] = true;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// The first operand that is evaluated on the cold path alone.
fn cold_operands(kind: &InstKind) -> usize {
    match kind {
        InstKind::Op { op: Op::TrapIfWith, .. } => 1,
        _ => usize::MAX,
    }
}

/// Instructions that are cheaper to repeat than to keep.
fn is_again(kind: &InstKind) -> bool {
    let InstKind::Op { op, .. } = kind else { return false };
    matches!(op, Op::BoolConst | Op::I32Const | Op::I64Const | Op::F64Const | Op::RefNull | Op::AnyNone | Op::FuncAddr | Op::ArrayConst)
}
