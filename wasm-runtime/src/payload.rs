//! Precompiled code in files, and appended to an executable.
//!
//! ```text
//!   .cwasm        compiled code, positions, u64 length of the code, u64 length of the positions, "MOCHICW1"
//!   executable    launcher, zeros up to a page, .cwasm, u64 length of the .cwasm, "MOCHIEX1"
//! ```
//! Numbers are little endian.

const CODE: &[u8; 8] = b"MOCHICW1";
const APPENDED: &[u8; 8] = b"MOCHIEX1";

/// Compiled code with the positions of its source, as a file.
#[cfg(feature = "compile")]
pub fn join(code: &[u8], positions: &[u8]) -> Vec<u8> {
    let lengths = [code.len() as u64, positions.len() as u64].map(u64::to_le_bytes);
    [code, positions, &lengths[0], &lengths[1], CODE].concat()
}

/// Compiled code and positions of a `.cwasm`; `None` for anything else.
pub fn split(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = file.strip_suffix(CODE)?;
    let (rest, positions) = take_u64(rest)?;
    let (rest, code) = take_u64(rest)?;
    let (code, positions) = (usize::try_from(code).ok()?, usize::try_from(positions).ok()?);
    (code.checked_add(positions)? == rest.len()).then(|| rest.split_at(code))
}

/// An executable file that runs the `.cwasm`.
#[cfg(feature = "compile")]
pub fn append(launcher: &[u8], cwasm: &[u8]) -> Vec<u8> {
    let mut file = launcher.to_vec();
    file.resize(file.len().next_multiple_of(4096), 0);
    file.extend_from_slice(cwasm);
    file.extend_from_slice(&(cwasm.len() as u64).to_le_bytes());
    file.extend_from_slice(APPENDED);
    file
}

/// The `.cwasm` at the end of an executable file.
pub fn find_payload(file: &mut (impl std::io::Read + std::io::Seek)) -> std::io::Result<Option<Vec<u8>>> {
    use std::io::SeekFrom;
    let mut trailer = [0; 16];
    file.seek(SeekFrom::End(-16))?;
    file.read_exact(&mut trailer)?;
    let Some((_, length)) = trailer.strip_suffix(APPENDED).and_then(take_u64) else { return Ok(None) };
    let Ok(back) = i64::try_from(length) else { return Ok(None) };
    file.seek(SeekFrom::End(-16 - back))?;
    let mut payload = vec![0; length as usize];
    file.read_exact(&mut payload)?;
    Ok(Some(payload))
}

/// The `.cwasm` at the end of the running executable.
pub fn own_payload() -> std::io::Result<Option<Vec<u8>>> {
    find_payload(&mut std::fs::File::open(std::env::current_exe()?)?)
}

fn take_u64(bytes: &[u8]) -> Option<(&[u8], u64)> {
    let (rest, number) = bytes.split_last_chunk::<8>()?;
    Some((rest, u64::from_le_bytes(*number)))
}
