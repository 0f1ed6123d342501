//! The host functions over lowered WASI 0.2.0 imports: streams, exit, terminals, the clock, the environment.
//!
//! GC arrays cannot cross the boundary, so bytes pass through linear memory:
//!
//! ```text
//!   0        16            128                                         64 KiB ...
//!   | unused | return area | arena: what is written, lists received    | grows for big results
//! ```
//! The arena is empty again at the start of each host function. A write hands at most 4096 bytes to the host, as
//! `blocking-write-and-flush` allows. Handles of the standard streams are fetched at first use. Error details that WASI
//! gives are dropped: the IR's host functions report only that something failed.

use super::assembly::{Assembly, Slot, Symbol};
use super::code::{Code, Ins, Local, mem};
use super::emit::Emitter;
use super::routine::Routine;
use crate::ir::{Host, Imm, InstKind, Op, Type, TypeId, Value};
use wasm_encoder::{BlockType, ValType};

/// The name that a component's `run` has in the core module.
pub const RUN: &str = "wasi:cli/run@0.2.0#run";
/// Where imports put results that do not fit one value; at most 104 bytes.
pub const RET: i32 = 16;
/// Where the arena starts.
pub const ARENA: i32 = 128;
/// The most that one write may hand over.
const CHUNK: i32 = 4096;
/// The most that one read asks for.
pub const READ_MOST: i32 = 32768;

macro_rules! imports {
    ($($variant:ident $interface:literal $name:literal [$($param:ident),*] -> [$($result:ident),*];)*) => {
        /// A lowered WASI function, or `pace` of our own runtime.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Import { $($variant),* }
        impl Import {
            pub fn interface(self) -> &'static str { match self { $(Import::$variant => $interface),* } }
            pub fn name(self) -> &'static str { match self { $(Import::$variant => $name),* } }
            pub fn signature(self) -> (&'static [ValType], &'static [ValType]) {
                match self { $(Import::$variant => (&[$(ValType::$param),*], &[$(ValType::$result),*])),* }
            }
        }
    };
}

imports! {
    GetStdin "wasi:cli/stdin@0.2.0" "get-stdin" [] -> [I32];
    GetStdout "wasi:cli/stdout@0.2.0" "get-stdout" [] -> [I32];
    GetStderr "wasi:cli/stderr@0.2.0" "get-stderr" [] -> [I32];
    TerminalStdin "wasi:cli/terminal-stdin@0.2.0" "get-terminal-stdin" [I32] -> [];
    TerminalStdout "wasi:cli/terminal-stdout@0.2.0" "get-terminal-stdout" [I32] -> [];
    TerminalStderr "wasi:cli/terminal-stderr@0.2.0" "get-terminal-stderr" [I32] -> [];
    Exit "wasi:cli/exit@0.2.0" "exit" [I32] -> [];
    GetEnvironment "wasi:cli/environment@0.2.0" "get-environment" [I32] -> [];
    BlockingRead "wasi:io/streams@0.2.0" "[method]input-stream.blocking-read" [I32, I64, I32] -> [];
    WriteAndFlush "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush" [I32, I32, I32, I32] -> [];
    Now "wasi:clocks/wall-clock@0.2.0" "now" [I32] -> [];
    GetDirectories "wasi:filesystem/preopens@0.2.0" "get-directories" [I32] -> [];
    OpenAt "wasi:filesystem/types@0.2.0" "[method]descriptor.open-at" [I32, I32, I32, I32, I32, I32, I32] -> [];
    Stat "wasi:filesystem/types@0.2.0" "[method]descriptor.stat" [I32, I32] -> [];
    ReadFile "wasi:filesystem/types@0.2.0" "[method]descriptor.read" [I32, I64, I64, I32] -> [];
    WriteFile "wasi:filesystem/types@0.2.0" "[method]descriptor.write" [I32, I32, I32, I64, I32] -> [];
    Pace "mochi:heap" "pace" [] -> [I32];
    DropDescriptor "wasi:filesystem/types@0.2.0" "[resource-drop]descriptor" [I32] -> [];
}

