//! The host functions for files, over `wasi:filesystem`.
//!
//! A path is resolved against the preopened directories: a relative one against the directory `.`, an absolute one against
//! the longest directory name that is a prefix of it. One file can be open for reading and one for writing; each keeps its
//! position in a global, since WASI's descriptors have none.

use super::assembly::{Assembly, Slot};
use super::code::{Code, Ins, mem};
use super::routine::Routine;
use super::wasi::{ARENA, Import, READ_MOST, RET, in_chunks, least, reset_arena};
use crate::ir::TypeId;
use wasm_encoder::{BlockType, ValType};

const READER: Slot = Slot::Handle("reader");
const WRITER: Slot = Slot::Handle("writer");
const READ_AT: Slot = Slot::Offset("read");
const WRITE_AT: Slot = Slot::Offset("write");

const FOLLOW_LINKS: i32 = 1;
const CREATE_AND_TRUNCATE: i32 = 1 | 8;
const FOR_READING: i32 = 1;
const FOR_WRITING: i32 = 2;
/// WASI's error codes for "there is no such file": no-entry and not-directory.
const NOT_FOUND: [i32; 2] = [20, 24];

/// (path): copies it to the arena's start.
pub fn path(asm: &mut Assembly, c: &mut Code, ty: TypeId) {
    let bytes = 0;
    let at = c.local(ValType::I32);
    reset_arena(asm, c);
    let (realloc, copy) = (asm.routine(Routine::Realloc), asm.routine(Routine::CopyOut(ty)));
    c.i32(0).i32(0).i32(1).get(bytes).op(Ins::ArrayLen).call(realloc).set(at);
    c.get(bytes).i32(0).get(at).get(bytes).op(Ins::ArrayLen).call(copy);
}

/// (path, length, open flags, descriptor flags): a descriptor, or minus one more than WASI's error code.
pub fn open(asm: &mut Assembly, c: &mut Code) {
    let (path, length, open_flags, flags) = (0, 1, 2, 3);
    let [entry, left, best, cut, name, size] = [(); 6].map(|()| c.local(ValType::I32));
    let (directories, open_at) = (asm.import(Import::GetDirectories), asm.import(Import::OpenAt));
    c.i32(-1).set(best).i32(0).set(cut);
    c.i32(RET).call(directories);
    c.ret_i32(0).set(entry).ret_i32(4).set(left);
    c.while_not_zero(left, |c| {
        c.get(entry).op(Ins::I32Load(mem(4, 2))).set(name);
        c.get(entry).op(Ins::I32Load(mem(8, 2))).set(size);
        fits(c, [path, length, name, size, cut]);
        c.op(Ins::If(BlockType::Empty));
        c.get(entry).op(Ins::I32Load(mem(0, 2))).set(best).get(size).set(cut).op(Ins::End);
        c.add_to(entry, 12).add_to(left, -1);
    });
    // No directory for it: "not permitted" would be as true, but it was not found.
    c.get(best).i32(0).op(Ins::I32LtS).op(Ins::If(BlockType::Empty)).i32(-1 - NOT_FOUND[0]).op(Ins::Return).op(Ins::End);
    // A relative path is given whole; of an absolute one, what follows the directory's name and the slashes.
    first_byte(c, path, length);
    c.i32(i32::from(b'/')).op(Ins::I32Eq).op(Ins::If(BlockType::Empty));
    c.get(path).get(cut).op(Ins::I32Add).set(path).get(length).get(cut).op(Ins::I32Sub).set(length);
    c.op(Ins::Block(BlockType::Empty)).op(Ins::Loop(BlockType::Empty));
    first_byte(c, path, length);
    c.i32(i32::from(b'/')).op(Ins::I32Ne).op(Ins::BrIf(1));
    c.add_to(path, 1).add_to(length, -1).op(Ins::Br(0)).op(Ins::End).op(Ins::End).op(Ins::End);
    c.get(best).i32(FOLLOW_LINKS).get(path).get(length).get(open_flags).get(flags).i32(RET).call(open_at);
    c.ret_u8(0).op(Ins::If(BlockType::Result(ValType::I32)));
    c.i32(-1).ret_u8(4).op(Ins::I32Sub).op(Ins::Else).ret_i32(4).op(Ins::End);
}

