//! The module under construction: what is referred to gets made, and at the end everything gets its index.
//!
//! Functions are named by *symbols* until all are known, since imports stand before all others in Wasm's numbering:
//!
//! ```text
//!   imported WASI functions | functions of the IR | run, start | routines, in the order of first use
//! ```
//! Routines are functions that the emitter itself needs (`routine.rs`, `wasi.rs`, `files.rs`). Each is made only when
//! something calls it, and so is each import, so a program carries what it uses.

use super::code::{Body, Code};
use super::emit;
use super::names;
use super::reach::Reach;
use super::routine::Routine;
use super::types::{NONE, TypeMap};
use super::wasi::{self, Import};
use super::{EmitOptions, Names, WasmModule};
use crate::hash::HashMap;
use crate::ir::{DataId, FuncId, GlobalData, GlobalId, Id, Module, Type, TypeId};
use wasm_encoder::{
    BranchHints, CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection, FunctionSection,
    GlobalSection, GlobalType, HeapType, ImportSection, MemorySection, MemoryType, RefType, StartSection, TableSection, TableType, ValType,
};

/// A function that is referred to before it has an index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Symbol(pub u32);

/// What a symbol stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Callee {
    Import(Import),
    Func(FuncId),
    Routine(Routine),
}

/// A global that no IR global stands behind.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Slot {
    /// A host's handle of a stream or file, -1 before it is there.
    Handle(&'static str),
    /// An i64 that starts as 0.
    Offset(&'static str),
    /// The first free byte of the arena in linear memory.
    Arena,
    /// The bytes that may be allocated before the host is asked again.
    Room,
    /// Constant bytes; set by the start function.
    Data(TypeId, DataId),
}

pub struct Assembly<'a> {
    pub module: &'a Module,
    pub types: TypeMap,
    symbols: Vec<Callee>,
    /// The order of `symbols` by what they stand for, for functions of the IR.
    func_symbols: Vec<Option<Symbol>>,
    globals: Vec<Option<u32>>,
    slots: Vec<Slot>,
    slot_of: HashMap<Slot, usize>,
    ir_globals: u32,
    /// Functions whose address is taken, by table index.
    table: Vec<FuncId>,
    /// Whether a call goes through the table.
    pub calls_indirectly: bool,
    addresses: Vec<Option<u32>>,
    uses_memory: bool,
    /// Whether allocations are counted.
    pub paced: bool,
}

/// A function that is done but for the resolution of its symbols.
struct Unlinked {
    name: String,
    /// The function that it is, unless a routine.
    func: Option<FuncId>,
    type_index: u32,
    code: Code,
}

impl<'a> Assembly<'a> {
    fn new(module: &'a Module, reach: &Reach, options: &EmitOptions) -> Assembly<'a> {
        let mut ir_globals = 0;
        let mut number = |&used: &bool| {
            ir_globals += u32::from(used);
            used.then(|| ir_globals - 1)
        };
        let globals = reach.globals.iter().map(&mut number).collect();
        Assembly {
            module,
            types: TypeMap::new(module, reach),
            symbols: Vec::new(),
            func_symbols: vec![None; module.funcs.len()],
            globals,
            slots: reach.data.iter().map(|&(t, d)| Slot::Data(t, d)).collect(),
            slot_of: reach.data.iter().enumerate().map(|(at, &(t, d))| (Slot::Data(t, d), at)).collect(),
            ir_globals,
            table: Vec::new(),
            calls_indirectly: false,
            addresses: vec![None; module.funcs.len()],
            uses_memory: false,
            paced: options.paced,
        }
    }

    fn symbol(&mut self, callee: Callee) -> Symbol {
        let at = self.symbols.iter().position(|&c| c == callee).unwrap_or_else(|| {
            self.symbols.push(callee);
            self.symbols.len() - 1
        });
        Symbol(at as u32)
    }
    pub fn func(&mut self, func: FuncId) -> Symbol {
        if let Some(symbol) = self.func_symbols[func.index()] {
            return symbol;
        }
        self.symbols.push(Callee::Func(func));
        let symbol = Symbol(self.symbols.len() as u32 - 1);
        self.func_symbols[func.index()] = Some(symbol);
        symbol
    }
    pub fn routine(&mut self, routine: Routine) -> Symbol {
        self.symbol(Callee::Routine(routine))
    }
    pub fn import(&mut self, import: Import) -> Symbol {
        self.uses_memory = true;
        self.symbol(Callee::Import(import))
    }
    pub fn global(&self, global: GlobalId) -> u32 {
        self.globals[global.index()].unwrap_or_else(|| panic!("{global} is reachable"))
    }
    pub fn slot(&mut self, slot: Slot) -> u32 {
        let at = *self.slot_of.entry(slot).or_insert_with(|| {
            self.slots.push(slot);
            self.slots.len() - 1
        });
        self.ir_globals + at as u32
    }
    /// The table index that is the function's address.
    pub fn address(&mut self, func: FuncId) -> u32 {
        *self.addresses[func.index()].get_or_insert_with(|| {
            self.table.push(func);
            self.table.len() as u32 - 1
        })
    }
    /// Starts the list of constant bytes, in the order of the data segment.
    pub fn data(&self) -> Vec<(TypeId, DataId)> {
        let each = |s: &Slot| if let Slot::Data(t, d) = *s { Some((t, d)) } else { None };
        self.slots.iter().filter_map(each).collect()
    }

    fn ir_function(&mut self, id: FuncId) -> Unlinked {
        let func = &self.module.funcs[id];
        let params: Vec<ValType> = func.params().iter().map(|&p| self.types.value(func.ty(p))).collect();
        let result: Vec<ValType> = func.result.iter().map(|&t| self.types.value(t)).collect();
        let type_index = self.types.func(&params, &result);
        Unlinked { name: func.name.clone(), func: Some(id), type_index, code: emit::function(self, func, Code::new(&params)) }
    }

    fn unlinked_routine(&mut self, routine: Routine) -> Unlinked {
        let (params, results) = routine.signature(self);
        let type_index = self.types.func(&params, &results);
        let mut code = Code::new(&params);
        routine.write(self, &mut code);
        Unlinked { name: routine.name(), func: None, type_index, code }
    }

    fn reached_globals(&self) -> impl Iterator<Item = &'a GlobalData> {
        self.module.globals.iter().filter(|(id, _)| self.globals[id.index()].is_some()).map(|(_, data)| data)
    }

