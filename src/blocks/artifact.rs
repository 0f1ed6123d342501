//! What a backend starts for a block: machine code for Wasmtime, the IR for VM and JIT, an executable file for C.
//!
//! All but the last are what `serve` reads. IR is written with its sources:
//!
//! ```text
//!   number of files, then for each: whether it is the library's (0 or 1), name length, text length, name, text;
//!   then the IR as `compiler::ir::print` writes it
//! ```
//! Numbers are lines of decimal digits.

use super::Settings;
use crate::args::{Backend, Mode};
use crate::backend::{For, cc, core_module};
use crate::failure::Failure;
use crate::stages::Compiled;
use crate::temporary::Temporary;
use compiler::source::SourceMap;
use std::path::PathBuf;

pub enum Artifact {
    /// For `mochi run-blocks`.
    Input(Vec<u8>),
    /// A folder with the executable in it, removed with this value.
    File(Temporary),
}

impl Artifact {
    pub fn make(program: &Compiled, backend: Backend, settings: &Settings) -> Result<Artifact, Failure> {
        Ok(match backend {
            Backend::Wasm => {
                let code = wasm_runtime::precompile_for(&core_module(program, For::Runtime), settings.timeout.is_some());
                Artifact::Input(code.map_err(|fault| Failure::message(fault.to_string()))?)
            }
            Backend::Vm | Backend::Jit => Artifact::Input(write(program).into_bytes()),
            Backend::C => {
                let folder = Temporary::new()?;
                // Tests are compiled more often than run.
                let level = ["-O1".to_owned()];
                let limited = settings.max_memory.is_some() || settings.timeout.is_some();
                let cc = settings.cc.as_deref();
                let how = cc::Settings { cc, mode: Mode::Release, target: None, flags: &level, limited };
                cc::build(program, &executable(&folder), &how)?;
                Artifact::File(folder)
            }
        })
    }
}

/// Where the executable is in its folder.
pub fn executable(folder: &Temporary) -> PathBuf {
    folder.path().join("program")
}

fn write(program: &Compiled) -> String {
    let files: Vec<_> = program.sources.files().collect();
    let mut text = format!("{}\n", files.len());
    for (_, file) in files {
        let is_library = u8::from(file.is_library());
        text += &format!("{is_library}\n{}\n{}\n{}{}", file.name().len(), file.text().len(), file.name(), file.text());
    }
    text + &compiler::ir::print(&program.module)
}

pub fn read(text: &str) -> Option<Compiled> {
    let mut rest = text;
    let mut sources = SourceMap::new();
    for _ in 0..number(&mut rest)? {
        let (is_library, name, text) = (number(&mut rest)? == 1, number(&mut rest)?, number(&mut rest)?);
        let (name, more) = rest.split_at_checked(name)?;
        let (text, more) = more.split_at_checked(text)?;
        if is_library {
            sources.add_library(name, text.to_owned());
        } else {
            sources.add(name, text);
        }
        rest = more;
    }
    let module = compiler::ir::parse(rest).ok()?;
    Some(Compiled { sources, module: compiler::ir::verify(module).ok()? })
}

fn number(rest: &mut &str) -> Option<usize> {
    let (line, more) = rest.split_once('\n')?;
    *rest = more;
    line.parse().ok()
}
