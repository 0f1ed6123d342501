//! `mochi fmt`: files in their canonical layout.

use crate::args::Fmt;
use crate::failure::{Failure, Outcome};
use crate::{load, render};
use compiler::fmt::format;
use compiler::source::SourceMap;
use std::io::Read;
use std::path::Path;

pub fn fmt(args: &Fmt) -> Outcome {
    if args.paths.len() == 1 && args.paths[0].as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|error| Failure::message(format!("cannot read standard input: {error}")))?;
        let Some(laid_out) = layout("<stdin>", &text) else { return Ok(1) };
        if args.check {
            return Ok(u8::from(laid_out != text));
        }
        print!("{laid_out}");
        return Ok(0);
    }
    let mut failed = false;
    for path in load::sources(&args.paths)? {
        let text = load::file(&path)?;
        match layout(&path.display().to_string(), &text) {
            None => failed = true,
            Some(laid_out) if laid_out == text => {}
            Some(_) if args.check => {
                anstream::println!("{} would change", path.display());
                failed = true;
            }
            Some(laid_out) => replace(&path, &laid_out)?,
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

/// Writes beside the file and renames, so that a full disk leaves the old one whole.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let part = path.with_extension("mochi.part");
    std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path)).map_err(|error| {
        let _ = std::fs::remove_file(&part);
        Failure::file("write", path, &error)
    })
}
