//! One forward walk over the bytecode: pick a stencil, copy it, fill its holes; at the end, jumps and calls.

use super::super::ffi;
use super::super::machine::Machine;
use super::cache::CodeCache;
use super::runtime;
use crate::bytecode::{Element, FuncInfo, HOST_TRAP, Ins, NO_SLOT, Opcode, Program, REGISTERS, is_jump};
use crate::stencil::{Extra, Fix, Group, Table, What, places};
use crate::stencils_x86_64::TABLE;
use std::sync::OnceLock;

/// A program's machine code.
pub struct Code {
    cache: CodeCache,
    /// Bytes in use.
    pub len: usize,
    /// The address of each function, for calls by index; stencils have the address of this list.
    entries: Box<[u64]>,
    /// Jump tables, likewise.
    _tables: Vec<Box<[u64]>>,
    /// The offset behind each call, with its instruction, in order.
    returns: Vec<(u32, u32)>,
    /// The code of each allocation: from, to, instruction; in order.
    allocations: Vec<(u32, u32, u32)>,
}

impl Code {
    pub fn entry(&self, func: usize) -> *const u8 {
        self.entries[func] as *const u8
    }
    /// The call instruction that returns to an address.
    pub fn call_returning_to(&self, address: u64) -> Option<u32> {
        let offset = address.checked_sub(self.cache.run() as u64).filter(|&o| o <= self.len as u64)?;
        let at = self.returns.binary_search_by_key(&(offset as u32), |r| r.0).ok()?;
        Some(self.returns[at].1)
    }
    /// The allocation whose code an address lies in.
    pub fn allocation_at(&self, address: u64) -> Option<u32> {
        let offset = address.checked_sub(self.cache.run() as u64).filter(|&o| o <= self.len as u64)? as u32;
        let after = self.allocations.partition_point(|a| a.0 < offset);
        let (_, end, instruction) = self.allocations[after.checked_sub(1)?];
        (offset <= end).then_some(instruction)
    }
}

fn table() -> &'static Table {
    static READ: OnceLock<Table> = OnceLock::new();
    READ.get_or_init(|| Table::read(TABLE))
}

/// Where a jump or call goes.
#[derive(Clone, Copy, Debug)]
enum Dest {
    /// An instruction.
    Ins(u32),
    Func(u32),
    /// The code for a stack overflow.
    Overflow,
    /// The slow path of an allocation: an index of `slow`.
    Slow(u32),
    /// Nowhere: the stencil has no such hole.
    None,
}

/// Compiles a program for a machine. `None` if it is larger than the limit or the system gives no memory for code.
pub fn compile(machine: &Machine, limit: usize) -> Option<Code> {
    let program = machine.program;
    // No instruction takes more than this on average; what is not touched costs nothing.
    let room = (program.code.len() * 160 + program.funcs.len() * 64 + 4096).min(limit);
    let cache = CodeCache::new(room)?;
    let mut assembler = Assembler {
        machine,
        table: table(),
        base: cache.write(),
        room: cache.len().min(limit),
        at: 0,
        values: [0; 16],
        func: program.funcs.first()?,
        stale: 0,
        is_target: targets(program),
        instructions: vec![0; program.code.len() + 1],
        funcs: vec![0; program.funcs.len()],
        overflow: 0,
        jumps: Vec::new(),
        slow: Vec::new(),
        slow_at: Vec::new(),
        entries: vec![0; program.funcs.len()].into_boxed_slice(),
        tables: program.tables.iter().map(|t| vec![0; t.len()].into_boxed_slice()).collect(),
        returns: Vec::new(),
        allocations: Vec::new(),
    };
    assembler.program()?;
    let (len, returns) = (assembler.at, std::mem::take(&mut assembler.returns));
    let allocations = std::mem::take(&mut assembler.allocations);
    let (mut entries, mut tables) = (std::mem::take(&mut assembler.entries), std::mem::take(&mut assembler.tables));
    let run = cache.run() as u64;
    for (entry, &at) in entries.iter_mut().zip(&assembler.funcs) {
        *entry = run + u64::from(at);
    }
    for (addresses, targets) in tables.iter_mut().zip(&program.tables) {
        for (address, &target) in addresses.iter_mut().zip(targets) {
            *address = run + u64::from(assembler.instructions[target as usize]);
        }
    }
    Some(Code { cache, len, entries, _tables: tables, returns, allocations })
}

