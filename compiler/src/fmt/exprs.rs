//! The layout of expressions.

use super::Formatter;
use super::comments::Lines;
use super::doc::{Doc, broken_group, concat, flat_width, group, if_broken, indent, join, nil, text};
use crate::source::Span;
use crate::syntax::ast::*;

/// How a bracketed list is laid out.
pub(super) struct Brackets {
    open: &'static str,
    close: &'static str,
    /// Blanks inside the brackets on one line.
    pad: bool,
    /// What ends an element that another follows on its line.
    flat_separator: &'static str,
    /// What ends an element on a line of its own.
    separator: &'static str,
    /// Whether the last element on a line of its own has the separator too.
    trailing: bool,
    /// Whether a list stays over lines where the first element was written below the bracket.
    keep: bool,
    /// Whether the list is always over lines, and keeps empty lines.
    always: bool,
}

impl Brackets {
    const LIST: Brackets =
        Brackets { open: "[", close: "]", pad: false, flat_separator: ",", separator: ",", trailing: true, keep: true, always: false };
    const MAP: Brackets = Brackets { open: "{", close: "}", ..Brackets::LIST };
    const FIELDS: Brackets = Brackets { pad: true, ..Brackets::MAP };
    const ARGS: Brackets = Brackets { open: "(", close: ")", trailing: false, keep: false, ..Brackets::LIST };
    pub(super) const PARAMS: Brackets = Brackets::ARGS;
    /// Fields of types and streams.
    pub(super) const MEMBERS: Brackets = Brackets { separator: "", ..Brackets::FIELDS };
    /// Members that are always on lines of their own.
    pub(super) const METHODS: Brackets = Brackets { always: true, ..Brackets::MEMBERS };
}

