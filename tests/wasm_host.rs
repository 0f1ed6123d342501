//! The host functions and the ends of a program, on Wasmtime: the IR programs of `tests/wasm`.

use compiler::ir::{parse, verify};
use compiler::wasm::{EmitOptions, Names, component, emit, wat};
use std::time::Duration;
use wasm_runtime::{Exit, Input, Output, RunOptions, executable, precompile, run};

fn module(name: &str) -> Vec<u8> {
    module_for(name, true)
}

fn module_for(name: &str, paced: bool) -> Vec<u8> {
    let text = std::fs::read_to_string(format!("tests/wasm/{name}.ir")).expect("a readable file");
    let verified = verify(parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"))).expect("well formed");
    emit(&verified, &EmitOptions { names: Names::Functions, branch_hints: true, paced, ..EmitOptions::default() }).bytes
}

#[test]
fn only_our_runtime_is_asked_for_room() {
    assert!(wat(&module_for("echo", true)).contains("mochi:heap"));
    assert!(!wat(&module_for("echo", false)).contains("mochi:heap"));
}

fn options(input: &[u8]) -> RunOptions {
    RunOptions { input: Input::Bytes(input.to_vec()), output: Output::Capture, ..RunOptions::default() }
}

fn run_with(name: &str, options: RunOptions) -> Exit {
    let bytes = module(name);
    run(&bytes, options).unwrap_or_else(|e| panic!("{name}: {e}\n{}", wat(&bytes)))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn writes() {
    let exit = run_with("hello", options(b""));
    assert_eq!((exit.code, text(&exit.stdout), text(&exit.stderr)), (0, "Hello, world\n".into(), "".into()));
}

#[test]
fn copies_a_lot() {
    let input: Vec<u8> = (0..300_000u32).map(|i| (i * 7 + i / 256) as u8).collect();
    let exit = run_with("echo", options(&input));
    assert_eq!(exit.code, 0);
    assert!(exit.stdout == input, "{} bytes of {}", exit.stdout.len(), input.len());
}

#[test]
fn sees_the_environment() {
    // SAFETY: the other tests of this process read other variables through the same lock-free calls; none writes.
    unsafe { std::env::set_var("MOCHI_TEST_VALUE", "eleven char") };
    let exit = run_with("environment", options(b""));
    assert_eq!((exit.code, text(&exit.stdout)), (0, "eleven c".into()));
}

#[test]
fn uses_files() {
    for path in ["/tmp/mochi-wasm-host-test", "target/mochi-wasm-host-test"] {
        // SAFETY: as above; no other test uses this variable.
        unsafe { std::env::set_var("MOCHI_TEST_FILE", path) };
        let exit = run_with("files", options(b""));
        assert_eq!((exit.code, text(&exit.stdout)), (0, "00330821".into()), "{path}");
        std::fs::remove_file(path).expect("the program made it");
    }
}

#[test]
fn reports_faults_of_the_engine() {
    for (input, timeout, max_memory) in [("0", None, None), ("1", None, Some(256 << 20)), ("2", Some(300), None), ("3", None, None)] {
        let timeout = timeout.map(Duration::from_millis);
        let exit = run_with("faults", RunOptions { timeout, max_memory, ..options(input.as_bytes()) });
        assert_eq!((exit.code, text(&exit.stderr)), (1, format!("E{input}\n")));
        let names: Vec<&str> = exit.trace.iter().map(|f| f.name.as_str()).collect();
        match input {
            "3" => assert_eq!(names, ["check", "main"]),
            // The innermost calls of many.
            "0" => assert!(!names.is_empty() && names.iter().all(|name| *name == "deep"), "{names:?}"),
            _ => {}
        }
    }
}

#[test]
fn precompiled_code_runs() {
    let compiled = precompile(&module("faults")).expect("compiles");
    let exit = run(&compiled, options(b"3")).expect("runs");
    assert_eq!((exit.code, text(&exit.stderr)), (1, "E3\n".into()));
    assert_eq!(exit.trace.len(), 2);
    let file = executable(b"launcher", &compiled);
    let found = wasm_runtime::find_payload(&mut std::io::Cursor::new(&file)).expect("reads");
    assert_eq!(found, Some(compiled));
    assert_eq!(wasm_runtime::find_payload(&mut std::io::Cursor::new(b"sixteen bytes and more")).expect("reads"), None);
}

#[test]
fn cached_code_is_checked() {
    let directory = std::env::temp_dir().join(format!("mochi-cache-test-{}", std::process::id()));
    let cache = wasm_runtime::Cache::open(&directory).expect("a private directory");
    let once = || run_with("hello", RunOptions { cache: Some(cache.clone()), ..options(b"") });
    assert_eq!(once().code, 0);
    let entry = std::fs::read_dir(&directory).expect("lists").map(|e| e.expect("an entry").path());
    let entry = entry.into_iter().find(|p| p.extension().is_some_and(|x| x == "cwasm")).expect("an entry was made");
    let good = std::fs::read(&entry).expect("reads");
    // A changed entry is not loaded, but compiled again and replaced.
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    std::fs::write(&entry, &bad).expect("writes");
    assert_eq!(text(&once().stdout), "Hello, world\n");
    assert!(std::fs::read(&entry).expect("reads") != bad);
    // A directory that others can write to is refused.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o777)).expect("chmod");
        assert!(wasm_runtime::Cache::open(&directory).is_err());
    }
    std::fs::remove_dir_all(&directory).expect("removes");
}

#[test]
fn components_import_wasi_only() {
    for name in ["hello", "echo", "environment", "files", "faults"] {
        let bytes = component(&module_for(name, false)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let text = wat(&bytes);
        let imports: Vec<&str> = text.lines().filter(|l| l.starts_with("  (import ")).collect();
        assert!(!imports.is_empty() && imports.iter().all(|l| l.contains("\"wasi:")), "{name}: {imports:?}");
        assert!(text.contains("(export (;") && text.contains("\"wasi:cli/run@0.2.0\""), "{name}");
    }
}

#[test]
fn the_smallest_component_is_small() {
    let text = std::fs::read_to_string("tests/wasm/hello.ir").expect("a readable file");
    let verified = verify(parse(&text).expect("parses")).expect("well formed");
    let core = emit(&verified, &EmitOptions::default()).bytes;
    let component = component(&core).expect("a component");
    println!("core {} bytes, component {} bytes", core.len(), component.len());
    assert!(component.len() <= 2000, "{} bytes", component.len());
}
