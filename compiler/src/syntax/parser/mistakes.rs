//! Help for what people write who come from other languages.

use super::Parser;
use crate::syntax::token::{Token, TokenKind};

/// What to write instead of an unexpected token, where that is known.
pub(super) fn help(parser: &Parser<'_>, token: Token) -> Option<String> {
    let before = parser.pos.checked_sub(1).map(|last| parser.tokens[last]);
    let adjacent = before.filter(|last| last.span.end == token.span.start);
    let text = match token.kind {
        TokenKind::Eq => match adjacent.map(|last| last.kind) {
            Some(TokenKind::Plus | TokenKind::Minus | TokenKind::Star | TokenKind::Slash | TokenKind::Percent) => {
                let op = adjacent?.kind.text()?;
                return Some(format!("there is no `{op}=`; write `x = x {op} ...`"));
            }
            Some(TokenKind::EqEq | TokenKind::NotEq) => "equality is `==` and `!=`",
            _ if matches!(parser.tokens[parser.stmt_start].kind, TokenKind::If | TokenKind::While) => {
                "`=` assigns; compare with `==`"
            }
            _ => return None,
        },
        TokenKind::Colon if parser.peek(1) == TokenKind::Eq => "there is no `:=`; write `let x = ...` or `x = ...`",
        TokenKind::Plus if adjacent.is_some_and(|last| last.kind == TokenKind::Plus) => {
            "there is no `++`; write `x = x + 1`"
        }
        TokenKind::Greater if adjacent.is_some_and(|last| last.kind == TokenKind::Minus) => {
            "there is no `->`; a result type is written `fun f(x: int): int`, a function `fun(x) => e`"
        }
        TokenKind::Greater | TokenKind::Less if adjacent.is_some_and(|last| last.kind == token.kind) => {
            "there are no shifts; multiply or divide by a power of two"
        }
        TokenKind::Bar => "there is no bitwise or; logical or is `||`",
        TokenKind::Else => "`else` follows the closing brace of an `if`",
        TokenKind::In => "`in` stands between two operands, and after the variable of a loop or query",
        _ => return None,
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
