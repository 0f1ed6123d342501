//! Statements: where values flow.

use super::Infer;
use super::narrow::{Known, always_leaves};
use super::rules::Rule;
use crate::hir::tree::{Expr, ExprKind, Lit, Place, Stmt, StmtKind, UpdateRow};
use crate::types::bits;

impl Infer<'_> {
    pub(super) fn block(&mut self, stmts: &[Stmt]) {
        let mark = self.narrowed.mark();
        for stmt in stmts {
            self.stmt(stmt);
        }
        self.narrowed.reset(mark);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let { local, value } => {
                let slot = self.local_slot(*local);
                match value {
                    Some(value) => {
                        let value = self.expr(value);
                        self.slots.flow(value, slot);
                    }
                    None => self.add_none(slot, stmt.span),
                }
            }
            StmtKind::Assign { target, value } => self.assign(target, value),
            StmtKind::Fun(_) | StmtKind::Break | StmtKind::Continue => {}
            StmtKind::Return(value) => {
                let ret = self.ret[self.current.index()];
                match value {
                    Some(value) => {
                        let value = self.expr(value);
                        self.slots.flow(value, ret);
                    }
                    None => self.add_none(ret, stmt.span),
                }
            }
            StmtKind::If { branches, otherwise } => self.if_(branches, otherwise),
            StmtKind::While { cond, body } => {
                let mark = self.narrowed.mark();
                self.forget_assigned(body);
                let loop_mark = self.narrowed.mark();
                self.expr(cond);
                self.assume(cond, true);
                self.block(body);
                self.narrowed.reset(loop_mark);
                self.narrowed.reset(mark);
            }
            StmtKind::ForRange { local, from, to, body } => {
                let (from, to) = (self.expr(from), self.expr(to));
                let slot = self.local_slot(*local);
                match self.options.exact_ints {
                    true => self.rule(Rule::Count { from, end: to, to: slot }, &[from, to]),
                    false => self.slots.add(slot, bits::INT),
                }
                self.loop_body(body);
            }
            StmtKind::ForEach { local, values, body, .. } => {
                let from = self.expr(values);
                let to = self.local_slot(*local);
                self.rule(Rule::Iterate { from, to }, &[from]);
                let mark = self.narrowed.mark();
                self.assume_key(values, *local);
                self.loop_body(body);
                self.narrowed.reset(mark);
            }
            StmtKind::Block(body) | StmtKind::Bench { body, .. } => self.block(body),
            StmtKind::Expect { cond, .. } => {
                self.expr(cond);
            }
            StmtKind::Expr(expr) => {
                self.expr(expr);
            }
            StmtKind::Update { target, row } => self.update(target, row),
            StmtKind::Emit { stream, fields } => {
                let event = self.program.streams[*stream as usize].event;
                self.struct_fields(event, 0, fields);
            }
            StmtKind::On { stream, handler } => {
                let params = self.fun_of(*handler).params;
                self.slots.add_data(params[0], self.program.streams[*stream as usize].event, &[]);
            }
        }
    }

    fn loop_body(&mut self, body: &[Stmt]) {
        let mark = self.narrowed.mark();
        self.forget_assigned(body);
        self.block(body);
        self.narrowed.reset(mark);
    }

    fn if_(&mut self, branches: &[(Expr, Vec<Stmt>)], otherwise: &[Stmt]) {
        let mark = self.narrowed.mark();
        let mut ends = Vec::new();
        for (cond, body) in branches {
            self.expr(cond);
            let inner = self.narrowed.mark();
            self.assume(cond, true);
            self.branch(body, mark, &mut ends);
            self.narrowed.reset(inner);
            // What follows runs only where this condition did not hold.
            self.assume(cond, false);
        }
        self.branch(otherwise, mark, &mut ends);
        self.narrowed.reset(mark);
        self.narrowed.join(ends);
    }
    /// One branch; what is known at its end since `mark` is noted unless control leaves before.
    fn branch(&mut self, body: &[Stmt], mark: usize, ends: &mut Vec<Vec<Known>>) {
        for stmt in body {
            self.stmt(stmt);
        }
        if !always_leaves(body) {
            ends.push(self.narrowed.since(mark));
        }
    }

    fn assign(&mut self, target: &Place, assigned: &Expr) {
        match target {
            Place::Local(local) => {
                let value = self.expr(assigned);
                let slot = self.local_slot(*local);
                self.slots.flow(value, slot);
                self.narrowed.forget(*local);
                self.assume_assigned(*local, assigned);
                self.assume_copied(*local, assigned);
            }
            Place::Index { object: container, index, .. } => {
                let object = self.expr(container);
                let at = self.expr(index);
                let value = self.expr(assigned);
                self.assume_stored(container, index);
                if let ExprKind::Lit(Lit::Str(key)) = &index.kind
                    && let Some(name) = self.names.find(key)
                {
                    self.rule(Rule::SetField { object, name, value }, &[object]);
                    return;
                }
                self.rule(Rule::SetIndex { object, index: at, value }, &[object]);
            }
            Place::Field { object, name, .. } => {
                let object = self.expr(object);
                let value = self.expr(assigned);
                self.rule(Rule::SetField { object, name: *name, value }, &[object]);
            }
        }
    }

    fn update(&mut self, target: &Expr, row: &UpdateRow) {
        let list = self.expr(target);
        let element = self.slots.fresh();
        self.rule(Rule::Iterate { from: list, to: element }, &[list]);
        for column in &row.columns {
            let (name, to) = (column.name, self.local_slot(column.local));
            match &column.outer {
                Some(outer) => {
                    let outer = self.expr(outer);
                    self.rule(Rule::Column { object: element, name, outer, to }, &[element]);
                }
                None => self.rule(Rule::Field { object: element, name, to }, &[element]),
            }
        }
        if let Some(cond) = &row.cond {
            self.expr(cond);
        }
        for (name, value) in &row.set {
            let value = self.expr(value);
            self.rule(Rule::SetField { object: element, name: *name, value }, &[element]);
        }
    }
}
