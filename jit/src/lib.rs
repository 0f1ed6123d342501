//! The native tier without files: a bytecode VM and a copy-and-patch JIT, over the collector of `cnative/rt`.
//!
//! `run` runs a program, `call` one function of a module (for tests). Both take verified IR alone. On hosts without the
//! collector (not a 64-bit Unix) they report that; `bytecode` works everywhere.

pub mod bytecode;
#[cfg(native)]
mod native;
mod run;
pub mod stencil;
#[cfg(all(native, target_arch = "x86_64"))]
mod stencils_x86_64;

pub use run::{Error, Mode, RunOptions, call, measure_compilation, run};
