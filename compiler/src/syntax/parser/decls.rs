//! Declarations: functions, types, imports, agents, streams, models, facts and rules.

use super::{Parse, Parser, Reported};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::limits;
use crate::syntax::symbol::sym;
use crate::syntax::token::{Token, TokenKind};

const LANGUAGES: [&str; 7] = ["go", "python", "typescript", "zig", "lua", "clj", "clojure"];

impl Parser<'_> {
    #[inline(never)]
    pub(super) fn fun_decl(&mut self) -> Parse<StmtKind> {
        let export = self.eat(TokenKind::Export).is_some();
        self.expect(TokenKind::Fun)?;
        self.function(export, "a function name").map(StmtKind::Fun)
    }

    /// After `fun` or `intent`.
    #[inline(never)]
    fn function(&mut self, export: bool, what: &str) -> Parse<Box<FunDecl>> {
        let name = self.binder(Code::P999, what)?;
        let sig = self.signature()?;
        Ok(Box::new(FunDecl { export, name, sig, body: self.block()? }))
    }

    #[inline(never)]
    pub(super) fn type_decl(&mut self) -> Parse<StmtKind> {
        self.bump();
        let name = self.ident("a type name")?;
        let params = self.span();
        let type_params = self.type_params()?;
        if !type_params.is_empty() {
            self.prelude_only(self.span_from(params), "type parameters of a type");
        }
        let eq = self.eat(TokenKind::Eq);
        // `type Point struct {`
        if eq.is_none() && self.peek(1) == TokenKind::OpenBrace && matches!(self.span().of(self.text), "struct" | "record" | "object") {
            let blank = Span { start: self.last_span().end, ..self.span() };
            let diagnostic = self.unexpected(Code::P001, "`{` or `=`").help("the fields follow the name").fix("remove the word", blank, "");
            self.report(diagnostic);
            self.bump();
        }
        // `type T = | A | B`
        let variant = self.name_at(1).is_some() && !self.tokens[self.pos + 1].starts_line;
        if let (Some(_), TokenKind::Bar, true) = (eq, self.kind(), variant) {
            let span = self.bump().span;
            let blank = Span { end: self.span().start, ..span };
            let diagnostic = Diagnostic::error(Code::P999, span, "expected a variant, found `|`")
                .label("stands between variants, not before the first")
                .help("remove it: `type Color = Red | Green`")
                .fix("remove it", blank, "");
            self.report(diagnostic);
        }
        let kind = if self.at(TokenKind::OpenBrace) {
            TypeDeclKind::Struct(self.braced("a field or a method", Self::member)?)
        } else if eq.is_none() {
            return Err(self.expected(Code::P001, "`{` or `=`"));
        } else if self.starts_variant() {
            TypeDeclKind::Union(self.variants()?)
        } else {
            TypeDeclKind::Alias(self.type_expr()?)
        };
        Ok(StmtKind::Type(Box::new(TypeDecl { name, type_params, kind })))
    }

    /// Items in braces with optional commas between them; a mistake costs its line.
    fn braced<T>(&mut self, what: &str, mut item: impl FnMut(&mut Self, &str) -> Parse<T>) -> Parse<Vec<T>> {
        let open = self.opening_brace()?;
        let mut items = Vec::new();
        while !self.at(TokenKind::CloseBrace) {
            if self.at_end() {
                return Err(self.close(TokenKind::CloseBrace, open, "`}`").err().unwrap_or(Reported));
            }
            items.push(item(self, what)?);
            self.eat(TokenKind::Comma);
        }
        self.bump();
        Ok(items)
    }

    fn member(&mut self, what: &str) -> Parse<Member> {
        if self.eat(TokenKind::Fun).is_some() {
            return self.function(false, "a method name").map(Member::Method);
        }
        self.plain_field(what).map(Member::Field)
    }

    fn plain_field(&mut self, what: &str) -> Parse<Field> {
        if !matches!(self.kind(), TokenKind::Name(_)) && !self.kind().is_keyword() {
            return Err(self.expected(Code::P999, what));
        }
        self.field()
    }

    /// Whether a variant stands here rather than a type: fields or `|` follow the name.
    fn starts_variant(&self) -> bool {
        self.name_at(0).is_some()
            && match self.peek(1) {
                TokenKind::Bar => true,
                TokenKind::OpenParen => self.peek(2) == TokenKind::CloseParen || self.peek(3) == TokenKind::Colon,
                TokenKind::OpenBrace => self.peek(2) == TokenKind::CloseBrace || self.peek(3) == TokenKind::Colon,
                _ => false,
            }
    }

    fn variants(&mut self) -> Parse<Vec<Variant>> {
        let mut variants = vec![self.variant()?];
        while self.eat(TokenKind::Bar).is_some() {
            variants.push(self.variant()?);
        }
        Ok(variants)
    }

    fn variant(&mut self) -> Parse<Variant> {
        let name = self.ident("a variant name")?;
        let fields = match self.kind() {
            TokenKind::OpenParen => {
                let open = self.bump().span;
                self.list(open, TokenKind::CloseParen, super::recover::Trailing::Allowed, Self::variant_field)?.0
            }
            TokenKind::OpenBrace => self.braced("a field", Self::plain_field)?,
            _ => Vec::new(),
        };
        Ok(Variant { name, fields, span: self.span_from(name.span) })
    }

    /// A field that is wrong is one all the same, so that the uses of the variant are not wrong, too.
    fn variant_field(&mut self) -> Parse<Field> {
        let start = self.pos;
        match self.field() {
            Ok(field) => Ok(field),
            Err(Reported) => {
                let name = match self.tokens[start].kind {
                    TokenKind::Name(name) => Ident { name, span: self.tokens[start].span },
                    _ => Ident { name: sym::MISSING, span: self.tokens[start].span.at_start() },
                };
                self.skip_in_list(TokenKind::CloseParen, start)?;
                Ok(Field { name, ty: TypeExpr { kind: TypeExprKind::Error, span: name.span.at_end() } })
            }
        }
    }

    #[inline(never)]
    pub(super) fn import(&mut self) -> Parse<StmtKind> {
        self.bump();
        let mut lang = None;
        if let TokenKind::Name(name) = self.kind() {
            let span = self.bump().span;
            lang = Some(Ident { name, span });
            if matches!(self.kind(), TokenKind::Str(_)) {
                self.check_language(span);
            }
        }
        let path = self.string("a path in quotes")?;
        let mut alias = None;
        if self.at_word(sym::AS) && self.name_at(1).is_some() {
            self.bump();
            alias = Some(self.ident("a name for the import")?);
        }
        let auto = self.peek(1) != TokenKind::Eq && self.eat_word(sym::AUTO).is_some();
        let import = Import { lang, path, alias, auto };
        self.imports.push(import.clone());
        Ok(StmtKind::Import(import))
    }

    fn check_language(&mut self, span: Span) {
        let language = span.of(self.text);
        if !LANGUAGES.contains(&language) {
            let diagnostic = Diagnostic::error(Code::P064, span, format!("unknown import language `{language}`"))
                .label("no such language")
                .help(format!("the languages are {}; without one, `import \"path\"` loads a Mochi package", LANGUAGES.join(", ")));
            self.report(diagnostic);
        }
    }

    #[inline(never)]
    pub(super) fn external(&mut self) -> Parse<StmtKind> {
        self.bump();
        let external = match self.kind() {
            TokenKind::Type => {
                self.bump();
                Extern::Type(self.ident("a type name")?)
            }
            TokenKind::Var => {
                self.bump();
                Extern::Var(self.extern_var()?)
            }
            TokenKind::Let => {
                self.bump();
                Extern::Let(self.extern_var()?)
            }
            TokenKind::Fun => {
                self.bump();
                Extern::Fun(self.extern_fun()?)
            }
            TokenKind::Name(sym::OBJECT) => {
                self.bump();
                Extern::Object(self.binder(Code::P999, "a name")?)
            }
            _ => return Err(self.expected(Code::P999, "`type`, `var`, `let`, `fun` or `object`")),
        };
        Ok(StmtKind::Extern(Box::new(external)))
    }

    fn extern_var(&mut self) -> Parse<ExternVar> {
        let path = self.dotted()?;
        self.expect(TokenKind::Colon)?;
        Ok(ExternVar { path, binder: self.ids.binder(), ty: self.type_expr()? })
    }

    fn extern_fun(&mut self) -> Parse<ExternFun> {
        let path = self.dotted()?;
        let params = self.span();
        let sig = self.signature()?;
        if !sig.type_params.is_empty() {
            self.prelude_only(params, "type parameters of an `extern fun`");
        }
        let mut target = None;
        if let Some(eq) = self.eat(TokenKind::Eq) {
            target = Some(self.string("the operation in quotes")?);
            self.prelude_only(self.span_from(eq), "bindings to an operation");
        }
        Ok(ExternFun { path, binder: self.ids.binder(), sig, target })
    }

    fn dotted(&mut self) -> Parse<Vec<Ident>> {
        let mut path = vec![self.ident("a name")?];
        while self.eat(TokenKind::Dot).is_some() {
            path.push(self.ident("a name")?);
        }
        Ok(path)
    }

    #[inline(never)]
    pub(super) fn agent(&mut self) -> Parse<StmtKind> {
        self.bump();
        let name = self.ident("an agent name")?;
        let members = self.braced("`let`, `var`, `on`, `intent` or an assignment", Self::agent_member)?;
        Ok(StmtKind::Agent(Agent { name, members }))
    }

    fn agent_member(&mut self, what: &str) -> Parse<AgentMember> {
        match self.kind() {
            TokenKind::Let => self.binding().map(AgentMember::Let),
            TokenKind::Var => self.binding().map(AgentMember::Var),
            TokenKind::On => self.on().map(AgentMember::On),
            TokenKind::Intent => {
                self.bump();
                self.function(false, "an intent name").map(AgentMember::Intent)
            }
            TokenKind::Name(_) => match self.expr_or_assign()? {
                StmtKind::Assign(assign) => Ok(AgentMember::Assign(assign)),
                _ => Err(self.expected(Code::P999, "`=`")),
            },
            TokenKind::Fun => {
                let diagnostic = Diagnostic::error(Code::P999, self.span(), "an agent has no `fun`")
                    .label("not a member of an agent")
                    .help("write `intent name(...) { ... }`, or declare the function outside");
                Err(self.report(diagnostic))
            }
            _ => Err(self.expected(Code::P999, what)),
        }
    }

    #[inline(never)]
    pub(super) fn stream(&mut self) -> Parse<StmtKind> {
        self.bump();
        let name = self.ident("a stream name")?;
        let fields = self.braced("a field", Self::plain_field)?;
        Ok(StmtKind::Stream(Stream { name, fields }))
    }

    #[inline(never)]
    pub(super) fn model(&mut self) -> Parse<StmtKind> {
        self.bump();
        let name = self.ident("a model name")?;
        let fields = self.braced("a setting", |p, _| p.field_init())?;
        Ok(StmtKind::Model(Model { name, fields }))
    }

    #[inline(never)]
    pub(super) fn fact(&mut self) -> Parse<StmtKind> {
        self.bump();
        self.pred().map(StmtKind::Fact)
    }

    /// `rule head :- cond, ...`; only here are `:` and `-` an arrow.
    #[inline(never)]
    pub(super) fn rule(&mut self) -> Parse<StmtKind> {
        self.bump();
        let head = self.pred()?;
        let next = self.tokens.get(self.pos + 1).map(|token| (token.kind, token.span.start));
        if !self.at(TokenKind::Colon) || next != Some((TokenKind::Minus, self.span().end)) {
            return Err(self.expected(Code::P999, "`:-`"));
        }
        self.bump();
        self.bump();
        let mut body = vec![self.cond()?];
        while self.eat(TokenKind::Comma).is_some() || self.is_condition_without_comma() {
            body.push(self.cond()?);
            if body.len() > limits::DEPTH as usize {
                return Err(self.too_deep("conditions in one rule", limits::DEPTH));
            }
        }
        Ok(StmtKind::Rule(Rule { head, body }))
    }

    /// Another predicate of the program on the same line.
    #[inline(never)]
    fn is_condition_without_comma(&mut self) -> bool {
        let Some(name) = self.name_at(0).filter(|_| self.peek(1) == TokenKind::OpenParen && !self.token().starts_line) else {
            return false;
        };
        let declares = |pair: &[Token]| matches!(pair[0].kind, TokenKind::Fact | TokenKind::Rule) && pair[1].kind == TokenKind::Name(name);
        if !self.tokens.windows(2).any(declares) {
            return false;
        }
        let place = self.last_span().at_end();
        let diagnostic = self
            .unexpected(Code::P999, "`,`")
            .note(place, "is a comma missing here?")
            .help("conditions are separated by commas")
            .fix("add the comma", place, ",");
        self.report(diagnostic);
        true
    }

    fn cond(&mut self) -> Parse<Cond> {
        if self.peek(1) == TokenKind::NotEq {
            let left = self.ident("a logic variable")?;
            self.bump();
            return Ok(Cond::NotEqual(left, self.ident("a logic variable")?));
        }
        self.pred().map(Cond::Pred)
    }
}
