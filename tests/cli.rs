//! Transcripts of the command line: tests/cli/*.txt.
//!
//! ```text
//! $ mochi run -e 'print(1)'
//! 1
//! [exit 0]
//! ```
//! Commands run by `sh` in a fresh folder per file, with `mochi` on the path. Standard error follows standard output. `BLESS=1` writes
//! what is seen.

use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn replay(transcript: &str, folder: &Path) -> String {
    let mut seen = String::new();
    let mochi = Path::new(env!("CARGO_BIN_EXE_mochi")).parent().expect("a folder");
    let path = format!("{}:{}", mochi.display(), std::env::var("PATH").unwrap_or_default());
    for line in transcript.lines() {
        if line.starts_with('#') {
            seen += &format!("{line}\n");
        }
        let Some(command) = line.strip_prefix("$ ") else { continue };
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(folder).env("PATH", &path).env("NO_COLOR", "1").env_remove("MOCHI_ROOT");
        let output = shell.output().expect("sh starts");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).replace(&folder.display().to_string(), "FOLDER");
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        seen += &format!("$ {command}\n{text}{end}[exit {}]\n", output.status.code().expect("no signal"));
    }
    seen
}

#[cfg(unix)]
#[test]
fn transcripts() {
    let entries = std::fs::read_dir(Path::new(ROOT).join("tests/cli")).expect("tests/cli");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    files.sort();
    assert!(!files.is_empty());
    let mut failures = Vec::new();
    for file in &files {
        let folder = std::env::temp_dir().join(format!("mochi-cli-{}-{}", std::process::id(), file.file_stem().expect("a name").display()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let want = std::fs::read_to_string(file).expect("UTF-8");
        let got = replay(&want, &folder);
        std::fs::remove_dir_all(&folder).expect("removable");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(file, &got).expect("writable");
        } else if want != got {
            failures.push(format!("{}\n--- want\n{want}--- got\n{got}", file.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
