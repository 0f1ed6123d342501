//! From syntax trees to the resolved tree: every name means one thing afterwards.
//!
//! - Scopes are lexical. Functions and types are visible in their whole block; a variable from its declaration on, but those of
//!   the top level in every function. A second declaration in the same scope is a new binding.
//! - What the user declares wins over the builtins. The prelude is resolved the same way, in scopes of its own.
//! - Nothing is typed here, but for what the names alone say: the number of arguments, unknown fields of a literal.
//! - Every undeclared name is reported once. The tree is complete also where something was reported (`Error`).
//!
//! The caller loads packages: [`imports`] says which ones a file names.

mod added;
mod calls;
mod capture;
mod decls;
mod exprs;
mod flow;
pub mod foreign;
pub mod foreign_names;
mod functions;
mod imports;
pub mod library;
mod literals;
mod logic;
mod names;
mod patterns;
mod queries;
mod scope;
mod shown;
mod stmts;
mod streams;

pub mod types;
mod update;

use super::doubts::is_doubtful;
use super::tree::{Expr, ExprId, ExprKind, FnId, FnKind, Function, Hint, Local, LocalId, LocalKind, Program, Stmt, TypeRef};
use crate::diagnostic::{Code, Diagnostic, keep};
use crate::hash::{HashMap, HashSet};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::ast::{self, BinderId};
use crate::syntax::symbol::{Names, Symbol, sym};
use crate::types::DataId;
use added::Added;
pub use flow::diverges;
pub use imports::{Link, Package, imports};
pub use library::Library;
use scope::{Scopes, Value};
use std::cell::Cell;

/// What is compiled together.
pub struct Input<'a> {
    pub sources: &'a SourceMap,
    pub library: &'a Library,
    /// The program; several files share one top level.
    pub user: &'a [ast::Program],
    /// Imported packages, each after the ones it imports itself.
    pub packages: &'a [Package],
    pub links: &'a [Link],
}

/// A program that has nothing so far but what resolving these files needs of the prelude.
pub fn prelude(input: &Input, names: &Names) -> Program {
    let program = Program::default();
    let files = input.user.iter().chain(input.packages.iter().flat_map(|package| &package.files));
    input.library.load_for(&program, input.sources, names, files);
    program
}

/// Resolves everything else. The program may be lowered only if no diagnostic is an error.
pub fn resolve(input: &Input, program: &mut Program, names: &Names) -> Vec<Diagnostic> {
    let mut resolver = Resolver::new(program, input.sources, names, input.links);
    resolver.user(input);
    let (added, diagnostics) = resolver.finish();
    let own = added.finish();
    program.main = own.main;
    program.tests = own.tests;
    program.streams = own.streams;
    program.names_ahead = own.names_ahead;
    program.relations = own.relations;
    diagnostics
}

/// A function whose body is being resolved.
struct Frame {
    func: FnId,
    /// Loops around the current place inside this function.
    loops: u32,
}

/// What is known of a local besides its entry in the tree.
#[derive(Clone, Copy, Default)]
struct LocalNote {
    used: bool,
    /// Declared by `let`.
    fixed: bool,
    /// Cannot hold a function, as far as its declaration shows.
    plain: bool,
}

struct Resolver<'a> {
    names: &'a Names,
    sources: &'a SourceMap,
    links: &'a [Link],
    program: Added<'a>,
    diagnostics: Vec<Diagnostic>,
    scopes: Scopes,
    frames: Vec<Frame>,
    in_prelude: bool,
    main: FnId,
    fn_of: HashMap<BinderId, FnId>,
    global_of: HashMap<BinderId, LocalId>,
    /// Top-level variables of the current package by name, for functions that stand before the declaration.
    late: HashMap<Symbol, (LocalId, Option<&'a ast::Binding>)>,
    /// The function that uses, and the nested function that is used.
    uses: Vec<(FnId, FnId)>,
    /// By local, from the first new one on.
    notes: Vec<LocalNote>,
    /// Names with an error that were reported as undeclared.
    reported: HashSet<Symbol>,
    /// Names with a warning.
    warned: HashSet<Symbol>,
    /// How many names were looked through for one that is close to a wrong one.
    looked: Cell<usize>,
    /// Fields that were reported as unknown, by type.
    reported_fields: HashSet<(DataId, Symbol)>,
    packages: Vec<imports::Exports>,
    foreigns: Vec<imports::ForeignPackage>,
    /// What the values of variables show that have no such type declared.
    shown: HashMap<LocalId, TypeRef>,
    /// The function that makes an agent, by the type of its state.
    makers: HashMap<DataId, FnId>,
    /// The variable whose value is being resolved.
    declaring: Option<ast::Binder>,
    /// The relation of a name and a number of columns.
    relation_of: HashMap<(Symbol, usize), u32>,
    /// The stream of an event's type.
    stream_of: HashMap<DataId, u32>,
    /// The object of the method being resolved, by its type.
    this_of: HashMap<DataId, LocalId>,
    /// Inside `sort by`, where an unknown name is `none`.
    in_sort: bool,
    /// Blocks around the current place inside the innermost function.
    block_depth: u32,
    /// The number of type parameters around the current place; nested functions of the prelude share them.
    type_params: u32,
    /// The number of expressions so far that `doubts` looks at.
    doubtful: u32,
}

