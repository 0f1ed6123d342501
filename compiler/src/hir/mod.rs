//! The typed tree between syntax and IR.

pub mod builtin;
pub mod facts;
pub mod tree;

pub use builtin::Builtin;
pub use facts::{Facts, WellKnown};
