//! `tests/ops/*.ir` through C: every run of every file, by each C compiler that is here, must give what the line says, with
//! the collector as usual, collecting at every allocation, in checked builds, and under sanitizers.

use cnative::{COptions, EmittedNames, Runtime, emit_with};
use compiler::ir::eval::Scalar;
use compiler::ir::runs::{Outcome, Run, parse_runs, run_text};
use compiler::ir::{FuncId, Module, Type, verify::verify};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "tools.rs"]
mod tools;
use tools::{Compiler, Scratch, compilers, in_parallel};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ops");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "ir"));
    files.sort();
    files
}

/// C that calls a function with the arguments of a run, and prints its number and the result's bits.
fn call(names: &EmittedNames, module: &Module, number: usize, run: &Run) -> String {
    let args: Vec<String> = run.args.iter().map(|&a| literal(a)).collect();
    let call = format!("{}({})", names.function(run.func), args.join(", "));
    match module.funcs[run.func].result {
        None => format!("{call}; printf(\"{number} -\\n\");"),
        Some(Type::F64) => format!("printf(\"{number} %016\" PRIx64 \"\\n\", (uint64_t)mochi_f64_to_bits({call}));"),
        Some(_) => format!("printf(\"{number} %016\" PRIx64 \"\\n\", (uint64_t)(int64_t){call});"),
    }
}

fn literal(value: Scalar) -> String {
    match value {
        Scalar::Bool(b) => b.to_string(),
        Scalar::I32(n) => format!("(int32_t)INT64_C({n})"),
        Scalar::I64(n) => format!("(int64_t)UINT64_C({})", n as u64),
        Scalar::F64(bits) => format!("mochi_f64_from_bits((int64_t)UINT64_C({bits}))"),
    }
}

fn bits(value: Scalar) -> u64 {
    match value {
        Scalar::Bool(b) => b.into(),
        Scalar::I32(n) => i64::from(n) as u64,
        Scalar::I64(n) => n as u64,
        Scalar::F64(bits) if f64::from_bits(bits).is_nan() => 0x7ff8_0000_0000_0000,
        Scalar::F64(bits) => bits,
    }
}

/// A main function that does one run, by its number, or all that return.
fn driver(names: &EmittedNames, module: &Module, runs: &[Run]) -> String {
    let mut text = String::from("\n#include <inttypes.h>\n#include <stdio.h>\n#include <stdlib.h>\n\nstatic int selected = -1;\n");
    for (number, run) in runs.iter().enumerate() {
        let _ = writeln!(text, "static void run_{number}(void) {{ {} }}", call(names, module, number, run));
    }
    text.push_str("\nstatic void driver(void) {\n    mochi_begin();\n");
    for (number, run) in runs.iter().enumerate() {
        let all = matches!(run.expected, Outcome::Returns(_));
        let _ = writeln!(text, "    if (selected == {number}{}) run_{number}();", if all { " || selected == -1" } else { "" });
    }
    text.push_str("}\n\nint main(int argc, char **argv) {\n    if (argc > 1) selected = atoi(argv[1]);\n");
    text.push_str("    setvbuf(stdout, NULL, _IOLBF, 4096);\n    mochi_host_run(argc, argv, driver);\n    return 0;\n}\n");
    text
}

fn check(file: &Path, compiler: &Compiler, checked: bool) -> Result<(), String> {
    let text = std::fs::read_to_string(file).unwrap();
    let (module, runs) = parse_runs(&text).map_err(|e| e.to_string())?;
    let module = verify(module).map_err(|e| format!("{e:?}"))?;
    let roots: Vec<FuncId> = module.funcs.ids().collect();
    let options = COptions { runtime: Runtime::Inline, checked, ..COptions::default() };
    let c = emit_with(&module, &options, &roots, |names| driver(names, &module, &runs));
    let scratch = Scratch::new(&format!("ops-{}-{}", compiler.name, file.file_stem().unwrap().to_string_lossy()));
    let program = compiler.build(&scratch, &c)?;
    let run = |args: &[String]| {
        let output = Command::new(&program).args(args).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, out, err) = run(&[]);
    let mut expected = String::new();
    for (number, run) in runs.iter().enumerate() {
        let _ = match run.expected {
            Outcome::Returns(Some(value)) => writeln!(expected, "{number} {:016x}", bits(value)),
            Outcome::Returns(None) => writeln!(expected, "{number} -"),
            Outcome::Exits(_) => Ok(()),
        };
    }
    if code != Some(0) {
        return Err(format!("exits {code:?}\n{err}"));
    }
    for (wanted, got) in expected.lines().zip(out.lines()) {
        if wanted != got {
            let run = &runs[wanted.split(' ').next().unwrap().parse::<usize>().unwrap()];
            let line = run_text(&module.funcs[run.func].name, &run.args, run.expected);
            return Err(format!("{line}\n  gives {got}, not {wanted}"));
        }
    }
    if expected.lines().count() != out.lines().count() {
        return Err(format!("{} lines, not {}", out.lines().count(), expected.lines().count()));
    }
    for (number, r) in runs.iter().enumerate() {
        if let Outcome::Exits(wanted) = r.expected {
            let (code, _, err) = run(&[number.to_string()]);
            if code != Some(wanted) {
                let line = run_text(&module.funcs[r.func].name, &r.args, r.expected);
                return Err(format!("{line}\n  exits {code:?}\n{err}"));
            }
        }
    }
    Ok(())
}

#[test]
fn every_run_of_every_op_file() {
    let mut jobs = Vec::new();
    for compiler in compilers() {
        for file in files() {
            jobs.push((compiler.clone(), file));
        }
    }
    assert!(jobs.len() > 60, "no op files or no C compiler");
    let failures = in_parallel(jobs, |(compiler, file)| {
        let checked = compiler.flags.contains(&"-DMOCHI_STRESS=true");
        let result = check(file, compiler, checked);
        result.err().map(|e| format!("{} with {}: {e}", file.display(), compiler.name))
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
