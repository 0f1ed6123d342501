//! What runs and is hardly meant: warnings that need no types.
//!
//! Bodies that can end without the result they declare (M015), statements that are never reached (M017), literals that leave fields out
//! (T053), matches that leave variants out or repeat an arm (T050, T054), comparisons of comparisons (M018), calls that lack an argument
//! and so do nothing (M014). Recorded programs do such things and run, so only `--strict` makes errors of those that the reference's
//! checker knows, with rules of its own. A pattern that binds one name twice (M016) means the later one.

use super::resolve::diverges;
use super::tree::{Arm, ArmBody, DataKind, Expr, ExprId, ExprKind, FnKind, Function, Lit, Pattern, Program, Stmt, StmtKind, TypeRef};
use super::walk::{Part, for_each_expr_of, for_each_part};
use crate::diagnostic::{Code, Diagnostic, keep};
use crate::hash::HashSet;
use crate::source::Span;
use crate::syntax::ast::BinaryOp;
use crate::syntax::symbol::{Names, sym};
use crate::types::DataId;

/// Looks at the bodies of the program's own functions. Under the strict rules, what they report themselves is left to them.
/// What has an error in it that was reported before is left out: that is the cause.
pub fn check(program: &Program, names: &Names, strict: bool, reported: &[Diagnostic]) -> Vec<Diagnostic> {
    let errors: Vec<&Diagnostic> = reported.iter().filter(|diagnostic| diagnostic.is_error()).collect();
    let useless = errors.iter().filter(|error| error.code == Code::P065).map(|error| error.span()).collect();
    let mut doubts = Doubts { program, names, strict, useless, loops: 0, gives: false, dropped: HashSet::default(), found: Vec::new() };
    for function in program.fns.iter().filter(|function| !function.is_prelude) {
        if let FnKind::Body(body) | FnKind::Method(_, body) = &function.kind {
            doubts.result(function, body);
            doubts.stmts(body);
        }
    }
    doubts.found.retain(|doubt| !errors.iter().any(|error| overlap(error.span(), doubt.span())));
    doubts.found
}

fn overlap(a: Span, b: Span) -> bool {
    a.file == b.file && a.start < b.end && b.start < a.end
}

struct Doubts<'a> {
    program: &'a Program,
    names: &'a Names,
    strict: bool,
    /// Statements that were reported to have no effect.
    useless: Vec<Span>,
    /// Loops around the current place.
    loops: u32,
    /// The function whose body is looked at has a declared result.
    gives: bool,
    /// Matches whose value nobody uses.
    dropped: HashSet<ExprId>,
    found: Vec<Diagnostic>,
}

impl<'a> Doubts<'a> {
    fn warn(&mut self, code: Code, span: Span, message: String, label: &str, help: String) {
        keep(&mut self.found, Diagnostic::warning(code, span, message).label(label).help(help));
    }

    /// A body that declares a result and can end without giving one.
    fn result(&mut self, function: &Function, body: &[Stmt]) {
        let ret = function.ret.as_ref();
        self.gives = ret.is_some_and(|ret| !matches!(ret, TypeRef::Unit | TypeRef::Any | TypeRef::Option(_)));
        if !function.falls_through || !self.gives || self.leaves(body) || self.ends_useless(body) {
            return;
        }
        let name = self.names.text(function.name);
        let who = if function.name == sym::MISSING { "this function".to_owned() } else { format!("`{name}`") };
        let message = format!("{who} declares a result and can end without one");
        let help = match body.last().map(|stmt| &stmt.kind) {
            Some(StmtKind::Expr(Expr { kind: ExprKind::CallBuiltin { .. }, .. })) | None => "add a `return` at the end of the body",
            Some(StmtKind::Expr(_)) => "nothing is returned without the word: write `return` before the last expression",
            _ => "add a `return` at the end of the body, or a `panic(...)` where that cannot be reached",
        };
        self.warn(Code::M015, function.span, message, "the call gives `none` then", help.to_owned());
    }

    /// Whether a last statement is a value without `return`, which is an error of its own (P065) and the cause.
    fn ends_useless(&self, stmts: &[Stmt]) -> bool {
        let Some(last) = stmts.last() else { return false };
        match &last.kind {
            StmtKind::If { branches, otherwise } => {
                branches.iter().any(|(_, body)| self.ends_useless(body)) || self.ends_useless(otherwise)
            }
            StmtKind::Block(body) => self.ends_useless(body),
            _ => self.useless.iter().any(|&useless| overlap(useless, last.span)),
        }
    }

