//! What each opcode does.
//!
//! What scalar ops compute comes from `compiler::ir::eval::scalar`; jumps, calls and memory are here. The code was selected
//! from verified IR, so slots, targets and types are right by construction; that is what every unsafe block relies on.

use super::step::{Follow, Handler, Step, Vm, overflow};
use super::vm::trace_of;
use super::{ffi, host};
use crate::bytecode::fused::{Operand, operand, with_fused};
use crate::bytecode::layout::LEN_OFFSET;
use crate::bytecode::{Element, Ins, NO_SLOT, Opcode};
use crate::native::Ended;
use compiler::ir::{Host, eval::scalar};

/// Makes of each row a function for what the opcodes do, and of each opcode a handler.
macro_rules! handlers {
    (
        |$step:ident| { $($($op:ident)|+ => $body:expr;)* }
        => { $($fused:ident $name:literal = $($part:ident $($held:ident)?),+;)* }
    ) => {
        /// What single instructions do; whether the next one follows.
        #[allow(non_snake_case)]
        mod ops {
            use super::*;
            $($(
                #[inline(always)]
                pub unsafe fn $op($step: &mut Step) -> bool {
                    // SAFETY: see this file's header.
                    unsafe { $body.follow($step) }
                }
            )+)*
        }
        /// The handlers.
        #[allow(non_snake_case)]
        mod steps {
            use super::*;
            $($(handlers!(@handler $op: $op);)+)*
            $(handlers!(@handler $fused: $($part $($held)?),+);)*
        }
        const fn handler(op: Opcode) -> Handler {
            match op {
                $($(Opcode::$op => Handler(steps::$op),)+)*
                $(Opcode::$fused => Handler(steps::$fused),)*
                // The latter two are code for the JIT.
                Opcode::Unreachable | Opcode::Save | Opcode::Reload => Handler(stop),
            }
        }
    };
    (@handler $name:ident: $($part:ident $($held:ident)?),+) => {
        pub unsafe fn $name(
            pc: *const Ins, fp: *mut u64, rp: *mut ffi::Cell, code: *const Ins, vm: *mut Vm, handlers: *const Handler,
        ) {
            let mut step = Step { pc, fp, rp, code, vm, handlers, held: 0, holds: Operand::None };
            // SAFETY: see this file's header.
            unsafe {
                let _ = $({
                    step.holds = operand!($($held)?);
                    ops::$part(&mut step)
                })&&+;
                step.next();
            }
        }
    };
}

/// The handler of each opcode.
pub static HANDLERS: [Handler; Opcode::ALL.len()] = {
    let mut table = [handler(Opcode::Unreachable); Opcode::ALL.len()];
    let mut at = 0;
    while at < table.len() {
        table[at] = handler(Opcode::ALL[at]);
        at += 1;
    }
    table
};

