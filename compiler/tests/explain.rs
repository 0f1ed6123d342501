//! The pages of `mochi explain`: their programs compile as they say, and docs/diagnostics.md is made of them (`BLESS=1`).

use compiler::diagnostic::{Code, Diagnostic, pages};
use compiler::driver::{Options, Session};
use std::path::Path;

const INTRO: &str = include_str!("../src/diagnostic/intro.md");

fn check(text: &str, strict: bool) -> (Session, Vec<Diagnostic>) {
    let mut session = Session::new();
    session.add_main("example.mochi", text);
    while let Some(request) = session.next_import() {
        session.refuse(&request, "no such file or folder");
    }
    let checked = session.check(&Options { strict, ..Options::default() });
    (session, checked.diagnostics)
}

fn shown(session: &Session, diagnostics: &[Diagnostic]) -> String {
    let line = |diagnostic: &Diagnostic| {
        format!("{} in line {}: {}", diagnostic.code.text(), session.sources.position(diagnostic.span()).line, diagnostic.message)
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("; ")
}

#[test]
fn every_page_shows_its_mistake_and_its_correction() {
    let mut faults = Vec::new();
    for &code in Code::ALL {
        let text = code.text();
        let Some(example) = pages::example(code) else {
            if code != Code::M001 && pages::elsewhere(code).is_none() {
                faults.push(format!("{text}: no example"));
            }
            continue;
        };
        let (session, found) = check(example.wrong, example.strict);
        let is_right = match found.as_slice() {
            [only] => only.code == code && session.sources.position(only.span()).line == example.line,
            _ => false,
        };
        if !is_right {
            faults.push(format!("{text}: expected it in line {}, found {}", example.line, shown(&session, &found)));
        }
        let (session, found) = check(example.right, example.strict);
        if !found.is_empty() {
            faults.push(format!("{text}: the correction has {}", shown(&session, &found)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_nesting_limit_is_reported_once() {
    let text = format!("print({}1{})", "(".repeat(400), ")".repeat(400));
    let (_, found) = check(&text, false);
    assert_eq!(found.iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>(), [Code::M001]);
}

#[test]
fn the_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/diagnostics.md");
    let sections: Vec<String> = Code::ALL.iter().map(|&code| pages::markdown(code)).collect();
    let want = format!("{INTRO}{}", sections.join("\n"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &want).expect("writable");
    }
    let got = std::fs::read_to_string(&path).expect("docs/diagnostics.md");
    assert!(got == want, "docs/diagnostics.md is out of date: BLESS=1 cargo test --release -p compiler --test explain");
}
