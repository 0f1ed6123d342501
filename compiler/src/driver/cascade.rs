//! Errors that only follow from syntax errors.
//!
//! Where a statement was skipped, the names that it declares are not known, and what was read of its line may be anything. An unknown
//! name that also stands in skipped text, and anything else wrong on a line with a syntax error, is therefore not reported until the
//! syntax error is gone. A file without syntax errors keeps every error.

use crate::diagnostic::{Code, Diagnostic, Label};
use crate::hash::{HashMap, HashSet};
use crate::hir::Builtin;
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::ast;
use crate::syntax::token::TokenKind;

/// Removes what the kinds of values show to be wrong where it may follow from an error that is reported already: on the line of one,
/// and, after syntax errors, wherever a name is involved that also stands in text that was skipped, since what is done to it there is
/// not known. Values of wrong expressions count as unknown there, so errors of names need no more.
pub fn remove_sure(sources: &SourceMap, files: &[ast::Program], reported: &[Diagnostic], found: &mut Vec<Diagnostic>) {
    let errors = reported.iter().filter(|diagnostic| diagnostic.is_error());
    let on_lines: HashSet<(FileId, u32)> = errors.flat_map(|diagnostic| lines(sources, diagnostic.span())).collect();
    if on_lines.is_empty() {
        return;
    }
    let mut lost: HashSet<&str> = HashSet::default();
    files.iter().flat_map(|file| &file.broken).for_each(|&span| lost.extend(words(sources.snippet(span))));
    let declared = declared_in_broken_headers(sources, reported);
    // A builtin or a word of the language does nothing to a value because it stands in skipped text.
    lost.retain(|word| {
        TokenKind::keyword(word).is_none() && Builtin::from_name(word).is_none() && !word.starts_with(|c: char| c.is_ascii_digit())
    });
    found.retain(|diagnostic| {
        let labels = &diagnostic.labels;
        let follows = labels.iter().any(|label| lines(sources, label.span).iter().any(|line| on_lines.contains(line)));
        let unknown = labels.iter().any(|label| {
            let line = sources.file(label.span.file).line(sources.position(label.span).line);
            words(line).any(|word| lost.contains(word) || declared.contains(word))
        });
        !follows && !unknown
    });
}

/// The words of declarations that a syntax error stands in, up to the value or the body: what is declared may be something else.
fn declared_in_broken_headers<'a>(sources: &'a SourceMap, reported: &[Diagnostic]) -> HashSet<&'a str> {
    let syntax = reported.iter().filter(|diagnostic| diagnostic.is_error() && diagnostic.code.text().starts_with('P'));
    let headers = syntax.filter_map(|diagnostic| {
        let line = sources.file(diagnostic.span().file).line(sources.position(diagnostic.span()).line);
        let declares = words(line).next().is_some_and(|word| matches!(word, "fun" | "export" | "intent" | "let" | "var"));
        declares.then(|| line.split(['{', '=']).next().unwrap_or(line))
    });
    let is_type = |word: &str| matches!(word, "int" | "float" | "string" | "bool" | "list" | "map" | "any");
    headers.flat_map(words).filter(|word| TokenKind::keyword(word).is_none() && !is_type(word)).collect()
}

/// Removes from what the resolver found what follows from what the parser found. A bracket that is missing or too many ends blocks too
/// early: after a syntax error no loop may be around a `break` that has one, and a name that was declared above may not be visible.
pub fn remove(sources: &SourceMap, files: &[ast::Program], parsed: &[Diagnostic], found: &mut Vec<Diagnostic>) {
    let syntax = parsed.iter().filter(|diagnostic| diagnostic.is_error() && diagnostic.code != Code::M011);
    let lines: HashSet<(FileId, u32)> = syntax.flat_map(|diagnostic| lines(sources, diagnostic.span())).collect();
    if lines.is_empty() {
        return;
    }
    let scopes = Scopes::after(sources, parsed);
    let mut lost: HashSet<&str> = HashSet::default();
    for file in files {
        file.broken.iter().for_each(|&span| lost.extend(words(sources.snippet(span))));
    }
    for &(file, line) in &lines {
        lost.extend(words(sources.file(file).line(line)));
    }
    found.retain(|diagnostic| {
        let span = diagnostic.span();
        let on_line = lines.contains(&(span.file, sources.position(span).line));
        let skipped = files
            .iter()
            .flat_map(|file| &file.broken)
            .any(|broken| broken.file == span.file && broken.start <= span.start && span.end <= broken.end);
        // The package of a foreign name stands before it.
        let named = match diagnostic.code {
            Code::M010 | Code::T006 | Code::T039 => sources.file(span.file).line(sources.position(span).line),
            _ => sources.snippet(span),
        };
        let unknown = is_unknown_name(diagnostic.code) && words(named).any(|word| lost.contains(word));
        !diagnostic.is_error() || !(on_line || skipped || unknown || scopes.may_hide(diagnostic))
    });
}

