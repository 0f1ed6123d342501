//! `pass::divide`: for every divisor tried, the multiplications give what the division gives.

mod reference;

use compiler::ir::eval::{Scalar, eval};
use compiler::ir::verify::check;
use compiler::ir::{Builder, FuncId, Imm, InstKind, Module, NO_SPAN, Op, Type};
use compiler::pass::divide;
use reference::{Machine, V};

const OPS: [Op; 4] = [Op::I64DivS, Op::I64RemS, Op::I64DivU, Op::I64RemU];

fn module(divisor: i64) -> Module {
    let mut module = Module::default();
    for op in OPS {
        let mut b = Builder::new(op.mnemonic(), &[Type::I64], Some(Type::I64), NO_SPAN);
        let (x, d) = (b.param(0), b.i64(divisor));
        let value = b.op(&module, op, Imm::None, &[x, d]);
        b.ret(&[value]);
        module.funcs.push(b.finish());
    }
    module
}

#[test]
fn quotients_and_remainders_are_exact() {
    let powers = (0..64).flat_map(|n| [-1i64, 0, 1].map(|by| (1i64 << n).wrapping_add(by)));
    let small = 1..=130;
    let odd = [641, 1000, 10_000, 999_983, 1_000_000_007, 0x5555_5555_5555_5555, 0x7fff_ffff_ffff_fffe, 6_700_417];
    let divisors: Vec<i64> = powers.chain(small).chain(odd).flat_map(|d| [d, d.wrapping_neg()]).filter(|&d| d != 0).collect();
    let mut numbers: Vec<i64> = vec![0, 1, -1, i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1, 12_345_678_901_234_567];
    for d in &divisors[..40] {
        numbers.extend([d.wrapping_mul(7), d.wrapping_mul(7).wrapping_sub(1), d.wrapping_mul(3).wrapping_add(1)]);
    }
    for &d in &divisors {
        let mut module = module(d);
        divide(&mut module);
        assert!(check(&module).is_empty(), "{d}");
        let multiples = [d, d.wrapping_sub(1), d.wrapping_add(1), (i64::MAX / d).wrapping_mul(d), (i64::MIN / d.max(2)).wrapping_mul(d)];
        for &x in numbers.iter().chain(&multiples).chain(&multiples.map(|m| m.wrapping_sub(1))) {
            for (i, op) in OPS.into_iter().enumerate() {
                let Some(expected) = eval(op, Imm::None, &[Scalar::I64(x), Scalar::I64(d)]) else { continue };
                let got = Machine::new(&module, 1000).call(FuncId(i as u32), vec![V::Scalar(Scalar::I64(x))]);
                assert_eq!(got, Ok(Some(V::Scalar(expected))), "{} {x} by {d}", op.mnemonic());
            }
        }
    }
}

#[test]
fn no_division_is_left() {
    let mut module = module(10);
    divide(&mut module);
    for func in module.funcs.values() {
        let divides = |kind: &InstKind| matches!(kind, InstKind::Op { op, .. } if OPS.contains(op));
        assert!(!func.insts.values().any(|inst| divides(&inst.kind)));
    }
}
