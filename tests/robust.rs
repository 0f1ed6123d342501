//! Broken programs: byte and token mutants of the corpus, and its prefixes, given to each stage. No stage may panic, whatever it
//! is given; what it says must lie inside the text; what a stage accepts, the next ones must take.
//!
//! One target a test: `parser`, `checker`, `formatter`, `compiler` (every emitter; the module validates). The inputs are always the
//! same ones. Longer runs by hand, see docs/testing.md: `MOCHI_FUZZ_COUNT=100000` mutants for each target, `MOCHI_FUZZ_SEED=7`
//! others, `MOCHI_FUZZ_CORPUS=FOLDER` programs of another folder, `MOCHI_FUZZ_PREFIXES=all` every prefix.

#[path = "robust/mutate.rs"]
mod mutate;

use compiler::diagnostic::Diagnostic;
use compiler::driver::{Options, Session};
use compiler::fmt::format_and_compare;
use compiler::source::{FileId, SourceMap};
use compiler::syntax::symbol::Names;
use compiler::syntax::{ParseOptions, ast::Ids, dump, parse};
use mutate::{Corpus, Random};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// As the command line has it.
const STACK: usize = 1 << 30;
/// What a mutant may take; far more than any needs, and less than a quadratic stage needs for the largest.
const SLOW: Duration = Duration::from_secs(20);

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Runs a target on `count` mutants, on prefixes, `prefixes` of all, and on every prefix of the examples.
fn fuzz(name: &str, count: u64, prefixes: u64, target: fn(&str)) {
    let corpus = Corpus::load();
    let mut random = Random(number("MOCHI_FUZZ_SEED", 0x5eed));
    let mut failures = Vec::new();
    let mut slowest = Duration::ZERO;
    let mut tried = 0;
    let mut try_one = |text: String| {
        tried += 1;
        let start = Instant::now();
        let worker = std::thread::Builder::new().stack_size(STACK);
        let given = text.clone();
        let ended = worker.spawn(move || catch_unwind(AssertUnwindSafe(|| target(&given)))).expect("a thread").join();
        slowest = slowest.max(start.elapsed());
        if !matches!(ended, Ok(Ok(()))) || start.elapsed() > SLOW {
            let path = std::env::temp_dir().join(format!("mochi-{name}-{}.mochi", failures.len()));
            std::fs::write(&path, &text).expect("a file can be written");
            failures.push(path.display().to_string());
        }
    };
    for at in 0..number("MOCHI_FUZZ_COUNT", count) {
        try_one(if at % 2 == 0 { corpus.byte_mutant(&mut random) } else { corpus.token_mutant(&mut random) });
    }
    let all = corpus.prefixes();
    let wanted = if std::env::var_os("MOCHI_FUZZ_PREFIXES").is_some() { all } else { prefixes.min(all) };
    for at in 0..wanted {
        try_one(corpus.prefix(at * (all / wanted.max(1))));
    }
    let examples = Corpus::of(&["examples"]);
    (0..examples.prefixes()).for_each(|at| try_one(examples.prefix(at)));
    println!("{name}: {tried} inputs, {} failures, the slowest took {slowest:?}", failures.len());
    assert!(failures.is_empty(), "{name} fails on:\n{}", failures.join("\n"));
}

/// Every label lies inside the text, and renders.
fn inside(sources: &SourceMap, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.is_empty() && !diagnostic.labels.is_empty(), "{diagnostic:?}");
        for label in &diagnostic.labels {
            let text = sources.file(label.span.file).text();
            let (start, end) = (label.span.start as usize, label.span.end as usize);
            assert!(start <= end && end <= text.len(), "{diagnostic:?}");
            assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{diagnostic:?}");
        }
    }
}

fn parser(text: &str) {
    let mut sources = SourceMap::new();
    let file = sources.add("main.mochi", text);
    let names = Names::new();
    let (program, diagnostics) = parse(file, text, &names, &mut Ids::default(), ParseOptions::default());
    inside(&sources, &diagnostics);
    dump(&program, &names);
}

fn checker(text: &str) {
    for strict in [false, true] {
        let mut session = Session::new();
        session.add_main("main.mochi", text);
        while let Some(request) = session.next_import() {
            session.refuse(&request, "there are no packages here");
        }
        let checked = session.check(&Options { strict, ..Options::default() });
        inside(&session.sources, &checked.diagnostics);
    }
}

fn formatter(text: &str) {
    let file = FileId(0);
    let (once, diagnostics, same) = format_and_compare(file, text);
    assert!(same, "the layout changes the meaning");
    if diagnostics.iter().any(Diagnostic::is_error) {
        return;
    }
    let (twice, after, _) = format_and_compare(file, &once);
    assert!(!after.iter().any(Diagnostic::is_error), "the layout does not parse: {after:?}");
    assert_eq!(once, twice, "a second run changes something");
}

fn compile(text: &str) {
    for optimize in [false, true] {
        let options = Options { optimize, verify_passes: false, ..Options::default() };
        let mut session = Session::new();
        session.add_main("main.mochi", text);
        if session.next_import().is_some() {
            return;
        }
        let mut checked = session.check(&options);
        if checked.has_errors() {
            return;
        }
        let main = checked.program.main.expect("a top level");
        let module = session.compile(&mut checked, main, &options, &mut |_, _| {});
        let bytes = compiler::wasm::emit(&module, &compiler::wasm::EmitOptions::default()).bytes;
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all()).validate_all(&bytes).expect("the module is valid");
        cnative::emit(&module, &cnative::COptions::default());
        for target in [jit::bytecode::Target::Vm, jit::bytecode::Target::Jit] {
            jit::bytecode::compile(&module, jit::bytecode::Options { target, polls: false });
        }
    }
}

#[test]
fn the_parser_takes_anything() {
    fuzz("parser", 20_000, 20_000, parser);
}

#[test]
fn the_checker_takes_anything() {
    fuzz("checker", 1_200, 600, checker);
}

#[test]
fn the_formatter_takes_anything() {
    fuzz("formatter", 4_000, 3_000, formatter);
}

#[test]
fn every_emitter_takes_what_the_checker_takes() {
    fuzz("compiler", 500, 150, compile);
}
