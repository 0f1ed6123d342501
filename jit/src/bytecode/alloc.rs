//! Slots for virtual registers: registers whose intervals do not overlap share one.
//!
//! Slots with low numbers are machine registers when the JIT runs the code (`REGISTERS` of each bank). They go to the
//! registers with the greatest weight per length first (priority-based allocation after Chow and Hennessy 1990, on
//! intervals as in linear scan); all others take the first free memory slot. A register takes the slot that it wishes for where it
//! can, which makes most moves vanish.

use super::lir::{Callee, Lir, LirFunc, NONE, Source, VReg};
use super::live::{Interval, Liveness, Wish, bank_of};
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
    /// The intervals in each machine register, by bank and register, in order.
    pub in_registers: [Vec<Vec<(u32, u32)>>; 3],
}

/// Finds a place for every virtual register.
pub fn allocate(func: &LirFunc, live: &Liveness, target: Target) -> Allocation {
    let mut wishes = live.wishes.clone();
    wishes.sort_by_key(|w| w.0);
    let mut allocator =
        Allocator { func, live, wishes, slots: [Vec::new(), Vec::new(), Vec::new()], places: vec![Place::Nowhere; func.banks.len()] };
    match target {
        Target::Vm => allocator.place_arguments(),
        Target::Jit => allocator.place_in_registers(),
    }
    let first = match target {
        Target::Vm => [0; 3],
        Target::Jit => REGISTERS,
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

struct Allocator<'a> {
    func: &'a LirFunc,
    live: &'a Liveness,
    /// Sorted by register.
    wishes: Vec<(VReg, Wish)>,
    /// The intervals in each slot, by bank and slot, in order.
    slots: [Vec<Vec<(u32, u32)>>; 3],
    places: Vec<Place>,
}

impl Allocator<'_> {
    fn is_live(&self, reg: VReg) -> bool {
        self.live.intervals[reg as usize].start != u32::MAX
    }

    fn is_free(&self, bank: Bank, slot: u32, interval: &Interval) -> bool {
        let Some(taken) = self.slots[bank as usize].get(slot as usize) else { return true };
        let next = taken.partition_point(|&(_, end)| end <= interval.start);
        taken.get(next).is_none_or(|&(start, _)| start >= interval.end)
    }

    fn take(&mut self, reg: VReg, slot: u32) {
        let interval = self.live.intervals[reg as usize];
        let slots = &mut self.slots[bank_of(self.func, reg) as usize];
        if slots.len() <= slot as usize {
            slots.resize(slot as usize + 1, Vec::new());
        }
        let taken = &mut slots[slot as usize];
        let at = taken.partition_point(|&(start, _)| start < interval.start);
        taken.insert(at, (interval.start, interval.end));
        self.places[reg as usize] = Place::Slot(slot);
    }

    /// The slots that a register wishes for, within bounds, best first.
    fn wished(&self, reg: VReg, low: u32, high: u32) -> impl Iterator<Item = u32> + '_ {
        let from = self.wishes.partition_point(|w| w.0 < reg);
        let own = self.wishes[from..].iter().take_while(move |w| w.0 == reg);
        own.filter_map(|&(_, wish)| match wish {
            Wish::Slot(slot) => Some(slot),
            Wish::SameAs(other) => match self.places[other as usize] {
                Place::Slot(slot) => Some(slot),
                Place::Nowhere | Place::Out(_) => None,
            },
        })
        .filter(move |slot| (low..high).contains(slot))
    }

    fn find(&self, reg: VReg, low: u32, high: u32) -> Option<u32> {
        let interval = &self.live.intervals[reg as usize];
        let bank = bank_of(self.func, reg);
        let wished = self.wished(reg, low, high).find(|&slot| self.is_free(bank, slot, interval));
        wished.or_else(|| (low..high).find(|&slot| self.is_free(bank, slot, interval)))
    }

    fn place_in_registers(&mut self) {
        let gain = |interval: &Interval| interval.weight - self.live.call_cost(interval);
        let mut order: Vec<(f32, VReg)> = Vec::new();
        for (reg, interval) in self.live.intervals.iter().enumerate() {
            let gain = gain(interval);
            if interval.start != u32::MAX && gain > 0.0 {
                order.push((gain / (interval.end - interval.start + 2) as f32, reg as VReg));
            }
        }
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

    fn fits_argument(&self, reg: VReg, position: u32, call: &super::lir::CallSite) -> bool {
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
        order.sort_by_key(|&reg| self.live.intervals[reg as usize].start);
        for reg in order {
            if reg == NONE || !self.is_live(reg) || self.places[reg as usize] != Place::Nowhere {
                continue;
            }
            let low = first[bank_of(self.func, reg) as usize];
            let slot = self.find(reg, low, u32::MAX).expect("an unbounded number of slots");
            self.take(reg, slot);
        }
    }
}
