//! The text form: what is printed reads back as the same module, and faults are reported with their line.

use compiler::ir::parse::parse;
use compiler::ir::print::{PrintOptions, print, print_with};

/// Every construct, every kind of immediate, every kind of type.
const HEAD: &str = r#"type $base = struct { tag: i32 }
type $leaf = sub $base struct { tag: i32, mut value: f64 }
type $node = final sub $base struct { tag: i32, left: ref $base, "odd name": ref null $node }
type $bytes = array i8
type $words = array i16
type $anys = array any
type $sig = func(i64, any) -> bool
type $proc = func()
type $empty = final struct {}
global %count: i64
global %"list<int>.x": ref null $node
data d0 = "text\n\t\"\\\00\ff"
data d1 = ""
site s0 = 0
site s1 = 0
site s2 = 0
site s3 = 4 !0:12:15

func @f(v0: i64 "n", v1: any) -> bool inline !0:0:4 {
  v2 = i64.const -9223372036854775808
  v3 = i64.add_checked s3 v0, v2 !0:1:2
  v4 = i64.lt_s v0, v3
  L0: v5: i64 "x", v6: any = if v4 {
    v7 = any.from_i64 v0
    br L0(v3, v7)
  } else {
    unreachable
  }
"#;
const TAIL: &str = r#"  v8 = i32.const 3
  L1: v9: i64 = switch v8 {
    case 0 {
      br L1(v0)
    }
    case 1 {
      L2: loop (v10: i64 = v0, v11: any "a" = v6) {
        v12 = i64.eq v10, v3
        if v12 {
          br L1(v10)
        } else {
          br L2(v3, v11)
        }
        unreachable
      }
      unreachable
    }
    default {
      return v4
    }
  }
  L3: block {
    br L3
  }
  v13 = func.addr @f
  v14 = call_indirect $sig v13(v9, v6)
  call @g()
  v15 = array.const $bytes d0
  v16 = i32.const 0
  v17 = call_host write(v16, v15, v16, v16)
  v18 = f64.const -0.0
  v19 = f64.const nan
  v20 = f64.const 0x7ff8000000000001
  v21 = f64.const 1e300
  v22 = f64.const -inf
  v23 = f64.const 0.1
  v24 = struct.new $leaf v8, v18
  struct.set $leaf:value v24, v21
  v25 = ref.null $node
  v26 = struct.new $node v8, v24, v25
  v27 = struct.get $node:"odd name" v26
  v28: ref null $base = select v14, v24, v25
  global.set %"list<int>.x" v27
  v29 = global.get %count
  v30 = bool.const true
  trap_if_with s3 v30, v0, v29
  v31 = array.new $anys v16
  return v30
}

func @g() noinline diverges {
  unreachable
}

main @g
"#;

fn everything() -> String {
    [HEAD, TAIL].concat()
}

#[test]
fn text_reads_back() {
    let text = everything();
    let module = parse(&text).unwrap_or_else(|e| panic!("{e}"));
    let printed = print(&module);
    assert_eq!(printed, text);
    assert_eq!(parse(&printed).unwrap(), module);
    let bare = print_with(&module, PrintOptions { spans: false });
    assert!(bare.contains("i64.add_checked s3 v0, v2\n"), "no spans on instructions");
}

#[test]
fn numbers_are_dense_in_text_order() {
    let text = "func @f(v7: i64) -> i64 {\n v9 = i64.add v7, v7 L5: v30: i64 = block { br L5(v9) } return v30\n}";
    let printed = print(&parse(text).unwrap());
    let expected = "\nfunc @f(v0: i64) -> i64 {\n  v1 = i64.add v0, v0\n  L0: v2: i64 = block {\n    br L0(v1)\n  }\n  return v2\n}\n";
    assert_eq!(printed, expected);
}

#[test]
fn faults_have_lines() {
    let cases = [
        ("func @f() {\n  return v1\n}", "line 2: v1 is not defined"),
        ("func @f() {\n  v1 = i64.plus v0\n}", "line 2: `i64.plus` is no instruction"),
        ("type $a = array ref $b", "line 1: type $b is not defined"),
        ("func @f() {\n  br L0\n}", "line 2: L0 is not defined"),
        ("func @f() {", "line 1: unfinished function"),
        ("data d0 = \"abc", "line 1: unfinished string"),
        ("\n\nfunc @f() { call @g() }", "line 3: function @g is not defined"),
        ("func @f(v0: i64) {\n v0 = i64.const 1\n}", "line 2: v0 is defined twice"),
        ("func @f() {\n v0 = i64.const 9223372036854775808\n}", "line 2: `9223372036854775808` is no i64"),
        ("func @f(v0: i64) {\n v1 = struct.get $t:x v0\n}", "line 2: type $t is not defined"),
        ("func @f(v0: i64) {\n v1 = i64.add v0\n}", "line 2: i64.add has 2 operands"),
    ];
    for (text, message) in cases {
        assert_eq!(parse(text).map(|_| ()).unwrap_err().to_string(), message, "{text}");
    }
}

#[test]
fn any_prefix_of_a_text_is_read_without_a_panic() {
    let text = everything();
    for end in 0..text.len() {
        let _ = parse(&text[..end]);
    }
}
