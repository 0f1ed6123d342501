//! The C text of all stencils.

use super::body::body;
use jit::stencil::{Group, places};
use std::fmt::Write;

/// What stencils are made for. ELF on every host: the bytes are the same elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arch {
    X86_64,
    Aarch64,
}

impl Arch {
    pub const ALL: [Arch; 2] = [Arch::X86_64, Arch::Aarch64];

    pub fn file(self) -> &'static str {
        match self {
            Arch::X86_64 => "stencils_x86_64.rs",
            Arch::Aarch64 => "stencils_aarch64.rs",
        }
    }

    /// clang's arguments.
    pub fn flags(self) -> &'static [&'static str] {
        match self {
            Arch::X86_64 => &["--target=x86_64-unknown-linux-gnu", "-mcmodel=small", "-mno-red-zone"],
            Arch::Aarch64 => &["--target=aarch64-unknown-linux-gnu", "-ffixed-x18"],
        }
    }

    fn prelude(self) -> &'static str {
        match self {
            Arch::X86_64 => X86_64,
            Arch::Aarch64 => AARCH64,
        }
    }
}

const COMMON: &str = r#"
/* The collector's state is wherever the host's program has it. */
#define MOCHI_MEMORY_H
#include "mochi.h"
#undef MOCHI_MEMORY_H
#define mochi_state (*state_hole())
#include "memory.h"

typedef int64_t i64; typedef uint64_t u64; typedef int32_t i32; typedef uint32_t u32;
#define CC __attribute__((preserve_none))
#define MUSTTAIL __attribute__((musttail))
#define SIG char *fp, char *rp, i64 r0, i64 r1, i64 r2, i64 r3, char *p0, char *p1, \
    double f0, double f1, double f2, double f3, double f4, double f5, double f6, double f7
#define ARGS fp, rp, r0, r1, r2, r3, p0, p1, f0, f1, f2, f3, f4, f5, f6, f7
typedef CC void Code(SIG);
extern Code CONTINUE, TARGET;
#define NEXT MUSTTAIL return CONTINUE(ARGS)
#define GOTO MUSTTAIL return TARGET(ARGS)
#define CELL(x) ((char *)(uintptr_t)(x))
#define OPAQUE(x) __asm__("" : "+r"(x))
extern char H_A[], H_B[], H_C[], H_S[], H_T[], H_OFF[], H_BASE[], H_RBASE[];
"#;

/// Holes are operands of instructions: `[fp + H_A]` has the hole as its displacement, immediates stand in inline assembly.
const X86_64: &str = r#"
#define LDI(H) (*(i64 *)(fp + (u64)H))
#define STI(H, v) (*(i64 *)(fp + (u64)H) = (i64)(v))
#define LDF(H) (*(double *)(fp + (u64)H))
#define STF(H, v) (*(double *)(fp + (u64)H) = (v))
#define LDR(H) (*(char **)(rp + (u64)H))
#define STR(H, v) (*(char **)(rp + (u64)H) = (v))
#define FRAME(H) (fp + (u64)H)
#define REFS(H) (rp + (u64)H)
#define OFF ((u64)H_OFF)
#define HOLE64(x, H) __asm__("movabsq $" #H ", %0" : "=r"(x))
#define IMM32 ({ i64 k; __asm__("movq $H_IMM, %0" : "=r"(k)); k; })
#define IMM32B ({ i64 k; __asm__("movq $H_IMMB, %0" : "=r"(k)); k; })
#define ALU(op, x) ({ i64 k = (x); __asm__(op " $H_IMM, %0" : "+r"(k) : : "cc"); k; })
#define ADDK(x) ALU("addq", x)
#define ANDK(x) ALU("andq", x)
#define ORK(x) ALU("orq", x)
#define XORK(x) ALU("xorq", x)
#define SHLK(x) ALU("shlq", x)
#define SARK(x) ALU("sarq", x)
#define SHRK(x) ALU("shrq", x)
#define MULK(x) ({ i64 k; __asm__("imulq $H_IMM, %1, %0" : "=r"(k) : "r"((i64)(x)) : "cc"); k; })
#define ADDK_OVER(v, x, over) v = (x); __asm__("addq $H_IMM, %0" : "+r"(v), "=@cco"(over))
#define MULK_OVER(v, x, over) __asm__("imulq $H_IMM, %2, %0" : "=r"(v), "=@cco"(over) : "r"((i64)(x)))
#define COMPARE(flag, op, x) ({ int c; __asm__(op " $H_IMM, %1" : "=@cc" flag(c) : "r"(x)); c; })
#define EQK(x) COMPARE("e", "cmpq", (i64)(x))
#define NEK(x) COMPARE("ne", "cmpq", (i64)(x))
#define LTK(x) COMPARE("l", "cmpq", (i64)(x))
#define GEK(x) COMPARE("ge", "cmpq", (i64)(x))
#define LTUK(x) COMPARE("b", "cmpq", (i64)(x))
#define GEUK(x) COMPARE("ae", "cmpq", (i64)(x))
#define LTK32(x) COMPARE("l", "cmpl", (i32)(x))
#define GEK32(x) COMPARE("ge", "cmpl", (i32)(x))
/* Without the zero it would wait for what the register held before. */
#define ITOF(x) ({ double f; __asm__("xorps %0, %0\n\tcvtsi2sdq %1, %0" : "=x"(f) : "r"((i64)(x))); f; })
#define STACK(x) __asm__ volatile("movq %%rsp, %0" : "=r"(x))
#define PUSHED "pushq %rax\n"
#define POPPED "popq %rax\njmp CONTINUE"
#define CALL PUSHED "addq $H_BASE, %r12\naddq $H_RBASE, %r13\ncall CALLEE\nsubq $H_RBASE, %r13\nsubq $H_BASE, %r12\n" POPPED
#define CALL_INTS PUSHED "addq $H_BASE, %r12\ncall CALLEE\nsubq $H_BASE, %r12\n" POPPED
#define CALL_IND PUSHED "movq H_A(%r12), %rax\nmovabsq $H_FN, %r11\naddq $H_BASE, %r12\naddq $H_RBASE, %r13\n" \
    "call *(%r11,%rax,8)\nsubq $H_RBASE, %r13\nsubq $H_BASE, %r12\n" POPPED
