//! Range analysis: removes checks that cannot fail and comparisons whose outcome is known.
//!
//! Every integer value has an interval (`range`), and there are facts `a <= b + k` between values, from the conditions of `if`s and
//! the checks passed before; both hold lexically. A value that is another one plus a constant, or one extended, counts as that one
//! with an offset. Loop parameters start with the best guess (the first value's interval, never below or above the first value)
//! and are widened until every turn agrees: what is then assumed is proven by induction. For the whole module,
//! likewise from the best guess down: which fields, elements, globals, parameters and results are never negative.
//!
//! Where it knows enough, `i64.add_checked` and its like become wrapping ops, comparisons become constants (so that `fold`
//! drops the `trap_if`), and signed division of natural numbers becomes unsigned.

use super::bounds_walk::Walk;
use super::effects::Effects;
use super::rewrite::walk_func;
use crate::ir::{Id, Imm, InstKind, Module};

/// Functions are looked at again until nothing changes, at most so often; then nothing is assumed of the module.
const ROUNDS: usize = 10;

pub fn bounds(module: &mut Module) {
    let effects = Effects::new(module);
    let known = settle(module, &effects);
    let Module { types, funcs, .. } = module;
    for id in funcs.ids() {
        let mut walk = Walk::new(types, &effects, &known, id, &mut funcs[id]);
        walk.settle();
        walk.rewrite();
    }
}

/// What is never negative.
#[derive(Clone, PartialEq)]
pub(super) struct Known {
    /// By class of memory: what is stored there.
    pub classes: Vec<bool>,
    /// By function and parameter.
    pub params: Vec<Vec<bool>>,
    /// By function: its result.
    pub results: Vec<bool>,
}

impl Known {
    fn all(module: &Module, effects: &Effects, natural: bool) -> Known {
        Known {
            classes: vec![natural; effects.class_count as usize],
            params: module.funcs.values().map(|f| vec![natural; f.params().len()]).collect(),
            results: vec![natural; module.funcs.len()],
        }
    }
}

/// What is natural in the module, as the greatest assumption that proves itself.
fn settle(module: &mut Module, effects: &Effects) -> Known {
    let mut known = Known::all(module, effects, true);
    forget_unseen_callers(module, &mut known);
    for _ in 0..ROUNDS {
        let mut next = known.clone();
        let Module { types, funcs, .. } = module;
        for id in funcs.ids() {
            let mut walk = Walk::new(types, effects, &known, id, &mut funcs[id]);
            walk.settle();
            walk.observe(&mut next);
        }
        if next == known {
            return known;
        }
        known = next;
    }
    Known::all(module, effects, false)
}

/// The parameters of functions that others may call than `call` instructions: the module's roles, functions whose address is
/// taken, and all of them where there is no `main`.
fn forget_unseen_callers(module: &Module, known: &mut Known) {
    let mut forget = |index: usize| known.params[index].fill(false);
    for role in [module.main, module.trap].into_iter().flatten() {
        forget(role.index());
    }
    for (id, func) in module.funcs.iter() {
        if module.main.is_none() {
            forget(id.index());
        }
        walk_func(func, &mut |inst| {
            if let InstKind::Op { imm: Imm::Func(f), .. } = func.insts[inst].kind {
                forget(f.index());
            }
        });
    }
}
