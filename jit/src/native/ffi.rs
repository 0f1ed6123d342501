//! What `cnative/rt/mochi.h` and `glue.c` offer, as Rust sees it.

use std::ffi::c_void;

pub type Cell = u64;

#[repr(C)]
pub struct Type {
    pub id: u32,
    pub last: u32,
    pub size: u32,
    pub element_size: u32,
    pub kind: u8,
    pub elements: u8,
    pub traced_count: u16,
    pub traced: *const u32,
}

pub const STRUCT: u8 = 0;
pub const ARRAY: u8 = 1;
pub const HEAD_STATIC: u32 = 0x100_0000;

/// The head of `mochi_State`; the fields behind are C's own business.
#[repr(C)]
pub struct State {
    pub root_top: *mut Cell,
}

#[repr(C)]
pub struct Global {
    pub address: *mut c_void,
    pub is_cell: bool,
}

#[repr(C)]
pub struct Config {
    pub types: *const Type,
    pub type_count: u32,
    pub global_count: u32,
    pub globals: *const Global,
    pub roots: *mut Cell,
    pub root_count: usize,
    pub heap_limit: usize,
    pub threshold: usize,
    pub mark_stack: usize,
    pub stress: bool,
    pub trap: Option<extern "C-unwind" fn(site: i32, a: i64, b: i64)>,
}

unsafe extern "C-unwind" {
    pub fn mochi_start(config: *const Config);
    pub fn mochi_stop();
    pub fn mochi_state_address() -> *mut State;
    pub fn mochi_alloc_struct(ty: *const Type) -> u64;
    pub fn mochi_alloc_array(ty: *const Type, len: i32) -> u64;

    pub fn jit_run_of(size: usize) -> *mut c_void;
    pub fn jit_any_kind(cell: Cell) -> u32;
    pub fn jit_any_to_i64(cell: Cell) -> i64;
    pub fn jit_any_to_f64(cell: Cell) -> f64;
    pub fn jit_any_from_i64(value: i64) -> Cell;
    pub fn jit_any_from_f64(value: f64) -> Cell;
    pub fn jit_any_is(cell: Cell, ty: *const Type) -> bool;
    pub fn jit_copy(to: u64, at: i32, from: u64, from_at: i32, count: i32, log2: u32);
    pub fn jit_fill(array: u64, at: i32, value: u64, count: i32, log2: u32);

    pub fn mochi_host_write(stream: i32, bytes: u64, at: i32, count: i32) -> i32;
    pub fn mochi_host_read(bytes: u64, at: i32, count: i32) -> i32;
    pub fn mochi_host_is_terminal(stream: i32) -> i32;
    pub fn mochi_host_env(name: u64, out: u64) -> i32;
    pub fn mochi_host_clock() -> i64;
    pub fn mochi_host_file_size(path: u64) -> i64;
    pub fn mochi_host_file_read(bytes: u64, at: i32, count: i32) -> i32;
    pub fn mochi_host_file_create(path: u64) -> i32;
    pub fn mochi_host_file_write(bytes: u64, at: i32, count: i32) -> i32;
    pub fn mochi_host_file_close() -> i32;
    pub fn mochi_host_memory_used() -> i64;
}
