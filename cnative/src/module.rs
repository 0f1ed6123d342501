//! A module as C text: its types, constant data, globals, functions, and the main function that runs it.

use crate::effects::Effects;
use crate::func::{FuncEmitter, Planned};
use crate::layout::Layouts;
use crate::live::Live;
use crate::names::{self, Names};
use crate::plan::Plan;
use crate::roots::Roots;
use crate::shape::{Shape, placed};
use crate::trace::Stacks;
use crate::vars::Vars;
use compiler::ir::{DataId, Func, FuncId, Id, Imm, Inlining, Inst, InstKind, Module, Op, Storage, Type, TypeId, TypeKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The C names of everything at file scope, by id.
#[derive(Debug)]
pub struct ModuleNames {
    pub types: Vec<String>,
    pub constructors: Vec<String>,
    pub funcs: Vec<String>,
    pub globals: Vec<String>,
    data: BTreeMap<(TypeId, DataId), String>,
    /// By `TypeId`: the C path of each field, through the supertypes.
    fields: Vec<Vec<String>>,
    /// By `TypeId`: C knows it as mochi_Bytes.
    is_bytes: Vec<bool>,
    /// By `TypeId`: runtime id and the last one of the subtypes.
    ids: Vec<(u32, u32)>,
}

impl ModuleNames {
    fn new(module: &Module, layouts: &Layouts, names: &mut Names) -> ModuleNames {
        let funcs = module.funcs.values().map(|f| names.take(&f.name)).collect();
        let types: Vec<String> = module.types.values().map(|t| names.take(&t.name)).collect();
        let globals = module.globals.values().map(|g| names.take(&g.name)).collect();
        let constructors = types.iter().map(|t| names.take(&format!("{t}_new"))).collect();
        let mut used = BTreeSet::new();
        for func in module.funcs.values() {
            for inst in placed(func) {
                if let InstKind::Op { imm: Imm::Data(ty, data), .. } = func.insts[inst].kind {
                    used.insert((ty, data));
                }
            }
        }
        let data = used.into_iter().map(|key| (key, names.take(&format!("data_{}", key.1.0)))).collect();
        let is_bytes = module.types.values().map(|t| matches!(&t.kind, TypeKind::Array(a) if a.element == Storage::I8)).collect();
        let id_of = |t: TypeId| match module.types[t].kind {
            TypeKind::Func(_) => (0, 0),
            TypeKind::Struct(_) | TypeKind::Array(_) => (layouts.of(t).id, layouts.of(t).last),
        };
        let ids = module.types.ids().map(id_of).collect();
        let mut fields: Vec<Vec<String>> = Vec::new();
        for def in module.types.values() {
            let paths = match &def.kind {
                TypeKind::Struct(s) => {
                    let inherited = s.supertype.map(|base| &fields[base.index()]);
                    let mut paths: Vec<String> = inherited.into_iter().flatten().map(|path| format!("base.{path}")).collect();
                    let own = own_names(&s.fields[paths.len()..]);
                    paths.extend(own);
                    paths
                }
                TypeKind::Array(_) | TypeKind::Func(_) => Vec::new(),
            };
            fields.push(paths);
        }
        ModuleNames { types, constructors, funcs, globals, data, fields, is_bytes, ids }
    }
    /// The reference to the constant bytes.
    pub fn data(&self, ty: TypeId, data: DataId) -> String {
        format!("(mochi_Bytes *)&{}", self.data[&(ty, data)])
    }
    /// The C path of a field from its object.
    pub fn field_path(&self, ty: TypeId, field: u32) -> &str {
        &self.fields[ty.index()][field as usize]
    }
    pub fn same_c_type(&self, a: TypeId, b: TypeId) -> bool {
        a == b || (self.is_bytes[a.index()] && self.is_bytes[b.index()])
    }
    /// The runtime id, with the type's name for the reader.
    pub fn type_id(&self, ty: TypeId) -> String {
        self.ids[ty.index()].0.to_string()
    }
    pub fn last_type_id(&self, ty: TypeId) -> String {
        self.ids[ty.index()].1.to_string()
    }
    /// The declaration of a name of this type, without the semicolon.
    pub fn declare(&self, ty: Type, name: &str) -> String {
        match ty {
            Type::Ref { to, .. } => format!("{} *{name}", self.types[to.index()]),
            Type::Func(sig) => format!("{} {name}", self.types[sig.index()]),
            Type::Bool => format!("bool {name}"),
            Type::I32 => format!("int32_t {name}"),
            Type::I64 => format!("int64_t {name}"),
            Type::F64 => format!("double {name}"),
            Type::Any => format!("mochi_Cell {name}"),
        }
    }
    fn declare_storage(&self, storage: Storage, name: &str) -> String {
        match storage {
            Storage::I8 => format!("uint8_t {name}"),
            Storage::I16 => format!("uint16_t {name}"),
            Storage::Value(ty) => self.declare(ty, name),
        }
    }
    /// `sizeof` of an element.
    pub fn element_size(&self, storage: Storage) -> String {
        format!("sizeof({})", self.declare_storage(storage, "").trim_end())
    }
    fn result_type(&self, result: Option<Type>) -> String {
        result.map_or("void".to_string(), |ty| self.declare(ty, ""))
    }
}

/// The C names of a struct's own fields, each different.
fn own_names(fields: &[compiler::ir::Field]) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for field in fields {
        let mut name = names::field(&field.name);
        while taken.contains(&name) {
            name.push('_');
        }
        taken.push(name);
    }
    taken
}

