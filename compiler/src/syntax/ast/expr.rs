//! Expressions, patterns and types.

use super::{Binder, Block, ExprId, Field, FieldInit, Ident, Pred, Signature, StrLit};
use crate::source::Span;
use crate::syntax::symbol::Symbol;

#[derive(Clone, Debug)]
pub struct Expr {
    pub id: ExprId,
    pub kind: ExprKind,
    pub span: Span,
}

/// Three words: most of a tree are expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    Lit(Lit),
    Name(Symbol),
    /// `[a, b]`
    List(Box<[Expr]>),
    /// `{k: v}`
    Map(Box<[MapEntry]>),
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
    Variant {
        name: Ident,
        args: Vec<Pattern>,
    },
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
    Generic {
        name: Ident,
        args: Vec<TypeExpr>,
    },
    /// `fun(int): bool`
    Fun {
        params: Vec<TypeExpr>,
        ret: Option<Box<TypeExpr>>,
    },
    /// `{x: int}`
    Record(Vec<Field>),
    /// `T?`
    Optional(Box<TypeExpr>),
    Error,
}
