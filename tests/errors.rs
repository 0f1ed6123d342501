//! Diagnostics as people see them: tests/errors/CODE-name.mochi and the `.stderr` that `mochi check` gives for it.
//!
//! `BLESS=1` writes them. Every diagnostic has a help, and the code in the file's name is the first one.

use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn check(program: &Path) -> Result<(), String> {
    let name = program.strip_prefix(ROOT).expect("below the root");
    let output = Command::new(env!("CARGO_BIN_EXE_mochi"))
        .args(["check", "--color=never"])
        .arg(name)
        .current_dir(ROOT)
        .output()
        .expect("mochi starts");
    let got = String::from_utf8(output.stderr).expect("UTF-8");
    let golden = program.with_extension("stderr");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&golden, &got).expect("writable");
    }
    let want = std::fs::read_to_string(&golden).map_err(|error| format!("{}: {error}", golden.display()))?;
    if want != got {
        return Err(format!("mochi check {}\n--- want\n{want}--- got\n{got}", name.display()));
    }
    let code = name.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('-').next()).expect("a code");
    if !got.lines().next().is_some_and(|line| line.contains(&format!("[{code}]"))) {
        return Err(format!("{}: the first diagnostic is not {code}:\n{got}", name.display()));
    }
    let heads = got.lines().filter(|line| line.starts_with("error[") || line.starts_with("warning[")).count();
    let helps = got.lines().filter(|line| line.trim_start().starts_with("= help:")).count();
    if heads != helps {
        return Err(format!("{}: {heads} diagnostics, {helps} helps", name.display()));
    }
    let is_error = got.lines().any(|line| line.starts_with("error["));
    if output.status.code() != Some(i32::from(is_error)) {
        return Err(format!("{}: exit {:?}", name.display(), output.status.code()));
    }
    Ok(())
}

#[test]
fn errors() {
    let entries = std::fs::read_dir(Path::new(ROOT).join("tests/errors")).expect("tests/errors");
    let mut programs: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    programs.retain(|path| path.extension().is_some_and(|ending| ending == "mochi"));
    programs.sort();
    assert!(programs.len() > 20, "only {} cases", programs.len());
    let failures: Vec<String> = programs.iter().filter_map(|program| check(program).err()).collect();
    assert!(failures.is_empty(), "{} of {} fail:\n{}", failures.len(), programs.len(), failures.join("\n"));
}

/// The programs that `bench/run.py` times are correct.
#[test]
fn timed_programs_check() {
    let output = Command::new(env!("CARGO_BIN_EXE_mochi"))
        .args(["check", "--color=never", "bench/growth", "bench/kernels"])
        .current_dir(ROOT)
        .output()
        .expect("mochi starts");
    let found = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !found.contains("warning["), "{found}");
}
