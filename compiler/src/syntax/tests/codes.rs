//! Every code of the lexer, the parser and the checks of form has a text that gives it and nothing else.

use super::errors;
use crate::diagnostic::Code;

const EXAMPLES: &[(Code, &str, &str)] = &[
    (Code::P001, "while ready {\n  wait()\n", "P001 3:1"),
    (Code::P031, "let : int = 5", "P031 1:5 :"),
    (Code::P040, "print(\"hi)", "P040 1:7 \""),
    (Code::P041, "print(\"a\\qb\")", "P041 1:9 \\q"),
    (Code::P042, "f() /* and so on", "P042 1:5 /*"),
    (Code::P043, "let n = 1_000", "P043 1:9 1_000"),
    (Code::P045, "let n = 0xFFFFFFFFFFFFFFFF", "P045 1:9 0xFFFFFFFFFFFFFFFF"),
    (Code::P046, "let n = 0b", "P046 1:9 0b"),
    (Code::P052, "fun f(a: int, b: int: int { }", "P052 1:21 :"),
    (Code::P060, "let x = xs[:]", "P060 1:11 [:]"),
    (Code::P061, "let r = match v { 0 => }", "P061 1:19 0"),
    (Code::P062, "save rows to \"\"", "P062 1:14 \"\""),
    (Code::P063, "let r = match v { a.b => 1 }", "P063 1:19 a.b"),
    (Code::P064, "import cobol \"math\"", "P064 1:8 cobol"),
    (Code::P065, "1 + 2", "P065 1:1 1 + 2"),
    (Code::P999, "let x = 1 + * 2", "P999 1:13 *"),
    (Code::M002, "type box<T> { value: T }", "M002 1:9 <T>"),
    (Code::M003, "print(\"\\xff\")", "M003 1:7 \"\\xff\""),
];

#[test]
fn every_code_has_an_example() {
    for (code, text, expected) in EXAMPLES {
        assert!(expected.starts_with(code.text()));
        errors(text, &[expected]);
    }
    let missing = Code::ALL.iter().filter(|code| code.text().starts_with('P'));
    let missing: Vec<_> = missing.filter(|code| EXAMPLES.iter().all(|(example, _, _)| example != *code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
