//! The commands, one file each.

mod bench;
mod build;
mod cheatsheet;
mod check;
mod completions;
mod diff;
mod doctor;
mod dump;
mod explain;
mod fmt;
mod init;
mod run;
mod test;

use crate::args::{Cli, Command};
use crate::failure::Outcome;

pub fn execute(cli: Cli) -> Outcome {
    match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Build(args) => build::build(&args),
        Command::Check(args) => check::check(&args),
        Command::Dump(args) => dump::dump(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Test(args) => test::test(&args),
        Command::Bench(args) => bench::bench(&args),
        Command::Fmt(args) => fmt::fmt(&args),
        Command::Explain { code } => explain::explain(&code),
        Command::Doctor => doctor::doctor(),
        Command::Init { folder } => init::init(folder.as_deref()),
        Command::Cheatsheet => cheatsheet::cheatsheet(),
        Command::RunBlock(how) => crate::blocks::run_block(&how),
        Command::Completions { shell } => completions::completions(shell),
    }
}
