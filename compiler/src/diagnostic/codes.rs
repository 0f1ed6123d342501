//! The table of diagnostic codes: one row each, with a title and the explanation of `mochi explain`.
//!
//! `P` codes come from the lexer, the parser and the checks of the tree, `T` codes from the checker; both use the
//! numbers of the reference. `M` codes are our own. A code never changes its meaning.

macro_rules! codes {
    ($($code:ident $title:literal $explanation:literal)*) => {
        /// What kind of mistake a diagnostic is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($code),* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Code] = &[$(Code::$code),*];

            /// The code as it is printed: `T008`.
            pub fn text(self) -> &'static str {
                match self { $(Code::$code => stringify!($code)),* }
            }

            /// What is wrong, in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Code::$code => $title),* }
            }

            /// Why it is wrong and what to write instead.
            pub fn explanation(self) -> &'static str {
                match self { $(Code::$code => $explanation),* }
            }

            /// The code of a text like `T008` or `t008`.
            pub fn find(text: &str) -> Option<Code> {
                Code::ALL.iter().copied().find(|code| code.text().eq_ignore_ascii_case(text))
            }
        }
    };
}

impl Code {
    /// Whether the parser read the whole statement in spite of this error: what is wrong is its meaning, not its form.
    pub fn leaves_the_tree_whole(self) -> bool {
        matches!(self, Code::P062 | Code::P064 | Code::P065 | Code::M016)
    }

    /// Whether what follows it in the file was not read.
    pub fn ends_reading(self) -> bool {
        matches!(self, Code::M001 | Code::P040 | Code::P042)
    }
}

