//! The formatter: one canonical layout for a text.
//!
//! `format` promises: the result means the same (its tree has the same text form), it has every comment, and formatting
//! it again changes nothing. It checks the first two itself and returns the text unchanged where it
//! would break them. A text with syntax errors is returned unchanged, with the diagnostics. The rules of the
//! layout are in docs/fmt.md.

mod comments;
mod decls;
mod doc;
mod exprs;
mod query;
mod stmts;
#[cfg(test)]
mod tests;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};
use crate::syntax::ast::{Ids, Program};
use crate::syntax::lexer::lex;
use crate::syntax::symbol::Names;
use crate::syntax::token::Comment;
use crate::syntax::{ParseOptions, dump, parse};

/// The text in its canonical layout, or unchanged where a diagnostic is a syntax error.
pub fn format(file: FileId, text: &str) -> (String, Vec<Diagnostic>) {
    let (formatted, diagnostics, same) = format_and_compare(file, text);
    debug_assert!(same, "the layout changed the meaning");
    (formatted, diagnostics)
}

/// `format`, and whether the layout kept the tree and the comments; the text is unchanged where it did not.
pub fn format_and_compare(file: FileId, text: &str) -> (String, Vec<Diagnostic>, bool) {
    let before = Parsed::new(file, text);
    if !before.diagnostics.iter().all(formattable) {
        return (text.to_string(), before.diagnostics.into_iter().map(Diagnostic::helped).collect(), true);
    }
    let formatted = layout(&before, text);
    let after = Parsed::new(file, &formatted);
    let same = after.diagnostics.iter().all(formattable)
        && dump(&before.program, &before.names) == dump(&after.program, &after.names)
        && sorted_comments(&before.comments, text) == sorted_comments(&after.comments, &formatted);
    (if same { formatted } else { text.to_string() }, before.diagnostics, same)
}

struct Parsed {
    program: Program,
    names: Names,
    comments: Vec<Comment>,
    diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    fn new(file: FileId, text: &str) -> Parsed {
        let names = Names::new();
        // The prelude is formatted too, so its dialect is not a mistake here.
        let options = ParseOptions { prelude: true, start: 0 };
        let (program, diagnostics) = parse(file, text, &names, &mut Ids::default(), options);
        let comments = lex(file, text, &names).comments;
        Parsed { program, names, comments, diagnostics }
    }
}

/// Whether the tree is whole in spite of the diagnostic.
fn formattable(diagnostic: &Diagnostic) -> bool {
    !diagnostic.is_error() || diagnostic.code.leaves_the_tree_whole()
}

fn layout(parsed: &Parsed, text: &str) -> String {
    let mut formatter = Formatter { text, comments: &parsed.comments, placed: vec![false; parsed.comments.len()] };
    formatter.program(&parsed.program).print()
}

/// The comments' texts, in an order that does not depend on where they stand.
fn sorted_comments(comments: &[Comment], text: &str) -> Vec<String> {
    let mut texts: Vec<String> = comments.iter().map(|comment| comment.span.of(text).trim_end().replace('\r', "")).collect();
    texts.sort();
    texts
}

struct Formatter<'a> {
    text: &'a str,
    /// All comments, in the order of the text.
    comments: &'a [Comment],
    /// Which comments are in the document already.
    placed: Vec<bool>,
}

impl<'a> Formatter<'a> {
    /// The text that a span covers.
    fn source(&self, span: Span) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Whether the text has a line end between two places.
    fn line_between(&self, start: u32, end: u32) -> bool {
        self.text.get(start as usize..end as usize).is_some_and(|text| text.contains('\n'))
    }

    /// The place from `from` on of the first character that is neither white space, separator nor in a comment.
    fn code_start(&self, from: u32) -> u32 {
        let mut at = from;
        while let Some(rest) = self.text.get(at as usize..) {
            let blank = |c: char| c.is_whitespace() || matches!(c, ';' | ',' | '\u{feff}');
            at += rest.find(|c| !blank(c)).unwrap_or(rest.len()) as u32;
            match self.comments.binary_search_by_key(&at, |comment| comment.span.start) {
                Ok(index) => at = self.comments[index].span.end,
                Err(_) => break,
            }
        }
        at
    }
}
