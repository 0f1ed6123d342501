//! The house rules and the invariants of ARCHITECTURE.md, as far as a text search can hold them.

use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Tables: long by nature.
const TABLES: &[&str] = &["compiler/src/ir/ops.rs", "jit/src/stencils"];
const MOST_LINES: usize = 800;

struct File {
    name: String,
    text: String,
}

/// The repository's files with this ending, without build products.
fn files(ending: &str) -> Vec<File> {
    let mut found = Vec::new();
    collect(Path::new(ROOT), ending, &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| File {
            name: path.strip_prefix(ROOT).expect("below the root").display().to_string(),
            text: std::fs::read_to_string(&path).expect("UTF-8"),
        })
        .collect()
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        if path.is_dir() && !name.starts_with('.') && !["target", "node_modules", "pkg"].contains(&name) {
            collect(&path, ending, found);
        } else if path.extension().is_some_and(|other| other == ending) {
            found.push(path);
        }
    }
}

/// The code of a file without its comments and its unit tests.
fn code(text: &str) -> String {
    let body = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    body.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

fn report(mistakes: Vec<String>) {
    assert!(mistakes.is_empty(), "{} mistakes\n{}", mistakes.len(), mistakes.join("\n"));
}

#[test]
fn files_are_short_and_begin_with_a_header() {
    let all = files("rs");
    let mut sizes: Vec<usize> = all.iter().map(|file| file.text.lines().count()).collect();
    sizes.sort_unstable();
    println!(
        "{} Rust files: median {} lines, p90 {}, longest {}",
        sizes.len(),
        sizes[sizes.len() / 2],
        sizes[sizes.len() * 9 / 10],
        sizes[sizes.len() - 1]
    );
    let mut mistakes = Vec::new();
    for file in &all {
        let lines = file.text.lines().count();
        let is_table = TABLES.iter().any(|table| file.name.starts_with(table));
        if lines > MOST_LINES && !is_table && file.name != "compiler/src/syntax/ast.rs" {
            mistakes.push(format!("{}: {lines} lines", file.name));
        }
        let first = file.text.lines().find(|line| !line.starts_with("#!["));
        if !first.is_some_and(|line| line.starts_with("//!") || line.starts_with("// Generated")) {
            mistakes.push(format!("{}: no `//!` header", file.name));
        }
    }
    report(mistakes);
}

#[test]
fn names_and_comments_follow_the_house_rules() {
    let mut mistakes = Vec::new();
    for file in files("rs") {
        let stem = Path::new(&file.name).file_stem().and_then(|stem| stem.to_str()).unwrap_or("").to_owned();
        if ["utils", "util", "helpers", "common", "misc", "manager"].contains(&stem.as_str()) {
            mistakes.push(format!("{}: a name that says nothing", file.name));
        }
        for (number, line) in file.text.lines().enumerate() {
            // The words are put together here, so that this file has none of them.
            if ["TO", "FIX", "XX"].iter().zip(["DO", "ME", "X"]).any(|(a, b)| line.contains(&format!("{a}{b}")))
                && file.name != "tests/tidy.rs"
            {
                mistakes.push(format!("{}:{}: unfinished business belongs into docs/limits.md", file.name, number + 1));
            }
        }
    }
    report(mistakes);
}

#[test]
fn the_compiler_does_no_io() {
    let banned = ["std::fs", "std::net", "std::env::", "std::time::", "std::process", "println!", "eprintln!", "std::thread", "unsafe "];
    let mut mistakes = Vec::new();
    for file in files("rs").iter().filter(|file| file.name.starts_with("compiler/src") && !file.name.contains("/tests/")) {
        let code = code(&file.text).replace("#![forbid(unsafe_code)]", "");
        for word in banned.iter().filter(|word| code.contains(**word)) {
            mistakes.push(format!("{}: {word}", file.name));
        }
    }
    report(mistakes);
}

#[test]
fn modules_of_the_compiler_look_one_way() {
    // A folder, and the ones that it must not know.
    let rules: &[(&str, &[&str])] = &[
        ("compiler/src/source.rs", &["crate::diagnostic", "crate::syntax", "crate::hir", "crate::ir", "crate::types"]),
        ("compiler/src/diagnostic", &["crate::syntax", "crate::hir", "crate::ir", "crate::types", "crate::lower"]),
        ("compiler/src/syntax", &["crate::hir", "crate::ir", "crate::types", "crate::lower", "crate::pass", "crate::wasm"]),
        ("compiler/src/types", &["crate::hir", "crate::ir", "crate::lower", "crate::pass", "crate::wasm"]),
        ("compiler/src/hir", &["crate::ir", "crate::lower", "crate::pass", "crate::wasm"]),
        (
            "compiler/src/ir",
            &["crate::syntax", "crate::hir", "crate::types", "crate::lower", "crate::pass", "crate::wasm", "crate::diagnostic"],
        ),
        ("compiler/src/pass", &["crate::syntax", "crate::hir", "crate::types", "crate::lower", "crate::wasm"]),
        ("compiler/src/wasm", &["crate::syntax", "crate::hir", "crate::types", "crate::lower", "crate::pass"]),
    ];
    let all = files("rs");
    let mut mistakes = Vec::new();
    for (folder, banned) in rules {
        for file in all.iter().filter(|file| file.name.starts_with(folder)) {
            let code = code(&file.text);
            mistakes.extend(banned.iter().filter(|word| code.contains(**word)).map(|word| format!("{}: {word}", file.name)));
        }
    }
    report(mistakes);
}

#[test]
fn backends_know_no_library() {
    let words = ["\"print\"", "\"append\"", "\"substring\"", "\"list\"", "\"string\"", "\"map\"", "string_concat", "list_append"];
    let mut mistakes = Vec::new();
    let emitters = ["compiler/src/wasm", "compiler/src/pass", "cnative/src", "jit/src", "wasm-runtime/src"];
    for file in files("rs").iter().filter(|file| emitters.iter().any(|folder| file.name.starts_with(folder))) {
        let code = code(&file.text);
        mistakes.extend(words.iter().filter(|word| code.contains(**word)).map(|word| format!("{}: {word}", file.name)));
    }
    report(mistakes);
}

#[test]
fn unsafe_code_stands_where_it_must() {
    let allowed = [
        "fork-server/",
        "jit/",
        "wasm-runtime/src/cache.rs",
        "wasm-runtime/src/heap.rs",
        "wasm-runtime/src/program.rs",
        "wasm-runtime/src/streams.rs",
    ];
    let mut mistakes = Vec::new();
    for file in files("rs").into_iter().filter(|file| !file.name.starts_with("tests/")) {
        if code(&file.text).contains("unsafe {") && !allowed.iter().any(|name| file.name.starts_with(name)) {
            mistakes.push(file.name);
        }
    }
    report(mistakes);
}

#[test]
fn the_skip_list_is_empty() {
    let list = std::fs::read_to_string(Path::new(ROOT).join("tests/corpus/SKIP")).expect("tests/corpus/SKIP");
    report(list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect());
}
