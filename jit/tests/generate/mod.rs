//! Makes random modules. Everything comes from the seed.

use compiler::ir::{
    ArrayType, Builder, Field, FuncId, GlobalData, GlobalId, Host, Imm, Module, Op, Shape, Signature, Site, SiteData, Storage, StructType,
    Type, TypeDef, TypeId, TypeKind, Value,
};
use compiler::source::{FileId, Span};

const SPAN: Span = Span { file: FileId(0), start: 0, end: 0 };
const SITE: Site = Site(3);

/// A module with a function `f(i64, i64, f64) -> i64` that ends soon, of at most about `size` statements a function.
pub fn module(seed: u64, size: usize) -> Module {
    let mut module = Module::default();
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let types = declare(&mut module);
    let mut helpers = Vec::new();
    for index in 0..random.below(3) {
        let name = format!("g{index}");
        helpers.push(function(&mut module, &mut random, &types, &helpers, &name, size));
    }
    function(&mut module, &mut random, &types, &helpers, "f", size);
    module
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n
    }
    fn i64(&mut self) -> i64 {
        const WIDE: [i64; 8] = [i64::MAX, i64::MIN, 1 << 31, -(1 << 31), (1 << 32) - 1, 1 << 32, -(1 << 32), 1 << 51];
        const EDGES: [i64; 7] = [0, 1, -1, 2, 7, 255, -128];
        match self.below(3) {
            0 => [&EDGES[..], &WIDE].concat()[self.below(EDGES.len() + WIDE.len())],
            1 => self.below(100) as i64,
            _ => self.next() as i64,
        }
    }
}

struct Types {
    pair: TypeId,
    items: TypeId,
    floats: TypeId,
    signature: TypeId,
}

fn declare(module: &mut Module) -> Types {
    let field = |name: &str, ty| Field { name: name.into(), storage: Storage::Value(ty), mutable: true };
    let pair = TypeId(0);
    let link = Type::Ref { to: pair, nullable: true };
    let fields = vec![field("n", Type::I64), field("b", Type::Bool), field("f", Type::F64), field("w", Type::I32), field("next", link)];
    let kind = TypeKind::Struct(StructType { fields, supertype: None, is_final: true });
    module.types.push(TypeDef { name: "pair".into(), kind });
    let mut array = |name: &str, element| {
        module.types.push(TypeDef { name: name.into(), kind: TypeKind::Array(ArrayType { element: Storage::Value(element) }) })
    };
    let (items, floats) = (array("items", Type::Any), array("floats", Type::F64));
    let signature = module.intern_signature(Signature { params: vec![Type::I64, Type::I64, Type::F64], result: Some(Type::I64) });
    module.globals.push(GlobalData { name: "n".into(), ty: Type::I64 });
    module.globals.push(GlobalData { name: "p".into(), ty: link });
    for _ in 0..4 {
        module.sites.push(SiteData { kind: 0, span: SPAN });
    }
    Types { pair, items, floats, signature }
}

struct Maker<'a> {
    module: &'a Module,
    random: &'a mut Random,
    types: &'a Types,
    helpers: &'a [FuncId],
    b: Builder,
    /// Values in scope.
    pool: Vec<Value>,
    /// Instructions that may still be made, so that the function ends.
    budget: usize,
}

fn function(module: &mut Module, random: &mut Random, types: &Types, helpers: &[FuncId], name: &str, size: usize) -> FuncId {
    let b = Builder::new(name, &[Type::I64, Type::I64, Type::F64], Some(Type::I64), SPAN);
    let pool = (0..3).map(|i| b.param(i)).collect();
    let budget = 1 + random.below(size);
    let mut maker = Maker { module, random, types, helpers, b, pool, budget };
    while maker.budget > 0 {
        maker.statement(0);
    }
    let result = maker.digest();
    maker.b.ret(&[result]);
    let func = maker.b.finish();
    module.funcs.push(func)
}

