//! Global value numbering: of equal computations in scope, the first one stays.
//!
//! One forward walk with a scoped hash map; dominance is lexical, so what is in the map is available. Pure and partial ops are
//! equal when op, immediate and operands are. A read is equal to an earlier read or store of the same place if no write of its
//! class (see `effects`) can lie between: every class has a version, which writes, calls and loops advance; where the ways
//! out of a construct meet, a class keeps its version only if all of them agree. A check (`i64.add_checked`, `trap_if`)
//! that has passed before is not made again. Inside an arm of `if c`, and after `trap_if c`, the value of `c` is known.
//!
//! It moves nothing (`licm` does) and removes no stores.

use super::algebra::is_commutative;
use super::effects::Effects;
use super::rewrite::{Aliases, definitions};
use crate::hash::HashMap;
use crate::ir::{Args, Effect, Func, Id, Imm, Inst, InstData, InstKind, Module, Op, Region, Storage, Type, Types, Value};
use smallvec::SmallVec;
use std::collections::BTreeMap;

pub fn gvn(module: &mut Module) {
    let effects = Effects::new(module);
    let Module { types, funcs, .. } = module;
    // Shared, since there can be as many classes as functions; each function leaves it as it was.
    let mut versions = vec![0; effects.class_count as usize];
    for func in funcs.values_mut() {
        let body = func.body;
        let (insts, defs) = (func.insts.len(), definitions(func));
        let mut gvn = Gvn {
            types,
            effects: &effects,
            func,
            aliases: Aliases::default(),
            seen: HashMap::default(),
            added: Vec::new(),
            facts: HashMap::default(),
            learned: Vec::new(),
            versions: &mut versions,
            advanced: Vec::new(),
            entered: vec![0; insts],
            next_version: 1,
            leaving: vec![None; insts],
            branches: vec![0; insts],
            defs,
            out: Vec::new(),
        };
        gvn.region(body);
        gvn.go_back(0);
    }
}

/// What makes two computations equal: op, immediate, operands, and for reads the version of the class.
type Key = (Op, ImmKey, Args, u32);

/// An immediate as numbers, for hashing.
type ImmKey = (u8, u64);

fn imm_key(imm: Imm) -> ImmKey {
    match imm {
        Imm::None => (0, 0),
        Imm::Bool(b) => (1, u64::from(b)),
        Imm::I32(n) => (2, n as u32 as u64),
        Imm::I64(n) => (3, n as u64),
        Imm::F64(bits) => (4, bits),
        Imm::Type(t) => (5, t.index() as u64),
        Imm::Field(t, field) => (6, (t.index() as u64) << 32 | u64::from(field)),
        Imm::Data(t, data) => (7, (t.index() as u64) << 32 | data.index() as u64),
        Imm::Global(g) => (8, g.index() as u64),
        Imm::Func(f) => (9, f.index() as u64),
        // Where a check that passed would have failed does not matter.
        Imm::Site(_) => (10, 0),
    }
}

struct Gvn<'a> {
    types: &'a Types,
    effects: &'a Effects,
    func: &'a mut Func,
    aliases: Aliases,
    /// What is in scope; looked up only, never iterated.
    seen: HashMap<Key, Value>,
    /// What the regions around the walk have added to `seen`, with what was there before.
    added: Vec<(Key, Option<Value>)>,
    /// Bools whose value is known here.
    facts: HashMap<Value, bool>,
    learned: Vec<(Value, Option<bool>)>,
    /// By class of memory: a number that every write renews.
    versions: &'a mut [u32],
    /// The classes that were renewed on the way here, with their numbers before. A branch costs what it writes, not what there is.
    advanced: Vec<(u32, u32)>,
    /// By construct: how long that list was where it began.
    entered: Vec<usize>,
    next_version: u32,
    /// By construct: the versions, of those that differ from where it began, that all `br`s to it so far agree on.
    leaving: Vec<Option<BTreeMap<u32, u32>>>,
    /// By construct: the `br`s to it so far.
    branches: Vec<u32>,
    /// By value: the instruction that yields it.
    defs: Vec<Option<Inst>>,
    out: Vec<Inst>,
}

