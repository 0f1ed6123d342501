//! `mochi run`: programs, and `.cwasm` files that were compiled before.

use crate::args::{Backend, Flags, Run};
use crate::backend;
use crate::clock::Clock;
use crate::failure::{Failure, Outcome};
use crate::{load, stages};
use compiler::driver::Session;

pub fn run(args: &Run) -> Outcome {
    if let Some(path) = &args.input.file
        && path.extension().is_some_and(|ending| ending == "cwasm")
    {
        let code = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
        return backend::run_code(&code, &args.how);
    }
    let mut clock = Clock::new(args.timings);
    let session = load::program(&args.input)?;
    clock.lap("parse");
    let flags = &args.input.flags;
    let key = if args.how.backend() == Backend::Wasm && !args.timings { key(&session, flags) } else { None };
    if let Some(key) = &key
        && let Some(code) = backend::run_known(key, &args.how)?
    {
        return Ok(code);
    }
    let program = stages::compile_timed(session, flags, &mut clock)?;
    let outcome = backend::run(&program, &args.how, flags, key);
    clock.lap("run");
    clock.show();
    outcome
}

/// All that compiled code depends on: this compiler, the options and the texts. Nothing where the compiler cannot tell itself from its
/// next build.
fn key(session: &Session, flags: &Flags) -> Option<Vec<u8>> {
    let compiler = std::fs::metadata(std::env::current_exe().ok()?).ok()?;
    let built = compiler.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let mut key = format!("{} {} {} {:?}", env!("MOCHI_COMMIT"), compiler.len(), built.as_nanos(), stages::options(flags)).into_bytes();
    key.extend(session.identity());
    Some(key)
}
