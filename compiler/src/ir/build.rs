//! Building functions: a cursor into the region being filled, with one method per kind of instruction.
//!
//! ```text
//! let mut b = Builder::new("f", &[Type::I64], Some(Type::I64), span);
//! let one = b.i64(1);
//! let sum = b.op(&types, Op::I64Add, Imm::None, &[b.param(0), one]);
//! b.ret(&[sum]);
//! let func = b.finish();
//! ```
//! The builder checks nothing but what it needs; the verifier does. Instructions after a terminator are dropped: what
//! follows a `return` can never run.

use super::func::{Args, Func, Imm, Inst, InstData, InstKind, Region, RegionData, Value};
use super::host::Host;
use super::module::{FuncId, Module};
use super::ops::{Op, Shape};
use super::types::{Type, TypeId};
use crate::source::Span;
use smallvec::SmallVec;

pub struct Builder {
    pub func: Func,
    region: Region,
    /// Attached to the instructions that follow.
    pub span: Span,
}

impl Builder {
    pub fn new(name: impl Into<String>, params: &[Type], result: Option<Type>, span: Span) -> Builder {
        let func = Func::new(name, params, result, span);
        Builder { region: func.body, func, span }
    }
    pub fn finish(self) -> Func {
        self.func
    }
    pub fn param(&self, index: usize) -> Value {
        self.func.params()[index]
    }
    /// The region being filled.
    pub fn region(&self) -> Region {
        self.region
    }
    /// Fills another region from now on; gives back the one before.
    pub fn switch_to(&mut self, region: Region) -> Region {
        std::mem::replace(&mut self.region, region)
    }
    /// Whether the region being filled has its terminator.
    pub fn is_terminated(&self) -> bool {
        let last = self.func.regions[self.region].insts.last();
        last.is_some_and(|&inst| self.func.insts[inst].kind.is_terminator())
    }
    pub fn new_region(&mut self, params: &[Type]) -> Region {
        let params = params.iter().map(|&ty| self.func.value(ty)).collect();
        self.func.regions.push(RegionData { params, insts: Vec::new() })
    }
    pub fn ty(&self, value: Value) -> Type {
        self.func.ty(value)
    }

