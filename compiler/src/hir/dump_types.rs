//! `mochi dump --types`: what every field, parameter, variable and result of the program can hold.
//!
//! ```text
//! type Point
//!   x: int
//! fun add(a: int, b: float?): float           main.mochi:3:5
//!     b: none from 9:12
//!   total: float                              main.mochi:4:7
//! functions with a tagged value in a loop: 0 of 2
//! ```
//! `boxed` stands behind what is kept as a tagged value. Below what is nullable or of several kinds, itself or in its
//! elements (`b[]`), stands what forced it: each kind with the first place that brings it in.

use super::facts::Facts;
use super::infer::Options;
use super::infer::origin::{Origins, Part, Reason, Step, explain};
use super::tree::{DataKind, FieldDecl, FnId, FnKind, LocalId, Program};
use super::walk;
use crate::source::{SourceMap, Span};
use crate::syntax::symbol::{Names, sym};
use crate::types::text::TypeText;
use crate::types::{DataId, Ty, TyKind};
use std::fmt::Write;

/// The text; `options` are those that the facts were inferred with.
pub fn dump_types(program: &Program, facts: &Facts, names: &Names, sources: &SourceMap, options: Options) -> String {
    let data_name = |id: DataId| program.data[id.0 as usize].name;
    let text = TypeText { tys: &facts.tys, names, data_name: &data_name };
    let origins = explain(program, names, facts.known, options);
    let mut dump = Dump { program, facts, names, sources, origins, text, out: String::new() };
    dump.data();
    dump.functions();
    dump.loops();
    dump.out
}

struct Dump<'a> {
    program: &'a Program,
    facts: &'a Facts,
    names: &'a Names,
    sources: &'a SourceMap,
    origins: Origins,
    text: TypeText<'a>,
    out: String,
}

impl<'a> Dump<'a> {
    fn data(&mut self) {
        for (id, decl) in self.program.data.iter().enumerate().filter(|(_, d)| !d.is_prelude) {
            let types = &self.facts.fields[id];
            match &decl.kind {
                DataKind::Struct(fields) => {
                    let _ = writeln!(self.out, "type {}", self.names.text(decl.name));
                    self.fields(id, 0, fields, types);
                }
                DataKind::Union(variants) => {
                    let _ = writeln!(self.out, "type {}", self.names.text(decl.name));
                    let mut base = 0;
                    for variant in variants {
                        let _ = writeln!(self.out, " | {}", self.names.text(variant.name));
                        self.fields(id, base, &variant.fields, &types[base..]);
                        base += variant.fields.len();
                    }
                }
            }
        }
    }
    fn fields(&mut self, data: usize, base: usize, fields: &[FieldDecl], types: &[Ty]) {
        for (index, (field, &ty)) in fields.iter().zip(types).enumerate() {
            let name = self.names.text(field.name);
            self.line(&format!("  {name}: {}", self.text.text(ty)), ty, field.span);
            self.reasons(name, self.origins.of_field(DataId(data as u32), base + index));
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
            for &param in &function.params {
                self.reasons(self.name(param), self.origins.of_local(param));
            }
            if !is_main {
                self.reasons("result", self.origins.of_result(FnId(id as u32)));
            }
            for (index, local) in self.program.locals.iter().enumerate() {
                let id_of = LocalId(index as u32);
                if local.owner.index() == id && !function.params.contains(&id_of) {
                    let ty = self.facts.local(id_of);
                    self.line(&format!("  {}", self.variable(id_of)), ty, local.span);
                    self.reasons(self.name(id_of), self.origins.of_local(id_of));
                }
            }
        }
    }
    fn variable(&self, local: LocalId) -> String {
        format!("{}: {}", self.name(local), self.text.text(self.facts.local(local)))
    }
    fn name(&self, local: LocalId) -> &'a str {
        self.names.text(self.program.locals[local.index()].name)
    }

    /// The places that forced what is not of one kind.
    fn reasons(&mut self, name: &str, reasons: Vec<Reason>) {
        for Reason { path, parts } in reasons {
            let path: String = path.iter().map(|&step| self.step(step)).collect();
            let parts: Vec<String> = parts.iter().map(|&(part, at)| format!("{}{}", self.part(part), self.from(at))).collect();
            let _ = writeln!(self.out, "    {name}{path}: {}", parts.join(", "));
        }
    }
    fn step(&self, step: Step) -> String {
        match step {
            Step::Element => "[]".to_owned(),
            Step::Key => ".key".to_owned(),
            Step::Value => "[key]".to_owned(),
            Step::Field(name) => format!(".{}", self.names.text(name)),
        }
    }
    fn part(&self, part: Part) -> &'a str {
        match part {
            Part::None => "none",
            Part::Bool => "bool",
            Part::Int => "int",
            Part::Float => "float",
            Part::Data(data) => self.names.text(self.program.data[data.0 as usize].name),
            Part::Record => "record",
            Part::Map => "map",
            Part::Function => "function",
        }
    }
    fn from(&self, at: Option<Span>) -> String {
        let Some(span) = at else { return String::new() };
        let position = self.sources.position(span);
        format!(" from {}:{}", position.line, position.column)
    }

    /// How many functions, the top level included, handle a tagged value again and again.
    fn loops(&mut self) {
        let (mut all, mut boxed) = (0, Vec::new());
        for (id, function) in self.program.fns.iter().enumerate().filter(|(_, f)| !f.is_prelude) {
            let (FnKind::Body(body) | FnKind::Method(_, body)) = &function.kind else { continue };
            let mut found = false;
            walk::for_each_expr(body, false, &mut |expr, repeated| found |= repeated && is_boxed(self.facts, self.facts.of(expr.id)));
            all += 1;
            if found {
                let is_main = self.program.main.is_some_and(|main| main.index() == id);
                boxed.push(if is_main { "program" } else { self.names.text(function.name) });
            }
        }
        let names = if boxed.is_empty() { String::new() } else { format!(": {}", boxed.join(", ")) };
        let _ = writeln!(self.out, "functions with a tagged value in a loop: {} of {all}{names}", boxed.len());
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
