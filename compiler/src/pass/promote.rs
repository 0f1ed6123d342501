//! Keeps a field of an object in a variable through a loop, where only cold paths may change it behind the loop's back.
//!
//! ```text
//!   loop {                                     d = xs.data
//!     d = xs.data                              loop (d) {
//!     if rare { call grow(xs) }        =>        if rare { call grow(xs); d' = xs.data } -> d''
//!     use xs.data                                use d''
//!   }                                            br loop(d'')
//!                                              }
//! ```
//! A growing list keeps its header's fields in registers that way, although growing changes them. A field qualifies if
//! the object is made outside the loop, the loop reads the field on a warm path, and every instruction that may write its class
//! is a store to this very object or stands in a cold region: one that calls a function marked `Never`, or never comes
//! back. Nothing in a nested loop may write it, or that would have to carry it along: variables are few where it matters.
//! Stores still go to memory. Fields that the loop does not change at all are for `licm`.

use super::effects::Effects;
use super::rewrite::{Aliases, walk};
use crate::ir::{Args, Func, Id, Imm, Inlining, Inst, InstData, InstKind, Module, Op, Region, Type, Types, Value};
use smallvec::SmallVec;

pub fn promote(module: &mut Module) {
    let effects = Effects::new(module);
    let cold: Vec<bool> = module.funcs.values().map(|f| f.inlining == Inlining::Never || f.diverges).collect();
    let Module { types, funcs, .. } = module;
    for func in funcs.values_mut() {
        let body = func.body;
        Promoter { types, effects: &effects, cold: &cold, func }.region(body);
    }
}

/// A field of one object.
#[derive(Clone, Copy, PartialEq)]
struct Place {
    object: Value,
    imm: Imm,
    class: u32,
}

struct Promoter<'a> {
    types: &'a Types,
    effects: &'a Effects,
    cold: &'a [bool],
    func: &'a mut Func,
}

impl Promoter<'_> {
    /// Inner loops first: what they load before their start is a read of the loop around them.
    fn region(&mut self, region: Region) {
        let insts = std::mem::take(&mut self.func.regions[region].insts);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            for inner in self.func.insts[inst].kind.regions() {
                self.region(inner);
            }
            if let InstKind::Loop { body, .. } = self.func.insts[inst].kind {
                self.loop_(inst, body, &mut out);
            }
            out.push(inst);
        }
        self.func.regions[region].insts = out;
    }

    fn loop_(&mut self, inst: Inst, body: Region, out: &mut Vec<Inst>) {
        let places = self.places(body);
        if places.is_empty() {
            return;
        }
        let at = self.func.insts[inst].at;
        let mut threading = Threading {
            effects: self.effects,
            types: self.types,
            changed: vec![Vec::new(); self.func.insts.len()],
            current: Vec::new(),
            aliases: Aliases::default(),
            places,
            func: self.func,
        };
        threading.scan(body, &mut vec![inst]);
        for i in 0..threading.places.len() {
            let (load, value) = threading.load(i, at);
            out.push(load);
            threading.current.push(value);
        }
        threading.enter_loop(inst, body);
        threading.region(body);
        let aliases = threading.aliases;
        aliases.apply(self.func);
    }

    /// The fields that are worth a variable in this loop.
    fn places(&self, body: Region) -> Vec<Place> {
        let mut inside = vec![false; self.func.values.len()];
        for &param in &self.func.regions[body].params {
            inside[param.index()] = true;
        }
        walk(self.func, body, &mut |i| {
            let data = &self.func.insts[i];
            let nested = data.kind.regions().into_iter().flat_map(|r| &self.func.regions[r].params);
            data.results.iter().chain(nested).for_each(|v| inside[v.index()] = true);
        });
        let mut found = Vec::new();
        self.warm_reads(body, &inside, &mut found);
        found.retain(|place| self.changes_only_cold(body, *place, false));
        found
    }

    fn is_cold(&self, region: Region) -> bool {
        let insts = &self.func.regions[region].insts;
        let after_loop = insts.len() > 1 && matches!(self.func.insts[insts[insts.len() - 2]].kind, InstKind::Loop { .. });
        let is_end = |i: &Inst| matches!(self.func.insts[*i].kind, InstKind::Unreachable);
        let calls_cold = |i: &Inst| matches!(self.func.insts[*i].kind, InstKind::Call { func, .. } if self.cold[func.index()]);
        (insts.last().is_some_and(is_end) && !after_loop) || insts.iter().any(calls_cold)
    }

    fn warm_reads(&self, region: Region, inside: &[bool], found: &mut Vec<Place>) {
        for &inst in &self.func.regions[region].insts {
            if let Some(place) = read_place(self.func, self.types, self.effects, inst)
                && !inside[place.object.index()]
                && !found.contains(&place)
            {
                found.push(place);
            }
            for inner in self.func.insts[inst].kind.regions() {
                if !self.is_cold(inner) {
                    self.warm_reads(inner, inside, found);
                }
            }
        }
    }

    /// Whether what may write the place stands in cold regions, but for stores to the object itself.
    fn changes_only_cold(&self, region: Region, place: Place, cold: bool) -> bool {
        self.func.regions[region].insts.iter().all(|&inst| {
            let own = stored_value(self.func, inst, place).is_some();
            let here = cold || own || !may_write(self.func, self.effects, inst, place.class);
            let nested = self.func.insts[inst].kind.regions();
            if matches!(self.func.insts[inst].kind, InstKind::Loop { .. }) {
                return !self.effects.clobbered(self.func, nested[0]).contains(place.class);
            }
            here && nested.into_iter().all(|r| self.changes_only_cold(r, place, cold || self.is_cold(r)))
        })
    }
}

