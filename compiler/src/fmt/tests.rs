//! The formatter: layouts, and the promises that meaning and comments stay and that a second run changes nothing.

use super::{Parsed, format, formattable, layout, sorted_comments};
use crate::source::FileId;
use crate::syntax::lexer::lex;
use crate::syntax::symbol::Names;
use crate::syntax::{dump, tests::SAMPLES};

const FILE: FileId = FileId(0);

fn check(text: &str, expected: &str) {
    let (formatted, diagnostics) = format(FILE, text);
    assert_eq!(diagnostics, [], "{text}");
    assert_eq!(formatted, expected);
    keeps(text);
}

/// The layout, unguarded, keeps tree and comments, and is stable.
fn keeps(text: &str) {
    let before = Parsed::new(FILE, text);
    assert!(before.diagnostics.iter().all(formattable), "{:?}\n{text}", before.diagnostics);
    let once = layout(&before, text);
    let after = Parsed::new(FILE, &once);
    assert_eq!(dump(&after.program, &after.names), dump(&before.program, &before.names), "{text}\n----\n{once}");
    assert_eq!(sorted_comments(&after.comments, &once), sorted_comments(&before.comments, text), "{text}\n----\n{once}");
    assert_eq!(layout(&after, &once), once, "not stable:\n{text}");
    assert!(once.lines().all(|line| !line.ends_with(' ')) || once.contains('"') || once.contains("/*"), "{once}");
}

#[test]
fn statements() {
    check("let x=1;var y:int\nx=  y+ 2*-3", "let x = 1\nvar y: int\nx = y + 2 * -3\n");
    check("fun f ( a:int,b ) :int{return a}", "fun f(a: int, b): int { return a }\n");
    check("fun f() {\nreturn 1}\n\n\n\nf()", "fun f() {\n  return 1\n}\n\nf()\n");
    check("if a {f()} else if b {g()} else {}", "if a {\n  f()\n} else if b {\n  g()\n} else {\n}\n");
    check("while a {f()\ng()}", "while a {\n  f()\n  g()\n}\n");
    check("for i in 0 .. 10 {}", "for i in 0..10 {}\n");
    check("type P={x:int,y:int}\ntype T={\nx:int,y:int}", "type P { x: int, y: int }\ntype T {\n  x: int\n  y: int\n}\n");
    check("\u{feff}package a\nimport \"b\"", "package a\nimport \"b\"\n");
    check("", "");
    check("\n\n// only a comment\n\n", "// only a comment\n");
}

#[test]
fn lists_break_where_they_do_not_fit() {
    let word = "abcdefghij";
    let items = [word; 12];
    check(&format!("let x = [{}]", items.join(",")), &format!("let x = [\n  {},\n]\n", items.join(",\n  ")));
    check(&format!("f({})", items.join(",")), &format!("f(\n  {}\n)\n", items.join(",\n  ")));
    check("let x = [\n1,a]", "let x = [\n  1,\n  a,\n]\n");
    check("let x = {\n}", "let x = {}\n");
    let numbers = vec!["12345"; 40].join(", ");
    let (formatted, _) = format(FILE, &format!("let x = [{numbers}]"));
    assert_eq!(formatted.lines().count(), 5, "{formatted}");
}

#[test]
fn chains_break_after_operators() {
    let word = "abcdefghijklmnopqrstuvwxyz";
    check(&format!("let x = {word} + {word} * {word} + {word}"), &format!("let x = {word} +\n  {word} * {word} +\n  {word}\n"));
    check(
        &format!("if {word} && {word} && {word} && {word} {{ f()\n}}"),
        &format!("if {word} &&\n    {word} &&\n    {word} &&\n    {word} {{\n  f()\n}}\n"),
    );
}

#[test]
fn calls_hug_their_last_argument() {
    check("xs.map(fun(x){f(x)\ng(x)})", "xs.map(fun(x) {\n  f(x)\n  g(x)\n})\n");
    check("add(a, {\nb:1})", "add(a, {\n  b: 1,\n})\n");
}

#[test]
fn queries() {
    check("let q=from x in xs where x>1 select x", "let q = from x in xs where x > 1 select x\n");
    check("let q=from x in xs\nselect x", "let q =\n  from x in xs\n  select x\n");
    check("f(from x in xs\norder by x select x)", "f(\n  from x in xs\n    sort by x\n    select x\n)\n");
    check(
        "let q = from x in xs // the source\n// the filter\nwhere x > 1\nselect x",
        "let q =\n  from x in xs // the source\n  // the filter\n  where x > 1\n  select x\n",
    );
}

