//! From texts to verified IR: the stages in order, each one's result there to be looked at.
//!
//! ```
//! use compiler::driver::{Options, Session};
//! let mut session = Session::new();
//! session.add_main("hello.mochi", "print(\"Hello\")");
//! assert!(session.next_import().is_none());
//! let checked = session.check(&Options::default());
//! assert!(checked.diagnostics.is_empty());
//! ```
//! A session does no I/O: it asks for imported packages, and the caller loads them.

mod cascade;

use crate::diagnostic::{Code, Diagnostic, Severity, is_full};
use crate::hash::HashMap;
use crate::hir::infer::{self, infer};
use crate::hir::resolve::library::FILES;
use crate::hir::resolve::{Input, Library, Link, Package, imports, prelude, resolve};
use crate::hir::{Facts, doubts, prelude_check, strict, sure, tree};
use crate::ir::{Module, Verified, verify};
pub use crate::lower::Blocks;
use crate::lower::{Compilation, Form, lower_entry};
use crate::pass::{PASSES, run_passes};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::ast::{self, Ids};
use crate::syntax::symbol::Names;
use crate::syntax::{ParseOptions, parse};

/// What the user chose.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `--exact-ints`: arithmetic that leaves 64 bits goes on in big integers.
    pub exact_ints: bool,
    /// Whether the optimising passes run.
    pub optimize: bool,
    /// Whether an op may replace the prelude function that defines it; off under `--no-overrides`.
    pub overrides: bool,
    /// The rules of the reference's newest checker (`mochi check --strict`); such a program is not compiled.
    pub strict: bool,
    /// The program runs one of these, which the environment chooses when it is started.
    pub blocks: Option<Blocks>,
    /// Whether the IR is verified after every pass, not only at the end.
    pub verify_passes: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { exact_ints: false, optimize: true, overrides: true, strict: false, blocks: None, verify_passes: false }
    }
}

/// A package that some file imports and that is not loaded yet.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The importing file; paths are relative to its folder.
    pub file: FileId,
    pub path: Box<str>,
    pub span: Span,
}

/// One compilation: the prelude, the program, its packages.
pub struct Session {
    pub sources: SourceMap,
    pub names: Names,
    ids: Ids,
    library: Library,
    user: Vec<ast::Program>,
    packages: Vec<Package>,
    /// Loaded packages by the caller's key.
    loaded: HashMap<String, usize>,
    links: Vec<Link>,
    requests: Vec<ImportRequest>,
    diagnostics: Vec<Diagnostic>,
}

/// A program whose names are resolved and whose types are known.
pub struct Checked {
    pub program: tree::Program,
    /// Nothing where an error stands in the way of inference.
    pub facts: Option<Facts>,
    /// All diagnostics, parse errors included, in the order of the files and places.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}

impl Session {
    /// A session that knows the prelude.
    pub fn new() -> Session {
        let mut session = Session {
            sources: SourceMap::new(),
            names: Names::new(),
            ids: Ids::default(),
            library: Library::default(),
            user: Vec::new(),
            packages: Vec::new(),
            loaded: HashMap::default(),
            links: Vec::new(),
            requests: Vec::new(),
            diagnostics: Vec::new(),
        };
        Library::add_texts(&mut session.sources);
        session
    }

    fn parse(&mut self, file: FileId) -> ast::Program {
        let text = self.sources.file(file).text();
        let (program, diagnostics) = parse(file, text, &self.names, &mut self.ids, ParseOptions::default());
        self.diagnostics.extend(diagnostics.into_iter().map(Diagnostic::helped));
        program
    }

    /// Adds a file of the program. Several share one top level.
    pub fn add_main(&mut self, name: &str, text: impl Into<String>) -> FileId {
        let file = self.sources.add(name, text);
        let program = self.parse(file);
        self.request_imports(&program);
        self.user.push(program);
        file
    }

    fn request_imports(&mut self, program: &ast::Program) {
        for path in imports(program) {
            self.requests.push(ImportRequest { file: program.file, path: path.value.clone(), span: path.span });
        }
    }

    /// The next package to load: answer with `provide` or `refuse`.
    pub fn next_import(&mut self) -> Option<ImportRequest> {
        self.requests.pop()
    }

    /// Gives the files of a package, name and text each. `key` tells packages apart; the files of a known one are ignored.
    pub fn provide(&mut self, request: &ImportRequest, key: &str, files: Vec<(String, String)>) {
        let package = match self.loaded.get(key) {
            Some(&package) => package,
            None => {
                let index = self.packages.len();
                self.loaded.insert(key.to_owned(), index);
                self.packages.push(Package { files: Vec::new() });
                for (name, text) in files {
                    let file = self.sources.add(name, text);
                    let program = self.parse(file);
                    self.request_imports(&program);
                    self.packages[index].files.push(program);
                }
                index
            }
        };
        self.links.push(Link { file: request.file, path: request.path.clone(), package });
    }

