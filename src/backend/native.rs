//! The virtual machine and the copy-and-patch JIT.

use super::limits;
use crate::args::How;
use crate::failure::{Failure, Outcome};
use crate::stages::Compiled;
use std::io::Write;

/// Runs a program to its end; `ready` is called once, when it is compiled.
pub fn run(program: &Compiled, mode: jit::Mode, how: &How, ready: Option<&dyn Fn()>) -> Outcome {
    let (memory, timeout) = limits(how)?;
    // The program writes to the descriptor itself.
    let _ = std::io::stdout().flush();
    let locate = |span| program.place(span);
    let excerpt = |span| program.excerpt(span);
    // For the tests: a collection at every allocation.
    let gc_stress = std::env::var_os("MOCHI_GC_STRESS").is_some();
    let heap_limit = memory.unwrap_or(0);
    let options = jit::RunOptions {
        mode,
        heap_limit,
        timeout,
        gc_stress,
        locate: Some(&locate),
        excerpt: Some(&excerpt),
        ready,
        ..jit::RunOptions::default()
    };
    match jit::run(&program.module, &options) {
        Ok(code) => Ok(code as u8),
        Err(error @ jit::Error::TooLarge(_, span)) => {
            let place = program.excerpt(span).unwrap_or_default();
            Err(Failure::message(format!("{error}\n{place}  = help: split it into several functions")))
        }
        Err(error) => Err(Failure::message(error.to_string())),
    }
}
