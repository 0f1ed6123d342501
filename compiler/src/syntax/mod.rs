//! From text to the syntax tree, and the tree's text form.

pub mod ast;
pub mod lexer;
pub mod limits;
pub mod symbol;
pub mod token;
mod unicode;