impl Maker<'_> {
    fn op(&mut self, op: Op, imm: Imm, args: &[Value]) -> Value {
        let value = self.b.op(self.module, op, imm, args);
        self.pool.push(value);
        value
    }

    /// A value of the type: one from the pool, or a constant.
    fn pick(&mut self, ty: Type) -> Value {
        let found: Vec<Value> = self.pool.iter().copied().filter(|&v| self.b.ty(v) == ty).collect();
        if !found.is_empty() && self.random.below(5) != 0 {
            return found[self.random.below(found.len())];
        }
        match ty {
            Type::Bool => self.b.bool(self.random.below(2) == 0),
            Type::I32 => self.b.i32(self.random.i64() as i32),
            Type::I64 => self.b.i64(self.random.i64()),
            Type::F64 => self.b.f64([0.0, -0.0, 1.5, -7.25, 1e18, f64::INFINITY][self.random.below(6)]),
            Type::Any => {
                let number = self.pick(Type::I64);
                self.op(Op::AnyFromI64, Imm::None, &[number])
            }
            Type::Ref { nullable: true, to } => self.b.op(self.module, Op::RefNull, Imm::Type(to), &[]),
            Type::Ref { nullable: false, to } if to == self.types.pair => self.pair(),
            Type::Ref { nullable: false, to } => {
                let len = self.b.i32(8);
                self.op(Op::ArrayNew, Imm::Type(to), &[len])
            }
            Type::Func(_) => {
                let helper = self.helpers[self.random.below(self.helpers.len())];
                self.op(Op::FuncAddr, Imm::Func(helper), &[])
            }
        }
    }

    fn pair(&mut self) -> Value {
        let link = Type::Ref { to: self.types.pair, nullable: true };
        let fields = [Type::I64, Type::Bool, Type::F64, Type::I32, link].map(|ty| self.pick(ty));
        self.op(Op::StructNew, Imm::Type(self.types.pair), &fields)
    }

    fn statement(&mut self, depth: usize) {
        self.budget = self.budget.saturating_sub(1);
        match self.random.below(16) {
            0 if depth < 3 => self.if_(depth),
            1 if depth < 3 => self.loop_(depth),
            2 if depth < 3 => self.switch(depth),
            3 if !self.helpers.is_empty() => self.call(),
            4 => self.object(),
            5 => self.array(),
            6 => self.tagged(),
            7 => self.global(),
            8 => self.division(),
            9 => self.check(),
            _ => self.scalar(),
        }
    }

    /// Any op on scalars that is defined for all operands.
    fn scalar(&mut self) {
        let plain = |op: &Op| {
            let scalar = |shape: &Shape| matches!(shape, Shape::Is(t) if *t != Type::Any);
            op.effect() == compiler::ir::Effect::Pure
                && !op.operands().is_empty()
                && op.operands().iter().all(scalar)
                && scalar(&op.result())
        };
        let ops: Vec<Op> = Op::ALL.iter().copied().filter(plain).collect();
        let op = ops[self.random.below(ops.len())];
        let args: Vec<Value> = op
            .operands()
            .iter()
            .map(|shape| match shape {
                Shape::Is(ty) => self.pick(*ty),
                other => unreachable!("{other:?} is no scalar"),
            })
            .collect();
        self.op(op, Imm::None, &args);
        if self.random.below(8) == 0 {
            let ty = [Type::I64, Type::F64, Type::Bool, Type::I32][self.random.below(4)];
            let args = [self.pick(Type::Bool), self.pick(ty), self.pick(ty)];
            self.op(Op::Select, Imm::None, &args);
        }
    }

    fn division(&mut self) {
        let (a, b) = (self.pick(Type::I64), self.pick(Type::I64));
        let one = self.b.i64(1);
        let odd = self.op(Op::I64Or, Imm::None, &[b, one]);
        // A positive odd divisor keeps MIN / -1 away.
        let positive = self.op(Op::I64ShrU, Imm::None, &[odd, one]);
        let divisor = self.op(Op::I64Or, Imm::None, &[positive, one]);
        let op = [Op::I64DivS, Op::I64RemS, Op::I64DivU, Op::I64RemU][self.random.below(4)];
        self.op(op, Imm::None, &[a, divisor]);
        self.op(Op::I64RemS, Imm::None, &[a, odd]);
    }

    fn check(&mut self) {
        let (a, b) = (self.pick(Type::I64), self.pick(Type::I64));
        let thirty_two = self.b.i64(32);
        let small = [a, b].map(|v| self.op(Op::I64ShrS, Imm::None, &[v, thirty_two]));
        let op = [Op::I64AddChecked, Op::I64SubChecked, Op::I64MulChecked][self.random.below(3)];
        let args = if self.random.below(12) == 0 { [a, b] } else { small };
        self.op(op, Imm::Site(SITE), &args);
        if self.random.below(12) == 0 {
            let cond = self.pick(Type::Bool);
            self.b.effect(Op::TrapIfWith, Imm::Site(SITE), &[cond, a, b]);
        }
    }

    fn object(&mut self) {
        let pair = self.pick(Type::Ref { to: self.types.pair, nullable: false });
        let field = self.random.below(5) as u32;
        let imm = Imm::Field(self.types.pair, field);
        if self.random.below(2) == 0 {
            self.op(Op::StructGet, imm, &[pair]);
        } else {
            let link = Type::Ref { to: self.types.pair, nullable: true };
            let new = self.pick([Type::I64, Type::Bool, Type::F64, Type::I32, link][field as usize]);
            self.b.effect(Op::StructSet, imm, &[pair, new]);
        }
        let other = self.pick(Type::Ref { to: self.types.pair, nullable: true });
        self.op(Op::RefEq, Imm::None, &[pair, other]);
        self.op(Op::RefIsNull, Imm::None, &[other]);
    }

    fn array(&mut self) {
        let (ty, element) = [(self.types.items, Type::Any), (self.types.floats, Type::F64)][self.random.below(2)];
        let array = self.pick(Type::Ref { to: ty, nullable: false });
        let (seven, number) = (self.b.i32(7), self.pick(Type::I32));
        let index = self.op(Op::I32And, Imm::None, &[number, seven]);
        match self.random.below(4) {
            0 => {
                let new = self.pick(element);
                self.b.effect(Op::ArraySet, Imm::Type(ty), &[array, index, new]);
            }
            1 => {
                let (new, zero, eight) = (self.pick(element), self.b.i32(0), self.b.i32(8));
                let other = self.pick(Type::Ref { to: ty, nullable: false });
                let count = self.op(Op::I32Sub, Imm::None, &[eight, index]);
                self.b.effect(Op::ArrayFill, Imm::Type(ty), &[array, index, new, count]);
                self.b.effect(Op::ArrayCopy, Imm::Type(ty), &[other, zero, array, index, count]);
            }
            _ => {
                self.op(Op::ArrayGet, Imm::Type(ty), &[array, index]);
            }
        }
        self.op(Op::ArrayLen, Imm::Type(ty), &[array]);
    }

    fn tagged(&mut self) {
        let cell = self.pick(Type::Any);
        self.op(Op::AnyKind, Imm::None, &[cell]);
        self.op(Op::AnyIs, Imm::Type(self.types.pair), &[cell]);
        let (number, float, bool, pair) = (
            self.pick(Type::I64),
            self.pick(Type::F64),
            self.pick(Type::Bool),
            self.pick(Type::Ref { to: self.types.pair, nullable: true }),
        );
        let boxed = self.op(Op::AnyFromI64, Imm::None, &[number]);
        self.op(Op::AnyToI64, Imm::None, &[boxed]);
        let boxed = self.op(Op::AnyFromF64, Imm::None, &[float]);
        self.op(Op::AnyToF64, Imm::None, &[boxed]);
        let boxed = self.op(Op::AnyFromBool, Imm::None, &[bool]);
        self.op(Op::AnyToBool, Imm::None, &[boxed]);
        self.op(Op::AnyFromRef, Imm::None, &[pair]);
    }

    fn global(&mut self) {
        let global = self.random.below(2);
        let ty = [Type::I64, Type::Ref { to: self.types.pair, nullable: true }][global];
        let imm = Imm::Global(GlobalId(global as u32));
        let new = self.pick(ty);
        self.b.effect(Op::GlobalSet, imm, &[new]);
        self.op(Op::GlobalGet, imm, &[]);
    }

    fn call(&mut self) {
        let args = [self.pick(Type::I64), self.pick(Type::I64), self.pick(Type::F64)];
        let helper = self.helpers[self.random.below(self.helpers.len())];
        let result = if self.random.below(3) == 0 {
            let callee = self.pick(Type::Func(self.types.signature));
            self.b.call_indirect(self.types.signature, callee, &args, Some(Type::I64))
        } else {
            self.b.call(helper, &args, Some(Type::I64))
        };
        self.pool.extend(result);
        if self.random.below(6) == 0 {
            let result = self.b.call_host(Host::FileClose, &[]);
            self.pool.extend(result);
        }
    }

    /// Fills a region with statements, then gives values of the types; the pool is as before.
    fn arm(&mut self, region: compiler::ir::Region, depth: usize, target: compiler::ir::Inst, types: &[Type]) {
        let (outer, len) = (self.b.switch_to(region), self.pool.len());
        for _ in 0..self.random.below(5) {
            self.statement(depth + 1);
        }
        let values: Vec<Value> = types.iter().map(|&ty| self.pick(ty)).collect();
        self.b.br(target, &values);
        self.pool.truncate(len);
        self.b.switch_to(outer);
    }

    fn some_types(&mut self) -> Vec<Type> {
        let link = Type::Ref { to: self.types.pair, nullable: true };
        let all = [Type::I64, Type::F64, Type::Bool, Type::I32, link, Type::Any];
        (0..self.random.below(4)).map(|_| all[self.random.below(all.len())]).collect()
    }

    fn if_(&mut self, depth: usize) {
        let (cond, types) = (self.pick(Type::Bool), self.some_types());
        let (inst, then_, else_) = self.b.if_(cond, &types);
        self.arm(then_, depth, inst, &types);
        self.arm(else_, depth, inst, &types);
        self.pool.extend(self.b.results(inst).to_vec());
    }

    fn switch(&mut self, depth: usize) {
        let (index, types) = (self.pick(Type::I32), self.some_types());
        let three = self.b.i32(7);
        let index = self.op(Op::I32And, Imm::None, &[index, three]);
        let cases = 1 + self.random.below(6);
        let (inst, cases, default) = self.b.switch(index, cases, &types);
        for region in cases {
            self.arm(region, depth, inst, &types);
        }
        self.arm(default, depth, inst, &types);
        self.pool.extend(self.b.results(inst).to_vec());
    }

    /// A loop of a few turns, with values carried around it.
    fn loop_(&mut self, depth: usize) {
        let carried = self.some_types();
        let zero = self.b.i64(0);
        let mut init = vec![zero];
        init.extend(carried.iter().map(|&ty| self.pick(ty)).collect::<Vec<_>>());
        let mut types = vec![Type::I64];
        types.extend(&carried);
        let (block, body) = self.b.block(&carried);
        let outer = self.b.switch_to(body);
        let (loop_, turn) = self.b.loop_typed(&init, &types);
        self.b.switch_to(turn);
        let params = self.b.func.regions[turn].params.clone();
        let len = self.pool.len();
        self.pool.extend(&params);
        let limit = self.b.i64(self.random.below(4) as i64);
        let more = self.b.op(self.module, Op::I64LtS, Imm::None, &[params[0], limit]);
        let (inst, go, stop) = self.b.if_(more, &[]);
        self.b.switch_to(go);
        self.b.br(inst, &[]);
        self.b.switch_to(stop);
        self.b.br(block, &params[1..]);
        self.b.switch_to(turn);
        for _ in 0..1 + self.random.below(5) {
            self.statement(depth + 1);
        }
        let one = self.b.i64(1);
        let mut next = vec![self.b.op(self.module, Op::I64Add, Imm::None, &[params[0], one])];
        next.extend(carried.iter().map(|&ty| self.pick(ty)).collect::<Vec<_>>());
        self.b.br(loop_, &next);
        self.b.switch_to(body);
        self.b.unreachable();
        self.b.switch_to(outer);
        self.pool.truncate(len);
        self.pool.extend(self.b.results(block).to_vec());
    }

    /// All scalars in the pool, in one number.
    fn digest(&mut self) -> Value {
        let mut sum = self.b.i64(17);
        for value in self.pool.clone() {
            let part = match self.b.ty(value) {
                Type::I64 => value,
                Type::I32 => self.b.op(self.module, Op::I32ExtendS, Imm::None, &[value]),
                Type::Bool => {
                    let word = self.b.op(self.module, Op::BoolToI32, Imm::None, &[value]);
                    self.b.op(self.module, Op::I32ExtendU, Imm::None, &[word])
                }
                Type::F64 => self.b.op(self.module, Op::F64ToBits, Imm::None, &[value]),
                Type::Any => {
                    let kind = self.b.op(self.module, Op::AnyKind, Imm::None, &[value]);
                    self.b.op(self.module, Op::I32ExtendU, Imm::None, &[kind])
                }
                Type::Ref { .. } | Type::Func(_) => continue,
            };
            let factor = self.b.i64(31);
            let scaled = self.b.op(self.module, Op::I64Mul, Imm::None, &[sum, factor]);
            sum = self.b.op(self.module, Op::I64Add, Imm::None, &[scaled, part]);
        }
        sum
    }
}
