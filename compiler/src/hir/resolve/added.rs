//! What one run of the resolver adds to a program.

use crate::arena::Draft;
use crate::hir::tree::{DataDecl, FnId, Function, Local, LocalId, Program, Relation, Stream, TestBlock};
use crate::syntax::symbol::Symbol;
use crate::types::DataId;

pub struct Added<'a> {
    pub fns: Draft<'a, Function>,
    pub locals: Draft<'a, Local>,
    pub data: Draft<'a, DataDecl>,
    /// The number of expression ids given out.
    pub exprs: u32,
    pub prelude_fns: Vec<(Symbol, FnId)>,
    pub prelude_data: Vec<(Symbol, DataId)>,
    pub prelude_globals: Vec<LocalId>,
    pub prelude_tests: Vec<TestBlock>,
    pub own: Own,
    /// What was there before.
    pub old: &'a Program,
}

/// What only the user's program has.
#[derive(Default)]
pub struct Own {
    pub main: Option<FnId>,
    pub tests: Vec<TestBlock>,
    pub streams: Vec<Stream>,
    pub names_ahead: bool,
    pub relations: Vec<Relation>,
}

impl<'a> Added<'a> {
    pub fn new(old: &'a Program) -> Added<'a> {
        Added {
            fns: Draft::new(&old.fns),
            locals: Draft::new(&old.locals),
            data: Draft::new(&old.data),
            exprs: old.exprs.get(),
            prelude_fns: Vec::new(),
            prelude_data: Vec::new(),
            prelude_globals: Vec::new(),
            prelude_tests: Vec::new(),
            own: Own::default(),
            old,
        }
    }

    /// Makes it a part of the program.
    pub fn finish(self) -> Own {
        self.fns.finish();
        self.locals.finish();
        self.data.finish();
        self.old.exprs.set(self.exprs);
        self.old.prelude_fns.extend(self.prelude_fns);
        self.old.prelude_data.extend(self.prelude_data);
        self.old.prelude_globals.extend(self.prelude_globals);
        self.old.prelude_tests.extend(self.prelude_tests);
        self.own
    }
}
