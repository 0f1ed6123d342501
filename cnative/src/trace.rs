//! Call traces, for programs that are to have them: each function that can fail, or call what can, has a record on the C stack
//! that says where it is.
//!
//! ```text
//!   int64_t g(int64_t n) {
//!       mochi_Call mochi_call = {mochi_calls, 0};       the records of those that wait
//!       mochi_calls = &mochi_call;
//!       mochi_call.at = 3;                              a row of mochi_stack_rows: "  at g (x.mochi:2:29)\n"
//!       int64_t result = f(n);
//!       mochi_calls = mochi_call.up;
//!       return result;
//!   }
//! ```
//! A row has a line for each function that was inlined there as well. Whatever can fail is a statement of its own then. That
//! makes small recursive functions half as fast, so optimised programs go without.

use compiler::ir::{Effect, Func, Imm, Inst, InstKind, Module, Place, Site, place};
use compiler::source::SourceMap;
use std::collections::BTreeMap;

/// What is active at places of the program, as lines of a trace; row 0 has none.
#[derive(Debug, Default)]
pub struct Stacks {
    rows: Vec<String>,
    known: BTreeMap<String, usize>,
}

impl Stacks {
    pub fn row(&mut self, lines: String) -> usize {
        if lines.is_empty() {
            return 0;
        }
        if let Some(&row) = self.known.get(&lines) {
            return row;
        }
        self.rows.push(lines.clone());
        self.known.insert(lines, self.rows.len());
        self.rows.len()
    }
    /// The table as C text.
    pub fn table(&self) -> String {
        let rows: Vec<String> = self.rows.iter().map(|lines| format!(",\n    {}", crate::c_string(lines))).collect();
        format!("\nstatic const char *const mochi_stack_rows[] = {{\n    \"\"{}\n}};\n", rows.concat())
    }
}

/// The lines for an instruction that can fail or call; `None` for one that does neither. The lines are none where nothing of the
/// user's is active, and for the call of a part of a function, which has the function's line itself.
pub fn lines(module: &Module, sources: &SourceMap, func: &Func, inst: Inst) -> Option<String> {
    let data = &func.insts[inst];
    let mut at = data.at;
    match &data.kind {
        InstKind::Op { op, imm, .. } if matches!(op.effect(), Effect::Trap | Effect::Alloc) => {
            if let Imm::Site(site) = *imm
                && site.0 >= Site::FIRST_USER
            {
                at = Place { span: module.sites[site].span, ..at };
            }
        }
        InstKind::Call { func: callee, .. } => {
            let Some(place) = place::of_call(func, &module.funcs[*callee], at) else { return Some(String::new()) };
            at = place;
        }
        InstKind::CallIndirect { .. } | InstKind::CallHost { .. } => {}
        _ => return None,
    }
    let is_users = |span| !sources.name(span).starts_with("prelude/");
    let line = |active: place::Active| {
        let span = active.users_place(is_users)?;
        let position = sources.position(span);
        Some(format!("  at {} ({}:{}:{})\n", place::shown_name(active.name), sources.name(span), position.line, position.column))
    };
    Some(func.active(at).into_iter().filter_map(line).collect())
}
