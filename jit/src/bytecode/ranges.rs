//! Where in the code each virtual register is live, with the holes: an arm of an `if` that neither uses a register nor leads to
//! a use leaves its slot to what the arm computes.
//!
//! One walk from the end to the start, as control is structured (Wimmer and Franz, "Linear scan register allocation on SSA
//! form", CGO 2010): a jump forward takes what is live at its label, which has been seen; one back takes the loop's
//! parameters, and what else is live where the loop begins is live in all of it.

use super::lir::{COLD, Lir, LirFunc, NONE, VReg, visit};
use super::opcode::Opcode;
use std::collections::HashMap;

/// Words that the sets at labels may have together. Functions beyond, of thousands of lines, do with an interval for each register.
const MOST_WORDS: usize = 1 << 19;

/// The ranges `[start, end)` of each register, in order; `None` for a function that is too large.
pub fn ranges(func: &LirFunc) -> Option<Vec<Vec<(u32, u32)>>> {
    let words = func.banks.len().div_ceil(64);
    if words * func.labels as usize > MOST_WORDS {
        return None;
    }
    let mut walk = Walk {
        func,
        loops: loops(func),
        open: Vec::new(),
        live: vec![0; words],
        ends: vec![0; func.banks.len()],
        at: vec![Vec::new(); func.labels as usize],
        ranges: vec![Vec::new(); func.banks.len()],
    };
    for (position, lir) in func.code.iter().enumerate().rev() {
        walk.step(position as u32, lir);
    }
    for &(_, reg) in func.params.iter().filter(|&&(_, reg)| reg != NONE) {
        walk.define(reg, 0);
    }
    walk.leave_for(&vec![0; words], 0);
    for ranges in &mut walk.ranges {
        ranges.reverse();
    }
    Some(walk.ranges)
}

/// A loop by its label.
struct Loop {
    params: Vec<VReg>,
    end: u32,
}

/// Every loop, from which the walk knows what a jump back needs before it comes to the loop's beginning.
fn loops(func: &LirFunc) -> HashMap<u32, Loop> {
    let mut loops = HashMap::new();
    let mut open = Vec::new();
    for (position, lir) in func.code.iter().enumerate() {
        match lir {
            Lir::LoopStart(_) => {
                let params = match position.checked_sub(1).map(|before| &func.code[before]) {
                    Some(&Lir::Moves { start, end }) => func.moves[start as usize..end as usize].iter().map(|m| m.0).collect(),
                    _ => Vec::new(),
                };
                let Lir::Label(label) = func.code[position + 1] else { unreachable!("a loop begins with its label") };
                open.push((label, params));
            }
            Lir::LoopEnd => {
                let (label, params) = open.pop().expect("a loop that was opened");
                loops.insert(label, Loop { params, end: position as u32 });
            }
            Lir::Op { .. } | Lir::Label(_) | Lir::Moves { .. } | Lir::Call(_) | Lir::Switch { .. } => {}
        }
    }
    loops
}

struct Walk<'a> {
    func: &'a LirFunc,
    loops: HashMap<u32, Loop>,
    /// Scratch: the registers of an instruction.
    open: Vec<VReg>,
    /// A bit for each register.
    live: Vec<u64>,
    /// The end of a live register's range.
    ends: Vec<u32>,
    /// What is live at each label.
    at: Vec<Vec<u64>>,
    /// The ranges that are whole, the last one first.
    ranges: Vec<Vec<(u32, u32)>>,
}

