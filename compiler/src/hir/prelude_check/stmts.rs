//! Statements.

use super::{Checker, types};
use crate::hir::tree::{FnKind, LocalId, Place, Stmt, StmtKind};
use crate::source::Span;
use crate::types::{Ty, TyKind};

impl<'a> Checker<'a> {
    pub fn stmts(&mut self, stmts: &'a [Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Let { local, value } => self.declare(*local, value.as_ref(), stmt.span),
            StmtKind::Assign { target, value } => {
                let ty = self.place(target);
                let got = self.expr(value, Some(ty));
                self.require(value.span, got, ty);
            }
            StmtKind::Fun(func) => {
                if let FnKind::Body(body) = &self.program.fns[func.index()].kind {
                    self.body(*func, body);
                }
            }
            StmtKind::Return(value) => self.give_back(value.as_ref(), stmt.span),
            StmtKind::If { branches, otherwise } => {
                for (cond, body) in branches {
                    self.condition(cond);
                    self.stmts(body);
                }
                self.stmts(otherwise);
            }
            StmtKind::While { cond, body } => {
                self.condition(cond);
                self.stmts(body);
            }
            StmtKind::ForRange { local, from, to, body } => {
                let ty = self.same_number(from, to, None);
                if ty != self.basic.int && ty != self.basic.i32 {
                    self.error(from.span, "a range needs int or i32".to_owned());
                }
                self.set_local(*local, ty);
                self.stmts(body);
            }
            StmtKind::Break | StmtKind::Continue => {}
            StmtKind::Block(body) => self.stmts(body),
            StmtKind::Expect { cond, .. } => self.condition(cond),
            StmtKind::Expr(expr) => {
                self.expr(expr, None);
            }
            StmtKind::ForEach { .. } | StmtKind::Update { .. } | StmtKind::Emit { .. } | StmtKind::On { .. } | StmtKind::Bench { .. } => {
                self.error(stmt.span, "the prelude has no such statement".to_owned());
            }
        }
    }

    fn declare(&mut self, local: LocalId, value: Option<&'a crate::hir::tree::Expr>, span: Span) {
        let declared = self.program.locals[local.index()].ty.as_ref().map(|ty| types::of(self.facts, ty));
        let ty = match (declared, value) {
            (Some(ty), Some(value)) => {
                let got = self.expr(value, Some(ty));
                self.require(value.span, got, ty);
                ty
            }
            (Some(ty), None) => ty,
            (None, Some(value)) => self.expr(value, None),
            (None, None) => {
                self.error(span, "a variable needs a type or a value".to_owned());
                self.basic.never
            }
        };
        if ty == self.basic.none {
            self.error(span, "a variable of type unit; `none` needs a type `T?`".to_owned());
        }
        self.set_local(local, ty);
    }

    fn give_back(&mut self, value: Option<&'a crate::hir::tree::Expr>, span: Span) {
        let wanted = self.facts.ret(self.func);
        match value {
            // A lambda whose result nothing tells yet takes that of its first `return`.
            Some(value) if wanted == self.basic.never => {
                let ty = self.expr(value, None);
                self.facts.ret[self.func.index()] = ty;
            }
            Some(value) => {
                let got = self.expr(value, Some(wanted));
                self.require(value.span, got, wanted);
            }
            None if wanted == self.basic.none || wanted == self.basic.never => {}
            None => self.error(span, "`return` without a value".to_owned()),
        }
    }

    pub fn condition(&mut self, cond: &'a crate::hir::tree::Expr) {
        let ty = self.expr(cond, Some(self.basic.bool));
        self.require(cond.span, ty, self.basic.bool);
    }

    /// The type of what may be stored there.
    fn place(&mut self, place: &'a Place) -> Ty {
        match place {
            Place::Local(local) => self.facts.local(*local),
            Place::Index { object, index, .. } => self.element(object, index),
            Place::Field { object, name, span } => {
                let object = self.expr(object, None);
                self.field(object, *name, *span)
            }
        }
    }

    /// What is read from and stored into an array.
    pub fn element(&mut self, object: &'a crate::hir::tree::Expr, index: &'a crate::hir::tree::Expr) -> Ty {
        let array = self.expr(object, None);
        let at = self.expr(index, Some(self.basic.i32));
        self.require(index.span, at, self.basic.i32);
        match *self.facts.tys.kind(array) {
            TyKind::Array(element) if element == self.basic.byte => self.basic.i32,
            TyKind::Array(element) => element,
            _ => {
                let message = format!("only arrays are indexed here, not {}", self.show(array));
                self.error(object.span, message);
                self.basic.never
            }
        }
    }
}
