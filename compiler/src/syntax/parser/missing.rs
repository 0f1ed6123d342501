//! Openings that are missing: the `{` of a body, of a struct or of a map, the `from` of a query.
//!
//! What follows shows what was meant, so the missing part is reported where it belongs, and reading goes on as if it stood there:
//! neither the rest of the body nor the bracket that closes it is wrong.

use super::recover::Trailing;
use super::{Parse, Parser, Reported};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, StmtKind};
use crate::syntax::symbol::sym;
use crate::syntax::token::TokenKind;

impl Parser<'_> {
    /// Takes the brace that opens a body. Without one, deeper lines that follow or an entry show that the body begins here.
    #[inline(never)]
    pub(super) fn opening_brace(&mut self) -> Parse<Span> {
        if let Some(open) = self.eat(TokenKind::OpenBrace) {
            return Ok(open);
        }
        let token = self.token();
        let deeper = token.starts_line && self.column(token) > self.indentation(self.tokens[self.stmt_start]) && !token.kind.is_closer();
        let entry = self.name_at(0).is_some() && self.peek(1) == TokenKind::Colon;
        let place = self.last_span().at_end();
        let mut diagnostic = self.unexpected(Code::P001, "`{`").fix("add the brace", place, " {");
        diagnostic.help.get_or_insert_with(|| "add the missing `{`".to_owned());
        let reported = self.report(diagnostic);
        if deeper && self.pos > self.stmt_start || entry { Ok(place) } else { Err(reported) }
    }

    /// `x > 1 {`: whether a block begins behind an expression on its line, whose `if`, `while` or `fun` is missing or stands elsewhere.
    pub(super) fn is_block_without_head(&self) -> bool {
        use TokenKind::{CloseBrace, CloseBracket, CloseParen, Colon, False, Float, Int, Name, Str, True};
        let Some(before) = self.pos.checked_sub(1).map(|last| self.tokens[last]) else { return false };
        let value = matches!(before.kind, Name(_) | Int(_) | Float(_) | Str(_) | True | False | CloseParen | CloseBracket);
        // A struct literal whose fields are wrong.
        let value = value && !before.span.of(self.text).starts_with(char::is_uppercase);
        let is_map = self.peek(1) == CloseBrace || self.peek(2) == Colon;
        value && !self.token().starts_line && !is_map
    }

    /// Whether what begins with this brace are the arms of a `match` whose word is missing: an arrow belongs to the first of them.
    fn arms_follow(&self) -> bool {
        let mut depth = 0;
        let inside = self.tokens[self.pos + 1..].iter().enumerate();
        for (index, token) in inside {
            match token.kind {
                TokenKind::Arrow if depth == 0 => return true,
                TokenKind::End => return false,
                _ if depth == 0 && (token.kind.is_closer() || index > 0 && token.starts_line) => return false,
                kind if kind.is_closer() => depth -= 1,
                kind => depth += u32::from(kind.closer().is_some()),
            }
        }
        false
    }

    /// Reads such a block, and what follows it if that is `else`.
    #[inline(never)]
    pub(super) fn block_without_head(&mut self) -> Parse<StmtKind> {
        let open = self.span();
        if self.arms_follow() {
            let diagnostic = Diagnostic::error(Code::P999, open, "these arms belong to no `match`")
                .label("the statement before it has ended")
                .help("the word stands before the value that is compared: `match x { 1 => \"one\" _ => \"more\" }`");
            let reported = self.report(diagnostic);
            self.skip_balanced();
            return Err(reported);
        }
        let diagnostic = Diagnostic::error(Code::P999, open, "this block belongs to no statement")
            .label("the statement before it has ended")
            .help("begin the line with `if`, `while` or another word that takes a block; a map is written `{\"key\": value}`");
        self.report(diagnostic);
        let cond = self.expr_node(ExprKind::Error, open.at_start());
        self.branches(cond)
    }

    /// `= }` and `name: }`, where more braces are closed on the line than are open: the brace of an empty map.
    #[inline(never)]
    pub(super) fn map_without_brace(&mut self) -> Option<Expr> {
        let sign = self.pos.checked_sub(1).map(|last| self.tokens[last].kind);
        let value = matches!(sign, Some(TokenKind::Eq | TokenKind::Colon | TokenKind::OpenParen | TokenKind::Comma));
        if !value || self.token().starts_line || !self.closes_more_than_is_open() {
            return None;
        }
        let span = self.span();
        let diagnostic = Diagnostic::error(Code::P999, span, "expected an expression, found `}`")
            .label("its `{` is missing")
            .help("an empty map is `{}`")
            .fix("write `{}`", span, "{}");
        self.report(diagnostic);
        self.bump();
        if self.at(TokenKind::OpenBrace) && self.span().start == span.end {
            self.bump();
        }
        Some(self.expr_node(ExprKind::Map(Box::default()), span))
    }

    /// The value of a binding. A comma behind it shows that it is the first element of a list whose bracket is missing.
    pub(super) fn bound_value(&mut self, eq: Span) -> Parse<Expr> {
        let starts_line = self.token().starts_line;
        let start = self.span();
        let value = self.expr()?;
        if !self.at(TokenKind::Comma) {
            return Ok(value);
        }
        if self.name_at(1).is_some() && matches!(self.peek(2), TokenKind::Eq | TokenKind::Colon) {
            let diagnostic = Diagnostic::error(Code::P999, self.span(), "expected the next statement, found `,`")
                .label("a declaration has one name")
                .help("write a declaration for each name, on a line of its own");
            return Err(self.report(diagnostic));
        }
        let place = if starts_line { eq } else { start };
        let diagnostic = Diagnostic::error(Code::P999, place, "several values, but no `[` before the first")
            .label(if starts_line { "a list must begin after this" } else { "the first of them" })
            .note(self.span(), "more values follow this comma")
            .help("a list is written `[a, b]`")
            .fix("add the bracket", start.at_start(), "[");
        self.report(diagnostic);
        self.bump();
        let (more, _) = self.with_header(false, |p| p.list(start, TokenKind::CloseBracket, Trailing::Allowed, Self::expr))?;
        let items = std::iter::once(value).chain(more).collect();
        let span = self.span_from(start);
        Ok(self.expr_node(ExprKind::List(items), span))
    }

    /// How many braces are closed on the rest of the line that are not opened on it.
    pub(super) fn unmatched_braces_on_line(&self) -> usize {
        let (mut depth, mut unmatched) = (0usize, 0);
        for (index, token) in self.tokens[self.pos..].iter().enumerate() {
            match token.kind {
                _ if index > 0 && token.starts_line => break,
                TokenKind::OpenBrace => depth += 1,
                TokenKind::CloseBrace if depth > 0 => depth -= 1,
                TokenKind::CloseBrace => unmatched += 1,
                _ => {}
            }
        }
        unmatched
    }

    /// `Point x: 1, y: 2 }`, where more braces are closed on the line than are open: a name, an entry and such a brace are nothing else.
    pub(super) fn is_struct_without_brace(&self) -> bool {
        if self.name_at(1).is_none() || self.peek(2) != TokenKind::Colon {
            return false;
        }
        let field = self.tokens[self.pos + 1];
        if !field.starts_line {
            return self.closes_more_than_is_open();
        }
        // After `return Point` or `= Point` a deeper line with an entry is nothing else, either.
        let is_value = self.pos > 0 && matches!(self.tokens[self.pos - 1].kind, TokenKind::Return | TokenKind::Eq);
        is_value && self.column(field) > self.indentation(self.tokens[self.stmt_start])
    }

    /// Whether more braces are closed on the rest of the line than are open on it before.
    pub(super) fn closes_more_than_is_open(&self) -> bool {
        let line = self.tokens[..=self.pos].iter().rposition(|token| token.starts_line);
        let open = self.open_brackets(line.unwrap_or(0)).into_iter().filter(|&kind| kind == TokenKind::CloseBrace).count();
        self.unmatched_braces_on_line() > open
    }

    /// `name: value` on a line of its own in the middle of a statement, where an expression must stand.
    pub(super) fn is_entry_without_brace(&self) -> bool {
        self.pos > self.stmt_start
            && self.peek(1) == TokenKind::Colon
            && self.token().starts_line
            && !matches!(self.peek(2), TokenKind::Eq | TokenKind::Colon)
            && !is_before_bound(self.tokens[self.pos - 1].kind)
    }

    /// Whether a clause begins here that belongs to no query. A name before a name or a literal is nothing else; before a bracket it is
    /// a clause where the line is indented deeper than the one before it.
    pub(super) fn is_clause_without_query(&self) -> bool {
        let token = self.token();
        let TokenKind::Name(word) = token.kind else { return false };
        let joins = matches!(word, sym::LEFT | sym::RIGHT | sym::OUTER) && self.peek(1) == TokenKind::Name(sym::JOIN);
        // `from` begins a query, which may be a statement.
        if word == sym::FROM
            || !token.starts_line
            || self.pos == 0
            || !(sym::is_clause(word) || joins)
            || self.tokens[self.pos + 1].starts_line
        {
            return false;
        }
        let last = self.tokens[self.pos - 1];
        let deeper = last.kind != TokenKind::OpenBrace && self.indentation(last) < self.column(token);
        match self.peek(1) {
            TokenKind::Name(_) | TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::Str(_) | TokenKind::If | TokenKind::Bang => true,
            TokenKind::OpenParen => deeper && word == sym::WHERE,
            TokenKind::OpenBrace => deeper && word == sym::SELECT,
            _ => false,
        }
    }

    /// Reports it where `from` should have stood, and skips the clauses.
    #[inline(never)]
    pub(super) fn clauses_without_query(&mut self) -> Reported {
        let word = self.span().of(self.text);
        let last = self.tokens[self.pos - 1];
        let column = self.column(self.token());
        let diagnostic = Diagnostic::error(Code::P999, last.span, format!("`{word}` follows, but no query begins before it"))
            .label("this ends no `from x in xs`")
            .note(self.span(), "a clause of a query")
            .help("a query begins with `from`: `from x in xs where x > 1 select x`");
        let reported = self.report(diagnostic);
        while !self.at_end() && !self.at(TokenKind::CloseBrace) {
            self.skip_balanced();
            let token = self.token();
            let is_clause = matches!(token.kind, TokenKind::Name(word) if sym::is_clause(word));
            if token.starts_line && !is_clause && self.column(token) <= column {
                break;
            }
        }
        reported
    }
}

/// What the end of a range may stand behind, on whose next line its `:` is.
fn is_before_bound(kind: TokenKind) -> bool {
    use TokenKind::{Colon, Minus, OpenBracket, Percent, Plus, Slash, Star};
    matches!(kind, OpenBracket | Colon | Plus | Minus | Star | Slash | Percent)
}
