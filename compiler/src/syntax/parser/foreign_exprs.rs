//! Expressions as other languages write them: reported with the change that makes them right, then read as if it had been made.

use super::foreign::no_word;
use super::{Parse, Parser, Reported};
use crate::diagnostic::{Code, Diagnostic, Edit};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::symbol::{Symbol, sym};
use crate::syntax::token::{Token, TokenKind};

impl Parser<'_> {
    /// Whether the token `ahead` places after the next one is of this kind and touches the one before it.
    fn touches(&self, ahead: usize, kind: TokenKind) -> bool {
        match (self.tokens.get(self.pos + ahead - 1), self.tokens.get(self.pos + ahead)) {
            (Some(before), Some(token)) => token.kind == kind && before.span.end == token.span.start,
            _ => false,
        }
    }

    /// `+=` and the like, and `++` or `--` at the end of a line: no operators, but the statement knows them.
    pub(super) fn at_compound_assignment(&self) -> bool {
        let arithmetic =
            matches!(self.kind(), TokenKind::Plus | TokenKind::Minus | TokenKind::Star | TokenKind::Slash | TokenKind::Percent);
        arithmetic && self.touches(1, TokenKind::Eq) || self.at_step()
    }

    fn at_step(&self) -> bool {
        let twice = matches!(self.kind(), TokenKind::Plus | TokenKind::Minus) && self.touches(1, self.kind());
        let after = self.token_at(2);
        twice && (after.starts_line || matches!(after.kind, TokenKind::End | TokenKind::CloseBrace))
    }

    /// `x += 1`, `x++`, after `x`.
    #[inline(never)]
    pub(super) fn compound_assignment(&mut self, target: Expr) -> Parse<StmtKind> {
        let operator = self.token();
        let op = match operator.kind {
            TokenKind::Plus => BinaryOp::Add,
            TokenKind::Minus => BinaryOp::Sub,
            TokenKind::Star => BinaryOp::Mul,
            TokenKind::Slash => BinaryOp::Div,
            _ => BinaryOp::Rem,
        };
        let step = self.at_step();
        self.bump();
        let signs = operator.span.to(self.bump().span);
        let (place, sign) = (target.span.of(self.text), op.text());
        let written = signs.of(self.text);
        let what = if step { "1" } else { "..." };
        let diagnostic = Diagnostic::error(Code::P999, signs, format!("there is no `{written}` in Mochi"))
            .label("assigns and computes at once")
            .help(format!("write `{place} = {place} {sign} {what}`"));
        // The target is written twice, which is the same only where it calls nothing.
        let simple = matches!(target.kind, ExprKind::Name(_)) || !place.contains('(');
        let right = if step { None } else { Some(self.expr()) };
        let fixed = match &right {
            None => diagnostic.fix("write the assignment", signs, format!(" = {place} {sign} 1")),
            Some(Ok(value)) => {
                let mut edits = vec![Edit { span: signs, replacement: format!("= {place} {sign}") }];
                // `x -= a + b` is `x - (a + b)`.
                if matches!(value.kind, ExprKind::Binary(_)) {
                    edits.push(Edit { span: value.span.at_start(), replacement: "(".to_owned() });
                    edits.push(Edit { span: value.span.at_end(), replacement: ")".to_owned() });
                }
                diagnostic.fix_with("write the assignment", edits)
            }
            Some(Err(_)) => diagnostic,
        };
        let fixed = if simple { fixed } else { Diagnostic { fixes: Vec::new(), ..fixed } };
        self.report(fixed);
        let value = match right {
            Some(value) => value?,
            None => self.expr_node(ExprKind::Lit(Lit::Int(1)), signs),
        };
        let left = Expr { id: self.ids.expr(), kind: self.copy_of_place(&target), span: target.span };
        let kind = ExprKind::Binary(Box::new(Binary { op, op_span: signs, left, right: value }));
        let value = self.expr_node(kind, signs);
        Ok(StmtKind::Assign(Box::new(Assign { target, eq_span: signs, value })))
    }

    /// A variable again; what else can be assigned to is only looked at once.
    fn copy_of_place(&self, target: &Expr) -> ExprKind {
        match target.kind {
            ExprKind::Name(name) => ExprKind::Name(name),
            _ => ExprKind::Error,
        }
    }

    /// The third sign of `===`, `!==`, `&&&` and `|||`.
    #[inline(never)]
    pub(super) fn eat_third_sign(&mut self, op: BinaryOp, span: Span) {
        let third = match op {
            BinaryOp::Eq | BinaryOp::Ne => TokenKind::Eq,
            BinaryOp::Or => TokenKind::Bar,
            _ => return,
        };
        if !self.at(third) || self.span().start != span.end {
            return;
        }
        let excess = self.bump().span;
        let right = op.text();
        let diagnostic = Diagnostic::error(Code::P999, excess, format!("there is no `{}` in Mochi", span.to(excess).of(self.text)))
            .label("one sign too many")
            .help(format!("write `{right}`"))
            .fix(format!("write `{right}`"), excess, "");
        self.report(diagnostic);
    }

    /// `a and b`, `a or b`, `a is b`, on one line: two names beside each other are nothing else.
    #[inline(never)]
    pub(super) fn foreign_operator(&mut self, token: Token) -> Option<(BinaryOp, Span)> {
        let word = token.span.of(self.text);
        if word == "not" && self.peek(1) == TokenKind::In && !token.starts_line {
            let code = if self.in_header { Code::P001 } else { Code::P999 };
            let diagnostic = Diagnostic { code, ..no_word(word, token.span) }
                .label("taken as a name, which cannot stand between two operands")
                .help("write `!(a in b)`");
            self.report(diagnostic);
            self.bump();
            return Some((BinaryOp::In, self.bump().span));
        }
        if word == "is" && !token.starts_line && self.tokens[self.pos + 1].span.of(self.text) == "not" {
            self.bump();
            let code = if self.in_header { Code::P001 } else { Code::P999 };
            let place = token.span.to(self.bump().span);
            let diagnostic = Diagnostic::error(code, place, "there is no `is not` in Mochi")
                .label("these are names, which cannot stand between two operands")
                .help("write `!=`")
                .fix("write `!=`", place, "!=");
            self.report(diagnostic);
            return Some((BinaryOp::Ne, place));
        }
        let op = match word {
            "and" => BinaryOp::And,
            "or" => BinaryOp::Or,
            "is" | "eq" => BinaryOp::Eq,
            "mod" => BinaryOp::Rem,
            _ => return None,
        };
        let next = self.token_at(1);
        let operand = match next.kind {
            TokenKind::OpenParen => next.span.start > token.span.end,
            TokenKind::Name(name) => !sym::is_contextual(name),
            TokenKind::Bang | TokenKind::Minus | TokenKind::True | TokenKind::False | TokenKind::None => true,
            TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::Str(_) => true,
            _ => false,
        };
        if token.starts_line || next.starts_line || !operand {
            return None;
        }
        let code = if self.in_header { Code::P001 } else { Code::P999 };
        let right = op.text();
        let diagnostic = Diagnostic { code, ..no_word(word, token.span) }
            .label("taken as a name, which cannot stand between two operands")
            .help(format!("write `{right}`"))
            .fix(format!("write `{right}`"), token.span, right);
        self.report(diagnostic);
        self.bump();
        Some((op, token.span))
    }

    /// `not a` before an operand on its line.
    #[inline(never)]
    pub(super) fn foreign_not(&mut self) -> Option<(UnaryOp, Span)> {
        let token = self.token();
        let TokenKind::Name(name) = token.kind else { return None };
        if token.span.of(self.text) != "not" {
            return None;
        }
        let next = self.token_at(1);
        let operand = match next.kind {
            TokenKind::Name(name) => !sym::is_contextual(name),
            TokenKind::OpenParen => next.span.start > token.span.end,
            TokenKind::True | TokenKind::False => true,
            _ => false,
        };
        if next.starts_line || !operand || self.is_declared(name) {
            return None;
        }
        let blank = Span { end: next.span.start, ..token.span };
        let diagnostic = no_word("not", token.span).help("logical not is `!`").fix("write `!`", blank, "!");
        self.report(diagnostic);
        self.bump();
        Some((UnaryOp::Not, token.span))
    }

    /// `->` in a pattern, where the arm's sign is meant.
    pub(super) fn at_thin_arrow(&self) -> bool {
        self.in_pattern && self.at(TokenKind::Minus) && self.touches(1, TokenKind::Greater)
    }

    /// `<>`
    #[inline(never)]
    pub(super) fn unequal_sign(&mut self) -> Option<(BinaryOp, Span)> {
        if !self.at(TokenKind::Less) || !self.touches(1, TokenKind::Greater) {
            return None;
        }
        let span = self.bump().span;
        let sign = span.to(self.bump().span);
        let diagnostic = Diagnostic::error(Code::P999, sign, "there is no `<>` in Mochi")
            .label("no operator")
            .help("unequal is written `!=`")
            .fix("write `!=`", sign, "!=");
        self.report(diagnostic);
        Some((BinaryOp::Ne, sign))
    }

    /// `a !in b`; nothing goes on with `!` where an operand has ended, and no statement begins with `! in`.
    #[inline(never)]
    pub(super) fn not_in(&mut self) -> Option<(BinaryOp, Span)> {
        if self.peek(1) != TokenKind::In {
            return None;
        }
        let sign = self.bump().span;
        let span = sign.to(self.bump().span);
        let diagnostic = Diagnostic::error(Code::P999, span, "there is no `!in` in Mochi").label("no operator").help("write `!(a in b)`");
        self.report(diagnostic);
        Some((BinaryOp::In, span))
    }

    /// `id<int>(1)`, `id::<int>(1)`, after the name: types between signs that touch it, and a call right behind.
    #[inline(never)]
    pub(super) fn skip_type_arguments(&mut self, callee: &Expr) -> bool {
        let mut at = self.pos;
        if callee.as_name().is_none() || self.span().start != callee.span.end {
            return false;
        }
        if self.at(TokenKind::Colon) {
            if !self.touches(1, TokenKind::Colon) || !self.touches(2, TokenKind::Less) {
                return false;
            }
            at += 2;
        }
        let mut is_type = false;
        loop {
            let Some(token) = self.tokens.get(at + 1) else { return false };
            let word = token.span.of(self.text);
            match token.kind {
                TokenKind::Name(_) => {
                    is_type |= super::foreign::is_type_word(word) || word.len() == 1 && word.starts_with(|c: char| c.is_ascii_uppercase());
                }
                TokenKind::Comma | TokenKind::Less => {}
                TokenKind::Greater => break,
                _ => return false,
            }
            at += 1;
        }
        let (close, paren) = (self.tokens[at + 1], self.tokens[(at + 2).min(self.tokens.len() - 1)]);
        if !is_type || paren.kind != TokenKind::OpenParen || paren.span.start != close.span.end {
            return false;
        }
        let span = self.span().to(close.span);
        let diagnostic = Diagnostic::error(Code::P999, span, "a call has no type arguments")
            .label("remove this")
            .help(format!("the types of a call follow from its arguments: `{}(...)`", callee.span.of(self.text)))
            .fix("remove the types", span, "");
        self.report(diagnostic);
        self.pos = at + 2;
        true
    }

    /// `c ? a : b`, after `c`; nothing goes on with `?` where an expression has ended.
    #[inline(never)]
    pub(super) fn ternary(&mut self, cond: Expr) -> Parse<Expr> {
        let question = self.span();
        let diagnostic = Diagnostic::error(Code::P999, question, "there is no `? :` in Mochi")
            .label("a choice between two values")
            .help("write `if c then a else b`");
        let (before, here) = (self.diagnostics.len(), self.pos);
        self.bump();
        let parts = self.nested(|p| {
            let first = p.expr()?;
            let colon = p.expect(TokenKind::Colon)?;
            Ok((first, colon, p.expr()?))
        });
        let Ok((value, colon, otherwise)) = parts else {
            self.diagnostics.truncate(before);
            self.pos = here;
            return Err(self.report(diagnostic));
        };
        let edits = vec![
            Edit { span: cond.span.at_start(), replacement: "if ".to_owned() },
            Edit { span: question, replacement: "then".to_owned() },
            Edit { span: colon, replacement: "else".to_owned() },
        ];
        // In a larger expression the words would take what follows.
        self.report(diagnostic.fix_with("write it with `if`", edits));
        let span = cond.span.to(otherwise.span);
        let branches = vec![IfExprBranch { cond, value }];
        Ok(self.expr_node(ExprKind::If(Box::new(IfExpr { branches, otherwise: Some(otherwise) })), span))
    }

    /// `x => ...` after `x`, where no match arm can be.
    #[inline(never)]
    pub(super) fn bare_lambda(&mut self, name: Symbol, place: Span) -> Parse<Expr> {
        let edits = vec![
            Edit { span: place.at_start(), replacement: "fun(".to_owned() },
            Edit { span: place.at_end(), replacement: ")".to_owned() },
        ];
        self.foreign_lambda(place, vec![Ident { name, span: place }], edits)
    }

    /// At `=>`.
    #[inline(never)]
    fn foreign_lambda(&mut self, start: Span, names: Vec<Ident>, edits: Vec<Edit>) -> Parse<Expr> {
        let arrow = self.span();
        let diagnostic = Diagnostic::error(Code::P999, arrow, "expected an expression, found `=>`")
            .label("the function before this lacks its `fun`")
            .help("a function is written `fun(x) => ...`")
            .fix_with("write `fun`", edits);
        self.report(diagnostic);
        self.bump();
        let params = names.into_iter().map(|name| Param { name: self.bind(name), ty: None }).collect();
        let sig = Signature { type_params: Vec::new(), params, ret: None, effects: Vec::new() };
        let body = match self.kind() {
            TokenKind::OpenBrace if !self.starts_map() => Body::Block(self.block()?),
            _ => Body::Expr(self.expr()?),
        };
        let span = self.span_from(start);
        Ok(self.expr_node(ExprKind::Fun(Box::new(Lambda { sig, body })), span))
    }

    /// `(a, b) => ...`: the parentheses of an expression hold one expression, so names with commas can only be parameters.
    #[inline(never)]
    pub(super) fn lambda_in_parentheses(&mut self) -> Option<Parse<Expr>> {
        let open = self.span();
        let mut names = Vec::new();
        let mut at = self.pos + 1;
        loop {
            match self.tokens.get(at)?.kind {
                TokenKind::Name(name) => names.push(Ident { name, span: self.tokens[at].span }),
                TokenKind::CloseParen if names.is_empty() => break,
                _ => return None,
            }
            at += 1;
            match self.tokens.get(at)?.kind {
                TokenKind::Comma => at += 1,
                TokenKind::CloseParen => break,
                _ => return None,
            }
        }
        // One name in parentheses may be the pattern of a match arm.
        if self.tokens.get(at + 1)?.kind != TokenKind::Arrow || self.in_pattern && names.len() == 1 {
            return None;
        }
        self.pos = at + 1;
        let edits = vec![Edit { span: open.at_start(), replacement: "fun".to_owned() }];
        Some(self.foreign_lambda(open, names, edits))
    }

    /// `(1, 2)` after `1`.
    #[inline(never)]
    pub(super) fn tuple(&mut self, open: Span) -> Parse<()> {
        let comma = self.span();
        let help = match self.tokens[self.stmt_start].kind {
            TokenKind::Expect => "`expect` takes one condition and no message",
            _ => "there are no tuples; write a list, `[a, b]`, or a struct",
        };
        let diagnostic = Diagnostic::error(Code::P052, comma, "expected `)`, found `,`")
            .label("an expression in parentheses is one value")
            .note(open, "opened here")
            .help(help);
        self.report(diagnostic);
        while self.eat(TokenKind::Comma).is_some() && !self.at(TokenKind::CloseParen) {
            self.expr()?;
        }
        Ok(())
    }

    /// `f(x: 1)`, `f(x = 1)`, after `x`.
    #[inline(never)]
    pub(super) fn named_argument(&mut self, name: &Expr) -> Parse<Option<Expr>> {
        if !matches!(name.kind, ExprKind::Name(_)) || !matches!(self.kind(), TokenKind::Colon | TokenKind::Eq) {
            return Ok(None);
        }
        // On a line of its own, `name: value` is rather an entry of the map around a call that is not closed.
        let before = &self.text[..name.span.start as usize];
        if before[super::recover::line_start(before)..].trim().is_empty() {
            return Ok(None);
        }
        let sign = self.bump().span;
        let place = name.span.to(Span { end: self.span().start, ..sign });
        let diagnostic = Diagnostic::error(Code::P052, sign, format!("expected `,` or `)`, found `{}`", sign.of(self.text)))
            .label("arguments have no names")
            .help("arguments are given in the order of the parameters")
            .fix("remove the name", place, "");
        self.report(diagnostic);
        self.expr().map(Some)
    }

    /// `println!(...)`, after the name: `!` cannot stand between a name and its arguments.
    #[inline(never)]
    pub(super) fn macro_sign(&mut self, name: Span) {
        let call = self.touches(1, TokenKind::OpenParen) || self.touches(1, TokenKind::OpenBracket);
        if !self.at(TokenKind::Bang) || self.span().start != name.end || !call {
            return;
        }
        let span = self.bump().span;
        let word = name.of(self.text);
        let diagnostic = Diagnostic::error(Code::P999, span, "there are no macros in Mochi")
            .label("this sign cannot stand between a name and its arguments");
        self.report(match word {
            "println" => diagnostic.help("write `print(...)`").fix("write `print`", name.to(span), "print"),
            "vec" => diagnostic.help("a list is written `[1, 2, 3]`").fix("write a list", name.to(span), ""),
            _ => diagnostic.help(format!("call a function: `{word}(...)`")).fix("remove it", span, ""),
        });
    }

    /// `f"..."` and `r"..."`, after the letter: a name that touches a string.
    #[inline(never)]
    pub(super) fn prefixed_string(&mut self, prefix: Span) -> bool {
        let string = self.span();
        let one_letter = matches!(prefix.of(self.text), "f" | "r" | "b" | "u" | "s" | "c");
        if !matches!(self.kind(), TokenKind::Str(_)) || string.start != prefix.end || !one_letter {
            return false;
        }
        let diagnostic = Diagnostic::error(Code::P999, prefix, "strings have no prefix in Mochi").label("a letter before a string");
        let diagnostic = if string.of(self.text).contains('{') {
            diagnostic.help("nothing is filled in; join text with `+`: \"hello \" + name, and other values with `str(x)`")
        } else {
            diagnostic.help("remove it").fix("remove it", prefix, "")
        };
        self.report(diagnostic);
        true
    }

    /// `Shape::Circle`, after `Shape`: with capitals on both sides it is no slice.
    #[inline(never)]
    pub(super) fn path_of_variant(&mut self, object: &Expr) -> Option<Symbol> {
        let capital = |span: Span| span.of(self.text).starts_with(|c: char| c.is_ascii_uppercase());
        let name = self.tokens.get(self.pos + 2).copied()?;
        let TokenKind::Name(symbol) = name.kind else { return None };
        let is_path = self.at(TokenKind::Colon) && self.touches(1, TokenKind::Colon) && self.touches(2, name.kind);
        if !is_path || object.as_name().is_none() || !capital(object.span) || !capital(name.span) {
            return None;
        }
        let before = object.span.to(Span { end: name.span.start, ..object.span });
        let variant = name.span.of(self.text);
        let diagnostic = Diagnostic::error(Code::P999, self.span(), "there is no `::` in Mochi")
            .label("variants are named without their union")
            .help(format!("write `{variant}`"))
            .fix("remove the union's name", before, "");
        self.report(diagnostic);
        self.pos += 3;
        Some(symbol)
    }

    /// `..=`, after `..`.
    #[inline(never)]
    pub(super) fn inclusive_range(&mut self, dots: Span) -> Option<Span> {
        (self.at(TokenKind::Eq) && self.span().start == dots.end).then(|| self.bump().span)
    }

    #[inline(never)]
    pub(super) fn report_inclusive(&mut self, sign: Span, to: &Expr) {
        let edits = vec![Edit { span: sign, replacement: String::new() }, Edit { span: to.span.at_end(), replacement: " + 1".to_owned() }];
        let diagnostic = Diagnostic::error(Code::P999, sign, "there is no `..=` in Mochi")
            .label("a range ends before its right end")
            .help("write `a..b + 1` to include `b`")
            .fix_with("end one later", edits);
        self.report(diagnostic);
    }

    /// `print x`, after `print`: the rest of the line as its argument.
    #[inline(never)]
    pub(super) fn call_without_parentheses(&mut self, callee: &Expr) -> Reported {
        let name = callee.span.of(self.text);
        let place = self.span();
        let message = format!("{} follows the name `{name}`", self.describe(self.token()));
        let diagnostic = Diagnostic::error(Code::P999, place, message).label("nothing connects this with the name before it");
        if callee.as_name().is_some_and(sym::is_clause) {
            let help = "the clauses of a query have a fixed order: from, join, where, group by, sort by, skip, take, select";
            return self.report(diagnostic.help(help));
        }
        if let Some(help) = super::mistakes::word_help(name).or_else(|| super::mistakes::sql(name, place.of(self.text))) {
            return self.report(diagnostic.help(help));
        }
        let diagnostic = diagnostic.help(format!("a call has parentheses: `{name}(...)`"));
        let (before, here) = (self.diagnostics.len(), self.pos);
        let mut last = self.expr();
        while last.is_ok() && self.eat(TokenKind::Comma).is_some() {
            last = self.expr();
        }
        let ends = self.token().starts_line || self.at_end() || self.at(TokenKind::CloseBrace);
        self.diagnostics.truncate(before);
        let diagnostic = match last {
            Ok(last) if ends => diagnostic.fix_with(
                "add the parentheses",
                vec![
                    Edit { span: Span { start: callee.span.end, end: place.start, ..place }, replacement: "(".to_owned() },
                    Edit { span: last.span.at_end(), replacement: ")".to_owned() },
                ],
            ),
            _ => diagnostic,
        };
        self.pos = here;
        self.report(diagnostic)
    }
}
