//! Hash tables of small keys: the hash of FxHash, without a random seed.
//!
//! Ids and pairs of ids are the keys, which nobody chooses to collide. Tables are still never iterated where the order could show.

use std::hash::{BuildHasherDefault, Hasher};

pub type HashMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Fx>>;
pub type HashSet<K> = std::collections::HashSet<K, BuildHasherDefault<Fx>>;

/// The multiplicative hash of Firefox and of the Rust compiler.
#[derive(Clone, Copy, Default, Debug)]
pub struct Fx(u64);

const FACTOR: u64 = 0x517c_c1b7_2722_0a95;

impl Fx {
    #[inline]
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for Fx {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        self.add(rest.iter().fold(rest.len() as u64, |last, &byte| last << 8 | u64::from(byte)));
    }

    #[inline]
    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }

    #[inline]
    fn write_u32(&mut self, value: u32) {
        self.add(u64::from(value));
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        self.add(value);
    }

    #[inline]
    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }

    /// The table takes the low bits for the place and the high ones for the tag; multiplication leaves the best in the middle.
    #[inline]
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}
