//! Looks at an IR text file as the native tier sees it.
//!
//! ```text
//! irtool bytecode FILE            the bytecode for the VM and for the JIT
//! irtool compile FILE             time and size of compilation to machine code
//! irtool vm|jit FILE              runs its main
//! irtool vm|jit FILE FUNC ARG..   calls a function, and prints its result and the time
//! ```

use compiler::ir::runs::{parse_runs, parse_scalar};
use compiler::ir::verify::verify;
use jit::bytecode::{Options, Target, compile, disassemble};
use jit::{Mode, RunOptions};
use std::process::exit;
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [command, file, rest @ ..] = &args[..] else {
        eprintln!("usage: irtool bytecode|compile|vm|jit FILE [FUNC ARG..]");
        exit(2);
    };
    let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{file}: {e}"));
    let (module, _) = parse_runs(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
    let module = verify(module).unwrap_or_else(|e| panic!("{file}: {}", e[0]));
    let mode = if command == "jit" { Mode::Jit } else { Mode::Vm };
    let options = RunOptions { mode, ..RunOptions::default() };
    match (command.as_str(), rest) {
        ("bytecode", _) => {
            for target in [Target::Vm, Target::Jit] {
                println!("== {target:?}\n{}", disassemble(&compile(&module, Options { target, polls: false })));
            }
        }
        ("compile", _) => println!("{}", jit::measure_compilation(&module)),
        (_, []) => exit(jit::run(&module, &options).unwrap_or_else(|e| panic!("{file}: {e}"))),
        (_, [name, words @ ..]) => {
            let func = module.funcs.values().find(|f| f.name == *name).unwrap_or_else(|| panic!("no function {name}"));
            let args: Result<Vec<_>, _> = words.iter().zip(func.param_types()).map(|(w, t)| parse_scalar(w, t)).collect();
            let args = args.unwrap_or_else(|e| panic!("{e}"));
            let start = Instant::now();
            let outcome = jit::call(&module, name, &args, &options);
            println!("{outcome:?} in {:.3} ms", start.elapsed().as_secs_f64() * 1e3);
        }
    }
}
