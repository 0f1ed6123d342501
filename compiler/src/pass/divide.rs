//! Division and remainder by constants as multiplication and shifts.
//!
//! For backends that translate op by op: an optimising compiler behind the backend (gcc, Cranelift, V8) does this itself, and
//! Wasm has no instruction for the upper half of a product. So it is not in the pipeline; such backends call it last.
//!
//! The multipliers are those of Granlund and Montgomery, "Division by invariant integers using multiplication" (PLDI 1994),
//! searched for with wide arithmetic. With `h(x, m)` for the upper 64 bits of `x * m`, unsigned:
//!
//! ```text
//!   unsigned          h(x, m) >> s            or, where m needs 65 bits, (((x - h) >> 1) + h) >> s
//!   signed            sign = x >> 63          (h(x, m) - (sign & m) >> s) - sign, negated for a negative divisor
//!   signed, 2^k       (x + (sign >>> 64 - k)) >> k
//!   remainder         x - quotient * d
//! ```

use super::rewrite::definitions;
use crate::ir::{Args, Func, Id, Imm, Inst, InstData, InstKind, Module, Op, Place, Region, Type, Value};
use smallvec::SmallVec;

pub fn divide(module: &mut Module) {
    for func in module.funcs.values_mut() {
        let (body, defs) = (func.body, definitions(func));
        let at = func.span.into();
        Reducer { func, defs, out: Vec::new(), at }.region(body);
    }
}

struct Reducer<'a> {
    func: &'a mut Func,
    /// By value: the instruction that yields it.
    defs: Vec<Option<Inst>>,
    /// The region being rebuilt.
    out: Vec<Inst>,
    at: Place,
}

