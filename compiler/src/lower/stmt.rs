//! Statements.

use super::arith::Typed;
use super::function::FnCx;
use super::sites::Fault;
use super::walk::{self, Assigned};
use crate::hir::tree::{Column, Expr, Stmt, StmtKind, UpdateRow};
use crate::ir::Value;
use crate::source::Span;
use crate::types::{Ty, TyKind};
use std::rc::Rc;

impl FnCx<'_, '_> {
    pub fn stmts(&mut self, body: &[Stmt]) {
        for s in body {
            if self.b.is_terminated() {
                return;
            }
            self.b.span = s.span;
            self.stmt(s);
        }
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::Let { local, value } => {
                let ty = self.local_ty(*local);
                let value = match value {
                    Some(e) => self.expr_as(e, ty),
                    None => self.none_as(ty),
                };
                self.bind(*local, value);
            }
            StmtKind::Assign { target, value } => self.assign_place(target, value, s.span),
            // Closures are made where the function is named.
            StmtKind::Fun(_) => {}
            StmtKind::Return(value) => self.return_stmt(value.as_ref()),
            StmtKind::If { branches, otherwise } => {
                let assigned = walk::assigned_from_each(
                    branches,
                    |(cond, body), found| {
                        walk::expr(cond, found);
                        walk::stmts(body, found);
                    },
                    |found| walk::stmts(otherwise, found),
                );
                self.if_stmt(branches, otherwise, &assigned);
            }
            StmtKind::While { cond, body } => self.while_stmt(cond, body),
            StmtKind::ForRange { local, from, to, body } => self.for_range(*local, from, to, body),
            StmtKind::ForEach { local, values, span, body } => self.for_each(*local, values, body, *span),
            StmtKind::Break => {
                let target = self.loops.last().expect("break stands in a loop");
                let (end, vars) = (target.end, target.vars.clone());
                self.br_with(end, &[], &vars);
            }
            StmtKind::Continue => {
                let target = self.loops.last().expect("continue stands in a loop");
                let (next, vars) = (target.next, target.vars.clone());
                self.br_with(next, &[], &vars);
            }
            StmtKind::Block(body) => self.stmts(body),
            StmtKind::Expect { cond, keyword } => self.expect_stmt(cond, *keyword),
            StmtKind::Expr(e) => self.expr_stmt(e),
            StmtKind::Update { target, row } => self.update_stmt(target, row, s.span),
            StmtKind::Emit { stream, fields } => self.emit_stmt(*stream, fields),
            StmtKind::On { stream, handler } => self.on_stmt(*stream, *handler, s.span),
            StmtKind::Bench { name, body } => self.bench_stmt(name, body),
        }
    }

    fn return_stmt(&mut self, value: Option<&Expr>) {
        let ret = self.ret;
        let value = match value {
            Some(e) => {
                let from = self.ty(e.id);
                let value = self.expr(e);
                self.b.func.result.map(|_| self.coerce(value, from, ret))
            }
            None => self.b.func.result.map(|_| self.none_as(ret)),
        };
        self.b.ret(value.as_slice());
    }

    /// `assigned` has the variables that each branch or a later one assigns.
    fn if_stmt(&mut self, branches: &[(Expr, Vec<Stmt>)], otherwise: &[Stmt], assigned: &[Rc<Assigned>]) {
        let Some(((cond, body), rest)) = branches.split_first() else { return self.stmts(otherwise) };
        let holds = self.cond(cond);
        let then = |cx: &mut Self| {
            cx.stmts(body);
            Vec::new()
        };
        let other = |cx: &mut Self| {
            cx.if_stmt(rest, otherwise, &assigned[1..]);
            Vec::new()
        };
        self.if_else(holds, &assigned[0], &[], then, other);
    }

    /// `update xs set {f: e} where c`
    fn update_stmt(&mut self, target: &Expr, row: &UpdateRow, at: Span) {
        let from = self.ty(target.id);
        let list = self.expr(target);
        let group = self.l.facts.known.group;
        let rows = |cx: &mut Self, ty| match cx.l.kind(ty) {
            TyKind::Data(data, args) if data == group => Some(args[1]),
            _ => cx.l.list_element(ty),
        };
        let alternatives = self.l.facts.tys.alternatives(from);
        let Some(element) = alternatives.into_iter().find_map(|ty| rows(self, ty)) else {
            let none = self.is_none(list, from);
            let other = self.not(none);
            return self.trap_if(other, Fault::Iterator, at);
        };
        let list = self.as_list((list, from), element, Fault::Iterator, at);
        let list_ty = self.l.facts.list(element);
        let len = self.read(list, list_ty, "len");
        let zero = self.b.i32(0);
        let parts = row.cond.iter().chain(row.set.iter().map(|(_, e)| e));
        let assigned = walk::assigned_in(parts);
        self.for_numbers(zero, len, &assigned, |cx, i| {
            let item = cx.element((list, list_ty), i);
            for column in &row.columns {
                let ty = cx.local_ty(column.local);
                let value = cx.column_of((item, element), column, ty, at);
                cx.share(value, ty);
                cx.bind(column.local, value);
            }
            let holds = match &row.cond {
                Some(cond) => cx.cond(cond),
                None => cx.b.bool(true),
            };
            cx.when(holds, &assigned, |cx| {
                let values: Vec<(Value, Ty)> = row
                    .set
                    .iter()
                    .map(|(_, e)| {
                        let ty = cx.ty(e.id);
                        (cx.expr(e), ty)
                    })
                    .collect();
                for ((name, _), value) in row.set.iter().zip(values) {
                    cx.store_field((item, element), *name, value, at);
                }
            });
        });
    }
    /// A name's value beside an element: of its field, or where it has no such field, what the name means outside.
    fn column_of(&mut self, (item, element): Typed, column: &Column, ty: Ty, at: Span) -> Value {
        let name = column.name;
        let Some(outer) = &column.outer else { return self.field_of(item, element, name, ty, at) };
        self.dispatch(item, element, ty, &mut |cx, item, of| {
            let outside = |cx: &mut Self| {
                let from = cx.ty(outer.id);
                let value = cx.expr(outer);
                cx.coerce(value, from, ty)
            };
            match cx.l.kind(of) {
                TyKind::Data(data, _) if data == cx.l.facts.known.map => {
                    let has = cx.has_key((item, of), name, at);
                    let form = cx.l.layout(ty);
                    cx.choose(has, form, |cx| cx.field_of(item, of, name, ty, at), outside)
                }
                _ if cx.has_entries(of) && !cx.has_field(of, name) => outside(cx),
                _ => cx.field_of(item, of, name, ty, at),
            }
        })
    }
}
