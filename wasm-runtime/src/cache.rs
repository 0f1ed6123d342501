//! Compiled code on disk, so that a program starts at once the second time.
//!
//! Loading compiled code is trusting it with the process, so an entry is used only if nobody else can have written it: the
//! directory belongs to this user alone (on Unix made with mode 0700, and checked), and an entry starts with a keyed BLAKE3
//! hash of the rest, under a random key that lies in the same directory with mode 0600. The name of an entry is a hash of
//! the module and of Wasmtime's own compatibility hash (version, target, settings). Whoever knows what a module is made of can have it
//! without making it: an entry of a second kind, under a hash of that key, has the name of the module's entry and its positions.
//!
//! No failure here is an error: where the cache cannot be used, the module is compiled.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use wasmtime::{Engine, Module, Result};

/// Above this many bytes, the entries that were made first go.
const MOST: u64 = 256 << 20;
const KEY: &str = "key";
/// The endings of the two kinds of entries.
const MODULE: &str = "cwasm";
const KNOWN: &str = "known";

#[derive(Clone)]
pub struct Cache {
    directory: PathBuf,
    key: [u8; 32],
}

impl Cache {
    /// Opens a cache, which may be new. An error says why it cannot be used.
    pub fn open(directory: &Path) -> io::Result<Cache> {
        make_private(directory)?;
        let path = directory.join(KEY);
        let key = match fs::read(&path) {
            Ok(key) => key,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = [0; 32];
                getrandom::fill(&mut key).map_err(io::Error::other)?;
                // Whoever comes first makes the key; everybody uses the one that is there then.
                let fresh = write_aside(directory, &key)?;
                let _ = fs::hard_link(&fresh, &path);
                fs::remove_file(&fresh)?;
                fs::read(&path)?
            }
            Err(error) => return Err(error),
        };
        let key = key.try_into().map_err(|_| io::Error::other("a damaged key"))?;
        Ok(Cache { directory: directory.to_owned(), key })
    }

    /// The user's directory for caches, with a folder for this application.
    pub fn user_directory(application: &str) -> Option<PathBuf> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let base = if cfg!(windows) {
            absolute("LOCALAPPDATA")
        } else {
            absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        };
        base.map(|base| base.join(application))
    }

    /// The compiled module, from the cache or put there.
    pub fn module(&self, engine: &Engine, wasm: &[u8]) -> Result<Module> {
        let name = name(engine, wasm, MODULE);
        if let Some(module) = self.find(engine, &name) {
            return Ok(module);
        }
        let code = engine.precompile_module(wasm)?;
        if self.write(&name, &code).is_ok() {
            let _ = self.shrink();
        }
        // SAFETY: the code was just compiled.
        unsafe { Module::deserialize(engine, &code) }
    }

    /// Notes that a key stands for a module that is here, with its positions.
    pub fn remember(&self, engine: &Engine, key: &[u8], wasm: &[u8], positions: &[u8]) {
        let module = name(engine, wasm, MODULE);
        // Few bytes, so that making room can wait for the next module.
        let _ = self.write(&name(engine, key, KNOWN), &[module.as_bytes(), b"\n", positions].concat());
    }

    /// The module and the positions that a key stands for.
    pub fn recall(&self, engine: &Engine, key: &[u8]) -> Option<(Module, Vec<u8>)> {
        let entry = fs::read(self.directory.join(name(engine, key, KNOWN))).ok()?;
        let known = self.checked(&entry)?;
        let end = known.iter().position(|&byte| byte == b'\n')?;
        let module = self.find(engine, std::str::from_utf8(&known[..end]).ok()?)?;
        Some((module, known[end + 1..].to_vec()))
    }

    fn find(&self, engine: &Engine, name: &str) -> Option<Module> {
        let entry = fs::read(self.directory.join(name)).ok()?;
        let code = self.checked(&entry)?;
        // SAFETY: the hash shows that this user's own process wrote the entry, from what `precompile_module` gave.
        unsafe { Module::deserialize(engine, code) }.ok()
    }

    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let entry = [self.hash(content).as_bytes(), content].concat();
        fs::rename(write_aside(&self.directory, &entry)?, self.directory.join(name))
    }

    fn hash(&self, code: &[u8]) -> blake3::Hash {
        blake3::keyed_hash(&self.key, code)
    }

    /// The code of an entry that was written with our key.
    fn checked<'e>(&self, entry: &'e [u8]) -> Option<&'e [u8]> {
        let (hash, code) = entry.split_first_chunk::<32>()?;
        // Equality of blake3's hashes takes constant time.
        (blake3::Hash::from_bytes(*hash) == self.hash(code)).then_some(code)
    }

    /// Removes the oldest entries while there are too many bytes.
    fn shrink(&self) -> io::Result<()> {
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_file() && entry.file_name() != KEY {
                entries.push((metadata.modified()?, metadata.len(), entry.path()));
            }
        }
        entries.sort();
        let mut total: u64 = entries.iter().map(|e| e.1).sum();
        for (_, size, path) in entries {
            if total <= MOST {
                break;
            }
            fs::remove_file(path)?;
            total -= size;
        }
        Ok(())
    }
}

/// The name of the entry of a module, or of a key, under an engine.
fn name(engine: &Engine, of: &[u8], ending: &str) -> String {
    struct Feed(blake3::Hasher);
    impl Hasher for Feed {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            unreachable!("the whole hash is taken")
        }
    }
    let mut feed = Feed(blake3::Hasher::new());
    engine.precompile_compatibility_hash().hash(&mut feed);
    feed.0.update(of);
    format!("{}.{ending}", feed.0.finalize().to_hex())
}

/// Writes a file under a name of its own, readable by this user alone.
fn write_aside(directory: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let path = directory.join(format!("new-{:016x}", u64::from_ne_bytes(random)));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&path).and_then(|mut file| file.write_all(bytes));
    if let Err(error) = written {
        let _ = fs::remove_file(&path);
        return Err(error);
    }
    Ok(path)
}

/// Makes a directory for this user alone, or checks that it is one.
#[cfg(unix)]
fn make_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
    if let Some(parent) = directory.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let metadata = fs::symlink_metadata(directory)?;
    // This process's user owns its entry in /proc; elsewhere, a file that it makes.
    let user = fs::metadata("/proc/self").or_else(|_| {
        let probe = write_aside(directory, b"")?;
        let made = fs::metadata(&probe);
        fs::remove_file(&probe).and(made)
    })?;
    if !metadata.is_dir() || metadata.permissions().mode() & 0o022 != 0 || metadata.uid() != user.uid() {
        return Err(io::Error::other("the directory is not this user's alone"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_private(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}
