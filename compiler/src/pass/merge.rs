//! Merges functions that do the same: instances of generic functions for types of one form, accessors, thunks.
//!
//! Two functions are the same if their texts without their names and spans are, and what they call they call from the same
//! places. Calls and addresses of the later one then mean the first, until nothing changes; `reach` drops what is left over.
//! Functions whose checks have different sites differ, so messages keep their places, and traces theirs. Texts are made only of functions
//! whose ops have their like in another one.

use super::rewrite::walk_func;
use crate::hash::{Fx, HashMap};
use crate::ir::print::print_func;
use crate::ir::{Func, FuncId, Id, Imm, InstKind, Module};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::hash::{Hash, Hasher};

pub fn merge(module: &mut Module) {
    let alike = have_likes(module);
    loop {
        let mut first: BTreeMap<String, FuncId> = BTreeMap::new();
        let mut to: Vec<FuncId> = module.funcs.ids().collect();
        let used = used(module);
        let mut changed = false;
        for id in module.funcs.ids().filter(|id| alike[id.index()]) {
            let kept = *first.entry(body_text(module, id)).or_insert(id);
            // The module's roles keep their functions.
            let is_role = [module.main, module.trap].contains(&Some(id));
            if kept != id && !is_role && used[id.index()] {
                to[id.index()] = kept;
                changed = true;
            }
        }
        if !changed {
            return;
        }
        for func in module.funcs.values_mut() {
            for inst in func.insts.values_mut() {
                match &mut inst.kind {
                    InstKind::Call { func, .. } | InstKind::Op { imm: Imm::Func(func), .. } => *func = to[func.index()],
                    _ => {}
                }
            }
        }
    }
}

/// By function: whether there is another one with as many parameters and the same ops in the same order. Merging changes none of it.
fn have_likes(module: &Module) -> Vec<bool> {
    let shapes: Vec<u64> = module.funcs.values().map(shape).collect();
    let mut counts: HashMap<u64, u32> = HashMap::default();
    for &shape in &shapes {
        *counts.entry(shape).or_default() += 1;
    }
    shapes.iter().map(|shape| counts[shape] > 1).collect()
}

fn shape(func: &Func) -> u64 {
    let mut hasher = Fx::default();
    func.params().len().hash(&mut hasher);
    walk_func(func, &mut |inst| {
        let kind = &func.insts[inst].kind;
        std::mem::discriminant(kind).hash(&mut hasher);
        if let InstKind::Op { op, .. } = kind {
            op.hash(&mut hasher);
        }
    });
    hasher.finish()
}

/// The function's text from its parameters on, with `@self` for the function itself.
fn body_text(module: &Module, id: FuncId) -> String {
    let text = print_func(module, id);
    let name = text.trim_start_matches("func ").split('(').next().unwrap_or_default();
    let mut key = text[text.find('(').unwrap_or(0)..].replace(&format!("{name}("), "@self(");
    let func = &module.funcs[id];
    walk_func(func, &mut |inst| {
        let data = &func.insts[inst];
        if matches!(data.kind, InstKind::Call { .. } | InstKind::CallIndirect { .. }) {
            let _ = write!(key, "{:?}", func.active(data.at).iter().map(|a| (a.at, a.func)).collect::<Vec<_>>());
        }
    });
    key
}

/// By function: whether something calls it or takes its address.
fn used(module: &Module) -> Vec<bool> {
    let mut used = vec![false; module.funcs.len()];
    for func in module.funcs.values() {
        walk_func(func, &mut |inst| match func.insts[inst].kind {
            InstKind::Call { func: f, .. } | InstKind::Op { imm: Imm::Func(f), .. } => used[f.index()] = true,
            _ => {}
        });
    }
    used
}
