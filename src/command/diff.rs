//! `mochi diff`: one program on every backend that this machine has; stdout, the error and the exit code must agree.
//!
//! Each backend is a process of its own, started from this very executable. Call traces count, except where the stack ended.

use crate::args::{Backend, Diff};
use crate::backend;
use crate::failure::{Failure, Outcome};
use crate::stages;
use crate::tied;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// What a run showed.
#[derive(Clone)]
struct Seen {
    stdout: Vec<u8>,
    error: String,
    /// The lines of the call trace; `None` if they do not count.
    trace: Option<String>,
    code: Option<i32>,
}

pub fn diff(args: &Diff) -> Outcome {
    // Diagnostics are shown once, not by each backend.
    stages::check(&args.input)?;
    let mut input = Vec::new();
    if args.input.file.as_ref().is_none_or(|file| file.as_os_str() != "-") && !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        std::io::stdin().read_to_end(&mut input).map_err(|error| Failure::message(format!("cannot read standard input: {error}")))?;
    }
    let mut runs: Vec<(Backend, Seen)> = Vec::new();
    for backend in Backend::ALL {
        if args.without.contains(&backend) {
            anstream::println!("{:<5} left out: --without", backend.name());
        } else if let Some(why) = backend::missing(backend, None) {
            anstream::println!("{:<5} left out: {why}", backend.name());
        } else {
            let seen = run(args, backend, &input)?;
            anstream::println!("{:<5} {}", backend.name(), summary(&seen));
            runs.push((backend, seen));
        }
    }
    let Some((first, expected)) = runs.first() else { return Err(Failure::usage("no backend is left")) };
    let mut same = true;
    for (backend, seen) in &runs[1..] {
        same &= compare(*first, expected, *backend, seen);
    }
    if same {
        anstream::println!("{} backends agree", runs.len());
    }
    Ok(u8::from(!same))
}

fn run(args: &Diff, backend: Backend, input: &[u8]) -> Result<Seen, Failure> {
    let failed = |error: std::io::Error| Failure::message(format!("cannot run {}: {error}", backend.name()));
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.arg("run").arg(format!("--backend={}", backend.name())).arg("--color=never");
    let flags = &args.input.flags;
    command.arg(format!("-O{}", flags.optimize));
    command.args(flags.no_overrides.then_some("--no-overrides")).args(flags.exact_ints.then_some("--exact-ints"));
    match (&args.input.file, &args.input.code) {
        (_, Some(code)) => command.arg("-e").arg(code),
        (Some(file), None) => command.arg(file),
        (None, None) => return Err(Failure::usage("no program is given")),
    };
    tied::tie(&mut command);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    // A program need not read its input.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().map_err(failed)?;
    let _ = writer.join();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let is_trace = |line: &&str| line.starts_with("  at ") || line.starts_with("  ... ");
    let (trace, error): (Vec<&str>, Vec<&str>) = stderr.lines().partition(is_trace);
    let counts = !stderr.starts_with("error: stack overflow");
    let trace = counts.then(|| trace.join("\n"));
    Ok(Seen { stdout: output.stdout, error: error.join("\n"), trace, code: output.status.code() })
}

fn summary(seen: &Seen) -> String {
    let code = seen.code.map_or("ended by a signal".to_owned(), |code| format!("exit {code}"));
    let error = seen.error.lines().next().unwrap_or("");
    format!("{code}, {} bytes{}{error}", seen.stdout.len(), if error.is_empty() { "" } else { ", " })
}

fn compare(first: Backend, expected: &Seen, backend: Backend, seen: &Seen) -> bool {
    let (first, name) = (first.name(), backend.name());
    if expected.stdout != seen.stdout {
        let (a, b) = (String::from_utf8_lossy(&expected.stdout), String::from_utf8_lossy(&seen.stdout));
        let line = a.lines().zip(b.lines()).take_while(|(a, b)| a == b).count();
        let show = |text: &str| text.lines().nth(line).map_or("<end>".to_owned(), str::to_owned);
        anstream::println!("{first} and {name} differ in output, line {}:\n  {first}: {}\n  {name}: {}", line + 1, show(&a), show(&b));
    }
    if expected.error != seen.error {
        anstream::println!("{first} and {name} differ in the error:\n--- {first}\n{}\n--- {name}\n{}", expected.error, seen.error);
    }
    if expected.code != seen.code {
        anstream::println!("{first} and {name} differ in the exit code: {:?} and {:?}", expected.code, seen.code);
    }
    let traces = [&expected.trace, &seen.trace].map(Option::as_ref);
    let same_trace = matches!(traces, [None, _] | [_, None]) || traces[0] == traces[1];
    if let ([Some(a), Some(b)], false) = (traces, same_trace) {
        anstream::println!("{first} and {name} differ in the call trace:\n--- {first}\n{a}\n--- {name}\n{b}");
    }
    same_trace && (&expected.stdout, &expected.error, expected.code) == (&seen.stdout, &seen.error, seen.code)
}
