//! Slots for virtual registers: registers whose live ranges do not overlap share one.
//!
//! Slots with low numbers are machine registers when the JIT runs the code (`REGISTERS` of each bank). They go to the
//! registers with the greatest weight per length first (priority-based allocation after Chow and Hennessy 1990, on
//! intervals as in linear scan); all others take the first free memory slot. Registers that moves connect are joined before, and
//! take the slot that they wish for where they can, which makes most moves vanish.

use super::lir::{CallSite, Callee, Lir, LirFunc, Source, VReg};
use super::live::{Liveness, bank_of};
use compiler::ir::Bank;

/// How many slots of each bank (int, float, ref) the JIT keeps in machine registers.
pub const REGISTERS: [u32; 3] = [4, 8, 2];

/// Where a virtual register lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Never written or read.
    Nowhere,
    /// A slot of its bank.
    Slot(u32),
    /// The place of the n-th argument of its bank in the frame of the function called next.
    Out(u32),
}

/// What the code is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    Vm,
    Jit,
}

pub struct Allocation {
    pub places: Vec<Place>,
    /// Slots in use, by bank.
    pub counts: [u32; 3],
    /// The live ranges in each machine register, by bank and register, in order.
    pub in_registers: [Vec<Vec<(u32, u32)>>; 3],
}

/// Finds a place for every virtual register.
pub fn allocate(func: &LirFunc, live: &Liveness, target: Target) -> Allocation {
    let mut allocator = Allocator {
        func,
        live,
        groups: groups(func, live),
        leader: (0..func.banks.len() as VReg).collect(),
        slots: [Vec::new(), Vec::new(), Vec::new()],
        places: vec![Place::Nowhere; func.banks.len()],
    };
    if target == Target::Vm {
        allocator.place_arguments();
    }
    allocator.coalesce();
    let first = match target {
        Target::Vm => [0; 3],
        Target::Jit => {
            allocator.place_in_registers();
            REGISTERS
        }
    };
    allocator.place_in_memory(first);
    let counts = [0, 1, 2].map(|bank| {
        let used = allocator.slots[bank].len() as u32;
        // The home slots of machine registers are part of the frame as soon as one is used.
        if target == Target::Jit && used > 0 { used.max(REGISTERS[bank]) } else { used }
    });
    let in_registers = [0, 1, 2].map(|bank| {
        let slots: &Vec<Vec<(u32, u32)>> = &allocator.slots[bank];
        (0..REGISTERS[bank] as usize).map(|slot| slots.get(slot).cloned().unwrap_or_default()).collect()
    });
    Allocation { places: allocator.places, counts, in_registers }
}

/// Registers that share a slot because moves connect them.
#[derive(Default)]
struct Group {
    members: Vec<VReg>,
    /// Where they are live, in order; none overlap.
    ranges: Vec<(u32, u32)>,
    wishes: Vec<u32>,
    /// Registers whose slots are better left to them.
    avoids: Vec<VReg>,
    /// What a machine register saves, and how long it is taken.
    gain: f32,
    length: u32,
}

/// One group for each register that is live at all.
fn groups(func: &LirFunc, live: &Liveness) -> Vec<Group> {
    let mut groups: Vec<Group> = (0..func.banks.len()).map(|_| Group::default()).collect();
    for (reg, (group, ranges)) in groups.iter_mut().zip(&live.ranges).enumerate() {
        if !ranges.is_empty() {
            group.members.push(reg as VReg);
            group.ranges.clone_from(ranges);
            group.gain = live.intervals[reg].weight - ranges.iter().map(|&range| live.call_cost(range)).sum::<f32>();
            group.length = ranges.iter().map(|(start, end)| end - start).sum();
        }
    }
    for &(reg, slot) in &live.wishes {
        groups[reg as usize].wishes.push(slot);
    }
    for &(reg, other) in &live.crossings {
        groups[reg as usize].avoids.push(other);
    }
    groups
}

struct Allocator<'a> {
    func: &'a LirFunc,
    live: &'a Liveness,
    /// By the register that leads the group; the others' are empty.
    groups: Vec<Group>,
    leader: Vec<VReg>,
    /// The live ranges in each slot, by bank and slot, in order.
    slots: [Vec<Vec<(u32, u32)>>; 3],
    places: Vec<Place>,
}

fn overlaps(a: &[(u32, u32)], b: &[(u32, u32)]) -> bool {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i].1 <= b[j].0 {
            i += 1;
        } else if b[j].1 <= a[i].0 {
            j += 1;
        } else {
            return true;
        }
    }
    false
}

