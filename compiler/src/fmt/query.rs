//! The layout of queries: on one line where they were and fit, else a clause on each line.

use super::Formatter;
use super::comments::Lines;
use super::doc::{Doc, broken_group, concat, group, join, text};
use crate::source::Span;
use crate::syntax::ast::*;

/// Lays out a clause; called once.
type Build<'b, 'a> = &'b mut dyn FnMut(&mut Formatter<'a>) -> Doc<'a>;

impl<'a> Formatter<'a> {
    /// The clauses with lines between them, to be grouped by whoever knows where the first one stands. Where the query
    /// begins on a line of its own, comments above the first clause, from the start of the span on, stay there; else
    /// they are left to the item around the query.
    pub(super) fn query_clauses(&mut self, query: &Query, span: Span, own_line: bool) -> Doc<'a> {
        let commented = self.has_comments(span.start..span.end);
        if commented {
            let mut lines = Lines::dense(span.start);
            let mut leads = own_line;
            self.clauses(query, &mut |f, clause| {
                let placed = std::mem::replace(&mut leads, true);
                f.clause_line(&mut lines, clause, placed);
            });
            return lines.into_doc();
        }
        let mut docs = Vec::new();
        self.clauses(query, &mut |f, (_, clause)| docs.push(clause(f)));
        let start = query.sources.first().map_or(span.start, |source| source.name.span.start);
        let broken = self.line_between(start, query.select_span.start);
        join(docs, &if broken { Doc::Hard } else { Doc::Line })
    }

    pub(super) fn query(&mut self, query: &Query, span: Span) -> Doc<'a> {
        let clauses = self.query_clauses(query, span, false);
        let doc = super::doc::indent(clauses);
        if doc.must_break() { broken_group(doc) } else { group(doc) }
    }

    fn clause_line(&mut self, lines: &mut Lines<'a>, (span, clause): (Span, Build<'_, 'a>), placed: bool) {
        if !placed {
            lines.parts.push(clause(self));
            lines.parts.extend(self.trailing(span.end));
            lines.from = span.end;
            return;
        }

        // The words of the clause are between the previous clause and its first operand.
        let span = Span { start: self.code_start(lines.from), ..span };
        self.leading(lines, span.start);
        let doc = clause(self);
        self.item(lines, span, doc, "");
    }

    /// Calls `each` with the place and the builder of every clause, in order.
    fn clauses(&mut self, query: &Query, each: &mut dyn FnMut(&mut Self, (Span, Build<'_, 'a>))) {
        for source in &query.sources {
            each(self, (source.name.span.to(source.values.span), &mut |f| f.source_clause("from ", source)));
        }
        for join in &query.joins {
            each(self, (join.source.name.span.to(join.cond.span), &mut |f| f.join_clause(join)));
        }
        if let Some(filter) = &query.filter {
            each(self, (filter.span, &mut |f| f.word_clause("where ", filter)));
        }
        if let Some(group) = &query.group {
            let start = group.keys.first().map_or(group.name.span, |key| key.span);
            let end = group.having.as_ref().map_or(group.name.span, |having| having.span);
            each(self, (start.to(end), &mut |f| f.group_clause(group)));
        }
        let words = [("sort by ", &query.sort), ("skip ", &query.skip), ("take ", &query.take)];
        for (word, expr) in words {
            if let Some(expr) = expr {
                each(self, (expr.span, &mut |f| f.word_clause(word, expr)));
            }
        }
        let word = if query.distinct { "select distinct " } else { "select " };
        each(self, (query.select_span.to(query.select.span), &mut |f| f.word_clause(word, &query.select)));
    }

    fn word_clause(&mut self, word: &'static str, expr: &Expr) -> Doc<'a> {
        let expr = self.expr(expr);
        concat([text(word), expr])
    }

    fn source_clause(&mut self, word: &'static str, source: &Source) -> Doc<'a> {
        let values = self.expr(&source.values);
        concat([text(word), text(self.source(source.name.span)), text(" in "), values])
    }

    fn join_clause(&mut self, join: &Join) -> Doc<'a> {
        let word = match join.kind {
            JoinKind::Inner => "join ",
            JoinKind::Left => "left join ",
            JoinKind::Right => "right join ",
            JoinKind::Outer => "outer join ",
        };
        let source = self.source_clause(word, &join.source);
        let cond = self.expr(&join.cond);
        concat([source, text(" on "), cond])
    }

    fn group_clause(&mut self, group: &Group) -> Doc<'a> {
        let keys: Vec<Doc<'a>> = group.keys.iter().map(|key| self.expr(key)).collect();
        let mut parts = vec![text("group by "), join(keys, &text(", ")), text(" into "), text(self.source(group.name.span))];
        if let Some(having) = &group.having {
            parts.push(text(" having "));
            parts.push(self.expr(having));
        }
        Doc::Concat(parts)
    }
}
