//! Source files and places in them.
//!
//! A [`Span`] is a file and a half-open range of byte offsets, 12 bytes and `Copy`, so every node of
//! every representation can carry one. The [`SourceMap`] owns the texts and turns offsets into the
//! 1-based lines and columns that people read; columns count Unicode scalar values.
//!
//! This module reads no files: whoever does I/O adds a name and a text.

use std::borrow::Cow;
use std::cell::OnceCell;

/// A file of a [`SourceMap`], in the order of addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte; equal to `start` for a place between two characters.
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, start: u32, end: u32) -> Span {
        debug_assert!(start <= end);
        Span { file, start, end }
    }

    /// The smallest span that covers both, which are of the same file.
    pub fn to(self, other: Span) -> Span {
        debug_assert_eq!(self.file, other.file);
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span before the first byte.
    pub fn at_start(self) -> Span {
        Span { end: self.start, ..self }
    }

    /// The empty span after the last byte.
    pub fn at_end(self) -> Span {
        Span { start: self.end, ..self }
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The part of `text`, the text of this span's file, that the span covers; empty where it does not fit.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

/// A 1-based line and column; the column counts Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// One text and the places where its lines start.
#[derive(Clone, Debug)]
pub struct SourceFile {
    name: String,
    text: Cow<'static, str>,
    is_library: bool,
    /// Byte offset of the first character of each line, made when first asked for; the first entry is 0.
    line_starts: OnceCell<Vec<u32>>,
    is_ascii: OnceCell<bool>,
}

impl SourceFile {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is a part of the library.
    pub fn is_library(&self) -> bool {
        self.is_library
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(index, _)| index as u32 + 1);
            std::iter::once(0).chain(ends).collect()
        })
    }

    /// The number of lines; a text that ends in a newline has one more, empty, line.
    pub fn line_count(&self) -> u32 {
        self.line_starts().len() as u32
    }

    /// The text of a 1-based line without its line end; empty for a line that does not exist.
    pub fn line(&self, line: u32) -> &str {
        let Some(&start) = line.checked_sub(1).and_then(|i| self.line_starts().get(i as usize)) else {
            return "";
        };
        let end = self.line_starts().get(line as usize).map_or(self.text.len(), |&e| e as usize);
        self.text[(start as usize).max(self.mark())..end].trim_end_matches(['\n', '\r'])
    }

    /// The part of a line that excerpts show.
    pub fn excerpt_line(&self, line: u32) -> &str {
        const MOST: usize = 400;
        let text = self.line(line);
        match text.char_indices().nth(MOST) {
            Some((end, _)) => &text[..end],
            None => text,
        }
    }

    /// The byte offset where a 1-based line starts; the end of the text for a line past the last.
    pub fn line_offset(&self, line: u32) -> u32 {
        let start = line.checked_sub(1).and_then(|i| self.line_starts().get(i as usize));
        start.copied().unwrap_or(self.text.len() as u32)
    }

    /// The bytes of a byte order mark.
    pub fn mark(&self) -> usize {
        if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
    }

    /// Where a byte offset is; an offset past the end counts as the end, one inside a character as its start.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).max(self.mark()).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_starts().partition_point(|&start| start as usize <= offset);
        // Editors do not count the byte order mark.
        let start = (self.line_starts()[line - 1] as usize).max(self.mark()).min(offset);
        // A program can be one long line.
        let is_ascii = *self.is_ascii.get_or_init(|| self.text.is_ascii());
        let column = if is_ascii { offset - start } else { self.text[start..offset].chars().count() } as u32 + 1;
        Position { line: line as u32, column }
    }
}

/// All texts of one compilation.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    pub fn new() -> SourceMap {
        SourceMap::default()
    }

    /// Adds a text under the name that messages show. Texts of 4 GiB or more are the caller's mistake.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.push(name.into(), Cow::Owned(text.into()))
    }

    /// Adds a text of the library that is a part of the compiler.
    pub fn add_library(&mut self, name: impl Into<String>, text: impl Into<Cow<'static, str>>) -> FileId {
        let id = self.push(name.into(), text.into());
        self.files[id.0 as usize].is_library = true;
        id
    }

    fn push(&mut self, name: String, text: Cow<'static, str>) -> FileId {
        assert!(u32::try_from(text.len()).is_ok(), "source text of 4 GiB or more");
        self.files.push(SourceFile { name, text, is_library: false, line_starts: OnceCell::new(), is_ascii: OnceCell::new() });
        FileId(self.files.len() as u32 - 1)
    }

    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Every file with its id, in the order of addition.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(i, f)| (FileId(i as u32), f))
    }

    /// The name of a span's file.
    pub fn name(&self, span: Span) -> &str {
        self.file(span.file).name()
    }

    /// Whether a place is in the library. Such places are no part of what users are shown of their program.
    pub fn is_library(&self, span: Span) -> bool {
        self.file(span.file).is_library()
    }

    /// Line and column of a span's first character.
    pub fn position(&self, span: Span) -> Position {
        self.file(span.file).position(span.start)
    }

    /// A place as run-time errors show it: `-->`, the source line, a caret.
    pub fn excerpt(&self, span: Span) -> String {
        let Position { line, column } = self.position(span);
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        let (name, source, caret) = (self.name(span), self.file(span.file).excerpt_line(line), " ".repeat(column as usize));
        format!("  --> {name}:{line}:{column}\n{margin} |\n{number} | {source}\n{margin} |{caret}^\n")
    }

    /// The text that a span covers.
    pub fn snippet(&self, span: Span) -> &str {
        span.of(self.file(span.file).text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_do_not_count_the_byte_order_mark() {
        let mut map = SourceMap::new();
        let id = map.add("a.mochi", "\u{feff}x\ny");
        let file = map.file(id);
        assert_eq!((file.position(0), file.position(3)), (Position { line: 1, column: 1 }, Position { line: 1, column: 1 }));
        assert_eq!((file.position(4), file.position(5)), (Position { line: 1, column: 2 }, Position { line: 2, column: 1 }));
        assert_eq!((file.line(1), file.line(2)), ("x", "y"));
    }

    #[test]
    fn positions_count_characters() {
        let mut map = SourceMap::new();
        let id = map.add("a.mochi", "let é = 1\r\nprint(é)\n");
        let file = map.file(id);
        assert_eq!(file.position(0), Position { line: 1, column: 1 });
        assert_eq!(file.position(6), Position { line: 1, column: 6 }, "after the two bytes of é");
        assert_eq!(file.position(5), Position { line: 1, column: 5 }, "inside é counts as its start");
        assert_eq!(file.position(12), Position { line: 2, column: 1 });
        assert_eq!(file.position(9999), Position { line: 3, column: 1 });
        assert_eq!((file.line(1), file.line(2), file.line(3)), ("let é = 1", "print(é)", ""));
        assert_eq!((file.line(0), file.line(4), file.line_count()), ("", "", 3));
    }

    #[test]
    fn spans_join_and_cut() {
        let mut map = SourceMap::new();
        let id = map.add("a", "one two");
        let (one, two) = (Span::new(id, 0, 3), Span::new(id, 4, 7));
        assert_eq!(map.snippet(one.to(two)), "one two");
        assert_eq!(map.snippet(two), "two");
        assert_eq!(std::mem::size_of::<Span>(), 12);
        assert!(one.at_end().is_empty());
    }
}