/// Emits the call of a host function; where the stream is constant, only that stream is imported.
pub fn call(e: &mut Emitter, host: Host, args: &[Value]) {
    let stream = args.first().and_then(|&v| constant(e, v));
    let bytes = |at: usize| match e.func.ty(args[at]) {
        Type::Ref { to, .. } => to,
        other => unreachable!("{} takes bytes, not {other:?}", host.name()),
    };
    let (routine, skip) = match host {
        Host::Write => match stream {
            Some(n @ (1 | 2)) => {
                let handle = e.asm.routine(Routine::Stream(n));
                e.code.call(handle);
                (Routine::Write(bytes(1)), 1)
            }
            _ => (Routine::WriteTo(bytes(1)), 0),
        },
        Host::Read => (Routine::Read(bytes(0)), 0),
        Host::IsTerminal => match stream {
            Some(n @ 0..=2) => (Routine::IsTerminal(n), 1),
            _ => (Routine::IsTerminalOf, 0),
        },
        Host::Exit => (Routine::Exit, 0),
        Host::Env => (Routine::Env(bytes(0), bytes(1)), 0),
        Host::Clock => (Routine::Clock, 0),
        Host::FileSize => (Routine::FileSize(bytes(0)), 0),
        Host::FileRead => (Routine::FileRead(bytes(0)), 0),
        Host::FileCreate => (Routine::FileCreate(bytes(0)), 0),
        Host::FileWrite => (Routine::FileWrite(bytes(0)), 0),
        Host::FileClose => (Routine::FileClose, 0),
        Host::MemoryUsed => (Routine::MemoryUsed, 0),
    };
    args[skip..].iter().for_each(|&v| e.operand(v));
    let symbol = e.asm.routine(routine);
    e.code.call(symbol);
    if host.diverges() {
        e.code.op(Ins::Unreachable);
    }
}

fn constant(e: &Emitter, value: Value) -> Option<u8> {
    if e.plan.place(value) != super::plan::Place::Again {
        return None;
    }
    match e.func.insts[e.plan.def(value)].kind {
        InstKind::Op { op: Op::I32Const, imm: Imm::I32(n), .. } => u8::try_from(n).ok(),
        _ => None,
    }
}

impl Code {
    /// Pushes a u8 or i32 of the return area.
    pub fn ret_u8(&mut self, offset: u32) -> &mut Self {
        self.i32(0).op(Ins::I32Load8U(mem(RET as u32 + offset, 0)))
    }
    pub fn ret_i32(&mut self, offset: u32) -> &mut Self {
        self.i32(0).op(Ins::I32Load(mem(RET as u32 + offset, 2)))
    }
    /// `while` over an i32 local that is not zero.
    pub fn while_not_zero(&mut self, local: Local, body: impl FnOnce(&mut Code)) {
        self.op(Ins::Block(BlockType::Empty)).op(Ins::Loop(BlockType::Empty));
        self.get(local).op(Ins::I32Eqz).op(Ins::BrIf(1));
        body(self);
        self.op(Ins::Br(0)).op(Ins::End).op(Ins::End);
    }
    pub fn add_to(&mut self, local: Local, amount: i32) -> &mut Self {
        self.get(local).i32(amount).op(Ins::I32Add).set(local)
    }
    /// Leaves the function with this result if the byte at the return area is not zero.
    pub fn return_if_failed(&mut self, result: i32) -> &mut Self {
        self.ret_u8(0).op(Ins::If(BlockType::Empty)).i32(result).op(Ins::Return).op(Ins::End)
    }
}

