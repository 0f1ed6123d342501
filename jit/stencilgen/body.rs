//! What each stencil does, in terms of the inline functions of `mochi.h`.
//!
//! In a body `$a $b $c` read an operand wherever it is; `$=` stores `v` in the first. A body without an explicit exit goes on
//! with the next instruction. `OFF`, `IMM..` and the like are holes, see `source`.

use jit::bytecode::Opcode;
use jit::stencil::{Extra, Group};

/// The body of a group.
pub fn body(group: Group) -> String {
    match group {
        Group::Op(op) => op_body(op),
        Group::Extra(extra) => extra_body(extra).to_string(),
    }
}

fn extra_body(extra: Extra) -> &'static str {
    match extra {
        Extra::Const32 => "i64 v = IMM32; $=",
        Extra::Enter => "char **limit; HOLE64(limit, H_FN); if (fp > *limit) GOTO;",
        Extra::Clear => "STR(H_A, 0);",
        Extra::NewSlow => {
            "mochi_State *state; HOLE64(state, H_STATE); state->root_top = (mochi_Cell *)REFS(H_RBASE);\
             void *(*helper)(void *); HOLE64(helper, H_FN); void *type; HOLE64(type, H_IMM64); char *v = helper(type); $="
        }
        Extra::CallInts => "NAKED CALL_INTS",
        Extra::Overflow => "void (*helper)(void); HOLE64(helper, H_FN); helper(); r0 = 0; r1 = 0; r2 = 0; GOTO;",
        Extra::FillRef => {
            "void (*helper)(void *, i32, u64, i32, u32); HOLE64(helper, H_FN);\
             helper(LDR(H_A), (i32)LDI(H_B), (u64)LDR(H_C), (i32)LDI(H_S), IMM32);"
        }
    }
}

/// A pure op on integers in 64-bit slots.
fn int(function: &str, operands: &str) -> String {
    format!("i64 v = mochi_{function}({operands}); $=")
}

/// One on 32-bit integers: the result stands zero-extended.
fn int32(function: &str, operands: &str) -> String {
    format!("i64 v = (u32)mochi_{function}({operands}); $=")
}

fn float(function: &str, operands: &str) -> String {
    format!("double v = mochi_{function}({operands}); $=")
}

fn branch(condition: &str) -> String {
    format!("if ({condition}) GOTO;")
}

/// On overflow the result does not matter, so both ways leave with the same registers.
fn checked(function: &str) -> String {
    format!("int64_t w; bool over = mochi_{function}_overflows($b, $c, &w); i64 v = w; $= if (over) GOTO;")
}

