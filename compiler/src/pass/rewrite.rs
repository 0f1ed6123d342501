//! What the passes share: values that stand for others, and walks over a function's regions.

use crate::ir::{Func, Id, Inst, InstKind, Region, Value};

/// For each value the one that stands for it from now on; itself unless `set` said otherwise.
#[derive(Default)]
pub struct Aliases {
    to: Vec<Value>,
}

impl Aliases {
    pub fn set(&mut self, from: Value, to: Value) {
        while self.to.len() <= from.index() {
            self.to.push(Value::from_index(self.to.len()));
        }
        let to = self.resolve(to);
        debug_assert_ne!(from, to, "a value cannot stand for itself");
        self.to[from.index()] = to;
    }
    pub fn resolve(&self, value: Value) -> Value {
        let mut at = value;
        while let Some(&next) = self.to.get(at.index()) {
            if next == at {
                break;
            }
            at = next;
        }
        at
    }
    pub fn is_empty(&self) -> bool {
        self.to.is_empty()
    }
    /// Rewrites the operands of one instruction.
    pub fn rewrite(&self, kind: &mut InstKind) {
        if !self.is_empty() {
            kind.for_each_operand_mut(|v| *v = self.resolve(*v));
        }
    }
    /// Rewrites the operands of the whole function.
    pub fn apply(&self, func: &mut Func) {
        if !self.is_empty() {
            for inst in func.insts.values_mut() {
                self.rewrite(&mut inst.kind);
            }
        }
    }
}

/// Calls `visit` on every instruction of a region and of those nested in it, in text order.
pub fn walk(func: &Func, region: Region, visit: &mut impl FnMut(Inst)) {
    for &inst in &func.regions[region].insts {
        visit(inst);
        match &func.insts[inst].kind {
            InstKind::Block { body } | InstKind::Loop { body, .. } => walk(func, *body, visit),
            InstKind::If { then_, else_, .. } => {
                walk(func, *then_, visit);
                walk(func, *else_, visit);
            }
            InstKind::Switch { cases, default, .. } => cases.iter().chain([default]).for_each(|&case| walk(func, case, visit)),
            InstKind::Op { .. } | InstKind::Call { .. } | InstKind::CallIndirect { .. } | InstKind::CallHost { .. } => {}
            InstKind::Br { .. } | InstKind::Return { .. } | InstKind::Unreachable => {}
        }
    }
}

/// The same for the whole function.
pub fn walk_func(func: &Func, visit: &mut impl FnMut(Inst)) {
    walk(func, func.body, visit);
}

/// For each value the instruction that yields it; `None` for parameters.
pub fn definitions(func: &Func) -> Vec<Option<Inst>> {
    let mut defs = vec![None; func.values.len()];
    walk_func(func, &mut |inst| {
        for &result in &func.insts[inst].results {
            defs[result.index()] = Some(inst);
        }
    });
    defs
}

/// What a `br` to a construct gives values to: a loop's parameters, or the results of a `block`, `if` or `switch`.
pub fn taken_by(func: &Func, construct: Inst) -> Vec<Value> {
    match &func.insts[construct].kind {
        InstKind::Loop { body, .. } => func.regions[*body].params.clone(),
        _ => func.insts[construct].results.to_vec(),
    }
}

/// All `br`s in reach of the body, in text order.
pub fn branches(func: &Func) -> Vec<Inst> {
    let mut found = Vec::new();
    walk_func(func, &mut |inst| {
        if matches!(func.insts[inst].kind, InstKind::Br { .. }) {
            found.push(inst);
        }
    });
    found
}
