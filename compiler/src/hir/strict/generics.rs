//! Calls of the program's own generic functions: what the arguments say of each type parameter.
//!
//! A parameter that two arguments give types of which neither fits the other is T047; one that the result mentions and no
//! argument determines is T048. Type arguments cannot be written in a call.

use super::{Strict, Ty};
use crate::diagnostic::{Code, Diagnostic, keep};
use crate::hir::tree::{Expr, ExprKind, FnId, Generic, TypeRef};
use crate::source::Span;
use crate::syntax::symbol::sym;

/// What is known of each type parameter.
type Bindings = Vec<Option<Ty>>;

/// A type parameter that got two types.
struct Conflict {
    param: usize,
    first: Ty,
    second: Ty,
}

impl<'a> Strict<'a> {
    pub fn call_generic(&mut self, func: FnId, generic: &'a Generic, args: &'a [Expr], at: Span) -> Ty {
        let Ty::Fun(params, erased) = self.signature(func) else { unreachable!("a function has a function's type") };
        let before = self.diagnostics.len();
        let mut bindings: Bindings = vec![None; generic.names.len()];
        let mut conflict = None;
        for (index, (arg, wanted)) in args.iter().zip(&params).enumerate() {
            let got = match arg.kind {
                ExprKind::Lambda(_) => self.expect(arg, wanted),
                _ => {
                    let got = self.expr(arg);
                    self.require(arg, &got, wanted);
                    got
                }
            };
            if let Some(Some(param)) = generic.params.get(index)
                && let Err(found) = self.bind(param, &got, &mut bindings)
            {
                conflict.get_or_insert((found, arg.span));
            }
        }
        if self.diagnostics.len() > before {
            return Ty::Hole;
        }
        if let Some((conflict, arg)) = conflict {
            self.conflict(generic, &conflict, at, arg);
            return Ty::Hole;
        }
        if args.len() < params.len() {
            return Ty::Fun(params[args.len()..].to_vec(), erased);
        }
        let Some(ret) = &generic.ret else { return *erased };
        if let Some(param) = undetermined(ret, &bindings) {
            self.escapes(generic, param, at);
            return Ty::Hole;
        }
        self.instance(ret, &bindings)
    }

    fn conflict(&mut self, generic: &Generic, conflict: &Conflict, at: Span, arg: Span) {
        let name = self.names.text(generic.names[conflict.param]);
        let (first, second) = (self.show(&conflict.first), self.show(&conflict.second));
        let diagnostic = Diagnostic::error(Code::T047, at, format!("type parameter `{name}` would be both {first} and {second}"))
            .label("the arguments of this call do not agree")
            .note(arg, format!("here `{name}` is {second}"))
            .help(format!("give arguments of one type wherever the signature says `{name}`"));
        keep(&mut self.diagnostics, diagnostic);
    }

    fn escapes(&mut self, generic: &Generic, param: usize, at: Span) {
        let name = self.names.text(generic.names[param]);
        let diagnostic = Diagnostic::error(Code::T048, at, format!("nothing says what type parameter `{name}` of the result is"))
            .label("no argument determines it")
            .help(format!("use `{name}` in the type of a parameter, or declare the result as `any`"));
        keep(&mut self.diagnostics, diagnostic);
    }

