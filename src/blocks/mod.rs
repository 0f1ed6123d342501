//! `test` and `bench` blocks: a file is compiled once, and each block runs in a process of its own.
//!
//! `artifact` is what a backend starts, `child` the processes, `serve` what is in them. What a block does to its process (a stack
//! overflow, all memory used, an endless loop) is thus nobody else's trouble.

mod artifact;
mod child;
mod ran;
mod serve;

use crate::args::{Backend, Flags};
use crate::backend::{self, missing};
use crate::failure::Failure;
use crate::stages::{self, Compiled};
use crate::{load, render};
use compiler::diagnostic::Diagnostic;
use compiler::driver::{Blocks, Options};
use std::path::{Path, PathBuf};

pub use artifact::Artifact;
pub use child::Runner;
pub use ran::Ran;
pub use serve::run_blocks;

/// How blocks are run.
#[derive(Clone, Debug)]
pub struct Settings {
    pub flags: Flags,
    pub backends: Vec<Backend>,
    /// MiB.
    pub max_memory: Option<u64>,
    /// Seconds.
    pub timeout: Option<f64>,
    pub cc: Option<String>,
}

impl Settings {
    /// Says at once what no file could be run with.
    pub fn check(&self) -> Result<(), Failure> {
        backend::limits_of(self.max_memory, self.timeout)?;
        match self.backends.iter().find_map(|&backend| Some((backend, missing(backend, self.cc.as_deref())?))) {
            Some((backend, why)) => Err(Failure::message(format!("the backend {} cannot run here: {why}", backend.name()))),
            None => Ok(()),
        }
    }
}

/// A block of a file.
#[derive(Clone, Debug)]
pub struct Block {
    /// The number that the compiled program knows it by.
    pub index: usize,
    pub name: String,
    pub line: u32,
    pub column: u32,
}

/// A file with the blocks that were asked for.
pub struct Program {
    pub file: PathBuf,
    pub blocks: Vec<Block>,
    /// One for each backend; none if there is no block to run.
    pub artifacts: Vec<(Backend, Artifact)>,
    /// How many blocks the filter left out.
    pub filtered_out: usize,
}

impl Program {
    /// All blocks on all backends.
    pub fn places(&self) -> usize {
        self.blocks.len() * self.artifacts.len()
    }

    /// The artifact's number and the block of a place, which counts them backend by backend.
    pub fn at(&self, place: usize) -> (usize, &Block) {
        (place / self.blocks.len(), &self.blocks[place % self.blocks.len()])
    }
}

/// Why there is no program.
pub struct Refused {
    /// For people, with colours.
    pub text: String,
    /// The diagnostics as JSON objects; none where the file cannot even be read.
    pub diagnostics: Vec<String>,
}

impl Refused {
    fn of(failure: Failure) -> Refused {
        let text = match failure {
            Failure::Message(text) | Failure::Usage(text) => format!("error: {text}"),
            Failure::Shown => String::new(),
            Failure::Internal => "error: the compiler itself failed; this is a fault of mochi, not of your program".to_owned(),
        };
        Refused { text, diagnostics: Vec::new() }
    }
}

/// Which blocks of a file are meant.
#[derive(Clone, Debug)]
pub struct Choice {
    pub kind: Blocks,
    /// Only those whose name contains it.
    pub filter: Option<String>,
}

/// Compiles a file for all backends. Never panics.
pub fn compile(path: &Path, choice: &Choice, settings: &Settings) -> Result<Program, Refused> {
    let work = std::panic::AssertUnwindSafe(|| compile_file(path, choice, settings));
    std::panic::catch_unwind(work).unwrap_or_else(|_| Err(Refused::of(Failure::Internal)))
}

fn compile_file(path: &Path, choice: &Choice, settings: &Settings) -> Result<Program, Refused> {
    let mut session = load::one_file(path).map_err(Refused::of)?;
    let options = Options { blocks: Some(choice.kind), ..stages::options(&settings.flags) };
    let mut checked = session.check(&options);
    if checked.has_errors() {
        let errors: Vec<&Diagnostic> = checked.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).collect();
        return Err(Refused {
            text: errors.iter().map(|error| render::text(&session.sources, error)).collect::<Vec<_>>().join("\n\n"),
            diagnostics: errors.iter().map(|error| render::json(&session.sources, error)).collect(),
        });
    }
    // Blocks of imported packages are those packages' own business.
    let main = session.trees()[0].file;
    let all = checked
        .program
        .tests
        .iter()
        .enumerate()
        .filter(|(_, test)| test.span.file == main && test.is_bench == (choice.kind == Blocks::Benches));
    let all: Vec<Block> = all
        .map(|(index, test)| {
            let at = session.sources.position(test.span);
            Block { index, name: test.name.to_string(), line: at.line, column: at.column }
        })
        .collect();
    let count = all.len();
    let wanted = |block: &Block| choice.filter.as_ref().is_none_or(|part| block.name.contains(part.as_str()));
    let blocks: Vec<Block> = all.into_iter().filter(wanted).collect();
    let mut program = Program { file: path.to_owned(), filtered_out: count - blocks.len(), blocks, artifacts: Vec::new() };
    if !program.blocks.is_empty() {
        let entry = checked.program.main.expect("a program has a top level");
        let module = session.compile(&mut checked, entry, &options, &mut |_, _| {});
        let compiled = Compiled { sources: session.sources, module };
        for &backend in &settings.backends {
            program.artifacts.push((backend, Artifact::make(&compiled, backend, settings).map_err(Refused::of)?));
        }
    }
    Ok(program)
}
