//! Types as the inference found them: what a variable, field, element or result can hold, in canonical form.
//!
//! A [`Ty`] is an index into a [`TyTable`]; equal types have equal ids, also recursive ones, so types are compared and used
//! as keys by id. A type is a set of alternatives: `none` and the shapes of values. One alternative gives an unboxed
//! representation, several give the tagged `any`. `lower::layout` maps them to IR types.

use crate::hash::HashMap;
use crate::syntax::symbol::Symbol;

/// A canonical type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Ty(pub u32);

/// A declared struct or union, or one of the prelude's generic structs; dense over a compilation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DataId(pub u32);

/// A record: the type of `{a: 1, b: "x"}` where every use names a field it has. Fields are sorted by name's text.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RecordTy {
    pub fields: Vec<(Symbol, Ty)>,
    /// A row of a query with several sources: a field that is missing is looked up in the fields' own values.
    pub row: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum TyKind {
    /// No value gets here: the result of a call that never returns, an element of a list that stays empty.
    Never,
    /// `none` alone.
    None,
    Bool,
    Int,
    Float,
    /// A declared type, `string`, `list<T>`, `map<K, V>`, `group<K, T>`, `bigint`, `bigrat`, ... with its arguments.
    Data(DataId, Vec<Ty>),
    Record(RecordTy),
    /// A function value: parameters and result.
    Fun(Vec<Ty>, Ty),
    /// `none`, or a value of the one other type (never itself `None`, `Option` or `Any`).
    Option(Ty),
    /// Two alternatives or more, sorted by id, none of them `None`, `Option` or `Any`; and whether `none` is one, too.
    Any {
        alternatives: Vec<Ty>,
        none: bool,
    },

    // What only the prelude names.
    /// A 32-bit integer: indices, bytes, hashes.
    I32,
    /// The element of `array<byte>`; read and written as `I32`.
    Byte,
    /// A fixed-size array, as the IR has it.
    Array(Ty),
    /// A type parameter of the prelude function or struct being looked at.
    Param(u32),
}

/// All types of a compilation.
#[derive(Clone, Debug, Default)]
pub struct TyTable {
    kinds: Vec<TyKind>,
    /// Whether the type mentions a `Param`.
    generic: Vec<bool>,
    index: HashMap<TyKind, Ty>,
}