    /// The names of all globals, in order.
    pub fn global_names(&self) -> Vec<String> {
        let slot = |slot: &Slot| match slot {
            Slot::Handle(of) | Slot::Offset(of) => format!("wasm.{of}"),
            Slot::Arena | Slot::Room => format!("wasm.{slot:?}"),
            Slot::Data(_, data) => format!("data.{}", data.index()),
        };
        self.reached_globals().map(|data| data.name.clone()).chain(self.slots.iter().map(slot)).collect()
    }

    fn global_section(&self) -> GlobalSection {
        let mut section = GlobalSection::new();
        for data in self.reached_globals() {
            let val_type = self.types.value(data.ty);
            section.global(GlobalType { val_type, mutable: true, shared: false }, &zero(data.ty));
        }
        for &slot in &self.slots {
            let (val_type, init) = match slot {
                Slot::Handle(_) => (ValType::I32, ConstExpr::i32_const(-1)),
                Slot::Offset(_) => (ValType::I64, ConstExpr::i64_const(0)),
                Slot::Room => (ValType::I32, ConstExpr::i32_const(0)),
                Slot::Arena => (ValType::I32, ConstExpr::i32_const(wasi::ARENA)),
                Slot::Data(t, _) => {
                    let array = RefType { nullable: true, heap_type: self.types.heap(t) };
                    (ValType::Ref(array), ConstExpr::ref_null(NONE))
                }
            };
            section.global(GlobalType { val_type, mutable: true, shared: false }, &init);
        }
        section
    }
}

/// Emits what `roots` reach. The names of `roots` are exported where they are given.
pub fn assemble(module: &Module, options: &EmitOptions) -> WasmModule {
    let extra: Vec<(FuncId, &String)> = options.exports.iter().map(|name| (by_name(module, name), name)).collect();
    let exported_trap = module.trap.filter(|_| !options.closed);
    let roots: Vec<FuncId> = module.main.into_iter().chain(exported_trap).chain(extra.iter().map(|&(f, _)| f)).collect();
    let reach = Reach::new(module, &roots);
    let mut asm = Assembly::new(module, &reach, options);
    let mut done: Vec<(Symbol, Unlinked)> = Vec::new();
    for id in module.funcs.ids().filter(|id| reach.funcs[id.index()]) {
        let symbol = asm.func(id);
        let unlinked = asm.ir_function(id);
        done.push((symbol, unlinked));
    }
    let run = module.main.map(|_| asm.routine(Routine::Run));
    let start = (!asm.data().is_empty()).then(|| asm.routine(Routine::Start));
    // Routines may call for further ones.
    let mut at = 0;
    while at < asm.symbols.len() {
        if let Callee::Routine(routine) = asm.symbols[at] {
            let unlinked = asm.unlinked_routine(routine);
            done.push((Symbol(at as u32), unlinked));
        }
        at += 1;
    }
    let mut exports: Vec<(&str, Symbol)> = Vec::new();
    exports.extend(run.map(|s| (wasi::RUN, s)));
    exports.extend(exported_trap.map(|f| ("trap", asm.func(f))));
    exports.extend(extra.iter().map(|&(f, name)| (name.as_str(), asm.func(f))));
    if let Some(at) = asm.symbols.iter().position(|&c| c == Callee::Routine(Routine::Realloc)) {
        exports.push(("cabi_realloc", Symbol(at as u32)));
    }
    link(asm, done, &exports, start, options)
}

fn by_name(module: &Module, name: &str) -> FuncId {
    let found = module.funcs.iter().find(|(_, f)| f.name == name);
    found.map(|(id, _)| id).unwrap_or_else(|| panic!("no function @{name} to export"))
}

