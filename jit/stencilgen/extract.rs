//! From C to the table: runs clang, reads the object file, trims each stencil, prints the table.
//!
//! Trimming (x86-64): a final jump to what follows is cut; `jcc what-follows; jmp target` becomes one inverted `jcc target`; a
//! short `jcc` over a jump to what follows, onto the final jump to the target, becomes a near `jcc target` that falls
//! through. On aarch64 the final branch is cut, and a conditional branch pair folded likewise.

use super::source::{Arch, source};
use jit::stencil::{Fix, NO_CODE, What, bases};
use object::{Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// The compiler that the checked-in tables come from.
pub const CLANG: &str = "clang-19";

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Hole {
    at: usize,
    fix: u8,
    what: u8,
    addend: i64,
}

struct Stencil {
    code: Vec<u8>,
    holes: Vec<Hole>,
}

/// The text of an architecture's table.
pub fn generate(arch: Arch, root: &Path) -> Result<String, String> {
    let version = clang_version()?;
    let object = compile(arch, root)?;
    let stencils = read(arch, &object)?;
    let table = encode(&stencils);
    Ok(print(arch, &version, &stencils, &table))
}

/// The first line of `clang --version` without the distribution's part.
pub fn clang_version() -> Result<String, String> {
    let output = Command::new(CLANG).arg("--version").output().map_err(|e| format!("{CLANG}: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let words = text.split_whitespace().skip_while(|w| *w != "version").nth(1);
    words.map(str::to_string).ok_or_else(|| format!("{CLANG} --version says nothing"))
}

fn compile(arch: Arch, root: &Path) -> Result<Vec<u8>, String> {
    let folder = std::env::temp_dir().join(format!("mochi-stencils-{}-{arch:?}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let (c, o) = (folder.join("stencils.c"), folder.join("stencils.o"));
    std::fs::write(&c, source(arch)).map_err(|e| e.to_string())?;
    let mut clang = Command::new(CLANG);
    clang.args(arch.flags()).args(["-std=gnu11", "-O2", "-fno-pic", "-ffunction-sections", "-ffp-contract=off"]);
    clang.args(["-fno-asynchronous-unwind-tables", "-fno-stack-protector", "-fcf-protection=none"]);
    clang.args(["-fomit-frame-pointer", "-w", "-U__STDC_HOSTED__", "-D__STDC_HOSTED__=0", "-I"]).arg(root.join("stencilgen/include"));
    clang.arg("-I").arg(root.join("../cnative/rt")).arg("-c").arg(&c).arg("-o").arg(&o);
    let output = clang.output().map_err(|e| format!("{CLANG}: {e}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{CLANG} {}:\n{}", c.display(), errors.lines().take(30).collect::<Vec<_>>().join("\n")));
    }
    let object = std::fs::read(&o).map_err(|e| e.to_string())?;
    std::fs::remove_dir_all(&folder).map_err(|e| e.to_string())?;
    Ok(object)
}

fn read(arch: Arch, object: &[u8]) -> Result<BTreeMap<usize, Stencil>, String> {
    let file = object::File::parse(object).map_err(|e| e.to_string())?;
    let mut stencils = BTreeMap::new();
    for symbol in file.symbols() {
        let name = symbol.name().map_err(|e| e.to_string())?;
        let Some(number) = name.strip_prefix("st_").and_then(|n| n.parse().ok()) else { continue };
        let section = symbol.section_index().ok_or("a stencil without a section")?;
        let section = file.section_by_index(section).map_err(|e| e.to_string())?;
        let code = section.data().map_err(|e| e.to_string())?.to_vec();
        let mut holes = Vec::new();
        for (at, relocation) in section.relocations() {
            let RelocationTarget::Symbol(target) = relocation.target() else { return Err(format!("{name}: odd target")) };
            let target = file.symbol_by_index(target).map_err(|e| e.to_string())?;
            let target = target.name().map_err(|e| e.to_string())?;
            let RelocationFlags::Elf { r_type } = relocation.flags() else { return Err("no ELF".into()) };
            let what = What::SYMBOLS.iter().find(|s| s.0 == target).map(|s| s.1);
            let what = what.ok_or_else(|| format!("{name} refers to `{target}`: stencils must be self-contained"))?;
            let fix = fix_of(arch, r_type).ok_or_else(|| format!("{name}: relocation {r_type} of {target}"))?;
            holes.push(Hole { at: at as usize, fix: fix as u8, what: what as u8, addend: relocation.addend() });
        }
        holes.sort();
        let mut stencil = Stencil { code, holes };
        match arch {
            Arch::X86_64 => trim_x86_64(&mut stencil),
            Arch::Aarch64 => trim_aarch64(&mut stencil),
        }
        stencils.insert(number, stencil);
    }
    Ok(stencils)
}

fn fix_of(arch: Arch, relocation: u32) -> Option<Fix> {
    Some(match (arch, relocation) {
        (Arch::X86_64, 1) => Fix::Abs64,
        // Zero-extended is as good where the value is not negative: offsets.
        (Arch::X86_64, 10 | 11) => Fix::Abs32,
        (Arch::X86_64, 2 | 4) => Fix::Pc32,
        (Arch::X86_64, 14) => Fix::Abs8,
        (Arch::Aarch64, 282 | 283) => Fix::Branch26,
        (Arch::Aarch64, 286) => Fix::Offset12,
        (Arch::Aarch64, 277) => Fix::Add12,
        (Arch::Aarch64, 263 | 264) => Fix::Move0,
        (Arch::Aarch64, 265 | 266) => Fix::Move1,
        (Arch::Aarch64, 267 | 268) => Fix::Move2,
        (Arch::Aarch64, 269) => Fix::Move3,
        (Arch::Aarch64, 280) => Fix::Branch19,
        _ => return None,
    })
}

fn is(hole: Option<&Hole>, what: What, at: usize) -> bool {
    hole.is_some_and(|h| h.what == what as u8 && h.at == at)
}

fn trim_x86_64(s: &mut Stencil) {
    const JMP: u8 = 0xe9;
    fold_cold_edge(s);
    let (n, holes) = (s.code.len(), s.holes.len());
    let ends_in_jump = n >= 5 && s.code[n - 5] == JMP;
    let near_jcc = n >= 11 && s.code[n - 11] == 0x0f && s.code[n - 10] & 0xf0 == 0x80;
    if ends_in_jump
        && near_jcc
        && holes >= 2
        && is(s.holes.last(), What::Target, n - 4)
        && is(s.holes.get(holes - 2), What::Continue, n - 9)
    {
        s.code[n - 10] ^= 1;
        s.code.truncate(n - 5);
        s.holes.pop();
        s.holes[holes - 2].what = What::Target as u8;
    } else if ends_in_jump && is(s.holes.last(), What::Continue, n - 4) {
        s.code.truncate(n - 5);
        s.holes.pop();
    }
}

/// `jcc short L; ...; jmp CONTINUE; L: jmp TARGET` -> `jcc near TARGET; ...`.
fn fold_cold_edge(s: &mut Stencil) {
    let (n, count) = (s.code.len(), s.holes.len());
    if n < 12 || count < 2 || s.code[n - 5] != 0xe9 || s.code[n - 10] != 0xe9 {
        return;
    }
    if !is(s.holes.last(), What::Target, n - 4) || !is(s.holes.get(count - 2), What::Continue, n - 9) {
        return;
    }
    let is_jump = |p: usize| s.code[p] & 0xf0 == 0x70 && p + 2 + s.code[p + 1] as usize == n - 5;
    let in_hole = |p: usize| s.holes.iter().any(|h| p + 1 >= h.at && p < h.at + 8);
    let jumps: Vec<usize> = (0..n - 11).filter(|&p| is_jump(p) && !in_hole(p)).collect();
    let [jump] = jumps[..] else { return };
    // Only one jump may be moved over; any other short jump past it would go astray.
    let other = (0..n - 11).any(|p| p != jump && matches!(s.code[p], 0x70..=0x7f | 0xeb) && !in_hole(p));
    if other {
        return;
    }
    let mut code = s.code[..jump].to_vec();
    code.extend([0x0f, 0x80 | s.code[jump] & 0xf, 0, 0, 0, 0]);
    code.extend(&s.code[jump + 2..n - 10]);
    s.holes.truncate(count - 2);
    for hole in s.holes.iter_mut().filter(|h| h.at > jump) {
        hole.at += 4;
    }
    s.holes.push(Hole { at: jump + 2, fix: Fix::Pc32 as u8, what: What::Target as u8, addend: -4 });
    s.holes.sort();
    s.code = code;
}

fn trim_aarch64(s: &mut Stencil) {
    let (n, count) = (s.code.len(), s.holes.len());
    let last_is = |s: &Stencil, what| is(s.holes.last(), what, n - 4) && s.holes[count - 1].fix == Fix::Branch26 as u8;
    if n >= 8
        && count >= 2
        && last_is(s, What::Target)
        && is(s.holes.get(count - 2), What::Continue, n - 8)
        && s.holes[count - 2].fix == Fix::Branch19 as u8
        && s.code[n - 5] == 0x54
    {
        s.code[n - 8] ^= 1;
        s.code.truncate(n - 4);
        s.holes.pop();
        s.holes[count - 2].what = What::Target as u8;
    } else if n >= 4 && last_is(s, What::Continue) {
        s.code.truncate(n - 4);
        s.holes.pop();
    }
}

/// The records, see `jit::stencil`.
fn encode(stencils: &BTreeMap<usize, Stencil>) -> Vec<u8> {
    let count = *bases().last().expect("a number of stencils");
    let mut out = Vec::new();
    for number in 0..count {
        let Some(stencil) = stencils.get(&number) else {
            out.extend(NO_CODE.to_le_bytes());
            continue;
        };
        out.extend(u16::try_from(stencil.code.len()).expect("a short stencil").to_le_bytes());
        out.push(u8::try_from(stencil.holes.len()).expect("few holes"));
        for hole in &stencil.holes {
            out.extend(u16::try_from(hole.at).expect("a short stencil").to_le_bytes());
            out.extend([hole.fix, hole.what, i8::try_from(hole.addend).expect("a small addend") as u8]);
        }
        out.extend(&stencil.code);
    }
    out
}

fn print(arch: Arch, version: &str, stencils: &BTreeMap<usize, Stencil>, table: &[u8]) -> String {
    let code: usize = stencils.values().map(|s| s.code.len()).sum();
    let mut out = String::from("//! Generated by `cargo run --release -p jit --example stencilgen`; do not edit.\n");
    let _ = writeln!(out, "//! {arch:?}: {} stencils, {code} bytes of code.\n", stencils.len());
    out.push_str("/// The compiler that made the stencils; the test that regenerates them names it.\n#[allow(dead_code)]\n");
    let _ = writeln!(out, "pub const CLANG_VERSION: &str = \"{version}\";\n");
    out.push_str("/// The records in the order of `stencil::Group::all`.\n#[rustfmt::skip]\n#[allow(clippy::octal_escapes)]\npub static TABLE: &[u8] = b\"\\\n");
    for line in table.chunks(64) {
        for &byte in line {
            match byte {
                b'"' | b'\\' => {
                    let _ = write!(out, "\\{}", byte as char);
                }
                // A space at the start of a line would be skipped.
                b'!'..=b'~' => out.push(byte as char),
                0 => out.push_str("\\0"),
                _ => {
                    let _ = write!(out, "\\x{byte:02x}");
                }
            }
        }
        out.push_str("\\\n");
    }
    out.push_str("\";\n");
    out
}
