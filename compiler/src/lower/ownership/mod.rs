//! Which reads of a list give it to somebody else, so that `xs = append(xs, v)` can add to the list in place, and `xs = xs[:n]` cut it.
//!
//! A list's header has a flag `shared` that is set once and for all when a second owner may get the header. The rules:
//!
//! - A *strong* place is a variable of list type (`let`, `var`, parameter, global) or such a field of a declared struct. Everything
//!   else that holds lists is *weak*: elements, map values, `any`, fields of records and variants, variables of loops, patterns and
//!   queries, and a `let` that names an element (`let row = grid[i]`).
//! - A header that is not shared has either exactly one strong place and no weak one, or weak ones alone. `append` in place needs a
//!   strong place, so what is weak alone never changes behind a reader's back, and may be copied about by the prelude freely.
//! - Every read of a place says how it is meant. A *borrow* (`len(xs)`, `xs[i]`, `for x in xs`, an argument for a parameter that the
//!   callee does not keep) ends before anybody can add to the list in place. A *move* is a variable's last read: the place is
//!   dead, the value has no owner. Any other read *shares*: it sets the flag. That is the default, also for what weak places give
//!   to strong ones.
//! - `append`, `+` and `concat` add in place to a value that they got as their own (moved, or just made) and whose header is not
//!   shared; a slice cuts such a value in place. For the rules above, cutting is adding.
//!
//! ```text
//!   fun push(heap: list<int>, x: int): list<int> {      h = push(h, 1)      h is overwritten: a move
//!     var h = append(heap, x)       the last read:      let k = h           h lives on: shares
//!     h[len(h) - 1] = x             a move; borrows     h = append(h, 2)    shared: a new header, from here on alone
//!     return h                      a move
//!   }
//! ```
//! A parameter that the callee moves somewhere *takes* its argument: callers move or share it; all others are borrowed. Found
//! over the whole program by a fixpoint that starts with those that closures capture. Calls of function values take all arguments.
//!
//! `scan` and `uses` walk each function backwards, knowing what is still read later; `summary` says what calls may touch. `texts` does
//! the like for strings.

mod scan;
mod summary;
mod texts;
mod uses;

pub(crate) use texts::parts;

use super::function::FnCx;
use crate::hir::builtin::Builtin;
use crate::hir::facts::Facts;
use crate::hir::tree::{Expr, ExprId, ExprKind, LocalId, LocalKind, Place, Program, Stmt, StmtKind};
use crate::ir::Value;
use crate::lower::walk::{self, Visit};
use crate::types::{DataId, Ty, TyKind};
use summary::Summary;
use texts::Texts;

/// How a read of a list is meant.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Use {
    #[default]
    Share,
    Borrow,
    Move,
}

pub(crate) struct Ownership {
    /// By expression.
    uses: Vec<Use>,
    /// By variable: a top-level variable that only the top level itself names. It needs no global.
    lone: Vec<bool>,
    texts: Texts,
}

impl Ownership {
    pub fn of(program: &Program, facts: &Facts) -> Ownership {
        let lone = lone_globals(program);
        let known = Known { program, facts, lone: &lone, summary: Summary::of(program, facts) };
        // A closure keeps what it captures.
        let kept = |local: &crate::hir::tree::Local| local.captured && local.kind == LocalKind::Param;
        let mut takes: Vec<bool> = program.locals.iter().map(kept).collect();
        loop {
            let mut uses = vec![Use::Share; program.exprs.get() as usize];
            let before = takes.clone();
            for (at, func) in program.fns.iter().enumerate().filter(|(_, func)| !func.is_prelude) {
                scan::Scan::new(&known, &mut uses, &mut takes, at).body(walk::body(func));
            }
            if takes == before {
                let texts = Texts::of(&known, &mut uses);
                return Ownership { uses, lone, texts };
            }
        }
    }
    pub fn of_use(&self, e: ExprId) -> Use {
        self.uses.get(e.index()).copied().unwrap_or_default()
    }
    /// Whether the expression is the `s + x` of a statement `s = s + x` that may grow the string in place.
    pub fn is_grown_text(&self, e: &Expr) -> bool {
        self.texts.grown.contains(&e.id)
    }
    /// Whether an expression gives a string on that was its variable's own.
    fn ends_text(&self, e: &Expr) -> bool {
        matches!(e.kind, ExprKind::Local(local) if self.texts.built.contains(&local)) && self.of_use(e.id) != Use::Borrow
    }
    /// The library's variables may come later than this was found; they are no top level's.
    pub fn is_lone(&self, local: LocalId) -> bool {
        self.lone.get(local.index()).is_some_and(|&lone| lone)
    }
}

