//! Builds the page: `cargo run --release --manifest-path playground/pack/Cargo.toml`, into `target/playground`.
//!
//! The compiler goes through cargo and wasm-bindgen; the page's own files and `host-js` are copied as they are, and the programs of
//! `examples` become `examples.json`. Any web server that sends `.wasm` as `application/wasm` and `.mjs` as JavaScript can serve
//! the folder.

use std::path::Path;
use std::process::{Command, ExitCode};
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match build(&root) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn build(root: &Path) -> Result<(), String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut compile = Command::new(cargo);
    compile.args(["build", "--release", "-p", "playground", "--target", TARGET]).current_dir(root);
    let status = compile.status().map_err(|e| format!("cargo: {e}"))?;
    if !status.success() {
        return Err("the compiler does not build".into());
    }
    let out = root.join("target/playground");
    let input = root.join(format!("target/{TARGET}/release/playground.wasm"));
    let mut bindgen = Bindgen::new();
    let bindgen = bindgen.input_path(input).typescript(false).web(true).map_err(|e| format!("{e:#}"))?;
    bindgen.generate(&out).map_err(|e| format!("{e:#}"))?;
    for folder in ["playground/page", "host-js"] {
        copy(&root.join(folder), &out).map_err(|e| format!("{folder}: {e}"))?;
    }
    let examples = examples(&root.join("examples")).map_err(|e| format!("examples: {e}"))?;
    std::fs::write(out.join("examples.json"), examples).map_err(|e| format!("examples.json: {e}"))?;
    println!("{}", out.display());
    Ok(())
}

/// The programs of a folder with their inputs: `[{"name": "...", "source": "...", "input": "..."}, ...]`, by name.
fn examples(folder: &Path) -> std::io::Result<String> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|e| e == "mochi"));
    paths.sort();
    let mut rows = Vec::new();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let input = path.with_extension("in");
        let input = if input.exists() { std::fs::read_to_string(input)? } else { String::new() };
        rows.push(serde_json::json!({"name": name, "source": std::fs::read_to_string(&path)?, "input": input}));
    }
    Ok(serde_json::Value::Array(rows).to_string())
}

/// Copies the page's files of a folder; not its folders.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let wanted = path.extension().is_some_and(|e| ["html", "css", "mjs"].iter().any(|&w| e == w));
        if wanted && let Some(name) = path.file_name() {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
