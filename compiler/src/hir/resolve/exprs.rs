//! Expressions but for names, calls, literals of types, and queries.

use super::Resolver;
use super::literals::lit;
use crate::diagnostic::Code;
use crate::hir::tree::{Arm, ArmBody, Expr, ExprKind, Load, Save};
use crate::source::Span;
use crate::syntax::ast::{self, Body};
use crate::syntax::symbol::sym;
use smallvec::{SmallVec, smallvec};

impl<'a> Resolver<'a> {
    pub fn expr(&mut self, expr: &'a ast::Expr) -> Expr {
        let span = expr.span;
        let (kind, at) = match &expr.kind {
            ast::ExprKind::Lit(value) => (ExprKind::Lit(lit(value)), span),
            ast::ExprKind::Name(name) => return self.name(*name, span),
            ast::ExprKind::List(items) => (ExprKind::List(self.exprs(items).into()), span),
            ast::ExprKind::Map(entries) => return self.map_literal(entries, span),
            ast::ExprKind::Struct(literal) => return self.struct_literal(literal, span),
            ast::ExprKind::Call(call) => return self.call(call, span),
            ast::ExprKind::Index(index) => {
                let object = Box::new(self.expr(&index.object));
                let position = Box::new(self.expr(&index.index));
                (ExprKind::Index { object, index: position, optional: index.optional }, index.bracket)
            }
            ast::ExprKind::Slice(slice) => {
                let object = Box::new(self.expr(&slice.object));
                let from = slice.from.as_ref().map(|from| Box::new(self.expr(from)));
                let to = slice.to.as_ref().map(|to| Box::new(self.expr(to)));
                (ExprKind::Slice { object, from, to }, slice.bracket)
            }
            ast::ExprKind::Field(field) => return self.field_access(field, span),
            ast::ExprKind::Cast(cast) => {
                let value = Box::new(self.expr(&cast.value));
                (ExprKind::Cast { value, ty: Box::new(self.type_ref(&cast.ty)) }, cast.as_span)
            }
            ast::ExprKind::Unary(unary) => {
                let operand = Box::new(self.expr(&unary.operand));
                (ExprKind::Unary { op: unary.op, operand }, unary.op_span)
            }
            ast::ExprKind::Binary(binary) => return self.binary(binary, span),
            ast::ExprKind::If(node) => {
                let branches = node.branches.iter().map(|branch| (self.expr(&branch.cond), self.expr(&branch.value))).collect();
                let otherwise = node.otherwise.as_ref().map(|value| Box::new(self.expr(value)));
                (ExprKind::If { branches, otherwise }, span)
            }
            ast::ExprKind::Match(node) => (self.match_expr(node), span),
            ast::ExprKind::Fun(lambda) => return self.lambda(lambda, span),
            ast::ExprKind::Query(query) => (self.query(query), span),
            ast::ExprKind::Logic(pred) => (self.logic_query(pred), span),
            ast::ExprKind::Generate(generate) => {
                self.generate(generate);
                self.unavailable(generate.keyword, "`generate`", "no model provider is built in; compute the value or read it from a file");
                (ExprKind::Error, span)
            }
            ast::ExprKind::Fetch(fetch) => {
                let url = Box::new(self.expr(&fetch.url));
                let options = fetch.options.as_ref().map(|options| Box::new(self.expr(options)));
                (ExprKind::Fetch { url, options }, fetch.keyword)
            }
            ast::ExprKind::Load(load) => {
                let ty = self.type_ref(&load.ty);
                let options = load.options.as_ref().map(|options| self.expr(options));
                let path = load.path.as_ref().map(|path| path.value.clone());
                (ExprKind::Load(Box::new(Load { path, ty, options })), load.keyword)
            }
            ast::ExprKind::Save(save) => {
                let value = self.expr(&save.value);
                let options = save.options.as_ref().map(|options| self.expr(options));
                let path = save.path.as_ref().map(|path| path.value.clone());
                (ExprKind::Save(Box::new(Save { value, path, options })), save.keyword)
            }
            ast::ExprKind::Paren(inner) => return self.expr(inner),
            ast::ExprKind::Error => (ExprKind::Error, span),
        };
        self.make_at(kind, at, span)
    }

    /// What can be said of a `generate` although it cannot be compiled.
    fn generate(&mut self, generate: &'a ast::Generate) {
        let target = generate.target.name;
        if !matches!(target, sym::TEXT | sym::EMBEDDING | sym::MISSING) && self.struct_named(target).is_none() {
            let text = self.text(target).to_owned();
            self.error(
                Code::T025,
                generate.target.span,
                format!("unknown type `{text}`"),
                "no type of this name is declared",
                "write `text`, `embedding` or a struct",
            );
        }
        for field in &generate.fields {
            let is_wrong = matches!(&field.value.peel().kind, ast::ExprKind::Lit(lit) if !matches!(lit, ast::Lit::Str(_)));
            if self.text(field.name.name) == "prompt" && is_wrong {
                let message = "type mismatch: expected string".to_owned();
                self.error(Code::T008, field.value.span, message, "the prompt is not a string", "write the prompt as text");
            }
            self.expr(&field.value);
        }
    }

    pub fn exprs(&mut self, exprs: &'a [ast::Expr]) -> Vec<Expr> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    /// A chain of operators leans to the left and may be thousands long, so it is walked, not recursed into.
    fn binary(&mut self, outer: &'a ast::Binary, span: Span) -> Expr {
        let mut chain: SmallVec<[(&'a ast::Binary, Span); 4]> = smallvec![(outer, span)];
        while let ast::ExprKind::Binary(inner) = &chain[chain.len() - 1].0.left.kind {
            let span = chain[chain.len() - 1].0.left.span;
            chain.push((inner, span));
        }
        let mut left = self.expr(&chain[chain.len() - 1].0.left);
        for (node, span) in chain.into_iter().rev() {
            let right = Box::new(self.expr(&node.right));
            left = self.make_at(ExprKind::Binary { op: node.op, left: Box::new(left), right }, node.op_span, span);
        }
        left
    }

    fn match_expr(&mut self, node: &'a ast::Match) -> ExprKind {
        let subject = Box::new(self.expr(&node.subject));
        let mut arms = Vec::with_capacity(node.arms.len());
        for arm in &node.arms {
            self.scopes.push();
            let pattern = self.pattern(&arm.pattern);
            let body = match &arm.body {
                Body::Expr(expr) => ArmBody::Expr(self.expr(expr)),
                Body::Block(block) => ArmBody::Block(self.block(&block.stmts)),
            };
            self.scopes.pop();
            arms.push(Arm { pattern, body });
        }
        ExprKind::Match { subject, arms: arms.into() }
    }
}
