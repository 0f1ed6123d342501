//! Runs core Wasm modules whose imports are lowered WASI 0.2.0 functions, on Wasmtime. Knows nothing of Mochi.
//!
//! A program is a module (compiled here, with the feature `compile`, and kept in a cache on disk) or a `.cwasm` that
//! `precompile` made. It runs on a thread of its own with a large, lazily committed stack. What the engine finds at fault
//! is told to the program itself where it can be: the end of the stack, of memory, or of the time allowed calls its export
//! `trap(site: i32, a: i64, b: i64)` with site 0, 1 or 2, which reports it and exits. Any other trap is a fault of whoever
//! made the module.
//!
//! Besides those, a module may import `mochi:heap` `pace`, which makes the heap grow in time.
//!
//! The WASI functions are implemented directly on the core module's imports: no component, no async, no `wasmtime-wasi`.
//! There is no sandbox: the program gets the files, environment and streams of the process.

#[cfg(feature = "compile")]
mod cache;
mod engine;
#[cfg(feature = "compile")]
mod executable;
mod files;
#[cfg(target_os = "linux")]
mod heap;
mod imports;
mod memory;
mod pace;
mod payload;
mod program;
mod streams;
mod trace;

#[cfg(feature = "compile")]
pub use cache::Cache;
#[cfg(feature = "compile")]
pub use executable::{executable, precompile, precompile_for};
pub use payload::{find_payload, own_payload};
#[cfg(feature = "compile")]
pub use program::run_known;
pub use program::{Exit, Program, RunOptions, Scalar, run};
pub use streams::{Input, Output};
pub use trace::{Frame, lines};

/// The export that reports what the engine finds at fault.
pub const TRAP: &str = "trap";
/// The export that runs the program.
pub const RUN: &str = "wasi:cli/run@0.2.0#run";

/// Says on standard error what there is to say about how a program ended; the process's exit code.
pub fn report(result: &Result<Exit, Fault>) -> i32 {
    use std::fmt::Write as _;
    let mut text = String::new();
    let code = match result {
        Ok(exit) => {
            text.push_str(&exit.place);
            text.push_str(&trace::lines(&exit.trace));
            exit.code
        }
        Err(fault) => {
            let _ = writeln!(text, "error: the program could not be run to its end: {fault}");
            text.push_str("This is no fault of the program. Please report it.\n");
            70
        }
    };
    // Nobody may be listening; that changes nothing.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
    code
}

/// Why a program could not be run, or ended in a way that is no fault of its own. For people to read.
#[derive(Debug)]
pub struct Fault(pub String);

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Fault {}
