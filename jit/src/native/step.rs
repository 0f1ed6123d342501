//! A step of the interpreter: where it is, what an instruction reads and writes, and how the next one begins.
//!
//! The state travels in machine registers, as the arguments of each handler. A handler ends by calling that of the next
//! instruction, and LLVM makes this call a jump (in optimised code, see `build.rs`): each handler has its own jump, which
//! processors predict better than a shared one, and no registers are saved. Elsewhere a handler returns to a loop.

use super::ffi::{self, Cell};
use super::machine::{Ended, Machine};
use crate::bytecode::fused::Operand;
use crate::bytecode::layout::ARRAY_HEAD;
use crate::bytecode::{Ins, NO_SLOT, Opcode};
use compiler::ir::Site;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

/// The code for one opcode.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Handler(pub unsafe fn(*const Ins, *mut u64, *mut Cell, *const Ins, *mut Vm, *const Handler));

/// What a call needs to know of its callee.
#[derive(Clone, Copy)]
pub struct Entry {
    pub code: *const Ins,
    /// The reference slots to clear: behind the parameters, up to the frame's end.
    pub clear_from: u32,
    pub clear_to: u32,
}

/// What stays the same while a function and those it calls run.
pub struct Vm {
    pub machine: *mut Machine<'static>,
    /// The functions, by number.
    pub entries: Vec<Entry>,
    pub trap: Option<u32>,
    pub state: *mut ffi::State,
    pub types: *const ffi::Type,
    pub globals: *mut u64,
    pub ref_globals: *mut Cell,
    pub constants: *const Cell,
    pub tables: *const Vec<u32>,
    pub interrupt: *const AtomicBool,
    /// A frame that begins above it is too far up.
    pub stack_limit: *mut u64,
    /// How the run ended, once it has.
    pub ended: Option<Ended>,
    #[cfg(not(threaded))]
    pub next: Option<Step>,
}

/// The instruction that stops the interpreter: it has no next one.
static STOP: Ins = Ins::new(Opcode::Unreachable, NO_SLOT, NO_SLOT, NO_SLOT);

/// A slot's type: how a value stands in a word.
pub trait Word {
    fn of(word: u64) -> Self;
    fn word(self) -> u64;
}

macro_rules! words {
    ($($ty:ty: |$word:ident| $of:expr, |$value:ident| $to:expr;)*) => {$(
        impl Word for $ty {
            #[inline(always)]
            fn of($word: u64) -> Self { $of }
            #[inline(always)]
            fn word(self) -> u64 { let $value = self; $to }
        }
    )*};
}

words! {
    bool: |word| word != 0, |value| u64::from(value);
    u8: |word| word as u8, |value| u64::from(value);
    u16: |word| word as u16, |value| u64::from(value);
    u32: |word| word as u32, |value| u64::from(value);
    i32: |word| word as i32, |value| u64::from(value as u32);
    u64: |word| word, |value| value;
    i64: |word| word as i64, |value| value as u64;
    f64: |word| f64::from_bits(word), |value| value.to_bits();
}

/// What an instruction gives: nothing, if the next one always follows, or whether it does.
pub trait Follow {
    fn follow(self, step: &mut Step) -> bool;
}
impl Follow for () {
    #[inline(always)]
    fn follow(self, step: &mut Step) -> bool {
        step.advance()
    }
}
impl Follow for bool {
    #[inline(always)]
    fn follow(self, _: &mut Step) -> bool {
        self
    }
}

/// Where the interpreter is. `a`, `b`, `c`, `x` and `y` are the fields of the instruction at `pc`.
#[derive(Clone, Copy)]
pub struct Step {
    pub pc: *const Ins,
    pub fp: *mut u64,
    pub rp: *mut Cell,
    pub code: *const Ins,
    pub vm: *mut Vm,
    pub handlers: *const Handler,
    /// In a fused instruction, what the part before wrote, and the field of this part that names the same slot.
    pub held: u64,
    pub holds: Operand,
}

/// # Safety
/// Of all methods: the bytecode was made of verified IR, so that slots lie in the frame, targets in the code, and
/// references point to objects of the type that the instruction assumes.
#[allow(clippy::missing_safety_doc)]
impl Step {
    /// Runs until the program ends or the function that began returns.
    pub unsafe fn run(self) {
        // SAFETY: the first instruction is one of the program.
        unsafe {
            self.next();
            #[cfg(not(threaded))]
            while let Some(step) = (*self.vm).next.take() {
                step.handle();
            }
        }
    }

