//! The compiler for a page: one source text in, diagnostics and a core module, or the text laid out, out.
//!
//! Built for wasm32-unknown-unknown and wrapped by wasm-bindgen (`pack/`). It renders nothing but the text form of a
//! diagnostic, and runs nothing: the page gives the module to `host-js`.

use compiler::diagnostic::{Diagnostic, Severity};
use compiler::driver::{Options, Session};
use compiler::source::SourceMap;
use compiler::wasm::{EmitOptions, emit};
use wasm_bindgen::prelude::wasm_bindgen;

/// The name that messages give to the text of the page.
const FILE: &str = "main.mochi";

/// What came of a text.
#[wasm_bindgen]
pub struct Compilation {
    module: Option<Vec<u8>>,
    diagnostics: String,
}

#[wasm_bindgen]
impl Compilation {
    /// The core module; nothing if there are errors.
    #[wasm_bindgen(getter)]
    pub fn module(&self) -> Option<Vec<u8>> {
        self.module.clone()
    }
    /// Errors and warnings as text; empty if there are none.
    #[wasm_bindgen(getter)]
    pub fn diagnostics(&self) -> String {
        self.diagnostics.clone()
    }
}

/// Compiles a program of one file.
#[wasm_bindgen]
pub fn compile(source: &str) -> Compilation {
    let mut session = Session::new();
    session.add_main(FILE, source);
    while let Some(request) = session.next_import() {
        session.refuse(&request, "a page has no packages to import");
    }
    let options = Options::default();
    let mut checked = session.check(&options);
    let diagnostics = checked.diagnostics.iter().map(|d| text(d, &session.sources)).collect();
    let entry = checked.program.main.filter(|_| !checked.has_errors());
    let module = entry.map(|entry| {
        let verified = session.compile(&mut checked, entry, &options, &mut |_, _| {});
        emit(&verified, &EmitOptions { names: true, ..EmitOptions::default() }).bytes
    });
    Compilation { module, diagnostics }
}

/// The text in its canonical layout; nothing if it does not parse.
#[wasm_bindgen]
pub fn format(source: &str) -> Option<String> {
    let file = SourceMap::new().add(FILE, source);
    let (laid_out, diagnostics) = compiler::fmt::format(file, source);
    (!diagnostics.iter().any(Diagnostic::is_error)).then_some(laid_out)
}

/// The form that the command line tool gives it, without colours: message, place, source line, label, help.
fn text(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let span = diagnostic.span();
    let file = sources.file(span.file);
    let at = file.position(span.start);
    let line = file.line(at.line);
    let number = at.line.to_string();
    let margin = " ".repeat(number.len());
    let indent = " ".repeat(at.column as usize - 1);
    let on_line = line.chars().count() + 1;
    let carets = span.of(file.text()).lines().next().unwrap_or("").chars().count().clamp(1, on_line);
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let label = &diagnostic.labels[0].text;
    let mut text = format!(
        "{severity}[{code:?}]: {message}\n{margin}--> {name}:{number}:{column}\n{margin} |\n{number} | {line}\n{margin} | {indent}{marks} {label}\n",
        code = diagnostic.code,
        message = diagnostic.message,
        name = file.name(),
        column = at.column,
        marks = "^".repeat(carets),
    );
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("{margin} = help: {help}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_becomes_a_module() {
        let compilation = compile("print(\"hi\")\n");
        assert_eq!(compilation.diagnostics, "");
        assert!(compilation.module.is_some_and(|m| m.starts_with(b"\0asm")));
    }

    #[test]
    fn a_text_is_laid_out_if_it_parses() {
        assert_eq!(format("print( 1+2 )").as_deref(), Some("print(1 + 2)\n"));
        assert_eq!(format("print("), None);
    }

    #[test]
    fn errors_are_shown_at_their_place() {
        let compilation = compile("let x = 1\nprint(y)\n");
        assert!(compilation.module.is_none());
        assert!(compilation.diagnostics.contains("--> main.mochi:2:7\n"), "{}", compilation.diagnostics);
        assert!(compilation.diagnostics.contains("2 | print(y)\n  |       ^ "), "{}", compilation.diagnostics);
    }
}
