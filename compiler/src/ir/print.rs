//! The text form of a module, which `parse` reads back.
//!
//! ```text
//! type $cell = struct { value: i64, mut next: ref null $cell }      ; before `struct`: `sub $base`, `final`
//! type $bytes = array i8
//! type $sig2 = func(i64, any) -> bool
//! global %counter: i64
//! data d0 = "text\n\00\ff"
//! site s3 = 4 !0:12:15                                              ; kind, span
//! func @fib(v0: i64 "n") -> i64 {                                   ; after the result: `inline`, `noinline`, `diverges`
//!   v1 = i64.const 2
//!   v2 = i64.lt_s v0, v1
//!   L0: v3: i64 = if v2 {
//!     br L0(v0)
//!   } else {
//!     v4 = i64.sub_checked s3 v0, v1
//!     v5 = call @fib(v4)
//!     br L0(v5)
//!   }
//!   return v3
//! }
//! main @main
//! trap @trap
//! ```
//! An immediate stands before the operands; a field is `$type:name`. A value carries its type where it is not the one
//! that its op yields, then the user's name for it. Names of other characters than `[A-Za-z0-9_.]` are quoted.
//! Spans are `!file:start:end` and left out where they are the default (file 0, bytes 0 to 0). An instruction that was inlined has
//! `in f2` behind its span, and the function's head the calls, each with the called function's name and place, and its own place:
//!
//! ```text
//! func @main() !0:0:90
//!   frame f0 "g" !0:40:41 !0:70:74
//!   frame f1 "f" !0:4:5 !0:60:64 in f0 {
//! ```
//!
//! Values and labels are numbered densely in text order, so `print(parse(print(m))) == print(m)`, and equal programs
//! print equally however they were built. A construct that no `br` names has no label. Nothing is checked here.

use super::build::result_type;
use super::entity::Id;
use super::func::{Func, Imm, Inlining, Inst, InstKind, Region, Value};
use super::module::{FuncId, Module};
use super::place::Place;
use super::types::{Signature, Storage, Type, TypeKind};
use crate::source::{FileId, Span};
use std::fmt::Write;

/// The span of what no source text stands behind; it is not printed.
pub const NO_SPAN: Span = Span { file: FileId(0), start: 0, end: 0 };

/// What to leave out of the text.
#[derive(Clone, Copy, Debug)]
pub struct PrintOptions {
    /// Print the spans of instructions and functions.
    pub spans: bool,
}

/// The whole module, spans included.
pub fn print(module: &Module) -> String {
    print_with(module, PrintOptions { spans: true })
}

pub fn print_with(module: &Module, options: PrintOptions) -> String {
    let mut p = Printer::new(module, options);
    p.declarations();
    for func in module.funcs.values() {
        p.out.push('\n');
        p.function(func);
    }
    if module.main.is_some() || module.trap.is_some() {
        p.out.push('\n');
    }
    for (role, func) in [("main", module.main), ("trap", module.trap)] {
        if let Some(func) = func {
            let _ = writeln!(p.out, "{role} @{}", quoted_name(&module.funcs[func].name));
        }
    }
    p.out
}

/// One function of a module, without spans.
pub fn print_func(module: &Module, func: FuncId) -> String {
    let mut p = Printer::new(module, PrintOptions { spans: false });
    p.function(&module.funcs[func]);
    p.out
}

struct Printer<'a> {
    module: &'a Module,
    options: PrintOptions,
    out: String,
    /// By old number: the number in the text.
    values: Vec<u32>,
    next_value: u32,
    /// By instruction: the label's number, for those that a `br` names.
    labels: Vec<Option<u32>>,
    indent: usize,
}

impl<'a> Printer<'a> {
    fn new(module: &'a Module, options: PrintOptions) -> Self {
        Printer { module, options, out: String::new(), values: Vec::new(), next_value: 0, labels: Vec::new(), indent: 0 }
    }

