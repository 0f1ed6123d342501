//! Processes that end with the one that started them, even if that is killed: blocks, programs that are watched or compared.
//!
//! Ctrl-C goes to all processes of a terminal; anything else that ends `mochi test` would leave a block without an end running. The C
//! runtime reads the same variable (`cnative/rt/host_posix.c`).

use std::process::Command;

const VARIABLE: &str = "MOCHI_TIED";

/// What the command starts ends with this process.
pub fn tie(command: &mut Command) {
    command.env(VARIABLE, std::process::id().to_string());
}

/// Ends this process when the one that tied it to itself has ended.
pub fn end_with_parent() {
    if let Some(parent) = std::env::var(VARIABLE).ok().and_then(|id| id.parse().ok()) {
        end_with(parent);
    }
}

/// Ends this process when its parent has ended. A process whose parent ends gets another one.
#[cfg(unix)]
pub fn end_with(parent: u32) {
    let watch = move || {
        while std::os::unix::process::parent_id() == parent {
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        std::process::exit(1);
    };
    // Without a thread to spare it only ends later.
    let _ = std::thread::Builder::new().name("parent".to_owned()).spawn(watch);
}

/// Elsewhere a process does not learn of it.
#[cfg(not(unix))]
pub fn end_with(_: u32) {}
