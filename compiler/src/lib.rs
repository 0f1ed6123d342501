//! The Mochi compiler as a pure library: texts in, diagnostics and modules out.
//!
//! It does no I/O, reads no clock and has no unsafe code, so it builds for wasm32-unknown-unknown and
//! runs in a page as it runs in the command line tool.

#![forbid(unsafe_code)]

mod arena;
pub mod diagnostic;
pub mod driver;
pub mod fmt;
mod hash;
pub mod hir;
pub mod ir;
pub mod json;
pub mod lower;
pub mod pass;
pub mod source;
pub mod syntax;
pub mod types;
pub mod wasm;
