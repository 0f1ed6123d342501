//! The memory that the engine's heap lies in, and the module's linear memory: reserved at once, committed in huge pages.
//!
//! The collector copies what lives from one half of the heap to the other, so a program of any size fills at least one half, page by
//! page. A fault for each 4 KB was a third of the time of a join of 100,000 rows. The engine asks for plain pages; memory from here asks
//! for huge ones behind the first, so that small programs stay small.
//!
//! ```text
//!   guard | accessible: 4 KB pages up to PLAIN, then huge ones | reserved, for growth | guard
//!         ^ base, a multiple of HUGE
//! ```

use rustix::mm::{Advice, MapFlags, MprotectFlags, ProtFlags, madvise, mmap_anonymous, mprotect, munmap};
use std::ffi::c_void;
use wasmtime::{LinearMemory, MemoryCreator, MemoryType, Result};

/// The size of a huge page of x86-64 and AArch64.
const HUGE: usize = 2 << 20;
/// What is committed in plain pages.
const PLAIN: usize = HUGE;

/// Makes memories for an engine.
pub struct HugePages;

// SAFETY: a memory is a mapping of its own, which is released when the engine drops it, with inaccessible pages on both sides.
unsafe impl MemoryCreator for HugePages {
    fn new_memory(
        &self,
        _: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let capacity = reserved.or(maximum).unwrap_or(minimum).max(minimum).next_multiple_of(HUGE);
        let length = guard.next_multiple_of(HUGE) + capacity + guard + HUGE;
        let mapping = Mapping::new(length).map_err(|error| format!("cannot reserve memory: {error}"))?;
        let base = (mapping.start as usize + guard).next_multiple_of(HUGE);
        let mut memory = Reserved { mapping, base, size: 0, capacity };
        memory.grow_to(minimum).map_err(|error| format!("{error:#}"))?;
        Ok(Box::new(memory))
    }
}

/// Address space of this process.
struct Mapping {
    start: *mut c_void,
    length: usize,
}

// SAFETY: only the owner of the memory knows the address.
unsafe impl Send for Mapping {}
// SAFETY: nothing is changed through a shared reference.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Inaccessible pages.
    fn new(length: usize) -> rustix::io::Result<Mapping> {
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: a fresh mapping where the system has room.
        let start = unsafe { mmap_anonymous(std::ptr::null_mut(), length, ProtFlags::empty(), flags)? };
        Ok(Mapping { start, length })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours alone.
        let _ = unsafe { munmap(self.start, self.length) };
    }
}

struct Reserved {
    mapping: Mapping,
    base: usize,
    /// How much is accessible.
    size: usize,
    capacity: usize,
}

// SAFETY: the base never moves, and `capacity` bytes from it on lie in the mapping.
unsafe impl LinearMemory for Reserved {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        self.capacity
    }

    fn grow_to(&mut self, size: usize) -> Result<()> {
        if size > self.capacity {
            return Err(wasmtime::format_err!("{size} bytes of memory are more than {} reserved", self.capacity));
        }
        let start = self.mapping.start.wrapping_byte_add(self.base - self.mapping.start as usize);
        // SAFETY: the range is inside the mapping, and what of it was accessible before stays so.
        unsafe {
            mprotect(start, size, MprotectFlags::READ | MprotectFlags::WRITE)?;
            if size > PLAIN {
                // Only a wish; a system without huge pages refuses it.
                let _ = madvise(start.wrapping_byte_add(PLAIN), size - PLAIN, Advice::LinuxHugepage);
            }
        }
        self.size = size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.mapping.start.cast::<u8>().wrapping_add(self.base - self.mapping.start as usize)
    }
}
