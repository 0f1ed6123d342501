//! Real programs: what `lower` makes of them verifies, survives text and back, and verifies after every pass.
//! `DUMP=bench/kernels/nsieve.mochi AFTER=gvn cargo test -p compiler --test ir_programs dump -- --nocapture` prints one.

use compiler::driver::{Options, Session};
use compiler::ir::print::{PrintOptions, print, print_with};
use compiler::ir::verify::check;
use compiler::ir::{Module, parse};
use compiler::pass::run_passes;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The programs of a folder and those below it, except those that import others.
fn programs(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|e| e == "mochi") {
            found.push(path);
        }
    }
}

/// `None` where the program has errors or imports.
fn lowered(path: &Path) -> Option<Module> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut session = Session::new();
    session.add_main(path.file_name()?.to_str()?, &text);
    if session.next_import().is_some() {
        return None;
    }
    let options = Options::default();
    let mut checked = session.check(&options);
    if checked.has_errors() {
        return None;
    }
    let main = checked.program.main?;
    Some(session.lower(&mut checked, main, &options))
}

fn verified(module: &Module, when: &str, path: &Path) {
    let errors = check(module);
    assert!(errors.is_empty(), "{} {when}: {}", path.display(), errors[0]);
}

#[test]
fn programs_verify_after_every_pass_and_read_back() {
    let mut files = Vec::new();
    for folder in ["bench/kernels", "examples", "tests/corpus"] {
        programs(&root().join(folder), &mut files);
    }
    let mut tested = 0;
    for path in files {
        let Some(mut module) = lowered(&path) else { continue };
        verified(&module, "lowered", &path);
        let text = print(&module);
        let again = parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(print(&again) == text, "{} reads back as another program", path.display());
        assert_eq!(parse(&print(&again)).unwrap(), again);
        let mut hook = |name: &str, module: &Module| verified(module, name, &path);
        run_passes(&mut module, 1, Some(&mut hook));
        tested += 1;
    }
    assert!(tested > 0);
}

#[test]
fn dump() {
    let Some(path) = std::env::var_os("DUMP") else { return };
    let after = std::env::var("AFTER").unwrap_or_default();
    let mut module = lowered(&root().join(path)).expect("a program without errors and imports");
    let show = |name: &str, module: &Module| {
        if name == after || after == "all" {
            println!(";;;; after {name}\n{}", print_with(module, PrintOptions { spans: false }));
        }
    };
    show("lower", &module);
    run_passes(&mut module, 1, Some(&mut |name: &str, module: &Module| show(name, module)));
    show("", &module);
}
