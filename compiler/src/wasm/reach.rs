//! What a module's entry points reach: functions, types, globals, constant bytes. Only that is emitted.
//!
//! All sets are side tables by id, so what is emitted keeps the order of the IR and the output is deterministic.

use crate::ir::{DataId, Effect, Func, FuncId, GlobalId, HostType, Id, Imm, InstKind, Module, Op, Storage, Type, TypeId, TypeKind};

pub struct Reach {
    pub funcs: Vec<bool>,
    /// Structs and arrays.
    pub types: Vec<bool>,
    pub globals: Vec<bool>,
    /// Constant bytes with the array type that they are used as, in the order of first use.
    pub data: Vec<(TypeId, DataId)>,
    /// Whether an op on tagged values needs the boxes.
    pub boxes: bool,
    queue: Vec<FuncId>,
}

impl Reach {
    pub fn new(module: &Module, roots: &[FuncId]) -> Reach {
        let mut reach = Reach {
            funcs: vec![false; module.funcs.len()],
            types: vec![false; module.types.len()],
            globals: vec![false; module.globals.len()],
            data: Vec::new(),
            boxes: false,
            queue: Vec::new(),
        };
        roots.iter().for_each(|&f| reach.func(f));
        while let Some(id) = reach.queue.pop() {
            reach.body(module, &module.funcs[id]);
        }
        reach.data.sort();
        reach
    }

    fn func(&mut self, id: FuncId) {
        if !std::mem::replace(&mut self.funcs[id.index()], true) {
            self.queue.push(id);
        }
    }

    fn body(&mut self, module: &Module, func: &Func) {
        func.result.iter().for_each(|&t| self.value_type(module, t));
        func.values.values().for_each(|v| self.value_type(module, v.ty));
        for data in func.insts.values() {
            match &data.kind {
                InstKind::Op { op, imm, .. } => {
                    if op.effect() == Effect::Trap {
                        module.trap.iter().for_each(|&trap| self.func(trap));
                    }
                    self.boxes |= matches!(op, Op::AnyFromI64 | Op::AnyFromF64 | Op::AnyToI64 | Op::AnyToF64 | Op::AnyKind);
                    self.imm(module, *imm);
                }
                InstKind::Call { func, .. } => self.func(*func),
                InstKind::CallIndirect { sig, .. } => {
                    let signature = module.types.signature(*sig).clone();
                    signature.params.iter().chain(&signature.result).for_each(|&t| self.value_type(module, t));
                }
                InstKind::CallHost { host, .. } => {
                    debug_assert!(host.params().iter().all(|p| matches!(p, HostType::Bytes | HostType::Value(_))));
                }
                InstKind::Block { .. }
                | InstKind::Loop { .. }
                | InstKind::If { .. }
                | InstKind::Switch { .. }
                | InstKind::Br { .. }
                | InstKind::Return { .. }
                | InstKind::Unreachable => {}
            }
        }
    }

    fn imm(&mut self, module: &Module, imm: Imm) {
        match imm {
            Imm::Type(t) | Imm::Field(t, _) => self.type_id(module, t),
            Imm::Data(t, data) => {
                self.type_id(module, t);
                if !self.data.contains(&(t, data)) {
                    self.data.push((t, data));
                }
            }
            Imm::Global(g) => self.global(module, g),
            Imm::Func(f) => self.func(f),
            Imm::None | Imm::Bool(_) | Imm::I32(_) | Imm::I64(_) | Imm::F64(_) | Imm::Site(_) => {}
        }
    }

    fn global(&mut self, module: &Module, global: GlobalId) {
        self.globals[global.index()] = true;
        self.value_type(module, module.globals[global].ty);
    }

    fn value_type(&mut self, module: &Module, ty: Type) {
        match ty {
            Type::Ref { to, .. } => self.type_id(module, to),
            Type::Bool | Type::I32 | Type::I64 | Type::F64 | Type::Any | Type::Func(_) => {}
        }
    }

    fn type_id(&mut self, module: &Module, id: TypeId) {
        let kind = &module.types[id].kind;
        if matches!(kind, TypeKind::Func(_)) || std::mem::replace(&mut self.types[id.index()], true) {
            return;
        }
        let storage = |reach: &mut Self, s: Storage| reach.value_type(module, s.value_type());
        match kind {
            TypeKind::Struct(s) => {
                s.supertype.iter().for_each(|&t| self.type_id(module, t));
                s.fields.iter().for_each(|f| storage(self, f.storage));
            }
            TypeKind::Array(a) => storage(self, a.element),
            TypeKind::Func(_) => {}
        }
    }
}
