//! Which strings `s = s + x` grows in place.
//!
//! Strings never change where anybody could see it, so headers are passed on freely. A *built* variable is one that some statement
//! assigns itself and more: `s = s + x`. Its header can be marked as the variable's own (`reach` in the prelude), and grows in place then.
//! Every read of a built variable takes the mark away, but for those that only look: `len(s)`, `s[i]`, comparisons, `print(s)`, and
//! what is added to another built variable.
//!
//! What is evaluated between such a look, or the `s` of `s + x`, and its use must not assign the variable.

use super::{Known, Use};
use crate::hash::HashSet;
use crate::hir::builtin::Builtin;
use crate::hir::tree::{Expr, ExprId, ExprKind, FnId, LocalId, Place, Stmt, StmtKind};
use crate::lower::walk::{self, Visit};
use crate::syntax::ast::BinaryOp;

#[derive(Default)]
pub(super) struct Texts {
    /// The built variables.
    pub built: HashSet<LocalId>,
    /// The values `s + x` of assignments that grow `s`.
    pub grown: HashSet<ExprId>,
}

impl Texts {
    /// Notes which reads only look.
    pub fn of(known: &Known, uses: &mut [Use]) -> Texts {
        let mut texts = Texts::default();
        let bodies = || known.program.fns.iter().filter(|func| !func.is_prelude).map(walk::body);
        bodies().for_each(|body| walk::stmts(body, &mut Additions { known, texts: &mut texts }));
        if !texts.built.is_empty() {
            bodies().for_each(|body| walk::stmts(body, &mut Looks { known, texts: &texts, uses }));
        }
        texts
    }
}

/// Of `s + a + b` the parts.
pub(crate) fn parts(e: &Expr) -> Vec<&Expr> {
    let mut parts = Vec::new();
    let mut rest = e;
    while let ExprKind::Binary { op: BinaryOp::Add, left, right } = &rest.kind {
        parts.push(&**right);
        rest = left;
    }
    parts.push(rest);
    parts.reverse();
    parts
}

struct Additions<'a> {
    known: &'a Known<'a>,
    texts: &'a mut Texts,
}

impl Visit for Additions<'_> {
    fn stmt(&mut self, s: &Stmt) {
        let StmtKind::Assign { target: Place::Local(local), value } = &s.kind else { return };
        let known = self.known;
        let is_string = |e: &Expr| known.is(known.facts.of(e.id), known.facts.known.string);
        let parts = parts(value);
        let (first, rest) = parts.split_first().expect("a part");
        if !rest.is_empty()
            && matches!(first.kind, ExprKind::Local(read) if read == *local)
            && known.is(known.facts.local(*local), known.facts.known.string)
            && parts.iter().all(|e| is_string(e))
            && rest.iter().all(|e| !known.assigns(e, *local))
        {
            self.texts.built.insert(*local);
            self.texts.grown.insert(value.id);
        }
    }
}

struct Looks<'a> {
    known: &'a Known<'a>,
    texts: &'a Texts,
    uses: &'a mut [Use],
}

impl Looks<'_> {
    /// A read that is over once all of `later` are evaluated.
    fn look<'e>(&mut self, e: &Expr, later: impl IntoIterator<Item = &'e Expr>) {
        if let ExprKind::Local(local) = e.kind
            && self.texts.built.contains(&local)
            && later.into_iter().all(|later| !self.known.assigns(later, local))
        {
            self.uses[e.id.index()] = Use::Borrow;
        }
    }
    fn look_at_all(&mut self, parts: &[&Expr]) {
        for (i, e) in parts.iter().enumerate() {
            self.look(e, parts[i + 1..].iter().copied());
        }
    }
}

impl Visit for Looks<'_> {
    fn stmt(&mut self, s: &Stmt) {
        if let StmtKind::Assign { target: Place::Local(local), value } = &s.kind
            && self.texts.grown.contains(&value.id)
        {
            // `s = s + s` adds what `s` was before.
            let again = |e: &Expr| matches!(e.kind, ExprKind::Local(read) if read == *local);
            let parts = parts(value);
            for (i, e) in parts.iter().enumerate().filter(|&(i, e)| i == 0 || !again(e)) {
                self.look(e, parts[i + 1..].iter().copied());
            }
        }
    }
    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::CallBuiltin { builtin: Builtin::Len | Builtin::Count | Builtin::Print, args } => {
                self.look_at_all(&args.iter().collect::<Vec<_>>());
            }
            ExprKind::Index { object, index, .. } => self.look(object, [&**index]),
            ExprKind::Binary {
                op: BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge,
                left,
                right,
            } => self.look_at_all(&[left, right]),
            _ => {}
        }
    }
}

impl Known<'_> {
    /// Whether evaluating the expression can assign the variable.
    fn assigns(&self, e: &Expr, local: LocalId) -> bool {
        struct Finder<'a> {
            known: &'a Known<'a>,
            local: LocalId,
            found: bool,
        }
        impl Visit for Finder<'_> {
            fn stmt(&mut self, s: &Stmt) {
                let assigned = matches!(&s.kind, StmtKind::Assign { target: Place::Local(local), .. } if *local == self.local);
                self.found |= assigned || (matches!(s.kind, StmtKind::Emit { .. }) && self.called(None));
            }
            fn expr(&mut self, e: &Expr) {
                self.found |= match &e.kind {
                    ExprKind::CallFn { func, .. } => self.called(Some(*func)),
                    ExprKind::Call { .. } | ExprKind::CallMethod { .. } | ExprKind::CallBuiltin { builtin: Builtin::Reduce, .. } => {
                        self.called(None)
                    }
                    _ => false,
                };
            }
        }
        impl Finder<'_> {
            fn called(&self, func: Option<FnId>) -> bool {
                !self.known.is_private(self.local) && self.known.summary.assigns(func, self.local)
            }
        }
        let mut finder = Finder { known: self, local, found: false };
        walk::expr(e, &mut finder);
        finder.found
    }
}
