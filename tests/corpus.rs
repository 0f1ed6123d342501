//! Every program of tests/corpus and of examples on every backend, unoptimised and optimised: output, error and exit code.
//!
//! `x.mochi` has its output in `x.out`, its input in `x.in`, and, where it ends in a run-time error, that error with its place
//! and its call trace in `x.err` (of a stack overflow the message alone). `BLESS=1` writes `.out` and `.err` from the VM. Programs named in
//! tests/corpus/SKIP are left out, aloud. `MOCHI_TEST_BACKENDS=vm,jit` and `MOCHI_TEST_ONLY=part-of-a-path` make it quicker.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const MOCHI: &str = env!("CARGO_BIN_EXE_mochi");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn corpus() {
    let programs = programs();
    assert!(!programs.is_empty(), "tests/corpus has no programs");
    let backends = backends();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = check(program, &backends) {
                        failures.lock().expect("no panics inside").push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no panics inside");
    assert!(failures.is_empty(), "{} of {} programs fail:\n{}", failures.len(), programs.len(), failures.join("\n"));
}

fn programs() -> Vec<PathBuf> {
    let skipped = std::fs::read_to_string(Path::new(ROOT).join("tests/corpus/SKIP")).expect("tests/corpus/SKIP");
    let skipped: Vec<&str> = skipped.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let only = std::env::var("MOCHI_TEST_ONLY").unwrap_or_default();
    let mut found = Vec::new();
    for folder in ["tests/corpus", "examples"] {
        collect(&Path::new(ROOT).join(folder), &mut found);
    }
    found.sort();
    found.retain(|path| {
        let name = path.strip_prefix(ROOT).expect("below the root").display().to_string();
        let skip = skipped.iter().any(|part| name.contains(part));
        if skip {
            eprintln!("SKIPPED {name}");
        }
        !skip && name.contains(&only)
    });
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of tests") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "mochi") && path.with_extension("out").exists() | blessing() {
            found.push(path);
        }
    }
}

fn blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}

/// The backends of this machine; one that is missing is an error in CI and named elsewhere.
fn backends() -> Vec<String> {
    let wanted = std::env::var("MOCHI_TEST_BACKENDS").unwrap_or_else(|_| "wasm,vm,jit,c".to_owned());
    let mut backends: Vec<String> = wanted.split(',').map(str::to_owned).collect();
    let has_cc = ["cc", "clang", "gcc"].iter().any(|cc| Command::new(cc).arg("--version").output().is_ok());
    if !has_cc {
        assert!(std::env::var_os("MOCHI_TEST_ALL").is_none(), "no C compiler");
        eprintln!("SKIPPED backend c: no C compiler");
        backends.retain(|backend| backend != "c");
    }
    backends
}

struct Seen {
    stdout: String,
    error: String,
    code: Option<i32>,
}

fn check(program: &Path, backends: &[String]) -> Result<(), String> {
    if blessing() {
        let seen = run(program, &["--backend=vm"]);
        std::fs::write(program.with_extension("out"), &seen.stdout).expect("writable");
        if seen.code != Some(0) {
            std::fs::write(program.with_extension("err"), &seen.error).expect("writable");
        }
    }
    let stdout = std::fs::read_to_string(program.with_extension("out")).expect("the expected output");
    let error = std::fs::read_to_string(program.with_extension("err")).ok();
    for flags in ways(backends) {
        let seen = run(program, &[&flags[0], &flags[1]]);
        let name = program.strip_prefix(ROOT).expect("below the root").display();
        let again = format!("mochi run {} {} {name}", flags[0], flags[1]);
        let expected = (stdout.as_str(), error.as_deref().unwrap_or(""), Some(i32::from(error.is_some())));
        let got = (seen.stdout.as_str(), if error.is_some() { seen.error.as_str() } else { "" }, seen.code);
        if expected != got {
            let line = stdout.lines().zip(seen.stdout.lines()).take_while(|(a, b)| a == b).count();
            let (want, have) = (stdout.lines().nth(line).unwrap_or("<end>"), seen.stdout.lines().nth(line).unwrap_or("<end>"));
            let code = seen.code.map_or("a signal".to_owned(), |code| code.to_string());
            return Err(format!("{again}\n  exit {code}; line {}: want `{want}`, got `{have}`\n  error: {}", line + 1, seen.error));
        }
    }
    Ok(())
}

/// Each backend at both levels; the VM also with the prelude's definitions in place of the ops that they define.
fn ways(backends: &[String]) -> Vec<[String; 2]> {
    let flag = |backend: &String| format!("--backend={backend}");
    let mut ways = Vec::new();
    for backend in backends {
        ways.extend(["-O0", "-O1"].map(|level| [flag(backend), level.to_owned()]));
        if backend == "vm" {
            ways.push([flag(backend), "--no-overrides".to_owned()]);
        }
    }
    ways
}

fn run(program: &Path, flags: &[&str]) -> Seen {
    let program = program.strip_prefix(ROOT).expect("below the root");
    let mut command = Command::new(MOCHI);
    command.arg("run").args(flags).arg("--color=never").arg(program).current_dir(ROOT).env("MOCHI_ROOT", ROOT).env("MOCHI_NOW_SEED", "1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("mochi starts");
    let input = std::fs::read(Path::new(ROOT).join(program).with_extension("in")).unwrap_or_default();
    let mut stdin = child.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("mochi ends");
    writer.join().expect("the writer does not panic");
    let stderr = String::from_utf8_lossy(&output.stderr);
    // Where the stack ends depends on the sizes of frames.
    let has_place = !stderr.starts_with("error: stack overflow");
    let lines = stderr.lines().skip_while(|line| !line.starts_with("error"));
    let error: String = lines.take(if has_place { usize::MAX } else { 1 }).map(|line| format!("{line}\n")).collect();
    Seen { stdout: String::from_utf8_lossy(&output.stdout).into_owned(), error, code: output.status.code() }
}
