//! The final instructions of a function: virtual registers become slots, moves a sequence, labels instruction numbers.
//!
//! Frame of a function, in 8-byte words; the callee's begins where this one's ends, so that arguments are written once:
//! ```text
//!   fp                                        fp + frame = callee's fp
//!   | ints | floats |   (VM: return link)     | int args | float args | ...
//!   rp                rp + refs = callee's rp
//!   | references      | reference args
//! ```
//! In code for the JIT the first slots of each bank are machine registers (`alloc::REGISTERS`), which also carry the first
//! arguments and, in slot 0, the result; what lives across a call is saved to its slot before and loaded again behind.

use super::alloc::{Allocation, Place, REGISTERS, Target};
use super::lir::{COLD, CallSite, Callee, Lir, LirFunc, NONE, Source, VReg};
use super::live::{clobbers, may_collect};
use super::moves::{From, Move, Spot, sequence};
use super::opcode::{Extra, Ins, NO_SLOT, Opcode};
use compiler::ir::{self, Bank, Id, Module, Site};
use std::ops::Range;

/// The host function number that ends the run with a trap when the module has no trap function.
pub const HOST_TRAP: i32 = -1;
/// Words above a frame that calls never use as arguments: spare places for cyclic moves.
const SPARE: u32 = 250;
/// The same, for the index of a function called indirectly.
const SPARE_CALLEE: u32 = 251;

/// Jumps to jumps that are followed.
const LONGEST_CHAIN: usize = 8;

/// A function's instructions, numbered from 0.
pub struct Finished {
    pub code: Vec<Ins>,
    /// Jump tables; the last entry is the default.
    pub tables: Vec<Vec<u32>>,
    /// The source of each call, by instruction.
    pub places: Vec<(u32, Option<ir::Place>)>,
    /// Words from this frame to that of a function called, and the same in the reference bank.
    pub frame: u32,
    pub ref_frame: u32,
    /// Integer slots; the float slots stand behind.
    pub ints: u32,
    /// Whether the collector can meet this frame.
    pub collects: bool,
}

/// Words that a frame may have.
pub const MOST_WORDS: u32 = u16::MAX as u32 - SPARE_CALLEE - 1;

/// Writes the instructions; none where the frame has more than `MOST_WORDS`.
pub fn finish(func: &LirFunc, alloc: &Allocation, target: Target, module: &Module) -> Finished {
    let uses_refs = alloc.counts[2] > 0 || func.calls.iter().any(|c| c.args.iter().any(|a| a.0 == Bank::Ref));
    let least = if target == Target::Jit { [REGISTERS[0], REGISTERS[2]] } else { [1, 0] };
    let ref_frame = if uses_refs { alloc.counts[2].max(least[1]) } else { 0 };
    // Never below the reference bank's part, so that one limit guards both.
    let frame = (alloc.counts[0] + alloc.counts[1]).max(ref_frame).max(least[0]) + 1;
    let mut finisher = Finisher {
        func,
        alloc,
        target,
        module,
        out: Finished {
            code: Vec::with_capacity(func.code.len()),
            tables: Vec::new(),
            places: Vec::new(),
            frame,
            ref_frame,
            ints: alloc.counts[0],
            collects: func.code.iter().any(may_collect),
        },
        labels: vec![u32::MAX; func.labels as usize],
        position: 0,
    };
    // Slots are numbered in 16 bits. The caller refuses the program.
    if frame > MOST_WORDS {
        return finisher.out;
    }
    finisher.params();
    finisher.body();
    finisher.cold_exits();
    finisher.resolve();
    finisher.out
}

struct Finisher<'a> {
    func: &'a LirFunc,
    alloc: &'a Allocation,
    target: Target,
    module: &'a Module,
    out: Finished,
    /// The instruction number of each label.
    labels: Vec<u32>,
    /// The current index of the virtual code.
    position: usize,
}

