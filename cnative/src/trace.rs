//! What call traces show: the tables that the program's records and checks refer to.

use compiler::ir::{Effect, Func, Imm, Inst, InstKind, Module, Place, Site, place};
use compiler::source::SourceMap;
use std::collections::BTreeMap;

/// What is active at places of the program, as lines of a trace; row 0 has none. And what can fail there: pairs of a site and such
/// a row, behind the sites that the runtime has for itself.
#[derive(Debug, Default)]
pub struct Stacks {
    rows: Vec<String>,
    known: BTreeMap<String, usize>,
    failures: Vec<(u32, usize)>,
    known_failures: BTreeMap<(u32, usize), usize>,
}

impl Stacks {
    /// The row of these lines.
    pub fn row(&mut self, lines: String) -> usize {
        if lines.is_empty() {
            return 0;
        }
        *self.known.entry(lines).or_insert_with_key(|lines| {
            self.rows.push(lines.clone());
            self.rows.len()
        })
    }
    /// The number of what fails with a site's error, these lines innermost.
    pub fn failure(&mut self, site: u32, lines: String) -> usize {
        let pair = (site, self.row(lines));
        *self.known_failures.entry(pair).or_insert_with(|| {
            self.failures.push(pair);
            Site::FIRST_USER as usize + self.failures.len() - 1
        })
    }
    /// The tables as C text.
    pub fn tables(&self) -> String {
        let rows: Vec<String> = self.rows.iter().map(|lines| format!(",\n    {}", crate::c_string(lines))).collect();
        let own = (0..Site::FIRST_USER).map(|site| (site, 0));
        let failures: Vec<String> = own.chain(self.failures.iter().copied()).map(|(site, row)| format!("{{{site}, {row}}}")).collect();
        let lines: Vec<String> = failures.chunks(12).map(|chunk| format!("    {},\n", chunk.join(", "))).collect();
        format!(
            "\nstatic const char *const mochi_stack_rows[] = {{\n    \"\"{}\n}};\n\nstatic const mochi_Failure mochi_failure_rows[] = {{\n{}}};\n",
            rows.concat(),
            lines.concat()
        )
    }
}

/// The lines for an instruction that can fail or call; `None` for one that does neither. The lines are none where nothing of the
/// user's is active, and for the call of a part of a function, which has the function's line itself. Programs whose
/// time or memory is limited can fail at `any` instruction.
pub fn lines(module: &Module, sources: &SourceMap, func: &Func, inst: Inst, any: bool) -> Option<String> {
    let data = &func.insts[inst];
    let mut at = data.at;
    match &data.kind {
        InstKind::Op { op, imm, .. } if op.effect() == Effect::Trap => {
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
        InstKind::Br { .. } | InstKind::Return { .. } | InstKind::Unreachable => return None,
        _ if any => {}
        _ => return None,
    }
    let is_users = |span| !sources.is_library(span);
    let line = |active: place::Active| {
        let span = active.users_place(is_users)?;
        let position = sources.position(span);
        Some(format!("  at {} ({}:{}:{})\n", place::shown_name(active.name), sources.name(span), position.line, position.column))
    };
    Some(func.active(at).into_iter().filter_map(line).collect())
}