/// Which instructions are jumped to.
fn targets(program: &Program) -> Vec<bool> {
    let mut targets = vec![false; program.code.len() + 1];
    for ins in program.code.iter().filter(|ins| is_jump(ins.op)) {
        targets[ins.y as usize] = true;
    }
    for &target in program.tables.iter().flatten() {
        targets[target as usize] = true;
    }
    targets
}

/// Whether what the instruction may jump to finds its values in registers. A checked op jumps to code that reads none.
fn needs_registers(op: Opcode) -> bool {
    let checked = matches!(op, Opcode::AddC | Opcode::SubC | Opcode::MulC | Opcode::AddCI | Opcode::MulCI);
    op == Opcode::Switch || is_jump(op) && !checked
}

/// The register slots in which a function gets its arguments.
fn argument_mask(callee: &FuncInfo) -> u32 {
    let bits = |bank: usize| (1 << callee.params[bank].min(REGISTERS[bank])) - 1;
    bits(0) | bits(1) << REGISTERS[0] | bits(2) << (REGISTERS[0] + REGISTERS[1])
}

/// The bit of a register slot in a mask; 0 for a slot in memory.
fn mask_bit(kind: u8, slot: u16) -> u32 {
    let (first, bank) = match kind {
        b'I' | b'i' => (0, 0),
        b'F' | b'f' => (REGISTERS[0], 1),
        b'R' | b'r' => (REGISTERS[0] + REGISTERS[1], 2),
        _ => return 0,
    };
    if u32::from(slot) < REGISTERS[bank] { 1 << (first + u32::from(slot)) } else { 0 }
}

struct Assembler<'a> {
    machine: &'a Machine<'a>,
    table: &'static Table,
    /// Where code is written, and how much there is room for.
    base: *mut u8,
    room: usize,
    at: usize,
    /// What fills each kind of hole, by `What`.
    values: [u64; 16],
    func: &'a FuncInfo,
    /// Register slots, as in the masks of `Save`, whose value is in memory alone since the last call. They are read there; a
    /// jump, or a place to jump to, loads them first.
    stale: u32,
    /// Whether each instruction is jumped to.
    is_target: Vec<bool>,
    /// The offset of each instruction and function.
    instructions: Vec<u32>,
    funcs: Vec<u32>,
    overflow: u32,
    /// Jumps to be filled in: the hole's offset.
    jumps: Vec<(u32, Dest)>,
    /// Slow paths of allocations: the instruction, where to go on.
    slow: Vec<(u32, u32)>,
    slow_at: Vec<u32>,
    entries: Box<[u64]>,
    tables: Vec<Box<[u64]>>,
    returns: Vec<(u32, u32)>,
    allocations: Vec<(u32, u32, u32)>,
}

impl<'a> Assembler<'a> {
    fn program(&mut self) -> Option<()> {
        let program = self.machine.program;
        self.overflow();
        for (index, func) in program.funcs.iter().enumerate() {
            self.func = func;
            self.align();
            self.funcs[index] = self.at as u32;
            self.stale = 0;
            self.prologue();
            for at in func.entry..func.end {
                // The longest instruction is a `Save` of everything.
                if self.at + 1024 > self.room {
                    return None;
                }
                let ins = &program.code[at as usize];
                if self.is_target[at as usize] || needs_registers(ins.op) {
                    self.load_stale();
                }
                self.instructions[at as usize] = self.at as u32;
                self.instruction(at, ins);
                if matches!(ins.op, Opcode::NewArray | Opcode::AnyI) {
                    self.allocations.push((self.instructions[at as usize], self.at as u32, at));
                }
                for (&kind, slot) in ins.op.pattern().iter().zip([ins.a, ins.b, ins.c]) {
                    if kind.is_ascii_uppercase() {
                        self.stale &= !mask_bit(kind, slot);
                    }
                }
            }
            self.slow_paths();
        }
        self.fill_jumps();
        Some(())
    }

    fn align(&mut self) {
        // The room for it was checked with the last instruction.
        while !self.at.is_multiple_of(16) {
            // SAFETY: inside the cache.
            unsafe { self.base.add(self.at).write(0xcc) };
            self.at += 1;
        }
    }

