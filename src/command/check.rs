//! `mochi check`: every file by itself, all its diagnostics; `--fix` changes what is evidently meant otherwise.
//!
//! Exit codes: 0 without errors (warnings do not count), 1 with errors or a file that cannot be read, 2 for wrong usage.

use crate::args::{Check, Format};
use crate::clock::Clock;
use crate::failure::{Failure, Outcome};
use crate::{fix, load, render};
use compiler::diagnostic::Diagnostic;
use compiler::driver::Options;
use std::io::IsTerminal;

/// What was found in all files.
#[derive(Default)]
struct Found {
    files: usize,
    errors: usize,
    warnings: usize,
    unreadable: usize,
    sarif: render::Sarif,
}

pub fn check(args: &Check) -> Outcome {
    let format = if args.json { Format::Json } else { render::format() };
    let mut found = Found::default();
    for path in load::sources(&args.paths) {
        let mut clock = Clock::new(args.timings);
        let loaded = match args.fix {
            true => fix::file(&path, &options(args)).and_then(|()| load::one_file(&path)),
            false => load::one_file(&path),
        };
        let mut session = match loaded {
            Ok(session) => session,
            Err(failure @ (Failure::Message(_) | Failure::Shown)) => {
                failure.show();
                found.unreadable += 1;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        clock.lap("parse");
        let checked = session.check_with(&options(args), &mut |phase| clock.lap(phase));
        let errors = checked.diagnostics.iter().filter(|diagnostic| Diagnostic::is_error(diagnostic)).count();
        found.files += 1;
        found.errors += errors;
        found.warnings += checked.diagnostics.len() - errors;
        match format {
            Format::Json => checked.diagnostics.iter().for_each(|diagnostic| println!("{}", render::json(&session.sources, diagnostic))),
            Format::Sarif => found.sarif.add(&session.sources, &checked.diagnostics),
            Format::Human => render::show(&session.sources, &checked.diagnostics),
        }
        clock.show();
        // One file's memory goes with the process, which is sooner than piece by piece.
        if !args.watch && args.paths.len() == 1 && args.paths[0] == path {
            std::mem::forget((session, checked));
        }
    }
    let failed = found.errors + found.unreadable > 0;
    match format {
        Format::Human => summary(&found),
        Format::Json => {}
        Format::Sarif => println!("{}", found.sarif.finish()),
    }
    Ok(u8::from(failed))
}

fn options(args: &Check) -> Options {
    Options { strict: args.strict, ..Options::default() }
}

/// The last line: on a terminal, and where several files were checked.
fn summary(found: &Found) {
    if found.files + found.unreadable == 0 {
        return anstream::eprintln!("{}", load::NO_SOURCES);
    }
    let several = found.files + found.unreadable > 1;
    if !several && !std::io::stderr().is_terminal() {
        return;
    }
    let files = if several { format!(" in {} files", found.files + found.unreadable) } else { String::new() };
    match render::counts(found.errors + found.unreadable, found.warnings) {
        Some(counts) => anstream::eprintln!("{counts}{files}"),
        None if several => anstream::eprintln!("no problems{files}"),
        None => anstream::eprintln!("no problems"),
    }
}
