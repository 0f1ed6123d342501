//! How a block's process ended, and what it wrote.

use std::io::Read;
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// What stands on standard output before and after what the block itself writes (`prelude/blocks.mochi`).
const BLOCK_MARK: &[u8] = b"\0mochi\0";
/// Of what a block writes, the beginning and the end are kept.
const HEAD: usize = 1 << 20;
const TAIL: usize = 64 << 10;

pub struct Ran {
    pub status: ExitStatus,
    pub killed: bool,
    pub stderr: Vec<u8>,
    /// What was written between the marks, as far as it got.
    parts: Vec<Vec<u8>>,
    pub time: Duration,
}

impl Ran {
    pub fn new(status: ExitStatus, killed: bool, stdout: &[u8], stderr: Vec<u8>, time: Duration) -> Ran {
        Ran { status, killed, stderr, parts: split(stdout), time }
    }

    /// The block was run to its end.
    pub fn is_complete(&self) -> bool {
        self.status.success() && self.parts.len() >= 3
    }

    /// What the block printed; nothing if it was not reached.
    pub fn output(&self) -> &[u8] {
        self.parts.get(1).map_or(&[], Vec::as_slice)
    }

    /// What a benchmark says of itself.
    pub fn report(&self) -> &[u8] {
        self.parts.get(2).map_or(&[], Vec::as_slice)
    }
}

fn split(output: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut rest = output;
    while let Some(at) = rest.windows(BLOCK_MARK.len()).position(|window| window == BLOCK_MARK) {
        parts.push(rest[..at].to_vec());
        rest = &rest[at + BLOCK_MARK.len()..];
    }
    parts.push(rest.to_vec());
    parts
}

/// What came from a stream up to an answer of `serve`, with the status in it; or up to the stream's end.
pub type Piece = (Vec<u8>, Option<i32>);

/// Reads a stream to its end on a thread of its own, and cuts it at the answers if a mark is given.
pub fn listen(stream: Option<impl Read + Send + 'static>, mark: Option<String>) -> std::io::Result<Receiver<Piece>> {
    let (sender, receiver) = channel();
    let work = move || {
        let mut kept = Vec::new();
        let mut read = vec![0; 64 << 10];
        if let Some(mut stream) = stream {
            while let Ok(count @ 1..) = stream.read(&mut read) {
                kept.extend_from_slice(&read[..count]);
                // After an answer nothing is written until it has been read, so it stands at the end.
                if let Some((length, status)) = mark.as_ref().and_then(|mark| answer(&kept, mark)) {
                    kept.truncate(length);
                    if sender.send((std::mem::take(&mut kept), Some(status))).is_err() {
                        return;
                    }
                } else if kept.len() > HEAD + 2 * TAIL {
                    kept.drain(HEAD..kept.len() - TAIL);
                }
            }
        }
        // Nobody listens if the process could not be waited for.
        let _ = sender.send((kept, None));
    };
    // What it works on is on the heap.
    std::thread::Builder::new().stack_size(128 << 10).spawn(work)?;
    Ok(receiver)
}

/// The length of what stands before an answer, and the status in it.
fn answer(bytes: &[u8], mark: &str) -> Option<(usize, i32)> {
    let (before, status) = bytes.split_at(bytes.len().checked_sub(8)?);
    let before = before.strip_suffix(mark.as_bytes())?;
    let status = u32::from_str_radix(std::str::from_utf8(status).ok()?, 16).ok()?;
    Some((before.len(), status.cast_signed()))
}