codes! {
    P001 "missing brace"
        "A block, a type, a match or a map begins with `{` and ends with `}`. One of the two is missing. The place that is shown is where the other could no longer come; the mistake is often a few lines above."
    P031 "missing name"
        "`let` and `var` introduce a variable, so a name follows them: `let total = 0`. Words of the language (`fun`, `in`, `all`, `on` ...) cannot be names."
    P040 "unterminated string"
        "A string begins and ends with a double quote. It may span lines, so without the closing quote it takes the rest of the file."
    P041 "unknown escape"
        "After a backslash, a string takes `\\n \\t \\r \\\\ \\\" \\a \\b \\f \\v`, `\\x` with two hex digits, three octal digits, `\\u` with four or `\\U` with eight hex digits. A backslash itself is written `\\\\`."
    P042 "unterminated comment"
        "A comment that begins with `/*` ends at the first `*/`. Such comments do not nest."
    P043 "number runs into a name"
        "A number must end before a letter or `_`: write `1000`, not `1_000`, and `3 * x`, not `3x`. An exponent needs digits: `1e9`."
    P045 "integer out of range"
        "An integer literal must be at most 9223372036854775807. Bigger numbers are made from text: `\"9223372036854775808\" as bigint`."
    P046 "number without digits"
        "`0x`, `0b` and `0o` must be followed by a digit of that base, like `0x1F`."
    P052 "missing parenthesis"
        "An argument list, a parameter list or an expression in parentheses is not closed with `)`."
    P060 "empty index"
        "`xs[]` and `xs[:]` say nothing. Write an index, `xs[i]`, or at least one end of a slice, `xs[1:]` or `xs[:n]`."
    P061 "match arm without a result"
        "Every arm of a `match` has a result after `=>`: an expression, or statements in braces."
    P062 "empty path"
        "`load \"\"` and `save x to \"\"` name no file. Leave the path out to read standard input and to write standard output."
    P063 "not a pattern"
        "A pattern is a literal, a name, `_`, or a variant with patterns: `Node(left, _, right)`. Conditions, negative numbers, indexes and fields are not patterns; compare with `if`."
    P064 "unknown import language"
        "A foreign import names one of go, python, typescript, zig, lua, clj and clojure. Without a language, `import \"path\"` loads a Mochi package."
    P065 "statement without an effect"
        "The statement computes a value that nothing reads. Print it, assign it, return it, or remove it."
    P999 "syntax error"
        "The text does not follow the grammar at this place."
    T000 "declaration without type and value"
        "`let` and `var` need a value, a type, or both: `var n: int`, `let n = 0`."
    T001 "assignment to an unknown variable"
        "A variable must be declared before it is assigned: `var n = 0`, then `n = 1`."
    T002 "unknown variable"
        "No variable, parameter or function of that name is visible here. A variable is visible from its declaration to the end of its block."
    T003 "unknown function"
        "No function of that name is declared, imported or built in."
    T004 "not a function"
        "Only functions and function values can be called."
    T005 "method parameter without a type"
        "The parameters of a method have types: `fun add(n: int): int { ... }`."
    T006 "too many arguments"
        "A call may give fewer arguments than there are parameters, which makes a function of the rest, but never more."
    T007 "argument of the wrong type"
        "The argument's type does not fit the parameter's."
    T008 "type mismatch"
        "The value's type does not fit the type that is declared or expected here."
    T009 "assignment of the wrong type"
        "A variable keeps the type of its declaration; the value assigned does not fit it."
    T010 "return of the wrong type"
        "The value does not fit the type that the function declares as its result."
    T011 "`expect` condition is not a bool"
        "`expect` takes a comparison or another bool."
    T012 "wrong type"
        "The value cannot be used here."
    T013 "values cannot be compared"
        "The two sides of the comparison are of kinds that have no common order or equality."
    T014 "operator on the wrong type"
        "The operand's type has no such prefix operator."
    T015 "index is not an int"
        "Lists and strings are indexed by int."
    T016 "index is missing"
        "Write the position between the brackets."
    T017 "slice of a map"
        "Maps have no order to cut a range from. Slices are for lists and strings."
    T018 "not indexable"
        "Only lists, strings and maps can be indexed."
    T019 "wrong key type"
        "The key's type is not that of the map's keys."
    T020 "operator on wrong types"
        "The operator is not defined for these two types. Text is joined with `+` after `str(x)`."
    T021 "operator on wrong types"
        "The operator is not defined for these two types."
    T022 "cannot iterate"
        "`for` goes over a list, the keys of a map, the characters of a string, a group, or a range `a..b`."
    T023 "range end is not an int"
        "Both ends of a range `a..b` are ints."
    T024 "assignment to something that cannot change"
        "`let` variables, functions and builtins cannot be assigned. Declare the variable with `var`."
    T025 "unknown type"
        "No type of that name is declared, imported or built in."
    T026 "unknown field"
        "The struct has no field of that name."
    T027 "not a struct"
        "Only values of a struct type have such fields."
    T028 "fetch of something that is not text"
        "The address after `fetch` is a string."
    T029 "fetch options are not a map"
        "The options after `with` are a map, like `{method: \"POST\"}`."
    T030 "fetch option of the wrong type"
        "The value does not fit this option of `fetch`."
    T031 "unknown stream"
        "`on` and `emit` name a stream that is declared with `stream`."
    T032 "query over something that is not a list"
        "The source of a query is a list or a group."
    T033 "`where` condition is not a bool"
        "`where` takes a comparison or another bool."
    T034 "join with something that is not a list"
        "The source of a join is a list or a group."
    T035 "`on` condition is not a bool"
        "The condition of a join is a comparison or another bool."
    T036 "no length"
        "`len` takes a list, a map, a string or a group."
    T037 "`count` of the wrong type"
        "`count` takes a list or a group."
    T038 "`avg` of the wrong type"
        "`avg` takes a list or a group of numbers."
    T039 "wrong number of arguments"
        "The builtin function takes another number of arguments."
    T040 "condition is not a bool"
        "`if` and `while` take a comparison or another bool."
    T041 "`sum` of the wrong type"
        "`sum` takes a list or a group of numbers."
    T042 "`having` condition is not a bool"
        "`having` takes a comparison or another bool."
    T044 "effect in a condition"
        "`where` and `having` may be evaluated in any order and number, so what they call must not print, read or write."
    T045 "`break` or `continue` outside a loop"
        "`break` and `continue` belong into the body of `for` or `while`."
    T046 "cast is not allowed"
        "A cast goes between numbers, from and to `any`, from a union to one of its variants, and from a map to a struct."
    T047 "type parameter means two types"
        "The arguments of the call give one type parameter two types that do not agree."
    T048 "type parameter is not determined"
        "Nothing in the call says what the type parameter is."
    T049 "wrong number of type arguments"
        "The generic type takes another number of types between `<` and `>`."
    T050 "match does not cover every variant"
        "A `match` on a union has an arm for every variant, or a catch-all `_`."
    T051 "mutable name for an immutable value"
        "The list, map or struct belongs to a `let`; through this `var` it could be changed."
    T052 "alias with a wider element type"
        "Through the alias, elements of other types could be stored into the original."
    T053 "struct literal lacks fields"
        "A struct literal gives every field a value."
    T054 "arm can never be chosen"
        "An arm above already takes every value that this one matches."
    T055 "`skip` or `take` is not an int"
        "`skip` and `take` take the number of rows."
    T056 "sort key has no order"
        "`sort by` takes numbers, strings, bools, or lists and maps of them."
    T057 "`distinct` over functions"
        "Functions cannot be compared, so duplicates cannot be found."
    T058 "value may be none"
        "The value may be `none`. Test it first, give a default with `??`, or use `?.`."
    T059 "comparison with none is always false"
        "The value can never be `none`."
    T060 "`?.` on a value that is never none"
        "Write `.` instead."
    T061 "`?.` on something without fields"
        "`?.` reads a field of a struct or a map that may be `none`."
    T062 "`?[` on a value that is never none"
        "Write `[` instead."
    T063 "`?[` on something that cannot be indexed"
        "`?[` reads an element of a list, a map or a string that may be `none`."
    T064 "unknown effect"
        "The effects after `!` are among io, fs, net, time and meta."
    T065 "effect is not declared"
        "The function's body has an effect that its declaration does not list after `!`."
    T066 "effect does not fit"
        "The function value has effects that its place does not allow."
    M001 "nested too deeply"
        "The nesting of brackets, blocks and operators is limited, so that no program can exhaust the compiler's stack. Split the expression with `let`, or move inner blocks into functions."
    M002 "only in the prelude"
        "Type parameters on `type` and `extern fun`, and bindings of `extern fun` to an operation, belong to the runtime library's own dialect."
    M003 "text is not UTF-8"
        "`\\xHH` and octal escapes stand for bytes. Together they must be UTF-8; what is not becomes U+FFFD."
    M010 "not available"
        "The program uses something that this compiler understands and cannot compile: a model, code that is made at run time, or a foreign package that is not built in."
    M011 "package cannot be loaded"
        "`import \"path\"` names a file or a folder of Mochi files. It is looked up next to the importing file, then below MOCHI_ROOT and the working directory."
    M012 "field is given twice"
        "A literal gives each field one value."
    M013 "wrong use of logic"
        "A fact has only strings and ints. Every variable of a rule's head and of its `!=` stands in one of its conditions."
    M014 "result is not used"
        "Lists, maps and strings are values: a builtin like `append` or `upper` gives a new one and leaves the old one as it is. Assign the result: `xs = append(xs, x)`. A call with too few arguments is such a value, too: a function of the rest."
    M015 "function can end without a result"
        "The function declares a result, and control can reach the end of its body without a `return`; the call gives `none` then. Return a value there, declare the result optional (`int?`), or declare none."
    M016 "declared or given twice"
        "Parameters, fields, methods and variants have different names. There is no overloading: a second function or type of one block takes the place of the first, and so does a second entry of a map."
    M017 "code is never reached"
        "Control never comes to this statement, since the one before it always leaves: `return`, `break`, `continue`, `panic`, or a loop without end."
    M018 "comparison of a comparison"
        "`a < b < c` compares the bool of `a < b` with `c`. Write `a < b && b < c`."
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_are_found_by_their_text() {
        for &code in Code::ALL {
            assert_eq!(Code::find(&code.text().to_lowercase()), Some(code));
            assert!(!code.title().is_empty() && code.explanation().ends_with('.'), "{}", code.text());
        }
        assert_eq!(Code::find("T999"), None);
    }

    #[test]
    fn the_table_is_sorted_within_each_letter() {
        for pair in Code::ALL.windows(2) {
            let (a, b) = (pair[0].text(), pair[1].text());
            assert!(a[..1] != b[..1] || a < b, "{a} before {b}");
        }
    }
}
