//! Drops the functions, globals, types and data that nothing reachable names, and renumbers the rest in their old order.
//!
//! Roots are `main` and `trap`; a module without `main` keeps all its functions. Sites stay as they are: their numbers stand in
//! the text of messages.

use super::rewrite::walk_func;
use crate::ir::{DataId, Func, FuncId, GlobalId, Id, Imm, InstKind, Module, Storage, Table, Type, TypeId, TypeKind};

pub fn reach(module: &mut Module) {
    let mut reached = Reached {
        funcs: vec![false; module.funcs.len()],
        globals: vec![false; module.globals.len()],
        types: vec![false; module.types.len()],
        data: vec![false; module.data.len()],
    };
    reached.functions(module);
    reached.types(module);
    reached.renumber(module);
}

struct Reached {
    funcs: Vec<bool>,
    globals: Vec<bool>,
    types: Vec<bool>,
    data: Vec<bool>,
}

impl Reached {
    fn functions(&mut self, module: &Module) {
        let mut work: Vec<FuncId> = match module.main {
            Some(main) => [Some(main), module.trap].into_iter().flatten().collect(),
            None => module.funcs.ids().collect(),
        };
        while let Some(id) = work.pop() {
            if std::mem::replace(&mut self.funcs[id.index()], true) {
                continue;
            }
            let func = &module.funcs[id];
            walk_func(func, &mut |inst| match &func.insts[inst].kind {
                InstKind::Call { func, .. } => work.push(*func),
                InstKind::CallIndirect { sig, .. } => self.types[sig.index()] = true,
                InstKind::Op { imm, .. } => match *imm {
                    Imm::Func(callee) => {
                        work.push(callee);
                        self.types[module.signature_type(callee).index()] = true;
                    }
                    Imm::Global(g) => self.globals[g.index()] = true,
                    Imm::Type(t) | Imm::Field(t, _) => self.types[t.index()] = true,
                    Imm::Data(t, d) => {
                        self.types[t.index()] = true;
                        self.data[d.index()] = true;
                    }
                    Imm::None | Imm::Bool(_) | Imm::I32(_) | Imm::I64(_) | Imm::F64(_) | Imm::Site(_) => {}
                },
                _ => {}
            });
            for ty in func.values.values().map(|v| v.ty).chain(func.result) {
                self.mark(ty);
            }
        }
    }

    fn mark(&mut self, ty: Type) {
        if let Type::Ref { to, .. } | Type::Func(to) = ty {
            self.types[to.index()] = true;
        }
    }

    /// Types that reached types name; a type may name later ones, so until nothing changes.
    fn types(&mut self, module: &Module) {
        for (id, global) in module.globals.iter() {
            if self.globals[id.index()] {
                self.mark(global.ty);
            }
        }
        loop {
            let before = self.types.clone();
            for (id, def) in module.types.iter() {
                if !self.types[id.index()] {
                    continue;
                }
                match &def.kind {
                    TypeKind::Struct(s) => {
                        s.fields.iter().for_each(|f| self.mark(f.storage.value_type()));
                        if let Some(base) = s.supertype {
                            self.types[base.index()] = true;
                        }
                    }
                    TypeKind::Array(a) => self.mark(a.element.value_type()),
                    TypeKind::Func(s) => s.params.iter().chain(&s.result).for_each(|&t| self.mark(t)),
                }
            }
            if self.types == before {
                return;
            }
        }
    }

    fn renumber(&self, module: &mut Module) {
        let maps =
            Maps { funcs: new_ids(&self.funcs), globals: new_ids(&self.globals), types: new_ids(&self.types), data: new_ids(&self.data) };
        let Module { types, globals, data, funcs, sites: _, main, trap } = module;
        compact(types, &self.types);
        compact(globals, &self.globals);
        compact(data, &self.data);
        compact(funcs, &self.funcs);
        for role in [main, trap] {
            *role = role.map(|f| FuncId(maps.funcs[f.index()]));
        }
        for global in globals.values_mut() {
            maps.ty(&mut global.ty);
        }
        for def in types.values_mut() {
            match &mut def.kind {
                TypeKind::Struct(s) => {
                    s.fields.iter_mut().for_each(|f| maps.storage(&mut f.storage));
                    s.supertype = s.supertype.map(|t| TypeId(maps.types[t.index()]));
                }
                TypeKind::Array(a) => maps.storage(&mut a.element),
                TypeKind::Func(s) => s.params.iter_mut().chain(&mut s.result).for_each(|t| maps.ty(t)),
            }
        }
        for func in funcs.values_mut() {
            // Unlinked instructions may name what is gone.
            super::compact::compact(func);
            maps.func(func);
        }
    }
}

fn new_ids(kept: &[bool]) -> Vec<u32> {
    let mut next = 0;
    let number = |&kept: &bool| {
        next += u32::from(kept);
        if kept { next - 1 } else { u32::MAX }
    };
    kept.iter().map(number).collect()
}

fn compact<I: Id, T>(table: &mut Table<I, T>, kept: &[bool]) {
    let old = std::mem::take(table);
    for (item, &kept) in old.into_values().zip(kept) {
        if kept {
            table.push(item);
        }
    }
}

/// By old number: the new one.
struct Maps {
    funcs: Vec<u32>,
    globals: Vec<u32>,
    types: Vec<u32>,
    data: Vec<u32>,
}

impl Maps {
    fn ty(&self, ty: &mut Type) {
        if let Type::Ref { to, .. } | Type::Func(to) = ty {
            *to = TypeId(self.types[to.index()]);
        }
    }

    fn storage(&self, storage: &mut Storage) {
        if let Storage::Value(t) = storage {
            self.ty(t);
        }
    }

    fn func(&self, func: &mut Func) {
        func.values.values_mut().for_each(|v| self.ty(&mut v.ty));
        func.result.iter_mut().for_each(|t| self.ty(t));
        let ty = |t: TypeId| TypeId(self.types[t.index()]);
        for inst in func.insts.values_mut() {
            match &mut inst.kind {
                InstKind::Call { func, .. } => *func = FuncId(self.funcs[func.index()]),
                InstKind::CallIndirect { sig, .. } => *sig = ty(*sig),
                InstKind::Op { imm, .. } => {
                    *imm = match *imm {
                        Imm::Type(t) => Imm::Type(ty(t)),
                        Imm::Field(t, field) => Imm::Field(ty(t), field),
                        Imm::Data(t, d) => Imm::Data(ty(t), DataId(self.data[d.index()])),
                        Imm::Global(g) => Imm::Global(GlobalId(self.globals[g.index()])),
                        Imm::Func(f) => Imm::Func(FuncId(self.funcs[f.index()])),
                        Imm::None | Imm::Bool(_) | Imm::I32(_) | Imm::I64(_) | Imm::F64(_) | Imm::Site(_) => *imm,
                    }
                }
                _ => {}
            }
        }
    }
}
