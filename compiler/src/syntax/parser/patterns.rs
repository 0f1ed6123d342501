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
        self.case_word();
        let subject = match self.at(TokenKind::Else) {
            true => self.else_arm(),
            false => self.pattern_expr()?,
        };
        let place = subject.span;
        let pattern = self.pattern(subject);
        self.arm_sign()?;
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

    /// `case` before a pattern, on its line.
    fn case_word(&mut self) {
        let span = self.span();
        let next = self.token_at(1);
        let is_pattern = matches!(next.kind, TokenKind::Name(_) | TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::Str(_))
            || matches!(next.kind, TokenKind::True | TokenKind::False | TokenKind::None);
        if !matches!(self.kind(), TokenKind::Name(_)) || span.of(self.text) != "case" || !is_pattern || next.starts_line {
            return;
        }
        let blank = Span { end: next.span.start, ..span };
        let diagnostic =
            super::foreign::no_word("case", span).help("an arm is written `pattern => result`").fix("remove the word", blank, "");
        self.report(diagnostic);
        self.bump();
    }

    /// `else => ...`
    #[inline(never)]
    fn else_arm(&mut self) -> Expr {
        let span = self.bump().span;
        let diagnostic = Diagnostic::error(Code::P999, span, "a `match` has no `else`")
            .label("not a pattern")
            .help("the arm for all other values is `_ => ...`")
            .fix("write `_`", span, "_");
        self.report(diagnostic);
        self.expr_node(ExprKind::Name(sym::UNDERSCORE), span)
    }

    /// `=>`, or, reported, the `->` and `:` of other languages.
    #[inline(never)]
    fn arm_sign(&mut self) -> Parse<()> {
        if self.eat(TokenKind::Arrow).is_some() {
            return Ok(());
        }
        let span = self.span();
        let arrow = self.at(TokenKind::Minus) && self.peek(1) == TokenKind::Greater;
        if !arrow && !self.at(TokenKind::Colon) || self.token().starts_line {
            return Err(self.expected(Code::P999, "`=>`"));
        }
        let sign = if arrow { span.to(self.tokens[self.pos + 1].span) } else { span };
        let message = format!("expected `=>`, found `{}`", sign.of(self.text));
        let diagnostic = Diagnostic::error(Code::P999, sign, message)
            .label("`=>` must come here")
            .help("an arm is written `pattern => result`")
            .fix("write `=>`", sign, if arrow { "=>" } else { " =>" });
        self.report(diagnostic);
        self.pos += if arrow { 2 } else { 1 };
        Ok(())
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
