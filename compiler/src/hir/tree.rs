//! The high-level representation: every name resolved, every sugar kept.
//!
//! Made by `resolve` from the syntax trees of the prelude and the program; `infer` finds a [`Ty`] for each expression,
//! local, field and result (side tables indexed by the dense ids here); `lower` turns it into IR. Spans of things
//! that can fail are the places where LANGUAGE puts the error.
//!
//! What needs no construct of its own has none: an agent is a struct with its intents as methods and a function that makes it and
//! registers its handlers (closures over it); a foreign function is a call of a prelude function or a builtin with casts around
//! its arguments; the constructor of a variant as a value is a lambda.

use super::builtin::Builtin;
use super::resolve::library::Loaded;
use crate::arena::Arena;
use crate::hash::HashMap;
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, JoinKind, UnaryOp};
use crate::syntax::symbol::Symbol;
use crate::types::DataId;
use std::cell::{Cell, RefCell};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(pub u32);
        impl $name {
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// An expression; dense over a compilation.
    ExprId
    /// A variable, parameter or loop variable; dense over a compilation. Top-level variables are locals, too.
    LocalId
    /// A function, lambda, method, or intent; dense over a compilation.
    FnId
}

/// A compilation: the program, and as much of the prelude as was asked for, resolved. Both can come to need more of the prelude, which is
/// then added while the rest is borrowed.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub fns: Arena<Function>,
    pub locals: Arena<Local>,
    pub data: Arena<DataDecl>,
    /// The number of expression ids given out.
    pub exprs: Cell<u32>,
    /// The program's top level, as a function without parameters. Its variables are globals.
    pub main: Option<FnId>,
    /// Top-level `test` and `bench` blocks in order. Each body is a function without parameters, and `main`'s body calls it (a
    /// statement `Expr(CallFn)`, for a bench inside `StmtKind::Bench`), which is what `run` executes.
    pub tests: Vec<TestBlock>,
    /// Which items of the prelude are here.
    pub prelude: RefCell<Loaded>,
    /// The prelude's functions and globals by name: what `lower` may call (`prelude/lang.mochi`) and what they call.
    pub prelude_fns: Arena<(Symbol, FnId)>,
    pub prelude_data: Arena<(Symbol, DataId)>,
    /// The prelude's top-level variables, which start as zero or `none`.
    pub prelude_globals: Arena<LocalId>,
    /// The prelude's own `test` blocks, functions without parameters.
    pub prelude_tests: Arena<TestBlock>,
    pub streams: Vec<Stream>,
    /// A function, or a top-level variable inside one, is named above its declaration or in another file.
    pub names_ahead: bool,
    /// Logic relations with their facts and rules.
    pub relations: Vec<Relation>,
}

impl Program {
    /// A type of the prelude that was asked for before.
    pub fn prelude_type(&self, name: Symbol) -> Option<DataId> {
        self.prelude_data.iter().find(|(known, _)| *known == name).map(|&(_, data)| data)
    }

    /// A function of the prelude that was asked for before.
    pub fn prelude_fn(&self, name: Symbol) -> Option<FnId> {
        self.prelude_fns.iter().find(|(known, _)| *known == name).map(|&(_, func)| func)
    }
}

#[derive(Clone, Debug)]
pub struct TestBlock {
    pub name: Box<str>,
    pub is_bench: bool,
    pub body: FnId,
    pub span: Span,
}

/// A resolved type annotation. Names that mean nothing are reported and become `Any`.
#[derive(Clone, PartialEq, Debug)]
pub enum TypeRef {
    Int,
    Float,
    Bool,
    /// `unit`, `void`
    Unit,
    Any,
    /// `string`, `list<T>`, `map<K, V>`, `bigint`, declared types: with arguments as the declaration has parameters.
    Data(DataId, Vec<TypeRef>),
    /// `{x: int}`
    Record(Vec<(Symbol, TypeRef)>),
    Fun(Vec<TypeRef>, Box<TypeRef>),
    Option(Box<TypeRef>),
    /// A type parameter: of a prelude function or struct; a user's are erased (`Any`, without a constraint).
    Param(u32),
    // Prelude dialect: `i32`, `byte`, `array<T>`
    I32,
    Byte,
    Array(Box<TypeRef>),
}

/// A declared type.
#[derive(Clone, Debug)]
pub struct DataDecl {
    pub name: Symbol,
    pub span: Span,
    /// The number of type parameters; 0 outside the prelude.
    pub type_params: u32,
    pub kind: DataKind,
    pub is_prelude: bool,
    pub methods: Methods,
}

