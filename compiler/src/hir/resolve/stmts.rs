//! Statements.

use super::Resolver;
use super::names::with_fix;
use super::scope::Value;
use super::shown::element;
use crate::diagnostic::{Code, Diagnostic, Edit};
use crate::hir::tree::{Expr, ExprKind, LocalId, LocalKind, Place, Stmt, StmtKind, TestBlock, TypeRef};
use crate::source::Span;
use crate::syntax::ast::{self, Binding, Iterable, Member};
use crate::syntax::symbol::Symbol;

impl<'a> Resolver<'a> {
    /// Statements in a scope of their own.
    pub fn block(&mut self, stmts: &'a [ast::Stmt]) -> Vec<Stmt> {
        self.scopes.push();
        self.block_depth += 1;
        self.hoist(stmts.iter());
        let mut out = Vec::with_capacity(stmts.len());
        for stmt in stmts {
            self.stmt(stmt, &mut out);
        }
        self.block_depth -= 1;
        self.scopes.pop();
        out
    }

    fn loop_body(&mut self, stmts: &'a [ast::Stmt]) -> Vec<Stmt> {
        self.frame_mut().loops += 1;
        let body = self.block(stmts);
        self.frame_mut().loops -= 1;
        body
    }

    /// Resolves one statement; declarations that do nothing at run time add none.
    pub fn stmt(&mut self, stmt: &'a ast::Stmt, out: &mut Vec<Stmt>) {
        let (span, before) = (stmt.span, self.doubtful);
        let kind = match &stmt.kind {
            ast::StmtKind::Let(binding) => self.binding(binding, LocalKind::Let),
            ast::StmtKind::Var(binding) => self.binding(binding, LocalKind::Var),
            ast::StmtKind::Assign(assign) => self.assign(assign),
            ast::StmtKind::Fun(decl) => StmtKind::Fun(self.define_fn(decl)),
            ast::StmtKind::Return(value) => StmtKind::Return(value.as_ref().map(|value| self.expr(value))),
            ast::StmtKind::If(branch) => self.if_stmt(branch),
            ast::StmtKind::While(node) => {
                let cond = self.expr(&node.cond);
                StmtKind::While { cond, body: self.loop_body(&node.body.stmts) }
            }
            ast::StmtKind::For(node) => self.for_stmt(node),
            ast::StmtKind::Break => self.leave_loop(span, "break", StmtKind::Break),
            ast::StmtKind::Continue => self.leave_loop(span, "continue", StmtKind::Continue),
            ast::StmtKind::Expect(expect) => StmtKind::Expect { cond: Box::new(self.expr(&expect.cond)), keyword: expect.keyword },
            ast::StmtKind::Expr(expr) => StmtKind::Expr(self.expr(expr)),
            ast::StmtKind::Update(update) => self.update(update, span),
            ast::StmtKind::Emit(emit) => match self.emit(emit) {
                Some(kind) => kind,
                None => return,
            },
            ast::StmtKind::On(on) => match self.on(on) {
                Some(kind) => kind,
                None => return,
            },
            ast::StmtKind::FetchInto(fetch) => self.fetch_into(fetch, span),
            ast::StmtKind::Test(block) => match self.test(block, span) {
                Some(kind) => kind,
                None => return,
            },
            ast::StmtKind::Bench(block) => self.bench(block, span),
            ast::StmtKind::Type(decl) => {
                let ast::TypeDeclKind::Struct(members) = &decl.kind else { return };
                return self.define_methods(members.iter().filter_map(Member::method));
            }
            ast::StmtKind::Agent(agent) => return self.define_agent_body(agent, span),
            ast::StmtKind::Model(model) => {
                return self.unavailable(model.name.span, "`model` blocks", "no model provider is built in; remove the block");
            }
            ast::StmtKind::Stream(_)
            | ast::StmtKind::Import(_)
            | ast::StmtKind::Extern(_)
            | ast::StmtKind::Fact(_)
            | ast::StmtKind::Rule(_)
            | ast::StmtKind::Error => return,
        };
        out.push(Stmt { kind, span, doubtful: self.doubtful > before });
    }

