//! Routines: functions that emitted code calls because inlining them would bloat it. Each is made only if it is used.
//!
//! Tagged values: null is the empty value; an `i31` is a bool (`value << 1 | 1`) or an int of 30 bits (`value << 1`); larger
//! ints and floats are boxed; everything else is a reference. The routines that talk to WASI are in `wasi.rs` and `files.rs`.

use super::assembly::{Assembly, Slot};
use super::code::{Code, Ins};
use super::files;
use super::wasi::{self, Import};
use crate::ir::TypeId;
use wasm_encoder::{BlockType, HeapType, RefType, ValType};

/// Ints from `-SMALL` up to below `SMALL` are kept in an `i31`, with one bit to tell them from bools.
const SMALL: i64 = 1 << 29;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Routine {
    /// The export `wasi:cli/run`: runs main; 0, the result's ok case.
    Run,
    /// Makes the constant byte arrays.
    Start,
    /// So many of them from this one on, where there are more.
    StartPart(u32),
    /// (site): calls the trap function with two zeros.
    TrapAt,
    /// (a, b, site): ends with the site's error unless the signed product fits.
    CheckProduct,
    /// The upper half of the unsigned product.
    MulHigh,
    AnyFromI64,
    AnyToI64,
    AnyKind,
    /// The canonical ABI's allocator, over the arena in linear memory.
    Realloc,
    /// Of this array type: (bytes, at, to, count): copies to linear memory.
    CopyOut(TypeId),
    /// (bytes, at, from, count): copies from linear memory.
    CopyIn(TypeId),
    /// The handle of stream 0, 1 or 2, fetched once.
    Stream(u8),
    /// (handle, bytes, at, count)
    Write(TypeId),
    /// The same with the number of the stream in place of its handle.
    WriteTo(TypeId),
    Read(TypeId),
    IsTerminal(u8),
    IsTerminalOf,
    Exit,
    Clock,
    Env(TypeId, TypeId),
    /// (path address, path length, open flags, descriptor flags): a descriptor, or minus one more than WASI's error code.
    Open,
    /// (path): its bytes at the arena's start; leaves the arena behind them.
    Path(TypeId),
    FileSize(TypeId),
    FileRead(TypeId),
    FileCreate(TypeId),
    FileWrite(TypeId),
    FileClose,
    MemoryUsed,
    /// Asks the host how much may be allocated from here on.
    Pace,
}

impl Routine {
    /// The name in traces; the dot tells that it is not the program's own function.
    pub fn name(self) -> String {
        let name = format!("{self:?}").replace([')', ' ', '$'], "").replace(['(', ','], ".");
        format!("wasm.{name}")
    }

    pub fn signature(self, asm: &Assembly) -> (Vec<ValType>, Vec<ValType>) {
        use ValType::{I32, I64};
        let any = ValType::Ref(RefType::EQREF);
        match self {
            Routine::Run | Routine::Stream(_) | Routine::IsTerminal(_) | Routine::FileClose => (vec![], vec![I32]),
            Routine::Start | Routine::StartPart(_) | Routine::Pace => (vec![], vec![]),
            Routine::TrapAt | Routine::Exit => (vec![I32], vec![]),
            Routine::CheckProduct => (vec![I64, I64, I32], vec![]),
            Routine::MulHigh => (vec![I64, I64], vec![I64]),
            Routine::AnyFromI64 => (vec![I64], vec![any]),
            Routine::AnyToI64 => (vec![any], vec![I64]),
            Routine::AnyKind => (vec![any], vec![I32]),
            Routine::Realloc | Routine::Open => (vec![I32; 4], vec![I32]),
            Routine::CopyOut(t) | Routine::CopyIn(t) => (vec![asm.bytes(t), I32, I32, I32], vec![]),
            Routine::Read(t) | Routine::FileRead(t) | Routine::FileWrite(t) => (vec![asm.bytes(t), I32, I32], vec![I32]),
            Routine::Write(t) | Routine::WriteTo(t) => (vec![I32, asm.bytes(t), I32, I32], vec![I32]),
            Routine::IsTerminalOf => (vec![I32], vec![I32]),
            Routine::Clock | Routine::MemoryUsed => (vec![], vec![I64]),
            Routine::Env(name, out) => (vec![asm.bytes(name), asm.bytes(out)], vec![I32]),
            Routine::Path(t) => (vec![asm.bytes(t)], vec![]),
            Routine::FileSize(t) => (vec![asm.bytes(t)], vec![I64]),
            Routine::FileCreate(t) => (vec![asm.bytes(t)], vec![I32]),
        }
    }

