//! One line that says how far long work has got, on a terminal only.

use std::io::{IsTerminal, Write};

pub struct Progress {
    /// Nothing is shown where standard error is no terminal.
    is_shown: bool,
    is_dirty: bool,
}

impl Progress {
    pub fn new() -> Progress {
        Progress { is_shown: std::io::stderr().is_terminal(), is_dirty: false }
    }

    pub fn show(&mut self, text: &str) {
        if self.is_shown {
            self.is_dirty = true;
            let _ = write!(std::io::stderr(), "\r\x1b[2K{text}");
        }
    }

    /// Makes room for other output.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.is_dirty) {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