impl TyTable {
    pub fn kind(&self, ty: Ty) -> &TyKind {
        &self.kinds[ty.0 as usize]
    }
    pub fn is_generic(&self, ty: Ty) -> bool {
        self.generic[ty.0 as usize]
    }
    pub fn len(&self) -> usize {
        self.kinds.len()
    }
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }
    /// The type of this shape; its parts are canonical already.
    pub fn intern(&mut self, kind: TyKind) -> Ty {
        if let Some(&ty) = self.index.get(&kind) {
            return ty;
        }
        let ty = self.reserve();
        self.define(ty, kind);
        ty
    }
    /// An id whose shape comes later with `define`; for recursive types.
    pub fn reserve(&mut self) -> Ty {
        self.kinds.push(TyKind::Never);
        self.generic.push(false);
        Ty(self.kinds.len() as u32 - 1)
    }
    /// Gives a reserved id its shape, which no other id has.
    pub fn define(&mut self, ty: Ty, kind: TyKind) {
        let generic = matches!(kind, TyKind::Param(_)) || parts(&kind).iter().any(|&part| self.is_generic(part));
        self.generic[ty.0 as usize] = generic;
        self.index.insert(kind.clone(), ty);
        self.kinds[ty.0 as usize] = kind;
    }
    /// The type that has a shape already.
    pub fn find(&self, kind: &TyKind) -> Option<Ty> {
        self.index.get(kind).copied()
    }
    /// The type with its parameters replaced by these arguments.
    pub fn substitute(&mut self, ty: Ty, args: &[Ty]) -> Ty {
        if !self.is_generic(ty) {
            return ty;
        }
        let kind = match self.kind(ty).clone() {
            TyKind::Param(index) => return args[index as usize],
            TyKind::Data(id, of) => TyKind::Data(id, self.substitute_all(&of, args)),
            TyKind::Fun(params, result) => TyKind::Fun(self.substitute_all(&params, args), self.substitute(result, args)),
            TyKind::Array(of) => TyKind::Array(self.substitute(of, args)),
            TyKind::Option(of) => {
                let of = self.substitute(of, args);
                return self.option(of);
            }
            kind @ (TyKind::Record(_) | TyKind::Any { .. }) => unreachable!("the prelude has no {kind:?}"),
            kind => unreachable!("{kind:?} is not generic"),
        };
        self.intern(kind)
    }
    fn substitute_all(&mut self, of: &[Ty], args: &[Ty]) -> Vec<Ty> {
        of.iter().map(|&part| self.substitute(part, args)).collect()
    }
    /// The type with `none` as one more alternative.
    pub fn option(&mut self, ty: Ty) -> Ty {
        match self.kind(ty).clone() {
            TyKind::None | TyKind::Option(_) | TyKind::Any { none: true, .. } => ty,
            TyKind::Never => self.intern(TyKind::None),
            TyKind::Any { alternatives, none: false } => self.intern(TyKind::Any { alternatives, none: true }),
            _ => self.intern(TyKind::Option(ty)),
        }
    }
    /// The type without `none`: what is left after a check.
    pub fn without_none(&mut self, ty: Ty) -> Ty {
        match self.kind(ty).clone() {
            TyKind::None => self.intern(TyKind::Never),
            TyKind::Option(of) => of,
            TyKind::Any { alternatives, none: true } => self.intern(TyKind::Any { alternatives, none: false }),
            _ => ty,
        }
    }
    /// The shapes other than `none` that a value of the type can have; none for `Never` and `None`.
    pub fn alternatives(&self, ty: Ty) -> Vec<Ty> {
        match self.kind(ty) {
            TyKind::Never | TyKind::None => Vec::new(),
            TyKind::Option(of) => vec![*of],
            TyKind::Any { alternatives, .. } => alternatives.clone(),
            _ => vec![ty],
        }
    }
    /// The type of a value that is of one of these types.
    pub fn any_of(&mut self, types: &[Ty]) -> Ty {
        let Some(&first) = types.first() else { return self.intern(TyKind::Never) };
        if types.iter().all(|&ty| ty == first) {
            return first;
        }
        let mut alternatives: Vec<Ty> = types.iter().flat_map(|&ty| self.alternatives(ty)).collect();
        alternatives.sort_unstable();
        alternatives.dedup();
        let none = types.iter().any(|&ty| self.has_none(ty));
        match alternatives[..] {
            [] => self.intern(TyKind::None),
            [only] if none => self.option(only),
            [only] => only,
            _ => self.intern(TyKind::Any { alternatives, none }),
        }
    }
    /// Whether a value of the type can be `none`.
    pub fn has_none(&self, ty: Ty) -> bool {
        matches!(self.kind(ty), TyKind::None | TyKind::Option(_) | TyKind::Any { none: true, .. })
    }
}

/// The types that a shape mentions.
pub fn parts(kind: &TyKind) -> Vec<Ty> {
    match kind {
        TyKind::Data(_, of) => of.clone(),
        TyKind::Record(record) => record.fields.iter().map(|&(_, ty)| ty).collect(),
        TyKind::Fun(params, result) => params.iter().copied().chain([*result]).collect(),
        TyKind::Option(of) | TyKind::Array(of) => vec![*of],
        TyKind::Any { alternatives, .. } => alternatives.clone(),
        TyKind::Never | TyKind::None | TyKind::Bool | TyKind::Int | TyKind::Float | TyKind::I32 | TyKind::Byte | TyKind::Param(_) => {
            Vec::new()
        }
    }
}
