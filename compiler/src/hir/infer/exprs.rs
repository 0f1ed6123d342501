//! Expressions: a slot for each, and the rules between them.

use super::Infer;
use super::rules::{Covered, Rule};
use crate::hir::builtin::Builtin;
use crate::hir::tree::{Arm, ArmBody, DataKind, Expr, ExprKind, FnId, Lit, LocalId, Pattern, TypeRef, variant_base};
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::types::{Args, DataId, FunSlots, Ints, Slot, bits};

impl Infer<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) -> Slot {
        let slot = self.expr_slot(expr);
        self.set_expr(expr.id, slot);
        slot
    }
    fn exprs(&mut self, exprs: &[Expr]) -> Args {
        exprs.iter().map(|e| self.expr(e)).collect()
    }

    fn expr_slot(&mut self, expr: &Expr) -> Slot {
        match &expr.kind {
            ExprKind::Lit(lit) => self.lit(lit),
            ExprKind::Local(local) => self.read(*local),
            ExprKind::Fn(func) | ExprKind::Lambda(func) => {
                let fun = self.fun_of(*func);
                let slot = self.slots.fresh();
                self.slots.add_fun(slot, fun);
                slot
            }
            ExprKind::List(items) => {
                let element = self.slots.fresh();
                for item in items {
                    let item = self.part(item);
                    self.slots.flow(item, element);
                }
                if items.is_empty() { self.list_of(element) } else { self.filled_list_of(element) }
            }
            ExprKind::Record(fields) => {
                let mut slots = Vec::new();
                for (name, value) in fields {
                    let (value, field) = (self.part(value), self.slots.fresh());
                    self.slots.flow(value, field);
                    slots.push((*name, field));
                }
                let (map, slot) = (self.slots.record(slots, false), self.slots.fresh());
                self.slots.add_map(slot, map);
                slot
            }
            ExprKind::Map(entries) => {
                let (key, value, slot) = (self.slots.fresh(), self.slots.fresh(), self.slots.fresh());
                for (k, v) in entries {
                    let (k, v) = (self.expr(k), self.part(v));
                    self.slots.flow(k, key);
                    self.slots.flow(v, value);
                }
                let map = self.slots.dynamic_map(key, value);
                self.slots.add_map(slot, map);
                slot
            }
            ExprKind::Struct { data, fields } => self.structure(*data, 0, fields, expr.span),
            ExprKind::Variant { data, variant, fields } => self.structure(*data, *variant, fields, expr.span),
            ExprKind::Call { callee, args } => {
                let (callee, args, to) = (self.expr(callee), self.exprs(args), self.slots.fresh());
                let args = self.arguments(args);
                self.rule(Rule::Call { callee, args, to }, &[callee]);
                to
            }
            ExprKind::CallFn { func, args } => self.call_fn(*func, args),
            ExprKind::CallBuiltin { builtin, args } => {
                let empty = self.emptiness(*builtin, args);
                let args = self.exprs(args);
                self.builtin_call(*builtin, &args, empty)
            }
            ExprKind::CallMethod { object, name, args } => {
                let (object, args) = (self.expr(object), self.exprs(args));
                let (field, to) = (self.slots.fresh(), self.slots.fresh());
                let builtin = method_builtin(self.names.text(*name), args.len());
                let args = self.arguments(args);
                self.rule(Rule::Call { callee: field, args, to }, &[field]);
                self.rule(Rule::Method { object, name: *name, builtin, args, field, to }, &[object]);
                to
            }
            ExprKind::Field { object, name, .. } => {
                let (object, to) = (self.expr(object), self.slots.fresh());
                self.rule(Rule::Field { object, name: *name, to }, &[object]);
                to
            }
            ExprKind::Index { object, index, .. } => self.index_expr(object, index),
            ExprKind::Slice { object, from, to } => {
                let (object, result) = (self.expr(object), self.slots.fresh());
                for bound in from.iter().chain(to) {
                    self.expr(bound);
                }
                self.rule(Rule::Sequence { from: object, to: result }, &[object]);
                result
            }
            ExprKind::Cast { value, ty } => {
                let value = self.expr(value);
                self.cast(value, ty)
            }
            // The negative of a literal is always in range.
            ExprKind::Unary { op: UnaryOp::Neg, operand } if matches!(operand.kind, ExprKind::Lit(Lit::Int(_))) => {
                let (positive, to) = (self.expr(operand), self.slots.fresh());
                self.slots.add_ints(to, self.slots.ints(positive).negated());
                self.slots.add_scalars(to, bits::INT);
                to
            }
            ExprKind::Unary { op, operand } => {
                let operand = self.expr(operand);
                match op {
                    UnaryOp::Not => self.bool(),
                    UnaryOp::Neg => {
                        let to = self.slots.fresh();
                        self.rule(Rule::Negate { operand, to }, &[operand]);
                        to
                    }
                }
            }
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right),
            ExprKind::If { branches, otherwise } => self.if_expr(branches, otherwise.as_deref()),
            ExprKind::Match { subject, arms } => self.match_expr(subject, arms),
            ExprKind::Query(query) => self.query(query),
            ExprKind::Logic { relation, terms } => self.logic_query(*relation, terms),
            ExprKind::Load(load) => {
                load.options.iter().for_each(|options| {
                    self.expr(options);
                });
                let row = self.written(&load.ty, true);
                self.filled_list_of(row)
            }
            ExprKind::Save(save) => {
                self.expr(&save.value);
                save.options.iter().for_each(|options| {
                    self.expr(options);
                });
                self.scalar(bits::NONE)
            }
            ExprKind::Fetch { url, options } => {
                self.expr(url);
                options.iter().for_each(|options| {
                    self.expr(options);
                });
                self.json()
            }
            // What is wrong may be anything; `none` is what every check of kinds lets pass.
            ExprKind::Error => self.scalar(bits::NONE),
        }
    }

    fn lit(&mut self, lit: &Lit) -> Slot {
        if let Some(constants) = self.constants {
            return match lit {
                Lit::Int(_) => constants.int,
                Lit::Float(_) => constants.float,
                Lit::Bool(_) => constants.bool,
                Lit::None => constants.none,
                Lit::Str(_) => constants.string,
            };
        }
        match lit {
            Lit::Int(value) => {
                let slot = self.slots.fresh();
                self.slots.add_ints(slot, Ints::exactly(*value));
                slot
            }
            Lit::Float(_) => self.scalar(bits::FLOAT),
            Lit::Bool(_) => self.scalar(bits::BOOL),
            Lit::None => self.scalar(bits::NONE),
            Lit::Str(_) => self.string(),
        }
    }
    fn read(&mut self, local: LocalId) -> Slot {
        let slot = self.local_slot(local);
        let slot = self.read_bounded(local, slot);
        if !self.narrowed.is_not_none(local) {
            return slot;
        }
        let some = self.slots.fresh();
        self.slots.flow_some(slot, some);
        some
    }
    /// A struct, or a variant of a union; fields that are left out are `none`.
    fn structure(&mut self, data: DataId, variant: usize, fields: &[(usize, Expr)], at: Span) -> Slot {
        let decl = &self.program.data[data.0 as usize];
        let width = match &decl.kind {
            DataKind::Struct(fields) => fields.len(),
            DataKind::Union(variants) => variants[variant].fields.len(),
        };
        let base = variant_base(decl, variant);
        self.struct_fields(data, base, fields);
        for index in (0..width).filter(|index| !fields.iter().any(|(i, _)| i == index)) {
            self.add_none(self.fields[data.0 as usize][base + index], at);
        }
        let slot = self.slots.fresh();
        self.slots.add_data(slot, data, &[]);
        slot
    }
    pub(super) fn struct_fields(&mut self, data: DataId, base: usize, fields: &[(usize, Expr)]) {
        for (index, value) in fields {
            let value = self.part(value);
            self.slots.flow(value, self.fields[data.0 as usize][base + index]);
        }
    }
    fn call_fn(&mut self, func: FnId, args: &[Expr]) -> Slot {
        let args = self.exprs(args);
        if self.program.fns[func.index()].is_prelude {
            return self.prelude_result(func);
        }
        let fun = self.fun_of(func);
        for (&arg, &param) in args.iter().zip(&fun.params) {
            self.slots.flow(arg, param);
        }
        if args.len() >= fun.params.len() {
            return fun.result;
        }
        let slot = self.slots.fresh();
        self.slots.add_fun(slot, FunSlots { params: Args::from_slice(&fun.params[args.len()..]), result: fun.result });
        slot
    }
    fn index_expr(&mut self, object: &Expr, index: &Expr) -> Slot {
        let present = self.has_key(object, index);
        let (base, at, to) = (self.expr(object), self.expr(index), self.slots.fresh());
        if let ExprKind::Lit(Lit::Str(key)) = &index.kind
            && let Some(name) = self.names.find(key).filter(|_| !present)
        {
            self.rule(Rule::Field { object: base, name, to }, &[base]);
            return to;
        }
        self.rule(Rule::Index { object: base, index: at, to, present }, &[base]);
        to
    }
    fn cast(&mut self, value: Slot, ty: &TypeRef) -> Slot {
        match ty {
            TypeRef::Any | TypeRef::Fun(..) | TypeRef::Param(_) => return value,
            TypeRef::Int if self.options.exact_ints => {
                let to = self.slots.fresh();
                self.rule(Rule::CastInt { from: value, to }, &[value]);
                return to;
            }
            TypeRef::Data(id, _) if matches!(self.program.data[id.0 as usize].kind, DataKind::Union(_)) => return value,
            _ => {}
        }
        let to = self.written(ty, false);
        self.rows(value, to);
        let has_fields = matches!(ty, TypeRef::Data(id, _) if !self.program.data[id.0 as usize].is_prelude);
        if Self::is_open(ty) || has_fields {
            self.casts.push(ty.clone());
            self.rule(Rule::CastParts { from: value, ty: self.casts.len() as u32 - 1, to }, &[value]);
        }
        to
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Slot {
        let a = self.expr(left);
        let mark = self.narrowed.mark();
        match op {
            BinaryOp::And => self.assume(left, true),
            BinaryOp::Or => self.assume(left, false),
            _ => {}
        }
        let b = self.expr(right);
        self.narrowed.reset(mark);
        use BinaryOp::{Eq, Ge, Gt, In, Le, Lt, Ne};
        let to = if matches!(op, Lt | Le | Gt | Ge | Eq | Ne | In) { self.bool() } else { self.slots.fresh() };
        match op {
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => {
                self.rule(Rule::Arithmetic { op, left: a, right: b, to }, &[a, b]);
            }
            Lt | Le | Gt | Ge | Eq | Ne => {}
            In => self.rule(Rule::Membership { value: a, container: b }, &[b]),
            BinaryOp::And | BinaryOp::Or => {
                self.slots.flow(a, to);
                self.slots.flow(b, to);
            }
            BinaryOp::Coalesce => {
                self.slots.flow_some(a, to);
                self.slots.flow(b, to);
            }
            BinaryOp::Union | BinaryOp::UnionAll | BinaryOp::Except | BinaryOp::Intersect => {
                let element = self.slots.fresh();
                self.slots.add_data(to, self.known.list, &[element]);
                self.rule(Rule::Listed { from: a, to }, &[a]);
                self.rule(Rule::Listed { from: b, to }, &[b]);
            }
        }
        to
    }

    fn if_expr(&mut self, branches: &[(Expr, Expr)], otherwise: Option<&Expr>) -> Slot {
        let to = self.slots.fresh();
        let mark = self.narrowed.mark();
        for (cond, value) in branches {
            self.decider(cond);
            let inner = self.narrowed.mark();
            self.assume(cond, true);
            let value = self.expr(value);
            self.slots.flow(value, to);
            self.narrowed.reset(inner);
            self.assume(cond, false);
        }
        match otherwise {
            Some(value) => {
                let value = self.expr(value);
                self.slots.flow(value, to);
            }
            None => self.slots.add(to, bits::NONE),
        }
        self.narrowed.reset(mark);
        to
    }

    fn match_expr(&mut self, subject: &Expr, arms: &[Arm]) -> Slot {
        let value = self.expr(subject);
        let to = self.slots.fresh();
        for arm in arms {
            self.pattern(&arm.pattern, value);
            match &arm.body {
                ArmBody::Expr(body) => {
                    let body = self.expr(body);
                    self.slots.flow(body, to);
                }
                ArmBody::Block(body) => {
                    self.block(body);
                    self.slots.add(to, bits::NONE);
                }
            }
        }
        if arms.iter().any(|arm| is_irrefutable(&arm.pattern)) {
            return to;
        }
        let covered = if covers_bools(arms) { Some(Covered::Bools) } else { self.covered_union(arms).map(Covered::Union) };
        match covered {
            Some(covered) => self.rule(Rule::MatchRest { subject: value, covered, to }, &[value]),
            None => self.slots.add(to, bits::NONE),
        }
        to
    }
    fn pattern(&mut self, pattern: &Pattern, value: Slot) {
        match pattern {
            Pattern::Wildcard | Pattern::Lit(..) => {}
            Pattern::Bind(local) => {
                let local = self.local_slot(*local);
                self.slots.flow(value, local);
            }
            Pattern::Variant { data, variant, args, .. } => {
                let base = variant_base(&self.program.data[data.0 as usize], *variant);
                for (index, arg) in args.iter().enumerate() {
                    if let Some(&field) = self.fields[data.0 as usize].get(base + index) {
                        self.pattern(arg, field);
                    }
                }
            }
        }
    }
    /// The union all of whose variants the arms take, whatever their fields hold.
    fn covered_union(&self, arms: &[Arm]) -> Option<DataId> {
        let mut data = None;
        let mut seen = Vec::new();
        for arm in arms {
            if let Pattern::Variant { data: id, variant, args, .. } = &arm.pattern {
                data = Some(*id);
                if args.iter().all(is_irrefutable) {
                    seen.push((*id, *variant));
                }
            }
        }
        let data = data?;
        let DataKind::Union(variants) = &self.program.data[data.0 as usize].kind else { return None };
        (0..variants.len()).all(|v| seen.contains(&(data, v))).then_some(data)
    }
}

fn is_irrefutable(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::Wildcard | Pattern::Bind(_))
}

fn covers_bools(arms: &[Arm]) -> bool {
    let has = |wanted: bool| arms.iter().any(|arm| matches!(&arm.pattern, Pattern::Lit(Lit::Bool(b), _) if *b == wanted));
    has(true) && has(false)
}

/// The builtin that `value.name(args)` means on any value but `none` and one of a declared type.
pub(super) fn method_builtin(name: &str, args: usize) -> Option<Builtin> {
    let builtin = Builtin::from_method(name)?;
    let (least, most) = builtin.arity();
    (least..=most).contains(&(args + 1)).then_some(builtin)
}
