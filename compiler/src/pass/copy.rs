//! Copies instructions from one function into another, with all that is inside them.

use crate::ir::{Args, Frame, FrameData, Func, Id, Inst, InstData, InstKind, Place, Region, RegionData, Value};

/// What values and constructs are called in the copy. Whatever is used from outside of what is copied must be set before. The
/// function may get new ones later.
pub struct Names {
    values: Vec<Option<Value>>,
    insts: Vec<Option<Inst>>,
}

impl Names {
    pub fn of(from: &Func) -> Names {
        Names { values: vec![None; from.values.len()], insts: vec![None; from.insts.len()] }
    }
    pub fn set(&mut self, from: Value, to: Value) {
        if from.index() >= self.values.len() {
            self.values.resize(from.index() + 1, None);
        }
        self.values[from.index()] = Some(to);
    }
    fn set_inst(&mut self, from: Inst, to: Inst) {
        if from.index() >= self.insts.len() {
            self.insts.resize(from.index() + 1, None);
        }
        self.insts[from.index()] = Some(to);
    }
    pub fn get(&self, from: Value) -> Value {
        self.values[from.index()].expect("an operand in scope")
    }
}

pub struct Copy<'a> {
    pub from: &'a Func,
    pub to: &'a mut Func,
    /// Where a `return` becomes a branch: what it leaves.
    pub left_by_return: Option<Inst>,
    pub names: &'a mut Names,
    /// The inlined call that the copy is.
    pub frame: Option<Frame>,
    /// By inlined call of `from`, the one in `to`.
    frames: Vec<Option<Frame>>,
}

impl<'a> Copy<'a> {
    /// Copies the instructions as they are.
    pub fn new(from: &'a Func, to: &'a mut Func, names: &'a mut Names) -> Copy<'a> {
        let frames = vec![None; from.frames.len()];
        Copy { from, to, left_by_return: None, names, frame: None, frames }
    }
}

impl Copy<'_> {
    fn place(&mut self, place: Place) -> Place {
        Place { span: place.span, frame: self.in_frame(place.frame) }
    }
    fn in_frame(&mut self, frame: Option<Frame>) -> Option<Frame> {
        let Some(frame) = frame else { return self.frame };
        if self.frames[frame.index()].is_none() {
            let data = &self.from.frames[frame];
            let outer = self.in_frame(data.outer);
            self.frames[frame.index()] = Some(self.to.frames.push(FrameData { outer, ..data.clone() }));
        }
        self.frames[frame.index()]
    }
    fn define(&mut self, value: Value) -> Value {
        let new = self.to.values.push(self.from.values[value].clone());
        self.names.set(value, new);
        new
    }

    /// A new region with a copy of what is in one, and parameters that are there already.
    pub fn region(&mut self, region: Region, params: Vec<Value>) -> Region {
        let new = self.to.regions.push(RegionData { params, insts: Vec::new() });
        for &inst in &self.from.regions[region].insts {
            let copied = self.inst(inst);
            self.to.regions[new].insts.push(copied);
        }
        new
    }

    /// A copy of an instruction that stands in no region yet.
    pub fn inst(&mut self, inst: Inst) -> Inst {
        let data = &self.from.insts[inst];
        let mut kind = data.kind.clone();
        kind.for_each_operand_mut(|v| *v = self.names.get(*v));
        let results = data.results.iter().map(|&v| self.define(v)).collect();
        let at = self.place(data.at);
        let new = self.to.insts.push(InstData { kind: InstKind::Unreachable, results, at });
        self.names.set_inst(inst, new);
        let kind = match kind {
            InstKind::Block { body } => InstKind::Block { body: self.region(body, Vec::new()) },
            InstKind::Loop { init, body } => {
                let params = self.from.regions[body].params.iter().map(|&v| self.define(v)).collect();
                InstKind::Loop { init, body: self.region(body, params) }
            }
            InstKind::If { cond, then_, else_ } => {
                let then_ = self.region(then_, Vec::new());
                InstKind::If { cond, then_, else_: self.region(else_, Vec::new()) }
            }
            InstKind::Switch { index, cases, default } => {
                let cases = cases.into_iter().map(|case| self.region(case, Vec::new())).collect();
                InstKind::Switch { index, cases, default: self.region(default, Vec::new()) }
            }
            InstKind::Br { target, args } => {
                InstKind::Br { target: self.names.insts[target.index()].expect("a construct around it"), args }
            }
            InstKind::Return { args } => match self.left_by_return {
                Some(target) => InstKind::Br { target, args: Args::from_slice(&args) },
                None => InstKind::Return { args },
            },
            InstKind::Op { .. } | InstKind::Call { .. } | InstKind::CallIndirect { .. } | InstKind::CallHost { .. } => kind,
            InstKind::Unreachable => kind,
        };
        self.to.insts[new].kind = kind;
        new
    }
}
