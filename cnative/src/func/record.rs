//! Records for call traces: a function that calls what can fail has one on the C stack, which says who called it and where it is.
//!
//! ```text
//!   int64_t g(int64_t n) {
//!       if (n < 2) return n;
//!       mochi_Call mochi_call = {mochi_calls, 0};       the records of those that wait
//!       mochi_calls = &mochi_call;
//!       mochi_call.at = 3;                              a row of mochi_stack_rows: "  at g (x.mochi:2:29)\n"
//!       int64_t result = f(n);
//!       mochi_calls = mochi_call.up;
//!       return mochi_i64_add_checked(result, 1, 7);     a row of mochi_failure_rows: what fails and where
//!   }
//! ```
//! The record begins in front of the first such call. A check needs none, because its number says where it is; with
//! `MOCHI_RECORDED` the function that fails has a record as well. A row has a line for each function that was inlined there.

use super::FuncEmitter;
use crate::shape::placed;
use crate::trace::Stacks;
use compiler::ir::{Id, Imm, Inst, InstKind, Site};

/// What one function shows in traces, by `Inst`.
#[derive(Debug, Default)]
pub struct Traced {
    /// The row of what calls, if anything can fail in there.
    rows: Vec<Option<usize>>,
    /// The number of what can fail itself.
    failures: Vec<Option<usize>>,
    /// The statement of the function's body that the record stands before.
    first: Option<Inst>,
    /// Whether the record is there at the place that is being written.
    pub is_linked: bool,
}

impl Traced {
    pub fn new(emitter: &FuncEmitter, stacks: &mut Stacks) -> Traced {
        let (func, count) = (emitter.func, emitter.func.insts.len());
        let mut traced = Traced { rows: vec![None; count], failures: vec![None; count], ..Traced::default() };
        for inst in placed(func) {
            let Some(lines) = (emitter.marks.stack_of)(func, inst) else { continue };
            match &func.insts[inst].kind {
                InstKind::Op { imm: Imm::Site(site), .. } => traced.failures[inst.index()] = Some(stacks.failure(site.0, lines)),
                InstKind::Call { func: callee, .. } if !emitter.effects.fails[callee.index()] && !emitter.marks.polls => {}
                _ => traced.rows[inst.index()] = Some(stacks.row(lines)),
            }
        }
        let body = &func.regions[func.body].insts;
        traced.first = body.iter().copied().find(|&inst| emitter.needs_record(inst, &traced.rows));
        traced
    }
}

impl FuncEmitter<'_> {
    /// Whether something in a statement calls, and may come back.
    fn needs_record(&self, inst: Inst, rows: &[Option<usize>]) -> bool {
        let kind = &self.func.insts[inst].kind;
        let inner = || kind.regions().into_iter().flat_map(|region| &self.func.regions[region].insts);
        let own = self.is_statement(inst) && rows[inst.index()].is_some_and(|row| row != 0) && !self.ends_program(inst);
        own || inner().any(|&inst| self.needs_record(inst, rows))
    }
    fn ends_program(&self, inst: Inst) -> bool {
        match &self.func.insts[inst].kind {
            InstKind::Call { func, .. } => self.module.funcs[*func].diverges,
            InstKind::CallHost { host, .. } => host.diverges(),
            _ => false,
        }
    }
    /// Before a statement.
    pub(super) fn begin_record(&mut self, inst: Inst) {
        if self.traced.first == Some(inst) {
            self.line("mochi_Call mochi_call = {mochi_calls, 0};");
            self.line("mochi_calls = &mochi_call;");
            self.traced.is_linked = true;
        }
    }
    /// Before a `return`; whether the record was there.
    pub(super) fn end_record(&mut self) -> bool {
        if self.traced.is_linked {
            self.line("mochi_calls = mochi_call.up;");
        }
        std::mem::replace(&mut self.traced.is_linked, false)
    }
    /// Before what calls. A call that never comes back makes a record of its own where there is none.
    pub(super) fn note_call(&mut self, inst: Inst) {
        let Some(row) = self.traced.rows[inst.index()] else { return };
        if self.traced.is_linked {
            self.line(&format!("mochi_call.at = {row};"));
        } else if row != 0 && self.ends_program(inst) {
            self.line(&format!("mochi_calls = &(mochi_Call){{mochi_calls, {row}}};"));
        }
    }
    /// The number of a check: of its failure, or of its site alone where there are no traces.
    pub fn failure(&self, inst: Inst, site: Site) -> String {
        match self.traced.failures[inst.index()] {
            Some(number) if self.traced.is_linked => format!("MOCHI_RECORDED({number})"),
            Some(number) => number.to_string(),
            None => site.0.to_string(),
        }
    }
}
