//! `mochi completions SHELL`.

use crate::args::Cli;
use crate::failure::Outcome;
use clap::CommandFactory;

pub fn completions(shell: clap_complete::Shell) -> Outcome {
    clap_complete::generate(shell, &mut Cli::command(), "mochi", &mut std::io::stdout());
    Ok(0)
}
