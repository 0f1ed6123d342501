//! Diagnostics as JSON lines, one object each. The schema is described in docs/diagnostics.md; a field may be added, and the number
//! of the schema changes when one goes or means something else.

use compiler::diagnostic::Diagnostic;
use compiler::json::{Object, array, quoted};
use compiler::source::{SourceMap, Span};

/// One diagnostic as a JSON object on one line; the fields are described in docs/diagnostics.md.
pub fn json(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let labels = diagnostic.labels.iter().map(|label| {
        let (from, to) = (sources.position(label.span), sources.position(label.span.at_end()));
        Object::new()
            .text("file", sources.name(label.span))
            .number("line", from.line)
            .number("column", from.column)
            .number("end_line", to.line)
            .number("end_column", to.column)
            .number("primary", label.primary)
            .text("text", &label.text)
            .done()
    });
    let fixes = diagnostic.fixes.iter().map(|fix| {
        let edits = fix.edits.iter().map(|edit| {
            let Span { start, end, .. } = edit.span;
            let edit = Object::new()
                .text("file", sources.name(edit.span))
                .number("start", start)
                .number("end", end)
                .text("text", &edit.replacement);
            edit.done()
        });
        Object::new().text("message", &fix.message).number("guess", fix.guess).raw("edits", &array(edits)).done()
    });
    Object::new()
        .number("schema", 1)
        .text("code", diagnostic.code.text())
        .text("severity", if diagnostic.is_error() { "error" } else { "warning" })
        .text("message", &diagnostic.message)
        .raw("labels", &array(labels))
        .raw("help", &diagnostic.help.as_deref().map_or("null".to_owned(), quoted))
        .raw("fixes", &array(fixes))
        .done()
}