    // Stencils

    /// Copies a stencil and fills its holes.
    fn emit(&mut self, number: usize, dest: Dest) {
        let stencil = self.table.stencils[number];
        debug_assert_ne!(stencil.code, u32::MAX, "variant {number} has no stencil");
        let code = &self.table.bytes[stencil.code as usize..][..stencil.len as usize];
        let holes = &self.table.holes[stencil.first_hole as usize..][..stencil.holes as usize];
        let start = self.at;
        // SAFETY: room for the longest instruction was checked before, and holes lie inside the stencil.
        unsafe {
            let to = self.base.add(start);
            std::ptr::copy_nonoverlapping(code.as_ptr(), to, code.len());
            for hole in holes {
                let at = to.add(hole.at as usize);
                let value = self.values[hole.what as usize & 15];
                if hole.fix == Fix::Abs32 as u8 {
                    at.cast::<u32>().write_unaligned((value as u32).wrapping_add(hole.addend as i32 as u32));
                } else if hole.fix == Fix::Abs64 as u8 {
                    at.cast::<u64>().write_unaligned(value.wrapping_add(hole.addend as i64 as u64));
                } else if hole.fix == Fix::Abs8 as u8 {
                    at.write(value as u8);
                } else if hole.what == What::Continue as u8 {
                    let behind = i32::from(stencil.len) - i32::from(hole.at) - 4;
                    at.cast::<i32>().write_unaligned(behind);
                } else {
                    self.jumps.push(((start + hole.at as usize) as u32, dest));
                }
            }
        }
        self.at = start + code.len();
    }

    fn set(&mut self, what: What, value: u64) {
        self.values[what as usize] = value;
    }

    /// The stencil of a group without operands in variants.
    fn plain(&mut self, group: Group, dest: Dest) {
        self.emit(self.table.bases[group.index()], dest);
    }

    fn load_stale(&mut self) {
        let stale = std::mem::take(&mut self.stale);
        self.mask(stale, false);
    }

    /// The place of a slot among the variants, and its offset in memory.
    fn place(&self, kind: u8, slot: u16) -> (usize, u64) {
        if kind.is_ascii_lowercase() && self.stale & mask_bit(kind, slot) != 0 {
            let words = if kind == b'f' { self.func.ints + u32::from(slot) } else { u32::from(slot) };
            return (places(kind) - 1, u64::from(words) * 8);
        }
        let slot = u32::from(slot);
        match kind {
            b'I' | b'i' => (slot.min(REGISTERS[0]) as usize, u64::from(slot) * 8),
            b'F' | b'f' => (slot.min(REGISTERS[1]) as usize, u64::from(self.func.ints + slot) * 8),
            b'R' | b'r' => (slot.min(REGISTERS[2]) as usize, u64::from(slot) * 8),
            _ => (0, u64::from(slot) * 8),
        }
    }

    /// The stencil of a group for these slots.
    fn variant(&mut self, group: Group, pattern: &[u8; 3], mut slots: [u16; 3], dest: Dest) {
        if group.commutes() && self.place(pattern[1], slots[1]).0 > self.place(pattern[2], slots[2]).0 {
            slots.swap(1, 2);
        }
        let mut number = 0;
        for (i, (&kind, slot)) in pattern.iter().zip(slots).enumerate() {
            if kind != b'_' {
                let (place, offset) = self.place(kind, slot);
                number = number * places(kind) + place;
                self.values[What::A as usize + i] = offset;
            }
        }
        self.emit(self.table.bases[group.index()] + number, dest);
    }

    /// Moves a slot's register to or from its memory.
    fn spill(&mut self, kind: u8, slot: u16, out: bool) {
        let (op, number) = match kind {
            b'I' | b'i' => (Opcode::Mov, 0),
            b'F' | b'f' => (Opcode::FMov, 1),
            _ => (Opcode::RMov, 2),
        };
        let registers = REGISTERS[number] as usize;
        let (place, offset) = self.place(kind, slot);
        if place == registers {
            return;
        }
        self.set(What::A, offset);
        self.set(What::B, offset);
        let (to, from) = if out { (registers, place) } else { (place, registers) };
        self.emit(self.table.bases[Group::Op(op).index()] + to * (registers + 1) + from, Dest::None);
    }