with_fused!(handlers! { |s| {
    Const | FConst => s.put(s.ins().const64());
    RConst => s.put_ref(*(*s.vm).constants.add(s.index()));
    Mov | FMov => s.put(s.b::<u64>());
    RMov => s.put_ref(s.ref_b());

    Add => s.put(scalar::i64_add(s.b(), s.c()));
    Sub => s.put(scalar::i64_sub(s.b(), s.c()));
    Mul => s.put(scalar::i64_mul(s.b(), s.c()));
    And => s.put(scalar::i64_and(s.b(), s.c()));
    Or => s.put(scalar::i64_or(s.b(), s.c()));
    Xor => s.put(scalar::i64_xor(s.b(), s.c()));
    Shl => s.put(scalar::i64_shl(s.b(), s.c()));
    Sar => s.put(scalar::i64_shr_s(s.b(), s.c()));
    Shr => s.put(scalar::i64_shr_u(s.b(), s.c()));
    MulHiU => s.put(scalar::i64_mul_hi_u(s.b(), s.c()));
    DivS => s.put(scalar::i64_div_s(s.b(), s.c()));
    RemS => s.put(scalar::i64_rem_s(s.b(), s.c()));
    DivU => s.put(scalar::i64_div_u(s.b(), s.c()));
    RemU => s.put(scalar::i64_rem_u(s.b(), s.c()));
    Clz => s.put(scalar::i64_clz(s.b()));
    AddI => s.put(scalar::i64_add(s.b(), s.k()));
    MulI => s.put(scalar::i64_mul(s.b(), s.k()));
    AndI => s.put(scalar::i64_and(s.b(), s.k()));
    OrI => s.put(scalar::i64_or(s.b(), s.k()));
    XorI => s.put(scalar::i64_xor(s.b(), s.k()));
    ShlI => s.put(scalar::i64_shl(s.b(), s.k()));
    SarI => s.put(scalar::i64_shr_s(s.b(), s.k()));
    ShrI => s.put(scalar::i64_shr_u(s.b(), s.k()));
    AddC => s.put_or_jump(scalar::i64_add_checked(s.b(), s.c()));
    SubC => s.put_or_jump(scalar::i64_sub_checked(s.b(), s.c()));
    MulC => s.put_or_jump(scalar::i64_mul_checked(s.b(), s.c()));
    AddCI => s.put_or_jump(scalar::i64_add_checked(s.b(), s.k()));
    MulCI => s.put_or_jump(scalar::i64_mul_checked(s.b(), s.k()));
    Add32 => s.put(scalar::i32_add(s.b(), s.c()));
    Sub32 => s.put(scalar::i32_sub(s.b(), s.c()));
    Mul32 => s.put(scalar::i32_mul(s.b(), s.c()));
    Shl32 => s.put(scalar::i32_shl(s.b(), s.c()));
    Sar32 => s.put(scalar::i32_shr_s(s.b(), s.c()));
    Shr32 => s.put(scalar::i32_shr_u(s.b(), s.c()));
    AddI32 => s.put(scalar::i32_add(s.b(), s.ins().x));
    Wrap => s.put(scalar::i64_wrap(s.b()));
    Extend => s.put(scalar::i32_extend_s(s.b()));
    Eq => s.put(scalar::i64_eq(s.b(), s.c()));
    Ne => s.put(scalar::i64_ne(s.b(), s.c()));
    LtS => s.put(scalar::i64_lt_s(s.b(), s.c()));
    LeS => s.put(scalar::i64_le_s(s.b(), s.c()));
    LtU => s.put(scalar::i64_lt_u(s.b(), s.c()));
    Lt32 => s.put(scalar::i32_lt_s(s.b(), s.c()));
    EqI => s.put(scalar::i64_eq(s.b(), s.k()));

    Jmp => s.jump();
    BEq => s.jump_if(scalar::i64_eq(s.a(), s.b()));
    BNe => s.jump_if(scalar::i64_ne(s.a(), s.b()));
    BLtS => s.jump_if(scalar::i64_lt_s(s.a(), s.b()));
    BGeS => s.jump_if(!scalar::i64_lt_s(s.a(), s.b()));
    BLtU => s.jump_if(scalar::i64_lt_u(s.a(), s.b()));
    BGeU => s.jump_if(!scalar::i64_lt_u(s.a(), s.b()));
    BLt32 => s.jump_if(scalar::i32_lt_s(s.a(), s.b()));
    BGe32 => s.jump_if(!scalar::i32_lt_s(s.a(), s.b()));
    BEqI => s.jump_if(scalar::i64_eq(s.a(), s.k()));
    BNeI => s.jump_if(scalar::i64_ne(s.a(), s.k()));
    BLtSI => s.jump_if(scalar::i64_lt_s(s.a(), s.k()));
    BGeSI => s.jump_if(!scalar::i64_lt_s(s.a(), s.k()));
    BLtUI => s.jump_if(scalar::i64_lt_u(s.a(), s.k()));
    BGeUI => s.jump_if(!scalar::i64_lt_u(s.a(), s.k()));
    BLt32I => s.jump_if(scalar::i32_lt_s(s.a(), s.ins().x));
    BGe32I => s.jump_if(!scalar::i32_lt_s(s.a(), s.ins().x));
    FBEq => s.jump_if(scalar::f64_eq(s.a(), s.b()));
    FBNe => s.jump_if(!scalar::f64_eq(s.a(), s.b()));
    FBLt => s.jump_if(scalar::f64_lt(s.a(), s.b()));
    FBNlt => s.jump_if(!scalar::f64_lt(s.a(), s.b()));
    FBLe => s.jump_if(scalar::f64_le(s.a(), s.b()));
    FBNle => s.jump_if(!scalar::f64_le(s.a(), s.b()));
    RBNull => s.jump_if(s.ref_a() == 0);
    RBSome => s.jump_if(s.ref_a() != 0);
    RBEq => s.jump_if(s.ref_a() == s.ref_b());
    RBNe => s.jump_if(s.ref_a() != s.ref_b());
    Switch => {
        let table = &*(*s.vm).tables.add(s.index());
        let index = s.a::<u32>().min(s.ins().y);
        s.pc = s.code.add(*table.get_unchecked(index as usize) as usize);
        false
    };

    FAdd => s.put(scalar::f64_add(s.b(), s.c()));
    FSub => s.put(scalar::f64_sub(s.b(), s.c()));
    FMul => s.put(scalar::f64_mul(s.b(), s.c()));
    FDiv => s.put(scalar::f64_div(s.b(), s.c()));
    FNeg => s.put(scalar::f64_neg(s.b()));
    FAbs => s.put(scalar::f64_abs(s.b()));
    FSqrt => s.put(scalar::f64_sqrt(s.b()));
    FFloor => s.put(scalar::f64_floor(s.b()));
    FCeil => s.put(scalar::f64_ceil(s.b()));
    FTrunc => s.put(scalar::f64_trunc(s.b()));
    IToF => s.put(scalar::i64_to_f64(s.b()));
    FToI => s.put(scalar::f64_to_i64(s.b()));
    FToBits => s.put(scalar::f64_to_bits(s.b()));
    FFromBits => s.put(scalar::f64_from_bits(s.b()));

    Ld8 => s.put(*s.field::<u8>(s.ref_b()));
    Ld32 => s.put(*s.field::<u32>(s.ref_b()));
    Ld64 | LdF => s.put(*s.field::<u64>(s.ref_b()));
    LdR => s.put_ref(*s.field(s.ref_b()));
    St8 => *s.field(s.ref_a()) = s.b::<u8>();
    St32 => *s.field(s.ref_a()) = s.b::<u32>();
    St64 | StF => *s.field(s.ref_a()) = s.b::<u64>();
    StR => *s.field(s.ref_a()) = s.ref_b();
    Len => s.put(*((s.ref_b() as *const u8).add(LEN_OFFSET as usize) as *const u32));
    Get8 => s.put(*s.item::<u8>(s.ref_b(), s.c()));
    Get16 => s.put(*s.item::<u16>(s.ref_b(), s.c()));
    Get32 => s.put(*s.item::<u32>(s.ref_b(), s.c()));
    Get64 | GetF => s.put(*s.item::<u64>(s.ref_b(), s.c()));
    GetR => s.put_ref(*s.item(s.ref_b(), s.c()));
    Set8 => *s.item(s.ref_a(), s.b()) = s.c::<u8>();
    Set16 => *s.item(s.ref_a(), s.b()) = s.c::<u16>();
    Set32 => *s.item(s.ref_a(), s.b()) = s.c::<u32>();
    Set64 | SetF => *s.item(s.ref_a(), s.b()) = s.c::<u64>();
    SetR => *s.item(s.ref_a(), s.b()) = s.ref_c();
    New => {
        s.may_collect();
        s.put_ref(ffi::mochi_alloc_struct((*s.vm).types.add(s.index())));
    };
    NewArray => {
        s.may_collect();
        s.put_ref(ffi::mochi_alloc_array((*s.vm).types.add(s.index()), s.b()));
    };
    Copy => {
        let ins = s.ins();
        let (at, count) = (s.slot(ins.x as u16), s.slot((ins.x as u32 >> 16) as u16));
        ffi::jit_copy(s.ref_a(), s.b(), s.ref_c(), at, count, ins.y);
    };
    Fill => {
        let ins = s.ins();
        let value = if ins.y == Element::Ref as u32 { s.ref_c() } else { s.c() };
        ffi::jit_fill(s.ref_a(), s.b(), value, s.slot(ins.x as u16), ins.y.min(3));
    };

    // A tag and the bit, as `mochi_any_from_bool` has it.
    AnyB => s.put_ref(1 << 48 | s.b::<u64>());
    AnyI => {
        s.may_collect();
        s.put_ref(ffi::jit_any_from_i64(s.b()));
    };
    AnyF => s.put_ref(ffi::jit_any_from_f64(s.b()));
    AnyKind => s.put(ffi::jit_any_kind(s.ref_b()));
    AnyToB => s.put(s.ref_b() & 1);
    AnyToI => s.put(ffi::jit_any_to_i64(s.ref_b()));
    AnyToF => s.put(ffi::jit_any_to_f64(s.ref_b()));
    AnyIs => s.put(ffi::jit_any_is(s.ref_b(), (*s.vm).types.add(s.index())));
    GLd | GLdF => s.put(*(*s.vm).globals.add(s.index()));
    GSt | GStF => *(*s.vm).globals.add(s.index()) = s.a::<u64>();
    GLdR => s.put_ref(*(*s.vm).ref_globals.add(s.index()));
    GStR => *(*s.vm).ref_globals.add(s.index()) = s.ref_a();

    Call => { let ins = s.ins(); s.call(ins.y, ins.b, ins.c.into()) };
    CallInd => { let ins = s.ins(); s.call(s.slot(ins.x as u16), ins.b, ins.c.into()) };
    Host => {
        let (ints, refs) = (s.fp.add(s.ins().b as usize), s.rp.add(s.ins().c as usize));
        if Host::ALL[s.index()] == Host::Exit {
            exit(s, *ints as i32)
        } else {
            let result = host::call(s.index(), ints, refs);
            if s.ins().a != NO_SLOT {
                s.put(result);
            }
            s.advance()
        }
    };
    Ret => { s.leave(0); false };
    RetI | RetF => {
        let result = s.a::<u64>();
        let link = s.leave(result);
        if !link.is_null() && (*link).a != NO_SLOT {
            s.set_slot((*link).a, result);
        }
        false
    };
    RetR => {
        let result = s.ref_a();
        let link = s.leave(result);
        if !link.is_null() && (*link).a != NO_SLOT {
            *s.rp.add((*link).a as usize) = result;
        }
        false
    };
    Trap => trap(s);
    Overflow => overflow(s);
    Poll => s.jump_if(s.is_interrupted());
} });

