//! Live intervals of virtual registers over the linear code, with the weights that decide who gets a machine register.
//!
//! A position is an index of the code. An interval `[start, end)` begins where the register is first written and ends at
//! its last use, stretched to the end of each loop that it enters from outside. Control is structured, so two registers whose
//! intervals do not overlap may share a slot: what stands between a `br` and its target in the text is on other paths. `ranges`
//! finds the holes in them.

use super::lir::{Callee, Lir, LirFunc, NONE, Source, VReg, visit};
use super::opcode::Opcode;
use super::ranges::ranges;
use compiler::ir::Bank;

/// The live interval of one virtual register.
#[derive(Clone, Copy, Debug)]
pub struct Interval {
    pub start: u32,
    pub end: u32,
    /// What keeping it in a machine register saves, in weighted memory accesses.
    pub weight: f32,
    /// Written once, and not by a parallel move.
    pub single: bool,
}

pub struct Liveness {
    pub intervals: Vec<Interval>,
    /// The parts of each interval in which the register is live, in order.
    pub ranges: Vec<Vec<(u32, u32)>>,
    /// Slots that a register would like to be in: where a parameter arrives, an argument goes, a result comes.
    pub wishes: Vec<(VReg, u32)>,
    /// Pairs that a move connects, with the move's weight.
    pub affinities: Vec<(f32, VReg, VReg)>,
    /// Registers and those whose slots they should keep out of: in `x, y = y, t` a `t` in the slot of `x` would make a cycle.
    pub crossings: Vec<(VReg, VReg)>,
    /// For each position, how many calls and collections stand before it.
    barriers: Vec<u32>,
    /// The weight of the calls before each position.
    call_weight: Vec<f32>,
}

impl Liveness {
    pub fn of(func: &LirFunc) -> Liveness {
        let unset = Interval { start: u32::MAX, end: 0, weight: 0.0, single: true };
        let mut walk = Walk {
            live: Liveness {
                intervals: vec![unset; func.banks.len()],
                ranges: Vec::new(),
                wishes: Vec::new(),
                affinities: Vec::new(),
                crossings: Vec::new(),
                barriers: Vec::with_capacity(func.code.len() + 1),
                call_weight: Vec::with_capacity(func.code.len() + 1),
            },
            origin: vec![0; func.banks.len()],
            is_result: vec![false; func.banks.len()],
            loops: Vec::new(),
        };
        for &reg in func.results.iter().flat_map(|(_, regs)| regs).filter(|&&reg| reg != NONE) {
            walk.is_result[reg as usize] = true;
        }
        walk.params(func);
        let (mut barriers, mut weight) = (0, 0.0);
        for (position, lir) in func.code.iter().enumerate() {
            walk.live.barriers.push(barriers);
            walk.live.call_weight.push(weight);
            if may_collect(lir) {
                barriers += 1;
            }
            if clobbers(func, lir) {
                weight += walk.scale();
            }
            walk.step(func, position as u32, lir);
        }
        walk.live.barriers.push(barriers);
        walk.live.call_weight.push(weight);
        for interval in &mut walk.live.intervals {
            interval.end = interval.end.max(interval.start.saturating_add(1));
        }
        let exact = ranges(func);
        let whole = |i: &Interval| if i.start == u32::MAX { Vec::new() } else { vec![(i.start, i.end)] };
        walk.live.ranges = match exact {
            Some(mut exact) => {
                let lives = walk.live.intervals.iter();
                exact.iter_mut().zip(lives).filter(|(ranges, _)| ranges.is_empty()).for_each(|(ranges, i)| *ranges = whole(i));
                exact
            }
            None => walk.live.intervals.iter().map(whole).collect(),
        };
        walk.live
    }

    /// Whether a call or a collection stands strictly between two positions.
    pub fn has_barrier_between(&self, start: u32, end: u32) -> bool {
        self.barriers[end as usize] > self.barriers[start as usize + 1]
    }

    /// What the calls inside the range cost a machine register: a store and a load each, and the register.
    pub fn call_cost(&self, (start, end): (u32, u32)) -> f32 {
        let last = self.call_weight.len() - 1;
        let from = self.call_weight[(start as usize + 1).min(last)];
        3.0 * (self.call_weight[(end as usize).min(last)] - from).max(0.0)
    }
}

/// Whether the instruction may collect garbage or runs other frames.
pub fn may_collect(lir: &Lir) -> bool {
    match lir {
        Lir::Op { op, .. } => matches!(op, Opcode::New | Opcode::NewArray | Opcode::AnyI),
        Lir::Call(_) => true,
        Lir::Label(_) | Lir::LoopStart(_) | Lir::LoopEnd | Lir::Moves { .. } | Lir::Switch { .. } => false,
    }
}

/// Whether machine registers do not survive the instruction.
pub fn clobbers(func: &LirFunc, lir: &Lir) -> bool {
    match lir {
        Lir::Call(index) => {
            let call = &func.calls[*index as usize];
            !call.diverges && !matches!(call.callee, Callee::Host(_))
        }
        Lir::Op { .. } | Lir::Label(_) | Lir::LoopStart(_) | Lir::LoopEnd | Lir::Moves { .. } | Lir::Switch { .. } => false,
    }
}

struct OpenLoop {
    start: u32,
    /// Registers from outside that the loop uses.
    entering: Vec<VReg>,
}

