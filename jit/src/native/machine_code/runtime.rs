//! Running machine code, and what it calls.

use super::super::machine::{CURRENT, Ended, Machine};
use super::super::region::Region;
use super::super::{host, trace};
use super::assemble::Code;
use super::enter::{Context, mochi_jit_enter, mochi_jit_leave};
use crate::bytecode::HOST_TRAP;
use crate::bytecode::Opcode;
use compiler::ir::{Bank, Host, Site};
use std::ptr;
use std::sync::atomic::Ordering;

/// A run of machine code.
pub struct Native {
    code: Code,
    stack: Region,
    /// The outermost way in, which every end of the program leaves by.
    context: Context,
    ended: Option<Ended>,
}

impl Native {
    /// Takes the code; `None` if there is no room for the stack.
    pub fn new(code: Code, stack_bytes: usize) -> Option<Native> {
        Some(Native { code, stack: Region::new(stack_bytes)?, context: Context::default(), ended: None })
    }
}

/// Runs a function to its end.
pub fn run(machine: &mut Machine, native: Box<Native>, func: usize, args: &[u64]) -> Ended {
    let info = &machine.program.funcs[func];
    let (fp, rp) = (machine.first_frame(), machine.first_ref());
    let native = Box::into_raw(native);
    machine.native = native;
    // SAFETY: `native` is ours until the end of this function and used through this pointer alone; the frame and the bank
    // have room for the parameters; the code was made for this program and this machine.
    unsafe {
        place_arguments(&mut (*native).context, info.params[0], &info.param_banks, args, fp, rp);
        let entry = (*native).code.entry(func);
        let stack = (*native).stack.end();
        let left = mochi_jit_enter(&raw mut (*native).context, entry, fp, rp, stack);
        machine.native = ptr::null_mut();
        let native = Box::from_raw(native);
        if left != 0 {
            return native.ended.expect("a reason for leaving");
        }
        Ended::Returned(match info.result {
            Some(Bank::Int) => native.context.ints[0],
            Some(Bank::Float) => native.context.floats[0],
            Some(Bank::Ref) => native.context.refs[0],
            None => 0,
        })
    }
}

/// Arguments go to the register slots, and to the frame where there are none left.
unsafe fn place_arguments(context: &mut Context, ints: u32, banks: &[Bank], args: &[u64], fp: *mut u64, rp: *mut u64) {
    let mut counts = [0; 3];
    for (&bank, &bits) in banks.iter().zip(args) {
        let at = counts[bank as usize];
        counts[bank as usize] += 1;
        let (registers, memory, word): (&mut [u64], _, _) = match bank {
            Bank::Int => (&mut context.ints, fp, at),
            Bank::Float => (&mut context.floats, fp, ints as usize + at),
            Bank::Ref => (&mut context.refs, rp, at),
        };
        match registers.get_mut(at) {
            Some(register) => *register = bits,
            // SAFETY: the caller's frame has room for the parameters.
            None => unsafe { *memory.add(word) = bits },
        }
    }
}

/// Ends the program: back to `run`.
unsafe fn leave(native: *mut Native, ended: Ended) -> ! {
    // SAFETY: called on the native stack, below the way in that `context` belongs to; nothing between has a destructor.
    unsafe {
        (*native).ended = Some(ended);
        mochi_jit_leave(&raw mut (*native).context)
    }
}

/// Runs the trap function for the collector, above all that is in use, on the same native stack.
///
/// # Safety
/// Called by the collector, which machine code called.
pub unsafe fn trap_from_collector(machine: &mut Machine, site: u32, a: i64, b: i64) -> ! {
    let native = machine.native;
    machine.begin_trap();
    // SAFETY: the reserve of the stack is free, since its limit stood before it; the bank is in use up to `root_top`.
    unsafe {
        let Some(trap) = machine.program.trap else { leave(native, Ended::Trapped { site, a, b }) };
        machine.full_at = full_at(machine, &*native);
        let mut context = Context { ints: [u64::from(site), a as u64, b as u64, 0], ..Context::default() };
        let entry = (*native).code.entry(trap as usize);
        let fp = machine.reserve_frame();
        let rp = (*machine.state).root_top;
        // Below this frame, which stays as it is until the program ends.
        let stack = ((&raw const context as usize - 4096) & !15) as *mut u8;
        mochi_jit_enter(&raw mut context, entry, fp, rp, stack);
        leave(native, Ended::Exited(1))
    }
}