    /// Whether control never comes past the statements. A match with an arm for every variant counts here as one with a catch-all.
    fn leaves(&self, stmts: &[Stmt]) -> bool {
        stmts.iter().any(|stmt| match &stmt.kind {
            StmtKind::If { branches, otherwise } => {
                !otherwise.is_empty() && self.leaves(otherwise) && branches.iter().all(|(_, body)| self.leaves(body))
            }
            StmtKind::Block(body) => self.leaves(body),
            StmtKind::Expr(Expr { kind: ExprKind::Match { arms, .. }, .. }) => {
                let all = arms.iter().all(|arm| matches!(&arm.body, ArmBody::Block(body) if self.leaves(body)));
                all && self.missing(arms).is_some_and(|missing| missing.is_empty()) || diverges(std::slice::from_ref(stmt))
            }
            _ => diverges(std::slice::from_ref(stmt)),
        })
    }

    fn stmts(&mut self, stmts: &'a [Stmt]) {
        self.unreachable(stmts);
        for stmt in stmts {
            match &stmt.kind {
                StmtKind::If { branches, otherwise } => {
                    branches.iter().for_each(|(_, body)| self.stmts(body));
                    self.stmts(otherwise);
                }
                StmtKind::While { body, .. } | StmtKind::ForRange { body, .. } | StmtKind::ForEach { body, .. } => {
                    self.loops += 1;
                    self.stmts(body);
                    self.loops -= 1;
                }
                StmtKind::Block(body) | StmtKind::Bench { body, .. } => self.stmts(body),
                StmtKind::Return(None) if self.gives && !self.strict => {
                    let message = "this `return` gives no value, but the function declares a result".to_owned();
                    let help = "write the value behind `return`".to_owned();
                    self.warn(Code::M015, stmt.span, message, "gives `none`", help);
                }
                StmtKind::Expr(expr) => {
                    self.incomplete_call(expr);
                    self.dropped(expr);
                }
                _ => {}
            }
            if stmt.doubtful {
                for_each_expr_of(stmt, &mut |expr| self.expr(expr));
            }
        }
    }

    /// The first statement behind one that always leaves. A `return` behind `panic` or an endless loop is there for the reader.
    fn unreachable(&mut self, stmts: &[Stmt]) {
        let Some(index) = stmts.iter().position(|stmt| diverges(std::slice::from_ref(stmt))) else { return };
        // Outside a loop it is refused, and leaves nothing.
        if self.loops == 0 && matches!(stmts[index].kind, StmtKind::Break | StmtKind::Continue) {
            return;
        }
        let mut rest = stmts[index + 1..].iter().filter(|stmt| !matches!(stmt.kind, StmtKind::Fun(_)));
        let Some(next) = rest.next() else { return };
        let leaves = matches!(stmts[index].kind, StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue | StmtKind::If { .. });
        if !leaves && matches!(next.kind, StmtKind::Return(_)) {
            return;
        }
        let diagnostic = Diagnostic::warning(Code::M017, next.span, "this is never reached")
            .label("control never comes here")
            .note(stmts[index].span, "control never comes past this")
            .help("remove it, or move it before what leaves");
        keep(&mut self.found, diagnostic);
    }

    /// A statement that is a call of a declared function with too few arguments.
    fn incomplete_call(&mut self, expr: &Expr) {
        let ExprKind::CallFn { func, args } = &expr.kind else { return };
        let function = &self.program.fns[func.index()];
        if function.is_prelude || args.len() >= function.params.len() {
            return;
        }
        let missing: Vec<String> = function.params[args.len()..]
            .iter()
            .map(|param| format!("`{}`", self.names.text(self.program.locals[param.index()].name)))
            .collect();
        let name = self.names.text(function.name);
        let message = format!("this call of `{name}` lacks {} and does nothing", missing.join(" and "));
        let diagnostic = Diagnostic::warning(Code::M014, expr.at(), message)
            .label("too few arguments")
            .note(function.span, "declared here")
            .help("a call with fewer arguments than parameters only makes a function of the rest; give the other arguments, too");
        keep(&mut self.found, diagnostic);
    }