/// The mutable field that an instruction reads.
fn read_place(func: &Func, types: &Types, effects: &Effects, inst: Inst) -> Option<Place> {
    match &func.insts[inst].kind {
        InstKind::Op { op: Op::StructGet, imm, args } => {
            effects.read(types, Op::StructGet, *imm).map(|class| Place { object: args[0], imm: *imm, class })
        }
        _ => None,
    }
}

/// What an instruction stores to the place.
fn stored_value(func: &Func, inst: Inst, place: Place) -> Option<Value> {
    match &func.insts[inst].kind {
        InstKind::Op { op: Op::StructSet, imm, args } if *imm == place.imm && args[0] == place.object => Some(args[1]),
        _ => None,
    }
}

/// Whether the instruction itself may write the class; nested regions are looked at by themselves.
fn may_write(func: &Func, effects: &Effects, inst: Inst, class: u32) -> bool {
    match &func.insts[inst].kind {
        InstKind::Op { op, imm, .. } => effects.written(*op, *imm) == Some(class),
        kind => effects.call(kind).writes.contains(class),
    }
}

/// Threads the places' values through a loop, as SSA construction does with variables.
struct Threading<'a> {
    types: &'a Types,
    effects: &'a Effects,
    places: Vec<Place>,
    /// By construct: the places that change in it.
    changed: Vec<Vec<usize>>,
    /// By place: its value here.
    current: Vec<Value>,
    aliases: Aliases,
    func: &'a mut Func,
}

impl Threading<'_> {
    /// Finds what changes where; the loop itself is the first construct around.
    fn scan(&mut self, region: Region, around: &mut Vec<Inst>) {
        for inst in self.func.regions[region].insts.clone() {
            for i in 0..self.places.len() {
                if may_write(self.func, self.effects, inst, self.places[i].class) {
                    for construct in around.iter() {
                        let list = &mut self.changed[construct.index()];
                        if !list.contains(&i) {
                            list.push(i);
                        }
                    }
                }
            }
            around.push(inst);
            for inner in self.func.insts[inst].kind.regions() {
                self.scan(inner, around);
            }
            around.pop();
        }
    }

    fn ty(&self, place: usize) -> Type {
        match self.places[place].imm {
            Imm::Field(t, field) => self.types.structure(t).fields[field as usize].storage.value_type(),
            other => unreachable!("{other:?} is no field"),
        }
    }

    fn load(&mut self, place: usize, at: crate::ir::Place) -> (Inst, Value) {
        let Place { object, imm, .. } = self.places[place];
        let value = self.func.value(self.ty(place));
        let kind = InstKind::Op { op: Op::StructGet, imm, args: Args::from_slice(&[object]) };
        let inst = self.func.insts.push(InstData { kind, results: SmallVec::from_slice(&[value]), at });
        self.changed.push(Vec::new());
        (inst, value)
    }

    fn enter_loop(&mut self, inst: Inst, body: Region) {
        for place in self.changed[inst.index()].clone() {
            let param = self.func.value(self.ty(place));
            let first = self.current[place];
            if let InstKind::Loop { init, .. } = &mut self.func.insts[inst].kind {
                init.push(first);
            }
            self.func.regions[body].params.push(param);
            self.current[place] = param;
        }
    }

    fn region(&mut self, region: Region) {
        let insts = std::mem::take(&mut self.func.regions[region].insts);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            self.inst(inst, &mut out);
        }
        self.func.regions[region].insts = out;
    }

    fn inst(&mut self, inst: Inst, out: &mut Vec<Inst>) {
        let mut kind = std::mem::replace(&mut self.func.insts[inst].kind, InstKind::Unreachable);
        self.aliases.rewrite(&mut kind);
        if let InstKind::Br { target, args } = &mut kind {
            args.extend(self.changed[target.index()].iter().map(|&place| self.current[place]));
        }
        let regions = kind.regions();
        let is_loop = matches!(kind, InstKind::Loop { .. });
        self.func.insts[inst].kind = kind;
        if is_loop {
            let before = self.current.clone();
            self.enter_loop(inst, regions[0]);
            self.region(regions[0]);
            self.current = before;
        } else if !regions.is_empty() {
            self.construct(inst, &regions);
        }
        if let Some(read) = read_place(self.func, self.types, self.effects, inst)
            && let Some(place) = self.places.iter().position(|p| *p == read)
        {
            let result = self.func.result_of(inst);
            return self.aliases.set(result, self.current[place]);
        }
        out.push(inst);
        self.follow(inst, out);
    }

    /// Behind a write, the place has the stored value, or one that must be read again.
    fn follow(&mut self, inst: Inst, out: &mut Vec<Inst>) {
        for i in 0..self.places.len() {
            let place = self.places[i];
            if let Some(value) = stored_value(self.func, inst, place) {
                self.current[i] = value;
            } else if may_write(self.func, self.effects, inst, place.class) {
                let at = self.func.insts[inst].at;
                let (load, value) = self.load(i, at);
                out.push(load);
                self.current[i] = value;
            }
        }
    }

    fn construct(&mut self, inst: Inst, regions: &[Region]) {
        let before = self.current.clone();
        for &region in regions {
            self.current.clone_from(&before);
            self.region(region);
        }
        self.current = before;
        for place in self.changed[inst.index()].clone() {
            let result = self.func.value(self.ty(place));
            self.func.insts[inst].results.push(result);
            self.current[place] = result;
        }
    }
}
