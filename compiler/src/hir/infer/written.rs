//! Types that are written: those of casts, of loaded data, and of prelude functions. Elsewhere an annotation gives no type.

use super::Infer;
use crate::hir::tree::{DataKind, FnId, TypeRef};
use crate::types::{DataId, FunSlots, Slot, bits};

impl Infer<'_> {
    /// A slot that holds what the type says. Where it leaves a part open, data from outside (`loaded`) can be anything
    /// there, while a cast takes the part over from the value.
    pub(super) fn written(&mut self, ty: &TypeRef, loaded: bool) -> Slot {
        let slot = self.slots.fresh();
        match ty {
            TypeRef::Int | TypeRef::I32 | TypeRef::Byte => self.slots.add(slot, bits::INT),
            TypeRef::Float => self.slots.add(slot, bits::FLOAT),
            TypeRef::Bool => self.slots.add(slot, bits::BOOL),
            TypeRef::Unit => self.slots.add(slot, bits::NONE),
            TypeRef::Any | TypeRef::Param(_) => {
                if loaded {
                    return self.json();
                }
            }
            TypeRef::Option(of) => {
                let inner = self.written(of, loaded);
                self.slots.flow(inner, slot);
                self.slots.add(slot, bits::NONE);
            }
            TypeRef::Array(of) => {
                let element = self.written(of, loaded);
                self.slots.add_data(slot, self.known.list, &[element]);
            }
            TypeRef::Record(fields) => {
                let fields = fields.iter().map(|(name, ty)| (*name, self.written(ty, loaded))).collect();
                let record = self.slots.record(fields, false);
                self.slots.add_map(slot, record);
            }
            TypeRef::Fun(params, result) => {
                let params = params.iter().map(|p| self.written(p, loaded)).collect();
                let result = self.written(result, loaded);
                self.slots.add_fun(slot, FunSlots { params, result });
            }
            TypeRef::Data(id, args) if *id == self.known.map => {
                let key = self.map_key(args.first());
                let value = match args.get(1) {
                    Some(ty) => self.written(ty, loaded),
                    None => self.json(),
                };
                let map = self.slots.dynamic_map(key, value);
                self.slots.add_map(slot, map);
            }
            TypeRef::Data(id, args) => {
                let args: Vec<Slot> = args.iter().map(|arg| self.written(arg, loaded)).collect();
                self.slots.add_data(slot, *id, &args);
                self.declare_fields(*id);
            }
        }
        slot
    }
    fn map_key(&mut self, ty: Option<&TypeRef>) -> Slot {
        match ty {
            Some(TypeRef::Int) => self.scalar(bits::INT),
            _ => self.string(),
        }
    }
    /// From now on the fields of the type can hold what its declaration says.
    fn declare_fields(&mut self, data: DataId) {
        let decl = &self.program.data[data.0 as usize];
        if decl.is_prelude || std::mem::replace(&mut self.declared[data.0 as usize], true) {
            return;
        }
        let types: Vec<TypeRef> = match &decl.kind {
            DataKind::Struct(fields) => fields.iter().map(|f| f.ty.clone()).collect(),
            DataKind::Union(variants) => variants.iter().flat_map(|v| v.fields.iter().map(|f| f.ty.clone())).collect(),
        };
        for (index, ty) in types.iter().enumerate() {
            let slot = self.written(ty, true);
            self.slots.flow(slot, self.fields[data.0 as usize][index]);
        }
    }

    /// What JSON can hold: `none`, bools, numbers, texts, lists and maps of the same.
    pub(super) fn json(&mut self) -> Slot {
        if let Some(slot) = self.json {
            return slot;
        }
        let slot = self.scalar(bits::NONE | bits::BOOL | bits::INT | bits::FLOAT);
        self.json = Some(slot);
        self.add_string(slot);
        self.slots.add_data(slot, self.known.list, &[slot]);
        let key = self.string();
        let map = self.slots.dynamic_map(key, slot);
        self.slots.add_map(slot, map);
        slot
    }

    /// The result of a prelude function that a foreign name stands for: what it declares.
    pub(super) fn prelude_result(&mut self, func: FnId) -> Slot {
        match &self.program.fns[func.index()].ret {
            Some(ty) => self.written(&ty.clone(), false),
            None => self.scalar(bits::NONE),
        }
    }
}
