//! Names of other languages' libraries, types and constants, and what they are here.
//!
//! They are looked at only where a name means nothing, so a program may declare any of them itself.

/// What to write instead of a name, and the text that can stand in its place, where one can.
pub struct Meant {
    pub help: &'static str,
    pub instead: Option<&'static str>,
}

const fn meant(help: &'static str, instead: &'static str) -> Option<Meant> {
    Some(Meant { help, instead: Some(instead) })
}

const fn told(help: &'static str) -> Option<Meant> {
    Some(Meant { help, instead: None })
}

/// A name that is read.
pub fn value(name: &str) -> Option<Meant> {
    match name {
        "None" | "undefined" | "NULL" | "nullptr" | "Nil" | "Null" | "NONE" | "nothing" => {
            meant("the empty value is written `none`", "none")
        }
        "True" | "TRUE" | "yes" => meant("`true` is written in small letters", "true"),
        "False" | "FALSE" | "no" => meant("`false` is written in small letters", "false"),
        "self" | "this" => told("a method names the fields of its object directly, without `self`"),
        "console" | "System" | "sys" | "stdout" | "fmt" | "Console" => told("write to standard output with `print(...)`"),
        "Math" | "math" => told("import it, `import python \"math\" as math`, or use a builtin: abs, ceil, floor, round, pow, min, max"),
        "strings" => told("import it: `import go \"strings\" as strings`"),
        "process" | "os" => told("the environment of the program cannot be read"),
        "Object" | "Array" | "List" | "Map" | "String" | "Number" | "JSON" => {
            told("types have no functions of their own; the builtins are listed by `mochi cheatsheet`")
        }
        "map" | "list" | "dict" => told("a list is written `[]`, a map `{}`, their types `list<int>` and `map<string, int>`"),
        "break" | "pass" | "noop" => told("an empty block `{}` does nothing"),
        _ => None,
    }
}

/// A name that is called.
pub fn function(name: &str) -> Option<Meant> {
    match name {
        "println" | "puts" | "echo" | "write" | "writeln" | "log" | "display" | "show" | "say" => {
            meant("write to standard output with `print(...)`", "print")
        }
        "printf" | "sprintf" | "format" | "fmt" => told("there are no formats; `print` writes its arguments with blanks between them"),
        "length" | "size" | "strlen" | "lenght" | "legnth" | "count_of" => meant("the length is `len(x)`", "len"),
        "toString" | "to_string" | "String" | "string" | "itoa" | "repr" => meant("the text of a value is `str(x)`", "str"),
        "parseInt" | "atoi" | "parse_int" | "Number" | "Int" | "integer" => meant("the int that a text spells is `int(x)`", "int"),
        "parseFloat" | "atof" | "double" => meant("the float that a text spells is `float(x)`", "float"),
        "readline" | "readLine" | "read_line" | "gets" | "raw_input" | "prompt" => meant("the next line of input is `input()`", "input"),
        "toUpperCase" | "uppercase" | "toupper" => meant("upper case is `upper(s)`", "upper"),
        "toLowerCase" | "lowercase" | "tolower" => meant("lower case is `lower(s)`", "lower"),
        "sqrt" | "sin" | "cos" | "tan" | "exp" => told("import it: `import python \"math\" as math`, then `math.sqrt(x)`"),
        "map" | "filter" | "forEach" | "select" => told("write a query: `from x in xs where x > 1 select x * 2`"),
        "sorted" | "sort" | "sort_by" | "order" => told("write a query: `from x in xs sort by x select x`"),
        "any" | "all" => told("write a query: `exists(from x in xs where x > 1 select x)`"),
        "unique" | "set" | "Set" => meant("the elements without repetitions are `distinct(xs)`", "distinct"),
        "Some" | "Just" | "Ok" => told("a value that may be missing is the value itself, or `none`"),
        "Err" | "raise" | "throw" | "exit" | "quit" | "die" | "abort" | "fail" => told("`panic(message)` ends the program with an error"),
        "assert" | "assertEquals" | "assert_eq" => told("write `expect a == b`"),
        "type" | "typeof" | "isinstance" | "type_of" => told("types are known before the program runs; test variants with `match`"),
        "make" | "new" | "list" | "vec" => told("a list is written `[]`, a map `{}`"),
        "dict" | "Map" | "HashMap" | "object" => told("a map is written `{\"key\": value}`"),
        "enumerate" | "zip" => told("count the positions: `for i in 0..len(xs) { ... }`"),
        "isNaN" | "is_none" | "isNull" | "is_null" => told("compare with `none`: `x == none`"),
        "float64" | "float32" | "f64" => meant("the float of a value is `float(x)`", "float"),
        "int32" | "int64" | "i32" | "i64" => meant("the int of a value is `int(x)`", "int"),
        "open" | "read_file" | "readFile" => told("data is read with `load \"file.csv\" as T`"),
        "sleep" | "setTimeout" => told("a program cannot wait; remove the call"),
        "random" | "rand" | "randint" => told("there are no random numbers; compute them from a seed, such as `now()`"),
        _ => None,
    }
}

