//! Looks at an IR text file, or at a Mochi program without imports, as the native tier sees it.
//!
//! ```text
//! irtool bytecode FILE            the bytecode for the VM and for the JIT
//! irtool ir FILE                  the IR
//! irtool compile FILE             time and size of compilation to machine code
//! irtool vm|jit FILE              runs its main
//! irtool vm|jit FILE FUNC ARG..   calls a function, and prints its result and the time
//! ```

use compiler::driver::Session;
use compiler::ir::Verified;
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
    let module = if file.ends_with(".mochi") { program(file, &text) } else { ir(file, &text) };
    let mode = if command == "jit" { Mode::Jit } else { Mode::Vm };
    let gc_stress = std::env::var_os("MOCHI_GC_STRESS").is_some();
    let options = RunOptions { mode, gc_stress, ..RunOptions::default() };
    match (command.as_str(), rest) {
        ("bytecode", _) => {
            for target in [Target::Vm, Target::Jit] {
                println!("== {target:?}\n{}", disassemble(&compile(&module, Options { target, polls: false })));
            }
        }
        ("ir", _) => print!("{}", compiler::ir::print::print(&module)),
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

fn ir(file: &str, text: &str) -> Verified {
    let (module, _) = parse_runs(text).unwrap_or_else(|e| panic!("{file}: {e}"));
    verify(module).unwrap_or_else(|e| panic!("{file}: {}", e[0]))
}

fn program(file: &str, text: &str) -> Verified {
    let mut session = Session::new();
    session.add_main(file, text);
    let options = compiler::driver::Options::default();
    let mut checked = session.check(&options);
    assert!(!checked.has_errors(), "{file}: {:?}", checked.diagnostics);
    let entry = checked.program.main.expect("a program has a top level");
    session.compile(&mut checked, entry, &options, &mut |_, _| {})
}
