//! The interpreter: one loop over the bytecode.
//!
//! ```text
//!   stack:  ... | frame of caller | link | frame | link | frame of callee ...      link: the call instruction, or null
//!   bank:   ... | references of caller   |  ...  | references of callee ...
//! ```
//! What scalar ops compute comes from `compiler::ir::eval::scalar`. Jumps, calls and memory are here. The code was
//! selected from verified IR, so slots, targets and types are right by construction; that is what every unsafe block relies on.

use super::machine::{Ended, Machine};
use super::trace::{self, Trace};
use super::{ffi, host};
use crate::bytecode::layout::{ARRAY_HEAD, LEN_OFFSET};
use crate::bytecode::{Element, Ins, NO_SLOT, Opcode};
use compiler::ir::eval::scalar;
use compiler::ir::{Bank, Host, Site};
use std::ptr;
use std::sync::atomic::Ordering;

/// What a call needs to know of its callee.
#[derive(Clone, Copy)]
struct Entry {
    code: *const Ins,
    /// The reference slots to clear: behind the parameters, up to the frame's end.
    clear_from: u32,
    clear_to: u32,
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

/// The loop.
///
/// # Safety
/// The frame at `fp` holds the function's arguments, and the word below its link.
#[allow(clippy::cognitive_complexity)]
unsafe fn interpret(machine: &mut Machine, func: usize, mut fp: *mut u64, mut rp: *mut u64) -> Ended {
    let entries = entries(machine);
    let program = machine.program;
    let code = program.code.as_ptr();
    let types = machine.types.as_ptr();
    let globals = machine.globals.as_mut_ptr();
    let ref_globals = machine.ref_globals();
    let constants = machine.constants.as_ptr();
    let mut pc = entries[func].code;
    // SAFETY: verified IR gives bytecode whose slots lie in the frame, whose jumps lie in the code, and whose
    // references are to objects of the types that the instructions assume; partial ops are guarded by checks before.
    unsafe {
        for slot in entries[func].clear_from..entries[func].clear_to {
            *rp.add(slot as usize) = 0;
        }
        loop {
            let ins = &*pc;
            pc = pc.add(1);
            macro_rules! i {
                ($x:expr) => {
                    *fp.add($x as usize) as i64
                };
            }
            macro_rules! w {
                ($x:expr) => {
                    *fp.add($x as usize) as i32
                };
            }
            macro_rules! f {
                ($x:expr) => {
                    f64::from_bits(*fp.add($x as usize))
                };
            }
            macro_rules! r {
                ($x:expr) => {
                    *rp.add($x as usize)
                };
            }
            macro_rules! set {
                ($x:expr, $v:expr) => {
                    *fp.add($x as usize) = $v as u64
                };
            }
            macro_rules! set_w {
                ($x:expr, $v:expr) => {
                    *fp.add($x as usize) = u64::from($v as u32)
                };
            }
            macro_rules! set_f {
                ($x:expr, $v:expr) => {
                    *fp.add($x as usize) = $v.to_bits()
                };
            }
            macro_rules! set_r {
                ($x:expr, $v:expr) => {
                    *rp.add($x as usize) = $v
                };
            }
            macro_rules! jump {
                () => {
                    pc = code.add(ins.y as usize)
                };
            }
            macro_rules! jump_if {
                ($c:expr) => {
                    if $c {
                        jump!()
                    }
                };
            }
            macro_rules! or_jump {
                ($v:expr) => {
                    match $v {
                        Some(value) => set!(ins.a, value),
                        None => jump!(),
                    }
                };
            }
            macro_rules! k {
                () => {
                    i64::from(ins.x)
                };
            }
            macro_rules! field {
                ($obj:expr, $t:ty) => {
                    ($obj as *mut u8).add(ins.x as usize) as *mut $t
                };
            }
            macro_rules! item {
                ($arr:expr, $i:expr, $t:ty) => {
                    (($arr as *mut u8).add(ARRAY_HEAD as usize) as *mut $t).add($i as u32 as usize)
                };
            }
            macro_rules! call {
                ($callee:expr, $frame:expr, $refs:expr) => {{
                    let callee = *entries.get_unchecked($callee as usize);
                    let next = fp.add($frame as usize);
                    if next > machine.stack_limit {
                        if !machine.begin_trap() {
                            return Ended::Exited(1);
                        }
                        let Some(trap) = program.trap else {
                            return Ended::Trapped { site: Site::STACK_OVERFLOW.0, a: 0, b: 0 };
                        };
                        for word in 0..3 {
                            *next.add(word) = 0;
                        }
                        *next.sub(1) = pc.sub(1) as u64;
                        rp = rp.add($refs as usize);
                        fp = next;
                        let callee = entries[trap as usize];
                        for slot in callee.clear_from..callee.clear_to {
                            *rp.add(slot as usize) = 0;
                        }
                        pc = callee.code;
                        continue;
                    }
                    *next.sub(1) = pc.sub(1) as u64;
                    rp = rp.add($refs as usize);
                    fp = next;
                    for slot in callee.clear_from..callee.clear_to {
                        *rp.add(slot as usize) = 0;
                    }
                    pc = callee.code;
                }};
            }
            // Takes the frame down and goes on behind the call, which is `link` from here.
            // A check of an index that failed leaves the pair.
            macro_rules! check_index {
                () => {
                    if !scalar::i64_lt_u(i!(ins.a), i!(ins.b)) {
                        jump!();
                        continue;
                    }
                };
            }
            // The second instruction of a pair.
            macro_rules! second {
                () => {{
                    let second = &*pc;
                    pc = pc.add(1);
                    second
                }};
            }
            macro_rules! leave {
                ($link:ident, $result:expr) => {
                    let $link = *fp.sub(1) as *const Ins;
                    if $link.is_null() {
                        return Ended::Returned($result);
                    }
                    fp = fp.sub((*$link).b as usize);
                    rp = rp.sub((*$link).c as usize);
                    pc = $link.add(1);
                };
            }
            macro_rules! may_collect {
                ($e:expr) => {{
                    (*machine.state).root_top = rp.add(ins.c as usize);
                    machine.here = (pc.sub(1), fp);
                    $e
                }};
            }
            match ins.op {
                Opcode::Const => set!(ins.a, ins.const64()),
                Opcode::FConst => set!(ins.a, ins.const64()),
                Opcode::RConst => set_r!(ins.a, *constants.add(ins.x as usize)),
                Opcode::Mov | Opcode::FMov => set!(ins.a, i!(ins.b)),
                Opcode::RMov => set_r!(ins.a, r!(ins.b)),
                Opcode::Add => set!(ins.a, scalar::i64_add(i!(ins.b), i!(ins.c))),
                Opcode::Sub => set!(ins.a, scalar::i64_sub(i!(ins.b), i!(ins.c))),
                Opcode::Mul => set!(ins.a, scalar::i64_mul(i!(ins.b), i!(ins.c))),
                Opcode::And => set!(ins.a, scalar::i64_and(i!(ins.b), i!(ins.c))),
                Opcode::Or => set!(ins.a, scalar::i64_or(i!(ins.b), i!(ins.c))),
                Opcode::Xor => set!(ins.a, scalar::i64_xor(i!(ins.b), i!(ins.c))),
                Opcode::Shl => set!(ins.a, scalar::i64_shl(i!(ins.b), i!(ins.c))),
                Opcode::Sar => set!(ins.a, scalar::i64_shr_s(i!(ins.b), i!(ins.c))),
                Opcode::Shr => set!(ins.a, scalar::i64_shr_u(i!(ins.b), i!(ins.c))),
                Opcode::MulHiU => set!(ins.a, scalar::i64_mul_hi_u(i!(ins.b), i!(ins.c))),
                Opcode::DivS => set!(ins.a, scalar::i64_div_s(i!(ins.b), i!(ins.c))),
                Opcode::RemS => set!(ins.a, scalar::i64_rem_s(i!(ins.b), i!(ins.c))),
                Opcode::DivU => set!(ins.a, scalar::i64_div_u(i!(ins.b), i!(ins.c))),
                Opcode::RemU => set!(ins.a, scalar::i64_rem_u(i!(ins.b), i!(ins.c))),
                Opcode::Clz => set!(ins.a, scalar::i64_clz(i!(ins.b))),
                Opcode::AddI => set!(ins.a, scalar::i64_add(i!(ins.b), k!())),
                Opcode::MulI => set!(ins.a, scalar::i64_mul(i!(ins.b), k!())),
                Opcode::AndI => set!(ins.a, scalar::i64_and(i!(ins.b), k!())),
                Opcode::OrI => set!(ins.a, scalar::i64_or(i!(ins.b), k!())),
                Opcode::XorI => set!(ins.a, scalar::i64_xor(i!(ins.b), k!())),
                Opcode::ShlI => set!(ins.a, scalar::i64_shl(i!(ins.b), k!())),
                Opcode::SarI => set!(ins.a, scalar::i64_shr_s(i!(ins.b), k!())),
                Opcode::ShrI => set!(ins.a, scalar::i64_shr_u(i!(ins.b), k!())),
                Opcode::AddC => or_jump!(scalar::i64_add_checked(i!(ins.b), i!(ins.c))),
                Opcode::SubC => or_jump!(scalar::i64_sub_checked(i!(ins.b), i!(ins.c))),
                Opcode::MulC => or_jump!(scalar::i64_mul_checked(i!(ins.b), i!(ins.c))),
                Opcode::AddCI => or_jump!(scalar::i64_add_checked(i!(ins.b), k!())),
                Opcode::MulCI => or_jump!(scalar::i64_mul_checked(i!(ins.b), k!())),
                Opcode::Add32 => set_w!(ins.a, scalar::i32_add(w!(ins.b), w!(ins.c))),
                Opcode::Sub32 => set_w!(ins.a, scalar::i32_sub(w!(ins.b), w!(ins.c))),
                Opcode::Mul32 => set_w!(ins.a, scalar::i32_mul(w!(ins.b), w!(ins.c))),
                Opcode::Shl32 => set_w!(ins.a, scalar::i32_shl(w!(ins.b), w!(ins.c))),
                Opcode::Sar32 => set_w!(ins.a, scalar::i32_shr_s(w!(ins.b), w!(ins.c))),
                Opcode::Shr32 => set_w!(ins.a, scalar::i32_shr_u(w!(ins.b), w!(ins.c))),
                Opcode::AddI32 => set_w!(ins.a, scalar::i32_add(w!(ins.b), ins.x)),
                Opcode::Wrap => set_w!(ins.a, scalar::i64_wrap(i!(ins.b))),
                Opcode::Extend => set!(ins.a, scalar::i32_extend_s(w!(ins.b))),
                Opcode::Eq => set!(ins.a, scalar::i64_eq(i!(ins.b), i!(ins.c))),
                Opcode::Ne => set!(ins.a, scalar::i64_ne(i!(ins.b), i!(ins.c))),
                Opcode::LtS => set!(ins.a, scalar::i64_lt_s(i!(ins.b), i!(ins.c))),
                Opcode::LeS => set!(ins.a, scalar::i64_le_s(i!(ins.b), i!(ins.c))),
                Opcode::LtU => set!(ins.a, scalar::i64_lt_u(i!(ins.b), i!(ins.c))),
                Opcode::Lt32 => set!(ins.a, scalar::i32_lt_s(w!(ins.b), w!(ins.c))),
                Opcode::EqI => set!(ins.a, scalar::i64_eq(i!(ins.b), k!())),
                Opcode::Jmp => jump!(),
                Opcode::BEq => jump_if!(scalar::i64_eq(i!(ins.a), i!(ins.b))),
                Opcode::BNe => jump_if!(scalar::i64_ne(i!(ins.a), i!(ins.b))),
                Opcode::BLtS => jump_if!(scalar::i64_lt_s(i!(ins.a), i!(ins.b))),
                Opcode::BGeS => jump_if!(!scalar::i64_lt_s(i!(ins.a), i!(ins.b))),
                Opcode::BLtU => jump_if!(scalar::i64_lt_u(i!(ins.a), i!(ins.b))),
                Opcode::BGeU => jump_if!(!scalar::i64_lt_u(i!(ins.a), i!(ins.b))),
                Opcode::BLt32 => jump_if!(scalar::i32_lt_s(w!(ins.a), w!(ins.b))),
                Opcode::BGe32 => jump_if!(!scalar::i32_lt_s(w!(ins.a), w!(ins.b))),
                Opcode::BEqI => jump_if!(scalar::i64_eq(i!(ins.a), k!())),
                Opcode::BNeI => jump_if!(scalar::i64_ne(i!(ins.a), k!())),
                Opcode::BLtSI => jump_if!(scalar::i64_lt_s(i!(ins.a), k!())),
                Opcode::BGeSI => jump_if!(!scalar::i64_lt_s(i!(ins.a), k!())),
                Opcode::BLtUI => jump_if!(scalar::i64_lt_u(i!(ins.a), k!())),
                Opcode::BGeUI => jump_if!(!scalar::i64_lt_u(i!(ins.a), k!())),
                Opcode::BLt32I => jump_if!(scalar::i32_lt_s(w!(ins.a), ins.x)),
                Opcode::BGe32I => jump_if!(!scalar::i32_lt_s(w!(ins.a), ins.x)),
                Opcode::FBEq => jump_if!(scalar::f64_eq(f!(ins.a), f!(ins.b))),
                Opcode::FBNe => jump_if!(!scalar::f64_eq(f!(ins.a), f!(ins.b))),
                Opcode::FBLt => jump_if!(scalar::f64_lt(f!(ins.a), f!(ins.b))),
                Opcode::FBNlt => jump_if!(!scalar::f64_lt(f!(ins.a), f!(ins.b))),
                Opcode::FBLe => jump_if!(scalar::f64_le(f!(ins.a), f!(ins.b))),
                Opcode::FBNle => jump_if!(!scalar::f64_le(f!(ins.a), f!(ins.b))),
                Opcode::RBNull => jump_if!(r!(ins.a) == 0),
                Opcode::RBSome => jump_if!(r!(ins.a) != 0),
                Opcode::RBEq => jump_if!(r!(ins.a) == r!(ins.b)),
                Opcode::RBNe => jump_if!(r!(ins.a) != r!(ins.b)),
                Opcode::Switch => {
                    let table = program.tables.get_unchecked(ins.x as usize);
                    let index = (w!(ins.a) as u32).min(ins.y);
                    pc = code.add(*table.get_unchecked(index as usize) as usize);
                }
                Opcode::FAdd => set_f!(ins.a, scalar::f64_add(f!(ins.b), f!(ins.c))),
                Opcode::FSub => set_f!(ins.a, scalar::f64_sub(f!(ins.b), f!(ins.c))),
                Opcode::FMul => set_f!(ins.a, scalar::f64_mul(f!(ins.b), f!(ins.c))),
                Opcode::FDiv => set_f!(ins.a, scalar::f64_div(f!(ins.b), f!(ins.c))),
                Opcode::FNeg => set_f!(ins.a, scalar::f64_neg(f!(ins.b))),
                Opcode::FAbs => set_f!(ins.a, scalar::f64_abs(f!(ins.b))),
                Opcode::FSqrt => set_f!(ins.a, scalar::f64_sqrt(f!(ins.b))),
                Opcode::FFloor => set_f!(ins.a, scalar::f64_floor(f!(ins.b))),
                Opcode::FCeil => set_f!(ins.a, scalar::f64_ceil(f!(ins.b))),
                Opcode::FTrunc => set_f!(ins.a, scalar::f64_trunc(f!(ins.b))),
                Opcode::IToF => set_f!(ins.a, scalar::i64_to_f64(i!(ins.b))),
                Opcode::FToI => set!(ins.a, scalar::f64_to_i64(f!(ins.b))),
                Opcode::FToBits => set!(ins.a, scalar::f64_to_bits(f!(ins.b))),
                Opcode::FFromBits => set_f!(ins.a, scalar::f64_from_bits(i!(ins.b))),
                Opcode::Ld8 => set!(ins.a, *field!(r!(ins.b), u8)),
                Opcode::Ld32 => set!(ins.a, *field!(r!(ins.b), u32)),
                Opcode::Ld64 | Opcode::LdF => set!(ins.a, *field!(r!(ins.b), u64)),
                Opcode::LdR => set_r!(ins.a, *field!(r!(ins.b), u64)),
                Opcode::St8 => *field!(r!(ins.a), u8) = i!(ins.b) as u8,
                Opcode::St32 => *field!(r!(ins.a), u32) = i!(ins.b) as u32,
                Opcode::St64 | Opcode::StF => *field!(r!(ins.a), u64) = i!(ins.b) as u64,
                Opcode::StR => *field!(r!(ins.a), u64) = r!(ins.b),
                Opcode::Len => set!(ins.a, *((r!(ins.b) as *const u8).add(LEN_OFFSET as usize) as *const u32)),
                Opcode::Get8 => set!(ins.a, *item!(r!(ins.b), i!(ins.c), u8)),
                Opcode::Get16 => set!(ins.a, *item!(r!(ins.b), i!(ins.c), u16)),
                Opcode::Get32 => set!(ins.a, *item!(r!(ins.b), i!(ins.c), u32)),
                Opcode::Get64 | Opcode::GetF => set!(ins.a, *item!(r!(ins.b), i!(ins.c), u64)),
                Opcode::GetR => set_r!(ins.a, *item!(r!(ins.b), i!(ins.c), u64)),
                Opcode::Set8 => *item!(r!(ins.a), i!(ins.b), u8) = i!(ins.c) as u8,
                Opcode::Set16 => *item!(r!(ins.a), i!(ins.b), u16) = i!(ins.c) as u16,
                Opcode::Set32 => *item!(r!(ins.a), i!(ins.b), u32) = i!(ins.c) as u32,
                Opcode::Set64 | Opcode::SetF => *item!(r!(ins.a), i!(ins.b), u64) = i!(ins.c) as u64,
                Opcode::SetR => *item!(r!(ins.a), i!(ins.b), u64) = r!(ins.c),
                Opcode::New => {
                    let object = may_collect!(ffi::mochi_alloc_struct(types.add(ins.x as usize)));
                    set_r!(ins.a, object);
                }
                Opcode::NewArray => {
                    let object = may_collect!(ffi::mochi_alloc_array(types.add(ins.x as usize), w!(ins.b)));
                    set_r!(ins.a, object);
                }
                Opcode::Copy => {
                    let (at, count) = (w!(ins.x & 0xffff), w!(ins.x as u32 >> 16));
                    ffi::jit_copy(r!(ins.a), w!(ins.b), r!(ins.c), at, count, ins.y);
                }
                Opcode::Fill => {
                    let count = w!(ins.x & 0xffff);
                    let is_ref = ins.y == Element::Ref as u32;
                    let value = if is_ref { r!(ins.c) } else { i!(ins.c) as u64 };
                    ffi::jit_fill(r!(ins.a), w!(ins.b), value, count, ins.y.min(3));
                }
                // A tag and the bit, as `mochi_any_from_bool` has it.
                Opcode::AnyB => set_r!(ins.a, 1 << 48 | i!(ins.b) as u64),
                Opcode::AnyI => {
                    let cell = may_collect!(ffi::jit_any_from_i64(i!(ins.b)));
                    set_r!(ins.a, cell);
                }
                Opcode::AnyF => set_r!(ins.a, ffi::jit_any_from_f64(f!(ins.b))),
                Opcode::AnyKind => set!(ins.a, ffi::jit_any_kind(r!(ins.b))),
                Opcode::AnyToB => set!(ins.a, r!(ins.b) & 1),
                Opcode::AnyToI => set!(ins.a, ffi::jit_any_to_i64(r!(ins.b))),
                Opcode::AnyToF => set_f!(ins.a, ffi::jit_any_to_f64(r!(ins.b))),
                Opcode::AnyIs => set!(ins.a, ffi::jit_any_is(r!(ins.b), types.add(ins.x as usize))),
                Opcode::GLd | Opcode::GLdF => set!(ins.a, *globals.add(ins.x as usize)),
                Opcode::GSt | Opcode::GStF => *globals.add(ins.x as usize) = i!(ins.a) as u64,
                Opcode::GLdR => set_r!(ins.a, *ref_globals.add(ins.x as usize)),
                Opcode::GStR => *ref_globals.add(ins.x as usize) = r!(ins.a),
                Opcode::Call => call!(ins.y, ins.b, ins.c),
                Opcode::CallInd => call!(i!(ins.x), ins.b, ins.c),
                Opcode::Host => {
                    let (ints, refs) = (fp.add(ins.b as usize), rp.add(ins.c as usize));
                    if Host::ALL[ins.x as usize] == Host::Exit {
                        let code = *ints as i32;
                        machine.trace = (code != 0).then(|| trace_of(machine, pc.sub(1), fp));
                        return Ended::Exited(code);
                    }
                    let result = host::call(ins.x as usize, ints, refs);
                    if ins.a != NO_SLOT {
                        set!(ins.a, result);
                    }
                }
                Opcode::Ret => {
                    leave!(_link, 0);
                }
                Opcode::RetI | Opcode::RetF => {
                    let result = i!(ins.a) as u64;
                    leave!(link, result);
                    if (*link).a != NO_SLOT {
                        set!((*link).a, result);
                    }
                }
                Opcode::RetR => {
                    let result = r!(ins.a);
                    leave!(link, result);
                    if (*link).a != NO_SLOT {
                        set_r!((*link).a, result);
                    }
                }
                Opcode::Trap => {
                    let number = |slot: u16| if slot == NO_SLOT { 0 } else { i!(slot) };
                    let (a, b) = (number(ins.a), number(ins.b));
                    let Some(trap) = program.trap else { return Ended::Trapped { site: ins.x as u32, a, b } };
                    let next = fp.add(ins.c as usize);
                    *next = ins.x as u64;
                    *next.add(1) = a as u64;
                    *next.add(2) = b as u64;
                    call!(trap, ins.c, ins.y);
                }
                Opcode::Unreachable => unreachable!("control came to an end that the program promised not to reach"),
                Opcode::Poll => jump_if!(machine.interrupt.load(Ordering::Relaxed)),
                Opcode::Ld32BGeU => {
                    set!(ins.a, *field!(r!(ins.b), u32));
                    let next = second!();
                    if !scalar::i64_lt_u(i!(next.a), i!(next.b)) {
                        pc = code.add(next.y as usize);
                    }
                }
                Opcode::BGeUGet8 => {
                    check_index!();
                    let next = second!();
                    set!(next.a, *item!(r!(next.b), i!(next.c), u8));
                }
                Opcode::BGeUGet64 => {
                    check_index!();
                    let next = second!();
                    set!(next.a, *item!(r!(next.b), i!(next.c), u64));
                }
                Opcode::BGeUGetF => {
                    check_index!();
                    let next = second!();
                    set!(next.a, *item!(r!(next.b), i!(next.c), u64));
                }
                Opcode::BGeUGetR => {
                    check_index!();
                    let next = second!();
                    set_r!(next.a, *item!(r!(next.b), i!(next.c), u64));
                }
                Opcode::LdRGet8 => {
                    set_r!(ins.a, *field!(r!(ins.b), u64));
                    let next = second!();
                    set!(next.a, *item!(r!(next.b), i!(next.c), u8));
                }
                Opcode::LdRGet64 => {
                    set_r!(ins.a, *field!(r!(ins.b), u64));
                    let next = second!();
                    set!(next.a, *item!(r!(next.b), i!(next.c), u64));
                }
                Opcode::LdRGetF => {
                    set_r!(ins.a, *field!(r!(ins.b), u64));
                    let next = second!();
                    set!(next.a, *item!(r!(next.b), i!(next.c), u64));
                }
                Opcode::LdRSet64 => {
                    set_r!(ins.a, *field!(r!(ins.b), u64));
                    let next = second!();
                    *item!(r!(next.a), i!(next.b), u64) = i!(next.c) as u64;
                }
                Opcode::LdRSet8 => {
                    set_r!(ins.a, *field!(r!(ins.b), u64));
                    let next = second!();
                    *item!(r!(next.a), i!(next.b), u8) = i!(next.c) as u8;
                }
                Opcode::AddIBLtS => {
                    set!(ins.a, scalar::i64_add(i!(ins.b), k!()));
                    let next = second!();
                    if scalar::i64_lt_s(i!(next.a), i!(next.b)) {
                        pc = code.add(next.y as usize);
                    }
                }
                Opcode::AddIBLtSI => {
                    set!(ins.a, scalar::i64_add(i!(ins.b), k!()));
                    let next = second!();
                    if scalar::i64_lt_s(i!(next.a), i64::from(next.x)) {
                        pc = code.add(next.y as usize);
                    }
                }
                Opcode::AddICall => {
                    set!(ins.a, scalar::i64_add(i!(ins.b), k!()));
                    let next = second!();
                    call!(next.y, next.b, next.c);
                }
                Opcode::AddCRetI => {
                    let Some(sum) = scalar::i64_add_checked(i!(ins.b), i!(ins.c)) else {
                        jump!();
                        continue;
                    };
                    set!(ins.a, sum);
                    let next = &*pc;
                    let result = i!(next.a) as u64;
                    leave!(link, result);
                    if (*link).a != NO_SLOT {
                        set!((*link).a, result);
                    }
                }
                Opcode::FMulFAdd => {
                    set_f!(ins.a, scalar::f64_mul(f!(ins.b), f!(ins.c)));
                    let next = second!();
                    set_f!(next.a, scalar::f64_add(f!(next.b), f!(next.c)));
                }
                Opcode::FMulFSub => {
                    set_f!(ins.a, scalar::f64_mul(f!(ins.b), f!(ins.c)));
                    let next = second!();
                    set_f!(next.a, scalar::f64_sub(f!(next.b), f!(next.c)));
                }
                Opcode::FMulFMul => {
                    set_f!(ins.a, scalar::f64_mul(f!(ins.b), f!(ins.c)));
                    let next = second!();
                    set_f!(next.a, scalar::f64_mul(f!(next.b), f!(next.c)));
                }
                Opcode::FSubFMul => {
                    set_f!(ins.a, scalar::f64_sub(f!(ins.b), f!(ins.c)));
                    let next = second!();
                    set_f!(next.a, scalar::f64_mul(f!(next.b), f!(next.c)));
                }
                Opcode::LdFLdF => {
                    set!(ins.a, *field!(r!(ins.b), u64));
                    let next = second!();
                    set!(next.a, *((r!(next.b) as *const u8).add(next.x as usize) as *const u64));
                }
                Opcode::FAddAddI => {
                    set_f!(ins.a, scalar::f64_add(f!(ins.b), f!(ins.c)));
                    let next = second!();
                    set!(next.a, scalar::i64_add(i!(next.b), i64::from(next.x)));
                }
                Opcode::Save | Opcode::Reload => unreachable!("code for the JIT"),
            }
        }
    }
}

/// The calls that led to an instruction.
///
/// # Safety
/// The frames from `fp` down are whole.
unsafe fn trace_of(machine: &Machine, instruction: *const Ins, fp: *mut u64) -> Trace {
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
