//! Loop rotation: a loop that tests at its top becomes a test and a loop that tests at its end.
//!
//! ```text
//!   loop (p = init) {                      C(init)
//!     C(p)                                 if c { loop (p = init) {
//!     if c { br } else { leave }    =>              body
//!     body; br loop(next)                           C(next)
//!   }                                               if c { br loop(next) } else { leave }
//!                                          } } else { leave }
//! ```
//! A turn then costs one branch instead of two, and what stands at the start of the body is done whenever the loop is entered,
//! which is what `licm` needs to move checks and partial ops. Only small conditions that write nothing are copied. What the
//! condition computes and the body uses becomes a parameter; `gvn` and `params` remove those that do not change.

use super::rewrite::walk;
use crate::ir::{Args, Effect, Func, Inst, InstData, InstKind, Module, Region, RegionData, Value};
use smallvec::SmallVec;

/// The most instructions of a condition, and of what is done on leaving.
const CONDITION: usize = 12;
const LEAVING: usize = 4;

pub fn rotate(module: &mut Module) {
    for func in module.funcs.values_mut() {
        let body = func.body;
        region(func, body);
    }
}

fn region(func: &mut Func, at: Region) {
    let insts = std::mem::take(&mut func.regions[at].insts);
    let mut out = Vec::with_capacity(insts.len());
    for inst in insts {
        for inner in func.insts[inst].kind.regions() {
            region(func, inner);
        }
        match shape(func, inst) {
            Some(shape) => rotate_loop(func, inst, shape, &mut out),
            None => out.push(inst),
        }
    }
    func.regions[at].insts = out;
}

/// A loop that tests at its top.
struct Shape {
    body: Region,
    init: Args,
    /// The instructions before the test.
    condition: Vec<Inst>,
    test: Inst,
    cond: Value,
    /// Whether the loop goes on where the condition holds.
    goes_on_if: bool,
    /// The arm that leaves.
    leaving: Region,
}

fn shape(func: &Func, inst: Inst) -> Option<Shape> {
    let InstKind::Loop { init, body } = &func.insts[inst].kind else { return None };
    let insts = &func.regions[*body].insts;
    let at = insts.iter().position(|&i| !is_simple(func, i))?;
    let InstKind::If { cond, then_, else_ } = func.insts[insts[at]].kind else { return None };
    let test = insts[at];
    let goes_on = |region: Region| {
        let insts = &func.regions[region].insts;
        insts.len() == 1 && matches!(func.insts[insts[0]].kind, InstKind::Br { target, .. } if target == test)
    };
    let (goes_on_if, leaving) = match (goes_on(then_), goes_on(else_)) {
        (true, false) => (true, else_),
        (false, true) => (false, then_),
        _ => return None,
    };
    let arm = &func.regions[leaving].insts;
    let (&last, before) = arm.split_last()?;
    let leaves = match func.insts[last].kind {
        InstKind::Br { target, .. } => target != test && target != inst,
        InstKind::Return { .. } => true,
        _ => false,
    };
    let small = at <= CONDITION && before.len() <= LEAVING && before.iter().all(|&i| is_simple(func, i));
    (leaves && small && func.insts[test].results.is_empty()).then(|| Shape {
        body: *body,
        init: init.clone(),
        condition: insts[..at].to_vec(),
        test,
        cond,
        goes_on_if,
        leaving,
    })
}

fn is_simple(func: &Func, inst: Inst) -> bool {
    match &func.insts[inst].kind {
        InstKind::Op { op, .. } => !matches!(op.effect(), Effect::Write | Effect::Alloc),
        _ => false,
    }
}

