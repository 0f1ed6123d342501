//! Help for what people write who come from other languages.

use super::Parser;
use crate::syntax::symbol::sym;
use crate::syntax::token::{Token, TokenKind};

const THREE_PARTS: &str = "there is no loop with three parts; write `for i in 0..n { ... }`, or `while`";

/// What to write instead of an unexpected token where `wanted` must stand, as far as that is known.
pub(super) fn help(parser: &Parser<'_>, token: Token, wanted: &str) -> Option<String> {
    let before = parser.pos.checked_sub(1).map(|last| parser.tokens[last]);
    let adjacent = before.filter(|last| last.span.end == token.span.start).map(|last| last.kind);
    let statement = parser.tokens[parser.stmt_start].kind;
    let head = matches!(statement, TokenKind::For | TokenKind::If | TokenKind::While);
    let text = match token.kind {
        TokenKind::Eq if wanted == "a type" && adjacent == Some(TokenKind::Colon) => "there is no `:=`; write `let x = ...`",
        TokenKind::Eq => return help_for_eq(adjacent, statement, wanted),
        TokenKind::Plus | TokenKind::Minus if adjacent == Some(token.kind) || parser.peek(1) == token.kind => {
            return Some(format!("there is no `{0}{0}`; write `x = x {0} 1` as a statement", token.kind.text()?));
        }
        TokenKind::Star if adjacent == Some(token.kind) => "there is no `**`; powers are computed with `pow(a, b)`",
        TokenKind::Plus => "there is no `+` before a value; leave it out",
        TokenKind::Minus if parser.peek(1) == TokenKind::Greater => "a result type follows a colon: `fun f(x: int): int { ... }`",
        TokenKind::Colon if parser.peek(1) == TokenKind::Eq && statement == TokenKind::For => THREE_PARTS,
        TokenKind::Colon if parser.peek(1) == TokenKind::Eq => "there is no `:=`; write `let x = ...` or `x = ...`",
        TokenKind::Colon if wanted == "`=>`" => "an arm is written `pattern => result`",
        TokenKind::Colon if wanted == "`)`" => "a function with types begins with `fun`: `fun(x: int): int => x + 1`",
        TokenKind::Colon if wanted == "`{`" => "a block stands in braces, not after a colon: `{ ... }`",
        TokenKind::Colon if before.is_some_and(|last| last.kind == TokenKind::Colon) => "there is no `::`; use the name alone, or `.`",
        TokenKind::Question => "there is no `?:`; write `if c then a else b`",
        TokenKind::Arrow => "a function is written `fun(x) => ...`",
        TokenKind::Greater | TokenKind::Less if adjacent == Some(token.kind) => "there are no shifts; multiply or divide by a power of two",
        TokenKind::Bar if before.is_some_and(|last| matches!(last.kind, TokenKind::Eq | TokenKind::OpenParen | TokenKind::Comma)) => {
            "a function is written `fun(x) => ...`"
        }
        TokenKind::Bar => "there is no bitwise or; logical or is `||`",
        TokenKind::Else if wanted == "`{`" => "a choice between two values is written `if c then a else b`",
        TokenKind::Else => "`else` follows the closing brace of an `if`",
        TokenKind::In => "`in` stands between two operands, and after the variable of a loop or query",
        TokenKind::Let | TokenKind::Var if statement == TokenKind::For => THREE_PARTS,
        TokenKind::OpenParen if statement == TokenKind::For && is_declaration(parser) => THREE_PARTS,
        TokenKind::OpenParen if statement == TokenKind::For => "write `for x in xs { ... }`, without parentheses",
        TokenKind::OpenBrace if statement == TokenKind::For && wanted == "a loop variable" => "an endless loop is `while true { ... }`",
        TokenKind::Comma if statement == TokenKind::For => "a loop has one variable; for positions write `for i in 0..len(xs) { ... }`",
        TokenKind::For if wanted.contains('`') => "write a query: `from x in xs select x * 2`",
        TokenKind::If if wanted.contains("`)`") && !token.starts_line => "a choice between two values is written `if c then a else b`",
        TokenKind::OpenParen if wanted == "`:`" && statement == TokenKind::Type => {
            "a method begins with `fun`: `fun name(x: int): int { ... }`; there are no constructors, a value is written `Point { x: 1 }`"
        }
        TokenKind::OpenParen if wanted == "a type" => "there are no tuples; declare a type with a field for each value",
        TokenKind::OpenBracket if wanted == "a type" => "a list type is written `list<int>`",
        _ if wanted == "a path in quotes" => {
            "write `import \"path\"` for a Mochi package, `import python \"math\" as math` for a foreign one"
        }
        TokenKind::Name(_) if wanted == "`on`" => "a join has a condition: `join y in ys on y.id == x.id`",
        TokenKind::Name(_) if wanted == "`into`" => "the groups get a name: `group by x.kind into g`, then `g.key` and `count(g)`",
        TokenKind::Name(_) if wanted == "`{` or `=`" => "another name for a type is declared with `=`: `type Id = int`",
        TokenKind::Name(_) if wanted == "a clause of the query" => match token.span.of(parser.text) {
            "desc" | "descending" => "for descending order negate the key: `sort by -x`",
            "asc" | "ascending" => "ascending order needs no word; remove it",
            "limit" => "write `take n`",
            "offset" => "write `skip n`",
            _ => return None,
        },
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

/// Whether a word that declares something, or an assignment, follows the parenthesis: `for (let i = 0; ...`.
fn is_declaration(parser: &Parser<'_>) -> bool {
    match parser.peek(1) {
        TokenKind::Let | TokenKind::Var => parser.peek(3) != TokenKind::In,
        TokenKind::Name(name) if name != sym::MISSING => {
            parser.peek(2) == TokenKind::Eq || matches!(parser.peek(2), TokenKind::Name(_)) && parser.peek(3) == TokenKind::Eq
        }
        _ => false,
    }
}

fn help_for_eq(adjacent: Option<TokenKind>, statement: TokenKind, wanted: &str) -> Option<String> {
    let text = match adjacent {
        Some(TokenKind::Plus | TokenKind::Minus | TokenKind::Star | TokenKind::Slash | TokenKind::Percent) => {
            return Some(format!("there is no `{0}=`; write `x = x {0} ...` as a statement", adjacent?.text()?));
        }
        Some(TokenKind::EqEq | TokenKind::NotEq) => "equality is `==` and `!=`",
        _ if wanted == "`:`" => "the value follows a colon: `name: value`",
        _ => match statement {
            TokenKind::If | TokenKind::While => "`=` assigns; compare with `==`",
            TokenKind::For => THREE_PARTS,
            TokenKind::Fun | TokenKind::Export => "parameters have no default values",
            _ if wanted == "`,` or `)`" => "parameters have no default values, and arguments no names",
            _ => return None,
        },
    };
    Some(text.to_string())
}

/// What to write instead of a word that begins a statement or expression elsewhere.
pub(in crate::syntax) fn word_help(word: &str) -> Option<&'static str> {
    Some(match word {
        "function" | "func" | "def" | "fn" | "proc" | "sub" => "functions are declared with `fun`",
        "lambda" => "a function as a value is written `fun(x) => x + 1`",
        "const" | "val" => "constants are declared with `let`",
        "elif" | "elsif" | "elseif" => "write `else if`",
        "and" => "logical and is `&&`",
        "or" => "logical or is `||`",
        "not" => "logical not is `!`",
        "struct" | "class" | "interface" | "record" => "types are declared with `type`: `type Point { x: int, y: int }`",
        "typedef" | "typealias" => "another name for a type is declared with `type Id = int`",
        "enum" => "a type of several forms is a union: `type Shape = Circle(r: float) | Square(side: float)`",
        "impl" | "trait" | "protocol" | "extends" | "implements" => {
            "methods stand in the type: `type Point { x: int fun double(): int { return x * 2 } }`"
        }
        "switch" | "case" | "when" => "write `match x { pattern => result }`",
        "loop" => "write `while true { ... }`",
        "do" | "repeat" | "until" | "unless" => "the loops are `while c { ... }` and `for x in xs { ... }`",
        "foreach" => "write `for x in xs { ... }`",
        "try" | "catch" | "except" | "finally" | "throw" | "raise" | "rescue" => {
            "there are no exceptions; `panic(message)` ends the program, and a value that may be missing is `none`"
        }
        "new" => "values are made without `new`: `Point { x: 1, y: 2 }`",
        "typeof" | "instanceof" => "types are known before the program runs; test variants with `match`",
        "await" | "async" | "yield" | "go" | "defer" => "there is no concurrency; call the function directly",
        "select" => "a query begins with `from`: `from x in xs where x > 1 select x`",
        "using" | "include" | "require" | "use" | "mod" => {
            "write `import \"path\"` for a Mochi package, `import python \"math\" as math` for a foreign one"
        }
        "public" | "private" | "pub" | "static" | "final" => {
            "everything in a file is visible there; `export fun` makes a function of a package visible outside"
        }
        "delete" | "del" => "nothing is deleted; build the list or map without the element",
        "unsafe" | "begin" => "a block belongs to `if`, `while`, `for` or `fun`",
        _ => return None,
    })
}
