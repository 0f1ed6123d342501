//! Filetests of passes: `tests/ir/<pass>/*.ir` holds a module, the line `;; after`, and the text after the pass; `;; passes: a b` at
//! the top runs several in turn instead. `BLESS=1` rewrites what follows the line. `;; run:` lines are evaluated before and
//! after. The op tests of `tests/ops` go through the whole pipeline and must give the same.

mod reference;

use compiler::ir::print::{PrintOptions, print_with};
use compiler::ir::runs::parse_runs;
use compiler::ir::verify::check;
use compiler::ir::{Module, parse};
use compiler::pass::{PASSES, named, run_passes};
use reference::outcome;
use std::path::{Path, PathBuf};

const MARK: &str = ";; after\n";
const STEPS: u64 = 1_000_000;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "ir"));
    files.sort();
    files
}

fn verified(module: &Module, when: &str, file: &Path) {
    let errors = check(module);
    let text = print_with(module, PrintOptions { spans: false });
    assert!(errors.is_empty(), "{} {when}: {}\n{text}", file.display(), errors[0]);
}

fn runs_hold(text: &str, module: &Module, when: &str, file: &Path) {
    let (original, runs) = parse_runs(text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    for mut run in runs {
        let name = &original.funcs[run.func].name;
        let found = module.funcs.iter().find(|(_, f)| &f.name == name);
        run.func = found.unwrap_or_else(|| panic!("{}: @{name} is gone", file.display())).0;
        let got = outcome(module, &run, STEPS);
        assert_eq!(got, Ok(run.expected), "{}:{} {when}", file.display(), run.line);
    }
}

#[test]
fn passes_do_what_the_files_show() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut failures = Vec::new();
    let mut tested = 0;
    for pass in PASSES {
        for file in files(&root().join("ir").join(pass.name)) {
            let text = std::fs::read_to_string(&file).unwrap();
            let (before, after) = text.split_once(MARK).unwrap_or((&text, ""));
            let mut module = parse(before).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            verified(&module, "before", &file);
            runs_hold(before, &module, "before", &file);
            let list = before.lines().find_map(|l| l.strip_prefix(";; passes: ")).unwrap_or(pass.name);
            for name in list.split_whitespace() {
                (named(name).unwrap_or_else(|| panic!("no pass {name}")).run)(&mut module);
                verified(&module, name, &file);
            }
            runs_hold(before, &module, "after", &file);
            let printed = print_with(&module, PrintOptions { spans: false });
            if bless {
                std::fs::write(&file, format!("{}{MARK}{printed}", before)).unwrap();
            } else if printed != after {
                failures.push(format!("{}\n--- expected\n{after}\n--- found\n{printed}", file.display()));
            }
            tested += 1;
        }
    }
    assert!(failures.is_empty(), "{}\nBLESS=1 rewrites the files", failures.join("\n"));
    assert!(tested > 0);
}

#[test]
fn every_pass_has_a_file() {
    for pass in PASSES {
        assert!(!files(&root().join("ir").join(pass.name)).is_empty(), "tests/ir/{} has no file", pass.name);
    }
}

#[test]
fn op_tests_hold_after_the_pipeline() {
    for file in files(&root().join("ops")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut module = parse(&text).unwrap();
        runs_hold(&text, &module, "before the passes", &file);
        for level in [0, 1] {
            let mut hook = |name: &str, module: &Module| verified(module, name, &file);
            run_passes(&mut module, level, Some(&mut hook));
            runs_hold(&text, &module, "after the passes", &file);
        }
    }
}
