//! Bytecode as text, for `mochi dump --bytecode`.
//!
//! ```text
//! fib: frame 4 words, 0 references; ints 3
//!   0  b.ge_s_i i0, 2 -> 3
//! ```
//! Slots are `i3`, `f0`, `r1`; the numbers of float slots count from the first integer slot in code for the VM.

use super::opcode::{Extra, Ins, NO_SLOT, Opcode};
use super::{FuncInfo, Program};
use std::fmt::Write;

/// Prints all functions of a program.
pub fn disassemble(program: &Program) -> String {
    let mut out = String::new();
    for func in &program.funcs {
        function(&mut out, program, func);
    }
    out
}

fn function(out: &mut String, program: &Program, func: &FuncInfo) {
    let FuncInfo { name, frame, ref_frame, ints, .. } = func;
    writeln!(out, "{name}: frame {frame} words, {ref_frame} references; ints {ints}").expect("a string takes it");
    for at in func.entry..func.end {
        let ins = &program.code[at as usize];
        writeln!(out, "{:5}  {}", at - func.entry, instruction(program, func, ins)).expect("a string takes it");
    }
    out.push('\n');
}

fn instruction(program: &Program, func: &FuncInfo, ins: &Ins) -> String {
    let mut text = String::from(ins.op.name());
    let mut first = true;
    let mut operand = |text: &mut String, operand: String| {
        text.push_str(if first { " " } else { ", " });
        text.push_str(&operand);
        first = false;
    };
    for (&kind, slot) in ins.op.pattern().iter().zip([ins.a, ins.b, ins.c]) {
        if kind != b'_' {
            operand(&mut text, format!("{}{slot}", kind.to_ascii_lowercase() as char));
        }
    }
    let target = || format!("-> {}", ins.y - func.entry);
    match ins.op.extra() {
        Extra::None => {}
        Extra::Const64 if ins.op == Opcode::FConst => operand(&mut text, format!("{:?}", f64::from_bits(ins.const64()))),
        Extra::Const64 => operand(&mut text, (ins.const64() as i64).to_string()),
        Extra::Const32 => operand(&mut text, ins.x.to_string()),
        Extra::Target => operand(&mut text, target()),
        Extra::Const32Target => {
            operand(&mut text, ins.x.to_string());
            operand(&mut text, target());
        }
        Extra::Offset => operand(&mut text, format!("+{}", ins.x)),
        Extra::Slots => operand(&mut text, format!("{}, {} ({})", ins.x & 0xffff, ins.x as u32 >> 16, ins.y)),
        Extra::Index if ins.op == Opcode::Switch => {
            let targets: Vec<String> = program.tables[ins.x as usize].iter().map(|t| (t - func.entry).to_string()).collect();
            operand(&mut text, format!("-> [{}]", targets.join(" ")));
        }
        Extra::Index if matches!(ins.op, Opcode::Save | Opcode::Reload) => operand(&mut text, mask(ins.x as u32)),
        Extra::Index if ins.op == Opcode::Trap => {
            operand(&mut text, format!("site {}", ins.x));
            for slot in [ins.a, ins.b].into_iter().filter(|&slot| slot != NO_SLOT) {
                operand(&mut text, format!("i{slot}"));
            }
        }
        Extra::Index => operand(&mut text, format!("#{}", ins.x)),
        Extra::Call => {
            let callee = match ins.op {
                Opcode::Call => program.funcs[ins.y as usize].name.clone(),
                _ => format!("i{}", ins.x),
            };
            operand(&mut text, callee);
            if ins.a != NO_SLOT {
                operand(&mut text, format!("to {}", ins.a));
            }
        }
    }
    text
}

fn mask(bits: u32) -> String {
    let names = (0..14).filter(|b| bits >> b & 1 == 1).map(|b| match b {
        0..4 => format!("i{b}"),
        4..12 => format!("f{}", b - 4),
        _ => format!("r{}", b - 12),
    });
    names.collect::<Vec<_>>().join(" ")
}
