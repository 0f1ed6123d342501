//! What is surely wrong in a program whose values are known: the part of the lenient check that needs types.
//!
//! It runs after `infer` and reports an operation only if none of the kinds of values that can reach it ever works there, so that it
//! would fail each time it ran (LANGUAGE section 0, point 2). Annotations are compared with plain literals only, since recorded
//! programs annotate loosely. Where nothing is known of a value, because no call reaches the function, a literal still is what it is.
//!
//! Deliberately not done: anything that works for some values, whatever the annotations say; that is what `--strict` is for.

mod fits;
mod kinds;
mod misuse;
mod ops;
mod spread;

use super::builtin::Builtin;
use super::facts::Facts;
use super::infer::{self, open::Open};
use super::tree::{Expr, ExprKind, FnId, FnKind, LocalId, LocalKind, Place, Program, Stmt, StmtKind};
use super::walk::{Part, for_each_part};
use crate::diagnostic::{Code, Diagnostic, keep};
use crate::hash::{HashMap, HashSet};
use crate::source::Span;
use crate::syntax::symbol::{Names, Symbol};
use kinds::Kinds;

/// Checks the bodies of the program's own functions.
/// After syntax errors (`partial`), only what does not depend on the statements that were skipped.
pub fn check(program: &Program, names: &Names, facts: &Facts, options: infer::Options, partial: bool) -> Vec<Diagnostic> {
    let input = Input { program, names, facts, partial };
    let nothing = Open::default();
    let mut first = walk(input, &nothing, HashSet::default());
    if first.diagnostics.is_empty() && first.misfits.is_empty() {
        return Vec::new();
    }
    let open = infer::open::open(program, names, facts.known, options);
    first = walk(input, &open, HashSet::default());
    let strangers = if first.diagnostics.is_empty() { HashSet::default() } else { first.strangers() };
    if first.misfits.is_empty() && !first.has_unknown && strangers.is_empty() {
        return first.diagnostics;
    }
    // A value that does not fit its declaration makes operations wrong wherever it goes; then it alone is the cause. What an expression
    // with an error would have given may go with what is found there. What only another function gets is wrong nowhere.
    let mut blamed = first.misfit_places;
    blamed.extend(strangers);
    spread::spread(program, &mut blamed);
    let mut found = first.misfits;
    found.extend(walk(input, &open, blamed).diagnostics);
    found
}

/// One walk over the program. What is wrong with the values of `blamed` is not reported.
fn walk<'a>(input: Input<'a>, open: &'a Open, blamed: HashSet<Origin>) -> Sure<'a> {
    let Input { program, names, facts, partial } = input;
    let mut sure = Sure {
        program,
        names,
        facts,
        open,
        func: FnId(0),
        excused: blamed.clone(),
        blamed,
        misfits: Vec::new(),
        misfit_places: HashSet::default(),
        partial,
        unsure: HashSet::default(),
        has_unknown: false,
        starts: HashMap::default(),
        summed: None,
        diagnostics: Vec::new(),
    };
    // Functions that stand above a variable of the top level are walked before it.
    if let Some(FnKind::Body(body)) = program.main.map(|main| &program.fns[main.index()].kind) {
        for stmt in body {
            if let StmtKind::Let { local, value: Some(Expr { kind: ExprKind::Lit(lit), span, .. }) } = &stmt.kind {
                sure.starts.insert(*local, (*span, kinds::kind_of_literal(lit)));
            }
        }
    }
    for (index, function) in program.fns.iter().enumerate().filter(|(_, function)| !function.is_prelude) {
        sure.func = FnId(index as u32);
        if let FnKind::Body(body) | FnKind::Method(_, body) = &function.kind {
            sure.stmts(body);
        }
    }
    sure
}

/// The program, and what is known of it.
#[derive(Clone, Copy)]
struct Input<'a> {
    program: &'a Program,
    names: &'a Names,
    facts: &'a Facts,
    /// Whether statements were skipped.
    partial: bool,
}

/// What the operands of a reported operation come from.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Origin {
    Local(LocalId),
    Result(FnId),
    /// A field of that name, whatever has it.
    Member(Symbol),
    /// A function of the language as a value: its name is rather that of a variable which is not declared.
    Builtin(Builtin),
    /// A parameter that gets a function: what lacks an argument gives one, and it may go far.
    PassedFunction,
}