struct Walk {
    live: Liveness,
    /// The position that tells whether a register comes from outside a loop.
    origin: Vec<u32>,
    is_result: Vec<bool>,
    loops: Vec<OpenLoop>,
}

impl Walk {
    fn scale(&self) -> f32 {
        const PER_LOOP: f32 = 8.0;
        PER_LOOP.powi(self.loops.len().min(6) as i32)
    }

    fn params(&mut self, func: &LirFunc) {
        let mut counts = [0; 3];
        for &(bank, reg) in &func.params {
            if reg != NONE {
                self.define(reg, 0, 1.0);
                self.live.wishes.push((reg, counts[bank as usize]));
            }
            counts[bank as usize] += 1;
        }
    }

    fn define(&mut self, reg: VReg, position: u32, scale: f32) {
        let interval = &mut self.live.intervals[reg as usize];
        if interval.start == u32::MAX {
            interval.start = position;
            self.origin[reg as usize] = position;
        } else {
            interval.single = false;
        }
        interval.weight += 2.0 * scale;
    }

    fn use_(&mut self, reg: VReg, position: u32, scale: f32) {
        let interval = &mut self.live.intervals[reg as usize];
        interval.end = interval.end.max(position);
        interval.weight += scale;
        let origin = self.origin[reg as usize];
        if let Some(entered) = self.loops.iter_mut().find(|l| origin < l.start) {
            entered.entering.push(reg);
        }
    }

    fn step(&mut self, func: &LirFunc, position: u32, lir: &Lir) {
        let scale = self.scale();
        let (mut defs, mut uses) = (smallvec::SmallVec::<[VReg; 4]>::new(), smallvec::SmallVec::<[VReg; 8]>::new());
        visit(func, lir, |reg| defs.push(reg), |reg| uses.push(reg));
        for reg in uses {
            self.use_(reg, position, scale);
        }
        for &reg in &defs {
            if self.is_result[reg as usize] {
                // Live from the end of its construct, not from the first `br` that fills it.
                self.live.intervals[reg as usize].weight += 2.0 * scale;
            } else {
                self.define(reg, position, scale);
            }
        }
        match *lir {
            Lir::Moves { start, end } => self.moves(func, position, start, end, scale),
            Lir::LoopStart(_) => {
                for reg in defs {
                    self.origin[reg as usize] = position.saturating_sub(1);
                }
                self.loops.push(OpenLoop { start: position, entering: Vec::new() });
            }
            Lir::LoopEnd => {
                let closed = self.loops.pop().expect("a loop that was opened");
                for reg in closed.entering {
                    let interval = &mut self.live.intervals[reg as usize];
                    interval.end = interval.end.max(position);
                }
            }
            Lir::Call(index) => self.call_wishes(func, index),
            Lir::Op { op, a, b, .. } => {
                if matches!(op, Opcode::RetI | Opcode::RetF | Opcode::RetR) {
                    self.live.wishes.push((a, 0));
                }
                if matches!(op, Opcode::Mov | Opcode::FMov | Opcode::RMov) {
                    self.live.affinities.push((scale, a, b));
                }
            }
            Lir::Label(label) => {
                if let Ok(at) = func.results.binary_search_by_key(&label, |r| r.0) {
                    for &reg in func.results[at].1.iter().filter(|&&reg| reg != NONE) {
                        self.define(reg, position, 0.0);
                    }
                }
            }
            Lir::Switch { .. } => {}
        }
    }

    fn moves(&mut self, func: &LirFunc, position: u32, start: u32, end: u32, scale: f32) {
        let before_loop = matches!(func.code.get(position as usize + 1), Some(Lir::LoopStart(_)));
        for &(to, from) in &func.moves[start as usize..end as usize] {
            if before_loop && self.live.intervals[to as usize].start == position {
                self.origin[to as usize] = position + 1;
                // Written again at each turn even if nobody reads it: the loop's constants must stand elsewhere.
                let interval = &mut self.live.intervals[to as usize];
                interval.end = interval.end.max(position + 2);
            }
            self.live.intervals[to as usize].single = false;
            if let Source::Reg(from) = from
                && from != to
            {
                self.live.affinities.push((scale, to, from));
                self.crossings(&func.moves[start as usize..end as usize], to, from);
            }
        }
    }

    /// What is moved out of the way of `to`, if `from` is not what moves along with it all.
    fn crossings(&mut self, moves: &[(VReg, Source)], to: VReg, from: VReg) {
        const LONGEST: usize = 8;
        let mut last = to;
        for _ in 0..LONGEST.min(moves.len()) {
            match moves.iter().find(|m| m.1 == Source::Reg(last) && m.0 != last) {
                Some(&(next, _)) if next != from => {
                    self.live.crossings.push((from, next));
                    last = next;
                }
                _ => break,
            }
        }
    }

    fn call_wishes(&mut self, func: &LirFunc, index: u32) {
        let call = &func.calls[index as usize];
        let mut counts = [0; 3];
        for &(bank, arg) in &call.args {
            if let Source::Reg(reg) = arg {
                self.live.wishes.push((reg, counts[bank as usize]));
            }
            counts[bank as usize] += 1;
        }
        if call.result != NONE && !matches!(call.callee, Callee::Host(_)) {
            self.live.wishes.push((call.result, 0));
        }
    }
}

/// The bank of a register.
pub fn bank_of(func: &LirFunc, reg: VReg) -> Bank {
    func.banks[reg as usize]
}
