//! Results for people.

use super::failed::Failed;
use super::layout::{Line, difference, lines};
use super::{Counts, Reporter};
use crate::blocks::{Program, Ran, Refused};
use crate::failure::Failure;
use anstream::println;
use std::path::Path;

const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";
/// Lines shown around a difference.
const CONTEXT: usize = 3;
/// Output of more lines than this is shown only at its end.
const MOST_LINES: usize = 200;

pub struct Report {
    /// Also that of blocks that pass.
    pub show_output: bool,
    /// Whether there are several backends, so that each must be named.
    pub several: bool,
    /// Whether there was a block.
    pub found: bool,
    pub timeout: Option<f64>,
}

impl Reporter for Report {
    fn refused(&mut self, file: &Path, refused: &Refused) {
        println!("{}", file.display());
        if !refused.diagnostics.is_empty() {
            println!("   {RED}does not compile{PLAIN}");
        }
        println!("{}\n", refused.text.trim_end());
    }

    fn file(&mut self, program: &Program) {
        self.found = true;
        println!("{}", program.file.display());
    }

    fn block(&mut self, program: &Program, place: usize, result: &Result<Ran, Failure>) -> bool {
        let (artifact, block) = program.at(place);
        let (backend, _) = &program.artifacts[artifact];
        let label = if self.several { format!("{} [{}]", block.name, backend.name()) } else { block.name.clone() };
        let ran = match result {
            Ok(ran) => ran,
            Err(failure) => {
                println!("   test {label} ... {RED}failed{PLAIN}");
                failure.show();
                return false;
            }
        };
        let time = ran.time.as_secs_f64() * 1000.0;
        let is_complete = ran.is_complete();
        let (colour, word) = if is_complete { (GREEN, "ok") } else { (RED, "failed") };
        println!("   test {label} ... {colour}{word}{PLAIN} ({time:.1}ms)");
        if !is_complete {
            explain(&Failed::of(ran, self.timeout));
        }
        if !ran.output().is_empty() && (self.show_output || !is_complete) {
            println!("   {BOLD}output{PLAIN}");
            output(&String::from_utf8_lossy(ran.output()));
        }
        is_complete
    }

    fn summary(&mut self, counts: &Counts) {
        if !self.found && counts.filtered_out == 0 && counts.not_compiled == 0 {
            println!("no tests are found: a test is a block `test \"name\" {{ expect ... }}`");
        }
        let mut text = format!("{} passed, {} failed", counts.passed, counts.failed);
        let more = [(counts.filtered_out, "filtered out"), (counts.not_run, "not run")];
        for (count, what) in more.into_iter().filter(|(count, _)| *count > 0) {
            text += &format!(", {count} {what}");
        }
        match counts.not_compiled {
            0 => {}
            1 => text += ", 1 file does not compile",
            files => text += &format!(", {files} files do not compile"),
        }
        println!("{}{text}{PLAIN}", if counts.is_good() { GREEN } else { RED });
    }
}

fn explain(failed: &Failed) {
    println!("{RED}{BOLD}error{PLAIN}{BOLD}: {}{PLAIN}", failed.message);
    if !failed.excerpt.is_empty() {
        println!("{}", failed.excerpt);
    }
    if let Some((left, operator, right)) = &failed.sides {
        sides(&lines(left), operator, &lines(right));
    }
    failed.trace.iter().for_each(|call| println!("   {call}"));
}

fn sides(left: &[String], operator: &str, right: &[String]) {
    if operator != "==" || left.len() == 1 || right.len() == 1 {
        side(" left", left);
        return side("right", right);
    }
    println!("   {RED}- left{PLAIN}, {GREEN}+ right{PLAIN}");
    let lines = difference(left, right);
    let is_near =
        |at: usize| lines[at.saturating_sub(CONTEXT)..lines.len().min(at + CONTEXT + 1)].iter().any(|line| !matches!(line, Line::Same(_)));
    let mut was_shown = true;
    for (at, line) in lines.iter().enumerate() {
        match line {
            Line::Same(text) if is_near(at) => println!("     {text}"),
            Line::Same(_) if was_shown => println!("     ..."),
            Line::Same(_) => {}
            Line::Left(text) => println!("   {RED}- {text}{PLAIN}"),
            Line::Right(text) => println!("   {GREEN}+ {text}{PLAIN}"),
        }
        was_shown = is_near(at);
    }
}

fn side(name: &str, value: &[String]) {
    match value {
        [line] => println!("   {name}: {line}"),
        lines => {
            println!("   {name}:");
            lines.iter().for_each(|line| println!("     {line}"));
        }
    }
}

fn output(text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    let left_out = lines.len().saturating_sub(MOST_LINES);
    if left_out > 0 {
        println!("     ... {left_out} lines before");
    }
    lines[left_out..].iter().for_each(|line| println!("     {line}"));
}