impl Allocator<'_> {
    fn leader(&self, mut reg: VReg) -> VReg {
        while self.leader[reg as usize] != reg {
            reg = self.leader[reg as usize];
        }
        reg
    }

    /// Joins registers that moves connect, those in the innermost loops first, wherever their intervals allow it.
    fn coalesce(&mut self) {
        let mut pairs = self.live.affinities.clone();
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (_, a, b) in pairs {
            let (a, b) = (self.leader(a), self.leader(b));
            let placed = [a, b].iter().any(|&reg| self.places[reg as usize] != Place::Nowhere);
            if a == b || placed || overlaps(&self.groups[a as usize].ranges, &self.groups[b as usize].ranges) {
                continue;
            }
            let joined = std::mem::take(&mut self.groups[b as usize]);
            self.leader[b as usize] = a;
            let group = &mut self.groups[a as usize];
            group.members.extend(joined.members);
            group.ranges.extend(joined.ranges);
            group.ranges.sort_unstable();
            group.wishes.extend(joined.wishes);
            group.avoids.extend(joined.avoids);
            group.gain += joined.gain;
            group.length += joined.length;
        }
    }

    fn is_free(&self, bank: Bank, slot: u32, ranges: &[(u32, u32)]) -> bool {
        let Some(taken) = self.slots[bank as usize].get(slot as usize) else { return true };
        ranges.iter().all(|&(start, end)| {
            let next = taken.partition_point(|t| t.1 <= start);
            taken.get(next).is_none_or(|t| t.0 >= end)
        })
    }

    fn take(&mut self, group: VReg, slot: u32) {
        let slots = &mut self.slots[bank_of(self.func, group) as usize];
        if slots.len() <= slot as usize {
            slots.resize(slot as usize + 1, Vec::new());
        }
        let (taken, group) = (&mut slots[slot as usize], &self.groups[group as usize]);
        for &range in &group.ranges {
            assert!(range.0 < range.1, "ranges in order of their starts are in order of their ends only if none is empty");
            let at = taken.partition_point(|t| t.0 < range.0);
            taken.insert(at, range);
        }
        for &member in &group.members {
            self.places[member as usize] = Place::Slot(slot);
        }
    }

    /// A free slot within bounds, a wished one if possible, or else one that makes no cycle of moves.
    fn find(&self, group: VReg, low: u32, high: u32) -> Option<u32> {
        let Group { ranges, wishes, avoids, .. } = &self.groups[group as usize];
        let bank = bank_of(self.func, group);
        let wished = wishes.iter().copied().filter(|slot| (low..high).contains(slot));
        let free = |slot: &u32| self.is_free(bank, *slot, ranges);
        let crosses = |slot: u32| avoids.iter().any(|&reg| self.places[reg as usize] == Place::Slot(slot));
        let straight = |slot: &u32| free(slot) && !crosses(*slot);
        wished.into_iter().find(free).or_else(|| (low..high).find(straight)).or_else(|| (low..high).find(free))
    }

    fn place_in_registers(&mut self) {
        let density = |group: &Group| group.gain / (group.length + 2) as f32;
        let mut order: Vec<(f32, VReg)> = (0..).zip(&self.groups).filter(|(_, g)| g.gain > 0.0).map(|(reg, g)| (density(g), reg)).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, reg) in order {
            let registers = REGISTERS[bank_of(self.func, reg) as usize];
            if let Some(slot) = self.find(reg, 0, registers) {
                self.take(reg, slot);
            }
        }
    }

    /// Lets the VM compute arguments in the callee's frame, where nothing else runs in between.
    fn place_arguments(&mut self) {
        for (position, lir) in self.func.code.iter().enumerate() {
            let Lir::Call(index) = *lir else { continue };
            let call = &self.func.calls[index as usize];
            let mut counts = [0; 3];
            for &(bank, arg) in &call.args {
                let ordinal = counts[bank as usize];
                counts[bank as usize] += 1;
                let Source::Reg(reg) = arg else { continue };
                if self.fits_argument(reg, position as u32, call) {
                    self.places[reg as usize] = Place::Out(ordinal);
                }
            }
        }
    }

    fn fits_argument(&self, reg: VReg, position: u32, call: &CallSite) -> bool {
        let interval = &self.live.intervals[reg as usize];
        let once = call.args.iter().filter(|&&(_, arg)| arg == Source::Reg(reg)).count() == 1;
        let is_param = self.func.params.iter().any(|&(_, param)| param == reg);
        let is_callee = matches!(call.callee, Callee::Indirect(callee, _) if callee == reg);
        once && !is_param
            && !is_callee
            && interval.single
            && interval.end == position
            && self.places[reg as usize] == Place::Nowhere
            && !self.live.has_barrier_between(interval.start, position)
    }

    fn place_in_memory(&mut self, first: [u32; 3]) {
        let mut order: Vec<VReg> = (0..self.func.banks.len() as VReg).collect();
        order.retain(|&reg| !self.groups[reg as usize].members.is_empty() && self.places[reg as usize] == Place::Nowhere);
        order.sort_by_key(|&reg| self.groups[reg as usize].ranges[0].0);
        for reg in order {
            let low = first[bank_of(self.func, reg) as usize];
            let slot = self.find(reg, low, u32::MAX).expect("an unbounded number of slots");
            self.take(reg, slot);
        }
    }
}
