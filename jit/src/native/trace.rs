//! Call traces: who called whom when a program ended in an error.

use crate::bytecode::Program;
use compiler::ir::place::shown_name;
use compiler::source::Span;
use std::collections::{HashMap, VecDeque};

/// The calls that led to an error: the instructions that frames stand at, innermost first; without the trap function and what it
/// called, if that is what ended the program. `below` is an instruction between the trap function and the rest.
pub fn frames(program: &Program, instructions: impl Iterator<Item = u32>, below: Option<u32>) -> Trace {
    let mut trace = Trace::default();
    // Of endless recursion there are millions, which stand at the same instruction.
    let mut last = None;
    for instruction in instructions {
        if last != Some(instruction) {
            let Some(func) = program.func_at(instruction) else { continue };
            if program.trap.is_some_and(|trap| trap as usize == func) {
                trace.instructions = below.into_iter().collect();
                continue;
            }
            last = Some(instruction);
        }
        trace.instructions.push(instruction);
    }
    trace
}

/// A call stack: the instructions that frames stand at, innermost first.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    pub instructions: Vec<u32>,
}

/// The functions of the user's that are active at an instruction, innermost first, with the places that they stand at.
type Active<'p> = Vec<(&'p str, Span)>;

impl Trace {
    /// Of a long trace both ends are shown.
    const INNER: usize = 12;
    const OUTER: usize = 8;

    /// What is active, frame by frame. There can be millions, at few different instructions.
    fn each<'p>(&self, program: &'p Program, is_users: &dyn Fn(Span) -> bool, found: &mut dyn FnMut(&Active<'p>) -> bool) {
        let mut known: HashMap<u32, Active<'p>> = HashMap::new();
        for same in self.instructions.chunk_by(|a, b| a == b) {
            let active = known.entry(same[0]).or_insert_with(|| active_at(program, same[0], is_users));
            if !same.iter().all(|_| found(active)) {
                return;
            }
        }
    }

    /// The place of the innermost function of the user's.
    pub fn place(&self, program: &Program, is_users: &dyn Fn(Span) -> bool) -> Option<Span> {
        let mut place = None;
        self.each(program, is_users, &mut |active| {
            place = active.first().map(|&(_, at)| at);
            place.is_none()
        });
        place
    }

    /// The lines to print, given how to show a place of the user's.
    pub fn lines(&self, program: &Program, locate: &dyn Fn(Span) -> Option<String>) -> Vec<String> {
        let is_users = |span| locate(span).is_some();
        let (mut inner, mut outer, mut count) = (Vec::new(), VecDeque::new(), 0);
        self.each(program, &is_users, &mut |active| {
            for &line in active {
                if count < Trace::INNER {
                    inner.push(line);
                } else {
                    outer.push_back(line);
                }
                if outer.len() > Trace::OUTER {
                    outer.pop_front();
                }
                count += 1;
            }
            true
        });
        let left_out = count - inner.len() - outer.len();
        let line = |(name, at): (&str, Span)| locate(at).map(|place| format!("  at {name} ({place})"));
        let mut lines: Vec<String> = inner.into_iter().filter_map(line).collect();
        if left_out > 0 {
            lines.push(format!("  ... {left_out} more"));
        }
        lines.extend(outer.into_iter().filter_map(line));
        lines
    }
}

fn active_at<'p>(program: &'p Program, instruction: u32, is_users: &dyn Fn(Span) -> bool) -> Active<'p> {
    let Some(func) = program.func_at(instruction) else { return Active::new() };
    let Some(place) = program.place_of(instruction, func) else { return Active::new() };
    let func = &program.funcs[func];
    let active = compiler::ir::active(&func.name, func.span, &func.frames, place).into_iter();
    active.filter_map(|active| Some((shown_name(active.name), active.users_place(is_users)?))).collect()
}
