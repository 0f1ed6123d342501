//! Expressions but for calls and queries.

use super::{Strict, Ty, narrow};
use crate::diagnostic::Code;
use crate::hash::HashSet;
use crate::hir::doubts::{Taken, Why};
use crate::hir::tree::{Arm, ArmBody, DataKind, Expr, ExprKind, FieldDecl, FnId, Lit, Pattern};
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::syntax::symbol::{Symbol, sym};
use crate::types::DataId;

impl<'a> Strict<'a> {
    pub fn expr(&mut self, expr: &'a Expr) -> Ty {
        match &expr.kind {
            ExprKind::Lit(lit) => match lit {
                Lit::Int(_) => Ty::Int,
                Lit::Float(_) => Ty::Float,
                Lit::Str(_) => Ty::Str,
                Lit::Bool(_) => Ty::Bool,
                Lit::None => Ty::None,
            },
            ExprKind::Local(local) => {
                self.lost_use(*local, expr.span);
                self.local(*local)
            }
            ExprKind::Fn(func) => self.signature(*func),
            ExprKind::Lambda(func) => self.lambda(*func, None),
            ExprKind::List(items) => {
                let of = items.iter().fold(Ty::Hole, |ty, item| {
                    let next = self.expr(item);
                    if is_scalar(&ty) && is_scalar(&next) && !self.fits(&next, &ty) && !self.fits(&ty, &next) {
                        self.require(item, &next, &ty);
                    }
                    self.join(ty, next)
                });
                Ty::list(of)
            }
            ExprKind::Record(fields) => Ty::Record(fields.iter().map(|(name, value)| (*name, self.expr(value))).collect()),
            ExprKind::Map(entries) => {
                let (mut key, mut value) = (Ty::Hole, Ty::Hole);
                for (entry_key, entry_value) in entries {
                    let (k, v) = (self.expr(entry_key), self.expr(entry_value));
                    key = self.join(key, k);
                    value = self.join(value, v);
                }
                Ty::Map(Box::new(key), Box::new(value))
            }
            ExprKind::Struct { data, fields } => {
                self.missing_fields(*data, fields, expr.span);
                self.literal_fields(*data, 0, fields);
                Ty::Data(*data)
            }
            ExprKind::Variant { data, variant, fields } => {
                self.literal_fields(*data, *variant, fields);
                Ty::Data(*data)
            }
            ExprKind::Call { .. } | ExprKind::CallFn { .. } | ExprKind::CallBuiltin { .. } | ExprKind::CallMethod { .. } => self.call(expr),
            ExprKind::Field { object, name, optional } => {
                let object = self.expr(object);
                self.member(&object, *name, expr.at(), *optional)
            }
            ExprKind::Index { object, index, optional } => self.index(object, index, *optional, expr.at()),
            ExprKind::Slice { object, from, to } => self.slice(object, [from.as_deref(), to.as_deref()], expr.at()),
            ExprKind::Cast { value, ty } => {
                let from = self.expr(value);
                let to = self.of(ty);
                self.cast(&from, &to, expr.at());
                to
            }
            ExprKind::Unary { op, operand } => self.unary(*op, operand, expr.at()),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr.at()),
            ExprKind::If { branches, otherwise } => {
                let mut ty = Ty::Hole;
                for (cond, value) in branches {
                    self.condition(cond, Code::T040, "`if` condition must be boolean");
                    let outer = self.narrowed.clone();
                    self.narrowed.extend(narrow::facts(cond).0);
                    let value = self.expr(value);
                    self.narrowed = outer;
                    ty = self.join(ty, value);
                }
                match otherwise {
                    Some(value) => {
                        let outer = self.narrowed.clone();
                        self.narrowed.extend(branches.iter().flat_map(|(cond, _)| narrow::facts(cond).1));
                        let value = self.expr(value);
                        self.narrowed = outer;
                        self.join(ty, value)
                    }
                    None => Ty::option(ty),
                }
            }
            ExprKind::Match { subject, arms } => self.match_expr(subject, arms, expr.span, None),
            ExprKind::Query(query) => self.query(query),
            ExprKind::Logic { .. } => Ty::list(Ty::Hole),
            ExprKind::Load(load) => Ty::list(self.of(&load.ty)),
            ExprKind::Save(save) => {
                self.expr(&save.value);
                Ty::Unit
            }
            ExprKind::Fetch { url, options } => {
                let url_ty = self.expr(url);
                if !self.fits(&url_ty, &Ty::Str) && url_ty != Ty::Any {
                    self.error(Code::T028, url.span, "fetch URL must be a string".to_owned(), "not a string");
                }
                if let Some(options) = options {
                    self.fetch_options(options);
                }
                Ty::Hole
            }
            ExprKind::Error => Ty::Hole,
        }
    }

    fn fetch_options(&mut self, options: &'a Expr) {
        let ty = self.expr(options);
        if !matches!(ty, Ty::Record(_) | Ty::Map(..) | Ty::Any | Ty::Hole) {
            return self.error(Code::T029, options.span, "fetch options must be a map".to_owned(), "not a map");
        }
        let ExprKind::Record(fields) = &options.kind else { return };
        for (name, value) in fields {
            let text = self.names.text(*name).to_owned();
            if matches!(text.as_str(), "method" | "url") && !matches!(value.kind, ExprKind::Lit(Lit::Str(_)) | ExprKind::Local(_)) {
                let got = self.expr(value);
                let message = format!("invalid type for fetch option `{text}`: expected string, got {}", self.show(&got));
                self.error(Code::T030, value.span, message, "not a string");
            }
        }
    }

    fn declared_fields(&self, data: DataId, variant: usize) -> &'a [FieldDecl] {
        match &self.program.data[data.0 as usize].kind {
            DataKind::Struct(fields) => fields,
            DataKind::Union(variants) => &variants[variant].fields,
        }
    }

    pub fn literal_fields(&mut self, data: DataId, variant: usize, fields: &'a [(usize, Expr)]) {
        let declared = self.declared_fields(data, variant);
        for (index, value) in fields {
            let wanted = self.of(&declared[*index].ty);
            self.expect(value, &wanted);
        }
    }

    fn missing_fields(&mut self, data: DataId, fields: &[(usize, Expr)], span: Span) {
        let declared = self.declared_fields(data, 0);
        let missing: Vec<String> = (0..declared.len())
            .filter(|index| !fields.iter().any(|(given, _)| given == index))
            .map(|index| format!("`{}`", self.names.text(declared[index].name)))
            .collect();
        if !missing.is_empty() {
            let name = self.names.text(self.program.data[data.0 as usize].name);
            let message = format!("struct literal `{name}` is missing required field(s) {}", missing.join(" and "));
            self.error(Code::T053, span, message, "not every field has a value");
        }
    }

    /// The type of `object.name`.
    pub fn member(&mut self, object: &Ty, name: Symbol, span: Span, optional: bool) -> Ty {
        let text = self.names.text(name).to_owned();
        match object {
            Ty::Option(of)
                if optional
                    && matches!(**of, Ty::Int | Ty::Float | Ty::Bool | Ty::Str | Ty::BigInt | Ty::BigRat | Ty::List(_) | Ty::Fun(..)) =>
            {
                let message = format!("safe-call `?.{text}` requires a value with fields, got {}", self.show(object));
                self.error(Code::T061, span, message, "has no fields");
                Ty::Hole
            }
            Ty::Option(of) if optional => {
                let of = (**of).clone();
                Ty::option(self.member(&of, name, span, false))
            }
            Ty::Option(of) => {
                if !matches!(**of, Ty::Map(..) | Ty::Record(_)) {
                    self.error(Code::T058, span, "dereference of an optional requires a none guard".to_owned(), "it may be none");
                }
                Ty::Hole
            }
            _ if optional && !object.is_open() && *object != Ty::None => {
                let message = format!("safe-call `?.{text}` requires an option-typed receiver, got {}", self.show(object));
                self.error(Code::T060, span, message, "never none");
                Ty::Hole
            }
            Ty::Data(data) => {
                let has_method = self.program.data[data.0 as usize].methods.get(name).is_some();
                match self.field_of(*data, name) {
                    Some(ty) => ty,
                    None if has_method || matches!(self.program.data[data.0 as usize].kind, DataKind::Union(_)) => Ty::Hole,
                    None => {
                        let owner = self.names.text(self.program.data[data.0 as usize].name);
                        self.error(Code::T026, span, format!("unknown field `{text}` on {owner}"), "no such field");
                        Ty::Hole
                    }
                }
            }
            Ty::Record(fields) => fields.iter().find(|(field, _)| *field == name).map_or(Ty::Hole, |(_, ty)| ty.clone()),
            Ty::Map(_, value) => (**value).clone(),
            Ty::Group(key, item) => match name {
                sym::KEY => (**key).clone(),
                sym::ITEMS => Ty::list((**item).clone()),
                _ => Ty::Hole,
            },
            Ty::Int | Ty::Float | Ty::Bool | Ty::Fun(..) | Ty::BigInt | Ty::BigRat => {
                self.error(Code::T027, span, format!("{} is not a struct", self.show(object)), "no fields");
                Ty::Hole
            }
            Ty::Any | Ty::Hole | Ty::Unit | Ty::Str | Ty::None | Ty::List(_) => Ty::Hole,
        }
    }

    fn index(&mut self, object: &'a Expr, index: &'a Expr, optional: bool, at: Span) -> Ty {
        let container = self.expr(object);
        let key = self.expr(index);
        if optional && !matches!(container, Ty::Option(_) | Ty::Any | Ty::Hole | Ty::None) {
            let message = format!("safe-index `?[ ]` requires an option-typed receiver, got {}", self.show(&container));
            self.error(Code::T062, at, message, "never none");
            return Ty::Hole;
        }
        let container = match container {
            Ty::Option(of)
                if optional && matches!(*of, Ty::Int | Ty::Float | Ty::Bool | Ty::BigInt | Ty::BigRat | Ty::Data(_) | Ty::Fun(..)) =>
            {
                let message = format!("safe-index `?[ ]` requires a list, a map or a string, got {}", self.show(&of));
                self.error(Code::T063, at, message, "cannot be indexed");
                return Ty::Hole;
            }
            Ty::Option(of) => *of,
            other => other,
        };
        match container {
            Ty::List(of) => {
                self.int_index(&key, index);
                if optional { Ty::option(*of) } else { *of }
            }
            Ty::Str => {
                self.int_index(&key, index);
                Ty::Str
            }
            Ty::Map(wanted, value) => {
                self.key(&key, &wanted, index);
                Ty::option(*value)
            }
            Ty::Record(fields) => {
                self.key(&key, &Ty::Str, index);
                let name = match &index.kind {
                    ExprKind::Lit(Lit::Str(text)) => self.names.find(text),
                    _ => None,
                };
                let all = fields.iter().fold(Ty::Hole, |ty, (_, field)| self.join(ty, field.clone()));
                let found = fields.into_iter().find(|(field, _)| Some(*field) == name).map(|(_, ty)| ty);
                Ty::option(found.unwrap_or(all))
            }
            Ty::Group(_, item) => *item,
            Ty::Any | Ty::Hole | Ty::None => Ty::Hole,
            other => {
                self.error(Code::T018, at, format!("type {} does not support indexing", self.show(&other)), "cannot be indexed");
                Ty::Hole
            }
        }
    }

    fn int_index(&mut self, key: &Ty, index: &Expr) {
        if !matches!(key, Ty::Int | Ty::Any | Ty::Hole) {
            self.error(Code::T015, index.span, "index must be an integer".to_owned(), "not an int");
        }
    }

    fn slice(&mut self, object: &'a Expr, ends: [Option<&'a Expr>; 2], at: Span) -> Ty {
        let ty = self.expr(object);
        for end in ends.into_iter().flatten() {
            let key = self.expr(end);
            self.int_index(&key, end);
        }
        if matches!(ty, Ty::Map(..) | Ty::Record(_)) {
            self.error(Code::T017, at, "slicing not allowed on map".to_owned(), "a map has no order to cut from");
            return Ty::Hole;
        }
        ty
    }

    /// Allowed: the same type, from and to `any`, between numbers, a union to its variant, a map to a struct.
    fn cast(&mut self, from: &Ty, to: &Ty, at: Span) {
        let is_allowed = from.is_open()
            || to.is_open()
            || (from.is_number() && to.is_number())
            || (*from == Ty::Str && *to == Ty::Bool)
            || self.fits(from, to)
            || matches!((from, to), (Ty::Map(..) | Ty::Record(_), Ty::Data(_) | Ty::Map(..) | Ty::Record(_)))
            || matches!((from, to), (Ty::List(_), Ty::List(_)) | (Ty::Fun(..), Ty::Fun(..)));
        if !is_allowed {
            let message = format!("invalid cast: `{}` as `{}` is not allowed", self.show(from), self.show(to));
            self.error(Code::T046, at, message, "this cast cannot work");
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &'a Expr, at: Span) -> Ty {
        let ty = self.expr(operand);
        match op {
            UnaryOp::Not => {
                if !matches!(ty, Ty::Bool | Ty::Any | Ty::Hole) {
                    self.error(Code::T014, at, format!("operator `!` cannot be used on type {}", self.show(&ty)), "not a bool");
                }
                Ty::Bool
            }
            UnaryOp::Neg => {
                if !ty.is_number() && !ty.is_open() && ty != Ty::Str {
                    self.error(Code::T014, at, format!("operator `-` cannot be used on type {}", self.show(&ty)), "not a number");
                }
                ty
            }
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, at: Span) -> Ty {
        let a = self.expr(left);
        let outer = self.narrowed.clone();
        match op {
            BinaryOp::And => self.narrowed.extend(narrow::facts(left).0),
            BinaryOp::Or => self.narrowed.extend(narrow::facts(left).1),
            _ => {}
        }
        let b = self.expr(right);
        self.narrowed = outer;
        let wrong = |checker: &mut Self, code: Code| {
            let message = format!("operator `{}` cannot be used on types {} and {}", op.text(), checker.show(&a), checker.show(&b));
            checker.error(code, at, message, "not defined for these");
            Ty::Hole
        };
        match op {
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => match (&a, &b) {
                (a, b) if a.is_number() && b.is_number() => self.sum(a, b),
                (Ty::Str, Ty::Str) if op == BinaryOp::Add => Ty::Str,
                (Ty::List(x), Ty::List(y)) if op == BinaryOp::Add => {
                    if self.fits(x, y) || self.fits(y, x) {
                        Ty::list(self.join((**x).clone(), (**y).clone()))
                    } else {
                        wrong(self, Code::T020)
                    }
                }
                (a, b) if a.is_open() || b.is_open() => Ty::Hole,
                _ => wrong(self, Code::T020),
            },
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                let is_fine = (a.is_number() && b.is_number()) || (a == Ty::Str && b == Ty::Str) || a.is_open() || b.is_open();
                if !is_fine {
                    self.error(Code::T013, at, "incompatible types in comparison".to_owned(), "no common order");
                }
                Ty::Bool
            }
            BinaryOp::Eq | BinaryOp::Ne => {
                self.equality(&a, &b, at);
                Ty::Bool
            }
            BinaryOp::And | BinaryOp::Or => {
                for (ty, operand) in [(&a, left), (&b, right)] {
                    if !matches!(ty, Ty::Bool | Ty::Any | Ty::Hole) {
                        let message = format!("operator `{}` cannot be used on types {} and {}", op.text(), self.show(&a), self.show(&b));
                        self.error(Code::T020, operand.span, message, "not a bool");
                        break;
                    }
                }
                Ty::Bool
            }
            BinaryOp::In => Ty::Bool,
            BinaryOp::Coalesce => match &a {
                Ty::Option(of) => self.join((**of).clone(), b),
                Ty::None => b,
                Ty::Any | Ty::Hole => Ty::Hole,
                _ => wrong(self, Code::T020),
            },
            BinaryOp::Union | BinaryOp::UnionAll | BinaryOp::Except | BinaryOp::Intersect => match (&a, &b) {
                (Ty::List(_), Ty::List(_)) => self.join(a.clone(), b.clone()),
                (a, b) if a.is_open() || b.is_open() || matches!(a, Ty::Group(..)) || matches!(b, Ty::Group(..)) => Ty::Hole,
                _ => wrong(self, Code::T020),
            },
        }
    }

    fn sum(&self, a: &Ty, b: &Ty) -> Ty {
        match (a, b) {
            (Ty::Float, _) | (_, Ty::Float) => Ty::Float,
            (Ty::BigRat, _) | (_, Ty::BigRat) => Ty::BigRat,
            (Ty::BigInt, _) | (_, Ty::BigInt) => Ty::BigInt,
            _ => Ty::Int,
        }
    }

    fn equality(&mut self, a: &Ty, b: &Ty, at: Span) {
        match (a, b) {
            (Ty::None, Ty::None) => {}
            (Ty::None, other) | (other, Ty::None) => {
                if !matches!(other, Ty::Option(_) | Ty::Any | Ty::Hole) {
                    let message = format!("comparison with `none` requires an optional operand, got {}", self.show(other));
                    self.error(Code::T059, at, message, "never none");
                }
            }
            (a, b) => {
                let strip = |ty: &Ty| if let Ty::Option(of) = ty { (**of).clone() } else { ty.clone() };
                let (a, b) = (strip(a), strip(b));
                let is_fine = self.fits(&a, &b) || self.fits(&b, &a) || a.is_open() || b.is_open() || (a.is_number() && b.is_number());
                if !is_fine {
                    self.error(Code::T013, at, "incompatible types in comparison".to_owned(), "never equal");
                }
            }
        }
    }

    pub fn signature(&self, func: FnId) -> Ty {
        let function = &self.program.fns[func.index()];
        if function.is_prelude {
            let of = |ty: &Option<crate::hir::tree::TypeRef>| ty.as_ref().map_or(Ty::Hole, |ty| self.of(ty));
            let params = function.params.iter().map(|param| of(&self.program.locals[param.index()].ty)).collect();
            return Ty::Fun(params, Box::new(of(&function.ret)));
        }
        let params = function.params.iter().map(|param| self.locals[param.index()].clone()).collect();
        Ty::Fun(params, Box::new(self.rets[func.index()].clone().unwrap_or(Ty::Hole)))
    }

    pub fn lambda(&mut self, func: FnId, wanted: Option<(&Vec<Ty>, &Ty)>) -> Ty {
        if let Some((params, _)) = wanted {
            for (&local, ty) in self.program.fns[func.index()].params.iter().zip(params) {
                if self.program.locals[local.index()].ty.is_none() {
                    self.locals[local.index()] = ty.clone();
                }
            }
        }
        self.function(func);
        self.signature(func)
    }

    pub fn match_expr(&mut self, subject: &'a Expr, arms: &'a [Arm], span: Span, wanted: Option<&Ty>) -> Ty {
        let matched = self.expr(subject);
        let mut result = Ty::Hole;
        let mut seen: Vec<&Pattern> = Vec::new();
        let mut taken = Taken::default();
        let (mut is_closed, mut is_some) = (false, false);
        for arm in arms {
            if let Some(why) = taken.take(&arm.pattern) {
                let why = match why {
                    Why::All => "arm after catch-all is unreachable",
                    Why::Literal => "duplicate literal pattern",
                    Why::Variant => "duplicate variant",
                };
                self.error(Code::T054, pattern_span(&arm.pattern, span), format!("redundant match arm: {why}"), "never reached");
                break;
            }
            // After an arm for `none`, the others have a value.
            let outer = self.narrowed.clone();
            match (&matched, &subject.kind) {
                (Ty::Option(of), ExprKind::Local(local)) if is_some => {
                    self.narrowed.push(*local);
                    self.pattern(&arm.pattern, of);
                }
                (Ty::Option(of), _) if is_some => self.pattern(&arm.pattern, of),
                _ => self.pattern(&arm.pattern, &matched),
            }
            is_closed = matches!(arm.pattern, Pattern::Wildcard | Pattern::Bind(_));
            seen.push(&arm.pattern);
            is_some |= matches!(arm.pattern, Pattern::Lit(Lit::None, _));
            match &arm.body {
                ArmBody::Expr(value) => {
                    let ty = match wanted {
                        Some(wanted) => self.expect(value, wanted),
                        None => self.expr(value),
                    };
                    if is_literal(value) && is_scalar(&result) && is_scalar(&ty) && !self.fits(&ty, &result) && !self.fits(&result, &ty) {
                        self.require(value, &ty, &result);
                    }
                    result = self.join(result, ty);
                }
                ArmBody::Block(body) => self.stmts(body),
            }
            self.narrowed = outer;
        }
        if let Ty::Data(data) = matched
            && !is_closed
        {
            self.exhaustive(data, &seen, span);
        }
        result
    }

    fn exhaustive(&mut self, data: DataId, seen: &[&Pattern], span: Span) {
        let DataKind::Union(variants) = &self.program.data[data.0 as usize].kind else { return };
        let taken: HashSet<usize> = seen
            .iter()
            .filter_map(|pattern| match pattern {
                Pattern::Variant { variant, .. } => Some(*variant),
                _ => None,
            })
            .collect();
        let missing: Vec<String> = (0..variants.len())
            .filter(|index| !taken.contains(index))
            .map(|index| format!("`{}`", self.names.text(variants[index].name)))
            .collect();
        if !missing.is_empty() {
            let name = self.names.text(self.program.data[data.0 as usize].name);
            let message = format!("non-exhaustive match on union `{name}`: missing variant(s) {}", missing.join(" and "));
            self.error(Code::T050, span, message, "not every variant has an arm");
        }
    }

    fn pattern(&mut self, pattern: &'a Pattern, ty: &Ty) {
        match pattern {
            Pattern::Wildcard => {}
            Pattern::Bind(local) => self.locals[local.index()] = ty.clone(),
            Pattern::Lit(lit, span) => {
                let got = match lit {
                    Lit::Int(_) => Ty::Int,
                    Lit::Float(_) => Ty::Float,
                    Lit::Str(_) => Ty::Str,
                    Lit::Bool(_) => Ty::Bool,
                    Lit::None => Ty::None,
                };
                if !self.fits(&got, ty) {
                    let message = format!("type mismatch: expected {}, got {}", self.show(ty), self.show(&got));
                    self.error(Code::T008, *span, message, "never matches");
                }
            }
            Pattern::Variant { data, variant, args, span } => {
                let fields = self.declared_fields(*data, *variant);
                let DataKind::Union(variants) = &self.program.data[data.0 as usize].kind else { unreachable!("variants are of unions") };
                if !args.is_empty() && args.len() != fields.len() {
                    let owner = self.names.text(self.program.data[data.0 as usize].name);
                    let message = format!("type mismatch: expected {owner}, got {}", self.names.text(variants[*variant].name));
                    self.error(Code::T008, *span, message, "the variant has another number of fields");
                }
                for (arg, field) in args.iter().zip(fields) {
                    let ty = self.of(&field.ty);
                    self.pattern(arg, &ty);
                }
            }
        }
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Lit(_))
}

fn is_scalar(ty: &Ty) -> bool {
    matches!(ty, Ty::Int | Ty::Float | Ty::Str | Ty::Bool)
}

fn pattern_span(pattern: &Pattern, otherwise: Span) -> Span {
    match pattern {
        Pattern::Lit(_, span) | Pattern::Variant { span, .. } => *span,
        Pattern::Wildcard | Pattern::Bind(_) => otherwise,
    }
}
