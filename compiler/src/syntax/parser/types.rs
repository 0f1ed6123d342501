//! Types.

use super::recover::Trailing;
use super::{Parse, Parser};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::symbol::{Symbol, sym};
use crate::syntax::token::{Token, TokenKind};

impl Parser<'_> {
    /// A type where nothing but a type can stand.
    pub(super) fn type_expr(&mut self) -> Parse<TypeExpr> {
        self.nested(|p| p.type_with(true))
    }

    /// The type of a cast, after which `<` may be a comparison.
    pub(super) fn cast_type(&mut self) -> Parse<TypeExpr> {
        self.nested(|p| {
            let generic = p.type_arguments_follow();
            p.type_with(generic)
        })
    }

    fn type_with(&mut self, generic: bool) -> Parse<TypeExpr> {
        let start = self.span();
        let kind = match self.kind() {
            TokenKind::Fun => self.fun_type()?,
            TokenKind::OpenBrace => {
                let open = self.bump().span;
                let (fields, _) = self.list(open, TokenKind::CloseBrace, Trailing::Allowed, Self::field)?;
                TypeExprKind::Record(fields)
            }
            TokenKind::Name(name) => {
                let span = self.bump().span;
                let open = if generic { self.eat(TokenKind::Less) } else { None };
                match open {
                    Some(open) => {
                        let args = self.type_arguments(open)?;
                        TypeExprKind::Generic { name: Ident { name, span }, args }
                    }
                    None => TypeExprKind::Name(name),
                }
            }
            TokenKind::OpenBracket => self.bracketed_type()?,
            _ => return Err(self.expected(Code::P999, "a type")),
        };
        let kind = self.type_before_brackets(start, kind);
        let mut ty = TypeExpr { kind, span: self.span_from(start) };
        if self.eat(TokenKind::Question).is_some() {
            ty = TypeExpr { kind: TypeExprKind::Optional(Box::new(ty)), span: self.span_from(start) };
        }
        Ok(ty)
    }

    /// `[]int` and `[int]`, which other languages write.
    #[inline(never)]
    fn bracketed_type(&mut self) -> Parse<TypeExprKind> {
        let open = self.bump().span;
        let empty = self.eat(TokenKind::CloseBracket).is_some();
        let element = self.type_expr()?;
        let close = if empty { element.span } else { self.close(TokenKind::CloseBracket, open, "`]`")? };
        let text = element.span.of(self.text);
        let span = open.to(close);
        let diagnostic = Diagnostic::error(Code::P999, open, "expected a type, found `[`")
            .label("brackets make no type")
            .help(format!("a list type is written `list<{text}>`"))
            .fix("write a list type", span, format!("list<{text}>"));
        self.report(diagnostic);
        Ok(TypeExprKind::Generic { name: Ident { name: sym::LIST, span }, args: vec![element] })
    }

    /// `int[]`, after `int`.
    #[inline(never)]
    fn type_before_brackets(&mut self, start: Span, kind: TypeExprKind) -> TypeExprKind {
        if !self.at(TokenKind::OpenBracket) || self.span().start != self.last_span().end {
            return kind;
        }
        if self.peek(1) != TokenKind::CloseBracket {
            return self.arguments_in_brackets(start, kind);
        }
        let element = TypeExpr { kind, span: self.span_from(start) };
        let text = element.span.of(self.text);
        let brackets = self.bump().span;
        let span = start.to(self.bump().span);
        let diagnostic = Diagnostic::error(Code::P999, brackets, "brackets make no type")
            .label("not part of a type")
            .help(format!("a list type is written `list<{text}>`"))
            .fix("write a list type", span, format!("list<{text}>"));
        self.report(diagnostic);
        TypeExprKind::Generic { name: Ident { name: sym::LIST, span }, args: vec![element] }
    }

    /// `list[int]`, `map[string, int]` and `map[string]int`, after the name.
    #[inline(never)]
    fn arguments_in_brackets(&mut self, start: Span, kind: TypeExprKind) -> TypeExprKind {
        let TypeExprKind::Name(name) = kind else { return kind };
        let name = Ident { name, span: start };
        let open = self.bump().span;
        let Ok((mut args, close)) = self.list(open, TokenKind::CloseBracket, Trailing::Refused, Self::type_expr) else { return kind };
        let value_follows = matches!(self.kind(), TokenKind::Name(_) | TokenKind::OpenBracket) && self.span().start == close.end;
        if args.len() == 1 && start.of(self.text) == "map" && value_follows {
            args.extend(self.type_expr().ok());
        }
        let texts: Vec<&str> = args.iter().map(|arg| arg.span.of(self.text)).collect();
        let right = format!("{}<{}>", start.of(self.text), texts.join(", "));
        let diagnostic = Diagnostic::error(Code::P999, open, "types in brackets")
            .label("not part of a type")
            .help(format!("the types that a type is made of stand between `<` and `>`: `{right}`"))
            .fix(format!("write `{right}`"), self.span_from(start), right);
        self.report(diagnostic);
        TypeExprKind::Generic { name, args }
    }

    fn fun_type(&mut self) -> Parse<TypeExprKind> {
        self.bump();
        let open = self.expect(TokenKind::OpenParen)?;
        let (params, _) = self.list(open, TokenKind::CloseParen, Trailing::Refused, Self::type_expr)?;
        let ret = match self.eat(TokenKind::Colon) {
            Some(_) => Some(Box::new(self.type_expr()?)),
            None => None,
        };
        Ok(TypeExprKind::Fun { params, ret })
    }

    fn type_arguments(&mut self, open: Span) -> Parse<Vec<TypeExpr>> {
        let mut args = Vec::new();
        loop {
            args.push(self.type_expr()?);
            if self.eat(TokenKind::Comma).is_none() {
                break;
            }
        }
        self.split_greater();
        if matches!(self.kind(), TokenKind::Eq | TokenKind::CloseParen | TokenKind::OpenBrace) {
            let diagnostic = self.unexpected(Code::P999, "`,` or `>`").note(open, "opened here").help("add the missing `>`").fix(
                "add the missing `>`",
                self.last_span().at_end(),
                ">",
            );
            self.report(diagnostic);
            return Ok(args);
        }
        self.close(TokenKind::Greater, open, "`,` or `>`")?;
        Ok(args)
    }

    /// Makes `>` and `=` of a `>=` that stands where a type argument list ends.
    fn split_greater(&mut self) {
        let token = self.token();
        if token.kind == TokenKind::GreaterEq {
            let middle = token.span.start + 1;
            self.tokens[self.pos] = Token { kind: TokenKind::Greater, span: Span { end: middle, ..token.span }, ..token };
            let rest = Token { kind: TokenKind::Eq, span: Span { start: middle, ..token.span }, starts_line: false };
            self.tokens.insert(self.pos + 1, rest);
        }
    }

    /// Whether the name here is followed by `<`, types and `>`: `x as list<int>` and not `x as int < y`.
    fn type_arguments_follow(&self) -> bool {
        let scalar =
            |name: Symbol| [sym::INT, sym::INT64, sym::FLOAT, sym::BIGINT, sym::BIGRAT, sym::STRING, sym::BOOL, sym::ANY].contains(&name);
        if self.peek(1) != TokenKind::Less || self.name_at(0).is_some_and(scalar) {
            return false;
        }
        let mut open = 0;
        for token in &self.tokens[self.pos + 1..] {
            match token.kind {
                TokenKind::Less => open += 1,
                TokenKind::Greater | TokenKind::GreaterEq => open -= 1,
                TokenKind::Name(_) | TokenKind::Comma | TokenKind::Question | TokenKind::Colon | TokenKind::Fun => {}
                TokenKind::OpenBrace | TokenKind::CloseBrace | TokenKind::OpenParen | TokenKind::CloseParen => {}
                _ => return false,
            }
            if open == 0 {
                return true;
            }
        }
        false
    }

    /// `name: type`
    pub(super) fn field(&mut self) -> Parse<Field> {
        let name = self.ident("a field name")?;
        if matches!(self.kind(), TokenKind::Name(_)) && !self.token().starts_line {
            let diagnostic = self.unexpected(Code::P999, "`:`").help("the type of a field follows a colon: `x: int`").fix(
                "add the colon",
                self.last_span().at_end(),
                ":",
            );
            self.report(diagnostic);
        } else {
            self.expect(TokenKind::Colon)?;
        }
        Ok(Field { name, ty: self.type_expr()? })
    }

    /// `(: type)?`
    pub(super) fn type_annotation(&mut self) -> Parse<Option<TypeExpr>> {
        match self.eat(TokenKind::Colon) {
            Some(_) => self.type_expr().map(Some),
            None => Ok(None),
        }
    }

    /// `<T, U>`, or nothing.
    pub(super) fn type_params(&mut self) -> Parse<Vec<Ident>> {
        let mut params = Vec::new();
        let Some(open) = self.eat(TokenKind::Less) else { return Ok(params) };
        loop {
            params.push(self.ident("a type parameter")?);
            if self.eat(TokenKind::Comma).is_none() {
                break;
            }
        }
        self.close(TokenKind::Greater, open, "`,` or `>`")?;
        Ok(params)
    }

    /// `: type`, or, reported, a type without its colon; a default value is reported and dropped.
    #[inline(never)]
    fn parameter_type(&mut self) -> Parse<Option<TypeExpr>> {
        let ty = match self.type_annotation()? {
            None if matches!(self.kind(), TokenKind::Name(_)) && !self.token().starts_line => {
                let diagnostic = self.unexpected(Code::P052, "`,` or `)`").help("the type of a parameter follows a colon: `x: int`").fix(
                    "add the colon",
                    self.last_span().at_end(),
                    ":",
                );
                self.report(diagnostic);
                Some(self.type_expr()?)
            }
            ty => ty,
        };
        if self.at(TokenKind::Eq) {
            let reported = self.expected(Code::P052, "`,` or `)`");
            self.bump();
            self.expr().map_err(|_| reported)?;
        }
        Ok(ty)
    }

    /// `: type`, or, reported, `-> type` and a type right before the body.
    #[inline(never)]
    fn result_type(&mut self) -> Parse<Option<TypeExpr>> {
        let arrow = self.at(TokenKind::Minus) && self.peek(1) == TokenKind::Greater;
        let bare = matches!(self.kind(), TokenKind::Name(_)) && self.peek(1) == TokenKind::OpenBrace && !self.token().starts_line;
        // A colon at the end of the line stands for the brace of a block; see `block_after_colon`.
        let next = self.token_at(1);
        if self.at(TokenKind::Colon) && next.starts_line && next.kind.is_keyword() && next.kind != TokenKind::Fun {
            return Ok(None);
        }
        // `fun f(): {`: a body without `name:` behind its brace is no record type.
        if self.at(TokenKind::Colon)
            && next.kind == TokenKind::OpenBrace
            && self.peek(2) != TokenKind::CloseBrace
            && self.peek(3) != TokenKind::Colon
        {
            self.bump();
            let diagnostic = self.unexpected(Code::P999, "a type").help("write the type of the result, or remove the colon");
            self.report(diagnostic);
            return Ok(None);
        }
        if !arrow && !bare {
            return self.type_annotation();
        }
        let place = Span { start: self.last_span().end, ..if bare { self.span().at_start() } else { self.tokens[self.pos + 1].span } };
        let replacement = if bare { ": " } else { ":" };
        let diagnostic = self.unexpected(Code::P001, "`{`").help("a result type follows a colon: `fun f(x: int): int { ... }`").fix(
            "write a colon",
            place,
            replacement,
        );
        self.report(diagnostic);
        if arrow {
            self.bump();
            self.bump();
        }
        self.type_expr().map(Some)
    }

    /// `fun f {`
    #[inline(never)]
    fn signature_without_parameters(&mut self, type_params: Vec<Ident>) -> Signature {
        let place = self.last_span().at_end();
        let diagnostic = self.unexpected(Code::P052, "`(`").help("a function has a list of parameters: `fun f() { ... }`").fix(
            "add an empty list",
            place,
            "()",
        );
        self.report(diagnostic);
        Signature { type_params, params: Vec::new(), ret: None, effects: Vec::new() }
    }

    /// `<T>(params): type ! effects`
    pub(super) fn signature(&mut self) -> Parse<Signature> {
        let type_params = self.type_params()?;
        if self.at(TokenKind::OpenBrace) {
            return Ok(self.signature_without_parameters(type_params));
        }
        let open = self.expect(TokenKind::OpenParen)?;
        let (params, _) = self.list(open, TokenKind::CloseParen, Trailing::Refused, |p| {
            // A parameter that is wrong is one all the same, so that the calls are not wrong, too.
            let start = p.pos;
            let name = match p.binder(Code::P999, "a parameter name") {
                Ok(name) => name,
                // `:name int`
                Err(super::Reported) if p.at(TokenKind::Colon) && p.name_at(1).is_some() && p.name_at(2).is_some() => {
                    p.bump();
                    let name = p.binder(Code::P999, "a parameter name")?;
                    return Ok(Param { name, ty: Some(p.type_expr()?) });
                }
                Err(super::Reported) => {
                    match p.kind() {
                        TokenKind::Colon | TokenKind::Comma | TokenKind::CloseParen => {}
                        kind if kind.is_keyword() => drop(p.bump()),
                        _ => return Err(super::Reported),
                    }
                    let span = p.last_span().at_end();
                    p.bind(Ident { name: sym::MISSING, span })
                }
            };
            let ty = match p.parameter_type() {
                Ok(ty) => ty,
                Err(super::Reported) => {
                    p.skip_in_list(TokenKind::CloseParen, start)?;
                    None
                }
            };
            Ok(Param { name, ty })
        })?;
        let ret = self.result_type()?;
        let mut effects = Vec::new();
        if self.eat(TokenKind::Bang).is_some() {
            effects.push(self.ident("an effect")?);
            while self.eat(TokenKind::Comma).is_some() {
                effects.push(self.ident("an effect")?);
            }
        }
        Ok(Signature { type_params, params, ret, effects })
    }
}
