//! Components under a host of other people: jco, which turns them into JavaScript, with its own implementation of WASI.
//!
//! Needs Node (`MOCHI_NODE`, else `node`) and `npm install` in `tests/wasm_hosts`.

use compiler::ir::{parse, verify};
use compiler::wasm::{EmitOptions, component, emit};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn components_run_under_jco() {
    if !Path::new("tests/wasm_hosts/node_modules/@bytecodealliance/jco-transpile").exists() {
        assert!(std::env::var_os("MOCHI_TEST_ALL").is_none(), "run `npm install` in tests/wasm_hosts");
        eprintln!("skipped: run `npm install` in tests/wasm_hosts");
        return;
    }
    assert_eq!(run("hello", b""), (Some(0), "Hello, world\n".into(), String::new()));
    assert_eq!(run("faults", b"3"), (Some(1), String::new(), "E3\n".into()));
    assert_eq!(run("files", b""), (Some(0), "00330821".into(), String::new()));
}

/// Exit code, standard output and standard error.
fn run(name: &str, input: &[u8]) -> (Option<i32>, String, String) {
    let text = std::fs::read_to_string(format!("tests/wasm/{name}.ir")).expect("a readable file");
    let verified = verify(parse(&text).expect("parses")).expect("well formed");
    let bytes = component(&emit(&verified, &EmitOptions::default()).bytes).expect("a component");
    let path = std::env::temp_dir().join(format!("mochi-component-{name}-{}.wasm", std::process::id()));
    std::fs::write(&path, bytes).expect("writes");
    let node = std::env::var("MOCHI_NODE").unwrap_or_else(|_| "node".into());
    let mut command = Command::new(node);
    let file = path.with_extension("txt");
    command.arg("tests/wasm_hosts/jco.mjs").arg(&path).env("MOCHI_TEST_FILE", &file);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("node starts");
    child.stdin.take().expect("piped").write_all(input).expect("it reads");
    let output = child.wait_with_output().expect("ends");
    std::fs::remove_file(path).expect("removes");
    // Not every program writes it.
    let _ = std::fs::remove_file(file);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code(), text(output.stdout), text(output.stderr))
}
