//! From the typed tree to IR: the only module that knows both.
//!
//! ```text
//!   instances   which functions are needed, for which types          layout    a type's IR form
//!   function    one function: variables, blocks, the cursor          coerce    from one form to another
//!   stmt expr   the language's constructs, one file per family       sites     places and messages of errors
//!   derive      text, equality, order of a type's values             query     from ... select
//!   ownership   which lists `append` may add to in place
//! ```
//! Work starts at the top level and follows calls, so what a program does not reach costs nothing. Prelude functions are
//! compiled once per list of type arguments. Names of the prelude that are called here stand in `prelude/lang.mochi` or the file it names.
//!
//! Lowering never fails: a program with errors does not get here.

mod aggregate;
mod arith;
mod array;
mod big;
mod block;
mod builtin;
mod call;
mod capture;
mod cast;
mod closure;
mod coerce;
mod compare;
mod constant;
mod derive;
mod entries;
mod env;
mod expr;
mod field;
mod function;
mod instances;
mod layout;
mod literal;
mod load;
mod logic;
mod loops;
mod matching;
mod ownership;
mod place;
mod query;
mod sites;
mod stmt;
mod stream;
mod walk;

pub use block::SIDES;
pub use query::plans;

use crate::hash::{HashMap, HashSet};
use crate::hir::facts::Facts;
use crate::hir::prelude_check::check_prelude_fn;
use crate::hir::resolve::Library;
use crate::hir::tree::{FnId, LocalId, LocalKind, Program};
use crate::ir::{FuncId, GlobalData, GlobalId, Imm, Module, Op, Type};
use crate::source::{SourceMap, Span};
use crate::syntax::symbol::{Names, Symbol};
use crate::types::{DataId, Ty, TyKind};
use std::rc::Rc;

/// What is being built, and what is known.
pub(crate) struct Lower<'a> {
    pub program: &'a Program,
    library: &'a Library,
    pub facts: &'a mut Facts,
    pub names: &'a Names,
    pub sources: &'a SourceMap,
    pub module: Module,
    layouts: layout::Layouts,
    instances: instances::Instances,
    sites: sites::Sites,
    literals: literal::Literals,
    globals: HashMap<LocalId, GlobalId>,
    captures: capture::Captures,
    ownership: ownership::Ownership,
    derived: derive::Derived,
    relations: Option<logic::Relations>,
    /// The global with a stream's handlers.
    streams: HashMap<u32, GlobalId>,
    /// Prelude functions whose bodies have been checked.
    checked: HashSet<FnId>,
    /// Names of functions and types given out, with the number of times.
    taken: HashMap<String, u32>,
    /// Fields that some assignment or `update` names; all others are immutable.
    assigned_fields: HashSet<Symbol>,
    /// What calls of user functions can do; made for the first query.
    effects: Option<Rc<query::Summary>>,
    /// Whether an op stands for the prelude function that defines it.
    overrides: bool,
    /// Of which the program runs one, chosen when it is started.
    blocks: Option<Blocks>,
    /// Prelude functions that were asked for by name.
    prelude_fns: HashMap<Symbol, FnId>,
}

/// What is lowered, and where its prelude comes from.
#[derive(Clone, Copy)]
pub struct Compilation<'a> {
    pub program: &'a Program,
    pub library: &'a Library,
    pub names: &'a Names,
    pub sources: &'a SourceMap,
}

/// What program is made of the tree.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Ops stand for what `prelude/definitions.mochi` defines; otherwise those definitions are called.
    pub overrides: bool,
    /// The program is started for one of these each time.
    pub blocks: Option<Blocks>,
}

/// Kinds of blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blocks {
    Tests,
    Benches,
}

/// Lowers a function without parameters, a `test` block of the prelude say, as the module's `main`.
pub fn lower_entry(known: Compilation, facts: &mut Facts, entry: FnId, form: Form) -> Module {
    let Compilation { program, library, names, sources } = known;
    let assigned_fields = walk::assigned_fields(program, names, facts);
    let ownership = ownership::Ownership::of(program, facts);
    let mut lower = Lower {
        program,
        library,
        facts,
        names,
        sources,
        module: Module::default(),
        layouts: layout::Layouts::default(),
        instances: instances::Instances::default(),
        sites: sites::Sites::default(),
        literals: literal::Literals::default(),
        globals: HashMap::default(),
        captures: capture::Captures::of(program),
        ownership,
        derived: derive::Derived::default(),
        relations: None,
        streams: HashMap::default(),
        checked: HashSet::default(),
        taken: HashMap::default(),
        assigned_fields,
        effects: None,
        overrides: form.overrides,
        blocks: form.blocks,
        prelude_fns: HashMap::default(),
    };
    lower.sites.reserve_hosts(&mut lower.module);
    lower.run(entry);
    lower.module
}

