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
    hash: u32,
    /// The symbol's number plus one; 0 where free.
    symbol: u32,
}

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

    pub fn intern(&self, text: &str) -> Symbol {
        let index = &mut *self.index.borrow_mut();
        let hash = hash(text);
        let place = match self.place(&index.places, hash, text) {
            Ok(symbol) => return symbol,
            Err(place) => place,
        };
        let symbol = self.texts.push(text.into()) as u32;
        index.places[place] = Entry { hash, symbol: symbol + 1 };
        index.used += 1;
        if index.used * 2 > index.places.len() {
            index.grow();
        }
        Symbol(symbol)
    }

    /// The symbol of a name that was interned before.
    pub fn find(&self, text: &str) -> Option<Symbol> {
        self.place(&self.index.borrow().places, hash(text), text).ok()
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
    fn place(&self, places: &[Entry], hash: u32, text: &str) -> Result<Symbol, usize> {
        let mask = places.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            match places[place] {
                Entry { symbol: 0, .. } => return Err(place),
                found if found.hash == hash && *self.texts[found.symbol as usize - 1] == *text => return Ok(Symbol(found.symbol - 1)),
                _ => place = (place + 1) & mask,
            }
        }
    }
}

impl Index {
    /// Makes the table twice as long.
    fn grow(&mut self) {
        let length = self.places.len() * 2;
        for entry in std::mem::replace(&mut self.places, vec![Entry::default(); length]) {
            let mut place = entry.hash as usize & (length - 1);
            while entry.symbol != 0 && self.places[place].symbol != 0 {
                place = (place + 1) & (length - 1);
            }
            if entry.symbol != 0 {
                self.places[place] = entry;
            }
        }
    }
}

/// Eight bytes at a time, multiplied by the constant of FxHash; the high half is the better one. The last bytes are read
/// together with some before them.
#[inline]
fn hash(text: &str) -> u32 {
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
    let bytes = text.as_bytes();
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    let mut hash = bytes.len() as u64;
    let last = if let Some(last) = bytes.last_chunk::<8>() {
        for word in bytes[..bytes.len() - 1].as_chunks::<8>().0 {
            hash = mix(hash, u64::from_le_bytes(*word));
        }
        u64::from_le_bytes(*last)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
    } else {
        bytes.iter().fold(0, |last, &byte| last << 8 | u64::from(byte))
    };
    (mix(hash, last) >> 32) as u32
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
        assert!(sym::is_contextual(sym::WHERE) && sym::is_contextual(sym::OBJECT) && !sym::is_contextual(sym::INT));
        assert!(!sym::is_contextual(sym::UNDERSCORE) && !sym::is_contextual(fresh));
    }
}
