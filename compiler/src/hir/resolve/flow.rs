//! Whether control can reach the end of a list of statements.
//!
//! Only what is evident counts: `return`, `panic` and `error`, a `while true` without `break`, and branches all of which end so.

use crate::hir::Builtin;
use crate::hir::tree::{ArmBody, Expr, ExprKind, Lit, Pattern, Stmt, StmtKind};

/// Control never comes past these statements.
pub fn diverges(stmts: &[Stmt]) -> bool {
    stmts.iter().any(stmt_diverges)
}

fn stmt_diverges(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue => true,
        StmtKind::If { branches, otherwise } => {
            !otherwise.is_empty() && diverges(otherwise) && branches.iter().all(|(_, body)| diverges(body))
        }
        StmtKind::While { cond, body } => matches!(cond.kind, ExprKind::Lit(Lit::Bool(true))) && !breaks(body),
        StmtKind::Block(body) => diverges(body),
        StmtKind::Expr(expr) => expr_diverges(expr),
        StmtKind::Let { value, .. } => value.as_ref().is_some_and(expr_diverges),
        StmtKind::Assign { value, .. } => expr_diverges(value),
        StmtKind::Fun(_)
        | StmtKind::ForRange { .. }
        | StmtKind::ForEach { .. }
        | StmtKind::Expect { .. }
        | StmtKind::Update { .. }
        | StmtKind::Emit { .. }
        | StmtKind::On { .. }
        | StmtKind::Bench { .. } => false,
    }
}

fn expr_diverges(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::CallBuiltin { builtin, .. } => matches!(builtin, Builtin::Panic | Builtin::Error),
        ExprKind::Match { arms, .. } => {
            arms.last().is_some_and(|arm| matches!(arm.pattern, Pattern::Wildcard | Pattern::Bind(_)))
                && arms.iter().all(|arm| match &arm.body {
                    ArmBody::Expr(expr) => expr_diverges(expr),
                    ArmBody::Block(body) => diverges(body),
                })
        }
        ExprKind::If { branches, otherwise } => {
            otherwise.as_ref().is_some_and(|e| expr_diverges(e)) && branches.iter().all(|(_, value)| expr_diverges(value))
        }
        _ => false,
    }
}

/// A `break` of the loop whose body this is.
fn breaks(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        StmtKind::Break => true,
        StmtKind::If { branches, otherwise } => branches.iter().any(|(_, body)| breaks(body)) || breaks(otherwise),
        StmtKind::Block(body) | StmtKind::Bench { body, .. } => breaks(body),
        StmtKind::Expr(expr) => expr_breaks(expr),
        StmtKind::Let { value: Some(expr), .. } | StmtKind::Return(Some(expr)) => expr_breaks(expr),
        StmtKind::Assign { value, .. } => expr_breaks(value),
        // An inner loop's `break` is its own.
        StmtKind::While { .. } | StmtKind::ForRange { .. } | StmtKind::ForEach { .. } => false,
        StmtKind::Let { value: None, .. }
        | StmtKind::Fun(_)
        | StmtKind::Return(None)
        | StmtKind::Continue
        | StmtKind::Expect { .. }
        | StmtKind::Update { .. }
        | StmtKind::Emit { .. }
        | StmtKind::On { .. } => false,
    })
}

/// A block arm of a `match` can leave the loop around it.
fn expr_breaks(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Match { arms, .. } => arms.iter().any(|arm| match &arm.body {
            ArmBody::Expr(expr) => expr_breaks(expr),
            ArmBody::Block(body) => breaks(body),
        }),
        _ => false,
    }
}
