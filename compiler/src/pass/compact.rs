//! Renumbers a function's entities in text order and forgets those that stand nowhere any more.
//!
//! Passes only unlink instructions; what they unlinked may name functions and types that are gone. `reach` calls this
//! for every function it keeps, so backends get dense tables.

use super::rewrite::walk_func;
use crate::ir::{Func, Id, Inst, InstKind, Region, Table, Value};

pub fn compact(func: &mut Func) {
    let mut maps = Maps {
        values: vec![u32::MAX; func.values.len()],
        insts: vec![u32::MAX; func.insts.len()],
        regions: vec![u32::MAX; func.regions.len()],
    };
    let (mut values, mut insts, mut regions) = (Vec::new(), Vec::new(), vec![func.body]);
    values.extend_from_slice(func.params());
    walk_func(func, &mut |inst| {
        insts.push(inst);
        values.extend_from_slice(&func.insts[inst].results);
        for region in func.insts[inst].kind.regions() {
            regions.push(region);
            values.extend_from_slice(&func.regions[region].params);
        }
    });
    number(&mut maps.values, &values);
    number(&mut maps.insts, &insts);
    number(&mut maps.regions, &regions);
    let (mut old_values, mut old_insts, mut old_regions) = (take(&mut func.values), take(&mut func.insts), take(&mut func.regions));
    for value in values {
        func.values.push(old_values[value.index()].take().expect("a value once"));
    }
    for inst in insts {
        let mut data = old_insts[inst.index()].take().expect("an instruction once");
        data.results.iter_mut().for_each(|v| *v = maps.value(*v));
        maps.kind(&mut data.kind);
        func.insts.push(data);
    }
    for region in regions {
        let mut data = old_regions[region.index()].take().expect("a region once");
        data.params.iter_mut().for_each(|v| *v = maps.value(*v));
        data.insts.iter_mut().for_each(|i| *i = Inst(maps.insts[i.index()]));
        func.regions.push(data);
    }
    func.body = Region(maps.regions[func.body.index()]);
}

fn number<I: Id>(map: &mut [u32], ids: &[I]) {
    for (new, id) in ids.iter().enumerate() {
        map[id.index()] = new as u32;
    }
}

fn take<I: Id, T>(table: &mut Table<I, T>) -> Vec<Option<T>> {
    std::mem::take(table).into_values().map(Some).collect()
}

struct Maps {
    values: Vec<u32>,
    insts: Vec<u32>,
    regions: Vec<u32>,
}

impl Maps {
    fn value(&self, value: Value) -> Value {
        Value(self.values[value.index()])
    }

    fn kind(&self, kind: &mut InstKind) {
        kind.for_each_operand_mut(|v| *v = self.value(*v));
        let region = |r: &mut Region| *r = Region(self.regions[r.index()]);
        match kind {
            InstKind::Block { body } | InstKind::Loop { body, .. } => region(body),
            InstKind::If { then_, else_, .. } => {
                region(then_);
                region(else_);
            }
            InstKind::Switch { cases, default, .. } => {
                cases.iter_mut().for_each(region);
                region(default);
            }
            InstKind::Br { target, .. } => *target = Inst(self.insts[target.index()]),
            InstKind::Op { .. }
            | InstKind::Call { .. }
            | InstKind::CallIndirect { .. }
            | InstKind::CallHost { .. }
            | InstKind::Return { .. }
            | InstKind::Unreachable => {}
        }
    }
}
