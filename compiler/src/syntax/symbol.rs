//! Interned names.
//!
//! A [`Symbol`] is four bytes and compares by identity. One [`Names`] table serves a whole compilation,
//! prelude and imports included. Names that the compiler itself knows are interned first, in the order of
//! the table below, so their symbols are constants (`sym::FROM`) and the same in every run. Keywords follow, so that the lexer
//! looks a word up once.

use super::token::KEYWORDS;
use crate::arena::Arena;
use std::cell::RefCell;

/// An interned name; only the [`Names`] that made it can spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub u32);

/// The table of names. Names are added through a shared reference, since whoever reads the library while it lowers adds some.
#[derive(Clone, Debug)]
pub struct Names {
    texts: Arena<Box<str>>,
    index: RefCell<Index>,
}

/// Where each name is: a hash table with linear probing, at most half full.
#[derive(Clone, Debug)]
struct Index {
    /// As long as a power of two.
    places: Vec<Entry>,
    used: usize,
}

#[derive(Clone, Copy, Default, Debug)]
struct Entry {
    word: Word,
    /// The symbol's number plus one; 0 where free.
    symbol: u32,
}

/// A name in eight bytes. A short one is there as it is, so that equal words mean equal names:
///
/// ```text
///   bits 0..56: its bytes, the first one lowest, then zeros    bits 56..64: how many     up to 7 bytes
///   bits 0..56: a hash of its bytes                            bits 56..64: all ones     longer
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Word(u64);

/// The length of the longest short name.
pub(super) const SHORT: usize = 7;

/// The constant of FxHash.
const FACTOR: u64 = 0x517c_c1b7_2722_0a95;

impl Default for Names {
    fn default() -> Names {
        Names::new()
    }
}

impl Names {
    pub fn new() -> Names {
        let names = Names { texts: Arena::default(), index: RefCell::new(Index { places: vec![Entry::default(); 1024], used: 0 }) };
        let keywords = KEYWORDS.iter().map(|(text, _)| text);
        for text in sym::SEEDS.iter().chain(keywords) {
            names.intern(text);
        }
        names
    }

    #[inline]
    pub fn intern(&self, text: &str) -> Symbol {
        self.intern_word(Word::of(text), text)
    }

    /// Interns a name of at most [`SHORT`] bytes, which the number has, too: the first one lowest, then zeros.
    #[inline]
    pub(super) fn intern_short(&self, bytes: u64, text: &str) -> Symbol {
        self.intern_word(Word::short(bytes, text.len()), text)
    }

    #[inline]
    fn intern_word(&self, word: Word, text: &str) -> Symbol {
        let place = self.place(&self.index.borrow().places, word, text);
        place.unwrap_or_else(|place| self.add(place, word, text))
    }

    #[inline(never)]
    fn add(&self, place: usize, word: Word, text: &str) -> Symbol {
        let index = &mut *self.index.borrow_mut();
        let symbol = self.texts.push(text.into()) as u32;
        index.places[place] = Entry { word, symbol: symbol + 1 };
        index.used += 1;
        if index.used * 2 > index.places.len() {
            index.grow();
        }
        Symbol(symbol)
    }

    /// The symbol of a name that was interned before.
    pub fn find(&self, text: &str) -> Option<Symbol> {
        self.place(&self.index.borrow().places, Word::of(text), text).ok()
    }

    /// The number of names so far.
    pub fn count(&self) -> usize {
        self.texts.len()
    }

    #[inline]
    pub fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.0 as usize]
    }

    /// The name's symbol, or the free place where it belongs.
    #[inline]
    fn place(&self, places: &[Entry], word: Word, text: &str) -> Result<Symbol, usize> {
        let mask = places.len() - 1;
        let mut place = word.place(mask);
        loop {
            let found = places[place];
            if found.symbol == 0 {
                return Err(place);
            }
            if found.word == word && (word.is_short() || *self.texts[found.symbol as usize - 1] == *text) {
                return Ok(Symbol(found.symbol - 1));
            }
            place = (place + 1) & mask;
        }
    }
}

impl Index {
    /// Makes the table twice as long.
    fn grow(&mut self) {
        let length = self.places.len() * 2;
        for entry in std::mem::replace(&mut self.places, vec![Entry::default(); length]) {
            let mut place = entry.word.place(length - 1);
            while entry.symbol != 0 && self.places[place].symbol != 0 {
                place = (place + 1) & (length - 1);
            }
            if entry.symbol != 0 {
                self.places[place] = entry;
            }
        }
    }
}

impl Word {
    #[inline]
    fn short(bytes: u64, length: usize) -> Word {
        debug_assert!(length <= SHORT);
        Word(bytes | (length as u64) << 56)
    }

