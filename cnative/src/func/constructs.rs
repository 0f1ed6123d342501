//! Loops, `if` and `switch` as C's.
//!
//! A loop has its test in its head where its body starts with one, and behind its body where that ends with one. What is alone in an
//! `else` and an `if` becomes `else if`.

use super::{Exits, FuncEmitter, Target};
use crate::expr::Binds;
use crate::shape::Def;
use compiler::ir::{Id, Inst, InstKind, Region, Value};

impl FuncEmitter<'_> {
    pub(super) fn loop_(&mut self, inst: Inst, init: &[Value], body: Region, exits: &Exits) {
        self.start_loop(init, body);
        let list = self.statements(body);
        let inner = Exits { fall: vec![Target::Next(inst)], break_: exits.fall.clone(), continue_: Some(inst) };
        if let Some((last, test)) = self.final_test(inst, &list, &inner) {
            self.line("do {");
            self.depth += 1;
            self.poll();
            self.list(&list[..last], &Exits { continue_: None, ..inner });
            self.depth -= 1;
            return self.line(&format!("}} while ({test});"));
        }
        let test = list.first().and_then(|&first| self.loop_test(first, &inner));
        let (head, kept) = test.unwrap_or_else(|| ("for (;;) {".to_string(), None));
        self.line(&head);
        self.depth += 1;
        self.poll();
        match kept {
            Some(kept) => {
                let arm_exits = self.exits_of(list[0], &list[1..], &inner);
                self.region(kept, &arm_exits);
                self.label(Target::End(list[0]));
                self.list(&list[1..], &inner);
            }
            None => self.list(&list, &inner),
        }
        self.label(Target::Next(inst));
        self.depth -= 1;
        self.line("}");
    }
    /// Sets the parameters to what they start from.
    fn start_loop(&mut self, init: &[Value], body: Region) {
        let params = &self.func.regions[body].params;
        let mut copies = Vec::new();
        for (&to, &from) in params.iter().zip(init) {
            if self.vars.is_variable(to) && self.vars.declares(to) {
                let text = self.value_as(from, self.func.ty(to)).text;
                self.line(&format!("{} = {text};", self.declaration(to)));
            } else if !self.vars.is_same(to, from) && (self.vars.is_variable(to) || self.plan.has_effect(from)) {
                copies.push((to, from));
            }
        }
        self.copy(copies);
    }
    /// `while (...)` and the arm that stays, if the statement is a test whose other arm leaves the loop and does nothing else.
    fn loop_test(&self, first: Inst, exits: &Exits) -> Option<(String, Option<Region>)> {
        let InstKind::If { cond, then_, else_ } = &self.func.insts[first].kind else { return None };
        if self.roots.frame == Some(first) || !self.roots.stores[first.index()].is_empty() || !self.vars.declared_before(first).is_empty() {
            return None;
        }
        let leaves = |region: Region| self.only_jump(region).is_some_and(|to| exits.break_.contains(&to));
        if leaves(*else_) {
            Some((format!("while ({}) {{", self.text(*cond)), Some(*then_)))
        } else if leaves(*then_) {
            Some((format!("while ({}) {{", self.not(*cond).text), Some(*else_)))
        } else {
            None
        }
    }
    /// The condition of `do ... while (...)`, if the last statement of the loop decides between the next turn and leaving it,
    /// and nothing else goes on with the next turn.
    fn final_test(&self, inst: Inst, list: &[Inst], exits: &Exits) -> Option<(usize, String)> {
        let last = list.iter().rposition(|&i| !matches!(self.func.insts[i].kind, InstKind::Unreachable))?;
        let InstKind::If { cond, then_, else_ } = &self.func.insts[list[last]].kind else { return None };
        let has_stores = self.roots.frame == Some(list[last]) || !self.roots.stores[list[last].index()].is_empty();
        if self.shape.jumps[inst.index()] != 1 || has_stores || !self.vars.declared_before(list[last]).is_empty() {
            return None;
        }
        // C's test cannot see what the body declares.
        if self.reads_from_inside(*cond, inst) {
            return None;
        }
        let stays = |region: Region| self.only_jump(region) == Some(Target::Next(inst));
        let leaves = |region: Region| self.only_jump(region).is_some_and(|to| exits.break_.contains(&to));
        if stays(*then_) && leaves(*else_) {
            Some((last, self.text(*cond)))
        } else if leaves(*then_) && stays(*else_) {
            Some((last, self.not(*cond).text))
        } else {
            None
        }
    }
    /// Where a region goes that does nothing but jump.
    fn only_jump(&self, region: Region) -> Option<Target> {
        match self.statements(region)[..] {
            [only] => match &self.func.insts[only].kind {
                InstKind::Br { target, args } if self.is_plain_jump(only, *target, args) => Some(self.target(*target)),
                _ => None,
            },
            _ => None,
        }
    }
    /// Whether a value's expression reads a variable that is declared inside the loop.
    fn reads_from_inside(&self, value: Value, inst: Inst) -> bool {
        if !self.plan.is_inline(value) {
            return self.vars.is_declared_inside(self.shape, value, inst);
        }
        let Def::Result(defining) = self.shape.def[value.index()] else { return false };
        let mut found = false;
        self.func.insts[defining].kind.for_each_operand(|v| found |= self.reads_from_inside(v, inst));
        found
    }
    pub(super) fn if_(&mut self, inst: Inst, cond: Value, then_: Region, else_: Region, exits: &Exits) {
        let [yes, no] = [then_, else_].map(|region| self.arm(region, exits));
        match (yes.is_empty(), no.is_empty()) {
            (true, true) => {
                // Both ways lead to the same place; variables that only the test reads would count as unused.
                let text = self.value(cond).within(Binds::Unary);
                self.line(&format!("(void){text};"));
            }
            (true, false) => {
                let text = self.not(cond).text;
                self.braces(&format!("if ({text}) {{"), &no, "}");
            }
            (false, _) => {
                let text = self.text(cond);
                self.braces(&format!("if ({text}) {{"), &yes, if no.is_empty() { "}" } else { "} else {" });
                if !no.is_empty() {
                    self.out.push_str(&no);
                    self.line("}");
                    self.join_else_if(else_, &no);
                }
            }
        }
        self.label(Target::End(inst));
    }
    fn braces(&mut self, head: &str, body: &str, end: &str) {
        self.line(head);
        self.out.push_str(body);
        self.line(end);
    }
    /// `} else { if ... }` reads better as `} else if ...`: takes one level of braces and indentation away.
    fn join_else_if(&mut self, region: Region, body: &str) {
        let list = self.statements(region);
        let is_single = list.first().is_some_and(|&i| matches!(self.func.insts[i].kind, InstKind::If { .. }));
        let inner = "    ".repeat(self.depth + 1);
        let starts = body.lines().filter(|l| l.starts_with(&inner) && !l[inner.len()..].starts_with([' ', '}'])).count();
        let is_clean = !body.contains(":;") && !body.contains("#line");
        if !is_single || !is_clean || starts != 1 || !body.starts_with(&format!("{inner}if (")) {
            return;
        }
        let outer = "    ".repeat(self.depth);
        let old = format!("{outer}}} else {{\n{body}{outer}}}\n");
        let Some(kept) = self.out.strip_suffix(&old).map(str::len) else { return };
        self.out.truncate(kept);
        let shifted: Vec<&str> = body.lines().map(|l| &l[4..]).collect();
        let joined = shifted.join("\n");
        self.out.push_str(&format!("{outer}}} else {}\n", joined.trim_start()));
    }
    /// The text of a nested region.
    fn arm(&mut self, region: Region, exits: &Exits) -> String {
        let outer = std::mem::take(&mut self.out);
        self.depth += 1;
        self.region(region, exits);
        self.depth -= 1;
        std::mem::replace(&mut self.out, outer)
    }
    pub(super) fn switch(&mut self, inst: Inst, index: Value, cases: &[Region], default: Region, exits: &Exits) {
        let inner = Exits { fall: exits.fall.clone(), break_: exits.fall.clone(), continue_: exits.continue_ };
        let text = self.text(index);
        self.line(&format!("switch ({text}) {{"));
        let labels = (0..cases.len()).map(|i| format!("case {i}: {{")).chain(["default: {".to_string()]);
        for (label, &region) in labels.zip(cases.iter().chain([&default])) {
            self.line(&label);
            let body = self.arm(region, &inner);
            self.out.push_str(&body);
            self.depth += 1;
            if self.may_fall(region) {
                self.line("break;");
            }
            self.depth -= 1;
            self.line("}");
        }
        self.line("}");
        self.label(Target::End(inst));
    }
    /// Whether the text of a region may run off its end: not after a `return`, `goto`, `continue` or `break` of its own.
    fn may_fall(&self, region: Region) -> bool {
        let last = self.func.regions[region].insts.last();
        !last.is_some_and(|&inst| matches!(self.func.insts[inst].kind, InstKind::Return { .. }))
    }
}
