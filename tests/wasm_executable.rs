//! One-file executables: the launcher with a program behind it.
#![cfg(unix)]

use compiler::ir::{parse, verify};
use compiler::wasm::{EmitOptions, Names, emit};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

const LAUNCHER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/launcher"));

fn build(name: &str) -> std::path::PathBuf {
    let text = std::fs::read_to_string(format!("tests/wasm/{name}.ir")).expect("a readable file");
    let verified = verify(parse(&text).expect("parses")).expect("well formed");
    let wasm = emit(&verified, &EmitOptions { names: Names::Functions, ..EmitOptions::default() }).bytes;
    let cwasm = wasm_runtime::precompile(&wasm).expect("compiles");
    let path = std::env::temp_dir().join(format!("mochi-executable-{name}-{}", std::process::id()));
    std::fs::write(&path, wasm_runtime::executable(LAUNCHER, &cwasm)).expect("writes");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("chmod");
    path
}

fn start(path: &std::path::Path, input: &[u8], stdout: Stdio) -> Output {
    let mut command = Command::new(path);
    let mut child = command.stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::piped()).spawn().expect("starts");
    // The program may end before it has read everything.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("ends")
}

#[test]
fn executables_run() {
    if LAUNCHER.is_empty() {
        assert!(std::env::var_os("MOCHI_TEST_ALL").is_none(), "built without the launcher");
        eprintln!("skipped: built with MOCHI_NO_LAUNCHER");
        return;
    }
    let hello = build("hello");
    let output = start(&hello, b"", Stdio::piped());
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(0), &b"Hello, world\n"[..]));
    let faults = build("faults");
    for (input, trace) in [("0", "  at deep\n"), ("3", "  at check\n  at main\n")] {
        let output = start(&faults, input.as_bytes(), Stdio::piped());
        assert_eq!(output.status.code(), Some(1));
        // Of a deep recursion the innermost calls are shown.
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.starts_with(&format!("E{input}\n{trace}")), "{stderr}");
    }
    // A full disk is an error of the write, which the program sees, and nothing more.
    if cfg!(target_os = "linux") {
        let echo = build("echo");
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        let output = start(&echo, b"text", full.into());
        assert_eq!((output.status.code(), &output.stderr[..]), (Some(1), &b""[..]));
        // So is a file over the user's limit.
        let file = echo.with_extension("out");
        let limited = ["-c", "ulimit -f 0; echo text | \"$0\" > \"$1\""];
        let status = Command::new("sh").args(limited).arg(&echo).arg(&file).status().expect("a shell");
        assert_eq!(status.code(), Some(1));
        std::fs::remove_file(file).expect("removes");
        std::fs::remove_file(echo).expect("removes");
    }
    std::fs::remove_file(hello).expect("removes");
    std::fs::remove_file(faults).expect("removes");
}
