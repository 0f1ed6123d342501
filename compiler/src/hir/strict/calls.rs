//! Calls.

use super::{Strict, Ty};
use crate::diagnostic::Code;
use crate::hir::Builtin;
use crate::hir::tree::{Expr, ExprKind, FnId};
use crate::source::Span;

impl<'a> Strict<'a> {
    pub fn call(&mut self, expr: &'a Expr) -> Ty {
        let ty = match &expr.kind {
            ExprKind::Call { callee, args } => {
                let ty = self.expr(callee);
                self.apply(&ty, args, callee)
            }
            ExprKind::CallFn { func, args } => match &self.program.fns[func.index()].generic {
                Some(generic) => self.call_generic(*func, generic, args, expr.at()),
                None => self.call_fn(*func, args),
            },
            ExprKind::CallBuiltin { builtin, args } => return self.builtin(*builtin, args, expr.at()),
            ExprKind::CallMethod { object, name, args } => {
                let object = self.expr(object);
                let method = match &object {
                    Ty::Data(data) => self.program.data[data.0 as usize].methods.get(*name),
                    _ => None,
                };
                match method {
                    Some(func) => {
                        for (arg, &param) in args.iter().zip(&self.program.fns[func.index()].params[1..]) {
                            let wanted = self.locals[param.index()].clone();
                            self.expect(arg, &wanted);
                        }
                        self.rets[func.index()].clone().unwrap_or(Ty::Hole)
                    }
                    None => {
                        args.iter().for_each(|arg| drop(self.expr(arg)));
                        Ty::Hole
                    }
                }
            }
            _ => unreachable!("only calls come here"),
        };
        self.forget_shared();
        ty
    }

    fn call_fn(&mut self, func: FnId, args: &'a [Expr]) -> Ty {
        let Ty::Fun(params, ret) = self.signature(func) else { unreachable!("a function has a function's type") };
        for (arg, wanted) in args.iter().zip(&params) {
            let before = self.diagnostics.len();
            let got = self.expect(arg, wanted);
            if self.diagnostics.len() == before {
                self.alias(arg, &got, wanted);
            }
        }
        if args.len() < params.len() { Ty::Fun(params[args.len()..].to_vec(), ret) } else { *ret }
    }

    fn apply(&mut self, ty: &Ty, args: &'a [Expr], callee: &Expr) -> Ty {
        match ty {
            Ty::Fun(params, ret) => {
                for (arg, wanted) in args.iter().zip(params) {
                    self.expect(arg, wanted);
                }
                if args.len() > params.len() {
                    let message = format!("too many arguments: expected {}, got {}", params.len(), args.len());
                    self.error(Code::T006, args[params.len()].span, message, "one argument too many");
                }
                if args.len() < params.len() { Ty::Fun(params[args.len()..].to_vec(), ret.clone()) } else { (**ret).clone() }
            }
            Ty::Any | Ty::Hole | Ty::Option(_) => {
                args.iter().for_each(|arg| drop(self.expr(arg)));
                Ty::Hole
            }
            _ => {
                self.error(Code::T004, callee.span, "the value is not callable".to_owned(), &format!("this is {}", self.show(ty)));
                Ty::Hole
            }
        }
    }

    fn builtin(&mut self, builtin: Builtin, args: &'a [Expr], at: Span) -> Ty {
        let types: Vec<Ty> = args.iter().map(|arg| self.expr(arg)).collect();
        let first = types.first().cloned().unwrap_or(Ty::Hole);
        let span = args.first().map_or(at, |arg| arg.span);
        let element = || match &first {
            Ty::List(of) | Ty::Group(_, of) => (**of).clone(),
            _ => Ty::Hole,
        };
        match builtin {
            Builtin::Len => {
                if matches!(first, Ty::Int | Ty::Float | Ty::Bool | Ty::Fun(..)) {
                    self.error(Code::T036, span, format!("cannot take length of type {}", self.show(&first)), "no length");
                }
                Ty::Int
            }
            Builtin::Count => {
                if matches!(first, Ty::Int | Ty::Float | Ty::Bool | Ty::Str) {
                    self.error(Code::T037, span, format!("count() expects list or group, got {}", self.show(&first)), "not a list");
                }
                Ty::Int
            }
            Builtin::Avg | Builtin::Sum => {
                let (code, name) = if builtin == Builtin::Avg { (Code::T038, "avg") } else { (Code::T041, "sum") };
                let is_wrong = match &first {
                    Ty::List(of) | Ty::Group(_, of) => matches!(**of, Ty::Str | Ty::Bool),
                    Ty::Any | Ty::Hole => false,
                    _ => true,
                };
                if is_wrong {
                    self.error(code, span, format!("{name}() expects numeric list or group, got {}", self.show(&first)), "not numbers");
                }
                if builtin == Builtin::Avg { Ty::Float } else { element() }
            }
            Builtin::Min | Builtin::Max => element(),
            Builtin::First => Ty::option(element()),
            Builtin::Append | Builtin::Push => match (&first, types.get(1)) {
                (Ty::List(of), Some(value)) if !self.fits(value, of) => {
                    let message = format!("type mismatch: expected {}, got {}", self.show(of), self.show(value));
                    self.error(Code::T008, args[1].span, message, "the list has other elements");
                    first.clone()
                }
                (Ty::List(of), Some(value)) if **of == Ty::Hole => Ty::list(value.clone()),
                _ => first.clone(),
            },
            Builtin::Distinct | Builtin::Reverse | Builtin::Concat | Builtin::Slice | Builtin::Collect => first,
            Builtin::Keys => match first {
                Ty::Map(key, _) => Ty::List(key),
                _ => Ty::list(Ty::Str),
            },
            Builtin::Values => match first {
                Ty::Map(_, value) => Ty::List(value),
                Ty::Record(fields) => Ty::list(fields.into_iter().fold(Ty::Hole, |ty, (_, field)| self.join(ty, field))),
                _ => Ty::list(Ty::Hole),
            },
            Builtin::Str
            | Builtin::Substring
            | Builtin::Substr
            | Builtin::Input
            | Builtin::ToJson
            | Builtin::Join
            | Builtin::Lower
            | Builtin::Upper
            | Builtin::PadStart
            | Builtin::Trim
            | Builtin::Repeat => Ty::Str,
            Builtin::Int | Builtin::Now | Builtin::IndexOf | Builtin::ParseIntStr | Builtin::Mem => Ty::Int,
            Builtin::Float => Ty::Float,
            Builtin::Exists | Builtin::Contains | Builtin::StartsWith => Ty::Bool,
            Builtin::Split => Ty::list(Ty::Str),
            Builtin::Range | Builtin::Sha256 => Ty::list(Ty::Int),
            Builtin::Num | Builtin::Denom => Ty::BigInt,
            Builtin::Print | Builtin::Json => Ty::Unit,
            Builtin::Abs | Builtin::Ceil | Builtin::Floor | Builtin::Round | Builtin::Pow => Ty::Hole,
            Builtin::Reduce | Builtin::Get | Builtin::Panic | Builtin::Error | Builtin::Eval => Ty::Hole,
        }
    }
}