    fn of(text: &str) -> Word {
        let bytes = text.as_bytes();
        match bytes.len() {
            0..=SHORT => Word::short(bytes.iter().rev().fold(0, |last, &byte| last << 8 | u64::from(byte)), bytes.len()),
            _ => Word(hash(bytes) | 0xff << 56),
        }
    }

    #[inline]
    fn is_short(self) -> bool {
        self.0 >> 56 != 0xff
    }

    /// Where the search for it begins, in a table of a power of two of places. All bits of the word are in the highest of a product.
    #[inline]
    fn place(self, mask: usize) -> usize {
        (self.0.wrapping_mul(FACTOR) >> (mask as u64).leading_zeros()) as usize
    }
}

/// Of more than eight bytes or as many, eight at a time. The last ones are read together with some before them.
#[inline]
fn hash(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, word: [u8; 8]| (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
    let all = bytes[..bytes.len() - 1].as_chunks::<8>().0.iter().chain(bytes.last_chunk::<8>());
    all.fold(bytes.len() as u64, |hash, &word| mix(hash, word))
}

macro_rules! seeds {
    ($($name:ident $text:literal)*) => {
        /// The names that are interned before any other.
        pub mod sym {
            use super::Symbol;

            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            #[repr(u32)]
            enum Seed { $($name),* }

            $(pub const $name: Symbol = Symbol(Seed::$name as u32);)*

            pub(super) const SEEDS: &[&str] = &[$($text),*];

            /// How many there are.
            pub(in crate::syntax) const LENGTH: usize = SEEDS.len();

            /// Whether the name means something in one place of the grammar.
            pub fn is_contextual(name: Symbol) -> bool {
                FROM <= name && name <= OBJECT
            }

            /// Whether a clause of a query begins with the name.
            pub fn is_clause(name: Symbol) -> bool {
                [FROM, WHERE, SELECT, GROUP, HAVING, SORT, ORDER, SKIP, TAKE, JOIN].contains(&name)
            }
        }
    };
}

seeds! {
    // The empty name stands where a name is missing.
    MISSING ""
    UNDERSCORE "_"
    // Words that mean something in one place only and are names everywhere else.
    FROM "from" WHERE "where" SELECT "select" GROUP "group" BY "by" INTO "into" HAVING "having"
    SORT "sort" ORDER "order" SKIP "skip" TAKE "take" DISTINCT "distinct" JOIN "join"
    LEFT "left" RIGHT "right" OUTER "outer" AS "as" WITH "with" TO "to" UNION "union"
    EXCEPT "except" INTERSECT "intersect" UPDATE "update" SET "set" MODEL "model" BENCH "bench"
    QUERY "query" AUTO "auto" OBJECT "object"
    // Types.
    INT "int" INT64 "int64" FLOAT "float" BIGINT "bigint" BIGRAT "bigrat" STRING "string" BOOL "bool"
    LIST "list" MAP "map" ANY "any" UNIT "unit" VOID "void" TIME "time"
    // What groups, structs and loads are read by.
    KEY "key" ITEMS "items" COUNT "count" NAME_TAG "__name" TEXT "text" EMBEDDING "embedding"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::token::TokenKind;

    #[test]
    fn seeds_have_their_constants() {
        let names = Names::new();
        assert_eq!(names.text(sym::MISSING), "");
        assert_eq!(names.text(sym::EMBEDDING), "embedding");
        for &(text, keyword) in KEYWORDS {
            assert_eq!(TokenKind::of_word(names.intern(text)), keyword);
        }
        assert_eq!(names.intern("from"), sym::FROM);
        assert_eq!(names.find("union"), Some(sym::UNION));
        let fresh = names.intern("mochi");
        assert_eq!(names.intern("mochi"), fresh);
        assert_eq!(names.text(fresh), "mochi");
        assert_eq!(names.find("absent"), None);
        // Short and long ones, of which each is the beginning of the next.
        let long = "_123456789_123456789";
        let symbols: Vec<Symbol> = (0..=long.len()).map(|end| names.intern(&long[..end])).collect();
        assert!(symbols.iter().enumerate().all(|(end, &symbol)| names.text(symbol) == &long[..end]));
        assert_eq!(names.intern_short(u64::from_le_bytes(*b"_12\0\0\0\0\0"), "_12"), symbols[3]);
        assert!(sym::is_contextual(sym::WHERE) && sym::is_contextual(sym::OBJECT) && !sym::is_contextual(sym::INT));
        assert!(!sym::is_contextual(sym::UNDERSCORE) && !sym::is_contextual(fresh));
    }
}