/// The methods of a type, in order, and by name.
#[derive(Clone, Debug, Default)]
pub struct Methods {
    list: Vec<(Symbol, FnId)>,
    by_name: HashMap<Symbol, FnId>,
}

impl Methods {
    /// The first of a name is the one that is meant; a second one is an error.
    pub fn push(&mut self, name: Symbol, func: FnId) {
        self.list.push((name, func));
        self.by_name.entry(name).or_insert(func);
    }

    pub fn get(&self, name: Symbol) -> Option<FnId> {
        self.by_name.get(&name).copied()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Symbol, FnId)> + Clone {
        self.list.iter().copied()
    }
}

#[derive(Clone, Debug)]
pub enum DataKind {
    Struct(Vec<FieldDecl>),
    Union(Vec<VariantDecl>),
}

#[derive(Clone, Debug)]
pub struct VariantDecl {
    pub name: Symbol,
    pub fields: Vec<FieldDecl>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct FieldDecl {
    pub name: Symbol,
    pub ty: TypeRef,
    pub span: Span,
}

/// The number of fields of a struct, or of all variants of a union together.
pub fn field_count(decl: &DataDecl) -> usize {
    match &decl.kind {
        DataKind::Struct(fields) => fields.len(),
        DataKind::Union(variants) => variants.iter().map(|v| v.fields.len()).sum(),
    }
}

/// Where a variant's fields begin among those of its union.
pub fn variant_base(decl: &DataDecl, variant: usize) -> usize {
    match &decl.kind {
        DataKind::Struct(_) => 0,
        DataKind::Union(variants) => variants[..variant].iter().map(|v| v.fields.len()).sum(),
    }
}

#[derive(Clone, Debug)]
pub struct Local {
    pub name: Symbol,
    pub ty: Option<TypeRef>,
    pub span: Span,
    /// The function whose frame it lives in.
    pub owner: FnId,
    pub kind: LocalKind,
    /// Assigned anywhere after its declaration.
    pub reassigned: bool,
    /// Used in a function nested in its owner (never set for globals).
    pub captured: bool,
    /// Of a global: a function assigns it.
    pub assigned_inside: bool,
    /// Of a global of the program: a function reads or assigns it.
    pub used_inside: bool,
    /// Declared by `let`.
    pub fixed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LocalKind {
    Let,
    Var,
    Param,
    /// A loop's, a query's, a pattern's or an event's variable.
    Bound,
    /// A `let` or `var` of the top level: one storage place for the whole run, visible in every function.
    Global,
    /// The object of a method or intent.
    This,
}

#[derive(Clone, Debug)]
pub struct Function {
    /// The user's name; `MISSING` for a lambda.
    pub name: Symbol,
    pub span: Span,
    /// The function it is nested in.
    pub parent: Option<FnId>,
    /// The number of type parameters; 0 outside the prelude.
    pub type_params: u32,
    pub params: Vec<LocalId>,
    pub ret: Option<TypeRef>,
    /// Locals of enclosing functions that it or a function nested in it uses, in order of first use. By reference where
    /// `reassigned`.
    pub captures: Vec<LocalId>,
    pub kind: FnKind,
    pub is_prelude: bool,
    /// Control can reach the end of the body without `return`: the result can be `none`.
    pub falls_through: bool,
    pub hint: Hint,
    /// A user's function with type parameters, which its signature shows as `Any`.
    pub erased: bool,
    /// The signature of such a function with its type parameters kept, for the strict rules.
    pub generic: Option<Box<Generic>>,
}

/// The signature of a user's generic function; type parameters are `Param`s.
#[derive(Clone, Debug)]
pub struct Generic {
    pub names: Vec<Symbol>,
    pub params: Vec<Option<TypeRef>>,
    pub ret: Option<TypeRef>,
}

/// What a prelude function's doc comment says about inlining: `/// inline` or `/// cold` directly above it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Hint {
    #[default]
    Auto,
    Inline,
    Cold,
}

#[derive(Clone, Debug)]
pub enum FnKind {
    Body(Vec<Stmt>),
    /// A prelude function bound to `op:...`, `host:...`, `derive:...` or `const:...`.
    Extern(Box<str>),
    /// A method of the type; `this` is the first of `params`.
    Method(DataId, Vec<Stmt>),
}

#[derive(Clone, Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
    /// Whether `doubts` may have something to say of an expression in it; most statements are passed by.
    pub doubtful: bool,
}

