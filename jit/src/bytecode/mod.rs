//! Bytecode: what the VM interprets and the JIT turns into machine code.
//!
//! ```text
//! ir::Func --select--> virtual bytecode --live, alloc--> slots --finish--> instructions
//! ```
//! Three banks of slots in a frame (i64, f64, reference), fixed-size instructions, absolute jump targets. The module knows
//! nothing of strings, lists or messages, does no I/O and runs nothing.

mod alloc;
mod disasm;
mod finish;
pub(crate) mod fused;
pub mod layout;
mod lir;
mod live;
mod moves;
pub mod opcode;
mod ranges;
mod select;
mod select_branch;
mod select_ops;

pub use alloc::{REGISTERS, Target};
pub use disasm::disassemble;
pub use finish::{HOST_TRAP, is_jump};
pub use opcode::{Element, Extra, Ins, NO_SLOT, Opcode};

use compiler::ir::{Bank, DataId, Frame, FrameData, Func, FuncId, Imm, InstKind, Module, Op, Place, Region, Table, TypeId};
use compiler::source::Span;
use layout::Layouts;
use std::collections::{HashMap, HashSet};

/// A function of a program.
#[derive(Clone, Debug)]
pub struct FuncInfo {
    pub name: String,
    pub span: Span,
    /// The calls that were inlined in it.
    pub frames: Table<Frame, FrameData>,
    /// The instructions `entry..end` of the program's code.
    pub entry: u32,
    pub end: u32,
    /// Words from this frame to the next one's, and the same in the reference bank.
    pub frame: u32,
    pub ref_frame: u32,
    /// Integer slots; the float slots stand behind.
    pub ints: u32,
    /// Parameters by bank.
    pub params: [u32; 3],
    /// The parameters' banks in order.
    pub param_banks: Vec<Bank>,
    pub result: Option<Bank>,
    /// Whether the collector can meet a frame of this function, so that its reference slots must hold something valid.
    pub collects: bool,
}

/// A constant array of bytes.
#[derive(Clone, Debug)]
pub struct ConstBytes {
    /// Its type's row in the layouts.
    pub type_id: u32,
    pub bytes: Vec<u8>,
}

/// A compiled module.
pub struct Program {
    pub target: Target,
    pub code: Vec<Ins>,
    pub funcs: Vec<FuncInfo>,
    /// Jump tables, as absolute instruction numbers.
    pub tables: Vec<Vec<u32>>,
    /// The source of each instruction that calls, allocates or fails, in order; `None` where a trace shows nothing.
    pub places: Vec<(u32, Option<Place>)>,
    /// The source of each site.
    pub sites: Vec<Span>,
    pub layouts: Layouts,
    /// Rows 1.. of the table of constant references.
    pub constants: Vec<ConstBytes>,
    /// The number of globals in the word array and in the reference bank; and whether each of the latter is a cell.
    pub global_words: u32,
    pub global_refs: Vec<bool>,
    pub main: Option<u32>,
    pub trap: Option<u32>,
    /// A function whose frame is too large: the program cannot run.
    pub too_large: Option<usize>,
}

/// How to compile to bytecode.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub target: Target,
    /// Whether loops and functions look at the interrupt flag.
    pub polls: bool,
}

/// Compiles a module to bytecode.
pub fn compile(module: &Module, options: Options) -> Program {
    let layouts = Layouts::new(module);
    let (constants, rows) = collect_constants(module, &layouts);
    let (mut words, mut refs) = (0, Vec::new());
    let globals = module.globals.values().map(|global| match global.ty.bank() {
        Bank::Int | Bank::Float => {
            words += 1;
            words - 1
        }
        Bank::Ref => {
            refs.push(global.ty == compiler::ir::Type::Any);
            refs.len() as u32 - 1
        }
    });
    let globals: Vec<u32> = globals.collect();
    let shared = select::Shared {
        module,
        layouts: &layouts,
        globals,
        constants: rows,
        polls: options.polls,
        target: options.target,
        quiet: reporting(module),
    };
    let mut program = Program {
        target: options.target,
        code: Vec::new(),
        funcs: Vec::new(),
        tables: Vec::new(),
        places: Vec::new(),
        sites: module.sites.values().map(|s| s.span).collect(),
        layouts: Layouts::empty(),
        constants,
        global_words: words,
        global_refs: refs,
        main: module.main.map(|f| f.0),
        trap: module.trap.map(|f| f.0),
        too_large: None,
    };
    for (id, func) in module.funcs.iter() {
        add_function(&mut program, &shared, id, func, options.target);
    }
    program.layouts = layouts;
    program
}

