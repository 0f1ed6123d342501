//! What is known of a resolved program: a type for every expression, variable, field and result.
//!
//! `infer` fills the tables for the program, `prelude_check` for each prelude function when it is first needed.

use super::prelude_check;
use super::tree::{ExprId, FnId, LocalId, Program, field_count};
use crate::hash::HashMap;
use crate::syntax::symbol::Names;
use crate::types::{DataId, Ty, TyKind, TyTable};

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
            let found = names.find(name).and_then(|symbol| program.prelude_type(symbol));
            found.unwrap_or_else(|| panic!("the prelude declares no type `{name}`"))
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
    never: Ty,
    /// The number of the prelude's globals that are typed.
    globals: usize,
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
    /// Parameters of the program's functions that may seem to get values which only another function gets.
    pub shared_params: Vec<LocalId>,
    /// Some rows of several sources are maps: what a map lacks one of its values may have.
    pub rows_as_maps: bool,
}

impl Facts {
    /// Tables of the right sizes, everything `Never` but for what the prelude declares.
    pub fn new(program: &Program, names: &Names) -> Facts {
        let mut tys = TyTable::default();
        let never = tys.intern(TyKind::Never);
        let mut facts = Facts {
            tys,
            known: WellKnown::of(program, names),
            never,
            globals: 0,
            expr: Vec::new(),
            local: Vec::new(),
            ret: Vec::new(),
            fields: Vec::new(),
            type_args: HashMap::default(),
            shared_params: Vec::new(),
            rows_as_maps: false,
        };
        facts.grow(program);
        facts
    }
    /// Makes room for what the program has grown by, with the types of what the prelude declares there.
    pub fn grow(&mut self, program: &Program) {
        let (data, fns, globals) = (self.fields.len(), self.ret.len(), self.globals);
        self.expr.resize(program.exprs.get() as usize, self.never);
        self.local.resize(program.locals.len(), self.never);
        self.ret.resize(program.fns.len(), self.never);
        for index in data..program.data.len() {
            self.fields.push(vec![self.never; field_count(&program.data[index])]);
        }
        self.globals = program.prelude_globals.len();
        prelude_check::signatures(program, self, data, fns, globals);
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
