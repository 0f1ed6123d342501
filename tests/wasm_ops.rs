//! Runs the `;; run:` lines of `tests/ops/*.ir` as Wasm modules on Wasmtime.
//!
//! WASI 0.2.0 can report success and failure only, so an expected exit code other than 0 is compared as 1.

use compiler::ir::eval::Scalar as Constant;
use compiler::ir::runs::{Outcome, Run, parse_runs};
use compiler::ir::{Module, verify};
use compiler::wasm::{EmitOptions, Names, emit, wat};
use std::fmt::Write;
use wasm_runtime::{Program, RunOptions, Scalar};

const STACK: usize = 64 << 20;

#[test]
fn ops_on_wasm() {
    let mut files: Vec<_> = std::fs::read_dir("tests/ops").expect("tests/ops").map(|e| e.expect("an entry").path()).collect();
    files.sort();
    assert!(files.len() > 50, "{} files", files.len());
    let mut failures = String::new();
    let mut count = 0;
    for path in &files {
        let text = std::fs::read_to_string(path).expect("a readable file");
        let (module, runs) = parse_runs(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        count += runs.len();
        for failure in on_thread(move || run_all(module, &runs)) {
            writeln!(failures, "{}: {failure}", path.display()).expect("memory");
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(count > 500, "{count} runs");
}

fn on_thread<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(STACK).spawn(f).expect("a thread").join().expect("no panic")
}

fn run_all(module: Module, runs: &[Run]) -> Vec<String> {
    let verified = verify(module).expect("well formed");
    let exports = runs.iter().map(|r| verified.funcs[r.func].name.clone()).collect::<std::collections::BTreeSet<_>>();
    let exports = exports.into_iter().filter(|name| name != "trap").collect();
    let bytes = emit(&verified, &EmitOptions { names: Names::Functions, branch_hints: true, exports, ..EmitOptions::default() }).bytes;
    let mut program = match Program::load(&bytes, RunOptions::default(), STACK) {
        Ok(program) => program,
        Err(fault) => return vec![format!("{fault}\n{}", wat(&bytes))],
    };
    let check = |run: &Run| {
        let name = &verified.funcs[run.func].name;
        let args: Vec<Scalar> = run.args.iter().map(|&a| scalar(a)).collect();
        let got = program.call(name, &args);
        let good = match (&got, run.expected) {
            (Ok(result), Outcome::Returns(expected)) => match (result, expected) {
                (Some(result), Some(expected)) => same(*result, scalar(expected)),
                (result, expected) => result.is_none() && expected.is_none(),
            },
            (Err(error), Outcome::Exits(code)) => format!("{error:#}").contains(&format!("exit with code {}", i32::from(code != 0))),
            _ => false,
        };
        (!good).then(|| format!("line {}: @{name}{args:?} gives {got:?}, wanted {:?}", run.line, run.expected))
    };
    runs.iter().filter_map(check).collect()
}

fn scalar(constant: Constant) -> Scalar {
    match constant {
        Constant::Bool(b) => Scalar::I32(i32::from(b)),
        Constant::I32(n) => Scalar::I32(n),
        Constant::I64(n) => Scalar::I64(n),
        Constant::F64(bits) => Scalar::F64(f64::from_bits(bits)),
    }
}

/// Equality of bits, but every NaN is the same.
fn same(a: Scalar, b: Scalar) -> bool {
    match (a, b) {
        (Scalar::F64(a), Scalar::F64(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        _ => a == b,
    }
}
