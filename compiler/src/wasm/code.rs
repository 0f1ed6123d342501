//! The code of one function before its locals have their final numbers.
//!
//! Instructions name *virtual* locals, as many as there are values, and *symbols* instead of function indices. `finish`
//! gives locals of one type whose lifetimes do not meet the same number (linear scan over the instruction list, a
//! lifetime that enters a loop from before it lasts to the loop's end), resolves symbols, and encodes.
//!
//! Whoever writes the code keeps one rule: a local's first occurrence in the list is the store that every read of it
//! follows. SSA gives that for free.

use super::assembly::Symbol;
use crate::ir::Place;
use wasm_encoder::{BranchHint, Function, Instruction, MemArg, ValType};

pub type Ins = Instruction<'static>;

pub struct Code {
    pub ins: Vec<Ins>,
    /// The types of the virtual locals; the first are the parameters.
    locals: Vec<ValType>,
    params: usize,
    /// Positions of `if`s that are hardly ever taken.
    cold: Vec<usize>,
    /// Where the instructions from a position on come from; `None` where a trace shows nothing.
    places: Vec<(usize, Option<Place>)>,
}

/// A virtual local.
pub type Local = u32;

/// A function body with what goes into custom sections about it.
pub struct Body {
    pub function: Function,
    pub hints: Vec<BranchHint>,
    /// Byte offset in the body, and where the instructions from there on come from.
    pub places: Vec<(u32, Option<Place>)>,
}

impl Code {
    pub fn new(params: &[ValType]) -> Code {
        Code { ins: Vec::new(), locals: params.to_vec(), params: params.len(), cold: Vec::new(), places: Vec::new() }
    }
    pub fn local(&mut self, ty: ValType) -> Local {
        self.locals.push(ty);
        self.locals.len() as Local - 1
    }
    pub fn op(&mut self, ins: Ins) -> &mut Self {
        self.ins.push(ins);
        self
    }
    pub fn get(&mut self, local: Local) -> &mut Self {
        self.op(Ins::LocalGet(local))
    }
    pub fn set(&mut self, local: Local) -> &mut Self {
        self.op(Ins::LocalSet(local))
    }
    pub fn tee(&mut self, local: Local) -> &mut Self {
        self.op(Ins::LocalTee(local))
    }
    pub fn i32(&mut self, value: i32) -> &mut Self {
        self.op(Ins::I32Const(value))
    }
    pub fn i64(&mut self, value: i64) -> &mut Self {
        self.op(Ins::I64Const(value))
    }
    pub fn call(&mut self, symbol: Symbol) -> &mut Self {
        self.op(Ins::Call(symbol.0))
    }
    /// An `if` that is hardly ever taken.
    pub fn cold_if(&mut self) -> &mut Self {
        self.cold.push(self.ins.len());
        self.op(Ins::If(wasm_encoder::BlockType::Empty))
    }
    pub fn at(&mut self, place: Option<Place>) {
        if self.places.last().is_none_or(|&(_, last)| last != place) {
            self.places.push((self.ins.len(), place));
        }
    }

    /// Encodes the function; `resolve` turns symbols into function indices.
    pub fn finish(mut self, resolve: impl Fn(Symbol) -> u32) -> Body {
        let (numbers, declared) = self.allocate();
        let mut function = Function::new_with_locals_types(declared);
        let (mut hints, mut found) = (Vec::new(), Vec::new());
        let (mut cold, mut places) = (self.cold.iter().peekable(), self.places.iter().peekable());
        for ins in &mut self.ins {
            match ins {
                Ins::LocalGet(l) | Ins::LocalSet(l) | Ins::LocalTee(l) => *l = numbers[*l as usize],
                Ins::Call(symbol) => *symbol = resolve(Symbol(*symbol)),
                _ => {}
            }
        }
        // A copy from a local to itself: both ends got the same number.
        let is_copy = |at: usize| matches!((&self.ins[at], self.ins.get(at + 1)), (Ins::LocalGet(a), Some(Ins::LocalSet(b))) if a == b);
        let mut skip_to = 0;
        for (at, ins) in self.ins.iter().enumerate() {
            let offset = function.byte_len() as u32;
            if cold.next_if(|&&c| c == at).is_some() {
                hints.push(BranchHint { branch_func_offset: offset, branch_hint_value: 0 });
            }
            while let Some(&(_, place)) = places.next_if(|&&(p, _)| p == at) {
                found.push((offset, place));
            }
            if is_copy(at) {
                skip_to = at + 2;
            }
            if at < skip_to {
                continue;
            }
            function.instruction(ins);
        }
        function.instruction(&Ins::End);
        Body { function, hints, places: found }
    }

