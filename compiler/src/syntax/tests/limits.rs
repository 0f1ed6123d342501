//! Deep and long texts end in a tree or a diagnostic, on a stack of one megabyte.

use super::parse_text;
use crate::diagnostic::Code;

/// Runs on a small stack, as a page has it, and gives the codes; the tree is printed and dropped there too.
fn codes(text: String) -> Vec<Code> {
    let run = move || parse_text(&text).1.iter().map(|diagnostic| diagnostic.code).collect();
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().expect("no overflow")
}

#[test]
fn deep_nesting_is_a_diagnostic() {
    let n = 100_000;
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("{a:", "1", "}"),
        ("f(", "1", ")"),
        ("x[", "1", "]"),
        ("-", "1", ""),
        ("!", "1", ""),
        ("if a then ", "1", ""),
        ("if a { ", "1", "}"),
        ("fun(x) => ", "1", ""),
        ("match x { y => ", "1", "}"),
        ("from a in b select ", "1", ""),
        ("P { x: ", "1", "}"),
        ("1 + (", "1", ")"),
        ("a union b ?? c || d && e == f < g + h * (", "1", ")"),
    ] {
        let text = format!("let a = {}{middle}{}", open.repeat(n), close.repeat(n));
        assert_eq!(codes(text), [Code::M001], "{open}");
        let text = format!("let a = {}{middle}", open.repeat(n));
        assert_eq!(codes(text), [Code::M001], "{open} without an end");
    }
}

#[test]
fn deep_blocks_types_and_patterns_are_a_diagnostic() {
    let n = 100_000;
    for (open, close) in [("list<", ">"), ("fun(", ")"), ("{ a: ", "}")] {
        let text = format!("let a: {}int{} = 1", open.repeat(n), close.repeat(n));
        assert_eq!(codes(text), [Code::M001], "{open}");
    }
    for open in ["if a { ", "while a { ", "fun f() { ", "test \"t\" { ", "type T { fun m() { ", "for x in y { "] {
        assert_eq!(codes(open.repeat(n)), [Code::M001], "{open}");
    }
    assert_eq!(codes(format!("let x = match v {{ {}1{} => 1 }}", "N(".repeat(n), ")".repeat(n))), [Code::M001]);
}

#[test]
fn nesting_within_the_limit_is_fine() {
    let n = 150;
    assert_eq!(codes(format!("let a = {}1{}", "(".repeat(n), ")".repeat(n))), []);
    assert_eq!(codes(format!("{}{}", "if a { ".repeat(n), "}".repeat(n))), []);
    assert_eq!(codes(format!("let a = {}1{}", "a union b ?? c || d && e == f < g + h * [".repeat(n), "]".repeat(n))), []);
}

#[test]
fn long_chains() {
    let chain = |n: usize, link: &str| codes(format!("let a = b{}", link.repeat(n)));
    for link in [" + 1", ".f", "(1)", "[0]", " as any", " * 2 + 3", " || c"] {
        assert_eq!(chain(900, link), [], "{link}");
        assert_eq!(chain(10_000, link), [Code::M001], "{link}");
        assert_eq!(chain(100_000, link), [Code::M001], "{link}");
    }
}

#[test]
fn sources_and_conditions_are_loops_in_each_other() {
    let query = |n: usize| codes(format!("let a = from x in b {} select x", "join y in c on true ".repeat(n)));
    let rule = |n: usize| codes(format!("rule p(x) :- q(x){}", ", q(x)".repeat(n)));
    assert_eq!((query(200), rule(200)), (vec![], vec![]));
    assert_eq!((query(100_000), rule(100_000)), (vec![Code::M001], vec![Code::M001]));
}

#[test]
fn long_lists_have_no_limit() {
    let n = 20_000;
    assert_eq!(codes(format!("let a = [{}]", "f(x) + 1, ".repeat(n))), []);
    assert_eq!(codes(format!("if a {{ }} {}", "else if b { } ".repeat(n))), []);
    assert_eq!(codes(format!("let a = if a then 1 {} else 3", "else if b then 2 ".repeat(n))), []);
    assert_eq!(codes("f(x)\n".repeat(n)), []);
}
