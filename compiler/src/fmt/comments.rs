//! Where comments go.
//!
//! Texts are laid out in items: statements, members, arms, elements of broken lists, clauses of queries. A comment
//! before an item stands above it, one behind it on the same line stays behind it. A comment inside an item that belongs to no
//! smaller one moves above the item, unless it is a `/* */` directly before an expression. None is lost.

use super::Formatter;
use super::doc::{Doc, text};
use crate::source::Span;
use crate::syntax::token::{Comment, CommentKind};
use std::borrow::Cow;
use std::ops::Range;

/// Items on lines of their own, being collected.
pub(super) struct Lines<'a> {
    pub(super) parts: Vec<Doc<'a>>,
    /// Whether empty lines of the text are kept, one of several.
    keep_blank: bool,
    /// Where the text of the next item, with its comments, begins.
    pub(super) from: u32,
    /// Block comments on the line of the next item, before it.
    inline: Vec<Doc<'a>>,
}

impl<'a> Lines<'a> {
    /// Items of the text from `from` on.
    pub(super) fn new(from: u32) -> Lines<'a> {
        Lines { parts: Vec::new(), keep_blank: true, from, inline: Vec::new() }
    }

    /// The same, without empty lines between them.
    pub(super) fn dense(from: u32) -> Lines<'a> {
        Lines { keep_blank: false, ..Lines::new(from) }
    }

    pub(super) fn into_doc(self) -> Doc<'a> {
        Doc::Concat(self.parts)
    }

    fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

impl<'a> Formatter<'a> {
    /// The comments that begin in a range of the text and were not placed yet.
    pub(super) fn unplaced(&self, range: Range<u32>) -> impl Iterator<Item = (usize, Comment)> + use<'a, '_> {
        let first = self.comments.partition_point(|comment| comment.span.start < range.start);
        let comments = self.comments[first..].iter().enumerate().map(move |(index, comment)| (first + index, *comment));
        comments.take_while(move |(_, comment)| comment.span.start < range.end).filter(|&(index, _)| !self.placed[index])
    }

    pub(super) fn has_comments(&self, range: Range<u32>) -> bool {
        self.unplaced(range).next().is_some()
    }

    fn take(&mut self, range: Range<u32>) -> Vec<Comment> {
        let found: Vec<(usize, Comment)> = self.unplaced(range).collect();
        found.iter().for_each(|&(index, _)| self.placed[index] = true);
        found.into_iter().map(|(_, comment)| comment).collect()
    }

