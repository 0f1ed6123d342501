//! Diagnostics as JSON: `[{severity, code, message, line, start, end, label, help, text, fixes: [{message, edits: [{start, end, text}]}]}]`.
//! `text` is the form that the command line tool gives it, without colours.

use compiler::diagnostic::{Diagnostic, Fix};
use compiler::source::{SourceMap, Span};

pub fn diagnostics(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let all: Vec<String> = diagnostics.iter().map(|diagnostic| object(diagnostic, sources)).collect();
    format!("[{}]", all.join(","))
}

fn object(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let span = diagnostic.span();
    let (start, end) = offsets(span, sources);
    let fixes: Vec<String> = diagnostic.fixes.iter().map(|fix| self::fix(fix, sources)).collect();
    format!(
        r#"{{"severity":"{}","code":"{:?}","message":{},"line":{},"start":{start},"end":{end},"label":{},"help":{},"text":{},"fixes":[{}]}}"#,
        severity(diagnostic),
        diagnostic.code,
        quoted(&diagnostic.message),
        sources.position(span).line,
        quoted(&diagnostic.labels[0].text),
        quoted(diagnostic.help.as_deref().unwrap_or("")),
        quoted(&text(diagnostic, sources)),
        fixes.join(",")
    )
}

fn fix(fix: &Fix, sources: &SourceMap) -> String {
    let edits = fix.edits.iter().map(|edit| {
        let (start, end) = offsets(edit.span, sources);
        format!(r#"{{"start":{start},"end":{end},"text":{}}}"#, quoted(&edit.replacement))
    });
    format!(r#"{{"message":{},"edits":[{}]}}"#, quoted(&fix.message), edits.collect::<Vec<_>>().join(","))
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

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
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
