//! Folders that are removed when they are no longer needed, also where a signal ends the command.

use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// The folders that are there.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

pub struct Temporary(PathBuf);

impl Temporary {
    pub fn new() -> Result<Temporary, Failure> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        #[cfg(unix)]
        signals::watch();
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("mochi-{}-{count}", std::process::id()));
            let mut folders = FOLDERS.lock().expect("nobody panics with it");
            // What others put there under this name is not ours to use.
            match std::fs::create_dir(&path) {
                Ok(()) => {
                    folders.push(path.clone());
                    return Ok(Temporary(path));
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Failure::file("make", &path, &error)),
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let mut folders = FOLDERS.lock().expect("nobody panics with it");
        folders.retain(|folder| *folder != self.0);
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(unix)]
mod signals {
    use super::FOLDERS;
    use signal_hook::consts::{SIGINT, SIGTERM};
    use std::sync::Once;

    /// Starts a thread that removes the folders and then lets the signal do what it does. A command that makes no folder has no such
    /// thread; without one to spare the folder stays.
    pub fn watch() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else { return };
            let remove = move || {
                for signal in signals.forever() {
                    // Kept to the end, so that no folder is made after this.
                    let folders = FOLDERS.lock();
                    folders.iter().flat_map(|folders| folders.iter()).for_each(|folder| {
                        let _ = std::fs::remove_dir_all(folder);
                    });
                    let _ = signal_hook::low_level::emulate_default_handler(signal);
                }
            };
            let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(remove);
        });
    }
}
