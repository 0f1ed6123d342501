//! Looking names up: what a name means here, what to say where it means nothing, and the note that a variable is used.

use super::Resolver;
use super::scope::Value;
use super::suggest::closest;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::Builtin;
use crate::hir::tree::{FnId, Local, LocalId, LocalKind};
use crate::source::Span;
use crate::syntax::symbol::{Symbol, sym};

/// What a name that is called or read means.
#[derive(Clone, Copy, Debug)]
pub enum Meaning {
    Value(Value),
    Builtin(Builtin),
    /// Nothing; not reported yet.
    Unknown,
}

impl Resolver<'_> {
    /// What a name means where its value is read.
    pub fn meaning(&self, name: Symbol) -> Meaning {
        match self.declared(name) {
            Some(value) => Meaning::Value(value),
            None => self.builtin(name).map_or(Meaning::Unknown, Meaning::Builtin),
        }
    }

    /// What a name means where it is called. A variable that evidently holds no function (`let count = 3`) does not hide a
    /// builtin there, and one that is declared only later in the file does not at all.
    pub fn called(&self, name: Symbol) -> Meaning {
        let declared = self.declared(name);
        match (declared, self.builtin(name)) {
            (Some(Value::Local(local)), Some(builtin)) if self.note(local).plain || self.scopes.values.get(name).is_none() => {
                Meaning::Builtin(builtin)
            }
            (Some(value), _) => Meaning::Value(value),
            (None, Some(builtin)) => Meaning::Builtin(builtin),
            (None, None) => Meaning::Unknown,
        }
    }

    fn builtin(&self, name: Symbol) -> Option<Builtin> {
        if self.in_prelude { None } else { Builtin::from_name(self.text(name)) }
    }

    /// What the program itself says the name means: the innermost declaration, else a top-level variable that follows the
    /// function we are in.
    pub fn declared(&self, name: Symbol) -> Option<Value> {
        let visible = self.scopes.values.get(name).copied();
        visible.or_else(|| if self.frames.len() > 1 { self.late.get(&name).map(|&local| Value::Local(local)) } else { None })
    }

    /// Notes that the current function uses a variable.
    pub fn use_local(&mut self, local: LocalId) {
        let Local { owner, kind, .. } = self.program.locals[local.index()];
        if kind == LocalKind::Global {
            return;
        }
        self.note_mut(local).used = true;
        for frame in self.frames.iter().rev().take_while(|frame| frame.func != owner) {
            let captures = &mut self.program.fns[frame.func.index()].captures;
            if !captures.contains(&local) {
                captures.push(local);
            }
        }
    }

    /// Notes that the current function uses another one.
    pub fn use_fn(&mut self, func: FnId) {
        if self.program.fns[func.index()].parent.is_some() {
            let user = self.frame().func;
            self.uses.push((user, func));
        }
    }

    /// Reports a name that means nothing where a value is expected; once per name.
    pub fn unknown_variable(&mut self, name: Symbol, span: Span) {
        if !self.first_report(name) {
            return;
        }
        let text = self.text(name).to_owned();
        let diagnostic = Diagnostic::error(Code::T002, span, format!("unknown variable `{text}`"))
            .label("no variable or function of this name is visible here");
        let diagnostic = match self.similar(&text) {
            Some(close) => with_fix(diagnostic, span, &close),
            None => diagnostic.help(format!("declare it first: `let {text} = ...`")),
        };
        self.report(diagnostic);
    }

    /// Warns of another language's word for the empty value, which recorded programs use and which is read as `none`.
    pub fn foreign_none(&mut self, name: Symbol, span: Span) {
        if !self.first_report(name) {
            return;
        }
        let text = self.text(name).to_owned();
        let diagnostic = Diagnostic::warning(Code::T002, span, format!("unknown variable `{text}` is read as `none`"))
            .label("the empty value is written `none`")
            .help("write `none`")
            .fix("write `none`", span, "none");
        self.report(diagnostic);
    }

    /// Reports a name that means nothing where a function is called; once per name.
    pub fn unknown_function(&mut self, name: Symbol, span: Span) {
        if !self.first_report(name) {
            return;
        }
        let text = self.text(name).to_owned();
        let diagnostic = Diagnostic::error(Code::T003, span, format!("unknown function `{text}`"))
            .label("no function of this name is declared, imported or built in");
        let diagnostic = match self.similar(&text) {
            Some(close) => with_fix(diagnostic, span, &close),
            None => diagnostic.help(format!("declare it: `fun {text}(...) {{ ... }}`")),
        };
        self.report(diagnostic);
    }

    /// Whether a problem with this name is news. A name that is missing was reported by the parser.
    pub fn first_report(&mut self, name: Symbol) -> bool {
        name != sym::MISSING && self.reported.insert(name)
    }

    /// The visible name closest to a wrong one.
    pub fn similar(&self, wrong: &str) -> Option<String> {
        let declared = self.scopes.values.visible().map(|name| self.text(name));
        let builtins = Builtin::ALL.iter().map(|b| b.name()).filter(|_| !self.in_prelude);
        closest(wrong, declared.chain(builtins)).map(str::to_owned)
    }
}

/// A help and a fix that replaces the name.
pub fn with_fix(diagnostic: Diagnostic, span: Span, close: &str) -> Diagnostic {
    diagnostic.help(format!("did you mean `{close}`?")).fix(format!("replace it with `{close}`"), span, close)
}
