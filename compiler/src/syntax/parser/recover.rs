//! Going on after a mistake.
//!
//! Lists recover at their next comma or closing bracket; statements at the next line that looks like the start of
//! one. Indentation means nothing in the grammar, but it is the best witness of what was meant: a line that begins no
//! further right than the broken statement is taken as the next statement, whatever brackets are open.

use super::{Parse, Parser, Reported};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::symbol::sym;
use crate::syntax::token::{Token, TokenKind};
use smallvec::SmallVec;

/// Whether a list may end in a comma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trailing {
    Allowed,
    Refused,
}

impl Parser<'_> {
    /// Elements with commas between them, up to and including `close`. The opening bracket was taken.
    pub(super) fn list<T>(
        &mut self,
        open: Span,
        close: TokenKind,
        trailing: Trailing,
        mut element: impl FnMut(&mut Self) -> Parse<T>,
    ) -> Parse<(Vec<T>, Span)> {
        let wanted = || format!("`,` or `{}`", close.text().unwrap_or_default());
        let mut items: SmallVec<[T; 4]> = SmallVec::new();
        loop {
            if let Some(end) = self.eat(close) {
                return Ok((items.into_vec(), end));
            }
            let start = self.pos;
            match element(self) {
                Ok(item) => items.push(item),
                // The arms of a `match` whose head is broken: more of them would be more of the same.
                Err(Reported) if self.at(TokenKind::Arrow) && close == TokenKind::CloseBrace => return Err(Reported),
                Err(Reported) => self.skip_in_list(close, start)?,
            }
            self.stray_closer(close);
            if let Some(comma) = self.eat(TokenKind::Comma) {
                if trailing == Trailing::Refused && self.at(close) {
                    self.trailing_comma(comma);
                }
            } else if !self.at(close) {
                if close == TokenKind::CloseParen && self.is_clause_without_query() {
                    // The query around goes on.
                    let _ = self.close(close, open, &wanted());
                    return Ok((items.into_vec(), self.last_span().at_end()));
                }
                if !self.continues_list() {
                    return Err(self.close(close, open, &wanted()).err().unwrap_or(Reported));
                }
                let place = self.last_span().at_end();
                let diagnostic = self
                    .unexpected(missing_in_list(close), &wanted())
                    .note(place, "is a comma missing here?")
                    .help("elements are separated by commas")
                    .fix("add the comma", place, ",");
                self.report(diagnostic);
            }
        }
    }

    fn trailing_comma(&mut self, comma: Span) {
        let diagnostic = Diagnostic::error(Code::P999, comma, "a comma after the last element")
            .label("nothing follows this comma")
            .help("only lists, maps and struct literals may end in a comma; remove it")
            .fix("remove the comma", comma, "");
        self.report(diagnostic);
    }

    /// Whether the next token may be an element whose comma was forgotten.
    fn continues_list(&self) -> bool {
        let token = self.token();
        let element = matches!(
            token.kind,
            TokenKind::Name(_)
                | TokenKind::Int(_)
                | TokenKind::Float(_)
                | TokenKind::Str(_)
                | TokenKind::True
                | TokenKind::False
                | TokenKind::None
                | TokenKind::OpenBrace
                | TokenKind::OpenBracket
                | TokenKind::OpenParen
        );
        element && !self.looks_like_statement(token)
    }

    /// Skips to the next comma or the closing bracket of the list around the mistake. What the element opened from its start at a
    /// token on is closed first.
    pub(super) fn skip_in_list(&mut self, close: TokenKind, start: usize) -> Parse<()> {
        let mut open = self.open_brackets(start);
        loop {
            let token = self.token();
            if open.is_empty() && (token.kind == TokenKind::Comma || token.kind == close) {
                return Ok(());
            }
            if open.last() == Some(&token.kind) {
                open.pop();
            } else if token.kind == TokenKind::End || token.kind.is_closer() || self.looks_like_statement(token) {
                return Err(Reported);
            }
            self.skip_balanced();
        }
    }

    /// A bracket behind an element of a map that closes nothing of it, where the next entry follows: its opening bracket is missing.
    fn stray_closer(&mut self, close: TokenKind) {
        let next_entry = self.peek(1) == TokenKind::Comma && self.name_at(2).is_some() && self.peek(3) == TokenKind::Colon;
        if close == TokenKind::CloseBrace && matches!(self.kind(), TokenKind::CloseParen | TokenKind::CloseBracket) && next_entry {
            let word = self.span().of(self.text);
            let diagnostic = Diagnostic::error(missing_in_list(close), self.span(), format!("expected `,` or `}}`, found `{word}`"))
                .label("closes nothing in this entry")
                .help("remove it, or add the bracket that it closes");
            self.report(diagnostic);
            self.bump();
        }
    }

    /// Skips a token, or all that is between it and its closing bracket.
    pub(super) fn skip_balanced(&mut self) {
        let mut closers = Vec::new();
        loop {
            let token = self.bump();
            closers.extend(token.kind.closer());
            if closers.last() == Some(&token.kind) {
                closers.pop();
            }
            if closers.is_empty() || self.at_end() {
                return;
            }
        }
    }

    /// Skips from the mistake to what is likely to be the next statement, or to the end of the block.
    pub(super) fn skip_statement(&mut self) {
        let mut open = self.open_brackets(self.stmt_start);
        // What stands on a line of its own, where the mistake was noticed, may be the next statement itself.
        loop {
            let token = self.token();
            if token.kind == TokenKind::End {
                return;
            }
            if self.pos > self.stmt_start && self.looks_like_statement(token) {
                return;
            }
            if open.is_empty() && (token.kind == TokenKind::CloseBrace || self.ends_line(token)) {
                return;
            }
            match open.iter().rposition(|&closer| closer == token.kind) {
                Some(index) => open.truncate(index),
                // A brace that nothing in the statement opened closes the block.
                None if token.kind == TokenKind::CloseBrace => return,
                None => {}
            }
            self.skip_balanced();
        }
    }

    /// Whether a word that begins statements begins this line. A name further right than the broken statement rather goes on with it.
    fn ends_line(&self, token: Token) -> bool {
        self.pos > self.stmt_start && token.starts_line && token.kind.is_keyword() && !self.continues(token)
    }

    /// Whether the current token rather goes on with what stands before it. `on S as e {` begins a handler, `on a == b` ends a join.
    fn continues(&self, token: Token) -> bool {
        let is_handler = token.kind == TokenKind::On
            && self.name_at(1).is_some()
            && self.peek(2) == TokenKind::Name(sym::AS)
            && self.name_at(3).is_some()
            && self.peek(4) == TokenKind::OpenBrace;
        continues(token.kind) && !is_handler
    }

    /// The closing brackets that what begins at a token still lacks at the current one, outermost first.
    pub(super) fn open_brackets(&self, start: usize) -> Vec<TokenKind> {
        let mut open: Vec<TokenKind> = Vec::new();
        if self.aborted {
            return open;
        }
        for token in &self.tokens[start..self.pos] {
            open.extend(token.kind.closer());
            if token.kind.is_closer() && open.last() == Some(&token.kind) {
                open.pop();
            }
        }
        open
    }

    /// Whether the token begins a line no further right than the current statement does.
    pub(super) fn looks_like_statement(&self, token: Token) -> bool {
        let starts = matches!(token.kind, TokenKind::Name(_)) || (token.kind.is_keyword() && !self.continues(token));
        starts
            && token.starts_line
            && !self.is_clause_without_query()
            && self.column(token) <= self.indentation(self.tokens[self.stmt_start])
    }

    /// Bytes of white space before the first character of the token's line: a statement may begin in the middle of a line.
    pub(super) fn indentation(&self, token: Token) -> usize {
        if self.aborted {
            return 0;
        }
        let before = &self.text[..token.span.start as usize];
        let line = line_start(before);
        let rest = &self.text[line..];
        (rest.len() - rest.trim_start_matches([' ', '\t']).len()).min(before.len() - line)
    }

    /// Bytes between the start of the line and the token.
    pub(super) fn column(&self, token: Token) -> usize {
        // Each level that is left after the nesting limit would look through the text again.
        if self.aborted {
            return 0;
        }
        let before = &self.text[..token.span.start as usize];
        before.len() - line_start(before)
    }
}

/// Where the last line of a text begins; the byte order mark belongs to none.
pub(super) fn line_start(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    text.rfind('\n').map_or(mark, |newline| newline + 1)
}

/// Words that go on with a statement rather than begin one.
fn continues(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Else
            | TokenKind::Then
            | TokenKind::In
            | TokenKind::On
            | TokenKind::All
            | TokenKind::None
            | TokenKind::True
            | TokenKind::False
    )
}

fn missing_in_list(close: TokenKind) -> Code {
    match close {
        TokenKind::CloseParen => Code::P052,
        TokenKind::CloseBrace => Code::P001,
        _ => Code::P999,
    }
}
