//! Type expressions.

use super::Resolver;
use super::scope::TypeName;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::tree::{DataKind, TypeRef};
use crate::source::Span;
use crate::syntax::ast::{Ident, TypeExpr, TypeExprKind};
use crate::syntax::symbol::{Symbol, sym};
use crate::types::DataId;

/// The types of the prelude that a program may name.
const PUBLIC: [Symbol; 5] = [sym::STRING, sym::LIST, sym::MAP, sym::BIGINT, sym::BIGRAT];

impl Resolver<'_> {
    pub fn type_ref(&mut self, ty: &TypeExpr) -> TypeRef {
        match &ty.kind {
            TypeExprKind::Name(name) => self.named_type(*name, ty.span),
            TypeExprKind::Generic { name, args } => self.generic_type(*name, args, ty.span),
            TypeExprKind::Fun { params, ret } => {
                let params = params.iter().map(|param| self.type_ref(param)).collect();
                let ret = ret.as_ref().map_or(TypeRef::Unit, |ret| self.type_ref(ret));
                TypeRef::Fun(params, Box::new(ret))
            }
            TypeExprKind::Record(fields) => {
                TypeRef::Record(fields.iter().map(|field| (field.name.name, self.type_ref(&field.ty))).collect())
            }
            TypeExprKind::Optional(of) => match self.type_ref(of) {
                of @ (TypeRef::Any | TypeRef::Option(_)) => of,
                of => TypeRef::Option(Box::new(of)),
            },
            TypeExprKind::Error => TypeRef::Any,
        }
    }

    pub fn optional_type_ref(&mut self, ty: Option<&TypeExpr>) -> Option<TypeRef> {
        ty.map(|ty| self.type_ref(ty))
    }

    fn named_type(&mut self, name: Symbol, span: Span) -> TypeRef {
        if let Some(found) = self.declared_type(name) {
            return found;
        }
        match name {
            sym::INT | sym::INT64 => TypeRef::Int,
            sym::FLOAT => TypeRef::Float,
            sym::BOOL => TypeRef::Bool,
            sym::UNIT | sym::VOID => TypeRef::Unit,
            sym::ANY | sym::TIME => TypeRef::Any,
            sym::LIST => self.prelude_type(name, vec![TypeRef::Any]),
            sym::MAP => self.prelude_type(name, vec![TypeRef::Any, TypeRef::Any]),
            _ if PUBLIC.contains(&name) => self.prelude_type(name, Vec::new()),
            _ => match self.text(name) {
                "i32" if self.in_prelude => TypeRef::I32,
                "byte" if self.in_prelude => TypeRef::Byte,
                _ => self.unknown_type(name, span),
            },
        }
    }

    /// What the program or, inside the prelude, a prelude file declares.
    fn declared_type(&self, name: Symbol) -> Option<TypeRef> {
        match self.scopes.types.get(name) {
            Some(TypeName::Data(data)) => Some(TypeRef::Data(*data, Vec::new())),
            Some(TypeName::Alias(ty) | TypeName::Param(ty)) => Some(ty.clone()),
            None => self.scopes.variants.get(name).map(|&(data, _)| TypeRef::Data(data, Vec::new())),
        }
    }

    fn generic_type(&mut self, name: Ident, args: &[TypeExpr], span: Span) -> TypeRef {
        let args: Vec<TypeRef> = args.iter().map(|arg| self.type_ref(arg)).collect();
        if let Some(found) = self.declared_type(name.name) {
            // A user's own types have no parameters; arguments are erased like type parameters.
            return match found {
                TypeRef::Data(data, _) if self.in_prelude => TypeRef::Data(data, args),
                found => found,
            };
        }
        let wanted = match name.name {
            sym::LIST => 1,
            sym::MAP => 2,
            _ if self.in_prelude && self.text(name.name) == "array" && args.len() == 1 => {
                let of = args.into_iter().next().expect("one argument");
                return TypeRef::Array(Box::new(of));
            }
            _ => return self.unknown_type(name.name, name.span),
        };
        if args.len() != wanted {
            let text = self.text(name.name).to_owned();
            let message = format!("`{text}` takes {wanted} type argument{}, not {}", plural(wanted), args.len());
            let help = if wanted == 1 { "write the type of the elements: `list<int>`" } else { "write key and value: `map<string, int>`" };
            self.error(Code::T049, span, message, "wrong number of types", help);
            return TypeRef::Any;
        }
        self.prelude_type(name.name, args)
    }

    /// `list<T>` and the like; `any` where the prelude lacks the type, as in tests without a prelude.
    fn prelude_type(&self, name: Symbol, args: Vec<TypeRef>) -> TypeRef {
        self.prelude_data(name).map_or(TypeRef::Any, |data| TypeRef::Data(data, args))
    }

    pub fn prelude_data(&self, name: Symbol) -> Option<DataId> {
        self.program.old.prelude_type(name)
    }

    /// Existing programs name types that nobody declares, so this is a warning by default; single capital letters are taken as
    /// type parameters that were not declared.
    fn unknown_type(&mut self, name: Symbol, span: Span) -> TypeRef {
        let text = self.text(name).to_owned();
        let is_letter = text.len() == 1 && text.as_bytes()[0].is_ascii_uppercase();
        if !is_letter && (if self.in_prelude { self.first_report(name) } else { self.first_warning(name) }) {
            let diagnostic = match self.in_prelude {
                true => Diagnostic::error(Code::T025, span, format!("unknown type `{text}`")),
                false => Diagnostic::warning(Code::T025, span, format!("unknown type `{text}`")),
            };
            let diagnostic = diagnostic.label("no type of this name is declared; it is taken as `any`");
            let close = super::foreign_names::type_name(&text).map(str::to_owned).or_else(|| self.similar_type(&text));
            let diagnostic = match close {
                Some(close) => super::names::with_fix(diagnostic, span, &close),
                None => diagnostic.help(format!("declare it: `type {text} {{ ... }}`")),
            };
            self.report(diagnostic);
        }
        TypeRef::Any
    }

    fn similar_type(&self, wrong: &str) -> Option<String> {
        let known = ["int", "float", "bool", "string", "any", "unit", "list", "map", "bigint", "bigrat"];
        self.closest_of(wrong, self.scopes.types.visible(), known.into_iter())
    }

    /// The struct that a name stands for, also through an alias.
    pub fn struct_named(&self, name: Symbol) -> Option<DataId> {
        let data = match self.scopes.types.get(name)? {
            TypeName::Data(data) | TypeName::Alias(TypeRef::Data(data, _)) => *data,
            TypeName::Alias(_) | TypeName::Param(_) => return None,
        };
        match self.program.data[data.0 as usize].kind {
            DataKind::Struct(_) => Some(data),
            DataKind::Union(_) => None,
        }
    }
}

pub fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
