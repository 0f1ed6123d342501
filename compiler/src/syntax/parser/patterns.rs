//! The arms of a `match` and their patterns.
//!
//! A pattern is read as an expression and then judged, so that `x + 1 =>` gets a message about patterns and not
//! about a missing `=>`.

use super::{Parse, Parser, Reported};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::symbol::sym;
use crate::syntax::token::TokenKind;

impl Parser<'_> {
    /// The arms up to and including the closing brace.
    #[inline(never)]
    pub(super) fn arms(&mut self, open: Span) -> Parse<Vec<Arm>> {
        let mut arms = Vec::new();
        loop {
            if self.eat(TokenKind::CloseBrace).is_some() {
                return Ok(arms);
            }
            if self.at_end() {
                return Err(self.close(TokenKind::CloseBrace, open, "`}`").err().unwrap_or(Reported));
            }
            arms.extend(self.arm()?);
            if let Some(comma) = self.eat(TokenKind::Comma) {
                let diagnostic = Diagnostic::error(Code::P999, comma, "match arms are not separated by commas")
                    .label("remove this")
                    .help("write one arm after the other")
                    .fix("remove the comma", comma, "");
                self.report(diagnostic);
            }
        }
    }

    /// An arm; none where it has no result, which was reported.
    #[inline(never)]
    fn arm(&mut self) -> Parse<Option<Arm>> {
        let subject = self.pattern_expr()?;
        let place = subject.span;
        let pattern = self.pattern(subject);
        self.expect(TokenKind::Arrow)?;
        let body = match self.kind() {
            TokenKind::CloseBrace => {
                let diagnostic = Diagnostic::error(Code::P061, place, "this match arm has no result")
                    .label("nothing follows its `=>`")
                    .help("write an expression after `=>`, or statements in braces");
                self.report(diagnostic);
                return Ok(None);
            }
            TokenKind::OpenBrace if !self.starts_map() => Body::Block(self.block()?),
            _ => Body::Expr(self.expr()?),
        };
        Ok(Some(Arm { pattern, body }))
    }

    #[inline(never)]
    fn pattern(&mut self, expr: Expr) -> Pattern {
        let span = expr.span;
        let kind = match expr.kind {
            ExprKind::Lit(lit) => PatternKind::Lit(lit),
            ExprKind::Name(sym::UNDERSCORE) => PatternKind::Wildcard,
            ExprKind::Name(name) => PatternKind::Name(self.bind(Ident { name, span })),
            ExprKind::Paren(inner) => PatternKind::Paren(Box::new(self.pattern(*inner))),
            ExprKind::Call(call) if call.callee.as_name().is_some() => {
                let name = Ident { name: call.callee.as_name().unwrap_or(sym::MISSING), span: call.callee.span };
                let args = call.args.into_iter().map(|arg| self.pattern(arg)).collect();
                PatternKind::Variant { name, args }
            }
            ExprKind::Error => PatternKind::Error,
            kind => {
                self.not_a_pattern(span, &kind);
                PatternKind::Error
            }
        };
        Pattern { kind, span }
    }

    #[inline(never)]
    fn not_a_pattern(&mut self, span: Span, kind: &ExprKind) {
        let help = match kind {
            ExprKind::Unary(_) => "negative numbers are not patterns; compare with `if x == -1 { ... }`",
            ExprKind::Struct(_) => "name the fields by position: `Node(left, right) => ...`",
            ExprKind::Binary(_) => "conditions are not patterns; bind a name and use `if` in the result",
            _ => "a pattern is a literal, a name, `_`, or a variant with patterns: `Node(left, _)`",
        };
        let diagnostic = Diagnostic::error(Code::P063, span, "this is not a pattern").label("cannot be matched").help(help);
        self.report(diagnostic);
    }
}
