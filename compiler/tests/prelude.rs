//! The prelude checks without a complaint, and what `build.rs` says of it is so.

use compiler::driver::{Options, Session};
use compiler::hir::resolve::library::{ASSIGNED_FIELDS, ITEMS};
use compiler::hir::tree::{FnKind, Place, Stmt, StmtKind};
use std::collections::BTreeSet;

#[test]
fn every_prelude_function_checks() {
    let mut session = Session::new();
    session.add_main("empty.mochi", "");
    let checked = session.check(&Options::default());
    let mut diagnostics = checked.diagnostics;
    let mut facts = checked.facts.expect("an empty program has no errors");
    diagnostics.extend(session.check_prelude(&checked.program, &mut facts));
    let mut text = String::new();
    for diagnostic in &diagnostics {
        let at = session.sources.position(diagnostic.span());
        let name = session.sources.name(diagnostic.span());
        text += &format!("{name}:{}:{}: {} {}\n", at.line, at.column, diagnostic.code.text(), diagnostic.message);
    }
    assert!(diagnostics.is_empty(), "{} complaints\n{text}", diagnostics.len());
}

/// `lower` must know which fields are assigned before all of the prelude is read, so `build.rs` lists them; it may list more.
#[test]
fn every_assigned_field_is_listed() {
    let mut session = Session::new();
    session.add_main("empty.mochi", "");
    let checked = session.check(&Options::default());
    session.check_prelude(&checked.program, &mut checked.facts.expect("an empty program has no errors"));
    let mut found = BTreeSet::new();
    for function in checked.program.fns.iter() {
        if let FnKind::Body(body) = &function.kind {
            each_stmt(body, &mut |stmt| {
                if let StmtKind::Assign { target: Place::Field { name, .. }, .. } = &stmt.kind {
                    found.insert(session.names.text(*name));
                }
            });
        }
    }
    assert!(found.len() > 10, "the walk sees assignments");
    let missing: Vec<&&str> = found.iter().filter(|name| !ASSIGNED_FIELDS.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn each_stmt(stmts: &[Stmt], see: &mut impl FnMut(&Stmt)) {
    for stmt in stmts {
        see(stmt);
        match &stmt.kind {
            StmtKind::If { branches, otherwise } => {
                branches.iter().for_each(|(_, body)| each_stmt(body, see));
                each_stmt(otherwise, see);
            }
            StmtKind::While { body, .. } | StmtKind::ForRange { body, .. } | StmtKind::ForEach { body, .. } | StmtKind::Block(body) => {
                each_stmt(body, see);
            }
            _ => {}
        }
    }
}

#[test]
fn names_are_unique() {
    let mut seen = BTreeSet::new();
    let twice: Vec<&str> = ITEMS.iter().filter(|item| !item.is_test && !seen.insert(item.name)).map(|item| item.name).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

/// A program gets what it reaches and no more.
#[test]
fn an_empty_program_needs_little() {
    let mut session = Session::new();
    session.add_main("empty.mochi", "");
    let checked = session.check(&Options::default());
    assert!(checked.program.prelude_fns.is_empty());
    assert!(checked.program.data.len() < 15);
}
