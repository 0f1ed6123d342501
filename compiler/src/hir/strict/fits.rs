//! Which types stand where which are expected.

use super::{Strict, Ty};
use crate::diagnostic::Code;
use crate::hir::tree::{Expr, ExprKind};

impl<'a> Strict<'a> {
    /// `any` fits only `any`; numbers widen to exact ones, and an int to a float; a value stands for an optional one.
    pub fn fits(&self, from: &Ty, to: &Ty) -> bool {
        match (from, to) {
            (Ty::Hole, _) | (_, Ty::Hole | Ty::Any) => true,
            (from, to) if from == to => true,
            (Ty::Int, Ty::BigInt | Ty::BigRat | Ty::Float) | (Ty::BigInt | Ty::Float, Ty::BigRat) => true,
            (Ty::None, Ty::Option(_) | Ty::Unit) => true,
            (Ty::Option(from), Ty::Option(to)) => self.fits(from, to),
            (from, Ty::Option(to)) => self.fits(from, to),
            (Ty::List(from), Ty::List(to)) => self.fits(from, to),
            (Ty::Map(key, value), Ty::Map(to_key, to_value)) => self.fits(key, to_key) && self.fits(value, to_value),
            (Ty::Record(fields), Ty::Map(key, value)) => self.fits(&Ty::Str, key) && fields.iter().all(|(_, ty)| self.fits(ty, value)),
            (Ty::Map(_, value), Ty::Record(fields)) => fields.iter().all(|(_, ty)| self.fits(value, ty)),
            (Ty::Record(from), Ty::Record(to)) => {
                to.iter().all(|(name, to)| from.iter().find(|(other, _)| other == name).is_none_or(|(_, from)| self.fits(from, to)))
            }
            (Ty::Fun(params, ret), Ty::Fun(to_params, to_ret)) => {
                params.len() == to_params.len()
                    && params.iter().zip(to_params).all(|(param, to)| param.is_open() || self.fits(to, param))
                    && (**to_ret == Ty::Unit || self.fits(ret, to_ret))
            }
            (Ty::Group(_, item), Ty::List(to)) => self.fits(item, to),
            _ => false,
        }
    }

    /// One type for both, `any` if nothing closer is.
    pub fn join(&self, a: Ty, b: Ty) -> Ty {
        match (a, b) {
            (Ty::Hole, other) | (other, Ty::Hole) => other,
            (Ty::None, other) | (other, Ty::None) => Ty::option(other),
            (a, b) if self.fits(&a, &b) => b,
            (a, b) if self.fits(&b, &a) => a,
            _ => Ty::Any,
        }
    }

    /// Checks an expression against what is expected of it; literals are looked into.
    pub fn expect(&mut self, expr: &'a Expr, wanted: &Ty) -> Ty {
        match (&expr.kind, wanted) {
            (ExprKind::List(items), Ty::List(of)) => {
                for item in items {
                    self.expect_element(item, of);
                }
                return wanted.clone();
            }
            (ExprKind::Record(fields), Ty::Map(_, of)) => {
                for (_, value) in fields {
                    self.expect_element(value, of);
                }
                return wanted.clone();
            }
            (ExprKind::Map(entries), Ty::Map(key, of)) => {
                for (entry_key, value) in entries {
                    self.expect(entry_key, key);
                    self.expect_element(value, of);
                }
                return wanted.clone();
            }
            (ExprKind::Lambda(func), Ty::Fun(params, ret)) => {
                let got = self.lambda(*func, Some((params, ret)));
                self.require(expr, &got, wanted);
                return got;
            }
            (ExprKind::Match { subject, arms }, wanted) => {
                self.match_expr(subject, arms, expr.span, Some(wanted));
                return wanted.clone();
            }
            (ExprKind::If { branches, otherwise: Some(otherwise) }, wanted) => {
                for (cond, value) in branches {
                    self.condition(cond, Code::T040, "`if` condition must be boolean");
                    self.expect(value, wanted);
                }
                self.expect(otherwise, wanted);
                return wanted.clone();
            }
            _ => {}
        }
        let got = self.expr(expr);
        self.require(expr, &got, wanted);
        got
    }

    fn expect_element(&mut self, item: &'a Expr, of: &Ty) {
        let before = self.diagnostics.len();
        let got = self.expect(item, of);
        if self.diagnostics.len() == before {
            self.alias(item, &got, of);
        }
    }

    pub fn require(&mut self, expr: &Expr, got: &Ty, wanted: &Ty) {
        if !self.fits(got, wanted) {
            let message = format!("type mismatch: expected {}, got {}", self.show(wanted), self.show(got));
            let label = format!("this is {}", self.show(got));
            self.error(Code::T008, expr.span, message, &label);
        }
    }

    /// A list that has a name must not become a list of wider elements.
    pub fn alias(&mut self, expr: &Expr, got: &Ty, wanted: &Ty) {
        let (Ty::List(from), Ty::List(to)) = (got, wanted) else { return };
        let is_named = matches!(expr.kind, ExprKind::Local(_) | ExprKind::Index { .. } | ExprKind::Field { .. });
        let differs = **to == Ty::Any && !from.is_open();
        if is_named && differs {
            let message = format!("cannot alias a list of type {} into a binding of type {}", self.show(got), self.show(wanted));
            self.error(Code::T052, expr.span, message, "through the alias, other elements could be stored");
        }
    }
}
