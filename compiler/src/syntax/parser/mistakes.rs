//! Help for what people write who come from other languages.

use super::Parser;
use crate::syntax::symbol::sym;
use crate::syntax::token::{Token, TokenKind};

pub(super) const UNION: &str = "a type of several forms is declared: `type Id = Number(n: int) | Text(s: string)`; `any` takes every value";
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
        TokenKind::Int(_) | TokenKind::Float(_) if wanted == "a field name" => {
            let of_number = parser.pos >= 2 && matches!(parser.tokens[parser.pos - 2].kind, TokenKind::Int(_) | TokenKind::Float(_));
            match of_number {
                true => "a number has one point; other things with points, like versions, are text: `\"1.2.3\"`",
                false => "elements are read with brackets: `xs[0]`",
            }
        }
        TokenKind::Str(_) if wanted == "a field name" => "text is joined with `+`",
        TokenKind::Star if parser.peek(1) == TokenKind::CloseParen => "the rows of a group `g` are counted with `count(g)`",
        TokenKind::Slash if adjacent == Some(TokenKind::Star) => "`*/` closes no comment here; block comments do not nest",
        TokenKind::Greater if adjacent == Some(TokenKind::Less) => "unequal is written `!=`",
        TokenKind::Greater if adjacent == Some(TokenKind::Minus) => {
            "there is no `->`: a result type follows `:`, the result of an arm or of a function expression follows `=>`"
        }
        TokenKind::DotDot if wanted == "a parameter name" => "a function takes a fixed number of parameters; let it take a list",
        TokenKind::DotDot if wanted == "`=>`" => "a pattern is one value; test a range with `if` in the result of an arm",
        TokenKind::DotDot if wanted == "`]` or `:`" => "a part of a list is written `xs[1:3]`",
        TokenKind::DotDot if parser.peek(1) == TokenKind::Dot => "there is no `...`; lists are joined with `concat(a, b)` or `+`",
        TokenKind::DotDot => "a range stands only in `for i in a..b`; a list of ints is `range(a, b)`",
        TokenKind::Dot if matches!(parser.peek(1), TokenKind::Int(_)) => "a number begins with a digit: `0.5`",
        TokenKind::Dot if parser.tokens.get(parser.pos + 1).is_none_or(|next| next.starts_line || next.kind == TokenKind::End) => {
            "a statement ends without a sign; remove the `.`"
        }
        TokenKind::Bang if wanted.contains("`)`") || wanted.contains("`]`") => {
            "no `!` stands behind a value; where it may be none, give a default with `??`"
        }
        TokenKind::Question if wanted == "a type" => "the sign follows the type: `int?`",
        TokenKind::OpenBracket | TokenKind::OpenBrace | TokenKind::OpenParen if wanted == "a variable name" => {
            "a declaration has one name; read the parts of the value on their own: `let a = xs[0]`"
        }
        TokenKind::Str(_) if wanted == "`in`" && parser.peek(1) == TokenKind::CloseParen => "write `for x in xs { ... }`",
        TokenKind::Comma | TokenKind::CloseBrace if wanted == "`:`" => {
            "in braces every value has a name or a key: `{ x: 1, y: 2 }`; a list is written `[1, 2]`"
        }
        TokenKind::Comma if parser.pos == parser.stmt_start => {
            "commas stand in brackets only; a declaration and an assignment have one name each"
        }
        TokenKind::If if wanted == "`=>`" => "an arm has no condition; test it in the result: `n => if n > 0 then a else b`",
        TokenKind::Bar if wanted == "`=>`" => "an arm has one pattern; write an arm for each",
        TokenKind::Bar if wanted == "`,` or `)`" && matches!(statement, TokenKind::Fun | TokenKind::Export) => UNION,
        TokenKind::OpenParen if wanted == "`{`" && statement == TokenKind::Emit => {
            "an event is written in braces: `emit Tick { value: 1 }`"
        }
        TokenKind::Dot if wanted == "`(`" && statement == TokenKind::Fun => {
            "a method stands in the type: `type Point { x: int fun double(): int { return x * 2 } }`"
        }
        TokenKind::Colon if wanted == "`,` or `>`" => "a type parameter is a name alone: `fun first<T>(xs: list<T>): T { ... }`",
        _ if wanted == "`by`" => "a clause is written `group by x.kind into g`, `sort by x.age`",
        _ if wanted == "`as`" && statement == TokenKind::On => "the event gets a name: `on Tick as t { ... }`",
        _ if wanted == "`as`" => "the type of the rows follows: `load \"people.csv\" as Person`",
        _ if wanted == "a test name in quotes" => "a test has a name and a block: `test \"adds\" { expect 1 + 1 == 2 }`",
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
        TokenKind::Arrow if wanted == "`:`" => "the value follows a colon: `{ key: value }`",
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
        TokenKind::Name(_) | TokenKind::Then if wanted == "`{`" && matches!(token.span.of(parser.text), "do" | "then" | "begin") => {
            "a block stands in braces: `{ ... }`"
        }
        kind if kind.is_keyword() && wanted == "an expression" && adjacent == Some(TokenKind::Minus) => {
            return Some(format!("a name has no `-`; write `my_{0}` instead of `my-{0}`", token.span.of(parser.text)));
        }
        TokenKind::Let if wanted == "an expression" && head => "a value is taken apart by `match`: `match x { Some(v) => ... _ => ... }`",
        TokenKind::Name(name) if wanted == "`in`" && statement != TokenKind::For && sym::is_clause(name) => {
            "each row gets a name: `from x in rows where x.age > 2 select x`"
        }
        TokenKind::Name(_) if wanted == "`{`" && statement == TokenKind::Name(sym::UPDATE) => {
            "the new values stand in braces: `update people set { age: 4 } where name == \"Bob\"`"
        }
        TokenKind::Name(_) if wanted == "`on`" => "a join has a condition: `join y in ys on y.id == x.id`",
        TokenKind::Name(_) if wanted == "`into`" => "the groups get a name: `group by x.kind into g`, then `g.key` and `count(g)`",
        TokenKind::Name(_) if wanted == "`{` or `=`" => "another name for a type is declared with `=`: `type Id = int`",
        TokenKind::Name(_) if wanted == "a clause of the query" => match token.span.of(parser.text) {
            "desc" | "descending" => "for descending order negate the key: `sort by -x`",
            "asc" | "ascending" => "ascending order needs no word; remove it",
            "limit" => "write `take n`",
            "offset" => "write `skip n`",
            "like" => "parts of a text are looked for with `contains(s, \"part\")` or `starts_with(s, \"part\")`",
            "between" => "write `x >= a && x <= b`",
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
        _ if wanted == "a clause of the query" => "`=` assigns; compare with `==`",
        _ if wanted == "an expression" => "an assignment is a statement and gives no value; compare with `==`",
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

/// `SELECT name`, `name FROM people`, `insert into people`: help for two words that follow each other in SQL.
pub(super) fn sql(word: &str, next: &str) -> Option<&'static str> {
    let is = |text: &str, upper: &str| text.eq_ignore_ascii_case(upper);
    if is(word, "insert") || is(word, "into") || is(next, "into") {
        return Some("a row is added by `rows = append(rows, {name: \"Bob\"})`");
    }
    let asks = is(word, "select") || is(next, "from") || is(next, "where") || is(word, "from");
    asks.then_some("a query begins with `from`: `from x in rows where x.age > 2 select x.name`")
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
        "do" | "repeat" => "a loop that tests at its end is `while true { ... if done { break } }`",
        "until" => "write `while !(done) { ... }`",
        "unless" => "write `if !(c) { ... }`",
        "goto" => "there are no jumps but `break`, `continue` and `return`",
        "with" => "files are read with `load \"path\" as T` and written with `save rows to \"path\"`",
        "echo" | "puts" | "println" | "printf" | "write" | "say" => "write `print(...)`",
        "assert" => "write `expect condition`",
        "end" | "endif" | "fi" | "done" => "a block ends with `}`",
        "nonlocal" | "global" => "a function may assign a variable that is declared outside; no word is needed",
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
