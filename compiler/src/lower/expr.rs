//! Expressions: one entry for each kind, handed on to the file of its family.

use super::function::FnCx;
use super::ownership::Use;
use super::sites::Fault;
use super::walk::{self, Assigned};
use crate::hash::HashMap;
use crate::hir::tree::{Expr, ExprKind, Lit};
use crate::ir::{Type, Value};
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::syntax::symbol::Symbol;
use crate::types::{Ty, TyKind};
use std::rc::Rc;

impl FnCx<'_, '_> {
    /// The value of an expression in the form of its own type. A list that somebody else may hold is shared from here on, unless it
    /// is only looked at.
    pub fn expr(&mut self, e: &Expr) -> Value {
        if let Some(value) = self.kept_value(e) {
            return value;
        }
        let value = self.value(e);
        let ty = self.ty(e.id);
        if self.is_shared_by(e, ty) { self.share(value, ty) } else { self.passed_on(e, value) }
    }
    fn value(&mut self, e: &Expr) -> Value {
        self.b.span = e.at();
        let ty = self.ty(e.id);
        match &e.kind {
            ExprKind::Lit(lit) => self.literal(lit, ty),
            ExprKind::Local(local) => {
                let value = self.load(*local, e.at());
                let have = self.local_ty(*local);
                self.narrow(value, have, ty)
            }
            ExprKind::Fn(func) | ExprKind::Lambda(func) => self.function_value(*func, ty),
            ExprKind::List(items) => self.list_literal(items, ty),
            ExprKind::Record(fields) => self.record_literal(fields, ty, e.at()),
            ExprKind::Map(entries) => self.map_literal(entries, ty, e.at()),
            ExprKind::Struct { fields, .. } => self.struct_literal(fields, ty),
            ExprKind::Variant { variant, fields, .. } => self.variant_literal(*variant, fields, ty),
            ExprKind::Call { callee, args } => self.call_value(callee, args, ty, e.at()),
            ExprKind::CallFn { func, args } => self.call_fn(*func, args, e, ty),
            ExprKind::CallBuiltin { builtin, args } => self.builtin(*builtin, args, e, ty),
            ExprKind::CallMethod { object, name, args } => self.call_method(object, *name, args, e, ty),
            ExprKind::Field { object, name, .. } => self.field_expr(object, *name, ty, e.at()),
            ExprKind::Index { object, index, .. } => self.index_expr(object, index, ty, e.at()),
            ExprKind::Slice { object, from, to } => self.slice_expr(object, from.as_deref(), to.as_deref(), ty, e.at()),
            ExprKind::Cast { value, ty: wanted } => self.cast_expr(value, wanted, ty, e.at()),
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                let value = self.cond(operand);
                self.not(value)
            }
            ExprKind::Unary { op: UnaryOp::Neg, operand } => self.negate_expr(operand, ty, e.at()),
            ExprKind::Binary { op, left, right } => self.binary_expr(*op, left, right, ty, e.at()),
            ExprKind::If { branches, otherwise } => {
                let otherwise = otherwise.as_deref();
                let visit = |(cond, value): &(Expr, Expr), found: &mut Assigned| {
                    walk::expr(cond, found);
                    walk::expr(value, found);
                };
                let assigned = walk::assigned_from_each(branches, visit, |found| otherwise.iter().for_each(|e| walk::expr(e, found)));
                self.if_expr(branches, otherwise, ty, &assigned)
            }
            ExprKind::Match { subject, arms } => self.match_expr(subject, arms, ty, e.at()),
            ExprKind::Query(query) => self.query_expr(query, ty, e.at()),
            ExprKind::Logic { relation, terms } => self.logic_query(*relation, terms, ty),
            ExprKind::Load(load) => self.load_expr(load, ty, e.at()),
            ExprKind::Save(save) => self.save_expr(save, ty, e.at()),
            ExprKind::Fetch { url, options } => self.fetch_expr(url, options.as_deref(), ty, e.at()),
            ExprKind::Error => unreachable!("a program with errors is not lowered"),
        }
    }

    /// The value of an expression in the form of another type.
    pub fn expr_as(&mut self, e: &Expr, to: Ty) -> Value {
        let from = self.ty(e.id);
        let value = self.expr(e);
        self.coerce(value, from, to)
    }

    /// Evaluates for the effect alone.
    pub fn run(&mut self, e: &Expr) {
        self.expr(e);
    }

    /// An expression as a condition.
    pub fn cond(&mut self, e: &Expr) -> Value {
        match &e.kind {
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                let value = self.cond(operand);
                self.not(value)
            }
            ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
                let first = self.cond(left);
                self.short_circuit(*op, first, right)
            }
            _ => {
                let value = self.expr(e);
                let ty = self.ty(e.id);
                self.truthy(value, ty)
            }
        }
    }
    fn short_circuit(&mut self, op: BinaryOp, first: Value, right: &Expr) -> Value {
        let assigned = walk::assigned_in([right]);
        let bool = [Type::Bool];
        let results = if op == BinaryOp::And {
            self.if_else(first, &assigned, &bool, |cx| vec![cx.cond(right)], |cx| vec![cx.b.bool(false)])
        } else {
            self.if_else(first, &assigned, &bool, |cx| vec![cx.b.bool(true)], |cx| vec![cx.cond(right)])
        };
        results[0]
    }

    fn binary_expr(&mut self, op: BinaryOp, left: &Expr, right: &Expr, ty: Ty, at: crate::source::Span) -> Value {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                if *self.l.facts.tys.kind(ty) == TyKind::Bool {
                    let first = self.cond(left);
                    return self.short_circuit(op, first, right);
                }
                self.deciding_operand(op, left, right, ty)
            }
            BinaryOp::Coalesce => self.coalesce(left, right, ty),
            BinaryOp::Eq | BinaryOp::Ne => self.equality_expr(op, left, right, at),
            _ => {
                if op == BinaryOp::In
                    && let Some(found) = self.sought_in(left, right)
                {
                    return found;
                }
                if op == BinaryOp::Rem
                    && let Some(value) = self.remainder_of_product(left, right, ty, at)
                {
                    return value;
                }
                let (a, b) = (self.ty(left.id), self.ty(right.id));
                let x = self.expr(left);
                let y = self.expr(right);
                self.b.span = at;
                if let (BinaryOp::Add, Some(element)) = (op, self.l.list_element(a))
                    && b == a
                    && ty == a
                {
                    return self.concat(left, (x, y), element);
                }
                self.binary(op, (x, a), (y, b), ty, at)
            }
        }
    }

    /// The elements of both lists, in the first one where nobody else has it, unless it is marked as shared.
    pub fn concat(&mut self, first: &Expr, (x, y): (Value, Value), element: Ty) -> Value {
        let own = self.l.ownership.of_use(first.id) != Use::Borrow;
        self.call_prelude(if own { "list_concat_own" } else { "list_concat" }, &[element], &[x, y])
    }

    /// `a && b` and `a || b` where the result is not a bool: the operand that decides.
    fn deciding_operand(&mut self, op: BinaryOp, left: &Expr, right: &Expr, ty: Ty) -> Value {
        let from = self.ty(left.id);
        let first = self.expr(left);
        let holds = self.truthy(first, from);
        let assigned = walk::assigned_in([right]);
        let form = [self.l.layout(ty)];
        let results = if op == BinaryOp::And {
            self.if_else(holds, &assigned, &form, |cx| vec![cx.expr_as(right, ty)], |cx| vec![cx.coerce(first, from, ty)])
        } else {
            self.if_else(holds, &assigned, &form, |cx| vec![cx.coerce(first, from, ty)], |cx| vec![cx.expr_as(right, ty)])
        };
        results[0]
    }

    /// `a ?? b`
    fn coalesce(&mut self, left: &Expr, right: &Expr, ty: Ty) -> Value {
        let from = self.ty(left.id);
        let first = self.expr(left);
        let none = self.is_none(first, from);
        let form = [self.l.layout(ty)];
        let some = self.l.facts.tys.without_none(from);
        let assigned = walk::assigned_in([right]);
        let keep = |cx: &mut Self| {
            let value = cx.coerce(first, from, some);
            vec![cx.coerce(value, some, ty)]
        };
        self.if_else(none, &assigned, &form, |cx| vec![cx.expr_as(right, ty)], keep)[0]
    }

    /// `assigned` has the variables that each branch or a later one assigns.
    fn if_expr(&mut self, branches: &[(Expr, Expr)], otherwise: Option<&Expr>, ty: Ty, assigned: &[Rc<Assigned>]) -> Value {
        let Some(((cond, value), rest)) = branches.split_first() else {
            return match otherwise {
                Some(e) => self.expr_as(e, ty),
                None => self.none_as(ty),
            };
        };
        let holds = self.cond(cond);
        let form = [self.l.layout(ty)];
        let other = |cx: &mut Self| vec![cx.if_expr(rest, otherwise, ty, &assigned[1..])];
        self.if_else(holds, &assigned[0], &form, |cx| vec![cx.expr_as(value, ty)], other)[0]
    }

    // Structs

    fn struct_literal(&mut self, fields: &[(usize, Expr)], ty: Ty) -> Value {
        let solid = self.l.facts.tys.alternatives(ty)[0];
        let value = self.struct_value(fields, solid);
        self.coerce(value, solid, ty)
    }
    pub fn struct_value(&mut self, fields: &[(usize, Expr)], ty: Ty) -> Value {
        let of = self.l.heap_type(ty);
        let types: Vec<Ty> = self.l.fields(ty).into_iter().map(|(_, ty)| ty).collect();
        let values = self.field_values(fields, &types);
        self.new_struct(of, &values)
    }
    fn variant_literal(&mut self, variant: usize, fields: &[(usize, Expr)], ty: Ty) -> Value {
        let of = self.l.variant_type(ty, variant);
        let types: Vec<Ty> = self.l.variant_fields(ty, variant).into_iter().map(|(_, ty)| ty).collect();
        let values = self.field_values(fields, &types);
        let mut all = vec![self.b.i32(variant as i32)];
        all.extend(values);
        self.new_struct(of, &all)
    }
    /// Evaluates fields in the order written and gives them in the order of the declaration; those left out are none.
    fn field_values(&mut self, fields: &[(usize, Expr)], types: &[Ty]) -> Vec<Value> {
        let mut values: Vec<Option<Value>> = vec![None; types.len()];
        for (at, e) in fields {
            values[*at] = Some(self.expr_as(e, types[*at]));
        }
        let fill = |(value, &ty): (Option<Value>, &Ty)| value.unwrap_or_else(|| self.none_as(ty));
        values.into_iter().zip(types).map(fill).collect()
    }
    /// A record, or a map where inference could not keep it one.
    fn record_literal(&mut self, fields: &[(Symbol, Expr)], ty: Ty, at: crate::source::Span) -> Value {
        let TyKind::Record(_) = self.l.facts.tys.kind(ty) else {
            return self.map_of_fields(fields, ty, at);
        };
        let declared = self.l.fields(ty);
        let mut values: Vec<Option<Value>> = vec![None; declared.len()];
        let places: HashMap<Symbol, usize> = declared.iter().enumerate().map(|(at, &(field, _))| (field, at)).collect();
        for (name, e) in fields {
            let at = *places.get(name).expect("a record has the fields of its literals");
            values[at] = Some(self.expr_as(e, declared[at].1));
        }
        let values: Vec<Value> =
            values.into_iter().zip(&declared).map(|(value, &(_, ty))| value.unwrap_or_else(|| self.none_as(ty))).collect();
        let of = self.l.heap_type(ty);
        self.new_struct(of, &values)
    }

    /// Does something for whichever alternative the value is; `none` gives none.
    pub fn dispatch(&mut self, value: Value, from: Ty, result: Ty, f: &mut dyn FnMut(&mut Self, Value, Ty) -> Value) -> Value {
        let alternatives = self.l.facts.tys.alternatives(from);
        if !self.l.facts.tys.has_none(from) {
            return self.dispatch_alternatives(value, from, &alternatives, result, f);
        }
        let none = self.is_none(value, from);
        let form = self.l.layout(result);
        let of_none = |cx: &mut Self| {
            // No form of none is a value of this type, or nothing is.
            if matches!(form, Type::Ref { nullable: false, .. }) || *cx.l.facts.tys.kind(result) == TyKind::Never {
                cx.trap(Fault::Argument, cx.b.span);
            }
            cx.none_as(result)
        };
        self.choose(none, form, of_none, |cx| cx.dispatch_alternatives(value, from, &alternatives, result, f))
    }
    pub fn dispatch_alternatives(
        &mut self,
        value: Value,
        from: Ty,
        alternatives: &[Ty],
        result: Ty,
        f: &mut dyn FnMut(&mut Self, Value, Ty) -> Value,
    ) -> Value {
        match alternatives {
            [] => {
                self.b.unreachable();
                self.default_value(result)
            }
            [only] => {
                let value = self.narrow(value, from, *only);
                f(self, value, *only)
            }
            [first, rest @ ..] => {
                let is = self.is_alternative(value, *first);
                let (inst, then_, else_) = {
                    let form = self.l.layout(result);
                    self.b.if_(is, &[form])
                };
                let outer = self.b.switch_to(then_);
                let narrow = self.narrow(value, from, *first);
                let made = f(self, narrow, *first);
                self.br_with(inst, &[made], &[]);
                self.b.switch_to(else_);
                let made = self.dispatch_alternatives(value, from, rest, result, f);
                self.br_with(inst, &[made], &[]);
                self.b.switch_to(outer);
                self.b.results(inst)[0]
            }
        }
    }

    /// Whether an expression is the literal text, for which printing needs no string.
    pub fn literal_text(e: &Expr) -> Option<&str> {
        match &e.kind {
            ExprKind::Lit(Lit::Str(text)) => Some(text),
            _ => None,
        }
    }
}
