//! The plans of a program's queries as text: `mochi dump --plan`.
//!
//! ```text
//! main.mochi:4:14
//!   scan o in orders, test o.total > 10
//!   join c in customers, by c.id == o.customer (int)
//!   group by c.name
//!   sort by -count(g), keep 10
//!   once avg(from x in orders select x.total)
//! ```
//! A query inside another stands below it, indented. What is evaluated once stands with the query that keeps it.

use super::effects::Summary;
use super::once::Once;
use super::plan::{Evaluated, KeyKind, Known, Plan, Step};
use crate::hir::facts::Facts;
use crate::hir::tree::{Expr, ExprId, ExprKind, Lit, Program, Query};
use crate::lower::walk::{self, Visit};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::JoinKind;
use crate::syntax::symbol::Names;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The plan of every query of the program, in the order of the text.
pub fn plans(program: &Program, facts: &Facts, names: &Names, sources: &SourceMap) -> String {
    let effects = Summary::of(program, facts, names);
    let assigned_fields = walk::assigned_fields(program, names, facts);
    let known = Known { program, facts, names, effects: &effects, assigned_fields: &assigned_fields };
    let mut shown = Shown { known, sources, kept: BTreeSet::new(), around: Vec::new(), plans: Vec::new() };
    program.fns.iter().filter(|func| !func.is_prelude).for_each(|func| walk::stmts(walk::body(func), &mut shown));
    shown.plans.sort();
    shown.plans.into_iter().map(|(_, _, text)| text).collect()
}

struct Shown<'a> {
    known: Known<'a>,
    sources: &'a SourceMap,
    /// What queries around others evaluate once.
    kept: BTreeSet<ExprId>,
    /// The queries around the current place.
    around: Vec<Span>,
    /// File, offset and text of each plan.
    plans: Vec<(u32, u32, String)>,
}

impl Visit for Shown<'_> {
    fn expr(&mut self, e: &Expr) {
        if let ExprKind::Query(query) = &e.kind {
            let span = e.span;
            self.around.retain(|outer| outer.file == span.file && outer.start <= span.start && span.end <= outer.end);
            let text = self.query(query, span);
            self.plans.push((span.file.0, span.start, text));
            self.around.push(span);
        }
    }
}

impl Shown<'_> {
    fn query(&mut self, query: &Query, span: Span) -> String {
        let kept = &self.kept;
        let once = Once::of(&self.known, query, &|id| kept.contains(&id));
        let indexed = kept.contains(&query.sources[0].values.id);
        let plan = Plan::of(&self.known, query, indexed);
        let margin = "  ".repeat(self.around.len());
        let at = self.sources.position(span);
        let mut out = format!("{margin}{}:{}:{}\n", self.sources.name(span), at.line, at.column);
        let mut line = |text: String| {
            let _ = writeln!(out, "{margin}  {text}");
        };
        let mut first = 0;
        if let Some(inner) = &plan.reordered {
            first = inner.steps.len();
            inner.steps.iter().enumerate().for_each(|(at, step)| line(self.step(inner, at, step)));
            let names: Vec<&str> = plan.steps[..first].iter().map(|step| self.name(step)).collect();
            let tests: Vec<&Expr> = plan.steps[..first].iter().flat_map(|step| step.on.iter().copied()).collect();
            line(format!("rows as from {}{}", names.join(", "), self.conds("test", &tests)));
        }
        plan.steps.iter().enumerate().skip(first).for_each(|(at, step)| line(self.step(&plan, at, step)));
        if let Some(group) = &query.group {
            let keys: Vec<String> = group.keys.iter().map(|(_, key)| self.text(key)).collect();
            let having = group.having.as_ref().map_or(String::new(), |cond| format!(", test {}", self.text(cond)));
            line(format!("group by {}{having}", keys.join(", ")));
        }
        if let Some(sort) = &query.sort {
            let wanted = wanted(query).map_or(String::new(), |count| format!(", keep {count}"));
            line(format!("sort by {}{wanted}", self.text(sort)));
        }
        once.values.iter().for_each(|e| line(format!("once {}", self.text(e))));
        once.sought.iter().for_each(|e| line(format!("set of {}, if it is looked in often", self.text(e))));
        self.kept.extend(once.values.iter().chain(&once.sought).map(|e| e.id));
        self.kept.extend(once.indexes.iter().map(|query| query.sources[0].values.id));
        out
    }

    fn name(&self, step: &Step) -> &str {
        self.known.names.text(self.known.program.locals[step.source.local.index()].name)
    }
    fn conds(&self, word: &str, conds: &[&Expr]) -> String {
        let texts: Vec<String> = conds.iter().map(|cond| self.text(cond)).collect();
        if texts.is_empty() { String::new() } else { format!(", {word} {}", texts.join(" && ")) }
    }
    fn step(&self, plan: &Plan, at: usize, step: &Step) -> String {
        let verb = match (step.outer, &step.source.join) {
            (Some(JoinKind::Left), _) => "left join",
            (Some(JoinKind::Right), _) => "right join",
            (Some(JoinKind::Outer), _) => "outer join",
            (Some(JoinKind::Inner), _) | (None, Some(_)) => "join",
            (None, None) if at == 0 && step.keys.is_empty() => "scan",
            (None, None) if at == 0 => "look up",
            (None, None) if step.keys.is_empty() => "cross",
            (None, None) => "join",
        };
        let mut out = format!("{verb} {} in {}", self.name(step), self.text(&step.source.values));
        if !step.keys.is_empty() {
            let keys: Vec<String> = step.keys.iter().map(|key| format!("{} == {}", self.text(key.mine), self.text(key.other))).collect();
            let kind = match step.key_kind {
                KeyKind::Int => "int",
                KeyKind::Text => "text",
                KeyKind::Hash => "hash",
            };
            let _ = write!(out, ", by {} ({kind})", keys.join(", "));
        }
        match step.values {
            Evaluated::PerRow if at > 0 => out += ", for each row",
            Evaluated::AtFirst if at > 0 => out += ", from the first row on",
            Evaluated::PerRow | Evaluated::AtFirst | Evaluated::Before => {}
        }
        out += &self.conds("of those with", &step.own);
        if !step.partners.is_empty() {
            let names: Vec<&str> = step.partners.iter().map(|&at| self.name(&plan.steps[at])).collect();
            let _ = write!(out, ", of those found in {}", names.join(", "));
        }
        out += &self.conds("test", &step.on);
        out += &self.conds("then test", &step.after);
        out
    }

    /// An expression as written, on one line.
    fn text(&self, e: &Expr) -> String {
        self.sources.snippet(e.span).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// How many of the sorted rows are needed, where that is a constant.
pub(super) fn wanted(query: &Query) -> Option<i64> {
    let constant = |e: &Option<Expr>| match e {
        None => Some(0),
        Some(e) => match e.kind {
            ExprKind::Lit(Lit::Int(n)) if (0..1_000_000).contains(&n) => Some(n),
            _ => None,
        },
    };
    if query.distinct || query.take.is_none() || query.sort.is_none() {
        return None;
    }
    Some(constant(&query.skip)? + constant(&query.take)?)
}
