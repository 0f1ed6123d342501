//! `tests/ops/*.ir` through C: every run of every file, by each C compiler that is here, must give what the line says, with
//! the collector as usual, collecting at every allocation, in checked builds, and under sanitizers.

use cnative::{COptions, EmittedNames, Runtime, emit_with};
use compiler::ir::eval::Scalar;
use compiler::ir::runs::{Outcome, Run, parse_runs, run_text};
use compiler::ir::{Func, FuncId, InstKind, Module, Type, verify::verify};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "tools.rs"]
#[allow(dead_code)] // each test uses a part of it
mod tools;
use tools::{Compiler, Scratch, compilers, in_parallel};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ops");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "ir"));
    files.sort();
    files
}

/// C that calls a function with each of its rows of arguments, and prints the row's number and the result's bits. The rows are
/// a table, so that the C compiler does not compute the results itself.
fn rows(names: &EmittedNames, module: &Module, func: FuncId, runs: &[(usize, &Run)]) -> String {
    let data = &module.funcs[func];
    let arg = |(i, ty): (usize, Type)| match ty {
        Type::F64 => format!("mochi_f64_from_bits((int64_t)row->args[{i}])"),
        _ => format!("({})row->args[{i}]", names.declare(ty, "").trim_end()),
    };
    let args: Vec<String> = data.param_types().into_iter().enumerate().map(arg).collect();
    let call = format!("{}({})", names.function(func), args.join(", "));
    let print = match data.result {
        None => format!("{call}; printf(\"%d -\\n\", row->number);"),
        Some(Type::F64) => format!("printf(\"%d %016\" PRIx64 \"\\n\", row->number, (uint64_t)mochi_f64_to_bits({call}));"),
        Some(_) => format!("printf(\"%d %016\" PRIx64 \"\\n\", row->number, (uint64_t)(int64_t){call});"),
    };
    let mut text = format!("static const TestRow rows_{}[] = {{\n", func.0);
    for (number, run) in runs {
        let args: Vec<String> = run.args.iter().map(|&a| format!("UINT64_C({:#x})", bits(a))).collect();
        let returns = matches!(run.expected, Outcome::Returns(_));
        let _ = writeln!(text, "    {{{number}, {returns}, {{{}}}}},", if args.is_empty() { "0".to_string() } else { args.join(", ") });
    }
    let _ = writeln!(text, "}};\nstatic void run_{}(void) {{\n    for (size_t i = 0; i < {}; i++) {{", func.0, runs.len());
    let _ = writeln!(text, "        const TestRow *row = &rows_{}[i];", func.0);
    let _ = writeln!(text, "        if (selected == row->number || (selected == -1 && row->returns)) {{ {print} }}\n    }}\n}}");
    text
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

fn tested(runs: &[Run]) -> Vec<FuncId> {
    let mut funcs: Vec<FuncId> = runs.iter().map(|run| run.func).collect();
    funcs.sort();
    funcs.dedup();
    funcs
}

/// A main function that does one run, by its number, or all that return.
fn driver(names: &EmittedNames, module: &Module, runs: &[Run]) -> String {
    let mut text = String::from("\n#include <inttypes.h>\n#include <stdio.h>\n#include <stdlib.h>\n\nstatic int selected = -1;\n");
    text.push_str("typedef struct TestRow { int number; bool returns; uint64_t args[8]; } TestRow;\n");
    let mut calls = String::new();
    for func in tested(runs) {
        let own: Vec<(usize, &Run)> = runs.iter().enumerate().filter(|(_, run)| run.func == func).collect();
        text.push_str(&rows(names, module, func, &own));
        let _ = writeln!(calls, "    run_{}();", func.0);
    }
    let _ = write!(text, "\nstatic void driver(void) {{\n    mochi_begin();\n{calls}");
    text.push_str("}\n\nint main(int argc, char **argv) {\n    if (argc > 1) selected = atoi(argv[1]);\n");
    text.push_str("    setvbuf(stdout, NULL, _IOLBF, 4096);\n    mochi_host_run(argc, argv, driver);\n    return 0;\n}\n");
    text
}

/// Modules and their runs, each under a name: a file each, but those of scalar functions alone as one, which saves the C
/// compilers most of their time.
fn cases() -> Vec<(String, Module, Vec<Run>)> {
    let (mut scalar, mut scalar_runs, mut cases) = (Module::default(), Vec::new(), Vec::new());
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let (module, runs) = parse_runs(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let calls = |f: &Func| f.insts.values().any(|i| matches!(i.kind, InstKind::Call { .. }));
        if !module.types.is_empty() || module.main.is_some() || !module.globals.is_empty() || module.funcs.values().any(calls) {
            cases.push((name, module, runs));
            continue;
        }
        let first = scalar.funcs.len() as u32;
        scalar.sites = if module.sites.len() > scalar.sites.len() { module.sites } else { scalar.sites };
        scalar.trap = scalar.trap.or(module.trap.map(|f| FuncId(f.0 + first)));
        for mut func in module.funcs.values().cloned() {
            func.name = format!("{name}.{}", func.name);
            scalar.funcs.push(func);
        }
        scalar_runs.extend(runs.into_iter().map(|run| Run { func: FuncId(run.func.0 + first), ..run }));
    }
    cases.push(("scalars".to_string(), scalar, scalar_runs));
    cases
}

fn check(case: &(String, Module, Vec<Run>), compiler: &Compiler, checked: bool) -> Result<(), String> {
    let (name, module, runs) = case;
    let module = verify(module.clone()).map_err(|e| format!("{e:?}"))?;
    let roots = tested(runs);
    let options = COptions { runtime: Runtime::Inline, checked, ..COptions::default() };
    let c = emit_with(&module, &options, &roots, |names| driver(names, &module, runs));
    let scratch = Scratch::new(&format!("ops-{}-{}", compiler.name, name));
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
    let in_order = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(String::from).collect();
        lines.sort_by_key(|line| line.split(' ').next().and_then(|n| n.parse::<usize>().ok()));
        lines
    };
    let out = in_order(&out).join("\n");
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
    let cases = cases();
    let jobs: Vec<_> = compilers().into_iter().flat_map(|c| cases.iter().map(move |case| (c.clone(), case))).collect();
    assert!(cases.len() > 5 && jobs.len() >= cases.len(), "no op files or no C compiler");
    let failures = in_parallel(jobs, |(compiler, case)| {
        let checked = compiler.flags.contains(&"-DMOCHI_STRESS=true");
        let result = check(case, compiler, checked);
        result.err().map(|e| format!("{} with {}: {e}", case.0, compiler.name))
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
