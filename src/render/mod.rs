//! Diagnostics for people and for programs: text with source excerpts, JSON lines, SARIF.

mod json;
mod sarif;

use crate::args::Format;
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use compiler::diagnostic::{self, Diagnostic, Label, Severity};
use compiler::source::{FileId, SourceMap};
pub use json::json;
pub use sarif::Sarif;
use std::borrow::Cow;
use std::sync::OnceLock;

static FORMAT: OnceLock<Format> = OnceLock::new();

/// How diagnostics are shown from here on; the first choice counts.
pub fn choose(format: Format) {
    FORMAT.get_or_init(|| format);
}

/// How diagnostics are shown.
pub fn format() -> Format {
    FORMAT.get().copied().unwrap_or(Format::Human)
}

/// So many diagnostics of a file are shown to people: what is no program at all has a million.
const MOST: usize = 200;
/// And so many bytes of source around them, which long lines and places far apart can make much.
const MOST_TEXT: usize = 20_000_000;

/// Writes diagnostics to standard error.
pub fn show(sources: &SourceMap, diagnostics: &[Diagnostic]) {
    match format() {
        Format::Human => {
            let mut budget = MOST_TEXT;
            let shown = diagnostics.iter().take(MOST).take_while(|diagnostic| {
                let fits = budget > 0;
                budget = budget.saturating_sub(excerpted(sources, diagnostic));
                fits
            });
            let shown = shown.map(|diagnostic| anstream::eprintln!("{}\n", text(sources, diagnostic))).count();
            let rest = &diagnostics[shown..];
            let errors = rest.iter().filter(|diagnostic| diagnostic.is_error()).count();
            if let Some(rest) = counts(errors, rest.len() - errors) {
                let (least, all) = if diagnostics.len() < diagnostic::MOST { ("", "all") } else { ("at least ", "these") };
                anstream::eprintln!("and {least}{rest} more; `--json` lists {all}\n");
            }
        }
        Format::Json => diagnostics.iter().for_each(|diagnostic| eprintln!("{}", json(sources, diagnostic))),
        Format::Sarif => {
            let mut log = Sarif::default();
            log.add(sources, diagnostics);
            eprintln!("{}", log.finish());
        }
    }
}

/// The bytes of source that a diagnostic is shown with.
fn excerpted(sources: &SourceMap, diagnostic: &Diagnostic) -> usize {
    Excerpt::of(sources, diagnostic.span().file, &diagnostic.labels).text.len()
}

/// `2 errors, 1 warning`; nothing where there are none.
pub fn counts(errors: usize, warnings: usize) -> Option<String> {
    let part = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}{}", if count == 1 { "" } else { "s" }));
    let parts: Vec<String> = [part(errors, "error"), part(warnings, "warning")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// For people, with colours.
pub fn text(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.text());
    let mut files: Vec<FileId> = Vec::new();
    for label in &diagnostic.labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    let excerpts: Vec<Excerpt> = files.into_iter().map(|file| Excerpt::of(sources, file, &diagnostic.labels)).collect();
    let mut group = Group::with_title(title).elements(excerpts.iter().map(Excerpt::snippet));
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::styled().decor_style(DecorStyle::Ascii).render(&[group])
}

/// The lines of one file that labels speak of.
struct Excerpt<'a> {
    name: &'a str,
    text: Cow<'a, str>,
    /// The number of the first line, and where it starts in the file.
    line: u32,
    start: usize,
    labels: Vec<&'a Label>,
}

impl<'a> Excerpt<'a> {
    fn of(sources: &'a SourceMap, file: FileId, labels: &'a [Label]) -> Excerpt<'a> {
        let labels: Vec<&Label> = labels.iter().filter(|label| label.span.file == file).collect();
        let source = sources.file(file);
        let text = source.text();
        let first = labels.iter().map(|label| label.span.start as usize).min().unwrap_or(0).clamp(source.mark(), text.len());
        let last = labels.iter().map(|label| label.span.end as usize).max().unwrap_or(0).min(text.len());
        let start = text.as_bytes()[..first].iter().rposition(|&byte| byte == b'\n').map_or(source.mark(), |at| at + 1);
        let end = text.as_bytes()[last..].iter().position(|&byte| byte == b'\n').map_or(text.len(), |at| last + at);
        let line = source.position(start as u32).line;
        let mut shown = Cow::Borrowed(&text[start..end.max(start)]);
        // The end of a file that ends in a line end is on the line after it, which the renderer shows only if it is not empty.
        if last == text.len() && shown.ends_with('\n') {
            shown.to_mut().push(' ');
        }
        Excerpt { name: source.name(), text: shown, line, start, labels }
    }

    fn snippet(&self) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let annotations = self.labels.iter().map(|label| {
            let from = (label.span.start as usize).saturating_sub(self.start).min(self.text.len());
            let to = (label.span.end as usize).saturating_sub(self.start).clamp(from, self.text.len());
            let kind = if label.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(from..to);
            if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
        });
        Snippet::source(&*self.text).line_start(self.line as usize).path(self.name).annotations(annotations)
    }
}

/// An error in a text that is no program: its message, the place, what is wrong there, help.
pub fn plain(name: &str, text: &str, at: std::ops::Range<usize>, message: &str, label: &str, help: &str) -> String {
    let snippet = Snippet::source(text).path(name).annotation(AnnotationKind::Primary.span(at).label(label));
    let group = Group::with_title(Level::ERROR.primary_title(message)).element(snippet).element(Level::HELP.message(help));
    Renderer::styled().decor_style(DecorStyle::Ascii).render(&[group])
}
