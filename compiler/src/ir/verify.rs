//! The verifier. What it checks *is* the contract of the IR: backends and passes rely on all of it and check none of it.
//!
//! **Types.** Names are unique, not empty, of `[A-Za-z0-9_.]`. Every `TypeId` exists; references name structs or arrays, `Func`
//! names a signature. A supertype is a struct, is not final, and stands before its subtypes; its fields are the first
//! fields of the subtype, with the same storage and mutability. Field names are unique in a struct. `i8` and `i16` are
//! elements of arrays only.
//!
//! **Module.** Names of globals and of functions are unique. A global is never a non-null reference or a function address.
//! `main` is `() -> ()`, `trap` is `(i32, i64, i64) -> ()`; either may be missing (libraries, tests), then a failing check
//! ends the program in the backend's own way.
//!
//! **Functions.** Every region belongs to one construct (or is the body), every instruction stands in one region, once,
//! and every value is defined once. Only loop regions and the body have parameters. A region ends in a terminator (`br`,
//! `return`, `unreachable`) and has no other. A value is used only after its definition, in the region that defines it or
//! one nested there. A `br` names a construct around it and gives what that takes: a loop's parameters, or the results of
//! a `block`, `if` or `switch`. A loop has no results. `return` gives the function's result.
//!
//! **Typing.** Where a value is used, `Types::accepts(wanted, its type)`. Result types are those of the op table, of the callee's
//! signature or of the host function; a wider type (which accepts it) is allowed. `select` yields a type that
//! accepts both choices. Immediates are of the row's kind and name existing types, fields, globals, functions, data and
//! sites. `struct.set` only on mutable fields; `array.new` only for elements that have a default (no non-null reference, no
//! function address); `array.const` on arrays of `i8`; `ref.cast` between structs (which need not be related: inlining may narrow the operand's type); `any` holds
//! references to structs only (`any.from_ref`, `any.is`, `any.to_ref`); `func.addr` of a function whose signature stands in
//! the type table; `Bytes` parameters of host functions get non-null arrays of `i8`.
//!
//! **Not checked**, and the producer's duty: preconditions of partial ops (indices in range, divisors not zero), that the
//! array of an `array.const` is never written, that a function marked `diverges` does.

use super::entity::Id;
use super::module::Module;
use super::types::{Storage, StructType, Type, TypeId, TypeKind};
use super::verify_func::FuncVerifier;
use crate::source::Span;
use std::collections::BTreeSet;

/// A module that passed `verify`; the only thing that backends take.
#[derive(Clone, Debug)]
pub struct Verified(Module);

impl Verified {
    /// The module, to change it; it must be verified again.
    pub fn into_inner(self) -> Module {
        self.0
    }
}

impl std::ops::Deref for Verified {
    type Target = Module;
    fn deref(&self) -> &Module {
        &self.0
    }
}

/// A broken rule, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// The function's name; `None` for a fault of the module.
    pub func: Option<String>,
    /// The instruction as text, or what else is at fault.
    pub place: String,
    pub message: String,
    pub span: Option<Span>,
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.func {
            Some(func) => write!(f, "@{func}: {}: {}", self.place, self.message),
            None => write!(f, "{}: {}", self.place, self.message),
        }
    }
}

/// Checks a module and seals it.
pub fn verify(module: Module) -> Result<Verified, Vec<VerifyError>> {
    let errors = check(&module);
    if errors.is_empty() { Ok(Verified(module)) } else { Err(errors) }
}

/// The broken rules of a module; none if it is well formed.
pub fn check(module: &Module) -> Vec<VerifyError> {
    let mut errors = Vec::new();
    check_types(module, &mut errors);
    check_declarations(module, &mut errors);
    // Functions are looked at only where types and signatures make sense.
    if errors.is_empty() {
        for func in module.funcs.values() {
            FuncVerifier::new(module, func, &mut errors).run();
        }
    }
    errors
}

fn fault(errors: &mut Vec<VerifyError>, place: String, message: impl Into<String>) {
    errors.push(VerifyError { func: None, place, message: message.into(), span: None });
}

fn check_types(module: &Module, errors: &mut Vec<VerifyError>) {
    let mut names = BTreeSet::new();
    for (id, def) in module.types.iter() {
        let place = format!("type ${}", def.name);
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'.';
        if def.name.is_empty() || !def.name.bytes().all(plain) {
            fault(errors, place.clone(), "a type's name is of [A-Za-z0-9_.]");
        }
        if !names.insert(&def.name) {
            fault(errors, place.clone(), "the name is used twice");
        }
        match &def.kind {
            TypeKind::Struct(s) => check_struct(module, id, s, &place, errors),
            TypeKind::Array(a) => {
                if let Storage::Value(t) = a.element {
                    check_type(module, t, &place, errors);
                }
            }
            TypeKind::Func(s) => {
                for &t in s.params.iter().chain(&s.result) {
                    check_type(module, t, &place, errors);
                }
            }
        }
    }
}

