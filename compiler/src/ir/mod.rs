//! The intermediate representation: typed SSA in structured control, the one input of every backend.
//!
//! `ops` is the op table, `types` the type table, `func` and `module` the containers, `build` makes functions. It
//! depends on `source` alone and knows nothing of Mochi: strings, lists, maps and `print` are structs, arrays and
//! functions like any other.

pub mod build;
pub mod entity;
pub mod eval;
pub mod func;
pub mod host;
pub mod module;
pub mod ops;
pub mod parse;
mod parse_body;
pub mod place;
pub mod print;
pub mod runs;
mod token;
pub mod types;
pub mod verify;
mod verify_func;

pub use build::Builder;
pub use entity::{Id, Table};
pub use func::{Args, Func, Imm, Inlining, Inst, InstData, InstKind, Region, RegionData, Value, ValueData};
pub use host::{Host, HostType};
pub use module::{DataId, FuncId, GlobalData, GlobalId, Module, Site, SiteData};
pub use ops::{Effect, ImmKind, Op, Shape};
pub use parse::{ParseError, parse};
pub use place::{Active, Frame, FrameData, Place, active};
pub use print::{NO_SPAN, PrintOptions, print, print_with};
pub use types::{ArrayType, Bank, Field, Signature, Storage, StructType, Type, TypeDef, TypeId, TypeKind, Types};
pub use verify::{Verified, VerifyError, verify};
