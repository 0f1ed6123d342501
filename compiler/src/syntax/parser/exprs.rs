//! Operators and postfix forms.
//!
//! Operators of all levels are read in one loop with a stack, so a chain of thousands takes no more of the
//! machine's stack than a single one.

use super::recover::Trailing;
use super::{Parse, Parser, Reported};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::limits;
use crate::syntax::symbol::{Symbol, sym};
use crate::syntax::token::TokenKind;

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Parse<Expr> {
        if self.depth < limits::DEPTH
            && let Some(leaf) = self.leaf(ends_expr)
        {
            return Ok(leaf);
        }
        let expr = self.nested(Self::operators)?;
        match self.kind() {
            TokenKind::Question => self.ternary(expr),
            TokenKind::Arrow if !self.in_pattern => match expr.kind {
                ExprKind::Name(name) => self.bare_lambda(name, expr.span),
                _ => Ok(expr),
            },
            _ => Ok(expr),
        }
    }

    /// What stands left of the `=>` of a match arm.
    pub(super) fn pattern_expr(&mut self) -> Parse<Expr> {
        let around = std::mem::replace(&mut self.in_pattern, true);
        let result = self.expr();
        self.in_pattern = around;
        result
    }

    /// An expression in the head of a statement, after which a block follows.
    pub(super) fn header_expr(&mut self) -> Parse<Expr> {
        self.with_header(true, Self::expr)
    }

    /// Runs a rule inside or outside a statement's head.
    pub(super) fn with_header<T>(&mut self, header: bool, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        let around = std::mem::replace(&mut self.in_header, header);
        let result = rule(self);
        self.in_header = around;
        result
    }

    /// Operands and operators, resolved by precedence (Dijkstra's shunting yard; all operators lean left).
    fn operators(&mut self) -> Parse<Expr> {
        let first = self.operand()?;
        match self.eat_operator() {
            None => Ok(first),
            Some(next) => {
                let (operands, operators) = (self.operands.len(), self.operators.len());
                let result = self.operation(first, next);
                self.operands.truncate(operands);
                self.operators.truncate(operators);
                result
            }
        }
    }

    /// After the first operator. The stacks hold the operands and operators of the expressions around, too.
    fn operation(&mut self, first: Expr, mut next: (BinaryOp, Span)) -> Parse<Expr> {
        let base = self.operators.len();
        self.operands.push(first);
        let mut count = 0;
        loop {
            while self.operators.len() > base && self.operators[self.operators.len() - 1].0.precedence() >= next.0.precedence() {
                self.reduce();
            }
            self.operators.push(next);
            let operand = self.operand()?;
            self.operands.push(operand);
            count += 1;
            if self.chain + count > limits::CHAIN {
                self.chain = limits::CHAIN;
                self.link()?;
            }
            match self.eat_operator() {
                Some(operator) => next = operator,
                None => break,
            }
        }
        while self.operators.len() > base {
            self.reduce();
        }
        self.chain += count;
        self.operands.pop().ok_or(Reported)
    }

    /// Makes one operand of the last two and the last operator.
    #[inline(never)]
    fn reduce(&mut self) {
        if let (Some((op, op_span)), Some(right), Some(left)) = (self.operators.pop(), self.operands.pop(), self.operands.pop()) {
            let span = left.span.to(right.span);
            let kind = ExprKind::Binary(Box::new(Binary { op, op_span, left, right }));
            let node = self.expr_node(kind, span);
            self.operands.push(node);
        }
    }

    fn eat_operator(&mut self) -> Option<(BinaryOp, Span)> {
        let op = match self.kind() {
            TokenKind::Star => BinaryOp::Mul,
            TokenKind::Slash => BinaryOp::Div,
            TokenKind::Percent => BinaryOp::Rem,
            TokenKind::Plus => BinaryOp::Add,
            TokenKind::Minus => BinaryOp::Sub,
            TokenKind::Less => BinaryOp::Lt,
            TokenKind::LessEq => BinaryOp::Le,
            TokenKind::Greater => BinaryOp::Gt,
            TokenKind::GreaterEq => BinaryOp::Ge,
            TokenKind::EqEq => BinaryOp::Eq,
            TokenKind::NotEq => BinaryOp::Ne,
            TokenKind::In => BinaryOp::In,
            TokenKind::AndAnd => BinaryOp::And,
            TokenKind::OrOr => BinaryOp::Or,
            TokenKind::QuestionQuestion => BinaryOp::Coalesce,
            TokenKind::Name(word) => return self.eat_word_operator(word),
            TokenKind::Bang => return self.not_in(),
            _ => return None,
        };
        if self.at_compound_assignment() || self.at_thin_arrow() {
            return None;
        }
        if let Some(unequal) = self.unequal_sign() {
            return Some(unequal);
        }
        let span = self.bump().span;
        self.eat_third_sign(op, span);
        Some((op, span))
    }

    fn eat_word_operator(&mut self, word: Symbol) -> Option<(BinaryOp, Span)> {
        let op = match word {
            sym::UNION => BinaryOp::Union,
            sym::EXCEPT => BinaryOp::Except,
            sym::INTERSECT => BinaryOp::Intersect,
            _ => return self.foreign_operator(self.token()),
        };
        if !self.word_operator() || self.calls_with_several() {
            return None;
        }
        let span = self.bump().span;
        if op == BinaryOp::Union
            && let Some(all) = self.eat(TokenKind::All)
        {
            return Some((BinaryOp::UnionAll, span.to(all)));
        }
        Some((op, span))
    }

    /// Whether a word like `union` or `as` is an operator here: it is, unless it is being assigned.
    fn word_operator(&self) -> bool {
        self.peek(1) != TokenKind::Eq
    }

    /// Whether a name and a list of several arguments stand here, as in the statement `union(a, b)` of a program
    /// that has a function of that name: no operand is of that form. `x union (a, b)` is the mistake of a tuple.
    fn calls_with_several(&self) -> bool {
        if self.peek(1) != TokenKind::OpenParen {
            return false;
        }
        let touches = self.tokens[self.pos + 1].span.start == self.span().end;
        let begins_line = self.last_span().to(self.span()).of(self.text).contains('\n');
        if !touches && !begins_line {
            return false;
        }
        let mut depth = 0;
        for ahead in 1.. {
            match self.peek(ahead) {
                TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => depth += 1,
                TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace if depth == 1 => break,
                TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => depth -= 1,
                TokenKind::Comma if depth == 1 => return true,
                TokenKind::End => break,
                _ => {}
            }
        }
        false
    }

    /// A name or an int, where what follows shows that it is nothing more: most are that.
    #[inline]
    fn leaf(&mut self, ends: fn(TokenKind) -> bool) -> Option<Expr> {
        let kind = match self.kind() {
            TokenKind::Name(name) => ExprKind::Name(name),
            TokenKind::Int(index) => ExprKind::Lit(Lit::Int(self.ints[index as usize])),
            _ => return None,
        };
        if !ends(self.peek(1)) {
            return None;
        }
        let span = self.bump().span;
        Some(self.expr_node(kind, span))
    }

    /// An operand with its prefix operators; its chain counts for itself.
    fn operand(&mut self) -> Parse<Expr> {
        if let Some(leaf) = self.leaf(ends_operand) {
            return Ok(leaf);
        }
        let around = std::mem::take(&mut self.chain);
        let mut prefixes = Vec::new();
        loop {
            let op = match self.kind() {
                TokenKind::Minus => UnaryOp::Neg,
                TokenKind::Bang => UnaryOp::Not,
                TokenKind::Name(_) => match self.foreign_not() {
                    Some(prefix) => {
                        prefixes.push(prefix);
                        continue;
                    }
                    None => break,
                },
                _ => break,
            };
            prefixes.push((op, self.bump().span));
            self.link()?;
        }
        let prefix_links = std::mem::take(&mut self.chain);
        let mut expr = self.postfix()?;
        self.chain = (self.chain + prefix_links).max(around);
        for (op, op_span) in prefixes.into_iter().rev() {
            let span = op_span.to(expr.span);
            expr = self.expr_node(ExprKind::Unary(Box::new(Unary { op, op_span, operand: expr })), span);
        }
        Ok(expr)
    }

    fn postfix(&mut self) -> Parse<Expr> {
        let mut expr = self.primary()?;
        let mut links = 0;
        loop {
            if self.at(TokenKind::Colon)
                && let Some(variant) = self.path_of_variant(&expr)
            {
                let span = self.last_span();
                expr = self.expr_node(ExprKind::Name(variant), span);
            }
            let object = expr;
            let inner = std::mem::take(&mut self.chain);
            expr = match self.kind() {
                TokenKind::OpenParen => self.call(object)?,
                TokenKind::Less | TokenKind::Colon if self.skip_type_arguments(&object) => self.call(object)?,
                TokenKind::OpenBracket => self.index(object, false)?,
                TokenKind::Dot => self.field_access(object, false)?,
                TokenKind::Question if self.peek(1) == TokenKind::Dot => {
                    self.bump();
                    self.field_access(object, true)?
                }
                TokenKind::Question if self.peek(1) == TokenKind::OpenBracket => {
                    self.bump();
                    self.index(object, true)?
                }
                TokenKind::Name(sym::AS) if self.word_operator() => self.cast(object)?,
                _ => {
                    self.chain = inner + links;
                    return Ok(object);
                }
            };
            links += 1;
            self.chain = self.chain.max(inner);
            if self.chain + links > limits::CHAIN {
                self.chain = limits::CHAIN;
                self.link()?;
            }
        }
    }

    #[inline(never)]
    fn call(&mut self, callee: Expr) -> Parse<Expr> {
        let open = self.bump().span;
        let (args, close) = self.with_header(false, |p| p.list(open, TokenKind::CloseParen, Trailing::Refused, Self::argument))?;
        let span = callee.span.to(close);
        let call = Call { callee, args, parens: open.to(close) };
        Ok(self.expr_node(ExprKind::Call(Box::new(call)), span))
    }

    fn argument(&mut self) -> Parse<Expr> {
        let value = self.expr()?;
        Ok(self.named_argument(&value)?.unwrap_or(value))
    }

    #[inline(never)]
    fn field_access(&mut self, object: Expr, optional: bool) -> Parse<Expr> {
        self.bump();
        let name = self.field_name()?;
        let span = object.span.to(name.span);
        let kind = ExprKind::Field(Box::new(FieldAccess { object, optional, name }));
        Ok(self.expr_node(kind, span))
    }

    #[inline(never)]
    fn field_name(&mut self) -> Parse<Ident> {
        if !self.kind().is_keyword() || self.token().starts_line {
            return self.ident("a field name");
        }
        // A word of the language after a dot can only be meant as a field.
        let span = self.span();
        let word = span.of(self.text);
        let diagnostic = Diagnostic::error(Code::P999, span, format!("`{word}` cannot be a field name"))
            .label("a word of the language")
            .help(format!("read the entry of a map with `m[\"{word}\"]`; name the field of a struct differently"));
        self.report(diagnostic);
        let name = self.names.intern(word);
        self.bump();
        Ok(Ident { name, span })
    }

    fn index(&mut self, object: Expr, optional: bool) -> Parse<Expr> {
        let bracket = self.bump().span;
        self.with_header(false, |p| p.index_parts(object, bracket, optional))
    }

    #[inline(never)]
    fn index_parts(&mut self, object: Expr, bracket: Span, optional: bool) -> Parse<Expr> {
        let mut parts = [None, None, None];
        let mut part = 0;
        loop {
            if !self.at(TokenKind::Colon) && !self.at(TokenKind::CloseBracket) {
                parts[part] = Some(self.expr()?);
            }
            if part == 2 || self.eat(TokenKind::Colon).is_none() {
                break;
            }
            part += 1;
        }
        let wanted = if part == 2 { "`]`" } else { "`]` or `:`" };
        let close = self.close(TokenKind::CloseBracket, bracket, wanted)?;
        let span = object.span.to(close);
        let [from, to, step] = parts;
        if from.is_none() && to.is_none() && step.is_none() {
            self.empty_index(bracket.to(close));
            return Ok(self.expr_node(ExprKind::Error, span));
        }
        let kind = match (part, from) {
            (0, Some(index)) => ExprKind::Index(Box::new(Index { object, bracket, optional, index })),
            (_, from) => {
                if optional {
                    self.optional_slice(bracket);
                }
                ExprKind::Slice(Box::new(Slice { object, bracket, from, to, step }))
            }
        };
        Ok(self.expr_node(kind, span))
    }

    #[inline(never)]
    fn empty_index(&mut self, brackets: Span) {
        let diagnostic = Diagnostic::error(Code::P060, brackets, "the brackets name no element and no range")
            .label("an index or a range is missing")
            .help("write `xs[i]` for an element, `xs[1:]`, `xs[:n]` or `xs[a:b]` for a range");
        self.report(diagnostic);
    }

    #[inline(never)]
    fn optional_slice(&mut self, bracket: Span) {
        let diagnostic = Diagnostic::error(Code::P999, bracket, "`?[` takes an index, not a range")
            .label("a range follows")
            .help("give a default first: `(xs ?? [])[a:b]`");
        self.report(diagnostic);
    }

    #[inline(never)]
    fn cast(&mut self, value: Expr) -> Parse<Expr> {
        let as_span = self.bump().span;
        let ty = self.cast_type()?;
        let span = value.span.to(ty.span);
        Ok(self.expr_node(ExprKind::Cast(Box::new(Cast { value, as_span, ty })), span))
    }
}

/// Whether an expression that a name or a number could end does end before the token.
#[inline]
fn ends_expr(next: TokenKind) -> bool {
    use TokenKind::*;
    matches!(next, Comma | CloseParen | CloseBracket | CloseBrace | Let | Var | Return)
}

/// The same for an operand. Tokens that begin a postfix form, or a mistake that the long way explains (`my-name`, `2 ** 3`), are not
/// among those.
#[inline]
fn ends_operand(next: TokenKind) -> bool {
    use TokenKind::*;
    ends_expr(next) || matches!(next, Plus | Slash | Percent | LessEq | Greater | GreaterEq | EqEq | NotEq | AndAnd | OrOr)
}
