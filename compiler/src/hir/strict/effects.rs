//! The effects that a function declares after `!`: known labels, and none missing that its own body evidently has.

use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{Expr, ExprKind, FunDecl, Program, StmtKind};
use crate::syntax::symbol::Names;
use crate::syntax::visit::{Node, expr_children, stmt_children};

const LABELS: [&str; 5] = ["io", "fs", "net", "time", "meta"];

pub fn effects(program: &Program, names: &Names) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for stmt in &program.stmts {
        let StmtKind::Fun(decl) = &stmt.kind else { continue };
        let Some(_) = decl.sig.effects.first() else { continue };
        if let Some(unknown) = decl.sig.effects.iter().find(|label| !LABELS.contains(&names.text(label.name))) {
            let message = format!("unknown effect label `{}`", names.text(unknown.name));
            let help = format!("the labels are {}", LABELS.join(", "));
            found.push(Diagnostic::error(Code::T064, unknown.span, message).label("no such effect").help(help));
            continue;
        }
        found.extend(undeclared(decl, names));
    }
    found
}

/// An effect of a builtin that the body calls and the declaration lacks.
fn undeclared(decl: &FunDecl, names: &Names) -> Option<Diagnostic> {
    let declared: Vec<&str> = decl.sig.effects.iter().map(|label| names.text(label.name)).collect();
    let mut missing = None;
    each_expr(Node::Block(&decl.body), &mut |expr| {
        let ExprKind::Call(call) = &expr.kind else { return };
        let Some(name) = call.callee.as_name() else { return };
        let effect = match names.text(name) {
            "now" => "time",
            "print" | "json" | "input" => "io",
            _ => return,
        };
        if !declared.contains(&effect) {
            missing = Some(effect);
        }
    });
    let effect = missing?;
    let message =
        format!("function `{}` declares effects {} but its body produces {effect}", names.text(decl.name.name), declared.join(", "));
    let help = format!("declare it: `! {}, {effect}`", declared.join(", "));
    Some(Diagnostic::error(Code::T065, decl.name.span, message).label("an effect is not declared").help(help))
}

fn each_expr<'a>(node: Node<'a>, see: &mut dyn FnMut(&'a Expr)) {
    match node {
        Node::Expr(expr) => {
            see(expr);
            expr_children(expr, &mut |child| each_expr(child, see));
        }
        Node::Block(block) => block.stmts.iter().for_each(|stmt| stmt_children(stmt, &mut |child| each_expr(child, see))),
    }
}
