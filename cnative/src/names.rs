//! C identifiers: the user's own wherever C, its library and the runtime allow.
//!
//! A name keeps its letters and digits; everything else turns into `_`. A name that is taken, or that C or the runtime
//! means something by, gets a number behind it. The same module gives the same names.

use std::collections::BTreeSet;

/// Keywords of C, and names that its usual headers declare or that compilers know: none is free at file scope.
const RESERVED: &str = include_str!("reserved.txt");

/// What even a local or a field may not be called: keywords, and macros of what emitted text includes at its top.
const KEYWORDS: &str = "alignas alignof asm auto bool break case char const constexpr continue default do double else enum \
     extern false float for goto if inline int long near far nullptr offsetof register restrict return short signed sizeof \
     static static_assert struct switch thread_local true typedef typeof typeof_unqual union unsigned void volatile while \
     unix linux i386 roots returned mochi_call NULL int32_t int64_t uint8_t uint16_t uint32_t uint64_t";

/// The names in use at file scope.
#[derive(Clone, Debug)]
pub struct Names {
    reserved: BTreeSet<String>,
    taken: BTreeSet<String>,
}

impl Names {
    /// `runtime` are the texts of the runtime, which may stand in the same file: what they define at file scope is not free.
    pub fn new(runtime: &[&str]) -> Names {
        let mut reserved: BTreeSet<String> = RESERVED.split_whitespace().map(String::from).collect();
        for text in runtime {
            reserved.extend(outer_words(text).map(String::from));
        }
        Names { reserved, taken: BTreeSet::new() }
    }
    /// A free name like the wanted one; taken from now on.
    pub fn take(&mut self, wanted: &str) -> String {
        let base = clean(wanted);
        let name = first_free(&base, |name| self.reserved.contains(name) || self.taken.contains(name));
        self.taken.insert(name.clone());
        name
    }
    /// Names for the locals of a function: none hides one of these, nor another local.
    pub fn locals(&self) -> Locals<'_> {
        Locals { outer: &self.taken, used: KEYWORDS.split_whitespace().map(String::from).collect() }
    }
}

/// The names in use in one function.
#[derive(Debug)]
pub struct Locals<'a> {
    outer: &'a BTreeSet<String>,
    used: BTreeSet<String>,
}

impl Locals<'_> {
    pub fn take(&mut self, wanted: &str) -> String {
        let base = clean(wanted);
        let name = first_free(&base, |name| self.used.contains(name) || self.outer.contains(name));
        self.used.insert(name.clone());
        name
    }
}

/// A field's name; fields have a scope of their own, so only keywords and the runtime's members are out.
pub fn field(wanted: &str) -> String {
    let name = clean(wanted);
    let is_reserved = KEYWORDS.split_whitespace().any(|word| word == name);
    if is_reserved || matches!(name.as_str(), "base" | "object" | "array" | "items") { name + "_" } else { name }
}

fn first_free(base: &str, is_used: impl Fn(&str) -> bool) -> String {
    if !is_used(base) {
        return base.to_string();
    }
    (2..).map(|n| format!("{base}_{n}")).find(|name| !is_used(name)).expect("some number is free")
}

/// A valid C identifier as near to the text as may be: runs of other characters become one `_`.
fn clean(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => name.push(c),
            '_' => name.push('_'),
            _ if !name.ends_with('_') => name.push('_'),
            _ => {}
        }
    }
    let name = name.trim_end_matches('_');
    // Names that start with `_` and a capital belong to the compiler.
    let name = name.trim_start_matches('_');
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) { format!("v{name}") } else { name.to_string() }
}

/// The words of the lines that are not indented, up to the parameters, comments left out: a superset of what a C text
/// defines at file scope.
fn outer_words(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter(|line| !line.starts_with([' ', '/']));
    let heads = lines.map(|line| line.split('(').next().unwrap_or(line));
    heads.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_readable_and_apart() {
        let mut names = Names::new(&["static void drain(void);"]);
        let taken = ["fib", "list.push", "list<int>.push", "drain", "while", "fib", "Größe", "7up", "index"].map(|n| names.take(n));
        assert_eq!(taken, ["fib", "list_push", "list_int_push", "drain_2", "while_2", "fib_2", "Gr_e", "v7up", "index_2"]);
        let mut locals = names.locals();
        assert_eq!(["x", "x", "fib", "index", "int"].map(|n| locals.take(n)), ["x", "x_2", "fib_3", "index", "int_2"]);
        assert_eq!([field("len"), field("items"), field("default")], ["len", "items_", "default_"]);
    }
}