    /// Reports a feature that is understood and cannot be compiled.
    pub fn unavailable(&mut self, span: Span, what: &str, help: &str) {
        self.error(Code::M010, span, format!("{what} cannot be compiled"), "not available on any target", help);
    }

    fn binding(&mut self, binding: &'a Binding, kind: LocalKind) -> StmtKind {
        let ty = self.optional_type_ref(binding.ty.as_deref());
        let outer = self.declaring.replace(binding.name);
        let value = binding.value.as_ref().map(|value| self.expr(value));
        self.declaring = outer;
        let local = self.bind_variable(binding.name, kind);
        self.set_type(local, ty.clone());
        self.program.locals[local.index()].fixed = kind == LocalKind::Let;
        let note = self.note_mut(local);
        note.fixed = kind == LocalKind::Let;
        match &ty {
            Some(_) => self.note_type(local),
            None => self.note_mut(local).plain = value.as_ref().is_some_and(is_plain),
        }
        self.show(local, value.as_ref().and_then(|value| self.shown(value)));
        let value = value.map(|value| self.exact(ty.as_ref(), value));
        StmtKind::Let { local, value }
    }

    /// `let x: bigint = 1` converts, as no other declared type does.
    fn exact(&mut self, ty: Option<&TypeRef>, value: Expr) -> Expr {
        let Some(TypeRef::Data(data, _)) = ty else { return value };
        let name = self.program.data[data.0 as usize].name;
        let is_exact = self.program.data[data.0 as usize].is_prelude
            && !self.in_prelude
            && matches!(name, crate::syntax::symbol::sym::BIGINT | crate::syntax::symbol::sym::BIGRAT);
        if !is_exact {
            return value;
        }
        let (at, span) = (value.at(), value.span);
        let kind = ExprKind::Cast { value: Box::new(value), ty: Box::new(TypeRef::Data(*data, Vec::new())) };
        self.make_at(kind, at, span)
    }

    /// The variable of a `let`, `var` or `fetch into`: the global that waits for it, or a new local.
    fn bind_variable(&mut self, binder: ast::Binder, kind: LocalKind) -> LocalId {
        match self.global_of.get(&binder.id) {
            Some(&global) if self.frames.len() == 1 && self.block_depth == 0 => {
                self.see(binder.name, Value::Local(global));
                global
            }
            _ => self.bind(binder, kind),
        }
    }

    /// What a declared type says about calling the variable.
    pub fn note_type(&mut self, local: LocalId) {
        let plain = match &self.program.locals[local.index()].ty {
            None | Some(TypeRef::Any | TypeRef::Fun(..) | TypeRef::Param(_) | TypeRef::Option(_)) => false,
            Some(_) => true,
        };
        self.note_mut(local).plain = plain;
    }

    fn if_stmt(&mut self, node: &'a ast::IfStmt) -> StmtKind {
        let branches = node.branches.iter().map(|branch| (self.expr(&branch.cond), self.block(&branch.body.stmts))).collect();
        let otherwise = node.otherwise.as_ref().map_or(Vec::new(), |body| self.block(&body.stmts));
        StmtKind::If { branches, otherwise }
    }

    fn for_stmt(&mut self, node: &'a ast::For) -> StmtKind {
        let iter = match &node.iter {
            Iterable::Values(values) => (self.expr(values), None),
            Iterable::Range { from, to, .. } => (self.expr(from), Some(self.expr(to))),
        };
        self.scopes.push();
        let local = self.bind(node.name, LocalKind::Bound);
        self.show(local, self.shown(&iter.0).and_then(element));
        let body = self.loop_body(&node.body.stmts);
        self.scopes.pop();
        match iter {
            (values, None) => {
                let span = values.span;
                StmtKind::ForEach { local, values: Box::new(values), span, body }
            }
            (from, Some(to)) => {
                self.note_mut(local).plain = true;
                StmtKind::ForRange { local, from: Box::new(from), to: Box::new(to), body }
            }
        }
    }

    fn leave_loop(&mut self, span: Span, word: &str, kind: StmtKind) -> StmtKind {
        if self.frame().loops == 0 {
            let help = match self.frames.len() {
                0 | 1 => "remove it, or move it into the body of `for` or `while`".to_owned(),
                _ => "to leave the function, write `return`".to_owned(),
            };
            self.error(Code::T045, span, format!("`{word}` outside a loop"), "no loop of this function is around it", &help);
        }
        kind
    }

