//! `mochi check`: every file by itself, all its diagnostics.

use crate::args::Check;
use crate::clock::Clock;
use crate::failure::{Failure, Outcome};
use crate::{load, render};
use compiler::driver::Options;

pub fn check(args: &Check) -> Outcome {
    let mut failed = false;
    for path in load::sources(&args.paths)? {
        let mut clock = Clock::new(args.timings);
        let mut session = match load::one_file(&path) {
            Ok(session) => session,
            Err(failure @ Failure::Message(_)) => {
                failure.show();
                failed = true;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        clock.lap("parse");
        let checked = session.check_with(&Options { strict: args.strict, ..Options::default() }, &mut |phase| clock.lap(phase));
        failed |= checked.has_errors();
        match args.json {
            true => checked.diagnostics.iter().for_each(|diagnostic| println!("{}", render::json(&session.sources, diagnostic))),
            false => render::show(&session.sources, &checked.diagnostics),
        }
        clock.show();
        // One file's memory goes with the process, which is sooner than piece by piece.
        if !args.watch && args.paths.len() == 1 && args.paths[0] == path {
            std::mem::forget((session, checked));
        }
    }
    Ok(u8::from(failed))
}
