//! The interpreter: its ways in, and its frames.
//!
//! ```text
//!   stack:  ... | frame of caller | link | frame | link | frame of callee ...      link: the call instruction, or null
//!   bank:   ... | references of caller   |  ...  | references of callee ...
//! ```
//! `step` has the state of a run and how one instruction follows the other, `handlers` what each does.

use super::handlers::HANDLERS;
use super::machine::{Ended, Machine};
use super::step::{Entry, Step, Vm};
use super::trace::{self, Trace};
use crate::bytecode::Ins;
use crate::bytecode::fused::Operand;
use compiler::ir::Bank;
use std::ptr;
use std::sync::Arc;

/// Runs a function to its end, with its frame at `fp` and its references at `rp`.
///
/// # Safety
/// Both are inside the machine's regions, with the word below `fp` free, and nothing above them is in use.
pub unsafe fn start(machine: &mut Machine, func: usize, args: &[u64], fp: *mut u64, rp: *mut u64) -> Ended {
    let info = &machine.program.funcs[func];
    let mut counts = [0, info.params[0] as usize, 0];
    // SAFETY: the frame has room for the parameters, by this function's contract.
    unsafe {
        for (&bank, &bits) in info.param_banks.iter().zip(args) {
            let at = counts[bank as usize];
            counts[bank as usize] += 1;
            let base = if bank == Bank::Ref { rp } else { fp };
            *base.add(at) = bits;
        }
        *fp.sub(1) = 0;
        interpret(machine, func, fp, rp)
    }
}

/// Runs the trap function above what the collector's caller has in use.
///
/// # Safety
/// Called while the VM's code waits for the collector.
pub unsafe fn trap_from_collector(machine: &mut Machine, site: u32, a: i64, b: i64) -> Ended {
    machine.begin_trap();
    let Some(trap) = machine.program.trap else { return Ended::Trapped { site, a, b } };
    let (instruction, fp) = machine.here;
    // SAFETY: `here` was set by the loop before it called the collector; the frame ends below the function's frame size,
    // and the bank is in use up to `root_top`.
    unsafe {
        let at = instruction.offset_from(machine.program.code.as_ptr()) as u32;
        let func = machine.program.func_at(at).expect("an instruction of the program");
        let fp = fp.add(machine.program.funcs[func].frame as usize);
        *fp.sub(1) = instruction as u64;
        for (i, word) in [u64::from(site), a as u64, b as u64].into_iter().enumerate() {
            *fp.add(i) = word;
        }
        interpret(machine, trap as usize, fp, (*machine.state).root_top)
    }
}

/// Runs a function whose arguments stand in its frame.
///
/// # Safety
/// The frame at `fp` holds the function's arguments, and the word below its link.
unsafe fn interpret(machine: &mut Machine, func: usize, fp: *mut u64, rp: *mut u64) -> Ended {
    let code = machine.program.code.as_ptr();
    let mut vm = Vm {
        entries: entries(machine),
        trap: machine.program.trap,
        state: machine.state,
        types: machine.types.as_ptr(),
        globals: machine.globals.as_mut_ptr(),
        ref_globals: machine.ref_globals(),
        constants: machine.constants.as_ptr(),
        tables: machine.program.tables.as_ptr(),
        interrupt: Arc::as_ptr(&machine.interrupt),
        stack_limit: machine.stack_limit,
        machine: ptr::from_mut(machine).cast(),
        ended: None,
        #[cfg(not(threaded))]
        next: None,
    };
    let vm = &raw mut vm;
    let mut step = Step { pc: code, fp, rp, code, vm, handlers: HANDLERS.as_ptr(), held: 0, holds: Operand::None };
    // SAFETY: verified IR gives bytecode whose slots lie in the frame, whose jumps lie in the code, and whose
    // references are to objects of the types that the instructions assume; partial ops are guarded by checks before.
    unsafe {
        step.enter((*vm).entries.as_ptr().add(func));
        step.run();
        (*vm).ended.expect("control came to an end that the program promised not to reach")
    }
}

fn entries(machine: &Machine) -> Vec<Entry> {
    let code = machine.program.code.as_ptr();
    let entry = |f: &crate::bytecode::FuncInfo| Entry {
        code: code.wrapping_add(f.entry as usize),
        clear_from: f.params[2],
        clear_to: if f.collects { f.ref_frame.max(f.params[2]) } else { f.params[2] },
    };
    machine.program.funcs.iter().map(entry).collect()
}

/// The calls that led to an instruction.
///
/// # Safety
/// The frames from `fp` down are whole.
pub unsafe fn trace_of(machine: &Machine, instruction: *const Ins, fp: *mut u64) -> Trace {
    let program = machine.program;
    let code = program.code.as_ptr();
    let mut at = (instruction, fp);
    let instructions = std::iter::from_fn(|| {
        if at.0.is_null() {
            return None;
        }
        // SAFETY: a link is null or an instruction of the code, and its function's frame lies below this one.
        unsafe {
            let index = at.0.offset_from(code) as u32;
            let link = *at.1.sub(1) as *const Ins;
            let caller = if link.is_null() { None } else { program.func_at(link.offset_from(code) as u32) };
            let below = caller.map_or(at.1, |f| at.1.sub(program.funcs[f].frame as usize));
            at = (if caller.is_some() { link } else { ptr::null() }, below);
            Some(index)
        }
    });
    trace::frames(program, instructions, None)
}
