//! IR to C, and the C runtime that the text needs.
//!
//! [`emit`] is a pure function from a verified module to the text of one C file, deterministic to the byte; it runs in a page as
//! well. `cc` finds a C compiler and runs it. `layout` gives the places of fields and the type ids that
//! native code made in other ways shares with the runtime.
//!
//! The text is C11 that gcc, clang, zig cc, tcc and arm-none-eabi-gcc take without a warning. It knows nothing of Mochi but
//! what the IR says: the library is functions of the module like any other.

#![forbid(unsafe_code)]

pub mod layout;
pub mod rt;

mod effects;
mod expr;
mod func;
mod live;
mod module;
mod names;
mod plan;
mod roots;
mod shape;
mod trace;
mod vars;

use compiler::ir::{Func, FuncId, Id, Inst, Module, Type};
use compiler::source::{SourceMap, Span};
use module::{Marks, ModuleEmitter};

/// Where the runtime's text goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Runtime {
    /// Into the same file, so that `cc x.c` is all it takes.
    Inline,
    /// Left out: `#include "mochi.h"`, with the folder of the runtime given to the compiler and its .c files linked.
    Include,
}

/// How the text is made.
#[derive(Clone, Copy)]
pub struct COptions<'a> {
    pub runtime: Runtime,
    /// References are handles, and each use of one is checked.
    pub checked: bool,
    /// That many bytes of static memory as the whole heap, and a host for bare machines.
    pub embedded: Option<u32>,
    /// With the sources, `#line` names the places in them.
    pub lines: Option<&'a SourceMap>,
    /// With the sources, a stack overflow names its place.
    pub places: Option<&'a SourceMap>,
    /// With the sources, a program that fails shows who called whom.
    pub traces: Option<&'a SourceMap>,
    /// A program with limits: it notes where it is (`places`), and looks whether its time is over.
    pub limited: bool,
}

impl Default for COptions<'_> {
    fn default() -> Self {
        COptions { runtime: Runtime::Inline, checked: false, embedded: None, lines: None, places: None, traces: None, limited: false }
    }
}

/// The C text of a program: a module with a `main`.
pub fn emit(module: &compiler::ir::Verified, options: &COptions) -> String {
    let main = module.main.expect("a program has a main function");
    emit_with(module, options, &[main], |names| {
        let call = format!("    {}();\n", names.function(main));
        format!("\nstatic void mochi_program(void) {{\n    mochi_begin();\n{call}}}\n{MAIN}")
    })
}

const MAIN: &str = "
int main(int argc, char **argv) {
    mochi_host_run(argc, argv, mochi_program);
    return 0;
}
";

/// The C names that text around the module needs.
pub struct EmittedNames<'a> {
    names: &'a module::ModuleNames,
}

impl EmittedNames<'_> {
    pub fn function(&self, func: FuncId) -> &str {
        &self.names.funcs[func.index()]
    }
    /// The declaration of a name of a type, without the semicolon.
    pub fn declare(&self, ty: Type, name: &str) -> String {
        self.names.declare(ty, name)
    }
}

/// The C text of a module whose functions in `roots` are called by the text that `around` writes behind it, which has
/// `static void mochi_begin(void)` to start the runtime.
pub fn emit_with(module: &Module, options: &COptions, roots: &[FuncId], around: impl FnOnce(&EmittedNames) -> String) -> String {
    let line_of = |func: &Func, inst: Inst| match (options.limited, options.places) {
        (true, Some(sources)) => place(sources, func.insts[inst].at.span).map(|text| format!("    mochi_here = {text};")),
        _ => options.lines.map(|sources| line(sources, func, inst)),
    };
    let place_of = |func: &Func| options.places.and_then(|sources| place(sources, func.span));
    let stack_of = |func: &Func, inst: Inst| options.traces.and_then(|sources| trace::lines(module, sources, func, inst, options.limited));
    let marks =
        Marks { line_of: &line_of, place_of: &place_of, stack_of: &stack_of, traces: options.traces.is_some(), polls: options.limited };
    let roots: Vec<FuncId> = roots.iter().copied().chain(module.trap).collect();
    let (body, names) = ModuleEmitter::new(module, &roots, &rt::ALL_TEXTS, &marks).emit();
    let names = EmittedNames { names: &names };
    let begin = begin(module, &names, options.traces.is_some());
    let around = around(&names);
    let mut text = String::from("/* Made by mochi. */\n");
    if options.checked {
        text.push_str("#define MOCHI_CHECKED 1\n");
    }
    if let Some(bytes) = options.embedded {
        text.push_str(&format!("#define MOCHI_HEAP_STATIC {bytes}u\n"));
    }
    match options.runtime {
        Runtime::Inline => text.push_str(&rt::header()),
        Runtime::Include => text.push_str("#include \"mochi.h\"\n"),
    }
    text.push_str("\n/* ---- The program ---- */\n\n");
    text.push_str(&body);
    text.push_str(&begin);
    text.push_str(&around);
    if options.runtime == Runtime::Inline {
        text.push_str("\n/* ---- The runtime ---- */\n\n");
        text.push_str(&rt::functions());
    }
    text
}

/// Starts the runtime; the numbers can be set by the C compiler's -D.
fn begin(module: &Module, names: &EmittedNames, traces: bool) -> String {
    let trap = module.trap.map_or("NULL", |trap| names.function(trap));
    let count = module.types.values().filter(|t| !matches!(t.kind, compiler::ir::TypeKind::Func(_))).count() + 1;
    let stacks = if traces { "    mochi_stacks = mochi_stack_rows;\n    mochi_failures = mochi_failure_rows;\n" } else { "" };
    let globals = module.globals.values().filter(|g| g.ty.is_traced()).count();
    format!(
        "
#if !defined(MOCHI_HEAP_LIMIT)
#define MOCHI_HEAP_LIMIT 0
#endif
#if !defined(MOCHI_THRESHOLD)
#define MOCHI_THRESHOLD 0
#endif
#if !defined(MOCHI_MARK_LIMIT)
#define MOCHI_MARK_LIMIT 0
#endif
#if !defined(MOCHI_STRESS)
#define MOCHI_STRESS false
#endif

static void mochi_begin(void) {{
    static const mochi_Config config = {{
        .types = mochi_types,
        .type_count = {count},
        .globals = mochi_globals,
        .global_count = {globals},
        .heap_limit = MOCHI_HEAP_LIMIT,
        .threshold = MOCHI_THRESHOLD,
        .mark_stack = MOCHI_MARK_LIMIT,
        .stress = MOCHI_STRESS,
        .trap = {trap},
    }};
    mochi_start(&config);
{stacks}}}
"
    )
}

/// A place of the user's as errors show it, as a C string.
fn place(sources: &SourceMap, span: Span) -> Option<String> {
    if sources.is_library(span) {
        return None;
    }
    Some(c_string(&sources.excerpt(span)))
}

fn c_string(from: &str) -> String {
    let mut text = String::from("\"");
    for byte in from.bytes() {
        match byte {
            b'\n' => text.push_str("\\n"),
            // A question mark can begin a trigraph.
            b'"' | b'\\' | b'?' | 0..=31 | 127.. => text.push_str(&format!("\\{byte:03o}")),
            _ => text.push(byte as char),
        }
    }
    text.push('"');
    text
}

fn line(sources: &SourceMap, func: &Func, inst: Inst) -> String {
    let span = func.insts[inst].at.span;
    let position = sources.position(span);
    format!("#line {} \"{}\"", position.line, sources.name(span))
}