/// Gives every function its index and writes the sections.
fn link(
    mut asm: Assembly,
    done: Vec<(Symbol, Unlinked)>,
    exports: &[(&str, Symbol)],
    start: Option<Symbol>,
    options: &EmitOptions,
) -> WasmModule {
    let mut imports = ImportSection::new();
    let mut func_names = Vec::new();
    let mut index = vec![u32::MAX; asm.symbols.len()];
    for (at, import) in asm.symbols.clone().into_iter().enumerate() {
        if let Callee::Import(import) = import {
            let (params, results) = import.signature();
            index[at] = imports.len();
            if options.names == Names::Everything {
                let name = import.name();
                func_names.push((imports.len(), name.rsplit_once(']').map_or(name, |(_, name)| name).to_owned()));
            }
            imports.import(import.interface(), import.name(), EntityType::Function(asm.types.func(params, results)));
        }
    }
    let imported = imports.len();
    for (i, (symbol, _)) in done.iter().enumerate() {
        index[symbol.0 as usize] = imported + i as u32;
    }
    let mut functions = FunctionSection::new();
    let (mut code, mut hints) = (CodeSection::new(), BranchHints::new());
    let mut places = Vec::new();
    for (i, (_, unlinked)) in done.into_iter().enumerate() {
        functions.function(unlinked.type_index);
        let body: Body = unlinked.code.finish(|s| index[s.0 as usize]);
        let number = imported + i as u32;
        if !body.hints.is_empty() && options.branch_hints {
            hints.function_hints(number, body.hints);
        }
        code.function(&body.function);
        places.extend(unlinked.func.map(|func| (number, func, body.places)));
        func_names.push((number, unlinked.name));
    }
    let linked = |s: Symbol| index[s.0 as usize];
    let data = data_bytes(&asm);

    let mut out = wasm_encoder::Module::new();
    out.section(&asm.types.section());
    if imported > 0 {
        out.section(&imports);
    }
    out.section(&functions);
    // A program may call function values and make none; the calls name the table all the same.
    if asm.calls_indirectly || !asm.table.is_empty() {
        let size = asm.table.len() as u64;
        let mut tables = TableSection::new();
        let element_type = RefType::FUNCREF;
        tables.table(TableType { element_type, table64: false, minimum: size, maximum: Some(size), shared: false });
        out.section(&tables);
    }
    if asm.uses_memory {
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
        out.section(&memories);
    }
    if asm.ir_globals > 0 || !asm.slots.is_empty() {
        out.section(&asm.global_section());
    }
    let mut export_section = ExportSection::new();
    if asm.uses_memory {
        export_section.export("memory", ExportKind::Memory, 0);
    }
    for &(name, symbol) in exports {
        export_section.export(name, ExportKind::Func, linked(symbol));
    }
    out.section(&export_section);
    if let Some(start) = start {
        out.section(&StartSection { function_index: linked(start) });
    }
    if !asm.table.is_empty() {
        let listed: Vec<u32> = asm.table.clone().into_iter().map(|f| linked(asm.func(f))).collect();
        let mut elements = ElementSection::new();
        elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(listed.into()));
        out.section(&elements);
    }
    if !data.is_empty() {
        out.section(&wasm_encoder::DataCountSection { count: 1 });
    }
    if !hints.is_empty() {
        out.section(&hints);
    }
    out.section(&code);
    if !data.is_empty() {
        let mut section = DataSection::new();
        section.passive(data);
        out.section(&section);
    }
    if options.names != Names::Nothing {
        out.section(&names::section(&asm, &func_names, options.names == Names::Everything));
    }
    if let Some(locate) = options.locate {
        out.section(&names::positions(asm.module, &places, locate));
    }
    WasmModule { bytes: out.finish() }
}

/// All constant bytes, one after the other.
fn data_bytes(asm: &Assembly) -> Vec<u8> {
    asm.data().iter().flat_map(|&(_, d)| asm.module.data[d].iter().copied()).collect()
}

/// What a global starts as.
fn zero(ty: Type) -> ConstExpr {
    match ty {
        Type::Bool | Type::I32 => ConstExpr::i32_const(0),
        Type::I64 => ConstExpr::i64_const(0),
        Type::F64 => ConstExpr::f64_const(0.0f64.into()),
        Type::Any | Type::Ref { nullable: true, .. } => ConstExpr::ref_null(NONE),
        Type::Func(_) | Type::Ref { nullable: false, .. } => panic!("a global that cannot start as {ty:?}"),
    }
}

/// A non-null reference to an object of this type.
pub fn non_null(heap_type: HeapType) -> ValType {
    ValType::Ref(RefType { nullable: false, heap_type })
}

impl Assembly<'_> {
    /// The type of constant bytes and of byte ranges that host functions take.
    pub fn bytes(&self, ty: TypeId) -> ValType {
        non_null(self.types.heap(ty))
    }
    /// Calls the trap function from a routine; without one the engine's own trap is all there is.
    pub fn trap_site(&mut self, code: &mut Code) {
        if self.module.trap.is_some() {
            let symbol = self.routine(Routine::TrapAt);
            code.call(symbol);
        } else {
            code.op(wasm_encoder::Instruction::Drop);
        }
        code.op(wasm_encoder::Instruction::Unreachable);
    }
}
