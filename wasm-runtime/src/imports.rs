//! The lowered WASI 0.2.0 functions, by their import names. Layouts of results are those of the canonical ABI.
//!
//! ```text
//!   result<_, stream-error>         u8 failed, at 4: u8 0 last-operation-failed (at 8: handle) | 1 closed
//!   result<list<u8>, stream-error>  u8 failed, at 4: address, length | as above
//!   result<T, error-code>           u8 failed, at 4 or, for 64-bit T, at 8: T | u8 code
//! ```

use crate::files::{HERE, ROOT};
use crate::memory::{allocate, get, list, put, put_words};
use crate::pace::pace;
use crate::program::Host;
use crate::trace;
use std::time::{SystemTime, UNIX_EPOCH};
use wasmtime::{Caller, Error, Func, Result, Store, format_err};

/// The program called `exit` with this code; carried out of it as an error.
#[derive(Debug)]
pub struct Exited(pub i32);

impl std::fmt::Display for Exited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit with code {}", self.0)
    }
}
impl std::error::Error for Exited {}

/// Handles of the standard streams.
const STDIN: i32 = 0;
const STDOUT: i32 = 1;
const STDERR: i32 = 2;

type C<'a> = Caller<'a, Host>;

/// The function behind an import.
pub fn function(store: &mut Store<Host>, interface: &str, name: &str) -> Result<Func> {
    let s = store;
    if (interface, name) == ("mochi:heap", "pace") {
        return Ok(Func::wrap(s, pace));
    }
    Ok(match (interface.strip_suffix("@0.2.0").unwrap_or(""), name) {
        ("wasi:cli/stdin", "get-stdin") => Func::wrap(s, || STDIN),
        ("wasi:cli/stdout", "get-stdout") => Func::wrap(s, || STDOUT),
        ("wasi:cli/stderr", "get-stderr") => Func::wrap(s, || STDERR),
        ("wasi:cli/exit", "exit") => Func::wrap(s, exit),
        ("wasi:cli/environment", "get-environment") => Func::wrap(s, get_environment),
        ("wasi:cli/terminal-stdin", "get-terminal-stdin") => Func::wrap(s, |c: C<'_>, ret: i32| terminal(c, STDIN, ret)),
        ("wasi:cli/terminal-stdout", "get-terminal-stdout") => Func::wrap(s, |c: C<'_>, ret: i32| terminal(c, STDOUT, ret)),
        ("wasi:cli/terminal-stderr", "get-terminal-stderr") => Func::wrap(s, |c: C<'_>, ret: i32| terminal(c, STDERR, ret)),
        ("wasi:io/streams", "[method]input-stream.blocking-read") => Func::wrap(s, blocking_read),
        ("wasi:io/streams", "[method]output-stream.blocking-write-and-flush") => Func::wrap(s, write_and_flush),
        ("wasi:clocks/wall-clock", "now") => Func::wrap(s, now),
        ("wasi:filesystem/preopens", "get-directories") => Func::wrap(s, get_directories),
        ("wasi:filesystem/types", "[method]descriptor.open-at") => Func::wrap(s, open_at),
        ("wasi:filesystem/types", "[method]descriptor.stat") => Func::wrap(s, stat),
        ("wasi:filesystem/types", "[method]descriptor.read") => Func::wrap(s, read_file),
        ("wasi:filesystem/types", "[method]descriptor.write") => Func::wrap(s, write_file),
        ("wasi:filesystem/types", "[resource-drop]descriptor") => {
            Func::wrap(s, |mut c: C<'_>, descriptor: i32| c.data_mut().files.close(descriptor as u32))
        }
        _ => return Err(format_err!("the module imports `{interface}` `{name}`, which this host does not have")),
    })
}

fn exit(mut caller: C<'_>, failed: i32) -> Result<()> {
    if failed != 0 && !caller.data().nobody_reads {
        let frames = trace::capture(&mut caller);
        caller.data_mut().trace = frames;
    }
    Err(Error::new(Exited(i32::from(failed != 0))))
}

fn get_environment(mut caller: C<'_>, ret: i32) -> Result<()> {
    let mut words = Vec::new();
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let pairs: Vec<(String, String)> = std::env::vars_os().map(|(k, v)| (lossy(k), lossy(v))).collect();
    for (name, value) in &pairs {
        words.extend(list(&mut caller, name.as_bytes())?);
        words.extend(list(&mut caller, value.as_bytes())?);
    }
    let at = allocate(&mut caller, 4, words.len() * 4)?;
    put_words(&mut caller, at, &words)?;
    put_words(&mut caller, ret as u32, &[at, pairs.len() as u32])
}

/// `option<terminal>`: whether there is one, and a handle that nothing uses.
fn terminal(mut caller: C<'_>, stream: i32, ret: i32) -> Result<()> {
    let host = caller.data();
    let is = match stream {
        STDIN => host.stdin.is_terminal(),
        STDOUT => host.stdout.is_terminal(),
        _ => host.stderr.is_terminal(),
    };
    put_words(&mut caller, ret as u32, &[u32::from(is), 0])
}

const CLOSED: [u8; 12] = [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
/// `last-operation-failed`, with a handle of the error that nobody asks.
const FAILED: [u8; 12] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

fn blocking_read(mut caller: C<'_>, stream: i32, length: i64, ret: i32) -> Result<()> {
    if stream != STDIN {
        return Err(format_err!("{stream} is no input stream"));
    }
    let length = (length as u64).min(1 << 20) as usize;
    match caller.data_mut().stdin.read(length) {
        Ok(bytes) if !bytes.is_empty() => {
            let [at, length] = list(&mut caller, &bytes)?;
            put_words(&mut caller, ret as u32, &[0, at, length])
        }
        _ => put(&mut caller, ret as u32, &CLOSED),
    }
}

fn write_and_flush(mut caller: C<'_>, stream: i32, at: i32, length: i32, ret: i32) -> Result<()> {
    if length as u32 > 4096 {
        return Err(format_err!("a write of more than 4096 bytes"));
    }
    let (bytes, host) = get(&mut caller, at as u32, length as u32)?;
    let sink = match stream {
        STDOUT => &mut host.stdout,
        STDERR => &mut host.stderr,
        _ => return Err(format_err!("{stream} is no output stream")),
    };
    let answer = match sink.write(bytes) {
        Ok(()) => [0; 12],
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            host.nobody_reads = true;
            CLOSED
        }
        Err(_) => FAILED,
    };
    put(&mut caller, ret as u32, &answer)
}

fn now(mut caller: C<'_>, ret: i32) -> Result<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut bytes = since.as_secs().to_le_bytes().to_vec();
    bytes.extend(since.subsec_nanos().to_le_bytes());
    put(&mut caller, ret as u32, &bytes)
}

fn get_directories(mut caller: C<'_>, ret: i32) -> Result<()> {
    let mut words = Vec::new();
    for (descriptor, name) in [(HERE, "."), (ROOT, "/")] {
        words.push(descriptor);
        words.extend(list(&mut caller, name.as_bytes())?);
    }
    let at = allocate(&mut caller, 4, words.len() * 4)?;
    put_words(&mut caller, at, &words)?;
    put_words(&mut caller, ret as u32, &[at, 2])
}

#[expect(clippy::too_many_arguments, reason = "the lowered function has them")]
fn open_at(mut caller: C<'_>, directory: i32, _follow: i32, path: i32, length: i32, open_flags: i32, flags: i32, ret: i32) -> Result<()> {
    let (path, host) = get(&mut caller, path as u32, length as u32)?;
    let answer = host.files.open_at(directory as u32, path, open_flags as u32, flags as u32);
    let words = match answer {
        Ok(descriptor) => [0, descriptor],
        Err(code) => [1, u32::from(code)],
    };
    put_words(&mut caller, ret as u32, &words)
}

/// `descriptor-stat`: type, link count, size; the three times are absent.
fn stat(mut caller: C<'_>, descriptor: i32, ret: i32) -> Result<()> {
    let mut bytes = [0; 104];
    match caller.data_mut().files.stat(descriptor as u32) {
        Ok((kind, size)) => {
            bytes[8] = kind;
            bytes[16] = 1;
            bytes[24..32].copy_from_slice(&size.to_le_bytes());
        }
        Err(code) => (bytes[0], bytes[8]) = (1, code),
    }
    put(&mut caller, ret as u32, &bytes)
}

fn read_file(mut caller: C<'_>, descriptor: i32, length: i64, offset: i64, ret: i32) -> Result<()> {
    match caller.data_mut().files.read(descriptor as u32, length as u64, offset as u64) {
        Ok(bytes) => {
            let [at, length] = list(&mut caller, &bytes)?;
            put_words(&mut caller, ret as u32, &[0, at, length, u32::from(length == 0)])
        }
        Err(code) => put_words(&mut caller, ret as u32, &[1, u32::from(code)]),
    }
}

fn write_file(mut caller: C<'_>, descriptor: i32, at: i32, length: i32, offset: i64, ret: i32) -> Result<()> {
    let (bytes, host) = get(&mut caller, at as u32, length as u32)?;
    let mut answer = [0; 16];
    match host.files.write(descriptor as u32, bytes, offset as u64) {
        Ok(written) => answer[8..].copy_from_slice(&written.to_le_bytes()),
        Err(code) => (answer[0], answer[8]) = (1, code),
    }
    put(&mut caller, ret as u32, &answer)
}
