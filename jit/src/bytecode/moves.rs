//! Parallel moves as a sequence: every source is read before its place is written, cycles go through a scratch place.

use super::lir::Source;
use compiler::ir::Bank;

/// A place that a move reads or writes. Two places are the same exactly if they are equal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spot {
    /// The file of slots: 0 the frame's words, 1 the reference bank, 2 the JIT's float slots.
    pub file: u8,
    pub field: u16,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum From {
    Spot(Spot),
    Const(u64),
}

#[derive(Clone, Copy, Debug)]
pub struct Move {
    pub bank: Bank,
    pub to: Spot,
    pub from: From,
}

/// Orders the moves; `scratch` gives the spare place of a bank.
pub fn sequence(moves: &[Move], scratch: impl Fn(Bank) -> Spot) -> Vec<Move> {
    let mut pending: Vec<Move> = moves.iter().copied().filter(|m| m.from != From::Spot(m.to)).collect();
    let mut done = Vec::with_capacity(pending.len());
    while !pending.is_empty() {
        let blocked = |m: &Move, all: &[Move]| all.iter().any(|other| other.from == From::Spot(m.to));
        match pending.iter().position(|m| !blocked(m, &pending)) {
            Some(index) => done.push(pending.remove(index)),
            None => {
                // Every destination is still to be read: a cycle. Save one of them.
                let saved = pending[0].to;
                let reader = pending.iter_mut().find(|m| m.from == From::Spot(saved)).expect("a cycle");
                let spare = scratch(reader.bank);
                done.push(Move { bank: reader.bank, to: spare, from: From::Spot(saved) });
                for m in pending.iter_mut().filter(|m| m.from == From::Spot(saved)) {
                    m.from = From::Spot(spare);
                }
            }
        }
    }
    done
}

impl From {
    /// The source of a move whose register has been given a place.
    pub fn of(source: Source, place: impl FnOnce(u32) -> Spot) -> From {
        match source {
            Source::Reg(reg) => From::Spot(place(reg)),
            Source::Const(bits) => From::Const(bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(field: u16) -> Spot {
        Spot { file: 0, field }
    }

    /// Every set of moves among four places, run in sequence, does what all at once would do.
    #[test]
    fn all_small_permutations() {
        for code in 0..4u32.pow(4) {
            let moves: Vec<Move> =
                (0..4u16).map(|to| Move { bank: Bank::Int, to: spot(to), from: From::Spot(spot((code >> (2 * to) & 3) as u16)) }).collect();
            let mut state = [10, 11, 12, 13, 0];
            let expect: Vec<i32> = (0..4).map(|to| state[(code >> (2 * to) & 3) as usize]).collect();
            for m in sequence(&moves, |_| spot(4)) {
                let From::Spot(from) = m.from else { unreachable!() };
                state[m.to.field as usize] = state[from.field as usize];
            }
            assert_eq!(state[..4], expect[..], "{moves:?}");
        }
    }
}
