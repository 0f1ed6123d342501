//! What the text shows of a value: the types that variables, fields and results are declared with, and literals.
//!
//! Only `update` asks, since its names mean columns where the rows have them. It is no inference: what is not shown here is `None`,
//! and `infer` finds what the values are whatever was declared.

use super::Resolver;
use crate::hir::Builtin;
use crate::hir::tree::{DataKind, Expr, ExprKind, LocalId, TypeRef};
use crate::syntax::ast::BinaryOp;
use crate::syntax::symbol::{Symbol, sym};
use crate::types::DataId;

impl Resolver<'_> {
    /// Keeps what the value of a variable shows, if rows of something can be found in it.
    pub fn show(&mut self, local: LocalId, ty: Option<TypeRef>) {
        if let Some(ty) = ty.filter(|ty| self.has_rows(ty)) {
            self.shown.insert(local, ty);
        }
    }

    /// The type of a value whose rows, or those of something in it, are known.
    pub fn shown(&self, value: &Expr) -> Option<TypeRef> {
        match &value.kind {
            ExprKind::Local(local) => {
                let declared = self.program.locals[local.index()].ty.as_ref().filter(|ty| self.has_rows(ty));
                declared.or_else(|| self.shown.get(local)).cloned()
            }
            ExprKind::Struct { data, .. } => Some(TypeRef::Data(*data, Vec::new())),
            ExprKind::Record(fields) => Some(TypeRef::Record(fields.iter().map(|&(name, _)| (name, TypeRef::Any)).collect())),
            ExprKind::List(items) => self.list_of(self.shown(items.first()?)?),
            ExprKind::Query(query) if query.aggregate.is_none() => self.list_of(self.shown(&query.select)?),
            ExprKind::Load(load) => self.list_of(load.ty.clone()),
            ExprKind::Cast { ty, .. } => Some((**ty).clone()),
            ExprKind::CallFn { func, args } => {
                let function = &self.program.fns[func.index()];
                function.ret.clone().filter(|_| args.len() == function.params.len())
            }
            ExprKind::CallMethod { object, name, .. } => {
                let data = self.struct_shown(object)?;
                let method = self.program.data[data.0 as usize].methods.get(*name)?;
                self.program.fns[method.index()].ret.clone()
            }
            ExprKind::CallBuiltin { builtin, args } => match builtin {
                Builtin::Append | Builtin::Push | Builtin::Concat | Builtin::Reverse | Builtin::Distinct | Builtin::Slice => {
                    self.shown(args.first()?)
                }
                Builtin::First => element(self.shown(args.first()?)?),
                Builtin::Values => self.list_of(element(self.shown(args.first()?)?)?),
                _ => None,
            },
            ExprKind::Field { object, name, .. } => self.field_shown(self.struct_shown(object)?, *name),
            ExprKind::Index { object, .. } => element(self.shown(object)?),
            ExprKind::Slice { object, .. } => self.shown(object),
            ExprKind::Binary { op, left, .. } if keeps_rows(*op) => self.shown(left),
            ExprKind::If { branches, .. } => self.shown(&branches.first()?.1),
            _ => None,
        }
    }

    fn struct_shown(&self, object: &Expr) -> Option<DataId> {
        match self.shown(object)? {
            TypeRef::Data(data, _) => Some(data),
            TypeRef::Option(of) => match *of {
                TypeRef::Data(data, _) => Some(data),
                _ => None,
            },
            _ => None,
        }
    }

    fn field_shown(&self, data: DataId, name: Symbol) -> Option<TypeRef> {
        match &self.program.data[data.0 as usize].kind {
            DataKind::Struct(fields) => fields.iter().find(|field| field.name == name).map(|field| field.ty.clone()),
            DataKind::Union(_) => None,
        }
    }

    fn list_of(&self, of: TypeRef) -> Option<TypeRef> {
        self.prelude_data(sym::LIST).map(|list| TypeRef::Data(list, vec![of]))
    }

    /// Whether it is a struct or a record, or a container of them.
    fn has_rows(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Data(data, args) => match args.last() {
                Some(of) => self.has_rows(of),
                None => !self.program.data[data.0 as usize].is_prelude,
            },
            TypeRef::Option(of) => self.has_rows(of),
            TypeRef::Record(_) => true,
            _ => false,
        }
    }
}

/// Whether the operator gives rows of its left operand.
fn keeps_rows(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(op, Add | Union | UnionAll | Except | Intersect | Coalesce)
}

/// What a list's elements or a map's values are.
pub fn element(ty: TypeRef) -> Option<TypeRef> {
    match ty {
        TypeRef::Data(_, mut args) => args.pop(),
        TypeRef::Option(of) => element(*of),
        _ => None,
    }
}
