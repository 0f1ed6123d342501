//! Patterns of `match`.

use super::Resolver;
use super::literals::lit;
use super::types::plural;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::tree::{DataKind, LocalKind, Pattern};
use crate::syntax::ast::{self, PatternKind};
use crate::syntax::symbol::sym;

impl<'a> Resolver<'a> {
    /// A name is the variant of that name, else a new variable; variables that exist do not matter.
    pub fn pattern(&mut self, pattern: &'a ast::Pattern) -> Pattern {
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Error => Pattern::Wildcard,
            PatternKind::Lit(value) => Pattern::Lit(lit(value), pattern.span),
            PatternKind::Name(binder) if binder.name == sym::MISSING || binder.name == sym::UNDERSCORE => Pattern::Wildcard,
            PatternKind::Name(binder) => match self.scopes.variants.get(binder.name).copied() {
                Some((data, variant)) => Pattern::Variant { data, variant, args: Vec::new(), span: pattern.span },
                None => Pattern::Bind(self.bind(*binder, LocalKind::Bound)),
            },
            PatternKind::Variant { name, args } => self.variant_pattern(*name, args, pattern),
            PatternKind::Paren(inner) => self.pattern(inner),
        }
    }

    fn variant_pattern(&mut self, name: ast::Ident, args: &'a [ast::Pattern], pattern: &'a ast::Pattern) -> Pattern {
        let found = self.scopes.variants.get(name.name).copied();
        let mut resolved: Vec<Pattern> = args.iter().map(|arg| self.pattern(arg)).collect();
        let Some((data, variant)) = found else {
            self.unknown_variant(name);
            return Pattern::Wildcard;
        };
        let DataKind::Union(variants) = &self.program.data[data.0 as usize].kind else { unreachable!("variants belong to unions") };
        let wanted = variants[variant].fields.len();
        if args.len() > wanted {
            let text = self.text(name.name).to_owned();
            let message = format!("`{text}` has {wanted} field{}, not {}", plural(wanted), args.len());
            let help = "give one pattern for each field, `_` where it does not matter";
            self.error(Code::T006, args[wanted].span, message, "one pattern too many", help);
            resolved.truncate(wanted);
        }
        Pattern::Variant { data, variant, args: resolved, span: pattern.span }
    }

    fn unknown_variant(&mut self, name: ast::Ident) {
        if !self.first_report(name.name) {
            return;
        }
        let text = self.text(name.name).to_owned();
        let close = self.closest_of(&text, self.scopes.variants.visible(), std::iter::empty());
        let diagnostic =
            Diagnostic::error(Code::T002, name.span, format!("unknown variant `{text}`")).label("no union with this variant is declared");
        let diagnostic = match close {
            Some(close) => super::names::with_fix(diagnostic, name.span, &close),
            None => diagnostic.help("declare it in a union: `type T = A | B(x: int)`"),
        };
        self.report(diagnostic);
    }
}
