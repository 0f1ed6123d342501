//! Calls of known functions, of the prelude's bindings to ops and hosts, and of methods.

use super::function::FnCx;
use super::sites::Fault;
use crate::hir::builtin::Builtin;
use crate::hir::tree::{Expr, FnId, FnKind};
use crate::ir::{Host, Imm, ImmKind, Op, Type, Value};
use crate::source::Span;
use crate::syntax::symbol::Symbol;
use crate::types::{Ty, TyKind};

impl FnCx<'_, '_> {
    pub fn call_fn(&mut self, func: FnId, args: &[Expr], e: &Expr, ty: Ty) -> Value {
        let program = self.l.program;
        let data = &program.fns[func.index()];
        if data.is_prelude {
            return self.call_prelude_fn(func, args, e, ty);
        }
        let mut given = Vec::new();
        for (arg, &param) in args.iter().zip(&data.params) {
            let want = self.l.facts.local(param);
            given.push((self.expr_as(arg, want), want));
        }
        self.b.span = e.at();
        if args.len() < data.params.len() {
            let value = self.partial(func, &given, ty, e.at());
            return value;
        }
        let callee = self.l.instance(func, Vec::new());
        let mut values: Vec<Value> = Vec::new();
        for &local in self.l.captures.get(self.l.program, func).to_vec().iter() {
            values.push(self.captured(local, e.at()));
        }
        values.extend(given.iter().map(|&(value, _)| value));
        let value = self.call(callee, &values);
        let have = self.l.facts.ret(func);
        self.coerce(value, have, ty)
    }
    fn partial(&mut self, func: FnId, given: &[(Value, Ty)], ty: Ty, at: Span) -> Value {
        let count = self.l.program.fns[func.index()].params.len() - given.len();
        let alternatives = self.l.facts.tys.alternatives(ty);
        let fits = |ty: &&Ty| matches!(self.l.facts.tys.kind(**ty), TyKind::Fun(rest, _) if rest.len() == count);
        let fun = *alternatives.iter().find(fits).expect("a partial application is a function");
        let value = self.close_over(func, given, fun, at);
        self.coerce(value, fun, ty)
    }

    fn call_prelude_fn(&mut self, func: FnId, args: &[Expr], e: &Expr, ty: Ty) -> Value {
        let program = self.l.program;
        let data = &program.fns[func.index()];
        let mut type_args = self.l.facts.type_args.get(&e.id).cloned().unwrap_or_default();
        for arg in &mut type_args {
            *arg = self.instantiate(*arg);
        }
        // A constant text that is only written needs no string.
        if self.wraps
            && self.l.names.text(data.name) == "text_string"
            && let Some(text) = Self::literal_text(&args[1])
        {
            let out = self.expr(&args[0]);
            return self.text_piece(text, out);
        }
        let mut values = Vec::new();
        for (arg, &param) in args.iter().zip(&data.params) {
            let want = self.l.facts.local(param);
            let want = self.l.facts.tys.substitute(want, &type_args);
            values.push(self.expr_as(arg, want));
        }
        self.b.span = e.at();
        let have = self.l.facts.ret(func);
        let have = self.l.facts.tys.substitute(have, &type_args);
        let value = match &data.kind {
            FnKind::Extern(_) if let Some(definition) = self.l.definition(data.name) => {
                let callee = self.l.instance(definition, type_args);
                self.call(callee, &values)
            }
            FnKind::Extern(target) => self.call_bound(target, &values, &type_args, have),
            FnKind::Body(_) | FnKind::Method(..) => {
                let callee = self.l.instance(func, type_args);
                self.call(callee, &values)
            }
        };
        self.coerce(value, have, ty)
    }

