//! Top-level variables that a function may read before they are initialised: those can hold `none`.
//!
//! The top level runs from top to bottom. A function can be running before a declaration only if some statement above it, or
//! its own initialiser, mentions the function or one that mentions it. A mention counts as a call, so this finds a few
//! variables too many, never one too few.
//!
//! Where every function, and in functions every top-level variable, is named below its declaration, nothing that runs is below
//! the statement that runs it, and nothing needs to be looked for. Methods are named by no more than their name, so a program
//! that has some is always searched.

use super::Infer;
use crate::hash::{HashMap, HashSet};
use crate::hir::tree::{Expr, ExprKind, FnId, FnKind, LocalId, LocalKind, Program, Stmt, StmtKind};
use crate::hir::walk::{self, Part};
use crate::syntax::symbol::Symbol;

impl Infer<'_> {
    pub(super) fn early_globals(&mut self) {
        let Some(main) = self.program.main else { return };
        let FnKind::Body(top) = &self.program.fns[main.index()].kind else { return };
        let mut methods: HashMap<Symbol, Vec<FnId>> = HashMap::default();
        for (name, method) in self.program.data.iter().flat_map(|data| data.methods.iter()) {
            methods.entry(name).or_default().push(method);
        }
        let (functions, read) = (HashSet::default(), HashSet::default());
        let mut seen = Seen { program: self.program, methods, at_top: true, functions, pending: Vec::new(), read };
        let has_methods = self.program.data.iter().any(|data| !data.is_prelude && data.methods.iter().next().is_some());
        // Most programs keep their variables out of functions, or declare them first.
        let any = (self.program.names_ahead || has_methods) && self.program.locals.iter().any(|local| local.used_inside);
        let mut early = Vec::new();
        for stmt in top {
            if any {
                seen.stmt(stmt);
                seen.follow();
            }
            if let StmtKind::Let { local, value } = &stmt.kind
                && (seen.read.contains(local) || value.is_none())
            {
                early.push(*local);
            }
        }
        for local in early {
            let slot = self.local_slot(local);
            self.add_none(slot, self.program.locals[local.index()].span);
        }
    }
}

/// What the statements so far can have run.
struct Seen<'a> {
    program: &'a Program,
    /// Of all types, by name; those that were mentioned are taken out.
    methods: HashMap<Symbol, Vec<FnId>>,
    /// Whether the statement looked at is the top level's own: what that reads is declared above it.
    at_top: bool,
    functions: HashSet<FnId>,
    pending: Vec<FnId>,
    /// Top-level variables that functions read.
    read: HashSet<LocalId>,
}

impl<'a> Seen<'a> {
    fn mention(&mut self, func: FnId) {
        if !self.program.fns[func.index()].is_prelude && self.functions.insert(func) {
            self.pending.push(func);
        }
    }
    fn mention_methods(&mut self, name: Symbol) {
        for method in self.methods.remove(&name).unwrap_or_default() {
            self.mention(method);
        }
    }
    /// Looks into the bodies of the functions mentioned.
    fn follow(&mut self) {
        self.at_top = false;
        while let Some(func) = self.pending.pop() {
            match &self.program.fns[func.index()].kind {
                FnKind::Body(body) | FnKind::Method(_, body) => body.iter().for_each(|stmt| self.stmt(stmt)),
                FnKind::Extern(_) => {}
            }
        }
        self.at_top = true;
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        walk::for_each_expr_of(stmt, &mut |expr| self.expr(expr));
        match &stmt.kind {
            StmtKind::If { branches, otherwise } => {
                let bodies = branches.iter().map(|(_, body)| body).chain([otherwise]);
                bodies.flatten().for_each(|stmt| self.stmt(stmt));
            }
            StmtKind::While { body, .. }
            | StmtKind::ForRange { body, .. }
            | StmtKind::ForEach { body, .. }
            | StmtKind::Block(body)
            | StmtKind::Bench { body, .. } => body.iter().for_each(|stmt| self.stmt(stmt)),
            StmtKind::On { handler, .. } => self.mention(*handler),
            StmtKind::Let { .. }
            | StmtKind::Assign { .. }
            | StmtKind::Return(_)
            | StmtKind::Expect { .. }
            | StmtKind::Expr(_)
            | StmtKind::Update { .. }
            | StmtKind::Emit { .. }
            | StmtKind::Fun(_)
            | StmtKind::Break
            | StmtKind::Continue => {}
        }
    }
    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Local(local) if !self.at_top && self.program.locals[local.index()].kind == LocalKind::Global => {
                self.read.insert(*local);
                return;
            }
            ExprKind::CallFn { func, .. } | ExprKind::Fn(func) | ExprKind::Lambda(func) => self.mention(*func),
            ExprKind::CallMethod { name, .. } | ExprKind::Field { name, .. } => self.mention_methods(*name),
            ExprKind::Local(_) | ExprKind::Lit(_) => return,
            _ => {}
        }
        walk::for_each_part(expr, &mut |part| match part {
            Part::Expr(part) => self.expr(part),
            Part::Block(block) => block.iter().for_each(|stmt| self.stmt(stmt)),
        });
    }
}
