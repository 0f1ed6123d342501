//! Help for what people write who come from other languages.

use super::Parser;
use crate::syntax::token::{Token, TokenKind};

/// What to write instead of an unexpected token where `wanted` must stand, as far as that is known.
pub(super) fn help(parser: &Parser<'_>, token: Token, wanted: &str) -> Option<String> {
    let before = parser.pos.checked_sub(1).map(|last| parser.tokens[last]);
    let adjacent = before.filter(|last| last.span.end == token.span.start).map(|last| last.kind);
    let statement = parser.tokens[parser.stmt_start].kind;
    let head = matches!(statement, TokenKind::For | TokenKind::If | TokenKind::While);
    let text = match token.kind {
        TokenKind::Eq => return help_for_eq(adjacent, statement, wanted),
        TokenKind::Plus | TokenKind::Minus if adjacent == Some(token.kind) => {
            return Some(format!("there is no `{0}{0}`; write `x = x {0} 1`", token.kind.text()?));
        }
        TokenKind::Minus if parser.peek(1) == TokenKind::Greater => "a result type follows a colon: `fun f(x: int): int { ... }`",
        TokenKind::Colon if parser.peek(1) == TokenKind::Eq => "there is no `:=`; write `let x = ...` or `x = ...`",
        TokenKind::Question => "there is no `?:`; write `if c then a else b`",
        TokenKind::Arrow => "a function is written `fun(x) => ...`",
        TokenKind::Greater | TokenKind::Less if adjacent == Some(token.kind) => "there are no shifts; multiply or divide by a power of two",
        TokenKind::Bar => "there is no bitwise or; logical or is `||`",
        TokenKind::Else => "`else` follows the closing brace of an `if`",
        TokenKind::In => "`in` stands between two operands, and after the variable of a loop or query",
        TokenKind::OpenParen if statement == TokenKind::For => "write `for x in xs { ... }`, without parentheses",
        TokenKind::OpenBracket if wanted == "a type" => "a list type is written `list<int>`",
        TokenKind::Name(_) => match word_help(token.span.of(parser.text)) {
            Some(help) => help,
            None if wanted == "`{`" && head => "the body stands in braces: `{ ... }`",
            None => return None,
        },
        _ if wanted == "`{`" && head => "the body stands in braces: `{ ... }`",
        _ => return None,
    };
    Some(text.to_string())
}

fn help_for_eq(adjacent: Option<TokenKind>, statement: TokenKind, wanted: &str) -> Option<String> {
    let text = match adjacent {
        Some(TokenKind::Plus | TokenKind::Minus | TokenKind::Star | TokenKind::Slash | TokenKind::Percent) => {
            return Some(format!("there is no `{0}=`; write `x = x {0} ...`", adjacent?.text()?));
        }
        Some(TokenKind::EqEq | TokenKind::NotEq) => "equality is `==` and `!=`",
        _ if wanted == "`:`" => "the value follows a colon: `name: value`",
        _ => match statement {
            TokenKind::If | TokenKind::While => "`=` assigns; compare with `==`",
            TokenKind::For => "write `for i in 0..n { ... }`",
            TokenKind::Fun | TokenKind::Export => "parameters have no default values",
            _ => return None,
        },
    };
    Some(text.to_string())
}

/// What to write instead of a word that begins a statement or expression elsewhere.
pub(super) fn word_help(word: &str) -> Option<&'static str> {
    Some(match word {
        "function" | "func" | "def" | "fn" => "functions are declared with `fun`",
        "const" => "constants are declared with `let`",
        "elif" | "elsif" | "elseif" => "write `else if`",
        "and" => "logical and is `&&`",
        "or" => "logical or is `||`",
        "not" => "logical not is `!`",
        "struct" | "class" | "enum" | "interface" => "types are declared with `type`",
        "switch" | "case" => "write `match x { pattern => result }`",
        "loop" => "write `while true { ... }`",
        "foreach" => "write `for x in xs { ... }`",
        "try" | "catch" | "throw" => "there are no exceptions; `panic(message)` ends the program",
        _ => return None,
    })
}