    /// A prelude function bound to `op:`, `host:`, `derive:` or `const:`.
    fn call_bound(&mut self, target: &str, args: &[Value], type_args: &[Ty], result: Ty) -> Value {
        let (kind, name) = target.split_once(':').unwrap_or_else(|| panic!("a binding `{target}`"));
        match kind {
            "op" => self.call_op(name, args, type_args, result),
            "host" => {
                let host = Host::from_name(name).unwrap_or_else(|| panic!("no host function `{name}`"));
                let value = self.b.call_host(host, args);
                if host.diverges() {
                    self.b.unreachable();
                }
                match value {
                    Some(value) => value,
                    None => self.none(),
                }
            }
            "derive" => self.derive_extern(name, args, type_args[0]),
            "const" if name == "sites" => {
                let data = self.l.sites_data();
                let bytes = self.bytes_type();
                self.op(Op::ArrayConst, Imm::Data(bytes, data), &[])
            }
            _ => panic!("a binding `{target}`"),
        }
    }
    fn call_op(&mut self, name: &str, args: &[Value], type_args: &[Ty], result: Ty) -> Value {
        let op = Op::from_mnemonic(name).unwrap_or_else(|| panic!("no op `{name}`"));
        if op == Op::RefNonNull {
            // `unwrap`, also of an optional scalar.
            let from = self.l.facts.tys.option(type_args[0]);
            return self.coerce(args[0], from, type_args[0]);
        }
        let imm = match op.imm() {
            ImmKind::None => Imm::None,
            ImmKind::Type => {
                let of = match args.first().map(|&arg| self.b.ty(arg)) {
                    Some(Type::Ref { to, .. }) => to,
                    _ => self.l.heap_type(result),
                };
                Imm::Type(of)
            }
            other => panic!("`{name}` takes an immediate {other:?}"),
        };
        if op.result() == crate::ir::Shape::Nothing {
            self.effect(op, imm, args);
            return self.none();
        }
        self.op(op, imm, args)
    }

    // Methods

    pub fn call_method(&mut self, object: &Expr, name: Symbol, args: &[Expr], e: &Expr, ty: Ty) -> Value {
        let from = self.ty(object.id);
        let value = self.expr(object);
        let mut given = Vec::new();
        for arg in args {
            let ty = self.ty(arg.id);
            given.push((self.expr(arg), ty));
        }
        self.b.span = e.at();
        self.dispatch(value, from, ty, &mut |cx, value, from| cx.method_of((value, from), name, &given, ty, e.at()))
    }
    fn method_of(&mut self, (value, from): (Value, Ty), name: Symbol, given: &[(Value, Ty)], ty: Ty, at: Span) -> Value {
        let program = self.l.program;
        let known = self.l.facts.known;
        let mut is_value = false;
        if let TyKind::Data(data, _) = self.l.kind(from) {
            let decl = &program.data[data.0 as usize];
            is_value = decl.is_prelude && data != known.group;
            if let Some(method) = decl.methods.get(name) {
                return self.call_method_fn(method, (value, from), given, ty, at);
            }
        }
        let has_field = match self.l.kind(from) {
            TyKind::Record(record) => record.fields.iter().any(|&(n, _)| n == name),
            _ => false,
        };
        let builtin = Builtin::from_method(self.l.names.text(name));
        if let Some(builtin) = builtin
            && (is_value || !has_field)
            && (builtin.arity().0..=builtin.arity().1).contains(&(given.len() + 1))
            && !matches!(self.l.kind(from), TyKind::Data(data, _) if !program.data[data.0 as usize].is_prelude)
        {
            let mut all = vec![(value, from)];
            all.extend(given);
            return self.builtin_values(builtin, &all, ty, at);
        }
        let Some(fun) = self.field_type(from, name) else {
            self.trap(Fault::Call, at);
            return self.default_value(ty);
        };
        let callee = self.field_of(value, from, name, fun, at);
        self.apply(callee, fun, given, ty, at)
    }
    /// The type of what a field holds.
    fn field_type(&mut self, from: Ty, name: Symbol) -> Option<Ty> {
        match self.l.kind(from) {
            TyKind::Data(data, args) if data == self.l.facts.known.map => Some(self.l.facts.tys.option(args[1])),
            TyKind::Data(data, _) if self.l.is_union(data) => {
                let count = self.l.variant_count(from);
                (0..count).find_map(|v| self.l.variant_fields(from, v).into_iter().find(|&(n, _)| n == name)).map(|(_, ty)| ty)
            }
            TyKind::Data(..) | TyKind::Record(_) => self.l.field(from, name).map(|(_, ty)| ty),
            _ => None,
        }
    }
    fn call_method_fn(&mut self, method: FnId, this: (Value, Ty), given: &[(Value, Ty)], ty: Ty, at: Span) -> Value {
        let program = self.l.program;
        let params = &program.fns[method.index()].params;
        if given.len() >= params.len() {
            self.trap(Fault::Call, at);
            return self.default_value(ty);
        }
        let mut values = Vec::new();
        for (&(value, have), &param) in [this].iter().chain(given).zip(params) {
            let want = self.l.facts.local(param);
            values.push((self.coerce(value, have, want), want));
        }
        if values.len() < params.len() {
            return self.partial(method, &values, ty, at);
        }
        let callee = self.l.instance(method, Vec::new());
        let args: Vec<Value> = values.into_iter().map(|(value, _)| value).collect();
        let value = self.call(callee, &args);
        let have = self.l.facts.ret(method);
        self.coerce(value, have, ty)
    }
}
