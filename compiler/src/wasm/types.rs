//! The type section: IR types as WasmGC types, and the signatures of functions and blocks.
//!
//! ```text
//!   0 .. n      structs and arrays of the IR, then the boxes of tagged values: one recursion group, so all are distinct
//!   n ..        function types, each a group of its own, so that imports and the table agree with other modules
//! ```
//! A tagged value is `(ref null eq)`: null is the empty value, an `i31` a bool or a small int (see `routine.rs`), a box a
//! larger int or a float, and anything else a reference. The address of a function is an index into the one table.

use super::reach::Reach;
use crate::ir::{Id, Module, Storage, Type, TypeId, TypeKind};
use wasm_encoder::{
    AbstractHeapType, BlockType, CompositeInnerType, CompositeType, FieldType, FuncType, HeapType, RefType, StorageType, StructType,
    SubType, TypeSection, ValType,
};

pub struct TypeMap {
    index: Vec<Option<u32>>,
    group: Vec<SubType>,
    funcs: Vec<FuncType>,
    box_i64: Option<u32>,
}

impl TypeMap {
    pub fn new(module: &Module, reach: &Reach) -> TypeMap {
        let mut count = 0;
        let mut number = |&used: &bool| {
            count += u32::from(used);
            used.then(|| count - 1)
        };
        let index = reach.types.iter().map(&mut number).collect();
        let mut map = TypeMap { index, group: Vec::new(), funcs: Vec::new(), box_i64: None };
        for (id, def) in module.types.iter().filter(|(id, _)| reach.types[id.index()]) {
            let sub = map.sub_type(&def.kind);
            debug_assert_eq!(map.index(id) as usize, map.group.len());
            map.group.push(sub);
        }
        if reach.boxes {
            map.box_i64 = Some(map.group.len() as u32);
            for inner in [ValType::I64, ValType::F64] {
                map.group.push(final_struct(vec![FieldType { element_type: StorageType::Val(inner), mutable: false }]));
            }
        }
        map
    }

    pub fn index(&self, id: TypeId) -> u32 {
        self.index[id.index()].unwrap_or_else(|| panic!("{id} is reachable"))
    }
    pub fn box_i64(&self) -> u32 {
        self.box_i64.expect("boxes are reachable")
    }
    pub fn box_f64(&self) -> u32 {
        self.box_i64() + 1
    }
    pub fn heap(&self, id: TypeId) -> HeapType {
        HeapType::Concrete(self.index(id))
    }
    pub fn value(&self, ty: Type) -> ValType {
        match ty {
            Type::Bool | Type::I32 | Type::Func(_) => ValType::I32,
            Type::I64 => ValType::I64,
            Type::F64 => ValType::F64,
            Type::Any => ValType::Ref(RefType::EQREF),
            Type::Ref { to, nullable } => ValType::Ref(RefType { nullable, heap_type: self.heap(to) }),
        }
    }
    /// A function type's index; added if it is new.
    pub fn func(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let wanted = FuncType::new(params.iter().copied(), results.iter().copied());
        let at = self.funcs.iter().position(|f| *f == wanted).unwrap_or_else(|| {
            self.funcs.push(wanted);
            self.funcs.len() - 1
        });
        (self.group.len() + at) as u32
    }
    /// The type of a block without parameters.
    pub fn block(&mut self, results: &[ValType]) -> BlockType {
        match results {
            [] => BlockType::Empty,
            [one] => BlockType::Result(*one),
            _ => BlockType::FunctionType(self.func(&[], results)),
        }
    }
    pub fn section(&self) -> TypeSection {
        let mut section = TypeSection::new();
        if !self.group.is_empty() {
            section.ty().rec(self.group.iter().cloned());
        }
        for f in &self.funcs {
            section.ty().func_type(f);
        }
        section
    }

    /// The names of structs, arrays and boxes, in order, and of the fields of each struct.
    pub fn names<'m>(&self, module: &'m Module) -> (Vec<String>, Vec<(u32, Vec<&'m str>)>) {
        let (mut names, mut fields) = (Vec::new(), Vec::new());
        for (_, def) in module.types.iter().filter(|(id, _)| self.index[id.index()].is_some()) {
            if let TypeKind::Struct(s) = &def.kind {
                fields.push((names.len() as u32, s.fields.iter().map(|f| f.name.as_str()).collect()));
            }
            names.push(def.name.clone());
        }
        if self.box_i64.is_some() {
            names.extend(["box.i64", "box.f64"].map(String::from));
        }
        (names, fields)
    }

    fn storage(&self, storage: Storage) -> StorageType {
        match storage {
            Storage::I8 => StorageType::I8,
            Storage::I16 => StorageType::I16,
            Storage::Value(ty) => StorageType::Val(self.value(ty)),
        }
    }

    fn sub_type(&self, kind: &TypeKind) -> SubType {
        match kind {
            TypeKind::Struct(s) => {
                let field = |f: &crate::ir::Field| FieldType { element_type: self.storage(f.storage), mutable: f.mutable };
                let mut sub = final_struct(s.fields.iter().map(field).collect());
                sub.is_final = s.is_final;
                sub.supertype_idx = s.supertype.map(|t| self.index(t));
                sub
            }
            TypeKind::Array(a) => {
                let element_type = match self.storage(a.element) {
                    // A fresh array holds nulls until its elements are stored; reads assert that they were.
                    StorageType::Val(ValType::Ref(r)) => StorageType::Val(ValType::Ref(r.nullable(true))),
                    // A byte for each bool, as in the other backends.
                    _ if a.element == Storage::Value(Type::Bool) => StorageType::I8,
                    other => other,
                };
                sub_type(true, CompositeInnerType::Array(wasm_encoder::ArrayType(FieldType { element_type, mutable: true })))
            }
            TypeKind::Func(_) => unreachable!("signatures are not part of the group"),
        }
    }
}

/// `none`, the type of null alone: a null of it fits every nullable reference.
pub const NONE: HeapType = HeapType::Abstract { shared: false, ty: AbstractHeapType::None };

fn final_struct(fields: Vec<FieldType>) -> SubType {
    sub_type(true, CompositeInnerType::Struct(StructType { fields: fields.into() }))
}

fn sub_type(is_final: bool, inner: CompositeInnerType) -> SubType {
    let composite_type = CompositeType { inner, shared: false, descriptor: None, describes: None };
    SubType { is_final, supertype_idx: None, composite_type }
}
