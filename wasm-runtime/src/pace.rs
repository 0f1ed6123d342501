//! When the engine's heap grows: once what lives fills half of one of its two spaces.
//!
//! The engine by itself grows its heap only when a space is full of what lives. Shortly before that it collects again and again for less
//! and less room, and copies everything each time: a million live strings took ten times as long as the program needs without. So code
//! that is compiled for this runtime counts what it allocates, and calls [`pace`] when it has used up the room that the last call gave
//! it. Counting is rough: too little means that the engine collects by itself, too much a call too many.
//!
//! Nothing tells how much of the heap is in use, but a fresh object lies behind everything else, and its reference is its place. And the
//! engine grows its heap for an allocation that has failed, so allocations that fail are kept from the start.

use crate::program::Host;
use wasmtime::{
    ArrayRef, ArrayRefPre, ArrayType, Caller, FieldType, GcHeapOutOfMemory, Mutability, Result, StorageType, StructRef, StructRefPre,
    StructType, Val, format_err,
};

/// Of a space, the part that must be free.
const LEAST_FREE: usize = 8;
/// The largest heap that the engine can have.
const LARGEST: usize = 1 << 32;

pub struct Pace {
    object: StructRefPre,
    /// The size of a heap, and an allocation that failed for which it is doubled.
    failed: Vec<(usize, GcHeapOutOfMemory<()>)>,
}

/// Collects and grows as is due; the bytes that the program can allocate before it calls again.
pub fn pace(mut caller: Caller<'_, Host>) -> Result<i32> {
    let pace = match caller.data_mut().pace.take() {
        Some(pace) => pace,
        None => Pace::new(&mut caller)?,
    };
    let room = pace.room(&mut caller);
    caller.data_mut().pace = Some(pace);
    Ok(i32::try_from(room?).unwrap_or(i32::MAX))
}

impl Pace {
    fn new(caller: &mut Caller<'_, Host>) -> Result<Pace> {
        let engine = caller.engine().clone();
        let object = StructRefPre::new(&mut *caller, StructType::new(&engine, [])?);
        let bytes = ArrayRefPre::new(&mut *caller, ArrayType::new(&engine, FieldType::new(Mutability::Var, StorageType::I8)));
        StructRef::new(&mut *caller, &object, &[])?;
        let mut failed = Vec::new();
        let most = std::mem::replace(&mut caller.data_mut().most_memory, 0);
        let mut size = caller.gc_heap_capacity();
        // A space is half of the heap, and not quite empty: an array of that size needs a heap twice as large.
        while (1..LARGEST).contains(&size)
            && let Err(error) = ArrayRef::new(&mut *caller, &bytes, &Val::I32(0), (size / 2) as u32)
            && let Ok(error) = error.downcast::<GcHeapOutOfMemory<()>>()
        {
            failed.push((size, error));
            size *= 2;
        }
        caller.data_mut().most_memory = most;
        Ok(Pace { object, failed })
    }

    fn room(&self, caller: &mut Caller<'_, Host>) -> Result<usize> {
        let (space, used) = self.measure(caller)?;
        if space - used > space / LEAST_FREE {
            return Ok(space - used);
        }
        caller.gc(None)?;
        loop {
            let (space, used) = self.measure(caller)?;
            let size = caller.gc_heap_capacity();
            // Growth is rounded up.
            let failed = self.failed.iter().find(|(known, _)| (size / 2 + 1..=size).contains(known));
            if let Some((_, error)) = failed.filter(|_| used > space / 2) {
                caller.gc(Some(error))?;
            }
            // It may not grow, or need not: from here on the engine collects when it must.
            if caller.gc_heap_capacity() == size {
                return Ok((space - used).max(space / LEAST_FREE));
            }
        }
    }

    /// The size of one of the two spaces, and how much of it is in use.
    fn measure(&self, caller: &mut Caller<'_, Host>) -> Result<(usize, usize)> {
        let place = StructRef::new(&mut *caller, &self.object, &[])?.to_anyref().to_raw(&mut *caller)? as usize;
        let space = caller.gc_heap_capacity() / 2;
        match place.checked_rem(space) {
            Some(used) => Ok((space, used)),
            None => Err(format_err!("the program runs without a heap")),
        }
    }
}
