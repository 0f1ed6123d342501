//! The typed tree between syntax and IR.

pub mod builtin;
pub mod doubts;
pub mod dump;
pub mod dump_types;
pub mod facts;
pub mod infer;
pub mod prelude_check;
pub mod resolve;
pub mod strict;
pub mod sure;
pub mod tree;
pub mod walk;

pub use builtin::Builtin;
pub use dump::dump;
pub use dump_types::dump_types;
pub use facts::{Facts, WellKnown};
