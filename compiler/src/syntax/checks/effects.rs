//! Which expression statements do something.
//!
//! A call, `fetch`, `load`, `save` and `generate` may do something, wherever they stand outside the body of a function
//! expression. So does a block of a match arm that has a statement other than an expression. `none` on its own is accepted
//! as the statement that does nothing: recorded programs write it.

use crate::syntax::ast::*;
use crate::syntax::visit::{Node, expr_children};

/// The expression, where the statement is one that has no effect.
pub(super) fn useless(stmt: &Stmt) -> Option<&Expr> {
    match &stmt.kind {
        StmtKind::Expr(expr) if !has_effect(expr) && !does_nothing(expr) => Some(expr),
        _ => None,
    }
}

/// Whether the statement says on purpose that nothing is done: `none`, or a choice between such values.
fn does_nothing(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Lit(Lit::None) => true,
        ExprKind::Match(expr) => expr.arms.iter().all(|arm| match &arm.body {
            Body::Expr(value) => does_nothing(value),
            Body::Block(block) => block.stmts.is_empty(),
        }),
        _ => false,
    }
}

fn has_effect(expr: &Expr) -> bool {
    match expr.kind {
        ExprKind::Call(_) | ExprKind::Fetch(_) | ExprKind::Load(_) | ExprKind::Save(_) | ExprKind::Generate(_) => true,
        // Something else was reported about it.
        ExprKind::Error => true,
        ExprKind::Fun(_) => false,
        _ => {
            let mut effect = false;
            expr_children(expr, &mut |child| {
                effect |= match child {
                    Node::Expr(inner) => has_effect(inner),
                    Node::Block(block) => block.stmts.iter().any(|stmt| match &stmt.kind {
                        StmtKind::Expr(inner) => has_effect(inner),
                        _ => true,
                    }),
                };
            });
            effect
        }
    }
}
