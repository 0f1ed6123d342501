//! The syntax tree: what was written, with the place of everything that can fail.
//!
//! - Every expression has an [`ExprId`] and every place that introduces a variable or a function has a
//!   [`BinderId`]. Both are dense over all files parsed with one [`Ids`], prelude included, so that later
//!   phases keep facts in plain vectors. A few numbers stay unused where the parser turned one node into another.
//! - Parentheses stay ([`ExprKind::Paren`]), since they matter to the formatter, to map keys and to
//!   assignment; [`Expr::peel`] looks through them.
//! - Trees are at most [`super::limits::DEPTH`] levels deep, and [`super::limits::CHAIN`] along a chain of operators or of
//!   postfix forms, so plain recursion over a tree is safe.
//! - `Error` variants stand where the text could not be parsed; a diagnostic was given then.
//! - Nothing is resolved here: a `Name` may be a variable, a function, a variant or a package.

mod expr;

use super::symbol::{Symbol, sym};
use crate::source::{FileId, Span};
pub use expr::*;

/// An expression, dense over a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// A place that introduces a name for a value, dense over a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BinderId(pub u32);

/// Where the next ids come from. Pass the same one to every parse of a compilation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    pub exprs: u32,
    pub binders: u32,
}

impl Ids {
    pub fn expr(&mut self) -> ExprId {
        self.exprs += 1;
        ExprId(self.exprs - 1)
    }

    pub fn binder(&mut self) -> BinderId {
        self.binders += 1;
        BinderId(self.binders - 1)
    }
}

/// A name in its place. A name that is missing from the text is `sym::MISSING`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ident {
    pub name: Symbol,
    pub span: Span,
}

impl Ident {
    pub fn is_missing(&self) -> bool {
        self.name == sym::MISSING
    }
}

/// A name that is introduced here: variable, parameter, loop or query variable, function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binder {
    pub id: BinderId,
    pub name: Symbol,
    pub span: Span,
}

/// A string literal: its value after the escapes, and its place with the quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrLit {
    pub value: Box<str>,
    pub span: Span,
}

/// One file.
#[derive(Clone, Debug)]
pub struct Program {
    pub file: FileId,
    pub package: Option<Ident>,
    pub stmts: Vec<Stmt>,
    /// Nested ones too.
    pub imports: Vec<Import>,
    /// What was skipped after mistakes: names that are declared there are not known.
    pub broken: Vec<Span>,
    /// The whole text.
    pub span: Span,
}

/// Statements in braces; the span includes the braces.
#[derive(Clone, Debug)]
pub struct Block {
    pub stmts: Vec<Stmt>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
    /// Whether an expression in it declares something or has a block, so that `checks` looks at them.
    pub declares: bool,
}

/// Large kinds are boxed, so that a list of statements takes less memory.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `test "name" { ... }`
    Test(NamedBlock),
    /// `bench "name" { ... }`
    Bench(NamedBlock),
    Expect(Expect),
    Agent(Agent),
    Stream(Stream),
    Model(Model),
    Import(Import),
    Type(Box<TypeDecl>),
    Extern(Box<Extern>),
    Fact(Pred),
    Rule(Rule),
    On(On),
    Emit(Emit),
    Let(Binding),
    Var(Binding),
    Assign(Box<Assign>),
    Fun(Box<FunDecl>),
    /// `return e?`
    Return(Option<Expr>),
    If(IfStmt),
    While(While),
    For(Box<For>),
    Break,
    Continue,
    FetchInto(Box<FetchInto>),
    Update(Box<Update>),
    Expr(Expr),
    /// What could not be parsed.
    Error,
}

/// The body of `test` and `bench`.
#[derive(Clone, Debug)]
pub struct NamedBlock {
    pub name: StrLit,
    pub body: Block,
}

/// `expect cond`
#[derive(Clone, Debug)]
pub struct Expect {
    /// The word `expect`, the place of its failure.
    pub keyword: Span,
    pub cond: Expr,
}

/// `agent Name { ... }`
#[derive(Clone, Debug)]
pub struct Agent {
    pub name: Ident,
    pub members: Vec<AgentMember>,
}

#[derive(Clone, Debug)]
pub enum AgentMember {
    Let(Binding),
    Var(Binding),
    Assign(Box<Assign>),
    On(On),
    /// `intent name(params): type { ... }`; never exported, without type parameters or effects.
    Intent(Box<FunDecl>),
}

/// `stream Name { field: type ... }`
#[derive(Clone, Debug)]
pub struct Stream {
    pub name: Ident,
    pub fields: Vec<Field>,
}

/// `name: type` in a struct, a variant, a stream or a record type.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: Ident,
    pub ty: TypeExpr,
}

/// `model name { key: value ... }`
#[derive(Clone, Debug)]
pub struct Model {
    pub name: Ident,
    pub fields: Vec<FieldInit>,
}

/// `name: value` in a struct literal, `emit`, `generate` or `model`.
#[derive(Clone, Debug)]
pub struct FieldInit {
    pub name: Ident,
    pub value: Expr,
}

/// `import lang? "path" (as alias)? auto?`
#[derive(Clone, Debug)]
pub struct Import {
    /// The foreign language, one that exists; a Mochi package has none.
    pub lang: Option<Ident>,
    pub path: StrLit,
    pub alias: Option<Ident>,
    pub auto: bool,
}

/// `type Name<T> ...`; type parameters are of the prelude dialect.
#[derive(Clone, Debug)]
pub struct TypeDecl {
    pub name: Ident,
    pub type_params: Vec<Ident>,
    pub kind: TypeDeclKind,
}

