//! `mochi run`: programs, and `.cwasm` files that were compiled before.

use crate::args::Run;
use crate::backend;
use crate::failure::{Failure, Outcome};
use crate::stages;

pub fn run(args: &Run) -> Outcome {
    if let Some(path) = &args.input.file
        && path.extension().is_some_and(|ending| ending == "cwasm")
    {
        let code = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
        return backend::run_code(&code, &args.how);
    }
    let program = stages::compile(&args.input)?;
    backend::run(&program, &args.how, &args.input.flags)
}
