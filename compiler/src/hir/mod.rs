//! The typed tree between syntax and IR.

pub mod builtin;
pub mod tree;

pub use builtin::Builtin;