    fn declarations(&mut self) {
        let module = self.module;
        for def in module.types.values() {
            let name = quoted_name(&def.name);
            let text = match &def.kind {
                TypeKind::Array(a) => format!("array {}", self.storage(a.element)),
                TypeKind::Func(s) => format!("func{}", self.signature(s)),
                TypeKind::Struct(s) => {
                    let sub = s.supertype.map_or(String::new(), |t| format!("sub {} ", type_name(module, t)));
                    let last = if s.is_final { "final " } else { "" };
                    let field = |f: &super::types::Field| {
                        let mutable = if f.mutable { "mut " } else { "" };
                        format!("{mutable}{}: {}", quoted_name(&f.name), self.storage(f.storage))
                    };
                    let fields: Vec<String> = s.fields.iter().map(field).collect();
                    match fields.is_empty() {
                        true => format!("{last}{sub}struct {{}}"),
                        false => format!("{last}{sub}struct {{ {} }}", fields.join(", ")),
                    }
                }
            };
            let _ = writeln!(self.out, "type ${name} = {text}");
        }
        for global in module.globals.values() {
            let _ = writeln!(self.out, "global %{}: {}", quoted_name(&global.name), type_text(module, global.ty));
        }
        for (id, bytes) in module.data.iter() {
            let _ = writeln!(self.out, "data {id} = {}", quoted(bytes));
        }
        for (id, site) in module.sites.iter() {
            let _ = writeln!(self.out, "site {id} = {}{}", site.kind, span_text(site.span));
        }
    }

    fn storage(&self, storage: Storage) -> String {
        match storage {
            Storage::I8 => "i8".to_string(),
            Storage::I16 => "i16".to_string(),
            Storage::Value(t) => type_text(self.module, t),
        }
    }

    fn signature(&self, signature: &Signature) -> String {
        let params: Vec<String> = signature.params.iter().map(|&t| type_text(self.module, t)).collect();
        let result = signature.result.map_or(String::new(), |t| format!(" -> {}", type_text(self.module, t)));
        format!("({}){result}", params.join(", "))
    }

    fn function(&mut self, func: &Func) {
        self.values = vec![u32::MAX; func.values.len()];
        self.next_value = 0;
        self.labels = vec![None; func.insts.len()];
        number_labels(func, func.body, &mut self.labels);
        let params: Vec<String> = func.params().iter().map(|&v| self.definition(func, v, None)).collect();
        let result = func.result.map_or(String::new(), |t| format!(" -> {}", type_text(self.module, t)));
        let inlining = match func.inlining {
            Inlining::Auto => "",
            Inlining::Always => " inline",
            Inlining::Never => " noinline",
        };
        let diverges = if func.diverges { " diverges" } else { "" };
        let span = if self.options.spans { span_text(func.span) } else { String::new() };
        let name = quoted_name(&func.name);
        let _ = write!(self.out, "func @{name}({}){result}{inlining}{diverges}{span}", params.join(", "));
        if self.options.spans {
            for (id, frame) in func.frames.iter() {
                let call = place_text(Place { span: frame.call, frame: frame.outer });
                let _ = write!(self.out, "\n  frame {id} {}{}{call}", quoted(frame.name.as_bytes()), span_text(frame.span));
            }
        }
        self.out.push_str(" {\n");
        self.region(func, func.body);
        self.out.push_str("}\n");
    }

    fn region(&mut self, func: &Func, region: Region) {
        self.indent += 1;
        for &inst in &func.regions[region].insts {
            self.inst(func, inst);
        }
        self.indent -= 1;
    }

    fn inst(&mut self, func: &Func, inst: Inst) {
        self.start_line();
        let data = &func.insts[inst];
        if let Some(label) = self.labels[inst.index()] {
            let _ = write!(self.out, "L{label}: ");
        }
        let head = self.head(func, &data.kind);
        let derived = derived_type(self.module, func, &data.kind);
        let results: Vec<String> = data.results.iter().map(|&v| self.definition(func, v, derived)).collect();
        if !results.is_empty() {
            let _ = write!(self.out, "{} = ", results.join(", "));
        }
        self.out.push_str(&head);
        let span = if self.options.spans { place_text(data.at) } else { String::new() };
        match &data.kind {
            InstKind::Block { body } => {
                let _ = writeln!(self.out, "{span} {{");
                self.region(func, *body);
                self.end_region();
            }
            InstKind::Loop { init, body } => {
                let init: Vec<u32> = init.iter().map(|&v| self.number(v)).collect();
                let params = func.regions[*body].params.iter().enumerate().map(|(i, &v)| {
                    let start = init.get(i).map_or(String::from("?"), |n| format!("v{n}"));
                    format!("{} = {start}", self.definition(func, v, None))
                });
                let params: Vec<String> = params.collect();
                let list = if params.is_empty() { String::new() } else { format!(" ({})", params.join(", ")) };
                let _ = writeln!(self.out, "{list}{span} {{");
                self.region(func, *body);
                self.end_region();
            }
            InstKind::If { then_, else_, .. } => {
                let _ = writeln!(self.out, "{span} {{");
                self.region(func, *then_);
                self.start_line();
                self.out.push_str("} else {\n");
                self.region(func, *else_);
                self.end_region();
            }
            InstKind::Switch { cases, default, .. } => {
                let _ = writeln!(self.out, "{span} {{");
                self.indent += 1;
                for (i, &case) in cases.iter().enumerate() {
                    self.start_line();
                    let _ = writeln!(self.out, "case {i} {{");
                    self.region(func, case);
                    self.end_region();
                }
                self.start_line();
                self.out.push_str("default {\n");
                self.region(func, *default);
                self.end_region();
                self.indent -= 1;
                self.end_region();
            }
            InstKind::Op { .. }
            | InstKind::Call { .. }
            | InstKind::CallIndirect { .. }
            | InstKind::CallHost { .. }
            | InstKind::Br { .. }
            | InstKind::Return { .. }
            | InstKind::Unreachable => {
                let _ = writeln!(self.out, "{span}");
            }
        }
    }

