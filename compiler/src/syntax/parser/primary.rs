//! Expressions that begin with their own token: literals, names, collections, `if`, `match`, `fun` and
//! the ones that read and write.
//!
//! Each form is kept out of line, so that a level of nesting costs the stack of its own form and not of all.

use super::mistakes::word_help;
use super::recover::Trailing;
use super::{Parse, Parser};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::symbol::{Symbol, sym};
use crate::syntax::token::TokenKind;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parse<Expr> {
        let start = self.span();
        if let Some(lit) = self.eat_literal() {
            return Ok(self.expr_node(ExprKind::Lit(lit), start));
        }
        let kind = match self.kind() {
            TokenKind::Name(_) if self.is_entry_without_brace() => ExprKind::Map(self.map_entries()?.into()),
            TokenKind::Name(name) => self.name_or_word_form(name)?,
            TokenKind::OpenBracket => {
                self.bump();
                self.list_literal(start)?
            }
            TokenKind::OpenBrace => ExprKind::Map(self.map_entries()?.into()),
            TokenKind::OpenParen => match self.lambda_in_parentheses() {
                Some(lambda) => return lambda,
                None => self.paren()?,
            },
            TokenKind::If => self.if_expr()?,
            TokenKind::Match => self.match_expr()?,
            TokenKind::Fun => self.lambda()?,
            TokenKind::Generate => self.generate()?,
            TokenKind::Fetch => self.fetch()?,
            TokenKind::Load => self.load()?,
            TokenKind::Save => self.save()?,
            TokenKind::CloseBrace if let Some(map) = self.map_without_brace() => return Ok(map),
            kind if kind.is_closer() && self.pos == self.stmt_start => {
                let message = format!("unmatched {}", self.describe(self.token()));
                let diagnostic = Diagnostic::error(Code::P999, start, message)
                    .label("closes nothing")
                    .help("remove it, or add the bracket that it closes");
                return Err(self.report(diagnostic));
            }
            _ => return Err(self.expected(Code::P999, "an expression")),
        };
        let span = self.span_from(start);
        Ok(self.expr_node(kind, span))
    }

    #[inline(never)]
    fn list_literal(&mut self, open: Span) -> Parse<ExprKind> {
        let (items, _) = self.with_header(false, |p| p.list(open, TokenKind::CloseBracket, Trailing::Allowed, Self::expr))?;
        Ok(ExprKind::List(items.into()))
    }

    /// A literal, where one stands here.
    fn eat_literal(&mut self) -> Option<Lit> {
        let lit = match self.kind() {
            TokenKind::Int(index) => Lit::Int(self.ints[index as usize]),
            TokenKind::Float(index) => Lit::Float(self.floats[index as usize]),
            TokenKind::Str(_) => return self.eat_string().map(|text| Lit::Str(text.value)),
            TokenKind::True => Lit::Bool(true),
            TokenKind::False => Lit::Bool(false),
            TokenKind::None => Lit::None,
            _ => return None,
        };
        self.bump();
        Some(lit)
    }

    fn name_or_word_form(&mut self, name: Symbol) -> Parse<ExprKind> {
        if name == sym::FROM && self.is_query_without_variable() {
            return self.query();
        }
        if name == sym::FROM && self.name_at(1).is_some() && (self.peek(2) == TokenKind::In || self.is_query_without_in()) {
            return self.query();
        }
        if self.is_misspelt_query() {
            self.misspelt_query();
            return self.query();
        }
        if name == sym::QUERY && self.name_at(1).is_some() && self.peek(2) == TokenKind::OpenParen {
            // On another line it would rather be the next statement after a variable called `query`.
            if !self.tokens[self.pos + 1].starts_line {
                self.bump();
                return Ok(ExprKind::Logic(Box::new(self.pred()?)));
            }
        }
        if self.starts_struct() {
            return self.struct_literal();
        }
        if self.is_struct_without_brace() {
            return self.struct_literal();
        }
        let span = self.bump().span;
        if self.prefixed_string(span) {
            return self.primary().map(|string| string.kind);
        }
        if self.refuse_foreign_word(name, span)? {
            return self.primary().map(|value| value.kind);
        }
        self.macro_sign(span);
        Ok(ExprKind::Name(name))
    }

    /// `from in x xs` and `from in xs where`: behind the operand of an `in` that asks for membership, and that a variable
    /// called `from` may stand before, no name follows on the line and no clause begins.
    fn is_query_without_variable(&self) -> bool {
        if self.peek(1) != TokenKind::In || self.tokens[self.pos + 1].starts_line {
            return false;
        }
        let TokenKind::Name(word) = self.peek(3) else { return false };
        let clause = sym::is_clause(word) && matches!(self.peek(4), TokenKind::Name(_) | TokenKind::Int(_) | TokenKind::Str(_));
        let operator = matches!(word, sym::AS | sym::UNION | sym::EXCEPT | sym::INTERSECT);
        clause || (!operator && !self.tokens[self.pos + 3].starts_line)
    }

    /// `from x xs`; not what may follow a variable called `from`: a clause, `into`, `as` or a set operator.
    fn is_query_without_in(&self) -> bool {
        if self.name_at(1).is_none_or(sym::is_contextual) {
            return false;
        }
        let next = self.token_at(2);
        !self.tokens[self.pos + 1].starts_line && !next.starts_line && matches!(next.kind, TokenKind::Name(_))
    }

    /// `fro x in xs`: a name, another one and `in`, all on one line, which nothing else begins with.
    fn is_misspelt_query(&self) -> bool {
        let next = self.peek(1);
        matches!(next, TokenKind::Name(word) if !sym::is_contextual(word))
            && self.peek(2) == TokenKind::In
            && !self.tokens[self.pos + 1].starts_line
            && !self.tokens[self.pos + 2].starts_line
    }

    #[inline(never)]
    fn misspelt_query(&mut self) {
        let span = self.span();
        let word = span.of(self.text);
        let diagnostic = Diagnostic::error(Code::P999, span, format!("expected `from`, found `{word}`"))
            .label("a name and `in` follow, so this must be a query")
            .help("a query begins with `from`: `from x in xs select x`")
            .fix("write `from`", span, "from");
        self.report(diagnostic);
    }

    /// `name {` begins a struct literal only before `}` or `name :`; in a statement's head, `name {}` only before what no statement begins with.
    fn starts_struct(&self) -> bool {
        if self.peek(1) != TokenKind::OpenBrace {
            return false;
        }
        match self.peek(2) {
            // `name {:` has a brace and a field's name that changed places, or lacks the name.
            TokenKind::CloseBrace => !self.in_header || goes_on_after_literal(self.peek(3)),
            TokenKind::Colon => !self.in_header,
            TokenKind::Name(_) => self.peek(3) == TokenKind::Colon && self.peek(4) != TokenKind::Colon,
            _ => false,
        }
    }

    /// Explains `def f(...)`, `not x` and the like: a word of other languages that an operand follows on its line. True after a `new`
    /// that is reported and left out.
    #[inline(never)]
    fn refuse_foreign_word(&mut self, name: Symbol, span: Span) -> Parse<bool> {
        let word = span.of(self.text);
        // `select * from xs`
        let star = self.at(TokenKind::Star) && self.peek(1) == TokenKind::Name(sym::FROM) && word == "select";
        let help = if self.operand_on_line() || star { word_help(word) } else { None };
        let Some(help) = help else { return Ok(false) };
        if self.is_declared(name) {
            return Ok(false);
        }
        let diagnostic = super::foreign::no_word(word, span).help(help);
        if word == "new" {
            // What follows is read as if the word were not there.
            let blank = Span { end: self.span().start, ..span };
            self.report(diagnostic.fix("remove it", blank, ""));
            return Ok(true);
        }
        Err(self.report(diagnostic))
    }

    /// Whether a name or a literal begins here on the line of the token before it.
    pub(super) fn operand_on_line(&self) -> bool {
        let next = self.token();
        let operand = match next.kind {
            // A word like `where` may go on with what is around the name.
            TokenKind::Name(name) => !sym::is_contextual(name),
            TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::Str(_) => true,
            TokenKind::True | TokenKind::False | TokenKind::None => true,
            _ => false,
        };
        operand && !next.starts_line
    }

    #[inline(never)]
    fn struct_literal(&mut self) -> Parse<ExprKind> {
        let name = self.ident("a type name")?;
        let fields = self.field_inits()?;
        Ok(ExprKind::Struct(Box::new(StructLit { name, fields })))
    }

    /// `{ name: value, ... }`
    #[inline(never)]
    pub(super) fn field_inits(&mut self) -> Parse<Vec<FieldInit>> {
        let open = self.opening_brace()?;
        let (fields, _) = self.with_header(false, |p| p.list(open, TokenKind::CloseBrace, Trailing::Allowed, Self::field_init))?;
        Ok(fields)
    }

    pub(super) fn field_init(&mut self) -> Parse<FieldInit> {
        let name = self.ident("a field name")?;
        self.expect(TokenKind::Colon)?;
        Ok(FieldInit { name, value: self.expr()? })
    }

    /// `{ key: value, ... }`
    #[inline(never)]
    pub(super) fn map_entries(&mut self) -> Parse<Vec<MapEntry>> {
        let open = self.opening_brace()?;
        let (entries, _) = self.with_header(false, |p| p.list(open, TokenKind::CloseBrace, Trailing::Allowed, Self::map_entry))?;
        Ok(entries)
    }

    #[inline(never)]
    fn map_entry(&mut self) -> Parse<MapEntry> {
        let key = match self.kind() {
            TokenKind::Name(_) if self.peek(1) == TokenKind::Colon => MapKey::Name(self.ident("a key")?),
            kind if kind.is_keyword() && !is_literal(kind) && self.peek(1) == TokenKind::Colon => {
                return Err(self.keyword_key());
            }
            _ => MapKey::Expr(self.expr()?),
        };
        self.expect(TokenKind::Colon)?;
        Ok(MapEntry { key, value: self.expr()? })
    }

    #[inline(never)]
    fn keyword_key(&mut self) -> super::Reported {
        let span = self.span();
        let word = span.of(self.text);
        let diagnostic = Diagnostic::error(Code::P999, span, format!("`{word}` cannot be a bare key"))
            .label("a word of the language")
            .help(format!("write the key in quotes: `\"{word}\": ...`"))
            .fix("write the key in quotes", span, format!("\"{word}\""));
        self.report(diagnostic)
    }

    #[inline(never)]
    fn paren(&mut self) -> Parse<ExprKind> {
        let open = self.bump().span;
        let inner = self.with_header(false, Self::expr)?;
        if self.at(TokenKind::Comma) {
            self.with_header(false, |p| p.tuple(open))?;
        }
        self.close(TokenKind::CloseParen, open, "`)`")?;
        Ok(ExprKind::Paren(Box::new(inner)))
    }

    /// Whether the `{` here begins a map: `{}`, or `{` with a name or literal and `:`.
    pub(super) fn starts_map(&self) -> bool {
        match self.peek(1) {
            TokenKind::CloseBrace => true,
            TokenKind::Name(_) | TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::Str(_) => self.peek(2) == TokenKind::Colon,
            TokenKind::True | TokenKind::False | TokenKind::None => self.peek(2) == TokenKind::Colon,
            _ => false,
        }
    }

    #[inline(never)]
    fn if_expr(&mut self) -> Parse<ExprKind> {
        self.bump();
        let cond = self.header_expr()?;
        self.if_expr_with(cond)
    }

    /// An `if` that is a value, after its first condition.
    pub(super) fn if_expr_with(&mut self, mut cond: Expr) -> Parse<ExprKind> {
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let value = if self.eat(TokenKind::Then).is_some() {
                self.expr()?
            } else if self.at(TokenKind::OpenBrace) {
                self.branch_value()?
            } else {
                return Err(self.expected(Code::P001, "`then` or `{`"));
            };
            branches.push(IfExprBranch { cond, value });
            if self.eat(TokenKind::Else).is_none() {
                break;
            }
            if !self.at(TokenKind::If) {
                otherwise = Some(if self.at(TokenKind::OpenBrace) { self.branch_value()? } else { self.expr()? });
                break;
            }
            self.bump();
            cond = self.header_expr()?;
        }
        Ok(ExprKind::If(Box::new(IfExpr { branches, otherwise })))
    }

    /// `{ value }`, or a map.
    #[inline(never)]
    fn branch_value(&mut self) -> Parse<Expr> {
        if self.starts_map() {
            return self.expr();
        }
        let open = self.bump().span;
        let value = self.with_header(false, Self::expr)?;
        if !self.at(TokenKind::CloseBrace) {
            let diagnostic = self
                .unexpected(Code::P001, "`}`")
                .note(open, "this branch is a value")
                .help("an `if` used as a value has one expression in each branch; move statements into a function");
            return Err(self.report(diagnostic));
        }
        self.bump();
        Ok(value)
    }

    #[inline(never)]
    fn match_expr(&mut self) -> Parse<ExprKind> {
        self.bump();
        let subject = match self.missing_operand() {
            Some(missing) => missing,
            None => self.header_expr()?,
        };
        let open = self.opening_brace()?;
        let arms = self.with_header(false, |p| p.arms(open))?;
        Ok(ExprKind::Match(Box::new(Match { subject, arms })))
    }

    #[inline(never)]
    fn lambda(&mut self) -> Parse<ExprKind> {
        self.bump();
        let sig = self.signature()?;
        let body = if self.eat(TokenKind::Arrow).is_some() {
            Body::Expr(self.expr()?)
        } else if self.at(TokenKind::OpenBrace) {
            Body::Block(self.block()?)
        } else {
            let diagnostic = self.unexpected(Code::P001, "`=>` or `{`").help("the result of a function expression follows `=>`").fix(
                "add `=>`",
                self.last_span().at_end(),
                " =>",
            );
            self.report(diagnostic);
            Body::Expr(self.expr()?)
        };
        Ok(ExprKind::Fun(Box::new(Lambda { sig, body })))
    }

    #[inline(never)]
    fn generate(&mut self) -> Parse<ExprKind> {
        let keyword = self.bump().span;
        let target = self.ident("`text`, `embedding` or a type")?;
        let fields = self.field_inits()?;
        Ok(ExprKind::Generate(Box::new(Generate { keyword, target, fields })))
    }

    #[inline(never)]
    fn fetch(&mut self) -> Parse<ExprKind> {
        let keyword = self.bump().span;
        let url = self.expr()?;
        let options = self.options()?;
        Ok(ExprKind::Fetch(Box::new(Fetch { keyword, url, options })))
    }

    #[inline(never)]
    fn load(&mut self) -> Parse<ExprKind> {
        let keyword = self.bump().span;
        let path = self.path();
        self.expect_word(sym::AS)?;
        let ty = self.type_expr()?;
        let options = self.options()?;
        Ok(ExprKind::Load(Box::new(Load { keyword, path, ty, options })))
    }

    #[inline(never)]
    fn save(&mut self) -> Parse<ExprKind> {
        let keyword = self.bump().span;
        let value = self.expr()?;
        let mut path = None;
        if self.eat_word(sym::TO).is_some() {
            path = self.path();
            if path.is_none() {
                return Err(self.expected(Code::P999, "a path in quotes"));
            }
        }
        let options = self.options()?;
        Ok(ExprKind::Save(Box::new(Save { keyword, value, path, options })))
    }

    fn path(&mut self) -> Option<StrLit> {
        let path = self.eat_string()?;
        if path.value.is_empty() {
            let diagnostic = Diagnostic::error(Code::P062, path.span, "the path is the empty string")
                .label("names no file")
                .help("leave the path out to read standard input or to write standard output");
            self.report(diagnostic);
        }
        Some(path)
    }

    /// `(with options)?`
    pub(super) fn options(&mut self) -> Parse<Option<Expr>> {
        match self.eat_word(sym::WITH) {
            Some(_) => self.expr().map(Some),
            None => Ok(None),
        }
    }
}

fn is_literal(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::True | TokenKind::False | TokenKind::None)
}

/// Whether `name {}` before such a token in a statement's head is a value and not a condition and an empty block:
/// the block is still to come, or an operator follows. `-` may begin a statement.
fn goes_on_after_literal(next: TokenKind) -> bool {
    use TokenKind::{AndAnd, Dot, DotDot, EqEq, In, NotEq, OpenBrace, OrOr, QuestionQuestion, Then};
    matches!(next, OpenBrace | Then | AndAnd | OrOr | EqEq | NotEq | In | QuestionQuestion | Dot | DotDot)
}
