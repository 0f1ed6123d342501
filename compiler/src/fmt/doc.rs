//! Documents and their layout.
//!
//! A document says where a text may be broken; printing chooses. The algebra and the algorithm are those of
//! Wadler, "A prettier printer", in the form that Prettier made common: a group is laid out on one line where it fits,
//! else all its own lines are broken. Line comments are suffixes: they wait for the next line end.

use std::borrow::Cow;

/// Columns of a line.
pub(super) const WIDTH: usize = 100;
/// Columns of one step of indentation.
const STEP: usize = 2;

#[derive(Clone, Debug)]
pub(super) enum Doc<'a> {
    /// May hold line ends of its own (strings, block comments), which are not indented.
    Text(Cow<'a, str>),
    /// A blank where the group is on one line, else a line end.
    Line,
    /// Nothing where the group is on one line, else a line end.
    Soft,
    /// A line end; its groups are broken.
    Hard,
    /// An empty line: a line end without indentation.
    Blank,
    Concat(Vec<Doc<'a>>),
    Indent(Box<Doc<'a>>),
    Group {
        doc: Box<Doc<'a>>,
        broken: bool,
    },
    /// Elements with a comma each; lines are filled.
    Fill(Vec<Doc<'a>>),
    /// The first where the group is broken, else the second.
    IfBroken(Box<Doc<'a>>, Box<Doc<'a>>),
    /// A comment that goes to the end of the line.
    Suffix(Cow<'a, str>),
}

pub(super) fn text<'a>(text: impl Into<Cow<'a, str>>) -> Doc<'a> {
    Doc::Text(text.into())
}

pub(super) fn nil<'a>() -> Doc<'a> {
    Doc::Concat(Vec::new())
}

pub(super) fn concat<'a>(parts: impl IntoIterator<Item = Doc<'a>>) -> Doc<'a> {
    Doc::Concat(parts.into_iter().collect())
}

pub(super) fn indent(doc: Doc<'_>) -> Doc<'_> {
    Doc::Indent(Box::new(doc))
}

/// A group, broken from the start where it has a line end that must be.
pub(super) fn group(doc: Doc<'_>) -> Doc<'_> {
    let broken = doc.must_break();
    Doc::Group { doc: Box::new(doc), broken }
}

pub(super) fn broken_group(doc: Doc<'_>) -> Doc<'_> {
    Doc::Group { doc: Box::new(doc), broken: true }
}

pub(super) fn if_broken<'a>(broken: Doc<'a>, flat: Doc<'a>) -> Doc<'a> {
    Doc::IfBroken(Box::new(broken), Box::new(flat))
}

/// Documents with another between each two.
pub(super) fn join<'a>(docs: impl IntoIterator<Item = Doc<'a>>, between: &Doc<'a>) -> Doc<'a> {
    let mut parts = Vec::new();
    for doc in docs {
        if !parts.is_empty() {
            parts.push(between.clone());
        }
        parts.push(doc);
    }
    Doc::Concat(parts)
}

impl<'a> Doc<'a> {
    /// Whether a line end must be in it.
    pub(super) fn must_break(&self) -> bool {
        match self {
            Doc::Text(_) | Doc::Line | Doc::Soft | Doc::Suffix(_) => false,
            Doc::Hard | Doc::Blank => true,
            Doc::Concat(parts) | Doc::Fill(parts) => parts.iter().any(Doc::must_break),
            Doc::Indent(doc) => doc.must_break(),
            Doc::Group { doc: _, broken } => *broken,
            Doc::IfBroken(..) => false,
        }
    }

    /// The text of the document, ending in a line end unless it is empty.
    pub(super) fn print(&self) -> String {
        let mut printer = Printer { out: String::new(), column: 0, suffixes: Vec::new() };
        printer.run(Item { doc: self, indent: 0, flat: false });
        printer.flush_suffixes(0);
        if !printer.out.is_empty() {
            printer.out.push('\n');
        }
        printer.out
    }
}

/// What is between the elements of a fill.
const LINE: Doc<'static> = Doc::Line;

/// A document to be printed, with its indentation and whether its group is on one line.
#[derive(Clone, Copy)]
struct Item<'d, 'a> {
    doc: &'d Doc<'a>,
    indent: usize,
    flat: bool,
}

struct Printer<'d> {
    out: String,
    column: usize,
    suffixes: Vec<&'d str>,
}

impl<'d> Printer<'d> {
    fn run<'a>(&mut self, item: Item<'d, 'a>) {
        let mut stack = vec![item];
        while let Some(Item { doc, indent, flat }) = stack.pop() {
            match doc {
                Doc::Text(text) => self.write(text),
                Doc::Line if flat => self.write(" "),
                Doc::Soft if flat => {}
                Doc::Line | Doc::Soft | Doc::Hard => self.newline(indent),
                Doc::Blank => self.newline(0),
                Doc::Concat(parts) => stack.extend(parts.iter().rev().map(|doc| Item { doc, indent, flat })),
                Doc::Indent(inner) => stack.push(Item { doc: inner, indent: indent + STEP, flat }),
                Doc::Group { doc: inner, broken } => {
                    let item = Item { doc: inner, indent, flat: true };
                    let flat = flat || (!broken && self.fits(item, &stack));
                    stack.push(Item { flat, ..item });
                }
                Doc::Fill(items) => self.fill(items, indent, flat),
                Doc::IfBroken(broken, unbroken) => {
                    stack.push(Item { doc: if flat { unbroken } else { broken }, indent, flat });
                }
                Doc::Suffix(comment) => self.suffixes.push(comment),
            }
        }
    }

    /// Elements of one line each; a line is ended where the next one does not fit.
    fn fill<'a>(&mut self, items: &'d [Doc<'a>], indent: usize, flat: bool) {
        for (index, doc) in items.iter().enumerate() {
            if index > 0 {
                let width = flat_width(doc);
                if !flat && self.column + 1 + width > WIDTH {
                    self.newline(indent);
                } else {
                    self.write(" ");
                }
            }
            self.run(Item { doc, indent, flat });
        }
    }

    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.column = match text.rfind('\n') {
            Some(last) => text[last + 1..].chars().count(),
            None => self.column + text.chars().count(),
        };
    }

    fn newline(&mut self, indent: usize) {
        self.flush_suffixes(indent);
        while self.out.ends_with(' ') {
            self.out.pop();
        }
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    /// Writes the waiting comments; after one that takes the rest of its line, the next one gets a line of its own.
    fn flush_suffixes(&mut self, indent: usize) {
        let mut ended = false;
        for comment in std::mem::take(&mut self.suffixes) {
            if ended {
                self.out.push('\n');
                self.out.extend(std::iter::repeat_n(' ', indent));
            } else {
                self.out.push(' ');
            }
            self.out.push_str(comment);
            ended = !comment.starts_with("/*");
        }
    }

    /// Whether the item, laid out on one line, and what follows it up to the next line end fit.
    fn fits<'a>(&self, item: Item<'d, 'a>, rest: &[Item<'d, 'a>]) -> bool {
        let mut left = match WIDTH.checked_sub(self.column) {
            Some(left) => left,
            None => return false,
        };
        let mut todo = vec![item];
        let mut rest = rest.iter().rev();
        loop {
            let Some(Item { doc, indent, flat }) = todo.pop().or_else(|| rest.next().copied()) else { return true };
            match doc {
                Doc::Text(text) => {
                    let line = text.split('\n').next().unwrap_or_default();
                    match left.checked_sub(line.chars().count()) {
                        Some(after) => left = after,
                        None => return false,
                    }
                    if text.contains('\n') {
                        return true;
                    }
                }
                Doc::Line if flat => match left.checked_sub(1) {
                    Some(after) => left = after,
                    None => return false,
                },
                Doc::Soft if flat => {}
                Doc::Line | Doc::Soft | Doc::Hard | Doc::Blank => return true,
                Doc::Concat(parts) => todo.extend(parts.iter().rev().map(|doc| Item { doc, indent, flat })),
                Doc::Fill(parts) => {
                    let spaced = parts.iter().rev().flat_map(|doc| [doc, &LINE]);
                    todo.extend(spaced.take((parts.len() * 2).saturating_sub(1)).map(|doc| Item { doc, indent, flat }));
                }
                Doc::Indent(inner) => todo.push(Item { doc: inner, indent, flat }),
                // What follows may still be broken, so a group there is measured up to its first line.
                Doc::Group { doc: inner, broken } => todo.push(Item { doc: inner, indent, flat: flat && !broken }),
                Doc::IfBroken(broken, unbroken) => {
                    todo.push(Item { doc: if flat { unbroken } else { broken }, indent, flat });
                }
                Doc::Suffix(_) => {}
            }
        }
    }
}

