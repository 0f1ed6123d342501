//! Scalar replacement: a struct that only this function's reads and writes of its fields see becomes one value per field.
//!
//! A `struct.new` whose reference is used for nothing but `struct.get` and `struct.set` on it cannot be told from a set of
//! variables. The variables become SSA values in one walk: a construct in which a field is set gets a result for it, a loop a
//! parameter, and every `br` passes the value of the moment. `params` and `dce` remove those that were not needed.
//!
//! References that flow through `br`s, calls, other objects or comparisons stay objects.

use super::rewrite::{Aliases, walk_func};
use crate::ir::{Args, Func, Id, Imm, Inst, InstKind, Module, Op, Region, Type, Types, Value};

pub fn escape(module: &mut Module) {
    let Module { types, funcs, .. } = module;
    for func in funcs.values_mut() {
        let objects = find(func);
        if objects.iter().any(|o| o.is_some()) {
            replace(func, types, &objects);
        }
    }
}

/// By value: the number of the first variable of the object that it refers to.
type Objects = Vec<Option<usize>>;

/// The objects that nothing else sees.
fn find(func: &Func) -> Objects {
    let mut fields = vec![None; func.values.len()];
    walk_func(func, &mut |inst| {
        if let InstKind::Op { op: Op::StructNew, args, .. } = &func.insts[inst].kind {
            fields[func.result_of(inst).index()] = Some(args.len());
        }
    });
    walk_func(func, &mut |inst| {
        let kind = &func.insts[inst].kind;
        let mut position = 0;
        kind.for_each_operand(|v| {
            let is_access = matches!(kind, InstKind::Op { op: Op::StructGet | Op::StructSet, .. }) && position == 0;
            if !is_access {
                fields[v.index()] = None;
            }
            position += 1;
        });
    });
    let mut next = 0;
    let mut number = |count: usize| {
        next += count;
        next - count
    };
    fields.into_iter().map(|count| count.map(&mut number)).collect()
}

fn replace(func: &mut Func, types: &Types, objects: &Objects) {
    let field_types = field_types(func, types, objects);
    let count = field_types.len();
    let mut scan = Scan { func, objects, made_at: vec![0; count], assigned: vec![Vec::new(); func.insts.len()], around: Vec::new() };
    scan.region(func.body);
    let assigned = scan.assigned;
    let body = func.body;
    let current = vec![None; count];
    Replacer { func, objects, field_types, assigned, current, aliases: Aliases::default() }.region(body);
}

/// By variable: its type.
fn field_types(func: &Func, types: &Types, objects: &Objects) -> Vec<Type> {
    let mut found = Vec::new();
    walk_func(func, &mut |inst| {
        if let InstKind::Op { op: Op::StructNew, imm: Imm::Type(t), .. } = func.insts[inst].kind
            && let Some(first) = objects[func.result_of(inst).index()]
        {
            let fields = &types.structure(t).fields;
            if found.len() < first + fields.len() {
                found.resize(first + fields.len(), Type::Any);
            }
            for (i, field) in fields.iter().enumerate() {
                found[first + i] = field.storage.value_type();
            }
        }
    });
    found
}

/// Finds for each construct the variables that are made outside and set inside.
struct Scan<'a> {
    func: &'a Func,
    objects: &'a Objects,
    /// By variable: how many constructs are around its making.
    made_at: Vec<usize>,
    assigned: Vec<Vec<usize>>,
    around: Vec<Inst>,
}

impl Scan<'_> {
    fn region(&mut self, region: Region) {
        let func = self.func;
        for &inst in &func.regions[region].insts {
            match &func.insts[inst].kind {
                InstKind::Op { op: Op::StructNew, args, .. } => {
                    if let Some(first) = self.objects[func.result_of(inst).index()] {
                        self.made_at[first..first + args.len()].fill(self.around.len());
                    }
                }
                InstKind::Op { op: Op::StructSet, imm, args } => {
                    if let Some(variable) = variable(self.objects, *imm, args[0]) {
                        for construct in &self.around[self.made_at[variable]..] {
                            let list = &mut self.assigned[construct.index()];
                            if !list.contains(&variable) {
                                list.push(variable);
                            }
                        }
                    }
                }
                kind => {
                    self.around.push(inst);
                    kind.regions().into_iter().for_each(|inner| self.region(inner));
                    self.around.pop();
                }
            }
        }
    }
}

