//! What is known of a resolved program: a type for every expression, variable, field and result.
//!
//! `infer` fills the tables for the program, `prelude_check` for each prelude function when it is first needed.

use super::tree::{ExprId, FnId, LocalId, Program};
use crate::syntax::symbol::Names;
use crate::types::{DataId, Ty, TyKind, TyTable};
use std::collections::HashMap;

/// The prelude's types that the language itself speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WellKnown {
    pub string: DataId,
    pub list: DataId,
    pub map: DataId,
    pub group: DataId,
    pub bigint: DataId,
    pub bigrat: DataId,
}

impl WellKnown {
    /// Finds them by name among the prelude's types. A prelude without one of them is our own mistake.
    pub fn of(program: &Program, names: &Names) -> WellKnown {
        let find = |name: &str| {
            let symbol = names.find(name);
            let found = program.prelude_data.iter().find(|(s, _)| Some(*s) == symbol);
            found.unwrap_or_else(|| panic!("the prelude declares no type `{name}`")).1
        };
        WellKnown {
            string: find("string"),
            list: find("list"),
            map: find("map"),
            group: find("group"),
            bigint: find("bigint"),
            bigrat: find("bigrat"),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Facts {
    pub tys: TyTable,
    pub known: WellKnown,
    /// By `ExprId`.
    pub expr: Vec<Ty>,
    /// By `LocalId`; parameters are locals.
    pub local: Vec<Ty>,
    /// By `FnId`: the result.
    pub ret: Vec<Ty>,
    /// By `DataId`: a struct's fields, or a union's variants' fields one variant after the other.
    pub fields: Vec<Vec<Ty>>,
    /// Type arguments of a `CallFn` of a generic prelude function.
    pub type_args: HashMap<ExprId, Vec<Ty>>,
}

impl Facts {
    /// Tables of the right sizes, everything `Never`.
    pub fn new(program: &Program, names: &Names) -> Facts {
        let mut tys = TyTable::default();
        let never = tys.intern(TyKind::Never);
        let width = |id: usize| crate::hir::tree::field_count(&program.data[id]);
        Facts {
            tys,
            known: WellKnown::of(program, names),
            expr: vec![never; program.exprs as usize],
            local: vec![never; program.locals.len()],
            ret: vec![never; program.fns.len()],
            fields: (0..program.data.len()).map(|id| vec![never; width(id)]).collect(),
            type_args: HashMap::new(),
        }
    }
    pub fn of(&self, expr: ExprId) -> Ty {
        self.expr[expr.index()]
    }
    pub fn local(&self, local: LocalId) -> Ty {
        self.local[local.index()]
    }
    pub fn ret(&self, func: FnId) -> Ty {
        self.ret[func.index()]
    }
    pub fn string(&mut self) -> Ty {
        self.tys.intern(TyKind::Data(self.known.string, Vec::new()))
    }
    pub fn list(&mut self, element: Ty) -> Ty {
        self.tys.intern(TyKind::Data(self.known.list, vec![element]))
    }
}