fn each_bit(word: usize, mut bits: u64, mut found: impl FnMut(usize)) {
    while bits != 0 {
        found(word * 64 + bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

impl Walk<'_> {
    fn is_live(&self, reg: VReg) -> bool {
        self.live[reg as usize / 64] >> (reg % 64) & 1 != 0
    }

    /// A range that begins here is whole. It is empty where code that is never reached begins with its last use.
    fn close(&mut self, reg: VReg, start: u32, end: u32) {
        if start >= end {
            return;
        }
        let ranges = &mut self.ranges[reg as usize];
        match ranges.last_mut() {
            Some(next) if next.0 <= end => *next = (start, next.1.max(end)),
            _ => ranges.push((start, end)),
        }
    }

    /// A register that nobody reads has its slot for the moment.
    fn define(&mut self, reg: VReg, position: u32) {
        let end = if self.is_live(reg) { self.ends[reg as usize] } else { position + 1 };
        self.close(reg, position, end.max(position + 1));
        self.live[reg as usize / 64] &= !(1 << (reg % 64));
    }

    fn use_(&mut self, reg: VReg, position: u32) {
        if !self.is_live(reg) {
            self.live[reg as usize / 64] |= 1 << (reg % 64);
            self.ends[reg as usize] = position;
        }
    }

    /// Control may also go to where these are live.
    fn join(&mut self, set: &[u64], position: u32) {
        for (word, &bits) in set.iter().enumerate() {
            each_bit(word, bits & !self.live[word], |reg| self.ends[reg] = position + 1);
            self.live[word] |= bits;
        }
    }

    /// Control goes to where these are live, and does not come to what stands behind.
    fn leave_for(&mut self, set: &[u64], position: u32) {
        for word in 0..self.live.len() {
            let bits = set.get(word).copied().unwrap_or(0);
            let mut gone = Vec::new();
            each_bit(word, self.live[word] & !bits, |reg| gone.push(reg as VReg));
            for reg in gone {
                self.close(reg, position + 1, self.ends[reg as usize]);
            }
            each_bit(word, bits & !self.live[word], |reg| self.ends[reg] = position + 1);
            self.live[word] = bits;
        }
    }

    /// What is live at a label: for a loop that is not yet known but for its parameters. A cold exit reads its numbers at the jump.
    fn target(&self, label: u32) -> Vec<u64> {
        if label & COLD != 0 {
            return Vec::new();
        }
        match self.loops.get(&label) {
            Some(Loop { params, .. }) => {
                let mut set = vec![0; self.live.len()];
                params.iter().for_each(|&reg| set[reg as usize / 64] |= 1 << (reg % 64));
                set
            }
            None => self.at[label as usize].clone(),
        }
    }

    fn step(&mut self, position: u32, lir: &Lir) {
        let nothing = Vec::new();
        match *lir {
            Lir::Label(label) => match self.loops.get(&label) {
                Some(_) => self.begin_loop(label),
                None => self.at[label as usize] = self.live.clone(),
            },
            Lir::Switch { table, .. } => {
                self.leave_for(&nothing, position);
                for &label in &self.func.switches[table as usize] {
                    self.join(&self.target(label), position);
                }
            }
            Lir::Op { op: Opcode::Ret | Opcode::RetI | Opcode::RetF | Opcode::RetR | Opcode::Unreachable, .. } => {
                self.leave_for(&nothing, position);
            }
            Lir::Op { op: Opcode::Jmp, y, .. } => self.leave_for(&self.target(y), position),
            Lir::Op { op, y, .. } if super::is_jump(op) => self.join(&self.target(y), position),
            Lir::Call(index) if self.func.calls[index as usize].diverges => self.leave_for(&nothing, position),
            Lir::Op { .. } | Lir::LoopStart(_) | Lir::LoopEnd | Lir::Moves { .. } | Lir::Call(_) => {}
        }
        let mut regs = std::mem::take(&mut self.open);
        visit(self.func, lir, |reg| regs.push(reg), |_| {});
        regs.drain(..).for_each(|reg| self.define(reg, position));
        visit(self.func, lir, |_| {}, |reg| regs.push(reg));
        regs.drain(..).for_each(|reg| self.use_(reg, position));
        self.open = regs;
    }

    /// What is live at the beginning is live in the whole loop, but for the parameters, which each turn gets anew.
    fn begin_loop(&mut self, label: u32) {
        let Walk { loops, live, ends, ranges, .. } = self;
        let Loop { params, end } = &loops[&label];
        for (word, &bits) in live.iter().enumerate() {
            each_bit(word, bits, |reg| {
                if params.contains(&(reg as VReg)) {
                    return;
                }
                ends[reg] = ends[reg].max(end + 1);
                while let Some((_, to)) = ranges[reg].pop_if(|range| range.0 <= ends[reg]) {
                    ends[reg] = ends[reg].max(to);
                }
            });
        }
    }
}
