//! Functions, methods and function expressions.

use super::scope::{TypeName, Value};
use super::{Frame, Resolver};
use crate::hir::tree::{DataKind, Expr, ExprKind, FnId, FnKind, Generic, Hint, LocalKind, Stmt, StmtKind, TypeRef};
use crate::source::Span;
use crate::syntax::ast::{self, Body, FunDecl, Lambda, Signature};
use crate::syntax::symbol::{Symbol, sym};
use crate::types::DataId;

impl<'a> Resolver<'a> {
    /// Makes a function visible; its body is resolved where it stands. A second one of the same name in a block takes over there.
    pub fn declare_fn(&mut self, decl: &'a FunDecl) {
        // Looking through the names of the scope is left to those that stand for a function already.
        let is_second = matches!(self.scopes.values.get(decl.name.name), Some(Value::Fn(_)))
            && self.scopes.values.innermost().contains(&decl.name.name);
        let func = self.declare_signature(decl.name.name, decl.name.span, self.parent(), &decl.sig);
        self.fn_of.insert(decl.name.id, func);
        if self.in_prelude && self.frames.len() == 1 {
            self.program.fns[func.index()].hint = self.hint(decl.name.span);
            self.program.prelude_fns.push((decl.name.name, func));
        }
        if !is_second {
            self.see(decl.name.name, Value::Fn(func));
        }
    }

    /// The function around the current place, if a function declared here can use its variables.
    fn parent(&self) -> Option<FnId> {
        let is_top = self.frames.len() == 1 && self.block_depth == 0;
        if is_top { None } else { Some(self.frame().func) }
    }

    /// A function with its parameters and result type, without a body.
    pub fn declare_signature(&mut self, name: Symbol, span: Span, parent: Option<FnId>, sig: &'a Signature) -> FnId {
        let func = self.new_fn(name, span, parent);
        let outer = self.type_params;
        self.program.fns[func.index()].erased = !self.in_prelude && !sig.type_params.is_empty();
        self.scopes.types.push();
        self.bind_type_params(&sig.type_params, outer);
        if self.in_prelude {
            self.program.fns[func.index()].type_params = outer + sig.type_params.len() as u32;
        }
        self.declare_params(func, sig);
        if self.program.fns[func.index()].erased {
            self.program.fns[func.index()].generic = Some(Box::new(self.generic(sig)));
        }
        self.scopes.types.pop();
        func
    }

    /// The signature once more with its type parameters kept; what is wrong with it was reported the first time.
    fn generic(&mut self, sig: &'a Signature) -> Generic {
        let reported = self.diagnostics.len();
        for (index, param) in sig.type_params.iter().enumerate() {
            self.scopes.types.insert(param.name, TypeName::Param(TypeRef::Param(index as u32)));
        }
        let params = sig.params.iter().map(|param| self.optional_type_ref(param.ty.as_ref())).collect();
        let ret = self.optional_type_ref(sig.ret.as_ref());
        self.diagnostics.truncate(reported);
        Generic { names: sig.type_params.iter().map(|param| param.name).collect(), params, ret }
    }

    fn declare_params(&mut self, func: FnId, sig: &'a Signature) {
        for param in &sig.params {
            let local = self.new_local_of(func, param.name.name, param.name.span, LocalKind::Param);
            let ty = self.optional_type_ref(param.ty.as_ref());
            self.set_type(local, ty);
            self.note_type(local);
            self.program.fns[func.index()].params.push(local);
        }
        self.program.fns[func.index()].ret = self.optional_type_ref(sig.ret.as_ref());
    }

    pub fn declare_method(&mut self, data: DataId, decl: &'a FunDecl) {
        let func = self.declare_signature(decl.name.name, decl.name.span, self.parent(), &decl.sig);
        let this = self.new_local_of(func, sym::MISSING, decl.name.span, LocalKind::This);
        self.set_type(this, Some(crate::hir::tree::TypeRef::Data(data, Vec::new())));
        let function = &mut self.program.fns[func.index()];
        function.params.insert(0, this);
        function.kind = FnKind::Method(data, Vec::new());
        self.fn_of.insert(decl.name.id, func);
        self.program.data[data.0 as usize].methods.push(decl.name.name, func);
    }

    /// Resolves the body of a declared function or method.
    pub fn define_fn(&mut self, decl: &'a FunDecl) -> FnId {
        let func = self.fn_of[&decl.name.id];
        let is_method = matches!(self.program.fns[func.index()].kind, FnKind::Method(..));
        let is_current = matches!(self.scopes.values.get(decl.name.name), Some(Value::Fn(id)) if *id == func);
        if !is_method && !is_current {
            self.see(decl.name.name, Value::Fn(func));
        }
        let body = self.inside(func, &decl.sig.type_params, |this| this.block(&decl.body.stmts));
        self.set_body(func, body);
        func
    }