    /// The line up to the results' place and the regions: keyword, immediate, operands.
    fn head(&self, func: &Func, kind: &InstKind) -> String {
        let list = |args: &[Value]| args.iter().map(|&v| format!("v{}", self.number(v))).collect::<Vec<_>>().join(", ");
        match kind {
            InstKind::Op { op, imm, args } => {
                let mut text = op.mnemonic().to_string();
                for part in [imm_text(self.module, *imm), list(args)] {
                    if !part.is_empty() {
                        text.push(' ');
                        text.push_str(&part);
                    }
                }
                text
            }
            InstKind::Call { func, args } => {
                format!("call @{}({})", quoted_name(&self.module.funcs[*func].name), list(args))
            }
            InstKind::CallIndirect { sig, callee, args } => {
                let callee = self.number(*callee);
                format!("call_indirect {} v{callee}({})", type_name(self.module, *sig), list(args))
            }
            InstKind::CallHost { host, args } => format!("call_host {}({})", host.name(), list(args)),
            InstKind::Block { .. } => "block".to_string(),
            InstKind::Loop { .. } => "loop".to_string(),
            InstKind::If { cond, .. } => format!("if v{}", self.number(*cond)),
            InstKind::Switch { index, .. } => format!("switch v{}", self.number(*index)),
            InstKind::Br { target, args } => {
                let label = self.labels.get(target.index()).copied().flatten().unwrap_or(u32::MAX);
                match func.insts.get(*target).is_some() && !args.is_empty() {
                    true => format!("br L{label}({})", list(args)),
                    false => format!("br L{label}"),
                }
            }
            InstKind::Return { args } if args.is_empty() => "return".to_string(),
            InstKind::Return { args } => format!("return {}", list(args)),
            InstKind::Unreachable => "unreachable".to_string(),
        }
    }

    fn start_line(&mut self) {
        // Deeper levels are not indented further, or the text would grow with the square of the depth.
        for _ in 0..self.indent.min(100) {
            self.out.push_str("  ");
        }
    }

    fn end_region(&mut self) {
        self.start_line();
        self.out.push_str("}\n");
    }

    /// Numbers a value where it is defined; the type is left out if it is the `derived` one.
    fn definition(&mut self, func: &Func, value: Value, derived: Option<Type>) -> String {
        let number = self.next_value;
        self.next_value += 1;
        self.values[value.index()] = number;
        let data = &func.values[value];
        let ty = if derived == Some(data.ty) { String::new() } else { format!(": {}", type_text(self.module, data.ty)) };
        let name = data.name.as_ref().map_or(String::new(), |n| format!(" {}", quoted(n.as_bytes())));
        format!("v{number}{ty}{name}")
    }

    /// The number in the text; of a value that is used but not defined before, a number that no value has.
    fn number(&self, value: Value) -> u32 {
        match self.values.get(value.index()) {
            Some(&number) if number != u32::MAX => number,
            _ => 1_000_000 + value.0,
        }
    }
}