/// Empties the arena.
pub fn reset_arena(asm: &mut Assembly, c: &mut Code) {
    let arena = asm.slot(Slot::Arena);
    c.i32(ARENA).op(Ins::GlobalSet(arena));
    // Whoever receives lists needs the allocator.
    asm.routine(Routine::Realloc);
}

/// (old, old size, alignment, new size): the address of fresh memory that starts with the old contents.
pub fn realloc(asm: &mut Assembly, c: &mut Code) {
    let (old, old_size, align, size) = (0, 1, 2, 3);
    let arena = asm.slot(Slot::Arena);
    let (at, missing) = (c.local(ValType::I32), c.local(ValType::I32));
    c.op(Ins::GlobalGet(arena)).get(align).op(Ins::I32Add).i32(1).op(Ins::I32Sub);
    c.i32(0).get(align).op(Ins::I32Sub).op(Ins::I32And).tee(at);
    c.get(size).op(Ins::I32Add).op(Ins::GlobalSet(arena));
    // Whole pages that are missing up to the arena's new end.
    c.op(Ins::GlobalGet(arena)).i32(65535).op(Ins::I32Add).i32(16).op(Ins::I32ShrU);
    c.op(Ins::MemorySize(0)).op(Ins::I32Sub).tee(missing).i32(0).op(Ins::I32GtS).op(Ins::If(BlockType::Empty));
    c.get(missing).op(Ins::MemoryGrow(0)).i32(-1).op(Ins::I32Eq);
    c.op(Ins::If(BlockType::Empty)).op(Ins::Unreachable).op(Ins::End).op(Ins::End);
    c.get(at).get(old).get(old_size).op(Ins::MemoryCopy { src_mem: 0, dst_mem: 0 }).get(at);
}

/// (bytes, at, to, count). Eight bytes a turn: accesses to one array in one block share their checks.
pub fn copy_out(asm: &mut Assembly, c: &mut Code, ty: TypeId) {
    let (bytes, at, to, count) = (0, 1, 2, 3);
    let array = asm.types.index(ty);
    let copy = |c: &mut Code, i: i32| {
        c.get(to).get(bytes).get(at);
        if i > 0 {
            c.i32(i).op(Ins::I32Add);
        }
        c.op(Ins::ArrayGetU(array)).op(Ins::I32Store8(mem(i as u32, 0)));
    };
    chunked(c, at, to, count, copy);
}

/// (bytes, at, from, count).
pub fn copy_in(asm: &mut Assembly, c: &mut Code, ty: TypeId) {
    let (bytes, at, from, count) = (0, 1, 2, 3);
    let array = asm.types.index(ty);
    let copy = |c: &mut Code, i: i32| {
        c.get(bytes).get(at);
        if i > 0 {
            c.i32(i).op(Ins::I32Add);
        }
        c.get(from).op(Ins::I32Load8U(mem(i as u32, 0))).op(Ins::ArraySet(array));
    };
    chunked(c, at, from, count, copy);
}

/// Copies `count` bytes with `copy`, which copies the `i`-th byte from where `a` and `b` stand.
fn chunked(c: &mut Code, a: Local, b: Local, count: Local, copy: impl Fn(&mut Code, i32)) {
    c.op(Ins::Block(BlockType::Empty)).op(Ins::Loop(BlockType::Empty));
    c.get(count).i32(8).op(Ins::I32LtU).op(Ins::BrIf(1));
    (0..8).for_each(|i| copy(c, i));
    c.add_to(a, 8).add_to(b, 8).add_to(count, -8).op(Ins::Br(0)).op(Ins::End).op(Ins::End);
    c.while_not_zero(count, |c| {
        copy(c, 0);
        c.add_to(a, 1).add_to(b, 1).add_to(count, -1);
    });
}