/// Pushes the first byte of a path, or 0 if it is empty.
fn first_byte(c: &mut Code, path: u32, length: u32) {
    c.get(length).op(Ins::If(BlockType::Result(ValType::I32)));
    c.get(path).op(Ins::I32Load8U(mem(0, 0))).op(Ins::Else).i32(0).op(Ins::End);
}

/// Pushes whether a directory is a better one for the path than the one before, whose name has the length `cut`.
fn fits(c: &mut Code, [path, length, name, size, cut]: [u32; 5]) {
    let i = c.local(ValType::I32);
    c.i32(0).set(i);
    first_byte(c, path, length);
    c.i32(i32::from(b'/')).op(Ins::I32Ne).op(Ins::If(BlockType::Result(ValType::I32)));
    first_byte(c, name, size);
    c.i32(i32::from(b'.')).op(Ins::I32Eq).get(size).i32(1).op(Ins::I32Eq).op(Ins::I32And);
    c.op(Ins::Else);
    // The name is a prefix, and longer than the one found before.
    c.op(Ins::Block(BlockType::Result(ValType::I32))).i32(0);
    c.get(size).get(cut).op(Ins::I32LeU).op(Ins::BrIf(0));
    c.get(size).get(length).op(Ins::I32GtU).op(Ins::BrIf(0)).op(Ins::Drop);
    c.op(Ins::Loop(BlockType::Result(ValType::I32))).i32(1);
    c.get(i).get(size).op(Ins::I32Eq).op(Ins::BrIf(1)).op(Ins::Drop).i32(0);
    for text in [path, name] {
        c.get(text).get(i).op(Ins::I32Add).op(Ins::I32Load8U(mem(0, 0)));
    }
    c.op(Ins::I32Ne).op(Ins::BrIf(1)).op(Ins::Drop).add_to(i, 1).op(Ins::Br(0)).op(Ins::End);
    c.op(Ins::End).op(Ins::End);
}

/// Opens the path in the arena; leaves the descriptor in `slot` and pushes it, or what `Open` gives.
fn open_into(asm: &mut Assembly, c: &mut Code, ty: TypeId, slot: Slot, open_flags: i32, flags: i32) {
    let bytes = 0;
    let (path, open) = (asm.routine(Routine::Path(ty)), asm.routine(Routine::Open));
    let handle = asm.slot(slot);
    drop_file(asm, c, slot);
    c.get(bytes).call(path);
    c.i32(ARENA).get(bytes).op(Ins::ArrayLen).i32(open_flags).i32(flags).call(open);
    c.op(Ins::GlobalSet(handle)).op(Ins::GlobalGet(handle));
}

/// Closes a file that is open.
fn drop_file(asm: &mut Assembly, c: &mut Code, slot: Slot) {
    let (handle, close) = (asm.slot(slot), asm.import(Import::DropDescriptor));
    c.op(Ins::GlobalGet(handle)).i32(0).op(Ins::I32GeS).op(Ins::If(BlockType::Empty));
    c.op(Ins::GlobalGet(handle)).call(close).i32(-1).op(Ins::GlobalSet(handle)).op(Ins::End);
}

