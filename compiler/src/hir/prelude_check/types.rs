//! Types that are written in the prelude, and their text in messages.

use super::Checker;
use crate::hir::facts::Facts;
use crate::hir::tree::TypeRef;
use crate::types::{Ty, TyKind};

pub fn of(facts: &mut Facts, ty: &TypeRef) -> Ty {
    let kind = match ty {
        TypeRef::Int => TyKind::Int,
        TypeRef::Float => TyKind::Float,
        TypeRef::Bool => TyKind::Bool,
        TypeRef::Unit => TyKind::None,
        // The resolver reports unknown names; nothing in the prelude is `any`.
        TypeRef::Any | TypeRef::Record(_) => TyKind::Never,
        TypeRef::Data(data, args) => TyKind::Data(*data, args.iter().map(|arg| of(facts, arg)).collect()),
        TypeRef::Fun(params, ret) => TyKind::Fun(params.iter().map(|param| of(facts, param)).collect(), of(facts, ret)),
        TypeRef::Option(inner) => {
            let inner = of(facts, inner);
            return facts.tys.option(inner);
        }
        TypeRef::Param(index) => TyKind::Param(*index),
        TypeRef::I32 => TyKind::I32,
        TypeRef::Byte => TyKind::Byte,
        TypeRef::Array(element) => TyKind::Array(of(facts, element)),
    };
    facts.tys.intern(kind)
}

impl Checker<'_> {
    pub fn show(&self, ty: Ty) -> String {
        let all = |parts: &[Ty]| parts.iter().map(|&part| self.show(part)).collect::<Vec<_>>().join(", ");
        match self.facts.tys.kind(ty) {
            TyKind::Never => "never".to_owned(),
            TyKind::None => "unit".to_owned(),
            TyKind::Bool => "bool".to_owned(),
            TyKind::Int => "int".to_owned(),
            TyKind::Float => "float".to_owned(),
            TyKind::I32 => "i32".to_owned(),
            TyKind::Byte => "byte".to_owned(),
            TyKind::Array(of) => format!("array<{}>", self.show(*of)),
            TyKind::Option(of) => format!("{}?", self.show(*of)),
            TyKind::Fun(params, ret) => format!("fun({}): {}", all(params), self.show(*ret)),
            TyKind::Data(data, args) => {
                let name = self.names.text(self.program.data[data.0 as usize].name);
                if args.is_empty() { name.to_owned() } else { format!("{name}<{}>", all(args)) }
            }
            TyKind::Param(index) => format!("T{index}"),
            TyKind::Record(_) | TyKind::Any { .. } => "any".to_owned(),
        }
    }

    /// Finds type parameters by laying a type with parameters over one without. False where the shapes differ.
    pub fn bind(&self, pattern: Ty, actual: Ty, args: &mut [Option<Ty>]) -> bool {
        if !self.facts.tys.is_generic(pattern) {
            return true;
        }
        match (self.facts.tys.kind(pattern), self.facts.tys.kind(actual)) {
            (TyKind::Param(index), _) => {
                let arg = &mut args[*index as usize];
                if arg.is_none() {
                    *arg = Some(actual);
                }
                true
            }
            (TyKind::Option(pattern), TyKind::Option(actual)) => self.bind(*pattern, *actual, args),
            (TyKind::Option(_), TyKind::None) => true,
            // A value where an optional one is expected.
            (TyKind::Option(pattern), _) => self.bind(*pattern, actual, args),
            (TyKind::Array(pattern), TyKind::Array(actual)) => self.bind(*pattern, *actual, args),
            (TyKind::Data(a, pattern), TyKind::Data(b, actual)) if a == b => {
                pattern.iter().zip(actual).all(|(&pattern, &actual)| self.bind(pattern, actual, args))
            }
            (TyKind::Fun(params, ret), TyKind::Fun(actual, result)) if params.len() == actual.len() => {
                params.iter().zip(actual).all(|(&pattern, &actual)| self.bind(pattern, actual, args)) && self.bind(*ret, *result, args)
            }
            _ => false,
        }
    }

    /// The type with the parameters that are known so far; nothing if one that it mentions is not.
    pub fn known(&mut self, ty: Ty, args: &[Option<Ty>]) -> Option<Ty> {
        if !self.facts.tys.is_generic(ty) {
            return Some(ty);
        }
        let all: Vec<Ty> = args.iter().map(|arg| arg.unwrap_or(self.basic.never)).collect();
        self.mentions_only(ty, args).then(|| self.facts.tys.substitute(ty, &all))
    }

    fn mentions_only(&self, ty: Ty, args: &[Option<Ty>]) -> bool {
        match self.facts.tys.kind(ty) {
            TyKind::Param(index) => args[*index as usize].is_some(),
            kind => crate::types::ty::parts(kind).into_iter().all(|part| self.mentions_only(part, args)),
        }
    }
}
