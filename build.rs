//! Builds the launcher that one-file executables start with, and puts it where the command line tool embeds it; finds out the commit
//! that `mochi --version` shows.
//!
//! The launcher is a cargo build of its own since it wants other features and another profile. `MOCHI_NO_LAUNCHER=1` leaves it out (one-file
//! executables are then an error at run time); `MOCHI_LAUNCHER=FILE` takes one that was built before.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    for path in ["launcher/src", "launcher/Cargo.toml", "launcher/Cargo.lock", "wasm-runtime/src", "wasm-runtime/Cargo.toml"] {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rerun-if-env-changed=MOCHI_NO_LAUNCHER");
    println!("cargo::rerun-if-env-changed=MOCHI_LAUNCHER");
    commit(&root);
    fixed_address();
    let launcher = out.join("launcher");
    // An editor's checks need no launcher.
    let is_editor = env::var_os("RUST_ANALYZER_INTERNALS_DO_NOT_USE").is_some();
    if let Some(ready) = env::var_os("MOCHI_LAUNCHER") {
        fs::copy(&ready, &launcher).unwrap_or_else(|e| panic!("{}: {e}", ready.display()));
    } else if is_editor || env::var_os("MOCHI_NO_LAUNCHER").is_some() {
        fs::write(&launcher, []).expect("OUT_DIR is writable");
    } else {
        fs::copy(build(&root, &out.join("launcher-target")), &launcher).expect("the launcher was built");
    }
}

/// Links the command line tool for one address: where it is loaded anywhere, half a megabyte of pointers, mostly tables of the Wasm
/// engine, is written at each start (docs/decisions.md).
fn fixed_address() {
    let of_target = |what: &str| env::var(what).expect("set by cargo");
    if of_target("CARGO_CFG_TARGET_OS") == "linux" && of_target("CARGO_CFG_TARGET_ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

/// Sets MOCHI_COMMIT to the commit that is checked out, or to `unknown`.
fn commit(root: &Path) {
    let git = |args: &[&str]| {
        let output = Command::new("git").arg("-C").arg(root).args(args).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8(output.stdout).ok()?.trim().to_owned()).filter(|text| !text.is_empty())
    };
    // A copy of the sources may lie in somebody else's repository.
    let is_ours = git(&["rev-parse", "--show-toplevel"]).is_some_and(|top| Path::new(&top).canonicalize().ok() == root.canonicalize().ok());
    if !is_ours {
        println!("cargo::rustc-env=MOCHI_COMMIT=unknown");
        return;
    }
    println!("cargo::rustc-env=MOCHI_COMMIT={}", git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned()));
    // HEAD names a branch, whose own file changes with each commit.
    let branch = git(&["symbolic-ref", "-q", "HEAD"]);
    for name in std::iter::once("HEAD").chain(branch.as_deref()) {
        // A branch that has no file of its own yet would count as changed each time.
        let path = git(&["rev-parse", "--git-path", name]).map(|path| root.join(path)).filter(|path| path.exists());
        if let Some(path) = path {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
}

/// Builds the launcher for the target of this build; its path.
fn build(root: &Path, target_dir: &Path) -> PathBuf {
    let target = env::var("TARGET").expect("set by cargo");
    let mut cargo = Command::new(env::var_os("CARGO").expect("set by cargo"));
    cargo.args(["build", "--release", "--locked", "--target", &target, "--manifest-path"]).arg(root.join("launcher/Cargo.toml"));
    cargo.arg("--target-dir").arg(target_dir);
    // What cargo sets for this build is not meant for that one.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let inherited = ["CARGO_FEATURE_", "CARGO_CFG_", "CARGO_PKG_", "CARGO_PROFILE_"].iter().any(|p| text.starts_with(p));
        if inherited || text == "RUSTC_WORKSPACE_WRAPPER" || text == "CARGO_ENCODED_RUSTFLAGS" {
            cargo.env_remove(&name);
        }
    }
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "the launcher does not build; MOCHI_NO_LAUNCHER=1 leaves it out");
    let suffix = if target.contains("windows") { ".exe" } else { "" };
    target_dir.join(&target).join("release").join(format!("launcher{suffix}"))
}