    fn mask(&mut self, mask: u32, out: bool) {
        for bit in (0..14).filter(|b| mask >> b & 1 == 1) {
            match bit {
                0..4 => self.spill(b'i', bit, out),
                4..12 => self.spill(b'f', bit - 4, out),
                _ => self.spill(b'r', bit - 12, out),
            }
        }
    }

    // Functions

    /// The code that a prologue jumps to when the stack is full: the frame is the callee's, and becomes the trap function's.
    fn overflow(&mut self) {
        self.overflow = self.at as u32;
        self.set(What::Function, runtime::stack_overflow as *const () as u64);
        let dest = self.machine.program.trap.map_or(Dest::Overflow, Dest::Func);
        self.plain(Group::Extra(Extra::Overflow), dest);
    }

    fn prologue(&mut self) {
        let code = &self.machine.program.code[self.func.entry as usize..self.func.end as usize];
        if code.iter().any(|ins| matches!(ins.op, Opcode::Call | Opcode::CallInd)) {
            self.set(What::Function, &raw const self.machine.stack_limit as u64);
            self.plain(Group::Extra(Extra::Enter), Dest::Overflow);
        }
        if self.func.collects {
            // Parameters in memory are there already.
            let given = REGISTERS[2]..self.func.params[2].max(REGISTERS[2]);
            for slot in (0..self.func.ref_frame).filter(|slot| !given.contains(slot)) {
                self.set(What::A, u64::from(slot) * 8);
                self.plain(Group::Extra(Extra::Clear), Dest::None);
            }
        }
    }

    /// Calls of the collector, out of the way.
    fn slow_paths(&mut self) {
        for index in self.slow_at.len()..self.slow.len() {
            let (at, resume) = self.slow[index];
            self.slow_at.push(self.at as u32);
            self.new_slow(&self.machine.program.code[at as usize]);
            // Jumps back: the hole is filled as a jump to the instruction behind.
            let jump = self.at as u32;
            self.allocations.push((self.slow_at[index], jump, at));
            self.plain(Group::Op(Opcode::Jmp), Dest::None);
            let hole = self.jumps.pop().expect("a jump has a hole").0;
            debug_assert!(hole > jump);
            self.write_jump(hole, resume);
        }
    }

    fn new_slow(&mut self, ins: &Ins) {
        self.set(What::Function, ffi::mochi_alloc_struct as *const () as u64);
        self.set(What::Imm64, self.type_address(ins.x));
        self.set(What::State, self.machine.state as u64);
        self.set(What::RefBase, u64::from(ins.c) * 8);
        self.variant(Group::Extra(Extra::NewSlow), b"R__", [ins.a, 0, 0], Dest::None);
    }

    fn type_address(&self, row: i32) -> u64 {
        &raw const self.machine.types[row as usize] as u64
    }

    fn write_jump(&mut self, hole: u32, target: u32) {
        // SAFETY: the hole lies inside the code written so far.
        unsafe {
            let at = self.base.add(hole as usize).cast::<i32>();
            at.write_unaligned((i64::from(target) - i64::from(hole) - 4) as i32);
        }
    }

    fn fill_jumps(&mut self) {
        for (hole, dest) in std::mem::take(&mut self.jumps) {
            let target = match dest {
                Dest::Ins(ins) => self.instructions[ins as usize],
                Dest::Func(func) => self.funcs[func as usize],
                Dest::Overflow => self.overflow,
                Dest::Slow(index) => self.slow_at[index as usize],
                Dest::None => unreachable!("a jump to nowhere"),
            };
            self.write_jump(hole, target);
        }
    }

    // Instructions

