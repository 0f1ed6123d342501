//! Diagnostics as JSON: `[{severity, code, message, line, start, end, label, help, text, fixes: [{message, edits: [{start, end, text}]}]}]`.
//! `text` is the form that the command line tool gives it, without colours.

use compiler::diagnostic::{Diagnostic, Fix};
use compiler::json::{Object, array};
use compiler::source::{SourceMap, Span};

pub fn diagnostics(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    array(diagnostics.iter().map(|diagnostic| object(diagnostic, sources)))
}

fn object(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let span = diagnostic.span();
    let (start, end) = offsets(span, sources);
    Object::new()
        .text("severity", severity(diagnostic))
        .text("code", diagnostic.code.text())
        .text("message", &diagnostic.message)
        .number("line", sources.position(span).line)
        .number("start", start)
        .number("end", end)
        .text("label", &diagnostic.labels[0].text)
        .text("help", diagnostic.help.as_deref().unwrap_or(""))
        .text("text", &text(diagnostic, sources))
        .raw("fixes", &array(diagnostic.fixes.iter().map(|fix| self::fix(fix, sources))))
        .done()
}

fn fix(fix: &Fix, sources: &SourceMap) -> String {
    let edits = fix.edits.iter().map(|edit| {
        let (start, end) = offsets(edit.span, sources);
        Object::new().number("start", start).number("end", end).text("text", &edit.replacement).done()
    });
    Object::new().text("message", &fix.message).raw("edits", &array(edits)).done()
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    if diagnostic.is_error() { "error" } else { "warning" }
}

/// Where a span begins and ends, in UTF-16 code units.
fn offsets(span: Span, sources: &SourceMap) -> (usize, usize) {
    let text = sources.file(span.file).text();
    let units = |offset: u32| text.get(..offset as usize).unwrap_or(text).encode_utf16().count();
    (units(span.start), units(span.end))
}

/// Message, place, source line, label, help.
fn text(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let span = diagnostic.span();
    let file = sources.file(span.file);
    let at = file.position(span.start);
    let line = file.line(at.line);
    let number = at.line.to_string();
    let margin = " ".repeat(number.len());
    let indent = " ".repeat(at.column as usize - 1);
    let on_line = line.chars().count() + 1;
    let carets = span.of(file.text()).lines().next().unwrap_or("").chars().count().clamp(1, on_line);
    let mut text = format!(
        "{severity}[{code:?}]: {message}\n{margin}--> {name}:{number}:{column}\n{margin} |\n{number} | {line}\n{margin} | {indent}{marks} {label}\n",
        severity = severity(diagnostic),
        code = diagnostic.code,
        message = diagnostic.message,
        name = file.name(),
        column = at.column,
        marks = "^".repeat(carets),
        label = diagnostic.labels[0].text,
    );
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("{margin} = help: {help}\n"));
    }
    text
}