    /// Resolves something inside a function: with its type parameters and its parameters.
    pub fn inside<T>(&mut self, func: FnId, type_params: &'a [ast::Ident], resolve: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push();
        let outer = self.type_params;
        self.bind_type_params(type_params, outer);
        if self.in_prelude {
            self.type_params += type_params.len() as u32;
        }
        self.frames.push(Frame { func, loops: 0 });
        let sort = std::mem::replace(&mut self.in_sort, false);
        if let FnKind::Method(data, _) = self.program.fns[func.index()].kind {
            self.this_of.insert(data, self.program.fns[func.index()].params[0]);
        }
        for index in 0..self.program.fns[func.index()].params.len() {
            let param = self.program.fns[func.index()].params[index];
            self.see(self.program.locals[param.index()].name, Value::Local(param));
        }
        let result = resolve(self);
        self.in_sort = sort;
        self.frames.pop();
        self.type_params = outer;
        self.scopes.pop();
        result
    }

    /// Resolves the bodies of a type's methods, where the fields and the methods of the object are plain names.
    pub fn define_methods(&mut self, methods: impl Iterator<Item = &'a FunDecl> + Clone) {
        let Some(first) = methods.clone().next() else { return };
        let first = self.fn_of[&first.name.id];
        let FnKind::Method(data, _) = self.program.fns[first.index()].kind else { return };
        self.scopes.push();
        if let DataKind::Struct(fields) = &self.program.data[data.0 as usize].kind {
            let names: Vec<Symbol> = fields.iter().map(|field| field.name).collect();
            names.into_iter().for_each(|name| self.see(name, Value::Field(data)));
        }
        self.bind_methods(data);
        for method in methods {
            self.define_fn(method);
        }
        self.scopes.pop();
    }

    pub fn bind_methods(&mut self, data: DataId) {
        let methods: Vec<(Symbol, FnId)> = self.program.data[data.0 as usize].methods.iter().collect();
        methods.into_iter().for_each(|(name, func)| self.see(name, Value::Method(data, func)));
    }

    pub fn lambda(&mut self, lambda: &'a Lambda, span: Span) -> Expr {
        let parent = Some(self.frame().func);
        let func = self.declare_signature(sym::MISSING, span, parent, &lambda.sig);
        let body = self.inside(func, &lambda.sig.type_params, |this| match &lambda.body {
            Body::Block(block) => this.block(&block.stmts),
            Body::Expr(expr) => {
                let value = this.expr(expr);
                vec![Stmt { span: value.span, kind: StmtKind::Return(Some(value)), doubtful: true }]
            }
        });
        self.set_body(func, body);
        self.make(ExprKind::Lambda(func), span)
    }

    /// A function without parameters around some statements: a test's or a bench's body.
    pub fn thunk(&mut self, name: Symbol, span: Span, body: &'a ast::Block) -> FnId {
        let func = self.new_fn(name, span, None);
        let body = self.inside(func, &[], |this| this.block(&body.stmts));
        self.set_body(func, body);
        func
    }

    /// A lambda that calls something with its own parameters: a constructor or a builtin as a value.
    pub fn forwarder(&mut self, params: &[Symbol], span: Span, call: impl FnOnce(Vec<Expr>) -> ExprKind) -> Expr {
        let func = self.new_fn(sym::MISSING, span, Some(self.frame().func));
        let mut args = Vec::new();
        for &name in params {
            let local = self.new_local_of(func, name, span, LocalKind::Param);
            self.program.fns[func.index()].params.push(local);
            args.push(self.make(ExprKind::Local(local), span));
        }
        let value = self.make(call(args), span);
        self.set_body(func, vec![Stmt { span, kind: StmtKind::Return(Some(value)), doubtful: false }]);
        self.make(ExprKind::Lambda(func), span)
    }

    /// What the comment directly above a prelude function asks for.
    fn hint(&self, name: Span) -> Hint {
        let text = self.sources.file(name.file).text();
        let line_start = text[..name.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let mut above = text[..line_start].trim_end().rsplit('\n').map(str::trim).take_while(|line| line.starts_with("///"));
        above
            .find_map(|line| match line.trim_start_matches('/').split_whitespace().next() {
                Some("inline") => Some(Hint::Inline),
                Some("cold") => Some(Hint::Cold),
                _ => None,
            })
            .unwrap_or_default()
    }
}