    /// What is looked at here, [`is_doubtful`] knows.
    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Struct { data, fields } if !self.strict => self.missing_fields(*data, fields, expr.span),
            ExprKind::Match { arms, .. } => {
                arms.iter().for_each(|arm| self.bound_twice(&arm.pattern));
                if !self.strict {
                    self.arms(arms, expr);
                }
            }
            ExprKind::Binary { op, left, .. } if is_order(*op) && !self.strict => {
                if let ExprKind::Binary { op: inner, .. } = &left.kind
                    && is_order(*inner)
                {
                    let message = format!("`{}` compares the result of another comparison", op.text());
                    let help = "write `a < b && b < c`".to_owned();
                    self.warn(Code::M018, expr.at(), message, "what is left of this is a bool", help);
                }
            }
            _ => {}
        }
        for_each_part(expr, &mut |part| match part {
            Part::Expr(part) if part.is_leaf() => {}
            Part::Expr(part) => self.expr(part),
            Part::Block(block) => self.stmts(block),
        });
    }

    fn missing_fields(&mut self, data: DataId, fields: &[(usize, Expr)], span: Span) {
        let decl = &self.program.data[data.0 as usize];
        let DataKind::Struct(declared) = &decl.kind else { return };
        // The first value of an agent is made where the agent is declared.
        if span.start <= decl.span.start && decl.span.end <= span.end {
            return;
        }
        let missing: Vec<String> = (0..declared.len())
            .filter(|index| !fields.iter().any(|(given, _)| given == index))
            .filter(|&index| !matches!(declared[index].ty, TypeRef::Option(_) | TypeRef::Any))
            .map(|index| format!("`{}`", self.names.text(declared[index].name)))
            .collect();
        if missing.is_empty() {
            return;
        }
        let message = format!("this `{}` gets no value for {}", self.names.text(decl.name), missing.join(" and "));
        let (label, help) = match missing.len() {
            1 => ("the field is `none`", "give the field a value, or declare its type optional: `int?`"),
            _ => ("the fields are `none`", "give the fields values, or declare their types optional: `int?`"),
        };
        self.warn(Code::T053, span, message, label, help.to_owned());
    }

    /// A statement: its value is dropped, and with it those of the arms.
    fn dropped(&mut self, expr: &Expr) {
        let ExprKind::Match { arms, .. } = &expr.kind else { return };
        self.dropped.insert(expr.id);
        for arm in arms {
            if let ArmBody::Expr(value) = &arm.body {
                self.dropped(value);
            }
        }
    }

    fn arms(&mut self, arms: &[Arm], of: &Expr) {
        let span = of.span;
        let mut taken = Taken::default();
        for arm in arms {
            let Some(why) = taken.take(&arm.pattern) else { continue };
            let place = match &arm.pattern {
                Pattern::Lit(_, span) | Pattern::Variant { span, .. } => *span,
                Pattern::Wildcard | Pattern::Bind(_) => span,
            };
            let why = match why {
                Why::All => "an arm above takes every value",
                Why::Literal => "an arm above takes this value",
                Why::Variant => "an arm above takes this variant",
            };
            self.warn(Code::T054, place, "this arm can never be chosen".to_owned(), why, "remove one of the two".to_owned());
            return;
        }
        let takes_some = |arm: &Arm| matches!(&arm.pattern, Pattern::Lit(lit, _) if !matches!(lit, Lit::Bool(_) | Lit::None));
        if !self.dropped.contains(&of.id) && !arms.is_empty() && arms.iter().all(takes_some) {
            let help = "add a catch-all: `_ => ...`".to_owned();
            let place = Span { end: span.start + 5, ..span };
            return self.warn(Code::T050, place, "this match has no arm for other values".to_owned(), "gives `none` for them", help);
        }
        let Some(missing) = self.missing(arms).filter(|missing| !missing.is_empty()) else { return };
        let message = format!("this match has no arm for {}", missing.join(" and "));
        let help = format!("add `{} => ...`, or a catch-all `_ => ...`", missing[0].trim_matches('`'));
        self.warn(Code::T050, Span { end: span.start + 5, ..span }, message, "gives `none` there", help);
    }

    /// The variants or bools that no arm takes; nothing where the patterns do not tell what there is, or one takes everything.
    fn missing(&self, arms: &[Arm]) -> Option<Vec<String>> {
        let takes_all = |pattern: &Pattern| matches!(pattern, Pattern::Wildcard | Pattern::Bind(_));
        if arms.iter().any(|arm| takes_all(&arm.pattern)) {
            return None;
        }
        let union = arms.iter().find_map(|arm| match &arm.pattern {
            Pattern::Variant { data, .. } => Some(*data),
            _ => None,
        });
        if let Some(data) = union {
            let DataKind::Union(variants) = &self.program.data[data.0 as usize].kind else { return None };
            let taken: HashSet<usize> = arms
                .iter()
                .filter_map(|arm| match &arm.pattern {
                    Pattern::Variant { data: of, variant, .. } if *of == data => Some(*variant),
                    _ => None,
                })
                .collect();
            let missing = (0..variants.len()).filter(|index| !taken.contains(index));
            return Some(missing.map(|index| format!("`{}`", self.names.text(variants[index].name))).collect());
        }
        let bools = arms.iter().all(|arm| matches!(&arm.pattern, Pattern::Lit(Lit::Bool(_), _)));
        let taken = |value: bool| arms.iter().any(|arm| matches!(&arm.pattern, Pattern::Lit(Lit::Bool(of), _) if *of == value));
        let missing = [true, false].into_iter().filter(|&value| !taken(value));
        (bools && !arms.is_empty()).then(|| missing.map(|value| format!("`{value}`")).collect())
    }

    fn bound_twice(&mut self, pattern: &Pattern) {
        let mut bound = Vec::new();
        binders(pattern, &mut bound);
        for (index, local) in bound.iter().enumerate() {
            let local = &self.program.locals[local.index()];
            let before = bound[..index].iter().map(|other| &self.program.locals[other.index()]);
            let Some(first) = before.into_iter().find(|other| other.name == local.name) else { continue };
            let diagnostic =
                Diagnostic::warning(Code::M016, local.span, format!("this pattern binds `{}` twice", self.names.text(local.name)))
                    .label("the same name again: this is the one that is meant")
                    .note(first.span, "the first one")
                    .help("give each its own name, or write `_` for a part that is not used");
            keep(&mut self.found, diagnostic);
        }
    }
}

