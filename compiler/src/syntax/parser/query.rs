//! Queries. The clauses have a fixed order; one that comes too late is reported and still read.

use super::{Parse, Parser, Reported};
use crate::diagnostic::{Code, Diagnostic, Edit, closest};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::limits;
use crate::syntax::symbol::{Symbol, sym};
use crate::syntax::token::TokenKind;

/// The clauses between the first source and `select`, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clause {
    From,
    Join(JoinKind),
    Where,
    Group,
    Sort,
    Skip,
    Take,
    Select,
}

impl Clause {
    /// A join's kind does not matter for the order.
    fn rank(self) -> u8 {
        match self {
            Clause::From => 0,
            Clause::Join(_) => 1,
            Clause::Where => 2,
            Clause::Group => 3,
            Clause::Sort => 4,
            Clause::Skip => 5,
            Clause::Take => 6,
            Clause::Select => 7,
        }
    }

    fn repeats(self) -> bool {
        matches!(self, Clause::From | Clause::Join(_))
    }
}

/// What was read of a query.
#[derive(Default)]
struct Parts {
    sources: Vec<Source>,
    joins: Vec<Join>,
    filter: Option<Expr>,
    group: Option<Group>,
    sort: Option<Expr>,
    skip: Option<Expr>,
    take: Option<Expr>,
}

