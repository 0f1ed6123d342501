//! `mochi completions SHELL`.

use crate::args::Cli;
use crate::failure::Outcome;
use clap::CommandFactory;

pub fn completions(shell: clap_complete::Shell) -> Outcome {
    // clap panics where it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mochi", &mut script);
    print!("{}", String::from_utf8_lossy(&script));
    Ok(0)
}
