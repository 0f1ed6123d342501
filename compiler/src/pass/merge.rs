//! Merges functions that do the same: instances of generic functions for types of one form, accessors, thunks.
//!
//! Two functions are the same if their texts without their names and spans are. Calls and
//! addresses of the later one then mean the first, until nothing changes; `reach` drops what is left over. Functions
//! whose checks have different sites differ, so messages keep their places.

use super::rewrite::walk_func;
use crate::ir::print::print_func;
use crate::ir::{FuncId, Id, Imm, InstKind, Module};
use std::collections::BTreeMap;

pub fn merge(module: &mut Module) {
    loop {
        let mut first: BTreeMap<String, FuncId> = BTreeMap::new();
        let mut to: Vec<FuncId> = module.funcs.ids().collect();
        let used = used(module);
        let mut changed = false;
        for id in module.funcs.ids() {
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

/// The function's text from its parameters on, with `@self` for the function itself.
fn body_text(module: &Module, id: FuncId) -> String {
    let text = print_func(module, id);
    let name = text.trim_start_matches("func ").split('(').next().unwrap_or_default();
    text[text.find('(').unwrap_or(0)..].replace(&format!("{name}("), "@self(")
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
