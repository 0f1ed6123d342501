//! Random programs: every pass must leave what a program does as it was. Programs come from a small generator with a fixed
//! seed per case, use structs with mutable fields, arrays, globals, nested loops and constructs, calls, boxed values and checks, and are
//! evaluated before and after each pass. `FUZZ_CASES=100000` runs more; a failure prints the seed and both texts.

mod reference;

use compiler::ir::print::{PrintOptions, print_with};
use compiler::ir::verify::check;
use compiler::ir::{Builder, FuncId, Host, Imm, Inst, Module, NO_SPAN, Op, Site, SiteData, Type, TypeId, Value, parse};
use compiler::pass::{PASSES, PIPELINE, named};
use reference::{Machine, Stop, V};

/// Sebastiano Vigna's splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

const HEAD: &str = "type $base = struct { tag: i64, mut n: i64 }
type $leaf = final sub $base struct { tag: i64, mut n: i64, mut next: ref null $base, what: any }
type $ints = array i64
type $bytes = array i8
global %g: i64
global %r: ref null $base
func @trap(v0: i32, v1: i64, v2: i64) noinline diverges {
  v3 = i64.wrap v1
  v4 = i32.add v0, v3
  v5 = global.get %g
  v6 = i64.wrap v5
  v7 = i32.add v4, v6
  call_host exit(v7)
  unreachable
}
func @touch(v0: ref $base, v1: i64) noinline {
  struct.set $base:n v0, v1
  return
}
trap @trap
";
const BASE: TypeId = TypeId(0);
const LEAF: TypeId = TypeId(1);
const INTS: TypeId = TypeId(2);
const BYTES: TypeId = TypeId(3);

const fn reference(to: TypeId) -> Type {
    Type::Ref { to, nullable: false }
}

/// The types that values of generated programs have.
const TYPES: [Type; 8] = [Type::Bool, Type::I32, Type::I64, Type::I64, Type::F64, Type::Any, reference(BASE), reference(INTS)];

struct Generator<'a> {
    random: &'a mut Random,
    module: &'a Module,
    b: Builder,
    scope: Vec<Value>,
    /// The constructs around the cursor with what a `br` to them takes; loops are not among them.
    around: Vec<(Inst, Vec<Type>)>,
    result: Type,
    budget: i32,
    callees: Vec<FuncId>,
}