fn check_struct(module: &Module, id: TypeId, s: &StructType, place: &str, errors: &mut Vec<VerifyError>) {
    let mut names = BTreeSet::new();
    for field in &s.fields {
        let at = format!("{place}, field {}", field.name);
        if !names.insert(&field.name) {
            fault(errors, at.clone(), "the name is used twice");
        }
        match field.storage {
            Storage::I8 | Storage::I16 => fault(errors, at, "packed storage is for arrays"),
            Storage::Value(t) => check_type(module, t, &at, errors),
        }
    }
    let Some(sup) = s.supertype else { return };
    if sup.index() >= id.index() {
        return fault(errors, place.to_string(), "a supertype stands before its subtypes");
    }
    let TypeKind::Struct(base) = &module.types[sup].kind else {
        return fault(errors, place.to_string(), "a supertype is a struct");
    };
    if base.is_final {
        fault(errors, place.to_string(), "the supertype is final");
    }
    let same = |(a, b): (&super::types::Field, &super::types::Field)| a.storage == b.storage && a.mutable == b.mutable;
    if base.fields.len() > s.fields.len() || !base.fields.iter().zip(&s.fields).all(same) {
        fault(errors, place.to_string(), "the supertype's fields are not the first fields");
    }
}

fn check_type(module: &Module, ty: Type, place: &str, errors: &mut Vec<VerifyError>) {
    let wrong = match ty {
        Type::Bool | Type::I32 | Type::I64 | Type::F64 | Type::Any => None,
        Type::Ref { to, .. } => match module.types.get(to).map(|def| &def.kind) {
            Some(TypeKind::Struct(_) | TypeKind::Array(_)) => None,
            Some(TypeKind::Func(_)) => Some("a reference to a signature"),
            None => Some("no such type"),
        },
        Type::Func(sig) => match module.types.get(sig).map(|def| &def.kind) {
            Some(TypeKind::Func(_)) => None,
            Some(TypeKind::Struct(_) | TypeKind::Array(_)) => Some("the address of what is no function"),
            None => Some("no such type"),
        },
    };
    if let Some(message) = wrong {
        fault(errors, place.to_string(), message);
    }
}

fn check_declarations(module: &Module, errors: &mut Vec<VerifyError>) {
    let mut names = BTreeSet::new();
    for global in module.globals.values() {
        let place = format!("global %{}", global.name);
        if !names.insert(&global.name) {
            fault(errors, place.clone(), "the name is used twice");
        }
        check_type(module, global.ty, &place, errors);
        if !has_default(global.ty) {
            fault(errors, place, "a global's type has a default value");
        }
    }
    let mut names = BTreeSet::new();
    for func in module.funcs.values() {
        let place = format!("function @{}", func.name);
        if !names.insert(&func.name) {
            fault(errors, place.clone(), "the name is used twice");
        }
        match func.regions.get(func.body) {
            None => fault(errors, place.clone(), "it has no body"),
            Some(body) if body.params.iter().any(|&p| func.values.get(p).is_none()) => {
                fault(errors, place.clone(), "a parameter is no value");
            }
            Some(_) => {}
        }
        for &t in func.values.values().map(|v| &v.ty).chain(&func.result) {
            check_type(module, t, &place, errors);
        }
    }
    check_role(module, "main", module.main, &[], errors);
    check_role(module, "trap", module.trap, &[Type::I32, Type::I64, Type::I64], errors);
}

fn check_role(module: &Module, role: &str, func: Option<super::FuncId>, params: &[Type], errors: &mut Vec<VerifyError>) {
    let Some(id) = func else { return };
    match module.funcs.get(id) {
        None => fault(errors, role.to_string(), "no such function"),
        Some(func) if func.regions.get(func.body).is_none() => {}
        Some(func) if func.param_types() != params || func.result.is_some() => {
            fault(errors, role.to_string(), format!("@{} has another signature than ({params:?}) -> ()", func.name));
        }
        Some(_) => {}
    }
}

/// Whether zero, false, null or none is a value of the type.
pub(super) fn has_default(ty: Type) -> bool {
    match ty {
        Type::Bool | Type::I32 | Type::I64 | Type::F64 | Type::Any => true,
        Type::Ref { nullable, .. } => nullable,
        Type::Func(_) => false,
    }
}
