//! Reading programs and the packages that they import.

use crate::args;
use crate::failure::Failure;
use crate::render;
use compiler::diagnostic::{Code, Diagnostic};
use compiler::driver::{ImportRequest, Session};
use compiler::source::{SourceMap, Span};
use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A session with the program and everything that it imports.
pub fn program(input: &args::Input) -> Result<Session, Failure> {
    let (name, text) = match (&input.file, &input.code) {
        (_, Some(code)) => ("<code>".to_owned(), code.clone()),
        (Some(path), None) if path.as_os_str() == "-" => ("<stdin>".to_owned(), standard_input()?),
        (Some(path), None) => (path.display().to_string(), file(path)?),
        (None, None) => return Err(Failure::usage("no program is given")),
    };
    let mut session = Session::new();
    session.add_main(&name, text);
    packages(&mut session);
    Ok(session)
}

/// A session with a file.
pub fn one_file(path: &Path) -> Result<Session, Failure> {
    let (name, text) = match path.as_os_str() == "-" {
        true => ("<stdin>".to_owned(), standard_input()?),
        false => (path.display().to_string(), file(path)?),
    };
    let mut session = Session::new();
    session.add_main(&name, text);
    packages(&mut session);
    Ok(session)
}

/// All of standard input.
pub fn standard_input() -> Result<String, Failure> {
    let bytes = limited(std::io::stdin(), 0);
    utf8(bytes.map_err(|error| Failure::message(format!("cannot read standard input: {error}")))?, "<stdin>")
}

/// The most bytes of a source. What has no end, as /dev/zero, would be read until no memory is left.
const MOST_BYTES: u64 = 256 << 20;

/// Reads all, of which so many bytes are expected.
fn limited(from: impl Read, expected: u64) -> std::io::Result<Vec<u8>> {
    // The end is seen where one byte more fits.
    let mut bytes = Vec::with_capacity(expected.min(MOST_BYTES) as usize + 1);
    from.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a source file.
pub fn file(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::File::open(path).and_then(|file| {
        let expected = file.metadata().map_or(0, |found| found.len());
        limited(file, expected)
    });
    utf8(bytes.map_err(|error| Failure::file("read", path, &error))?, &path.display().to_string())
}

/// The text of a file that is to be changed, which a pipe or a device cannot be.
pub fn file_to_change(path: &Path) -> Result<String, Failure> {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => {
            Err(Failure::message(format!("cannot change {}: it is no regular file; copy it to one first", path.display())))
        }
        _ => file(path),
    }
}

fn utf8(bytes: Vec<u8>, name: &str) -> Result<String, Failure> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Failure::message(format!(
            "{name} is too large: sources have at most {} MiB; split it into packages",
            MOST_BYTES >> 20
        )));
    }
    let kinds: [(&[u8], &str); 2] = [(b"\0asm", "a WebAssembly module"), (b"\x7fELF", "an executable file")];
    if let Some((_, kind)) = kinds.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(Failure::message(format!("{name} is {kind}, not the text of a program")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes()[at];
        let mut sources = SourceMap::new();
        let file = sources.add(name, String::from_utf8_lossy(error.as_bytes()));
        // The first wrong byte has become a replacement character, which is three bytes long.
        let span = Span::new(file, at as u32, at as u32 + 3);
        let diagnostic = Diagnostic::error(Code::P999, span, "the file is not UTF-8 text")
            .label(format!("the byte 0x{byte:02x} is part of no character"))
            .help("save the file as UTF-8");
        render::show(&sources, &[diagnostic]);
        Failure::Shown
    })
}

/// Loads what the program imports, and what that imports.
pub fn packages(session: &mut Session) {
    while let Some(request) = session.next_import() {
        match find(session, &request) {
            Some(path) => load(session, &request, &path),
            None => session.refuse(&request, "no such file or folder"),
        }
    }
}

/// Where a package is: next to the importing file, below MOCHI_ROOT, in the working directory.
fn find(session: &Session, request: &ImportRequest) -> Option<PathBuf> {
    let importer = Path::new(session.sources.file(request.file).name()).parent().map(Path::to_path_buf);
    let root = std::env::var_os("MOCHI_ROOT").map(PathBuf::from);
    let bases = [importer, root, Some(PathBuf::new())];
    bases.into_iter().flatten().find_map(|base| {
        let path = base.join(&*request.path);
        let with_ending = path.with_file_name(format!("{}.mochi", path.file_name()?.to_string_lossy()));
        if path.is_dir() || path.is_file() { Some(path) } else { with_ending.is_file().then_some(with_ending) }
    })
}

fn load(session: &mut Session, request: &ImportRequest, path: &Path) {
    let files = if path.is_dir() { mochi_files(path) } else { Ok(vec![path.to_path_buf()]) };
    let texts = files.and_then(|files| {
        let texts = files.iter().map(|path| Ok((path.display().to_string(), file(path)?)));
        texts.collect::<Result<Vec<_>, Failure>>()
    });
    let key = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    match texts {
        Ok(texts) if texts.is_empty() => session.refuse(request, "the folder has no .mochi file"),
        Ok(texts) => session.provide(request, &key.to_string_lossy(), texts),
        Err(Failure::Message(why)) => session.refuse(request, &why),
        Err(Failure::Shown) => session.refuse(request, "it is not UTF-8 text"),
        Err(_) => session.refuse(request, "it cannot be read"),
    }
}

/// The source files directly in a folder, by name.
fn mochi_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::file("read", folder, &error))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| entry.ok()).map(|entry| entry.path()).collect();
    files.retain(|path| path.is_file() && path.extension().is_some_and(|ending| ending == "mochi"));
    files.sort();
    Ok(files)
}

/// What is said where folders are given that have none.
pub const NO_SOURCES: &str = "no files are found: those of a folder end in `.mochi`";

/// The source files that paths name: files as they are, folders with everything below. What is named twice is taken once. A folder
/// that cannot be read stands there itself, and is told like a file that cannot.
pub fn sources(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => collect(path, &mut found),
            false => found.push(path.clone()),
        }
    }
    if paths.len() > 1 {
        let mut seen = HashSet::new();
        found.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let (Ok(files), Ok(entries)) = (mochi_files(folder), std::fs::read_dir(folder)) else {
        return found.push(folder.to_path_buf());
    };
    found.extend(files);
    let mut folders: Vec<PathBuf> = entries.filter_map(|entry| entry.ok()).map(|entry| entry.path()).collect();
    folders.retain(|path| path.is_dir() && !path.is_symlink());
    folders.sort();
    folders.iter().for_each(|folder| collect(folder, found));
}