impl Generator<'_> {
    fn op(&mut self, op: Op, imm: Imm, args: &[Value]) -> Value {
        let value = self.b.op(self.module, op, imm, args);
        self.scope.push(value);
        value
    }

    /// A value of a type: one in scope, or a new one.
    fn value(&mut self, ty: Type) -> Value {
        let fitting: Vec<Value> = self.scope.iter().copied().filter(|&v| self.module.types.accepts(ty, self.b.ty(v))).collect();
        if !fitting.is_empty() && self.random.below(5) > 0 {
            return self.random.pick(&fitting);
        }
        match ty {
            Type::Bool => {
                let b = self.random.below(2) == 0;
                self.b.bool(b)
            }
            Type::I32 => {
                let n = self.random.pick(&[0, 1, 2, -1, 7, i32::MAX]);
                self.b.i32(n)
            }
            Type::I64 => {
                let n = self.random.pick(&[0, 1, 2, 3, -1, -8, 10, 64, 1 << 31, (1 << 32) - 1, 1 << 32, i64::MAX, i64::MIN]);
                self.b.i64(n)
            }
            Type::F64 => {
                let x = self.random.pick(&[0.0, -0.0, 1.0, 0.5, -2.5, f64::NAN, f64::INFINITY]);
                self.b.f64(x)
            }
            Type::Any => match self.random.below(3) {
                0 => self.op(Op::AnyNone, Imm::None, &[]),
                1 => {
                    let n = self.value(Type::I64);
                    self.op(Op::AnyFromI64, Imm::None, &[n])
                }
                _ => {
                    let r = self.value(reference(BASE));
                    self.op(Op::AnyFromRef, Imm::None, &[r])
                }
            },
            Type::Ref { to: BASE, nullable: false } => self.object(),
            Type::Ref { to: LEAF, nullable: false } => self.leaf(),
            Type::Ref { to: INTS, .. } => {
                let args = [self.value(Type::I64), self.value(Type::I64), self.value(Type::I64)];
                self.op(Op::ArrayFixed, Imm::Type(INTS), &args)
            }
            Type::Ref { to, nullable: true } => self.op(Op::RefNull, Imm::Type(to), &[]),
            other => panic!("no value of {other:?}"),
        }
    }

    fn object(&mut self) -> Value {
        if self.random.below(2) == 0 {
            return self.leaf();
        }
        let args = [self.value(Type::I64), self.value(Type::I64)];
        self.op(Op::StructNew, Imm::Type(BASE), &args)
    }

    fn leaf(&mut self) -> Value {
        let next = Type::Ref { to: BASE, nullable: true };
        let args = [self.value(Type::I64), self.value(Type::I64), self.value(next), self.b_any()];
        self.op(Op::StructNew, Imm::Type(LEAF), &args)
    }

    fn b_any(&mut self) -> Value {
        let n = self.value(Type::I64);
        self.op(Op::AnyFromI64, Imm::None, &[n])
    }

    /// An index that is in range of the array: the remainder by its length, which is not 0.
    fn index(&mut self, array: Value) -> Value {
        let (len, n) = (self.op(Op::ArrayLen, Imm::Type(INTS), &[array]), self.value(Type::I64));
        if self.random.below(3) == 0 {
            return self.b.i32(0);
        }
        let len = self.op(Op::I32ExtendU, Imm::None, &[len]);
        let rem = self.op(Op::I64RemU, Imm::None, &[n, len]);
        self.op(Op::I64Wrap, Imm::None, &[rem])
    }

    fn statement(&mut self) {
        self.budget -= 1;
        match self.random.below(24) {
            0..=7 => self.pure_op(),
            8 | 9 => {
                let (object, n) = (self.value(reference(BASE)), self.value(Type::I64));
                self.b.effect(Op::StructSet, Imm::Field(BASE, 1), &[object, n]);
            }
            10 | 11 => {
                let object = self.value(reference(BASE));
                let field = self.random.below(2) as u32;
                self.op(Op::StructGet, Imm::Field(BASE, field), &[object]);
            }
            12 => {
                let object = self.value(reference(LEAF));
                let field = 2 + self.random.below(2) as u32;
                self.op(Op::StructGet, Imm::Field(LEAF, field), &[object]);
            }
            13 => {
                let array = self.value(reference(INTS));
                let index = self.index(array);
                self.op(Op::ArrayGet, Imm::Type(INTS), &[array, index]);
            }
            14 => {
                let array = self.value(reference(INTS));
                let (index, n) = (self.index(array), self.value(Type::I64));
                self.b.effect(Op::ArraySet, Imm::Type(INTS), &[array, index, n]);
            }
            15 => {
                let n = self.value(Type::I64);
                self.b.effect(Op::GlobalSet, Imm::Global(compiler::ir::GlobalId(0)), &[n]);
            }
            16 => {
                self.op(Op::GlobalGet, Imm::Global(compiler::ir::GlobalId(0)), &[]);
            }
            17 => self.checked(),
            18 => self.guarded(),
            19 if !self.callees.is_empty() => {
                let callee = self.random.pick(&self.callees.clone());
                let args: Vec<Value> = self.module.funcs[callee].param_types().into_iter().map(|t| self.value(t)).collect();
                let result = self.module.funcs[callee].result;
                if let Some(value) = self.b.call(callee, &args, result) {
                    self.scope.push(value);
                }
            }
            20 => self.loop_(),
            21 if self.random.below(3) == 0 => self.block(),
            _ => self.if_(),
        }
    }

    fn pure_op(&mut self) {
        let scalar = |t: &Type| matches!(t, Type::Bool | Type::I32 | Type::I64 | Type::F64);
        let ops: Vec<(Op, Vec<Type>)> = Op::ALL
            .iter()
            .filter(|op| op.effect() == compiler::ir::Effect::Pure && op.imm() == compiler::ir::ImmKind::None)
            .filter_map(|&op| {
                let is = |s: &compiler::ir::Shape| if let compiler::ir::Shape::Is(t) = s { Some(*t) } else { None };
                let types: Option<Vec<Type>> = op.operands().iter().map(is).collect();
                types.filter(|t| !t.is_empty() && t.iter().all(scalar)).map(|t| (op, t))
            })
            .collect();
        if self.random.below(8) == 0 {
            let ty = self.random.pick(&TYPES);
            let args = [self.value(Type::Bool), self.value(ty), self.value(ty)];
            let value = self.b.op_typed(Op::Select, Imm::None, &args, ty);
            return self.scope.push(value);
        }
        let (op, types) = self.random.pick(&ops.iter().collect::<Vec<_>>()).clone();
        let args: Vec<Value> = types.into_iter().map(|t| self.value(t)).collect();
        self.op(op, Imm::None, &args);
    }

    fn checked(&mut self) {
        let op = self.random.pick(&[Op::I64AddChecked, Op::I64SubChecked, Op::I64MulChecked]);
        let args = [self.value(Type::I64), self.value(Type::I64)];
        self.op(op, Imm::Site(Site(3)), &args);
    }

    /// A partial op behind the check that it needs.
    fn guarded(&mut self) {
        let (a, b) = (self.value(Type::I64), self.value(Type::I64));
        let site = Imm::Site(Site(3 + self.random.below(2) as u32));
        match self.random.below(3) {
            0 => {
                let zero = self.b.i64(0);
                let wrong = self.op(Op::I64Eq, Imm::None, &[b, zero]);
                self.b.effect(Op::TrapIf, site, &[wrong]);
                let op = self.random.pick(&[Op::I64RemS, Op::I64DivU, Op::I64RemU]);
                self.op(op, Imm::None, &[a, b]);
            }
            1 => {
                let boxed = self.value(Type::Any);
                let (kind, two) = (self.op(Op::AnyKind, Imm::None, &[boxed]), self.b.i32(2));
                let right = self.op(Op::I32Eq, Imm::None, &[kind, two]);
                let wrong = self.op(Op::BoolNot, Imm::None, &[right]);
                self.b.effect(Op::TrapIfWith, site, &[wrong, a, b]);
                self.op(Op::AnyToI64, Imm::None, &[boxed]);
            }
            _ => {
                let array = self.value(reference(INTS));
                let len = self.op(Op::ArrayLen, Imm::Type(INTS), &[array]);
                let len = self.op(Op::I32ExtendU, Imm::None, &[len]);
                let inside = self.op(Op::I64LtU, Imm::None, &[a, len]);
                let wrong = self.op(Op::BoolNot, Imm::None, &[inside]);
                self.b.effect(Op::TrapIfWith, site, &[wrong, a, len]);
                let index = self.op(Op::I64Wrap, Imm::None, &[a]);
                self.op(Op::ArrayGet, Imm::Type(INTS), &[array, index]);
            }
        }
    }

    fn types(&mut self) -> Vec<Type> {
        (0..self.random.below(3)).map(|_| self.random.pick(&TYPES)).collect()
    }

    /// Fills a region that leaves `to`; now and then one that leaves something further out, or the function.
    fn arm(&mut self, region: compiler::ir::Region, to: Inst, takes: &[Type]) {
        let outer = self.b.switch_to(region);
        let scope = self.scope.len();
        self.around.push((to, takes.to_vec()));
        for _ in 0..self.random.below(4) {
            if self.budget > 0 {
                self.statement();
            }
        }
        match self.random.below(12) {
            0 => {
                let value = self.value(self.result);
                self.b.ret(&[value]);
            }
            1 => {
                let (target, takes) = self.random.pick(&self.around.iter().collect::<Vec<_>>()).clone();
                let args: Vec<Value> = takes.into_iter().map(|t| self.value(t)).collect();
                self.b.br(target, &args);
            }
            _ => {
                let args: Vec<Value> = takes.iter().map(|&t| self.value(t)).collect();
                self.b.br(to, &args);
            }
        }
        self.around.pop();
        self.scope.truncate(scope);
        self.b.switch_to(outer);
    }

    fn results(&mut self, inst: Inst) {
        let results = self.b.results(inst).to_vec();
        self.scope.extend(results);
    }

    fn block(&mut self) {
        let takes = self.types();
        let (inst, body) = self.b.block(&takes);
        self.arm(body, inst, &takes);
        self.results(inst);
    }

    fn if_(&mut self) {
        let (cond, takes) = (self.value(Type::Bool), self.types());
        if self.random.below(4) == 0 {
            let index = self.value(Type::I32);
            let (inst, cases, default) = self.b.switch(index, 2, &takes);
            for region in cases.into_iter().chain([default]) {
                self.arm(region, inst, &takes);
            }
            return self.results(inst);
        }
        let (inst, then_, else_) = self.b.if_(cond, &takes);
        self.arm(then_, inst, &takes);
        self.arm(else_, inst, &takes);
        self.results(inst);
    }

    /// A loop that counts to a small number, carries some values, and leaves a block around it with them.
    fn loop_(&mut self) {
        let takes = self.types();
        let (block, body) = self.b.block(&takes);
        let outer = self.b.switch_to(body);
        let scope = self.scope.len();
        let mut init = vec![self.b.i64(0)];
        init.extend(takes.iter().map(|&t| self.value(t)));
        let types: Vec<Type> = [Type::I64].into_iter().chain(takes.iter().copied()).collect();
        let (inst, turn) = self.b.loop_typed(&init, &types);
        self.b.switch_to(turn);
        let params = self.b.func.regions[turn].params.clone();
        self.scope.extend_from_slice(&params);
        self.around.push((block, takes.clone()));
        let limit = self.b.i64(self.random.below(5) as i64);
        let more = self.op(Op::I64LtS, Imm::None, &[params[0], limit]);
        let (check, then_, else_) = self.b.if_(more, &[]);
        self.b.switch_to(then_);
        self.b.br(check, &[]);
        self.b.switch_to(else_);
        self.b.br(block, &params[1..]);
        self.b.switch_to(turn);
        for _ in 0..self.random.below(5) {
            if self.budget > 0 {
                self.statement();
            }
        }
        let one = self.b.i64(1);
        let mut next = vec![self.op(Op::I64AddChecked, Imm::Site(Site(4)), &[params[0], one])];
        for (i, &ty) in takes.iter().enumerate() {
            let kept = self.random.below(3) == 0;
            next.push(if kept { params[i + 1] } else { self.value(ty) });
        }
        self.b.br(inst, &next);
        self.around.pop();
        self.scope.truncate(scope);
        self.b.switch_to(body);
        self.b.unreachable();
        self.b.switch_to(outer);
        self.results(block);
    }
}

