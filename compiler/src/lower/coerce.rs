//! Moving a value from one type's form to another's: boxing, unboxing, null for none. Constant time, never a copy.

use super::function::FnCx;
use crate::ir::{Imm, Op, Type, TypeId, Value};
use crate::types::{Ty, TyKind};

impl FnCx<'_, '_> {
    /// The value of type `from` as one of type `to`, which has all alternatives of `from`, or of which it is known to have
    /// one (after a check). A list that comes out of a wider type is shared: that type's places do not tell who holds it.
    pub fn coerce(&mut self, value: Value, from: Ty, to: Ty) -> Value {
        let made = self.narrow(value, from, to);
        if from == to || self.l.list_element(from).is_some() { made } else { self.share(made, to) }
    }
    /// The same for a value that is only looked at.
    pub fn narrow(&mut self, value: Value, from: Ty, to: Ty) -> Value {
        if from == to || self.b.is_terminated() {
            return if from == to { value } else { self.placeholder(to) };
        }
        if *self.l.facts.tys.kind(from) == TyKind::Never {
            self.b.unreachable();
            return self.placeholder(to);
        }
        if *self.l.facts.tys.kind(from) == TyKind::None {
            return self.none_as(to);
        }
        let (have, want) = (self.b.ty(value), self.l.layout(to));
        if let (TyKind::Fun(..), TyKind::Fun(..)) = (self.l.kind(from), self.l.kind(to)) {
            return self.adapt_closure(value, from, to);
        }
        match (have, want) {
            (Type::Any, Type::Any) => value,
            (_, Type::Any) => self.tag(value),
            (Type::Any, _) => self.untag(value, to),
            (Type::Ref { to: a, nullable: true }, Type::Ref { to: b, nullable: false }) if a == b => self.non_null(value),
            (Type::Ref { to: a, .. }, Type::Ref { to: b, .. }) if a == b => value,
            // A variant where its union is wanted, known not to be none.
            (a, b) if self.l.module.types.accepts(b, a) => value,
            (Type::I64, Type::F64) => self.plain(Op::I64ToF64, &[value]),
            _ => panic!("no way from {} to {} in {}", self.l.describe(from, 3), self.l.describe(to, 3), self.b.func.name),
        }
    }

    /// `none` in the form of a type that can have it; the empty value of one that cannot.
    pub fn none_as(&mut self, ty: Ty) -> Value {
        match self.l.layout(ty) {
            Type::Ref { to, nullable: true } => self.op(Op::RefNull, Imm::Type(to), &[]),
            Type::Any => self.none(),
            _ => self.default_value(ty),
        }
    }
    /// A value of the right form where control never gets.
    fn placeholder(&mut self, ty: Ty) -> Value {
        self.default_value(ty)
    }

    /// As a tagged value.
    pub fn tag(&mut self, value: Value) -> Value {
        match self.b.ty(value) {
            Type::Bool => self.plain(Op::AnyFromBool, &[value]),
            Type::I64 => self.plain(Op::AnyFromI64, &[value]),
            Type::I32 => {
                let wide = self.plain(Op::I32ExtendS, &[value]);
                self.plain(Op::AnyFromI64, &[wide])
            }
            Type::F64 => self.plain(Op::AnyFromF64, &[value]),
            Type::Ref { .. } => self.plain(Op::AnyFromRef, &[value]),
            Type::Any => value,
            Type::Func(_) => unreachable!("code addresses are never tagged"),
        }
    }

    /// The value of a tagged one that is known to be of the type.
    pub fn untag(&mut self, value: Value, to: Ty) -> Value {
        match self.l.layout(to) {
            Type::Bool => self.plain(Op::AnyToBool, &[value]),
            Type::I64 => self.plain(Op::AnyToI64, &[value]),
            Type::F64 => self.plain(Op::AnyToF64, &[value]),
            Type::I32 => {
                let wide = self.plain(Op::AnyToI64, &[value]);
                self.plain(Op::I64Wrap, &[wide])
            }
            Type::Any => value,
            Type::Ref { to, nullable: false } => self.untag_ref(value, to),
            Type::Ref { to, nullable: true } => {
                let none = self.is_none_tag(value);
                let ty = Type::Ref { to, nullable: true };
                self.choose(none, ty, |cx| cx.op(Op::RefNull, Imm::Type(to), &[]), |cx| cx.untag_ref(value, to))
            }
            Type::Func(_) => unreachable!("code addresses are never tagged"),
        }
    }
    fn untag_ref(&mut self, value: Value, to: TypeId) -> Value {
        self.op(Op::AnyToRef, Imm::Type(to), &[value])
    }
    pub fn is_none_tag(&mut self, value: Value) -> Value {
        let kind = self.plain(Op::AnyKind, &[value]);
        let zero = self.b.i32(0);
        self.plain(Op::I32Eq, &[kind, zero])
    }

    /// Whether a value of the type is `none`.
    pub fn is_none(&mut self, value: Value, ty: Ty) -> Value {
        match (self.l.kind(ty), self.b.ty(value)) {
            (TyKind::None, _) => self.b.bool(true),
            (_, Type::Any) => self.is_none_tag(value),
            (_, Type::Ref { nullable: true, .. }) => self.plain(Op::RefIsNull, &[value]),
            _ => self.b.bool(false),
        }
    }

    /// Whether a tagged value is of one alternative.
    pub fn is_alternative(&mut self, value: Value, alternative: Ty) -> Value {
        let kind = match self.l.layout(alternative) {
            Type::Bool => 1,
            Type::I64 | Type::I32 => 2,
            Type::F64 => 3,
            Type::Ref { to, .. } => return self.op(Op::AnyIs, Imm::Type(to), &[value]),
            Type::Any | Type::Func(_) => unreachable!("an alternative has a form of its own"),
        };
        let have = self.plain(Op::AnyKind, &[value]);
        let want = self.b.i32(kind);
        self.plain(Op::I32Eq, &[have, want])
    }
}
