//! The foreign packages that can be imported: which of their names exist here, and what they are made of.
//!
//! A constant is a literal. A function is one of the builtins or a prelude function, with casts of its arguments to the types
//! that the foreign function has. Nothing of the foreign language runs.

use crate::hir::Builtin;

/// The type of a foreign parameter or result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Float,
    Int,
    Str,
    /// Taken or given as it is.
    Any,
}

#[derive(Clone, Copy, Debug)]
pub enum Item {
    Float(f64),
    Int(i64),
    /// A builtin, with the kinds of its arguments and of its result.
    Builtin(Builtin, &'static [Kind], Kind),
    /// A function of the prelude.
    Prelude(&'static str, &'static [Kind]),
    /// The sum of two ints.
    Add,
}

use Item::{Builtin as B, Prelude as P};
use Kind::{Any, Float as F, Int as I, Str as S};

/// One package: its language, the end of its path, and its names.
pub struct Package {
    pub lang: &'static str,
    pub path: &'static str,
    pub items: &'static [(&'static str, Item)],
}

/// The package that an import names.
pub fn package(lang: &str, path: &str) -> Option<&'static Package> {
    PACKAGES.iter().find(|package| package.lang == lang && (path == package.path || path.ends_with(&format!("/{}", package.path))))
}

pub const PACKAGES: &[Package] = &[
    Package { lang: "python", path: "math", items: PYTHON_MATH },
    Package { lang: "go", path: "math", items: GO_MATH },
    Package { lang: "go", path: "strings", items: GO_STRINGS },
    Package { lang: "go", path: "testpkg", items: GO_TESTPKG },
    Package { lang: "typescript", path: "math", items: TYPESCRIPT_MATH },
];

const PYTHON_MATH: &[(&str, Item)] = &[
    ("pi", Item::Float(std::f64::consts::PI)),
    ("e", Item::Float(std::f64::consts::E)),
    ("tau", Item::Float(std::f64::consts::TAU)),
    ("sqrt", P("f64_sqrt", &[F])),
    ("pow", P("float_pow", &[F, F])),
    ("sin", P("math_sin", &[F])),
    ("cos", P("math_cos", &[F])),
    ("tan", P("math_tan", &[F])),
    ("asin", P("math_asin", &[F])),
    ("acos", P("math_acos", &[F])),
    ("atan", P("math_atan", &[F])),
    ("atan2", P("math_atan2", &[F, F])),
    ("sinh", P("math_sinh", &[F])),
    ("cosh", P("math_cosh", &[F])),
    ("tanh", P("math_tanh", &[F])),
    ("hypot", P("math_hypot", &[F, F])),
    ("exp", P("math_exp", &[F])),
    ("log", P("math_log", &[F])),
    ("log2", P("math_log2", &[F])),
    ("log10", P("math_log10", &[F])),
    ("floor", B(Builtin::Floor, &[F], I)),
    ("ceil", B(Builtin::Ceil, &[F], I)),
    ("fabs", B(Builtin::Abs, &[F], Any)),
];

const GO_MATH: &[(&str, Item)] = &[
    ("Pi", Item::Float(std::f64::consts::PI)),
    ("E", Item::Float(std::f64::consts::E)),
    ("Sqrt", P("f64_sqrt", &[F])),
    ("Pow", P("float_pow", &[F, F])),
    ("Sin", P("math_sin", &[F])),
    ("Cos", P("math_cos", &[F])),
    ("Tan", P("math_tan", &[F])),
    ("Asin", P("math_asin", &[F])),
    ("Acos", P("math_acos", &[F])),
    ("Atan", P("math_atan", &[F])),
    ("Atan2", P("math_atan2", &[F, F])),
    ("Exp", P("math_exp", &[F])),
    ("Log", P("math_log", &[F])),
    ("Log2", P("math_log2", &[F])),
    ("Log10", P("math_log10", &[F])),
    ("Floor", B(Builtin::Floor, &[F], Any)),
    ("Ceil", B(Builtin::Ceil, &[F], Any)),
    ("Abs", B(Builtin::Abs, &[F], Any)),
];

const GO_STRINGS: &[(&str, Item)] = &[
    ("ToUpper", B(Builtin::Upper, &[S], Any)),
    ("ToLower", B(Builtin::Lower, &[S], Any)),
    ("TrimSpace", B(Builtin::Trim, &[S], Any)),
    ("HasPrefix", B(Builtin::StartsWith, &[S, S], Any)),
    ("Contains", B(Builtin::Contains, &[S, S], Any)),
    ("Split", B(Builtin::Split, &[S, S], Any)),
    ("Join", B(Builtin::Join, &[Any, S], Any)),
    ("Repeat", B(Builtin::Repeat, &[S, I], Any)),
];

/// Its `Pi` is 3.14 and nothing closer.
#[allow(clippy::approx_constant)]
const GO_TESTPKG: &[(&str, Item)] = &[("Add", Item::Add), ("Pi", Item::Float(3.14)), ("Answer", Item::Int(42))];

const TYPESCRIPT_MATH: &[(&str, Item)] = &[
    ("PI", Item::Float(std::f64::consts::PI)),
    ("E", Item::Float(std::f64::consts::E)),
    ("sqrt", P("f64_sqrt", &[F])),
    ("pow", P("float_pow", &[F, F])),
    ("sin", P("math_sin", &[F])),
    ("cos", P("math_cos", &[F])),
    ("log", P("math_log", &[F])),
    ("exp", P("math_exp", &[F])),
];
