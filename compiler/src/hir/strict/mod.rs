//! The rules of `mochi check --strict`: those of the reference's newest checker (LANGUAGE section 13), over the resolved tree.
//!
//! Annotations are believed here, and what has none takes the type of its first value. At most one diagnostic is given for each
//! top-level statement. Effects are checked as far as `where` and `having` forbid them. The bodies of generic functions are checked
//! with parameters that fit everything; their calls must give each type parameter one type.

mod calls;
mod effects;
mod exprs;
mod fits;
mod generics;
mod narrow;
mod queries;
mod stmts;
mod text;

use super::tree::{DataKind, FnId, FnKind, LocalId, Program, TypeRef};
use crate::diagnostic::{Code, Diagnostic, keep};
use crate::source::Span;
use crate::syntax::symbol::{Names, Symbol, sym};
use crate::types::DataId;
pub use effects::effects;

/// A type as the strict rules see it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Ty {
    Any,
    /// Not known, or wrong and reported: fits everything.
    Hole,
    Unit,
    Int,
    Float,
    BigInt,
    BigRat,
    Str,
    Bool,
    /// The value `none`.
    None,
    List(Box<Ty>),
    Map(Box<Ty>, Box<Ty>),
    /// A map literal with constant keys.
    Record(Vec<(Symbol, Ty)>),
    Group(Box<Ty>, Box<Ty>),
    Option(Box<Ty>),
    Fun(Vec<Ty>, Box<Ty>),
    Data(DataId),
}

impl Ty {
    fn list(of: Ty) -> Ty {
        Ty::List(Box::new(of))
    }
    fn option(of: Ty) -> Ty {
        match of {
            Ty::Any | Ty::Hole | Ty::None | Ty::Option(_) => of,
            of => Ty::Option(Box::new(of)),
        }
    }
    fn is_number(&self) -> bool {
        matches!(self, Ty::Int | Ty::Float | Ty::BigInt | Ty::BigRat)
    }
    fn is_open(&self) -> bool {
        matches!(self, Ty::Any | Ty::Hole)
    }
}

/// Checks a program that was resolved, with errors or without.
pub fn check(program: &Program, names: &Names) -> Vec<Diagnostic> {
    let mut checker = Strict {
        program,
        names,
        locals: vec![Ty::Hole; program.locals.len()],
        rets: vec![None; program.fns.len()],
        narrowed: Vec::new(),
        func: program.main.expect("a program has a top level"),
        lost: Vec::new(),
        diagnostics: Vec::new(),
    };
    checker.signatures();
    checker.top_level();
    checker.diagnostics
}

struct Strict<'a> {
    program: &'a Program,
    names: &'a Names,
    locals: Vec<Ty>,
    /// Declared or inferred results, by function.
    rets: Vec<Option<Ty>>,
    /// Variables that were compared with `none`.
    narrowed: Vec<LocalId>,
    func: FnId,
    /// Variables whose declaration was wrong; to later statements they do not exist.
    lost: Vec<LocalId>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Strict<'a> {
    fn signatures(&mut self) {
        for (index, function) in self.program.fns.iter().enumerate().filter(|(_, function)| !function.is_prelude) {
            for &param in &function.params {
                let ty = self.program.locals[param.index()].ty.as_ref().map_or(Ty::Any, |ty| self.of(ty));
                self.locals[param.index()] = if function.erased && ty == Ty::Any { Ty::Hole } else { ty };
            }
            let is_lambda = function.name == sym::MISSING;
            self.rets[index] = match &function.ret {
                Some(ty) => Some(self.of(ty)).map(|ty| if function.erased { self.erase(ty) } else { ty }),
                None if is_lambda => None,
                None => Some(if self.gives_values(FnId(index as u32)) { Ty::Hole } else { Ty::Unit }),
            };
        }
        for (index, local) in self.program.locals.iter().enumerate() {
            if let Some(ty) = &local.ty
                && !self.program.fns[local.owner.index()].is_prelude
                && self.locals[index] == Ty::Hole
                && !self.program.fns[local.owner.index()].erased
            {
                self.locals[index] = self.of(ty);
            }
        }
    }

    fn gives_values(&self, func: FnId) -> bool {
        match &self.program.fns[func.index()].kind {
            FnKind::Body(body) | FnKind::Method(_, body) => stmts::returns_values(body),
            FnKind::Extern(_) => true,
        }
    }

    fn erase(&self, ty: Ty) -> Ty {
        match ty {
            Ty::Any => Ty::Hole,
            Ty::List(of) => Ty::list(self.erase(*of)),
            Ty::Option(of) => Ty::option(self.erase(*of)),
            Ty::Map(key, value) => Ty::Map(Box::new(self.erase(*key)), Box::new(self.erase(*value))),
            Ty::Fun(..) => Ty::Hole,
            ty => ty,
        }
    }

    /// A written type.
    fn of(&self, ty: &TypeRef) -> Ty {
        match ty {
            TypeRef::Int | TypeRef::I32 | TypeRef::Byte => Ty::Int,
            TypeRef::Float => Ty::Float,
            TypeRef::Bool => Ty::Bool,
            TypeRef::Unit => Ty::Unit,
            TypeRef::Any => Ty::Any,
            TypeRef::Param(_) => Ty::Hole,
            TypeRef::Record(fields) => Ty::Record(fields.iter().map(|(name, ty)| (*name, self.of(ty))).collect()),
            TypeRef::Fun(params, ret) => Ty::Fun(params.iter().map(|param| self.of(param)).collect(), Box::new(self.of(ret))),
            TypeRef::Option(of) => Ty::option(self.of(of)),
            TypeRef::Array(of) => Ty::list(self.of(of)),
            TypeRef::Data(data, args) => {
                let decl = &self.program.data[data.0 as usize];
                if !decl.is_prelude {
                    return Ty::Data(*data);
                }
                let arg = |index: usize| Box::new(args.get(index).map_or(Ty::Any, |arg| self.of(arg)));
                match decl.name {
                    sym::STRING => Ty::Str,
                    sym::BIGINT => Ty::BigInt,
                    sym::BIGRAT => Ty::BigRat,
                    sym::LIST => Ty::List(arg(0)),
                    sym::MAP => Ty::Map(arg(0), arg(1)),
                    _ => Ty::Hole,
                }
            }
        }
    }

    fn error(&mut self, code: Code, span: Span, message: String, label: &str) {
        let help = code.explanation();
        keep(&mut self.diagnostics, Diagnostic::error(code, span, message).label(label).help(help));
    }

    /// The type of a struct's field.
    fn field_of(&self, data: DataId, name: Symbol) -> Option<Ty> {
        match &self.program.data[data.0 as usize].kind {
            DataKind::Struct(fields) => fields.iter().find(|field| field.name == name).map(|field| self.of(&field.ty)),
            DataKind::Union(_) => None,
        }
    }
}
