//! The text form of a syntax tree, as `mochi dump --ast` prints it: S-expressions.
//!
//! Places and ids are left out, so two texts that mean the same have the same form; the formatter is tested by that.
//! The output depends on nothing but the tree.

mod sexpr;
mod stmt;

use super::ast::*;
use super::symbol::{Names, Symbol};
use sexpr::Sexpr;

/// The text form of a program, with a newline at the end.
pub fn dump(program: &Program, names: &Names) -> String {
    Dumper { names }.program(program).print()
}

/// The text form of an expression, with a newline at the end.
pub fn dump_expr(expr: &Expr, names: &Names) -> String {
    Dumper { names }.expr(expr).print()
}

struct Dumper<'a> {
    names: &'a Names,
}

impl Dumper<'_> {
    fn name(&self, symbol: Symbol) -> Sexpr {
        let text = self.names.text(symbol);
        Sexpr::atom(if text.is_empty() { "<missing>" } else { text })
    }

    fn exprs<'a>(&self, head: &str, exprs: impl IntoIterator<Item = &'a Expr>) -> Sexpr {
        Sexpr::list(head, exprs.into_iter().map(|expr| self.expr(expr)))
    }

    fn optional(&self, head: &str, expr: &Option<Expr>) -> Option<Sexpr> {
        expr.as_ref().map(|expr| self.exprs(head, [expr]))
    }

    fn expr(&self, expr: &Expr) -> Sexpr {
        match &expr.kind {
            ExprKind::Call(call) => self.exprs("call", std::iter::once(&call.callee).chain(&call.args)),
            ExprKind::Index(index) => self.exprs(if index.optional { "index?" } else { "index" }, [&index.object, &index.index]),
            ExprKind::Field(field) => {
                let head = if field.optional { "field?" } else { "field" };
                Sexpr::list(head, [self.expr(&field.object), self.name(field.name.name)])
            }
            ExprKind::Cast(cast) => Sexpr::list("as", [self.expr(&cast.value), self.ty(&cast.ty)]),
            ExprKind::Unary(unary) => {
                let head = match unary.op {
                    UnaryOp::Neg => "neg",
                    UnaryOp::Not => "not",
                };
                self.exprs(head, [&unary.operand])
            }
            ExprKind::Binary(binary) => self.exprs(binary.op.text(), [&binary.left, &binary.right]),
            _ => self.form(expr),
        }
    }

    /// The forms that no chain is made of; apart, so that a chain does not take their stack as well.
    #[inline(never)]
    fn form(&self, expr: &Expr) -> Sexpr {
        match &expr.kind {
            ExprKind::Lit(lit) => literal(lit),
            ExprKind::Name(name) => self.name(*name),
            ExprKind::List(items) => self.exprs("list", items),
            ExprKind::Map(entries) => Sexpr::list("map", entries.iter().map(|entry| self.entry(entry))),
            ExprKind::Struct(literal) => self.field_inits("struct", &literal.name, &literal.fields),
            ExprKind::Slice(slice) => {
                let parts = [&slice.from, &slice.to, &slice.step];
                let parts = parts.map(|part| part.as_ref().map_or(Sexpr::atom("-"), |part| self.expr(part)));
                Sexpr::list("slice", std::iter::once(self.expr(&slice.object)).chain(parts))
            }
            ExprKind::If(expr) => {
                let branches = expr.branches.iter().map(|branch| self.exprs("when", [&branch.cond, &branch.value]));
                Sexpr::list("if", branches.chain(self.optional("else", &expr.otherwise)))
            }
            ExprKind::Match(expr) => {
                let arms = expr.arms.iter().map(|arm| Sexpr::list("arm", [self.pattern(&arm.pattern), self.body(&arm.body)]));
                Sexpr::list("match", std::iter::once(self.expr(&expr.subject)).chain(arms))
            }
            ExprKind::Fun(lambda) => Sexpr::list("fun", self.signature(&lambda.sig).into_iter().chain([self.body(&lambda.body)])),
            ExprKind::Query(query) => self.query(query),
            ExprKind::Logic(pred) => Sexpr::list("query", [self.pred(pred)]),
            ExprKind::Generate(generate) => self.field_inits("generate", &generate.target, &generate.fields),
            ExprKind::Fetch(fetch) => {
                Sexpr::list("fetch", [self.expr(&fetch.url)].into_iter().chain(self.optional("with", &fetch.options)))
            }
            ExprKind::Load(load) => {
                let path = load.path.as_ref().map(|path| quoted(&path.value));
                Sexpr::list("load", path.into_iter().chain([self.ty(&load.ty)]).chain(self.optional("with", &load.options)))
            }
            ExprKind::Save(save) => {
                let path = save.path.as_ref().map(|path| Sexpr::list("to", [quoted(&path.value)]));
                let parts = [self.expr(&save.value)].into_iter().chain(path);
                Sexpr::list("save", parts.chain(self.optional("with", &save.options)))
            }
            ExprKind::Paren(inner) => self.exprs("paren", [&**inner]),
            ExprKind::Error => Sexpr::atom("<error>"),
            ExprKind::Call(_) | ExprKind::Index(_) | ExprKind::Field(_) => self.expr(expr),
            ExprKind::Cast(_) | ExprKind::Unary(_) | ExprKind::Binary(_) => self.expr(expr),
        }
    }

    fn entry(&self, entry: &MapEntry) -> Sexpr {
        let key = match &entry.key {
            // The word stands for its text.
            MapKey::Name(name) => quoted(self.names.text(name.name)),
            MapKey::Expr(key) => self.expr(key),
        };
        Sexpr::list(":", [key, self.expr(&entry.value)])
    }

    fn field_inits(&self, head: &str, name: &Ident, fields: &[FieldInit]) -> Sexpr {
        let fields = fields.iter().map(|field| Sexpr::list(":", [self.name(field.name.name), self.expr(&field.value)]));
        Sexpr::list(head, std::iter::once(self.name(name.name)).chain(fields))
    }

    fn pattern(&self, pattern: &Pattern) -> Sexpr {
        match &pattern.kind {
            PatternKind::Wildcard => Sexpr::atom("_"),
            PatternKind::Lit(lit) => literal(lit),
            PatternKind::Name(binder) => self.name(binder.name),
            PatternKind::Variant { name, args } => {
                let args = args.iter().map(|arg| self.pattern(arg));
                Sexpr::list("variant", std::iter::once(self.name(name.name)).chain(args))
            }
            PatternKind::Paren(inner) => Sexpr::list("paren", [self.pattern(inner)]),
            PatternKind::Error => Sexpr::atom("<error>"),
        }
    }

    fn body(&self, body: &Body) -> Sexpr {
        match body {
            Body::Expr(expr) => self.expr(expr),
            Body::Block(block) => self.block("block", block),
        }
    }

    fn query(&self, query: &Query) -> Sexpr {
        let source = |head: &str, source: &Source, cond: Option<&Expr>| {
            let parts = [self.name(source.name.name), self.expr(&source.values)];
            Sexpr::list(head, parts.into_iter().chain(cond.map(|cond| self.expr(cond))))
        };
        let mut clauses: Vec<Sexpr> = query.sources.iter().map(|s| source("from", s, None)).collect();
        for join in &query.joins {
            let head = match join.kind {
                JoinKind::Inner => "join",
                JoinKind::Left => "left-join",
                JoinKind::Right => "right-join",
                JoinKind::Outer => "outer-join",
            };
            clauses.push(source(head, &join.source, Some(&join.cond)));
        }
        clauses.extend(self.optional("where", &query.filter));
        if let Some(group) = &query.group {
            let keys = self.exprs("by", &group.keys);
            let parts = [self.name(group.name.name), keys];
            clauses.push(Sexpr::list("group", parts.into_iter().chain(self.optional("having", &group.having))));
        }
        clauses.extend(self.optional("sort", &query.sort));
        clauses.extend(self.optional("skip", &query.skip));
        clauses.extend(self.optional("take", &query.take));
        clauses.push(self.exprs(if query.distinct { "select-distinct" } else { "select" }, [&query.select]));
        Sexpr::list("from-query", clauses)
    }

    fn ty(&self, ty: &TypeExpr) -> Sexpr {
        match &ty.kind {
            TypeExprKind::Name(name) => self.name(*name),
            TypeExprKind::Generic { name, args } => {
                Sexpr::list("type", std::iter::once(self.name(name.name)).chain(args.iter().map(|arg| self.ty(arg))))
            }
            TypeExprKind::Fun { params, ret } => {
                let params = Sexpr::list("params", params.iter().map(|param| self.ty(param)));
                Sexpr::list("fun-type", [params].into_iter().chain(ret.iter().map(|ret| self.ty(ret))))
            }
            TypeExprKind::Record(fields) => Sexpr::list("record", fields.iter().map(|field| self.field(field))),
            TypeExprKind::Optional(inner) => Sexpr::list("optional", [self.ty(inner)]),
            TypeExprKind::Error => Sexpr::atom("<error>"),
        }
    }
}

fn quoted(text: &str) -> Sexpr {
    Sexpr::atom(format!("{text:?}"))
}

fn literal(lit: &Lit) -> Sexpr {
    match lit {
        Lit::Int(value) => Sexpr::atom(value.to_string()),
        Lit::Float(value) => Sexpr::atom(format!("{value:?}")),
        Lit::Str(text) => quoted(text),
        Lit::Bool(value) => Sexpr::atom(value.to_string()),
        Lit::None => Sexpr::atom("none"),
    }
}
