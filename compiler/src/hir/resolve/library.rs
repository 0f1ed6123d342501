//! The prelude, of which a program gets what it asks for.
//!
//! `build.rs` lists the prelude's items (functions, types, globals, tests) with the items that each may use. [`Library::load`] parses and
//! resolves those that are asked for and all that they reach, together, as if they were the only ones; so what a program does not
//! use costs nothing, and no name of the prelude is looked up before its item is there. A mistake in the prelude is our own and a panic.

use super::added::Added;
use super::scope::Scopes;
use super::{Resolver, foreign};
use crate::arena::Arena;
use crate::diagnostic::Diagnostic;
use crate::hir::tree::Program;
use crate::source::{FileId, SourceMap};
use crate::syntax::ast::{self, Ids};
use crate::syntax::symbol::Names;
use crate::syntax::{ParseOptions, parse};
use std::collections::BTreeSet;

/// A declaration of the prelude.
pub struct Item {
    /// Of a test, nothing.
    pub name: &'static str,
    /// The index of its file.
    pub file: u32,
    /// Its bytes in the file.
    pub start: u32,
    pub end: u32,
    pub is_test: bool,
    /// The items whose names stand in it.
    pub uses: &'static [u16],
}

include!(concat!(env!("OUT_DIR"), "/prelude.rs"));

/// The types that every program needs: `WellKnown`.
const ALWAYS: [&str; 6] = ["string", "list", "map", "group", "bigint", "bigrat"];

/// The prelude of one compilation: the syntax trees of the items that were read.
#[derive(Default)]
pub struct Library {
    trees: Arena<ast::Program>,
}

/// Which items a program has.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    items: BTreeSet<u16>,
    /// What their names mean.
    scopes: Scopes,
}

impl Library {
    /// Adds the prelude's texts, which have the first file numbers of a compilation.
    pub fn add_texts(sources: &mut SourceMap) {
        for (index, (name, text)) in FILES.iter().enumerate() {
            let file = sources.add_library(format!("prelude/{name}"), *text);
            assert_eq!(file, FileId(index as u32), "the prelude comes first");
        }
    }

    /// Resolves the named items and what they use, as far as they are not there yet. A name without an item is left out.
    pub fn load(&self, program: &Program, sources: &SourceMap, names: &Names, wanted: &[&str]) {
        let items: Vec<u16> = wanted.iter().flat_map(|name| named(name)).copied().collect();
        self.load_items(program, sources, names, items);
    }

    /// Resolves what any program needs, and what these files' foreign imports do.
    pub fn load_for<'a>(&self, program: &Program, sources: &SourceMap, names: &Names, files: impl Iterator<Item = &'a ast::Program>) {
        let packages = files.flat_map(|file| &file.imports);
        let packages = packages.filter_map(|import| foreign::package(names.text(import.lang?.name), &import.path.value));
        let functions = packages.flat_map(|package| package.items).filter_map(|(_, item)| match item {
            foreign::Item::Prelude(name, _) => Some(*name),
            _ => None,
        });
        let wanted: Vec<&str> = ALWAYS.into_iter().chain(functions).collect();
        self.load(program, sources, names, &wanted);
    }

    /// Resolves everything, tests included.
    pub fn load_all(&self, program: &Program, sources: &SourceMap, names: &Names) {
        self.load_items(program, sources, names, (0..ITEMS.len() as u16).collect());
    }

    fn load_items(&self, program: &Program, sources: &SourceMap, names: &Names, mut pending: Vec<u16>) {
        let mut loaded = program.prelude.borrow_mut();
        let mut fresh = BTreeSet::new();
        while let Some(item) = pending.pop() {
            if loaded.items.insert(item) {
                fresh.insert(item);
                pending.extend(ITEMS[item as usize].uses);
            }
        }
        if fresh.is_empty() {
            return;
        }
        // Their own counters: the ids of trees are only used while the trees are resolved.
        let mut ids = Ids::default();
        let first = self.trees.len();
        for item in fresh {
            let Item { file, start, end, .. } = ITEMS[item as usize];
            let file = FileId(file);
            let text = &sources.file(file).text()[..end as usize];
            let (tree, diagnostics) = parse(file, text, names, &mut ids, ParseOptions { prelude: true, start });
            must_be_right(sources, &diagnostics);
            self.trees.push(tree);
        }
        let stmts: Vec<&ast::Stmt> = (first..self.trees.len()).flat_map(|tree| &self.trees[tree].stmts).collect();
        let mut resolver = Resolver::new(program, sources, names, &[]);
        resolver.scopes = std::mem::take(&mut loaded.scopes);
        resolver.library(&stmts);
        must_be_right(sources, &resolver.diagnostics);
        loaded.scopes = std::mem::take(&mut resolver.scopes);
        let added: Added = resolver.finish().0;
        added.finish();
    }
}

/// The items of a name.
fn named(name: &str) -> &'static [u16] {
    let text = |item: &u16| ITEMS[*item as usize].name;
    let start = BY_NAME.partition_point(|item| text(item) < name);
    let count = BY_NAME[start..].partition_point(|item| text(item) == name);
    &BY_NAME[start..start + count]
}

fn must_be_right(sources: &SourceMap, diagnostics: &[Diagnostic]) {
    let texts: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| {
            let span = diagnostic.span();
            format!("{}:{}: {}", sources.name(span), sources.position(span).line, diagnostic.message)
        })
        .collect();
    assert!(texts.is_empty(), "mistakes in the prelude:\n{}", texts.join("\n"));
}
