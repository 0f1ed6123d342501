//! From text to the syntax tree, and the tree's text form.

pub mod ast;
mod checks;
pub mod dump;
pub mod lexer;
pub mod limits;
mod parser;
pub mod symbol;
pub mod token;
mod unicode;
pub mod visit;

#[cfg(test)]
pub(crate) mod tests;

pub use dump::dump;
pub use parser::{ParseOptions, parse};
