//! The checker of prelude functions: simple, forward, one function at a time.
//!
//! Prelude code is fully annotated at its borders, so `let x = e` takes the type of `e`, a literal adapts to the type that is
//! expected of it, and the type arguments of a call follow from its arguments, else from what is expected of its result. Type
//! parameters are rigid (`Param`). A mistake in the prelude is our own; it is reported so that a test can show it.
//!
//! Deliberately absent: everything the dialect has no use for (maps, records, queries, methods, string operators).

mod calls;
mod exprs;
mod stmts;
mod types;

use super::facts::Facts;
use super::tree::{DataKind, Expr, FnId, FnKind, LocalId, Program, Stmt};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::symbol::Names;
use crate::types::{Ty, TyKind};

/// Types of what the prelude declares from these types, functions and globals on: fields, globals, parameters, results. Before anything
/// else asks for them.
pub fn signatures(program: &Program, facts: &mut Facts, data: usize, fns: usize, globals: usize) {
    for index in data..program.data.len() {
        let decl = &program.data[index];
        if !decl.is_prelude {
            continue;
        }
        let fields: Vec<_> = match &decl.kind {
            DataKind::Struct(fields) => fields.iter().collect(),
            DataKind::Union(variants) => variants.iter().flat_map(|variant| &variant.fields).collect(),
        };
        facts.fields[index] = fields.into_iter().map(|field| types::of(facts, &field.ty)).collect();
    }
    for &global in program.prelude_globals.iter().skip(globals) {
        if let Some(ty) = &program.locals[global.index()].ty {
            facts.local[global.index()] = types::of(facts, ty);
        }
    }
    for index in fns..program.fns.len() {
        let function = &program.fns[index];
        if !function.is_prelude {
            continue;
        }
        for &param in &function.params {
            if let Some(ty) = &program.locals[param.index()].ty {
                facts.local[param.index()] = types::of(facts, ty);
            }
        }
        facts.ret[index] = match &function.ret {
            Some(ty) => types::of(facts, ty),
            None => facts.tys.intern(TyKind::None),
        };
    }
}

/// Fills the facts of a prelude function's body. Extern functions have none.
pub fn check_prelude_fn(program: &Program, names: &Names, func: FnId, facts: &mut Facts) -> Vec<Diagnostic> {
    let function = &program.fns[func.index()];
    debug_assert!(function.is_prelude);
    let mut checker = Checker::new(program, names, facts);
    for &param in &function.params {
        if program.locals[param.index()].ty.is_none() {
            checker.error(program.locals[param.index()].span, "a prelude function's parameter has a type".to_owned());
        }
    }
    match &function.kind {
        FnKind::Body(body) => checker.body(func, body),
        FnKind::Method(..) => checker.error(function.span, "the prelude has no methods".to_owned()),
        FnKind::Extern(_) => {}
    }
    checker.diagnostics
}

/// Every prelude function and test; for tests of the prelude itself.
pub fn check_all(program: &Program, names: &Names, facts: &mut Facts) -> Vec<Diagnostic> {
    let functions = program.prelude_fns.iter().map(|&(_, func)| func);
    let tests = program.prelude_tests.iter().map(|test| test.body);
    functions.chain(tests).flat_map(|func| check_prelude_fn(program, names, func, facts)).collect()
}

/// The types that are asked for often.
struct Basic {
    never: Ty,
    none: Ty,
    bool: Ty,
    int: Ty,
    float: Ty,
    i32: Ty,
    byte: Ty,
    string: Ty,
}

struct Checker<'a> {
    program: &'a Program,
    names: &'a Names,
    facts: &'a mut Facts,
    basic: Basic,
    /// The function whose body is being checked.
    func: FnId,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Checker<'a> {
    fn new(program: &'a Program, names: &'a Names, facts: &'a mut Facts) -> Checker<'a> {
        let basic = Basic {
            never: facts.tys.intern(TyKind::Never),
            none: facts.tys.intern(TyKind::None),
            bool: facts.tys.intern(TyKind::Bool),
            int: facts.tys.intern(TyKind::Int),
            float: facts.tys.intern(TyKind::Float),
            i32: facts.tys.intern(TyKind::I32),
            byte: facts.tys.intern(TyKind::Byte),
            string: facts.string(),
        };
        Checker { program, names, facts, basic, func: FnId(0), diagnostics: Vec::new() }
    }

    fn body(&mut self, func: FnId, body: &'a [Stmt]) {
        let outer = std::mem::replace(&mut self.func, func);
        let ret = self.facts.ret(func);
        if self.program.fns[func.index()].falls_through && !self.facts.tys.has_none(ret) && ret != self.basic.never {
            self.error(self.program.fns[func.index()].span, "control reaches the end without `return`".to_owned());
        }
        self.stmts(body);
        self.func = outer;
    }

    fn error(&mut self, span: Span, message: String) {
        let help = "see the dialect's rules in compiler/prelude/README.md";
        self.diagnostics.push(Diagnostic::error(Code::T008, span, message).label("in the runtime library").help(help));
    }

    fn set_local(&mut self, local: LocalId, ty: Ty) {
        self.facts.local[local.index()] = ty;
    }

    fn set(&mut self, expr: &Expr, ty: Ty) -> Ty {
        self.facts.expr[expr.id.index()] = ty;
        ty
    }

    /// Whether a value of one type may stand where the other is expected.
    fn fits(&mut self, from: Ty, to: Ty) -> bool {
        from == to
            || from == self.basic.never
            || matches!(self.facts.tys.kind(to), TyKind::Option(of) if *of == from || from == self.basic.none)
    }

    fn require(&mut self, span: Span, from: Ty, to: Ty) {
        if !self.fits(from, to) {
            let message = format!("expected {}, got {}", self.show(to), self.show(from));
            self.error(span, message);
        }
    }
}
