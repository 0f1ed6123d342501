//! Where fields lie in objects, and the type descriptors that the collector reads (`mochi_Type` of `cnative/rt/mochi.h`).
//!
//! The rules are those of that header: a field takes the first gap that fits, in order; a subtype's own fields stand
//! behind its whole supertype; ids are dense in preorder of the type tree, and 0 is the box of a big int.

use super::opcode::Element;
use compiler::ir::{Id, Module, Storage, Type, TypeId, TypeKind};

/// Bytes before the first field of a struct.
pub const HEAD: u32 = 4;
/// Bytes before the first element of an array; its length is the second half.
pub const ARRAY_HEAD: u32 = 8;
/// Where an array's length is.
pub const LEN_OFFSET: u32 = 4;
/// Set in a traced offset if the field is a tagged value (`MOCHI_TRACED_CELL`).
const TRACED_CELL: u32 = 1;

/// What the collector looks for in an array's elements; numbers of `mochi.h`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Traced {
    Leaf = 0,
    Refs = 1,
    Cells = 2,
}

/// One row of the collector's type table.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Dense id in preorder; the box has 0.
    pub id: u32,
    /// The greatest id among the subtypes.
    pub last: u32,
    /// Bytes of a struct with its head, of an array without its elements.
    pub size: u32,
    /// `None` for a struct.
    pub element: Option<Element>,
    pub elements: Traced,
    /// Byte offsets of traced fields, with `TRACED_CELL`.
    pub traced: Vec<u32>,
    /// Byte offset of each field.
    pub offsets: Vec<u32>,
}

/// The layouts of a module's structs and arrays.
pub struct Layouts {
    /// By dense id; row 0 is the box.
    pub rows: Vec<Layout>,
    /// The dense id of each type of the module; 0 for a signature.
    ids: Vec<u32>,
}

impl Layouts {
    pub fn new(module: &Module) -> Layouts {
        let mut children: Vec<Vec<TypeId>> = vec![Vec::new(); module.types.len()];
        let mut roots = Vec::new();
        for (id, def) in module.types.iter() {
            match &def.kind {
                TypeKind::Struct(s) => match s.supertype {
                    Some(sup) => children[sup.index()].push(id),
                    None => roots.push(id),
                },
                TypeKind::Array(_) => roots.push(id),
                TypeKind::Func(_) => {}
            }
        }
        let boxed = Layout { id: 0, last: 0, size: 16, element: None, elements: Traced::Leaf, traced: vec![], offsets: vec![8] };
        let mut layouts = Layouts { rows: vec![boxed], ids: vec![0; module.types.len()] };
        for root in roots {
            layouts.add(module, &children, root);
        }
        layouts
    }

    /// No layouts at all, to be replaced.
    pub(super) fn empty() -> Layouts {
        Layouts { rows: Vec::new(), ids: Vec::new() }
    }

    pub fn of(&self, ty: TypeId) -> &Layout {
        &self.rows[self.ids[ty.index()] as usize]
    }

    /// Adds a type and its subtypes, in preorder.
    fn add(&mut self, module: &Module, children: &[Vec<TypeId>], ty: TypeId) {
        let id = self.rows.len() as u32;
        self.ids[ty.index()] = id;
        let layout = match &module.types[ty].kind {
            TypeKind::Array(array) => Layout {
                id,
                last: id,
                size: ARRAY_HEAD,
                element: Some(element(array.element)),
                elements: match array.element {
                    Storage::Value(Type::Ref { .. }) => Traced::Refs,
                    Storage::Value(Type::Any) => Traced::Cells,
                    Storage::I8 | Storage::I16 | Storage::Value(_) => Traced::Leaf,
                },
                traced: Vec::new(),
                offsets: Vec::new(),
            },
            TypeKind::Struct(s) => {
                let base = s.supertype.map(|sup| self.of(sup).clone());
                struct_layout(id, base, &s.fields.iter().map(|f| f.storage).collect::<Vec<_>>())
            }
            TypeKind::Func(_) => unreachable!("a signature has no layout"),
        };
        self.rows.push(layout);
        for &child in &children[ty.index()] {
            self.add(module, children, child);
        }
        self.rows[id as usize].last = self.rows.len() as u32 - 1;
    }
}

/// Places a struct's fields: those of its supertype as they are, the others in the first gaps behind it.
fn struct_layout(id: u32, base: Option<Layout>, fields: &[Storage]) -> Layout {
    let (mut offsets, mut traced, mut end) = match base {
        Some(base) => (base.offsets, base.traced, base.size),
        None => (Vec::new(), Vec::new(), HEAD),
    };
    // Free bytes below `end`, as (start, end).
    let mut gaps: Vec<(u32, u32)> = Vec::new();
    for &storage in &fields[offsets.len()..] {
        let size = element(storage).size();
        let fits = |&(start, stop): &(u32, u32)| start.next_multiple_of(size) + size <= stop;
        let at = match gaps.iter().position(fits) {
            Some(index) => {
                let (start, stop) = gaps.remove(index);
                let at = start.next_multiple_of(size);
                let rest = [(start, at), (at + size, stop)];
                gaps.splice(index..index, rest.into_iter().filter(|(a, b)| a < b));
                at
            }
            None => {
                let at = end.next_multiple_of(size);
                if at > end {
                    gaps.push((end, at));
                }
                end = at + size;
                at
            }
        };
        offsets.push(at);
        match storage {
            Storage::Value(Type::Ref { .. }) => traced.push(at),
            Storage::Value(Type::Any) => traced.push(at | TRACED_CELL),
            Storage::I8 | Storage::I16 | Storage::Value(_) => {}
        }
    }
    let size = end.next_multiple_of(8);
    Layout { id, last: id, size, element: None, elements: Traced::Leaf, traced, offsets }
}

/// How a value of this storage lies in memory.
pub fn element(storage: Storage) -> Element {
    match storage {
        Storage::I8 | Storage::Value(Type::Bool) => Element::I8,
        Storage::I16 => Element::I16,
        Storage::Value(Type::I32) => Element::I32,
        Storage::Value(Type::I64 | Type::Func(_)) => Element::I64,
        Storage::Value(Type::F64) => Element::Float,
        Storage::Value(Type::Ref { .. } | Type::Any) => Element::Ref,
    }
}
