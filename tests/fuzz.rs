//! Half a minute of random programs, always the same ones: every backend, unoptimised and optimised, against the judge of
//! `tests/fuzz`, which knows the language and not the compiler; and random SQL against SQLite. Longer runs: docs/testing.md.

use std::process::{Command, Stdio};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn runs(command: &str, arguments: &[&str]) -> bool {
    let status = Command::new(command).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Runs a script of `tests/fuzz` on all backends that this machine has, and wants `summary` in what it prints: a run that tried nothing
/// would pass, too. `needs` is Python that fails where the script could not run.
fn passes(script: &str, needs: &str, arguments: &[&str], summary: &str) {
    let needs_all = std::env::var_os("MOCHI_TEST_ALL").is_some();
    let (python, tcc) = (runs("python3", &["-c", needs]), runs("tcc", &["-v"]));
    assert!(!needs_all || python && tcc, "MOCHI_TEST_ALL needs tcc, and python3 that runs `{needs}`");
    if !python {
        eprintln!("SKIPPED: no python3 that runs `{needs}`");
        return;
    }
    if !tcc {
        eprintln!("SKIPPED for C: no tcc");
    }
    let output = Command::new("python3")
        .arg(format!("{ROOT}/tests/fuzz/{script}"))
        .args(arguments)
        .arg("--backends")
        .arg(if tcc { "vm,jit,wasm,c" } else { "vm,jit,wasm" })
        .env("MOCHI", env!("CARGO_BIN_EXE_mochi"))
        .output()
        .expect("python3");
    let (seen, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{seen}\n{error}");
    assert!(seen.contains(summary), "{seen}\n{error}");
}

#[test]
fn random_programs_do_what_the_judge_says() {
    passes("programs.py", "pass", &["--seed", "1", "--count", "160", "--batch", "16", "--gcc", "0"], "seeds 1 to 160: 1");
}

#[test]
fn random_queries_give_what_sqlite_gives() {
    let needs = "import sqlite3; assert sqlite3.sqlite_version_info >= (3, 30)";
    passes("sql.py", needs, &["--seed", "1", "--count", "40", "--share", "10"], "40 programs, 1");
}