    fn instruction(&mut self, at: u32, ins: &Ins) {
        let slots = [ins.a, ins.b, ins.c];
        let group = Group::Op(ins.op);
        match ins.op {
            Opcode::Const if i32::try_from(ins.const64() as i64).is_ok() => {
                self.set(What::Imm, ins.const64());
                self.variant(Group::Extra(Extra::Const32), b"I__", slots, Dest::None);
            }
            Opcode::Const | Opcode::FConst => self.with_imm64(ins, ins.const64()),
            Opcode::RConst => self.with_imm64(ins, self.machine.constants[ins.x as usize]),
            // What is stale is in memory already.
            Opcode::Save => self.mask(ins.x as u32 & !self.stale, true),
            Opcode::Reload => self.stale |= ins.x as u32,
            Opcode::RetI | Opcode::RetF | Opcode::RetR => self.return_value(ins),
            Opcode::Ret | Opcode::Unreachable => {
                self.stale = 0;
                self.plain(group, Dest::None);
            }
            Opcode::Call | Opcode::CallInd => self.call(at, ins),
            Opcode::Host => self.host(at, ins),
            Opcode::Copy | Opcode::Fill => self.block(ins),
            Opcode::FFloor | Opcode::FCeil | Opcode::FTrunc => self.round(ins),
            Opcode::Switch => {
                self.set(What::Imm, u64::from(ins.y));
                self.with_imm64(ins, self.tables[ins.x as usize].as_ptr() as u64);
            }
            Opcode::New => self.new_object(at, ins),
            Opcode::NewArray | Opcode::AnyI => self.allocate(ins),
            Opcode::AnyIs => {
                let layout = &self.machine.types[ins.x as usize];
                self.set(What::Imm, u64::from(layout.id));
                self.set(What::ImmB, u64::from(layout.last));
                self.variant(group, ins.op.pattern(), slots, Dest::None);
            }
            Opcode::GLd | Opcode::GSt | Opcode::GLdF | Opcode::GStF => {
                self.with_imm64(ins, &raw const self.machine.globals[ins.x as usize] as u64);
            }
            Opcode::GLdR | Opcode::GStR => {
                self.with_imm64(ins, self.machine.ref_globals().wrapping_add(ins.x as usize) as u64);
            }
            Opcode::Poll => {
                self.set(What::Imm64, self.machine.interrupt.as_ptr() as u64);
                self.plain(group, Dest::Ins(ins.y));
            }
            Opcode::Trap => unreachable!("code for the VM"),
            _ => {
                self.set(What::Imm, ins.x as i64 as u64);
                self.set(What::Offset, ins.x as i64 as u64);
                self.variant(group, ins.op.pattern(), slots, Dest::Ins(ins.y));
            }
        }
    }

    fn with_imm64(&mut self, ins: &Ins, value: u64) {
        self.set(What::Imm64, value);
        self.variant(Group::Op(ins.op), ins.op.pattern(), [ins.a, ins.b, ins.c], Dest::None);
    }

    fn return_value(&mut self, ins: &Ins) {
        let (op, pattern) = match ins.op {
            Opcode::RetI => (Opcode::Mov, b"Ii_"),
            Opcode::RetF => (Opcode::FMov, b"Ff_"),
            _ => (Opcode::RMov, b"Rr_"),
        };
        if ins.a != 0 || self.stale & mask_bit(pattern[1], 0) != 0 {
            self.variant(Group::Op(op), pattern, [0, ins.a, 0], Dest::None);
        }
        self.stale = 0;
        self.plain(Group::Op(Opcode::Ret), Dest::None);
    }

    fn call(&mut self, at: u32, ins: &Ins) {
        // An argument may stand in its register from before the last call.
        let arguments = match ins.op {
            Opcode::Call => argument_mask(&self.machine.program.funcs[ins.y as usize]),
            _ => u32::MAX,
        };
        self.stale &= arguments;
        self.load_stale();
        self.set(What::Base, u64::from(ins.b) * 8);
        self.set(What::RefBase, u64::from(ins.c) * 8);
        let start = self.at;
        let (group, last) = match ins.op {
            Opcode::CallInd => {
                self.set(What::A, ins.x as u64 * 8);
                self.set(What::Function, self.entries.as_ptr() as u64);
                // `call *(%r11,%rax,8)` stands behind the first use of the reference bank's step.
                (Group::Op(ins.op), (What::RefBase, 8))
            }
            _ if ins.c == 0 => (Group::Extra(Extra::CallInts), (What::Callee, 4)),
            _ => (Group::Op(ins.op), (What::Callee, 4)),
        };
        let stencil = self.table.stencils[self.table.bases[group.index()]];
        let holes = &self.table.holes[stencil.first_hole as usize..][..stencil.holes as usize];
        let hole = holes.iter().find(|h| h.what == last.0 as u8).expect("a call has such a hole");
        self.returns.push((start as u32 + u32::from(hole.at) + last.1, at));
        self.plain(group, Dest::Func(ins.y));
    }

