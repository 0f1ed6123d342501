//! Where fields lie in native objects, and the ids that object heads carry: what `rt/mochi.h` draws, in numbers.
//!
//! Emitted C declares its structs in this order and lets the C compiler compute the offsets; code made at run time uses the
//! offsets given here, which are those of a 64-bit machine in an unchecked build. A field takes the first gap that fits, in
//! the order of the fields; a subtype's own fields start behind its whole supertype. Runtime ids are a preorder of the
//! type tree, so that "is of this type or a subtype" is one comparison of a range; id 0 is the box of a big int.

use compiler::ir::{Id, Module, Storage, Type, TypeId, TypeKind};

/// Bytes of an object's head.
pub const HEAD: u32 = 4;
/// Bytes of an array before its elements: the head and the i32 length.
pub const ARRAY_HEAD: u32 = 8;

/// A struct or array type at run time; what `mochi_Type` holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeLayout {
    pub ir: TypeId,
    /// Its own runtime id.
    pub id: u32,
    /// The greatest runtime id among its subtypes; its own if it has none.
    pub last: u32,
    /// Bytes of a struct with its head, or of an array without its elements.
    pub size: u32,
    /// Of the whole object, in bytes.
    pub align: u32,
    /// Byte offset of each field, by field index; empty for an array.
    pub offsets: Vec<u32>,
    /// Bytes of an element; 0 for a struct.
    pub element_size: u32,
    pub is_array: bool,
}

/// The layouts of a module's types, and the runtime ids.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layouts {
    /// By runtime id - 1.
    types: Vec<TypeLayout>,
    /// By `TypeId`; 0 for a signature.
    ids: Vec<u32>,
}

impl Layouts {
    pub fn new(module: &Module) -> Layouts {
        let mut layouts = Layouts { types: Vec::new(), ids: vec![0; module.types.len()] };
        for (id, def) in module.types.iter() {
            let is_root = match &def.kind {
                TypeKind::Struct(s) => s.supertype.is_none(),
                TypeKind::Array(_) => true,
                TypeKind::Func(_) => false,
            };
            if is_root {
                layouts.add(module, id);
            }
        }
        layouts
    }
    /// The layout of a struct or array type.
    pub fn of(&self, ty: TypeId) -> &TypeLayout {
        &self.types[self.ids[ty.index()] as usize - 1]
    }
    /// All layouts, in the order of their runtime ids, which start at 1.
    pub fn iter(&self) -> std::slice::Iter<'_, TypeLayout> {
        self.types.iter()
    }
    /// Adds a type and, behind it, its subtypes.
    fn add(&mut self, module: &Module, ty: TypeId) {
        let id = self.types.len() as u32 + 1;
        self.ids[ty.index()] = id;
        let mut layout =
            TypeLayout { ir: ty, id, last: id, size: ARRAY_HEAD, align: 8, offsets: Vec::new(), element_size: 0, is_array: true };
        match &module.types[ty].kind {
            TypeKind::Array(array) => layout.element_size = size_of(array.element),
            TypeKind::Struct(_) => {
                layout.is_array = false;
                self.place(module, &mut layout);
            }
            TypeKind::Func(_) => unreachable!("a signature has no layout"),
        }
        self.types.push(layout);
        let subtypes: Vec<TypeId> = module.types.ids().filter(|&t| supertype(module, t) == Some(ty)).collect();
        for subtype in subtypes {
            self.add(module, subtype);
        }
        self.types[id as usize - 1].last = self.types.len() as u32;
    }
    /// Places the fields of a struct whose supertype is placed already.
    fn place(&self, module: &Module, layout: &mut TypeLayout) {
        let data = module.types.structure(layout.ir);
        let (offsets, start, base_align) = match data.supertype.map(|base| self.of(base)) {
            Some(base) => (base.offsets.clone(), base.size, base.align),
            None => (Vec::new(), HEAD, HEAD),
        };
        let own: Vec<u32> = data.fields[offsets.len()..].iter().map(|f| size_of(f.storage)).collect();
        let placed = first_fit(start, own.iter().copied());
        let end = own.iter().zip(&placed).map(|(size, at)| at + size).fold(start, u32::max);
        layout.align = own.iter().copied().fold(base_align, u32::max);
        layout.size = end.next_multiple_of(layout.align);
        layout.offsets = [offsets, placed].concat();
    }
}

fn supertype(module: &Module, ty: TypeId) -> Option<TypeId> {
    match &module.types[ty].kind {
        TypeKind::Struct(s) => s.supertype,
        TypeKind::Array(_) | TypeKind::Func(_) => None,
    }
}

/// Bytes of a field or element on a 64-bit machine; also its alignment.
pub fn size_of(storage: Storage) -> u32 {
    match storage {
        Storage::I8 => 1,
        Storage::I16 => 2,
        Storage::Value(Type::Bool) => 1,
        Storage::Value(Type::I32) => 4,
        Storage::Value(Type::I64 | Type::F64 | Type::Any | Type::Ref { .. } | Type::Func(_)) => 8,
    }
}

/// Each size at the first gap that fits it, from `start` on.
fn first_fit(start: u32, sizes: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut taken: Vec<(u32, u32)> = Vec::new();
    sizes
        .map(|size| {
            let mut at = start.next_multiple_of(size);
            while let Some(&(_, end)) = taken.iter().find(|&&(from, end)| at < end && from < at + size) {
                at = end.next_multiple_of(size);
            }
            taken.push((at, at + size));
            at
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use compiler::ir::parse::parse;

    #[test]
    fn fields_fill_gaps_and_subtypes_are_ranges() {
        let text = "type $list = struct { mut data: ref $items, mut len: i32, mut shared: bool }
            type $items = array i64
            type $shape = struct { tag: i32 }
            type $other = struct { x: f64, a: bool, b: bool, n: i32 }
            type $circle = sub $shape struct { tag: i32, r: f64, filled: bool }
            type $disc = final sub $circle struct { tag: i32, r: f64, filled: bool, z: bool }";
        let module = parse(text).unwrap();
        let layouts = Layouts::new(&module);
        let all: Vec<_> = layouts.iter().map(|l| (l.ir.0, l.id, l.last, l.size, l.offsets.clone())).collect();
        let expected = vec![
            (0, 1, 1, 24, vec![8, 4, 16]),
            (1, 2, 2, 8, vec![]),
            (2, 3, 5, 8, vec![4]),
            (4, 4, 5, 24, vec![4, 8, 16]),
            (5, 5, 5, 32, vec![4, 8, 16, 24]),
            (3, 6, 6, 24, vec![8, 4, 5, 16]),
        ];
        assert_eq!(all, expected);
    }
}
