//! One mistake gives one diagnostic, and what follows is still read.

use super::{errors, parse_text};

/// The text is wrong in one place, and its last statement `last()` survives.
fn recovers(text: &str, expected: &str) {
    errors(text, &[expected]);
    let (tree, _) = parse_text(text);
    assert!(tree.contains("(call last)"), "{text}\n{tree}");
}

#[test]
fn a_broken_statement_costs_itself() {
    recovers("let = 1\nlast()", "P031 1:5 =");
    recovers("let x = 1 + * 2\nlast()", "P999 1:13 *");
    recovers("let x = )\nlast()", "P999 1:9 )");
    recovers("x = \nlet y = 1\nlast()", "P999 1:4");
    recovers("return +\nlast()", "P999 1:8 +");
    recovers("type T = |\nlast()", "P999 1:10 |");
    recovers("import 5\nlast()", "P999 1:8 5");
    recovers("fact f(\nlet x = 1\nlast()", "P999 1:8");
    recovers("intent x() {}\nlast()", "P999 1:1 intent");
    recovers("print(1, 2\nlet x = 1\nlast()", "P052 1:11");
    recovers("print(1, 2\nlast()", "P052 1:11");
}

#[test]
fn blocks_go_on_after_a_mistake() {
    recovers("fun f() {\n  let = 1\n  g()\n}\nlast()", "P031 2:7 =");
    recovers("if a {\n  b +\n}\nlast()", "P999 2:6");
    recovers("fun f(a int) {\n  g()\n}\nlast()", "P052 1:9 int");
    recovers("fun f(a: int {\n  g()\n}\nlast()", "P052 1:14 {");
}

#[test]
fn missing_braces() {
    recovers("if a > 1\n  f()\n}\nlast()", "P001 1:9");
    recovers("}\nlast()", "P001 1:1 }");
    recovers("let m = { a: 1\nlet x = 2\nlast()", "P001 1:15");
    errors("fun f() {\n  g()\n", &["P001 3:1"]);
    errors("fun f() { if a { while b {", &["P001 1:27"]);
    let (_, diagnostics) = parse_text("fun f() {\n  if a {\n    g()\n}\nlet x = 1\n");
    assert_eq!(diagnostics.len(), 1);
    assert!(diagnostics[0].labels.iter().any(|label| label.text.contains("indented differently")) || diagnostics[0].labels.len() > 1);
}

#[test]
fn a_missing_brace_is_found_by_the_indentation() {
    recovers("fun f() {\n  if a {\n    g()\n  return 1\n}\nlast()", "P001 3:8");
    recovers("fun f() {\n  g()\nfun h() {\n  g()\n}\nlast()", "P001 2:6");
    recovers("if a {\n  g()\nelse {\n  h()\n}\nlast()", "P001 2:6");
    errors("fun f() {\n  if a {\n    g()\n}\n", &["P001 3:8"]);
}

#[test]
fn a_misspelt_query_is_still_a_query() {
    recovers("let q = frm x in xs where x > 1 select x\nlast()", "P999 1:9 frm");
    recovers("let q = from x xs select x\nlast()", "P999 1:16 xs");
}

#[test]
fn what_is_declared_wrongly_is_declared() {
    let (tree, _) = parse_text("var x =\nfun f(: int, b) { }");
    assert!(tree.contains("(var x"), "{tree}");
}

#[test]
fn lists_recover_at_commas() {
    recovers("let x = [1, , 2]\nlast()", "P999 1:13 ,");
    recovers("let x = [1 2]\nlast()", "P999 1:12 2");
    recovers("f(1, +, g(2))\nlast()", "P999 1:6 +");
    recovers("f(a b)\nlast()", "P052 1:5 b");
    recovers("f(a,)\nlast()", "P999 1:4 ,");
    recovers("let m = { type: 1, b: 2 }\nlast()", "P999 1:11 type");
    recovers("let p = P { x 1 }\nlast()", "P999 1:15 1");
}

#[test]
fn arms_and_patterns() {
    recovers("let r = match v { 1 + 2 => 1 _ => 2 }\nlast()", "P063 1:19 1 + 2");
    recovers("let r = match v { -1 => 1 _ => 2 }\nlast()", "P063 1:19 -1");
    recovers("let r = match v { 1 => a, 2 => b }\nlast()", "P999 1:25 ,");
    recovers("let r = match v { 1 => }\nlast()", "P061 1:19 1");
    recovers("let r = match v { N(a.b) => 1 }\nlast()", "P063 1:21 a.b");
}

#[test]
fn each_mistake_is_told_once() {
    errors("let = 1\nlet y = [1, , 2]\nfun g( {\n}\nx[]\n", &["P031 1:5 =", "P999 2:13 ,", "P999 3:8 {", "P060 5:2 []"]);
}

#[test]
fn words_of_other_languages_are_told_once() {
    for text in ["const c = 3", "class A { x: int }", "elif x { }", "if not x { }", "import a from \"b\"", "print \"a\" + b"] {
        let (_, diagnostics) = parse_text(text);
        assert_eq!(diagnostics.len(), 1, "{text}: {diagnostics:?}");
    }
}

#[test]
fn unterminated_text_is_the_only_diagnostic() {
    errors("fun f() {\n  print(\"a)\n}\n", &["P040 2:9 \""]);
    errors("fun f() {\n  /* a\n}\n", &["P042 2:3 /*"]);
}

#[test]
fn help_for_habits_of_other_languages() {
    let helps = |text: &str| {
        let (_, diagnostics) = parse_text(text);
        diagnostics[0].help.clone().unwrap_or_default()
    };
    assert!(helps("if x = 3 { }").contains("=="));
    assert!(helps("x += 1").contains("x = x + ..."));
    assert!(helps("x++").contains("x = x + 1"));
    assert!(helps("x := 1").contains("let x"));
    assert!(helps("def f(a) { }").contains("fun"));
    assert!(helps("let s = 'a'").contains("double quotes"));
    assert!(helps("let fun = 1").contains("another name"));
    assert!(helps("x.type").contains("m[\"type\"]"));
    assert!(helps("print \"a\"").contains("print(...)"));
    assert!(helps("let t = a ? b : c").contains("then"));
    assert!(helps("fun f(a: int) -> int { }").contains("colon"));
    assert!(helps("for (x in xs) { }").contains("without parentheses"));
    assert!(helps("for i = 0").contains("0..n"));
    assert!(helps("let p = P { x = 1 }").contains("colon"));
    assert!(helps("let m = { \"a\" = 1 }").contains("colon"));
    assert!(helps("let xs: [int] = []").contains("list<int>"));
    assert!(helps("let f = (a) => a").contains("fun(x)"));
    assert!(helps("fun f(a = 1) { }").contains("default"));
    assert!(helps("if a and b { }").contains("&&"));
    assert!(helps("if a print(1)").contains("braces"));
    assert!(helps("a | b").contains("||"));
    assert!(helps("let x = a << 2").contains("shifts"));
    assert!(helps("nil").contains("none"));
    assert!(helps("x == 1").contains("expect"));
}
