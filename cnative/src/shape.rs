//! Where things stand in a function: which region an instruction is in, what defines a value, who uses it.

use compiler::ir::{Effect, Func, Id, Inst, InstKind, Op, Region, Value};

/// What gives a value its contents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Def {
    /// A parameter of the function.
    Param,
    /// A parameter of this loop.
    LoopParam(Inst),
    /// A result of this instruction.
    Result(Inst),
    /// Nothing: a value that stands nowhere.
    Nowhere,
}

/// The facts of one function.
#[derive(Clone, Debug)]
pub struct Shape {
    /// By `Inst`: the region it stands in; the body for those that stand nowhere.
    pub region_of: Vec<Region>,
    /// By `Region`: the construct that owns it; none for the body.
    pub owner_of: Vec<Option<Inst>>,
    /// By `Value`.
    pub def: Vec<Def>,
    /// By `Value`: uses by instructions that are not dead.
    pub uses: Vec<u32>,
    /// By `Value`: one of its users.
    pub user: Vec<Option<Inst>>,
    /// By `Inst`: yields nothing that is used, and does nothing else.
    pub dead: Vec<bool>,
    /// By `Inst`: how many `br` name the construct.
    pub jumps: Vec<u32>,
    /// By `Inst`: its place in the text.
    pub order: Vec<usize>,
    /// The instructions that stand in the function, in text order. Its tables may have others.
    pub placed: Vec<Inst>,
    /// By `Region`: the region whose C scope it shares, which is its own unless a `block` owns it.
    scope: Vec<Region>,
}

impl Shape {
    pub fn new(func: &Func) -> Shape {
        let mut shape = Shape {
            region_of: vec![func.body; func.insts.len()],
            owner_of: vec![None; func.regions.len()],
            def: vec![Def::Nowhere; func.values.len()],
            uses: vec![0; func.values.len()],
            user: vec![None; func.values.len()],
            dead: vec![false; func.insts.len()],
            jumps: vec![0; func.insts.len()],
            order: vec![0; func.insts.len()],
            placed: placed(func),
            scope: func.regions.ids().collect(),
        };
        for &param in func.params() {
            shape.def[param.index()] = Def::Param;
        }
        shape.place(func);
        shape.drop_unused(func);
        shape
    }
    /// Whether `inner` is `outer` or nested in it.
    pub fn is_within(&self, inner: Region, outer: Region) -> bool {
        self.ancestors(inner).any(|r| r == outer)
    }
    /// The region, the one around it, and so on to the body.
    pub fn ancestors(&self, region: Region) -> impl Iterator<Item = Region> + '_ {
        std::iter::successors(Some(region), |&r| self.owner_of[r.index()].map(|inst| self.region_of[inst.index()]))
    }
    /// The region whose braces are around an instruction in C.
    pub fn scope_of(&self, inst: Inst) -> Region {
        self.scope[self.region_of[inst.index()].index()]
    }
    /// Whether a region has braces of its own in C.
    pub fn is_scope(&self, region: Region) -> bool {
        self.scope[region.index()] == region
    }
    /// The instruction directly in a scope that is `inst` or has it inside.
    pub fn statement_in(&self, scope: Region, inst: Inst) -> Inst {
        let mut at = inst;
        while self.scope_of(at) != scope {
            at = self.owner_of[self.scope_of(at).index()].expect("the scope is around the instruction");
        }
        at
    }
    /// The innermost scope around both.
    pub fn common_scope(&self, a: Region, b: Region) -> Region {
        let common = self.ancestors(a).find(|&r| self.is_within(b, r)).expect("the body is around everything");
        self.scope[common.index()]
    }
    /// Fills in places, definitions, uses.
    fn place(&mut self, func: &Func) {
        for region in placed_regions(func) {
            for &inst in &func.regions[region].insts {
                self.region_of[inst.index()] = region;
                for inner in func.insts[inst].kind.regions() {
                    self.owner_of[inner.index()] = Some(inst);
                }
                if let InstKind::Block { body } = &func.insts[inst].kind {
                    self.scope[body.index()] = self.scope[region.index()];
                }
            }
        }
        for (place, &inst) in self.placed.iter().enumerate() {
            self.order[inst.index()] = place;
            let data = &func.insts[inst];
            for &result in &data.results {
                self.def[result.index()] = Def::Result(inst);
            }
            data.kind.for_each_operand(|value| self.uses[value.index()] += 1);
            match &data.kind {
                InstKind::Br { target, .. } => self.jumps[target.index()] += 1,
                InstKind::Loop { body, .. } => {
                    for &param in &func.regions[*body].params {
                        self.def[param.index()] = Def::LoopParam(inst);
                    }
                }
                _ => {}
            }
        }
    }
    /// Marks instructions dead from the last to the first, so that whole unused chains go. What a `br` gives to an unused
    /// result counts as no use.
    fn drop_unused(&mut self, func: &Func) {
        for inst in self.placed.clone().into_iter().rev() {
            let data = &func.insts[inst];
            match &data.kind {
                InstKind::Op { op, .. } => {
                    let unused = !data.results.is_empty() && data.results.iter().all(|r| self.uses[r.index()] == 0);
                    if unused && is_removable(*op) {
                        self.dead[inst.index()] = true;
                        data.kind.for_each_operand(|value: Value| self.uses[value.index()] -= 1);
                    }
                }
                InstKind::Br { target, args } => {
                    for (arg, result) in args.iter().zip(&func.insts[*target].results) {
                        if self.uses[result.index()] == 0 {
                            self.uses[arg.index()] -= 1;
                        }
                    }
                }
                _ => {}
            }
            if !self.dead[inst.index()] {
                data.kind.for_each_operand(|value| self.user[value.index()] = Some(inst));
            }
        }
    }
}

/// The instructions that stand in the function, in text order.
pub fn placed(func: &Func) -> Vec<Inst> {
    let mut order = Vec::new();
    let mut work: Vec<(Region, usize)> = vec![(func.body, 0)];
    while let Some((region, at)) = work.pop() {
        let Some(&inst) = func.regions[region].insts.get(at) else { continue };
        work.push((region, at + 1));
        order.push(inst);
        work.extend(func.insts[inst].kind.regions().into_iter().rev().map(|region| (region, 0)));
    }
    order
}

/// The regions of the function, each behind the one around it.
fn placed_regions(func: &Func) -> Vec<Region> {
    let mut regions = vec![func.body];
    let mut at = 0;
    while let Some(&region) = regions.get(at) {
        for &inst in &func.regions[region].insts {
            regions.extend(func.insts[inst].kind.regions());
        }
        at += 1;
    }
    regions
}

fn is_removable(op: Op) -> bool {
    match op.effect() {
        Effect::Pure | Effect::Partial | Effect::Read | Effect::Alloc => true,
        Effect::Write | Effect::Trap => false,
    }
}