pub fn stream(asm: &mut Assembly, c: &mut Code, number: u8) {
    let (import, name) = match number {
        0 => (Import::GetStdin, "stdin"),
        1 => (Import::GetStdout, "stdout"),
        _ => (Import::GetStderr, "stderr"),
    };
    let (handle, fetch) = (asm.slot(Slot::Handle(name)), asm.import(import));
    c.op(Ins::GlobalGet(handle)).i32(0).op(Ins::I32LtS).op(Ins::If(BlockType::Empty));
    c.call(fetch).op(Ins::GlobalSet(handle)).op(Ins::End).op(Ins::GlobalGet(handle));
}

/// (handle, bytes, at, count): 0, 1 if it fails, 2 if the stream is closed.
pub fn write(asm: &mut Assembly, c: &mut Code, ty: TypeId) {
    let handle = 0;
    let write = asm.import(Import::WriteAndFlush);
    in_chunks(asm, c, ty, [1, 2, 3], |c, now| {
        c.get(handle).i32(ARENA).get(now).i32(RET).call(write);
        // The stream error: 0 the operation failed, 1 closed.
        c.ret_u8(0).op(Ins::If(BlockType::Empty)).ret_u8(4).i32(1).op(Ins::I32Add).op(Ins::Return).op(Ins::End);
    });
}

/// Hands over (bytes, at, count) in pieces that `give` passes on from the arena, or leaves the function; then pushes 0.
pub fn in_chunks(asm: &mut Assembly, c: &mut Code, ty: TypeId, range: [Local; 3], give: impl FnOnce(&mut Code, Local)) {
    let [bytes, at, count] = range;
    let now = c.local(ValType::I32);
    let copy = asm.routine(Routine::CopyOut(ty));
    c.while_not_zero(count, |c| {
        c.get(count).i32(CHUNK).get(count).i32(CHUNK).op(Ins::I32LtU).op(Ins::Select).set(now);
        c.get(bytes).get(at).i32(ARENA).get(now).call(copy);
        give(c, now);
        c.get(at).get(now).op(Ins::I32Add).set(at);
        c.get(count).get(now).op(Ins::I32Sub).set(count);
    });
    c.i32(0);
}

/// (stream, bytes, at, count): any stream but 2 is standard output.
pub fn write_to(asm: &mut Assembly, c: &mut Code, ty: TypeId) {
    let (number, bytes, at, count) = (0, 1, 2, 3);
    let [out, err] = [1, 2].map(|n| asm.routine(Routine::Stream(n)));
    let write = asm.routine(Routine::Write(ty));
    choose(c, number, 2, |c, is_err| {
        c.call(if is_err { err } else { out });
    });
    c.get(bytes).get(at).get(count).call(write);
}

fn choose(c: &mut Code, number: Local, wanted: i32, mut arm: impl FnMut(&mut Code, bool)) {
    c.get(number).i32(wanted).op(Ins::I32Eq).op(Ins::If(BlockType::Result(ValType::I32)));
    arm(c, true);
    c.op(Ins::Else);
    arm(c, false);
    c.op(Ins::End);
}

/// (bytes, at, count): the number read, 0 at the end. An empty list is no end: the stream is asked again.
pub fn read(asm: &mut Assembly, c: &mut Code, ty: TypeId) {
    let (bytes, at, count) = (0, 1, 2);
    let got = c.local(ValType::I32);
    let handle = asm.routine(Routine::Stream(0));
    let (read, copy) = (asm.import(Import::BlockingRead), asm.routine(Routine::CopyIn(ty)));
    c.get(count).op(Ins::I32Eqz).op(Ins::If(BlockType::Empty)).i32(0).op(Ins::Return).op(Ins::End);
    c.op(Ins::Loop(BlockType::Empty));
    reset_arena(asm, c);
    c.call(handle);
    least(c, count, READ_MOST);
    c.op(Ins::I64ExtendI32U).i32(RET).call(read).return_if_failed(0);
    c.ret_i32(8).tee(got).op(Ins::I32Eqz).op(Ins::BrIf(0)).op(Ins::End);
    c.get(bytes).get(at).ret_i32(4).get(got).call(copy).get(got);
}

