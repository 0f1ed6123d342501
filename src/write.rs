//! Writing files whole: beside the file and then under its name, so that a full disk or an interruption leaves the old one.

use crate::failure::Failure;
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Makes or replaces a file. A device or a pipe is written as it is; `-` is standard output; what a link leads to is replaced.
pub fn whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: Error| Failure::file("write", path, &error);
    if path.as_os_str() == "-" {
        // What cannot be written there is told as of anything that is printed.
        return std::io::stdout().write_all(bytes).map_err(|error| Failure::unwritten(&error.to_string()));
    }
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let old = std::fs::metadata(&target).ok();
    match &old {
        Some(old) if !old.is_file() => return std::fs::write(&target, bytes).map_err(failed),
        // Replacing it would be allowed where the folder is ours, and is not what its owner wants.
        Some(old) if old.permissions().readonly() => return Err(failed(Error::new(ErrorKind::PermissionDenied, "the file is read-only"))),
        _ => {}
    }
    let part = beside(&target);
    let written = std::fs::write(&part, bytes)
        .and_then(|()| old.map_or(Ok(()), |old| std::fs::set_permissions(&part, old.permissions())))
        .and_then(|()| std::fs::rename(&part, &target));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&part);
        failed(error)
    })
}

/// A name in the same folder that nobody else uses.
fn beside(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    PathBuf::from(name)
}
