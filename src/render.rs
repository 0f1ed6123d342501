//! Diagnostics as text with source excerpts, and as JSON lines.

use crate::json::quoted;
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use compiler::diagnostic::{Diagnostic, Label, Severity};
use compiler::source::{FileId, SourceMap};
use std::borrow::Cow;

/// Writes diagnostics to standard error.
pub fn show(sources: &SourceMap, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        anstream::eprintln!("{}\n", text(sources, diagnostic));
    }
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
        let first = labels.iter().map(|label| label.span.start as usize).min().unwrap_or(0).min(text.len());
        let last = labels.iter().map(|label| label.span.end as usize).max().unwrap_or(0).min(text.len());
        let start = text.as_bytes()[..first].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
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
            let from = (label.span.start as usize - self.start).min(self.text.len());
            let to = (label.span.end as usize - self.start).clamp(from, self.text.len());
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

/// One diagnostic as a JSON object on one line; the fields are described in docs/diagnostics.md.
pub fn json(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let labels: Vec<String> = diagnostic
        .labels
        .iter()
        .map(|label| {
            let (from, to) = (sources.position(label.span), sources.position(label.span.at_end()));
            format!(
                "{{\"file\":{},\"line\":{},\"column\":{},\"end_line\":{},\"end_column\":{},\"primary\":{},\"text\":{}}}",
                quoted(sources.name(label.span)),
                from.line,
                from.column,
                to.line,
                to.column,
                label.primary,
                quoted(&label.text)
            )
        })
        .collect();
    let fixes: Vec<String> = diagnostic
        .fixes
        .iter()
        .map(|fix| {
            let edits: Vec<String> = fix
                .edits
                .iter()
                .map(|edit| format!("{{\"start\":{},\"end\":{},\"text\":{}}}", edit.span.start, edit.span.end, quoted(&edit.replacement)))
                .collect();
            format!("{{\"message\":{},\"edits\":[{}]}}", quoted(&fix.message), edits.join(","))
        })
        .collect();
    let severity = if diagnostic.is_error() { "error" } else { "warning" };
    format!(
        "{{\"schema\":1,\"code\":\"{}\",\"severity\":\"{severity}\",\"message\":{},\"labels\":[{}],\"help\":{},\"fixes\":[{}]}}",
        diagnostic.code.text(),
        quoted(&diagnostic.message),
        labels.join(","),
        diagnostic.help.as_deref().map_or("null".to_owned(), quoted),
        fixes.join(",")
    )
}
