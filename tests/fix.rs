//! `mochi check --fix` on every program of tests/errors, its own examples of mistakes.
//!
//! Whatever is offered: a second run finds nothing more to do, no change that is certain is offered afterwards, there are no more errors
//! than before, a file without an offer stays as it is, and line ends and byte order mark are kept. What the changes of each code make of
//! a text is in tests/cli/fix_codes.txt.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn mochi(args: &[&str], file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mochi")).arg("check").args(args).arg(file).output().expect("mochi starts")
}

/// The diagnostics, one JSON object each.
fn found(file: &Path) -> Vec<String> {
    let output = mochi(&["--json"], file);
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

fn errors(diagnostics: &[String]) -> usize {
    diagnostics.iter().filter(|line| line.contains("\"severity\":\"error\"")).count()
}

/// What `--fix` makes of a text.
fn fixed(text: &str, file: &Path) -> String {
    std::fs::write(file, text).expect("writable");
    let code = mochi(&["--fix"], file).status.code();
    assert!(matches!(code, Some(0 | 1)), "{text}\nexit {code:?}");
    std::fs::read_to_string(file).expect("UTF-8")
}

fn check(program: &Path, file: &Path) -> Result<bool, String> {
    let text = std::fs::read_to_string(program).map_err(|error| error.to_string())?;
    std::fs::write(file, &text).map_err(|error| error.to_string())?;
    let before = found(file);
    let once = fixed(&text, file);
    let after = found(file);
    let is_offered = before.iter().any(|line| line.contains("\"fixes\":[{"));
    if once != text && !is_offered {
        return Err(format!("nothing is offered, and it becomes\n{once}"));
    }
    if fixed(&once, file) != once {
        return Err(format!("a second run changes it again:\n{once}"));
    }
    if let Some(offer) = after.iter().find(|line| line.contains("\"guess\":false")) {
        return Err(format!("this is still offered:\n{offer}\nfor\n{once}"));
    }
    if errors(&after) > errors(&before) {
        return Err(format!("{} errors, {} after the changes:\n{once}", errors(&before), errors(&after)));
    }
    let windows = |text: &str| format!("\u{feff}{}", text.trim_start_matches('\u{feff}').replace('\n', "\r\n"));
    if !text.contains('\r') && fixed(&windows(&text), file) != windows(&once) {
        return Err("other changes, or other line ends, with a byte order mark and CRLF".to_owned());
    }
    Ok(once != text)
}

#[test]
fn what_is_offered_mends() {
    let folder = std::env::temp_dir().join(format!("mochi-fix-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let entries = std::fs::read_dir(Path::new(ROOT).join("tests/errors")).expect("tests/errors");
    let mut programs: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    programs.retain(|path| path.extension().is_some_and(|ending| ending == "mochi"));
    programs.sort();
    let (mut changed, mut failures) = (0, Vec::new());
    for program in &programs {
        match check(program, &folder.join("a.mochi")) {
            Ok(is_changed) => changed += usize::from(is_changed),
            Err(why) => failures.push(format!("{}: {why}", program.display())),
        }
    }
    std::fs::remove_dir_all(&folder).expect("removable");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(changed > 20, "only {changed} programs are changed");
}
