//! The ways into machine code and out of it, in assembly.
//!
//! Inside, a frame is in `r12`, its references in `r13`; slots 0-3 of the integers in `r14 r15 rdi rsi`, of the references
//! in `rdx rcx`, of the floats in `xmm0-7` (clang's `preserve_none` convention, which the stencils use). Slot 0 carries results.

use std::arch::global_asm;

/// Register slots on the way in, results (slot 0) on the way out. The assembly knows the layout.
#[repr(C)]
#[derive(Default)]
pub struct Context {
    /// The Rust side's stack pointer, while the code runs.
    pub saved: u64,
    pub ints: [u64; 4],
    pub floats: [u64; 8],
    pub refs: [u64; 2],
}

unsafe extern "C" {
    /// Runs code on another stack; gives 0 when it returns, 1 when `mochi_jit_leave` ended it.
    pub fn mochi_jit_enter(context: *mut Context, code: *const u8, fp: *mut u64, rp: *mut u64, stack: *mut u8) -> u32;
    /// Abandons the code that `context` entered.
    pub fn mochi_jit_leave(context: *mut Context) -> !;
}

global_asm!(
    ".globl mochi_jit_enter",
    "mochi_jit_enter:",
    "push rbp",
    "push rbx",
    "push r12",
    "push r13",
    "push r14",
    "push r15",
    "mov [rdi], rsp",
    "mov rsp, r8",
    "push rdi",
    "push rdi",
    "mov rax, rsi",
    "mov r12, rdx",
    "mov r13, rcx",
    "mov r14, [rdi + 8]",
    "mov r15, [rdi + 16]",
    "mov rsi, [rdi + 32]",
    "movsd xmm0, [rdi + 40]",
    "movsd xmm1, [rdi + 48]",
    "movsd xmm2, [rdi + 56]",
    "movsd xmm3, [rdi + 64]",
    "movsd xmm4, [rdi + 72]",
    "movsd xmm5, [rdi + 80]",
    "movsd xmm6, [rdi + 88]",
    "movsd xmm7, [rdi + 96]",
    "mov rdx, [rdi + 104]",
    "mov rcx, [rdi + 112]",
    "mov rdi, [rdi + 24]",
    "call rax",
    "pop rax",
    "pop rax",
    "mov [rax + 8], r14",
    "movsd [rax + 40], xmm0",
    "mov [rax + 104], rdx",
    "mov rsp, [rax]",
    "xor eax, eax",
    "jmp 2f",
    ".globl mochi_jit_leave",
    "mochi_jit_leave:",
    "mov rsp, [rdi]",
    "mov eax, 1",
    "2:",
    "pop r15",
    "pop r14",
    "pop r13",
    "pop r12",
    "pop rbx",
    "pop rbp",
    "ret",
);
