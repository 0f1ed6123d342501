//! Every `;; run:` line of `tests/ops` and of `jit/tests/ir`, in the VM and the JIT, with and without garbage collection at
//! each allocation.

use compiler::ir::runs::{parse_runs, run_text};
use compiler::ir::verify::verify;
use jit::{Mode, RunOptions};
use std::path::{Path, PathBuf};

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in [root.join("../tests/ops"), root.join("tests/ir")] {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        files.extend(entries.map(|e| e.expect("a directory entry").path()).filter(|p| p.extension().is_some_and(|x| x == "ir")));
    }
    files.sort();
    assert!(files.len() > 50, "only {} files", files.len());
    files
}

fn check(mode: Mode, gc_stress: bool) {
    let (mut failures, mut count) = (Vec::new(), 0);
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let (module, runs) = parse_runs(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let module = verify(module).unwrap_or_else(|e| panic!("{}: {}", path.display(), e[0]));
        let options = RunOptions { mode, gc_stress, stack_bytes: 256 << 20, ..RunOptions::default() };
        for run in &runs {
            count += 1;
            let name = &module.funcs[run.func].name;
            let got = jit::call(&module, name, &run.args, &options).expect("a function that can be called");
            if got != run.expected {
                failures.push(format!("{}:{}: {}", path.display(), run.line, run_text(name, &run.args, got)));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} runs in {mode:?}:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn vm() {
    check(Mode::Vm, false);
}

#[test]
fn vm_under_gc_stress() {
    check(Mode::Vm, true);
}

#[test]
fn jit() {
    check(Mode::Jit, false);
}

#[test]
fn jit_under_gc_stress() {
    check(Mode::Jit, true);
}
