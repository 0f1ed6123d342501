//! The memory of a running program, and the ways in and out of it.

use super::ffi::{self, Cell};
use super::region::Region;
use super::trace::Trace;
use super::vm;
use crate::bytecode::Program;
use crate::bytecode::layout::{ARRAY_HEAD, LEN_OFFSET};
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg(target_arch = "x86_64")]
pub use super::machine_code::Native;
/// Machine code; none is ever made here.
#[cfg(not(target_arch = "x86_64"))]
pub enum Native {}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ended {
    /// The function returned; its result's bits as they stand in a slot.
    Returned(u64),
    /// The program called the host's `exit`.
    Exited(i32),
    /// A check failed in a module without a trap function.
    Trapped { site: u32, a: i64, b: i64 },
}

/// What a caller may choose about a program's memory.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes of the stack, and again of the reference bank. Reserved, not used.
    pub stack_bytes: usize,
    /// Bytes of the heap at most; 0 leaves it to the collector.
    pub heap_limit: usize,
    /// Collects at every allocation.
    pub gc_stress: bool,
    /// Set from outside to stop the program, if it was compiled with polls.
    pub interrupt: Arc<AtomicBool>,
}

/// Stack that stays free for the trap function when the rest is used up, and as much again for the last frame.
const STACK_RESERVE: usize = 1536 << 10;

/// One heap, one program.
static RUNNING: Mutex<()> = Mutex::new(());
/// The machine that the collector's trap hook belongs to.
pub(super) static CURRENT: AtomicPtr<Machine<'static>> = AtomicPtr::new(ptr::null_mut());

/// A program's memory.
pub struct Machine<'p> {
    pub(super) program: &'p Program,
    pub(super) types: Vec<ffi::Type>,
    /// Globals that are no references.
    pub(super) globals: Vec<u64>,
    /// The table of constant references; row 0 is null.
    pub(super) constants: Vec<Cell>,
    stack: Region,
    bank: Region,
    /// A frame that begins above it is too far up.
    pub(super) stack_limit: *mut u64,
    pub(super) interrupt: Arc<AtomicBool>,
    /// Where the VM is while C code runs: instruction and frame.
    pub(super) here: (*const crate::bytecode::Ins, *mut u64),
    /// The trap function is running, for an error that this crate found.
    pub(super) trapping: bool,
    /// The allocation at which machine code met a full heap.
    pub(super) full_at: Option<u32>,
    pub(super) state: *mut ffi::State,
    /// The run of machine code, while there is one.
    #[cfg(target_arch = "x86_64")]
    pub(super) native: *mut Native,
    /// The calls that led to the error that ended the program.
    pub trace: Option<Trace>,
    /// What constant references point to.
    _constant_bytes: Vec<Box<[u64]>>,
    _running: MutexGuard<'static, ()>,
}

impl<'p> Machine<'p> {
    /// Reserves the memory and starts the collector. `None` if the system has no address space left.
    pub fn new(program: &'p Program, settings: &Settings) -> Option<Box<Machine<'p>>> {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let (stack, bank) = (Region::new(settings.stack_bytes)?, Region::new(settings.stack_bytes)?);
        let (constants, bytes) = constants(program);
        let limit = stack.end().wrapping_sub(2 * STACK_RESERVE).cast();
        let mut machine = Box::new(Machine {
            program,
            types: types(program),
            globals: vec![0; program.global_words as usize],
            constants,
            stack,
            bank,
            stack_limit: limit,
            interrupt: settings.interrupt.clone(),
            here: (ptr::null(), ptr::null_mut()),
            trapping: false,
            full_at: None,
            #[cfg(target_arch = "x86_64")]
            native: ptr::null_mut(),
            trace: None,
            // SAFETY: gives the address of a static.
            state: unsafe { ffi::mochi_state_address() },
            _constant_bytes: bytes,
            _running: running,
        });
        machine.start_collector(settings);
        CURRENT.store(ptr::from_mut(&mut *machine).cast(), Ordering::Release);
        Some(machine)
    }

    fn start_collector(&mut self, settings: &Settings) {
        let roots: *mut Cell = self.bank.start().cast();
        let config = ffi::Config {
            types: self.types.as_ptr(),
            type_count: self.types.len() as u32,
            global_count: 0,
            globals: ptr::null(),
            roots,
            root_count: (self.bank.end() as usize - self.bank.start() as usize) / size_of::<Cell>(),
            heap_limit: settings.heap_limit,
            threshold: 0,
            mark_stack: 0,
            stress: settings.gc_stress,
            trap: Some(out_of_memory),
        };
        // SAFETY: what the configuration points to lives as long as the machine, which stops the collector first.
        unsafe {
            ffi::mochi_start(&config);
            (*self.state).root_top = self.first_ref();
        }
    }

    /// The reference globals stand at the bottom of the bank; frames begin behind them.
    pub(super) fn ref_globals(&self) -> *mut Cell {
        self.bank.start().cast()
    }
    pub(super) fn first_ref(&self) -> *mut Cell {
        self.ref_globals().wrapping_add(self.program.global_refs.len())
    }
    /// The first frame; the word below is its return link.
    pub(super) fn first_frame(&self) -> *mut u64 {
        self.stack.start().cast::<u64>().wrapping_add(1)
    }
    /// A frame in the stack's reserve.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn reserve_frame(&self) -> *mut u64 {
        self.stack.end().wrapping_sub(2 * STACK_RESERVE).cast::<u64>().wrapping_add(2)
    }