#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `let` and `var`; without a value the variable is `none`.
    Let {
        local: LocalId,
        value: Option<Expr>,
    },
    Assign {
        target: Place,
        value: Box<Expr>,
    },
    /// A nested function becomes visible at the start of its block; this is where it stands. Its closure is made at the start
    /// of the block (captures are by reference).
    Fun(FnId),
    Return(Option<Expr>),
    If {
        branches: Vec<(Expr, Vec<Stmt>)>,
        otherwise: Vec<Stmt>,
    },
    While {
        cond: Expr,
        body: Vec<Stmt>,
    },
    ForRange {
        local: LocalId,
        from: Box<Expr>,
        to: Box<Expr>,
        body: Vec<Stmt>,
    },
    ForEach {
        local: LocalId,
        values: Box<Expr>,
        span: Span,
        body: Vec<Stmt>,
    },
    Break,
    Continue,
    /// A nested scope: the body of a `test` that does not stand at the top level.
    Block(Vec<Stmt>),
    Expect {
        cond: Box<Expr>,
        keyword: Span,
    },
    Expr(Expr),
    Update {
        target: Box<Expr>,
        row: Box<UpdateRow>,
    },
    Emit {
        stream: u32,
        fields: Vec<(usize, Expr)>,
    },
    /// Registers a handler; `handler` takes the event.
    On {
        stream: u32,
        handler: FnId,
    },
    /// `bench "name" { }` under `run`.
    Bench {
        name: Box<str>,
        body: Vec<Stmt>,
    },
}

/// `update xs set {f: e} where c`: the names of fields are locals loaded from the element before any is set.
#[derive(Clone, Debug)]
pub struct UpdateRow {
    pub columns: Vec<Column>,
    pub cond: Option<Expr>,
    pub set: Vec<(Symbol, Expr)>,
}

/// A name in an `update`: a field of the elements, and the local that stands for its old value.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: Symbol,
    pub local: LocalId,
    /// What else the name means here: that is meant of an element without such a field.
    pub outer: Option<Expr>,
}

/// The target of an assignment. The container and every index are evaluated left to right, then the value, then the store.
#[derive(Clone, Debug)]
pub enum Place {
    Local(LocalId),
    Index { object: Box<Expr>, index: Box<Expr>, bracket: Span },
    Field { object: Box<Expr>, name: Symbol, span: Span },
}

/// Less than a cache line: most of a program are expressions, and inference, the checker and lowering walk over all.
#[derive(Clone, Debug)]
pub struct Expr {
    pub id: ExprId,
    /// The first and the last offset of the place of failure, in the file of the span.
    at: (u32, u32),
    pub kind: ExprKind,
    /// The whole expression.
    pub span: Span,
}

impl Expr {
    pub fn new(id: ExprId, kind: ExprKind, at: Span, span: Span) -> Expr {
        assert_eq!(at.file, span.file, "an expression fails where it is written");
        Expr { id, at: (at.start, at.end), kind, span }
    }

    /// Whether it has no parts and cannot fail, as most.
    #[inline]
    pub fn is_leaf(&self) -> bool {
        matches!(self.kind, ExprKind::Lit(_) | ExprKind::Local(_) | ExprKind::Fn(_) | ExprKind::Lambda(_))
    }

    /// Where a failure of this expression is reported: the operator, `[`, `as`, the called name; else its start.
    pub fn at(&self) -> Span {
        Span::new(self.span.file, self.at.0, self.at.1)
    }
}

#[derive(Clone, PartialEq, Debug)]
pub enum Lit {
    Int(i64),
    Float(f64),
    Str(Box<str>),
    Bool(bool),
    None,
}

