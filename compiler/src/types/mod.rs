//! What values can be: canonical types, and the solver that infers them over the whole program.

pub mod ty;

pub use ty::{DataId, RecordTy, Ty, TyKind, TyTable};
