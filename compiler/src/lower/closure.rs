//! Function values.
//!
//! A function value is a struct of a code address and what the code needs; the code takes the struct as its first
//! parameter. A lambda or nested function gets there through a small function that reads the captures and calls it.

use super::function::{FnCx, Slot};
use super::sites::Fault;
use crate::hir::tree::{Expr, FnId, LocalId, LocalKind};
use crate::ir::{Field, Func, FuncId, Imm, NO_SPAN, Op, Signature, Storage, StructType, Type, TypeDef, TypeId, TypeKind, Value};
use crate::source::Span;
use crate::types::{Ty, TyKind};

impl super::Lower<'_> {
    /// The form in which a captured variable is passed on: its cell, or its value.
    pub fn capture_layout(&mut self, local: LocalId) -> Type {
        let data = &self.program.locals[local.index()];
        let ty = self.facts.local(local);
        if data.captured && data.reassigned && data.kind != LocalKind::Global {
            return Type::Ref { to: self.cell_type(ty), nullable: false };
        }
        self.layout(ty)
    }

    /// A struct under a function type's base, with these fields after the code.
    fn closure_type(&mut self, base: TypeId, captures: &[Type]) -> TypeId {
        let mut fields = self.module.types.structure(base).fields.clone();
        for (i, &ty) in captures.iter().enumerate() {
            fields.push(Field { name: format!("c{i}"), storage: Storage::Value(ty), mutable: false });
        }
        let name = self.unique("closure");
        let kind = TypeKind::Struct(StructType { fields, supertype: Some(base), is_final: true });
        self.module.types.push(TypeDef { name, kind })
    }

    /// The code of a closure of this function type: `body` gets the captures, then the parameters.
    fn closure_code(
        &mut self,
        name: &str,
        fun: Ty,
        of: TypeId,
        captures: usize,
        span: Span,
        body: impl FnOnce(&mut FnCx<'_, '_>, &[Value]) -> Value,
    ) -> FuncId {
        let signature = self.code_signature(fun);
        let Signature { params, result } = self.module.types.signature(signature).clone();
        let name = self.unique(name);
        // No function of the user's, so it has no place in a call trace.
        let func = self.module.funcs.push(Func::new(name, &params, result, NO_SPAN));
        let mut cx = FnCx::synthetic(self, func, &[]);
        cx.b.span = span;
        let mut values = Vec::new();
        if captures > 0 {
            let this = cx.b.param(0);
            let this = cx.op(Op::RefCast, Imm::Type(of), &[this]);
            values.extend((0..captures).map(|i| cx.get_field(of, i as u32 + 1, this)));
        }
        values.extend(cx.b.func.params()[1..].to_vec());
        let value = body(&mut cx, &values);
        cx.b.ret(if result.is_some() { std::slice::from_ref(&value) } else { &[] });
        cx.finish();
        func
    }
}

impl FnCx<'_, '_> {
    pub fn bind_captured(&mut self, local: LocalId, value: Value) {
        if self.is_cell(local) {
            let ty = self.local_ty(local);
            let of = self.l.cell_type(ty);
            self.env.insert(local, Slot::Cell { cell: value, of });
        } else {
            self.bind(local, value);
        }
    }
    /// What to pass on for a captured variable.
    pub fn captured(&mut self, local: LocalId, at: Span) -> Value {
        match self.env.get(local) {
            Some(Slot::Cell { cell, .. }) => cell,
            Some(Slot::Value(value)) => value,
            None if self.is_cell(local) => {
                // Not declared yet: it gets its cell now.
                let ty = self.local_ty(local);
                let empty = self.default_value(ty);
                self.bind(local, empty);
                self.captured(local, at)
            }
            None => self.load(local, at),
        }
    }

    fn fun_parts(&self, ty: Ty) -> (Vec<Ty>, Ty) {
        match self.l.facts.tys.kind(ty) {
            TyKind::Fun(params, result) => (params.clone(), *result),
            other => panic!("{other:?} is no function type"),
        }
    }
    /// The function type among a type's alternatives.
    fn fun_alternative(&self, ty: Ty) -> Option<Ty> {
        self.l.facts.tys.alternatives(ty).into_iter().find(|&ty| matches!(self.l.facts.tys.kind(ty), TyKind::Fun(..)))
    }

    /// A function as a value.
    pub fn function_value(&mut self, func: FnId, ty: Ty) -> Value {
        let at = self.b.span;
        let Some(fun) = self.fun_alternative(ty) else { return self.none_as(ty) };
        let value = self.close_over(func, &[], fun, at);
        self.coerce(value, fun, ty)
    }

    /// The closure of a function whose first parameters have been given: the partial application, or the function itself.
    pub fn close_over(&mut self, func: FnId, given: &[(Value, Ty)], fun: Ty, at: Span) -> Value {
        let program = self.l.program;
        let params = &program.fns[func.index()].params;
        let captures: Vec<LocalId> = self.l.captures.get(self.l.program, func).to_vec();
        let mut held: Vec<Value> = captures.iter().map(|&local| self.captured(local, at)).collect();
        held.extend(given.iter().map(|&(value, _)| value));
        let types: Vec<Type> = held.iter().map(|&value| self.b.ty(value)).collect();
        let base = self.l.heap_type(fun);
        let of = if held.is_empty() { base } else { self.l.closure_type(base, &types) };
        let (open, result) = self.fun_parts(fun);
        let name = format!("{}.closure", self.l.names.text(program.fns[func.index()].name));
        let (count, given_count) = (held.len(), given.len());
        let given_types: Vec<Ty> = given.iter().map(|&(_, ty)| ty).collect();
        let code = self.l.closure_code(&name, fun, of, count, at, |cx, values| {
            let callee = cx.l.instance(func, Vec::new());
            let first = captures.len() + given_count;
            let mut args = values[..first].to_vec();
            // Each call gets the same arguments again.
            for (arg, &ty) in args[captures.len()..].iter().zip(&given_types) {
                cx.share(*arg, ty);
            }
            for (i, &value) in values[first..].iter().enumerate() {
                let want = cx.l.facts.local(params[given_count + i]);
                args.push(cx.coerce(value, open[i], want));
            }
            let value = cx.call(callee, &args);
            let have = cx.l.facts.ret(func);
            cx.coerce(value, have, result)
        });
        self.make_closure(of, code, &held)
    }
    fn make_closure(&mut self, of: TypeId, code: FuncId, held: &[Value]) -> Value {
        let code = self.op(Op::FuncAddr, Imm::Func(code), &[]);
        let mut fields = vec![code];
        fields.extend(held);
        self.new_struct(of, &fields)
    }

