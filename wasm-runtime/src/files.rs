//! Files, as `wasi:filesystem` sees them: two preopened directories, `.` and `/`, and descriptors of open files.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Descriptors of the two directories; files follow.
pub const HERE: u32 = 1;
pub const ROOT: u32 = 2;
const FIRST_FILE: usize = 3;

/// WASI's error codes that a program can tell apart, and "io" for the rest.
pub mod code {
    pub const ACCESS: u8 = 0;
    pub const BAD_DESCRIPTOR: u8 = 3;
    pub const EXIST: u8 = 7;
    pub const INVALID: u8 = 12;
    pub const IO: u8 = 13;
    pub const IS_DIRECTORY: u8 = 14;
    pub const NO_ENTRY: u8 = 20;
    pub const INSUFFICIENT_SPACE: u8 = 23;
    pub const NOT_DIRECTORY: u8 = 24;
    pub const READ_ONLY: u8 = 33;
}

pub type Answer<T> = Result<T, u8>;

#[derive(Default)]
pub struct Files {
    open: Vec<Option<Open>>,
}

/// An open file. One that was created is written under another name and gets its own when it is closed, so that a full disk leaves
/// the old one as it was.
struct Open {
    file: File,
    part: Option<Part>,
}

/// The name that a file is written under, and its own. Removed unless it is finished.
struct Part {
    path: PathBuf,
    target: PathBuf,
    failed: bool,
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.failed || std::fs::rename(&self.path, &self.target).is_err() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Open {
    fn new(path: PathBuf, options: &OpenOptions, replaces: bool) -> io::Result<Open> {
        let old = std::fs::symlink_metadata(&path).ok();
        let is_plain = old.as_ref().is_none_or(|old| old.is_file() && !old.permissions().readonly());
        if replaces && is_plain {
            let mut name = path.clone().into_os_string();
            name.push(".part");
            let part = Part { path: name.into(), target: path.clone(), failed: false };
            if let Ok(file) = options.open(&part.path) {
                let same_mode = old.map_or(Ok(()), |old| file.set_permissions(old.permissions()));
                return same_mode.map(|()| Open { file, part: Some(part) });
            }
            // A folder that takes no other name may still let its file be written.
            std::mem::forget(part);
        }
        Ok(Open { file: options.open(path)?, part: None })
    }
}

impl Files {
    pub fn open_at(&mut self, directory: u32, path: &[u8], open_flags: u32, flags: u32) -> Answer<u32> {
        let text = std::str::from_utf8(path).map_err(|_| code::INVALID)?;
        let path = match directory {
            HERE => PathBuf::from(text),
            ROOT => PathBuf::from("/").join(text),
            _ => return Err(code::BAD_DESCRIPTOR),
        };
        let mut options = OpenOptions::new();
        options.read(flags & 1 != 0).write(flags & 2 != 0);
        options.create(open_flags & 1 != 0).create_new(open_flags & 4 != 0).truncate(open_flags & 8 != 0);
        let file = Open::new(path, &options, open_flags & (1 | 8) == 1 | 8).map_err(|e| error_code(&e))?;
        let free = self.open.iter().position(Option::is_none).unwrap_or_else(|| {
            self.open.push(None);
            self.open.len() - 1
        });
        self.open[free] = Some(file);
        Ok((FIRST_FILE + free) as u32)
    }

    fn file(&mut self, descriptor: u32) -> Answer<&mut File> {
        let index = (descriptor as usize).checked_sub(FIRST_FILE);
        let open = index.and_then(|i| self.open.get_mut(i)?.as_mut()).ok_or(code::BAD_DESCRIPTOR)?;
        Ok(&mut open.file)
    }

    fn fail(&mut self, descriptor: u32) {
        let open = (descriptor as usize).checked_sub(FIRST_FILE).and_then(|i| self.open.get_mut(i)?.as_mut());
        if let Some(Open { part: Some(part), .. }) = open {
            part.failed = true;
        }
    }

    /// Type (3 directory, 6 regular file, 0 unknown) and size.
    pub fn stat(&mut self, descriptor: u32) -> Answer<(u8, u64)> {
        let metadata = self.file(descriptor)?.metadata().map_err(|e| error_code(&e))?;
        let kind = if metadata.is_dir() {
            3
        } else if metadata.is_file() {
            6
        } else {
            0
        };
        Ok((kind, metadata.len()))
    }

    pub fn read(&mut self, descriptor: u32, length: u64, offset: u64) -> Answer<Vec<u8>> {
        let file = self.file(descriptor)?;
        let mut bytes = vec![0; length.min(1 << 20) as usize];
        let read = at(file, offset).and_then(|()| file.read(&mut bytes)).map_err(|e| error_code(&e))?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// Writes all; the number written.
    pub fn write(&mut self, descriptor: u32, bytes: &[u8], offset: u64) -> Answer<u64> {
        let file = self.file(descriptor)?;
        let written = at(file, offset).and_then(|()| file.write_all(bytes));
        written.map_err(|error| {
            self.fail(descriptor);
            error_code(&error)
        })?;
        Ok(bytes.len() as u64)
    }

    pub fn close(&mut self, descriptor: u32) {
        if let Some(slot) = (descriptor as usize).checked_sub(FIRST_FILE).and_then(|i| self.open.get_mut(i)) {
            *slot = None;
        }
    }
}

/// Goes to an offset; what has none (a pipe, a terminal) is read and written as it comes.
fn at(file: &mut File, offset: u64) -> io::Result<()> {
    match file.seek(SeekFrom::Start(offset)) {
        Err(error) if error.kind() == io::ErrorKind::NotSeekable => Ok(()),
        other => other.map(|_| ()),
    }
}

fn error_code(error: &io::Error) -> u8 {
    match error.kind() {
        io::ErrorKind::NotFound => code::NO_ENTRY,
        io::ErrorKind::PermissionDenied => code::ACCESS,
        io::ErrorKind::AlreadyExists => code::EXIST,
        io::ErrorKind::IsADirectory => code::IS_DIRECTORY,
        io::ErrorKind::NotADirectory => code::NOT_DIRECTORY,
        io::ErrorKind::StorageFull => code::INSUFFICIENT_SPACE,
        io::ErrorKind::ReadOnlyFilesystem => code::READ_ONLY,
        io::ErrorKind::InvalidInput => code::INVALID,
        _ => code::IO,
    }
}
