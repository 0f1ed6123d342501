//! The processes of blocks: started, fed, listened to, ended when their time is over.
//!
//! An executable file is started for each block. Everything else is loaded once by a server (`serve`), which runs the blocks in copies of
//! itself; it is kept as long as blocks of the same program are asked for.

use super::artifact::{Artifact, executable};
use super::ran::{Piece, Ran, listen};
use super::serve::BLOCK;
use super::{Program, Settings};
use crate::args::Backend;
use crate::failure::Failure;
use crate::temporary::Temporary;
use crate::tied;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// What a process that ends itself after its time gets for it.
const GRACE: Duration = Duration::from_secs(2);

/// Runs blocks, one at a time.
pub struct Runner<'s> {
    settings: &'s Settings,
    /// Variables for the blocks.
    env: Vec<(&'static str, String)>,
    /// The server of the program, and of its artifact with this number, that was used last.
    server: Option<(Arc<Program>, usize, Server)>,
}

impl<'s> Runner<'s> {
    pub fn new(settings: &'s Settings, env: Vec<(&'static str, String)>) -> Runner<'s> {
        Runner { settings, env, server: None }
    }

    /// Runs a block to its end.
    pub fn run(&mut self, program: &Arc<Program>, place: usize) -> Result<Ran, Failure> {
        let (artifact, block) = program.at(place);
        let index = block.index.to_string();
        let code = match &program.artifacts[artifact] {
            (_, Artifact::File(folder)) => return self.start(folder, &index),
            (_, Artifact::Input(code)) => code,
        };
        let known = self.server.take().filter(|(of, number, _)| Arc::ptr_eq(of, program) && *number == artifact);
        let mut server = match known {
            Some((_, _, server)) => server,
            None => Server::start(program.artifacts[artifact].0, code, self.settings, &self.env).map_err(failed)?,
        };
        let (ran, is_alive) = server.run(&index, self.limit()).map_err(failed)?;
        if is_alive {
            self.server = Some((program.clone(), artifact, server));
        }
        Ok(ran)
    }

    /// Runs a block in an executable file.
    fn start(&self, folder: &Temporary, index: &str) -> Result<Ran, Failure> {
        let began = Instant::now();
        let mut command = Command::new(executable(folder));
        command.env(BLOCK, index).stdin(Stdio::null());
        if let Some(seconds) = self.settings.timeout {
            command.env("MOCHI_TIMEOUT", ((seconds * 1000.0) as u64).max(1).to_string());
        }
        if let Some(mib) = self.settings.max_memory {
            command.env("MOCHI_HEAP_LIMIT", mib.saturating_mul(1 << 20).to_string());
        }
        let mut process = Process::start(command, &self.env, None).map_err(failed)?;
        let (stdout, stderr, killed) = process.listen(self.limit());
        let status = process.child.wait().map_err(failed)?;
        Ok(Ran::new(status, killed, &stdout.0, stderr.0, began.elapsed()))
    }

    /// When a process is ended that did not do it itself.
    fn limit(&self) -> Option<Duration> {
        let limit = self.settings.timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        limit.map(|limit| limit.saturating_add(GRACE))
    }
}

fn failed(error: std::io::Error) -> Failure {
    Failure::message(format!("cannot start a process: {error}"))
}

/// A process, and who listens to its streams.
struct Process {
    child: Child,
    stdout: Receiver<Piece>,
    stderr: Receiver<Piece>,
}

impl Process {
    fn start(mut command: Command, env: &[(&str, String)], mark: Option<&str>) -> std::io::Result<Process> {
        tied::tie(&mut command);
        command.envs(env.iter().map(|(name, value)| (name, value))).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let mark = mark.map(str::to_owned);
        let streams = (child.stdout.take(), child.stderr.take());
        let heard = listen(streams.0, mark.clone()).and_then(|stdout| Ok((stdout, listen(streams.1, mark)?)));
        match heard {
            Ok((stdout, stderr)) => Ok(Process { child, stdout, stderr }),
            Err(error) => {
                let _ = child.kill().and_then(|()| child.wait());
                Err(error)
            }
        }
    }

    /// What came until the streams ended or an answer stood in them; whether the process was ended because that took too long.
    fn listen(&mut self, limit: Option<Duration>) -> (Piece, Piece, bool) {
        let first = match limit {
            None => self.stdout.recv().ok(),
            Some(limit) => self.stdout.recv_timeout(limit).ok(),
        };
        let killed = first.is_none();
        if killed {
            let _ = self.child.kill();
        }
        let stdout = first.or_else(|| self.stdout.recv().ok()).unwrap_or_default();
        (stdout, self.stderr.recv().unwrap_or_default(), killed)
    }
}

/// A process of `serve`.
struct Server {
    process: Process,
    requests: Option<ChildStdin>,
    /// Once the program is loaded, or could not be.
    is_loaded: bool,
}

impl Server {
    fn start(backend: Backend, code: &[u8], settings: &Settings, env: &[(&str, String)]) -> std::io::Result<Server> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("run-blocks").arg(format!("--backend={}", backend.name())).arg("--color=never");
        command.args(settings.max_memory.map(|mib| format!("--max-memory={mib}")));
        command.args(settings.timeout.map(|seconds| format!("--timeout={seconds}")));
        command.stdin(Stdio::piped());
        // Nobody writes it by chance.
        let mark = format!("\0mochi:{:016x}:", RandomState::new().hash_one(0));
        let mut process = Process::start(command, env, Some(&mark))?;
        let mut requests = process.child.stdin.take();
        // A process that ends early does not read it all; its exit code tells.
        let _ = requests.as_mut().map(|requests| write!(requests, "{mark}\n{}\n", code.len()).and_then(|()| requests.write_all(code)));
        Ok(Server { process, requests, is_loaded: false })
    }

    /// Runs a block; whether the server can run another one.
    fn run(&mut self, index: &str, limit: Option<Duration>) -> std::io::Result<(Ran, bool)> {
        let mut began = Instant::now();
        let mut heard = None;
        if !self.is_loaded {
            let loaded = self.process.listen(None);
            self.is_loaded = true;
            if loaded.0.1.is_none() {
                heard = Some(loaded);
            }
            began = Instant::now();
        }
        let (stdout, stderr, killed) = heard.unwrap_or_else(|| {
            let _ = self.requests.as_mut().map(|requests| writeln!(requests, "{index}").and_then(|()| requests.flush()));
            self.process.listen(limit)
        });
        let copied = match (stdout.1, stderr.1) {
            (Some(status), Some(_)) => of_copy(status),
            _ => None,
        };
        let status = match copied {
            Some(status) => status,
            None => self.process.child.wait()?,
        };
        Ok((Ran::new(status, killed, &stdout.0, stderr.0, began.elapsed()), copied.is_some()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // At the end of its input it ends.
        self.requests = None;
        let _ = self.process.child.wait();
    }
}

/// How a copy of a process ended.
#[cfg(unix)]
fn of_copy(status: i32) -> Option<ExitStatus> {
    Some(std::os::unix::process::ExitStatusExt::from_raw(status))
}

/// There are no copies.
#[cfg(not(unix))]
fn of_copy(_: i32) -> Option<ExitStatus> {
    None
}
