//! Call traces: who called whom when a program ended in an error.

use crate::bytecode::{Opcode, Program};
use compiler::source::Span;

/// A frame of a trace: the function, and where in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TraceFrame {
    pub func: usize,
    pub span: Span,
}

/// The calls that led to an error, innermost first; without the trap function and what it called, if that is what ended the
/// program. `instructions` are those that each frame stands at, innermost first. Keeps both ends of a long trace and counts the
/// rest.
pub fn frames(program: &Program, instructions: impl Iterator<Item = u32>) -> Trace {
    let mut trace = Trace::default();
    let mut cut = None;
    for instruction in instructions {
        let Some(func) = program.func_at(instruction) else { continue };
        if program.trap.is_some_and(|trap| trap as usize == func) {
            trace = Trace::default();
            cut = None;
            continue;
        }
        if is_repeated(&program.funcs[func].name, &mut cut) {
            continue;
        }
        let ins = &program.code[instruction as usize];
        let span = match ins.op {
            Opcode::Trap => program.sites.get(ins.x as usize).copied(),
            _ => program.span_of(instruction),
        };
        trace.push(TraceFrame { func, span: span.unwrap_or(program.funcs[func].span) });
    }
    trace
}

/// The function that `f.part.N` is a part of (see the pass `split`).
fn whole(name: &str) -> Option<&str> {
    let (whole, number) = name.rsplit_once(".part.")?;
    number.bytes().all(|b| b.is_ascii_digit()).then_some(whole)
}

/// Whether the function is only in the trace because a part of it is, which is shown already: the function itself and other
/// parts of it, further out. `cut` is the function whose part was seen last.
fn is_repeated<'n>(name: &'n str, cut: &mut Option<&'n str>) -> bool {
    let of = whole(name);
    match *cut {
        Some(function) if function == name => {
            *cut = None;
            true
        }
        Some(function) if of == Some(function) => true,
        _ => {
            *cut = of;
            false
        }
    }
}

/// The outline of a call stack.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    pub inner: Vec<TraceFrame>,
    pub left_out: u64,
    pub outer: std::collections::VecDeque<TraceFrame>,
}

impl Trace {
    const INNER: usize = 12;
    const OUTER: usize = 8;

    fn push(&mut self, frame: TraceFrame) {
        if self.inner.len() < Trace::INNER {
            return self.inner.push(frame);
        }
        self.outer.push_back(frame);
        if self.outer.len() > Trace::OUTER {
            self.outer.pop_front();
            self.left_out += 1;
        }
    }

    /// The lines to print, given how to show a place.
    pub fn lines(&self, program: &Program, locate: &dyn Fn(Span) -> Option<String>) -> Vec<String> {
        let line = |frame: &TraceFrame| {
            let name = &program.funcs[frame.func].name;
            let name = whole(name).unwrap_or(name);
            match locate(frame.span) {
                Some(place) => format!("  at {name} ({place})"),
                None => format!("  at {name}"),
            }
        };
        // The prelude's functions are no part of the user's program.
        let is_users = |frame: &&TraceFrame| !locate(frame.span).is_some_and(|place| place.starts_with("prelude/"));
        let mut lines: Vec<String> = self.inner.iter().filter(is_users).map(line).collect();
        if self.left_out > 0 {
            lines.push(format!("  ... {} more", self.left_out));
        }
        lines.extend(self.outer.iter().filter(is_users).map(line));
        lines
    }
}
