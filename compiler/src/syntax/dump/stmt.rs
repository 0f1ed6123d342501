//! The text form of statements and declarations.

use super::sexpr::Sexpr;
use super::{Dumper, quoted};
use crate::syntax::ast::*;

impl Dumper<'_> {
    pub(super) fn program(&self, program: &Program) -> Sexpr {
        let package = program.package.map(|package| Sexpr::list("package", [self.name(package.name)]));
        let stmts = program.stmts.iter().map(|stmt| self.stmt(stmt));
        Sexpr::list("program", package.into_iter().chain(stmts))
    }

    pub(super) fn block(&self, head: &str, block: &Block) -> Sexpr {
        Sexpr::list(head, block.stmts.iter().map(|stmt| self.stmt(stmt)))
    }

    fn stmt(&self, stmt: &Stmt) -> Sexpr {
        match &stmt.kind {
            StmtKind::Test(named) => Sexpr::list("test", [quoted(&named.name.value), self.block("block", &named.body)]),
            StmtKind::Bench(named) => Sexpr::list("bench", [quoted(&named.name.value), self.block("block", &named.body)]),
            StmtKind::Expect(expect) => self.exprs("expect", [&expect.cond]),
            StmtKind::Agent(agent) => {
                let members = agent.members.iter().map(|member| self.agent_member(member));
                Sexpr::list("agent", [self.name(agent.name.name)].into_iter().chain(members))
            }
            StmtKind::Stream(stream) => self.fields("stream", &stream.name, &stream.fields),
            StmtKind::Model(model) => self.field_inits("model", &model.name, &model.fields),
            StmtKind::Import(import) => self.import(import),
            StmtKind::Type(decl) => self.type_decl(decl),
            StmtKind::Extern(external) => self.external(external),
            StmtKind::Fact(pred) => Sexpr::list("fact", [self.pred(pred)]),
            StmtKind::Rule(rule) => {
                let body = rule.body.iter().map(|cond| match cond {
                    Cond::Pred(pred) => self.pred(pred),
                    Cond::NotEqual(left, right) => Sexpr::list("!=", [self.name(left.name), self.name(right.name)]),
                });
                Sexpr::list("rule", [self.pred(&rule.head)].into_iter().chain(body))
            }
            StmtKind::On(on) => self.on(on),
            StmtKind::Emit(emit) => self.field_inits("emit", &emit.stream, &emit.fields),
            StmtKind::Let(binding) => self.binding("let", binding),
            StmtKind::Var(binding) => self.binding("var", binding),
            StmtKind::Assign(assign) => self.assign(assign),
            StmtKind::Fun(decl) => self.function(if decl.export { "export-fun" } else { "fun" }, decl),
            StmtKind::Return(value) => self.exprs("return", value),
            StmtKind::If(stmt) => {
                let branches =
                    stmt.branches.iter().map(|branch| Sexpr::list("when", [self.expr(&branch.cond), self.block("block", &branch.body)]));
                let otherwise = stmt.otherwise.as_ref().map(|block| self.block("else", block));
                Sexpr::list("if", branches.chain(otherwise))
            }
            StmtKind::While(stmt) => Sexpr::list("while", [self.expr(&stmt.cond), self.block("block", &stmt.body)]),
            StmtKind::For(stmt) => {
                let iter = match &stmt.iter {
                    Iterable::Values(values) => self.expr(values),
                    Iterable::Range { from, dots: _, to } => self.exprs("..", [from, to]),
                };
                Sexpr::list("for", [self.name(stmt.name.name), iter, self.block("block", &stmt.body)])
            }
            StmtKind::Break => Sexpr::list("break", []),
            StmtKind::Continue => Sexpr::list("continue", []),
            StmtKind::FetchInto(fetch) => {
                let parts = [self.name(fetch.name.name), self.expr(&fetch.url)];
                Sexpr::list("fetch-into", parts.into_iter().chain(self.optional("with", &fetch.options)))
            }
            StmtKind::Update(update) => {
                let set = Sexpr::list("set", update.set.iter().map(|entry| self.entry(entry)));
                let parts = [self.name(update.target.name), set];
                Sexpr::list("update", parts.into_iter().chain(self.optional("where", &update.cond)))
            }
            StmtKind::Expr(expr) => self.expr(expr),
            StmtKind::Error => Sexpr::atom("<error>"),
        }
    }

    fn binding(&self, head: &str, binding: &Binding) -> Sexpr {
        let ty = binding.ty.as_ref().map(|ty| Sexpr::list(":", [self.ty(ty)]));
        let value = binding.value.as_ref().map(|value| self.expr(value));
        Sexpr::list(head, [self.name(binding.name.name)].into_iter().chain(ty).chain(value))
    }

    fn assign(&self, assign: &Assign) -> Sexpr {
        self.exprs("=", [&assign.target, &assign.value])
    }

    fn on(&self, on: &On) -> Sexpr {
        Sexpr::list("on", [self.name(on.stream.name), self.name(on.event.name), self.block("block", &on.body)])
    }

    fn agent_member(&self, member: &AgentMember) -> Sexpr {
        match member {
            AgentMember::Let(binding) => self.binding("let", binding),
            AgentMember::Var(binding) => self.binding("var", binding),
            AgentMember::Assign(assign) => self.assign(assign),
            AgentMember::On(on) => self.on(on),
            AgentMember::Intent(intent) => self.function("intent", intent),
        }
    }

    fn function(&self, head: &str, decl: &FunDecl) -> Sexpr {
        let body = self.block("block", &decl.body);
        Sexpr::list(head, [self.name(decl.name.name)].into_iter().chain(self.signature(&decl.sig)).chain([body]))
    }

    pub(super) fn signature(&self, sig: &Signature) -> Vec<Sexpr> {
        let mut parts = Vec::new();
        if !sig.type_params.is_empty() {
            parts.push(self.idents("types", &sig.type_params));
        }
        parts.push(Sexpr::list(
            "params",
            sig.params.iter().map(|param| match &param.ty {
                Some(ty) => Sexpr::list(":", [self.name(param.name.name), self.ty(ty)]),
                None => self.name(param.name.name),
            }),
        ));
        parts.extend(sig.ret.as_ref().map(|ret| Sexpr::list("returns", [self.ty(ret)])));
        if !sig.effects.is_empty() {
            parts.push(self.idents("effects", &sig.effects));
        }
        parts
    }

    fn idents(&self, head: &str, idents: &[Ident]) -> Sexpr {
        Sexpr::list(head, idents.iter().map(|ident| self.name(ident.name)))
    }

    pub(super) fn field(&self, field: &Field) -> Sexpr {
        Sexpr::list(":", [self.name(field.name.name), self.ty(&field.ty)])
    }

    fn fields(&self, head: &str, name: &Ident, fields: &[Field]) -> Sexpr {
        Sexpr::list(head, [self.name(name.name)].into_iter().chain(fields.iter().map(|field| self.field(field))))
    }

    fn import(&self, import: &Import) -> Sexpr {
        let mut parts = Vec::new();
        parts.extend(import.lang.map(|lang| self.name(lang.name)));
        parts.push(quoted(&import.path.value));
        parts.extend(import.alias.map(|alias| Sexpr::list("as", [self.name(alias.name)])));
        parts.extend(import.auto.then(|| Sexpr::atom("auto")));
        Sexpr::list("import", parts)
    }

    fn type_decl(&self, decl: &TypeDecl) -> Sexpr {
        let mut parts = vec![self.name(decl.name.name)];
        if !decl.type_params.is_empty() {
            parts.push(self.idents("types", &decl.type_params));
        }
        parts.push(match &decl.kind {
            TypeDeclKind::Struct(members) => Sexpr::list(
                "struct",
                members.iter().map(|member| match member {
                    Member::Field(field) => self.field(field),
                    Member::Method(method) => self.function("method", method),
                }),
            ),
            TypeDeclKind::Union(variants) => Sexpr::list("union", variants.iter().map(|v| self.fields("variant", &v.name, &v.fields))),
            TypeDeclKind::Alias(ty) => Sexpr::list("alias", [self.ty(ty)]),
        });
        Sexpr::list("type", parts)
    }

    fn external(&self, external: &Extern) -> Sexpr {
        let path = |path: &[Ident]| {
            let parts: Vec<&str> = path.iter().map(|part| self.names.text(part.name)).collect();
            Sexpr::atom(parts.join("."))
        };
        match external {
            Extern::Type(name) => Sexpr::list("extern-type", [self.name(name.name)]),
            Extern::Var(var) => Sexpr::list("extern-var", [path(&var.path), self.ty(&var.ty)]),
            Extern::Let(var) => Sexpr::list("extern-let", [path(&var.path), self.ty(&var.ty)]),
            Extern::Fun(fun) => {
                let target = fun.target.as_ref().map(|target| Sexpr::list("=", [quoted(&target.value)]));
                Sexpr::list("extern-fun", [path(&fun.path)].into_iter().chain(self.signature(&fun.sig)).chain(target))
            }
            Extern::Object(name) => Sexpr::list("extern-object", [self.name(name.name)]),
        }
    }

    pub(super) fn pred(&self, pred: &Pred) -> Sexpr {
        let args = pred.args.iter().map(|term| match &term.kind {
            TermKind::Var(name) => self.name(*name),
            TermKind::Str(text) => quoted(text),
            TermKind::Int(value) => Sexpr::atom(value.to_string()),
        });
        Sexpr::list("pred", [self.name(pred.name.name)].into_iter().chain(args))
    }
}
