//! Number literals: decimal, `0x`, `0b`, `0o`, and floats with a fraction or an exponent.

use super::Lexer;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::token::TokenKind;
use crate::syntax::unicode::continues_name;

impl Lexer<'_> {
    /// Reads a number that begins with a digit at the current position.
    pub(super) fn number(&mut self) {
        let start = self.pos;
        if let Some((value, length)) = short_int(self.rest().as_bytes()) {
            self.pos += length;
            let kind = self.int(value);
            return self.token(kind, start);
        }
        let base = match self.rest().as_bytes() {
            [b'0', b'x' | b'X', ..] => 16,
            [b'0', b'b' | b'B', ..] => 2,
            [b'0', b'o' | b'O', ..] => 8,
            _ => 10,
        };
        let kind = if base == 10 { self.decimal(start) } else { self.prefixed(start, base) };
        let end = self.pos;
        if self.peek().is_some_and(continues_name) {
            self.skip_name();
            if !matches!(kind, Err(Wrong)) {
                self.adjacent_name(start, end);
            }
        }
        // A wrong number still stands for a number, so that the parser goes on.
        let kind = kind.unwrap_or_else(|Wrong| self.int(0));
        self.token(kind, start);
    }

    fn int(&mut self, value: i64) -> TokenKind {
        self.out.ints.push(value);
        TokenKind::Int(self.out.ints.len() as u32 - 1)
    }

    fn skip_digits(&mut self, base: u32) -> usize {
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_digit(base)).unwrap_or(rest.len());
        self.pos += length;
        length
    }

    fn prefixed(&mut self, start: usize, base: u32) -> Result<TokenKind, Wrong> {
        self.pos += 2;
        if self.skip_digits(base) == 0 {
            let span = self.span(start, self.pos);
            let prefix = span.of(self.text);
            self.report(
                Diagnostic::error(Code::P046, span, format!("`{prefix}` has no digits"))
                    .label("digits must follow this prefix")
                    .help(format!("write at least one digit after `{prefix}`, like `{prefix}1`")),
            );
            return Err(Wrong);
        }
        self.integer(start, &self.text[start + 2..self.pos], base)
    }

    fn decimal(&mut self, start: usize) -> Result<TokenKind, Wrong> {
        self.skip_digits(10);
        let mut float = false;
        if let [b'.', b'0'..=b'9', ..] = self.rest().as_bytes() {
            self.pos += 1;
            self.skip_digits(10);
            float = true;
        }
        let exponent = match self.rest().as_bytes() {
            [b'e' | b'E', b'+' | b'-', b'0'..=b'9', ..] => 2,
            [b'e' | b'E', b'0'..=b'9', ..] => 1,
            _ => 0,
        };
        if exponent > 0 {
            self.pos += exponent;
            self.skip_digits(10);
            float = true;
        }
        let text = &self.text[start..self.pos];
        if !float {
            return self.integer(start, text, 10);
        }
        // Only digits, a point and an exponent are in the text, which `f64` reads; too big a number is infinite.
        let value: f64 = text.parse().expect("a float literal has the syntax of a float");
        self.out.floats.push(value);
        Ok(TokenKind::Float(self.out.floats.len() as u32 - 1))
    }

    fn integer(&mut self, start: usize, digits: &str, base: u32) -> Result<TokenKind, Wrong> {
        if let Ok(value) = i64::from_str_radix(digits, base) {
            return Ok(self.int(value));
        }
        let span = self.span(start, self.pos);
        let text = span.of(self.text);
        self.report(
            Diagnostic::error(Code::P045, span, format!("integer literal {text} does not fit in 64 bits"))
                .label("the greatest int is 9223372036854775807")
                .help(format!("for an exact big integer write `\"{text}\" as bigint`")),
        );
        Err(Wrong)
    }

    fn adjacent_name(&mut self, start: usize, end: usize) {
        let (number, name) = (&self.text[start..end], &self.text[end..self.pos]);
        let help = if number.bytes().all(|b| b.is_ascii_digit()) && name.starts_with('_') {
            format!("numbers have no separators; write `{}`", self.text[start..self.pos].replace('_', ""))
        } else if name == "e" || name == "E" {
            format!("an exponent needs digits: `{number}e9`")
        } else if matches!(
            name,
            "L" | "l"
                | "u"
                | "U"
                | "f"
                | "F"
                | "d"
                | "D"
                | "n"
                | "m"
                | "M"
                | "i32"
                | "i64"
                | "u32"
                | "u64"
                | "u8"
                | "usize"
                | "f32"
                | "f64"
        ) {
            format!("numbers have no suffixes; write `{number}`")
        } else {
            format!("a name begins with a letter; between a number and a name stands an operator: `{number} * {name}`")
        };
        let span = self.span(start, self.pos);
        let diagnostic = Diagnostic::error(Code::P043, span, format!("`{name}` directly follows the number {number}"))
            .label("a number must end before a letter or `_`")
            .help(help);
        self.report(diagnostic);
    }
}

/// A decimal int that is small, and how long it is, where nothing follows that could be a part of the number.
fn short_int(bytes: &[u8]) -> Option<(i64, usize)> {
    const MOST: usize = 9;
    let mut value = 0;
    for (length, &byte) in bytes.iter().take(MOST + 1).enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + i64::from(byte - b'0'),
            b' ' | b'\n' | b')' | b',' | b']' | b'}' => return Some((value, length)),
            _ => return None,
        }
    }
    None
}

/// A number that was reported.
struct Wrong;
