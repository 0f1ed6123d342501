//! `mochi dump`: what each stage makes of a program.

use crate::args::Dump;
use crate::failure::Outcome;
use crate::{load, render, stages};

pub fn dump(args: &Dump) -> Outcome {
    let what = &args.what;
    if what.ast {
        let session = load::program(&args.input)?;
        render::show(&session.sources, session.parse_diagnostics());
        for tree in session.trees() {
            print!("{}", compiler::syntax::dump(tree, &session.names));
        }
        return Ok(u8::from(session.parse_diagnostics().iter().any(|diagnostic| diagnostic.is_error())));
    }
    let (_session, _checked) = stages::check(&args.input)?;
    Ok(0)
}
