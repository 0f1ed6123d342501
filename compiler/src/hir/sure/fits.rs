//! Literals against written types.

use super::kinds::Kinds;
use super::{Origin, Sure};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::tree::{DataKind, Expr, ExprKind, FnId, FnKind, TypeRef};
use crate::types::DataId;

impl<'a> Sure<'a> {
    /// Reports the first literal in a value that can never have the type written for its place.
    pub fn fits(&mut self, ty: &TypeRef, value: &'a Expr, (code, place): (Code, Origin), why: &dyn Fn(&str) -> String) {
        let kinds = match &value.kind {
            ExprKind::Lit(_) | ExprKind::List(_) | ExprKind::Record(_) | ExprKind::Map(_) | ExprKind::Lambda(_) => self.kinds(value),
            ExprKind::Struct { .. } => Kinds::STRUCT,
            _ => return,
        };
        let Some(accepted) = self.accepted(ty) else { return };
        if kinds.never(accepted) {
            let text = self.type_text(ty);
            let message = format!("type mismatch: expected {text}, got {}", kinds.bare());
            let diagnostic = Diagnostic::error(code, value.span, message).label(format!("{}; this is {}", why(&text), kinds.text()));
            self.misfit_places.insert(place);
            self.misfits.push(with_cast(diagnostic, ty, value, kinds));
            return;
        }
        let TypeRef::Data(_, args) = ty else { return };
        match (&value.kind, args.as_slice()) {
            (ExprKind::List(items), [of]) => {
                for item in items {
                    self.fits(of, item, (code, place), &|wanted| format!("the list is declared with elements of type {wanted}"));
                }
            }
            (ExprKind::Record(fields), [_, of]) => {
                for (_, item) in fields {
                    self.fits(of, item, (code, place), &|wanted| format!("the map is declared with values of type {wanted}"));
                }
            }
            (ExprKind::Map(entries), [_, of]) => {
                for (_, item) in entries {
                    self.fits(of, item, (code, place), &|wanted| format!("the map is declared with values of type {wanted}"));
                }
            }
            _ => {}
        }
    }

    /// Literal arguments against the parameters' types.
    pub fn arguments(&mut self, func: FnId, args: &'a [Expr]) {
        let function = &self.program.fns[func.index()];
        if function.is_prelude {
            return;
        }
        let hidden = usize::from(matches!(function.kind, FnKind::Method(..)) && args.len() + 1 == function.params.len());
        for (arg, param) in args.iter().zip(&function.params[hidden..]) {
            let local = &self.program.locals[param.index()];
            if let Some(ty) = &local.ty {
                let name = self.names.text(local.name);
                self.fits(ty, arg, (Code::T007, Origin::Local(*param)), &|wanted| format!("parameter `{name}` is declared as {wanted}"));
            }
        }
    }

    /// Literal fields against the declaration.
    pub fn fields(&mut self, data: DataId, variant: usize, fields: &'a [(usize, Expr)]) {
        let declared = match &self.program.data[data.0 as usize].kind {
            DataKind::Struct(fields) => fields,
            DataKind::Union(variants) => &variants[variant].fields,
        };
        for (index, value) in fields {
            let name = self.names.text(declared[*index].name);
            self.fits(&declared[*index].ty, value, (Code::T008, Origin::Member(declared[*index].name)), &|wanted| {
                format!("field `{name}` is declared as {wanted}")
            });
        }
    }
}

/// Whether a text can stand in a program as a number: digits, with digits behind a point.
fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    text.split_once('.').map_or_else(|| digits(text), |(whole, rest)| digits(whole) && digits(rest))
}

/// Help, and a literal of the right kind where it is evident which one is meant.
fn with_cast(diagnostic: Diagnostic, ty: &TypeRef, value: &Expr, kinds: Kinds) -> Diagnostic {
    use crate::hir::tree::Lit;
    match (ty, &value.kind) {
        (TypeRef::Int, ExprKind::Lit(Lit::Str(text))) if is_number(text) && text.parse::<i64>().is_ok() => {
            diagnostic.help("write the number without quotes").fix("remove the quotes", value.span, &**text)
        }
        (TypeRef::Float, ExprKind::Lit(Lit::Str(text))) if is_number(text) && text.contains('.') => {
            diagnostic.help("write the number without quotes").fix("remove the quotes", value.span, &**text)
        }
        (TypeRef::Bool, ExprKind::Lit(Lit::Str(text))) if matches!(&**text, "true" | "false") => {
            diagnostic.help("write the word without quotes").fix("remove the quotes", value.span, &**text)
        }
        (TypeRef::Bool, ExprKind::Lit(Lit::Int(0 | 1))) => {
            let word = if matches!(value.kind, ExprKind::Lit(Lit::Int(1))) { "true" } else { "false" };
            diagnostic.help("a bool is written `true` or `false`").fix(format!("write `{word}`"), value.span, word)
        }
        (TypeRef::Int, ExprKind::Lit(Lit::Float(_))) => diagnostic.help("declare it as `float`, or convert with `as int`"),
        _ => diagnostic.help(format!("give another value, or declare the type `{}` instead", kinds.bare())),
    }
}