impl Gvn<'_> {
    fn region(&mut self, region: Region) {
        self.region_knowing(region, None);
    }

    /// Walks a region in which a bool is known.
    fn region_knowing(&mut self, region: Region, fact: Option<(Value, bool)>) {
        let (added, learned) = (self.added.len(), self.learned.len());
        let insts = std::mem::take(&mut self.func.regions[region].insts);
        let outer = std::mem::take(&mut self.out);
        if let Some((value, truth)) = fact {
            self.learn(value, truth);
        }
        for inst in insts {
            self.inst(inst);
        }
        self.func.regions[region].insts = std::mem::replace(&mut self.out, outer);
        for (key, before) in self.added.drain(added..).rev() {
            match before {
                Some(value) => self.seen.insert(key, value),
                None => self.seen.remove(&key),
            };
        }
        for (value, before) in self.learned.drain(learned..).rev() {
            match before {
                Some(truth) => self.facts.insert(value, truth),
                None => self.facts.remove(&value),
            };
        }
    }

    fn inst(&mut self, inst: Inst) {
        let mut kind = std::mem::replace(&mut self.func.insts[inst].kind, InstKind::Unreachable);
        self.aliases.rewrite(&mut kind);
        self.use_facts(&mut kind);
        self.func.insts[inst].kind = kind.clone();
        match kind {
            InstKind::Op { op, imm, args } => self.op(inst, op, imm, args),
            InstKind::Call { .. } | InstKind::CallIndirect { .. } | InstKind::CallHost { .. } => {
                self.out.push(inst);
                let summary = self.effects.call(&kind);
                for class in summary.writes.iter() {
                    self.advance(class);
                }
            }
            InstKind::Block { body } => {
                self.out.push(inst);
                self.entered[inst.index()] = self.advanced.len();
                self.region(body);
                self.join(inst);
            }
            InstKind::Loop { body, .. } => {
                self.out.push(inst);
                self.entered[inst.index()] = self.advanced.len();
                // A turn may follow any of the loop's own writes.
                for class in self.effects.clobbered(self.func, body).iter() {
                    self.advance(class);
                }
                self.region(body);
            }
            InstKind::If { cond, then_, else_ } => {
                self.out.push(inst);
                let before = self.advanced.len();
                self.entered[inst.index()] = before;
                self.region_knowing(then_, Some((cond, true)));
                let from_then = self.left(inst);
                self.go_back(before);
                self.region_knowing(else_, Some((cond, false)));
                let from_else = self.left(inst) - from_then;
                self.join(inst);
                // Where one arm never comes back, the other's fact holds behind the `if`.
                match (from_then, from_else) {
                    (1.., 0) => self.learn(cond, true),
                    (0, 1..) => self.learn(cond, false),
                    _ => {}
                }
            }
            InstKind::Switch { cases, default, .. } => {
                self.out.push(inst);
                let before = self.advanced.len();
                self.entered[inst.index()] = before;
                for case in cases.into_iter().chain([default]) {
                    self.go_back(before);
                    self.region(case);
                }
                self.join(inst);
            }
            InstKind::Br { target, .. } => {
                self.out.push(inst);
                self.branches[target.index()] += 1;
                // The versions that a loop's turns end with are not asked for.
                if !matches!(self.func.insts[target].kind, InstKind::Loop { .. }) {
                    self.leave(target);
                }
            }
            InstKind::Return { .. } | InstKind::Unreachable => self.out.push(inst),
        }
    }

    /// Notes the versions that a `br` leaves a construct with.
    fn leave(&mut self, target: Inst) {
        let changed = &self.advanced[self.entered[target.index()]..];
        let now: BTreeMap<u32, u32> = changed.iter().map(|&(class, _)| (class, self.versions[class as usize])).collect();
        match &mut self.leaving[target.index()] {
            None => self.leaving[target.index()] = Some(now),
            Some(agreed) => {
                for (class, &version) in &now {
                    // What one way out has as it was, and another not, is neither.
                    let same = agreed.get(class) == Some(&version);
                    if !same {
                        agreed.insert(*class, self.next_version);
                        self.next_version += 1;
                    }
                }
                for (_, version) in agreed.iter_mut().filter(|(class, _)| !now.contains_key(class)) {
                    *version = self.next_version;
                    self.next_version += 1;
                }
            }
        }
    }

    /// Makes the versions those of an earlier place on the way here.
    fn go_back(&mut self, advanced: usize) {
        for (class, before) in self.advanced.drain(advanced..).rev() {
            self.versions[class as usize] = before;
        }
    }

    fn set_version(&mut self, class: u32, version: u32) {
        let before = std::mem::replace(&mut self.versions[class as usize], version);
        self.advanced.push((class, before));
    }

    /// After a construct, memory is as the `br`s out of it left it.
    fn join(&mut self, inst: Inst) {
        if let Some(agreed) = self.leaving.get_mut(inst.index()).and_then(Option::take) {
            self.go_back(self.entered[inst.index()]);
            for (class, version) in agreed {
                self.set_version(class, version);
            }
        }
    }

    /// How many `br`s to a construct were seen so far.
    fn left(&self, inst: Inst) -> u32 {
        self.branches[inst.index()]
    }

    fn advance(&mut self, class: u32) {
        self.set_version(class, self.next_version);
        self.next_version += 1;
    }

    fn learn(&mut self, value: Value, truth: bool) {
        let before = self.facts.insert(value, truth);
        self.learned.push((value, before));
        let Some(inst) = self.definition(value) else { return };
        let InstKind::Op { op, ref args, .. } = self.func.insts[inst].kind else { return };
        let args = args.clone();
        match (op, truth) {
            (Op::BoolNot, _) => self.learn(args[0], !truth),
            (Op::BoolAnd, true) | (Op::BoolOr, false) => {
                self.learn(args[0], truth);
                self.learn(args[1], truth);
            }
            // a < b makes b < a and a == b false, and so on.
            (Op::I32LtS | Op::I32LtU | Op::I64LtS | Op::I64LtU | Op::F64Lt, true) => {
                self.learn_op(op, &[args[1], args[0]], false);
                self.learn_equal(op, &args, false);
                if op == Op::I64LtS {
                    self.learn_op(Op::I64LeS, &args, true);
                    self.learn_op(Op::I64LeS, &[args[1], args[0]], false);
                }
            }
            (Op::I64LtS, false) => self.learn_op(Op::I64LeS, &[args[1], args[0]], true),
            (Op::I64LeS, true) => self.learn_op(Op::I64LtS, &[args[1], args[0]], false),
            (Op::I64LeS, false) => self.learn_op(Op::I64LtS, &[args[1], args[0]], true),
            (Op::I64Eq, _) => self.learn_op(Op::I64Ne, &args, !truth),
            (Op::I64Ne, _) => self.learn_op(Op::I64Eq, &args, !truth),
            _ => {}
        }
    }

    fn learn_equal(&mut self, less: Op, args: &[Value], truth: bool) {
        match less {
            Op::I32LtS | Op::I32LtU => self.learn_op(Op::I32Eq, args, truth),
            Op::I64LtS | Op::I64LtU => {
                self.learn_op(Op::I64Eq, args, truth);
                self.learn_op(Op::I64Ne, args, !truth);
            }
            _ => {}
        }
    }

    /// The computation of a bool that may come later is known already: the constant stands for it.
    fn learn_op(&mut self, op: Op, args: &[Value], truth: bool) {
        let key = self.key(op, Imm::None, Args::from_slice(args));
        match self.seen.get(&key).copied() {
            Some(value) => {
                let before = self.facts.insert(value, truth);
                self.learned.push((value, before));
            }
            None => {
                let constant = self.bool_constant(truth);
                self.remember(key, constant);
            }
        }
    }

    fn bool_constant(&mut self, truth: bool) -> Value {
        let key = self.key(Op::BoolConst, Imm::Bool(truth), Args::new());
        if let Some(&value) = self.seen.get(&key) {
            return value;
        }
        let value = self.func.value(Type::Bool);
        let kind = InstKind::Op { op: Op::BoolConst, imm: Imm::Bool(truth), args: Args::new() };
        let span = self.func.span;
        let inst = self.func.insts.push(InstData { kind, results: SmallVec::from_slice(&[value]), at: span.into() });
        self.leaving.push(None);
        self.entered.push(0);
        self.branches.push(0);
        self.out.push(inst);
        self.remember(key, value);
        value
    }

    /// Puts a constant where a bool is used whose value is known.
    fn use_facts(&mut self, kind: &mut InstKind) {
        if self.facts.is_empty() {
            return;
        }
        let mut known = SmallVec::<[(Value, bool); 2]>::new();
        kind.for_each_operand(|v| {
            if let Some(&truth) = self.facts.get(&v) {
                known.push((v, truth));
            }
        });
        for (value, truth) in known {
            let constant = self.bool_constant(truth);
            kind.for_each_operand_mut(|v| {
                if *v == value {
                    *v = constant;
                }
            });
        }
    }

    fn definition(&self, value: Value) -> Option<Inst> {
        self.defs.get(value.index()).copied().flatten()
    }

    fn key(&self, op: Op, imm: Imm, mut args: Args) -> Key {
        if is_commutative(op) {
            args.sort();
        }
        let version = match self.effects.read(self.types, op, imm) {
            Some(class) => self.versions[class as usize],
            None => 0,
        };
        let imm = match (op, imm) {
            // A field is the same place through a supertype and through its subtypes.
            (Op::StructGet, Imm::Field(t, field)) => (6, u64::from(self.effects.field_class(t, field))),
            _ => imm_key(imm),
        };
        (op, imm, args, version)
    }

    fn remember(&mut self, key: Key, value: Value) {
        let before = self.seen.insert(key.clone(), value);
        self.added.push((key, before));
    }

    fn op(&mut self, inst: Inst, op: Op, imm: Imm, args: Args) {
        match op.effect() {
            Effect::Pure | Effect::Partial | Effect::Read => self.computation(inst, op, imm, args),
            Effect::Trap if self.func.insts[inst].results.is_empty() => {
                self.out.push(inst);
                self.learn(args[0], false);
            }
            Effect::Trap => self.computation(inst, op, imm, args),
            Effect::Write => {
                self.out.push(inst);
                if let Some(class) = self.effects.written(op, imm) {
                    self.advance(class);
                }
                self.remember_store(op, imm, &args);
            }
            Effect::Alloc => {
                self.out.push(inst);
                self.remember_fields(inst, op, imm, &args);
            }
        }
    }

    fn computation(&mut self, inst: Inst, op: Op, imm: Imm, args: Args) {
        let result = self.func.result_of(inst);
        let key = self.key(op, imm, args);
        match self.seen.get(&key) {
            Some(&value) if self.types.accepts(self.func.ty(result), self.func.ty(value)) => self.aliases.set(result, value),
            _ => {
                self.remember(key, result);
                self.out.push(inst);
            }
        }
    }

    /// A read of the place just stored to gives the value stored.
    fn remember_store(&mut self, op: Op, imm: Imm, args: &Args) {
        let read = match (op, imm) {
            (Op::StructSet, _) => Op::StructGet,
            (Op::GlobalSet, _) => Op::GlobalGet,
            (Op::ArraySet, Imm::Type(t)) if matches!(self.types.array(t).element, Storage::Value(_)) => Op::ArrayGet,
            _ => return,
        };
        let (&stored, place) = args.split_last().expect("a stored value");
        let key = self.key(read, imm, Args::from_slice(place));
        self.remember(key, stored);
    }

    fn remember_fields(&mut self, inst: Inst, op: Op, imm: Imm, args: &Args) {
        let (Op::StructNew, Imm::Type(t)) = (op, imm) else { return };
        let object = self.func.result_of(inst);
        for (field, &value) in args.iter().enumerate() {
            let key = self.key(Op::StructGet, Imm::Field(t, field as u32), Args::from_slice(&[object]));
            self.remember(key, value);
        }
    }
}