    /// Writes the body; the parameters are the first locals.
    pub fn write(self, asm: &mut Assembly, c: &mut Code) {
        match self {
            Routine::Run => run(asm, c),
            Routine::Start => start(asm, c),
            Routine::StartPart(first) => start_part(asm, c, first as usize),
            Routine::TrapAt => trap_at(asm, c),
            Routine::CheckProduct => check_product(asm, c),
            Routine::MulHigh => mul_high(c),
            Routine::AnyFromI64 => any_from_i64(asm, c),
            Routine::AnyToI64 => any_to_i64(asm, c),
            Routine::AnyKind => any_kind(asm, c),
            Routine::Realloc => wasi::realloc(asm, c),
            Routine::CopyOut(t) => wasi::copy_out(asm, c, t),
            Routine::CopyIn(t) => wasi::copy_in(asm, c, t),
            Routine::Stream(n) => wasi::stream(asm, c, n),
            Routine::Write(t) => wasi::write(asm, c, t),
            Routine::WriteTo(t) => wasi::write_to(asm, c, t),
            Routine::Read(t) => wasi::read(asm, c, t),
            Routine::IsTerminal(n) => wasi::is_terminal(asm, c, n),
            Routine::IsTerminalOf => wasi::is_terminal_of(asm, c),
            Routine::Exit => wasi::exit(asm, c),
            Routine::Clock => wasi::clock(asm, c),
            Routine::Env(name, out) => wasi::env(asm, c, name, out),
            Routine::Open => files::open(asm, c),
            Routine::Path(t) => files::path(asm, c, t),
            Routine::FileSize(t) => files::size(asm, c, t),
            Routine::FileRead(t) => files::read(asm, c, t),
            Routine::FileCreate(t) => files::create(asm, c, t),
            Routine::FileWrite(t) => files::write(asm, c, t),
            Routine::FileClose => files::close(asm, c),
            Routine::MemoryUsed => {
                c.i64(0);
            }
            Routine::Pace => {
                let (import, room) = (asm.import(Import::Pace), asm.slot(Slot::Room));
                c.call(import).op(Ins::GlobalSet(room));
            }
        }
    }
}

fn run(asm: &mut Assembly, c: &mut Code) {
    let main = asm.func(asm.module.main.expect("a module that runs has a main function"));
    c.call(main).i32(0);
}

/// Constant byte arrays that one function makes. Cranelift's time grows with the square of them, each being a global of its own.
const DATA_PART: usize = 100;

fn start(asm: &mut Assembly, c: &mut Code) {
    let count = asm.data().len();
    if count <= DATA_PART {
        return start_part(asm, c, 0);
    }
    for first in (0..count).step_by(DATA_PART) {
        let part = asm.routine(Routine::StartPart(first as u32));
        c.call(part);
    }
}

fn start_part(asm: &mut Assembly, c: &mut Code, first: usize) {
    let all = asm.data();
    let mut offset: i32 = all[..first].iter().map(|&(_, data)| asm.module.data[data].len() as i32).sum();
    for &(ty, data) in all[first..].iter().take(DATA_PART) {
        let length = asm.module.data[data].len() as i32;
        let global = asm.slot(Slot::Data(ty, data));
        c.i32(offset).i32(length);
        c.op(Ins::ArrayNewData { array_type_index: asm.types.index(ty), array_data_index: 0 });
        c.op(Ins::GlobalSet(global));
        offset += length;
    }
}

fn trap_at(asm: &mut Assembly, c: &mut Code) {
    let trap = asm.func(asm.module.trap.expect("a module with sites has a trap function"));
    c.get(0).i64(0).i64(0).call(trap);
}

