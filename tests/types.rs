//! What inference finds: tests/types/x.mochi and the `.types` that `mochi dump --types` gives for it.
//!
//! `BLESS=1` writes them. The programs are run by nothing here; what they print is the corpus' matter.

use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn check(program: &Path) -> Result<(), String> {
    let name = program.strip_prefix(ROOT).expect("below the root");
    let output =
        Command::new(env!("CARGO_BIN_EXE_mochi")).args(["dump", "--types"]).arg(name).current_dir(ROOT).output().expect("mochi starts");
    let got = String::from_utf8(output.stdout).expect("UTF-8");
    if !output.status.success() {
        return Err(format!("mochi dump --types {}: {}", name.display(), String::from_utf8_lossy(&output.stderr)));
    }
    let golden = program.with_extension("types");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&golden, &got).expect("writable");
    }
    let want = std::fs::read_to_string(&golden).map_err(|error| format!("{}: {error}", golden.display()))?;
    if want == got {
        return Ok(());
    }
    let line = want.lines().zip(got.lines()).take_while(|(a, b)| a == b).count();
    let (wanted, found) = (want.lines().nth(line).unwrap_or("<end>"), got.lines().nth(line).unwrap_or("<end>"));
    Err(format!("mochi dump --types {}\n  line {}: want `{wanted}`\n  got `{found}`", name.display(), line + 1))
}

#[test]
fn types() {
    let entries = std::fs::read_dir(Path::new(ROOT).join("tests/types")).expect("tests/types");
    let mut programs: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    programs.retain(|path| path.extension().is_some_and(|ending| ending == "mochi"));
    programs.sort();
    assert!(programs.len() >= 15, "only {} cases", programs.len());
    let failures: Vec<String> = programs.iter().filter_map(|program| check(program).err()).collect();
    assert!(failures.is_empty(), "{} of {} fail:\n{}", failures.len(), programs.len(), failures.join("\n"));
}
