//! String literals and their escapes, which are those of Go.

use super::Lexer;
use crate::diagnostic::{Code, Diagnostic, Edit, Fix};
use crate::source::Span;
use crate::syntax::token::TokenKind;

impl Lexer<'_> {
    /// Reads a string whose opening quote is at the current position.
    pub(super) fn string(&mut self) {
        let start = self.pos;
        self.pos += 1;
        let rest = self.rest();
        if let Some(length) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\'))
            && rest.as_bytes()[length] == b'"'
        {
            self.pos += length + 1;
            self.out.strings.push(rest[..length].into());
            return self.token(TokenKind::Str(self.out.strings.len() as u32 - 1), start);
        }
        // Bytes, since `\xHH` denotes a byte and several of them a character.
        let mut bytes = Vec::new();
        loop {
            let rest = self.rest().as_bytes();
            let plain = rest.iter().position(|b| matches!(b, b'"' | b'\\')).unwrap_or(rest.len());
            bytes.extend_from_slice(&rest[..plain]);
            self.pos += plain;
            match rest.get(plain) {
                Some(b'"') => {
                    self.pos += 1;
                    break;
                }
                Some(_) => self.escape(&mut bytes),
                None => {
                    self.unterminated(start);
                    break;
                }
            }
        }
        let value = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                self.not_utf8(start);
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            }
        };
        self.out.strings.push(value.into_boxed_str());
        self.token(TokenKind::Str(self.out.strings.len() as u32 - 1), start);
    }

    /// Reads an escape whose backslash is at the current position.
    fn escape(&mut self, bytes: &mut Vec<u8>) {
        let start = self.pos;
        self.pos += 1;
        let Some(c) = self.peek() else { return };
        self.pos += c.len_utf8();
        let simple = match c {
            'n' => b'\n',
            't' => b'\t',
            'r' => b'\r',
            'a' => 0x07,
            'b' => 0x08,
            'f' => 0x0c,
            'v' => 0x0b,
            '\\' | '"' => c as u8,
            _ => {
                let known = match c {
                    'x' => self.digits(2, 16).and_then(|n| u8::try_from(n).ok()).map(|byte| bytes.push(byte)),
                    'u' => self.digits(4, 16).and_then(char::from_u32).map(|c| push(bytes, c)),
                    'U' => self.digits(8, 16).and_then(char::from_u32).map(|c| push(bytes, c)),
                    '0'..='7' => {
                        self.pos -= 1;
                        self.digits(3, 8).and_then(|n| u8::try_from(n).ok()).map(|byte| bytes.push(byte))
                    }
                    _ => None,
                };
                if known.is_none() {
                    self.unknown_escape(start, c);
                }
                return;
            }
        };
        bytes.push(simple);
    }

    /// Reads exactly `count` digits; moves only where they are there.
    fn digits(&mut self, count: usize, base: u32) -> Option<u32> {
        let text = self.rest().get(..count)?;
        if !text.chars().all(|c| c.is_digit(base)) {
            return None;
        }
        self.pos += count;
        u32::from_str_radix(text, base).ok()
    }

    fn unknown_escape(&mut self, start: usize, c: char) {
        let span = self.span(start, self.pos);
        let help = match c {
            'x' => "`\\x` takes two hex digits, like `\\x1b`".to_string(),
            'u' => "`\\u` takes four hex digits of a character, like `\\u00e9`".to_string(),
            'U' => "`\\U` takes eight hex digits of a character, like `\\U0001f361`".to_string(),
            '0'..='7' => "an octal escape takes three digits up to `\\377`".to_string(),
            _ => {
                "known are \\n \\t \\r \\\\ \\\" \\a \\b \\f \\v \\xHH \\ooo \\uHHHH \\UHHHHHHHH; a backslash itself is `\\\\`".to_string()
            }
        };
        let shown = span.of(self.text).replace('\n', " ");
        self.report(
            Diagnostic::error(Code::P041, span, format!("unknown escape `{shown}` in a string"))
                .label("a backslash begins an escape")
                .help(help),
        );
    }

    fn unterminated(&mut self, start: usize) {
        self.out.cut_off = true;
        let opening = self.span(start, start + 1);
        let mut diagnostic = Diagnostic::error(Code::P040, opening, "unterminated string")
            .label("this string is never closed")
            .help("close the string with `\"`");
        // A quote forgotten further up turns every later string inside out, so the first string
        // that spans lines is the likely place.
        if let Some(suspect) = self.first_string_over_lines() {
            diagnostic = diagnostic.note(suspect, "this string spans lines; is its closing quote missing?");
        }
        self.report(diagnostic);
    }

    fn first_string_over_lines(&self) -> Option<Span> {
        let strings = self.out.tokens.iter().filter(|token| matches!(token.kind, TokenKind::Str(_)));
        let suspect = strings.map(|token| token.span).find(|span| span.of(self.text).contains('\n'))?;
        Some(Span { end: suspect.start + 1, ..suspect })
    }

    fn not_utf8(&mut self, start: usize) {
        let span = self.span(start, self.pos);
        self.report(
            Diagnostic::warning(Code::M003, span, "the bytes of this string are not UTF-8")
                .label("wrong bytes become U+FFFD")
                .help("write the character itself, or `\\u` and its four hex digits"),
        );
    }
}

impl Lexer<'_> {
    /// Reads a string in the quotes of other languages, where one ends on this line, and reports it once.
    pub(super) fn foreign_string(&mut self, open: char) -> bool {
        let close = match open {
            '“' => '”',
            '‘' => '’',
            quote => quote,
        };
        let start = self.pos;
        let inner = start + open.len_utf8();
        let line = self.text[inner..].split('\n').next().unwrap_or_default();
        let Some(length) = line.find(close) else { return false };
        let end = inner + length;
        self.pos = end + close.len_utf8();
        let edit = |start, end| Edit { span: self.span(start, end), replacement: "\"".to_string() };
        let edits = vec![edit(start, inner), edit(end, self.pos)];
        let span = self.span(start, self.pos);
        let inside = &line[..length];
        let mut diagnostic = Diagnostic::error(Code::P999, span, format!("a string in {open}...{close}"))
            .label("not a string of Mochi")
            .help("strings are written in double quotes: \"text\"");
        if open == '`' && inside.contains("${") {
            diagnostic = diagnostic.help("strings are written in double quotes, and joined instead of filled in: \"hello \" + name");
        } else if !inside.contains(['"', '\\']) {
            diagnostic.fixes.push(Fix { message: "use double quotes".to_string(), edits, guess: false });
        }
        self.report(diagnostic);
        self.out.strings.push(line[..length].into());
        self.token(TokenKind::Str(self.out.strings.len() as u32 - 1), start);
        true
    }
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}
