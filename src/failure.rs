//! Why a command did not do what it was asked.

use std::io::Write;
use std::path::Path;

#[derive(Debug)]
pub enum Failure {
    /// Shown already: diagnostics, a failed test.
    Shown,
    /// A file that cannot be read or written, a tool that is missing.
    Message(String),
    /// The command line makes no sense.
    Usage(String),
    /// A fault of ours. The panic's own message stands on standard error.
    Internal,
}

pub type Outcome = Result<u8, Failure>;

impl Failure {
    pub fn message(text: impl Into<String>) -> Failure {
        Failure::Message(text.into())
    }

    pub fn usage(text: impl Into<String>) -> Failure {
        Failure::Usage(text.into())
    }

    pub fn internal() -> Failure {
        Failure::Internal
    }

    /// A file that could not be read, written or made.
    pub fn file(what: &str, path: &Path, error: &std::io::Error) -> Failure {
        Failure::Message(format!("cannot {what} {}: {error}", path.display()))
    }

    /// Standard output that cannot be written: told, or quiet where nobody reads it any more.
    pub fn unwritten(why: &str) -> Failure {
        if !why.contains("Broken pipe") {
            // Where this cannot be written either, only the exit code tells.
            let _ = writeln!(anstream::stderr(), "error: cannot write to standard output: {why}");
        }
        Failure::Shown
    }

    /// Writes the failure to standard error and gives the exit code.
    pub fn show(&self) -> u8 {
        match self {
            Failure::Shown => 1,
            Failure::Message(text) => {
                anstream::eprintln!("error: {text}");
                1
            }
            Failure::Usage(text) => {
                anstream::eprintln!("error: {text}\n\nFor more information, try `mochi --help`.");
                2
            }
            Failure::Internal => {
                anstream::eprintln!("error: the compiler itself failed; this is a fault of mochi, not of your program");
                70
            }
        }
    }
}
