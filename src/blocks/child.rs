//! The process of a block: started, fed, listened to, ended when its time is over.

use super::Settings;
use super::artifact::{Artifact, executable};
use crate::args::Backend;
use crate::failure::Failure;
use crate::tied;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// What stands on standard output before and after what the block itself writes (`prelude/blocks.mochi`).
const MARK: &[u8] = b"\0mochi\0";
/// Of what a block writes, the beginning and the end are kept.
const HEAD: usize = 1 << 20;
const TAIL: usize = 64 << 10;
/// What a process that ends itself after its time gets for it.
const GRACE: Duration = Duration::from_secs(2);

/// How a block's process ended.
pub struct Ran {
    /// None if a signal ended it.
    pub status: ExitStatus,
    pub killed: bool,
    pub stderr: Vec<u8>,
    /// What was written between the marks, as far as it got.
    pub parts: Vec<Vec<u8>>,
    pub time: Duration,
}

impl Ran {
    /// The block was run to its end.
    pub fn is_complete(&self) -> bool {
        self.status.success() && self.parts.len() >= 3
    }

    /// What the block printed; nothing if it was not reached.
    pub fn output(&self) -> &[u8] {
        self.parts.get(1).map_or(&[], Vec::as_slice)
    }
}

/// Runs one block to its end.
pub fn start(backend: Backend, artifact: &Artifact, block: usize, settings: &Settings, env: &[(&str, String)]) -> Result<Ran, Failure> {
    let failed = |error: std::io::Error| Failure::message(format!("cannot start a process: {error}"));
    let began = Instant::now();
    let mut command = command(backend, artifact, settings).map_err(failed)?;
    tied::tie(&mut command);
    command.env("MOCHI_BLOCK", block.to_string()).envs(env.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let (stdout, stderr) = (listen(child.stdout.take()), listen(child.stderr.take()));
    if let (Some(mut stdin), Artifact::Input(code)) = (child.stdin.take(), artifact) {
        // A process that ends early does not read it all; its exit code tells.
        let _ = stdin.write_all(code);
    }
    let limit = settings.timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let limit = limit.map(|limit| limit.saturating_add(GRACE));
    let (stdout, killed) = wait(&stdout, limit, &mut child);
    let stderr = stderr.recv().unwrap_or_default();
    let status = child.wait().map_err(failed)?;
    Ok(Ran { status, killed, stderr, parts: split(&stdout), time: began.elapsed() })
}

fn command(backend: Backend, artifact: &Artifact, settings: &Settings) -> std::io::Result<Command> {
    Ok(match artifact {
        Artifact::File(folder) => {
            let mut command = Command::new(executable(folder));
            if let Some(seconds) = settings.timeout {
                command.env("MOCHI_TIMEOUT", ((seconds * 1000.0) as u64).max(1).to_string());
            }
            if let Some(mib) = settings.max_memory {
                command.env("MOCHI_HEAP_LIMIT", mib.saturating_mul(1 << 20).to_string());
            }
            command
        }
        Artifact::Input(_) => {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg("run-block").arg(format!("--backend={}", backend.name())).arg("--color=never");
            command.args(settings.max_memory.map(|mib| format!("--max-memory={mib}")));
            command.args(settings.timeout.map(|seconds| format!("--timeout={seconds}")));
            command
        }
    })
}

/// Reads a stream to its end on a thread of its own.
fn listen(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut piece = vec![0; 64 << 10];
        if let Some(mut stream) = stream {
            while let Ok(count @ 1..) = stream.read(&mut piece) {
                kept.extend_from_slice(&piece[..count]);
                if kept.len() > HEAD + 2 * TAIL {
                    kept.drain(HEAD..kept.len() - TAIL);
                }
            }
        }
        // Nobody listens if the process could not be waited for.
        let _ = sender.send(kept);
    });
    receiver
}

/// What came until the stream ended; the process is ended if that takes too long.
fn wait(stream: &Receiver<Vec<u8>>, limit: Option<Duration>, child: &mut Child) -> (Vec<u8>, bool) {
    let Some(limit) = limit else { return (stream.recv().unwrap_or_default(), false) };
    match stream.recv_timeout(limit) {
        Ok(bytes) => (bytes, false),
        Err(_) => {
            let _ = child.kill();
            (stream.recv().unwrap_or_default(), true)
        }
    }
}

fn split(output: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut rest = output;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        parts.push(rest[..at].to_vec());
        rest = &rest[at + MARK.len()..];
    }
    parts.push(rest.to_vec());
    parts
}
