//! Custom sections for people and tools: names, and where code comes from.
//!
//! `mochi.positions`, for call traces, is this, numbers as unsigned LEB128 and texts with their length before them:
//!
//! ```text
//!   file count, file names
//!   name count, names of functions
//!   stack count, then for each: name, file, line, column, the stack of the function around it + 1, or 0
//!   function count, then for each: function index, entry count, then for each entry:
//!     byte offset in the function's body (as a difference from the entry before), stack + 1, or 0 if none is shown
//!   line count, then for each line that a stack names: file, line, its text
//! ```
//! A stack is what the user sees of a place: the function there, and those that it was inlined into.

use super::Location;
use super::assembly::Assembly;
use crate::hash::HashMap;
use crate::ir::place::shown_name;
use crate::ir::{Func, FuncId, Module, Place};
use crate::source::Span;
use std::borrow::Cow;
use std::collections::BTreeMap;
use wasm_encoder::{CustomSection, Encode, IndirectNameMap, NameMap, NameSection};

pub const POSITIONS: &str = "mochi.positions";

/// The names of functions, and if they are wanted those of types, fields and globals.
pub fn section(asm: &Assembly, funcs: &[(u32, String)], everything: bool) -> NameSection {
    let map = |names: &mut dyn Iterator<Item = (u32, &str)>| {
        let mut map = NameMap::new();
        names.for_each(|(index, name)| map.append(index, name));
        map
    };
    let mut section = NameSection::new();
    section.functions(&map(&mut funcs.iter().map(|(index, name)| (*index, name.as_str()))));
    if everything {
        let (types, fields) = asm.types.names(asm.module);
        section.types(&map(&mut (0..).zip(types.iter().map(String::as_str))));
        section.globals(&map(&mut (0..).zip(asm.global_names().iter().map(String::as_str))));
        let mut indirect = IndirectNameMap::new();
        for (index, fields) in fields {
            indirect.append(index, &map(&mut (0..).zip(fields)));
        }
        section.fields(&indirect);
    }
    section
}

/// A function's index, the function, and what its code from a byte offset on comes from.
pub type Placed = (u32, FuncId, Vec<(u32, Option<Place>)>);

pub fn positions(module: &Module, funcs: &[Placed], locate: &dyn Fn(Span) -> Option<Location>) -> CustomSection<'static> {
    let mut stacks = Stacks::default();
    let mut body = Vec::new();
    (funcs.len() as u32).encode(&mut body);
    for (index, id, places) in funcs {
        let func = &module.funcs[*id];
        let mut entries: Vec<(u32, u32)> = Vec::new();
        for &(offset, place) in places {
            let stack = place.map_or(0, |place| stacks.of(func, place, locate));
            if entries.last().map_or(stack != 0, |&(_, last)| last != stack) {
                entries.push((offset, stack));
            }
        }
        index.encode(&mut body);
        (entries.len() as u32).encode(&mut body);
        let mut before = 0;
        for (offset, stack) in entries {
            (offset - before).encode(&mut body);
            stack.encode(&mut body);
            before = offset;
        }
    }
    let mut data = Vec::new();
    for texts in [&stacks.files, &stacks.names] {
        (texts.list.len() as u32).encode(&mut data);
        texts.list.iter().for_each(|text| text.as_str().encode(&mut data));
    }
    (stacks.list.len() as u32).encode(&mut data);
    stacks.list.iter().flatten().for_each(|number| number.encode(&mut data));
    data.extend(body);
    (stacks.lines.len() as u32).encode(&mut data);
    for ((file, line), text) in &stacks.lines {
        file.encode(&mut data);
        line.encode(&mut data);
        text.as_str().encode(&mut data);
    }
    CustomSection { name: POSITIONS.into(), data: Cow::Owned(data) }
}

/// Texts by number, each once.
#[derive(Default)]
struct Texts {
    list: Vec<String>,
    known: HashMap<String, u32>,
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&known) = self.known.get(text) {
            return known;
        }
        self.list.push(text.to_string());
        self.known.insert(text.to_string(), self.list.len() as u32 - 1);
        self.list.len() as u32 - 1
    }
}

/// The stacks of a module, each once.
#[derive(Default)]
struct Stacks {
    files: Texts,
    names: Texts,
    /// Name, file, line, column, outer stack + 1.
    list: Vec<[u32; 5]>,
    known: HashMap<[u32; 5], u32>,
    lines: BTreeMap<(u32, u32), String>,
    places: HashMap<Span, Option<[u32; 3]>>,
}

impl Stacks {
    /// The stack of a place + 1, or 0 if none of its functions is the user's.
    fn of(&mut self, func: &Func, place: Place, locate: &dyn Fn(Span) -> Option<Location>) -> u32 {
        let mut outer = 0;
        for active in func.active(place).into_iter().rev() {
            let at = active.users_place(|span| self.located(span, locate).is_some());
            let Some([file, line, column]) = at.and_then(|at| self.located(at, locate)) else { continue };
            let stack = [self.names.number(shown_name(active.name)), file, line, column, outer];
            outer = match self.known.get(&stack) {
                Some(&known) => known,
                None => {
                    self.list.push(stack);
                    self.known.insert(stack, self.list.len() as u32);
                    self.list.len() as u32
                }
            };
        }
        outer
    }

    /// File, line and column of a place of the user's.
    fn located(&mut self, span: Span, locate: &dyn Fn(Span) -> Option<Location>) -> Option<[u32; 3]> {
        if let Some(&known) = self.places.get(&span) {
            return known;
        }
        let found = locate(span).map(|at| {
            let file = self.files.number(&at.file);
            self.lines.entry((file, at.line)).or_insert(at.text);
            [file, at.line, at.column]
        });
        self.places.insert(span, found);
        found
    }
}