    pub fn assign(&mut self, assign: &'a ast::Assign) -> StmtKind {
        let target = self.place(&assign.target);
        let value = self.expr(&assign.value);
        match target {
            Some(target) => StmtKind::Assign { target, value: Box::new(value) },
            None => StmtKind::Expr(value),
        }
    }

    /// The target of an assignment; nothing where it was refused.
    fn place(&mut self, target: &'a ast::Expr) -> Option<Place> {
        match &target.kind {
            ast::ExprKind::Name(name) => self.variable_place(*name, target.span),
            ast::ExprKind::Index(index) => {
                let object = self.container(&index.object);
                let position = self.expr(&index.index);
                Some(Place::Index { object: Box::new(object), index: Box::new(position), bracket: index.bracket })
            }
            ast::ExprKind::Field(field) => {
                let object = self.container(&field.object);
                Some(Place::Field { object: Box::new(object), name: field.name.name, span: field.name.span })
            }
            _ => None,
        }
    }

    /// What an element or field is assigned through; an unknown variable is T001 here.
    fn container(&mut self, object: &'a ast::Expr) -> Expr {
        if let ast::ExprKind::Name(name) = object.kind
            && self.declared(name).is_none()
        {
            self.unknown_target(name, object.span);
            return self.make(ExprKind::Error, object.span);
        }
        match &object.kind {
            // `a[0].b = v`: the inner parts are containers, too.
            ast::ExprKind::Index(index) if matches!(index.object.peel().kind, ast::ExprKind::Name(_)) => {
                let inner = self.container(&index.object);
                let position = self.expr(&index.index);
                let kind = ExprKind::Index { object: Box::new(inner), index: Box::new(position), optional: index.optional };
                self.make_at(kind, index.bracket, object.span)
            }
            _ => self.expr(object),
        }
    }

    fn variable_place(&mut self, name: Symbol, span: Span) -> Option<Place> {
        match self.declared(name) {
            Some(Value::Local(local)) => {
                if self.note(local).fixed {
                    self.fixed_target(name, span, Some(local));
                }
                // A global of the prelude is from the start.
                if local.index() >= self.program.locals.base() {
                    let inside = self.frames.len() > 1;
                    let variable = &mut self.program.locals[local.index()];
                    variable.reassigned = true;
                    variable.assigned_inside |= inside;
                }
                self.use_local(local, span);
                Some(Place::Local(local))
            }
            Some(Value::Field(data)) => {
                let object = self.this(data, span);
                Some(Place::Field { object: Box::new(object), name, span })
            }
            Some(Value::Error) => None,
            Some(Value::Fn(_) | Value::Variant(..) | Value::Method(..) | Value::Package(_) | Value::Foreign(_) | Value::Unavailable) => {
                self.fixed_target(name, span, None);
                None
            }
            None if !self.in_prelude && crate::hir::Builtin::from_name(self.text(name)).is_some() => {
                self.fixed_target(name, span, None);
                None
            }
            None => {
                self.unknown_target(name, span);
                None
            }
        }
    }

    fn fixed_target(&mut self, name: Symbol, span: Span, local: Option<LocalId>) {
        let text = self.text(name).to_owned();
        let message = format!("cannot assign to `{text}`");
        let diagnostic = match local {
            // Recorded programs do it and run, so it takes the strict check to refuse them.
            Some(local) => Diagnostic::warning(Code::T024, span, format!("assignment to `{text}`, which is declared with `let`"))
                .label("a `let` should keep its first value")
                .note(self.program.locals[local.index()].span, "declared here with `let`")
                .help(format!("declare it with `var`: `var {text} = ...`"))
                .fix_with("declare it with `var`", self.let_to_var(local)),
            None => Diagnostic::error(Code::T024, span, message)
                .label("this name is a function, a variant or a package, not a variable")
                .help(format!("declare a variable first: `var {text} = ...`")),
        };
        self.report(diagnostic);
    }

