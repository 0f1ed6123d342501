//! The layout of statements and blocks.

use super::Formatter;
use super::comments::Lines;
use super::doc::{Doc, broken_group, concat, group, indent, text};
use crate::source::Span;
use crate::syntax::ast::*;

impl<'a> Formatter<'a> {
    pub(super) fn program(&mut self, program: &Program) -> Doc<'a> {
        let mut lines = Lines::new(0);
        if let Some(package) = program.package {
            let start = self.code_start(0);
            let span = Span { start, ..package.span };
            self.leading(&mut lines, start);
            let doc = concat([text("package "), text(self.source(package.span))]);
            self.item(&mut lines, span, doc, "");
        }
        self.stmts(&mut lines, &program.stmts);
        self.leading(&mut lines, program.span.end + 1);
        lines.into_doc()
    }

    fn stmts(&mut self, lines: &mut Lines<'a>, stmts: &[Stmt]) {
        for stmt in stmts {
            self.leading(lines, stmt.span.start);
            let doc = self.stmt(stmt);
            self.item(lines, stmt.span, doc, "");
        }
    }

    /// A block on lines of its own, or on one line where it was written so and is a single simple statement.
    pub(super) fn block(&mut self, block: &Block, one_line: bool) -> Doc<'a> {
        self.block_from(block.span.start, block, one_line)
    }

    /// The same, with the comments from a place before its opening brace on.
    fn block_from(&mut self, from: u32, block: &Block, one_line: bool) -> Doc<'a> {
        let span = block.span;
        let commented = self.has_comments(from..span.end);
        if block.stmts.is_empty() && !commented {
            return if one_line { text("{}") } else { concat([text("{"), Doc::Hard, text("}")]) };
        }
        if let ([stmt], true, false) = (&block.stmts[..], one_line, commented)
            && is_simple(&stmt.kind)
            && !self.line_between(span.start, span.end)
        {
            let stmt = self.stmt(stmt);
            return group(concat([text("{"), indent(concat([Doc::Line, stmt])), Doc::Line, text("}")]));
        }
        let mut parts = vec![text("{")];
        parts.extend(self.trailing(span.start + 1));
        let mut lines = Lines::new(from);
        self.stmts(&mut lines, &block.stmts);
        self.leading(&mut lines, span.end);
        if !lines.parts.is_empty() {
            parts.push(indent(concat([Doc::Hard, lines.into_doc()])));
        }
        parts.push(Doc::Hard);
        parts.push(text("}"));
        broken_group(Doc::Concat(parts))
    }

    fn stmt(&mut self, stmt: &Stmt) -> Doc<'a> {
        match &stmt.kind {
            StmtKind::Test(named) => self.named_block("test ", named),
            StmtKind::Bench(named) => self.named_block("bench ", named),
            StmtKind::Expect(expect) => {
                let cond = self.expr(&expect.cond);
                concat([text("expect "), cond])
            }
            StmtKind::Agent(agent) => self.agent(agent, stmt.span),
            StmtKind::Stream(stream) => self.stream(stream, stmt.span),
            StmtKind::Model(model) => self.model(model, stmt.span),
            StmtKind::Import(import) => self.import(import),
            StmtKind::Type(decl) => self.type_decl(decl, stmt.span),
            StmtKind::Extern(external) => self.external(external),
            StmtKind::Fact(pred) => concat([text("fact "), self.pred(pred)]),
            StmtKind::Rule(rule) => self.rule(rule),
            StmtKind::On(on) => self.on(on),
            StmtKind::Emit(emit) => {
                let fields = self.field_inits(&emit.fields, emit.stream.span.end, stmt.span.end);
                concat([text("emit "), text(self.source(emit.stream.span)), text(" "), fields])
            }
            StmtKind::Let(binding) => self.binding("let ", binding),
            StmtKind::Var(binding) => self.binding("var ", binding),
            StmtKind::Assign(assign) => self.assign(assign),
            StmtKind::Fun(decl) => {
                let head = if decl.export { "export fun " } else { "fun " };
                self.function(head, decl)
            }
            StmtKind::Return(None) => text("return"),
            StmtKind::Return(Some(value)) => {
                let value = self.value(value, stmt.span.start + "return".len() as u32);
                concat([text("return"), value])
            }
            StmtKind::If(stmt) => self.if_stmt(stmt),
            StmtKind::While(stmt) => {
                let cond = self.header(&stmt.cond);
                let body = self.block(&stmt.body, true);
                concat([text("while "), cond, text(" "), body])
            }
            StmtKind::For(stmt) => self.for_stmt(stmt),
            StmtKind::Break => text("break"),
            StmtKind::Continue => text("continue"),
            StmtKind::FetchInto(fetch) => {
                let url = self.expr(&fetch.url);
                let options = self.options(&fetch.options);
                concat([text("fetch "), url, text(" into "), text(self.source(fetch.name.span)), options])
            }
            StmtKind::Update(update) => self.update(update),
            StmtKind::Expr(Expr { kind: ExprKind::If(value), .. }) => self.if_then(value),
            StmtKind::Expr(expr) => self.expr(expr),
            StmtKind::Error => text(self.source(stmt.span)),
        }
    }

    fn named_block(&mut self, head: &'static str, named: &NamedBlock) -> Doc<'a> {
        let name = text(self.source(named.name.span));
        let body = self.block(&named.body, false);
        concat([text(head), name, text(" "), body])
    }

    pub(super) fn binding(&mut self, head: &'static str, binding: &Binding) -> Doc<'a> {
        let mut parts = vec![text(head), self.declared(binding.name.span), self.annotation(binding.ty.as_deref())];
        if let Some(value) = &binding.value {
            let eq = self.code_start(binding.ty.as_ref().map_or(binding.name.span, |ty| ty.span).end);
            parts.push(text(" ="));
            parts.push(self.value(value, eq + 1));
        }
        Doc::Concat(parts)
    }

    pub(super) fn assign(&mut self, assign: &Assign) -> Doc<'a> {
        let target = self.expr(&assign.target);
        let value = self.value(&assign.value, assign.eq_span.end);
        concat([target, text(" ="), value])
    }

    /// A blank and the value of a declaration, an assignment or a return, whose `=` or word ends at `from`; a query over
    /// lines begins on its own.
    fn value(&mut self, value: &Expr, from: u32) -> Doc<'a> {
        if let ExprKind::Query(query) = &value.kind
            && self.adjacent(value.span.start).is_empty()
        {
            let clauses = self.query_clauses(query, Span { start: from, ..value.span }, true);
            return group(indent(concat([Doc::Line, clauses])));
        }
        let value = self.expr(value);
        concat([text(" "), value])
    }

    /// An expression before a block; its further lines are indented more than the block.
    fn header(&mut self, expr: &Expr) -> Doc<'a> {
        let mut parts = vec![self.expr(expr)];
        parts.extend(self.behind(expr.span.end));
        indent(Doc::Concat(parts))
    }

    fn if_stmt(&mut self, stmt: &IfStmt) -> Doc<'a> {
        let mut parts = Vec::new();
        let single = stmt.branches.len() == 1 && stmt.otherwise.is_none();
        // A comment before an `else` goes into the block behind it.
        let mut from = None;
        for branch in &stmt.branches {
            parts.push(text(if parts.is_empty() { "if " } else { " else if " }));
            parts.push(self.header(&branch.cond));
            parts.push(text(" "));
            parts.push(self.block_from(from.unwrap_or(branch.body.span.start), &branch.body, single));
            from = Some(branch.body.span.end);
        }
        if let Some(otherwise) = &stmt.otherwise {
            parts.push(text(" else "));
            parts.push(self.block_from(from.unwrap_or(otherwise.span.start), otherwise, false));
        }
        Doc::Concat(parts)
    }

    fn for_stmt(&mut self, stmt: &For) -> Doc<'a> {
        let name = self.declared(stmt.name.span);
        let iter = match &stmt.iter {
            Iterable::Values(values) => self.header(values),
            Iterable::Range { from, dots: _, to } => {
                let from = self.header(from);
                let to = self.header(to);
                concat([from, text(".."), to])
            }
        };
        let body = self.block(&stmt.body, true);
        concat([text("for "), name, text(" in "), iter, text(" "), body])
    }

    fn update(&mut self, update: &Update) -> Doc<'a> {
        let name = text(self.source(update.target.span));
        let open = self.code_start(update.target.span.end) + "set".len() as u32;
        let end = update.set.last().map_or(open, |entry| entry.value.span.end);
        let set = self.entries(&update.set, open, end);
        let mut parts = vec![text("update "), name, Doc::Line, text("set "), set];
        if let Some(cond) = &update.cond {
            parts.push(Doc::Line);
            parts.push(text("where "));
            parts.push(self.expr(cond));
        }
        group(indent(Doc::Concat(parts)))
    }

    pub(super) fn on(&mut self, on: &On) -> Doc<'a> {
        let (stream, event) = (self.source(on.stream.span), self.source(on.event.span));
        let body = self.block(&on.body, false);
        concat([text("on "), text(stream), text(" as "), text(event), text(" "), body])
    }
}

/// Whether a statement may share a line with the braces around it.
fn is_simple(stmt: &StmtKind) -> bool {
    match stmt {
        StmtKind::Expect(_) | StmtKind::Let(_) | StmtKind::Var(_) | StmtKind::Assign(_) => true,
        StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue | StmtKind::Expr(_) => true,
        StmtKind::Test(_)
        | StmtKind::Bench(_)
        | StmtKind::Agent(_)
        | StmtKind::Stream(_)
        | StmtKind::Model(_)
        | StmtKind::Import(_)
        | StmtKind::Type(_)
        | StmtKind::Extern(_)
        | StmtKind::Fact(_)
        | StmtKind::Rule(_)
        | StmtKind::On(_)
        | StmtKind::Emit(_)
        | StmtKind::Fun(_)
        | StmtKind::If(_)
        | StmtKind::While(_)
        | StmtKind::For(_)
        | StmtKind::FetchInto(_)
        | StmtKind::Update(_)
        | StmtKind::Error => false,
    }
}