#define RET "ret"
#define UNREACHABLE "ud2"
"#;

/// An address has 12 bits beside its register; constants take up to four instructions.
const AARCH64: &str = r#"
#define LOAD(t, c, base, H, m) ({ t v_; __asm__("ldr %" m "0, [%1, #:lo12:" #H "]" : "=" c(v_) : "r"(base) : "memory"); v_; })
#define STORE(t, c, base, H, m, v) ({ t v_ = (v); __asm__ volatile("str %" m "0, [%1, #:lo12:" #H "]" : : c(v_), "r"(base) : "memory"); })
#define LDI(H) LOAD(i64, "r", fp, H, "x")
#define STI(H, v) STORE(i64, "r", fp, H, "x", (i64)(v))
#define LDF(H) LOAD(double, "w", fp, H, "d")
#define STF(H, v) STORE(double, "w", fp, H, "d", v)
#define LDR(H) LOAD(char *, "r", rp, H, "x")
#define STR(H, v) STORE(char *, "r", rp, H, "x", v)
#define PLUS(base, H) ({ char *k; __asm__("add %0, %1, #:lo12:" #H : "=r"(k) : "r"(base)); k; })
#define FRAME(H) PLUS(fp, H)
#define REFS(H) PLUS(rp, H)
#define MOV16(H, last) "movz %0, #:abs_g0_nc:" H "\n\tmovk %0, #:abs_g1_nc:" H last
#define OFF ({ u64 k; __asm__("movz %0, #:abs_g0_nc:H_OFF\n\tmovk %0, #:abs_g1_nc:H_OFF" : "=r"(k)); k; })
#define HOLE64(x, H) __asm__(MOV16(#H, "\n\tmovk %0, #:abs_g2_nc:" #H "\n\tmovk %0, #:abs_g3:" #H) : "=r"(x))
#define IMM32 ({ i64 k; __asm__(MOV16("H_IMM", "\n\tsxtw %0, %w0") : "=r"(k)); k; })
#define IMM32B ({ i64 k; __asm__(MOV16("H_IMMB", "\n\tsxtw %0, %w0") : "=r"(k)); k; })
#define ADDK(x) mochi_i64_add((x), IMM32)
#define MULK(x) mochi_i64_mul((x), IMM32)
#define ITOF(x) mochi_i64_to_f64(x)
#define ANDK(x) ((x) & IMM32)
#define ORK(x) ((x) | IMM32)
#define XORK(x) ((x) ^ IMM32)
#define SHLK(x) mochi_i64_shl((x), IMM32)
#define SARK(x) mochi_i64_shr_s((x), IMM32)
#define SHRK(x) mochi_i64_shr_u((x), IMM32)
#define ADDK_OVER(v, x, over) int64_t w; over = mochi_i64_add_overflows((x), IMM32, &w); v = w
#define MULK_OVER(v, x, over) int64_t w; over = mochi_i64_mul_overflows((x), IMM32, &w); v = w
#define EQK(x) ((x) == IMM32)
#define NEK(x) ((x) != IMM32)
#define LTK(x) ((x) < IMM32)
#define GEK(x) ((x) >= IMM32)
#define LTUK(x) ((u64)(x) < (u64)IMM32)
#define GEUK(x) ((u64)(x) >= (u64)IMM32)
#define LTK32(x) ((i32)(x) < (i32)IMM32)
#define GEK32(x) ((i32)(x) >= (i32)IMM32)
#define STACK(x) __asm__ volatile("mov %0, sp" : "=r"(x))
#define PUSHED "str x30, [sp, #-16]!\n"
#define POPPED "ldr x30, [sp], #16\nb CONTINUE"
#define CALL PUSHED "add x20, x20, #:lo12:H_BASE\nadd x21, x21, #:lo12:H_RBASE\nbl CALLEE\n" \
    "sub x21, x21, #0\n.reloc .-4, R_AARCH64_ADD_ABS_LO12_NC, H_RBASE\nsub x20, x20, #0\n.reloc .-4, R_AARCH64_ADD_ABS_LO12_NC, H_BASE\n" POPPED