fn program(seed: u64) -> Module {
    let mut random = Random(seed);
    let mut module = parse(HEAD).unwrap();
    for _ in 0..5 {
        module.sites.push(SiteData { kind: 0, span: NO_SPAN });
    }
    let mut callees: Vec<FuncId> = module.funcs.iter().filter(|(_, f)| f.name == "touch").map(|(id, _)| id).collect();
    for i in 0..1 + random.below(3) {
        let params: Vec<Type> = (0..random.below(4)).map(|_| random.pick(&TYPES)).collect();
        let params = if i == 0 { vec![Type::I64; 2] } else { params };
        let result = if i == 0 { Type::I64 } else { random.pick(&TYPES) };
        let mut b = Builder::new(format!("f{i}"), &params, Some(result), NO_SPAN);
        let scope = b.func.params().to_vec();
        b.span = NO_SPAN;
        let budget = 6 + random.below(30) as i32;
        let mut g =
            Generator { random: &mut random, module: &module, b, scope, around: Vec::new(), result, budget, callees: callees.clone() };
        while g.budget > 0 {
            g.statement();
        }
        let value = g.value(result);
        g.b.ret(&[value]);
        let func = g.b.finish();
        callees.push(module.funcs.push(func));
    }
    // The last function, called on numbers, is the program; it shows what is left in the globals.
    let mut b = Builder::new("start", &[Type::I64, Type::I64], Some(Type::I64), NO_SPAN);
    let scope = b.func.params().to_vec();
    b.span = NO_SPAN;
    let mut g = Generator { random: &mut random, module: &module, b, scope, around: Vec::new(), result: Type::I64, budget: 12, callees };
    while g.budget > 0 {
        g.statement();
    }
    let left = g.op(Op::GlobalGet, Imm::Global(compiler::ir::GlobalId(0)), &[]);
    let other = g.value(Type::I64);
    let value = g.op(Op::I64Xor, Imm::None, &[left, other]);
    g.b.ret(&[value]);
    let func = g.b.finish();
    module.funcs.push(func);
    module
}

