//! Reading a stencil table.

use super::{NO_CODE, bases};

/// One hole of a stencil.
#[derive(Clone, Copy, Debug)]
pub struct Hole {
    /// Its offset in the code.
    pub at: u16,
    /// A number of `Fix`.
    pub fix: u8,
    /// A number of `What`.
    pub what: u8,
    pub addend: i8,
}

/// Where a stencil's parts are.
#[derive(Clone, Copy, Debug)]
pub struct Stencil {
    /// Its code in the table's bytes.
    pub code: u32,
    pub len: u16,
    /// Its holes in the table's list.
    pub first_hole: u32,
    pub holes: u16,
}

/// A table in a form that is quick to use.
pub struct Table {
    pub bytes: &'static [u8],
    pub stencils: Vec<Stencil>,
    pub holes: Vec<Hole>,
    /// The first variant of each group.
    pub bases: Vec<usize>,
}

impl Table {
    pub fn read(bytes: &'static [u8]) -> Table {
        let bases = bases();
        let count = bases[bases.len() - 1];
        let mut table = Table { bytes, stencils: Vec::with_capacity(count), holes: Vec::new(), bases };
        let mut at = 0;
        for _ in 0..count {
            let len = u16::from_le_bytes([bytes[at], bytes[at + 1]]);
            at += 2;
            let first_hole = table.holes.len() as u32;
            if len == NO_CODE {
                table.stencils.push(Stencil { code: u32::MAX, len: 0, first_hole, holes: 0 });
                continue;
            }
            let holes = u16::from(bytes[at]);
            at += 1;
            for hole in bytes[at..].chunks_exact(5).take(holes as usize) {
                let offset = u16::from_le_bytes([hole[0], hole[1]]);
                table.holes.push(Hole { at: offset, fix: hole[2], what: hole[3], addend: hole[4] as i8 });
            }
            at += 5 * holes as usize;
            table.stencils.push(Stencil { code: at as u32, len, first_hole, holes });
            at += len as usize;
        }
        assert_eq!(at, bytes.len(), "the stencil table does not fit the groups: run the generator");
        table
    }
}