fn variable(objects: &Objects, imm: Imm, object: Value) -> Option<usize> {
    match imm {
        Imm::Field(_, field) => objects.get(object.index()).copied().flatten().map(|first| first + field as usize),
        _ => None,
    }
}

struct Replacer<'a> {
    func: &'a mut Func,
    objects: &'a Objects,
    /// By variable.
    field_types: Vec<Type>,
    assigned: Vec<Vec<usize>>,
    /// By variable: its value at the place of the walk.
    current: Vec<Option<Value>>,
    aliases: Aliases,
}

impl Replacer<'_> {
    fn region(&mut self, region: Region) {
        let insts = std::mem::take(&mut self.func.regions[region].insts);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            if self.inst(inst) {
                out.push(inst);
            }
        }
        self.func.regions[region].insts = out;
    }

    /// Rewrites an instruction; false if it goes.
    fn inst(&mut self, inst: Inst) -> bool {
        let mut kind = std::mem::replace(&mut self.func.insts[inst].kind, InstKind::Unreachable);
        self.aliases.rewrite(&mut kind);
        let stays = match &mut kind {
            InstKind::Op { op: Op::StructNew, args, .. } => self.made(inst, args),
            InstKind::Op { op: Op::StructGet, imm, args } => match variable(self.objects, *imm, args[0]) {
                Some(variable) => {
                    let value = self.current[variable].expect("a field of a made object");
                    let result = self.func.result_of(inst);
                    self.aliases.set(result, value);
                    false
                }
                None => true,
            },
            InstKind::Op { op: Op::StructSet, imm, args } => match variable(self.objects, *imm, args[0]) {
                Some(variable) => {
                    self.current[variable] = Some(args[1]);
                    false
                }
                None => true,
            },
            InstKind::Br { target, args } => {
                let values = self.assigned[target.index()].iter().map(|&v| self.current[v].expect("a field in scope"));
                args.extend(values);
                true
            }
            InstKind::Loop { init, body } => {
                let body = *body;
                self.carry(inst, init, body);
                true
            }
            _ => true,
        };
        let regions = kind.regions();
        let is_loop = matches!(kind, InstKind::Loop { .. });
        self.func.insts[inst].kind = kind;
        if is_loop {
            self.region(regions[0]);
        } else if !regions.is_empty() {
            self.construct(inst, &regions);
        }
        stays
    }

    fn made(&mut self, inst: Inst, args: &Args) -> bool {
        let Some(first) = self.objects[self.func.result_of(inst).index()] else { return true };
        for (i, &arg) in args.iter().enumerate() {
            self.current[first + i] = Some(arg);
        }
        false
    }

    fn fresh(&mut self, variable: usize) -> Value {
        self.func.value(self.field_types[variable])
    }

    /// The variables that a loop sets become parameters of it.
    fn carry(&mut self, inst: Inst, init: &mut Args, body: Region) {
        for variable in self.assigned[inst.index()].clone() {
            init.push(self.current[variable].expect("a field in scope"));
            let param = self.fresh(variable);
            self.func.regions[body].params.push(param);
            self.current[variable] = Some(param);
        }
    }

    /// The variables that another construct sets become results of it.
    fn construct(&mut self, inst: Inst, regions: &[Region]) {
        let before = self.current.clone();
        for &region in regions {
            self.current.clone_from(&before);
            self.region(region);
        }
        self.current = before;
        for variable in self.assigned[inst.index()].clone() {
            let result = self.fresh(variable);
            self.func.insts[inst].results.push(result);
            self.current[variable] = Some(result);
        }
    }
}