#[test]
fn if_and_match() {
    check("let x=if a{b}else{c}", "let x = if a then b else c\n");
    check("let x=if a{if b{c}}else{d}", "let x = if a { if b then c } else { d }\n");
    check("let x=if a then b else{c:1}", "let x = if a { b } else { {c: 1} }\n");
    check("let x=match y{1=>2 _=>{f()\n}}", "let x = match y {\n  1 => 2\n  _ => {\n    f()\n  }\n}\n");
    let word = "abcdefghijklmnopqrstuvwxyz";
    check(
        &format!("let x = if {word} then {word} + {word} else {word}"),
        &format!("let x = if {word} {{\n  {word} + {word}\n}} else {{\n  {word}\n}}\n"),
    );
    check("if a then f() else{g()}", "if a then f() else g()\n");
    check("if a then f() else if b{if c then g()}else h()", "if a then f() else if b { if c then g() } else h()\n");
    check(
        &format!("if a then f({word}) else if b then f({word}) else f({word}, {word})"),
        &format!("if a then\n  f({word})\nelse if b then\n  f({word})\nelse\n  f({word}, {word})\n"),
    );
}

#[test]
fn comments_keep_their_places() {
    check(
        "// head\n\nfun f() { // why\n  // first\n  g() // after\n\n  // last\n}\n// end",
        "// head\n\nfun f() { // why\n  // first\n  g() // after\n\n  // last\n}\n// end\n",
    );
    check("let x = [1, // one\n  // two\n  2]", "let x = [\n  1, // one\n  // two\n  2,\n]\n");
    check("f(/* a */ 1, /* b */ 2)", "f(/* a */ 1, /* b */ 2)\n");
    check("let x = a && // first\n  b // second\n", "let x = a && // first\n  b // second\n");
    check("let y = match x {\n  // none\n  1 => 2 // two\n}", "let y = match x {\n  // none\n  1 => 2 // two\n}\n");
    check("let x = a // first\n  && // second\n  b", "let x = a && // first\n  // second\n  b\n");
    check("let x =\n  // above\n  1", "// above\nlet x = 1\n");
    check("if a {\n  f()\n}\n// or\nelse {\n  g()\n}", "if a {\n  f()\n} else {\n  // or\n  g()\n}\n");
}

#[test]
fn wrong_texts_stay_as_they_are() {
    for text in ["let = 1", "f(", "let s = \"a", "match x { -1 => 2 }"] {
        let (formatted, diagnostics) = format(FILE, text);
        assert_eq!(formatted, text);
        assert!(diagnostics.iter().any(|diagnostic| diagnostic.is_error()));
    }
}

#[test]
fn samples_keep_their_meaning() {
    for sample in SAMPLES {
        keeps(sample);
        keeps(&sample.replace('\n', "\n\n\n").replace("query\n", "query "));
    }
}

/// A comment at every place between two tokens of every statement.
#[test]
fn comments_anywhere_are_kept() {
    for sample in SAMPLES {
        for stmt in &Parsed::new(FILE, sample).program.stmts {
            comments_inside(stmt.span.of(sample));
        }
    }
}

fn comments_inside(text: &str) {
    for token in lex(FILE, text, &Names::new()).tokens {
        let (before, after) = text.split_at(token.span.start as usize);
        for comment in ["/* c */", " /* c */ /* d */ ", "// c\n", "\n// c\n// d\n", "\n\n# c\n\n", "/* c\n c */"] {
            // A line end after `query` makes it a name, and `:-` is one arrow.
            if !(before.ends_with("query ") || (before.ends_with(':') && after.starts_with('-'))) {
                keeps(&format!("{before}{comment}{after}"));
            }
        }
    }
}

#[test]
fn a_text_that_was_not_read_whole_is_left_alone() {
    // The wrong language alone would leave the tree whole; the call after it does not.
    let text = "import cobol \"math\" as ent((m f";
    let (formatted, diagnostics) = format(FILE, text);
    assert_eq!(formatted, text);
    assert_eq!(diagnostics.len(), 2, "{diagnostics:?}");
}

#[test]
fn an_if_that_something_follows_keeps_its_braces() {
    check("let x=if a {1} else {2}+3", "let x = if a { 1 } else { 2 } + 3\n");
    check("let x=b*if a {1} else {2}+3", "let x = b * if a { 1 } else { 2 } + 3\n");
    check("let x=3+if a {1} else {2}", "let x = 3 + if a then 1 else 2\n");
    check("let x=-if a {1} else {2} as int", "let x = -if a { 1 } else { 2 } as int\n");
    check("let x=if a {f} else {g}(1)", "let x = if a { f } else { g }(1)\n");
    check("let x=if a {f} else {g}[1].y", "let x = if a { f } else { g }[1].y\n");
    check("let x=(if a {f} else {g})(1)", "let x = (if a then f else g)(1)\n");
}
