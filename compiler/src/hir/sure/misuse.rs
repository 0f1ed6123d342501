//! Arguments of builtins and casts that fail each time they run: warnings, since recorded programs have them in branches that never run.
//!
//! What has a code in the reference's checker is an error instead and stands in `ops.rs`.

use super::Sure;
use super::kinds::Kinds;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::builtin::Builtin;
use crate::hir::tree::{Expr, ExprKind, Lit, TypeRef};
use crate::source::Span;
use crate::types::TyKind;

const CONTAINER: Kinds = Kinds::LIST.or(Kinds::GROUP).or(Kinds::MAP).or(Kinds::STRUCT).or(Kinds::NONE);
const ITERABLE: Kinds = CONTAINER.or(Kinds::STR);
const WHOLE: Kinds = Kinds::NUMBER.or(Kinds::BOOL).or(Kinds::NONE);

/// Which kinds an argument of a builtin must have for the call to work at all, and what messages call them.
fn taken(builtin: Builtin, index: usize) -> Option<(Kinds, &'static str)> {
    use Builtin::*;
    Some(match (builtin, index) {
        (Min | Max | First | Distinct, 0) => (ITERABLE, "a list"),
        (Reverse, 0) => (ITERABLE, "a list or a string"),
        (Join, 0) => (CONTAINER, "a list of strings"),
        (Concat, _) => (CONTAINER, "a list"),
        (Contains, 0) => (ITERABLE, "a string, a list or a map"),
        (IndexOf, 0) => (ITERABLE, "a string or a list"),
        (Substring | Substr | Slice, 1 | 2) | (Repeat, 1) | (Range, _) => (WHOLE, "an int"),
        (Reduce, 1) => (Kinds::FUN.or(Kinds::NONE), "a function"),
        (Int, 0) => (Kinds::NUMBER.or(Kinds::STR).or(Kinds::NONE), "a number or the text of one"),
        (Float, 0) => (Kinds::NUMBER.or(Kinds::NONE), "a number"),
        (Num | Denom, 0) => (Kinds::BIG.or(Kinds::INT).or(Kinds::NONE), "a bigrat"),
        _ => return None,
    })
}

impl<'a> Sure<'a> {
    /// The first argument that a builtin can never work with.
    pub fn misused(&mut self, builtin: Builtin, args: &'a [Expr]) {
        for (index, arg) in args.iter().enumerate() {
            let Some((kinds, wanted)) = taken(builtin, index) else { continue };
            let given = self.kinds(arg);
            if given.never(kinds) {
                let message = format!("`{}` takes {wanted} here, not {}", builtin.name(), given.text());
                let help = format!("`{}`: {}", builtin.name(), builtin.meaning());
                return self.doubt(arg, Code::T012, arg.span, message, &help);
            }
        }
        if let (Builtin::Sum | Builtin::Avg, [list]) = (builtin, args)
            && self.elements(list) == Kinds::STR
        {
            let message = format!("`{}` of strings reads each as a number", builtin.name());
            let code = if builtin == Builtin::Sum { Code::T041 } else { Code::T038 };
            let diagnostic = Diagnostic::warning(code, list.span, message)
                .label("text that is no number counts as 0")
                .help("convert the elements with `int(x)`; strings are joined with `join(xs, \"\")`");
            self.push(&[list], diagnostic);
        }
    }

    /// What the elements of a list are.
    fn elements(&self, list: &Expr) -> Kinds {
        match (self.facts.tys.kind(self.facts.of(list.id)), &list.kind) {
            (TyKind::Data(data, args), _) if *data == self.facts.known.list => args.first().map_or(Kinds::UNKNOWN, |&of| self.kinds_of(of)),
            _ => Kinds::UNKNOWN,
        }
    }

    /// `value as ty`, at the word.
    pub fn cast(&mut self, value: &'a Expr, ty: &TypeRef, at: Span) {
        let (kinds, name) = match ty {
            TypeRef::Int => (Kinds::NUMBER.or(Kinds::STR).or(Kinds::NONE), "int"),
            TypeRef::Float => (Kinds::NUMBER.or(Kinds::NONE), "float"),
            TypeRef::Bool => (Kinds::BOOL, "bool"),
            TypeRef::Data(data, _) if *data == self.facts.known.string => (Kinds::STR, "string"),
            _ => return,
        };
        let given = self.kinds(value);
        if given.never(kinds) {
            let help = match (name, given) {
                ("string", _) => "the text of any value is `str(x)`",
                ("float", Kinds::STR) => "text becomes an int with `as int`, and any number with `as bigrat`",
                ("int", Kinds::BOOL) => "choose the number: `if b then 1 else 0`",
                ("bool", _) => "compare it: `x != 0`",
                _ => "a cast goes between numbers, and from text to int",
            };
            return self.doubt(value, Code::T046, at, format!("{} cannot be cast to {name}", given.text()), help);
        }
        if let (TypeRef::Int, ExprKind::Lit(Lit::Str(text))) = (ty, &value.kind) {
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                let help = "the text of an int is an optional sign and decimal digits";
                self.doubt(value, Code::T046, at, "this text is no int".to_owned(), help);
            }
        }
    }

    fn doubt(&mut self, value: &Expr, code: Code, at: Span, message: String, help: &str) {
        let given = self.kinds(value).text();
        let diagnostic = Diagnostic::warning(code, at, message).help(help);
        let diagnostic = match at == value.span {
            true => diagnostic.label(format!("this is {given}; the call fails whenever it runs")),
            false => diagnostic.label("this fails whenever it runs").note(value.span, format!("this is {given}")),
        };
        self.push(&[value], diagnostic);
    }
}