impl<'a> Formatter<'a> {
    pub(super) fn expr(&mut self, expr: &Expr) -> Doc<'a> {
        self.commented(expr, Self::bare_expr)
    }

    fn commented(&mut self, expr: &Expr, layout: fn(&mut Self, &Expr) -> Doc<'a>) -> Doc<'a> {
        let comments = self.inline(expr.span.start);
        let doc = layout(self, expr);
        if comments.is_empty() { doc } else { concat(comments.into_iter().chain([doc])) }
    }

    fn bare_expr(&mut self, expr: &Expr) -> Doc<'a> {
        match &expr.kind {
            ExprKind::Lit(_) | ExprKind::Name(_) | ExprKind::Error => text(self.source(expr.span)),
            ExprKind::List(items) => self.list(items, expr.span),
            ExprKind::Map(entries) => self.entries(entries, expr.span.start, expr.span.end),
            ExprKind::Struct(literal) => {
                let fields = self.field_inits(&literal.fields, literal.name.span.end, expr.span.end);
                concat([text(self.source(literal.name.span)), text(" "), fields])
            }
            ExprKind::Call(call) => self.call(call),
            ExprKind::Index(index) => {
                let object = self.followed(&index.object);
                let inner = self.expr(&index.index);
                concat([object, text(if index.optional { "?[" } else { "[" }), inner, text("]")])
            }
            ExprKind::Slice(slice) => self.slice(slice),
            ExprKind::Field(field) => {
                let object = self.followed(&field.object);
                let dot = if field.optional { "?." } else { "." };
                concat([object, text(dot), text(self.source(field.name.span))])
            }
            ExprKind::Cast(cast) => {
                let value = self.followed(&cast.value);
                concat([value, text(" as "), self.ty(&cast.ty)])
            }
            ExprKind::Unary(unary) => {
                let operand = self.expr(&unary.operand);
                concat([text(self.source(unary.op_span)), operand])
            }
            ExprKind::Binary(binary) => self.chain(binary, false),
            ExprKind::If(inner) => self.if_expr(inner, false),
            ExprKind::Match(inner) => self.match_expr(inner, expr.span),
            ExprKind::Fun(lambda) => self.lambda(lambda, expr.span),
            ExprKind::Query(query) => self.query(query, expr.span),
            ExprKind::Logic(pred) => concat([text("query "), self.pred(pred)]),
            ExprKind::Generate(generate) => {
                let fields = self.field_inits(&generate.fields, generate.target.span.end, expr.span.end);
                concat([text("generate "), text(self.source(generate.target.span)), text(" "), fields])
            }
            ExprKind::Fetch(fetch) => {
                let url = self.expr(&fetch.url);
                let options = self.options(&fetch.options);
                concat([text("fetch "), url, options])
            }
            ExprKind::Load(load) => {
                let path = load.path.as_ref().map_or_else(nil, |path| concat([text(self.source(path.span)), text(" ")]));
                let options = self.options(&load.options);
                concat([text("load "), path, text("as "), self.ty(&load.ty), options])
            }
            ExprKind::Save(save) => {
                let value = self.expr(&save.value);
                let path = save.path.as_ref().map_or_else(nil, |path| concat([text(" to "), text(self.source(path.span))]));
                let options = self.options(&save.options);
                concat([text("save "), value, path, options])
            }
            ExprKind::Paren(inner) => {
                let inner = self.expr(inner);
                group(concat([text("("), indent(concat([Doc::Soft, inner])), Doc::Soft, text(")")]))
            }
        }
    }

    /// `with options`, with the blank before it.
    pub(super) fn options(&mut self, options: &Option<Expr>) -> Doc<'a> {
        match options {
            Some(options) => {
                let options = self.expr(options);
                concat([text(" with "), options])
            }
            None => nil(),
        }
    }

    /// Elements between brackets that are in the text between the two places; `element` lays one out.
    pub(super) fn bracketed(
        &mut self,
        style: &Brackets,
        (start, end): (u32, u32),
        spans: &[Span],
        mut element: impl FnMut(&mut Self, usize) -> Doc<'a>,
    ) -> Doc<'a> {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
            if !self.has_comments(start..end) {
                return concat([text(style.open), text(style.close)]);
            }
            let mut lines = Lines::new(start);
            self.leading(&mut lines, end);
            return self.lines_in_brackets(style, lines);
        };
        let commented = self.gaps_break(spans, start) || self.has_comments(last.end..end);
        let kept = style.keep && self.line_between(start, first.start);
        if commented || kept || style.always {
            let mut lines = if style.always { Lines::new(start) } else { Lines::dense(start) };
            for (index, span) in spans.iter().enumerate() {
                self.leading(&mut lines, span.start);
                let doc = element(self, index);
                let separated = style.trailing || index + 1 < spans.len();
                self.item(&mut lines, *span, doc, if separated { style.separator } else { "" });
            }
            self.leading(&mut lines, end);
            return self.lines_in_brackets(style, lines);
        }
        let docs = spans.iter().enumerate().map(|(index, span)| {
            let mut parts = self.inline(span.start);
            parts.push(element(self, index));
            Doc::Concat(parts)
        });
        let docs: Vec<Doc<'a>> = docs.collect();
        let between = concat([if_broken(text(style.separator), text(style.flat_separator)), Doc::Line]);
        let comma = if style.trailing { if_broken(text(style.separator), nil()) } else { nil() };
        let edge = if style.pad { Doc::Line } else { Doc::Soft };
        let inner = indent(concat([edge.clone(), join(docs, &between), comma]));
        group(concat([text(style.open), inner, edge, text(style.close)]))
    }

    /// Whether a comment between elements, or before the first one, needs a line of its own.
    fn gaps_break(&self, spans: &[Span], start: u32) -> bool {
        let mut from = start;
        spans.iter().any(|span| {
            let gap = std::mem::replace(&mut from, span.end);
            self.gap_breaks(gap, span.start)
        })
    }

    fn lines_in_brackets(&mut self, style: &Brackets, lines: Lines<'a>) -> Doc<'a> {
        let inner = indent(concat([Doc::Hard, lines.into_doc()]));
        broken_group(concat([text(style.open), inner, Doc::Hard, text(style.close)]))
    }

    /// A list; one of nothing but literals fills its lines.
    fn list(&mut self, items: &[Expr], span: Span) -> Doc<'a> {
        let spans: Vec<Span> = items.iter().map(|item| item.span).collect();
        let short = |item: &Expr| match &item.kind {
            ExprKind::Lit(Lit::Str(_)) => item.span.end - item.span.start <= 24 && !self.line_between(item.span.start, item.span.end),
            ExprKind::Lit(_) => true,
            ExprKind::Unary(unary) => matches!(unary.operand.kind, ExprKind::Lit(_)),
            _ => false,
        };
        let end = spans.last().map_or(span.start, |last| last.end);
        let commented = self.gaps_break(&spans, span.start) || self.has_comments(end..span.end);
        let fills = items.len() > 8 && items.iter().all(short) && !commented;
        if !fills {
            return self.bracketed(&Brackets::LIST, (span.start, span.end), &spans, |f, index| f.expr(&items[index]));
        }
        let last = items.len() - 1;
        let flat = items.iter().enumerate().map(|(index, item)| {
            let comma = if index < last { text(",") } else { if_broken(text(","), nil()) };
            let item = self.expr(item);
            concat([item, comma])
        });
        let inner = Doc::Fill(flat.collect());
        group(concat([text("["), indent(concat([Doc::Soft, inner])), Doc::Soft, text("]")]))
    }

    pub(super) fn entries(&mut self, entries: &[MapEntry], start: u32, end: u32) -> Doc<'a> {
        let key_span = |entry: &MapEntry| match &entry.key {
            MapKey::Name(name) => name.span,
            MapKey::Expr(key) => key.span,
        };
        let spans: Vec<Span> = entries.iter().map(|entry| key_span(entry).to(entry.value.span)).collect();
        self.bracketed(&Brackets::MAP, (start, end), &spans, |f, index| {
            let entry = &entries[index];
            let key = match &entry.key {
                MapKey::Name(name) => text(f.source(name.span)),
                MapKey::Expr(key) => f.expr(key),
            };
            let value = f.expr(&entry.value);
            concat([key, text(": "), value])
        })
    }

    pub(super) fn field_inits(&mut self, fields: &[FieldInit], start: u32, end: u32) -> Doc<'a> {
        let spans: Vec<Span> = fields.iter().map(|field| field.name.span.to(field.value.span)).collect();
        self.bracketed(&Brackets::FIELDS, (start, end), &spans, |f, index| {
            let field = &fields[index];
            let value = f.expr(&field.value);
            concat([text(f.source(field.name.span)), text(": "), value])
        })
    }

    /// An operand that something follows: an `if` keeps its braces there, since without them its last value would go on.
    fn followed(&mut self, expr: &Expr) -> Doc<'a> {
        self.commented(expr, |f, expr| match &expr.kind {
            ExprKind::If(inner) => f.if_expr(inner, true),
            ExprKind::Binary(binary) => f.chain(binary, true),
            ExprKind::Unary(unary) => {
                let operand = f.followed(&unary.operand);
                concat([text(f.source(unary.op_span)), operand])
            }
            _ => f.bare_expr(expr),
        })
    }

    fn call(&mut self, call: &Call) -> Doc<'a> {
        let callee = self.followed(&call.callee);
        let spans: Vec<Span> = call.args.iter().map(|arg| arg.span).collect();
        let place = (call.parens.start, call.parens.end);
        if self.hugs(call) {
            let args: Vec<Doc<'a>> = call.args.iter().map(|arg| self.expr(arg)).collect();
            return concat([callee, text("("), join(args, &text(", ")), text(")")]);
        }
        let args = self.bracketed(&Brackets::ARGS, place, &spans, |f, index| f.expr(&call.args[index]));
        concat([callee, args])
    }

    /// Whether the last argument is a block or a collection that may go over lines while the call does not.
    fn hugs(&self, call: &Call) -> bool {
        let Some((last, others)) = call.args.split_last() else { return false };
        let spreads = match &last.kind {
            ExprKind::Fun(lambda) => matches!(lambda.body, Body::Block(_)),
            ExprKind::Map(entries) => !entries.is_empty(),
            ExprKind::Struct(literal) => !literal.fields.is_empty(),
            ExprKind::List(items) => !items.is_empty(),
            ExprKind::Match(_) => true,
            _ => false,
        };
        let plain = |arg: &Expr| matches!(arg.kind, ExprKind::Lit(_) | ExprKind::Name(_) | ExprKind::Field(_));
        let length: u32 = others.iter().map(|arg| arg.span.end - arg.span.start).sum();
        let spans: Vec<Span> = call.args.iter().map(|arg| arg.span).collect();
        let commented = self.gaps_break(&spans, call.parens.start) || self.has_comments(last.span.end..call.parens.end);
        spreads && others.iter().all(plain) && length <= 40 && !commented
    }

    fn slice(&mut self, slice: &Slice) -> Doc<'a> {
        let mut parts = vec![self.followed(&slice.object), text("[")];
        parts.extend(slice.from.as_ref().map(|from| self.expr(from)));
        parts.push(text(":"));
        parts.extend(slice.to.as_ref().map(|to| self.expr(to)));
        if let Some(step) = &slice.step {
            parts.push(text(":"));
            parts.push(self.expr(step));
        }
        parts.push(text("]"));
        Doc::Concat(parts)
    }

    /// Operators of one level in a row; a line ends after an operator. Text is often put together from many small pieces: those
    /// fill their lines, where a line each would be hard to read. `followed` as above, of the last operand.
    fn chain(&mut self, binary: &Binary, followed: bool) -> Doc<'a> {
        let level = binary.op.precedence();
        let mut links = vec![binary];
        let mut first = &binary.left;
        while let ExprKind::Binary(left) = &first.kind {
            if left.op.precedence() != level {
                break;
            }
            links.push(left);
            first = &left.left;
        }
        let mut parts = vec![self.followed(first)];
        let mut commented = false;
        let mut end = first.span.end;
        for link in links.into_iter().rev() {
            let mut comments = self.trailing(end);
            parts.push(text(" "));
            parts.push(text(link.op.text()));
            comments.extend(self.trailing(link.op_span.end));
            comments.extend(self.own_lines(end, link.right.span.start));
            commented |= !comments.is_empty();
            parts.extend(comments);
            parts.push(Doc::Line);
            let is_last = std::ptr::eq(link, binary);
            parts.push(if is_last && !followed { self.expr(&link.right) } else { self.followed(&link.right) });
            end = link.right.span.end;
        }
        if !commented && matches!(binary.op, BinaryOp::Add | BinaryOp::Sub) && fills(&parts) {
            return group(indent(Doc::Fill(filled(parts))));
        }
        let doc = indent(Doc::Concat(parts));
        if commented { broken_group(doc) } else { group(doc) }
    }

    /// On one line with `then`, over lines with braces; with braces always where `then` would be read differently.
    fn if_expr(&mut self, expr: &IfExpr, followed: bool) -> Doc<'a> {
        let braced = followed
            || expr.branches.iter().any(|branch| !is_closed(&branch.value))
            || expr.otherwise.as_ref().is_some_and(begins_with_brace);
        let mut parts = Vec::new();
        for branch in &expr.branches {
            parts.push(text(if parts.is_empty() { "if " } else { " else if " }));
            parts.push(self.expr(&branch.cond));
            parts.push(if braced { text(" {") } else { if_broken(text(" {"), text(" then")) });
            self.branch(&mut parts, &branch.value, braced);
        }
        if let Some(value) = &expr.otherwise {
            parts.push(text(" else"));
            parts.push(if braced { text(" {") } else { if_broken(text(" {"), nil()) });
            self.branch(&mut parts, value, braced);
        }
        group(Doc::Concat(parts))
    }

    /// An `if` that is a value and begins a statement: over lines it keeps its first `then`, since braces would make it a statement of
    /// blocks. A later branch has braces where an `else` behind it would be read differently.
    pub(super) fn if_then(&mut self, expr: &IfExpr) -> Doc<'a> {
        let mut parts = Vec::new();
        for (at, branch) in expr.branches.iter().enumerate() {
            let braced = at > 0 && !is_closed(&branch.value);
            parts.extend((at > 0).then_some(Doc::Line));
            parts.push(text(if at == 0 { "if " } else { "else if " }));
            parts.push(self.expr(&branch.cond));
            parts.push(text(if braced { " {" } else { " then" }));
            let value = self.expr(&branch.value);
            parts.push(indent(concat([Doc::Line, value])));
            parts.extend(braced.then(|| concat([Doc::Line, text("}")])));
        }
        if let Some(value) = &expr.otherwise {
            let braced = begins_with_brace(value);
            parts.push(Doc::Line);
            parts.push(text(if braced { "else {" } else { "else" }));
            let value = self.expr(value);
            parts.push(indent(concat([Doc::Line, value])));
            parts.extend(braced.then(|| concat([Doc::Line, text("}")])));
        }
        group(Doc::Concat(parts))
    }

    fn branch(&mut self, parts: &mut Vec<Doc<'a>>, value: &Expr, braced: bool) {
        let value = self.expr(value);
        parts.push(indent(concat([Doc::Line, value])));
        let close = concat([Doc::Line, text("}")]);
        parts.push(if braced { close } else { if_broken(close, nil()) });
    }

    fn match_expr(&mut self, expr: &Match, span: Span) -> Doc<'a> {
        let subject = self.expr(&expr.subject);
        let spans: Vec<Span> = expr.arms.iter().map(|arm| arm.pattern.span.to(body_span(&arm.body))).collect();
        let place = (expr.subject.span.end, span.end);
        let arms = self.bracketed(&Brackets::METHODS, place, &spans, |f, index| {
            let arm = &expr.arms[index];
            let pattern = f.pattern(&arm.pattern);
            let body = f.body(&arm.body);
            concat([pattern, text(" => "), body])
        });
        concat([text("match "), subject, text(" "), arms])
    }

    fn body(&mut self, body: &Body) -> Doc<'a> {
        match body {
            Body::Expr(expr) => self.expr(expr),
            Body::Block(block) => self.block(block, true),
        }
    }

    fn pattern(&self, pattern: &Pattern) -> Doc<'a> {
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Lit(_) | PatternKind::Name(_) | PatternKind::Error => text(self.source(pattern.span)),
            PatternKind::Variant { name, args } => {
                let args = join(args.iter().map(|arg| self.pattern(arg)), &text(", "));
                concat([text(self.source(name.span)), text("("), args, text(")")])
            }
            PatternKind::Paren(inner) => concat([text("("), self.pattern(inner), text(")")]),
        }
    }

    fn lambda(&mut self, lambda: &Lambda, span: Span) -> Doc<'a> {
        let sig = self.signature(&lambda.sig, span.start, body_span(&lambda.body).start);
        let arrow = match &lambda.body {
            Body::Expr(_) => " => ",
            Body::Block(_) => " ",
        };
        let body = self.body(&lambda.body);
        concat([text("fun"), sig, text(arrow), body])
    }
}