pub(super) fn flat_width(doc: &Doc<'_>) -> usize {
    match doc {
        Doc::Text(text) => text.chars().count(),
        Doc::Line => 1,
        Doc::Soft | Doc::Hard | Doc::Blank | Doc::Suffix(_) => 0,
        Doc::Concat(parts) | Doc::Fill(parts) => parts.iter().map(flat_width).sum(),
        Doc::Indent(doc) | Doc::Group { doc, broken: _ } | Doc::IfBroken(_, doc) => flat_width(doc),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(count: usize) -> Doc<'static> {
        join((0..count).map(|_| text("abcdefghi")), &concat([text(","), Doc::Line]))
    }

    #[test]
    fn groups_break_only_where_they_must() {
        let list = |count| group(concat([text("["), indent(concat([Doc::Soft, words(count)])), Doc::Soft, text("]")]));
        assert_eq!(list(3).print(), "[abcdefghi, abcdefghi, abcdefghi]\n");
        assert_eq!(list(9).print().lines().count(), 1, "98 columns");
        assert_eq!(list(10).print().lines().count(), 12);
        assert!(list(10).print().starts_with("[\n  abcdefghi,\n"));
    }

    #[test]
    fn what_follows_a_group_counts() {
        let doc = concat([group(words(9)), text(" and more")]);
        assert!(doc.print().lines().count() > 1);
    }

    #[test]
    fn suffixes_wait_for_the_line_end() {
        let doc = concat([text("a"), Doc::Suffix("// one".into()), text(" b"), Doc::Hard, text("c")]);
        assert_eq!(doc.print(), "a b // one\nc\n");
        let doc = concat([text("a"), Doc::Suffix("// one".into()), Doc::Suffix("// two".into())]);
        assert_eq!(doc.print(), "a // one\n// two\n");
    }

    #[test]
    fn fill_packs_lines() {
        let items = (0..30).map(|_| text("12345,")).collect();
        let doc = concat([text("["), indent(concat([Doc::Hard, Doc::Fill(items)])), Doc::Hard, text("]")]);
        let printed = doc.print();
        assert_eq!(printed.lines().count(), 5);
        assert!(printed.lines().all(|line| line.len() <= WIDTH && !line.ends_with(' ')));
    }
}
