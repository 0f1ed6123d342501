//! Names that stand twice where one of the two cannot be reached (M016).
//!
//! Fields, variants and methods are one list each, so a second one is an error. A second function, type, parameter or map entry takes the
//! place of the first, as it does in programs that run, so that is a warning. The names of a pattern may be variants, which only the
//! resolver tells apart: `hir/doubts.rs` looks at them.

use crate::diagnostic::{Code, Diagnostic, keep};
use crate::hash::HashMap;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::symbol::{Names, Symbol, sym};
use smallvec::SmallVec;

/// What is declared or given twice.
pub(super) struct Twice<'a> {
    pub names: &'a Names,
    pub found: Vec<Diagnostic>,
}

impl Twice<'_> {
    /// Looks at what the statement itself declares.
    pub(super) fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Fun(decl) => self.signature(&decl.sig),
            StmtKind::Type(decl) => self.type_decl(decl),
            StmtKind::Stream(stream) => self.fields(&stream.fields),
            StmtKind::Agent(agent) => self.agent(agent),
            _ => {}
        }
    }

    /// Looks at what the expression itself declares.
    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Fun(lambda) => self.signature(&lambda.sig),
            ExprKind::Map(entries) => self.keys(entries),
            _ => {}
        }
    }

    /// The second of two names of a list is an error.
    fn refuse(&mut self, what: &str, names: impl Iterator<Item = (Symbol, Span)>, help: &str) {
        for (name, first, second) in repeated(names) {
            let name = self.names.text(name);
            let diagnostic = Diagnostic::error(Code::M016, second, format!("{what} `{name}` twice"))
                .label("the same name again")
                .note(first, "the first one")
                .help(help);
            keep(&mut self.found, diagnostic);
        }
    }

    /// The second of two names takes the place of the first.
    fn warn(&mut self, names: impl Iterator<Item = (Symbol, Span)>, message: impl Fn(&str) -> String, label: &str, help: &str) {
        for (name, first, second) in repeated(names) {
            let message = message(self.names.text(name));
            let diagnostic = Diagnostic::warning(Code::M016, second, message).label(label).note(first, "the first one").help(help);
            keep(&mut self.found, diagnostic);
        }
    }

    fn signature(&mut self, sig: &Signature) {
        let params = sig.params.iter().map(|param| (param.name.name, param.name.span));
        let label = "the same name again: this is the one that is meant";
        self.warn(params, |name| format!("this function takes `{name}` twice"), label, "rename one of the parameters");
        self.refuse("this function has the type parameter", sig.type_params.iter().map(place), "rename or remove one of them");
    }

    fn fields(&mut self, fields: &[Field]) {
        self.refuse("this type has the field", fields.iter().map(|field| place(&field.name)), "rename or remove one of them");
    }

    fn type_decl(&mut self, decl: &TypeDecl) {
        match &decl.kind {
            TypeDeclKind::Struct(members) => {
                let fields = members.iter().filter_map(|member| match member {
                    Member::Field(field) => Some(place(&field.name)),
                    Member::Method(_) => None,
                });
                self.refuse("this type has the field", fields, "rename or remove one of them");
                let methods = members.iter().filter_map(|member| match member {
                    Member::Field(_) => None,
                    Member::Method(method) => Some(method),
                });
                for method in methods.clone() {
                    self.signature(&method.sig);
                }
                let methods = methods.map(|method| (method.name.name, method.name.span));
                self.refuse("this type has the method", methods, "there is no overloading; rename or remove one of them");
            }
            TypeDeclKind::Union(variants) => {
                let all = variants.iter().map(|variant| place(&variant.name));
                self.refuse("this union has the variant", all, "rename or remove one of them");
                variants.iter().for_each(|variant| self.fields(&variant.fields));
            }
            TypeDeclKind::Alias(_) => {}
        }
    }

    fn agent(&mut self, agent: &Agent) {
        let intents = agent.members.iter().filter_map(|member| match member {
            AgentMember::Intent(intent) => Some((intent.name.name, intent.name.span)),
            _ => None,
        });
        self.refuse("this agent has the intent", intents, "rename or remove one of them");
    }

    /// Functions and types of one block.
    pub(super) fn declarations(&mut self, stmts: &[Stmt]) {
        let declares = |stmt: &&Stmt| matches!(stmt.kind, StmtKind::Fun(_) | StmtKind::Type(_) | StmtKind::Agent(_));
        if stmts.iter().filter(declares).nth(1).is_none() {
            return;
        }
        let functions = stmts.iter().filter_map(|stmt| match &stmt.kind {
            StmtKind::Fun(decl) => Some((decl.name.name, decl.name.span)),
            _ => None,
        });
        let types = stmts.iter().filter_map(|stmt| match &stmt.kind {
            StmtKind::Type(decl) => Some(place(&decl.name)),
            StmtKind::Agent(agent) => Some(place(&agent.name)),
            _ => None,
        });
        let help = "there is no overloading; rename or remove one of them";
        self.warn(functions, |name| format!("the function `{name}` is declared twice"), "from here on, this one is called", help);
        self.warn(types, |name| format!("the type `{name}` is declared twice"), "this one is meant in the whole block", help);
    }

    /// Constant keys of a map.
    fn keys(&mut self, entries: &[MapEntry]) {
        let names = self.names;
        let keys = entries.iter().filter_map(|entry| match &entry.key {
            MapKey::Name(name) => Some(place(name)),
            MapKey::Expr(expr) => match &expr.kind {
                ExprKind::Lit(Lit::Str(text)) => Some((names.intern(text), expr.span)),
                ExprKind::Lit(Lit::Int(number)) => Some((names.intern(&number.to_string()), expr.span)),
                _ => None,
            },
        });
        let label = "its value takes the place of the first";
        self.warn(keys, |name| format!("the key `{name}` is given twice"), label, "remove one of the entries");
    }
}

fn place(ident: &Ident) -> (Symbol, Span) {
    (ident.name, ident.span)
}

/// Each name that stood before, with its first place and the new one. `_` may stand anywhere.
fn repeated(names: impl Iterator<Item = (Symbol, Span)>) -> Vec<(Symbol, Span, Span)> {
    /// Up to so many, comparing each with each is faster than a table.
    const FEW: usize = 8;
    let mut few: SmallVec<[(Symbol, Span); FEW]> = SmallVec::new();
    let mut table: HashMap<Symbol, Span> = HashMap::default();
    let mut found = Vec::new();
    for (name, span) in names.filter(|&(name, _)| name != sym::UNDERSCORE && name != sym::MISSING) {
        let first = match table.is_empty() {
            true => few.iter().find(|&&(other, _)| other == name).map(|&(_, first)| first),
            false => table.get(&name).copied(),
        };
        match first {
            Some(first) => found.push((name, first, span)),
            None if few.len() < FEW => few.push((name, span)),
            None => {
                if table.is_empty() {
                    table.extend(few.iter().copied());
                }
                table.insert(name, span);
            }
        }
    }
    found
}
