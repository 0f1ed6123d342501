//! The `;; run:` lines of filetests: a function, its arguments, and what must come of it, on every backend.
//!
//! ```text
//! ;; run: @f(-16, 2) == -8        arguments and result are of the function's types
//! ;; run: @g(true)                runs to its end, without a result
//! ;; run: @h(9223372036854775807) exits 3
//! ```
//! `exits` is the code that the program gives to the host's `exit`; the files' trap functions exit with the site's number, so that
//! a failing check shows as `exits 3` for site `s3`. Doubles are written as in the IR's text; `nan` stands for every NaN.
//! Reads and makes such lines; running them is up to the backends' tests.

use super::eval::{CANONICAL_NAN, Scalar};
use super::func::Func;
use super::module::{FuncId, Module};
use super::parse::{ParseError, parse};
use super::print::float_text;
use super::types::Type;

/// One line.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// 1-based, in the file.
    pub line: u32,
    pub func: FuncId,
    pub args: Vec<Scalar>,
    pub expected: Outcome,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Returns(Option<Scalar>),
    Exits(i32),
}

/// A filetest: its module and its runs in the order of the file.
pub fn parse_runs(text: &str) -> Result<(Module, Vec<Run>), ParseError> {
    let module = parse(text)?;
    let mut runs = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if let Some(rest) = line.trim_start().strip_prefix(";; run:") {
            let fail = |message: String| ParseError { line: i as u32 + 1, message };
            runs.push(parse_run(&module, i as u32 + 1, rest).map_err(fail)?);
        }
    }
    Ok((module, runs))
}

fn parse_run(module: &Module, line: u32, text: &str) -> Result<Run, String> {
    let text = text.trim().strip_prefix('@').ok_or("a run starts with `@` and a function's name")?;
    let (name, rest) = text.split_once('(').ok_or("the arguments stand in brackets")?;
    let (args, rest) = rest.split_once(')').ok_or("the arguments stand in brackets")?;
    let found = module.funcs.iter().find(|(_, f)| f.name == name);
    let (func, data) = found.ok_or_else(|| format!("no function @{name}"))?;
    let words: Vec<&str> = args.split(',').map(str::trim).filter(|w| !w.is_empty()).collect();
    if words.len() != data.params().len() {
        return Err(format!("@{name} has {} parameters", data.params().len()));
    }
    let args = words.iter().zip(data.param_types()).map(|(w, t)| parse_scalar(w, t)).collect::<Result<_, _>>()?;
    Ok(Run { line, func, args, expected: parse_outcome(rest.trim(), data)? })
}

fn parse_outcome(text: &str, func: &Func) -> Result<Outcome, String> {
    if let Some(code) = text.strip_prefix("exits ") {
        return code.trim().parse().map(Outcome::Exits).map_err(|_| format!("`{code}` is no exit code"));
    }
    match (text.strip_prefix("=="), func.result) {
        (Some(value), Some(ty)) => Ok(Outcome::Returns(Some(parse_scalar(value.trim(), ty)?))),
        (None, None) if text.is_empty() => Ok(Outcome::Returns(None)),
        _ => Err(format!("`{text}` does not fit the result of @{}", func.name)),
    }
}

/// Reads a constant of a type.
pub fn parse_scalar(word: &str, ty: Type) -> Result<Scalar, String> {
    let value = match ty {
        Type::Bool => word.parse().ok().map(Scalar::Bool),
        Type::I32 => word.parse().ok().map(Scalar::I32),
        Type::I64 => word.parse().ok().map(Scalar::I64),
        Type::F64 if word == "nan" => Some(Scalar::F64(CANONICAL_NAN)),
        Type::F64 => word.parse().ok().map(Scalar::f64),
        Type::Any | Type::Ref { .. } | Type::Func(_) => None,
    };
    value.ok_or_else(|| format!("`{word}` is no constant of that type"))
}

/// A constant as the lines write it.
pub fn scalar_text(value: Scalar) -> String {
    match value {
        Scalar::Bool(b) => b.to_string(),
        Scalar::I32(n) => n.to_string(),
        Scalar::I64(n) => n.to_string(),
        Scalar::F64(bits) => float_text(bits),
    }
}

/// The line that says what a call must give.
pub fn run_text(name: &str, args: &[Scalar], expected: Outcome) -> String {
    let args: Vec<String> = args.iter().map(|&a| scalar_text(a)).collect();
    let outcome = match expected {
        Outcome::Returns(None) => String::new(),
        Outcome::Returns(Some(value)) => format!(" == {}", scalar_text(value)),
        Outcome::Exits(code) => format!(" exits {code}"),
    };
    format!(";; run: @{name}({}){outcome}", args.join(", "))
}
