//! The functions that a program may call without declaring them: one row each.
//!
//! A user's own function of the same name is called instead. `infer` has a typing rule for each row, `lower` maps each to
//! prelude functions; methods (`s.contains(t)`) resolve to the same rows.

macro_rules! builtins {
    ($($variant:ident $name:literal $min:literal..$max:literal $meaning:literal)*) => {
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        pub enum Builtin { $(#[doc = $meaning] $variant),* }
        impl Builtin {
            pub const ALL: &'static [Builtin] = &[$(Builtin::$variant),*];
            pub fn name(self) -> &'static str { match self { $(Builtin::$variant => $name),* } }
            pub fn from_name(name: &str) -> Option<Builtin> { match name { $($name => Some(Builtin::$variant),)* _ => None } }
            /// What it does, in a few words.
            pub fn meaning(self) -> &'static str { match self { $(Builtin::$variant => $meaning),* } }
            /// The least and the greatest number of arguments.
            pub fn arity(self) -> (usize, usize) { match self { $(Builtin::$variant => ($min, $max)),* } }
        }
    };
}

builtins! {
    Print "print" 0..255 "writes the arguments' texts, joined by blanks, and a line end"
    Len "len" 1..1 "code points, elements, entries or items; 0 for none; of a number, the length of its text"
    Str "str" 1..1 "the text of a value"
    Append "append" 2..2 "a new list with one more element"
    Push "push" 2..2 "the same as append"
    Substring "substring" 3..3 "the code points from a to before b"
    Substr "substr" 3..3 "the same as substring"
    Slice "slice" 3..3 "the part of a string or list from a to before b"
    Input "input" 0..0 "the next line of standard input without its end; empty at the end of input"
    Int "int" 1..1 "the same as `as int`"
    Float "float" 1..1 "the same as `as float`"
    Count "count" 1..1 "the number of elements"
    Sum "sum" 1..1 "the sum; an int if all elements are"
    Avg "avg" 1..1 "the mean of those that are not none"
    Min "min" 1..1 "the least element; 0 if there is none"
    Max "max" 1..1 "the greatest element; 0 if there is none"
    Exists "exists" 1..1 "whether there is an element"
    Json "json" 1..1 "prints a value as indented JSON"
    ToJson "to_json" 1..1 "the JSON text of a value"
    Join "join" 2..2 "the strings of a list, joined by a separator"
    Now "now" 0..0 "nanoseconds since 1970, or the next number of MOCHI_NOW_SEED's generator"
    Panic "panic" 1..1 "ends the program with an error message"
    Error "error" 1..1 "the same as panic"
    Distinct "distinct" 1..1 "the elements without later equals"
    Concat "concat" 0..255 "the lists, one after the other"
    Lower "lower" 1..1 "lower case"
    Upper "upper" 1..1 "upper case"
    Keys "keys" 1..1 "a map's keys in order"
    Values "values" 1..1 "a map's values in the order of the keys"
    First "first" 1..1 "the first element, or none"
    Reverse "reverse" 1..1 "a list or string, backwards"
    PadStart "padStart" 3..3 "the string, filled from the left to a width"
    Split "split" 2..2 "the parts of a string between separators"
    Trim "trim" 1..1 "the string without white space at both ends"
    IndexOf "indexOf" 2..2 "where a string or element first occurs; -1 if nowhere"
    Contains "contains" 2..2 "whether it occurs"
    StartsWith "starts_with" 2..2 "whether the string starts with another"
    Repeat "repeat" 2..2 "the string, several times"
    ParseIntStr "parseIntStr" 1..2 "the integer that a text spells in a base"
    Abs "abs" 1..1 "the absolute value"
    Ceil "ceil" 1..1 "the integral value not below"
    Floor "floor" 1..1 "the integral value not above"
    Round "round" 1..2 "rounded half away from zero, to a number of digits"
    Pow "pow" 2..2 "a power; exact on ints"
    Num "num" 1..1 "the numerator of a bigrat"
    Denom "denom" 1..1 "the denominator of a bigrat"
    Sha256 "sha256" 1..1 "the SHA-256 digest as a list of 32 ints"
    Range "range" 1..3 "the ints from a to before b by a step"
    Reduce "reduce" 3..3 "folds a list with a function"
    Collect "collect" 1..1 "the items of a group as a list"
    Get "get" 2..3 "a map's value for a key, or the default"
    Eval "eval" 1..1 "refused at compile time"
    Mem "mem" 0..0 "bytes of memory in use"
}

impl Builtin {
    /// The builtin that `value.name(...)` calls; what prints its arguments or runs text is no method of a value.
    pub fn from_method(name: &str) -> Option<Builtin> {
        Builtin::from_name(name).filter(|builtin| !matches!(builtin, Builtin::Print | Builtin::Eval))
    }
}
