//! What values can be: canonical types, and the solver that infers them over the whole program.

pub mod canon;
mod chain;
mod few;
mod ints;
pub mod slots;
pub mod text;
pub mod ty;

pub use canon::{Shapes, canonical_types};
pub use ints::Ints;
pub use slots::{Args, Content, FunSlots, MapId, Slot, Slots, Watcher, bits, marks};
pub use ty::{DataId, RecordTy, Ty, TyKind, TyTable};
