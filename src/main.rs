//! `mochi`: the command line. The only crate that reads files, writes to the terminal and exits.
//!
//! Exit codes: 0 success; 1 diagnostics, failed tests, a run-time error; 2 wrong usage; 70 a fault of the compiler itself.
//! Each command is a file in `command/`; `load` reads sources, `render` shows diagnostics, `stages` drives the compiler.

#![forbid(unsafe_code)]

mod args;
mod backend;
mod blocks;
mod clock;
mod command;
mod failure;
mod fix;
mod help;
mod load;
mod progress;
mod project;
mod render;
mod stages;
mod temporary;
mod tied;
mod watch;
mod write;

use clap::Parser;
use failure::Failure;
use std::convert::Infallible;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::thread::JoinHandle;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Trees are walked by recursion, and inference and lowering need more stack for each level than the parser. It is address space
/// until it is used.
pub const STACK: usize = 1 << 30;

/// What `println!` and its like panic with when standard output cannot be written, and what they do for standard error.
const UNWRITTEN: &str = "failed printing to stdout: ";
const UNTOLD: &str = "failed printing to stderr: ";

/// Output that cannot be written ends any command: with an error, or quietly where nobody reads it any more or can be told.
fn end_without_output() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| match panic.payload_as_str() {
        Some(text) if text.starts_with(UNWRITTEN) => {
            std::process::exit(Failure::unwritten(&text[UNWRITTEN.len()..]).show().into());
        }
        Some(text) if text.starts_with(UNTOLD) => std::process::exit(1),
        // The Wasm engine compiles on threads without names; what it cannot compile is told as an error.
        _ if std::thread::current().name().is_none() => {}
        _ => usual(panic),
    }));
}

/// A file that grows over the user's limit is an ordinary failure of the write, as on a full disk.
#[cfg(unix)]
fn outlive_file_limits() {
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
}

#[cfg(not(unix))]
fn outlive_file_limits() {}

/// Writes what is still to be written, at the end of a command.
fn flushed(code: u8) -> u8 {
    match std::io::stdout().flush() {
        Ok(()) => code,
        Err(error) => Failure::unwritten(&error.to_string()).show().max(code),
    }
}

/// The command line; help, the version and what is wrong with it are told here, and the exit code given.
fn given(args: Vec<OsString>) -> Result<args::Cli, u8> {
    args::Cli::try_parse_from(args::with_run(args)).map_err(|told| {
        let code = if told.use_stderr() { 2 } else { 0 };
        match told.print() {
            Err(error) if !told.use_stderr() => Failure::unwritten(&error.to_string()).show(),
            _ => flushed(code),
        }
    })
}

/// All of a command; gives the exit code.
fn run() -> u8 {
    let mut args: Vec<_> = std::env::args_os().collect();
    if args.len() <= 1 {
        args.push("-h".into());
    }
    let cli = match given(args) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    cli.color.apply();
    render::choose(cli.format);
    flushed(command::execute(cli).unwrap_or_else(|failure| failure.show()))
}

fn main() -> ExitCode {
    end_without_output();
    outlive_file_limits();
    tied::end_with_parent();
    // Everything is done there: a thread that allocates little still has the allocator clear two megabytes for each of a few pages.
    let worker = std::thread::Builder::new().name("mochi".to_owned()).stack_size(STACK);
    // The process ends in the thread itself: nobody waits until its memory is given back piece by piece.
    let work = || -> Infallible { std::process::exit(run().into()) };
    let failure = match worker.spawn(work).map(JoinHandle::join) {
        Ok(Ok(never)) => match never {},
        Ok(Err(_)) => Failure::internal(),
        Err(error) => Failure::message(format!("cannot start: {error}")),
    };
    ExitCode::from(failure.show())
}
