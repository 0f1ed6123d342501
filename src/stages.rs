//! The compiler's stages, with diagnostics shown where they end the work.

use crate::args::{Flags, Input};
use crate::clock::Clock;
use crate::failure::Failure;
use crate::{load, render};
use compiler::driver::{Checked, Options, Session};
use compiler::ir::{Module, Verified};
use compiler::source::{SourceMap, Span};

/// A program that any backend takes.
pub struct Compiled {
    pub sources: SourceMap,
    pub module: Verified,
}

impl Compiled {
    /// A place of the user's as `file:line:col`; nothing for the library.
    pub fn place(&self, span: Span) -> Option<String> {
        (!self.sources.is_library(span)).then(|| {
            let at = self.sources.position(span);
            format!("{}:{}:{}", self.sources.name(span), at.line, at.column)
        })
    }

    /// A place of the user's as errors show it, with the source line and a caret; nothing for the library.
    pub fn excerpt(&self, span: Span) -> Option<String> {
        (!self.sources.is_library(span)).then(|| self.sources.excerpt(span))
    }
}

pub fn options(flags: &Flags) -> Options {
    Options {
        exact_ints: flags.exact_ints,
        optimize: flags.optimize > 0,
        overrides: !flags.no_overrides,
        strict: false,
        blocks: None,
        verify_passes: flags.verify,
    }
}

/// Loads and checks a program; errors are shown and end the command. Warnings are for `mochi check`.
pub fn check(input: &Input) -> Result<(Session, Checked), Failure> {
    check_loaded(load::program(input)?, &input.flags, &mut |_| {})
}

fn check_loaded(mut session: Session, flags: &Flags, after: &mut dyn FnMut(&'static str)) -> Result<(Session, Checked), Failure> {
    let checked = session.check_with(&options(flags), after);
    if checked.has_errors() {
        let errors: Vec<_> = checked.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).cloned().collect();
        render::show(&session.sources, &errors);
        return Err(Failure::Shown);
    }
    Ok((session, checked))
}

/// All stages up to what the backends take.
pub fn compile(input: &Input) -> Result<Compiled, Failure> {
    compile_with(input, &mut |_, _| {})
}

/// The same; the function sees the module after lowering (`lower`) and after each pass.
pub fn compile_with(input: &Input, after: &mut dyn FnMut(&str, &Module)) -> Result<Compiled, Failure> {
    compile_loaded(load::program(input)?, &input.flags, after)
}

/// The same for a program that is loaded.
pub fn compile_loaded(session: Session, flags: &Flags, after: &mut dyn FnMut(&str, &Module)) -> Result<Compiled, Failure> {
    lowered(check_loaded(session, flags, &mut |_| {})?, flags, after)
}

/// The same, with the time of each phase.
pub fn compile_timed(session: Session, flags: &Flags, clock: &mut Clock) -> Result<Compiled, Failure> {
    let checked = check_loaded(session, flags, &mut |phase| clock.lap(phase))?;
    lowered(checked, flags, &mut |stage, _| clock.lap(stage))
}

fn lowered((session, mut checked): (Session, Checked), flags: &Flags, after: &mut dyn FnMut(&str, &Module)) -> Result<Compiled, Failure> {
    let entry = checked.program.main.expect("a program has a top level");
    let module = session.compile(&mut checked, entry, &options(flags), after);
    Ok(Compiled { sources: session.sources, module })
}
