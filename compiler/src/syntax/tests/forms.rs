//! What the grammar's forms and traps mean, as trees.

use super::{check, errors, parse_text};
use crate::source::SourceMap;
use crate::syntax::{ParseOptions, ast, dump, parse, symbol};

#[test]
fn precedence() {
    check("let x = 1 + 2 * 3 - 4", "(let x (- (+ 1 (* 2 3)) 4))");
    check("let x = a ?? b || c && d == e < f + g % h", "(let x (?? a (|| b (&& c (== d (< e (+ f (% g h))))))))");
    check("let x = a == b in c", "(let x (in (== a b) c))");
    check("let x = a union b except c union all d", "(let x (union all (except (union a b) c) d))");
    check("let x = -a.b as float", "(let x (neg (as (field a b) float)))");
    check("let x = !-a", "(let x (not (neg a)))");
    check("let x = a + b as int", "(let x (+ a (as b int)))");
    check("let x = a as int < b", "(let x (< (as a int) b))");
    check("let x = a as T < b && c > d", "(let x (&& (< (as a T) b) (> c d)))");
    check("let x = a as list<int>", "(let x (as a (type list int)))");
}

#[test]
fn statements_run_on() {
    check("let a = b\n(c).f()", "(let a (call (field (call b c) f)))");
    check("let a = b\n-c", "(let a (- b c))");
    check("let a = b\n[0]", "(let a (index b 0))");
    check("let a = b; let c = d", "(let a b) (let c d)");
}

#[test]
fn struct_literals_and_blocks() {
    check("let p = P {}", "(let p (struct P))");
    check("let p = P { x: 1, }", "(let p (struct P (: x 1)))");
    check("if x { f() }", "(if (when x (block (call f))))");
    check("if x {}", "(if (when x (block)))");
    check("for v in xs {}", "(for v xs (block))");
    check("while f(P {}) {}", "(while (call f (struct P)) (block))");
    check("if x == P { a: 1 } {}", "(if (when (== x (struct P (: a 1))) (block)))");
    check("let m = match v { a => b }", "(let m (match v (arm a b)))");
    check("let m = match v {}", "(let m (match v))");
}

#[test]
fn maps_and_blocks_of_arms() {
    check(
        "let m = match v { 1 => {} 2 => { a: 1 } 3 => { f() } 4 => { \"k\": 2 } }",
        "(let m (match v (arm 1 (map)) (arm 2 (map (: \"a\" 1))) (arm 3 (block (call f))) (arm 4 (map (: \"k\" 2)))))",
    );
    check("let m = { a: 1, (a): 2, \"c\": 3, a.b: 4 }", "(let m (map (: \"a\" 1) (: (paren a) 2) (: \"c\" 3) (: (field a b) 4)))");
}

#[test]
fn returns() {
    check("fun f() { return }", "(fun f (params) (block (return)))");
    check("fun f() { return\n1 }", "(fun f (params) (block (return 1)))");
    check("fun f() { return\nlet x = 1 }", "(fun f (params) (block (return) (let x 1)))");
    check("fun f() { return\nmatch x { } }", "(fun f (params) (block (return (match x))))");
    check("fun f() { return model }", "(fun f (params) (block (return model)))");
    check("return\nbench \"b\" { }", "(return) (bench \"b\" (block))");
    check("return\nfun f() {}", "(return) (fun f (params) (block))");
}

#[test]
fn rule_arrow_is_two_tokens() {
    check("rule r(x) :- p(x), x != y", "(rule (pred r x) (pred p x) (!= x y))");
    check("let s = xs[1:-1]", "(let s (slice xs 1 (neg 1) -))");
    check("let m = {\"a\":-1}", "(let m (map (: \"a\" (neg 1))))");
}

#[test]
fn assignment() {
    check("a[i][j].f.g = v", "(= (field (field (index (index a i) j) f) g) v)");
    check("a.b[0] = v", "(= (index (field a b) 0) v)");
    errors("f(x) = 1", &["P999 1:1 f(x)"]);
    errors("a?.b = 1", &["P999 1:1 a?.b"]);
    errors("xs[1:2] = 1", &["P999 1:1 xs[1:2]"]);
}

#[test]
fn if_expressions() {
    check("let x = if a then b else c", "(let x (if (when a b) (else c)))");
    check("let x = if a { b } else if c { d } else { e }", "(let x (if (when a b) (when c d) (else e)))");
    check("let x = if a then b else {}", "(let x (if (when a b) (else (map))))");
    check("let x = if a then b else { k: 1 }", "(let x (if (when a b) (else (map (: \"k\" 1)))))");
}

