//! Checks of a whole tree that are still about form: statements that do nothing (P065), names that
//! are declared twice (M016).
//!
//! The walk is a plain recursion; the parser bounds the depth of trees.

mod effects;
mod twice;

use super::ast::*;
use super::parser::mistakes::word_help;
use super::symbol::Names;
use super::visit::{Node, expr_children, stmt_children};
use crate::diagnostic::{Code, Diagnostic, is_full, keep};
use crate::hash::HashSet;
use twice::Twice;

/// Adds what is wrong with the form of a program.
pub fn check(program: &Program, names: &Names, text: &str, diagnostics: &mut Vec<Diagnostic>) {
    let mut walk = Walk { twice: Twice { names, found: Vec::new() }, useless: Vec::new(), in_useless: false };
    walk.stmts(&program.stmts);
    let (found, twice) = (walk.useless, walk.twice.found);
    if found.is_empty() && twice.is_empty() {
        return;
    }
    let ends: Vec<u32> = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at as u32).collect();
    let line_of = |offset: u32| ends.partition_point(|&end| end < offset);
    // What was read of a line with a mistake may be read wrongly, and need not be useful as well.
    let mut broken: HashSet<usize> = diagnostics.iter().map(|diagnostic| line_of(diagnostic.span().start)).collect();
    let fresh = twice.into_iter().filter(|found| found.labels.iter().all(|label| !broken.contains(&line_of(label.span.start))));
    fresh.for_each(|diagnostic| keep(diagnostics, diagnostic));
    for expr in found {
        if is_full(diagnostics) {
            break;
        }
        let (first, last) = (line_of(expr.span.start), line_of(expr.span.end));
        if (first..=last).all(|line| !broken.contains(&line)) {
            keep(diagnostics, useless(expr, names, text));
            // The other branches of an `if` on one line are no more useful.
            broken.insert(first);
        }
    }
}

/// One walk for both checks.
struct Walk<'a> {
    twice: Twice<'a>,
    /// Expression statements that have no effect, in the order of the text.
    useless: Vec<&'a Expr>,
    /// Inside one of them, where there is nothing more to say of effects.
    in_useless: bool,
}

impl<'a> Walk<'a> {
    fn stmts(&mut self, stmts: &'a [Stmt]) {
        self.twice.declarations(stmts);
        for stmt in stmts {
            self.twice.stmt(stmt);
            let around = self.in_useless;
            if !around && let Some(expr) = effects::useless(stmt) {
                self.useless.push(expr);
                self.in_useless = true;
            }
            stmt_children(stmt, &mut |node| match node {
                Node::Expr(_) if !stmt.declares => {}
                node => self.node(node),
            });
            self.in_useless = around;
        }
    }

    fn node(&mut self, node: Node<'a>) {
        match node {
            Node::Block(block) => self.stmts(&block.stmts),
            Node::Expr(Expr { kind: ExprKind::Name(_) | ExprKind::Lit(_), .. }) => {}
            Node::Expr(expr) => {
                self.twice.expr(expr);
                expr_children(expr, &mut |node| self.node(node));
            }
        }
    }
}

/// Some languages give back the last value of a function; then the brace of its end follows.
fn ends_block(expr: &Expr, text: &str) -> bool {
    text[expr.span.end as usize..].trim_start().starts_with('}')
}

fn useless(expr: &Expr, names: &Names, text: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code::P065, expr.span, "this statement has no effect");
    match &expr.peel().kind {
        ExprKind::Binary(binary) if binary.op == BinaryOp::Eq => diagnostic
            .label("the comparison is made, and its result dropped")
            .help("assign with `=`, test with `if`, or check with `expect`"),
        ExprKind::Name(name) if matches!(names.text(*name), "null" | "nil") => {
            diagnostic.label("the value is dropped").help("the empty value is written `none`")
        }
        ExprKind::Name(name) if matches!(names.text(*name), "pass" | "noop") => diagnostic
            .label("taken as a variable, whose value is dropped")
            .help("an empty block `{}` does nothing; remove the word")
            .fix("remove it", expr.span, ""),
        ExprKind::Name(name) if let Some(help) = word_help(names.text(*name)) => {
            diagnostic.label("taken as a variable, whose value is dropped").help(help)
        }
        ExprKind::Name(name) => {
            let name = names.text(*name);
            let help = match ends_block(expr, text) {
                true => format!("give it back with `return {name}`, call it with `{name}()`, or remove the line"),
                false => format!("call it with `{name}()`, print it, or remove the line"),
            };
            diagnostic.label("the value is dropped").help(help)
        }
        _ => {
            let shown = expr.span.of(text);
            let help = if ends_block(expr, text) && shown.len() <= 40 && !shown.contains('\n') {
                format!("give it back with `return {shown}`, or print it with `print({shown})`")
            } else if shown.len() <= 40 && !shown.contains('\n') {
                format!("print it with `print({shown})`, keep it with `let x = {shown}`, or remove the line")
            } else {
                "print it, keep it with `let`, or remove it".to_string()
            };
            diagnostic.label("the value is computed and dropped").help(help)
        }
    }
}