    fn host(&mut self, at: u32, ins: &Ins) {
        // A word that no call uses takes what nobody wants.
        const IGNORED: u64 = 252;
        let offset = match ins.a {
            NO_SLOT => (u64::from(ins.b) + IGNORED) * 8,
            slot => self.place(b'I', slot).1,
        };
        self.set(What::Function, runtime::call_host as *const () as u64);
        debug_assert!(ins.x >= HOST_TRAP);
        self.set(What::Imm, ins.x as i64 as u64);
        self.set(What::ImmB, u64::from(at));
        self.set(What::Base, u64::from(ins.b) * 8);
        self.set(What::RefBase, u64::from(ins.c) * 8);
        self.set(What::A, offset);
        self.plain(Group::Op(Opcode::Host), Dest::None);
        if ins.a != NO_SLOT {
            self.spill(b'I', ins.a, false);
            self.stale &= !mask_bit(b'I', ins.a);
        }
    }

    /// `Copy` and `Fill`, whose operands stand in memory.
    fn block(&mut self, ins: &Ins) {
        let (s, t) = (ins.x as u16, (ins.x as u32 >> 16) as u16);
        let third = match ins.op {
            Opcode::Copy => b'r',
            _ if ins.y == Element::Ref as u32 => b'r',
            _ if ins.y == Element::Float as u32 => b'f',
            _ => b'i',
        };
        let operands = [(b'r', ins.a, What::A), (b'i', ins.b, What::B), (third, ins.c, What::C), (b'i', s, What::S)];
        for (kind, slot, _) in operands {
            self.spill(kind, slot, true);
        }
        if ins.op == Opcode::Copy {
            self.spill(b'i', t, true);
            self.set(What::T, u64::from(t) * 8);
        }
        for (kind, slot, what) in operands {
            let offset = self.place(kind, slot).1;
            self.set(what, offset);
        }
        let (helper, group) = match ins.op {
            Opcode::Copy => (ffi::jit_copy as *const (), Group::Op(Opcode::Copy)),
            _ if third == b'r' => (ffi::jit_fill as *const (), Group::Extra(Extra::FillRef)),
            _ => (ffi::jit_fill as *const (), Group::Op(Opcode::Fill)),
        };
        self.set(What::Function, helper as u64);
        self.set(What::Imm, u64::from(ins.y.min(3)));
        self.plain(group, Dest::None);
    }

    fn round(&mut self, ins: &Ins) {
        let helper: extern "C" fn(f64) -> f64 = match ins.op {
            Opcode::FFloor => runtime::floor,
            Opcode::FCeil => runtime::ceil,
            _ => runtime::trunc,
        };
        self.spill(b'f', ins.b, true);
        let (to, from) = (self.place(b'F', ins.a).1, self.place(b'f', ins.b).1);
        self.set(What::A, to);
        self.set(What::B, from);
        self.set(What::Function, helper as *const () as u64);
        self.plain(Group::Op(ins.op), Dest::None);
        self.spill(b'F', ins.a, false);
    }

    fn new_object(&mut self, at: u32, ins: &Ins) {
        let size = self.machine.types[ins.x as usize].size as usize;
        // SAFETY: only computes an address inside the collector's state; null for a large object.
        let run = unsafe { ffi::jit_run_of(size) };
        if run.is_null() {
            return self.new_slow(ins);
        }
        self.set(What::Imm64, run as u64);
        self.set(What::Imm, self.machine.types[ins.x as usize].id.into());
        self.variant(Group::Op(Opcode::New), b"R__", [ins.a, 0, 0], Dest::Slow(self.slow.len() as u32));
        self.slow.push((at, self.at as u32));
    }

    fn allocate(&mut self, ins: &Ins) {
        self.set(What::State, self.machine.state as u64);
        self.set(What::RefBase, u64::from(ins.c) * 8);
        let helper = match ins.op {
            Opcode::NewArray => {
                self.set(What::Imm64, self.type_address(ins.x));
                ffi::mochi_alloc_array as *const ()
            }
            _ => ffi::jit_any_from_i64 as *const (),
        };
        self.set(What::Function, helper as u64);
        self.variant(Group::Op(ins.op), ins.op.pattern(), [ins.a, ins.b, 0], Dest::None);
    }
}