/// Four words.
#[derive(Clone, Debug)]
pub enum ExprKind {
    Lit(Lit),
    Local(LocalId),
    /// A function as a value; a closure if it captures.
    Fn(FnId),
    /// A lambda, written here.
    Lambda(FnId),
    List(Box<[Expr]>),
    /// A map literal whose keys are all constant strings, no two equal, at least one.
    Record(Box<[(Symbol, Expr)]>),
    Map(Box<[(Expr, Expr)]>),
    /// Fields by index of the declaration, in the order written. Fields left out are `none`.
    Struct {
        data: DataId,
        fields: Box<[(usize, Expr)]>,
    },
    /// The same for a variant of a union.
    Variant {
        data: DataId,
        variant: usize,
        fields: Box<[(usize, Expr)]>,
    },
    /// Calls a function value; fewer arguments than parameters give a partial application.
    Call {
        callee: Box<Expr>,
        args: Box<[Expr]>,
    },
    /// Calls a known function with as many arguments as it has parameters, or fewer (partial application).
    CallFn {
        func: FnId,
        args: Box<[Expr]>,
    },
    CallBuiltin {
        builtin: Builtin,
        args: Box<[Expr]>,
    },
    /// `object.name(args)`: a method of the object's type, a builtin method, or a function held by a field.
    CallMethod {
        object: Box<Expr>,
        name: Symbol,
        args: Box<[Expr]>,
    },
    Field {
        object: Box<Expr>,
        name: Symbol,
        optional: bool,
    },
    Index {
        object: Box<Expr>,
        index: Box<Expr>,
        optional: bool,
    },
    Slice {
        object: Box<Expr>,
        from: Option<Box<Expr>>,
        to: Option<Box<Expr>>,
    },
    Cast {
        value: Box<Expr>,
        ty: Box<TypeRef>,
    },
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    /// Every binary operator; `&& || ??` evaluate the right operand only where needed.
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    If {
        branches: Box<[(Expr, Expr)]>,
        otherwise: Option<Box<Expr>>,
    },
    Match {
        subject: Box<Expr>,
        arms: Box<[Arm]>,
    },
    Query(Box<Query>),
    /// `query p(x, "a")`: one term per column.
    Logic {
        relation: u32,
        terms: Box<[LogicTerm]>,
    },
    Load(Box<Load>),
    Save(Box<Save>),
    Fetch {
        url: Box<Expr>,
        options: Option<Box<Expr>>,
    },
    /// Reported already.
    Error,
}

#[derive(Clone, Debug)]
pub struct Arm {
    pub pattern: Pattern,
    pub body: ArmBody,
}

#[derive(Clone, Debug)]
pub enum ArmBody {
    Expr(Expr),
    /// Yields `none`.
    Block(Vec<Stmt>),
}

#[derive(Clone, Debug)]
pub enum Pattern {
    Wildcard,
    Lit(Lit, Span),
    Bind(LocalId),
    Variant { data: DataId, variant: usize, args: Vec<Pattern>, span: Span },
}

/// `from ... select ...`
#[derive(Clone, Debug)]
pub struct Query {
    /// Sources in order; a join has a kind and a condition.
    pub sources: Vec<Source>,
    pub filter: Option<Expr>,
    pub group: Option<Group>,
    pub sort: Option<Expr>,
    pub skip: Option<Expr>,
    pub take: Option<Expr>,
    pub distinct: bool,
    /// `select sum(e)` and its like, which make the whole query the aggregate over the values of `select`; and where its
    /// name stands.
    pub aggregate: Option<(Builtin, Span)>,
    pub select: Expr,
}

#[derive(Clone, Debug)]
pub struct Source {
    pub local: LocalId,
    pub values: Expr,
    pub join: Option<(JoinKind, Expr)>,
}

#[derive(Clone, Debug)]
pub struct Group {
    /// Each key with the name of its last field, `k1`, `k2`, ... where it has none.
    pub keys: Vec<(Symbol, Expr)>,
    pub local: LocalId,
    pub having: Option<Expr>,
}

#[derive(Clone, Debug)]
pub struct Load {
    pub path: Option<Box<str>>,
    pub ty: TypeRef,
    pub options: Option<Expr>,
}

#[derive(Clone, Debug)]
pub struct Save {
    pub value: Expr,
    pub path: Option<Box<str>>,
    pub options: Option<Expr>,
}

#[derive(Clone, Debug)]
pub struct Stream {
    pub name: Symbol,
    /// The struct of its events.
    pub event: DataId,
}

#[derive(Clone, Debug)]
pub struct Relation {
    pub name: Symbol,
    pub arity: usize,
    pub facts: Vec<Vec<LogicTerm>>,
    pub rules: Vec<LogicRule>,
}

#[derive(Clone, Debug)]
pub struct LogicRule {
    pub head: Vec<LogicTerm>,
    pub body: Vec<LogicCond>,
}

#[derive(Clone, Debug)]
pub enum LogicCond {
    Holds { relation: u32, terms: Vec<LogicTerm> },
    Differ(Symbol, Symbol),
}

#[derive(Clone, PartialEq, Debug)]
pub enum LogicTerm {
    Var(Symbol),
    Str(Box<str>),
    Int(i64),
}