    /// The final number of each virtual local, and the types of those declared.
    fn allocate(&self) -> (Vec<u32>, Vec<ValType>) {
        let lives = self.lifetimes();
        let mut order: Vec<usize> = (self.params..self.locals.len()).filter(|&l| lives[l].is_some()).collect();
        order.sort_by_key(|&l| lives[l].expect("filtered").0);
        // A slot is a final local: its type, and the last position at which it is taken.
        let mut slots: Vec<(ValType, usize)> = Vec::new();
        let mut slot_of = vec![usize::MAX; self.locals.len()];
        for (l, &ty) in self.locals[..self.params].iter().enumerate() {
            slot_of[l] = slots.len();
            slots.push((ty, lives[l].map_or(0, |(_, last)| last)));
        }
        let mut free_from = 0;
        for l in order {
            let (first, last) = lives[l].expect("filtered");
            let ty = self.locals[l];
            // Long functions have many slots; those that were just taken are looked at first.
            free_from = if slots.len() > 256 { slots.len() - 256 } else { free_from };
            let free = (free_from..slots.len()).rev().find(|&s| slots[s].0 == ty && slots[s].1 < first);
            let slot = free.unwrap_or_else(|| {
                slots.push((ty, 0));
                slots.len() - 1
            });
            slots[slot].1 = last;
            slot_of[l] = slot;
        }
        // Equal types stand together, in the order of their first slot, so that the declaration is short.
        let mut declared: Vec<ValType> = Vec::new();
        let mut number = vec![0; slots.len()];
        let mut groups: Vec<(ValType, Vec<usize>)> = Vec::new();
        for (slot, &(ty, _)) in slots.iter().enumerate().skip(self.params) {
            match groups.iter_mut().find(|(t, _)| *t == ty) {
                Some((_, list)) => list.push(slot),
                None => groups.push((ty, vec![slot])),
            }
        }
        (0..self.params).for_each(|p| number[p] = p as u32);
        for (ty, list) in groups {
            for slot in list {
                number[slot] = (self.params + declared.len()) as u32;
                declared.push(ty);
            }
        }
        (slot_of.iter().map(|&s| number.get(s).copied().unwrap_or(u32::MAX)).collect(), declared)
    }

    /// First and last position at which each virtual local is in use.
    fn lifetimes(&self) -> Vec<Option<(usize, usize)>> {
        let mut lives: Vec<Option<(usize, usize)>> = vec![None; self.locals.len()];
        lives[..self.params].fill(Some((0, 0)));
        // Open constructs: for loops, the index into `loops`.
        let mut open: Vec<Option<usize>> = Vec::new();
        let mut loops: Vec<(usize, usize)> = Vec::new();
        let mut until: Vec<Option<usize>> = vec![None; self.locals.len()];
        for (at, ins) in self.ins.iter().enumerate() {
            match ins {
                Ins::Block(_) | Ins::If(_) => open.push(None),
                Ins::Loop(_) => {
                    open.push(Some(loops.len()));
                    loops.push((at, at));
                }
                Ins::End => {
                    if let Some(Some(ended)) = open.pop() {
                        loops[ended].1 = at;
                    }
                }
                &Ins::LocalGet(l) | &Ins::LocalSet(l) | &Ins::LocalTee(l) => {
                    let (first, last) = lives[l as usize].get_or_insert((at, at));
                    *last = at;
                    let entered_after = |&&i: &&usize| loops[i].0 >= *first;
                    until[l as usize] = open.iter().flatten().find(entered_after).copied().or(until[l as usize]);
                }
                _ => {}
            }
        }
        for (life, end) in lives.iter_mut().zip(until) {
            if let (Some((_, last)), Some(end)) = (life, end) {
                *last = loops[end].1.max(*last);
            }
        }
        lives
    }
}

/// A memory operand at a constant offset.
pub fn mem(offset: u32, align: u32) -> MemArg {
    MemArg { offset: u64::from(offset), align, memory_index: 0 }
}
