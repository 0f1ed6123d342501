//! Call traces: which functions were active when a program ended in an error.
//!
//! What the export `trap` called is left out. Places come from the custom section `mochi.positions`, which also knows what was
//! inlined where and what is the user's; functions without an entry are left out too. A module without that section shows the
//! functions below `trap` whose names have no dot:
//!
//! ```text
//!   file count, file names
//!   name count, names of functions
//!   stack count, then for each: name, file, line, column, the stack of the function around it + 1, or 0
//!   function count, then for each: function index, entry count, then for each entry:
//!     byte offset in the function's body (as a difference from the entry before), stack + 1, or 0 if none is shown
//!   line count, then for each line that a stack names: file, line, its text
//! ```
//! Numbers are unsigned LEB128, texts have their length before them.

use crate::TRAP;
use crate::program::Host;
use std::collections::HashMap;
use wasmtime::{Caller, Error, FrameInfo, WasmBacktrace};

/// The section's name.
pub const POSITIONS: &str = "mochi.positions";

/// An active function, innermost first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    pub name: String,
    /// `FILE:LINE:COLUMN` of the call that was active in it, if known.
    pub position: Option<String>,
}

impl std::fmt::Display for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.position {
            Some(position) => write!(f, "{} ({position})", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A trace as it is printed, a line a frame; of a long one both ends.
pub fn lines(trace: &[Frame]) -> String {
    const INNER: usize = 12;
    const OUTER: usize = 8;
    let line = |frame: &Frame| format!("  at {frame}\n");
    match trace.len().checked_sub(INNER + OUTER) {
        None | Some(0) => trace.iter().map(line).collect(),
        Some(left_out) => {
            let (inner, outer) = (&trace[..INNER], &trace[INNER + left_out..]);
            let inner: String = inner.iter().map(line).collect();
            let outer: String = outer.iter().map(line).collect();
            format!("{inner}  ... {left_out} more\n{outer}")
        }
    }
}

/// The frames below the function `trap`, or all of them if the program ends in an error of its own.
pub fn capture(caller: &mut Caller<'_, Host>) -> Vec<Frame> {
    let backtrace = WasmBacktrace::force_capture(&*caller);
    let (frames, positions) = (backtrace.frames(), &caller.data().positions);
    let is_trap = |name: &str| name == TRAP || name.ends_with(".trap");
    match frames.iter().position(|f| f.func_name().is_some_and(is_trap)) {
        Some(trap) => shown(&frames[trap + 1..], positions).0,
        None if positions.is_empty() => Vec::new(),
        None => shown(frames, positions).0,
    }
}

/// The frames that were active when the engine stopped the program, and the source line of the innermost as an error shows it.
pub fn of_error(error: &Error, positions: &[u8]) -> (Vec<Frame>, String) {
    match error.downcast_ref::<WasmBacktrace>() {
        Some(backtrace) => shown(backtrace.frames(), positions),
        None => Default::default(),
    }
}

fn shown(frames: &[FrameInfo], positions: &[u8]) -> (Vec<Frame>, String) {
    let positions = Positions::read(positions).unwrap_or_default();
    let mut excerpt = String::new();
    let mut all = Vec::new();
    for frame in frames {
        let Some(name) = frame.func_name() else { continue };
        if positions.funcs.is_empty() {
            if !name.contains('.') {
                all.push(Frame { name: name.to_owned(), position: None });
            }
            continue;
        }
        let mut next = frame.func_offset().and_then(|at| positions.find(frame.func_index(), at as u32));
        while let Some(stack) = next.and_then(|number| positions.stacks.get(number as usize)) {
            if all.is_empty() {
                excerpt = positions.excerpt(stack.place);
            }
            let name = positions.names.get(stack.name as usize).copied().unwrap_or("?");
            all.push(Frame { name: name.to_owned(), position: Some(positions.text(stack.place)) });
            next = stack.outer;
        }
    }
    (all, excerpt)
}

/// A place: file, line, column.
type Place = (u32, u32, u32);

/// A function that was active at a place, and the one it was inlined into.
#[derive(Clone, Copy)]
struct Stack {
    name: u32,
    place: Place,
    outer: Option<u32>,
}

/// The section, read.
#[derive(Default)]
struct Positions<'s> {
    files: Vec<&'s str>,
    names: Vec<&'s str>,
    stacks: Vec<Stack>,
    /// By function index: byte offsets in order, and the stacks from there on.
    funcs: HashMap<u32, Vec<(u32, Option<u32>)>>,
    lines: HashMap<(u32, u32), &'s str>,
}

impl<'s> Positions<'s> {
    fn read(section: &'s [u8]) -> Option<Positions<'s>> {
        let mut at = section;
        let mut texts = || (0..number(&mut at)?).map(|_| text(&mut at)).collect::<Option<Vec<&str>>>();
        let (files, names) = (texts()?, texts()?);
        let mut read = Positions { files, names, ..Positions::default() };
        for _ in 0..number(&mut at)? {
            let [name, file, line, column, outer] = [(); 5].map(|()| number(&mut at));
            read.stacks.push(Stack { name: name?, place: (file?, line?, column?), outer: outer?.checked_sub(1) });
        }
        for _ in 0..number(&mut at)? {
            let (index, entries) = (number(&mut at)?, number(&mut at)?);
            let mut here = 0;
            let mut all = Vec::new();
            for _ in 0..entries {
                here += number(&mut at)?;
                all.push((here, number(&mut at)?.checked_sub(1)));
            }
            read.funcs.insert(index, all);
        }
        for _ in 0..number(&mut at)? {
            let (file, line) = (number(&mut at)?, number(&mut at)?);
            read.lines.insert((file, line), text(&mut at)?);
        }
        Some(read)
    }

    /// The stack of the instruction at a byte offset of a function's body.
    fn find(&self, func: u32, offset: u32) -> Option<u32> {
        let entries = self.funcs.get(&func)?;
        let after = entries.partition_point(|&(here, _)| here <= offset);
        entries[after.checked_sub(1)?].1
    }

    fn text(&self, (file, line, column): Place) -> String {
        format!("{}:{line}:{column}", self.files.get(file as usize).unwrap_or(&"?"))
    }

    /// The place as an error shows it, with the source line and a caret under the column.
    fn excerpt(&self, place: Place) -> String {
        let (file, line, column) = place;
        let Some(source) = self.lines.get(&(file, line)) else { return format!("  --> {}\n", self.text(place)) };
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        let caret = " ".repeat(column as usize);
        format!("  --> {}\n{margin} |\n{number} | {source}\n{margin} |{caret}^\n", self.text(place))
    }
}

/// The contents of a module's section of positions; empty if there is none.
pub fn positions(wasm: &[u8]) -> Vec<u8> {
    find_section(wasm).unwrap_or_default().to_vec()
}

fn find_section(wasm: &[u8]) -> Option<&[u8]> {
    let mut at = wasm.strip_prefix(b"\0asm\x01\0\0\0")?;
    while let Some((&id, rest)) = at.split_first() {
        at = rest;
        let size = number(&mut at)? as usize;
        let (mut section, rest) = at.split_at_checked(size)?;
        at = rest;
        if id == 0 && text(&mut section) == Some(POSITIONS) {
            return Some(section);
        }
    }
    None
}

fn number(at: &mut &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = at.split_first()?;
        *at = rest;
        value |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn text<'t>(at: &mut &'t [u8]) -> Option<&'t str> {
    let length = number(at)? as usize;
    let (bytes, rest) = at.split_at_checked(length)?;
    *at = rest;
    std::str::from_utf8(bytes).ok()
}
