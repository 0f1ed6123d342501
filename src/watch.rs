//! `--watch`: the same command again, in a process of its own, whenever a file that it reads has changed.
//!
//! Files are looked at five times a second: that works on every file system and needs no thread. Whatever ends this
//! process ends the one it has started.

use crate::failure::{Failure, Outcome};
use crate::load;
use crate::tied;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, SystemTime};

const PAUSE: Duration = Duration::from_millis(200);

/// Runs this command without `--watch` until the user ends it.
pub fn watch(paths: &[PathBuf]) -> Outcome {
    let is_special = |path: &&PathBuf| std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
    if let Some(path) = paths.iter().find(|path| path.as_os_str() == "-" || is_special(path)) {
        return Err(Failure::usage(format!("--watch waits until a file changes, and `{}` is none", path.display())));
    }
    let failed = |error: std::io::Error| Failure::message(format!("cannot start mochi: {error}"));
    let program = std::env::current_exe().map_err(failed)?;
    let args: Vec<_> = std::env::args_os().skip(1).filter(|arg| arg != "--watch").collect();
    loop {
        // Before the program runs: what changes while it runs is a change.
        let files = files(paths);
        let before = stamps(&files, paths);
        if std::io::stdout().is_terminal() {
            // The whole screen, and the cursor to its beginning.
            anstream::print!("\x1b[2J\x1b[H");
        }
        let mut command = Command::new(&program);
        tied::tie(&mut command);
        let mut child = command.args(&args).spawn().map_err(failed)?;
        until_changed(&mut child, || stamps(&files, paths) != before);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Waits for a change; says when the program has ended.
fn until_changed(child: &mut Child, is_changed: impl Fn() -> bool) {
    let mut is_running = true;
    loop {
        std::thread::sleep(PAUSE);
        if is_running && let Ok(Some(status)) = child.try_wait() {
            is_running = false;
            anstream::eprintln!("\x1b[2m[{status}; waiting for a change]\x1b[0m");
        }
        if is_changed() {
            return;
        }
    }
}

/// The files that the paths lead to, imports included.
fn files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = load::sources(paths);
    for file in files.clone() {
        if let Ok(session) = load::one_file(&file) {
            let read = session.sources.files().filter(|(_, file)| !file.is_library());
            files.extend(read.map(|(_, file)| PathBuf::from(file.name())));
        }
        files.extend(file.parent().map(|folder| folder.join("mochi.toml")));
    }
    files
}

/// When each file was changed, and how long it is; files that are new count, too.
fn stamps(files: &[PathBuf], paths: &[PathBuf]) -> BTreeMap<PathBuf, Option<(SystemTime, u64)>> {
    let found = load::sources(paths);
    files.iter().chain(&found).map(|file| (file.clone(), stamp(file))).collect()
}

fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