fn result(module: &Module, args: [i64; 2]) -> (Result<Option<V>, Stop>, Vec<u8>) {
    let start = module.funcs.iter().find(|(_, f)| f.name == "start").expect("@start").0;
    let mut machine = Machine::new(module, 200_000);
    let args = args.map(|n| V::Scalar(compiler::ir::eval::Scalar::I64(n))).to_vec();
    let result = machine.call(start, args);
    (result, machine.output)
}

#[test]
fn passes_keep_what_programs_do() {
    let cases: u64 = std::env::var("FUZZ_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1000);
    let first: u64 = std::env::var("FUZZ_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut finished = 0;
    for seed in first..first + cases {
        let original = program(seed);
        let errors = check(&original);
        assert!(errors.is_empty(), "seed {seed}: {}", errors[0]);
        let inputs = [[0, 0], [3, -7], [i64::MAX, 1]];
        let expected: Vec<_> = inputs.iter().map(|&i| result(&original, i)).collect();
        finished += expected.iter().filter(|e| e.0 != Err(Stop::TooLong)).count();
        let alone: Vec<Vec<&str>> = PASSES.iter().map(|p| vec![p.name]).collect();
        for list in alone.into_iter().chain([PIPELINE.to_vec()]) {
            let mut module = original.clone();
            for name in list {
                let before = module.clone();
                (named(name).unwrap().run)(&mut module);
                let text = |m: &Module| print_with(m, PrintOptions { spans: false });
                let show = || format!("seed {seed}, {name}\n--- before\n{}--- after\n{}", text(&before), text(&module));
                let errors = check(&module);
                assert!(errors.is_empty(), "{}\n{}", show(), errors[0]);
                for (&input, expected) in inputs.iter().zip(&expected) {
                    if expected.0 != Err(Stop::TooLong) {
                        let got = result(&module, input);
                        assert_eq!(&got, expected, "{}\ninput {input:?}", show());
                    }
                }
            }
        }
    }
    assert!(finished as u64 > cases * 2, "most programs end: {finished} of {}", cases * 3);
    let _ = (Host::Exit, BYTES);
}
