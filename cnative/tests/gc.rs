//! Drives `gc.c`: the collector with usual and tiny limits, under sanitizers, in checked builds, on a static heap.

use std::path::Path;
use std::process::Command;

#[path = "tools.rs"]
#[allow(dead_code)] // each test uses a part of it
mod tools;
use tools::{Scratch, is_here};

/// Builds `gc.c` and runs each case; gives the case, its output and its exit code.
fn run(name: &str, flags: &[&str], host: &str, cases: &[&str]) -> Vec<(String, String, Option<i32>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scratch = Scratch::new(name);
    let program = scratch.path("gc");
    let mut command = Command::new("gcc");
    command.args(["-std=gnu11", "-g", "-Wall", "-Wextra", "-Werror"]).args(flags).arg("-I").arg(root.join("rt"));
    command.args([root.join("tests/gc.c"), root.join("rt/gc.c"), root.join("rt").join(host)]).arg("-o").arg(&program).arg("-pthread");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let run = |case: &&str| {
        let output = Command::new(&program).arg(case).output().unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (case.to_string(), text, output.status.code())
    };
    cases.iter().map(run).collect()
}

const SANITIZE: &str = "-fsanitize=address,undefined";
const PASSING: [&str; 5] = ["graph", "stress", "arrays", "wide", "twice"];

fn assert_ok(results: Vec<(String, String, Option<i32>)>) {
    for (case, text, code) in results {
        assert_eq!((text.as_str(), code), ("ok\n", Some(0)), "case {case}");
    }
}

#[test]
fn graphs_survive() {
    if is_here("gcc") {
        assert_ok(run("gc-O2", &["-O2"], "host_posix.c", &PASSING));
    }
}

#[test]
fn nothing_is_touched_that_is_not_ours() {
    if is_here("gcc") {
        assert_ok(run("gc-sanitized", &["-O1", SANITIZE, "-fno-sanitize-recover=all"], "host_posix.c", &PASSING));
    }
}

#[test]
fn no_stale_reference_in_checked_builds() {
    if is_here("gcc") {
        assert_ok(run("gc-checked", &["-O1", "-DMOCHI_CHECKED", SANITIZE], "host_posix.c", &PASSING));
    }
}

#[test]
fn a_static_heap_lasts() {
    if is_here("gcc") {
        // 1 KiB blocks, a mark stack of 64, and the POSIX host, since this runs here.
        assert_ok(run("gc-static", &["-O1", "-DMOCHI_HEAP_STATIC=131072", SANITIZE], "host_posix.c", &["small"]));
    }
}

#[test]
fn the_end_of_memory_is_a_trap() {
    if is_here("gcc") {
        for (case, text, code) in run("gc-limits", &["-O2"], "host_posix.c", &["limit", "huge"]) {
            assert_eq!((text.as_str(), code), ("trap 1\n", Some(3)), "case {case}");
        }
    }
}
