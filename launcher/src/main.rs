//! The start of every one-file executable: runs the precompiled program that stands behind it in the same file.
//!
//! `build.rs` of the root package builds it; `wasm_runtime::executable` appends a program. It has no compiler.

use wasm_runtime::{Fault, RunOptions, own_payload, report, run};

/// A file that grows over the user's limit is an ordinary failure of the write, as on a full disk.
#[cfg(unix)]
fn outlive_file_limits() {
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
}

#[cfg(not(unix))]
fn outlive_file_limits() {}

fn main() {
    outlive_file_limits();
    let result = match own_payload() {
        Ok(Some(payload)) => run(&payload, RunOptions::default()),
        Ok(None) => Err(Fault("there is no program in this executable".into())),
        Err(error) => Err(Fault(format!("cannot read this executable: {error}"))),
    };
    std::process::exit(report(&result));
}