impl<'a> Resolver<'a> {
    fn new(program: &'a Program, sources: &'a SourceMap, names: &'a Names, links: &'a [Link]) -> Resolver<'a> {
        Resolver {
            names,
            sources,
            links,
            program: Added::new(program),
            diagnostics: Vec::new(),
            scopes: Scopes::default(),
            frames: Vec::new(),
            in_prelude: false,
            main: FnId(0),
            fn_of: HashMap::default(),
            global_of: HashMap::default(),
            late: HashMap::default(),
            uses: Vec::new(),
            notes: Vec::new(),
            reported: HashSet::default(),
            warned: HashSet::default(),
            looked: Cell::new(0),
            reported_fields: HashSet::default(),
            packages: Vec::new(),
            foreigns: Vec::new(),
            shown: HashMap::default(),
            makers: HashMap::default(),
            declaring: None,
            relation_of: HashMap::default(),
            stream_of: HashMap::default(),
            this_of: HashMap::default(),
            in_sort: false,
            block_depth: 0,
            type_params: 0,
            doubtful: 0,
        }
    }

    /// Captures are complete; gives what was added.
    fn finish(mut self) -> (Added<'a>, Vec<Diagnostic>) {
        capture::close(&mut self.program, &self.uses);
        (self.program, self.diagnostics)
    }

    /// Resolves items of the prelude. Its globals belong to an empty function that stands for its top level, the first of all.
    fn library(&mut self, stmts: &[&'a ast::Stmt]) {
        self.in_prelude = true;
        let top = match self.program.fns.len() {
            0 => self.new_fn(sym::MISSING, Span::new(FileId(0), 0, 0), None),
            _ => FnId(0),
        };
        self.frames.push(Frame { func: top, loops: 0 });
        let resolved = self.top_level(stmts);
        self.frames.pop();
        assert!(
            resolved.iter().all(|s| matches!(s.kind, super::tree::StmtKind::Fun(_) | super::tree::StmtKind::Let { value: None, .. })
                || self.is_zero_global(s)),
            "the prelude's top level only declares"
        );
        let fresh = self.program.locals.base()..self.program.locals.len();
        for local in fresh.filter(|&local| self.program.locals[local].kind == LocalKind::Global).collect::<Vec<usize>>() {
            self.program.locals[local].reassigned = true;
            self.program.prelude_globals.push(LocalId(local as u32));
        }
    }

    /// `var count: int = 0`: storage starts like that anyway.
    fn is_zero_global(&self, stmt: &Stmt) -> bool {
        use super::tree::{Lit, StmtKind};
        let StmtKind::Let { value: Some(value), .. } = &stmt.kind else { return false };
        let ExprKind::Lit(lit) = &value.kind else { return false };
        matches!(lit, Lit::Int(0) | Lit::Bool(false) | Lit::None) || *lit == Lit::Float(0.0)
    }

    /// Resolves the packages and then the program into one main function.
    fn user(&mut self, input: &Input<'a>) {
        let span = input.user.first().map_or(Span::new(FileId(0), 0, 0), |file| file.span);
        self.main = self.new_fn(sym::MISSING, span, None);
        self.program.own.main = Some(self.main);
        self.frames.push(Frame { func: self.main, loops: 0 });
        let mut body = Vec::new();
        for package in input.packages {
            self.scopes = Scopes::default();
            body.extend(self.package(package));
        }
        self.scopes = Scopes::default();
        body.extend(self.files(input.user));
        self.frames.pop();
        self.set_body(self.main, body);
    }

    /// The statements of files that share one top level.
    fn files(&mut self, files: &'a [ast::Program]) -> Vec<Stmt> {
        let stmts: Vec<&'a ast::Stmt> = files.iter().flat_map(|file| &file.stmts).collect();
        self.top_level(&stmts)
    }

    /// The statements of one top level, in a scope that stays open.
    fn top_level(&mut self, stmts: &[&'a ast::Stmt]) -> Vec<Stmt> {
        self.scopes.push();
        self.late.clear();
        for stmt in stmts {
            self.declare_global(stmt);
        }
        self.hoist(stmts.iter().copied());
        let mut out = Vec::new();
        for stmt in stmts {
            self.stmt(stmt, &mut out);
        }
        out
    }

    /// Top-level variables exist before anything is resolved, since functions may use them before they are declared.
    fn declare_global(&mut self, stmt: &'a ast::Stmt) {
        let (name, binding) = match &stmt.kind {
            ast::StmtKind::Let(binding) | ast::StmtKind::Var(binding) => (binding.name, Some(binding)),
            ast::StmtKind::FetchInto(fetch) => (fetch.name, None),
            _ => return,
        };
        let local = self.new_local(name.name, name.span, LocalKind::Global);
        self.global_of.insert(name.id, local);
        self.late.entry(name.name).or_insert((local, binding));
    }

    fn new_fn(&mut self, name: Symbol, span: Span, parent: Option<FnId>) -> FnId {
        self.program.fns.push(Function {
            name,
            span,
            parent,
            type_params: self.type_params,
            params: Vec::new(),
            ret: None,
            captures: Vec::new(),
            kind: FnKind::Body(Vec::new()),
            is_prelude: self.in_prelude,
            falls_through: true,
            hint: Hint::Auto,
            erased: false,
            generic: None,
        });
        FnId(self.program.fns.len() as u32 - 1)
    }

    fn set_body(&mut self, func: FnId, body: Vec<Stmt>) {
        let function = &mut self.program.fns[func.index()];
        function.falls_through = !flow::diverges(&body);
        match &mut function.kind {
            FnKind::Body(stmts) | FnKind::Method(_, stmts) => *stmts = body,
            FnKind::Extern(_) => unreachable!("an extern function has no body"),
        }
    }

    /// A variable of the function whose body is being resolved.
    fn new_local(&mut self, name: Symbol, span: Span, kind: LocalKind) -> LocalId {
        self.new_local_of(self.frame().func, name, span, kind)
    }

    fn new_local_of(&mut self, owner: FnId, name: Symbol, span: Span, kind: LocalKind) -> LocalId {
        self.program.locals.push(Local {
            name,
            ty: None,
            span,
            owner,
            kind,
            reassigned: false,
            captured: false,
            assigned_inside: false,
            used_inside: false,
            fixed: false,
        });
        self.notes.push(LocalNote::default());
        LocalId(self.program.locals.len() as u32 - 1)
    }

    /// A new variable that its name means from here on.
    fn bind(&mut self, binder: ast::Binder, kind: LocalKind) -> LocalId {
        let local = self.new_local(binder.name, binder.span, kind);
        self.see(binder.name, Value::Local(local));
        local
    }

    /// The name means this from here on; a missing one means nothing.
    fn see(&mut self, name: Symbol, value: Value) {
        if name != sym::MISSING {
            self.scopes.values.insert(name, value);
        }
    }

    /// What is noted of a local; of one of the prelude nothing is.
    fn note(&self, local: LocalId) -> LocalNote {
        local.index().checked_sub(self.program.locals.base()).map_or(LocalNote::default(), |index| self.notes[index])
    }

    fn note_mut(&mut self, local: LocalId) -> &mut LocalNote {
        &mut self.notes[local.index() - self.program.locals.base()]
    }

    fn set_type(&mut self, local: LocalId, ty: Option<TypeRef>) {
        self.program.locals[local.index()].ty = ty;
    }

    fn frame(&self) -> &Frame {
        self.frames.last().expect("some function is being resolved")
    }

    fn frame_mut(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("some function is being resolved")
    }

    fn text(&self, name: Symbol) -> &str {
        self.names.text(name)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        keep(&mut self.diagnostics, diagnostic);
    }

    /// An error with its label and help.
    fn error(&mut self, code: Code, span: Span, message: String, label: &str, help: &str) {
        self.report(Diagnostic::error(code, span, message).label(label).help(help));
    }

    fn next_id(&mut self) -> ExprId {
        self.program.exprs += 1;
        ExprId(self.program.exprs - 1)
    }

    /// An expression that fails at `at`.
    fn make_at(&mut self, kind: ExprKind, at: Span, span: Span) -> Expr {
        self.doubtful += u32::from(is_doubtful(&kind));
        Expr::new(self.next_id(), kind, at, span)
    }

    fn make(&mut self, kind: ExprKind, span: Span) -> Expr {
        self.make_at(kind, span, span)
    }
}