/// Returns to who started the interpreter, which knows whether the program is at its end.
unsafe fn stop(_: *const Ins, _: *mut u64, _: *mut ffi::Cell, _: *const Ins, _: *mut Vm, _: *const Handler) {}

/// Calls the trap function with the site and its numbers.
#[inline(always)]
unsafe fn trap(s: &mut Step) -> bool {
    // SAFETY: the trap function's frame begins `c` words above this one, and has room for its arguments.
    unsafe {
        let ins = s.ins();
        let number = |slot: u16| if slot == NO_SLOT { 0 } else { s.slot(slot) };
        let (a, b) = (number(ins.a), number(ins.b));
        let Some(trap) = (*s.vm).trap else {
            return s.stop(Ended::Trapped { site: ins.x as u32, a, b });
        };
        let next = s.fp.add(ins.c as usize);
        for (at, word) in [ins.x as u64, a as u64, b as u64].into_iter().enumerate() {
            *next.add(at) = word;
        }
        s.call(trap, ins.c, ins.y)
    }
}

/// Ends the program with this exit code.
#[inline(always)]
unsafe fn exit(s: &mut Step, code: i32) -> bool {
    // SAFETY: the machine outlives the step.
    unsafe {
        if code != 0 {
            note_trace(s.vm, s.pc, s.fp);
        }
        s.stop(Ended::Exited(code))
    }
}

#[cold]
#[inline(never)]
unsafe fn note_trace(vm: *mut Vm, pc: *const Ins, fp: *mut u64) {
    // SAFETY: the machine outlives the step, and the frames are whole.
    unsafe {
        let machine = &mut *(*vm).machine;
        machine.trace = Some(trace_of(machine, pc, fp));
    }
}
