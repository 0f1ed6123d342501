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

use super::symbol::{Symbol, sym};
use crate::source::{FileId, Span};

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
}

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
    Type(TypeDecl),
    Extern(Extern),
    Fact(Pred),
    Rule(Rule),
    On(On),
    Emit(Emit),
    Let(Binding),
    Var(Binding),
    Assign(Assign),
    Fun(FunDecl),
    /// `return e?`
    Return(Option<Expr>),
    If(IfStmt),
    While(While),
    For(For),
    Break,
    Continue,
    FetchInto(FetchInto),
    Update(Update),
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
    Assign(Assign),
    On(On),
    /// `intent name(params): type { ... }`; never exported, without type parameters or effects.
    Intent(FunDecl),
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
    Method(FunDecl),
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
    pub ty: Option<TypeExpr>,
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

#[derive(Clone, Debug)]
pub struct Expr {
    pub id: ExprId,
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    Lit(Lit),
    Name(Symbol),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{k: v}`
    Map(Vec<MapEntry>),
    /// `Name { field: value }`
    Struct(Box<StructLit>),
    /// `callee(args)`; the place of an error is `callee.span`, or the field's where the callee is a field.
    Call(Box<Call>),
    /// `object[index]`, with `?` before the bracket `object?[index]`
    Index(Box<Index>),
    /// `object[from:to:step]`
    Slice(Box<Slice>),
    /// `object.name`, `object?.name`
    Field(Box<FieldAccess>),
    /// `value as type`
    Cast(Box<Cast>),
    Unary(Box<Unary>),
    Binary(Box<Binary>),
    If(Box<IfExpr>),
    Match(Box<Match>),
    /// `fun(params): type => body`
    Fun(Box<Lambda>),
    Query(Box<Query>),
    /// `query pred(args)`
    Logic(Box<Pred>),
    Generate(Box<Generate>),
    Fetch(Box<Fetch>),
    Load(Box<Load>),
    Save(Box<Save>),
    Paren(Box<Expr>),
    /// What could not be parsed.
    Error,
}

impl Expr {
    /// The expression inside any parentheses around it.
    pub fn peel(&self) -> &Expr {
        let mut expr = self;
        while let ExprKind::Paren(inner) = &expr.kind {
            expr = inner;
        }
        expr
    }

    /// The symbol, where the expression is nothing but a name.
    pub fn as_name(&self) -> Option<Symbol> {
        match self.kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Lit {
    /// Never negative: a literal has no sign.
    Int(i64),
    Float(f64),
    Str(Box<str>),
    Bool(bool),
    None,
}

#[derive(Clone, Debug)]
pub struct MapEntry {
    pub key: MapKey,
    pub value: Expr,
}

#[derive(Clone, Debug)]
pub enum MapKey {
    /// A bare identifier, which means the string of its name.
    Name(Ident),
    Expr(Expr),
}

#[derive(Clone, Debug)]
pub struct StructLit {
    pub name: Ident,
    pub fields: Vec<FieldInit>,
}

#[derive(Clone, Debug)]
pub struct Call {
    pub callee: Expr,
    pub args: Vec<Expr>,
    /// From `(` to `)`.
    pub parens: Span,
}

impl Call {
    /// The name that is called, the place of a failure: the field's name of `x.f()`, else the callee.
    pub fn name_span(&self) -> Span {
        match &self.callee.kind {
            ExprKind::Field(field) => field.name.span,
            _ => self.callee.span,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Index {
    pub object: Expr,
    /// The `[`, the place of a failure.
    pub bracket: Span,
    pub optional: bool,
    pub index: Expr,
}

#[derive(Clone, Debug)]
pub struct Slice {
    pub object: Expr,
    /// The `[`, the place of a failure.
    pub bracket: Span,
    pub from: Option<Expr>,
    pub to: Option<Expr>,
    /// Accepted and without a meaning.
    pub step: Option<Expr>,
}

#[derive(Clone, Debug)]
pub struct FieldAccess {
    pub object: Expr,
    pub optional: bool,
    pub name: Ident,
}

#[derive(Clone, Debug)]
pub struct Cast {
    pub value: Expr,
    /// The word `as`, the place of a failure.
    pub as_span: Span,
    pub ty: TypeExpr,
}

#[derive(Clone, Debug)]
pub struct Unary {
    pub op: UnaryOp,
    pub op_span: Span,
    pub operand: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Neg,
    Not,
}

#[derive(Clone, Debug)]
pub struct Binary {
    pub op: BinaryOp,
    pub op_span: Span,
    pub left: Expr,
    pub right: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Mul,
    Div,
    Rem,
    Add,
    Sub,
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
    In,
    And,
    Or,
    Coalesce,
    Union,
    UnionAll,
    Except,
    Intersect,
}

impl BinaryOp {
    pub fn text(self) -> &'static str {
        match self {
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Rem => "%",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::In => "in",
            BinaryOp::And => "&&",
            BinaryOp::Or => "||",
            BinaryOp::Coalesce => "??",
            BinaryOp::Union => "union",
            BinaryOp::UnionAll => "union all",
            BinaryOp::Except => "except",
            BinaryOp::Intersect => "intersect",
        }
    }

    /// How tightly it binds, from 1 (set operators) to 8 (`*`); all are left-associative.
    pub fn precedence(self) -> u8 {
        match self {
            BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => 8,
            BinaryOp::Add | BinaryOp::Sub => 7,
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => 6,
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::In => 5,
            BinaryOp::And => 4,
            BinaryOp::Or => 3,
            BinaryOp::Coalesce => 2,
            BinaryOp::Union | BinaryOp::UnionAll | BinaryOp::Except | BinaryOp::Intersect => 1,
        }
    }
}

/// An `if` that is a value; flat like [`IfStmt`]. Without `otherwise` the value is `none`.
#[derive(Clone, Debug)]
pub struct IfExpr {
    /// One or more, in order.
    pub branches: Vec<IfExprBranch>,
    pub otherwise: Option<Expr>,
}

#[derive(Clone, Debug)]
pub struct IfExprBranch {
    pub cond: Expr,
    pub value: Expr,
}

#[derive(Clone, Debug)]
pub struct Match {
    pub subject: Expr,
    pub arms: Vec<Arm>,
}

#[derive(Clone, Debug)]
pub struct Arm {
    pub pattern: Pattern,
    pub body: Body,
}

/// What a match arm or a function expression gives.
#[derive(Clone, Debug)]
pub enum Body {
    Expr(Expr),
    Block(Block),
}

#[derive(Clone, Debug)]
pub struct Pattern {
    pub kind: PatternKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum PatternKind {
    /// `_`
    Wildcard,
    Lit(Lit),
    /// A variant without arguments or a new variable; the types tell which.
    Name(Binder),
    /// `Name(p, ...)`
    Variant { name: Ident, args: Vec<Pattern> },
    /// `(p)`
    Paren(Box<Pattern>),
    Error,
}

#[derive(Clone, Debug)]
pub struct Lambda {
    pub sig: Signature,
    pub body: Body,
}

/// `from x in xs ... select e`, its clauses in the fixed order of the grammar.
#[derive(Clone, Debug)]
pub struct Query {
    /// One or more.
    pub sources: Vec<Source>,
    pub joins: Vec<Join>,
    pub filter: Option<Expr>,
    pub group: Option<Group>,
    pub sort: Option<Expr>,
    pub skip: Option<Expr>,
    pub take: Option<Expr>,
    /// The word `select`.
    pub select_span: Span,
    pub distinct: bool,
    pub select: Expr,
}

/// `from x in xs`
#[derive(Clone, Debug)]
pub struct Source {
    pub name: Binder,
    pub in_span: Span,
    pub values: Expr,
}

/// `left join y in ys on cond`
#[derive(Clone, Debug)]
pub struct Join {
    pub kind: JoinKind,
    pub source: Source,
    pub cond: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Outer,
}

/// `group by k, ... into g having cond`
#[derive(Clone, Debug)]
pub struct Group {
    /// One or more.
    pub keys: Vec<Expr>,
    pub name: Binder,
    pub having: Option<Expr>,
}

/// `generate Target { field: value }`; the target is `text`, `embedding` or a type.
#[derive(Clone, Debug)]
pub struct Generate {
    pub keyword: Span,
    pub target: Ident,
    pub fields: Vec<FieldInit>,
}

/// `fetch url (with options)?`
#[derive(Clone, Debug)]
pub struct Fetch {
    pub keyword: Span,
    pub url: Expr,
    pub options: Option<Expr>,
}

/// `load "path"? as type (with options)?`
#[derive(Clone, Debug)]
pub struct Load {
    pub keyword: Span,
    pub path: Option<StrLit>,
    pub ty: TypeExpr,
    pub options: Option<Expr>,
}

/// `save value (to "path")? (with options)?`
#[derive(Clone, Debug)]
pub struct Save {
    pub keyword: Span,
    pub value: Expr,
    pub path: Option<StrLit>,
    pub options: Option<Expr>,
}

#[derive(Clone, Debug)]
pub struct TypeExpr {
    pub kind: TypeExprKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum TypeExprKind {
    Name(Symbol),
    /// `list<int>`
    Generic { name: Ident, args: Vec<TypeExpr> },
    /// `fun(int): bool`
    Fun { params: Vec<TypeExpr>, ret: Option<Box<TypeExpr>> },
    /// `{x: int}`
    Record(Vec<Field>),
    /// `T?`
    Optional(Box<TypeExpr>),
    Error,
}

impl Ident {
    pub fn is_missing(&self) -> bool {
        self.name == sym::MISSING
    }
}
