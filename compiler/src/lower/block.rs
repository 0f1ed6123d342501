//! `test` and `bench` blocks, and `expect`.
//!
//! Under `mochi run` a block is part of the program: a test is a call, a bench prints its time. Under `mochi test` and `mochi
//! bench` the program is compiled once and started once for each block; `prelude/blocks.mochi` learns at run time which one is meant.

use super::derive::Form;
use super::function::FnCx;
use super::sites::Fault;
use super::walk::Assigned;
use crate::hir::tree::{Expr, ExprKind, Stmt, StmtKind};
use crate::ir::{Host, Op, Value};
use crate::source::Span;
use crate::syntax::ast::BinaryOp;
use crate::types::{Ty, TyKind};

/// What stands around the operator of a failed comparison where a program reads the message: `mochi test` shows the sides apart.
pub const SIDES: char = '\u{1f}';

impl FnCx<'_, '_> {
    /// The number of the top-level block that a call is all of.
    fn block_of(&self, e: &Expr) -> Option<usize> {
        let ExprKind::CallFn { func, .. } = &e.kind else { return None };
        self.l.program.tests.iter().position(|test| test.body == *func)
    }

    /// A statement that is an expression; blocks are run if they are chosen.
    pub fn expr_stmt(&mut self, e: &Expr) {
        match self.block_of(e).filter(|_| self.l.blocks.is_some()) {
            Some(index) => self.if_chosen(index, |cx| cx.run(e)),
            None => self.run(e),
        }
    }

    /// Runs a block, and nothing after it, if the program was started for it.
    fn if_chosen(&mut self, index: usize, block: impl FnOnce(&mut Self)) {
        let number = self.b.i64(index as i64);
        let chosen = self.call_prelude("block_begin", &[], &[number]);
        self.when(chosen, &Assigned::default(), |cx| {
            block(cx);
            cx.call_prelude("block_end", &[], &[]);
        });
    }

    /// `bench "name" { }`
    pub fn bench_stmt(&mut self, name: &str, body: &[Stmt]) {
        let block = match body {
            [Stmt { kind: StmtKind::Expr(call), .. }] => self.block_of(call).map(|index| (index, call)),
            _ => None,
        };
        match block.filter(|_| self.l.blocks.is_some()) {
            Some((index, call)) => self.if_chosen(index, |cx| {
                cx.repeat(&Assigned::default(), |cx, end, _, vars| {
                    let more = cx.call_prelude("bench_next", &[], &[]);
                    cx.leave_unless(more, end, vars);
                    cx.run(call);
                });
            }),
            None => self.bench_once(name, body),
        }
    }

    /// Runs the block and prints its time as JSON.
    fn bench_once(&mut self, name: &str, body: &[Stmt]) {
        let start = self.b.call_host(Host::Clock, &[]).expect("a time");
        self.stmts(body);
        let end = self.b.call_host(Host::Clock, &[]).expect("a time");
        let nanos = self.plain(Op::I64Sub, &[end, start]);
        let thousand = self.b.i64(1000);
        let micros = self.plain(Op::I64DivS, &[nanos, thousand]);
        let memory = self.b.call_host(Host::MemoryUsed, &[]).expect("a size");
        let out = self.call_prelude("out", &[], &[]);
        self.text_piece("{\n  \"duration_us\": ", out);
        self.call_prelude("text_int", &[], &[out, micros]);
        self.text_piece(",\n  \"memory_bytes\": ", out);
        self.call_prelude("text_int", &[], &[out, memory]);
        self.text_piece(",\n  \"name\": ", out);
        let name = self.string_literal(name);
        self.call_prelude("text_json_string", &[], &[out, name]);
        self.text_piece("\n}", out);
        self.call_prelude("out_line", &[], &[out]);
    }

    /// `expect`: only `true` passes. Each side of `&&` is an expectation; a failing comparison shows both its sides.
    pub fn expect_stmt(&mut self, cond: &Expr, keyword: Span) {
        let bool = self.l.intern(TyKind::Bool);
        if let ExprKind::Binary { op, left, right } = &cond.kind
            && !self.wraps
        {
            match op {
                BinaryOp::And if self.ty(left.id) == bool && self.ty(right.id) == bool => {
                    self.expect_stmt(left, keyword);
                    return self.expect_stmt(right, keyword);
                }
                BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge | BinaryOp::In => {
                    return self.expect_sides(*op, left, right, (cond.at(), keyword));
                }
                _ => {}
            }
        }
        let ty = self.ty(cond.id);
        let value = self.expr(cond);
        let yes = self.b.bool(true);
        let holds = self.equal((value, ty), (yes, bool));
        let fails = self.not(holds);
        self.trap_if(fails, Fault::Expect, keyword);
    }

    fn expect_sides(&mut self, op: BinaryOp, left: &Expr, right: &Expr, (at, keyword): (Span, Span)) {
        let (a, b) = (self.ty(left.id), self.ty(right.id));
        let x = self.expr(left);
        let y = self.expr(right);
        self.b.span = at;
        let holds = match op {
            BinaryOp::Eq => self.equal((x, a), (y, b)),
            BinaryOp::Ne => {
                let equal = self.equal((x, a), (y, b));
                self.not(equal)
            }
            _ => {
                let bool = self.l.intern(TyKind::Bool);
                self.binary(op, (x, a), (y, b), bool, at)
            }
        };
        let fails = self.not(holds);
        self.when(fails, &Assigned::default(), |cx| cx.raise_sides(op.text(), (x, a), (y, b), keyword));
    }

    /// `expect condition failed: left OP right`, with the values in nested form.
    fn raise_sides(&mut self, op: &str, left: (Value, Ty), right: (Value, Ty), keyword: Span) {
        let capacity = self.b.i32(64);
        let out = self.call_prelude("text_new", &[], &[capacity]);
        let apart = if self.l.blocks.is_some() { SIDES } else { ' ' };
        self.text_piece("expect condition failed: ", out);
        self.text(Form::Nested, left, out, None);
        self.text_piece(&format!("{apart}{op}{apart}"), out);
        self.text(Form::Nested, right, out, None);
        let message = self.call_prelude("text_done", &[], &[out]);
        let site = self.site_arg(Fault::Message, keyword);
        self.call_prelude("raise", &[], &[site, message]);
    }
}