/// The type that an instruction's result has unless the text says otherwise.
pub(super) fn derived_type(module: &Module, func: &Func, kind: &InstKind) -> Option<Type> {
    match kind {
        InstKind::Op { op, imm, args } => {
            let types: Vec<Type> = args.iter().map(|&v| func.ty(v)).collect();
            result_type(module, *op, *imm, &types)
        }
        InstKind::Call { func, .. } => module.funcs[*func].result,
        InstKind::CallIndirect { sig, .. } => module.types.signature(*sig).result,
        InstKind::CallHost { host, .. } => host.result(),
        InstKind::Block { .. }
        | InstKind::Loop { .. }
        | InstKind::If { .. }
        | InstKind::Switch { .. }
        | InstKind::Br { .. }
        | InstKind::Return { .. }
        | InstKind::Unreachable => None,
    }
}

/// Numbers in text order the constructs that some `br` names.
fn number_labels(func: &Func, body: Region, labels: &mut [Option<u32>]) {
    let mut order = Vec::new();
    let mut named = vec![false; labels.len()];
    walk(func, body, &mut |inst| {
        order.push(inst);
        if let InstKind::Br { target, .. } = func.insts[inst].kind {
            named[target.index()] = true;
        }
    });
    let labelled = order.into_iter().filter(|inst| named[inst.index()]);
    for (number, inst) in labelled.enumerate() {
        labels[inst.index()] = Some(number as u32);
    }
}

fn walk(func: &Func, region: Region, visit: &mut impl FnMut(Inst)) {
    for &inst in &func.regions[region].insts {
        visit(inst);
        for inner in func.insts[inst].kind.regions() {
            walk(func, inner, visit);
        }
    }
}

/// A type as the text writes it.
pub fn type_text(module: &Module, ty: Type) -> String {
    match ty {
        Type::Bool => "bool".to_string(),
        Type::I32 => "i32".to_string(),
        Type::I64 => "i64".to_string(),
        Type::F64 => "f64".to_string(),
        Type::Any => "any".to_string(),
        Type::Ref { to, nullable: false } => format!("ref {}", type_name(module, to)),
        Type::Ref { to, nullable: true } => format!("ref null {}", type_name(module, to)),
        Type::Func(sig) => format!("func {}", type_name(module, sig)),
    }
}

fn type_name(module: &Module, ty: super::types::TypeId) -> String {
    module.types.get(ty).map_or(format!("{ty}?"), |def| format!("${}", quoted_name(&def.name)))
}

fn imm_text(module: &Module, imm: Imm) -> String {
    match imm {
        Imm::None => String::new(),
        Imm::Bool(b) => b.to_string(),
        Imm::I32(n) => n.to_string(),
        Imm::I64(n) => n.to_string(),
        Imm::F64(bits) => float_text(bits),
        Imm::Type(t) => type_name(module, t),
        Imm::Field(t, field) => {
            let name = &module.types.structure(t).fields[field as usize].name;
            format!("{}:{}", type_name(module, t), quoted_name(name))
        }
        Imm::Data(t, data) => format!("{} {data}", type_name(module, t)),
        Imm::Global(g) => format!("%{}", quoted_name(&module.globals[g].name)),
        Imm::Func(f) => format!("@{}", quoted_name(&module.funcs[f].name)),
        Imm::Site(s) => s.to_string(),
    }
}

/// The shortest decimal that reads back as the same double; `nan` for the canonical NaN, the bits in hex for others.
pub fn float_text(bits: u64) -> String {
    let value = f64::from_bits(bits);
    match bits {
        0x7ff8_0000_0000_0000 => "nan".to_string(),
        _ if value.is_nan() => format!("{bits:#018x}"),
        _ => format!("{value:?}"),
    }
}

fn span_text(span: Span) -> String {
    match span == NO_SPAN {
        true => String::new(),
        false => format!(" !{}:{}:{}", span.file.0, span.start, span.end),
    }
}
fn place_text(place: Place) -> String {
    let frame = place.frame.map_or(String::new(), |frame| format!(" in {frame}"));
    span_text(place.span) + &frame
}

/// A name, in quotes if it has other characters than `[A-Za-z0-9_.]`.
fn quoted_name(name: &str) -> String {
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.');
    if plain { name.to_string() } else { quoted(name.as_bytes()) }
}

/// Bytes in quotes: printable ASCII as it is, others as `\n`, `\t`, `\"`, `\\` or two hex digits.
pub fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for &b in bytes {
        match b {
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b' '..=b'~' => out.push(b as char),
            _ => {
                let _ = write!(out, "\\{b:02x}");
            }
        }
    }
    out.push('"');
    out
}
