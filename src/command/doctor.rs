//! `mochi doctor`: what this machine has for which command.

use crate::args::Backend;
use crate::backend::{cc, missing};
use crate::failure::Outcome;
use std::process::{Command, Stdio};

pub fn doctor() -> Outcome {
    for backend in Backend::ALL {
        let what = match backend {
            Backend::Wasm => "mochi run, mochi build (embedded Wasmtime)",
            Backend::Vm => "mochi run --backend=vm",
            Backend::Jit => "mochi run --jit=copypatch",
            Backend::C => "mochi run --backend=c, mochi build --backend=c",
        };
        match missing(backend, None) {
            None => anstream::println!("ok       {what}"),
            Some(why) => anstream::println!("missing  {what}: {why}"),
        }
    }
    match cc::find(None) {
        Some(compiler) => anstream::println!("ok       C compiler: {}", compiler.text()),
        None => anstream::println!("missing  C compiler; install one: `pip install ziglang`, `apt install clang` or `apt install gcc`"),
    }
    tool("zig", "version", "building for other machines (mochi build --target=TRIPLE)", "pip install ziglang");
    tool("node", "--version", "running modules on Node (host-js)", "https://nodejs.org");
    Ok(0)
}

fn tool(name: &str, version: &str, what: &str, install: &str) {
    let found = Command::new(name).arg(version).stderr(Stdio::null()).output();
    match found {
        Ok(output) if output.status.success() => {
            anstream::println!("ok       {what}: {name} {}", String::from_utf8_lossy(&output.stdout).trim())
        }
        _ => anstream::println!("missing  {what}: {name}; install it: {install}"),
    }
}
