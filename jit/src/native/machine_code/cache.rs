//! Memory for machine code: one file in memory, mapped twice, once to write and once to run.
//!
//! No address is ever both writable and executable. Guard pages stand around both mappings.

use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous, munmap};
use std::ffi::c_void;
use std::ptr;

const GUARD: usize = 65536;

/// The two mappings.
pub struct CodeCache {
    writable: Mapping,
    executable: Mapping,
    bytes: usize,
}

/// A mapping between two guards.
struct Mapping {
    base: *mut c_void,
    whole: usize,
}

impl CodeCache {
    /// Maps room for that many bytes; `None` where the system does not let us.
    pub fn new(bytes: usize) -> Option<CodeCache> {
        let bytes = bytes.next_multiple_of(GUARD);
        let file = memfd_create("mochi-code", MemfdFlags::CLOEXEC).ok()?;
        ftruncate(&file, bytes as u64).ok()?;
        let map = |access| {
            let whole = bytes + 2 * GUARD;
            // SAFETY: a fresh mapping without access; the file is then mapped over its middle, which is ours.
            unsafe {
                let base = mmap_anonymous(ptr::null_mut(), whole, ProtFlags::empty(), MapFlags::PRIVATE).ok()?;
                let middle = base.cast::<u8>().add(GUARD).cast();
                mmap(middle, bytes, access, MapFlags::SHARED | MapFlags::FIXED, &file, 0).ok()?;
                Some(Mapping { base, whole })
            }
        };
        let writable = map(ProtFlags::READ | ProtFlags::WRITE)?;
        let executable = map(ProtFlags::READ | ProtFlags::EXEC)?;
        Some(CodeCache { writable, executable, bytes })
    }
    pub fn len(&self) -> usize {
        self.bytes
    }
    /// Where code is written.
    pub fn write(&self) -> *mut u8 {
        self.writable.base.cast::<u8>().wrapping_add(GUARD)
    }
    /// Where it runs.
    pub fn run(&self) -> *const u8 {
        self.executable.base.cast::<u8>().wrapping_add(GUARD)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and the code in it no longer runs.
        let _ = unsafe { munmap(self.base, self.whole) };
    }
}
