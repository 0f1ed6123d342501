//! What instructions and functions do to memory and to the run of the program.
//!
//! Memory is cut into *classes* that cannot overlap: a field of a struct type (inherited fields are those of the supertype that
//! declares them), the elements of an array type, a global. Types are nominal, so two accesses of different classes
//! never touch the same place. Summaries of functions are a fixpoint over the call graph; an indirect call may reach
//! every function of its signature whose address is taken.

use super::rewrite::walk_func;
use crate::ir::{Func, FuncId, HostType, Id, Imm, Inst, InstKind, Module, Op, Storage, TypeId, TypeKind};

/// A set of classes.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ClassSet {
    words: Vec<u64>,
}

impl ClassSet {
    pub fn insert(&mut self, class: u32) {
        let word = class as usize / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (class % 64);
    }
    pub fn contains(&self, class: u32) -> bool {
        self.words.get(class as usize / 64).is_some_and(|w| w >> (class % 64) & 1 != 0)
    }
    /// Adds another set's classes; whether that changed anything.
    pub fn extend(&mut self, other: &ClassSet) -> bool {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        let mut changed = false;
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            changed |= *theirs & !*mine != 0;
            *mine |= theirs;
        }
        changed
    }
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&w| w == 0)
    }
    /// In ascending order. A program has as many classes as globals and fields, a set most often few of them.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let filled = self.words.iter().enumerate().filter(|(_, word)| **word != 0);
        filled.flat_map(|(index, &word)| {
            let rest = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
            std::iter::successors(Some(word), rest).map(move |word| index as u32 * 64 + word.trailing_zeros())
        })
    }
}

/// What a function may do, itself or through its callees.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Summary {
    pub writes: ClassSet,
    /// May end the program, or ask the host for something.
    pub observable: bool,
    /// May run for ever: has a loop, or is recursive.
    pub endless: bool,
}

impl Summary {
    /// Adds what another one says; whether that changed anything.
    fn absorb(&mut self, other: &Summary) -> bool {
        let changed = self.writes.extend(&other.writes) | (other.observable && !self.observable) | (other.endless && !self.endless);
        self.observable |= other.observable;
        self.endless |= other.endless;
        changed
    }
}

/// The classes of a module and the summaries of its functions.
pub struct Effects {
    /// By type: the classes of a struct's fields, or the one of an array's elements.
    classes: Vec<Vec<u32>>,
    first_global: u32,
    pub class_count: u32,
    /// The classes of arrays that host functions may write.
    bytes: ClassSet,
    summaries: Vec<Summary>,
    /// By signature type: what an indirect call may do.
    indirect: Vec<Summary>,
    /// What a call of a host function may do that takes bytes, and one that takes none.
    host_with_bytes: Summary,
    host: Summary,
    /// What does nothing.
    nothing: Summary,
}

/// What a function does itself, and whom it calls.
#[derive(Default)]
struct Outline {
    own: Summary,
    /// Each once, in text order.
    calls: Vec<FuncId>,
    indirect: Vec<TypeId>,
    /// The functions whose address it takes.
    addressed: Vec<FuncId>,
}

impl Effects {
    pub fn new(module: &Module) -> Effects {
        let mut effects = Effects {
            classes: Vec::new(),
            first_global: 0,
            class_count: 0,
            bytes: ClassSet::default(),
            summaries: Vec::new(),
            indirect: vec![Summary::default(); module.types.len()],
            host_with_bytes: Summary { observable: true, ..Summary::default() },
            host: Summary { observable: true, ..Summary::default() },
            nothing: Summary::default(),
        };
        effects.number_classes(module);
        effects.host_with_bytes.writes = effects.bytes.clone();
        effects.summarize(module);
        effects
    }

    fn number_classes(&mut self, module: &Module) {
        for def in module.types.values() {
            let mut classes = Vec::new();
            match &def.kind {
                TypeKind::Struct(s) => {
                    if let Some(base) = s.supertype {
                        classes.extend_from_slice(&self.classes[base.index()]);
                    }
                    while classes.len() < s.fields.len() {
                        classes.push(self.class_count);
                        self.class_count += 1;
                    }
                }
                TypeKind::Array(a) => {
                    if a.element == Storage::I8 {
                        self.bytes.insert(self.class_count);
                    }
                    classes.push(self.class_count);
                    self.class_count += 1;
                }
                TypeKind::Func(_) => {}
            }
            self.classes.push(classes);
        }
        self.first_global = self.class_count;
        self.class_count += module.globals.len() as u32;
    }