impl Finisher<'_> {
    fn emit(&mut self, ins: Ins) {
        self.out.code.push(ins);
    }

    // Places

    fn slot_spot(&self, bank: Bank, slot: u32) -> Spot {
        match (bank, self.target) {
            (Bank::Int, _) => Spot { file: 0, field: slot as u16 },
            (Bank::Float, Target::Vm) => Spot { file: 0, field: (self.out.ints + slot) as u16 },
            (Bank::Float, Target::Jit) => Spot { file: 2, field: slot as u16 },
            (Bank::Ref, _) => Spot { file: 1, field: slot as u16 },
        }
    }
    fn out_spot(&self, bank: Bank, word: u32) -> Spot {
        match bank {
            Bank::Int | Bank::Float => Spot { file: 0, field: (self.out.frame + word) as u16 },
            Bank::Ref => Spot { file: 1, field: (self.out.ref_frame + word) as u16 },
        }
    }
    /// A spare place for a cycle of moves.
    fn spare(&self, bank: Bank) -> Spot {
        match (bank, self.target) {
            (Bank::Float, Target::Jit) => Spot { file: 2, field: (self.out.frame - self.out.ints + SPARE) as u16 },
            (Bank::Int | Bank::Float | Bank::Ref, _) => self.out_spot(bank, SPARE),
        }
    }
    fn spot(&self, reg: VReg) -> Spot {
        let bank = self.func.banks[reg as usize];
        match self.alloc.places[reg as usize] {
            Place::Slot(slot) => self.slot_spot(bank, slot),
            Place::Out(ordinal) => self.out_spot(bank, self.argument_word(reg, bank, ordinal)),
            Place::Nowhere => panic!("register {reg} has no place"),
        }
    }
    /// The word of an argument computed in place: floats stand behind the integers of the call that uses it.
    fn argument_word(&self, reg: VReg, bank: Bank, ordinal: u32) -> u32 {
        if bank != Bank::Float {
            return ordinal;
        }
        let ahead = &self.func.code[self.position..];
        // Not the first call ahead: its result may be what the next one takes.
        let call = ahead.iter().find_map(|lir| match lir {
            Lir::Call(index) => {
                let call = &self.func.calls[*index as usize];
                call.args.iter().any(|&(_, arg)| arg == Source::Reg(reg)).then_some(call)
            }
            _ => None,
        });
        let call = call.unwrap_or_else(|| panic!("no call uses register {reg}"));
        ordinal + int_arguments(call)
    }
    fn field(&self, reg: VReg) -> u16 {
        if reg == NONE { NO_SLOT } else { self.spot(reg).field }
    }

    // Moves

    fn move_(&mut self, m: Move) {
        let (const_op, move_op) = match m.bank {
            Bank::Int => (Opcode::Const, Opcode::Mov),
            Bank::Float => (Opcode::FConst, Opcode::FMov),
            Bank::Ref => (Opcode::RConst, Opcode::RMov),
        };
        self.emit(match m.from {
            From::Const(bits) => Ins::new(const_op, m.to.field, NO_SLOT, NO_SLOT).with_const64(bits),
            From::Spot(from) => Ins::new(move_op, m.to.field, from.field, NO_SLOT),
        });
    }
    fn all_moves(&mut self, moves: &[Move]) {
        for m in sequence(moves, |bank| self.spare(bank)) {
            self.move_(m);
        }
    }
    /// Where the n-th argument of a bank stands when a function starts, seen from the callee (or, with `out`, the caller).
    fn argument_spot(&self, bank: Bank, ordinal: u32, ints: u32, out: bool) -> Spot {
        if self.target == Target::Jit && ordinal < REGISTERS[bank as usize] {
            return self.slot_spot(bank, ordinal);
        }
        let word = if bank == Bank::Float { ints + ordinal } else { ordinal };
        if out {
            return self.out_spot(bank, word);
        }
        Spot { file: u8::from(bank == Bank::Ref), field: word as u16 }
    }

    fn params(&mut self) {
        let ints = self.func.params.iter().filter(|p| p.0 == Bank::Int).count() as u32;
        let mut counts = [0; 3];
        let mut moves = Vec::new();
        for &(bank, reg) in &self.func.params {
            let from = self.argument_spot(bank, counts[bank as usize], ints, false);
            counts[bank as usize] += 1;
            if reg != NONE {
                moves.push(Move { bank, to: self.spot(reg), from: From::Spot(from) });
            }
        }
        self.all_moves(&moves);
    }

    // Body

    fn body(&mut self) {
        while self.position < self.func.code.len() {
            let lir = self.func.code[self.position];
            let start = self.out.code.len();
            self.lir(lir);
            if let (Lir::Op { .. }, Ok(at)) = (lir, self.func.places.binary_search_by_key(&(self.position as u32), |s| s.0)) {
                // Behind what saves registers.
                let is_allocation = |ins: &Ins| matches!(ins.op, Opcode::New | Opcode::NewArray | Opcode::AnyI);
                let offset = self.out.code[start..].iter().position(is_allocation).unwrap_or(0);
                self.out.places.push(((start + offset) as u32, Some(self.func.places[at].1)));
            }
            self.position += 1;
        }
    }

    fn lir(&mut self, lir: Lir) {
        match lir {
            Lir::Label(label) => self.labels[label as usize] = self.out.code.len() as u32,
            Lir::LoopStart(id) => {
                for constant in self.func.consts.iter().filter(|c| c.loop_ == id) {
                    let (to, from) = (self.spot(constant.reg), From::Const(constant.bits));
                    self.move_(Move { bank: constant.bank, to, from });
                }
            }
            Lir::LoopEnd => {}
            Lir::Moves { start, end } => {
                let moves: Vec<Move> = self.func.moves[start as usize..end as usize]
                    .iter()
                    .map(|&(to, from)| Move {
                        bank: self.func.banks[to as usize],
                        to: self.spot(to),
                        from: From::of(from, |reg| self.spot(reg)),
                    })
                    .collect();
                self.all_moves(&moves);
            }
            Lir::Call(index) => self.call(&self.func.calls[index as usize]),
            Lir::Switch { index, table } => {
                let labels = self.func.switches[table as usize].clone();
                let cases = labels.len() as u32 - 1;
                let ins = Ins::new(Opcode::Switch, self.field(index), NO_SLOT, NO_SLOT);
                self.emit(ins.with(self.out.tables.len() as i32, cases));
                self.out.tables.push(labels);
            }
            Lir::Op { op, a, b, c, x, y, s, t } => self.op(op, [a, b, c], x, y, [s, t]),
        }
    }

    fn op(&mut self, op: Opcode, abc: [VReg; 3], x: i32, y: u32, st: [VReg; 2]) {
        let is_move = matches!(op, Opcode::Mov | Opcode::FMov | Opcode::RMov);
        if is_move && self.spot(abc[0]) == self.spot(abc[1]) {
            return;
        }
        if op == Opcode::Jmp {
            return self.jump(y);
        }
        if op == Opcode::Unreachable && self.stands_behind_jump() {
            return;
        }
        if may_collect(&Lir::op(op, NONE, NONE, NONE)) {
            self.save(self.live_mask() & REF_MASK);
        }
        let [a, b, mut c] = abc.map(|reg| self.field(reg));
        if matches!(op, Opcode::New | Opcode::NewArray | Opcode::AnyI) {
            c = self.out.ref_frame as u16;
        }
        let x = match op.extra() {
            Extra::Slots => {
                let [s, t] = st.map(|reg| self.field(reg));
                (u32::from(s) | u32::from(t) << 16) as i32
            }
            _ => x,
        };
        let ins = Ins::new(op, a, b, c).with(x, y);
        // `if c jump X; jump T; X:` is `unless c jump T`.
        let next = self.skip_nothing(self.position + 1);
        if let Some(opposite) = opposite(op)
            && let Some(&Lir::Op { op: Opcode::Jmp, y: over, .. }) = self.func.code.get(next)
            && self.falls_to(next + 1, y)
            && self.test_at(over).is_none()
        {
            self.position = next;
            return self.emit(Ins { op: opposite, y: over, ..ins });
        }
        self.emit(ins);
    }

    /// The first index from here on that is not a set of moves from each place to itself.
    fn skip_nothing(&self, mut at: usize) -> usize {
        while let Some(&Lir::Moves { start, end }) = self.func.code.get(at)
            && self.func.moves[start as usize..end as usize]
                .iter()
                .all(|&(to, from)| matches!(from, Source::Reg(from) if self.spot(from) == self.spot(to)))
        {
            at += 1;
        }
        at
    }

    /// Whether control does not run on to here: then nothing need say so, and a jump over it can be left out.
    fn stands_behind_jump(&self) -> bool {
        let before = self.func.code[..self.position].iter().rev();
        let mut before = before.skip_while(|lir| matches!(lir, Lir::Label(_) | Lir::LoopEnd | Lir::Op { op: Opcode::Unreachable, .. }));
        matches!(before.next(), Some(Lir::Op { op: Opcode::Jmp | Opcode::Ret | Opcode::RetI | Opcode::RetF | Opcode::RetR, .. }))
    }

    /// Whether control that runs on from this index of the virtual code comes to the label at once, if it can run on.
    fn falls_to(&self, mut at: usize, label: u32) -> bool {
        while let Some(lir) = self.func.code.get(at) {
            match lir {
                Lir::Label(l) if *l == label => return true,
                Lir::Label(_) | Lir::LoopEnd | Lir::Op { op: Opcode::Unreachable, .. } => at += 1,
                Lir::Op { .. } | Lir::LoopStart(_) | Lir::Moves { .. } | Lir::Call(_) | Lir::Switch { .. } => return false,
            }
        }
        false
    }

    fn jump(&mut self, label: u32) {
        if self.falls_to(self.position + 1, label) {
            return;
        }
        if let Some(test) = self.test_at(label) {
            return self.rotate(test);
        }
        self.emit(Ins::new(Opcode::Jmp, NO_SLOT, NO_SLOT, NO_SLOT).with(0, label));
    }

    /// The test at the head of a loop that the jump to this label would close, if it is near enough to be copied.
    fn test_at(&self, label: u32) -> Option<Range<usize>> {
        const LONGEST: usize = 4;
        let head = if label & COLD == 0 { self.labels[label as usize] } else { u32::MAX };
        let code = self.out.code.get(head as usize..)?;
        let length = code.iter().take(LONGEST + 1).position(|ins| opposite(ins.op).is_some())?;
        let straight = code[..length].iter().all(|ins| can_copy(ins.op));
        (straight && code[length].y & COLD == 0).then_some(head as usize..head as usize + length)
    }

    /// Ends a loop with a copy of the test at its head, so that a turn costs one jump.
    fn rotate(&mut self, head: Range<usize>) {
        let test = self.out.code[head.end];
        self.out.code.extend_from_within(head.clone());
        self.labels.push(head.end as u32 + 1);
        let inside = self.labels.len() as u32 - 1;
        let jump = |to| Ins::new(Opcode::Jmp, NO_SLOT, NO_SLOT, NO_SLOT).with(0, to);
        // Where leaving this loop is a turn of an outer one, that is what happens more often.
        if self.labels[test.y as usize] != u32::MAX {
            self.emit(test);
            return self.emit(jump(inside));
        }
        let op = opposite(test.op).expect("a conditional jump");
        self.emit(Ins { op, y: inside, ..test });
        if !self.falls_to(self.position + 1, test.y) {
            self.emit(jump(test.y));
        }
    }

    // Calls

    /// The machine registers that are live across the current position.
    fn live_mask(&self) -> u32 {
        if self.target == Target::Vm {
            return 0;
        }
        let at = self.position as u32;
        let mut mask = 0;
        for (bank, first) in [(0, 0), (1, REGISTERS[0]), (2, REGISTERS[0] + REGISTERS[1])] {
            for (slot, intervals) in self.alloc.in_registers[bank].iter().enumerate() {
                let next = intervals.partition_point(|&(_, end)| end <= at);
                if intervals.get(next).is_some_and(|&(start, _)| start < at) {
                    mask |= 1 << (first + slot as u32);
                }
            }
        }
        mask
    }
    fn save(&mut self, mask: u32) {
        if mask != 0 {
            self.emit(Ins::new(Opcode::Save, NO_SLOT, NO_SLOT, NO_SLOT).with(mask as i32, 0));
        }
    }

    fn call(&mut self, call: &CallSite) {
        let clobbered = clobbers(self.func, &self.func.code[self.position]);
        let mask = self.live_mask();
        // A host function keeps registers, but it may be the one that the program never comes back from.
        self.save(if clobbered { mask } else { 0 });
        let ints = int_arguments(call);
        let mut counts = [0; 3];
        let mut moves = Vec::new();
        for &(bank, arg) in &call.args {
            let ordinal = counts[bank as usize];
            counts[bank as usize] += 1;
            let to = match call.callee {
                Callee::Host(_) => self.out_spot(bank, ordinal),
                Callee::Func(_) | Callee::Indirect(..) => self.argument_spot(bank, ordinal, ints, true),
            };
            moves.push(Move { bank, to, from: From::of(arg, |reg| self.spot(reg)) });
        }
        let callee_spot = self.out_spot(Bank::Int, SPARE_CALLEE);
        if let Callee::Indirect(reg, _) = call.callee {
            moves.push(Move { bank: Bank::Int, to: callee_spot, from: From::Spot(self.spot(reg)) });
        }
        self.all_moves(&moves);
        self.out.places.push((self.out.code.len() as u32, call.place));
        let (frame, refs) = (self.out.frame as u16, self.out.ref_frame as u16);
        let in_register = self.target == Target::Jit && !matches!(call.callee, Callee::Host(_));
        let result = if in_register { NO_SLOT } else { self.field(call.result) };
        self.emit(match call.callee {
            Callee::Func(id) => Ins::new(Opcode::Call, result, frame, refs).with(0, id.0),
            Callee::Indirect(_, bank) => {
                let bank = bank.map_or(3, |b| b as u32);
                Ins::new(Opcode::CallInd, result, frame, refs).with(i32::from(callee_spot.field), bank)
            }
            Callee::Host(host) => Ins::new(Opcode::Host, result, frame, refs).with(host_number(host), 0),
        });
        if in_register && call.result != NONE {
            let bank = self.func.banks[call.result as usize];
            let from = From::Spot(self.slot_spot(bank, 0));
            self.all_moves(&[Move { bank, to: self.spot(call.result), from }]);
        }
        if clobbered && mask != 0 {
            self.emit(Ins::new(Opcode::Reload, NO_SLOT, NO_SLOT, NO_SLOT).with(mask as i32, 0));
        }
    }

    // Ends

    fn cold_exits(&mut self) {
        let first = self.labels.len() as u32;
        for index in 0..self.func.cold.len() {
            self.labels.push(self.out.code.len() as u32);
            let cold = self.func.cold[index];
            // What hosts raise has no place of its own.
            let site = self.module.sites.get(cold.site).filter(|_| cold.site.0 >= Site::FIRST_USER);
            self.cold_exit(cold.site, cold.a, cold.b, site.map_or(cold.place, |site| ir::Place { span: site.span, ..cold.place }));
        }
        for ins in self.out.code.iter_mut().filter(|ins| is_jump(ins.op) && ins.y & COLD != 0) {
            ins.y = first + (ins.y & !COLD);
        }
    }

    fn cold_exit(&mut self, site: Site, a: Source, b: Source, place: ir::Place) {
        let number = |s: &Self, source| From::of(source, |reg| s.spot(reg));
        let (a, b) = (number(self, a), number(self, b));
        let site_number = From::Const(u64::from(site.0));
        let moves = |places: [Spot; 3]| {
            [site_number, a, b].iter().zip(places).map(|(&from, to)| Move { bank: Bank::Int, to, from }).collect::<Vec<_>>()
        };
        match (self.target, self.module.trap) {
            (Target::Vm, _) => {
                let [a, b] = [(a, SPARE), (b, SPARE_CALLEE)].map(|(from, spare)| match from {
                    From::Const(0) => NO_SLOT,
                    From::Spot(spot) => spot.field,
                    From::Const(_) => {
                        let to = self.out_spot(Bank::Int, spare);
                        self.move_(Move { bank: Bank::Int, to, from });
                        to.field
                    }
                });
                let (frame, refs) = (self.out.frame as u16, self.out.ref_frame);
                self.out.places.push((self.out.code.len() as u32, Some(place)));
                self.emit(Ins::new(Opcode::Trap, a, b, frame).with(site.index() as i32, refs));
            }
            (Target::Jit, Some(trap)) => {
                let places = [0, 1, 2].map(|i| self.slot_spot(Bank::Int, i));
                self.all_moves(&moves(places));
                let (frame, refs) = (self.out.frame as u16, self.out.ref_frame as u16);
                self.out.places.push((self.out.code.len() as u32, Some(place)));
                self.emit(Ins::new(Opcode::Call, NO_SLOT, frame, refs).with(0, trap.0));
            }
            (Target::Jit, None) => {
                let places = [0, 1, 2].map(|i| self.out_spot(Bank::Int, i));
                self.all_moves(&moves(places));
                let (frame, refs) = (self.out.frame as u16, self.out.ref_frame as u16);
                self.emit(Ins::new(Opcode::Host, NO_SLOT, frame, refs).with(HOST_TRAP, 0));
            }
        }
    }

    /// Replaces labels by instruction numbers, those of jumps by where these lead.
    fn resolve(&mut self) {
        let code = &self.out.code;
        let lead = |&label: &u32| {
            let mut at = self.labels[label as usize];
            // An empty loop is a jump to itself.
            for _ in 0..LONGEST_CHAIN {
                match code.get(at as usize) {
                    Some(Ins { op: Opcode::Jmp, y, .. }) => at = self.labels[*y as usize],
                    _ => break,
                }
            }
            at
        };
        let targets: Vec<u32> = code.iter().map(|ins| if is_jump(ins.op) { lead(&ins.y) } else { ins.y }).collect();
        self.out.tables.iter_mut().flatten().for_each(|label| *label = lead(label));
        self.out.code.iter_mut().zip(targets).for_each(|(ins, target)| ins.y = target);
    }
}

