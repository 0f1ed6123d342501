//! Calls of host functions from VM and JIT code: arguments from the caller's outgoing slots to C.

use super::ffi;
use compiler::ir::Host;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a write gives when nobody reads the stream any more.
const CLOSED: i32 = 2;
/// The program met such a stream, which it ends quietly after.
pub static NOBODY_READS: AtomicBool = AtomicBool::new(false);
/// The program has written to standard error, which it does for the error that ends it.
pub static REPORTED: AtomicBool = AtomicBool::new(false);
const STDERR: i32 = 2;

/// Calls host function `number` of `Host::ALL` (not `exit`). Integer arguments stand at `ints`, references at `refs`.
///
/// # Safety
/// The slots hold valid arguments of the function's types.
pub unsafe fn call(number: usize, ints: *const u64, refs: *const u64) -> u64 {
    // SAFETY: by this function's contract, the slots up to the number of parameters can be read, and references are valid.
    unsafe {
        let int = |i: usize| *ints.add(i) as i32;
        let bytes = |i: usize| *refs.add(i);
        let narrow = |result: i32| u64::from(result as u32);
        match Host::ALL[number] {
            Host::Write => {
                let failed = ffi::mochi_host_write(int(0), bytes(0), int(1), int(2));
                if int(0) == STDERR {
                    REPORTED.store(true, Ordering::Relaxed);
                }
                if failed == CLOSED {
                    NOBODY_READS.store(true, Ordering::Relaxed);
                }
                narrow(failed)
            }
            Host::Read => narrow(ffi::mochi_host_read(bytes(0), int(0), int(1))),
            Host::IsTerminal => narrow(ffi::mochi_host_is_terminal(int(0))),
            Host::Exit => unreachable!("the caller ends the program itself"),
            Host::Env => narrow(ffi::mochi_host_env(bytes(0), bytes(1))),
            Host::Clock => ffi::mochi_host_clock() as u64,
            Host::FileSize => ffi::mochi_host_file_size(bytes(0)) as u64,
            Host::FileRead => narrow(ffi::mochi_host_file_read(bytes(0), int(0), int(1))),
            Host::FileCreate => narrow(ffi::mochi_host_file_create(bytes(0))),
            Host::FileWrite => narrow(ffi::mochi_host_file_write(bytes(0), int(0), int(1))),
            Host::FileClose => narrow(ffi::mochi_host_file_close()),
            Host::MemoryUsed => ffi::mochi_host_memory_used() as u64,
        }
    }
}
