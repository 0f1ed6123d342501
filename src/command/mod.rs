//! The commands, one file each.

mod check;
mod cheatsheet;
mod completions;
mod dump;
mod explain;
mod init;

use crate::args::{Cli, Command};
use crate::failure::Outcome;

pub fn execute(cli: Cli) -> Outcome {
    match cli.command {
        Command::Check(args) => check::check(&args),
        Command::Dump(args) => dump::dump(&args),
        Command::Explain { code } => explain::explain(&code),
        Command::Init { folder } => init::init(folder.as_deref()),
        Command::Cheatsheet => cheatsheet::cheatsheet(),
        Command::Completions { shell } => completions::completions(shell),
        Command::Run(_) | Command::Build(_) | Command::Diff(_) | Command::Test(_) | Command::Fmt(_) | Command::Doctor => todo!(),
    }
}