fn op_body(op: Opcode) -> String {
    use Opcode::*;
    match op {
        Const => "i64 v; HOLE64(v, H_IMM64); $=".into(),
        FConst => "i64 bits; HOLE64(bits, H_IMM64); double v = mochi_f64_from_bits(bits); $=".into(),
        RConst => "char *v; HOLE64(v, H_IMM64); $=".into(),
        Mov => "i64 v = $b; $=".into(),
        FMov => "double v = $b; $=".into(),
        RMov => "char *v = $b; $=".into(),
        Add => int("i64_add", "$b, $c"),
        Sub => int("i64_sub", "$b, $c"),
        Mul => int("i64_mul", "$b, $c"),
        And => int("i64_and", "$b, $c"),
        Or => int("i64_or", "$b, $c"),
        Xor => int("i64_xor", "$b, $c"),
        Shl => int("i64_shl", "$b, $c"),
        Sar => int("i64_shr_s", "$b, $c"),
        Shr => int("i64_shr_u", "$b, $c"),
        MulHiU => int("i64_mul_hi_u", "$b, $c"),
        DivS => int("i64_div_s", "$b, $c"),
        RemS => int("i64_rem_s", "$b, $c"),
        DivU => int("i64_div_u", "$b, $c"),
        RemU => int("i64_rem_u", "$b, $c"),
        Clz => int("i64_clz", "$b"),
        AddI => "i64 v = ADDK($b); $=".into(),
        MulI => "i64 v = MULK($b); $=".into(),
        AndI => "i64 v = ANDK($b); $=".into(),
        OrI => "i64 v = ORK($b); $=".into(),
        XorI => "i64 v = XORK($b); $=".into(),
        ShlI => "i64 v = SHLK($b); $=".into(),
        SarI => "i64 v = SARK($b); $=".into(),
        ShrI => "i64 v = SHRK($b); $=".into(),
        AddC => checked("i64_add"),
        SubC => checked("i64_sub"),
        MulC => checked("i64_mul"),
        AddCI => "i64 v; bool over; ADDK_OVER(v, $b, over); $= if (over) GOTO;".into(),
        MulCI => "i64 v; bool over; MULK_OVER(v, $b, over); $= if (over) GOTO;".into(),
        Add32 => int32("i32_add", "$b, $c"),
        Sub32 => int32("i32_sub", "$b, $c"),
        Mul32 => int32("i32_mul", "$b, $c"),
        Shl32 => int32("i32_shl", "$b, $c"),
        Sar32 => int32("i32_shr_s", "$b, $c"),
        Shr32 => int32("i32_shr_u", "$b, $c"),
        AddI32 => "i64 v = (u32)ADDK($b); $=".into(),
        Wrap => int32("i64_wrap", "$b"),
        Extend => int("i32_extend_s", "(i32)$b"),
        Eq => int("i64_eq", "$b, $c"),
        Ne => int("i64_ne", "$b, $c"),
        LtS => int("i64_lt_s", "$b, $c"),
        LeS => int("i64_le_s", "$b, $c"),
        LtU => int("i64_lt_u", "$b, $c"),
        Lt32 => int("i32_lt_s", "(i32)$b, (i32)$c"),
        EqI => "i64 v = EQK($b); $=".into(),
        Jmp => "GOTO;".into(),
        BEq => branch("mochi_i64_eq($a, $b)"),
        BNe => branch("mochi_i64_ne($a, $b)"),
        BLtS => branch("mochi_i64_lt_s($a, $b)"),
        BGeS => branch("!mochi_i64_lt_s($a, $b)"),
        BLtU => branch("mochi_i64_lt_u($a, $b)"),
        BGeU => branch("!mochi_i64_lt_u($a, $b)"),
        BLt32 => branch("mochi_i32_lt_s((i32)$a, (i32)$b)"),
        BGe32 => branch("!mochi_i32_lt_s((i32)$a, (i32)$b)"),
        BEqI => branch("EQK($a)"),
        BNeI => branch("NEK($a)"),
        BLtSI => branch("LTK($a)"),
        BGeSI => branch("GEK($a)"),
        BLtUI => branch("LTUK($a)"),
        BGeUI => branch("GEUK($a)"),
        BLt32I => branch("LTK32($a)"),
        BGe32I => branch("GEK32($a)"),
        FBEq => branch("mochi_f64_eq($a, $b)"),
        FBNe => branch("!mochi_f64_eq($a, $b)"),
        FBLt => branch("mochi_f64_lt($a, $b)"),
        FBNlt => branch("!mochi_f64_lt($a, $b)"),
        FBLe => branch("mochi_f64_le($a, $b)"),
        FBNle => branch("!mochi_f64_le($a, $b)"),
        RBNull => branch("mochi_ref_is_null($a)"),
        RBSome => branch("!mochi_ref_is_null($a)"),
        RBEq => branch("mochi_ref_eq($a, $b)"),
        RBNe => branch("!mochi_ref_eq($a, $b)"),
        Switch => "Code **table; HOLE64(table, H_IMM64); u32 i = (u32)$a; u32 last = (u32)IMM32; if (i > last) i = last;\
             Code *to = table[i]; MUSTTAIL return to(ARGS);"
            .into(),
        FAdd => float("f64_add", "$b, $c"),
        FSub => float("f64_sub", "$b, $c"),
        FMul => float("f64_mul", "$b, $c"),
        FDiv => float("f64_div", "$b, $c"),
        // Through the bits: a constant mask would be a reference to another section.
        FNeg => "u64 s = (u64)mochi_f64_raw_bits($b); u64 m = 1; OPAQUE(m); double v = mochi_f64_from_bits((i64)(s ^ m << 63)); $=".into(),
        FAbs => "u64 s = (u64)mochi_f64_raw_bits($b); OPAQUE(s); double v = mochi_f64_from_bits((i64)(s << 1 >> 1)); $=".into(),
        FSqrt => float("f64_sqrt", "$b"),
        FFloor | FCeil | FTrunc => "double (*helper)(double); HOLE64(helper, H_FN); STF(H_A, helper(LDF(H_B)));".into(),
        IToF => "double v = ITOF($b); $=".into(),
        FToI => int("f64_to_i64", "$b"),
        FToBits => int("f64_to_bits", "$b"),
        FFromBits => float("f64_from_bits", "$b"),
        Ld8 => "i64 v = (u32)mochi_load_i8($b, OFF); $=".into(),
        Ld32 => "i64 v = (u32)mochi_load_i32($b, OFF); $=".into(),
        Ld64 => "i64 v = mochi_load_i64($b, OFF); $=".into(),
        LdF => "double v = mochi_load_f64($b, OFF); $=".into(),
        LdR => "char *v = mochi_load_ref($b, OFF); $=".into(),
        St8 => "mochi_store_i8($a, OFF, (i32)$b);".into(),
        St32 => "mochi_store_i32($a, OFF, (i32)$b);".into(),
        St64 => "mochi_store_i64($a, OFF, $b);".into(),
        StF => "mochi_store_f64($a, OFF, $b);".into(),
        StR => "mochi_store_ref($a, OFF, $b);".into(),
        Len => "i64 v = (u32)mochi_array_len($b); $=".into(),
        Get8 => "i64 v = (u32)mochi_array_get_i8($b, (i32)$c); $=".into(),
        Get16 => "i64 v = (u32)mochi_array_get_i16($b, (i32)$c); $=".into(),
        Get32 => "i64 v = (u32)mochi_array_get_i32($b, (i32)$c); $=".into(),
        Get64 => "i64 v = mochi_array_get_i64($b, (i32)$c); $=".into(),
        GetF => "double v = mochi_array_get_f64($b, (i32)$c); $=".into(),
        GetR => "char *v = mochi_array_get_ref($b, (i32)$c); $=".into(),
        Set8 => "mochi_array_set_i8($a, (i32)$b, (i32)$c);".into(),
        Set16 => "mochi_array_set_i16($a, (i32)$b, (i32)$c);".into(),
        Set32 => "mochi_array_set_i32($a, (i32)$b, (i32)$c);".into(),
        Set64 => "mochi_array_set_i64($a, (i32)$b, $c);".into(),
        SetF => "mochi_array_set_f64($a, (i32)$b, $c);".into(),
        SetR => "mochi_array_set_ref($a, (i32)$b, $c);".into(),
        // Takes the next free cell of the size class; the target calls the collector.
        New => "mochi_Run *run; HOLE64(run, H_IMM64); char *v = run->at; if (MOCHI_UNLIKELY(v == run->end)) GOTO;\
             run->at = v + run->cell; mochi_init(v, (u32)IMM32, false); $="
            .into(),
        NewArray => "mochi_State *state; HOLE64(state, H_STATE); state->root_top = (mochi_Cell *)REFS(H_RBASE);\
             void *(*helper)(void *, i32); HOLE64(helper, H_FN); void *type; HOLE64(type, H_IMM64);\
             char *v = helper(type, (i32)$b); $="
            .into(),
        Copy => "void (*helper)(void *, i32, void *, i32, i32, u32); HOLE64(helper, H_FN);\
             helper(LDR(H_A), (i32)LDI(H_B), LDR(H_C), (i32)LDI(H_S), (i32)LDI(H_T), IMM32);"
            .into(),
        Fill => "void (*helper)(void *, i32, u64, i32, u32); HOLE64(helper, H_FN);\
             helper(LDR(H_A), (i32)LDI(H_B), LDI(H_C), (i32)LDI(H_S), IMM32);"
            .into(),
        AnyB => "char *v = CELL(mochi_any_from_bool((bool)$b)); $=".into(),
        AnyI => "mochi_State *state; HOLE64(state, H_STATE); state->root_top = (mochi_Cell *)REFS(H_RBASE);\
             mochi_Cell (*helper)(i64); HOLE64(helper, H_FN); char *v = CELL(helper($b)); $="
            .into(),
        AnyF => "char *v = CELL(mochi_any_from_f64($b)); $=".into(),
        AnyKind => "i64 v = (u32)mochi_any_kind((mochi_Cell)$b); $=".into(),
        AnyToB => "i64 v = mochi_any_to_bool((mochi_Cell)$b); $=".into(),
        AnyToI => "i64 v = mochi_any_to_i64((mochi_Cell)$b); $=".into(),
        AnyToF => "double v = mochi_any_to_f64((mochi_Cell)$b); $=".into(),
        AnyIs => "u32 first = (u32)IMM32, last = (u32)IMM32B; i64 v = mochi_any_is((mochi_Cell)$b, first, last); $=".into(),
        GLd => "i64 *at; HOLE64(at, H_IMM64); i64 v = *at; $=".into(),
        GSt => "i64 *at; HOLE64(at, H_IMM64); *at = $a;".into(),
        GLdF => "double *at; HOLE64(at, H_IMM64); double v = *at; $=".into(),
        GStF => "double *at; HOLE64(at, H_IMM64); *at = $a;".into(),
        GLdR => "char **at; HOLE64(at, H_IMM64); char *v = *at; $=".into(),
        GStR => "char **at; HOLE64(at, H_IMM64); *at = $a;".into(),
        Call => "NAKED CALL".into(),
        CallInd => "NAKED CALL_IND".into(),
        Host => "u64 (*helper)(u64, char *, char *, u64, void *); HOLE64(helper, H_FN); void *sp; STACK(sp);\
             STI(H_A, helper((u32)IMM32, FRAME(H_BASE), REFS(H_RBASE), (u32)IMM32B, sp));"
            .into(),
        Ret => "NAKED RET".into(),
        Unreachable => "NAKED UNREACHABLE".into(),
        Poll => "volatile char *flag; HOLE64(flag, H_IMM64); if (*flag) GOTO;".into(),
        RetI | RetF | RetR | Trap | Save | Reload | Overflow => unreachable!("{} has no stencil", op.name()),
        fused => unreachable!("{} is a step of the VM", fused.name()),
    }
}
