//! `mochi run-blocks`: loads a program once, and runs each of its blocks in a copy of the process.
//!
//! ```text
//!   standard input: the mark, the artifact's length, the artifact; then the number of a block, and after its answer the next
//!   standard output and standard error, when the program is loaded and after each block: mark, how the copy ended as eight hex digits
//! ```
//! The mark is a line, as are the numbers. What stands between two marks is what the block wrote. Where processes cannot be copied, the
//! process itself runs the first block that is asked for, and no other.

use super::artifact;
use crate::args::{Backend, How};
use crate::backend;
use crate::failure::{Failure, Outcome};
use crate::tied;
use std::io::{BufRead, Read, Write};

/// The variable that tells a program which block is meant (`prelude/blocks.mochi`).
pub const BLOCK: &str = "MOCHI_BLOCK";

pub fn run_blocks(how: &How) -> Outcome {
    let failed = |error: std::io::Error| Failure::message(format!("cannot read standard input: {error}"));
    let misused = || Failure::usage("`mochi test` and `mochi bench` start this command, with what they compiled");
    let (mark, length) = (line().map_err(failed)?, line().map_err(failed)?);
    let mut bytes = vec![0; length.parse().map_err(|_| misused())?];
    std::io::stdin().read_exact(&mut bytes).map_err(failed)?;
    let ready = || serve(&mark);
    if how.backend() == Backend::Wasm {
        return backend::run_code_when(&bytes, how, &ready);
    }
    let program = String::from_utf8(bytes).ok().and_then(|text| artifact::read(&text)).ok_or_else(misused)?;
    // A copy that gave its memory back piece by piece would copy that, too.
    let program = std::mem::ManuallyDrop::new(program);
    backend::run_native_when(&program, how, &ready)
}

fn line() -> std::io::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    line.truncate(line.trim_end().len());
    Ok(line)
}

/// Comes back in each copy, for its block. The process itself ends here, when nobody wants a block any more.
fn serve(mark: &str) {
    let server = std::process::id();
    let mut status = 0;
    loop {
        if answer(mark, status).is_err() {
            std::process::exit(1);
        }
        let wanted = line().unwrap_or_default();
        if wanted.is_empty() {
            std::process::exit(0);
        }
        match fork_server::copy(BLOCK, &wanted) {
            Ok(Some(ended)) => status = ended,
            Ok(None) => return tied::end_with(server),
            Err(error) => std::process::exit(Failure::message(format!("cannot start a process: {error}")).show().into()),
        }
    }
}

fn answer(mark: &str, status: i32) -> std::io::Result<()> {
    let text = format!("{mark}{status:08x}");
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    std::io::stderr().write_all(text.as_bytes())
}