    /// Says why a package cannot be loaded.
    pub fn refuse(&mut self, request: &ImportRequest, why: &str) {
        let diagnostic = Diagnostic::error(Code::M011, request.span, format!("cannot load package `{}`", request.path))
            .label(why)
            .help("packages are looked up next to the importing file, then below MOCHI_ROOT and the working directory");
        self.diagnostics.push(diagnostic);
    }

    /// All texts but the prelude's, under their names, and what their imports lead to: what a compilation depends on besides the
    /// options and the compiler.
    pub fn identity(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut add = |part: &[u8]| {
            out.extend((part.len() as u64).to_le_bytes());
            out.extend(part);
        };
        for (_, file) in self.sources.files().skip(FILES.len()) {
            add(file.name().as_bytes());
            add(file.text().as_bytes());
        }
        for link in &self.links {
            add(&link.file.0.to_le_bytes());
            add(link.path.as_bytes());
            add(&link.package.to_le_bytes());
        }
        out
    }

    /// The program's syntax trees.
    pub fn trees(&self) -> &[ast::Program] {
        &self.user
    }

    /// What the parser and the loader reported so far.
    pub fn parse_diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Resolves and infers everything that was added.
    pub fn check(&mut self, options: &Options) -> Checked {
        self.check_with(options, &mut |_| {})
    }

    /// The same; the function is called at the end of each phase: `prelude`, `resolve`, `infer`, `check`. Of what has so many syntax
    /// errors that it is no program, only these are told.
    pub fn check_with(&mut self, options: &Options, after: &mut dyn FnMut(&'static str)) -> Checked {
        let (packages, links) = self.ordered_packages();
        let input = Input { sources: &self.sources, library: &self.library, user: &self.user, packages: &packages, links: &links };
        let mut program = prelude(&input, &self.names);
        after("prelude");
        if is_full(&self.diagnostics) {
            let mut diagnostics = self.diagnostics.clone();
            diagnostics.sort_by_key(|diagnostic| (diagnostic.span().file, diagnostic.span().start));
            return Checked { program, facts: None, diagnostics };
        }
        let mut found = resolve(&input, &mut program, &self.names);
        after("resolve");
        cascade::remove(&self.sources, &self.user, &self.diagnostics, &mut found);
        let mut diagnostics = self.diagnostics.clone();
        match options.strict {
            true => {
                diagnostics.iter_mut().filter(|diagnostic| diagnostic.code == Code::M011).for_each(|d| d.severity = Severity::Warning);
                diagnostics.extend(self.strict(&program, found));
            }
            false => diagnostics.extend(found),
        }
        diagnostics.sort_by_key(|diagnostic| (diagnostic.span().file, diagnostic.span().start));
        let mut facts = None;
        let is_whole = |diagnostic: &Diagnostic| !diagnostic.is_error() || diagnostic.code.leaves_the_tree_whole();
        if self.diagnostics.iter().all(is_whole) {
            let found = doubts::check(&program, &self.names, options.strict, &diagnostics);
            diagnostics.extend(found);
            diagnostics.sort_by_key(|diagnostic| (diagnostic.span().file, diagnostic.span().start));
        }
        // What can never work is wrong under any rules; where the strict ones found something, that is its cause.
        let is_refused = options.strict && diagnostics.iter().any(Diagnostic::is_error);
        if !is_refused && !self.is_cut_short() {
            let mut known = Facts::new(&program, &self.names);
            let inference = infer::Options { exact_ints: options.exact_ints };
            infer(&program, &self.names, inference, &mut known);
            after("infer");
            // What was read of a statement with a word that fits nowhere may be something else than what is meant.
            let unclear = self.diagnostics.iter().any(|error| error.is_error() && matches!(error.code, Code::P999 | Code::P031));
            let partial = unclear || self.user.iter().any(|file| !file.broken.is_empty());
            let mut found = sure::check(&program, &self.names, &known, inference, partial);
            cascade::remove_sure(&self.sources, &self.user, &diagnostics, &mut found);
            diagnostics.extend(found);
            diagnostics.sort_by_key(|diagnostic| (diagnostic.span().file, diagnostic.span().start));
            cascade::fold(&mut diagnostics);
            facts = (!options.strict && !diagnostics.iter().any(Diagnostic::is_error)).then_some(known);
        }
        after("check");
        Checked { program, facts, diagnostics }
    }

    /// Whether a part of the program was not read at all: after the nesting limit, an unterminated string, or without a package.
    fn is_cut_short(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.code.ends_reading() || diagnostic.code == Code::M011)
    }

