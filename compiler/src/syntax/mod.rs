//! From text to the syntax tree, and the tree's text form.

pub mod ast;
pub mod limits;
pub mod symbol;
