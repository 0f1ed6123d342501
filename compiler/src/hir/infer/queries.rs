//! Queries: rows, groups and results; logic queries.

use super::Infer;
use super::rules::Rule;
use crate::hir::tree::{LogicTerm, Query};
use crate::syntax::ast::JoinKind;
use crate::syntax::symbol::Symbol;
use crate::types::{Slot, bits};

impl Infer<'_> {
    pub(super) fn query(&mut self, query: &Query) -> Slot {
        let mut rows: Vec<(Symbol, Slot)> = Vec::new();
        for source in &query.sources {
            let values = self.decider(&source.values);
            let local = self.local_slot(source.local);
            self.rule(Rule::Iterate { from: values, to: local }, &[values]);
            if let Some((kind, cond)) = &source.join {
                if matches!(kind, JoinKind::Left | JoinKind::Outer) {
                    self.slots.add(local, bits::NONE);
                }
                if matches!(kind, JoinKind::Right | JoinKind::Outer) {
                    for &(_, left) in &rows {
                        self.slots.add(left, bits::NONE);
                    }
                }
                self.decider(cond);
            }
            rows.push((self.program.locals[source.local.index()].name, local));
        }
        if let Some(filter) = &query.filter {
            self.decider(filter);
        }
        if let Some(group) = &query.group {
            let key = self.group_key(&group.keys);
            let item = self.group_item(&rows);
            let local = self.local_slot(group.local);
            self.slots.add_data(local, self.known.group, &[key, item]);
            self.is_group(group.local);
            if let Some(having) = &group.having {
                self.decider(having);
            }
        }
        for clause in [&query.sort, &query.skip, &query.take].into_iter().flatten() {
            self.decider(clause);
        }
        let empty = self.query_emptiness(query);
        let value = self.part(&query.select);
        let element = self.slots.fresh();
        self.slots.flow(value, element);
        let list = self.list_of(element);
        if let Some(first) = query.sources.first().and_then(|source| self.expr[source.values.id.index()]) {
            self.rows(first, list);
        }
        match query.aggregate {
            Some((builtin, _)) => self.builtin_call(builtin, &[list], empty),
            None => list,
        }
    }

    fn group_key(&mut self, keys: &[(Symbol, crate::hir::tree::Expr)]) -> Slot {
        if let [(_, key)] = keys {
            let key = self.expr(key);
            let slot = self.slots.fresh();
            self.slots.flow(key, slot);
            return slot;
        }
        let mut fields = Vec::new();
        for (name, key) in keys {
            let (key, field) = (self.expr(key), self.slots.fresh());
            self.slots.flow(key, field);
            fields.push((*name, field));
        }
        let (record, slot) = (self.slots.record(fields, false), self.slots.fresh());
        self.slots.add_map(slot, record);
        slot
    }
    /// One source: the element itself; several: a record of them.
    fn group_item(&mut self, rows: &[(Symbol, Slot)]) -> Slot {
        let slot = self.slots.fresh();
        if let [(_, row)] = rows {
            self.slots.flow(*row, slot);
            return slot;
        }
        let mut fields = Vec::new();
        for &(name, row) in rows {
            let field = self.slots.fresh();
            self.slots.flow(row, field);
            fields.push((name, field));
        }
        let record = self.slots.record(fields, true);
        self.slots.add_map(slot, record);
        slot
    }

    /// A list of records of the query's variables.
    pub(super) fn logic_query(&mut self, relation: u32, terms: &[LogicTerm]) -> Slot {
        let mut fields: Vec<(Symbol, Slot)> = Vec::new();
        for (column, term) in terms.iter().enumerate() {
            if let LogicTerm::Var(name) = term {
                let field = match fields.iter().find(|(n, _)| n == name) {
                    Some(&(_, field)) => field,
                    None => {
                        let field = self.slots.fresh();
                        fields.push((*name, field));
                        field
                    }
                };
                self.slots.flow(self.columns[relation as usize][column], field);
            }
        }
        let element = self.slots.fresh();
        let map = if fields.is_empty() {
            let (key, value) = (self.string(), self.slots.fresh());
            self.slots.dynamic_map(key, value)
        } else {
            self.slots.record(fields, false)
        };
        self.slots.add_map(element, map);
        self.filled_list_of(element)
    }
}