/// What syntax errors may have done to the blocks of the files that they are in.
struct Scopes<'a> {
    sources: &'a SourceMap,
    /// The first syntax error of each file.
    errors: HashMap<FileId, &'a Diagnostic>,
    /// Where each word stands first.
    words: HashMap<(FileId, &'a str), u32>,
}

impl<'a> Scopes<'a> {
    fn after(sources: &'a SourceMap, parsed: &'a [Diagnostic]) -> Self {
        let mut scopes = Scopes { sources, errors: HashMap::default(), words: HashMap::default() };
        for error in parsed.iter().filter(|diagnostic| diagnostic.is_error() && !diagnostic.code.leaves_the_tree_whole()) {
            let earliest = scopes.errors.entry(error.span().file).or_insert(error);
            if error.span().start < earliest.span().start {
                *earliest = error;
            }
        }
        for &file in scopes.errors.keys() {
            let text = sources.file(file).text();
            for word in words(text) {
                let at = word.as_ptr() as usize - text.as_ptr() as usize;
                scopes.words.entry((file, word)).or_insert(at as u32);
            }
        }
        scopes
    }

    /// Whether this may be wrong only because a block ended too early.
    fn may_hide(&self, diagnostic: &Diagnostic) -> bool {
        let Span { file, start, .. } = diagnostic.span();
        let Some(error) = self.errors.get(&file).filter(|error| error.span().start < start) else { return false };
        match diagnostic.code {
            Code::T045 => true,
            // What a declaration without a name declares, or what has one above.
            Code::T001 | Code::T002 | Code::T003 => {
                let name = self.sources.snippet(diagnostic.span());
                error.code == Code::P031 || self.words.get(&(file, name)).is_some_and(|&first| first < start)
            }
            _ => false,
        }
    }
}

/// Makes one error of those that say the same of the same name: the first has the other places as further labels, and its change
/// mends them, too.
pub fn fold(diagnostics: &mut Vec<Diagnostic>) {
    const SHOWN: usize = 3;
    let mut first: HashMap<(FileId, String), usize> = HashMap::default();
    let mut kept: Vec<(Diagnostic, usize)> = Vec::new();
    for diagnostic in diagnostics.drain(..) {
        if !diagnostic.is_error() || !is_unknown_name(diagnostic.code) && diagnostic.code != Code::T024 {
            kept.push((diagnostic, 0));
            continue;
        }
        let key = (diagnostic.span().file, diagnostic.message.clone());
        let Some(&index) = first.get(&key) else {
            first.insert(key, kept.len());
            kept.push((diagnostic, 0));
            continue;
        };
        let (one, more) = &mut kept[index];
        *more += 1;
        if *more <= SHOWN {
            one.labels.push(Label { span: diagnostic.span(), text: "here, too".to_owned(), primary: false });
        }
        for (fix, other) in one.fixes.iter_mut().zip(diagnostic.fixes).filter(|(fix, other)| fix.message == other.message) {
            fix.edits.extend(other.edits);
        }
    }
    diagnostics.extend(kept.into_iter().map(|(mut diagnostic, more)| {
        if more > SHOWN
            && let Some(last) = diagnostic.labels.last_mut()
        {
            let rest = more - SHOWN;
            last.text = format!("here, too, and in {rest} more place{}", if rest == 1 { "" } else { "s" });
        }
        diagnostic
    }));
}

fn lines(sources: &SourceMap, span: Span) -> Vec<(FileId, u32)> {
    let (first, last) = (sources.position(span).line, sources.position(span.at_end()).line);
    (first..=last).map(|line| (span.file, line)).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn is_unknown_name(code: Code) -> bool {
    matches!(
        code,
        Code::T001
            | Code::T006
            | Code::T002
            | Code::T003
            | Code::T025
            | Code::T026
            | Code::T027
            | Code::T031
            | Code::M010
            | Code::M013
            | Code::T039
    )
}
