//! The heads of statements as other languages write them: signs of declarations, conditions, loops, and bodies without braces.
//!
//! Like `foreign.rs`: reported with the change that makes it right, then read as if it had been made.

use super::{Parse, Parser};
use crate::diagnostic::{Code, Diagnostic, Edit};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::token::TokenKind;

impl Parser<'_> {
    /// Between what is declared and its value: `let x == 1`, `let x: int := 1`, `let a, b = ...`, `let x: int | string`.
    #[inline(never)]
    pub(super) fn binding_sign(&mut self, typed: bool) -> Parse<()> {
        let token = self.token();
        if token.starts_line {
            return Ok(());
        }
        let adjacent = |p: &Self, kind| p.peek(1) == kind && p.tokens[p.pos + 1].span.start == token.span.end;
        let diagnostic = match token.kind {
            TokenKind::Comma => {
                let diagnostic = Diagnostic::error(Code::P999, token.span, "expected `=` or the next statement, found `,`")
                    .label("a declaration has one name")
                    .help("write a declaration for each name, on a line of its own");
                return Err(self.report(diagnostic));
            }
            TokenKind::Bar if typed => {
                let diagnostic = Diagnostic::error(Code::P999, token.span, "a type is not a choice of types")
                    .label("not part of a type")
                    .help(super::mistakes::UNION);
                return Err(self.report(diagnostic));
            }
            TokenKind::EqEq => Diagnostic::error(Code::P999, token.span, "expected `=`, found `==`")
                .label("compares")
                .help("a variable gets its value with one `=`")
                .fix("write `=`", token.span, "="),
            TokenKind::Colon if typed && adjacent(self, TokenKind::Eq) => {
                let sign = token.span.to(self.tokens[self.pos + 1].span);
                let diagnostic = Diagnostic::error(Code::P999, sign, "expected `=`, found `:=`")
                    .label("not a sign of a declaration")
                    .help("a variable gets its value with `=`")
                    .fix("write `=`", sign, "=");
                self.report(diagnostic);
                self.bump();
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.report(diagnostic);
        self.tokens[self.pos].kind = TokenKind::Eq;
        Ok(())
    }

    /// `if x = 1 {`: after a condition only its block can stand; `if {` has none.
    #[inline(never)]
    pub(super) fn condition(&mut self) -> Parse<Expr> {
        if let Some(missing) = self.missing_operand() {
            return Ok(missing);
        }
        let cond = self.header_expr()?;
        if !self.at(TokenKind::Eq) {
            return Ok(cond);
        }
        let span = self.span();
        let diagnostic = self.unexpected(Code::P001, "`{`").fix("compare with `==`", span, "==");
        self.report(diagnostic);
        self.bump();
        self.header_expr()
    }

    /// Whether the brace begins a map that is a condition, and not the block of a condition that is missing.
    fn is_map_in_condition(&self) -> bool {
        match self.peek(1) {
            TokenKind::CloseBrace => matches!(self.peek(2), TokenKind::OpenBrace | TokenKind::EqEq | TokenKind::NotEq),
            TokenKind::Name(_) | TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::Str(_) => self.peek(2) == TokenKind::Colon,
            TokenKind::True | TokenKind::False | TokenKind::None => self.peek(2) == TokenKind::Colon,
            next => next != TokenKind::End && !next.is_keyword(),
        }
    }

    /// Nothing between the word of a statement or of `match` and its block.
    #[inline(never)]
    pub(super) fn missing_operand(&mut self) -> Option<Expr> {
        if !self.at(TokenKind::OpenBrace) || self.is_map_in_condition() {
            return None;
        }
        let (word, place) = (self.last_span(), self.span());
        let after_else = self.pos >= 2 && self.tokens[self.pos - 2].kind == TokenKind::Else;
        let text = word.of(self.text);
        let diagnostic =
            Diagnostic::error(Code::P999, place, "expected a condition, found `{`").label(format!("nothing stands behind `{text}`"));
        let diagnostic = match text {
            "in" | "match" => Diagnostic { message: "expected a value, found `{`".to_owned(), ..diagnostic }.help(if text == "in" {
                "write what the values come from: `for x in xs { ... }`"
            } else {
                "write the value: `match x { ... }`"
            }),
            "while" => diagnostic.help("an endless loop is `while true { ... }`").fix("write `while true`", word, "while true"),
            _ if after_else => {
                let blank = Span { start: self.tokens[self.pos - 2].span.end, ..word };
                diagnostic.help("write the condition, or remove this `if`").fix("remove the `if`", blank, "")
            }
            _ => diagnostic.help(format!("write a condition: `{text} x > 0 {{ ... }}`")),
        };
        self.report(diagnostic);
        Some(self.expr_node(ExprKind::Error, place.at_start()))
    }

    /// `else x == 2 {`, after `else`: an operand on its line can only be a condition.
    #[inline(never)]
    pub(super) fn else_without_if(&mut self) -> bool {
        let operand = self.operand_on_line() || matches!(self.kind(), TokenKind::OpenParen | TokenKind::Bang);
        let in_line = self.tokens[self.pos..].iter().take_while(|token| !token.starts_line);
        let block = in_line.clone().any(|token| token.kind == TokenKind::OpenBrace);
        if !operand || !block {
            return false;
        }
        let place = self.span();
        let diagnostic =
            self.unexpected(Code::P001, "`{`").help("with a condition, write `else if`").fix("add `if`", place.at_start(), "if ");
        self.report(diagnostic);
        true
    }

    /// `in`, or, reported, the `of` and `=` of other languages and no word at all.
    #[inline(never)]
    pub(super) fn loop_in(&mut self) -> Parse<Span> {
        if self.at(TokenKind::In) {
            return Ok(self.bump().span);
        }
        let token = self.token();
        let head = || self.tokens[self.pos..].iter().take_while(|token| token.kind != TokenKind::OpenBrace && token.kind != TokenKind::End);
        let range = head().any(|token| token.kind == TokenKind::DotDot);
        let of = matches!(token.kind, TokenKind::Name(_)) && token.span.of(self.text) == "of";
        let operand = matches!(token.kind, TokenKind::OpenBracket | TokenKind::Int(_) | TokenKind::Str(_) | TokenKind::Name(_));
        let parts = token.kind == TokenKind::Eq && range;
        if token.starts_line || !of && !parts && !operand {
            return self.expect(TokenKind::In);
        }
        let diagnostic = self.unexpected(Code::P999, "`in`").help("write `for x in xs { ... }`, `for i in 0..n { ... }`");
        if of || parts {
            self.report(diagnostic.fix("write `in`", token.span, "in"));
            return Ok(self.bump().span);
        }
        self.report(diagnostic.fix("add `in`", token.span.at_start(), "in "));
        Ok(token.span.at_start())
    }

    /// `0 to n`, `0..<n`, `0...n`: made `0..n`, where the bounds mean the same.
    #[inline(never)]
    pub(super) fn range_sign(&mut self) {
        let token = self.token();
        if token.starts_line {
            return;
        }
        let word = token.span.of(self.text);
        if matches!(token.kind, TokenKind::Name(_)) && matches!(word, "to" | "until" | "upto") {
            let diagnostic = Diagnostic::error(Code::P999, token.span, format!("`{word}` is no sign of a range"))
                .label("taken as a name, which cannot stand here")
                .help("a range is written `a..b` and ends before `b`")
                .fix("write `..`", token.span, "..");
            self.report(diagnostic);
            self.tokens[self.pos].kind = TokenKind::DotDot;
            return;
        }
        let next = self.token_at(1);
        if token.kind == TokenKind::DotDot && matches!(next.kind, TokenKind::Less | TokenKind::Dot) && next.span.start == token.span.end {
            let sign = token.span.to(next.span);
            let diagnostic = Diagnostic::error(Code::P999, sign, format!("there is no `{}` in Mochi", sign.of(self.text)))
                .label("one sign too many")
                .help("a range is written `a..b` and ends before `b`")
                .fix("write `..`", sign, "..");
            self.report(diagnostic);
            self.bump();
            self.tokens[self.pos].kind = TokenKind::DotDot;
        }
    }

    /// `fun f(x: int): int = x + 1` and `=> x + 1`, at the sign: the result as the body.
    #[inline(never)]
    pub(super) fn body_by_sign(&mut self) -> Option<Parse<Block>> {
        let declares = matches!(self.tokens[self.stmt_start].kind, TokenKind::Fun | TokenKind::Export);
        if !declares || !matches!(self.kind(), TokenKind::Eq | TokenKind::Arrow) {
            return None;
        }
        let sign = self.bump().span;
        let value = match self.expr() {
            Ok(value) => value,
            Err(reported) => return Some(Err(reported)),
        };
        let edits =
            vec![Edit { span: sign, replacement: "{ return".to_owned() }, Edit { span: value.span.at_end(), replacement: " }".to_owned() }];
        let diagnostic = Diagnostic::error(Code::P001, sign, format!("expected `{{`, found `{}`", sign.of(self.text)))
            .label("a declared function has a block")
            .help("write `{ return ... }`")
            .fix_with("write a block", edits);
        self.report(diagnostic);
        let span = value.span;
        Some(Ok(Block { stmts: vec![Stmt { kind: StmtKind::Return(Some(value)), span, declares: true }], span }))
    }
}
