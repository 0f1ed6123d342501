//! Running programs: what the VM and the JIT share. The only part of the crate with unsafe code.
//!
//! `machine` holds a program's memory (stack, reference bank, globals, constants) and starts the collector; `vm` interprets
//! (`step`, `handlers`); `host` calls the host functions; `trace` finds out who called whom. One program runs at a time in a process, because
//! the collector has one heap.

mod ffi;
mod handlers;
mod host;
mod machine;
#[cfg(target_arch = "x86_64")]
mod machine_code;
mod region;
mod step;
mod trace;
mod vm;

pub use host::REPORTED;
pub use machine::{CodeStats, Ended, Machine, Settings};
