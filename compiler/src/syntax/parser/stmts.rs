//! Files, blocks and the statements that run; declarations are in `decls.rs`.

use super::recover::Trailing;
use super::{Parse, Parser};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};
use crate::syntax::ast::*;
use crate::syntax::symbol::sym;
use crate::syntax::token::TokenKind;

impl Parser<'_> {
    pub(super) fn program(&mut self, file: FileId) -> Program {
        let package = self.package();
        let mut stmts = self.stmts();
        while !self.at_end() {
            // Only a brace that nothing opened ends the statements of a file.
            let span = self.bump().span;
            // After another mistake its opening brace was skipped with what was wrong.
            if self.diagnostics.is_empty() {
                let diagnostic = Diagnostic::error(Code::P001, span, "unmatched `}`")
                    .label("closes nothing")
                    .help("remove it, or add the missing `{` above");
                self.report(diagnostic);
            }
            stmts.append(&mut self.stmts());
        }
        let broken = std::mem::take(&mut self.broken);
        let imports = std::mem::take(&mut self.imports);
        Program { file, package, stmts, imports, broken, span: Span::new(file, 0, self.text.len() as u32) }
    }

    fn package(&mut self) -> Option<Ident> {
        self.eat(TokenKind::Package)?;
        self.ident("a package name").ok()
    }

    /// Statements up to a closing brace or the end of the file.
    fn stmts(&mut self) -> Vec<Stmt> {
        let around = self.stmt_start;
        let first = self.open_stmts.len();
        while !self.at_end() && !self.at(TokenKind::CloseBrace) {
            self.stmt_start = self.pos;
            let (start, before) = (self.span(), self.declaring);
            let kind = match self.stmt() {
                Ok(kind) => kind,
                Err(super::Reported) => {
                    self.skip_statement();
                    if self.pos == self.stmt_start {
                        self.bump();
                    }
                    self.broken.push(self.span_from(start));
                    StmtKind::Error
                }
            };
            let span = self.span_from(start);
            self.open_stmts.push(Stmt { kind, span, declares: self.declaring > before });
        }
        self.stmt_start = around;
        self.open_stmts.drain(first..).collect()
    }

    pub(super) fn block(&mut self) -> Parse<Block> {
        if !self.at(TokenKind::OpenBrace) {
            return match self.block_after_colon() {
                Some(block) => block,
                None => self.block_without_brace(),
            };
        }
        self.nested(|p| {
            p.with_header(false, |p| {
                let statement = p.tokens[p.stmt_start];
                let open = p.bump().span;
                let stmts = p.stmts();
                p.notice_indentation(statement, open);
                let close = p.close_block(open);
                Ok(Block { stmts, span: open.to(close) })
            })
        })
    }

    /// Remembers the first block whose closing brace stands further left than its statement: probably that brace
    /// was meant for an outer block.
    #[inline(never)]
    fn notice_indentation(&mut self, statement: crate::syntax::token::Token, open: Span) {
        let close = self.token();
        if self.suspect.is_none()
            && close.kind == TokenKind::CloseBrace
            && close.starts_line
            && statement.starts_line
            && self.column(close) < self.column(statement)
        {
            self.suspect = Some(open);
        }
    }

    #[inline(never)]
    fn close_block(&mut self, open: Span) -> Span {
        if let Some(close) = self.eat(TokenKind::CloseBrace) {
            return close;
        }
        let mut diagnostic = self.unexpected(Code::P001, "`}`");
        diagnostic = diagnostic.note(open, "this block is not closed").help("add the missing `}`");
        if let Some(suspect) = self.suspect.filter(|&suspect| suspect != open) {
            diagnostic = diagnostic.note(suspect, "or this one, whose `}` is indented differently");
        }
        self.report(diagnostic);
        self.last_span()
    }

    /// Reports the missing brace. Where indented statements follow, they are read as the block, for the sake of
    /// the brace that closes it.
    #[inline(never)]
    fn block_without_brace(&mut self) -> Parse<Block> {
        let token = self.token();
        let statement = self.tokens[self.stmt_start];
        if let Some(block) = self.body_by_sign() {
            return block;
        }
        let closed_on_line = self.unmatched_braces_on_line() > 0;
        let reported = self.expected(Code::P001, "`{`");
        if closed_on_line && !token.starts_line {
            return self.nested(|p| {
                let start = p.span();
                let stmts = p.with_header(false, |p| Ok(p.stmts()))?;
                p.eat(TokenKind::CloseBrace);
                Ok(Block { stmts, span: p.span_from(start) })
            });
        }
        let indented = |p: &Self| {
            let token = p.token();
            !token.starts_line || p.column(token) > p.column(statement)
        };
        if !token.starts_line || !indented(self) || self.at_end() {
            return Err(reported);
        }
        self.nested(|p| {
            let start = p.span();
            let around = p.stmt_start;
            let mut stmts = Vec::new();
            while !p.at_end() && !p.at(TokenKind::CloseBrace) && indented(p) {
                p.stmt_start = p.pos;
                let first = p.span();
                let kind = p.stmt()?;
                stmts.push(Stmt { kind, span: p.span_from(first), declares: true });
            }
            p.stmt_start = around;
            p.eat(TokenKind::CloseBrace);
            Ok(Block { stmts, span: p.span_from(start) })
        })
    }

    pub(super) fn stmt(&mut self) -> Parse<StmtKind> {
        match self.kind() {
            TokenKind::Test => self.named_block("a test name in quotes").map(StmtKind::Test),
            TokenKind::Expect => self.expectation(),
            TokenKind::Agent => self.agent(),
            TokenKind::Stream => self.stream(),
            TokenKind::Import => self.import(),
            TokenKind::Type => self.type_decl(),
            TokenKind::Extern => self.external(),
            TokenKind::Fact => self.fact(),
            TokenKind::Rule => self.rule(),
            TokenKind::On => self.on().map(StmtKind::On),
            TokenKind::Emit => self.emit(),
            TokenKind::Let => {
                self.let_mut();
                match self.kind() {
                    TokenKind::Let => self.binding().map(StmtKind::Let),
                    _ => self.binding().map(StmtKind::Var),
                }
            }
            TokenKind::Var => self.binding().map(StmtKind::Var),
            TokenKind::Export => self.fun_decl(),
            TokenKind::Fun if self.name_at(1).is_some() || self.peek(1).is_keyword() => self.fun_decl(),
            TokenKind::Return => self.return_stmt(),
            TokenKind::If => self.if_stmt(),
            TokenKind::While => self.while_stmt(),
            TokenKind::For => self.for_stmt(),
            TokenKind::Break => {
                self.bump();
                Ok(StmtKind::Break)
            }
            TokenKind::Continue => {
                self.bump();
                Ok(StmtKind::Continue)
            }
            TokenKind::Fetch => self.fetch_stmt(),
            TokenKind::Name(sym::BENCH) if matches!(self.peek(1), TokenKind::Str(_)) => {
                self.named_block("a benchmark name in quotes").map(StmtKind::Bench)
            }
            TokenKind::Name(sym::MODEL) if self.starts_model() => self.model(),
            TokenKind::Name(sym::UPDATE) if self.starts_update() => self.update(),
            TokenKind::Intent | TokenKind::Package => Err(self.misplaced()),
            TokenKind::OpenBrace if self.is_block_without_head() => self.block_without_head(),
            TokenKind::Name(_) => match self.foreign_stmt()? {
                Some(kind) => Ok(kind),
                None => self.expr_or_assign(),
            },
            _ => self.expr_or_assign(),
        }
    }

    #[inline(never)]
    fn misplaced(&mut self) -> super::Reported {
        let (word, place) = match self.kind() {
            TokenKind::Intent => ("intent", "an `intent` stands in the braces of an `agent`"),
            _ => ("package", "`package` is the first statement of a file"),
        };
        let diagnostic =
            Diagnostic::error(Code::P999, self.span(), format!("`{word}` cannot stand here")).label("in the wrong place").help(place);
        self.report(diagnostic)
    }

    /// A name, a block, nothing else: `model fast { ... }`.
    fn starts_model(&self) -> bool {
        self.name_at(1).is_some() && self.peek(2) == TokenKind::OpenBrace
    }

    fn starts_update(&self) -> bool {
        self.name_at(1).is_some() && self.peek(2) == TokenKind::Name(sym::SET)
    }

    #[inline(never)]
    fn named_block(&mut self, what: &str) -> Parse<NamedBlock> {
        self.bump();
        let name = self.string(what)?;
        Ok(NamedBlock { name, body: self.block()? })
    }

    #[inline(never)]
    fn expectation(&mut self) -> Parse<StmtKind> {
        let keyword = self.bump().span;
        let cond = self.expr()?;
        Ok(StmtKind::Expect(Expect { keyword, cond }))
    }

    /// After the word at the current place: `name (: type)? (= value)?`.
    #[inline(never)]
    pub(super) fn binding(&mut self) -> Parse<Binding> {
        self.bump();
        let name = match self.binder(Code::P031, "a variable name") {
            Ok(name) => name,
            // `let = x 1`: the name is declared all the same.
            Err(super::Reported) if self.is_name_behind_sign() => {
                self.bump();
                self.binder(Code::P031, "a variable name")?
            }
            // `let = 1`: the value is read for its own mistakes.
            Err(super::Reported) if self.at(TokenKind::Eq) => {
                let span = self.span().at_start();
                self.bind(Ident { name: sym::MISSING, span })
            }
            Err(super::Reported) => return Err(super::Reported),
        };
        let value = self.binding_value();
        let (ty, value) = match value {
            Ok(parts) => parts,
            // The name is declared all the same, so that its uses are not wrong, too.
            Err(super::Reported) => {
                let place = self.span();
                self.skip_statement();
                self.broken.push(self.span_from(place));
                (None, Some(self.expr_node(ExprKind::Error, place)))
            }
        };
        Ok(Binding { name, ty: ty.map(Box::new), value })
    }

    /// Whether the name and the sign behind it are swapped.
    fn is_name_behind_sign(&self) -> bool {
        let sign = matches!(self.kind(), TokenKind::Eq | TokenKind::Colon);
        let name = self.name_at(1).is_some_and(|name| !sym::is_contextual(name)) && !self.tokens[self.pos + 1].starts_line;
        sign && name && matches!(self.peek(2), TokenKind::Name(_) | TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::Str(_))
            || self.at(TokenKind::Colon) && name
    }

    fn binding_value(&mut self) -> Parse<(Option<TypeExpr>, Option<Expr>)> {
        let ty = match self.type_annotation()? {
            None => self.type_without_colon()?,
            ty => ty,
        };
        self.binding_sign(ty.is_some())?;
        let value = match self.eat(TokenKind::Eq) {
            Some(eq) => Some(self.bound_value(eq)?),
            None => None,
        };
        Ok((ty, value))
    }

    #[inline(never)]
    fn return_stmt(&mut self) -> Parse<StmtKind> {
        self.bump();
        Ok(StmtKind::Return(if self.returns_nothing() { None } else { Some(self.expr()?) }))
    }

    /// Whether what follows `return` cannot be its value: the end of the block, or a word that only begins statements.
    fn returns_nothing(&self) -> bool {
        match self.kind() {
            TokenKind::CloseBrace | TokenKind::End => true,
            TokenKind::Let | TokenKind::Var | TokenKind::For | TokenKind::While | TokenKind::Break => true,
            TokenKind::Continue | TokenKind::Return | TokenKind::Type | TokenKind::Import => true,
            TokenKind::Export | TokenKind::Extern | TokenKind::Test | TokenKind::Expect | TokenKind::On => true,
            TokenKind::Emit | TokenKind::Agent | TokenKind::Stream | TokenKind::Fact | TokenKind::Rule => true,
            TokenKind::Fun => self.name_at(1).is_some(),
            TokenKind::Name(sym::BENCH) => matches!(self.peek(1), TokenKind::Str(_)),
            TokenKind::Name(sym::MODEL) => self.starts_model() && self.tokens[self.pos].starts_line,
            _ => false,
        }
    }

    #[inline(never)]
    fn if_stmt(&mut self) -> Parse<StmtKind> {
        let start = self.bump().span;
        let cond = self.condition()?;
        // With `then` it is a value, as in `if x > 0 then print(x) else print(-x)`.
        if self.at(TokenKind::Then) && !self.statement_after_then() {
            let kind = self.if_expr_with(cond)?;
            return Ok(StmtKind::Expr(self.expr_node(kind, start.to(self.last_span()))));
        }
        self.branches(cond)
    }

    /// What follows the condition of an `if`.
    pub(super) fn branches(&mut self, mut cond: Expr) -> Parse<StmtKind> {
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            branches.push(IfBranch { cond, body: self.block()? });
            if self.eat_elif() {
                self.bump();
            } else if self.eat(TokenKind::Else).is_none() && !self.misspelt_else() {
                break;
            } else if self.eat(TokenKind::If).is_none() && !self.else_without_if() {
                otherwise = Some(self.block()?);
                break;
            }
            cond = self.condition()?;
        }
        Ok(StmtKind::If(IfStmt { branches, otherwise }))
    }

    /// `if x > 0 then x = 1`, as other languages write it, whose braces are missing.
    fn statement_after_then(&self) -> bool {
        use TokenKind::{Break, Continue, For, Let, Name, Return, Var, While};
        match self.peek(1) {
            Let | Var | Return | Break | Continue | For | While => true,
            Name(_) => self.peek(2) == TokenKind::Eq,
            _ => false,
        }
    }

    #[inline(never)]
    fn while_stmt(&mut self) -> Parse<StmtKind> {
        self.bump();
        let cond = self.condition()?;
        Ok(StmtKind::While(While { cond, body: self.block()? }))
    }

    #[inline(never)]
    fn for_stmt(&mut self) -> Parse<StmtKind> {
        self.bump();
        if self.at(TokenKind::OpenBrace) {
            return self.endless_loop();
        }
        let paren = self.loop_in_parentheses();
        let name = self.binder(Code::P999, "a loop variable")?;
        let in_span = self.loop_in()?;
        let first = match self.missing_operand() {
            Some(missing) => missing,
            None => self.header_expr()?,
        };
        self.range_sign();
        let iter = match self.eat(TokenKind::DotDot) {
            Some(dots) => {
                let inclusive = self.inclusive_range(dots);
                let to = self.header_expr()?;
                if let Some(sign) = inclusive {
                    self.report_inclusive(sign, &to);
                }
                Iterable::Range { from: first, dots, to }
            }
            None => Iterable::Values(first),
        };
        if let Some(open) = paren {
            self.close_loop(open)?;
        }
        Ok(StmtKind::For(Box::new(For { name, in_span, iter, body: self.block()? })))
    }

    /// `fetch url into name (with options)?`, or an expression that begins with `fetch`.
    #[inline(never)]
    fn fetch_stmt(&mut self) -> Parse<StmtKind> {
        let keyword = self.span();
        let expr = self.expr()?;
        if self.eat_word(sym::INTO).is_none() {
            return Ok(StmtKind::Expr(expr));
        }
        let name = self.binder(Code::P999, "a variable")?;
        let options = self.options()?;
        match expr.kind {
            ExprKind::Fetch(fetch) if fetch.options.is_none() => {
                Ok(StmtKind::FetchInto(Box::new(FetchInto { keyword, url: fetch.url, name, options })))
            }
            _ => {
                let diagnostic = Diagnostic::error(Code::P999, expr.span, "`into` follows the address of a `fetch`")
                    .label("not just `fetch` and an address")
                    .help("write `fetch url into name with options`, or `let name = ...`");
                Err(self.report(diagnostic))
            }
        }
    }

    #[inline(never)]
    fn update(&mut self) -> Parse<StmtKind> {
        self.bump();
        let target = self.ident("a variable")?;
        let target_id = self.ids.expr();
        self.expect_word(sym::SET)?;
        let set = self.map_entries()?;
        let cond = match self.eat_word(sym::WHERE) {
            Some(_) => Some(self.expr()?),
            None => None,
        };
        Ok(StmtKind::Update(Box::new(Update { target, target_id, set, cond })))
    }

    #[inline(never)]
    fn emit(&mut self) -> Parse<StmtKind> {
        self.bump();
        let stream = self.ident("a stream name")?;
        Ok(StmtKind::Emit(Emit { stream, fields: self.field_inits()? }))
    }

    #[inline(never)]
    pub(super) fn on(&mut self) -> Parse<On> {
        self.bump();
        let stream = self.ident("a stream name")?;
        self.expect_word(sym::AS)?;
        let event = self.binder(Code::P999, "a variable for the event")?;
        Ok(On { stream, event, body: self.block()? })
    }

    #[inline(never)]
    pub(super) fn expr_or_assign(&mut self) -> Parse<StmtKind> {
        let expr = self.expr()?;
        match self.eat(TokenKind::Eq) {
            Some(eq_span) => self.assign(expr, eq_span).map(|assign| StmtKind::Assign(Box::new(assign))),
            None if matches!(expr.kind, ExprKind::Name(_)) && self.at(TokenKind::Colon) && self.peek(1) == TokenKind::Eq => {
                self.declaration_by_colon(expr)
            }
            None if self.at_compound_assignment() && is_place(&expr) => self.compound_assignment(expr),
            None if expr.as_name().is_some() && self.operand_on_line() => Err(self.call_without_parentheses(&expr)),
            None => Ok(StmtKind::Expr(expr)),
        }
    }

    /// After `target =`.
    #[inline(never)]
    fn assign(&mut self, mut target: Expr, eq_span: Span) -> Parse<Assign> {
        if !is_place(&target) {
            let diagnostic = Diagnostic::error(Code::P999, target.span, "this cannot be assigned to")
                .label("not a variable, an element or a field of one")
                .help("the left side of `=` is a name, like `x`, `xs[i]`, `m[k].f`; compare with `==`");
            self.report(diagnostic);
            target.kind = ExprKind::Error;
        }
        Ok(Assign { target, eq_span, value: self.expr()? })
    }

    /// Predicates of `fact`, `rule` and `query`.
    pub(super) fn pred(&mut self) -> Parse<Pred> {
        let name = self.ident("a predicate name")?;
        let open = self.expect(TokenKind::OpenParen)?;
        let (args, close) = self.list(open, TokenKind::CloseParen, Trailing::Refused, Self::term)?;
        Ok(Pred { name, args, span: name.span.to(close) })
    }

    fn term(&mut self) -> Parse<Term> {
        let span = self.span();
        let kind = match self.kind() {
            TokenKind::Name(name) => TermKind::Var(name),
            TokenKind::Int(index) => TermKind::Int(self.ints[index as usize]),
            TokenKind::Str(_) => match self.eat_string() {
                Some(text) => return Ok(Term { kind: TermKind::Str(text.value), span }),
                None => TermKind::Int(0),
            },
            _ => return Err(self.expected(Code::P999, "a logic variable, a string or an integer")),
        };
        self.bump();
        Ok(Term { kind, span })
    }
}

/// Whether an expression can stand left of `=`.
fn is_place(mut expr: &Expr) -> bool {
    loop {
        expr = match &expr.kind {
            ExprKind::Name(_) => return true,
            ExprKind::Index(index) if !index.optional => &index.object,
            ExprKind::Field(field) if !field.optional => &field.object,
            _ => return false,
        };
    }
}
