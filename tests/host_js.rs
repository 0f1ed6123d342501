//! `host-js` under Node: the IR programs of `tests/wasm`, run by `run-node.mjs`.
//!
//! Needs a Node with WasmGC and without its bugs (22 or later): `MOCHI_NODE`, else `node`.

use compiler::ir::{parse, verify};
use compiler::wasm::{EmitOptions, emit};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn node() -> Option<String> {
    let node = std::env::var("MOCHI_NODE").unwrap_or_else(|_| "node".into());
    let version = Command::new(&node).arg("--version").output().ok().map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
    let major = version.as_deref().and_then(|v| v.trim_start_matches('v').split('.').next()?.parse::<u32>().ok());
    if major.is_some_and(|m| m >= 22) {
        return Some(node);
    }
    assert!(std::env::var_os("MOCHI_TEST_ALL").is_none(), "no Node 22 or later: {version:?}; set MOCHI_NODE");
    eprintln!("skipped: no Node 22 or later");
    None
}

fn module(name: &str) -> PathBuf {
    let text = std::fs::read_to_string(format!("tests/wasm/{name}.ir")).expect("a readable file");
    let verified = verify(parse(&text).expect("parses")).expect("well formed");
    let wasm = emit(&verified, &EmitOptions { names: true, branch_hints: true, ..EmitOptions::default() }).bytes;
    let path = std::env::temp_dir().join(format!("mochi-host-js-{name}-{}.wasm", std::process::id()));
    std::fs::write(&path, wasm).expect("writes");
    path
}

/// Exit code, standard output and standard error.
fn run(node: &str, name: &str, input: &[u8], env: &[(&str, &str)]) -> (Option<i32>, Vec<u8>, String) {
    let path = module(name);
    let mut command = Command::new(node);
    command.arg("host-js/run-node.mjs").arg(&path).envs(env.iter().copied());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    // Its own thread: the program writes while it reads.
    let feed = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("ends");
    feed.join().expect("no panic");
    std::fs::remove_file(path).expect("removes");
    (output.status.code(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn programs_run_in_node() {
    let Some(node) = node() else { return };
    assert_eq!(run(&node, "hello", b"", &[]), (Some(0), b"Hello, world\n".to_vec(), String::new()));
    let input: Vec<u8> = (0..200_000u32).map(|i| (i * 13 + i / 256) as u8).collect();
    let (code, stdout, _) = run(&node, "echo", &input, &[]);
    assert!(code == Some(0) && stdout == input, "{code:?}, {} bytes", stdout.len());
    let environment = [("MOCHI_TEST_VALUE", "eleven char")];
    assert_eq!(run(&node, "environment", b"", &environment), (Some(0), b"eleven c".to_vec(), String::new()));
    let file = std::env::temp_dir().join(format!("mochi-host-js-file-{}", std::process::id()));
    let path = file.to_str().expect("UTF-8");
    assert_eq!(run(&node, "files", b"", &[("MOCHI_TEST_FILE", path)]), (Some(0), b"00330821".to_vec(), String::new()));
    std::fs::remove_file(file).expect("the program made it");
}

#[test]
fn ends_are_reported_in_node() {
    let Some(node) = node() else { return };
    for (input, trace) in [("0", ""), ("3", "  at check\n  at main\n")] {
        let expected = (Some(1), Vec::new(), format!("E{input}\n{trace}"));
        assert_eq!(run(&node, "faults", input.as_bytes(), &[]), expected);
    }
}
