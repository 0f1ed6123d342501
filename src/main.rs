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
mod watch;
mod write;

use clap::Parser;
use failure::Failure;
use std::convert::Infallible;
use std::process::ExitCode;
use std::thread::JoinHandle;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Trees are walked by recursion, and inference and lowering need more stack for each level than the parser. It is address space
/// until it is used.
pub const STACK: usize = 1 << 30;

/// What `println!` and its like panic with when standard output cannot be written.
const UNWRITTEN: &str = "failed printing to stdout";

/// Output that cannot be written ends any command: with an error, or quietly where nobody reads it any more.
fn end_without_output() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| match panic.payload_as_str() {
        Some(text) if text.starts_with(UNWRITTEN) => {
            if !text.contains("Broken pipe") {
                anstream::eprintln!("error: cannot write to standard output{}", &text[UNWRITTEN.len()..]);
            }
            std::process::exit(1);
        }
        // The Wasm engine compiles on threads without names; what it cannot compile is told as an error.
        _ if std::thread::current().name().is_none() => {}
        _ => usual(panic),
    }));
}

fn main() -> ExitCode {
    end_without_output();
    let given: Vec<_> = std::env::args_os().collect();
    if given.len() <= 1 {
        return match args::print_help() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let cli = args::Cli::parse_from(args::with_run(given));
    cli.color.apply();
    render::choose(cli.format);
    let worker = std::thread::Builder::new().name("mochi".to_owned()).stack_size(STACK);
    // The process ends in the thread itself: nobody waits until its memory is given back piece by piece.
    let work = move || -> Infallible {
        let code = command::execute(cli).unwrap_or_else(|failure| failure.show());
        std::process::exit(code.into())
    };
    let failure = match worker.spawn(work).map(JoinHandle::join) {
        Ok(Ok(never)) => match never {},
        Ok(Err(_)) => Failure::internal(),
        Err(error) => Failure::message(format!("cannot start: {error}")),
    };
    ExitCode::from(failure.show())
}
