//! Random functions: the VM and the JIT must agree on every one, also when memory is collected at each allocation.
//!
//! The generator makes verified IR with every kind of construct and most ops; partial ops get operands for which they are
//! defined. `MOCHI_RANDOM=N` runs N programs instead of the few of a normal test run, `MOCHI_SEED=S` starts
//! elsewhere, `MOCHI_SIZE=L` limits their size. A single program is
//! printed before it runs.

#[path = "generate/mod.rs"]
mod generate;

use compiler::ir::eval::Scalar;
use compiler::ir::print::print;
use compiler::ir::verify::verify;
use jit::{Mode, RunOptions};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn vm_and_jit_agree() {
    let (count, first) = (number("MOCHI_RANDOM", 400), number("MOCHI_SEED", 1));
    let size = number("MOCHI_SIZE", 140) as usize;
    for seed in first..first + count {
        let module = generate::module(seed, size);
        let text = print(&module);
        if count == 1 {
            println!("{text}");
        }
        let module = verify(module).unwrap_or_else(|e| panic!("seed {seed}: {}\n{text}", e[0]));
        for args in [(0, 0, 0.0), (1, -1, 0.5), (i64::MIN, i64::MAX, f64::NAN), (1234567, 42, -1e300)] {
            let args = [Scalar::I64(args.0), Scalar::I64(args.1), Scalar::f64(args.2)];
            let run = |mode, gc_stress| {
                let options = RunOptions { mode, gc_stress, stack_bytes: 64 << 20, ..RunOptions::default() };
                jit::call(&module, "f", &args, &options).expect("a function that can be called")
            };
            let expected = run(Mode::Vm, false);
            let stress = seed % 4 == 0;
            let got = run(Mode::Jit, stress);
            assert_eq!(got, expected, "seed {seed}, {args:?}, stress {stress}: JIT and VM differ\n{text}");
            if stress {
                assert_eq!(run(Mode::Vm, true), expected, "seed {seed}, {args:?}: the VM differs under stress\n{text}");
            }
        }
    }
}
