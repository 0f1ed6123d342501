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

use crate::args::{Build, Cli, Command, Flags, Input};
use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::watch::watch;
use std::path::{Path, PathBuf};

pub fn execute(cli: Cli) -> Outcome {
    match cli.command {
        Command::Run(args) if args.watch => {
            let input = in_project(args.input)?;
            watch(&[input.file.ok_or_else(no_program)?])
        }
        Command::Run(mut args) => {
            args.input = in_project(args.input)?;
            run::run(&args)
        }
        Command::Build(args) => build_all(args),
        Command::Check(mut args) => {
            args.paths = or_here(args.paths);
            if args.fix && args.paths.iter().any(|path| path.as_os_str() == "-") {
                return Err(Failure::usage("--fix changes files, not standard input"));
            }
            if args.watch { watch(&args.paths) } else { check::check(&args) }
        }
        Command::Dump(mut args) => {
            args.input = in_project(args.input)?;
            dump::dump(&args)
        }
        Command::Diff(mut args) => {
            args.input = in_project(args.input)?;
            diff::diff(&args)
        }
        Command::Test(mut args) => {
            (args.paths, args.flags) = in_folder(args.paths, args.flags)?;
            if args.watch { watch(&args.paths) } else { test::test(&args) }
        }
        Command::Bench(mut args) => {
            (args.paths, args.flags) = in_folder(args.paths, args.flags)?;
            bench::bench(&args)
        }
        Command::Fmt(mut args) => {
            args.paths = or_here(args.paths);
            fmt::fmt(&args)
        }
        Command::Explain { code } => explain::explain(code.as_deref()),
        Command::Doctor => doctor::doctor(),
        Command::Init { folder } => init::init(folder.as_deref()),
        Command::Cheatsheet => cheatsheet::cheatsheet(),
        Command::RunBlocks(how) => crate::blocks::run_blocks(&how),
        Command::Completions { shell } => completions::completions(shell),
    }
}

fn no_program() -> Failure {
    Failure::usage("no program is given: name a file, or make a project with `mochi init`")
}

/// The project that a program belongs to; what stands on the command line or standard input belongs to none.
fn project_of(input: &Input) -> Result<Option<Project>, Failure> {
    match (&input.file, &input.code) {
        (_, Some(_)) => Ok(None),
        (Some(file), None) if file.as_os_str() == "-" => Ok(None),
        (Some(file), None) => Project::around(file.parent().unwrap_or(Path::new("."))),
        (None, None) => Ok(Some(Project::around(Path::new("."))?.ok_or_else(no_program)?)),
    }
}

/// The input with what its project says: the main file where none is named, and flags.
fn in_project(mut input: Input) -> Result<Input, Failure> {
    if let Some(project) = project_of(&input)? {
        project.apply(&mut input.flags);
        if input.file.is_none() && input.code.is_none() {
            input.file = Some(project.main);
        }
    }
    Ok(input)
}

/// The folders and files to look through, the current folder if none is named; flags of the first one's project.
fn in_folder(mut paths: Vec<PathBuf>, mut flags: Flags) -> Result<(Vec<PathBuf>, Flags), Failure> {
    paths = or_here(paths);
    let folder = if paths[0].is_dir() { paths[0].as_path() } else { paths[0].parent().unwrap_or(Path::new(".")) };
    if let Some(project) = Project::around(folder)? {
        project.apply(&mut flags);
    }
    Ok((paths, flags))
}

/// The current folder where nothing is named.
fn or_here(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    paths
}

/// One program, or a project's for each of its targets.
fn build_all(mut args: Build) -> Outcome {
    let project = project_of(&args.input)?;
    let is_named = args.input.file.is_some() || args.input.code.is_some();
    args.input = in_project(args.input)?;
    let Some(project) = project.filter(|_| !is_named) else { return build::build(&args) };
    let is_chosen = args.target.is_some() || args.emit.is_some() || args.output.is_some();
    let targets: Vec<Option<String>> = match project.targets.as_slice() {
        targets if !is_chosen && !targets.is_empty() => targets.iter().cloned().map(Some).collect(),
        _ => vec![args.target.clone()],
    };
    for target in targets {
        let mut one = args.clone();
        one.target = target.filter(|target| target != "native");
        build::build_project(&mut one, &project)?;
    }
    Ok(0)
}