fn binders(pattern: &Pattern, bound: &mut Vec<super::tree::LocalId>) {
    match pattern {
        Pattern::Bind(local) => bound.push(*local),
        Pattern::Variant { args, .. } => args.iter().for_each(|arg| binders(arg, bound)),
        Pattern::Wildcard | Pattern::Lit(..) => {}
    }
}

/// Whether there may be something to say of such an expression, whatever is in it.
pub fn is_doubtful(kind: &ExprKind) -> bool {
    match kind {
        ExprKind::Struct { .. } | ExprKind::Match { .. } => true,
        ExprKind::Binary { op, left, .. } => is_order(*op) && matches!(left.kind, ExprKind::Binary { .. }),
        _ => false,
    }
}

fn is_order(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge)
}

/// What the arms so far take whole.
#[derive(Default)]
pub(super) struct Taken<'a> {
    all: bool,
    ints: HashSet<i64>,
    texts: HashSet<&'a str>,
    others: Vec<&'a Lit>,
    variants: HashSet<(DataId, usize)>,
}

/// Why an arm can never be chosen.
pub(super) enum Why {
    All,
    Literal,
    Variant,
}

impl<'a> Taken<'a> {
    /// Adds an arm's pattern, unless those before take all that it would.
    pub(super) fn take(&mut self, pattern: &'a Pattern) -> Option<Why> {
        if self.all {
            return Some(Why::All);
        }
        let is_new = match pattern {
            Pattern::Wildcard | Pattern::Bind(_) => {
                self.all = true;
                true
            }
            Pattern::Lit(Lit::Int(value), _) => self.ints.insert(*value),
            Pattern::Lit(Lit::Str(text), _) => self.texts.insert(text),
            Pattern::Lit(lit, _) => {
                let is_new = !self.others.contains(&lit);
                self.others.push(lit);
                is_new
            }
            Pattern::Variant { data, variant, args, .. } => {
                if self.variants.contains(&(*data, *variant)) {
                    return Some(Why::Variant);
                }
                if args.iter().all(|arg| matches!(arg, Pattern::Wildcard | Pattern::Bind(_))) {
                    self.variants.insert((*data, *variant));
                }
                true
            }
        };
        (!is_new).then_some(Why::Literal)
    }
}
