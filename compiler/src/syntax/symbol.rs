//! Interned names.
//!
//! A [`Symbol`] is four bytes and compares by identity. One [`Names`] table serves a whole compilation,
//! prelude and imports included. Names that the compiler itself knows are interned first, in the order of
//! the table below, so their symbols are constants (`sym::FROM`) and the same in every run.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// An interned name; only the [`Names`] that made it can spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub u32);

/// The table of names. It is never iterated in hash order, so it cannot make output vary.
#[derive(Clone, Debug)]
pub struct Names {
    texts: Vec<Box<str>>,
    index: HashMap<Box<str>, Symbol, BuildHasherDefault<Fnv>>,
}

impl Default for Names {
    fn default() -> Names {
        Names::new()
    }
}

impl Names {
    pub fn new() -> Names {
        let mut names = Names { texts: Vec::new(), index: HashMap::default() };
        for text in sym::SEEDS {
            names.intern(text);
        }
        names
    }

    pub fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.index.get(text) {
            return symbol;
        }
        let symbol = Symbol(self.texts.len() as u32);
        self.texts.push(text.into());
        self.index.insert(text.into(), symbol);
        symbol
    }

    /// The symbol of a name that was interned before.
    pub fn find(&self, text: &str) -> Option<Symbol> {
        self.index.get(text).copied()
    }

    pub fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.0 as usize]
    }
}

/// FNV-1a (Fowler, Noll, Vo): short keys, no random seed.
#[derive(Clone, Debug)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
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

            /// Whether the name means something in one place of the grammar.
            pub fn is_contextual(name: Symbol) -> bool {
                FROM <= name && name <= OBJECT
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

    #[test]
    fn seeds_have_their_constants() {
        let mut names = Names::new();
        assert_eq!(names.text(sym::MISSING), "");
        assert_eq!(names.text(sym::EMBEDDING), "embedding");
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