    /// Lets the trap function use the reserve. False if it is running already: then nothing more can be said.
    pub(super) fn begin_trap(&mut self) -> bool {
        if !self.trapping {
            self.stack_limit = self.stack.end().wrapping_sub(STACK_RESERVE).cast();
        }
        !std::mem::replace(&mut self.trapping, true)
    }

    /// Whether the program ended because nobody reads its output.
    pub fn nobody_reads(&self) -> bool {
        super::host::NOBODY_READS.load(Ordering::Relaxed)
    }

    /// Whether the error that ended the program was found by this crate, and has no place of its own.
    pub fn raised(&self) -> bool {
        self.trapping || self.interrupt.load(Ordering::Relaxed)
    }

    /// Interprets a function to its end. The arguments are bits as they stand in slots, in the parameters' order.
    pub fn interpret(&mut self, func: usize, args: &[u64]) -> Ended {
        let run = std::panic::AssertUnwindSafe(|| {
            let (fp, rp) = (self.first_frame(), self.first_ref());
            // SAFETY: the frame and the bank were reserved for this program and nothing else uses them.
            unsafe { vm::start(self, func, args, fp, rp) }
        });
        match std::panic::catch_unwind(run) {
            Ok(ended) => ended,
            Err(payload) => match payload.downcast::<Ended>() {
                Ok(ended) => *ended,
                Err(other) => std::panic::resume_unwind(other),
            },
        }
    }
}

/// What the machine code was made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct CodeStats {
    pub bytes: usize,
    pub instructions: usize,
    pub time: std::time::Duration,
}

impl Machine<'_> {
    /// Compiles the program to machine code. `None` if that cannot be done here, and the VM must run it.
    #[cfg(target_arch = "x86_64")]
    pub fn assemble(&self, cache_limit: usize, stack_bytes: usize) -> Option<Box<Native>> {
        Some(Box::new(Native::new(super::machine_code::compile(self, cache_limit)?, stack_bytes)?))
    }
    #[cfg(not(target_arch = "x86_64"))]
    pub fn assemble(&self, _: usize, _: usize) -> Option<Box<Native>> {
        None
    }

    /// Runs a function of the machine code to its end.
    pub fn execute(&mut self, native: Box<Native>, func: usize, args: &[u64]) -> Ended {
        #[cfg(target_arch = "x86_64")]
        return super::machine_code::run(self, native, func, args);
        #[cfg(not(target_arch = "x86_64"))]
        match *native {}
    }

    /// Compiles the program to machine code, for measurements.
    #[cfg(target_arch = "x86_64")]
    pub fn measure_compilation(&self) -> Option<CodeStats> {
        let start = std::time::Instant::now();
        let code = super::machine_code::compile(self, usize::MAX / 2)?;
        Some(CodeStats { bytes: code.len, instructions: self.program.code.len(), time: start.elapsed() })
    }
    #[cfg(not(target_arch = "x86_64"))]
    pub fn measure_compilation(&self) -> Option<CodeStats> {
        None
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        CURRENT.store(ptr::null_mut(), Ordering::Release);
        // SAFETY: started in `new`, and no reference of the program is used any more.
        unsafe { ffi::mochi_stop() };
    }
}

/// The collector calls this when the heap is full. Runs the trap function above the current frames, and unwinds through
/// the collector (compiled with `-fexceptions`) to `interpret`.
extern "C-unwind" fn out_of_memory(site: i32, a: i64, b: i64) {
    let machine = CURRENT.load(Ordering::Acquire);
    // SAFETY: the collector runs only while a machine is there, on its thread, called from its code, which touches the
    // machine no more before the unwinding ends.
    let machine = unsafe { &mut *machine };
    #[cfg(target_arch = "x86_64")]
    if !machine.native.is_null() {
        // SAFETY: machine code called the collector.
        unsafe { super::machine_code::trap_from_collector(machine, site as u32, a, b) };
    }
    // SAFETY: the VM called the collector.
    let ended = unsafe { vm::trap_from_collector(machine, site as u32, a, b) };
    std::panic::resume_unwind(Box::new(ended));
}

fn types(program: &Program) -> Vec<ffi::Type> {
    let rows = program.layouts.rows.iter().map(|layout| ffi::Type {
        id: layout.id,
        last: layout.last,
        size: layout.size,
        element_size: layout.element.map_or(0, |e| e.size()),
        kind: if layout.element.is_some() { ffi::ARRAY } else { ffi::STRUCT },
        elements: layout.elements as u8,
        traced_count: layout.traced.len() as u16,
        // The rows keep their lists as long as the program lives.
        traced: layout.traced.as_ptr(),
    });
    rows.collect()
}

/// The objects of constant references: head, length, bytes; and their table.
fn constants(program: &Program) -> (Vec<Cell>, Vec<Box<[u64]>>) {
    let (mut table, mut objects) = (vec![0], Vec::new());
    for constant in &program.constants {
        let mut object = vec![0u64; (ARRAY_HEAD as usize + constant.bytes.len()).div_ceil(8)].into_boxed_slice();
        let mut bytes = Vec::with_capacity(object.len() * 8);
        bytes.extend((constant.type_id | ffi::HEAD_STATIC).to_ne_bytes());
        debug_assert_eq!(bytes.len(), LEN_OFFSET as usize);
        bytes.extend((constant.bytes.len() as u32).to_ne_bytes());
        bytes.extend(&constant.bytes);
        bytes.resize(object.len() * 8, 0);
        for (word, chunk) in object.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_ne_bytes(chunk.try_into().expect("eight bytes"));
        }
        table.push(object.as_mut_ptr().cast::<c_void>() as Cell);
        objects.push(object);
    }
    (table, objects)
}
