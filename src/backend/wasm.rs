//! WebAssembly: the core module, and running it on the embedded Wasmtime.

use super::limits;
use crate::args::How;
use crate::failure::{Failure, Outcome};
use crate::stages::Compiled;
use compiler::wasm::{EmitOptions, Location, Names, emit};
use wasm_runtime::{Cache, Program, RunOptions};

/// What a core module is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Our own runtime: with names and positions for call traces, and with the question when the heap grows.
    Runtime,
    /// Somebody who reads it.
    Reader,
    /// Any engine: the imports are WASI's only.
    Others,
}

/// The core module.
pub fn core_module(program: &Compiled, purpose: For) -> Vec<u8> {
    let locate = |span| Location::of(&program.sources, span);
    let options = EmitOptions {
        names: match purpose {
            For::Runtime => Names::Functions,
            For::Reader => Names::Everything,
            For::Others => Names::Nothing,
        },
        branch_hints: true,
        locate: if purpose == For::Runtime { Some(&locate) } else { None },
        paced: purpose == For::Runtime,
        ..EmitOptions::default()
    };
    emit(&program.module, &options).bytes
}

/// The component, with nothing in it that only our own hosts could use.
pub fn component(program: &Compiled) -> Result<Vec<u8>, String> {
    let options = EmitOptions { closed: true, ..EmitOptions::default() };
    compiler::wasm::component(&emit(&program.module, &options).bytes)
}

/// Runs a program; its code can be had by the key from then on.
pub fn run(program: &Compiled, how: &How, key: Option<Vec<u8>>) -> Outcome {
    let options = RunOptions { key, ..options(how)? };
    show(wasm_runtime::run(&core_module(program, For::Runtime), options))
}

/// Runs the program that a key stands for, if its code is in the cache.
pub fn run_known(key: &[u8], how: &How) -> Result<Option<u8>, Failure> {
    wasm_runtime::run_known(key, options(how)?).map(show).transpose()
}

/// Runs a module or a `.cwasm`.
pub fn run_code(code: &[u8], how: &How) -> Outcome {
    show(wasm_runtime::run(code, options(how)?))
}

/// The same on the thread of the caller, whose stack is large; `ready` is called when all is loaded, before the program begins.
pub fn run_code_when(code: &[u8], how: &How, ready: &dyn Fn()) -> Outcome {
    let program = Program::load(code, options(how)?, crate::STACK / 2);
    show(program.and_then(|mut program| {
        ready();
        let result = program.run();
        program.ended(result)
    }))
}

fn options(how: &How) -> Result<RunOptions, Failure> {
    let (max_memory, timeout) = limits(how)?;
    let off = std::env::var_os("MOCHI_CACHE").is_some_and(|choice| choice == "off");
    let cache = Cache::user_directory("mochi").filter(|_| !off).and_then(|directory| Cache::open(&directory).ok());
    Ok(RunOptions { timeout, max_memory, cache, ..RunOptions::default() })
}

fn show(result: Result<wasm_runtime::Exit, wasm_runtime::Fault>) -> Outcome {
    match result {
        Ok(exit) => {
            anstream::eprint!("{}{}", exit.place, wasm_runtime::lines(&exit.trace));
            Ok(exit.code as u8)
        }
        Err(fault) => Err(Failure::message(fault.to_string())),
    }
}