/// (path): the size, -1 not found, -2 not readable.
pub fn size(asm: &mut Assembly, c: &mut Code, ty: TypeId) {
    let failed = c.local(ValType::I32);
    let (offset, stat, handle) = (asm.slot(READ_AT), asm.import(Import::Stat), asm.slot(READER));
    c.i64(0).op(Ins::GlobalSet(offset));
    open_into(asm, c, ty, READER, 0, FOR_READING);
    c.tee(failed).i32(0).op(Ins::I32LtS).op(Ins::If(BlockType::Empty));
    c.i64(-1).i64(-2);
    for (i, code) in NOT_FOUND.into_iter().enumerate() {
        c.get(failed).i32(-1 - code).op(Ins::I32Eq);
        if i > 0 {
            c.op(Ins::I32Or);
        }
    }
    c.op(Ins::Select).op(Ins::Return).op(Ins::End);
    // A directory opens, but has no bytes: its type is not "regular file" (6).
    c.op(Ins::GlobalGet(handle)).i32(RET).call(stat);
    c.ret_u8(0).ret_u8(8).i32(3).op(Ins::I32Eq).op(Ins::I32Or);
    c.op(Ins::If(BlockType::Empty)).i64(-2).op(Ins::Return).op(Ins::End);
    c.i32(0).op(Ins::I64Load(mem(RET as u32 + 24, 3)));
}

/// (bytes, at, count): the number read, 0 at the end, -1 on an error.
pub fn read(asm: &mut Assembly, c: &mut Code, ty: TypeId) {
    let (bytes, at, count) = (0, 1, 2);
    let got = c.local(ValType::I32);
    let (handle, offset, read) = (asm.slot(READER), asm.slot(READ_AT), asm.import(Import::ReadFile));
    let copy = asm.routine(Routine::CopyIn(ty));
    reset_arena(asm, c);
    c.op(Ins::GlobalGet(handle)).i32(0).op(Ins::I32LtS).op(Ins::If(BlockType::Empty)).i32(-1).op(Ins::Return).op(Ins::End);
    c.op(Ins::GlobalGet(handle));
    least(c, count, READ_MOST);
    c.op(Ins::I64ExtendI32U).op(Ins::GlobalGet(offset)).i32(RET).call(read).return_if_failed(-1);
    c.ret_i32(8).set(got);
    c.get(bytes).get(at).ret_i32(4).get(got).call(copy);
    c.op(Ins::GlobalGet(offset)).get(got).op(Ins::I64ExtendI32U).op(Ins::I64Add).op(Ins::GlobalSet(offset)).get(got);
}

/// (path): 0, or 1 if it cannot be created.
pub fn create(asm: &mut Assembly, c: &mut Code, ty: TypeId) {
    let offset = asm.slot(WRITE_AT);
    c.i64(0).op(Ins::GlobalSet(offset));
    open_into(asm, c, ty, WRITER, CREATE_AND_TRUNCATE, FOR_WRITING);
    c.i32(0).op(Ins::I32LtS);
}

/// (bytes, at, count): 0, or 1 if it fails. A host may write less than it was given; the rest follows.
pub fn write(asm: &mut Assembly, c: &mut Code, ty: TypeId) {
    let (handle, offset, write) = (asm.slot(WRITER), asm.slot(WRITE_AT), asm.import(Import::WriteFile));
    c.op(Ins::GlobalGet(handle)).i32(0).op(Ins::I32LtS).op(Ins::If(BlockType::Empty)).i32(1).op(Ins::Return).op(Ins::End);
    in_chunks(asm, c, ty, [0, 1, 2], |c, now| {
        c.op(Ins::GlobalGet(handle)).i32(ARENA).get(now).op(Ins::GlobalGet(offset)).i32(RET).call(write);
        c.return_if_failed(1);
        c.ret_i32(8).set(now);
        c.get(now).op(Ins::I32Eqz).op(Ins::If(BlockType::Empty)).i32(1).op(Ins::Return).op(Ins::End);
        c.op(Ins::GlobalGet(offset)).get(now).op(Ins::I64ExtendI32U).op(Ins::I64Add).op(Ins::GlobalSet(offset));
    });
}

/// 0, or 1 if no file is open. WASI's drop has no result, and every write has been checked.
pub fn close(asm: &mut Assembly, c: &mut Code) {
    let handle = asm.slot(WRITER);
    c.op(Ins::GlobalGet(handle)).i32(0).op(Ins::I32LtS);
    drop_file(asm, c, WRITER);
}