impl Parser<'_> {
    #[inline(never)]
    pub(super) fn query(&mut self) -> Parse<ExprKind> {
        // A query is never the end of a statement's head, so `name {}` in it is a struct.
        let header = self.in_header;
        self.bump();
        let mut parts = Parts { sources: vec![self.source()?], ..Parts::default() };
        let mut last: Option<(Clause, Span)> = None;
        loop {
            self.misspelt_left();
            let Some(clause) = self.clause().or_else(|| self.misspelt_clause()) else {
                let mut diagnostic = self.unexpected(Code::P999, "a clause of the query");
                diagnostic.help.get_or_insert_with(|| "a query ends with `select`: `from x in xs where x > 1 select x`".to_owned());
                // A line that is indented deeper belongs to the query.
                if matches!(self.kind(), TokenKind::Name(_)) && !self.looks_like_statement(self.token()) {
                    diagnostic.labels[0].span = self.span();
                    diagnostic = diagnostic.label("no clause begins with this");
                }
                return Err(self.report(diagnostic));
            };
            let place = self.span();
            self.check_order(clause, place, last);
            if last.is_none_or(|(before, _)| before.rank() <= clause.rank()) {
                last = Some((clause, place));
            }
            if clause == Clause::Select {
                break;
            }
            self.clause_body(clause, &mut parts)?;
            // Each is a loop in the loops before it.
            if parts.sources.len() + parts.joins.len() > limits::DEPTH as usize {
                return Err(self.too_deep("sources in one query", limits::DEPTH));
            }
        }
        let select_span = self.bump().span;
        let distinct = self.at_word(sym::DISTINCT) && self.starts_operand(1);
        if distinct {
            self.bump();
        }
        let select = self.with_header(header, Self::expr)?;
        while let Some(clause) = self.late_clause() {
            let place = self.span();
            self.check_order(clause, place, Some((Clause::Select, select_span)));
            self.clause_body(clause, &mut parts)?;
        }
        let Parts { sources, joins, filter, group, sort, skip, take } = parts;
        let query = Query { sources, joins, filter, group, sort, skip, take, select_span, distinct, select };
        Ok(ExprKind::Query(Box::new(query)))
    }

    /// A clause behind `select`: its word and an operand, or `by`, on one line begin no statement.
    #[inline(never)]
    fn late_clause(&self) -> Option<Clause> {
        let clause = self.clause()?;
        let next = self.token_at(1);
        let by = next.kind == TokenKind::Name(sym::BY);
        let is_late = match clause {
            Clause::Group | Clause::Sort => by,
            Clause::Where | Clause::Skip | Clause::Take => match next.kind {
                TokenKind::Name(word) => !sym::is_contextual(word),
                TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::Str(_) | TokenKind::Bang => true,
                _ => false,
            },
            Clause::From | Clause::Join(_) | Clause::Select => false,
        };
        (is_late && !next.starts_line).then_some(clause)
    }

    /// A condition, in which `=` is read as `==`.
    #[inline(never)]
    fn query_condition(&mut self) -> Parse<Expr> {
        let mut cond = self.expr()?;
        while self.at(TokenKind::Eq) && !self.token().starts_line {
            let span = self.span();
            let diagnostic = Diagnostic::error(Code::P999, span, "a condition has no `=`")
                .label("assigns, and cannot stand in a query")
                .help("compare with `==`")
                .fix("compare with `==`", span, "==");
            self.report(diagnostic);
            self.bump();
            let right = self.expr()?;
            let whole = cond.span.to(right.span);
            let kind = ExprKind::Binary(Box::new(Binary { op: BinaryOp::Eq, op_span: span, left: cond, right }));
            cond = self.expr_node(kind, whole);
        }
        Ok(cond)
    }

    /// Which clause begins here.
    fn clause(&self) -> Option<Clause> {
        let TokenKind::Name(word) = self.kind() else { return None };
        let joins = self.peek(1) == TokenKind::Name(sym::JOIN);
        Some(match word {
            sym::FROM => Clause::From,
            sym::JOIN => Clause::Join(JoinKind::Inner),
            sym::LEFT if joins => Clause::Join(JoinKind::Left),
            sym::RIGHT if joins => Clause::Join(JoinKind::Right),
            sym::OUTER if joins => Clause::Join(JoinKind::Outer),
            sym::WHERE => Clause::Where,
            sym::GROUP => Clause::Group,
            sym::SORT | sym::ORDER => Clause::Sort,
            sym::SKIP => Clause::Skip,
            sym::TAKE => Clause::Take,
            sym::SELECT => Clause::Select,
            _ => return None,
        })
    }

    /// A name that is nearly the word of a clause; nothing else can stand here but the next statement, after a query without `select`.
    #[inline(never)]
    fn misspelt_clause(&mut self) -> Option<Clause> {
        let TokenKind::Name(_) = self.kind() else { return None };
        let span = self.span();
        let word = span.of(self.text);
        let words = [
            ("where", sym::WHERE),
            ("group", sym::GROUP),
            ("sort", sym::SORT),
            ("order", sym::ORDER),
            ("skip", sym::SKIP),
            ("take", sym::TAKE),
            ("select", sym::SELECT),
            ("join", sym::JOIN),
            ("limit", sym::TAKE),
            ("offset", sym::SKIP),
            ("filter", sym::WHERE),
        ];
        let close = closest(word, words.iter().map(|&(text, _)| text))?;
        let &(_, right) = words.iter().find(|&&(text, _)| text == close)?;
        // A statement of its own: a call, an assignment, or a name at the begin of a line no deeper than the query's statement.
        let is_statement =
            matches!(self.peek(1), TokenKind::Eq | TokenKind::OpenParen | TokenKind::Dot) && self.looks_like_statement(self.token());
        if is_statement || self.looks_like_statement(self.token()) && word.len() < 4 {
            return None;
        }
        let right_text = self.names.text(right).to_owned();
        let diagnostic = Diagnostic::error(Code::P999, span, format!("expected a clause of the query, found `{word}`"))
            .label("no clause begins with this")
            .did_you_mean(span, &right_text);
        self.report(diagnostic);
        self.tokens[self.pos].kind = TokenKind::Name(right);
        self.clause()
    }

    /// `let join`: a declaration of `join` begins no clause, so `left` is meant.
    fn misspelt_left(&mut self) {
        if self.at(TokenKind::Let) && self.peek(1) == TokenKind::Name(sym::JOIN) && self.name_at(2).is_some() {
            let span = self.span();
            let diagnostic = Diagnostic::error(Code::P999, span, "expected a clause of the query, found the word `let`")
                .label("no clause begins with this")
                .did_you_mean(span, "left");
            self.report(diagnostic);
            self.tokens[self.pos].kind = TokenKind::Name(sym::LEFT);
        }
    }

    #[inline(never)]
    fn check_order(&mut self, clause: Clause, place: Span, last: Option<(Clause, Span)>) {
        let Some((before, before_place)) = last else { return };
        let word = place.of(self.text);
        let diagnostic = if before.rank() > clause.rank() {
            let other = before_place.of(self.text);
            Diagnostic::error(Code::P999, place, format!("`{word}` must come before `{other}`"))
                .label("too late in the query")
                .note(before_place, "this clause comes after it")
                .help("the order is: from, join, where, group by, sort by, skip, take, select")
        } else if before.rank() == clause.rank() && !clause.repeats() {
            Diagnostic::error(Code::P999, place, format!("a second `{word}` in one query"))
                .label("only one is allowed")
                .note(before_place, "the first one")
                .help(if clause == Clause::Where { "join the conditions with `&&`" } else { "remove one of them" })
        } else {
            return;
        };
        self.report(diagnostic);
    }

    #[inline(never)]
    fn clause_body(&mut self, clause: Clause, parts: &mut Parts) -> Parse<()> {
        self.bump();
        match clause {
            Clause::From => parts.sources.push(self.source()?),
            Clause::Join(kind) => parts.joins.push(self.join(kind)?),
            Clause::Where => parts.filter = Some(self.query_condition()?),
            Clause::Group => parts.group = Some(self.group()?),
            Clause::Sort => {
                self.expect_word(sym::BY)?;
                parts.sort = Some(self.sort_key()?);
            }
            Clause::Skip => parts.skip = Some(self.expr()?),
            Clause::Take => parts.take = Some(self.expr()?),
            Clause::Select => return Err(Reported),
        }
        Ok(())
    }

    /// After `sort by`. `a, b`, as SQL has it, is reported and read as `[a, b]`.
    #[inline(never)]
    fn sort_key(&mut self) -> Parse<Expr> {
        let first = self.expr()?;
        if !self.at(TokenKind::Comma) {
            return Ok(first);
        }
        let comma = self.span();
        let mut keys = vec![first];
        while self.eat(TokenKind::Comma).is_some() {
            keys.push(self.expr()?);
        }
        let span = keys[0].span.to(keys[keys.len() - 1].span);
        let around = [(span.at_start(), "["), (span.at_end(), "]")];
        let edits = around.map(|(span, text)| Edit { span, replacement: text.to_owned() });
        let diagnostic = Diagnostic::error(Code::P999, comma, "a query is sorted by one key")
            .label("here a second one follows")
            .help("several keys are a list: `sort by [a, b]`")
            .fix_with("make a list of them", edits.into());
        self.report(diagnostic);
        Ok(self.expr_node(ExprKind::List(keys.into()), span))
    }

    /// `x in xs`
    fn source(&mut self) -> Parse<Source> {
        let name = match self.binder(Code::P999, "a variable") {
            Ok(name) => name,
            // `from in x xs`
            Err(Reported) if self.at(TokenKind::In) && self.is_name_behind_in() => {
                let in_span = self.bump().span;
                let name = self.binder(Code::P999, "a variable")?;
                return Ok(Source { name, in_span, values: self.expr()? });
            }
            Err(Reported) if self.at(TokenKind::In) => {
                let span = self.span().at_start();
                self.bind(Ident { name: sym::MISSING, span })
            }
            Err(Reported) => return Err(Reported),
        };
        let in_span = self.expect(TokenKind::In)?;
        Ok(Source { name, in_span, values: self.expr()? })
    }

    fn is_name_behind_in(&self) -> bool {
        let values = self.name_at(2).is_some_and(|name| !sym::is_contextual(name));
        self.name_at(1).is_some() && values && !self.tokens[self.pos + 2].starts_line
    }

    /// After the first word of the clause: `join? from? x in xs on cond`.
    fn join(&mut self, kind: JoinKind) -> Parse<Join> {
        if kind != JoinKind::Inner {
            self.bump();
        }
        if self.name_at(1).is_some() {
            self.eat_word(sym::FROM);
        }
        let source = self.source()?;
        self.expect(TokenKind::On)?;
        Ok(Join { kind, source, cond: self.query_condition()? })
    }

    /// After `group`: `by k, ... into g (having cond)?`.
    fn group(&mut self) -> Parse<Group> {
        self.expect_word(sym::BY)?;
        let mut keys = vec![self.expr()?];
        while self.eat(TokenKind::Comma).is_some() {
            keys.push(self.expr()?);
        }
        self.expect_word(sym::INTO)?;
        let name = self.binder(Code::P999, "a variable for the group")?;
        let having = match self.eat_word(sym::HAVING) {
            Some(_) => Some(self.query_condition()?),
            None => None,
        };
        Ok(Group { keys, name, having })
    }

    /// Whether an operand begins at the token `ahead` places after the next one.
    fn starts_operand(&self, ahead: usize) -> bool {
        match self.peek(ahead) {
            TokenKind::Name(word) => !self.is_clause_word(word),
            TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::Str(_) => true,
            TokenKind::True | TokenKind::False | TokenKind::None => true,
            TokenKind::OpenBrace | TokenKind::OpenBracket | TokenKind::OpenParen => true,
            TokenKind::If | TokenKind::Match | TokenKind::Fun | TokenKind::Generate | TokenKind::Bang | TokenKind::Minus => true,
            _ => false,
        }
    }

    fn is_clause_word(&self, word: Symbol) -> bool {
        [sym::UNION, sym::EXCEPT, sym::INTERSECT, sym::AS].contains(&word)
    }
}
