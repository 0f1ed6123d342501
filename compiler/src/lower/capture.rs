//! What nested functions need of the functions around them.
//!
//! A nested function gets the variables it captures as its first parameters, so that a direct call is a plain call and
//! only a function used as a value needs a closure. A caller must be able to pass them on: the captures of a function
//! include those of every nested function that it names. A variable that is both captured and reassigned lives in a cell.

use super::walk::{self, Visit};
use crate::hir::tree::{Expr, ExprKind, FnId, LocalId, LocalKind, Program, Stmt, StmtKind};

#[derive(Default)]
pub(crate) struct Captures {
    by_fn: Vec<Vec<LocalId>>,
}

/// The functions that a body names.
#[derive(Default)]
struct Named(Vec<FnId>);

impl Visit for Named {
    fn expr(&mut self, e: &Expr) {
        if let ExprKind::Fn(func) | ExprKind::Lambda(func) | ExprKind::CallFn { func, .. } = &e.kind {
            self.0.push(*func);
        }
    }
    fn stmt(&mut self, s: &Stmt) {
        if let StmtKind::On { handler, .. } = &s.kind {
            self.0.push(*handler);
        }
    }
}

impl Captures {
    pub fn of(program: &Program) -> Captures {
        let mut by_fn: Vec<Vec<LocalId>> = program.fns.iter().map(|func| func.captures.clone()).collect();
        by_fn.iter_mut().for_each(|of| of.retain(|local| program.locals[local.index()].kind != LocalKind::Global));
        let nested: Vec<usize> =
            (0..program.fns.len()).filter(|&i| program.fns[i].parent.is_some() && !program.fns[i].is_prelude).collect();
        let named: Vec<(usize, Vec<FnId>)> = nested
            .into_iter()
            .map(|i| {
                let mut found = Named::default();
                walk::stmts(walk::body(&program.fns[i]), &mut found);
                (i, found.0)
            })
            .collect();
        loop {
            let mut changed = false;
            for (at, called) in &named {
                for func in called {
                    for local in by_fn[func.index()].clone() {
                        let own = program.locals[local.index()].owner.index() == *at;
                        if !own && !by_fn[*at].contains(&local) {
                            by_fn[*at].push(local);
                            changed = true;
                        }
                    }
                }
            }
            if !changed {
                return Captures { by_fn };
            }
        }
    }
    /// Of what the prelude has added since, as the resolver left it.
    pub fn get<'a>(&'a self, program: &'a Program, func: FnId) -> &'a [LocalId] {
        self.by_fn.get(func.index()).unwrap_or(&program.fns[func.index()].captures)
    }
}
