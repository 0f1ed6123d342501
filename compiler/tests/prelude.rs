//! The prelude checks without a complaint.

use compiler::driver::{Options, Session};
use compiler::hir::Facts;
use compiler::hir::prelude_check::{check_all, signatures};

#[test]
fn every_prelude_function_checks() {
    let mut session = Session::new();
    session.add_main("empty.mochi", "");
    let checked = session.check(&Options::default());
    let mut diagnostics = checked.diagnostics;
    let mut facts = Facts::new(&checked.program, &session.names);
    signatures(&checked.program, &mut facts);
    diagnostics.extend(check_all(&checked.program, &session.names, &mut facts));
    let mut text = String::new();
    for diagnostic in &diagnostics {
        let at = session.sources.position(diagnostic.span());
        let name = session.sources.name(diagnostic.span());
        text += &format!("{name}:{}:{}: {} {}\n", at.line, at.column, diagnostic.code.text(), diagnostic.message);
    }
    assert!(diagnostics.is_empty(), "{} complaints\n{text}", diagnostics.len());
}