    /// Adds an instruction with results of these types.
    pub fn inst(&mut self, kind: InstKind, results: &[Type]) -> Inst {
        let results: SmallVec<[Value; 1]> = results.iter().map(|&ty| self.func.value(ty)).collect();
        let inst = self.func.insts.push(InstData { kind, results, at: self.span.into() });
        if !self.is_terminated() {
            self.func.regions[self.region].insts.push(inst);
        }
        inst
    }
    /// Adds an op whose result type is `result`.
    pub fn op_typed(&mut self, op: Op, imm: Imm, args: &[Value], result: Type) -> Value {
        let inst = self.inst(InstKind::Op { op, imm, args: Args::from_slice(args) }, &[result]);
        self.func.result_of(inst)
    }
    /// Adds an op that yields a value.
    pub fn op(&mut self, module: &Module, op: Op, imm: Imm, args: &[Value]) -> Value {
        let first = args.iter().map(|&v| self.func.ty(v)).collect::<SmallVec<[Type; 4]>>();
        let ty = result_type(module, op, imm, &first).expect("an op with a result");
        self.op_typed(op, imm, args, ty)
    }
    /// Adds an op that yields nothing.
    pub fn effect(&mut self, op: Op, imm: Imm, args: &[Value]) {
        self.inst(InstKind::Op { op, imm, args: Args::from_slice(args) }, &[]);
    }
    pub fn bool(&mut self, value: bool) -> Value {
        self.op_typed(Op::BoolConst, Imm::Bool(value), &[], Type::Bool)
    }
    pub fn i32(&mut self, value: i32) -> Value {
        self.op_typed(Op::I32Const, Imm::I32(value), &[], Type::I32)
    }
    pub fn i64(&mut self, value: i64) -> Value {
        self.op_typed(Op::I64Const, Imm::I64(value), &[], Type::I64)
    }
    pub fn f64(&mut self, value: f64) -> Value {
        self.op_typed(Op::F64Const, Imm::F64(value.to_bits()), &[], Type::F64)
    }
    pub fn call(&mut self, func: FuncId, args: &[Value], result: Option<Type>) -> Option<Value> {
        let kind = InstKind::Call { func, args: Args::from_slice(args) };
        let inst = self.inst(kind, result.as_slice());
        self.func.insts[inst].results.first().copied()
    }
    pub fn call_indirect(&mut self, sig: TypeId, callee: Value, args: &[Value], result: Option<Type>) -> Option<Value> {
        let kind = InstKind::CallIndirect { sig, callee, args: Args::from_slice(args) };
        let inst = self.inst(kind, result.as_slice());
        self.func.insts[inst].results.first().copied()
    }
    pub fn call_host(&mut self, host: Host, args: &[Value]) -> Option<Value> {
        let inst = self.inst(InstKind::CallHost { host, args: Args::from_slice(args) }, host.result().as_slice());
        self.func.insts[inst].results.first().copied()
    }
    /// Adds a `block`; fill its region with `switch_to`.
    pub fn block(&mut self, results: &[Type]) -> (Inst, Region) {
        let body = self.new_region(&[]);
        (self.inst(InstKind::Block { body }, results), body)
    }
    /// Adds a `loop` with parameters that start as `init`.
    pub fn loop_(&mut self, init: &[Value]) -> (Inst, Region) {
        let types: Vec<Type> = init.iter().map(|&v| self.func.ty(v)).collect();
        self.loop_typed(init, &types)
    }
    /// The same, with the parameters' types given (a nullable parameter may start as a non-null reference).
    pub fn loop_typed(&mut self, init: &[Value], params: &[Type]) -> (Inst, Region) {
        let body = self.new_region(params);
        (self.inst(InstKind::Loop { init: Args::from_slice(init), body }, &[]), body)
    }
    /// Adds an `if`; gives the regions of both arms.
    pub fn if_(&mut self, cond: Value, results: &[Type]) -> (Inst, Region, Region) {
        let (then_, else_) = (self.new_region(&[]), self.new_region(&[]));
        (self.inst(InstKind::If { cond, then_, else_ }, results), then_, else_)
    }
    /// Adds a `switch` with that many cases.
    pub fn switch(&mut self, index: Value, cases: usize, results: &[Type]) -> (Inst, Vec<Region>, Region) {
        let regions: Vec<Region> = (0..cases).map(|_| self.new_region(&[])).collect();
        let default = self.new_region(&[]);
        let kind = InstKind::Switch { index, cases: regions.clone(), default };
        (self.inst(kind, results), regions, default)
    }
    pub fn results(&self, inst: Inst) -> &[Value] {
        &self.func.insts[inst].results
    }
    pub fn br(&mut self, target: Inst, args: &[Value]) {
        self.inst(InstKind::Br { target, args: Args::from_slice(args) }, &[]);
    }
    pub fn ret(&mut self, args: &[Value]) {
        self.inst(InstKind::Return { args: Args::from_slice(args) }, &[]);
    }
    pub fn unreachable(&mut self) {
        self.inst(InstKind::Unreachable, &[]);
    }
}

/// The result type of an op with this immediate and operands of these types; `None` for an op without a result.
/// Panics where immediate or operands do not fit the op's row at all; the verifier looks before it asks.
pub fn result_type(module: &Module, op: Op, imm: Imm, operands: &[Type]) -> Option<Type> {
    let imm_type = match imm {
        Imm::Type(t) | Imm::Field(t, _) | Imm::Data(t, _) => Some(t),
        _ => None,
    };
    let to_imm = |nullable| Type::Ref { to: imm_type.expect("an op with a type immediate"), nullable };
    Some(match op.result() {
        Shape::Nothing => return None,
        Shape::Is(t) => t,
        Shape::T => to_imm(false),
        Shape::NullT => to_imm(true),
        Shape::E => element_type(module, imm),
        Shape::V => *operands.last().expect("an operand of the row's type"),
        Shape::NonNullR => match operands[0] {
            Type::Ref { to, .. } => Type::Ref { to, nullable: false },
            other => panic!("{} of {other:?}", op.mnemonic()),
        },
        Shape::F => match imm {
            Imm::Func(f) => Type::Func(module.signature_type(f)),
            other => panic!("{} with {other:?}", op.mnemonic()),
        },
        Shape::G => match imm {
            Imm::Global(g) => module.globals[g].ty,
            other => panic!("{} with {other:?}", op.mnemonic()),
        },
        Shape::Es | Shape::R => unreachable!("no result column has {:?}", op.result()),
    })
}

/// The value type of the field or element that an immediate selects.
pub fn element_type(module: &Module, imm: Imm) -> Type {
    match imm {
        Imm::Field(t, field) => module.types.structure(t).fields[field as usize].storage.value_type(),
        Imm::Type(t) => module.types.array(t).element.value_type(),
        other => panic!("{other:?} selects no element"),
    }
}