    /// The word before the declared name; what the parser reads as `let` stands right before it.
    fn let_to_var(&self, local: LocalId) -> Vec<Edit> {
        let name = self.program.locals[local.index()].span;
        let before = &self.sources.file(name.file).text()[..name.start as usize];
        let word = before.trim_end();
        match word.ends_with("let") {
            true => vec![Edit { span: Span::new(name.file, word.len() as u32 - 3, word.len() as u32), replacement: "var".to_owned() }],
            false => Vec::new(),
        }
    }

    fn unknown_target(&mut self, name: Symbol, span: Span) {
        if !self.first_report(name) {
            return;
        }
        let text = self.text(name).to_owned();
        let is_variable = |name: &Symbol| matches!(self.scopes.values.get(*name), Some(Value::Local(_) | Value::Field(_)));
        let close = self.closest_of(&text, self.scopes.values.visible().filter(is_variable), std::iter::empty());
        let diagnostic = Diagnostic::error(Code::T001, span, format!("assignment to unknown variable `{text}`"))
            .label("no variable of this name is visible here");
        let diagnostic = match close {
            Some(close) => with_fix(diagnostic, span, &close),
            None => diagnostic.help(format!("declare it first: `var {text} = ...`")).fix("declare it with `var`", span.at_start(), "var "),
        };
        self.report(diagnostic);
    }

    fn test(&mut self, block: &'a ast::NamedBlock, span: Span) -> Option<StmtKind> {
        if self.frames.len() > 1 || self.block_depth > 0 {
            return Some(StmtKind::Block(self.block(&block.body.stmts)));
        }
        let (body, call) = self.test_block(block, span, false);
        if self.in_prelude {
            let test = self.program.own.tests.pop().expect("added above");
            self.program.prelude_tests.push(TestBlock { body, ..test });
            return None;
        }
        Some(call)
    }

    fn test_block(&mut self, block: &'a ast::NamedBlock, span: Span, is_bench: bool) -> (crate::hir::tree::FnId, StmtKind) {
        let name = self.names.intern(&block.name.value);
        let body = self.thunk(name, span, &block.body);
        self.program.own.tests.push(TestBlock { name: block.name.value.clone(), is_bench, body, span });
        let call = self.make(ExprKind::CallFn { func: body, args: Box::default() }, span);
        (body, StmtKind::Expr(call))
    }

    fn bench(&mut self, block: &'a ast::NamedBlock, span: Span) -> StmtKind {
        let body = if self.frames.len() > 1 || self.block_depth > 0 {
            self.block(&block.body.stmts)
        } else {
            let (_, call) = self.test_block(block, span, true);
            vec![Stmt { kind: call, span, doubtful: false }]
        };
        StmtKind::Bench { name: block.name.value.clone(), body }
    }

    fn fetch_into(&mut self, fetch: &'a ast::FetchInto, span: Span) -> StmtKind {
        let url = Box::new(self.expr(&fetch.url));
        let options = fetch.options.as_ref().map(|options| Box::new(self.expr(options)));
        let value = self.make_at(ExprKind::Fetch { url, options }, fetch.keyword, span);
        let local = self.bind_variable(fetch.name, LocalKind::Var);
        StmtKind::Let { local, value: Some(value) }
    }
}

/// The expression evidently gives something other than a function.
fn is_plain(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Lit(lit) => !matches!(lit, crate::hir::tree::Lit::None),
        ExprKind::List(_)
        | ExprKind::Record(_)
        | ExprKind::Map(_)
        | ExprKind::Struct { .. }
        | ExprKind::Variant { .. }
        | ExprKind::Slice { .. }
        | ExprKind::Unary { .. }
        | ExprKind::Query(_)
        | ExprKind::Logic { .. }
        | ExprKind::Load(_) => true,
        ExprKind::Binary { op, .. } => !matches!(op, ast::BinaryOp::And | ast::BinaryOp::Or | ast::BinaryOp::Coalesce),
        ExprKind::CallBuiltin { builtin, .. } => {
            use crate::hir::Builtin;
            !matches!(builtin, Builtin::First | Builtin::Reduce | Builtin::Get)
        }
        ExprKind::Cast { ty, .. } => !matches!(**ty, TypeRef::Any | TypeRef::Fun(..) | TypeRef::Option(_)),
        _ => false,
    }
}
