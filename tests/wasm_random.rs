//! Random functions on Wasmtime and on the VM: both must give the same results, and trap alike. The generator is the JIT's.
//!
//! `MOCHI_RANDOM=N` runs N programs instead of the few of a normal test run, `MOCHI_SEED=S` starts elsewhere,
//! `MOCHI_SIZE=L` limits their size.

#[path = "../jit/tests/generate/mod.rs"]
mod generate;

use compiler::ir::eval::Scalar as Constant;
use compiler::ir::print::print;
use compiler::ir::runs::Outcome;
use compiler::ir::verify::verify;
use compiler::wasm::{EmitOptions, emit};
use wasm_runtime::{Program, RunOptions, Scalar};

const STACK: usize = 64 << 20;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn wasm_and_vm_agree() {
    let (count, first) = (number("MOCHI_RANDOM", 60), number("MOCHI_SEED", 1));
    let thread = std::thread::Builder::new().stack_size(STACK);
    thread.spawn(move || (first..first + count).for_each(compare)).expect("a thread").join().expect("all agree");
}

fn compare(seed: u64) {
    let module = generate::module(seed, number("MOCHI_SIZE", 140) as usize);
    let text = print(&module);
    let module = verify(module).unwrap_or_else(|e| panic!("seed {seed}: {}\n{text}", e[0]));
    let bytes = emit(&module, &EmitOptions { exports: vec!["f".into()], branch_hints: true, ..EmitOptions::default() }).bytes;
    for (a, b, x) in [(0, 0, 0.0), (1, -1, 0.5), (i64::MIN, i64::MAX, f64::NAN), (1234567, 42, -1e300)] {
        let constants = [Constant::I64(a), Constant::I64(b), Constant::f64(x)];
        let options = jit::RunOptions { mode: jit::Mode::Vm, stack_bytes: 64 << 20, ..jit::RunOptions::default() };
        let expected = jit::call(&module, "f", &constants, &options).expect("a function that can be called");
        // A fresh instance: the function may change globals.
        let mut program = Program::load(&bytes, RunOptions::default(), STACK).unwrap_or_else(|e| panic!("seed {seed}: {e}\n{text}"));
        let got = program.call("f", &[Scalar::I64(a), Scalar::I64(b), Scalar::F64(x)]);
        let same = match (&got, expected) {
            (Ok(Some(Scalar::I64(got))), Outcome::Returns(Some(Constant::I64(wanted)))) => *got == wanted,
            (Err(error), Outcome::Exits(_)) => format!("{error:#}").contains("unreachable"),
            _ => false,
        };
        assert!(same, "seed {seed}, ({a}, {b}, {x}): {got:?}, but the VM gives {expected:?}\n{text}");
    }
}
