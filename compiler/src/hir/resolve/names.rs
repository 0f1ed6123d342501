//! Looking names up: what a name means here, what to say where it means nothing, and the note that a variable is used.

use super::Resolver;
use super::foreign_names::{self, Meant};
use super::scope::{TypeName, Value};
use crate::diagnostic::{Code, Diagnostic, Edit, closest, is_full};
use crate::hir::Builtin;
use crate::hir::tree::{DataKind, FieldDecl, FnId, Local, LocalId, LocalKind};
use crate::source::Span;
use crate::syntax::ast;
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
        visible.or_else(|| if self.frames.len() > 1 { self.late.get(&name).map(|&(local, _)| Value::Local(local)) } else { None })
    }

    /// Notes that the current function uses a variable, and where.
    pub fn use_local(&mut self, local: LocalId, at: Span) {
        let Local { owner, kind, span, .. } = self.program.locals[local.index()];
        if kind == LocalKind::Global {
            // Those of the prelude are all from the start.
            if self.frames.len() > 1 && local.index() >= self.program.locals.base() {
                self.program.locals[local.index()].used_inside = true;
                self.note_order(span, at);
            }
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

    /// Notes whether what is named at a place is declared above it.
    fn note_order(&mut self, declared: Span, at: Span) {
        self.program.own.names_ahead |= declared.file != at.file || at.start < declared.start;
    }

    /// Notes that the current function uses another one, and where.
    pub fn use_fn(&mut self, func: FnId, at: Span) {
        let function = &self.program.fns[func.index()];
        let (is_nested, declared) = (function.parent.is_some(), function.span);
        if func.index() >= self.program.fns.base() {
            self.note_order(declared, at);
        }
        if is_nested {
            let user = self.frame().func;
            self.uses.push((user, func));
        }
    }

    /// Reports a name that means nothing where a value is expected; once per name.
    pub fn unknown_variable(&mut self, name: Symbol, span: Span) {
        if !self.first_report(name) || is_full(&self.diagnostics) {
            return;
        }
        let text = self.text(name).to_owned();
        let diagnostic = Diagnostic::error(Code::T002, span, format!("unknown variable `{text}`"));
        if let Some(declared) = self.declaring.filter(|declared| declared.name == name) {
            return self.used_in_own_value(diagnostic, declared.span);
        }
        let diagnostic = diagnostic.label("no variable or function of this name is visible here");
        if let Some(diagnostic) = self.type_as_value(name, &text, span) {
            return self.report(diagnostic);
        }
        if let Some(method) = self.output_method(&text, span) {
            let help = "write to standard output with `print(...)`";
            return self.report(diagnostic.help(help).fix("write `print`", span.to(method), "print"));
        }
        let words = ["true", "false", "none", "return", "break", "continue"];
        let diagnostic = match (foreign_names::value(&text), self.similar(&text), closest(&text, words.into_iter())) {
            (Some(meant), ..) => with_meant(diagnostic, span, meant),
            // `none` for a wrong name would be no help unless it is evidently meant.
            (None, _, Some(word)) if text.len() > 3 && word.as_bytes()[0] == text.as_bytes()[0] => with_fix(diagnostic, span, word),
            (None, Some(close), _) => with_fix(diagnostic, span, &close),
            (None, None, _) => diagnostic.help(format!("declare it first: `let {text} = ...`")),
        };
        self.report(diagnostic);
    }

    /// `let x = 1 +` before `print(x)`, or `let x = x + 1`.
    fn used_in_own_value(&mut self, diagnostic: Diagnostic, declared: Span) {
        let line = |span: Span| self.sources.position(span).line;
        let help = match line(diagnostic.span()) == line(declared) {
            true => "give it a value that needs no other first, or use another name",
            false => "the line above ends in the middle of an expression, which goes on here; complete it",
        };
        let diagnostic = diagnostic.label("this is still a part of its value").note(declared, "known after its value");
        self.report(diagnostic.help(help));
    }

    /// `Shape.Circle`, `Point.new`: a type is no value.
    fn type_as_value(&self, name: Symbol, text: &str, span: Span) -> Option<Diagnostic> {
        let Some(TypeName::Data(data)) = self.scopes.types.get(name) else { return None };
        let decl = &self.program.data[data.0 as usize];
        let diagnostic = Diagnostic::error(Code::T002, span, format!("`{text}` is a type, not a value"))
            .label("a type cannot stand here")
            .note(decl.span, "declared here");
        Some(match &decl.kind {
            DataKind::Union(variants) => {
                let names: Vec<&str> = variants.iter().map(|variant| self.text(variant.name)).collect();
                let after = &self.sources.file(span.file).text()[span.end as usize..];
                let follows = after.strip_prefix('.').and_then(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
                let diagnostic = diagnostic.help(format!("name a variant alone: `{}`", names[..names.len().min(6)].join("`, `")));
                match follows.filter(|variant| names.contains(variant)) {
                    Some(_) => diagnostic.fix("remove the type and the dot", Span { end: span.end + 1, ..span }, ""),
                    None => diagnostic,
                }
            }
            DataKind::Struct(fields) => diagnostic.help(format!("make a value with `{}`", self.literal_of(text, fields))),
        })
    }

    /// The `.log` of `console.log(`, the `.Println` of `fmt.Println(`.
    fn output_method(&self, object: &str, span: Span) -> Option<Span> {
        let after = &self.sources.file(span.file).text()[span.end as usize..];
        let methods: &[&str] = match object {
            "console" => &["log", "info"],
            "fmt" => &["Println", "Print"],
            "Console" => &["WriteLine"],
            _ => return None,
        };
        let method = after.strip_prefix('.')?.split('(').next()?;
        let end = span.end + 1 + method.len() as u32;
        methods.contains(&method).then_some(Span { start: span.end, end, ..span })
    }

    /// How a struct is written.
    fn literal_of(&self, text: &str, fields: &[FieldDecl]) -> String {
        let fields: Vec<String> = fields.iter().map(|field| format!("{}: ...", self.text(field.name))).collect();
        format!("{text} {{ {} }}", fields.join(", "))
    }

    /// `Point(1, 2)`: reported with the literal that is meant; values by position belong to the fields in their order.
    pub fn struct_called(&mut self, name: Symbol, call: &ast::Call, span: Span) -> bool {
        let Some(data) = self.struct_named(name) else { return false };
        if !self.first_report(name) {
            return true;
        }
        let decl = &self.program.data[data.0 as usize];
        let DataKind::Struct(fields) = &decl.kind else { return false };
        let text = self.text(name).to_owned();
        let mut diagnostic = Diagnostic::error(Code::T003, span, format!("`{text}` is a struct and cannot be called"))
            .label("a struct is made with braces")
            .note(decl.span, "declared here")
            .help(format!("write `{}`", self.literal_of(&text, fields)));
        if fields.len() == call.args.len() && !fields.is_empty() {
            let Span { file, start, end } = call.parens;
            let mut edits = vec![Edit { span: Span::new(file, start, start + 1), replacement: " { ".to_owned() }];
            for (field, arg) in fields.iter().zip(&call.args) {
                edits.push(Edit { span: arg.span.at_start(), replacement: format!("{}: ", self.text(field.name)) });
            }
            edits.push(Edit { span: Span::new(file, end - 1, end), replacement: " }".to_owned() });
            diagnostic = diagnostic.fix_with("write a struct literal", edits);
        }
        self.report(diagnostic);
        true
    }

    /// Warns of another language's word for the empty value, which recorded programs use and which is read as `none`.
    pub fn foreign_none(&mut self, name: Symbol, span: Span) {
        if !self.first_warning(name) {
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
        if !self.first_report(name) || is_full(&self.diagnostics) {
            return;
        }
        let text = self.text(name).to_owned();
        let diagnostic = Diagnostic::error(Code::T003, span, format!("unknown function `{text}`"))
            .label("no function of this name is declared, imported or built in");
        let diagnostic = match (foreign_names::function(&text), self.similar(&text)) {
            (Some(meant), _) => with_meant(diagnostic, span, meant),
            (None, Some(close)) => with_fix(diagnostic, span, &close),
            (None, None) => diagnostic.help(format!("declare it: `fun {text}(...) {{ ... }}`")),
        };
        self.report(diagnostic);
    }

    /// Whether an error about this name is news. A name that is missing was reported by the parser.
    pub fn first_report(&mut self, name: Symbol) -> bool {
        name != sym::MISSING && self.reported.insert(name)
    }

    /// Whether a warning about this name is news. It leaves room for an error: a tree with an error in it must have one reported.
    pub fn first_warning(&mut self, name: Symbol) -> bool {
        name != sym::MISSING && !self.reported.contains(&name) && self.warned.insert(name)
    }

    /// The visible name closest to a wrong one.
    pub fn similar(&self, wrong: &str) -> Option<String> {
        let builtins = Builtin::ALL.iter().map(|b| b.name()).filter(|_| !self.in_prelude);
        self.closest_of(wrong, self.scopes.values.visible(), builtins)
    }

    /// The closest of some names and texts. A file with very many names and as many mistakes gets an answer for the first of them.
    pub fn closest_of<'t>(
        &'t self,
        wrong: &str,
        names: impl Iterator<Item = Symbol> + 't,
        texts: impl Iterator<Item = &'t str>,
    ) -> Option<String> {
        const MOST: usize = 20_000_000;
        self.looked.set(self.looked.get() + self.names.count());
        let names = names.take(if self.looked.get() > MOST { 0 } else { usize::MAX });
        closest(wrong, names.map(|name| self.text(name)).chain(texts)).map(str::to_owned)
    }
}

fn with_meant(diagnostic: Diagnostic, span: Span, meant: Meant) -> Diagnostic {
    let diagnostic = diagnostic.help(meant.help);
    match meant.instead {
        Some(text) => diagnostic.fix(format!("replace it with `{text}`"), span, text),
        None => diagnostic,
    }
}

/// A help and a fix that replaces the name.
pub fn with_fix(diagnostic: Diagnostic, span: Span, close: &str) -> Diagnostic {
    diagnostic.did_you_mean(span, close)
}
