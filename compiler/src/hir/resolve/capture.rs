//! Which variables of enclosing functions a function needs, also for the sake of the functions that it calls.

use super::added::Added;
use crate::hir::tree::{FnId, LocalId, LocalKind};

/// Completes the captures that were found name by name: who uses a nested function needs what that one captures, and who
/// contains a function needs what it captures from further out. Repeated until nothing changes, since nested functions may call
/// each other. Marks what is captured.
pub fn close(program: &mut Added, uses: &[(FnId, FnId)]) {
    let mut changed = true;
    while changed {
        changed = false;
        for &(user, used) in uses {
            changed |= add_all(program, user, used);
        }
        // An inner function has a greater id than the one around it where that is a lambda or a test; declared functions of a
        // block get their ids together, hence the outer loop.
        for index in (program.fns.base()..program.fns.len()).rev() {
            if let Some(parent) = program.fns[index].parent {
                changed |= add_all(program, parent, FnId(index as u32));
            }
        }
    }
    for func in program.fns.base()..program.fns.len() {
        for index in 0..program.fns[func].captures.len() {
            let local = program.fns[func].captures[index];
            program.locals[local.index()].captured = true;
        }
    }
}

/// Whatever `from` captures and `to` does not own becomes a capture of `to`.
fn add_all(program: &mut Added, to: FnId, from: FnId) -> bool {
    if to == from {
        return false;
    }
    let missing: Vec<LocalId> = program.fns[from.index()]
        .captures
        .iter()
        .copied()
        .filter(|local| program.locals[local.index()].owner != to && !program.fns[to.index()].captures.contains(local))
        .collect();
    debug_assert!(missing.iter().all(|local| program.locals[local.index()].kind != LocalKind::Global));
    program.fns[to.index()].captures.extend(&missing);
    !missing.is_empty()
}
