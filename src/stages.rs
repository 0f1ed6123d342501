//! The compiler's stages, with diagnostics shown where they end the work.

use crate::args::{Flags, Input};
use crate::failure::Failure;
use crate::{load, render};
use compiler::driver::{Checked, Options, Session};

pub fn options(flags: &Flags) -> Options {
    Options { exact_ints: flags.exact_ints, optimize: flags.optimize > 0, overrides: !flags.no_overrides }
}

/// Loads and checks a program; errors are shown and end the command. Warnings are for `mochi check`.
pub fn check(input: &Input) -> Result<(Session, Checked), Failure> {
    let mut session = load::program(input)?;
    let checked = session.check(&options(&input.flags));
    if checked.has_errors() {
        let errors: Vec<_> = checked.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).cloned().collect();
        render::show(&session.sources, &errors);
        return Err(Failure::Shown);
    }
    Ok((session, checked))
}
