//! From text to tokens and comments.
//!
//! Lexing never fails: what is wrong gives a diagnostic and the most likely token. White space, which includes
//! `;`, is dropped; comments are kept beside the tokens. The token list always ends with
//! [`TokenKind::End`], an empty token at the end of the text.
//!
//! An unterminated string or comment takes the rest of the file; [`Lexed::cut_off`] tells so, because
//! whatever the parser would say after it is noise.

mod number;
mod string;

use super::symbol::{Names, SHORT};
use super::token::{Comment, CommentKind, Token, TokenKind};
use super::unicode::{continues_name, starts_name};
use crate::diagnostic::{Code, Diagnostic, keep};
use crate::source::{FileId, Span};

/// What a text consists of.
#[derive(Debug)]
pub struct Lexed {
    pub tokens: Vec<Token>,
    /// The values of the number tokens, by the index that the token holds; none is negative.
    pub ints: Vec<i64>,
    pub floats: Vec<f64>,
    /// The values of the string tokens, by the index that the token holds.
    pub strings: Vec<Box<str>>,
    /// In the order of the text.
    pub comments: Vec<Comment>,
    pub diagnostics: Vec<Diagnostic>,
    /// Whether an unterminated string or comment took the rest of the text.
    pub cut_off: bool,
}

pub fn lex(file: FileId, text: &str, names: &Names) -> Lexed {
    lex_from(file, text, 0, names)
}

/// The tokens from an offset on.
pub fn lex_from(file: FileId, text: &str, start: usize, names: &Names) -> Lexed {
    let has_mark = start == 0 && text.starts_with('\u{feff}');
    let mut lexer = Lexer {
        file,
        text,
        pos: if has_mark { '\u{feff}'.len_utf8() } else { start },
        starts_line: true,
        names,
        out: Lexed {
            // Dense programs have two tokens for each seven bytes.
            tokens: Vec::with_capacity((text.len() - start) / 7 * 2),
            ints: Vec::new(),
            floats: Vec::new(),
            strings: Vec::new(),
            comments: Vec::new(),
            diagnostics: Vec::new(),
            cut_off: false,
        },
    };
    lexer.run();
    lexer.out
}

/// What a byte can begin.
#[derive(Clone, Copy)]
enum Class {
    /// White space but for line ends.
    Blank,
    Line,
    /// A letter or `_`, which also go on a name.
    Name,
    Digit,
    Quote,
    /// Punctuation that is no beginning of a longer one.
    Sign(TokenKind),
    /// The beginning of punctuation that may be longer, but for `/`.
    Operator,
    Other,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' | b'\t' | b'\r' | b';' => Class::Blank,
            b'\n' => Class::Line,
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => Class::Name,
            b'0'..=b'9' => Class::Digit,
            b'"' => Class::Quote,
            b'+' => Class::Sign(TokenKind::Plus),
            b'-' => Class::Sign(TokenKind::Minus),
            b'*' => Class::Sign(TokenKind::Star),
            b'%' => Class::Sign(TokenKind::Percent),
            b'{' => Class::Sign(TokenKind::OpenBrace),
            b'}' => Class::Sign(TokenKind::CloseBrace),
            b'[' => Class::Sign(TokenKind::OpenBracket),
            b']' => Class::Sign(TokenKind::CloseBracket),
            b'(' => Class::Sign(TokenKind::OpenParen),
            b')' => Class::Sign(TokenKind::CloseParen),
            b',' => Class::Sign(TokenKind::Comma),
            b':' => Class::Sign(TokenKind::Colon),
            b'=' | b'!' | b'<' | b'>' | b'&' | b'|' | b'.' | b'?' => Class::Operator,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

/// Whether a name of ASCII goes on with the byte.
fn is_in_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// How many of eight bytes, the first one lowest, a name of ASCII goes on with. All are looked at together: a sum of two bytes
/// below 128 does not reach the next byte, and its highest bit says whether one is at least as much as 128 less the other.
#[inline]
fn name_length(word: u64) -> usize {
    const ALL: u64 = u64::MAX / 255;
    const HIGH: u64 = ALL << 7;
    let low = word & !HIGH;
    let at_least = |bytes: u64, least: u8| bytes.wrapping_add(ALL * u64::from(128 - least));
    let within = |bytes: u64, first: u8, last: u8| at_least(bytes, first) & !at_least(bytes, last + 1);
    let letter = within(low | ALL << 5, b'a', b'z');
    let digit = within(low, b'0', b'9');
    let other_than_line = at_least(low ^ (ALL * u64::from(b'_')), 1);
    let inside = (letter | digit | !other_than_line) & !word & HIGH;
    (inside ^ HIGH).trailing_zeros() as usize / 8
}

struct Lexer<'a> {
    file: FileId,
    text: &'a str,
    /// Byte offset of the next character.
    pos: usize,
    /// Whether a line end was seen since the last token.
    starts_line: bool,
    names: &'a Names,
    out: Lexed,
}

