//! Writing a source file again.

use crate::failure::Failure;
use std::path::Path;

/// Writes beside the file and renames, so that a full disk or an interrupt leaves the old one whole. A link stays a link, and the
/// file keeps its permissions.
pub fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let part = target.with_extension(format!("mochi.{}.part", std::process::id()));
    let write = || {
        std::fs::write(&part, text)?;
        if let Ok(old) = std::fs::metadata(&target) {
            std::fs::set_permissions(&part, old.permissions())?;
        }
        std::fs::rename(&part, &target)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&part);
        Failure::file("write", path, &error)
    })
}
