//! Short lists of many owners: the entries lie together in one place, and an owner holds four bytes.
//!
//! An owner knows its last entry, whose next is the first, so that adding one and joining two lists take no walk:
//!
//! ```text
//!   owner ──► [c, next] ──► [a, next] ──► [b, next] ──► back to c         the list a b c
//! ```

/// The entries of all lists.
#[derive(Clone, Debug)]
pub struct Chains<T> {
    entries: Vec<(T, u32)>,
}

/// A list: the place of its last entry plus one; 0 where it is empty.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Chain(u32);

impl<T> Default for Chains<T> {
    fn default() -> Chains<T> {
        Chains { entries: Vec::new() }
    }
}

impl Chain {
    #[inline]
    fn last(self) -> Option<usize> {
        (self.0 as usize).checked_sub(1)
    }
}

impl<T: Copy> Chains<T> {
    /// With room for so many entries.
    pub fn with_capacity(capacity: usize) -> Chains<T> {
        Chains { entries: Vec::with_capacity(capacity) }
    }

    /// Adds an entry at the end.
    #[inline]
    pub fn push(&mut self, chain: &mut Chain, value: T) {
        let place = self.entries.len() as u32;
        let first = match chain.last() {
            Some(last) => std::mem::replace(&mut self.entries[last].1, place),
            None => place,
        };
        self.entries.push((value, first));
        *chain = Chain(place + 1);
    }

    /// Adds the entries of another list at the end, which is not used any more.
    pub fn join(&mut self, chain: &mut Chain, other: Chain) {
        if let (Some(last), Some(other_last)) = (chain.last(), other.last()) {
            let first = self.entries[last].1;
            self.entries[last].1 = std::mem::replace(&mut self.entries[other_last].1, first);
        }
        if other != Chain::default() {
            *chain = other;
        }
    }

    /// The first entry's place and value.
    #[inline]
    pub fn first(&self, chain: Chain) -> Option<(usize, T)> {
        chain.last().map(|last| self.at(self.entries[last].1 as usize))
    }

    /// The same of the entry behind the one at a place, in a list that may have grown since, or have become empty.
    #[inline]
    pub fn next(&self, chain: Chain, place: usize) -> Option<(usize, T)> {
        chain.last().filter(|&last| last != place).map(|_| self.at(self.entries[place].1 as usize))
    }

    #[inline]
    fn at(&self, place: usize) -> (usize, T) {
        (place, self.entries[place].0)
    }

    /// In the order of addition.
    #[inline]
    pub fn iter(&self, chain: Chain) -> impl Iterator<Item = T> {
        std::iter::successors(self.first(chain), move |&(place, _)| self.next(chain, place)).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_their_order() {
        let mut chains = Chains::default();
        let (mut left, mut right, mut empty) = (Chain::default(), Chain::default(), Chain::default());
        for value in 0..6 {
            chains.push(if value % 2 == 0 { &mut left } else { &mut right }, value);
        }
        chains.join(&mut left, empty);
        assert_eq!(chains.iter(left).collect::<Vec<i32>>(), [0, 2, 4]);
        chains.join(&mut left, right);
        assert_eq!(chains.iter(left).collect::<Vec<i32>>(), [0, 2, 4, 1, 3, 5]);
        chains.join(&mut empty, left);
        chains.push(&mut empty, 6);
        assert_eq!(chains.iter(empty).collect::<Vec<i32>>(), [0, 2, 4, 1, 3, 5, 6]);
        assert_eq!(chains.iter(Chain::default()).count(), 0);
    }

    #[test]
    fn a_walk_sees_what_is_added() {
        let mut chains = Chains::default();
        let mut chain = Chain::default();
        chains.push(&mut chain, 'a');
        let (place, value) = chains.first(chain).unwrap();
        chains.push(&mut chain, 'b');
        assert_eq!((value, chains.next(chain, place).map(|(_, value)| value)), ('a', Some('b')));
        assert_eq!(chains.next(Chain::default(), place), None);
    }
}