impl<'a> Lexer<'a> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(&first) = bytes.get(self.pos) {
            let mut byte = first;
            // Most tokens have a blank before them.
            if let (b' ', Some(&second)) = (first, bytes.get(self.pos + 1)) {
                self.pos += 1;
                byte = second;
            }
            match CLASSES[byte as usize] {
                Class::Blank => self.pos += 1,
                Class::Line => {
                    self.starts_line = true;
                    self.pos += 1;
                    // Indentation.
                    while bytes.get(self.pos) == Some(&b' ') {
                        self.pos += 1;
                    }
                }
                Class::Name => self.name(),
                Class::Digit => self.number(),
                Class::Quote => self.string(),
                Class::Sign(kind) => {
                    self.pos += 1;
                    self.token(kind, self.pos - 1);
                }
                Class::Operator => self.operator(),
                Class::Other => self.other(),
            }
        }
        let end = self.text.len();
        self.pos = end;
        self.token(TokenKind::End, end);
    }

    /// Punctuation, or a part of one that is no token by itself.
    #[inline]
    fn operator(&mut self) {
        let start = self.pos;
        match punctuation(self.rest().as_bytes()) {
            Some((kind, length)) => {
                self.pos += length;
                self.token(kind, start);
            }
            None => self.peek().into_iter().for_each(|c| self.unknown(c)),
        }
    }

    /// What begins with no byte of a class of its own.
    fn other(&mut self) {
        let Some(c) = self.peek() else { return };
        match c {
            '#' => self.line_comment(CommentKind::Line),
            '/' if self.rest().starts_with("//") => {
                let doc = self.rest().starts_with("///");
                self.line_comment(if doc { CommentKind::Doc } else { CommentKind::Line });
            }
            '/' if self.rest().starts_with("/*") => self.block_comment(),
            _ if starts_name(c) => self.name(),
            '\'' | '“' | '‘' | '`' if self.foreign_string(c) => {}
            _ => self.operator(),
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.pos..]
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start as u32, end as u32)
    }

    /// Adds a token that ends at the current position.
    #[inline]
    fn token(&mut self, kind: TokenKind, start: usize) {
        let span = self.span(start, self.pos);
        self.out.tokens.push(Token { kind, span, starts_line: self.starts_line });
        self.starts_line = false;
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        keep(&mut self.out.diagnostics, diagnostic);
    }

    fn line_comment(&mut self, kind: CommentKind) {
        let line = self.rest().split('\n').next().unwrap_or_default();
        let start = self.pos;
        let end = start + line.trim_end_matches('\r').len();
        self.pos = start + line.len();
        self.out.comments.push(Comment { kind, span: self.span(start, end) });
    }

    fn block_comment(&mut self) {
        let start = self.pos;
        if let Some(length) = self.rest()[2..].find("*/") {
            self.pos += 2 + length + 2;
        } else {
            self.pos = self.text.len();
            self.out.cut_off = true;
            let opening = self.span(start, start + 2);
            self.report(
                Diagnostic::error(Code::P042, opening, "unterminated block comment")
                    .label("no `*/` follows this")
                    .help("close the comment with `*/`; block comments do not nest"),
            );
        }
        self.starts_line |= self.text[start..self.pos].contains('\n');
        self.out.comments.push(Comment { kind: CommentKind::Block, span: self.span(start, self.pos) });
    }

    /// Moves past the characters of a name.
    fn skip_name(&mut self) {
        let rest = self.rest();
        self.pos += rest.find(|c| !continues_name(c)).unwrap_or(rest.len());
    }

    fn name(&mut self) {
        let start = self.pos;
        let bytes = self.text.as_bytes();
        if let Some(first) = bytes[start..].first_chunk::<8>() {
            let word = u64::from_le_bytes(*first);
            let length = name_length(word);
            if length <= SHORT && first[length].is_ascii() {
                self.pos += length;
                let name = self.names.intern_short(word & !(u64::MAX << (8 * length)), &self.text[start..self.pos]);
                return self.token(TokenKind::of_word(name), start);
            }
        }
        self.long_name();
    }

    /// Any name: a long one, one with other letters, one at the end of the text.
    #[inline(never)]
    fn long_name(&mut self) {
        let start = self.pos;
        let rest = &self.text.as_bytes()[start..];
        let (words, _) = rest.as_chunks::<8>();
        let whole = words.iter().take_while(|word| name_length(u64::from_le_bytes(**word)) == 8).count() * 8;
        let length = whole + rest[whole..].iter().take_while(|byte| is_in_name(**byte)).count();
        self.pos += length;
        if rest.get(length).is_some_and(|byte| !byte.is_ascii()) {
            self.skip_name();
        }
        let name = self.names.intern(&self.text[start..self.pos]);
        self.token(TokenKind::of_word(name), start);
    }

    fn unknown(&mut self, c: char) {
        let start = self.pos;
        self.pos += c.len_utf8();
        // A run of the same character is one mistake.
        while self.peek() == Some(c) {
            self.pos += c.len_utf8();
        }
        let span = self.span(start, self.pos);
        let text = &self.text[start..self.pos];
        if matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{3000}' | '\u{200b}' | '\u{feff}' | '\u{b}' | '\u{c}') {
            // It was meant as white space, so the parser need not hear of it.
            self.report(
                Diagnostic::error(Code::P999, span, format!("unexpected white space character U+{:04X}", u32::from(c)))
                    .label("looks like a blank and is none")
                    .help("replace it with a blank")
                    .fix("replace it with a blank", span, " "),
            );
            return;
        }
        let after_and = self.out.tokens.last().is_some_and(|last| last.kind == TokenKind::AndAnd && last.span.end == span.start);
        if c == '&' && after_and {
            return self.report(
                Diagnostic::error(Code::P999, span, "there is no `&&&` in Mochi")
                    .label("one sign too many")
                    .help("logical and is `&&`")
                    .fix("write `&&`", span, ""),
            );
        }
        // A file of other bytes is one run of millions of them.
        const SHOWN: usize = 8;
        let start_of_run = text.char_indices().nth(SHOWN).map_or(text, |(end, _)| &text[..end]);
        let shown = if c.is_control() { start_of_run.escape_unicode().to_string() } else { start_of_run.to_string() };
        let rest = if start_of_run.len() < text.len() { " and so on" } else { "" };
        let diagnostic = Diagnostic::error(Code::P999, span, format!("unexpected character `{shown}`{rest}"))
            .label("no token of Mochi begins with this");
        self.report(diagnostic.help(unknown_help(c)));
        self.token(TokenKind::Unknown, start);
    }
}