impl Reducer<'_> {
    fn region(&mut self, region: Region) {
        let insts = std::mem::take(&mut self.func.regions[region].insts);
        let outer = std::mem::take(&mut self.out);
        for inst in insts {
            for inner in self.func.insts[inst].kind.regions() {
                self.region(inner);
            }
            self.at = self.func.insts[inst].at;
            self.inst(inst);
            self.out.push(inst);
        }
        self.func.regions[region].insts = std::mem::replace(&mut self.out, outer);
    }

    fn constant(&self, value: Value) -> Option<i64> {
        match self.func.insts[self.defs.get(value.index()).copied().flatten()?].kind {
            InstKind::Op { op: Op::I64Const, imm: Imm::I64(n), .. } => Some(n),
            _ => None,
        }
    }

    /// Adds an op before the one in hand.
    fn op(&mut self, op: Op, a: Value, b: Value) -> Value {
        let value = self.func.value(Type::I64);
        let kind = InstKind::Op { op, imm: Imm::None, args: Args::from_slice(&[a, b]) };
        self.out.push(self.func.insts.push(InstData { kind, results: SmallVec::from_slice(&[value]), at: self.at }));
        value
    }

    fn number(&mut self, n: i64) -> Value {
        let value = self.func.value(Type::I64);
        let kind = InstKind::Op { op: Op::I64Const, imm: Imm::I64(n), args: Args::new() };
        self.out.push(self.func.insts.push(InstData { kind, results: SmallVec::from_slice(&[value]), at: self.at }));
        value
    }

    fn with(&mut self, op: Op, a: Value, n: i64) -> Value {
        let n = self.number(n);
        self.op(op, a, n)
    }

    /// Puts the quotient's last op, or that of the remainder, in the place of the division.
    fn inst(&mut self, inst: Inst) {
        let InstKind::Op { op, ref args, .. } = self.func.insts[inst].kind else { return };
        if !matches!(op, Op::I64DivS | Op::I64RemS | Op::I64DivU | Op::I64RemU) {
            return;
        }
        let (x, divisor) = (args[0], args[1]);
        let Some(d) = self.constant(divisor) else { return };
        let signed = matches!(op, Op::I64DivS | Op::I64RemS);
        if matches!(d, 0 | 1 | i64::MIN) || (signed && d == -1) {
            return;
        }
        let quotient = if signed { self.signed(x, d) } else { self.unsigned(x, d as u64) };
        if matches!(op, Op::I64RemS | Op::I64RemU) {
            let product = self.op(Op::I64Mul, quotient, divisor);
            self.op(Op::I64Sub, x, product);
        }
        let last = self.out.pop().expect("the op that yields the result");
        self.func.insts[inst].kind = self.func.insts[last].kind.clone();
    }

    fn unsigned(&mut self, x: Value, d: u64) -> Value {
        if d.is_power_of_two() {
            return self.with(Op::I64ShrU, x, i64::from(d.trailing_zeros()));
        }
        match unsigned_multiplier(d) {
            Unsigned::Plain { multiplier, shift } => {
                let high = self.with(Op::I64MulHiU, x, multiplier as i64);
                self.with(Op::I64ShrU, high, i64::from(shift))
            }
            Unsigned::Wide { multiplier, shift } => {
                let high = self.with(Op::I64MulHiU, x, multiplier as i64);
                let rest = self.op(Op::I64Sub, x, high);
                let half = self.with(Op::I64ShrU, rest, 1);
                let sum = self.op(Op::I64Add, half, high);
                self.with(Op::I64ShrU, sum, i64::from(shift))
            }
        }
    }

    fn signed(&mut self, x: Value, d: i64) -> Value {
        let sign = self.with(Op::I64ShrS, x, 63);
        let size = d.unsigned_abs();
        if size.is_power_of_two() {
            let bits = i64::from(size.trailing_zeros());
            let correction = self.with(Op::I64ShrU, sign, 64 - bits);
            let sum = self.op(Op::I64Add, x, correction);
            let quotient = self.with(Op::I64ShrS, sum, bits);
            return if d < 0 { self.negated(quotient) } else { quotient };
        }
        let (multiplier, shift) = signed_multiplier(size);
        let multiplier = self.number(multiplier as i64);
        let high = self.op(Op::I64MulHiU, x, multiplier);
        let excess = self.op(Op::I64And, sign, multiplier);
        let high = self.op(Op::I64Sub, high, excess);
        let shifted = self.with(Op::I64ShrS, high, i64::from(shift));
        match d < 0 {
            true => self.op(Op::I64Sub, sign, shifted),
            false => self.op(Op::I64Sub, shifted, sign),
        }
    }

    fn negated(&mut self, value: Value) -> Value {
        let zero = self.number(0);
        self.op(Op::I64Sub, zero, value)
    }
}

enum Unsigned {
    Plain {
        multiplier: u64,
        shift: u32,
    },
    /// The multiplier has a 65th bit, which is 1.
    Wide {
        multiplier: u64,
        shift: u32,
    },
}

/// The least `p` for which `m = ceil(2^p / d)` is exact enough for every 64-bit number.
fn unsigned_multiplier(d: u64) -> Unsigned {
    let bits = 64 - (d - 1).leading_zeros();
    for shift in 0..bits {
        let power = 1u128 << (64 + shift);
        let multiplier = power.div_ceil(u128::from(d));
        let error = multiplier * u128::from(d) - power;
        if let Ok(multiplier) = u64::try_from(multiplier)
            && error <= 1 << shift
        {
            return Unsigned::Plain { multiplier, shift };
        }
    }
    let excess = (1u128 << bits) - u128::from(d);
    Unsigned::Wide { multiplier: ((excess << 64) / u128::from(d) + 1) as u64, shift: bits - 1 }
}

/// The least shift for which `m = floor(2^(64 + shift) / d) + 1` is exact enough for every number of size up to 2^63.
fn signed_multiplier(d: u64) -> (u64, u32) {
    let fits = |shift: u32| {
        let power = 1u128 << (64 + shift);
        let multiplier = power / u128::from(d) + 1;
        let error = multiplier * u128::from(d) - power;
        (error < 1 << (shift + 1)).then(|| u64::try_from(multiplier).ok().map(|m| (m, shift))).flatten()
    };
    (0..63).find_map(fits).expect("a multiplier for every divisor")
}
