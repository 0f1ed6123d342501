//! Custom sections for people and tools: the names of functions, and where code comes from.
//!
//! `mochi.positions`, for call traces, is this, numbers as unsigned LEB128 and texts with their length before them:
//!
//! ```text
//!   file count, file names
//!   function count, then for each: function index, entry count, then for each entry:
//!     byte offset in the function's body (as a difference from the entry before), file, line, column
//!   line count, then for each line that a position names: file, line, its text
//! ```

use super::Location;
use crate::source::Span;
use std::borrow::Cow;
use std::collections::BTreeMap;
use wasm_encoder::{CustomSection, Encode, NameMap, NameSection};

pub const POSITIONS: &str = "mochi.positions";

pub fn section(funcs: &[(u32, String)]) -> NameSection {
    let mut map = NameMap::new();
    for (index, name) in funcs {
        map.append(*index, name);
    }
    let mut section = NameSection::new();
    section.functions(&map);
    section
}

pub fn positions(funcs: &[(u32, Vec<(u32, Span)>)], locate: &dyn Fn(Span) -> Option<Location>) -> CustomSection<'static> {
    let mut files: Vec<String> = Vec::new();
    let mut lines: BTreeMap<(u32, u32), String> = BTreeMap::new();
    let mut body = Vec::new();
    (funcs.len() as u32).encode(&mut body);
    for (index, spans) in funcs {
        let mut entries: Vec<(u32, usize, u32, u32)> = Vec::new();
        for &(offset, span) in spans {
            let Some(place) = locate(span) else { continue };
            let file = files.iter().position(|f| *f == place.file).unwrap_or_else(|| {
                files.push(place.file);
                files.len() - 1
            });
            entries.push((offset, file, place.line, place.column));
            lines.entry((file as u32, place.line)).or_insert(place.text);
        }
        index.encode(&mut body);
        (entries.len() as u32).encode(&mut body);
        let mut before = 0;
        for (offset, file, line, column) in entries {
            for number in [offset - before, file as u32, line, column] {
                number.encode(&mut body);
            }
            before = offset;
        }
    }
    let mut data = Vec::new();
    (files.len() as u32).encode(&mut data);
    files.iter().for_each(|f| f.as_str().encode(&mut data));
    data.extend(body);
    (lines.len() as u32).encode(&mut data);
    for ((file, line), text) in &lines {
        file.encode(&mut data);
        line.encode(&mut data);
        text.as_str().encode(&mut data);
    }
    CustomSection { name: POSITIONS.into(), data: Cow::Owned(data) }
}
