//! `mochi check --fix`: applies the changes that diagnostics offer.
//!
//! Each round checks the text, takes the changes that do not overlap, and makes them; the next round sees the result, since one mistake
//! can hide another. Changes of a program that runs as it is (its diagnostics are warnings) are made only where they keep what it
//! does. The file is written once, at the end, and only if something changed.

use crate::failure::Failure;
use crate::load;
use crate::write;
use compiler::diagnostic::{Diagnostic, Fix};
use compiler::driver::{Options, Session};
use compiler::source::FileId;
use std::collections::HashSet;
use std::path::Path;

/// More rounds than any text needs whose mistakes do not breed new ones.
const ROUNDS: usize = 50;

/// Changes a file and says what was done.
pub fn file(path: &Path, options: &Options) -> Result<(), Failure> {
    let before = load::file_to_change(path)?;
    let name = path.display().to_string();
    let mut text = before.clone();
    let mut seen = HashSet::from([before.clone()]);
    let mut done: Vec<(u32, String)> = Vec::new();
    for _ in 0..ROUNDS {
        let mut session = Session::new();
        let main = session.add_main(&name, &text);
        load::packages(&mut session);
        let diagnostics = session.check(options).diagnostics;
        let fixes = chosen(&diagnostics, main);
        let changed = applied(&text, &fixes);
        // A text that was there before would come again and again.
        if fixes.is_empty() || !seen.insert(changed.clone()) {
            break;
        }
        done.extend(fixes.iter().map(|fix| (session.sources.position(fix.edits[0].span).line, fix.message.clone())));
        text = changed;
    }
    if before.contains("\r\n") {
        text = with_line_ends(&text);
    }
    if text != before {
        write::whole(path, text.as_bytes())?;
        done.iter().for_each(|(line, message)| anstream::eprintln!("{name}:{line}: {message}"));
        let plural = if done.len() == 1 { "" } else { "s" };
        anstream::eprintln!("{name}: {} change{plural} made", done.len());
    }
    Ok(())
}

/// The first change of each diagnostic, in the order of the text, without those that overlap an earlier one.
fn chosen(diagnostics: &[Diagnostic], main: FileId) -> Vec<Fix> {
    let mut fixes: Vec<&Fix> = diagnostics
        .iter()
        .filter_map(|diagnostic| diagnostic.fixes.first().filter(|fix| diagnostic.is_error() || !fix.guess))
        .filter(|fix| !fix.edits.is_empty() && fix.edits.iter().all(|edit| edit.span.file == main))
        .collect();
    fixes.sort_by_key(|fix| fix.edits[0].span.start);
    let mut end = 0;
    let mut taken = Vec::new();
    for fix in fixes {
        let (first, last) = (fix.edits[0].span, fix.edits[fix.edits.len() - 1].span);
        if taken.is_empty() || first.start > end {
            end = last.end.max(last.start);
            taken.push(fix.clone());
        }
    }
    taken
}

/// All line ends as most editors on Windows write them: what was added has others.
fn with_line_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn applied(text: &str, fixes: &[Fix]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in fixes.iter().flat_map(|fix| &fix.edits) {
        out.push_str(&text[at..edit.span.start as usize]);
        out.push_str(&edit.replacement);
        at = edit.span.end as usize;
    }
    out.push_str(&text[at..]);
    out
}