impl Lower<'_> {
    fn run(&mut self, entry: FnId) {
        let body = self.instance(entry, Vec::new());
        self.drain();
        let trap = if self.sites.any_user() { "trap" } else { "trap_bare" };
        self.module.trap = Some(self.prelude(trap, Vec::new()));
        self.drain();
        self.make_main(body);
        self.drain();
        self.fill_sites();
    }

    /// `main`: makes the literals, runs the top level, flushes the output.
    fn make_main(&mut self, body: FuncId) {
        let flush = self.find_used("flush");
        // No part of the user's program, so it has no place in a call trace.
        let main = self.declare("main.run", &[], None, crate::ir::NO_SPAN);
        let mut cx = function::FnCx::synthetic(self, main, &[]);
        cx.make_literals();
        // What a `return` of the top level gives is nobody's.
        cx.call(body, &[]);
        if let Some(flush) = flush {
            cx.b.call(flush, &[], None);
        }
        cx.b.ret(&[]);
        cx.finish();
        self.module.main = Some(main);
    }

    /// Finds the types in a prelude function's body, once.
    fn check_prelude(&mut self, func: FnId) {
        if self.program.fns[func.index()].is_prelude && self.checked.insert(func) {
            let mistakes = check_prelude_fn(self.program, self.names, func, self.facts);
            let name = self.names.text(self.program.fns[func.index()].name);
            assert!(mistakes.is_empty(), "prelude function `{name}`: {mistakes:?}");
        }
    }

    /// A prelude function's plain instance.
    pub fn prelude(&mut self, name: &str, args: Vec<Ty>) -> FuncId {
        let func = self.prelude_fn(name);
        self.instance(func, args)
    }
    pub fn prelude_fn(&mut self, name: &str) -> FnId {
        let symbol = self.names.intern(name);
        if let Some(&found) = self.prelude_fns.get(&symbol) {
            return found;
        }
        self.load(name);
        let found = self.program.prelude_fn(symbol);
        let found = found.unwrap_or_else(|| panic!("the prelude has no function `{name}`"));
        self.prelude_fns.insert(symbol, found);
        found
    }
    /// The prelude function that says what an op does, where it is to be called instead.
    fn definition(&mut self, op: Symbol) -> Option<FnId> {
        if self.overrides {
            return None;
        }
        let name = format!("defined_{}", self.names.text(op));
        self.load(&name);
        self.program.prelude_fn(self.names.find(&name)?)
    }
    pub fn prelude_type(&mut self, name: &str) -> DataId {
        self.load(name);
        let found = self.names.find(name).and_then(|symbol| self.program.prelude_type(symbol));
        found.unwrap_or_else(|| panic!("the prelude has no type `{name}`"))
    }
    /// Resolves what the prelude declares under a name, if it is not there yet.
    fn load(&mut self, name: &str) {
        self.library.load(self.program, self.sources, self.names, &[name]);
        self.facts.grow(self.program);
    }

    /// A name that nothing else in the module has, of the characters that the IR allows.
    pub fn unique(&mut self, wanted: &str) -> String {
        let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '.' { c } else { '_' };
        let clean: String = wanted.chars().map(allowed).collect();
        let clean = if clean.is_empty() { "x".to_string() } else { clean };
        let count = self.taken.entry(clean.clone()).or_insert(0);
        *count += 1;
        if *count == 1 {
            return clean;
        }
        let numbered = format!("{clean}.{count}");
        self.unique(&numbered)
    }

    /// What calls of user functions can do.
    pub fn effects(&mut self) -> Rc<query::Summary> {
        let (program, facts, names) = (self.program, &*self.facts, self.names);
        self.effects.get_or_insert_with(|| Rc::new(query::Summary::of(program, facts, names))).clone()
    }

    /// Whether a variable lives in an IR global.
    pub fn is_global(&self, local: LocalId) -> bool {
        self.program.locals[local.index()].kind == LocalKind::Global && !self.ownership.is_lone(local)
    }
    /// The IR global of a top-level variable.
    pub fn global(&mut self, local: LocalId) -> GlobalId {
        if let Some(&global) = self.globals.get(&local) {
            return global;
        }
        let ty = self.facts.local(local);
        let ty = self.storage(ty);
        let name = self.names.text(self.program.locals[local.index()].name).to_string();
        let name = self.unique(&name);
        let global = self.module.globals.push(GlobalData { name, ty });
        self.globals.insert(local, global);
        global
    }

    pub fn string_ty(&mut self) -> Ty {
        self.facts.string()
    }
    pub fn intern(&mut self, kind: TyKind) -> Ty {
        self.facts.tys.intern(kind)
    }
    pub fn kind(&self, ty: Ty) -> TyKind {
        self.facts.tys.kind(ty).clone()
    }
    /// The element type, if it is a list.
    pub fn list_element(&self, ty: Ty) -> Option<Ty> {
        match self.facts.tys.kind(ty) {
            TyKind::Data(id, args) if *id == self.facts.known.list => Some(args[0]),
            _ => None,
        }
    }
    pub fn is_string(&self, ty: Ty) -> bool {
        matches!(self.facts.tys.kind(ty), TyKind::Data(id, _) if *id == self.facts.known.string)
    }
    pub fn is_data(&self, ty: Ty, data: DataId) -> bool {
        matches!(self.facts.tys.kind(ty), TyKind::Data(id, _) if *id == data)
    }
}

/// A global's immediate, spelled once.
fn global_op(cx: &mut function::FnCx<'_, '_>, global: GlobalId, span: Span) -> crate::ir::Value {
    cx.b.span = span;
    cx.op(Op::GlobalGet, Imm::Global(global), &[])
}

/// Whether the type is a reference that may not be null.
fn is_non_null(ty: Type) -> bool {
    matches!(ty, Type::Ref { nullable: false, .. })
}