    fn summarize(&mut self, module: &Module) {
        let mut seen = vec![u32::MAX; module.funcs.len()];
        let outlines: Vec<Outline> = module.funcs.values().enumerate().map(|(i, func)| self.outline(func, i as u32, &mut seen)).collect();
        let (order, recursive) = order_of(module, |f| &outlines[f.index()].calls);
        let mut addressed: Vec<FuncId> = outlines.iter().flat_map(|outline| &outline.addressed).copied().collect();
        addressed.sort();
        addressed.dedup();
        self.summaries = outlines.iter().map(|outline| outline.own.clone()).collect();
        for &f in &order {
            self.summaries[f.index()].endless |= recursive[f.index()];
        }
        let mut changed = true;
        while changed {
            changed = false;
            for &id in &order {
                let outline = &outlines[id.index()];
                let mut summary = std::mem::take(&mut self.summaries[id.index()]);
                for &callee in outline.calls.iter().filter(|&&callee| callee != id) {
                    changed |= summary.absorb(&self.summaries[callee.index()]);
                }
                for &sig in &outline.indirect {
                    changed |= summary.absorb(&self.indirect[sig.index()]);
                }
                self.summaries[id.index()] = summary;
            }
            for &id in &addressed {
                let target = &mut self.indirect[module.signature_type(id).index()];
                changed |= target.absorb(&self.summaries[id.index()]) | !target.endless;
                // An indirect call may call itself through other functions.
                target.endless = true;
            }
        }
    }

    /// `seen` says of each function which one was the last to call it.
    fn outline(&self, func: &Func, index: u32, seen: &mut [u32]) -> Outline {
        let mut outline = Outline::default();
        walk_func(func, &mut |inst| match func.insts[inst].kind {
            InstKind::Call { func: callee, .. } => {
                if std::mem::replace(&mut seen[callee.index()], index) != index {
                    outline.calls.push(callee);
                }
            }
            InstKind::CallIndirect { sig, .. } if !outline.indirect.contains(&sig) => outline.indirect.push(sig),
            InstKind::CallIndirect { .. } => {}
            InstKind::Op { imm: Imm::Func(f), .. } => outline.addressed.push(f),
            _ => self.add(func, inst, &mut outline.own),
        });
        outline
    }

    /// Adds what one instruction does; nested regions are the caller's.
    fn add(&self, func: &Func, inst: Inst, summary: &mut Summary) {
        match &func.insts[inst].kind {
            InstKind::Op { op, imm, .. } => {
                if let Some(class) = self.written(*op, *imm) {
                    summary.writes.insert(class);
                }
                summary.observable |= op.effect() == crate::ir::Effect::Trap;
            }
            InstKind::Call { .. } | InstKind::CallIndirect { .. } | InstKind::CallHost { .. } => {
                summary.absorb(self.call(&func.insts[inst].kind));
            }
            InstKind::Loop { .. } => summary.endless = true,
            // It stands after what does not return.
            InstKind::Unreachable => summary.observable = true,
            InstKind::Block { .. } | InstKind::If { .. } | InstKind::Switch { .. } | InstKind::Br { .. } | InstKind::Return { .. } => {}
        }
    }

    /// What a call instruction may do.
    pub fn call(&self, kind: &InstKind) -> &Summary {
        match kind {
            InstKind::Call { func, .. } => &self.summaries[func.index()],
            InstKind::CallIndirect { sig, .. } => &self.indirect[sig.index()],
            InstKind::CallHost { host, .. } if host.params().contains(&HostType::Bytes) => &self.host_with_bytes,
            InstKind::CallHost { .. } => &self.host,
            _ => &self.nothing,
        }
    }

