//! Compiling ahead of time: `.cwasm` files, and executables that carry one.

use crate::engine;
use crate::{Fault, payload, trace};

/// Compiles a module for this machine's kind of processor.
pub fn precompile(wasm: &[u8]) -> Result<Vec<u8>, Fault> {
    precompile_for(wasm, false)
}

/// The same; `interruptible` code is what runs under `RunOptions::timeout`, other code what runs without it.
pub fn precompile_for(wasm: &[u8], interruptible: bool) -> Result<Vec<u8>, Fault> {
    let fault = |e: wasmtime::Error| Fault(format!("{e:#}"));
    let engine = engine::engine(engine::STACKS[0], interruptible).map_err(fault)?;
    let code = engine.precompile_module(wasm).map_err(fault)?;
    Ok(payload::join(&code, &trace::positions(wasm)))
}

/// An executable file of a launcher and a `.cwasm`.
pub fn executable(launcher: &[u8], cwasm: &[u8]) -> Vec<u8> {
    payload::append(launcher, cwasm)
}
