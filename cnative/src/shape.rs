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
    /// By `Inst`: a construct that some `br` names.
    pub is_target: Vec<bool>,
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
            is_target: vec![false; func.insts.len()],
        };
        for &param in func.params() {
            shape.def[param.index()] = Def::Param;
        }
        let order = shape.place(func);
        shape.drop_unused(func, &order);
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
    /// The instruction of `region` that is `inst` or has it inside.
    pub fn statement_in(&self, region: Region, inst: Inst) -> Inst {
        let mut at = inst;
        while self.region_of[at.index()] != region {
            at = self.owner_of[self.region_of[at.index()].index()].expect("the region is around the instruction");
        }
        at
    }
    /// Fills in places, definitions, uses; gives the instructions in text order.
    fn place(&mut self, func: &Func) -> Vec<Inst> {
        let mut order = Vec::new();
        let mut work: Vec<(Region, usize)> = vec![(func.body, 0)];
        while let Some((region, at)) = work.pop() {
            let Some(&inst) = func.regions[region].insts.get(at) else { continue };
            work.push((region, at + 1));
            order.push(inst);
            self.region_of[inst.index()] = region;
            let data = &func.insts[inst];
            for &result in &data.results {
                self.def[result.index()] = Def::Result(inst);
            }
            data.kind.for_each_operand(|value| self.uses[value.index()] += 1);
            if let InstKind::Br { target, .. } = &data.kind {
                self.is_target[target.index()] = true;
            }
            if let InstKind::Loop { body, .. } = &data.kind {
                for &param in &func.regions[*body].params {
                    self.def[param.index()] = Def::LoopParam(inst);
                }
            }
            for region in data.kind.regions().into_iter().rev() {
                self.owner_of[region.index()] = Some(inst);
                work.push((region, 0));
            }
        }
        order
    }
    /// Marks instructions dead from the last to the first, so that whole unused chains go. What a `br` gives to an unused
    /// result counts as no use.
    fn drop_unused(&mut self, func: &Func, order: &[Inst]) {
        for &inst in order.iter().rev() {
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

fn is_removable(op: Op) -> bool {
    match op.effect() {
        Effect::Pure | Effect::Partial | Effect::Read | Effect::Alloc => true,
        Effect::Write | Effect::Trap => false,
    }
}
