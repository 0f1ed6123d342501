//! The same text for other machines: a Cortex-M3 in QEMU with its heap in static memory, and whatever else is here.

use cnative::{COptions, emit};
use compiler::ir::{parse::parse, verify::verify};
use std::path::Path;
use std::process::Command;

#[path = "tools.rs"]
#[allow(dead_code)] // each test uses a part of it
mod tools;
use tools::{Scratch, is_here};

fn program(options: &COptions) -> String {
    let module = parse(include_str!("arm/program.ir")).unwrap_or_else(|e| panic!("{e}"));
    emit(&verify(module).unwrap_or_else(|e| panic!("{e:?}")), options)
}

/// 200 trees of 255 nodes are 51000 nodes; the program exits with the thousands.
const NODES: i32 = 51;

fn build(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
}

fn assert_runs(command: &mut Command) {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).replace('\r', "");
    assert_eq!((text.trim_end(), output.status.code()), ("hello from the chip", Some(NODES)), "{command:?}");
}

#[test]
fn a_microcontroller() {
    if !is_here("arm-none-eabi-gcc") || !is_here("qemu-system-arm") {
        return;
    }
    let scratch = Scratch::new("arm");
    let (source, elf) = (scratch.path("program.c"), scratch.path("program.elf"));
    // One tree has 255 nodes of 12 bytes; the heap holds three.
    std::fs::write(&source, program(&COptions { embedded: Some(12 << 10), ..COptions::default() })).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arm");
    let flags = "-std=gnu11 -Wall -Wextra -Werror -mcpu=cortex-m3 -mthumb -Os -ffunction-sections -fdata-sections -Wl,--gc-sections \
         -nostartfiles --specs=nano.specs";
    let mut gcc = Command::new("arm-none-eabi-gcc");
    gcc.args(flags.split_whitespace()).arg("-T").arg(folder.join("mps2.ld")).arg(folder.join("start.c"));
    build(gcc.arg(&source).arg("-o").arg(&elf));
    let mut qemu = Command::new("qemu-system-arm");
    qemu.args(["-M", "mps2-an385", "-nographic", "-semihosting-config", "enable=on,target=native", "-kernel"]).arg(&elf);
    assert_runs(&mut qemu);
}

#[test]
fn each_compiler_without_a_warning() {
    for compiler in tools::compilers() {
        let scratch = Scratch::new(&format!("targets-{}", compiler.name));
        let path = compiler.build(&scratch, &program(&COptions::default())).unwrap_or_else(|e| panic!("{e}"));
        assert_runs(&mut Command::new(path));
    }
}

#[test]
fn text_is_deterministic_and_complete() {
    let text = program(&COptions::default());
    assert_eq!(text, program(&COptions::default()));
    let own_include = text.lines().find(|line| line.starts_with("#include \""));
    assert_eq!(own_include, None, "an inline runtime includes nothing of its own");
    // A second look at what the C is like: names, structure, and no frame where none is needed.
    for line in [
        "static node *make(int64_t depth) {",
        "    while (i < 200) {",
        "    return mochi_i64_add(mochi_i64_add(result, count(mochi_deref(n)->right)), 1);",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}
