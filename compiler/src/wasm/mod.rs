//! The Wasm backend: verified IR to a core module with WasmGC, and from there to a WASI 0.2 component.
//!
//! One core module serves everything. Its imports are the lowered functions of the WASI 0.2.0 interfaces that it uses and
//! nothing else; it exports `wasi:cli/run@0.2.0#run`, `trap` (see [`crate::ir::Module::trap`]), and where imports need them
//! `memory` and `cabi_realloc`. The IR is the machine already, so emission is one walk (`emit.rs`, `ops.rs`) after values
//! have been given their places (`plan.rs`, `code.rs`). User errors do not occur here.

mod assembly;
mod code;
mod component;
mod emit;
mod files;
mod names;
mod ops;
mod plan;
mod reach;
mod routine;
mod types;
mod wasi;

pub use component::component;

use crate::ir::Verified;
use crate::source::{SourceMap, Span};

/// What of a module has a name in it.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum Names {
    #[default]
    Nothing,
    /// For traces.
    Functions,
    /// Types, fields and globals, too: for reading.
    Everything,
}

/// What goes into a module besides the program.
#[derive(Clone, Default)]
pub struct EmitOptions<'a> {
    pub names: Names,
    /// Tells engines which branches are hardly ever taken. Costs about four bytes for each check.
    pub branch_hints: bool,
    /// For a component: leaves out the export `trap`, which nobody outside could call, and with it, where no check can fail,
    /// all that reports errors.
    pub closed: bool,
    /// For our own runtime, which is asked when the heap should be collected and grow: the code counts what it allocates and calls the
    /// import `mochi:heap` `pace` for a number of bytes when it has used up what that gave before.
    pub paced: bool,
    /// Functions to export under their own names (tests call them).
    pub exports: Vec<String>,
    /// Puts the source positions of the code into the custom section `mochi.positions`, as this function renders them.
    pub locate: Option<&'a dyn Fn(Span) -> Option<Location>>,
}

/// A place in a source file, 1-based.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    pub file: String,
    pub line: u32,
    pub column: u32,
    /// The source line.
    pub text: String,
}

impl Location {
    /// Where a span begins; nothing for the library, whose functions are no part of the user's trace.
    pub fn of(sources: &SourceMap, span: Span) -> Option<Location> {
        if sources.is_library(span) {
            return None;
        }
        let (file, position) = (sources.file(span.file), sources.position(span));
        let text = file.excerpt_line(position.line).to_owned();
        Some(Location { file: file.name().to_owned(), line: position.line, column: position.column, text })
    }
}

pub struct WasmModule {
    pub bytes: Vec<u8>,
}

/// Emits what the module's `main` and `trap`, and `options.exports`, reach.
pub fn emit(module: &Verified, options: &EmitOptions) -> WasmModule {
    assembly::assemble(module, options)
}

/// The text form of a module or component, for reading.
pub fn wat(bytes: &[u8]) -> String {
    wasmprinter::print_bytes(bytes).unwrap_or_else(|error| format!(";; not a Wasm binary: {error}\n"))
}
