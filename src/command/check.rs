//! `mochi check`: every file by itself, all its diagnostics.

use crate::args::Check;
use crate::failure::{Failure, Outcome};
use crate::{load, render};
use compiler::driver::Options;

pub fn check(args: &Check) -> Outcome {
    let mut failed = false;
    for path in load::sources(&args.paths)? {
        let mut session = match load::one_file(&path) {
            Ok(session) => session,
            Err(failure @ Failure::Message(_)) => {
                failure.show();
                failed = true;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let checked = session.check(&Options { strict: args.strict, ..Options::default() });
        failed |= checked.has_errors();
        match args.json {
            true => checked.diagnostics.iter().for_each(|diagnostic| println!("{}", render::json(&session.sources, diagnostic))),
            false => render::show(&session.sources, &checked.diagnostics),
        }
    }
    Ok(u8::from(failed))
}