    /// The class that an op writes.
    pub fn written(&self, op: Op, imm: Imm) -> Option<u32> {
        match op {
            Op::StructSet | Op::ArraySet | Op::ArrayCopy | Op::ArrayFill | Op::GlobalSet => self.class(imm),
            _ => None,
        }
    }

    /// The class that an op reads, if that can change: not for immutable fields and lengths.
    pub fn read(&self, module_types: &crate::ir::Types, op: Op, imm: Imm) -> Option<u32> {
        match (op, imm) {
            (Op::StructGet, Imm::Field(t, field)) if !module_types.structure(t).fields[field as usize].mutable => None,
            (Op::StructGet | Op::ArrayGet | Op::GlobalGet, _) => self.class(imm),
            _ => None,
        }
    }

    pub fn field_class(&self, ty: TypeId, field: u32) -> u32 {
        self.classes[ty.index()][field as usize]
    }

    /// The class that an access with this immediate touches.
    pub fn class(&self, imm: Imm) -> Option<u32> {
        match imm {
            Imm::Field(t, field) => Some(self.field_class(t, field)),
            Imm::Type(t) => self.classes[t.index()].first().copied(),
            Imm::Global(g) => Some(self.first_global + g.index() as u32),
            Imm::None | Imm::Bool(_) | Imm::I32(_) | Imm::I64(_) | Imm::F64(_) | Imm::Data(..) | Imm::Func(_) | Imm::Site(_) => None,
        }
    }

    /// Adds every class that the instructions of a region may write, nested ones included.
    pub fn clobbered(&self, func: &Func, region: crate::ir::Region) -> ClassSet {
        let mut summary = Summary::default();
        super::rewrite::walk(func, region, &mut |inst| self.add(func, inst, &mut summary));
        summary.writes
    }
}

/// The functions, callees before callers where there is no cycle, and which of them can call themselves.
pub fn call_order(module: &Module) -> (Vec<FuncId>, Vec<bool>) {
    let callees: Vec<Vec<FuncId>> = module.funcs.values().map(callees).collect();
    order_of(module, |f| &callees[f.index()])
}

fn order_of<'a>(module: &Module, callees: impl Fn(FuncId) -> &'a Vec<FuncId>) -> (Vec<FuncId>, Vec<bool>) {
    // Tarjan's strongly connected components, with an explicit stack: call chains can be long.
    let count = module.funcs.len();
    let (mut index, mut low) = (vec![u32::MAX; count], vec![0u32; count]);
    let (mut on_stack, mut stack, mut order) = (vec![false; count], Vec::new(), Vec::new());
    let mut recursive = vec![false; count];
    let mut next = 0;
    for root in module.funcs.ids() {
        if index[root.index()] != u32::MAX {
            continue;
        }
        let mut work = vec![(root, 0usize)];
        while let Some(&mut (f, ref mut edge)) = work.last_mut() {
            let i = f.index();
            if index[i] == u32::MAX {
                (index[i], low[i]) = (next, next);
                next += 1;
                stack.push(f);
                on_stack[i] = true;
            }
            if let Some(&callee) = callees(f).get(*edge) {
                *edge += 1;
                let c = callee.index();
                if index[c] == u32::MAX {
                    work.push((callee, 0));
                } else if on_stack[c] {
                    low[i] = low[i].min(index[c]);
                }
                continue;
            }
            work.pop();
            if let Some(&(parent, _)) = work.last() {
                low[parent.index()] = low[parent.index()].min(low[i]);
            }
            if low[i] == index[i] {
                let start = stack.iter().rposition(|&g| g == f).expect("a function on the stack");
                let cycle = stack.len() - start > 1 || callees(f).contains(&f);
                for g in stack.drain(start..) {
                    on_stack[g.index()] = false;
                    recursive[g.index()] = cycle;
                    order.push(g);
                }
            }
        }
    }
    (order, recursive)
}

/// The functions that a function calls directly, each once, in text order.
pub fn callees(func: &Func) -> Vec<FuncId> {
    let mut found = Vec::new();
    walk_func(func, &mut |inst| {
        if let InstKind::Call { func: callee, .. } = func.insts[inst].kind
            && !found.contains(&callee)
        {
            found.push(callee);
        }
    });
    found
}
