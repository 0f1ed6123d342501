//! The pages of `mochi explain`: what a code means, a program that has the mistake, and the program without it.
//!
//! The programs are in `examples.txt`, a section for each code: `== CODE LINE strict?`, the wrong program, `--`, the right one. A test
//! compiles all of them: the wrong one gives the code on the line and nothing else, the right one gives nothing. `docs/diagnostics.md`
//! is made of the same pages.

use super::Code;

const EXAMPLES: &str = include_str!("examples.txt");

/// Two programs that differ in one mistake.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Whether it takes the strict check to see the mistake.
    pub strict: bool,
    /// Where it is in the wrong program, from 1.
    pub line: u32,
    pub wrong: &'static str,
    pub right: &'static str,
}

/// Codes of the reference for which this compiler reports another one, and which.
pub const ELSEWHERE: [(Code, Code); 4] =
    [(Code::T011, Code::T008), (Code::T016, Code::P060), (Code::T021, Code::T020), (Code::T066, Code::T065)];

/// The example of a code. The nesting limit has none, since it takes hundreds of levels, nor has what other codes stand for.
pub fn example(code: Code) -> Option<Example> {
    let head = format!("== {} ", code.text());
    let section = EXAMPLES.split("\n== ").find(|section| section.trim_start_matches("== ").starts_with(&head[3..]))?;
    let (first, rest) = section.split_once('\n')?;
    let (wrong, right) = rest.split_once("--\n")?;
    let mut words = first.trim_start_matches("== ").split(' ').skip(1);
    let line = words.next()?.parse().ok()?;
    Some(Example { strict: words.next() == Some("strict"), line, wrong, right: right.trim_end() })
}

/// The page for a terminal.
pub fn text(code: Code) -> String {
    let mut out = format!("{}: {}\n\n{}\n", code.text(), code.title(), wrapped(code.explanation(), 90));
    if let Some(other) = elsewhere(code) {
        out += &format!("\nThis compiler reports {} instead.\n", other.text());
    }
    if let Some(example) = example(code) {
        let check = if example.strict { " (mochi check --strict)" } else { "" };
        out += &format!("\nWrong in line {}{check}:\n\n{}\nRight:\n\n{}", example.line, indented(example.wrong), indented(example.right));
    }
    out
}

/// The code that is reported in place of one.
pub fn elsewhere(code: Code) -> Option<Code> {
    ELSEWHERE.iter().find(|(other, _)| *other == code).map(|&(_, instead)| instead)
}

/// The page as a section of `docs/diagnostics.md`.
pub fn markdown(code: Code) -> String {
    let mut out = format!("### {}: {}\n\n{}\n", code.text(), code.title(), wrapped(code.explanation(), 140));
    if let Some(other) = elsewhere(code) {
        out += &format!("\nThis compiler reports {} instead.\n", other.text());
    }
    if let Some(example) = example(code) {
        let check = if example.strict { ", by the strict check" } else { "" };
        out += &format!(
            "\nWrong in line {}{check}:\n\n```mochi\n{}```\n\nRight:\n\n```mochi\n{}\n```\n",
            example.line, example.wrong, example.right
        );
    }
    out
}

fn indented(program: &str) -> String {
    program.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}

/// Lines of at most `width` characters, broken at blanks.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}
