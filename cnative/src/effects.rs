//! What calls may do, over the whole module: which functions are reachable, may collect, may come round to themselves.
//!
//! A function that never collects needs no reference of its callers in the bank; one that cannot call itself, however far
//! around, needs no check of the stack. Indirect calls count as calls of every function of that signature whose
//! address is taken.

use crate::shape::placed;
use compiler::ir::{Effect, Func, FuncId, Id, Imm, Inst, InstKind, Module, Op, TypeId, TypeKind};
use std::collections::BTreeMap;

/// The facts, by `FuncId`.
#[derive(Clone, Debug)]
pub struct Effects {
    pub reachable: Vec<bool>,
    /// May run a collection and come back.
    pub collects: Vec<bool>,
    pub recursive: Vec<bool>,
    /// May end the program with an error.
    pub fails: Vec<bool>,
    callees: Vec<Vec<FuncId>>,
    targets: Targets,
}

/// The functions that an indirect call of a signature may reach: those whose address is taken somewhere.
type Targets = BTreeMap<TypeId, Vec<FuncId>>;

impl Effects {
    /// `roots`: the functions that are called from outside.
    pub fn new(module: &Module, roots: &[FuncId]) -> Effects {
        let targets = targets(module);
        let callees: Vec<Vec<FuncId>> = module.funcs.values().map(|f| callees(&targets, f)).collect();
        let taken: Vec<Vec<FuncId>> = module.funcs.values().map(addresses).collect();
        let reachable = vec![false; callees.len()];
        let (collects, recursive, fails) = (Vec::new(), recursive(&callees), Vec::new());
        let mut effects = Effects { reachable, collects, recursive, fails, callees, targets };
        let mut work: Vec<FuncId> = roots.to_vec();
        while let Some(func) = work.pop() {
            if !std::mem::replace(&mut effects.reachable[func.index()], true) {
                work.extend(effects.callees[func.index()].iter().chain(&taken[func.index()]));
            }
        }
        effects.collects = effects.find_collecting(module);
        effects.fails = effects.find_failing(module);
        effects
    }
    /// Whether an instruction may run a collection and come back.
    pub fn inst_collects(&self, func: &Func, inst: Inst) -> bool {
        match &func.insts[inst].kind {
            InstKind::Op { op, .. } => op_collects(*op),
            InstKind::Call { func, .. } => self.collects[func.index()],
            InstKind::CallIndirect { sig, .. } => self.targets[sig].iter().any(|target| self.collects[target.index()]),
            _ => false,
        }
    }
    fn find_collecting(&self, module: &Module) -> Vec<bool> {
        let collects = |f: &Func| placed(f).iter().any(|&i| matches!(f.insts[i].kind, InstKind::Op { op, .. } if op_collects(op)));
        self.callers_too(module, |id| collects(&module.funcs[id]), |id| !module.funcs[id].diverges)
    }
    /// What has an op that may fail, calls the host, or may leave no room on the stack.
    fn find_failing(&self, module: &Module) -> Vec<bool> {
        let fails = |kind: &InstKind| match kind {
            InstKind::Op { op, .. } => matches!(op.effect(), Effect::Trap | Effect::Alloc) || op_collects(*op),
            InstKind::CallHost { .. } => true,
            _ => false,
        };
        let own = |id: FuncId| {
            let func = &module.funcs[id];
            self.recursive[id.index()] || func.diverges || placed(func).iter().any(|&i| fails(&func.insts[i].kind))
        };
        self.callers_too(module, own, |_| true)
    }
    /// The functions for which `own` holds and those that call one, of the functions that `counts`.
    fn callers_too(&self, module: &Module, own: impl Fn(FuncId) -> bool, counts: impl Fn(FuncId) -> bool) -> Vec<bool> {
        let mut found: Vec<bool> = module.funcs.ids().map(|id| counts(id) && own(id)).collect();
        loop {
            let calls_one = |id: FuncId| self.callees[id.index()].iter().any(|callee| found[callee.index()]);
            let next: Vec<bool> = module.funcs.ids().map(|id| found[id.index()] || (counts(id) && calls_one(id))).collect();
            if next == found {
                return found;
            }
            found = next;
        }
    }
}

/// A big int in an `any` is a heap object, so making one may collect too.
pub fn op_collects(op: Op) -> bool {
    matches!(op, Op::StructNew | Op::ArrayNew | Op::ArrayFixed | Op::AnyFromI64)
}

fn callees(targets: &Targets, func: &Func) -> Vec<FuncId> {
    let mut found = Vec::new();
    for inst in placed(func) {
        match &func.insts[inst].kind {
            InstKind::Call { func, .. } => found.push(*func),
            InstKind::CallIndirect { sig, .. } => found.extend(&targets[sig]),
            _ => {}
        }
    }
    found.sort();
    found.dedup();
    found
}

fn addresses(func: &Func) -> Vec<FuncId> {
    let address = |inst| match &func.insts[inst].kind {
        InstKind::Op { op: Op::FuncAddr, imm: Imm::Func(f), .. } => Some(*f),
        _ => None,
    };
    placed(func).into_iter().filter_map(address).collect()
}

fn targets(module: &Module) -> Targets {
    let mut taken: Vec<FuncId> = module.funcs.values().flat_map(addresses).collect();
    taken.sort();
    taken.dedup();
    let signatures = module.types.iter().filter(|(_, def)| matches!(def.kind, TypeKind::Func(_)));
    let of = |sig| taken.iter().copied().filter(|&f| module.signature(f) == *module.types.signature(sig)).collect();
    signatures.map(|(sig, _)| (sig, of(sig))).collect()
}

/// Whether each function can reach itself: Tarjan's strongly connected components, without recursion of our own.
fn recursive(callees: &[Vec<FuncId>]) -> Vec<bool> {
    const NEW: usize = usize::MAX;
    let count = callees.len();
    let (mut order, mut low, mut on_stack) = (vec![NEW; count], vec![0; count], vec![false; count]);
    let (mut result, mut stack, mut next) = (vec![false; count], Vec::new(), 0);
    for root in 0..count {
        if order[root] != NEW {
            continue;
        }
        let mut path: Vec<(usize, usize)> = vec![(root, 0)];
        while let Some(&mut (at, ref mut edge)) = path.last_mut() {
            if *edge == 0 {
                (order[at], low[at], on_stack[at]) = (next, next, true);
                next += 1;
                stack.push(at);
            }
            if let Some(to) = callees[at].get(*edge).map(|f| f.index()) {
                *edge += 1;
                if order[to] == NEW {
                    path.push((to, 0));
                } else if on_stack[to] {
                    low[at] = low[at].min(order[to]);
                }
                continue;
            }
            path.pop();
            if let Some(&mut (parent, _)) = path.last_mut() {
                low[parent] = low[parent].min(low[at]);
            }
            if low[at] == order[at] {
                let from = stack.iter().rposition(|&f| f == at).expect("on the stack");
                let members = stack.split_off(from);
                let is_cycle = members.len() > 1 || callees[at].iter().any(|f| f.index() == at);
                for member in members {
                    on_stack[member] = false;
                    result[member] = is_cycle;
                }
            }
        }
    }
    result
}
