//! Pairs of instructions that the VM runs in one step.
//!
//! The first instruction of a pair gets the pair's opcode; the second stays, so that a jump to it finds what it expects. Which
//! pairs: those of inner loops (a bounds check and its access, a count and its test, product and sum).

use super::opcode::{Ins, Opcode};

/// Marks the pairs of a function.
pub fn pair(code: &mut [Ins]) {
    let mut at = 0;
    while at + 1 < code.len() {
        match pair_of(code[at].op, code[at + 1].op) {
            Some(op) => {
                code[at].op = op;
                at += 2;
            }
            None => at += 1,
        }
    }
}

fn pair_of(first: Opcode, second: Opcode) -> Option<Opcode> {
    use Opcode::*;
    Some(match (first, second) {
        (Ld32, BGeU) => Ld32BGeU,
        (BGeU, Get8) => BGeUGet8,
        (BGeU, Get64) => BGeUGet64,
        (BGeU, GetF) => BGeUGetF,
        (BGeU, GetR) => BGeUGetR,
        (LdR, Get8) => LdRGet8,
        (LdR, Get64) => LdRGet64,
        (LdR, GetF) => LdRGetF,
        (LdR, Set64) => LdRSet64,
        (LdR, Set8) => LdRSet8,
        (AddI, BLtS) => AddIBLtS,
        (AddI, BLtSI) => AddIBLtSI,
        (AddI, Call) => AddICall,
        (AddC, RetI) => AddCRetI,
        (FMul, FAdd) => FMulFAdd,
        (FMul, FSub) => FMulFSub,
        (FMul, FMul) => FMulFMul,
        (FSub, FMul) => FSubFMul,
        (LdF, LdF) => LdFLdF,
        (FAdd, AddI) => FAddAddI,
        _ => return None,
    })
}
