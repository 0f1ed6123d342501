//! `mochi test`: every `test` block in a process of its own, after the statements that are no tests.

use crate::args::Test;
use crate::failure::{Failure, Outcome};
use crate::{load, render, stages};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

pub fn test(args: &Test) -> Outcome {
    let (mut passed, mut failed) = (0, 0);
    for path in load::sources(&args.paths)? {
        let names = match blocks(args, &path) {
            Ok(names) => names,
            Err(failure @ (Failure::Shown | Failure::Message(_))) => {
                failure.show();
                failed += 1;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let chosen = names.iter().enumerate().filter(|(_, name)| args.filter.as_ref().is_none_or(|part| name.contains(part.as_str())));
        let chosen: Vec<(usize, &String)> = chosen.collect();
        if chosen.is_empty() {
            continue;
        }
        anstream::println!("{}", path.display());
        for (index, name) in chosen {
            let start = Instant::now();
            let output = run(args, &path, index)?;
            let time = start.elapsed().as_secs_f64() * 1000.0;
            if output.status.success() {
                passed += 1;
                anstream::println!("   test {name} ... \x1b[32mok\x1b[0m ({time:.1}ms)");
            } else {
                failed += 1;
                anstream::println!("   test {name} ... \x1b[31mfailed\x1b[0m ({time:.1}ms)");
                anstream::println!("{}", String::from_utf8_lossy(&output.stderr).trim_end());
            }
        }
    }
    anstream::println!("{passed} passed, {failed} failed");
    Ok(u8::from(failed > 0))
}

/// The names of a file's `test` and `bench` blocks by their number.
fn blocks(args: &Test, path: &Path) -> Result<Vec<String>, Failure> {
    let mut session = load::one_file(path)?;
    let checked = session.check(&stages::options(&args.flags));
    if checked.has_errors() {
        let errors: Vec<_> = checked.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).cloned().collect();
        render::show(&session.sources, &errors);
        return Err(Failure::Shown);
    }
    Ok(checked.program.tests.iter().map(|test| test.name.to_string()).collect())
}

fn run(args: &Test, path: &Path, index: usize) -> Result<std::process::Output, Failure> {
    let failed = |error: std::io::Error| Failure::message(format!("cannot start a test: {error}"));
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.arg("run").arg(path).arg(format!("--test-block={index}"));
    command.arg(format!("--backend={}", args.how.backend().name())).arg(format!("-O{}", args.flags.optimize));
    command.args(args.flags.no_overrides.then_some("--no-overrides")).args(args.flags.exact_ints.then_some("--exact-ints"));
    if let Some(mib) = args.how.max_memory {
        command.arg(format!("--max-memory={mib}"));
    }
    if let Some(seconds) = args.how.timeout {
        command.arg(format!("--timeout={seconds}"));
    }
    command.stdin(Stdio::null()).output().map_err(failed)
}
