//! The layout of declarations, signatures and types.

use super::Formatter;
use super::comments::Lines;
use super::doc::{Doc, concat, group, if_broken, indent, join, nil, text};
use super::exprs::Brackets;
use crate::source::Span;
use crate::syntax::ast::*;

impl<'a> Formatter<'a> {
    pub(super) fn function(&mut self, head: &'static str, decl: &FunDecl) -> Doc<'a> {
        let name = text(self.source(decl.name.span));
        let sig = self.signature(&decl.sig, decl.name.span.end, decl.body.span.start);
        let body = self.block(&decl.body, true);
        concat([text(head), name, sig, text(" "), body])
    }

    /// `<T>(params): type ! effects`, between two places of the text.
    pub(super) fn signature(&mut self, sig: &Signature, start: u32, end: u32) -> Doc<'a> {
        let spans: Vec<Span> = sig.params.iter().map(param_span).collect();
        let params_end = spans.last().map_or(start, |span| span.end);
        let place = (start, if spans.is_empty() { params_end } else { params_end.min(end) });
        let params = self.bracketed(&Brackets::PARAMS, place, &spans, |f, index| {
            let param = &sig.params[index];
            let name = f.declared(param.name.span);
            concat([name, f.annotation(param.ty.as_ref())])
        });
        let mut parts = vec![self.type_params(&sig.type_params), params, self.annotation(sig.ret.as_ref())];
        if !sig.effects.is_empty() {
            parts.push(text(" ! "));
            parts.push(join(sig.effects.iter().map(|effect| text(self.source(effect.span))), &text(", ")));
        }
        Doc::Concat(parts)
    }

