//! Where a missing `}` belongs.
//!
//! A block that is not closed takes the rest of the file, so the parser could only say at the end that something is missing. Before
//! parsing, a file with more `{` than `}` is therefore compared with its indentation: what stands in braces is indented deeper than
//! the line that opens them. If that explains every missing brace, each is reported where it belongs and supplied; otherwise nothing
//! is touched and the parser reports what it finds. Files whose braces balance are never looked at twice.

use super::recover::line_start;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::token::{Token, TokenKind};

/// A brace that is open.
struct Open {
    brace: Span,
    /// The column where its line starts.
    column: usize,
    /// The first token after it that is not indented deeper: the block ended before it, if it ended at all.
    outside: Option<usize>,
}

/// A brace to supply before a token.
struct Missing {
    before: usize,
    open: Open,
}

/// Supplies the closing braces that indentation shows to be missing, and reports them.
pub(super) fn supply(text: &str, tokens: &mut Vec<Token>) -> Vec<Diagnostic> {
    let (opened, closed) = tokens.iter().fold((0, 0), |(opened, closed), token| match token.kind {
        TokenKind::OpenBrace => (opened + 1, closed),
        TokenKind::CloseBrace => (opened, closed + 1),
        _ => (opened, closed),
    });
    if opened <= closed {
        return Vec::new();
    }
    let mut missing = find(text, tokens);
    if missing.len() != opened - closed {
        return Vec::new();
    }
    missing.sort_by_key(|missing| missing.before);
    let mut diagnostics = Vec::new();
    // From the back, so that the places of the others stay right.
    for Missing { before, open } in missing.into_iter().rev() {
        let place = tokens[before - 1].span.at_end();
        let (why, brace) = match tokens[before].kind {
            TokenKind::Comma => ("the next map begins behind the comma", "}".to_owned()),
            _ => ("the block ends here, as its indentation shows", format!("\n{}}}", " ".repeat(open.column))),
        };
        tokens.insert(before, Token { kind: TokenKind::CloseBrace, span: place, starts_line: false });
        let diagnostic = Diagnostic::error(Code::P001, place, "expected `}` after this")
            .label(why)
            .note(open.brace, "this brace is not closed")
            .help("add the missing `}`")
            .fix("add the brace", place, brace);
        diagnostics.push(diagnostic);
    }
    diagnostics
}

fn find(text: &str, tokens: &[Token]) -> Vec<Missing> {
    let mut stack: Vec<Open> = Vec::new();
    let mut missing = Vec::new();
    let mut line_column = 0;
    for (index, token) in tokens.iter().enumerate() {
        if token.starts_line || index == 0 {
            line_column = column(text, *token);
        }
        match token.kind {
            TokenKind::OpenBrace if is_next_map(tokens, index) => {
                // It begins no further right than the map before it, which ended before the comma.
                if let Some(open) = stack.last_mut().filter(|open| open.outside.is_none() && line_column <= open.column) {
                    open.outside = Some(index - 1);
                }
                stack.push(Open { brace: token.span, column: line_column, outside: None });
            }
            TokenKind::OpenBrace => stack.push(Open { brace: token.span, column: line_column, outside: None }),
            TokenKind::CloseBrace => {
                let at_line_start = token.starts_line && stack.iter().any(|open| open.column == line_column);
                while at_line_start && let Some(open) = stack.pop_if(|open| open.column > line_column) {
                    let before = open.outside.unwrap_or(index);
                    missing.push(Missing { before, open });
                }
                stack.pop();
            }
            TokenKind::End => {}
            _ if token.starts_line && begins(token.kind) => {
                if let Some(open) = stack.iter_mut().rev().find(|open| open.outside.is_none())
                    && line_column <= open.column
                {
                    open.outside = Some(index);
                }
            }
            _ => {}
        }
    }
    missing.extend(stack.into_iter().filter_map(|open| open.outside.map(|before| Missing { before, open })));
    missing
}

/// Whether the brace begins a line and stands behind a comma: no key is a map, so it is the next element of a list.
fn is_next_map(tokens: &[Token], index: usize) -> bool {
    tokens[index].starts_line && index > 0 && tokens[index - 1].kind == TokenKind::Comma
}

/// Whether a statement, or an `else`, begins with the token.
fn begins(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Name(_)) || kind.is_keyword()
}

fn column(text: &str, token: Token) -> usize {
    let before = &text[..token.span.start as usize];
    before.len() - line_start(before)
}
