//! Which references stand in the bank, in which slot, and where they are stored.
//!
//! Objects never move, so a reference is kept in its C variable as well, and the bank only has to hold it while a collection may
//! happen. A value that is live across one gets a slot for its whole range, shared with values of other ranges. It is
//! stored just before the statement that may collect, unless the slot holds it already; but before a loop rather than
//! in it, if the loop does not define it.

use crate::live::{Live, Range};
use crate::shape::Shape;
use compiler::ir::{Func, Id, Inst, InstKind, Region, Value};

#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// Slots of the frame; 0: the function has none.
    pub slots: u32,
    /// By `Inst`: stores before it, as slot and value.
    pub stores: Vec<Vec<(u32, Value)>>,
    /// The statement that the frame is made before, so that paths which need none have none.
    pub frame: Option<Inst>,
}

impl Roots {
    pub fn new(func: &Func, shape: &Shape, live: &Live) -> Roots {
        let traced = func.values.ids().filter(|&v| func.ty(v).is_traced());
        let ranges: Vec<(Value, Range)> = traced.filter_map(|v| Some((v, live.range[v.index()]?))).collect();
        let mut needed: Vec<Vec<Value>> = vec![Vec::new(); func.insts.len()];
        let mut rooted: Vec<(Value, Range)> = Vec::new();
        for &(value, range) in &ranges {
            let first = live.collections.partition_point(|c| c.at <= range.start);
            let crossed = live.collections[first..].iter().take_while(|c| range.crosses(c.at));
            for collection in crossed {
                let list = &mut needed[collection.statement.index()];
                if !list.contains(&value) {
                    list.push(value);
                }
                if rooted.last() != Some(&(value, range)) {
                    rooted.push((value, range));
                }
            }
        }
        let (slot_of, slots) = color(func, &mut rooted);
        let stores = vec![Vec::new(); func.insts.len()];
        let mut placer = Placer { func, shape, live, needed, slot_of, roots: Roots { slots, stores, frame: None }, written: Vec::new() };
        let mut held = vec![None; slots as usize];
        placer.region(func.body, &mut held);
        let mut roots = placer.roots;
        roots.frame = frame_start(func, shape, &roots.stores);
        roots
    }
    /// Whether the frame is there at an instruction, which stands in the text at or behind its start.
    pub fn has_frame(&self, shape: &Shape, inst: Inst) -> bool {
        self.frame.is_some_and(|start| {
            let region = shape.region_of[start.index()];
            shape.order[inst.index()] >= shape.order[start.index()] && shape.is_within(shape.region_of[inst.index()], region)
        })
    }
    /// Whether a jump from an instruction to a construct around it leaves the frame.
    pub fn leaves_frame(&self, shape: &Shape, from: Inst, target: Inst) -> bool {
        self.has_frame(shape, from)
            && self.frame.is_some_and(|start| {
                let region = shape.region_of[start.index()];
                let is_inside = shape.is_within(shape.region_of[target.index()], region);
                !is_inside || shape.order[target.index()] < shape.order[start.index()]
            })
    }
}

/// The first statement with stores of the innermost region around all stores, but outside of loops.
fn frame_start(func: &Func, shape: &Shape, stores: &[Vec<(u32, Value)>]) -> Option<Inst> {
    let storing: Vec<Inst> = func.insts.ids().filter(|inst| !stores[inst.index()].is_empty()).collect();
    let first = *storing.first()?;
    let region_of = |inst: &Inst| shape.region_of[inst.index()];
    let around_all = |region: &Region| storing.iter().all(|inst| shape.is_within(region_of(inst), *region));
    let is_loop =
        |region: Region| shape.owner_of[region.index()].is_some_and(|owner| matches!(func.insts[owner].kind, InstKind::Loop { .. }));
    let in_loop = |region: &Region| shape.ancestors(*region).any(is_loop);
    let region = shape.ancestors(region_of(&first)).find(|r| around_all(r) && !in_loop(r)).expect("the body is in no loop");
    let has_store = |inst: &&Inst| storing.iter().any(|s| s == *inst || is_inside(shape, *s, **inst));
    func.regions[region].insts.iter().find(has_store).copied()
}

/// Whether an instruction is in one of a construct's regions.
fn is_inside(shape: &Shape, inst: Inst, construct: Inst) -> bool {
    shape.ancestors(shape.region_of[inst.index()]).any(|r| shape.owner_of[r.index()] == Some(construct))
}

/// Slots by `Value`, and how many: the first free one in order of definition, which is least for ranges.
fn color(func: &Func, rooted: &mut [(Value, Range)]) -> (Vec<Option<u32>>, u32) {
    rooted.sort_by_key(|(value, range)| (range.start, *value));
    let mut slot_of = vec![None; func.values.len()];
    let mut ends: Vec<u32> = Vec::new();
    for (value, range) in rooted {
        let slot = match ends.iter().position(|&end| end < range.start) {
            Some(free) => free,
            None => {
                ends.push(0);
                ends.len() - 1
            }
        };
        ends[slot] = range.end;
        slot_of[value.index()] = Some(slot as u32);
    }
    (slot_of, ends.len() as u32)
}

/// What each slot holds at a point, as far as it is known.
type Held = Vec<Option<Value>>;

struct Placer<'a> {
    func: &'a Func,
    shape: &'a Shape,
    live: &'a Live,
    /// By `Inst`: the values that a collection in it crosses.
    needed: Vec<Vec<Value>>,
    slot_of: Vec<Option<u32>>,
    roots: Roots,
    /// Slots written to since the innermost construct began.
    written: Vec<u32>,
}

impl Placer<'_> {
    fn region(&mut self, region: Region, held: &mut Held) {
        for &inst in &self.func.regions[region].insts {
            for value in self.needed[inst.index()].clone() {
                self.store(inst, value, held);
            }
            let kind = &self.func.insts[inst].kind;
            if let InstKind::Loop { body, .. } = kind {
                self.before_loop(inst, *body, held);
            }
            let regions = kind.regions();
            if regions.is_empty() {
                continue;
            }
            let outer = std::mem::take(&mut self.written);
            for region in regions {
                self.region(region, &mut held.clone());
            }
            for &slot in &self.written {
                held[slot as usize] = None;
            }
            self.written.extend(outer);
        }
    }
    /// Stores what the loop needs from outside; forgets the slots that it uses for values of its own.
    fn before_loop(&mut self, inst: Inst, body: Region, held: &mut Held) {
        let start = self.live.span[inst.index()].start;
        let mut inside: Vec<Value> = Vec::new();
        for at in self.func.insts.ids() {
            let is_inside = !self.needed[at.index()].is_empty() && self.shape.is_within(self.shape.region_of[at.index()], body);
            if is_inside {
                inside.extend(&self.needed[at.index()]);
            }
        }
        inside.sort();
        inside.dedup();
        let is_outer = |value: &Value| self.live.range[value.index()].is_some_and(|r| r.start < start);
        let (outer, own): (Vec<Value>, Vec<Value>) = inside.into_iter().partition(is_outer);
        for value in outer {
            self.store(inst, value, held);
        }
        for value in own {
            held[self.slot(value) as usize] = None;
        }
    }
    fn slot(&self, value: Value) -> u32 {
        self.slot_of[value.index()].expect("a rooted value has a slot")
    }
    fn store(&mut self, before: Inst, value: Value, held: &mut Held) {
        let slot = self.slot(value);
        if held[slot as usize] != Some(value) {
            held[slot as usize] = Some(value);
            self.roots.stores[before.index()].push((slot, value));
            self.written.push(slot);
        }
    }
}
