//! Facts, rules and logic queries. A relation is its name and its number of columns.

use super::Resolver;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::tree::{ExprKind, LogicCond, LogicRule, LogicTerm, Relation};
use crate::source::Span;
use crate::syntax::ast::{Cond, Pred, Rule, Term, TermKind};
use crate::syntax::symbol::Symbol;

impl Resolver<'_> {
    pub fn fact(&mut self, pred: &Pred) {
        let terms = terms(&pred.args);
        let relation = self.relation(pred);
        if let Some(term) = pred.args.iter().find(|term| matches!(term.kind, TermKind::Var(_))) {
            let help = "write a string or an int";
            return self.error(Code::M013, term.span, "a fact has no variables".to_owned(), "this is a variable", help);
        }
        self.program.own.relations[relation as usize].facts.push(terms);
    }

    pub fn rule(&mut self, rule: &Rule) {
        let bound: Vec<_> = rule
            .body
            .iter()
            .flat_map(|cond| match cond {
                Cond::Pred(pred) => variables(&pred.args),
                Cond::NotEqual(..) => Vec::new(),
            })
            .collect();
        let needed = rule.body.iter().flat_map(|cond| match cond {
            Cond::Pred(_) => Vec::new(),
            Cond::NotEqual(a, b) => vec![(a.name, a.span), (b.name, b.span)],
        });
        let unbound = variables(&rule.head.args).into_iter().chain(needed).find(|(name, _)| !bound.iter().any(|(other, _)| other == name));
        if let Some((name, span)) = unbound {
            let text = self.text(name).to_owned();
            let message = format!("nothing gives `{text}` a value");
            return self.error(
                Code::M013,
                span,
                message,
                "no condition of the rule has this variable",
                "use it in a condition: `rule p(x) :- q(x)`",
            );
        }
        let body = rule
            .body
            .iter()
            .map(|cond| match cond {
                Cond::Pred(pred) => LogicCond::Holds { relation: self.relation(pred), terms: terms(&pred.args) },
                Cond::NotEqual(a, b) => LogicCond::Differ(a.name, b.name),
            })
            .collect();
        let relation = self.relation(&rule.head);
        self.program.own.relations[relation as usize].rules.push(LogicRule { head: terms(&rule.head.args), body });
    }

    pub fn logic_query(&mut self, pred: &Pred) -> ExprKind {
        let (name, arity) = (pred.name.name, pred.args.len());
        let known = self.relation_of.contains_key(&(name, arity));
        if !known && self.first_warning(name) {
            let text = self.text(name).to_owned();
            let diagnostic =
                Diagnostic::warning(Code::M013, pred.name.span, format!("no fact or rule gives `{text}` with {arity} columns"))
                    .label("the result is always empty")
                    .help(format!("state a fact: `fact {text}(\"a\")`"));
            self.report(diagnostic);
        }
        ExprKind::Logic { relation: self.relation(pred), terms: terms(&pred.args).into() }
    }

    /// `ancestor(x, y)` for `query ancestor(x, y)`: reported once; the variables in it are not looked for.
    pub fn predicate_called(&mut self, name: Symbol, span: Span) -> bool {
        if !self.program.own.relations.iter().any(|relation| relation.name == name) {
            return false;
        }
        if self.first_report(name) {
            let text = self.text(name).to_owned();
            let diagnostic = Diagnostic::error(Code::T003, span, format!("`{text}` is a predicate and cannot be called"))
                .label("facts and rules give it its rows")
                .help(format!("ask for the rows: `query {text}(...)`"))
                .fix("write `query`", span.at_start(), "query ");
            self.report(diagnostic);
        }
        true
    }

    fn relation(&mut self, pred: &Pred) -> u32 {
        let (name, arity) = (pred.name.name, pred.args.len());
        let relations = &mut self.program.own.relations;
        *self.relation_of.entry((name, arity)).or_insert_with(|| {
            relations.push(Relation { name, arity, facts: Vec::new(), rules: Vec::new() });
            relations.len() as u32 - 1
        })
    }
}

fn terms(terms: &[Term]) -> Vec<LogicTerm> {
    terms
        .iter()
        .map(|term| match &term.kind {
            TermKind::Var(name) => LogicTerm::Var(*name),
            TermKind::Str(text) => LogicTerm::Str(text.clone()),
            TermKind::Int(value) => LogicTerm::Int(*value),
        })
        .collect()
}

fn variables(terms: &[Term]) -> Vec<(Symbol, Span)> {
    terms
        .iter()
        .filter_map(|term| match term.kind {
            TermKind::Var(name) => Some((name, term.span)),
            TermKind::Str(_) | TermKind::Int(_) => None,
        })
        .collect()
}
