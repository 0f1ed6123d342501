//! The JIT: bytecode to machine code by copying stencils and filling their holes, and running it.
//!
//! `cache` maps the memory, `assemble` writes one function after another, `enter` crosses between Rust and the code, and
//! `runtime` is what the code calls. A program is compiled as a whole before it starts; what does not fit the cache's limit
//! runs in the VM.

mod assemble;
mod cache;
mod enter;
mod runtime;

pub use assemble::compile;
pub use runtime::{Native, run, trap_from_collector};
