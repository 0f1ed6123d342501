//! `host-js` under Node: the IR programs of `tests/wasm`, and those of the corpus that end in an error, run by `run-node.mjs`.
//!
//! Needs a Node with WasmGC and without its bugs (22 or later): `MOCHI_NODE`, else `node`.

use compiler::driver::{Options, Session};
use compiler::ir::{parse, verify};
use compiler::wasm::{EmitOptions, Location, Names, emit};
use std::io::Write;
use std::path::{Path, PathBuf};
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

fn module(name: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(format!("tests/wasm/{name}.ir")).expect("a readable file");
    let verified = verify(parse(&text).expect("parses")).expect("well formed");
    emit(&verified, &EmitOptions { names: Names::Functions, branch_hints: true, ..EmitOptions::default() }).bytes
}

/// The module of a Mochi program, with what call traces need.
fn traced(program: &Path) -> Vec<u8> {
    let mut session = Session::new();
    session.add_main(program.to_str().expect("UTF-8"), std::fs::read_to_string(program).expect("a readable file"));
    let mut checked = session.check(&Options::default());
    let entry = checked.program.main.filter(|_| !checked.has_errors()).expect("a right program");
    let module = session.compile(&mut checked, entry, &Options::default(), &mut |_, _| {});
    let locate = |span| Location::of(&session.sources, span);
    emit(&module, &EmitOptions { names: Names::Functions, locate: Some(&locate), ..EmitOptions::default() }).bytes
}

/// Exit code, standard output and standard error.
fn run(node: &str, name: &str, input: &[u8], env: &[(&str, &str)]) -> (Option<i32>, Vec<u8>, String) {
    run_module(node, name, &module(name), input, env)
}

fn run_module(node: &str, name: &str, wasm: &[u8], input: &[u8], env: &[(&str, &str)]) -> (Option<i32>, Vec<u8>, String) {
    let path: PathBuf = std::env::temp_dir().join(format!("mochi-host-js-{name}-{}.wasm", std::process::id()));
    std::fs::write(&path, wasm).expect("writes");
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

/// The message, its place and the call trace, inlined functions included, are those of every other backend.
#[test]
fn errors_of_programs_look_in_node_as_everywhere() {
    let Some(node) = node() else { return };
    let mut failed = Vec::new();
    for entry in std::fs::read_dir("tests/corpus/errors").expect("a folder").flatten() {
        let program = entry.path();
        if program.extension().is_none_or(|extension| extension != "mochi") {
            continue;
        }
        let golden = |extension| std::fs::read_to_string(program.with_extension(extension)).unwrap_or_default();
        let name = program.file_stem().expect("a name").to_string_lossy().into_owned();
        let (code, stdout, stderr) = run_module(&node, &name, &traced(&program), golden("in").as_bytes(), &[]);
        // Where the stack ends is the engine's choice.
        let is_same = if golden("err") == "error: stack overflow\n" { stderr.starts_with(&golden("err")) } else { stderr == golden("err") };
        if !is_same || code != Some(1) || String::from_utf8_lossy(&stdout) != golden("out") {
            failed.push(format!("{name}: exit {code:?}\n{stderr}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
