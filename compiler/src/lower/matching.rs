//! `match`: arms in order; a pattern tests and binds.

use super::arith::Typed;
use super::function::FnCx;
use super::walk::{self, Assigned};
use crate::hir::tree::{Arm, ArmBody, Expr, Pattern};
use crate::ir::{Imm, Op, Type, Value};
use crate::source::Span;
use crate::types::{DataId, Ty, TyKind};
use std::rc::Rc;

impl FnCx<'_, '_> {
    pub fn match_expr(&mut self, subject: &Expr, arms: &[Arm], ty: Ty, _at: Span) -> Value {
        let from = self.ty(subject.id);
        let value = self.expr(subject);
        if let Some(data) = self.flat_union(from, arms) {
            return self.match_tags((value, from), data, arms, ty);
        }
        let assigned = walk::assigned_from_each(arms, assigned_in_arm, |_| {});
        self.match_arms((value, from), arms, ty, &assigned)
    }

    /// The union, where every arm is a variant with plain bindings, a catch-all last.
    fn flat_union(&self, from: Ty, arms: &[Arm]) -> Option<DataId> {
        let TyKind::Data(data, _) = *self.l.facts.tys.kind(from) else { return None };
        if !self.l.is_union(data) {
            return None;
        }
        let simple = |pattern: &Pattern| matches!(pattern, Pattern::Wildcard | Pattern::Bind(_));
        let flat = |arm: &Arm| match &arm.pattern {
            Pattern::Variant { data: of, args, .. } => *of == data && args.iter().all(simple),
            other => simple(other),
        };
        arms.iter().all(flat).then_some(data)
    }

    /// One switch over the tags.
    fn match_tags(&mut self, (value, from): Typed, _data: DataId, arms: &[Arm], ty: Ty) -> Value {
        let base = self.l.heap_type(from);
        let tag = self.get_field(base, 0, value);
        let count = self.l.variant_count(from);
        let form = [self.l.layout(ty)];
        let assigned = assigned_in_arms(arms);
        self.switch(tag, count, &assigned, &form, |cx, case| {
            if case == count {
                cx.b.unreachable();
                return vec![cx.default_value(ty)];
            }
            let takes = |arm: &&Arm| match &arm.pattern {
                Pattern::Variant { variant, .. } => *variant == case,
                _ => true,
            };
            let Some(arm) = arms.iter().find(takes) else { return vec![cx.none_as(ty)] };
            cx.bind_pattern(&arm.pattern, (value, from));
            vec![cx.arm_body(&arm.body, ty)]
        })[0]
    }

    /// `assigned` has the variables that each arm or a later one assigns.
    fn match_arms(&mut self, subject: Typed, arms: &[Arm], ty: Ty, assigned: &[Rc<Assigned>]) -> Value {
        let Some((arm, rest)) = arms.split_first() else { return self.none_as(ty) };
        if matches!(arm.pattern, Pattern::Wildcard | Pattern::Bind(_)) {
            self.bind_pattern(&arm.pattern, subject);
            return self.arm_body(&arm.body, ty);
        }
        let matches = self.test_pattern(&arm.pattern, subject);
        let form = [self.l.layout(ty)];
        let then = |cx: &mut Self| {
            cx.bind_pattern(&arm.pattern, subject);
            vec![cx.arm_body(&arm.body, ty)]
        };
        self.if_else(matches, &assigned[0], &form, then, |cx| vec![cx.match_arms(subject, rest, ty, &assigned[1..])])[0]
    }

    fn arm_body(&mut self, body: &ArmBody, ty: Ty) -> Value {
        match body {
            ArmBody::Expr(e) => self.expr_as(e, ty),
            ArmBody::Block(body) => {
                self.stmts(body);
                self.none_as(ty)
            }
        }
    }