fn rotate_loop(func: &mut Func, inst: Inst, shape: Shape, out: &mut Vec<Inst>) {
    let params = func.regions[shape.body].params.clone();
    let rest = func.regions[shape.body].insts.split_off(shape.condition.len() + 1);
    // The body finds what the condition computed in parameters under the old names.
    let computed: Vec<Value> = shape.condition.iter().flat_map(|&i| func.insts[i].results.iter().copied()).collect();
    func.regions[shape.body].params.extend_from_slice(&computed);

    // The first test, on the first values, stands around the loop.
    let first = Copied::new(func, &shape, &params, &shape.init, out);
    let init = shape.init.iter().copied().chain(first.computed(&computed)).collect();
    func.insts[inst].kind = InstKind::Loop { init, body: shape.body };
    let end = plain(func, &shape, InstKind::Unreachable);
    let turn = func.regions.push(RegionData { params: Vec::new(), insts: vec![inst, end] });
    out.push(first.test(func, &shape, turn));

    // The body gives the next turn's values to a block; behind it they are tested.
    let results: SmallVec<[Value; 1]> = params.iter().map(|&p| func.values.push(func.values[p].clone())).collect();
    let inner = func.regions.push(RegionData { params: Vec::new(), insts: rest });
    let at = func.insts[inst].at;
    let block = func.insts.push(InstData { kind: InstKind::Block { body: inner }, results: results.clone(), at });
    retarget(func, inner, inst, block);
    let mut insts = vec![block];
    let next = Copied::new(func, &shape, &params, &results, &mut insts);
    let args = results.iter().copied().chain(next.computed(&computed)).collect();
    let again = plain(func, &shape, InstKind::Br { target: inst, args });
    let turn = func.regions.push(RegionData { params: Vec::new(), insts: vec![again] });
    insts.push(next.test(func, &shape, turn));
    insts.push(plain(func, &shape, InstKind::Unreachable));
    func.regions[shape.body].insts = insts;
}

/// An instruction without results, in no region yet.
fn plain(func: &mut Func, shape: &Shape, kind: InstKind) -> Inst {
    let at = func.insts[shape.test].at;
    func.insts.push(InstData { kind, results: SmallVec::new(), at })
}

/// Every `br` to the loop from inside becomes one to the block.
fn retarget(func: &mut Func, inner: Region, from: Inst, to: Inst) {
    let mut branches = Vec::new();
    walk(func, inner, &mut |i| {
        if matches!(func.insts[i].kind, InstKind::Br { target, .. } if target == from) {
            branches.push(i);
        }
    });
    for br in branches {
        if let InstKind::Br { target, .. } = &mut func.insts[br].kind {
            *target = to;
        }
    }
}

/// A copy of the condition, computed from other values of the parameters.
struct Copied {
    /// The parameters and the condition's results, and what stands for them.
    from: Vec<Value>,
    to: Vec<Value>,
}

impl Copied {
    fn new(func: &mut Func, shape: &Shape, params: &[Value], values: &[Value], out: &mut Vec<Inst>) -> Copied {
        let mut copied = Copied { from: params.to_vec(), to: values.to_vec() };
        for &inst in &shape.condition {
            out.push(copied.copy(func, inst));
        }
        copied
    }

    fn map(&self, value: Value) -> Value {
        self.from.iter().position(|&v| v == value).map_or(value, |i| self.to[i])
    }

    fn copy(&mut self, func: &mut Func, inst: Inst) -> Inst {
        let mut data = func.insts[inst].clone();
        data.kind.for_each_operand_mut(|v| *v = self.map(*v));
        for result in &mut data.results {
            let new = func.values.push(func.values[*result].clone());
            self.from.push(*result);
            self.to.push(new);
            *result = new;
        }
        func.insts.push(data)
    }

    /// The condition's results in this copy.
    fn computed(&self, results: &[Value]) -> Vec<Value> {
        results.iter().map(|&v| self.map(v)).collect()
    }

    /// The test with one arm that goes on and a copy of the arm that leaves.
    fn test(mut self, func: &mut Func, shape: &Shape, turn: Region) -> Inst {
        let cond = self.map(shape.cond);
        let arm = func.regions[shape.leaving].insts.clone();
        let insts = arm.into_iter().map(|i| self.copy(func, i)).collect();
        let leaving = func.regions.push(RegionData { params: Vec::new(), insts });
        let (then_, else_) = if shape.goes_on_if { (turn, leaving) } else { (leaving, turn) };
        plain(func, shape, InstKind::If { cond, then_, else_ })
    }
}