/// A method of a value that has none of that name.
pub fn method(name: &str) -> Option<&'static str> {
    Some(match name {
        "length" | "size" | "len" | "count" => "the length is `len(x)`",
        "push" | "append" | "add" | "push_back" | "insert" => "lists are values: `xs = append(xs, x)` makes a longer one",
        "pop" | "remove" | "shift" | "delete" | "removeAt" => "lists are values; take a part: `xs = xs[:len(xs) - 1]`",
        "map" | "filter" | "forEach" | "each" | "flatMap" | "select" | "where" | "collect" => {
            "write a query: `from x in xs where x > 1 select x * 2`"
        }
        "sort" | "sorted" | "sortBy" | "sort_by" | "orderBy" => "write a query: `from x in xs sort by x select x`",
        "toString" | "to_string" => "the text of a value is `str(x)`",
        "toUpperCase" | "uppercase" | "to_uppercase" => "upper case is `upper(s)`",
        "toLowerCase" | "lowercase" | "to_lowercase" => "lower case is `lower(s)`",
        "strip" | "trimStart" | "trim_end" => "white space at both ends is removed by `trim(s)`",
        "startsWith" | "startswith" | "hasPrefix" => "write `s.starts_with(prefix)`",
        "includes" | "has" | "contain" => "write `x in xs`, or `xs.contains(x)`",
        "charAt" | "at" | "get" | "nth" | "chars" => "an element or a character is `xs[i]`",
        "find" | "index" | "index_of" | "indexOf" => "the place of an element is `indexOf(xs, x)`, -1 if there is none",
        "items" | "entries" => "walk over the keys: `for k in m { print(k, m[k]) }`",
        "replace" | "sub" => "split and join: `join(split(s, old), new)`",
        "unwrap" | "expect" | "unwrap_or" | "orElse" => "give a default with `??`: `x ?? 0`",
        _ => return None,
    })
}

/// A name where a type is expected.
pub fn type_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "String" | "str" | "char" | "Str" | "text" | "Text" | "varchar" | "rune" => "string",
        "Int" | "integer" | "Integer" | "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "isize" | "long"
        | "short" | "Long" | "uint" | "int32" | "uint64" | "byte" => "int",
        "Float" | "double" | "Double" | "f32" | "f64" | "float64" | "float32" | "number" | "Number" | "real" | "decimal" => "float",
        "Bool" | "boolean" | "Boolean" => "bool",
        "Vec" | "Array" | "List" | "vector" | "slice" | "array" | "Sequence" | "Set" | "set" | "tuple" => "list",
        "dict" | "Dict" | "HashMap" | "Map" | "Record" | "hash" | "Hash" => "map",
        "Any" | "interface" | "dynamic" | "unknown" | "Object" => "any",
        "None" | "null" | "Unit" | "Void" | "nil" => "unit",
        "BigInt" | "bigInt" | "biginteger" => "bigint",
        _ => return None,
    })
}
