//! Calls, and the type arguments of generic functions.

use super::Checker;
use super::exprs::is_literal;
use crate::hir::tree::{Expr, ExprKind, FnId, Lit};
use crate::types::{Ty, TyKind};

impl<'a> Checker<'a> {
    /// Calls a function value.
    pub fn call(&mut self, callee: &'a Expr, args: &'a [Expr]) -> Ty {
        let ty = self.expr(callee, None);
        let TyKind::Fun(params, ret) = self.facts.tys.kind(ty).clone() else {
            let message = format!("{} is not a function", self.show(ty));
            self.error(callee.span, message);
            return self.basic.never;
        };
        if params.len() != args.len() {
            self.error(callee.span, format!("{} arguments, not {}", params.len(), args.len()));
        }
        for (arg, &param) in args.iter().zip(&params) {
            let got = self.expr(arg, Some(param));
            self.require(arg.span, got, param);
        }
        ret
    }

    /// Calls a known function. Type arguments come from the arguments, then from what is expected of the result, and last
    /// from literals, which would take any type.
    pub fn call_fn(&mut self, expr: &'a Expr, func: FnId, args: &'a [Expr], wanted: Option<Ty>) -> Ty {
        let function = &self.program.fns[func.index()];
        if function.params.len() != args.len() {
            let message = format!("`{}` takes {} arguments, not {}", self.names.text(function.name), function.params.len(), args.len());
            self.error(expr.at(), message);
        }
        let params: Vec<Ty> = function.params.iter().map(|&param| self.facts.local(param)).collect();
        let ret = self.facts.ret(func);
        if function.type_params == 0 {
            for (arg, &param) in args.iter().zip(&params) {
                let got = self.expr(arg, Some(param));
                self.require(arg.span, got, param);
            }
            return ret;
        }
        let mut found: Vec<Option<Ty>> = vec![None; function.type_params as usize];
        // A nested function shares the parameters of the one around it.
        if let Some(parent) = function.parent {
            for index in 0..self.program.fns[parent.index()].type_params {
                found[index as usize] = Some(self.facts.tys.intern(TyKind::Param(index)));
            }
        }
        let mut types: Vec<Option<Ty>> = vec![None; args.len()];
        for (index, arg) in args.iter().enumerate().filter(|(_, arg)| !is_flexible(arg)) {
            self.argument(arg, params.get(index).copied(), &mut found, &mut types[index]);
        }
        if let Some(wanted) = wanted {
            self.bind(ret, wanted, &mut found);
        }
        for (index, arg) in args.iter().enumerate().filter(|(_, arg)| is_flexible(arg)) {
            self.argument(arg, params.get(index).copied(), &mut found, &mut types[index]);
        }
        let Some(found) = found.into_iter().collect::<Option<Vec<Ty>>>() else {
            self.error(expr.at(), "a type argument is not determined".to_owned());
            return self.basic.never;
        };
        for ((arg, &param), got) in args.iter().zip(&params).zip(types) {
            let param = self.facts.tys.substitute(param, &found);
            self.require(arg.span, got.expect("looked at above"), param);
        }
        let ret = self.facts.tys.substitute(ret, &found);
        self.facts.type_args.insert(expr.id, found);
        ret
    }

    fn argument(&mut self, arg: &'a Expr, param: Option<Ty>, found: &mut [Option<Ty>], ty: &mut Option<Ty>) {
        let wanted = param.and_then(|param| self.known(param, found));
        let got = self.expr(arg, wanted);
        if let Some(param) = param {
            self.bind(param, got, found);
        }
        *ty = Some(got);
    }
}

/// What takes its type from where it stands.
fn is_flexible(arg: &Expr) -> bool {
    is_literal(arg) || matches!(arg.kind, ExprKind::Lit(Lit::None) | ExprKind::Lambda(_) | ExprKind::Fn(_) | ExprKind::List(_))
}