/// What the `Host` stencil calls: function number, argument words, references, the instruction, the stack pointer.
pub unsafe extern "C" fn call_host(number: u32, ints: *const u64, refs: *const u64, instruction: u32, sp: *const u64) -> u64 {
    // SAFETY: machine code runs only while its machine is current; arguments are of the host function's types.
    unsafe {
        if number == HOST_TRAP as u32 {
            let machine = CURRENT.load(Ordering::Acquire);
            let ended = Ended::Trapped { site: *ints as u32, a: *ints.add(1) as i64, b: *ints.add(2) as i64 };
            leave((*machine).native, ended);
        }
        if Host::ALL[number as usize] == Host::Exit {
            let machine = &mut *CURRENT.load(Ordering::Acquire);
            let native = machine.native;
            let code = *ints as i32;
            let calls = callers(&*native, instruction, sp);
            machine.trace = (code != 0).then(|| trace::frames(machine.program, calls, machine.full_at));
            leave(native, Ended::Exited(code));
        }
        host::call(number as usize, ints, refs)
    }
}

/// The instructions that the frames on the native stack stand at, innermost first: every word that is the return address of
/// a call in the code.
fn callers(native: &Native, instruction: u32, sp: *const u64) -> impl Iterator<Item = u32> {
    let (mut at, end) = (sp, native.stack.end().cast_const().cast::<u64>());
    let outer = std::iter::from_fn(move || {
        while at < end {
            // SAFETY: inside the native stack, between the stack pointer and its end.
            let word = unsafe { *at };
            at = at.wrapping_add(1);
            if let Some(instruction) = native.code.call_returning_to(word) {
                return Some(instruction);
            }
        }
        None
    });
    std::iter::once(instruction).chain(outer)
}

/// The allocation that the collector was called from: the innermost address on the native stack that lies in one, in the function
/// that the calls above it lead to. What C leaves behind on the stack can look alike, so this can be another one of that function.
fn full_at(machine: &Machine, native: &Native) -> Option<u32> {
    let program = machine.program;
    let mark = 0u64;
    let (mut at, end) = (&raw const mark, native.stack.end().cast_const().cast::<u64>());
    let mut found = None;
    while at < end {
        // SAFETY: inside the native stack, between this function's frame and its end.
        let word = unsafe { *at };
        at = at.wrapping_add(1);
        if let Some(call) = native.code.call_returning_to(word) {
            let ins = &program.code[call as usize];
            let leads_to = |found: u32| ins.op != Opcode::Call || program.func_at(found) == Some(ins.y as usize);
            if found.is_some_and(leads_to) {
                break;
            }
            // A call without an allocation before it is left from before, too.
            found = None;
        } else if let Some(instruction) = native.code.allocation_at(word) {
            found = Some(instruction);
        }
    }
    found
}

/// What the prologue's check calls when the stack is full: gives the trap function some reserve, or ends the program.
pub unsafe extern "C" fn stack_overflow() {
    // SAFETY: machine code runs only while its machine is current.
    unsafe {
        let machine = &mut *CURRENT.load(Ordering::Acquire);
        if !machine.begin_trap() {
            leave(machine.native, Ended::Exited(1));
        }
        if machine.program.trap.is_none() {
            leave(machine.native, Ended::Trapped { site: Site::STACK_OVERFLOW.0, a: 0, b: 0 });
        }
    }
}

pub extern "C" fn floor(x: f64) -> f64 {
    compiler::ir::eval::scalar::f64_floor(x)
}
pub extern "C" fn ceil(x: f64) -> f64 {
    compiler::ir::eval::scalar::f64_ceil(x)
}
pub extern "C" fn trunc(x: f64) -> f64 {
    compiler::ir::eval::scalar::f64_trunc(x)
}
