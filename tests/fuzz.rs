//! A minute of random programs, always the same ones: every backend, unoptimised and optimised, against the judge of
//! `tests/fuzz`, which knows the language and not the compiler. Longer runs: docs/testing.md.

use std::process::{Command, Stdio};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn runs(command: &str, argument: &str) -> bool {
    let status = Command::new(command).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[test]
fn random_programs_do_what_the_judge_says() {
    let needs_all = std::env::var_os("MOCHI_TEST_ALL").is_some();
    let (python, tcc) = (runs("python3", "--version"), runs("tcc", "-v"));
    assert!(!needs_all || python && tcc, "MOCHI_TEST_ALL needs python3 and tcc");
    if !python {
        eprintln!("SKIPPED: no python3");
        return;
    }
    if !tcc {
        eprintln!("SKIPPED for C: no tcc");
    }
    let output = Command::new("python3")
        .arg(format!("{ROOT}/tests/fuzz/programs.py"))
        .args(["--seed", "1", "--count", "160", "--batch", "16", "--gcc", "0", "--backends"])
        .arg(if tcc { "vm,jit,wasm,c" } else { "vm,jit,wasm" })
        .env("MOCHI", env!("CARGO_BIN_EXE_mochi"))
        .output()
        .expect("python3");
    let (seen, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{seen}\n{error}");
    // A run that tried nothing would pass, too.
    assert!(seen.contains("seeds 1 to 160: 1"), "{seen}\n{error}");
}
