//! Expressions but for calls.

use super::{Checker, types};
use crate::hir::tree::{DataKind, Expr, ExprKind, FnId, FnKind, Lit, TypeRef, variant_base};
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::syntax::symbol::Symbol;
use crate::types::{DataId, Ty, TyKind};

impl<'a> Checker<'a> {
    /// The type of an expression; `wanted` helps literals and generic calls, the caller compares.
    pub fn expr(&mut self, expr: &'a Expr, wanted: Option<Ty>) -> Ty {
        let ty = match &expr.kind {
            ExprKind::Lit(lit) => self.lit(lit, wanted, expr.span),
            ExprKind::Local(local) => self.facts.local(*local),
            ExprKind::Fn(func) => self.function(*func, wanted, expr),
            ExprKind::Lambda(func) => self.lambda(*func, wanted),
            ExprKind::List(items) => self.array(items, wanted, expr.span),
            ExprKind::Struct { data, fields } => self.literal(*data, 0, fields, wanted, expr.span),
            ExprKind::Variant { data, variant, fields } => {
                let base = variant_base(&self.program.data[data.0 as usize], *variant);
                self.literal(*data, base, fields, wanted, expr.span)
            }
            ExprKind::Call { callee, args } => self.call(callee, args),
            ExprKind::CallFn { func, args } => self.call_fn(expr, *func, args, wanted),
            ExprKind::Field { object, name, .. } => {
                let object = self.expr(object, None);
                self.field(object, *name, expr.at())
            }
            ExprKind::Index { object, index, .. } => self.element(object, index),
            ExprKind::Cast { value, ty } => self.cast(value, ty, expr.at()),
            ExprKind::Unary { op, operand } => self.unary(*op, operand, wanted),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, wanted, expr.at()),
            ExprKind::If { branches, otherwise } => self.choice(branches, otherwise.as_deref(), wanted, expr.span),
            ExprKind::Error => self.basic.never,
            ExprKind::Record(_)
            | ExprKind::Map(_)
            | ExprKind::CallBuiltin { .. }
            | ExprKind::CallMethod { .. }
            | ExprKind::Slice { .. }
            | ExprKind::Match { .. }
            | ExprKind::Query(_)
            | ExprKind::Logic { .. }
            | ExprKind::Load(_)
            | ExprKind::Save(_)
            | ExprKind::Fetch { .. } => {
                self.error(expr.span, "the prelude has no such expression".to_owned());
                self.basic.never
            }
        };
        self.set(expr, ty)
    }

    fn lit(&mut self, lit: &Lit, wanted: Option<Ty>, span: Span) -> Ty {
        match lit {
            Lit::Int(_) => match wanted {
                Some(ty) if ty == self.basic.i32 || ty == self.basic.float => ty,
                _ => self.basic.int,
            },
            Lit::Float(_) => self.basic.float,
            Lit::Str(_) => self.basic.string,
            Lit::Bool(_) => self.basic.bool,
            Lit::None => match wanted {
                Some(ty) if self.facts.tys.has_none(ty) => ty,
                Some(ty) => {
                    let message = format!("{} is never none", self.show(ty));
                    self.error(span, message);
                    ty
                }
                None => self.basic.none,
            },
        }
    }

    /// A literal of constants, `[1, 2]`: an array where one is expected, else a list.
    fn array(&mut self, items: &'a [Expr], wanted: Option<Ty>, span: Span) -> Ty {
        let (wanted_element, is_array) = match wanted.map(|ty| self.facts.tys.kind(ty).clone()) {
            Some(TyKind::Array(element)) => (Some(element), true),
            Some(TyKind::Data(data, args)) if data == self.facts.known.list => (Some(args[0]), false),
            _ => (None, false),
        };
        let mut element = wanted_element;
        for item in items {
            let value = element.map(|ty| if ty == self.basic.byte { self.basic.i32 } else { ty });
            let ty = self.expr(item, value);
            match value {
                Some(value) => self.require(item.span, ty, value),
                None => element = Some(ty),
            }
        }
        let Some(element) = element else {
            self.error(span, "an empty literal needs a type".to_owned());
            return self.basic.never;
        };
        match is_array {
            true => self.facts.tys.intern(TyKind::Array(element)),
            false => self.facts.list(element),
        }
    }

    /// A struct or variant; `base` is the index of its first field among those of the type.
    fn literal(&mut self, data: DataId, base: usize, fields: &'a [(usize, Expr)], wanted: Option<Ty>, span: Span) -> Ty {
        let params = self.program.data[data.0 as usize].type_params as usize;
        let mut args: Vec<Option<Ty>> = vec![None; params];
        match wanted.map(|ty| self.facts.tys.without_none(ty)).map(|ty| self.facts.tys.kind(ty).clone()) {
            Some(TyKind::Data(other, given)) if other == data => args = given.into_iter().map(Some).collect(),
            _ => {}
        }
        for (index, value) in fields {
            let declared = self.facts.fields[data.0 as usize][base + index];
            let known = self.known(declared, &args);
            let got = self.expr(value, known);
            if known.is_none() {
                self.bind(declared, got, &mut args);
            }
            match self.known(declared, &args) {
                Some(ty) => self.require(value.span, got, ty),
                None => self.error(value.span, "the type of the field is not determined".to_owned()),
            }
        }
        if let DataKind::Struct(declared) = &self.program.data[data.0 as usize].kind
            && declared.len() != fields.len()
        {
            self.error(span, "a literal gives every field a value".to_owned());
        }
        match args.iter().copied().collect::<Option<Vec<Ty>>>() {
            Some(args) => self.facts.tys.intern(TyKind::Data(data, args)),
            None => {
                self.error(span, "a type argument is not determined".to_owned());
                self.basic.never
            }
        }
    }

    pub fn field(&mut self, object: Ty, name: Symbol, span: Span) -> Ty {
        if let TyKind::Data(data, args) = self.facts.tys.kind(object).clone()
            && let DataKind::Struct(fields) = &self.program.data[data.0 as usize].kind
            && let Some(index) = fields.iter().position(|field| field.name == name)
        {
            let declared = self.facts.fields[data.0 as usize][index];
            return self.facts.tys.substitute(declared, &args);
        }
        if object != self.basic.never {
            let message = format!("{} has no field `{}`", self.show(object), self.names.text(name));
            self.error(span, message);
        }
        self.basic.never
    }

    fn cast(&mut self, value: &'a Expr, ty: &TypeRef, at: Span) -> Ty {
        let to = types::of(self.facts, ty);
        let wanted = matches!(value.kind, ExprKind::Lit(Lit::Int(_))).then_some(to);
        let from = self.expr(value, wanted);
        let (int, i32, float, bool) = (self.basic.int, self.basic.i32, self.basic.float, self.basic.bool);
        let numbers = [int, i32, float];
        let is_allowed = (numbers.contains(&from) && numbers.contains(&to)) || (from == bool && (to == i32 || to == int)) || from == to;
        if !is_allowed {
            let message = format!("no cast from {} to {}", self.show(from), self.show(to));
            self.error(at, message);
        }
        to
    }

    fn unary(&mut self, op: UnaryOp, operand: &'a Expr, wanted: Option<Ty>) -> Ty {
        match op {
            UnaryOp::Not => {
                self.condition(operand);
                self.basic.bool
            }
            UnaryOp::Neg => {
                let ty = self.expr(operand, wanted);
                if ![self.basic.int, self.basic.i32, self.basic.float].contains(&ty) {
                    let message = format!("`-` of {}", self.show(ty));
                    self.error(operand.span, message);
                }
                ty
            }
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, wanted: Option<Ty>, at: Span) -> Ty {
        match op {
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => {
                let ty = self.same_number(left, right, wanted);
                if ![self.basic.int, self.basic.i32, self.basic.float, self.basic.never].contains(&ty) {
                    let message = format!("`{}` of {}", op.text(), self.show(ty));
                    self.error(at, message);
                }
                ty
            }
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                self.same_number(left, right, None);
                self.basic.bool
            }
            BinaryOp::Eq | BinaryOp::Ne => {
                self.equality(left, right, at);
                self.basic.bool
            }
            BinaryOp::And | BinaryOp::Or => {
                self.condition(left);
                self.condition(right);
                self.basic.bool
            }
            BinaryOp::In | BinaryOp::Coalesce | BinaryOp::Union | BinaryOp::UnionAll | BinaryOp::Except | BinaryOp::Intersect => {
                self.error(at, format!("the prelude has no `{}`", op.text()));
                self.basic.never
            }
        }
    }

    /// Two operands of one numeric type; a literal takes the other's.
    pub fn same_number(&mut self, left: &'a Expr, right: &'a Expr, wanted: Option<Ty>) -> Ty {
        let (first, second) = if is_literal(left) && !is_literal(right) { (right, left) } else { (left, right) };
        let ty = self.expr(first, wanted);
        let other = self.expr(second, Some(ty));
        self.require(second.span, other, ty);
        ty
    }

    /// Scalars, or a test for `none`.
    fn equality(&mut self, left: &'a Expr, right: &'a Expr, at: Span) {
        let is_none = |expr: &Expr| matches!(expr.kind, ExprKind::Lit(Lit::None));
        if is_none(left) || is_none(right) {
            let (value, none) = if is_none(left) { (right, left) } else { (left, right) };
            let ty = self.expr(value, None);
            self.expr(none, Some(ty));
            return;
        }
        let ty = self.same_number(left, right, None);
        let scalars = [self.basic.int, self.basic.i32, self.basic.float, self.basic.bool, self.basic.never];
        if !scalars.contains(&ty) {
            let message = format!("`==` of {}; references have `ref_eq`", self.show(ty));
            self.error(at, message);
        }
    }

    fn choice(&mut self, branches: &'a [(Expr, Expr)], otherwise: Option<&'a Expr>, wanted: Option<Ty>, span: Span) -> Ty {
        let mut ty = wanted;
        for (cond, value) in branches {
            self.condition(cond);
            let got = self.expr(value, ty);
            match ty {
                Some(ty) => self.require(value.span, got, ty),
                None => ty = Some(got),
            }
        }
        let ty = ty.expect("an `if` has a branch");
        match otherwise {
            Some(value) => {
                let got = self.expr(value, Some(ty));
                self.require(value.span, got, ty);
            }
            None => self.error(span, "an `if` expression without `else`".to_owned()),
        }
        ty
    }

    fn lambda(&mut self, func: FnId, wanted: Option<Ty>) -> Ty {
        let function = &self.program.fns[func.index()];
        let wanted = wanted.map(|ty| self.facts.tys.kind(ty).clone());
        if let Some(TyKind::Fun(params, ret)) = wanted {
            for (&local, ty) in function.params.iter().zip(params) {
                if self.program.locals[local.index()].ty.is_none() {
                    self.set_local(local, ty);
                }
            }
            if function.ret.is_none() {
                self.facts.ret[func.index()] = ret;
            }
        } else if function.ret.is_none() {
            self.facts.ret[func.index()] = self.basic.never;
        }
        if let FnKind::Body(body) = &function.kind {
            self.body(func, body);
        }
        self.signature(func)
    }

    fn signature(&mut self, func: FnId) -> Ty {
        let params = self.program.fns[func.index()].params.iter().map(|&param| self.facts.local(param)).collect();
        let ret = self.facts.ret(func);
        self.facts.tys.intern(TyKind::Fun(params, ret))
    }

    /// A function as a value; a generic one takes its type arguments from what is expected.
    fn function(&mut self, func: FnId, wanted: Option<Ty>, expr: &Expr) -> Ty {
        let signature = self.signature(func);
        let params = self.program.fns[func.index()].type_params as usize;
        if params == 0 {
            return signature;
        }
        let mut args = vec![None; params];
        if let Some(wanted) = wanted {
            self.bind(signature, wanted, &mut args);
        }
        match args.into_iter().collect::<Option<Vec<Ty>>>() {
            Some(args) => {
                let ty = self.facts.tys.substitute(signature, &args);
                self.facts.type_args.insert(expr.id, args);
                ty
            }
            None => {
                self.error(expr.span, "a type argument of the function is not determined".to_owned());
                self.basic.never
            }
        }
    }
}

/// `1`, `-1`: takes whatever numeric type is expected.
pub fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Lit(Lit::Int(_)) => true,
        ExprKind::Unary { op: UnaryOp::Neg, operand } => is_literal(operand),
        ExprKind::Binary { op, left, right } => {
            matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem)
                && is_literal(left)
                && is_literal(right)
        }
        _ => false,
    }
}