/// The signed upper half of `a * b` must be the sign of the lower half. From the unsigned one, `b` is taken off if `a` is
/// negative and `a` if `b` is (Warren, Hacker's Delight, 8-3).
fn check_product(asm: &mut Assembly, c: &mut Code) {
    let (a, b, site) = (0, 1, 2);
    let high = asm.routine(Routine::MulHigh);
    c.get(a).get(b).call(high);
    for (sign, other) in [(a, b), (b, a)] {
        c.get(sign).i64(63).op(Ins::I64ShrS).get(other).op(Ins::I64And).op(Ins::I64Sub);
    }
    c.get(a).get(b).op(Ins::I64Mul).i64(63).op(Ins::I64ShrS).op(Ins::I64Ne);
    c.cold_if().get(site);
    asm.trap_site(c);
    c.op(Ins::End);
}

/// Schoolbook multiplication by 32-bit halves; no partial sum overflows (Warren, Hacker's Delight, 8-2).
fn mul_high(c: &mut Code) {
    let (a, b) = (0, 1);
    let [low_a, low_b, high_a, high_b, middle] = [(); 5].map(|()| c.local(ValType::I64));
    let mask = 0xffff_ffff;
    for (whole, low, high) in [(a, low_a, high_a), (b, low_b, high_b)] {
        c.get(whole).i64(mask).op(Ins::I64And).set(low);
        c.get(whole).i64(32).op(Ins::I64ShrU).set(high);
    }
    // middle = high_a * low_b + (low_a * low_b >> 32)
    c.get(high_a).get(low_b).op(Ins::I64Mul);
    c.get(low_a).get(low_b).op(Ins::I64Mul).i64(32).op(Ins::I64ShrU).op(Ins::I64Add).set(middle);
    // high_a * high_b + (middle >> 32) + (low_a * high_b + low(middle) >> 32)
    c.get(high_a).get(high_b).op(Ins::I64Mul).get(middle).i64(32).op(Ins::I64ShrU).op(Ins::I64Add);
    c.get(low_a).get(high_b).op(Ins::I64Mul).get(middle).i64(mask).op(Ins::I64And).op(Ins::I64Add);
    c.i64(32).op(Ins::I64ShrU).op(Ins::I64Add);
}

fn any_from_i64(asm: &mut Assembly, c: &mut Code) {
    let n = 0;
    c.get(n).i64(SMALL).op(Ins::I64Add).i64(2 * SMALL).op(Ins::I64LtU);
    c.op(Ins::If(BlockType::Result(ValType::Ref(RefType::EQREF))));
    c.get(n).op(Ins::I32WrapI64).i32(1).op(Ins::I32Shl).op(Ins::RefI31);
    c.op(Ins::Else).get(n).op(Ins::StructNew(asm.types.box_i64())).op(Ins::End);
}

fn any_to_i64(asm: &mut Assembly, c: &mut Code) {
    let any = 0;
    let boxed = asm.types.box_i64();
    c.get(any).op(Ins::RefTestNonNull(HeapType::I31));
    c.op(Ins::If(BlockType::Result(ValType::I64)));
    c.get(any).op(Ins::RefCastNonNull(HeapType::I31)).op(Ins::I31GetS).i32(1).op(Ins::I32ShrS).op(Ins::I64ExtendI32S);
    c.op(Ins::Else).get(any).op(Ins::RefCastNonNull(HeapType::Concrete(boxed)));
    c.op(Ins::StructGet { struct_type_index: boxed, field_index: 0 }).op(Ins::End);
}

/// 0 none, 1 bool, 2 int, 3 float, 4 reference.
fn any_kind(asm: &mut Assembly, c: &mut Code) {
    let any = 0;
    let (boxed_int, boxed_float) = (asm.types.box_i64(), asm.types.box_f64());
    c.get(any).op(Ins::RefIsNull).op(Ins::If(BlockType::Empty)).i32(0).op(Ins::Return).op(Ins::End);
    c.get(any).op(Ins::RefTestNonNull(HeapType::I31)).op(Ins::If(BlockType::Empty));
    // The low bit is set for a bool.
    c.i32(2).get(any).op(Ins::RefCastNonNull(HeapType::I31)).op(Ins::I31GetU).i32(1).op(Ins::I32And).op(Ins::I32Sub);
    c.op(Ins::Return).op(Ins::End);
    for (kind, ty) in [(2, boxed_int), (3, boxed_float)] {
        c.get(any).op(Ins::RefTestNonNull(HeapType::Concrete(ty)));
        c.op(Ins::If(BlockType::Empty)).i32(kind).op(Ins::Return).op(Ins::End);
    }
    c.i32(4);
}
