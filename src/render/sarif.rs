//! Diagnostics as a SARIF 2.1.0 log, the form that code hosts and editors read.
//!
//! One run; the rules are the codes that occur. Columns count code points. Places are relative paths as given on the command line.

use compiler::diagnostic::{Code, Diagnostic, Fix, Label};
use compiler::json::quoted;
use compiler::source::{SourceMap, Span};

/// A log that is being written.
#[derive(Default)]
pub struct Sarif {
    rules: Vec<Code>,
    results: Vec<String>,
}

impl Sarif {
    pub fn add(&mut self, sources: &SourceMap, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let rule = self.rule(diagnostic.code);
            self.results.push(result(sources, diagnostic, rule));
        }
    }

    fn rule(&mut self, code: Code) -> usize {
        match self.rules.iter().position(|&other| other == code) {
            Some(index) => index,
            None => {
                self.rules.push(code);
                self.rules.len() - 1
            }
        }
    }

    /// The whole log.
    pub fn finish(self) -> String {
        let rules: Vec<String> = self
            .rules
            .iter()
            .map(|code| {
                let (title, text) = (quoted(code.title()), quoted(code.explanation()));
                let id = code.text();
                format!(
                    "{{\"id\":\"{id}\",\"shortDescription\":{{\"text\":{title}}},\"fullDescription\":{{\"text\":{text}}},\"help\":{{\"text\":{}}}}}",
                    quoted(&format!("mochi explain {id}"))
                )
            })
            .collect();
        format!(
            "{{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":{{\"name\":\"mochi\",\"version\":\"{}\",\"rules\":[{}]}}}},\"columnKind\":\"unicodeCodePoints\",\"results\":[{}]}}]}}",
            env!("CARGO_PKG_VERSION"),
            rules.join(","),
            self.results.join(",")
        )
    }
}

fn result(sources: &SourceMap, diagnostic: &Diagnostic, rule: usize) -> String {
    let message = match (diagnostic.labels[0].text.as_str(), &diagnostic.help) {
        ("", None) => diagnostic.message.clone(),
        ("", Some(help)) => format!("{}\n{help}", diagnostic.message),
        (label, None) => format!("{}: {label}", diagnostic.message),
        (label, Some(help)) => format!("{}: {label}\n{help}", diagnostic.message),
    };
    let level = if diagnostic.is_error() { "error" } else { "warning" };
    let related: Vec<String> = diagnostic.labels[1..].iter().enumerate().map(|(id, label)| related(sources, label, id)).collect();
    let fixes: Vec<String> = diagnostic.fixes.iter().map(|fix| changes(sources, fix)).collect();
    format!(
        "{{\"ruleId\":\"{}\",\"ruleIndex\":{rule},\"level\":\"{level}\",\"message\":{{\"text\":{}}},\"locations\":[{{{}}}],\"relatedLocations\":[{}],\"fixes\":[{}]}}",
        diagnostic.code.text(),
        quoted(&message),
        physical(sources, diagnostic.span()),
        related.join(","),
        fixes.join(",")
    )
}

fn related(sources: &SourceMap, label: &Label, id: usize) -> String {
    let text = if label.text.is_empty() { "see also" } else { label.text.as_str() };
    format!("{{\"id\":{id},\"message\":{{\"text\":{}}},{}}}", quoted(text), physical(sources, label.span))
}

fn physical(sources: &SourceMap, span: Span) -> String {
    format!("\"physicalLocation\":{{\"artifactLocation\":{{\"uri\":{}}},\"region\":{}}}", uri(sources.name(span)), region(sources, span))
}

fn region(sources: &SourceMap, span: Span) -> String {
    let (from, to) = (sources.position(span), sources.position(span.at_end()));
    format!("{{\"startLine\":{},\"startColumn\":{},\"endLine\":{},\"endColumn\":{}}}", from.line, from.column, to.line, to.column)
}

/// A fix is of one file: all its places are in the file of the first.
fn changes(sources: &SourceMap, fix: &Fix) -> String {
    let replacements: Vec<String> = fix
        .edits
        .iter()
        .map(|edit| {
            let text = quoted(&edit.replacement);
            format!("{{\"deletedRegion\":{},\"insertedContent\":{{\"text\":{text}}}}}", region(sources, edit.span))
        })
        .collect();
    format!(
        "{{\"description\":{{\"text\":{}}},\"artifactChanges\":[{{\"artifactLocation\":{{\"uri\":{}}},\"replacements\":[{}]}}]}}",
        quoted(&fix.message),
        uri(sources.name(fix.edits[0].span)),
        replacements.join(",")
    )
}

/// A path as a URI reference: what is not allowed there is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.trim_start_matches("./").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    quoted(&out)
}