    /// A closure that calls another of a different function type.
    pub fn adapt_closure(&mut self, value: Value, from: Ty, to: Ty) -> Value {
        let (inner, outer) = (self.fun_parts(from), self.fun_parts(to));
        let at = self.b.span;
        if inner.0.len() != outer.0.len() {
            self.trap(Fault::Call, at);
            return self.default_value(to);
        }
        let (base, form) = (self.l.heap_type(to), self.l.layout(from));
        let of = self.l.closure_type(base, &[form]);
        let code = self.l.closure_code("adapter", to, of, 1, at, |cx, values| {
            let args: Vec<Value> = (0..inner.0.len()).map(|i| cx.coerce(values[i + 1], outer.0[i], inner.0[i])).collect();
            let value = cx.call_closure(values[0], from, &args);
            cx.coerce(value, inner.1, outer.1)
        });
        self.make_closure(of, code, &[value])
    }

    /// Calls a function value with arguments in the forms of its parameters.
    pub fn call_closure(&mut self, callee: Value, fun: Ty, args: &[Value]) -> Value {
        let base = self.l.heap_type(fun);
        let signature = self.l.code_signature(fun);
        let code = self.get_field(base, 0, callee);
        let result = self.l.module.types.signature(signature).result;
        let mut all = vec![callee];
        all.extend(args);
        match self.b.call_indirect(signature, code, &all, result) {
            Some(value) => value,
            None => self.none(),
        }
    }

    /// `callee(args)` for any value.
    pub fn call_value(&mut self, callee: &Expr, args: &[Expr], ty: Ty, at: Span) -> Value {
        let from = self.ty(callee.id);
        let value = self.expr(callee);
        self.call_typed(value, from, args, ty, at)
    }
    pub fn call_typed(&mut self, value: Value, from: Ty, args: &[Expr], ty: Ty, at: Span) -> Value {
        let mut values = Vec::new();
        for arg in args {
            let ty = self.ty(arg.id);
            values.push((self.expr(arg), ty));
        }
        self.b.span = at;
        self.apply(value, from, &values, ty, at)
    }
    /// Calls a value with evaluated arguments.
    pub fn apply(&mut self, value: Value, from: Ty, args: &[(Value, Ty)], ty: Ty, at: Span) -> Value {
        if self.l.facts.tys.has_none(from) {
            let none = self.is_none(value, from);
            self.trap_if(none, Fault::Call, at);
        }
        let funs: Vec<Ty> = self.l.facts.tys.alternatives(from);
        self.dispatch_alternatives(value, from, &funs, ty, &mut |cx, value, fun| {
            let TyKind::Fun(params, result) = cx.l.kind(fun) else {
                cx.trap(Fault::Call, at);
                return cx.default_value(ty);
            };
            if args.len() > params.len() {
                cx.trap(Fault::Call, at);
                return cx.default_value(ty);
            }
            let mut given = Vec::new();
            for (&(arg, have), &want) in args.iter().zip(&params) {
                given.push(cx.coerce(arg, have, want));
            }
            if given.len() < params.len() {
                return cx.apply_partly(value, fun, &given, ty, at);
            }
            let value = cx.call_closure(value, fun, &given);
            cx.coerce(value, result, ty)
        })
    }
    /// A closure of the parameters that are left.
    fn apply_partly(&mut self, callee: Value, fun: Ty, given: &[Value], ty: Ty, at: Span) -> Value {
        let (params, result) = self.fun_parts(fun);
        let count = params.len() - given.len();
        let fits = |cx: &Self, ty: &Ty| matches!(cx.l.facts.tys.kind(*ty), TyKind::Fun(rest, _) if rest.len() == count);
        let Some(to) = self.l.facts.tys.alternatives(ty).into_iter().find(|ty| fits(self, ty)) else {
            self.trap(Fault::Call, at);
            return self.default_value(ty);
        };
        let (open, outer) = self.fun_parts(to);
        let mut held = vec![callee];
        held.extend(given);
        let types: Vec<Type> = held.iter().map(|&value| self.b.ty(value)).collect();
        let base = self.l.heap_type(to);
        let of = self.l.closure_type(base, &types);
        let code = self.l.closure_code("partial", to, of, held.len(), at, |cx, values| {
            let (held, rest) = values.split_at(params.len() - open.len() + 1);
            let mut args = held[1..].to_vec();
            for (arg, &ty) in args.iter().zip(&params) {
                cx.share(*arg, ty);
            }
            for (i, &value) in rest.iter().enumerate() {
                args.push(cx.coerce(value, open[i], params[held.len() - 1 + i]));
            }
            let value = cx.call_closure(held[0], fun, &args);
            cx.coerce(value, result, outer)
        });
        let value = self.make_closure(of, code, &held);
        self.coerce(value, to, ty)
    }
}