struct Sure<'a> {
    program: &'a Program,
    names: &'a Names,
    facts: &'a Facts,
    open: &'a Open,
    /// The function whose body is looked at.
    func: FnId,
    /// Where the operands of reported operations come from: what else is wrong with the same values has the same cause.
    blamed: HashSet<Origin>,
    /// What literals that do not fit can reach.
    excused: HashSet<Origin>,
    /// Where literals that do not fit are kept.
    misfit_places: HashSet<Origin>,
    /// Literals that do not fit the type written for their place.
    misfits: Vec<Diagnostic>,
    /// Whether statements were skipped.
    partial: bool,
    /// Variables that got what is not known for that reason.
    unsure: HashSet<LocalId>,
    /// Whether there are expressions with errors that the resolver reported.
    has_unknown: bool,
    /// Variables that start with a literal: where it is, and its kind.
    starts: HashMap<LocalId, (Span, Kinds)>,
    /// The variable whose assignment is being looked at.
    summed: Option<LocalId>,
    /// Operations that cannot work.
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Sure<'a> {
    /// Parameters that may get nothing of what `infer` says: their function can be the value of an expression which calls another one,
    /// and no value of the type that is written for the parameter is among those given there.
    fn strangers(&self) -> HashSet<Origin> {
        let is_stranger = |param: LocalId| {
            let accepted = self.program.locals[param.index()].ty.as_ref().and_then(|ty| self.accepted(ty));
            accepted.is_none_or(|accepted| self.kinds_of(self.facts.local(param)).never(accepted))
        };
        let params = self.facts.shared_params.iter();
        params.filter(|&&param| is_stranger(param)).map(|&param| Origin::Local(param)).collect()
    }

    fn stmts(&mut self, stmts: &'a [Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Let { local, value } => {
                let Some(value) = value else { return };
                self.expr(value);
                // A copy of a wrong value is wrong for the same reason.
                if self.is_blamed_copy(value) {
                    self.blamed.insert(Origin::Local(*local));
                }
                if self.partial && origin(self.program, value).is_some_and(|origin| self.is_open(origin)) {
                    self.unsure.insert(*local);
                }
                if let ExprKind::Lit(lit) = &value.kind {
                    self.starts.insert(*local, (value.span, kinds::kind_of_literal(lit)));
                }
                let place = Origin::Local(*local);
                let local = &self.program.locals[local.index()];
                if let Some(ty) = &local.ty {
                    let name = self.names.text(local.name);
                    self.fits(ty, value, (Code::T008, place), &|wanted| format!("`{name}` is declared as {wanted}"));
                }
            }
            StmtKind::Assign { target, value } => self.assign(target, value),
            StmtKind::Return(value) => {
                let Some(value) = value else { return };
                self.expr(value);
                if let Some(ty) = &self.program.fns[self.func.index()].ret {
                    self.fits(ty, value, (Code::T010, Origin::Result(self.func)), &|wanted| {
                        format!("the function's result is declared as {wanted}")
                    });
                }
            }
            StmtKind::If { branches, otherwise } => {
                for (cond, body) in branches {
                    self.expr(cond);
                    self.stmts(body);
                }
                self.stmts(otherwise);
            }
            StmtKind::While { cond, body } => {
                self.expr(cond);
                self.stmts(body);
            }
            StmtKind::ForRange { from, to, body, .. } => {
                for end in [from, to] {
                    self.expr(end);
                    self.range_end(end);
                }
                self.stmts(body);
            }
            StmtKind::ForEach { values, body, .. } => {
                self.expr(values);
                self.iterated(values);
                self.stmts(body);
            }
            StmtKind::Block(body) | StmtKind::Bench { body, .. } => self.stmts(body),
            StmtKind::Expect { cond, .. } => self.expr(cond),
            StmtKind::Expr(expr) => {
                self.expr(expr);
                self.dropped(expr);
            }
            StmtKind::Update { target, row } => {
                self.expr(target);
                row.cond.iter().for_each(|cond| self.expr(cond));
                row.set.iter().for_each(|(_, value)| self.expr(value));
            }
            StmtKind::Emit { fields, .. } => fields.iter().for_each(|(_, value)| self.expr(value)),
            StmtKind::Fun(_) | StmtKind::Break | StmtKind::Continue | StmtKind::On { .. } => {}
        }
    }

    /// Whether the value is that of a blamed variable, or computed from it and of the same kind.
    fn is_blamed_copy(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Local(local) => self.blamed.contains(&Origin::Local(*local)),
            ExprKind::Binary { left, right, .. } => [left, right]
                .into_iter()
                .any(|part| matches!(part.kind, ExprKind::Local(_)) && self.kinds(part) == self.kinds(value) && self.is_blamed_copy(part)),
            _ => false,
        }
    }

    fn assign(&mut self, target: &'a Place, value: &'a Expr) {
        match target {
            Place::Local(local) => {
                self.summed = Some(*local);
                self.expr(value);
                self.summed = None;
                let place = Origin::Local(*local);
                let local = &self.program.locals[local.index()];
                if let Some(ty) = &local.ty {
                    let name = self.names.text(local.name);
                    self.fits(ty, value, (Code::T009, place), &|wanted| format!("`{name}` is declared as {wanted}"));
                }
            }
            Place::Index { object, index, bracket } => {
                self.expr(object);
                self.expr(index);
                self.stored(object, index, *bracket);
                self.expr(value);
            }
            Place::Field { object, name, span } => {
                self.expr(object);
                self.field(object, *name, *span);
                self.expr(value);
            }
        }
    }

    /// Looks at an expression after its parts, so that the innermost fault is the one that is reported.
    fn expr(&mut self, expr: &'a Expr) {
        self.has_unknown |= matches!(expr.kind, ExprKind::Error);
        let before = self.diagnostics.len();
        self.parts(expr);
        if self.diagnostics.len() == before {
            self.operation(expr);
        }
    }

    fn parts(&mut self, expr: &'a Expr) {
        for_each_part(expr, &mut |part| match part {
            Part::Expr(part) if part.is_leaf() => {}
            Part::Expr(part) => self.expr(part),
            Part::Block(body) => self.stmts(body),
        });
    }

    fn report(&mut self, on: &[&Expr], code: Code, span: Span, message: String, label: String, help: &str) {
        self.push(on, Diagnostic::error(code, span, message).label(label).help(help));
    }

    /// Adds a diagnostic about an operation on these operands, unless one about the same values was given.
    fn push(&mut self, on: &[&Expr], diagnostic: Diagnostic) {
        if let Some(origins) = self.push_unblamed(on, diagnostic) {
            self.blamed.extend(origins);
        }
    }

    /// Adds a diagnostic about what a variable starts with, which makes every operation wrong that its values reach.
    fn misfit(&mut self, variable: &Expr, diagnostic: Diagnostic) {
        let before = self.diagnostics.len();
        let origins = self.push_unblamed(&[variable], diagnostic).unwrap_or_default();
        if self.diagnostics.len() > before {
            self.misfits.extend(self.diagnostics.pop());
        }
        self.misfit_places.extend(origins.iter().copied());
        self.blamed.extend(origins);
    }

    fn is_passed_function(&self, expr: &Expr) -> bool {
        let ExprKind::Local(local) = expr.kind else { return false };
        self.program.locals[local.index()].kind == LocalKind::Param && self.kinds(expr) == Kinds::FUN
    }

    /// The same, but what else is wrong with these values is reported as well. Gives what they come from.
    fn push_unblamed(&mut self, on: &[&Expr], diagnostic: Diagnostic) -> Option<Vec<Origin>> {
        let mut origins: Vec<Origin> = on.iter().filter_map(|expr| origin(self.program, expr)).collect();
        origins.extend(on.iter().any(|expr| self.is_passed_function(expr)).then_some(Origin::PassedFunction));
        if self.partial && origins.iter().any(|&origin| self.is_open(origin)) {
            return None;
        }
        let excused = on.iter().any(|expr| spread::mentions(expr, &self.excused));
        if !excused && !origins.iter().any(|origin| self.blamed.contains(origin)) {
            keep(&mut self.diagnostics, diagnostic);
        }
        Some(origins)
    }

    /// Where statements were skipped, what else a parameter or a result can be is not known.
    fn is_open(&self, origin: Origin) -> bool {
        match origin {
            Origin::Local(local) => !self.program.locals[local.index()].fixed || self.unsure.contains(&local),
            Origin::Result(_) | Origin::Member(_) | Origin::Builtin(_) | Origin::PassedFunction => true,
        }
    }
}

/// The variable or function that a value is read from.
fn origin(program: &Program, expr: &Expr) -> Option<Origin> {
    match &expr.kind {
        ExprKind::Local(local) => Some(Origin::Local(*local)),
        ExprKind::CallFn { func, .. } => Some(Origin::Result(*func)),
        ExprKind::Field { object, .. } | ExprKind::Index { object, .. } => origin(program, object),
        // A function of the language as a value is a lambda that calls it.
        ExprKind::Lambda(func) => match &program.fns[func.index()].kind {
            FnKind::Body(body) => match body.as_slice() {
                [Stmt { kind: StmtKind::Return(Some(Expr { kind: ExprKind::CallBuiltin { builtin, .. }, span, .. })), .. }]
                    if *span == expr.span =>
                {
                    Some(Origin::Builtin(*builtin))
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