    /// What the resolver found and the strict rules add: the first error of each top-level statement. What cannot be compiled or
    /// loaded here is no mistake of the program.
    fn strict(&self, program: &tree::Program, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        if self.diagnostics.iter().any(|diagnostic| diagnostic.code.ends_reading()) {
            return Vec::new();
        }
        let mut all: Vec<Diagnostic> = strict::check(program, &self.names);
        all.extend(self.user.iter().flat_map(|file| strict::effects(file, &self.names)));
        let syntax: Vec<Diagnostic> = self.diagnostics.iter().filter(|diagnostic| diagnostic.code != Code::M011).cloned().collect();
        cascade::remove_sure(&self.sources, &self.user, &syntax, &mut all);
        for mut diagnostic in found {
            diagnostic.severity = match diagnostic.code {
                Code::M010 | Code::M011 => Severity::Warning,
                _ => Severity::Error,
            };
            all.push(diagnostic);
        }
        all.sort_by_key(|diagnostic| (diagnostic.span().file, diagnostic.span().start));
        let mut statements: Vec<Span> = self.user.iter().flat_map(|file| &file.stmts).map(|stmt| stmt.span).collect();
        statements.sort_by_key(|span| (span.file, span.start));
        let mut reported = vec![false; statements.len()];
        all.retain(|diagnostic| {
            let at = diagnostic.span();
            let last = statements.partition_point(|span| (span.file, span.start) <= (at.file, at.start)).checked_sub(1);
            let inside = last.filter(|&index| statements[index].file == at.file && at.start <= statements[index].end);
            !diagnostic.is_error() || inside.is_none_or(|index| !std::mem::replace(&mut reported[index], true))
        });
        all
    }

    /// Lowers a checked program from an entry function without parameters, and optimises it. The function sees the module after
    /// lowering (`lower`) and after each pass. IR that does not verify is a fault of ours and a panic.
    pub fn compile(&self, checked: &mut Checked, entry: tree::FnId, options: &Options, after: &mut dyn FnMut(&str, &Module)) -> Verified {
        let mut module = self.lower(checked, entry, options);
        after("lower", &module);
        if options.verify_passes {
            must_verify(module.clone(), "lower");
        }
        let mut hook = |pass: &str, module: &Module| {
            after(pass, module);
            if options.verify_passes {
                must_verify(module.clone(), pass);
            }
        };
        run_passes(&mut module, u8::from(options.optimize), Some(&mut hook));
        must_verify(module, "the last pass")
    }

    /// Lowers a checked program from an entry function without parameters, and does nothing else.
    pub fn lower(&self, checked: &mut Checked, entry: tree::FnId, options: &Options) -> Module {
        let facts = checked.facts.as_mut().expect("only programs without errors are compiled");
        let known = Compilation { program: &checked.program, library: &self.library, names: &self.names, sources: &self.sources };
        lower_entry(known, facts, entry, Form { overrides: options.overrides, blocks: options.blocks })
    }

    /// Resolves and types the whole prelude, tests included, of which a program has only what it needs; gives the mistakes found.
    pub fn check_prelude(&self, program: &tree::Program, facts: &mut Facts) -> Vec<Diagnostic> {
        self.library.load_all(program, &self.sources, &self.names);
        facts.grow(program);
        prelude_check::check_all(program, &self.names, facts)
    }

    /// The packages, each after those it imports, and the links with the new indices. Packages that import each other in a
    /// circle are reported; the import that closes the circle is left without a link.
    fn ordered_packages(&mut self) -> (Vec<Package>, Vec<Link>) {
        let mut order: Vec<usize> = Vec::new();
        let mut state = vec![Visit::New; self.packages.len()];
        let mut circular = Vec::new();
        for package in 0..self.packages.len() {
            self.visit(package, &mut state, &mut order, &mut circular);
        }
        for span in circular {
            let diagnostic = Diagnostic::error(Code::M011, span, "packages import each other")
                .label("this import leads back to the package that it stands in")
                .help("move what both need into a third package");
            self.diagnostics.push(diagnostic);
        }
        let place = |package: usize| order.iter().position(|&other| other == package).expect("every package is ordered");
        let links = self.links.iter().map(|link| Link { package: place(link.package), ..link.clone() }).collect();
        (order.iter().map(|&package| self.packages[package].clone()).collect(), links)
    }

    fn visit(&self, package: usize, state: &mut [Visit], order: &mut Vec<usize>, circular: &mut Vec<Span>) {
        if state[package] != Visit::New {
            return;
        }
        state[package] = Visit::Open;
        for file in &self.packages[package].files {
            for path in imports(file) {
                let link = self.links.iter().find(|link| link.file == file.file && link.path == path.value);
                match link {
                    Some(link) if state[link.package] == Visit::Open => circular.push(path.span),
                    Some(link) => self.visit(link.package, state, order, circular),
                    None => {}
                }
            }
        }
        state[package] = Visit::Done;
        order.push(package);
    }
}

fn must_verify(module: Module, stage: &str) -> Verified {
    verify(module).unwrap_or_else(|errors| {
        let texts: Vec<String> = errors.iter().map(|error| error.to_string()).collect();
        panic!("the module does not verify after {stage}:\n{}", texts.join("\n"))
    })
}

/// The passes by name.
pub fn pass_names() -> Vec<&'static str> {
    PASSES.iter().map(|pass| pass.name).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}
