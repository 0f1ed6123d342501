//! The parser from the outside: trees as text, diagnostics as code and place.

mod codes;
mod forms;
mod limits;
mod mutations;
mod recovery;

use super::*;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceMap, Span};

/// Programs of our own that use every form of the grammar.
pub(crate) const SAMPLES: [&str; 2] = [include_str!("tests/samples/statements.mochi"), include_str!("tests/samples/expressions.mochi")];

fn parse_text(text: &str) -> (String, Vec<Diagnostic>) {
    let file = SourceMap::new().add("test.mochi", text);
    let names = symbol::Names::new();
    let (program, diagnostics) = parse(file, text, &names, &mut ast::Ids::default(), ParseOptions::default());
    (dump(&program, &names), diagnostics)
}

/// The tree of a text that is right, on one line, without the wrapping `(program ...)`.
fn check(text: &str, expected: &str) {
    let (tree, diagnostics) = parse_text(text);
    assert_eq!(shown(text, &diagnostics), Vec::<String>::new(), "{text}");
    let one_line = tree.split_whitespace().collect::<Vec<_>>().join(" ");
    let inner = one_line.strip_prefix("(program ").and_then(|t| t.strip_suffix(')')).unwrap();
    assert_eq!(inner, expected, "{text}");
}

/// Diagnostics as `code line:column text-covered`.
fn shown(text: &str, diagnostics: &[Diagnostic]) -> Vec<String> {
    let mut map = SourceMap::new();
    map.add("test.mochi", text);
    let place = |span: Span| {
        let position = map.position(span);
        format!("{}:{} {}", position.line, position.column, map.snippet(span))
    };
    diagnostics.iter().map(|d| format!("{} {}", d.code.text(), place(d.span())).trim_end().to_string()).collect()
}

/// The diagnostics of a text that is wrong.
fn errors(text: &str, expected: &[&str]) {
    let (_, diagnostics) = parse_text(text);
    assert_eq!(shown(text, &diagnostics), expected, "{text}");
}

#[test]
fn samples_parse() {
    for sample in SAMPLES {
        let (tree, diagnostics) = parse_text(sample);
        assert_eq!(shown(sample, &diagnostics), Vec::<String>::new());
        assert!(!tree.contains("<error>") && !tree.contains("<missing>"), "{tree}");
    }
}

#[test]
fn ids_are_dense_and_unique_over_files() {
    let names = symbol::Names::new();
    let mut ids = ast::Ids::default();
    let mut seen = std::collections::BTreeSet::new();
    for (index, sample) in SAMPLES.iter().enumerate() {
        let file = crate::source::FileId(index as u32);
        let (program, _) = parse(file, sample, &names, &mut ids, ParseOptions::default());
        for stmt in &program.stmts {
            visit::stmt_children(stmt, &mut |node| collect(node, &mut seen));
        }
    }
    assert!(seen.iter().all(|&id| id < ids.exprs));
    assert!(seen.len() as u32 * 10 > ids.exprs * 9, "few numbers stay unused: {} of {}", seen.len(), ids.exprs);
}

fn collect(node: visit::Node<'_>, seen: &mut std::collections::BTreeSet<u32>) {
    match node {
        visit::Node::Expr(expr) => {
            assert!(seen.insert(expr.id.0), "{:?} twice", expr.id);
            visit::expr_children(expr, &mut |child| collect(child, seen));
        }
        visit::Node::Block(block) => {
            for stmt in &block.stmts {
                visit::stmt_children(stmt, &mut |child| collect(child, seen));
            }
        }
    }
}
