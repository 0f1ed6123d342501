//! Dead code elimination inside functions: what nothing needs goes.
//!
//! Needed are the operands of what has an effect (writes, checks, calls that do more than compute, ways out of a function) and, from
//! there, whatever they are computed from. Parameters of loops and results of constructs are values like others: one
//! that only feeds itself from turn to turn goes too. An `if`, `switch` or `block` without effects and without needed
//! results goes as a whole. A loop stays: it may be endless.
//!
//! Whole functions, types and globals are for `reach`.

use super::effects::Effects;
use super::params::retain;
use super::rewrite::{branches, definitions, taken_by, walk_func};
use crate::ir::{Effect, Func, Id, Inst, InstKind, Module, Region, Value};

pub fn dce(module: &mut Module) {
    let effects = Effects::new(module);
    for func in module.funcs.values_mut() {
        eliminate(func, &effects);
    }
}

fn eliminate(func: &mut Func, effects: &Effects) {
    let mut marker = Marker {
        func,
        defs: definitions(func),
        owners: owners(func),
        incoming: incoming(func),
        needed: vec![false; func.values.len()],
        live: vec![false; func.insts.len()],
        work: Vec::new(),
    };
    marker.roots(effects);
    marker.spread();
    let Marker { needed, live, .. } = marker;
    sweep(func, &needed, &live);
}

/// For each loop parameter the loop and its position; for other values `None`.
fn owners(func: &Func) -> Vec<Option<(Inst, usize)>> {
    let mut owners = vec![None; func.values.len()];
    walk_func(func, &mut |inst| {
        let kind = &func.insts[inst].kind;
        let takes = if kind.regions().is_empty() { Vec::new() } else { taken_by(func, inst) };
        for (i, value) in takes.into_iter().enumerate() {
            owners[value.index()] = Some((inst, i));
        }
    });
    owners
}

/// By construct: the `br`s to it.
fn incoming(func: &Func) -> Vec<Vec<Inst>> {
    let mut incoming = vec![Vec::new(); func.insts.len()];
    for br in branches(func) {
        if let InstKind::Br { target, .. } = func.insts[br].kind {
            incoming[target.index()].push(br);
        }
    }
    incoming
}

struct Marker<'a> {
    func: &'a Func,
    defs: Vec<Option<Inst>>,
    owners: Vec<Option<(Inst, usize)>>,
    incoming: Vec<Vec<Inst>>,
    needed: Vec<bool>,
    live: Vec<bool>,
    work: Vec<Value>,
}

/// The constructs around the walk.
#[derive(Default)]
struct Around {
    open: Vec<Inst>,
    /// So many of the outermost ones are kept already.
    kept: usize,
}

impl Marker<'_> {
    fn need(&mut self, value: Value) {
        if !std::mem::replace(&mut self.needed[value.index()], true) {
            self.work.push(value);
        }
    }

    /// Keeps an instruction, with the operands that its being there needs: all of them for what is no construct; the
    /// condition of an `if`. What `br`s and loops hand on is needed value by value.
    fn keep(&mut self, inst: Inst) {
        if std::mem::replace(&mut self.live[inst.index()], true) {
            return;
        }
        let kind = &self.func.insts[inst].kind;
        if !matches!(kind, InstKind::Br { .. } | InstKind::Loop { .. }) {
            let mut operands = Vec::new();
            kind.for_each_operand(|v| operands.push(v));
            operands.into_iter().for_each(|v| self.need(v));
        }
    }

    fn roots(&mut self, effects: &Effects) {
        self.roots_in(self.func.body, effects, &mut Around::default());
    }

    /// Keeps what has an effect, and the constructs around it.
    fn roots_in(&mut self, region: Region, effects: &Effects, around: &mut Around) {
        let func = self.func;
        for &inst in &func.regions[region].insts {
            let kind = &func.insts[inst].kind;
            if let InstKind::Br { target, .. } = kind {
                // It acts on the constructs that it leaves on its way out, not on its target.
                let depth = around.open.iter().rposition(|a| a == target).expect("a construct around it");
                for &construct in &around.open[(depth + 1).max(around.kept)..] {
                    self.keep(construct);
                }
            } else if acts(kind, effects) {
                self.keep(inst);
                for &construct in &around.open[around.kept..] {
                    self.keep(construct);
                }
                around.kept = around.open.len();
            }
            around.open.push(inst);
            for inner in kind.regions() {
                self.roots_in(inner, effects, around);
            }
            around.open.pop();
            around.kept = around.kept.min(around.open.len());
        }
    }

    fn spread(&mut self) {
        while let Some(value) = self.work.pop() {
            if let Some((construct, i)) = self.owners[value.index()] {
                self.keep(construct);
                let mut given = Vec::new();
                if let InstKind::Loop { init, .. } = &self.func.insts[construct].kind {
                    given.push(init[i]);
                }
                for &br in &self.incoming[construct.index()] {
                    if let InstKind::Br { args, .. } = &self.func.insts[br].kind {
                        given.push(args[i]);
                    }
                }
                given.into_iter().for_each(|v| self.need(v));
            } else if let Some(inst) = self.defs[value.index()] {
                self.keep(inst);
            }
        }
    }
}

/// Whether an instruction does more than compute.
fn acts(kind: &InstKind, effects: &Effects) -> bool {
    match kind {
        InstKind::Op { op, .. } => matches!(op.effect(), Effect::Write | Effect::Trap),
        InstKind::Call { .. } | InstKind::CallIndirect { .. } | InstKind::CallHost { .. } => {
            let summary = effects.call(kind);
            summary.observable || summary.endless || !summary.writes.is_empty()
        }
        InstKind::Loop { .. } | InstKind::Return { .. } | InstKind::Unreachable => true,
        InstKind::Block { .. } | InstKind::If { .. } | InstKind::Switch { .. } | InstKind::Br { .. } => false,
    }
}

fn sweep(func: &mut Func, needed: &[bool], live: &[bool]) {
    for br in branches(func) {
        if let InstKind::Br { target, .. } = func.insts[br].kind {
            let kept = flags(&taken_by(func, target), needed);
            if let InstKind::Br { args, .. } = &mut func.insts[br].kind {
                retain(args, &kept);
            }
        }
    }
    let body = func.body;
    sweep_region(func, body, needed, live);
}

fn flags(values: &[Value], needed: &[bool]) -> Vec<bool> {
    values.iter().map(|v| needed[v.index()]).collect()
}

fn sweep_region(func: &mut Func, region: Region, needed: &[bool], live: &[bool]) {
    let mut insts = std::mem::take(&mut func.regions[region].insts);
    insts.retain(|&inst| live[inst.index()] || matches!(func.insts[inst].kind, InstKind::Br { .. }));
    for &inst in &insts {
        let regions = func.insts[inst].kind.regions();
        if !regions.is_empty() {
            let kept = flags(&taken_by(func, inst), needed);
            let data = &mut func.insts[inst];
            match &mut data.kind {
                InstKind::Loop { init, body } => {
                    retain(init, &kept);
                    let mut keep = kept.iter();
                    func.regions[*body].params.retain(|_| *keep.next().expect("one flag for each"));
                }
                _ => {
                    let mut keep = kept.iter();
                    data.results.retain(|_| *keep.next().expect("one flag for each"));
                }
            }
        }
        for inner in regions {
            sweep_region(func, inner, needed, live);
        }
    }
    func.regions[region].insts = insts;
}