/// What the walks look things up in.
struct Known<'a> {
    program: &'a Program,
    facts: &'a Facts,
    lone: &'a [bool],
    summary: Summary,
}

impl Known<'_> {
    /// Whether a value of the type is a list and nothing else.
    fn is_list(&self, ty: Ty) -> bool {
        self.is(ty, self.facts.known.list)
    }
    fn can_be_list(&self, ty: Ty) -> bool {
        self.facts.tys.alternatives(ty).into_iter().any(|ty| self.is_list(ty))
    }
    fn is(&self, ty: Ty, wanted: DataId) -> bool {
        matches!(self.facts.tys.kind(ty), TyKind::Data(data, _) if *data == wanted)
    }
    fn is_list_variable(&self, local: LocalId) -> bool {
        self.is_list(self.facts.local(local))
    }
    /// Whether only the statements of one function see the variable.
    fn is_private(&self, local: LocalId) -> bool {
        let data = &self.program.locals[local.index()];
        !data.captured && (data.kind != LocalKind::Global || self.lone[local.index()])
    }
}

/// The top-level variables that no function but the top level names.
fn lone_globals(program: &Program) -> Vec<bool> {
    struct Named<'a>(&'a mut [bool]);
    impl Visit for Named<'_> {
        fn stmt(&mut self, s: &Stmt) {
            match &s.kind {
                StmtKind::Assign { target: Place::Local(local), .. } | StmtKind::Let { local, .. } => self.0[local.index()] = false,
                _ => {}
            }
        }
        fn expr(&mut self, e: &Expr) {
            if let ExprKind::Local(local) = e.kind {
                self.0[local.index()] = false;
            }
        }
    }
    let mut lone: Vec<bool> = program.locals.iter().map(|local| local.kind == LocalKind::Global).collect();
    program.prelude_globals.iter().for_each(|local| lone[local.index()] = false);
    for (at, func) in program.fns.iter().enumerate() {
        if program.main.map(|main| main.index()) != Some(at) {
            walk::stmts(walk::body(func), &mut Named(&mut lone));
        }
    }
    lone
}

impl FnCx<'_, '_> {
    /// Marks a list as one that a second owner may hold; other values stay as they are. The prelude's own code needs no marks: it
    /// keeps lists in weak places only.
    pub fn share(&mut self, value: Value, ty: Ty) -> Value {
        if let (false, Some(element)) = (self.wraps, self.l.list_element(ty)) {
            self.call_prelude("list_share", &[element], &[value]);
        }
        value
    }
    /// What an expression that is a variable gives, for somebody else to keep if it is a string.
    pub fn passed_on(&mut self, e: &Expr, value: Value) -> Value {
        if !self.wraps && self.l.ownership.ends_text(e) {
            self.call_prelude("string_share", &[], &[value]);
        }
        value
    }
    /// Whether an expression gives a list that is neither new nor moved nor only looked at.
    pub fn is_shared_by(&self, e: &Expr, ty: Ty) -> bool {
        !self.wraps && self.l.list_element(ty).is_some() && self.l.ownership.of_use(e.id) == Use::Share && !self.is_own(e)
    }
    /// Whether an expression gives a list that nobody else has, or that was shared on the way.
    fn is_own(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::List(_)
            | ExprKind::Slice { .. }
            | ExprKind::Query(_)
            | ExprKind::Call { .. }
            | ExprKind::Cast { .. }
            | ExprKind::If { .. }
            | ExprKind::Match { .. } => true,
            // Of those that give lists, `+` and the set operators make them, and `??`, `&&`, `||` have operands that are owned.
            ExprKind::Binary { .. } => true,
            ExprKind::CallFn { func, .. } => !self.l.program.fns[func.index()].is_prelude,
            ExprKind::CallBuiltin { builtin, .. } => makes_list(*builtin),
            ExprKind::Lit(_)
            | ExprKind::Local(_)
            | ExprKind::Fn(_)
            | ExprKind::Lambda(_)
            | ExprKind::Record(_)
            | ExprKind::Map(_)
            | ExprKind::Struct { .. }
            | ExprKind::Variant { .. }
            | ExprKind::CallMethod { .. }
            | ExprKind::Field { .. }
            | ExprKind::Index { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Logic { .. }
            | ExprKind::Load(_)
            | ExprKind::Save(_)
            | ExprKind::Fetch { .. }
            | ExprKind::Error => false,
        }
    }
}

/// Whether the list that a builtin gives is always a new one.
fn makes_list(builtin: Builtin) -> bool {
    use Builtin::*;
    matches!(builtin, Append | Push | Slice | Distinct | Concat | Keys | Values | Reverse | Split | Sha256 | Range | Collect)
}