/// The functions that the trap function reaches by calls.
fn reporting(module: &Module) -> HashSet<FuncId> {
    let mut found = HashSet::new();
    let mut open: Vec<FuncId> = module.trap.into_iter().collect();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(module.funcs[id].insts.values().filter_map(|inst| match inst.kind {
                InstKind::Call { func, .. } => Some(func),
                _ => None,
            }));
        }
    }
    found
}

fn add_function(program: &mut Program, shared: &select::Shared, id: FuncId, func: &Func, target: Target) {
    let lir = select::select(shared, id, func);
    let live = live::Liveness::of(&lir);
    let allocation = alloc::allocate(&lir, &live, target);
    let finished = finish::finish(&lir, &allocation, target, shared.module);
    let (entry, first_table) = (program.code.len() as u32, program.tables.len() as i32);
    program.code.extend(finished.code.into_iter().map(|mut ins| {
        if is_jump(ins.op) {
            ins.y += entry;
        } else if ins.op == Opcode::Switch {
            ins.x += first_table;
        }
        ins
    }));
    if target == Target::Vm {
        fused::fuse(&mut program.code[entry as usize..]);
    }
    program.tables.extend(finished.tables.into_iter().map(|t| t.into_iter().map(|i| i + entry).collect()));
    program.places.extend(finished.places.into_iter().map(|(i, place)| (i + entry, place)));
    if finished.frame > finish::MOST_WORDS {
        program.too_large = Some(program.funcs.len());
    }
    let mut params = [0; 3];
    for (bank, _) in &lir.params {
        params[*bank as usize] += 1;
    }
    program.funcs.push(FuncInfo {
        name: func.name.clone(),
        span: func.span,
        frames: func.frames.clone(),
        entry,
        end: program.code.len() as u32,
        frame: finished.frame,
        ref_frame: finished.ref_frame,
        ints: finished.ints,
        params,
        param_banks: lir.params.iter().map(|p| p.0).collect(),
        result: lir.result,
        collects: finished.collects,
    });
}

/// The constant arrays that the module uses, and the row of each; row 0 is null.
fn collect_constants(module: &Module, layouts: &Layouts) -> (Vec<ConstBytes>, HashMap<(TypeId, DataId), u32>) {
    let (mut list, mut rows) = (Vec::new(), HashMap::new());
    for func in module.funcs.values() {
        each_constant(func, func.body, &mut |ty, data| {
            rows.entry((ty, data)).or_insert_with(|| {
                list.push(ConstBytes { type_id: layouts.of(ty).id, bytes: module.data[data].clone() });
                list.len() as u32
            });
        });
    }
    (list, rows)
}

fn each_constant(func: &Func, region: Region, found: &mut impl FnMut(TypeId, DataId)) {
    for &inst in &func.regions[region].insts {
        let kind = &func.insts[inst].kind;
        if let InstKind::Op { op: Op::ArrayConst, imm: Imm::Data(ty, data), .. } = kind {
            found(*ty, *data);
        }
        for child in kind.regions() {
            each_constant(func, child, found);
        }
    }
}

impl Program {
    /// The function that an instruction belongs to.
    pub fn func_at(&self, instruction: u32) -> Option<usize> {
        let next = self.funcs.partition_point(|f| f.entry <= instruction);
        let index = next.checked_sub(1)?;
        (instruction < self.funcs[index].end).then_some(index)
    }
    /// The source of an instruction of a function, or else the function's own; `None` where a trace shows nothing.
    pub fn place_of(&self, instruction: u32, func: usize) -> Option<Place> {
        match self.places.binary_search_by_key(&instruction, |s| s.0) {
            Ok(at) => self.places[at].1,
            Err(_) => Some(self.funcs[func].span.into()),
        }
    }
    pub fn find(&self, name: &str) -> Option<usize> {
        self.funcs.iter().position(|f| f.name == name)
    }
}
