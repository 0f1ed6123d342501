//! The prelude's own `test` blocks on every backend: the VM, the JIT and Wasm unoptimised and optimised, C optimised.
//!
//! Each block is compiled as a program of its own, so a block also shows that what it reaches is complete.
//! `MOCHI_TEST_ONLY=part-of-a-name` makes it quicker.

use compiler::driver::{Checked, Options, Session};
use compiler::ir::Verified;
use jit::Mode;
use std::path::Path;
use std::process::Command;

/// A test block, compiled.
struct Block {
    name: String,
    plain: Verified,
    optimised: Verified,
}

fn blocks() -> Vec<Block> {
    let mut session = Session::new();
    session.add_main("empty.mochi", "");
    let mut checked = session.check(&Options::default());
    assert!(!checked.has_errors());
    let facts = checked.facts.as_mut().expect("an empty program has no errors");
    assert!(session.check_prelude(&checked.program, facts).is_empty());
    let only = std::env::var("MOCHI_TEST_ONLY").unwrap_or_default();
    let tests: Vec<_> = checked.program.prelude_tests.iter().filter(|test| test.name.contains(&only)).cloned().collect();
    let compile = |test: &compiler::hir::tree::TestBlock, optimize: bool| {
        let options = Options { optimize, ..Options::default() };
        let mut fresh = Checked { program: checked.program.clone(), facts: checked.facts.clone(), diagnostics: Vec::new() };
        session.compile(&mut fresh, test.body, &options, &mut |_, _| {})
    };
    tests.iter().map(|test| Block { name: test.name.to_string(), plain: compile(test, false), optimised: compile(test, true) }).collect()
}

fn on_native(module: &Verified, mode: Mode) -> i32 {
    jit::run(module, &jit::RunOptions { mode, ..Default::default() }).expect("this host has a native tier")
}

fn on_wasm(module: &Verified) -> i32 {
    let module = compiler::wasm::emit(module, &compiler::wasm::EmitOptions::default());
    wasm_runtime::run(&module.bytes, wasm_runtime::RunOptions::default()).expect("the module runs").code
}

/// Without a C compiler the tests are skipped, aloud.
fn on_c(module: &Verified, name: &str) -> i32 {
    let Some(cc) = ["cc", "clang", "gcc"].into_iter().find(|cc| Command::new(cc).arg("--version").output().is_ok()) else {
        assert!(std::env::var_os("MOCHI_TEST_ALL").is_none(), "no C compiler");
        eprintln!("SKIPPED {name} through C: no C compiler");
        return 0;
    };
    let file: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (source, program) = (folder.join(format!("prelude_{file}.c")), folder.join(format!("prelude_{file}")));
    std::fs::write(&source, cnative::emit(module, &cnative::COptions::default())).expect("writable");
    let flags = ["-std=gnu11", "-O1", "-ffp-contract=off", "-fno-strict-aliasing", "-w"];
    let made = Command::new(cc).args(flags).arg(&source).arg("-o").arg(&program).arg("-lm").output().expect("the compiler runs");
    assert!(made.status.success(), "{name}: {}", String::from_utf8_lossy(&made.stderr));
    Command::new(&program).status().expect("the program runs").code().unwrap_or(-1)
}

#[test]
fn prelude_tests_pass_on_every_backend() {
    let blocks = blocks();
    assert!(std::env::var_os("MOCHI_TEST_ONLY").is_some() || blocks.len() > 25, "only {} test blocks", blocks.len());
    let mut failed = Vec::new();
    for block in &blocks {
        let results = [
            ("vm -O0", on_native(&block.plain, Mode::Vm)),
            ("vm -O1", on_native(&block.optimised, Mode::Vm)),
            ("jit -O0", on_native(&block.plain, Mode::Jit)),
            ("jit -O1", on_native(&block.optimised, Mode::Jit)),
            ("wasm -O0", on_wasm(&block.plain)),
            ("wasm -O1", on_wasm(&block.optimised)),
            ("c -O1", on_c(&block.optimised, &block.name)),
        ];
        failed.extend(
            results.iter().filter(|(_, code)| *code != 0).map(|(backend, code)| format!("`{}` on {backend}: exit code {code}", block.name)),
        );
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_failing_expectation_is_noticed() {
    let mut session = Session::new();
    session.add_main("fails.mochi", "expect 1 == 2");
    let options = Options::default();
    let mut checked = session.check(&options);
    let main = checked.program.main.expect("a top level");
    let module = session.compile(&mut checked, main, &options, &mut |_, _| {});
    assert_eq!((on_native(&module, Mode::Vm), on_wasm(&module), on_c(&module, "fails")), (1, 1, 1));
}