#define CALL_INTS PUSHED "add x20, x20, #:lo12:H_BASE\nbl CALLEE\nsub x20, x20, #0\n.reloc .-4, R_AARCH64_ADD_ABS_LO12_NC, H_BASE\n" POPPED
#define CALL_IND PUSHED "ldr x16, [x20, #:lo12:H_A]\nmovz x17, #:abs_g0_nc:H_FN\nmovk x17, #:abs_g1_nc:H_FN\n" \
    "movk x17, #:abs_g2_nc:H_FN\nmovk x17, #:abs_g3:H_FN\nldr x16, [x17, x16, lsl #3]\n" \
    "add x20, x20, #:lo12:H_BASE\nadd x21, x21, #:lo12:H_RBASE\nblr x16\n" \
    "sub x21, x21, #0\n.reloc .-4, R_AARCH64_ADD_ABS_LO12_NC, H_RBASE\nsub x20, x20, #0\n.reloc .-4, R_AARCH64_ADD_ABS_LO12_NC, H_BASE\n" POPPED
#define RET "ret"
#define UNREACHABLE "brk #1"
"#;

const STATE: &str = r#"
static inline mochi_State *state_hole(void) { mochi_State *state; HOLE64(state, H_STATE); return state; }
"#;

/// All stencils, `st_` and their number.
pub fn source(arch: Arch) -> String {
    let mut out = String::from("#include <stdint.h>\n#include <stdbool.h>\n");
    out.push_str("struct mochi_State; static inline struct mochi_State *state_hole(void);\n");
    out.push_str(COMMON);
    out.push_str(arch.prelude());
    out.push_str(STATE);
    let mut number = 0;
    for group in Group::all() {
        let Some(pattern) = group.pattern() else { continue };
        let text = body(group);
        for variant in 0..group.variants() {
            if is_canonical(group, pattern, variant) {
                stencil(&mut out, number, pattern, variant, &text);
            }
            number += 1;
        }
    }
    out
}

/// The place of each operand in a variant.
fn operands(pattern: &[u8; 3], mut variant: usize) -> [usize; 3] {
    let mut at = [0; 3];
    for (place, &kind) in at.iter_mut().zip(pattern).rev() {
        *place = variant % places(kind);
        variant /= places(kind);
    }
    at
}

fn is_canonical(group: Group, pattern: &[u8; 3], variant: usize) -> bool {
    let [_, b, c] = operands(pattern, variant);
    !group.commutes() || b <= c
}

fn stencil(out: &mut String, number: usize, pattern: &[u8; 3], variant: usize, body: &str) {
    if let Some(assembly) = body.strip_prefix("NAKED ") {
        writeln!(out, "__attribute__((naked)) CC void st_{number:05}(SIG) {{ __asm__({assembly}); }}").expect("a string");
        return;
    }
    let mut text = body.to_string();
    let at = operands(pattern, variant);
    for ((&kind, place), (name, hole)) in pattern.iter().zip(at).zip([("$a", "H_A"), ("$b", "H_B"), ("$c", "H_C")]) {
        let (register, load, store) = match kind {
            b'I' | b'i' => ("r", "LDI", "STI"),
            b'F' | b'f' => ("f", "LDF", "STF"),
            b'R' | b'r' => ("p", "LDR", "STR"),
            _ => continue,
        };
        let in_memory = place == places(kind) - 1;
        let read = if in_memory { format!("{load}({hole})") } else { format!("{register}{place}") };
        text = text.replace(name, &read);
        if name == "$a" {
            let write = if in_memory { format!("{store}({hole}, v);") } else { format!("{register}{place} = v;") };
            text = text.replace("$=", &write);
        }
    }
    let exits = text.ends_with("GOTO;") && !text.contains("if (") || text.ends_with("to(ARGS);");
    let end = if exits { "" } else { " NEXT;" };
    writeln!(out, "CC void st_{number:05}(SIG) {{ {text}{end} }}").expect("a string");
}
