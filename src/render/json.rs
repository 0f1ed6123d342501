//! Diagnostics as JSON lines, one object each. The schema is described in docs/diagnostics.md; a field may be added, and the number
//! of the schema changes when one goes or means something else.

use crate::json::quoted;
use compiler::diagnostic::Diagnostic;
use compiler::source::{SourceMap, Span};

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
                .map(|edit| {
                    let Span { start, end, .. } = edit.span;
                    let (file, text) = (quoted(sources.name(edit.span)), quoted(&edit.replacement));
                    format!("{{\"file\":{file},\"start\":{start},\"end\":{end},\"text\":{text}}}")
                })
                .collect();
            format!("{{\"message\":{},\"guess\":{},\"edits\":[{}]}}", quoted(&fix.message), fix.guess, edits.join(","))
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