    /// Compares a parameter's type with an argument's and notes what it says of the type parameters.
    fn bind(&self, param: &TypeRef, got: &Ty, bindings: &mut Bindings) -> Result<(), Conflict> {
        match (param, got) {
            (TypeRef::Param(index), got) => self.bind_one(*index as usize, got, bindings),
            (TypeRef::Option(of), Ty::Option(got)) => self.bind(of, got, bindings),
            (TypeRef::Option(_), Ty::None) => Ok(()),
            (TypeRef::Option(of), got) => self.bind(of, got, bindings),
            (TypeRef::Fun(params, ret), Ty::Fun(got, got_ret)) => {
                for (param, got) in params.iter().zip(got) {
                    self.bind(param, got, bindings)?;
                }
                self.bind(ret, got_ret, bindings)
            }
            (TypeRef::Data(data, args), got) if self.program.data[data.0 as usize].is_prelude => {
                match (self.program.data[data.0 as usize].name, got, args.as_slice()) {
                    (sym::LIST, Ty::List(of) | Ty::Group(_, of), [element]) => self.bind(element, of, bindings),
                    (sym::MAP, Ty::Map(k, v), [key, value]) => {
                        self.bind(key, k, bindings)?;
                        self.bind(value, v, bindings)
                    }
                    (sym::MAP, Ty::Record(fields), [key, value]) => {
                        self.bind(key, &Ty::Str, bindings)?;
                        fields.iter().try_for_each(|(_, field)| self.bind(value, field, bindings))
                    }
                    // Something else, or not known: it is not what decides.
                    (_, _, args) => {
                        args.iter().for_each(|arg| self.leave_open(arg, bindings));
                        Ok(())
                    }
                }
            }
            (param, _) => {
                self.leave_open(param, bindings);
                Ok(())
            }
        }
    }

    fn bind_one(&self, param: usize, got: &Ty, bindings: &mut Bindings) -> Result<(), Conflict> {
        let joined = match bindings[param].take() {
            Some(first) if first.is_open() => got.clone(),
            Some(first) if got.is_open() || self.fits(got, &first) => first,
            Some(first) if self.fits(&first, got) => got.clone(),
            Some(first) => return Err(Conflict { param, first, second: got.clone() }),
            None => got.clone(),
        };
        bindings[param] = Some(joined);
        Ok(())
    }

    /// The parameters in a type are mentioned, but the argument's type does not show what they are.
    fn leave_open(&self, ty: &TypeRef, bindings: &mut Bindings) {
        each_param(ty, &mut |index| {
            bindings[index].get_or_insert(Ty::Hole);
        });
    }

    /// A type with its parameters replaced.
    fn instance(&self, ty: &TypeRef, bindings: &Bindings) -> Ty {
        let inner = |ty: &TypeRef| Box::new(self.instance(ty, bindings));
        match ty {
            TypeRef::Param(index) => bindings[*index as usize].clone().unwrap_or(Ty::Hole),
            TypeRef::Option(of) => Ty::option(self.instance(of, bindings)),
            TypeRef::Fun(params, ret) => Ty::Fun(params.iter().map(|param| self.instance(param, bindings)).collect(), inner(ret)),
            TypeRef::Data(data, args) if self.program.data[data.0 as usize].is_prelude => {
                match (self.program.data[data.0 as usize].name, args.as_slice()) {
                    (sym::LIST, [element]) => Ty::List(inner(element)),
                    (sym::MAP, [key, value]) => Ty::Map(inner(key), inner(value)),
                    _ => self.of(ty),
                }
            }
            _ => self.of(ty),
        }
    }
}

/// A type parameter that a result mentions and no argument determined.
fn undetermined(ret: &TypeRef, bindings: &Bindings) -> Option<usize> {
    let mut found = None;
    each_param(ret, &mut |index| {
        if bindings[index].is_none() {
            found.get_or_insert(index);
        }
    });
    found
}

fn each_param(ty: &TypeRef, see: &mut dyn FnMut(usize)) {
    match ty {
        TypeRef::Param(index) => see(*index as usize),
        TypeRef::Option(of) | TypeRef::Array(of) => each_param(of, see),
        TypeRef::Fun(params, ret) => {
            params.iter().for_each(|param| each_param(param, see));
            each_param(ret, see);
        }
        TypeRef::Data(_, args) => args.iter().for_each(|arg| each_param(arg, see)),
        TypeRef::Record(fields) => fields.iter().for_each(|(_, ty)| each_param(ty, see)),
        TypeRef::Int | TypeRef::Float | TypeRef::Bool | TypeRef::Unit | TypeRef::Any | TypeRef::I32 | TypeRef::Byte => {}
    }
}