    /// Whether a value matches.
    fn test_pattern(&mut self, pattern: &Pattern, (value, from): Typed) -> Value {
        match pattern {
            Pattern::Wildcard | Pattern::Bind(_) => self.b.bool(true),
            Pattern::Lit(lit, span) => {
                self.b.span = *span;
                let ty = self.literal_ty(lit);
                let literal = self.literal(lit, ty);
                self.equal((value, from), (literal, ty))
            }
            Pattern::Variant { data, variant, args, .. } => {
                let Some(union) = self.union_alternative(from, *data) else { return self.b.bool(false) };
                let is = self.is_type(value, from, union);
                self.choose(
                    is,
                    Type::Bool,
                    |cx| {
                        let value = cx.coerce(value, from, union);
                        let base = cx.l.heap_type(union);
                        let tag = cx.get_field(base, 0, value);
                        let wanted = cx.b.i32(*variant as i32);
                        let same = cx.plain(Op::I32Eq, &[tag, wanted]);
                        if args.iter().all(|arg| matches!(arg, Pattern::Wildcard | Pattern::Bind(_))) {
                            return same;
                        }
                        cx.choose(same, Type::Bool, |cx| cx.test_fields(args, 0, (value, union), *variant), |cx| cx.b.bool(false))
                    },
                    |cx| cx.b.bool(false),
                )
            }
        }
    }
    fn test_fields(&mut self, args: &[Pattern], at: usize, union: Typed, variant: usize) -> Value {
        let Some(pattern) = args.get(at) else { return self.b.bool(true) };
        if matches!(pattern, Pattern::Wildcard | Pattern::Bind(_)) {
            return self.test_fields(args, at + 1, union, variant);
        }
        let Some(field) = self.variant_field(union, variant, at) else { return self.b.bool(false) };
        let matches = self.test_pattern(pattern, field);
        self.choose(matches, Type::Bool, |cx| cx.test_fields(args, at + 1, union, variant), |cx| cx.b.bool(false))
    }
    fn variant_field(&mut self, (value, ty): Typed, variant: usize, at: usize) -> Option<Typed> {
        let fields = self.l.variant_fields(ty, variant);
        let &(_, field) = fields.get(at)?;
        let of = self.l.variant_type(ty, variant);
        let object = self.op(Op::RefCast, Imm::Type(of), &[value]);
        Some((self.get_field(of, at as u32 + 1, object), field))
    }

    /// Binds the variables of a pattern that the value matches.
    fn bind_pattern(&mut self, pattern: &Pattern, (value, from): Typed) {
        match pattern {
            Pattern::Wildcard | Pattern::Lit(..) => {}
            Pattern::Bind(local) => {
                let ty = self.local_ty(*local);
                let value = self.coerce(value, from, ty);
                self.bind(*local, value);
            }
            Pattern::Variant { data, variant, args, .. } => {
                let Some(union) = self.union_alternative(from, *data) else { return };
                if args.iter().all(|arg| matches!(arg, Pattern::Wildcard | Pattern::Lit(..))) {
                    return;
                }
                let value = self.coerce(value, from, union);
                for (at, arg) in args.iter().enumerate() {
                    if let Some(field) = self.variant_field((value, union), *variant, at) {
                        self.bind_pattern(arg, field);
                    }
                }
            }
        }
    }

    fn union_alternative(&self, from: Ty, data: DataId) -> Option<Ty> {
        self.l.facts.tys.alternatives(from).into_iter().find(|&ty| self.l.is_data(ty, data))
    }
    /// Whether a value is of one of its type's alternatives.
    pub fn is_type(&mut self, value: Value, from: Ty, alternative: Ty) -> Value {
        if from == alternative {
            return self.b.bool(true);
        }
        if self.b.ty(value) == Type::Any {
            return self.is_alternative(value, alternative);
        }
        let none = self.is_none(value, from);
        self.not(none)
    }
    fn literal_ty(&mut self, lit: &crate::hir::tree::Lit) -> Ty {
        use crate::hir::tree::Lit;
        match lit {
            Lit::Int(_) => self.l.intern(TyKind::Int),
            Lit::Float(_) => self.l.intern(TyKind::Float),
            Lit::Bool(_) => self.l.intern(TyKind::Bool),
            Lit::None => self.l.intern(TyKind::None),
            Lit::Str(_) => self.l.string_ty(),
        }
    }
}

fn assigned_in_arms(arms: &[Arm]) -> Assigned {
    let mut found = Assigned::default();
    arms.iter().for_each(|arm| assigned_in_arm(arm, &mut found));
    found
}

fn assigned_in_arm(arm: &Arm, found: &mut Assigned) {
    match &arm.body {
        ArmBody::Expr(e) => walk::expr(e, found),
        ArmBody::Block(body) => walk::stmts(body, found),
    }
}
