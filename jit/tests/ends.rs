//! How programs end when they do not just return: no stack, no memory, no time, a failing check with its call trace.

use compiler::ir::eval::Scalar;
use compiler::ir::parse::parse;
use compiler::ir::runs::Outcome;
use compiler::ir::verify::verify;
use compiler::source::Span;
use jit::{Mode, RunOptions};
use std::process::Command;
use std::time::Duration;

const MODES: [Mode; 2] = [Mode::Vm, Mode::Jit];

/// The trap function exits with the site's number.
const PROGRAM: &str = r#"
type $cell = struct { n: i64, next: ref null $cell }
type $cells = array ref null $cell
site s0 = 0
site s1 = 0
site s2 = 0
site s3 = 4 !0:30:31
func @trap(v0: i32, v1: i64, v2: i64) diverges {
  call @leave(v0)
  unreachable
}
func @leave(v0: i32) {
  call_host exit(v0)
  unreachable
}
func @endless(v0: i64) -> i64 {
  v1 = call @endless(v0)
  v2 = i64.add v0, v1
  return v2
}
func @deep(v0: i64) -> i64 {
  v1 = i64.const 0
  v2 = i64.eq v0, v1
  L0: v3: i64 = if v2 {
    br L0(v1)
  } else {
    v4 = i64.const 1
    v5 = i64.sub v0, v4
    v6 = call @deep(v5)
    v7 = i64.add v6, v4
    br L0(v7)
  }
  return v3
}
func @fill(v0: i64) -> i64 {
  v1 = ref.null $cell
  L0: loop (v2: ref null $cell = v1) {
    v3 = struct.new $cell v0, v2
    br L0(v3)
  }
  unreachable
}
func @large(v0: i64) -> i64 {
  v1 = i64.wrap v0
  v2 = array.new $cells v1
  v3 = array.len $cells v2
  v4 = i32.extend_u v3
  return v4
}
func @spin(v0: i64) -> i64 {
  L0: loop (v1: i64 = v0) {
    v2 = i64.add v1, v0
    br L0(v2)
  }
  unreachable
}
func @inner(v0: i64) -> i64 !0:1:2 {
  v1 = i64.const 9223372036854775807
  v2 = i64.add_checked s3 v0, v1 !0:30:31
  return v2
}
func @middle(v0: i64) -> i64 !0:3:4 {
  v1 = call @inner(v0) !0:20:21
  v2 = i64.add v1, v0
  return v2
}
func @again(v0: i64) -> i64 !0:5:6 {
  v1 = i64.const 0
  v2 = i64.eq v0, v1
  L0: v3: i64 = if v2 {
    v4 = i64.const 1
    v5 = call @middle(v4) !0:10:11
    br L0(v5)
  } else {
    v6 = i64.const 1
    v7 = i64.sub v0, v6
    v8 = call @again(v7) !0:12:13
    v9 = i64.add v8, v0
    br L0(v9)
  }
  return v3
}
func @main() !0:7:8 {
  v0 = i64.const 60
  v1 = call @again(v0) !0:40:41
  return
}
main @main
trap @trap
"#;

fn call(name: &str, arg: i64, options: RunOptions) -> Outcome {
    let module = verify(parse(PROGRAM).expect("an IR text")).expect("verified IR");
    jit::call(&module, name, &[Scalar::I64(arg)], &options).expect("a function that can be called")
}

#[test]
fn stack_ends() {
    for mode in MODES {
        let options = || RunOptions { mode, stack_bytes: 64 << 20, ..RunOptions::default() };
        assert_eq!(call("endless", 1, options()), Outcome::Exits(0), "{mode:?}");
        assert_eq!(call("deep", 10_000, options()), Outcome::Returns(Some(Scalar::I64(10_000))), "{mode:?}");
    }
}

#[test]
fn a_million_frames() {
    for mode in MODES {
        let options = RunOptions { mode, ..RunOptions::default() };
        assert_eq!(call("deep", 1_000_000, options), Outcome::Returns(Some(Scalar::I64(1_000_000))), "{mode:?}");
    }
}

#[test]
fn memory_ends() {
    for mode in MODES {
        let options = || RunOptions { mode, heap_limit: 16 << 20, stack_bytes: 64 << 20, ..RunOptions::default() };
        assert_eq!(call("fill", 1, options()), Outcome::Exits(1), "{mode:?}");
        assert_eq!(call("large", 1 << 30, options()), Outcome::Exits(1), "{mode:?}");
        assert_eq!(call("large", 1 << 10, options()), Outcome::Returns(Some(Scalar::I64(1 << 10))), "{mode:?}");
    }
}

#[test]
fn time_ends() {
    for mode in MODES {
        let timeout = Some(Duration::from_millis(50));
        let options = RunOptions { mode, timeout, stack_bytes: 64 << 20, ..RunOptions::default() };
        assert_eq!(call("spin", 1, options), Outcome::Exits(2), "{mode:?}");
    }
}

/// Machine code that has no room runs in the VM.
#[test]
fn traces() {
    let program = std::env::current_exe().expect("this program");
    for (mode, cache) in [("vm", "64"), ("jit", "64"), ("jit", "0")] {
        let mut child = Command::new(&program);
        child.args(["child", "--exact", "--nocapture", "--ignored"]).env("MOCHI_CHILD", mode).env("MOCHI_JIT_CACHE_MB", cache);
        let output = child.output().expect("this program runs");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let got: Vec<&str> = text.lines().filter(|l| l.starts_with("  ")).collect();
        let mut expected = vec!["  at inner (m:30)", "  at middle (m:20)", "  at again (m:10)"];
        expected.extend(["  at again (m:12)"; 9]);
        expected.push("  ... 44 more");
        expected.extend(["  at again (m:12)"; 7]);
        expected.push("  at main (m:40)");
        assert_eq!(got, expected, "{mode} with {cache} MB:\n{text}");
        assert_eq!(output.status.code(), Some(3), "{mode}");
    }
}

/// Not a test: what `traces` runs in a process of its own.
#[test]
#[ignore]
fn child() {
    let mode = if std::env::var("MOCHI_CHILD").is_ok_and(|m| m == "jit") { Mode::Jit } else { Mode::Vm };
    let locate = |span: Span| Some(format!("m:{}", span.start));
    let options = RunOptions { mode, locate: Some(&locate), ..RunOptions::default() };
    let module = verify(parse(PROGRAM).expect("an IR text")).expect("verified IR");
    std::process::exit(jit::run(&module, &options).expect("a program that can be run"));
}
