//! The engine's configuration, the same where a module is compiled and where it runs.
//!
//! Everything that decides whether compiled code can be loaded is set here, never left to the crate's features: the
//! launcher is built with fewer of them.

use std::time::Duration;
use wasmtime::{Collector, Config, Engine};

/// The stack of the thread that a program runs on; pages are committed when touched. Tried in this order, since the
/// address space may be limited. A million calls have half a kilobyte each; a call that does little takes 64 bytes, and of each the
/// engine keeps 24 more when it makes a trace, so endless recursion takes twice as much as the stack.
pub const STACKS: [usize; 4] = [512 << 20, 256 << 20, 64 << 20, 8 << 20];
/// What host functions and the engine itself keep of it.
const HOST_STACK: usize = 1 << 20;
/// How often a program with a time limit looks whether it is over.
pub const TICK: Duration = Duration::from_millis(10);

/// The most frames that a call trace looks at, innermost first; of a long one both ends are shown.
const TRACED: usize = 1 << 16;

/// An engine for a thread with this stack. `interruptible` code can be stopped, at a cost of up to a half of its speed.
pub fn engine(stack: usize, interruptible: bool) -> wasmtime::Result<Engine> {
    let wasm_stack = stack - stack.clamp(HOST_STACK * 2, 64 << 20) / 2;
    let mut config = Config::new();
    config
        .wasm_gc(true)
        .wasm_function_references(true)
        .wasm_tail_call(true)
        .wasm_exceptions(false)
        .wasm_simd(false)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_branch_hinting(true)
        .max_wasm_stack(wasm_stack)
        // Unused, but checked against the one before.
        .async_stack_size(stack)
        .collector(Collector::Copying)
        // Growing from nothing costs more in collections than the pages, which are committed when touched.
        .gc_heap_initial_size(64 << 20)
        .gc_heap_reservation(4 << 30)
        .epoch_interruption(interruptible)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(TRACED))
        .concurrency_support(false)
        .generate_address_map(true);
    #[cfg(target_os = "linux")]
    config.with_host_memory(std::sync::Arc::new(crate::heap::HugePages));
    Engine::new(&config)
}
