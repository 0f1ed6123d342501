//! Big stretches of address space that get memory as they are touched, with a guard page at each end.

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use std::ffi::c_void;
use std::ptr;

pub const PAGE: usize = 65536;

/// Anonymous memory, zero until it is written.
pub struct Region {
    base: *mut c_void,
    bytes: usize,
}

impl Region {
    /// Reserves that many bytes between two guards; halves the wish while the system refuses.
    pub fn new(mut bytes: usize) -> Option<Region> {
        const LEAST: usize = 8 << 20;
        while bytes >= LEAST {
            let whole = bytes + 2 * PAGE;
            let (access, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE | MapFlags::NORESERVE);
            // SAFETY: a fresh anonymous mapping touches nobody's memory.
            if let Ok(base) = unsafe { mmap_anonymous(ptr::null_mut(), whole, access, flags) } {
                let region = Region { base, bytes: whole };
                for guard in [base, region.end().cast()] {
                    // SAFETY: the first and last PAGE bytes of the mapping just made.
                    unsafe { mprotect(guard, PAGE, MprotectFlags::empty()) }.ok()?;
                }
                return Some(region);
            }
            bytes /= 2;
        }
        None
    }
    /// The first usable byte.
    pub fn start(&self) -> *mut u8 {
        self.base.cast::<u8>().wrapping_add(PAGE)
    }
    /// Behind the last usable byte.
    pub fn end(&self) -> *mut u8 {
        self.base.cast::<u8>().wrapping_add(self.bytes - PAGE)
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and whoever used it is done.
        let _ = unsafe { munmap(self.base, self.bytes) };
    }
}
