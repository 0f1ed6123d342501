//! The compiler for a page: one source text in; diagnostics, a core module, the text laid out or what a stage makes of it, out.
//!
//! Built for wasm32-unknown-unknown and wrapped by wasm-bindgen (`pack/`). It runs nothing: the page gives the module to `host-js`.
//! Offsets are those of JavaScript strings, in UTF-16 code units.

mod json;

use compiler::diagnostic::Diagnostic;
use compiler::driver::{Checked, Options, Session};
use compiler::ir::Verified;
use compiler::source::SourceMap;
use compiler::wasm::{EmitOptions, Location, Names, emit};
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
    pub fn module(&mut self) -> Option<Vec<u8>> {
        self.module.take()
    }
    /// Errors and warnings as a JSON array; `json` describes the fields.
    #[wasm_bindgen(getter)]
    pub fn diagnostics(&self) -> String {
        self.diagnostics.clone()
    }
}

/// Compiles a program of one file.
#[wasm_bindgen]
pub fn compile(source: &str) -> Compilation {
    let (session, mut checked) = checked(source);
    let diagnostics = json::diagnostics(&checked.diagnostics, &session.sources);
    let module = lowered(&session, &mut checked);
    let locate = |span| Location::of(&session.sources, span);
    let options = EmitOptions { names: Names::Functions, locate: Some(&locate), ..EmitOptions::default() };
    let module = module.map(|module| emit(&module, &options).bytes);
    Compilation { module, diagnostics }
}

/// The diagnostics alone, as a JSON array.
#[wasm_bindgen]
pub fn check(source: &str) -> String {
    let (session, checked) = checked(source);
    json::diagnostics(&checked.diagnostics, &session.sources)
}

/// What a stage makes of a program: `types`, `ir`, `wat` or `c`; nothing if there are errors.
#[wasm_bindgen]
pub fn stage(source: &str, name: &str) -> Option<String> {
    let (session, mut checked) = checked(source);
    if name == "types" {
        let facts = checked.facts.as_ref().filter(|_| !checked.has_errors())?;
        let options = compiler::hir::infer::Options { exact_ints: false };
        return Some(compiler::hir::dump_types(&checked.program, facts, &session.names, &session.sources, options));
    }
    let module = lowered(&session, &mut checked)?;
    Some(match name {
        "ir" => compiler::ir::print_with(&module, compiler::ir::PrintOptions { spans: false }),
        "wat" => compiler::wasm::wat(&emit(&module, &EmitOptions { names: Names::Everything, ..EmitOptions::default() }).bytes),
        "c" => cnative::emit(&module, &cnative::COptions { runtime: cnative::Runtime::Include, ..cnative::COptions::default() }),
        _ => return None,
    })
}

/// The text in its canonical layout; nothing if it does not parse.
#[wasm_bindgen]
pub fn format(source: &str) -> Option<String> {
    let file = SourceMap::new().add(FILE, source);
    let (laid_out, diagnostics) = compiler::fmt::format(file, source);
    (!diagnostics.iter().any(Diagnostic::is_error)).then_some(laid_out)
}

fn checked(source: &str) -> (Session, Checked) {
    let mut session = Session::new();
    session.add_main(FILE, source);
    while let Some(request) = session.next_import() {
        session.refuse(&request, "a page has no packages to import");
    }
    let checked = session.check(&Options::default());
    (session, checked)
}

fn lowered(session: &Session, checked: &mut Checked) -> Option<Verified> {
    let entry = checked.program.main.filter(|_| !checked.has_errors())?;
    Some(session.compile(checked, entry, &Options::default(), &mut |_, _| {}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_becomes_a_module() {
        let compilation = compile("print(\"hi\")\n");
        assert_eq!(compilation.diagnostics, "[]");
        assert!(compilation.module.is_some_and(|m| m.starts_with(b"\0asm")));
    }

    #[test]
    fn a_text_is_laid_out_if_it_parses() {
        assert_eq!(format("print( 1+2 )").as_deref(), Some("print(1 + 2)\n"));
        assert_eq!(format("print("), None);
    }

    #[test]
    fn errors_are_told_with_their_places_and_fixes() {
        let diagnostics = check("let title = \"\u{e9}\"\nprint(titel)\n");
        assert!(diagnostics.contains(r#""line":2,"start":22,"end":27"#), "{diagnostics}");
        assert!(diagnostics.contains(r#""edits":[{"start":22,"end":27,"text":"title"}]"#), "{diagnostics}");
        assert!(diagnostics.contains(r"2 | print(titel)\n  |       ^^^^^ "), "{diagnostics}");
    }

    #[test]
    fn stages_are_shown() {
        assert!(stage("print(1)", "wat").is_some_and(|text| text.starts_with("(module")));
        assert!(stage("print(1)", "c").is_some_and(|text| text.contains("mochi_")));
        assert!(stage("print(1)", "ir").is_some_and(|text| text.contains("func @main")));
        assert_eq!(stage("print(x)", "ir"), None);
    }
}