    /// Goes on with the instruction at `pc`. The last thing that a handler does.
    #[inline(always)]
    pub unsafe fn next(self) {
        // SAFETY: the table has a handler for each opcode.
        unsafe {
            #[cfg(threaded)]
            self.handle();
            #[cfg(not(threaded))]
            {
                (*self.vm).next = Some(self);
            }
        }
    }

    #[inline(always)]
    unsafe fn handle(self) {
        // SAFETY: the table has a handler for each opcode.
        unsafe {
            let handler = *self.handlers.add((*self.pc).op as usize);
            (handler.0)(self.pc, self.fp, self.rp, self.code, self.vm, self.handlers);
        }
    }

    // Operands

    #[inline(always)]
    pub unsafe fn ins(&self) -> &'static Ins {
        // SAFETY: `pc` is an instruction of the program, or `STOP`; it outlives the step.
        unsafe { &*self.pc }
    }
    #[inline(always)]
    pub unsafe fn slot<T: Word>(&self, slot: u16) -> T {
        // SAFETY: the slot lies in the frame.
        unsafe { T::of(*self.fp.add(slot as usize)) }
    }
    #[inline(always)]
    pub unsafe fn set_slot<T: Word>(&self, slot: u16, value: T) {
        // SAFETY: likewise.
        unsafe { *self.fp.add(slot as usize) = value.word() }
    }
    #[inline(always)]
    pub unsafe fn ref_slot(&self, slot: u16) -> Cell {
        // SAFETY: likewise.
        unsafe { *self.rp.add(slot as usize) }
    }
    #[inline(always)]
    pub unsafe fn a<T: Word>(&self) -> T {
        unsafe { if self.holds == Operand::A { T::of(self.held) } else { self.slot(self.ins().a) } }
    }
    #[inline(always)]
    pub unsafe fn b<T: Word>(&self) -> T {
        unsafe { if self.holds == Operand::B { T::of(self.held) } else { self.slot(self.ins().b) } }
    }
    #[inline(always)]
    pub unsafe fn c<T: Word>(&self) -> T {
        unsafe { if self.holds == Operand::C { T::of(self.held) } else { self.slot(self.ins().c) } }
    }
    #[inline(always)]
    pub unsafe fn ref_a(&self) -> Cell {
        unsafe { if self.holds == Operand::A { self.held } else { self.ref_slot(self.ins().a) } }
    }
    #[inline(always)]
    pub unsafe fn ref_b(&self) -> Cell {
        unsafe { if self.holds == Operand::B { self.held } else { self.ref_slot(self.ins().b) } }
    }
    #[inline(always)]
    pub unsafe fn ref_c(&self) -> Cell {
        unsafe { if self.holds == Operand::C { self.held } else { self.ref_slot(self.ins().c) } }
    }
    /// The constant in `x`.
    #[inline(always)]
    pub unsafe fn k(&self) -> i64 {
        unsafe { i64::from(self.ins().x) }
    }
    /// The index in `x`.
    #[inline(always)]
    pub unsafe fn index(&self) -> usize {
        unsafe { self.ins().x as usize }
    }
    #[inline(always)]
    pub unsafe fn put<T: Word>(&mut self, value: T) {
        self.held = value.word();
        unsafe { self.set_slot(self.ins().a, self.held) }
    }
    #[inline(always)]
    pub unsafe fn put_ref(&mut self, value: Cell) {
        self.held = value;
        // SAFETY: the slot lies in the frame's part of the bank.
        unsafe { *self.rp.add(self.ins().a as usize) = value }
    }
    /// The field of an object at the offset in `x`.
    #[inline(always)]
    pub unsafe fn field<T>(&self, object: Cell) -> *mut T {
        unsafe { (object as *mut u8).add(self.ins().x as usize).cast() }
    }
    /// An element of an array.
    #[inline(always)]
    pub unsafe fn item<T>(&self, array: Cell, index: u32) -> *mut T {
        unsafe { (array as *mut u8).add(ARRAY_HEAD as usize).cast::<T>().add(index as usize) }
    }

    // Control. What may go elsewhere tells whether the next instruction follows.

    #[inline(always)]
    pub fn advance(&mut self) -> bool {
        self.pc = self.pc.wrapping_add(1);
        true
    }
    #[inline(always)]
    pub unsafe fn jump(&mut self) -> bool {
        // SAFETY: targets lie in the code.
        unsafe {
            self.pc = self.code.add(self.ins().y as usize);
        }
        false
    }
    #[inline(always)]
    pub unsafe fn jump_if(&mut self, condition: bool) -> bool {
        unsafe { if condition { self.jump() } else { self.advance() } }
    }
    /// The result of a checked op, or the jump to what reports that there is none.
    #[inline(always)]
    pub unsafe fn put_or_jump(&mut self, result: Option<i64>) -> bool {
        unsafe {
            match result {
                Some(value) => {
                    self.put(value);
                    self.advance()
                }
                None => self.jump(),
            }
        }
    }

    /// Calls a function, whose frame begins so many words above this one.
    #[inline(always)]
    pub unsafe fn call(&mut self, function: u32, frame: u16, refs: u32) -> bool {
        // SAFETY: below the limit there is room for a frame, and behind it the reserve.
        unsafe {
            self.fp = self.fp.add(frame as usize);
            self.rp = self.rp.add(refs as usize);
            *self.fp.sub(1) = self.pc as u64;
            let fits = self.fp <= (*self.vm).stack_limit;
            let entry = (*self.vm).entries.as_ptr().add(function as usize);
            self.enter(if fits { entry } else { &raw const NO_ROOM.0 });
        }
        false
    }

    /// Begins a function, whose frame holds its arguments.
    #[inline(always)]
    pub unsafe fn enter(&mut self, entry: *const Entry) {
        // SAFETY: the slots lie in the frame.
        unsafe {
            let Entry { code, clear_from, clear_to } = *entry;
            self.pc = code;
            let (mut slot, end) = (self.rp.add(clear_from as usize), self.rp.add(clear_to as usize));
            // By fours, which is mostly enough; slots behind the frame are free. Volatile, lest it become a call of `memset`.
            while slot < end {
                for at in 0..4 {
                    ptr::write_volatile(slot.add(at), 0);
                }
                slot = slot.add(4);
            }
        }
    }

    /// Takes the frame down and goes on behind the call, which it gives; null if the run is at its end, with this result.
    #[inline(always)]
    pub unsafe fn leave(&mut self, result: u64) -> *const Ins {
        // SAFETY: the link is null or the call, which says how far down the caller's frame begins.
        unsafe {
            let link = *self.fp.sub(1) as *const Ins;
            if link.is_null() {
                self.stop(Ended::Returned(result));
                return link;
            }
            self.fp = self.fp.sub((*link).b as usize);
            self.rp = self.rp.sub((*link).c as usize);
            self.pc = link.add(1);
            link
        }
    }

    /// Ends the run.
    #[inline(always)]
    pub unsafe fn stop(&mut self, ended: Ended) -> bool {
        // SAFETY: the VM outlives the step.
        unsafe {
            (*self.vm).ended = Some(ended);
        }
        self.pc = &raw const STOP;
        false
    }

    /// Tells the collector and the machine where the program is, before a call that may collect.
    #[inline(always)]
    pub unsafe fn may_collect(&self) {
        // SAFETY: both outlive the step.
        unsafe {
            (*(*self.vm).state).root_top = self.rp.add(self.ins().c as usize);
            (*(*self.vm).machine).here = (self.pc, self.fp);
        }
    }
    pub unsafe fn is_interrupted(&self) -> bool {
        // SAFETY: the flag outlives the step.
        unsafe { (*(*self.vm).interrupt).load(Ordering::Relaxed) }
    }
}

/// What is entered where the stack has no room for a frame.
static NO_ROOM: Fixed = Fixed(Entry { code: &raw const OVERFLOW, clear_from: 0, clear_to: 0 });
static OVERFLOW: Ins = Ins::new(Opcode::Overflow, NO_SLOT, NO_SLOT, NO_SLOT);

/// An entry that nobody writes.
struct Fixed(Entry);
// SAFETY: it points to a static.
unsafe impl Sync for Fixed {}

/// Goes on with the trap function, told of a stack overflow, in the frame that has no room; or ends the run.
pub unsafe fn overflow(step: &mut Step) -> bool {
    // SAFETY: the VM and its machine outlive the step, and the frame lies in the stack's reserve.
    unsafe {
        let vm = &mut *step.vm;
        let machine = &mut *vm.machine;
        if !machine.begin_trap() {
            return step.stop(Ended::Exited(1));
        }
        vm.stack_limit = machine.stack_limit;
        let Some(trap) = vm.trap else {
            return step.stop(Ended::Trapped { site: Site::STACK_OVERFLOW.0, a: 0, b: 0 });
        };
        for word in 0..3 {
            *step.fp.add(word) = 0;
        }
        step.enter(&raw const vm.entries[trap as usize]);
    }
    false
}