#[derive(Clone, Debug)]
pub enum TypeDeclKind {
    /// `type P { x: int }` and `type P = { x: int }`
    Struct(Vec<Member>),
    /// Two variants or more, or one with fields.
    Union(Vec<Variant>),
    /// `type Name = other`
    Alias(TypeExpr),
}

#[derive(Clone, Debug)]
pub enum Member {
    Field(Field),
    Method(Box<FunDecl>),
}

impl Member {
    pub fn method(&self) -> Option<&FunDecl> {
        match self {
            Member::Method(method) => Some(method),
            Member::Field(_) => None,
        }
    }
}

/// `Leaf`, `Node(left: Tree, value: int)` or `Node { left: Tree }`
#[derive(Clone, Debug)]
pub struct Variant {
    pub name: Ident,
    pub fields: Vec<Field>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Extern {
    /// `extern type Name`
    Type(Ident),
    /// `extern var a.b: type`
    Var(ExternVar),
    /// `extern let a.b: type`
    Let(ExternVar),
    Fun(ExternFun),
    /// `extern object Name`
    Object(Binder),
}

#[derive(Clone, Debug)]
pub struct ExternVar {
    /// The dotted name, one part or more.
    pub path: Vec<Ident>,
    /// Stands for the last part.
    pub binder: BinderId,
    pub ty: TypeExpr,
}

/// `extern fun a.b(params): type`, in the prelude dialect `extern fun f<T>(params): type = "op:name"`.
#[derive(Clone, Debug)]
pub struct ExternFun {
    /// The dotted name, one part or more.
    pub path: Vec<Ident>,
    /// Stands for the last part.
    pub binder: BinderId,
    pub sig: Signature,
    /// What a prelude function is bound to.
    pub target: Option<StrLit>,
}

/// `name(term, ...)`
#[derive(Clone, Debug)]
pub struct Pred {
    pub name: Ident,
    pub args: Vec<Term>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Term {
    pub kind: TermKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermKind {
    /// A logic variable.
    Var(Symbol),
    Str(Box<str>),
    Int(i64),
}

/// `rule head :- cond, ...`
#[derive(Clone, Debug)]
pub struct Rule {
    pub head: Pred,
    pub body: Vec<Cond>,
}

#[derive(Clone, Debug)]
pub enum Cond {
    Pred(Pred),
    /// `x != y`
    NotEqual(Ident, Ident),
}

/// `on Stream as event { ... }`
#[derive(Clone, Debug)]
pub struct On {
    pub stream: Ident,
    pub event: Binder,
    pub body: Block,
}

/// `emit Stream { field: value, ... }`
#[derive(Clone, Debug)]
pub struct Emit {
    pub stream: Ident,
    pub fields: Vec<FieldInit>,
}

/// What follows `let` and `var`.
#[derive(Clone, Debug)]
pub struct Binding {
    pub name: Binder,
    pub ty: Option<Box<TypeExpr>>,
    pub value: Option<Expr>,
}

/// `target = value`
#[derive(Clone, Debug)]
pub struct Assign {
    /// A `Name`, or a chain of `Index` and `Field` (never optional) that starts at a `Name`, without
    /// parentheses. Anything else was refused and is `Error`.
    pub target: Expr,
    pub eq_span: Span,
    pub value: Expr,
}

/// `fun name<T>(params): type ! effects { ... }`; also methods and intents.
#[derive(Clone, Debug)]
pub struct FunDecl {
    pub export: bool,
    pub name: Binder,
    pub sig: Signature,
    pub body: Block,
}

#[derive(Clone, Debug)]
pub struct Signature {
    pub type_params: Vec<Ident>,
    pub params: Vec<Param>,
    pub ret: Option<TypeExpr>,
    /// The words after `!`.
    pub effects: Vec<Ident>,
}

#[derive(Clone, Debug)]
pub struct Param {
    pub name: Binder,
    pub ty: Option<TypeExpr>,
}

/// `if c { } else if d { } else { }`, flat, since generated programs have hundreds of branches.
#[derive(Clone, Debug)]
pub struct IfStmt {
    /// One or more, in order.
    pub branches: Vec<IfBranch>,
    pub otherwise: Option<Block>,
}

#[derive(Clone, Debug)]
pub struct IfBranch {
    pub cond: Expr,
    pub body: Block,
}

#[derive(Clone, Debug)]
pub struct While {
    pub cond: Expr,
    pub body: Block,
}

/// `for x in iter { }` and `for x in from..to { }`
#[derive(Clone, Debug)]
pub struct For {
    pub name: Binder,
    pub in_span: Span,
    pub iter: Iterable,
    pub body: Block,
}

#[derive(Clone, Debug)]
pub enum Iterable {
    Values(Expr),
    Range { from: Expr, dots: Span, to: Expr },
}

/// `fetch url into name (with options)?`; introduces the name.
#[derive(Clone, Debug)]
pub struct FetchInto {
    /// The word `fetch`, the place of its failure.
    pub keyword: Span,
    pub url: Expr,
    pub name: Binder,
    pub options: Option<Expr>,
}

/// `update list set { field: value } (where cond)?`
#[derive(Clone, Debug)]
pub struct Update {
    pub target: Ident,
    /// The id of the target as an expression.
    pub target_id: ExprId,
    pub set: Vec<MapEntry>,
    pub cond: Option<Expr>,
}
