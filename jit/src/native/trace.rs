//! Call traces: who called whom when a program ended in an error.

use crate::bytecode::Program;
use compiler::source::Span;

/// A frame of a trace: the function, and where in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TraceFrame {
    pub func: usize,
    pub instruction: u32,
    pub span: Span,
}

impl TraceFrame {
    /// The place in the user's program; code of the library that was inlined there stands at what comes before it.
    fn users_span(&self, program: &Program, is_users: &dyn Fn(Span) -> bool) -> Option<Span> {
        let func = &program.funcs[self.func];
        if is_users(self.span) {
            return Some(self.span);
        }
        if !is_users(func.span) {
            return None;
        }
        let end = program.spans.partition_point(|s| s.0 <= self.instruction);
        let before = program.spans[..end].iter().rev().take_while(|s| s.0 >= func.entry).map(|s| s.1);
        Some(before.into_iter().find(|&span| is_users(span)).unwrap_or(func.span))
    }
}

/// The calls that led to an error, innermost first; without the trap function and what it called, if that is what ended the
/// program. `instructions` are those that each frame stands at, innermost first; `below` is one between the trap function and the
/// rest. Keeps both ends of a long trace and counts what is left out.
pub fn frames(program: &Program, instructions: impl Iterator<Item = u32>, below: Option<u32>) -> Trace {
    let mut trace = Trace::default();
    let mut cut = None;
    let frame =
        |instruction, func: usize| TraceFrame { func, instruction, span: program.span_of(instruction).unwrap_or(program.funcs[func].span) };
    for instruction in instructions {
        let Some(func) = program.func_at(instruction) else { continue };
        if program.trap.is_none_or(|trap| trap as usize != func) {
            if !is_repeated(&program.funcs[func].name, &mut cut) {
                trace.push(frame(instruction, func));
            }
            continue;
        }
        trace = Trace::default();
        cut = None;
        if let Some((instruction, func)) = below.and_then(|below| Some((below, program.func_at(below)?))) {
            is_repeated(&program.funcs[func].name, &mut cut);
            trace.push(frame(instruction, func));
        }
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

    /// The place of the innermost function of the user's.
    pub fn place(&self, program: &Program, is_users: &dyn Fn(Span) -> bool) -> Option<Span> {
        self.inner.iter().chain(&self.outer).find_map(|frame| frame.users_span(program, is_users))
    }

    /// The lines to print, given how to show a place.
    pub fn lines(&self, program: &Program, locate: &dyn Fn(Span) -> Option<String>) -> Vec<String> {
        // The prelude's functions are no part of the user's program.
        let is_users = |span| !locate(span).is_some_and(|place| place.starts_with("prelude/"));
        let line = |frame: &TraceFrame| {
            let span = frame.users_span(program, &is_users)?;
            let name = whole(&program.funcs[frame.func].name).unwrap_or(&program.funcs[frame.func].name);
            Some(match locate(span) {
                Some(place) => format!("  at {name} ({place})"),
                None => format!("  at {name}"),
            })
        };
        let mut lines: Vec<String> = self.inner.iter().filter_map(line).collect();
        if self.left_out > 0 {
            lines.push(format!("  ... {} more", self.left_out));
        }
        lines.extend(self.outer.iter().filter_map(line));
        lines
    }
}
