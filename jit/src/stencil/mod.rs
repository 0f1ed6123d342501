//! Stencils: pieces of machine code with holes, one for each opcode and each choice of operand places.
//!
//! The tables `stencils_*.rs` are generated (`stencilgen`) and checked in. A record is
//! ```text
//! code length: u16 | number of holes: u8 | holes: (offset u16, fix u8, what u8, addend i8)* | code
//! ```
//! one for each variant in the order of `group`; a variant that stands for another has length 0xFFFF and nothing else.

mod group;
mod table;

pub use group::{Extra, Group, bases, places};
pub use table::{Hole, Stencil, Table};

/// How a hole is filled; the numbers are those of the tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Fix {
    Abs64 = 0,
    Abs32 = 1,
    Pc32 = 2,
    Abs8 = 3,
    /// aarch64: 26-bit branch, 12-bit scaled load or store offset, 12-bit addend, 16 bits of a constant, 19-bit branch.
    Branch26 = 4,
    Offset12 = 5,
    Add12 = 6,
    Move0 = 7,
    Move1 = 8,
    Move2 = 9,
    Move3 = 10,
    Branch19 = 11,
}

/// What fills a hole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum What {
    A = 0,
    B = 1,
    C = 2,
    /// The two extra slots of `Copy` and `Fill`.
    S = 3,
    T = 4,
    Imm = 5,
    ImmB = 6,
    Imm64 = 7,
    Offset = 8,
    Base = 9,
    RefBase = 10,
    /// The address of a C function or of a word that the code reads.
    Function = 11,
    State = 12,
    Target = 13,
    Continue = 14,
    Callee = 15,
}

impl What {
    /// The symbol that stands for it in the C text.
    pub const SYMBOLS: [(&'static str, What); 16] = [
        ("H_A", What::A),
        ("H_B", What::B),
        ("H_C", What::C),
        ("H_S", What::S),
        ("H_T", What::T),
        ("H_IMM", What::Imm),
        ("H_IMMB", What::ImmB),
        ("H_IMM64", What::Imm64),
        ("H_OFF", What::Offset),
        ("H_BASE", What::Base),
        ("H_RBASE", What::RefBase),
        ("H_FN", What::Function),
        ("H_STATE", What::State),
        ("TARGET", What::Target),
        ("CONTINUE", What::Continue),
        ("CALLEE", What::Callee),
    ];
}

/// Set as the length of a variant that has no record of its own.
pub const NO_CODE: u16 = u16::MAX;
