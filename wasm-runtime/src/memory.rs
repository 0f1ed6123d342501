//! The module's linear memory as host functions see it: results at an address, lists in memory that the module allocates.

use crate::program::Host;
use wasmtime::{Caller, Result, format_err};

/// Writes bytes at an address.
pub fn put(caller: &mut Caller<'_, Host>, at: u32, bytes: &[u8]) -> Result<()> {
    let memory = caller.data().memory()?;
    memory.write(caller, at as usize, bytes).map_err(|_| format_err!("a result outside linear memory"))
}

/// The bytes at an address, and the host's state.
pub fn get<'c>(caller: &'c mut Caller<'_, Host>, at: u32, length: u32) -> Result<(&'c [u8], &'c mut Host)> {
    let memory = caller.data().memory()?;
    let (data, host) = memory.data_and_store_mut(caller);
    let range = data.get(at as usize..).and_then(|d| d.get(..length as usize));
    Ok((range.ok_or_else(|| format_err!("an argument outside linear memory"))?, host))
}

/// Fresh memory of the module's own allocator.
pub fn allocate(caller: &mut Caller<'_, Host>, align: u32, size: usize) -> Result<u32> {
    let realloc = caller.data().realloc()?;
    let size = u32::try_from(size)?;
    let at = realloc.call(caller, (0, 0, align as i32, size as i32))?;
    Ok(at as u32)
}

/// A list of bytes in the module's memory: its address and length.
pub fn list(caller: &mut Caller<'_, Host>, bytes: &[u8]) -> Result<[u32; 2]> {
    let at = allocate(caller, 1, bytes.len())?;
    put(caller, at, bytes)?;
    Ok([at, bytes.len() as u32])
}

/// Writes 32-bit words at an address.
pub fn put_words(caller: &mut Caller<'_, Host>, at: u32, words: &[u32]) -> Result<()> {
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    put(caller, at, &bytes)
}