#[test]
fn words_that_are_names_elsewhere() {
    check("let q = from x in case where loop select not", "(let q (from-query (from x case) (where loop) (select not)))");
    check("let from = 1\nfrom = from + 1", "(let from 1) (= from (+ from 1))");
    check("let union = 1\nunion = 2", "(let union 1) (= union 2)");
    check("let query = 1\nlet y = query\nfoo(1)", "(let query 1) (let y query) (call foo 1)");
    check("let y = query p(x)", "(let y (query (pred p x)))");
    check("model(1)", "(call model 1)");
    check("update(1)", "(call update 1)");
    check("import \"a\"\nauto = 1", "(import \"a\") (= auto 1)");
}

#[test]
fn queries() {
    check("let q = from a in as_ join from in bs on true select a", "(let q (from-query (from a as_) (join from bs true) (select a)))");
    check(
        "let q = from a in xs group by a.k into g select distinct g.key",
        "(let q (from-query (from a xs) (group g (by (field a k))) (select-distinct (field g key))))",
    );
    check("let q = from a in xs select distinct", "(let q (from-query (from a xs) (select distinct)))");
    errors("let q = from a in xs sort by a where a select a", &["P999 1:32 where"]);
    errors("let q = from a in xs take 1 take 2 select a", &["P999 1:29 take"]);
    errors("let q = from a in xs\nprint(q)", &["P999 1:21"]);
}

#[test]
fn types() {
    check("type T = A", "(type T (alias A))");
    check("type T = A(x: int)", "(type T (union (variant A (: x int))))");
    check("type T = A | B {}", "(type T (union (variant A) (variant B)))");
    check("type T = { x: int }", "(type T (struct (: x int)))");
    check(
        "let x: fun(int, fun(): T?): list<int?> = 1",
        "(let x (: (fun-type (params int (fun-type (params) (optional T))) (type list (optional int)))) 1)",
    );
    check("let x: list<list<int>>= 1", "(let x (: (type list (type list int))) 1)");
    check("let x: { a: int, b: {} } = 1", "(let x (: (record (: a int) (: b (record)))) 1)");
}

#[test]
fn statements_without_effect() {
    errors("x", &["P065 1:1 x"]);
    errors("xs[0]\nx + 1\n\"a\"", &["P065 1:1 xs[0]\nx + 1".split('\n').next().unwrap(), "P065 2:1 x + 1", "P065 3:1 \"a\""]);
    errors("fun(x) => f(x)", &["P065 1:1 fun(x) => f(x)"]);
    errors("test \"t\" { if a { b == 1 } }", &["P065 1:19 b == 1"]);
    errors("let f = fun() { x }", &["P065 1:17 x"]);
    check("x + f()", "(+ x (call f))");
    check("match x { 1 => { y = 2 } }", "(match x (arm 1 (block (= y 2))))");
    check("none", "none");
}

#[test]
fn prelude_dialect() {
    let text = "type list<T> { data: array<T> }\nextern fun get<T>(a: array<T>, i: i32): T = \"op:array.get\"";
    errors(text, &["M002 1:10 <T>", "M002 2:15 <", "M002 2:43 = \"op:array.get\""]);
    let file = SourceMap::new().add("p.mochi", text);
    let names = symbol::Names::new();
    let options = ParseOptions { prelude: true, start: 0 };
    let (program, diagnostics) = parse(file, text, &names, &mut ast::Ids::default(), options);
    assert_eq!(diagnostics, []);
    assert!(dump(&program, &names).contains("(extern-fun get (types T)"));
}

#[test]
fn places_of_failures() {
    let text = "let v = m[k].f(a) / (x as int)\nexpect !v";
    let file = SourceMap::new().add("p.mochi", text);
    let names = symbol::Names::new();
    let (program, _) = parse(file, text, &names, &mut ast::Ids::default(), ParseOptions::default());
    let [ast::StmtKind::Let(binding), ast::StmtKind::Expect(expect)] = [&program.stmts[0].kind, &program.stmts[1].kind] else {
        panic!("two statements")
    };
    let ast::ExprKind::Binary(division) = &binding.value.as_ref().unwrap().kind else { panic!("a division") };
    let ast::ExprKind::Call(call) = &division.left.kind else { panic!("a call") };
    let ast::ExprKind::Field(field) = &call.callee.kind else { panic!("a field") };
    let ast::ExprKind::Index(index) = &field.object.kind else { panic!("an index") };
    let ast::ExprKind::Cast(cast) = &division.right.peel().kind else { panic!("a cast") };
    let places = [division.op_span, call.name_span(), index.bracket, cast.as_span, expect.keyword, call.parens];
    assert_eq!(places.map(|span| span.of(text)), ["/", "f", "[", "as", "expect", "(a)"]);
}

#[test]
fn comments_and_white_space() {
    check("// a\nlet x = /* b */ 1 # c\n/// d\n", "(let x 1)");
    check("\u{feff};;let x = 1;;", "(let x 1)");
    assert_eq!(parse_text("").0, "(program)\n");
}