/// Pushes the smaller of a local and a constant, unsigned.
pub fn least(c: &mut Code, local: Local, most: i32) {
    c.get(local).i32(most).get(local).i32(most).op(Ins::I32LtU).op(Ins::Select);
}

pub fn is_terminal(asm: &mut Assembly, c: &mut Code, number: u8) {
    let import = match number {
        0 => Import::TerminalStdin,
        1 => Import::TerminalStdout,
        _ => Import::TerminalStderr,
    };
    let terminal = asm.import(import);
    c.i32(RET).call(terminal).ret_u8(0);
}

pub fn is_terminal_of(asm: &mut Assembly, c: &mut Code) {
    let number = 0;
    let [stdin, stdout, stderr] = [0, 1, 2].map(|n| asm.routine(Routine::IsTerminal(n)));
    choose(c, number, 1, |c, is_out| {
        if is_out {
            c.call(stdout);
        } else {
            choose(c, number, 2, |c, is_err| {
                c.call(if is_err { stderr } else { stdin });
            });
        }
    });
}

/// WASI 0.2.0 knows success and failure only: any code but 0 becomes 1.
pub fn exit(asm: &mut Assembly, c: &mut Code) {
    let exit = asm.import(Import::Exit);
    c.get(0).i32(0).op(Ins::I32Ne).call(exit);
}

pub fn clock(asm: &mut Assembly, c: &mut Code) {
    let now = asm.import(Import::Now);
    c.i32(RET).call(now);
    c.i32(0).op(Ins::I64Load(mem(RET as u32, 3))).i64(1_000_000_000).op(Ins::I64Mul);
    c.ret_i32(8).op(Ins::I64ExtendI32U).op(Ins::I64Add);
}

/// (name, out): looks through the list of pairs; each is (name address, length, value address, length).
pub fn env(asm: &mut Assembly, c: &mut Code, name_type: TypeId, out_type: TypeId) {
    let (name, out) = (0, 1);
    let [pair, left, i, length] = [(); 4].map(|()| c.local(ValType::I32));
    let get: Symbol = asm.import(Import::GetEnvironment);
    let copy = asm.routine(Routine::CopyIn(out_type));
    let bytes = asm.types.index(name_type);
    let load = |c: &mut Code, offset: u32| {
        c.get(pair).op(Ins::I32Load(mem(offset, 2)));
    };
    reset_arena(asm, c);
    c.i32(RET).call(get);
    c.ret_i32(0).set(pair).ret_i32(4).set(left).get(name).op(Ins::ArrayLen).set(length);
    c.while_not_zero(left, |c| {
        c.op(Ins::Block(BlockType::Empty));
        load(c, 4);
        c.get(length).op(Ins::I32Ne).op(Ins::BrIf(0));
        c.i32(0).set(i).op(Ins::Block(BlockType::Empty)).op(Ins::Loop(BlockType::Empty));
        c.get(i).get(length).op(Ins::I32Eq).op(Ins::BrIf(1));
        load(c, 0);
        c.get(i).op(Ins::I32Add).op(Ins::I32Load8U(mem(0, 0)));
        c.get(name).get(i).op(Ins::ArrayGetU(bytes)).op(Ins::I32Ne).op(Ins::BrIf(2));
        c.add_to(i, 1).op(Ins::Br(0)).op(Ins::End).op(Ins::End);
        // The smaller of the value's length and the room for it.
        c.get(out).i32(0);
        load(c, 8);
        load(c, 12);
        c.get(out).op(Ins::ArrayLen);
        load(c, 12);
        c.get(out).op(Ins::ArrayLen).op(Ins::I32LtU).op(Ins::Select).call(copy);
        load(c, 12);
        c.op(Ins::Return).op(Ins::End);
        c.add_to(pair, 16).add_to(left, -1);
    });
    c.i32(-1);
}
