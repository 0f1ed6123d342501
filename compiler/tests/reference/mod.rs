//! A reference evaluator of the IR for tests: slow, obvious, and strict. It panics where an op is used outside its precondition, so a
//! pass that moves a partial op where it does not hold is found even if the result is never used.

#![allow(dead_code)]

use compiler::ir::eval::{Scalar, eval};
use compiler::ir::runs::{Outcome, Run};
use compiler::ir::{Func, FuncId, Host, Id, Imm, Inst, InstKind, Module, Op, Region, Storage, Type, TypeId, Value};

/// A value; an `any` is the value that it holds, the empty one is `Null`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum V {
    Scalar(Scalar),
    Null,
    Object(usize),
    Func(FuncId),
}

struct Object {
    ty: TypeId,
    slots: Vec<V>,
    constant: bool,
}

/// Why evaluation ended early.
#[derive(Debug, PartialEq)]
pub enum Stop {
    Exit(i32),
    /// More steps than allowed.
    TooLong,
}

enum Flow {
    Next,
    Br(Inst, Vec<V>),
    Return(Option<V>),
}

pub struct Machine<'a> {
    module: &'a Module,
    heap: Vec<Object>,
    globals: Vec<V>,
    constants: Vec<Option<usize>>,
    pub output: Vec<u8>,
    pub steps: u64,
    depth: u32,
}

fn default(ty: Type) -> V {
    match ty {
        Type::Bool => V::Scalar(Scalar::Bool(false)),
        Type::I32 => V::Scalar(Scalar::I32(0)),
        Type::I64 => V::Scalar(Scalar::I64(0)),
        Type::F64 => V::Scalar(Scalar::f64(0.0)),
        Type::Any | Type::Ref { .. } => V::Null,
        Type::Func(_) => panic!("an address has no default"),
    }
}

fn pack(storage: Storage, value: V) -> V {
    match (storage, value) {
        (Storage::I8, V::Scalar(Scalar::I32(n))) => V::Scalar(Scalar::I32(n & 0xff)),
        (Storage::I16, V::Scalar(Scalar::I32(n))) => V::Scalar(Scalar::I32(n & 0xffff)),
        (_, v) => v,
    }
}

/// Runs a filetest's line.
pub fn outcome(module: &Module, run: &Run, steps: u64) -> Result<Outcome, Stop> {
    let mut machine = Machine::new(module, steps);
    let args = run.args.iter().map(|&a| V::Scalar(a)).collect();
    match machine.call(run.func, args) {
        Ok(Some(V::Scalar(s))) => Ok(Outcome::Returns(Some(s))),
        Ok(None) => Ok(Outcome::Returns(None)),
        Ok(other) => panic!("{other:?} is no scalar"),
        Err(Stop::Exit(code)) => Ok(Outcome::Exits(code)),
        Err(stop) => Err(stop),
    }
}

impl<'a> Machine<'a> {
    pub fn new(module: &'a Module, steps: u64) -> Self {
        let globals = module.globals.values().map(|g| default(g.ty)).collect();
        Machine { module, heap: Vec::new(), globals, constants: vec![None; module.data.len()], output: Vec::new(), steps, depth: 0 }
    }

    pub fn call(&mut self, id: FuncId, args: Vec<V>) -> Result<Option<V>, Stop> {
        let func = &self.module.funcs[id];
        let mut values = vec![None; func.values.len()];
        for (&param, arg) in func.params().iter().zip(args) {
            values[param.index()] = Some(arg);
        }
        self.depth += 1;
        if self.depth > 1000 {
            return Err(Stop::TooLong);
        }
        let flow = self.region(func, func.body, &mut values)?;
        self.depth -= 1;
        match flow {
            Flow::Return(value) => Ok(value),
            Flow::Next | Flow::Br(..) => panic!("@{} fell off its end", func.name),
        }
    }