/// The bits of the references in a mask of machine registers.
const REF_MASK: u32 = 0b11 << 12;

fn int_arguments(call: &CallSite) -> u32 {
    call.args.iter().filter(|a| a.0 == Bank::Int).count() as u32
}

fn host_number(host: compiler::ir::Host) -> i32 {
    compiler::ir::Host::ALL.iter().position(|&h| h == host).expect("a host function") as i32
}

/// Whether field `y` is a jump target.
pub fn is_jump(op: Opcode) -> bool {
    matches!(op.extra(), Extra::Target | Extra::Const32Target)
}

/// The jump that is taken exactly when this one is not.
fn opposite(op: Opcode) -> Option<Opcode> {
    use Opcode::*;
    Some(match op {
        BEq => BNe,
        BNe => BEq,
        BLtS => BGeS,
        BGeS => BLtS,
        BLtU => BGeU,
        BGeU => BLtU,
        BLt32 => BGe32,
        BGe32 => BLt32,
        BEqI => BNeI,
        BNeI => BEqI,
        BLtSI => BGeSI,
        BGeSI => BLtSI,
        BLtUI => BGeUI,
        BGeUI => BLtUI,
        BLt32I => BGe32I,
        BGe32I => BLt32I,
        FBEq => FBNe,
        FBNe => FBEq,
        FBLt => FBNlt,
        FBNlt => FBLt,
        FBLe => FBNle,
        FBNle => FBLe,
        RBNull => RBSome,
        RBSome => RBNull,
        RBEq => RBNe,
        RBNe => RBEq,
        _ => return None,
    })
}

/// Whether the instruction may stand at a loop's end a second time: it neither jumps away for good nor calls.
fn can_copy(op: Opcode) -> bool {
    use Opcode::*;
    !matches!(
        op,
        Jmp | Switch | New | NewArray | AnyI | Call | CallInd | Host | Ret | RetI | RetF | RetR | Trap | Unreachable | Save | Reload
    )
}