    pub(super) fn comment_text(&self, comment: Comment) -> Cow<'a, str> {
        let text = comment.span.of(self.text).trim_end();
        if text.contains('\r') { Cow::Owned(text.replace('\r', "")) } else { Cow::Borrowed(text) }
    }

    /// Ends the line before a comment or an item that begins at `start`.
    fn next_line(&self, lines: &mut Lines<'a>, start: u32) {
        if lines.is_empty() {
            return;
        }
        if lines.keep_blank && self.blank_above(start) {
            lines.parts.push(Doc::Blank);
        }
        lines.parts.push(Doc::Hard);
    }

    /// Whether an empty line is directly above the line where `start` is the first thing.
    fn blank_above(&self, start: u32) -> bool {
        let before = &self.text.as_bytes()[..start as usize];
        let space = before.iter().rev().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b';' | b','));
        space.filter(|&&b| b == b'\n').count() >= 2
    }

    /// Places the comments before an item that begins at `start`.
    pub(super) fn leading(&mut self, lines: &mut Lines<'a>, start: u32) {
        lines.inline = self.inline(start);
        for comment in self.take(lines.from..start.max(lines.from)) {
            self.next_line(lines, comment.span.start);
            lines.parts.push(Doc::Text(self.comment_text(comment)));
        }
    }

    /// Adds an item, with the comments inside it that nothing smaller took above it, and those behind it.
    pub(super) fn item(&mut self, lines: &mut Lines<'a>, span: Span, doc: Doc<'a>, separator: &'static str) {
        self.next_line(lines, span.start);
        for comment in self.take(span.start..span.end) {
            lines.parts.push(Doc::Text(self.comment_text(comment)));
            lines.parts.push(Doc::Hard);
        }
        lines.parts.append(&mut lines.inline);
        lines.parts.push(doc);
        lines.parts.push(text(separator));
        lines.parts.extend(self.trailing(span.end));
        lines.from = span.end;
    }

    /// The comments that begin behind `end` on the same line, with nothing but separators between. A block comment
    /// that code follows belongs to the code.
    pub(super) fn trailing(&mut self, end: u32) -> Vec<Doc<'a>> {
        let mut docs = Vec::new();
        let mut end = end;
        loop {
            let start = self.skip_separators(end);
            let Some((_, comment)) = self.unplaced(start..start + 1).next() else { return docs };
            let one_line = self.is_inline(comment);
            if one_line && self.code_follows(comment.span.end) {
                return docs;
            }
            self.take(start..start + 1);
            docs.push(Doc::Suffix(self.comment_text(comment)));
            end = comment.span.end;
            if !one_line {
                return docs;
            }
        }
    }

    /// The comments between two places, each on a line of its own, but for the ones directly before the second.
    pub(super) fn own_lines(&mut self, from: u32, start: u32) -> Vec<Doc<'a>> {
        let end = self.adjacent(start).last().map_or(start, |&index| self.comments[index].span.start);
        let comments = self.take(from..end.max(from));
        comments.into_iter().flat_map(|comment| [Doc::Hard, Doc::Text(self.comment_text(comment))]).collect()
    }

    fn skip_separators(&self, from: u32) -> u32 {
        let rest = &self.text[from as usize..];
        let space = rest.find(|c| !matches!(c, ' ' | '\t' | ';' | ',')).unwrap_or(rest.len());
        from + space as u32
    }

    /// Whether something other than comments and closing brackets is on the rest of the line.
    fn code_follows(&self, from: u32) -> bool {
        let mut at = self.skip_separators(from);
        while let Ok(index) = self.comments.binary_search_by_key(&at, |comment| comment.span.start) {
            if !self.is_inline(self.comments[index]) {
                return false;
            }
            at = self.skip_separators(self.comments[index].span.end);
        }
        !matches!(self.text[at as usize..].chars().next(), None | Some('\n' | '\r' | ')' | ']' | '}'))
    }

    /// Whether a comment can stand between tokens on one line.
    fn is_inline(&self, comment: Comment) -> bool {
        comment.kind == CommentKind::Block && !comment.span.of(self.text).contains('\n')
    }

    /// The unplaced block comments directly before `start`, on its line, last one first.
    pub(super) fn adjacent(&self, start: u32) -> Vec<usize> {
        let mut found = Vec::new();
        let mut start = start;
        while let Some(index) = self.comments.partition_point(|comment| comment.span.start < start).checked_sub(1) {
            let comment = self.comments[index];
            let between = self.text.get(comment.span.end as usize..start as usize);
            let adjacent = between.is_some_and(|between| between.chars().all(|c| c == ' ' || c == '\t'));
            if self.placed[index] || !adjacent || !self.is_inline(comment) {
                break;
            }
            found.push(index);
            start = comment.span.start;
        }
        found
    }

    /// Places the block comments directly behind `end` on its line, with code behind them, each with a blank before it.
    pub(super) fn behind(&mut self, end: u32) -> Vec<Doc<'a>> {
        let mut found = Vec::new();
        let mut end = end;
        loop {
            let rest = self.text.get(end as usize..).unwrap_or("");
            let start = end + (rest.len() - rest.trim_start_matches([' ', '\t']).len()) as u32;
            match self.unplaced(start..start + 1).next() {
                Some((index, comment)) if self.is_inline(comment) => {
                    found.push(index);
                    end = comment.span.end;
                }
                _ => break,
            }
        }
        // Before a separator they belong to the whole element; see `trailing`.
        let after = self.text.get(end as usize..).unwrap_or("").trim_start_matches([' ', '\t']);
        if found.is_empty() || after.starts_with([',', ';']) || !self.code_follows(end) {
            return Vec::new();
        }
        let mut docs = Vec::new();
        for index in found {
            self.placed[index] = true;
            docs.push(text(" "));
            docs.push(Doc::Text(self.comment_text(self.comments[index])));
        }
        docs
    }

    /// A name that is declared, with the block comments beside it.
    pub(super) fn declared(&mut self, span: Span) -> Doc<'a> {
        let mut parts = self.inline(span.start);
        parts.push(text(self.source(span)));
        parts.extend(self.behind(span.end));
        Doc::Concat(parts)
    }

    /// Places the block comments directly before `start`, each with a blank behind it.
    pub(super) fn inline(&mut self, start: u32) -> Vec<Doc<'a>> {
        let mut docs = Vec::new();
        for index in self.adjacent(start).into_iter().rev() {
            self.placed[index] = true;
            docs.push(Doc::Text(self.comment_text(self.comments[index])));
            docs.push(text(" "));
        }
        docs
    }

    /// Whether a gap before an element has comments that need a line of their own.
    pub(super) fn gap_breaks(&self, from: u32, start: u32) -> bool {
        self.unplaced(from..start).count() > self.adjacent(start).len()
    }
}
