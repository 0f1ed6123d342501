//! `from ... select ...`.

use super::{Strict, Ty};
use crate::diagnostic::Code;
use crate::hir::Builtin;
use crate::hir::tree::{Expr, ExprKind, Query};
use crate::hir::walk::{Part, for_each_part};
use crate::syntax::ast::JoinKind;

impl<'a> Strict<'a> {
    pub fn query(&mut self, query: &'a Query) -> Ty {
        for (index, source) in query.sources.iter().enumerate() {
            let values = self.expr(&source.values);
            let element = match (&values, &source.join) {
                (Ty::List(of) | Ty::Group(_, of), _) => (**of).clone(),
                (Ty::Any | Ty::Hole, _) => Ty::Hole,
                (_, Some(_)) => {
                    self.error(Code::T034, source.values.span, "join source must be a list".to_owned(), "not a list");
                    Ty::Hole
                }
                (Ty::Map(key, _), None) => (**key).clone(),
                (Ty::Str, None) => Ty::Str,
                (_, None) => {
                    self.error(Code::T032, source.values.span, "query source must be a list".to_owned(), "not a list");
                    Ty::Hole
                }
            };
            self.locals[source.local.index()] = element;
            if let Some((kind, cond)) = &source.join {
                self.condition(cond, Code::T035, "`on` condition must be boolean");
                if matches!(kind, JoinKind::Left | JoinKind::Outer) {
                    self.may_be_none(query, index, index + 1);
                }
                if matches!(kind, JoinKind::Right | JoinKind::Outer) {
                    self.may_be_none(query, 0, index);
                }
            }
        }
        if let Some(filter) = &query.filter {
            self.pure(filter, "`where` predicate");
            self.condition(filter, Code::T033, "`where` condition must be boolean");
        }
        self.group(query);
        if let Some(sort) = &query.sort {
            let ty = self.expr(sort);
            if matches!(ty, Ty::Data(_) | Ty::Fun(..)) {
                let message = format!("`sort by` expression must be an ordered type, got {}", self.show(&ty));
                self.error(Code::T056, sort.span, message, "has no order");
            }
        }
        for (what, count) in [("skip", &query.skip), ("take", &query.take)] {
            let Some(count) = count else { continue };
            let ty = self.expr(count);
            if !matches!(ty, Ty::Int | Ty::Any | Ty::Hole) {
                self.error(Code::T055, count.span, format!("`{what}` operand must be `int`, got {}", self.show(&ty)), "not an int");
            }
        }
        let select = self.expr(&query.select);
        if query.distinct && matches!(select, Ty::Fun(..)) {
            let message = format!("`select distinct` expression must be a hashable type, got {}", self.show(&select));
            self.error(Code::T057, query.select.span, message, "functions cannot be compared");
        }
        match query.aggregate {
            Some((Builtin::Count, _)) => Ty::Int,
            Some((Builtin::Avg, _)) => Ty::Float,
            Some(_) => select,
            None => Ty::list(select),
        }
    }

    fn may_be_none(&mut self, query: &Query, from: usize, to: usize) {
        for source in &query.sources[from..to] {
            let ty = std::mem::replace(&mut self.locals[source.local.index()], Ty::Hole);
            self.locals[source.local.index()] = Ty::option(ty);
        }
    }

    fn group(&mut self, query: &'a Query) {
        let Some(group) = &query.group else { return };
        let keys: Vec<Ty> = group.keys.iter().map(|(_, key)| self.expr(key)).collect();
        let key = match keys.as_slice() {
            [key] => key.clone(),
            keys => Ty::Record(group.keys.iter().map(|(name, _)| *name).zip(keys.iter().cloned()).collect()),
        };
        let item = match query.sources.as_slice() {
            [source] => self.locals[source.local.index()].clone(),
            _ => Ty::Hole,
        };
        self.locals[group.local.index()] = Ty::Group(Box::new(key), Box::new(item));
        if let Some(having) = &group.having {
            self.pure(having, "`having` predicate");
            self.condition(having, Code::T042, "`having` condition must be boolean");
        }
    }

    /// Conditions may be evaluated in any order and number.
    fn pure(&mut self, cond: &'a Expr, place: &str) {
        if let ExprKind::CallBuiltin { builtin, .. } = &cond.kind {
            let effect = match builtin {
                Builtin::Print | Builtin::Json | Builtin::Input => Some("io"),
                Builtin::Now => Some("time"),
                _ => None,
            };
            if let Some(effect) = effect {
                let message = format!("call to `{}` produces effect(s) {effect}, not allowed in {place}", builtin.name());
                return self.error(Code::T044, cond.at(), message, "has an effect");
            }
        }
        for_each_part(cond, &mut |part| match part {
            Part::Expr(part) => self.pure(part, place),
            Part::Block(_) => {}
        });
    }
}