/// What the text says of the source.
#[derive(Clone, Copy)]
pub struct Marks<'a> {
    /// The line that stands before an instruction of a function, if one is wanted.
    pub line_of: &'a dyn Fn(&Func, Inst) -> Option<String>,
    /// The place of a function, as a C string.
    pub place_of: &'a dyn Fn(&Func) -> Option<String>,
    /// The lines of a trace for an instruction, if it can fail or call.
    pub stack_of: &'a dyn Fn(&Func, Inst) -> Option<String>,
    /// Whether there are traces at all.
    pub traces: bool,
    /// Whether loops and functions look whether the program's time is over.
    pub polls: bool,
}

pub struct ModuleEmitter<'a> {
    module: &'a Module,
    file_names: Names,
    names: ModuleNames,
    layouts: Layouts,
    effects: Effects,
    marks: &'a Marks<'a>,
    out: String,
}

impl<'a> ModuleEmitter<'a> {
    /// `roots` are the functions that are called from outside; `runtime` the texts that may stand in the same file.
    pub fn new(module: &'a Module, roots: &[FuncId], runtime: &[&str], marks: &'a Marks<'a>) -> ModuleEmitter<'a> {
        let layouts = Layouts::new(module);
        let mut file_names = Names::new(runtime);
        let names = ModuleNames::new(module, &layouts, &mut file_names);
        let effects = Effects::new(module, roots);
        ModuleEmitter { module, file_names, names, layouts, effects, marks, out: String::new() }
    }
    /// The program's own text, between the runtime's header and its functions.
    pub fn emit(mut self) -> (String, ModuleNames) {
        self.types();
        self.type_table();
        self.data();
        self.globals();
        let reachable: Vec<FuncId> = self.module.funcs.ids().filter(|f| self.effects.reachable[f.index()]).collect();
        for &func in &reachable {
            let head = self.function_head(func);
            let _ = writeln!(self.out, "{head};");
        }
        self.constructors(&reachable);
        let mut stacks = Stacks::default();
        for &func in &reachable {
            let text = self.function(func, &mut stacks);
            let _ = write!(self.out, "\n{text}");
        }
        if self.marks.traces {
            self.out.push_str(&stacks.tables());
        }
        (self.out, self.names)
    }

    fn types(&mut self) {
        for (id, def) in self.module.types.iter() {
            let name = &self.names.types[id.index()];
            let _ = match &def.kind {
                TypeKind::Struct(_) => writeln!(self.out, "typedef struct {name} {name};"),
                TypeKind::Array(a) if a.element == Storage::I8 => writeln!(self.out, "typedef mochi_Bytes {name};"),
                TypeKind::Array(_) => writeln!(self.out, "typedef struct {name} {name};"),
                TypeKind::Func(_) => Ok(()),
            };
        }
        for (id, def) in self.module.types.iter() {
            if let TypeKind::Func(sig) = &def.kind {
                let name = &self.names.types[id.index()];
                let params: Vec<String> = sig.params.iter().map(|&t| self.names.declare(t, "").trim_end().to_string()).collect();
                let params = if params.is_empty() { "void".to_string() } else { params.join(", ") };
                let result = self.names.result_type(sig.result);
                let _ = writeln!(self.out, "typedef {} (*{name})({params});", result.trim_end());
            }
        }
        for (id, def) in self.module.types.iter() {
            let name = &self.names.types[id.index()];
            match &def.kind {
                TypeKind::Array(a) if a.element != Storage::I8 => {
                    let items = self.names.declare_storage(a.element, "items[]");
                    let _ = writeln!(self.out, "\nstruct {name} {{\n    mochi_Array array;\n    {items};\n}};");
                }
                TypeKind::Struct(_) => self.structure(id),
                TypeKind::Array(_) | TypeKind::Func(_) => {}
            }
        }
        self.out.push('\n');
    }
    /// A struct: its supertype or its head, then its own fields in the order of their places.
    fn structure(&mut self, id: TypeId) {
        let data = self.module.types.structure(id);
        let layout = self.layouts.of(id);
        let first = match data.supertype {
            Some(base) => format!("{} base", self.names.types[base.index()]),
            None => "mochi_Object object".to_string(),
        };
        let inherited = data.supertype.map_or(0, |base| self.module.types.structure(base).fields.len());
        let mut own: Vec<usize> = (inherited..data.fields.len()).collect();
        own.sort_by_key(|&field| layout.offsets[field]);
        let _ = write!(self.out, "\nstruct {} {{\n    {first};\n", self.names.types[id.index()]);
        for field in own {
            let text = self.names.declare_storage(data.fields[field].storage, &self.names.fields[id.index()][field]);
            let _ = writeln!(self.out, "    {text};");
        }
        self.out.push_str("};\n");
    }
    /// What the collector must know of each type.
    fn type_table(&mut self) {
        let mut rows = String::from("static const mochi_Type mochi_types[] = {\n    MOCHI_BOX_TYPE,\n");
        for layout in self.layouts.iter() {
            let name = &self.names.types[layout.ir.index()];
            let (id, last) = (layout.id, layout.last);
            let _ = match &self.module.types[layout.ir].kind {
                TypeKind::Array(a) => {
                    let elements = match a.element {
                        Storage::Value(Type::Ref { .. }) => "MOCHI_REFS",
                        Storage::Value(Type::Any) => "MOCHI_CELLS",
                        _ => "MOCHI_LEAF",
                    };
                    let size = self.names.element_size(a.element);
                    writeln!(rows, "    {{{id}, {last}, offsetof({name}, items), {size}, MOCHI_ARRAY, {elements}, 0, NULL}}, /* {name} */")
                }
                TypeKind::Struct(s) => {
                    let traced: Vec<String> =
                        s.fields.iter().enumerate().filter_map(|(i, f)| self.traced(layout.ir, i, f.storage)).collect();
                    let (count, mut list) = (traced.len(), "NULL".to_string());
                    if count > 0 {
                        list = format!("{name}_traced");
                        let _ = writeln!(self.out, "static const uint32_t {list}[] = {{{}}};", traced.join(", "));
                    }
                    writeln!(rows, "    {{{id}, {last}, sizeof({name}), 0, MOCHI_STRUCT, MOCHI_LEAF, {count}, {list}}},")
                }
                TypeKind::Func(_) => Ok(()),
            };
        }
        self.out.push_str(&rows);
        self.out.push_str("};\n");
    }
    fn traced(&self, ty: TypeId, field: usize, storage: Storage) -> Option<String> {
        let place = format!("offsetof({}, {})", self.names.types[ty.index()], self.names.fields[ty.index()][field]);
        match storage {
            Storage::Value(Type::Ref { .. }) => Some(place),
            Storage::Value(Type::Any) => Some(format!("{place} + MOCHI_TRACED_CELL")),
            _ => None,
        }
    }
    fn data(&mut self) {
        for (&(ty, data), name) in &self.names.data {
            let bytes = &self.module.data[data];
            let head = format!("MOCHI_STATIC_ARRAY({}, {})", self.names.type_id(ty), bytes.len());
            let room = bytes.len() + 1;
            let _ = write!(
                self.out,
                "\nstatic const struct {{\n    mochi_Array array;\n    uint8_t items[{room}];\n}} {name} MOCHI_UNUSED = {{{head}, {}}};\n",
                string(bytes)
            );
        }
    }
    fn globals(&mut self) {
        self.out.push('\n');
        let mut rows = String::new();
        for (id, global) in self.module.globals.iter() {
            let name = &self.names.globals[id.index()];
            let _ = writeln!(self.out, "static {} MOCHI_UNUSED;", self.names.declare(global.ty, name));
            if global.ty.is_traced() {
                let _ = writeln!(rows, "    {{&{name}, {}}},", global.ty == Type::Any);
            }
        }
        let _ = writeln!(self.out, "\nstatic const mochi_Global mochi_globals[] = {{\n{rows}    {{NULL, false}},\n}};\n");
    }
    fn function_head(&self, id: FuncId) -> String {
        let func = &self.module.funcs[id];
        let params: Vec<String> = func.params().iter().map(|&v| self.names.declare(func.ty(v), "").trim_end().to_string()).collect();
        self.head_with(func, id, &params)
    }
    fn head_with(&self, func: &Func, id: FuncId, params: &[String]) -> String {
        let params = if params.is_empty() { "void".to_string() } else { params.join(", ") };
        let result = self.names.result_type(func.result);
        let result = result.trim_end();
        let space = if result.ends_with('*') { "" } else { " " };
        let cold = match func.inlining {
            _ if func.diverges => "MOCHI_NORETURN MOCHI_COLD ",
            Inlining::Never => "MOCHI_APART ",
            Inlining::Auto | Inlining::Always => "",
        };
        format!("{cold}static {result}{space}{}({params})", self.names.funcs[id.index()])
    }
    /// A function per struct type that some function makes: allocates, keeping the fields alive where that collects, and
    /// stores them.
    fn constructors(&mut self, reachable: &[FuncId]) {
        let mut made = BTreeSet::new();
        for &func in reachable {
            let func = &self.module.funcs[func];
            for inst in placed(func) {
                if let InstKind::Op { op: Op::StructNew, imm: Imm::Type(ty), .. } = func.insts[inst].kind {
                    made.insert(ty);
                }
            }
        }
        for ty in made {
            self.constructor(ty);
        }
    }
    fn constructor(&mut self, ty: TypeId) {
        let fields = &self.module.types.structure(ty).fields;
        let (name, id) = (&self.names.types[ty.index()], self.names.type_id(ty));
        let params: Vec<String> =
            fields.iter().enumerate().map(|(i, f)| self.names.declare(f.storage.value_type(), &parameter(i, &f.name))).collect();
        let traced: Vec<String> = fields
            .iter()
            .enumerate()
            .filter(|(_, f)| f.storage.value_type().is_traced())
            .map(|(i, f)| match f.storage.value_type() {
                Type::Any => parameter(i, &f.name),
                _ => format!("mochi_cell_of({})", parameter(i, &f.name)),
            })
            .collect();
        let params = if params.is_empty() { "void".to_string() } else { params.join(", ") };
        let constructor = &self.names.constructors[ty.index()];
        let _ = writeln!(self.out, "\nMOCHI_INLINE {name} *{constructor}({params}) {{");
        if traced.is_empty() {
            let _ = writeln!(self.out, "    void *cell = mochi_alloc(sizeof({name}));");
        } else {
            let _ = writeln!(self.out, "    void *cell = mochi_alloc_fast(sizeof({name}));\n    if (MOCHI_UNLIKELY(cell == NULL)) {{");
            let _ = writeln!(self.out, "        mochi_Cell *roots = mochi_frame({});", traced.len());
            for (i, cell) in traced.iter().enumerate() {
                let _ = writeln!(self.out, "        roots[{i}] = {cell};");
            }
            let _ = writeln!(self.out, "        cell = mochi_alloc_slow(sizeof({name}));\n        mochi_state.root_top = roots;\n    }}");
        }
        let _ = writeln!(self.out, "    {name} *made = mochi_init(cell, {id}, sizeof({name}) > MOCHI_SMALL_MAX);");
        for (i, field) in fields.iter().enumerate() {
            let path = self.names.field_path(ty, i as u32);
            let _ = writeln!(self.out, "    mochi_deref(made)->{path} = {};", parameter(i, &field.name));
        }
        let _ = writeln!(self.out, "    return made;\n}}");
    }
    fn function(&self, id: FuncId, stacks: &mut Stacks) -> String {
        let func = &self.module.funcs[id];
        let shape = Shape::new(func);
        let plan = Plan::new(self.module, func, &shape, self.marks.traces);
        let live = Live::new(func, &shape, &plan, &self.effects);
        let roots = Roots::new(func, &shape, &live);
        let vars = Vars::new(self.module, func, &shape, &plan, &live, &self.file_names);
        let planned = Planned { shape, plan, roots, vars };
        let params: Vec<String> = func.params().iter().map(|&v| self.names.declare(func.ty(v), planned.vars.name(v))).collect();
        let head = self.head_with(func, id, &params);
        let is_recursive = self.effects.recursive[id.index()];
        FuncEmitter::new(self.module, func, &self.names, &planned, &self.effects, self.marks).emit(&head, is_recursive, stacks)
    }
}

/// A constructor's parameter: the field's name with a number, so that none hides anything.
fn parameter(index: usize, field: &str) -> String {
    format!("{}_{index}", names::field(field))
}

/// Bytes as C string constants, one for each line of text.
fn string(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for (i, &byte) in bytes.iter().enumerate() {
        match byte {
            b'"' | b'\\' | b'?' => text.extend(['\\', byte as char]),
            b'\n' => {
                text.push_str("\\n");
                if i + 1 < bytes.len() {
                    text.push_str("\"\n    \"");
                }
            }
            b' '..=b'~' => text.push(byte as char),
            _ => {
                let _ = write!(text, "\\{byte:03o}");
            }
        }
    }
    text.push('"');
    text
}
