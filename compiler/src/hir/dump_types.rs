//! `mochi dump --types`: what every field, parameter, variable and result of the program can hold.
//!
//! ```text
//! type Point
//!   x: int
//! fun add(a: int, b: float): float            main.mochi:3:5
//!   total: float                              main.mochi:4:7
//! ```
//! `boxed` stands behind what is kept as a tagged value.

use super::facts::Facts;
use super::tree::{DataKind, FieldDecl, Program};
use crate::source::{SourceMap, Span};
use crate::syntax::symbol::{Names, sym};
use crate::types::text::TypeText;
use crate::types::{Ty, TyKind};
use std::fmt::Write;

pub fn dump_types(program: &Program, facts: &Facts, names: &Names, sources: &SourceMap) -> String {
    let data_name = |id: crate::types::DataId| program.data[id.0 as usize].name;
    let text = TypeText { tys: &facts.tys, names, data_name: &data_name };
    let mut dump = Dump { program, facts, names, sources, text, out: String::new() };
    dump.data();
    dump.functions();
    dump.out
}

struct Dump<'a> {
    program: &'a Program,
    facts: &'a Facts,
    names: &'a Names,
    sources: &'a SourceMap,
    text: TypeText<'a>,
    out: String,
}

impl Dump<'_> {
    fn data(&mut self) {
        for (id, decl) in self.program.data.iter().enumerate().filter(|(_, d)| !d.is_prelude) {
            let types = &self.facts.fields[id];
            match &decl.kind {
                DataKind::Struct(fields) => {
                    let _ = writeln!(self.out, "type {}", self.names.text(decl.name));
                    self.fields(fields, types);
                }
                DataKind::Union(variants) => {
                    let _ = writeln!(self.out, "type {}", self.names.text(decl.name));
                    let mut base = 0;
                    for variant in variants {
                        let _ = writeln!(self.out, " | {}", self.names.text(variant.name));
                        self.fields(&variant.fields, &types[base..]);
                        base += variant.fields.len();
                    }
                }
            }
        }
    }
    fn fields(&mut self, fields: &[FieldDecl], types: &[Ty]) {
        for (field, &ty) in fields.iter().zip(types) {
            self.line(&format!("  {}: {}", self.names.text(field.name), self.text.text(ty)), ty, field.span);
        }
    }

    fn functions(&mut self) {
        for (id, function) in self.program.fns.iter().enumerate().filter(|(_, f)| !f.is_prelude) {
            let name = if function.name == sym::MISSING { "fun" } else { self.names.text(function.name) };
            let params: Vec<String> = function.params.iter().map(|&p| self.variable(p)).collect();
            let ret = self.facts.ret[id];
            let is_main = self.program.main.is_some_and(|main| main.index() == id);
            let head = if is_main { "program".to_string() } else { format!("fun {name}({}): {}", params.join(", "), self.text.text(ret)) };
            self.line(&head, ret, function.span);
            for (index, local) in self.program.locals.iter().enumerate() {
                let id_of = super::tree::LocalId(index as u32);
                if local.owner.index() == id && !function.params.contains(&id_of) {
                    let ty = self.facts.local(id_of);
                    self.line(&format!("  {}", self.variable(id_of)), ty, local.span);
                }
            }
        }
    }
    fn variable(&self, local: super::tree::LocalId) -> String {
        format!("{}: {}", self.names.text(self.program.locals[local.index()].name), self.text.text(self.facts.local(local)))
    }
    fn line(&mut self, text: &str, ty: Ty, span: Span) {
        let at = self.sources.position(span);
        let boxed = if is_boxed(self.facts, ty) { "  boxed" } else { "" };
        let _ = writeln!(self.out, "{text:<60} {}:{}:{}{boxed}", self.sources.name(span), at.line, at.column);
    }
}

/// Whether values of the type are kept as tagged values.
pub fn is_boxed(facts: &Facts, ty: Ty) -> bool {
    match facts.tys.kind(ty) {
        TyKind::Any { .. } => true,
        TyKind::Option(of) => matches!(facts.tys.kind(*of), TyKind::Bool | TyKind::Int | TyKind::Float),
        _ => false,
    }
}
