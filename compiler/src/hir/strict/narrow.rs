//! What a comparison with `none` tells about variables.

use super::{Strict, Ty};
use crate::hir::tree::{Expr, ExprKind, Lit, LocalId, LocalKind};
use crate::syntax::ast::{BinaryOp, UnaryOp};

/// The variables that are not `none` where the condition holds, and where it does not.
pub fn facts(cond: &Expr) -> (Vec<LocalId>, Vec<LocalId>) {
    match &cond.kind {
        ExprKind::Binary { op: BinaryOp::Ne, left, right } => (compared(left, right), Vec::new()),
        ExprKind::Binary { op: BinaryOp::Eq, left, right } => (Vec::new(), compared(left, right)),
        ExprKind::Binary { op: BinaryOp::And, left, right } => ([facts(left).0, facts(right).0].concat(), Vec::new()),
        ExprKind::Binary { op: BinaryOp::Or, left, right } => (Vec::new(), [facts(left).1, facts(right).1].concat()),
        ExprKind::Unary { op: UnaryOp::Not, operand } => {
            let (holds, fails) = facts(operand);
            (fails, holds)
        }
        _ => (Vec::new(), Vec::new()),
    }
}

fn compared(left: &Expr, right: &Expr) -> Vec<LocalId> {
    match (&left.kind, &right.kind) {
        (ExprKind::Local(local), ExprKind::Lit(Lit::None)) | (ExprKind::Lit(Lit::None), ExprKind::Local(local)) => vec![*local],
        _ => Vec::new(),
    }
}

impl Strict<'_> {
    pub fn local(&self, local: LocalId) -> Ty {
        match &self.locals[local.index()] {
            Ty::Option(of) if self.narrowed.contains(&local) => (**of).clone(),
            ty => ty.clone(),
        }
    }

    /// A call may assign to variables that functions see.
    pub fn forget_shared(&mut self) {
        let locals = &self.program.locals;
        self.narrowed.retain(|local| {
            let local = &locals[local.index()];
            local.fixed || (local.kind != LocalKind::Global && !local.captured)
        });
    }

    /// Where a closure runs, only `let` variables are still what they were.
    pub fn forget_mutable(&mut self) {
        let locals = &self.program.locals;
        self.narrowed.retain(|local| locals[local.index()].fixed);
    }
}