    fn region(&mut self, func: &Func, region: Region, values: &mut Vec<Option<V>>) -> Result<Flow, Stop> {
        for &inst in &func.regions[region].insts {
            match self.inst(func, inst, values)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        panic!("a region without a terminator")
    }

    fn inst(&mut self, func: &Func, inst: Inst, values: &mut Vec<Option<V>>) -> Result<Flow, Stop> {
        self.steps = self.steps.checked_sub(1).ok_or(Stop::TooLong)?;
        let data = &func.insts[inst];
        let get = |v: Value| values[v.index()].unwrap_or_else(|| panic!("{v} has no value"));
        let list = |args: &[Value]| args.iter().map(|&v| get(v)).collect::<Vec<V>>();
        let result = match &data.kind {
            InstKind::Op { op, imm, args } => self.op(*op, *imm, list(args))?,
            InstKind::Call { func, args } => self.call(*func, list(args))?,
            InstKind::CallIndirect { callee, args, .. } => match get(*callee) {
                V::Func(f) => self.call(f, list(args))?,
                other => panic!("a call of {other:?}"),
            },
            InstKind::CallHost { host, args } => self.host(*host, list(args))?,
            InstKind::Br { target, args } => return Ok(Flow::Br(*target, list(args))),
            InstKind::Return { args } => return Ok(Flow::Return(args.first().map(|&v| get(v)))),
            InstKind::Unreachable => panic!("@{}: unreachable was reached", func.name),
            InstKind::Loop { init, body } => {
                let mut args = list(init);
                loop {
                    for (&param, arg) in func.regions[*body].params.iter().zip(&args) {
                        values[param.index()] = Some(*arg);
                    }
                    match self.region(func, *body, values)? {
                        Flow::Br(target, next) if target == inst => args = next,
                        flow => return Ok(flow),
                    }
                }
            }
            InstKind::Block { body } => return self.construct(func, inst, *body, values),
            InstKind::If { cond, then_, else_ } => {
                let chosen = if get(*cond) == V::Scalar(Scalar::Bool(true)) { *then_ } else { *else_ };
                return self.construct(func, inst, chosen, values);
            }
            InstKind::Switch { index, cases, default } => {
                let V::Scalar(Scalar::I32(n)) = get(*index) else { panic!("a switch on no i32") };
                let chosen = usize::try_from(n).ok().and_then(|n| cases.get(n)).copied().unwrap_or(*default);
                return self.construct(func, inst, chosen, values);
            }
        };
        if let Some(&value) = data.results.first() {
            values[value.index()] = Some(result.expect("a result"));
        }
        Ok(Flow::Next)
    }

    fn construct(&mut self, func: &Func, inst: Inst, body: Region, values: &mut Vec<Option<V>>) -> Result<Flow, Stop> {
        match self.region(func, body, values)? {
            Flow::Br(target, args) if target == inst => {
                for (&result, arg) in func.insts[inst].results.iter().zip(args) {
                    values[result.index()] = Some(arg);
                }
                Ok(Flow::Next)
            }
            flow => Ok(flow),
        }
    }

    fn host(&mut self, host: Host, args: Vec<V>) -> Result<Option<V>, Stop> {
        let int = |i: usize| if let V::Scalar(Scalar::I32(n)) = args[i] { n } else { panic!("no i32") };
        match host {
            Host::Exit => Err(Stop::Exit(int(0))),
            Host::Write => {
                for i in int(2)..int(2) + int(3) {
                    let V::Scalar(Scalar::I32(b)) = self.element(args[1], i) else { panic!("no byte") };
                    self.output.push(b as u8);
                }
                Ok(Some(V::Scalar(Scalar::I32(0))))
            }
            other => Ok(other.result().map(default)),
        }
    }

    fn object(&mut self, value: V) -> &mut Object {
        match value {
            V::Object(at) => &mut self.heap[at],
            other => panic!("{other:?} is no object"),
        }
    }

    fn element(&mut self, array: V, index: i32) -> V {
        let object = self.object(array);
        *usize::try_from(index).ok().and_then(|i| object.slots.get(i)).unwrap_or_else(|| panic!("index {index} out of range"))
    }

    fn make(&mut self, ty: TypeId, slots: Vec<V>) -> V {
        self.heap.push(Object { ty, slots, constant: false });
        V::Object(self.heap.len() - 1)
    }

    fn store(&mut self, ty: TypeId, array: V, index: i32, value: V) {
        let value = pack(self.module.types.array(ty).element, value);
        let object = self.object(array);
        assert!(!object.constant, "a store into constant bytes");
        let len = object.slots.len();
        *usize::try_from(index).ok().and_then(|i| object.slots.get_mut(i)).unwrap_or_else(|| panic!("index {index} of {len}")) = value;
    }

    fn is(&self, value: V, ty: TypeId) -> bool {
        matches!(value, V::Object(at) if self.module.types.is_subtype(self.heap[at].ty, ty))
    }

    fn trap(&mut self, site: u32, a: i64, b: i64) -> Stop {
        let trap = self.module.trap.expect("a trap function");
        let args = [Scalar::I32(site as i32), Scalar::I64(a), Scalar::I64(b)].map(V::Scalar).to_vec();
        self.call(trap, args).expect_err("trap does not return")
    }

    fn op(&mut self, op: Op, imm: Imm, args: Vec<V>) -> Result<Option<V>, Stop> {
        let scalars: Option<Vec<Scalar>> = args.iter().map(|a| if let V::Scalar(s) = a { Some(*s) } else { None }).collect();
        if let Some(value) = scalars.as_ref().filter(|_| op != Op::Select).and_then(|s| eval(op, imm, s)) {
            return Ok(Some(V::Scalar(value)));
        }
        let bool = |b| Some(V::Scalar(Scalar::Bool(b)));
        let i32 = |i: usize| if let V::Scalar(Scalar::I32(n)) = args[i] { n } else { panic!("no i32") };
        let i64 = |i: usize| if let V::Scalar(Scalar::I64(n)) = args[i] { n } else { panic!("no i64") };
        let truth = |i: usize| args[i] == V::Scalar(Scalar::Bool(true));
        Ok(match (op, imm) {
            (Op::Select, _) => Some(if truth(0) { args[1] } else { args[2] }),
            (Op::TrapIf, Imm::Site(s)) => {
                if truth(0) {
                    return Err(self.trap(s.0, 0, 0));
                }
                None
            }
            (Op::TrapIfWith, Imm::Site(s)) => {
                if truth(0) {
                    return Err(self.trap(s.0, i64(1), i64(2)));
                }
                None
            }
            (Op::I64AddChecked | Op::I64SubChecked | Op::I64MulChecked, Imm::Site(s)) => return Err(self.trap(s.0, 0, 0)),
            (Op::StructNew | Op::ArrayFixed, Imm::Type(t)) => Some(self.make(t, args)),
            (Op::StructGet, Imm::Field(_, field)) => Some(self.object(args[0]).slots[field as usize]),
            (Op::StructSet, Imm::Field(_, field)) => {
                self.object(args[0]).slots[field as usize] = args[1];
                None
            }
            (Op::ArrayNew, Imm::Type(t)) => {
                let value = default(self.module.types.array(t).element.value_type());
                let len = usize::try_from(i32(0)).expect("a length");
                Some(self.make(t, vec![value; len]))
            }
            (Op::ArrayConst, Imm::Data(t, data)) => {
                if self.constants[data.index()].is_none() {
                    let slots = self.module.data[data].iter().map(|&b| V::Scalar(Scalar::I32(i32::from(b)))).collect();
                    self.heap.push(Object { ty: t, slots, constant: true });
                    self.constants[data.index()] = Some(self.heap.len() - 1);
                }
                self.constants[data.index()].map(V::Object)
            }
            (Op::ArrayLen, _) => Some(V::Scalar(Scalar::I32(self.object(args[0]).slots.len() as i32))),
            (Op::ArrayGet, _) => Some(self.element(args[0], i32(1))),
            (Op::ArraySet, Imm::Type(t)) => {
                self.store(t, args[0], i32(1), args[2]);
                None
            }
            (Op::ArrayCopy, Imm::Type(t)) => {
                let taken: Vec<V> = (0..i32(4)).map(|i| self.element(args[2], i32(3) + i)).collect();
                for (i, value) in taken.into_iter().enumerate() {
                    self.store(t, args[0], i32(1) + i as i32, value);
                }
                None
            }
            (Op::ArrayFill, Imm::Type(t)) => {
                for i in 0..i32(3) {
                    self.store(t, args[0], i32(1) + i, args[2]);
                }
                None
            }
            (Op::RefNull | Op::AnyNone, _) => Some(V::Null),
            (Op::RefIsNull, _) => bool(args[0] == V::Null),
            (Op::RefEq, _) => bool(args[0] == args[1]),
            (Op::RefNonNull, _) => {
                assert_ne!(args[0], V::Null, "ref.non_null of null");
                Some(args[0])
            }
            (Op::RefCast | Op::AnyToRef, Imm::Type(t)) => {
                assert!(self.is(args[0], t), "a cast that does not hold");
                Some(args[0])
            }
            (Op::AnyFromBool | Op::AnyFromI64 | Op::AnyFromF64 | Op::AnyFromRef, _) => Some(args[0]),
            (Op::AnyKind, _) => Some(V::Scalar(Scalar::I32(match args[0] {
                V::Null => 0,
                V::Scalar(Scalar::Bool(_)) => 1,
                V::Scalar(Scalar::I64(_)) => 2,
                V::Scalar(Scalar::F64(_)) => 3,
                V::Object(_) => 4,
                other => panic!("an any of {other:?}"),
            }))),
            (Op::AnyToBool | Op::AnyToI64 | Op::AnyToF64, _) => {
                let fits = match (op, args[0]) {
                    (Op::AnyToBool, V::Scalar(s)) => s.ty() == Type::Bool,
                    (Op::AnyToI64, V::Scalar(s)) => s.ty() == Type::I64,
                    (_, V::Scalar(s)) => s.ty() == Type::F64,
                    _ => false,
                };
                assert!(fits, "{} of {:?}", op.mnemonic(), args[0]);
                Some(args[0])
            }
            (Op::AnyIs, Imm::Type(t)) => bool(self.is(args[0], t)),
            (Op::FuncAddr, Imm::Func(f)) => Some(V::Func(f)),
            (Op::GlobalGet, Imm::Global(g)) => Some(self.globals[g.index()]),
            (Op::GlobalSet, Imm::Global(g)) => {
                self.globals[g.index()] = args[0];
                None
            }
            _ => panic!("{} outside its precondition: {args:?}", op.mnemonic()),
        })
    }
}