fn unknown_help(c: char) -> &'static str {
    match c {
        '\'' | '`' | '“' | '”' | '‘' | '’' => "strings are written in double quotes: \"text\"",
        '&' => "there are no bitwise operators; logical and is `&&`",
        '^' | '~' => "there are no bitwise operators; powers are computed with `pow(a, b)`",
        '–' | '—' | '−' => "minus is the ASCII character `-`",
        '×' | '·' => "multiplication is written `*`",
        '÷' => "division is written `/`",
        '≠' => "write `!=`",
        '≤' => "write `<=`",
        '≥' => "write `>=`",
        '$' => "names have no `$`; remove it",
        '@' => "there are no annotations and no such operator; remove it",
        '\\' => "a statement may go on in the next line without a sign; remove it",
        '…' => "write `..`",
        '→' | '⇒' => "write `=>`",
        _ if c.is_control() => "remove this byte; in a string it is written as an escape, like `\\x00`",
        _ => "remove it, or write it in a string",
    }
}

/// The punctuation at the start of `bytes` that is longer than one sign or could be, and its length; the longest wins.
fn punctuation(bytes: &[u8]) -> Option<(TokenKind, usize)> {
    use TokenKind::*;
    Some(match bytes {
        [b'=', b'=', ..] => (EqEq, 2),
        [b'!', b'=', ..] => (NotEq, 2),
        [b'<', b'=', ..] => (LessEq, 2),
        [b'>', b'=', ..] => (GreaterEq, 2),
        [b'&', b'&', ..] => (AndAnd, 2),
        [b'|', b'|', ..] => (OrOr, 2),
        [b'=', b'>', ..] => (Arrow, 2),
        [b'.', b'.', ..] => (DotDot, 2),
        [b'?', b'?', ..] => (QuestionQuestion, 2),
        [b'/', ..] => (Slash, 1),
        [b'=', ..] => (Eq, 1),
        [b'<', ..] => (Less, 1),
        [b'>', ..] => (Greater, 1),
        [b'!', ..] => (Bang, 1),
        [b'|', ..] => (Bar, 1),
        [b'.', ..] => (Dot, 1),
        [b'?', ..] => (Question, 1),
        _ => return Option::None,
    })
}

#[cfg(test)]
mod tests;
