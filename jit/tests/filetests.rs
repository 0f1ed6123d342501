//! Every `;; run:` line of `tests/ops` and of `jit/tests/ir`, in the VM and the JIT, with and without garbage collection at
//! each allocation; and 10,000 times each in the VM on a small stack.

use compiler::ir::parse::parse;
use compiler::ir::runs::{Outcome, parse_runs, run_text};
use compiler::ir::verify::verify;
use compiler::ir::{FuncId, Module, Type};
use jit::{Mode, RunOptions};
use std::path::{Path, PathBuf};

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in [root.join("../tests/ops"), root.join("tests/ir")] {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        files.extend(entries.map(|e| e.expect("a directory entry").path()).filter(|p| p.extension().is_some_and(|x| x == "ir")));
    }
    files.sort();
    assert!(files.len() > 50, "only {} files", files.len());
    files
}

fn check(mode: Mode, gc_stress: bool) {
    let (mut failures, mut count) = (Vec::new(), 0);
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let (module, runs) = parse_runs(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let module = verify(module).unwrap_or_else(|e| panic!("{}: {}", path.display(), e[0]));
        let options = RunOptions { mode, gc_stress, stack_bytes: 256 << 20, ..RunOptions::default() };
        for run in &runs {
            count += 1;
            let name = &module.funcs[run.func].name;
            let got = jit::call(&module, name, &run.args, &options).expect("a function that can be called");
            if got != run.expected {
                failures.push(format!("{}:{}: {}", path.display(), run.line, run_text(name, &run.args, got)));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} runs in {mode:?}:\n{}", failures.len(), failures.join("\n"));
}

/// A function that calls another 10,000 times with its own arguments.
fn repeating(module: &Module, func: FuncId) -> String {
    let func = &module.funcs[func];
    let params: Vec<String> = func.param_types().iter().enumerate().map(|(i, ty)| format!("v{i}: {}", type_text(*ty))).collect();
    let args: Vec<String> = (0..params.len()).map(|i| format!("v{i}")).collect();
    let (header, args, result) = (params.join(", "), args.join(", "), type_text(func.result.expect("a result")));
    format!(
        "func @repeating({header}) -> {result} {{
           v90 = i64.const 0
           v91 = i64.const 10000
           v92 = i64.const 1
           L0: loop (v93: i64 = v90) {{
             v94 = call @{}({args})
             v95 = i64.add v93, v92
             v96 = i64.lt_s v95, v91
             if v96 {{
               br L0(v95)
             }} else {{
               return v94
             }}
             unreachable
           }}
           unreachable
         }}",
        func.name
    )
}

fn type_text(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::I32 => "i32",
        Type::I64 => "i64",
        Type::F64 => "f64",
        Type::Any | Type::Ref { .. } | Type::Func(_) => unreachable!("runs have scalars"),
    }
}

/// The VM's handlers must end in jumps: one that called its successor would need more than this stack.
#[test]
fn vm_on_a_small_stack() {
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let (module, mut runs) = parse_runs(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        runs.retain(|run| matches!(run.expected, Outcome::Returns(Some(_))));
        runs.dedup_by_key(|run| run.func);
        for run in runs {
            let text = format!("{text}\n{}", repeating(&module, run.func));
            let module = verify(parse(&text).expect("an IR text")).expect("verified IR");
            let small = std::thread::Builder::new().stack_size(128 << 10);
            let got = small.spawn(move || jit::call(&module, "repeating", &run.args, &RunOptions::default()));
            let got = got.expect("a thread").join().expect("no panic");
            assert_eq!(got, Ok(run.expected), "{}:{}", path.display(), run.line);
        }
    }
}

#[test]
fn vm() {
    check(Mode::Vm, false);
}

#[test]
fn vm_under_gc_stress() {
    check(Mode::Vm, true);
}

#[test]
fn jit() {
    check(Mode::Jit, false);
}

#[test]
fn jit_under_gc_stress() {
    check(Mode::Jit, true);
}
