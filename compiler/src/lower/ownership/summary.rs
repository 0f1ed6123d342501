//! What a call may do to the places that other functions see: variables that closures or several functions share, and fields.

use super::uses::grown_field;
use crate::hir::facts::Facts;
use crate::hir::tree::{Expr, ExprKind, FnId, FnKind, LocalId, LocalKind, Place, Program, Stmt, StmtKind};
use crate::lower::walk::{self, Visit};
use crate::syntax::symbol::Symbol;
use std::collections::BTreeSet;

/// What one function does, its callees included.
#[derive(Clone, Default, PartialEq)]
struct Touched {
    /// Globals and captured variables that it reads or assigns.
    names: BTreeSet<LocalId>,
    /// Those that it assigns.
    assigns: BTreeSet<LocalId>,
    /// Fields whose lists it adds to in place, of whatever struct.
    grows: BTreeSet<Symbol>,
}

impl Touched {
    fn add(&mut self, other: &Touched) {
        self.names.extend(&other.names);
        self.assigns.extend(&other.assigns);
        self.grows.extend(&other.grows);
    }
}

pub(super) struct Summary {
    by_fn: Vec<Touched>,
    /// Of calling some function that is used as a value, a method or a handler.
    any: Touched,
}

impl Summary {
    pub fn of(program: &Program, facts: &Facts) -> Summary {
        let mut scans: Vec<Scan> = Vec::new();
        for func in program.fns.iter() {
            let mut scan =
                Scan { program, facts, touched: Touched::default(), calls: BTreeSet::new(), values: BTreeSet::new(), any: false };
            if !func.is_prelude {
                walk::stmts(walk::body(func), &mut scan);
            }
            scans.push(scan);
        }
        let mut values: BTreeSet<FnId> = scans.iter().flat_map(|scan| scan.values.iter().copied()).collect();
        let is_method = |(_, func): &(usize, &crate::hir::tree::Function)| matches!(func.kind, FnKind::Method(..));
        values.extend(program.fns.iter().enumerate().filter(is_method).map(|(at, _)| FnId(at as u32)));
        let mut summary = Summary { by_fn: scans.iter().map(|scan| scan.touched.clone()).collect(), any: Touched::default() };
        loop {
            let mut changed = false;
            for (at, scan) in scans.iter().enumerate() {
                let mut touched = summary.by_fn[at].clone();
                scan.calls.iter().for_each(|func| touched.add(&summary.by_fn[func.index()]));
                if scan.any {
                    touched.add(&summary.any);
                }
                changed |= touched != summary.by_fn[at];
                summary.by_fn[at] = touched;
            }
            let before = summary.any.clone();
            values.iter().for_each(|func| summary.any.add(&summary.by_fn[func.index()]));
            if !changed && summary.any == before {
                return summary;
            }
        }
    }

    fn touched(&self, func: Option<FnId>) -> &Touched {
        func.map_or(&self.any, |func| &self.by_fn[func.index()])
    }
    /// Whether calling the function, or with none any function value, may read or assign the variable.
    pub fn names(&self, func: Option<FnId>, local: LocalId) -> bool {
        self.touched(func).names.contains(&local)
    }
    pub fn assigns(&self, func: Option<FnId>, local: LocalId) -> bool {
        self.touched(func).assigns.contains(&local)
    }
    pub fn grows(&self, func: Option<FnId>, field: Symbol) -> bool {
        self.touched(func).grows.contains(&field)
    }
}

struct Scan<'a> {
    program: &'a Program,
    facts: &'a Facts,
    touched: Touched,
    calls: BTreeSet<FnId>,
    /// Functions that it uses as values.
    values: BTreeSet<FnId>,
    /// Whether it calls something that is not known.
    any: bool,
}

impl Scan<'_> {
    fn is_seen(&self, local: LocalId) -> bool {
        let local = &self.program.locals[local.index()];
        local.captured || local.kind == LocalKind::Global
    }
}

impl Visit for Scan<'_> {
    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::Assign { target: Place::Local(local), .. } | StmtKind::Let { local, .. } if self.is_seen(*local) => {
                self.touched.names.insert(*local);
                self.touched.assigns.insert(*local);
            }
            StmtKind::Assign { target, value } => {
                self.touched.grows.extend(grown_field(self.program, self.facts, target, value).map(|(name, _)| name));
            }
            StmtKind::Emit { .. } => self.any = true,
            StmtKind::On { handler, .. } => {
                self.values.insert(*handler);
            }
            _ => {}
        }
    }
    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Local(local) if self.is_seen(*local) => {
                self.touched.names.insert(*local);
            }
            ExprKind::Fn(func) | ExprKind::Lambda(func) => {
                self.values.insert(*func);
            }
            ExprKind::CallFn { func, args } => {
                self.calls.insert(*func);
                if args.len() < self.program.fns[func.index()].params.len() {
                    self.values.insert(*func);
                }
            }
            ExprKind::Call { .. } | ExprKind::CallMethod { .. } => self.any = true,
            ExprKind::CallBuiltin { builtin: crate::hir::builtin::Builtin::Reduce, .. } => self.any = true,
            _ => {}
        }
    }
}