fn body_span(body: &Body) -> Span {
    match body {
        Body::Expr(expr) => expr.span,
        Body::Block(block) => block.span,
    }
}

/// Whether no `else` after the expression could be taken for its own.
fn is_closed(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Lit(_) | ExprKind::Name(_) | ExprKind::List(_) | ExprKind::Map(_) | ExprKind::Struct(_) => true,
        ExprKind::Call(_) | ExprKind::Index(_) | ExprKind::Slice(_) | ExprKind::Field(_) | ExprKind::Paren(_) => true,
        ExprKind::Cast(_) | ExprKind::Logic(_) | ExprKind::Generate(_) => true,
        ExprKind::Unary(unary) => is_closed(&unary.operand),
        ExprKind::Binary(binary) => is_closed(&binary.right),
        ExprKind::If(_) | ExprKind::Match(_) | ExprKind::Fun(_) | ExprKind::Query(_) | ExprKind::Fetch(_) => false,
        ExprKind::Load(_) | ExprKind::Save(_) | ExprKind::Error => false,
    }
}

/// Whether a chain, as `chain` collects it, has at least four operands and each of them is short.
fn fills(parts: &[Doc<'_>]) -> bool {
    parts.len() >= 13 && parts.iter().all(|part| !part.must_break() && flat_width(part) <= 60)
}

/// Each operand with the operator behind it.
fn filled(parts: Vec<Doc<'_>>) -> Vec<Doc<'_>> {
    let mut items = Vec::new();
    let mut item = Vec::new();
    for part in parts {
        match part {
            Doc::Line => items.push(Doc::Concat(std::mem::take(&mut item))),
            part => item.push(part),
        }
    }
    items.push(Doc::Concat(item));
    items
}

fn begins_with_brace(mut expr: &Expr) -> bool {
    loop {
        expr = match &expr.kind {
            ExprKind::Map(_) => return true,
            ExprKind::Binary(binary) => &binary.left,
            ExprKind::Call(call) => &call.callee,
            ExprKind::Index(index) => &index.object,
            ExprKind::Slice(slice) => &slice.object,
            ExprKind::Field(field) => &field.object,
            ExprKind::Cast(cast) => &cast.value,
            _ => return false,
        };
    }
}