    fn type_params(&self, params: &[Ident]) -> Doc<'a> {
        if params.is_empty() {
            return nil();
        }
        let names = join(params.iter().map(|param| text(self.source(param.span))), &text(", "));
        concat([text("<"), names, text(">")])
    }

    pub(super) fn annotation(&mut self, ty: Option<&TypeExpr>) -> Doc<'a> {
        let Some(ty) = ty else { return nil() };
        let mut parts = vec![text(": ")];
        parts.extend(self.inline(ty.span.start));
        parts.push(self.ty(ty));
        parts.extend(self.behind(ty.span.end));
        Doc::Concat(parts)
    }

    /// A type on one line; types have no other layout.
    pub(super) fn ty(&self, ty: &TypeExpr) -> Doc<'a> {
        let comma = text(", ");
        match &ty.kind {
            TypeExprKind::Name(_) | TypeExprKind::Error => text(self.source(ty.span)),
            TypeExprKind::Generic { name, args } => {
                let args = join(args.iter().map(|arg| self.ty(arg)), &comma);
                concat([text(self.source(name.span)), text("<"), args, text(">")])
            }
            TypeExprKind::Fun { params, ret } => {
                let params = join(params.iter().map(|param| self.ty(param)), &comma);
                let ret = ret.as_ref().map(|ret| concat([text(": "), self.ty(ret)]));
                concat([text("fun("), params, text(")"), ret.unwrap_or_else(nil)])
            }
            TypeExprKind::Record(fields) => {
                let fields = join(fields.iter().map(|field| self.field(field)), &comma);
                concat([text("{"), fields, text("}")])
            }
            TypeExprKind::Optional(inner) => concat([self.ty(inner), text("?")]),
        }
    }

    fn field(&self, field: &Field) -> Doc<'a> {
        concat([text(self.source(field.name.span)), text(": "), self.ty(&field.ty)])
    }

    pub(super) fn type_decl(&mut self, decl: &TypeDecl, span: Span) -> Doc<'a> {
        let head = concat([text("type "), text(self.source(decl.name.span)), self.type_params(&decl.type_params)]);
        let body = match &decl.kind {
            TypeDeclKind::Struct(members) => {
                let after = decl.type_params.last().map_or(decl.name.span.end, |param| param.span.end);
                return concat([head, text(" "), self.members(members, after, span.end)]);
            }
            TypeDeclKind::Union(variants) => {
                return concat([head, text(" ="), self.variants(variants, decl.name.span.end)]);
            }
            TypeDeclKind::Alias(ty) => self.ty(ty),
        };
        concat([head, text(" = "), body])
    }

    fn members(&mut self, members: &[Member], start: u32, end: u32) -> Doc<'a> {
        let spans = self.spans_in_braces(start, members.iter().map(member_end));
        let methods = members.iter().any(|member| matches!(member, Member::Method(_)));
        let style = if methods { &Brackets::METHODS } else { &Brackets::MEMBERS };
        self.bracketed(style, (start, end), &spans, |f, index| match &members[index] {
            Member::Field(field) => f.field(field),
            Member::Method(method) => f.function("fun ", method),
        })
    }

    /// The spans of members that follow each other, with their first words, from the places where they end.
    fn spans_in_braces(&self, start: u32, ends: impl Iterator<Item = Span>) -> Vec<Span> {
        let mut from = self.code_start(start);
        if self.text[from as usize..].starts_with('=') {
            from = self.code_start(from + 1);
        }
        from += 1;
        let spans = ends.map(|end| {
            let start = self.code_start(from);
            from = end.end;
            Span { start, ..end }
        });
        spans.collect()
    }

    fn variants(&mut self, variants: &[Variant], start: u32) -> Doc<'a> {
        let end = variants.last().map_or(start, |variant| variant.span.end);
        let commented = self.has_comments(start..end);
        let mut lines = Lines::dense(start);
        let mut docs = Vec::new();
        let mut from = start;
        for (index, variant) in variants.iter().enumerate() {
            let bar = if index > 0 { "| " } else { "" };
            if commented {
                let bar_start = if index > 0 { self.code_start(from) } else { variant.span.start };
                let span = Span { start: bar_start, ..variant.span };
                self.leading(&mut lines, span.start);
                let doc = concat([text(bar), self.variant(variant)]);
                self.item(&mut lines, span, doc, "");
                from = span.end;
            } else {
                docs.push(concat([text(bar), self.variant(variant)]));
            }
        }
        let body = if commented { concat([Doc::Hard, lines.into_doc()]) } else { concat([Doc::Line, join(docs, &Doc::Line)]) };
        group(indent(body))
    }

    /// A variant keeps the kind of its brackets.
    fn variant(&mut self, variant: &Variant) -> Doc<'a> {
        let name = text(self.source(variant.name.span));
        if variant.fields.is_empty() {
            return name;
        }
        let braces = self.text[self.code_start(variant.name.span.end) as usize..].starts_with('{');
        let fields = join(variant.fields.iter().map(|field| self.field(field)), &concat([text(","), Doc::Line]));
        let (open, close, pad) = if braces { (" {", "}", Doc::Line) } else { ("(", ")", Doc::Soft) };
        let comma = if_broken(text(","), nil());
        concat([name, group(concat([text(open), indent(concat([pad.clone(), fields, comma])), pad, text(close)]))])
    }

    pub(super) fn import(&self, import: &Import) -> Doc<'a> {
        let mut parts = vec![text("import ")];
        if let Some(lang) = import.lang {
            parts.push(text(self.source(lang.span)));
            parts.push(text(" "));
        }
        parts.push(text(self.source(import.path.span)));
        if let Some(alias) = import.alias {
            parts.push(text(" as "));
            parts.push(text(self.source(alias.span)));
        }
        if import.auto {
            parts.push(text(" auto"));
        }
        Doc::Concat(parts)
    }

    pub(super) fn external(&mut self, external: &Extern) -> Doc<'a> {
        match external {
            Extern::Type(name) => concat([text("extern type "), text(self.source(name.span))]),
            Extern::Object(name) => concat([text("extern object "), text(self.source(name.span))]),
            Extern::Var(var) => concat([text("extern var "), self.path(&var.path), text(": "), self.ty(&var.ty)]),
            Extern::Let(var) => concat([text("extern let "), self.path(&var.path), text(": "), self.ty(&var.ty)]),
            Extern::Fun(fun) => {
                let start = fun.path.last().map_or(0, |part| part.span.end);
                let sig = self.signature(&fun.sig, start, u32::MAX);
                let target = match &fun.target {
                    Some(target) => concat([text(" = "), text(self.source(target.span))]),
                    None => nil(),
                };
                concat([text("extern fun "), self.path(&fun.path), sig, target])
            }
        }
    }

    fn path(&self, path: &[Ident]) -> Doc<'a> {
        join(path.iter().map(|part| text(self.source(part.span))), &text("."))
    }

    pub(super) fn agent(&mut self, agent: &Agent, span: Span) -> Doc<'a> {
        let spans = self.spans_in_braces(agent.name.span.end, agent.members.iter().map(agent_member_end));
        let members = self.bracketed(&Brackets::METHODS, (agent.name.span.end, span.end), &spans, |f, index| match &agent.members[index] {
            AgentMember::Let(binding) => f.binding("let ", binding),
            AgentMember::Var(binding) => f.binding("var ", binding),
            AgentMember::Assign(assign) => f.assign(assign),
            AgentMember::On(on) => f.on(on),
            AgentMember::Intent(intent) => f.function("intent ", intent),
        });
        concat([text("agent "), text(self.source(agent.name.span)), text(" "), members])
    }

    pub(super) fn stream(&mut self, stream: &Stream, span: Span) -> Doc<'a> {
        let spans: Vec<Span> = stream.fields.iter().map(|field| field.name.span.to(field.ty.span)).collect();
        let fields =
            self.bracketed(&Brackets::MEMBERS, (stream.name.span.end, span.end), &spans, |f, index| f.field(&stream.fields[index]));
        concat([text("stream "), text(self.source(stream.name.span)), text(" "), fields])
    }

    pub(super) fn model(&mut self, model: &Model, span: Span) -> Doc<'a> {
        let spans: Vec<Span> = model.fields.iter().map(|field| field.name.span.to(field.value.span)).collect();
        let fields = self.bracketed(&Brackets::METHODS, (model.name.span.end, span.end), &spans, |f, index| {
            let field = &model.fields[index];
            let value = f.expr(&field.value);
            concat([text(f.source(field.name.span)), text(": "), value])
        });
        concat([text("model "), text(self.source(model.name.span)), text(" "), fields])
    }

    pub(super) fn pred(&self, pred: &Pred) -> Doc<'a> {
        let args = join(pred.args.iter().map(|arg| text(self.source(arg.span))), &text(", "));
        concat([text(self.source(pred.name.span)), text("("), args, text(")")])
    }

    pub(super) fn rule(&self, rule: &Rule) -> Doc<'a> {
        let conds = rule.body.iter().map(|cond| match cond {
            Cond::Pred(pred) => self.pred(pred),
            Cond::NotEqual(left, right) => concat([text(self.source(left.span)), text(" != "), text(self.source(right.span))]),
        });
        let conds = join(conds, &concat([text(","), Doc::Line]));
        group(concat([text("rule "), self.pred(&rule.head), text(" :-"), indent(concat([Doc::Line, conds]))]))
    }
}

fn param_span(param: &Param) -> Span {
    param.ty.as_ref().map_or(param.name.span, |ty| param.name.span.to(ty.span))
}

fn member_end(member: &Member) -> Span {
    match member {
        Member::Field(field) => field.ty.span,
        Member::Method(method) => method.body.span,
    }
}

fn agent_member_end(member: &AgentMember) -> Span {
    let binding = |binding: &Binding| {
        let end = binding.ty.as_ref().map_or(binding.name.span, |ty| ty.span);
        binding.value.as_ref().map_or(end, |value| value.span)
    };
    match member {
        AgentMember::Let(inner) | AgentMember::Var(inner) => binding(inner),
        AgentMember::Assign(assign) => assign.value.span,
        AgentMember::On(on) => on.body.span,
        AgentMember::Intent(intent) => intent.body.span,
    }
}
