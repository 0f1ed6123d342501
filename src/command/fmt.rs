//! `mochi fmt`: files in their canonical layout.
//!
//! Exit codes: 0, or 1 where a file has syntax errors or cannot be read, and, under `--check` and `--diff`, where a file would change.

use crate::args::Fmt;
use crate::failure::Outcome;
use crate::{load, render, write};
use compiler::fmt::format;
use compiler::source::SourceMap;

pub fn fmt(args: &Fmt) -> Outcome {
    if args.paths.len() == 1 && args.paths[0].as_os_str() == "-" {
        let text = load::standard_input()?;
        let Some(laid_out) = layout("<stdin>", &text) else { return Ok(1) };
        if args.diff {
            show_diff("<stdin>", &text, &laid_out);
        }
        if args.check || args.diff {
            return Ok(u8::from(laid_out != text));
        }
        print!("{laid_out}");
        return Ok(0);
    }
    let mut failed = false;
    let files = load::sources(&args.paths);
    if files.is_empty() {
        anstream::eprintln!("{}", load::NO_SOURCES);
    }
    for path in files {
        let read = if args.check || args.diff { load::file(&path) } else { load::file_to_change(&path) };
        let text = match read {
            Ok(text) => text,
            Err(failure) => {
                failure.show();
                failed = true;
                continue;
            }
        };
        let name = path.display().to_string();
        match layout(&name, &text) {
            None => failed = true,
            Some(laid_out) if laid_out == text => {}
            Some(laid_out) if args.check || args.diff => {
                match args.diff {
                    true => show_diff(&name, &text, &laid_out),
                    false => anstream::println!("{name} would change"),
                }
                failed = true;
            }
            Some(laid_out) => {
                if let Err(failure) = write::whole(&path, laid_out.as_bytes()) {
                    failure.show();
                    failed = true;
                }
            }
        }
    }
    Ok(u8::from(failed))
}

/// The text laid out; nothing, and its diagnostics shown, where it does not parse.
fn layout(name: &str, text: &str) -> Option<String> {
    let mut sources = SourceMap::new();
    let file = sources.add(name, text);
    let (laid_out, diagnostics) = format(file, text);
    if diagnostics.iter().any(|diagnostic| diagnostic.is_error()) {
        render::show(&sources, &diagnostics);
        return None;
    }
    Some(laid_out)
}

/// A unified diff with three lines around each change, which `patch` takes.
fn show_diff(name: &str, old: &str, new: &str) {
    let diff = similar::TextDiff::from_lines(old, new);
    let unified = diff.unified_diff().header(name, name).to_string();
    for line in unified.split_inclusive('\n') {
        let colour = match line.as_bytes().first() {
            Some(b'+') => "\x1b[32m",
            Some(b'-') => "\x1b[31m",
            Some(b'@') => "\x1b[36m",
            _ => "",
        };
        let body = line.trim_end_matches('\n');
        let end = if line.len() > body.len() { "\n" } else { "" };
        let reset = if colour.is_empty() { "" } else { "\x1b[0m" };
        anstream::print!("{colour}{body}{reset}{end}");
    }
}
