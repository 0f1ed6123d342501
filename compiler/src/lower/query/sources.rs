//! Sets of a query's sources, by their place.

use crate::syntax::limits;

const WORDS: usize = 5;
const _: () = assert!(limits::DEPTH as usize <= WORDS * 64);

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Sources([u64; WORDS]);

impl Sources {
    pub fn only(at: usize) -> Sources {
        let mut set = Sources::default();
        set.add(at);
        set
    }
    pub fn add(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }
    pub fn has(self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 != 0
    }
    pub fn is_empty(self) -> bool {
        self == Sources::default()
    }
    pub fn is_within(self, other: Sources) -> bool {
        self.0.iter().zip(other.0).all(|(mine, other)| mine & !other == 0)
    }
    /// The place after the last one; 0 for none.
    pub fn end(self) -> usize {
        let word = self.0.iter().rposition(|word| *word != 0);
        word.map_or(0, |word| word * 64 + 64 - self.0[word].leading_zeros() as usize)
    }
    /// The source, if it is one alone.
    pub fn single(self) -> Option<usize> {
        let last = self.end().checked_sub(1)?;
        (self == Sources::only(last)).then_some(last)
    }
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..self.end()).filter(move |&at| self.has(at))
    }
}
