//! A list that grows while parts of it are borrowed: entries never move, so a shared reference is enough to add one.
//!
//! The library is read while a program that is lowered asks for more of it, hence this instead of a `Vec`. Entries lie in chunks, each
//! twice as long as the one before:
//!
//! ```text
//!   chunk 0: 0..32    chunk 1: 32..96    chunk 2: 96..224 ...        entry i is in chunk log2(i + 32) - 5
//! ```

use std::cell::{Cell, OnceCell};
use std::ops::{Index, IndexMut};

/// The base-2 logarithm of the first chunk's length.
const FIRST: u32 = 5;

#[derive(Clone, Debug)]
pub struct Arena<T> {
    chunks: [OnceCell<Vec<OnceCell<T>>>; 27],
    len: Cell<usize>,
}

impl<T> Default for Arena<T> {
    fn default() -> Arena<T> {
        Arena { chunks: [const { OnceCell::new() }; 27], len: Cell::new(0) }
    }
}

impl<T> Arena<T> {
    #[inline]
    pub fn len(&self) -> usize {
        self.len.get()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds an entry; gives its index.
    pub fn push(&self, value: T) -> usize {
        let index = self.len.get();
        let (chunk, offset) = place(index);
        let entries = self.chunks[chunk].get_or_init(|| std::iter::repeat_with(OnceCell::new).take(1 << (chunk as u32 + FIRST)).collect());
        let fresh = entries[offset].set(value).is_ok();
        assert!(fresh, "entries beyond the length are empty");
        self.len.set(index + 1);
        index
    }

    pub fn extend(&self, values: impl IntoIterator<Item = T>) {
        for value in values {
            self.push(value);
        }
    }

    /// The entries so far, in the order of addition.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        (0..self.len()).map(|index| &self[index])
    }
}

#[inline]
fn place(index: usize) -> (usize, usize) {
    let shifted = index + (1 << FIRST);
    let chunk = shifted.ilog2() - FIRST;
    (chunk as usize, shifted - (1 << (chunk + FIRST)))
}

impl<T> Index<usize> for Arena<T> {
    type Output = T;

    #[inline]
    fn index(&self, index: usize) -> &T {
        let (chunk, offset) = place(index);
        let entry = self.chunks[chunk].get().and_then(|entries| entries[offset].get());
        entry.unwrap_or_else(|| panic!("entry {index} of {}", self.len()))
    }
}

impl<T> IndexMut<usize> for Arena<T> {
    #[inline]
    fn index_mut(&mut self, index: usize) -> &mut T {
        let (chunk, offset) = place(index);
        let entry = self.chunks[chunk].get_mut().and_then(|entries| entries[offset].get_mut());
        entry.expect("an entry that was added")
    }
}

/// What is being added to an arena: the entries that are there, and new ones that can still change.
pub struct Draft<'a, T> {
    old: &'a Arena<T>,
    /// The number of old entries.
    base: usize,
    new: Vec<T>,
}

impl<'a, T> Draft<'a, T> {
    pub fn new(old: &'a Arena<T>) -> Draft<'a, T> {
        Draft { old, base: old.len(), new: Vec::new() }
    }

    /// The index of the first new entry.
    pub fn base(&self) -> usize {
        self.base
    }

    pub fn len(&self) -> usize {
        self.base + self.new.len()
    }

    pub fn push(&mut self, value: T) {
        self.new.push(value);
    }

    /// Adds the new entries for good.
    pub fn finish(self) {
        self.old.extend(self.new);
    }
}

impl<T> Index<usize> for Draft<'_, T> {
    type Output = T;

    #[inline]
    fn index(&self, index: usize) -> &T {
        match index.checked_sub(self.base) {
            Some(index) => &self.new[index],
            None => &self.old[index],
        }
    }
}

impl<T> IndexMut<usize> for Draft<'_, T> {
    /// Only new entries change.
    fn index_mut(&mut self, index: usize) -> &mut T {
        &mut self.new[index - self.base]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stay_where_they_are() {
        let mut arena: Arena<String> = Arena::default();
        let first = {
            arena.push("0".to_owned());
            let first: *const String = &arena[0];
            arena.extend((1..1000).map(|n| n.to_string()));
            first
        };
        assert!(std::ptr::eq(first, &arena[0]));
        assert!(arena.iter().enumerate().all(|(n, text)| *text == n.to_string()));
        assert_eq!((arena.len(), arena.is_empty()), (1000, false));
        arena[999].push('!');
        assert_eq!(arena[999], "999!");
    }

    #[test]
    fn drafts_see_old_entries_and_change_new_ones() {
        let arena: Arena<u32> = Arena::default();
        arena.extend([1, 2]);
        let mut draft = Draft::new(&arena);
        draft.push(3);
        draft[2] += 10;
        assert_eq!((draft.base(), draft.len(), draft[0]), (2, 3, 1));
        draft.finish();
        assert_eq!(arena.iter().copied().collect::<Vec<u32>>(), [1, 2, 13]);
    }
}
