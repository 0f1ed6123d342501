//! Standard streams: those of the process, or memory for callers that want to see what a program writes.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};

/// Where a program's output goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Output {
    /// To the process's own standard output and standard error.
    #[default]
    Inherit,
    /// Into `Exit::stdout` and `Exit::stderr`.
    Capture,
}

/// What a program reads from its standard input.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Input {
    #[default]
    Inherit,
    Bytes(Vec<u8>),
}

pub enum Sink {
    /// The process's stream without a buffer of ours: the program has one.
    #[cfg_attr(not(unix), allow(dead_code))]
    File(File),
    Stdout,
    Stderr,
    Memory(Vec<u8>),
}

impl Sink {
    pub fn new(output: Output, error: bool) -> Sink {
        match output {
            Output::Capture => Sink::Memory(Vec::new()),
            Output::Inherit => unbuffered(error),
        }
    }
    pub fn is_terminal(&self) -> bool {
        match self {
            Sink::File(f) => f.is_terminal(),
            Sink::Stdout => io::stdout().is_terminal(),
            Sink::Stderr => io::stderr().is_terminal(),
            Sink::Memory(_) => false,
        }
    }
    /// Writes all and flushes.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Sink::File(f) => f.write_all(bytes),
            Sink::Stdout => io::stdout().write_all(bytes).and_then(|()| io::stdout().flush()),
            Sink::Stderr => io::stderr().write_all(bytes),
            Sink::Memory(m) => {
                m.extend_from_slice(bytes);
                Ok(())
            }
        }
    }
    pub fn into_memory(self) -> Vec<u8> {
        if let Sink::Memory(m) = self { m } else { Vec::new() }
    }
}

#[cfg(unix)]
fn unbuffered(error: bool) -> Sink {
    use std::os::fd::AsFd;
    let cloned = if error { io::stderr().as_fd().try_clone_to_owned() } else { io::stdout().as_fd().try_clone_to_owned() };
    match cloned {
        Ok(fd) => Sink::File(fd.into()),
        Err(_) if error => Sink::Stderr,
        Err(_) => Sink::Stdout,
    }
}

#[cfg(not(unix))]
fn unbuffered(error: bool) -> Sink {
    if error { Sink::Stderr } else { Sink::Stdout }
}

pub enum Source {
    Stdin,
    Memory(io::Cursor<Vec<u8>>),
}

impl Source {
    pub fn new(input: Input) -> Source {
        match input {
            Input::Inherit => Source::Stdin,
            Input::Bytes(bytes) => Source::Memory(io::Cursor::new(bytes)),
        }
    }
    pub fn is_terminal(&self) -> bool {
        matches!(self, Source::Stdin) && io::stdin().is_terminal()
    }
    /// Up to `length` bytes; none at the end.
    pub fn read(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let read = loop {
            let result = match self {
                Source::Stdin => io::stdin().read(&mut bytes),
                Source::Memory(m) => m.read(&mut bytes),
            };
            match result {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        bytes.truncate(read);
        Ok(bytes)
    }
}
