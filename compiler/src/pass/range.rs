//! Intervals of integers, and what the ops make of them.

use crate::ir::{Op, Type};

/// The numbers `lo..=hi`, never empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    pub lo: i64,
    pub hi: i64,
}

impl Range {
    pub const I32: Range = Range { lo: i32::MIN as i64, hi: i32::MAX as i64 };
    pub const I64: Range = Range { lo: i64::MIN, hi: i64::MAX };

    pub fn new(lo: i64, hi: i64) -> Range {
        Range { lo, hi }
    }
    pub fn exactly(n: i64) -> Range {
        Range { lo: n, hi: n }
    }
    /// All numbers of an integer type; for other types something that nobody looks at.
    pub fn of_type(ty: Type) -> Range {
        if ty == Type::I32 { Range::I32 } else { Range::I64 }
    }
    pub fn union(self, other: Range) -> Range {
        Range { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }
    /// What both hold; `None` if that is nothing, which means that the code is never reached.
    pub fn intersect(self, other: Range) -> Option<Range> {
        let both = Range { lo: self.lo.max(other.lo), hi: self.hi.min(other.hi) };
        (both.lo <= both.hi).then_some(both)
    }
    pub fn contains(self, other: Range) -> bool {
        self.lo <= other.lo && other.hi <= self.hi
    }
    pub fn is_natural(self) -> bool {
        self.lo >= 0
    }
    /// Every number moved by `by`; `None` if one would leave i64.
    pub fn shifted(self, by: i64) -> Option<Range> {
        Some(Range { lo: self.lo.checked_add(by)?, hi: self.hi.checked_add(by)? })
    }
    fn constant(self) -> Option<i64> {
        (self.lo == self.hi).then_some(self.lo)
    }
}

/// The exact results of `a op b`, as wide numbers.
fn exact(op: Op, a: Range, b: Range) -> Option<(i128, i128)> {
    let (al, ah, bl, bh) = (i128::from(a.lo), i128::from(a.hi), i128::from(b.lo), i128::from(b.hi));
    Some(match op {
        Op::I32Add | Op::I64Add | Op::I64AddChecked => (al + bl, ah + bh),
        Op::I32Sub | Op::I64Sub | Op::I64SubChecked => (al - bh, ah - bl),
        Op::I32Mul | Op::I64Mul | Op::I64MulChecked => {
            let corners = [al * bl, al * bh, ah * bl, ah * bh];
            (corners.into_iter().min()?, corners.into_iter().max()?)
        }
        _ => return None,
    })
}

/// Whether a sum, difference or product stays in its type for all operands of these ranges.
pub fn cannot_overflow(op: Op, a: Range, b: Range) -> bool {
    let whole = if matches!(op, Op::I32Add | Op::I32Sub | Op::I32Mul) { Range::I32 } else { Range::I64 };
    exact(op, a, b).is_some_and(|(lo, hi)| i128::from(whole.lo) <= lo && hi <= i128::from(whole.hi))
}

fn arithmetic(op: Op, a: Range, b: Range) -> Range {
    let whole = if matches!(op, Op::I32Add | Op::I32Sub | Op::I32Mul) { Range::I32 } else { Range::I64 };
    let checked = matches!(op, Op::I64AddChecked | Op::I64SubChecked | Op::I64MulChecked);
    let Some((lo, hi)) = exact(op, a, b) else { return whole };
    let (least, most) = (i128::from(whole.lo), i128::from(whole.hi));
    // A checked op that yields a value has not overflowed; a wrapping one may have.
    if !checked && (lo < least || hi > most) {
        return whole;
    }
    Range { lo: lo.clamp(least, most) as i64, hi: hi.clamp(least, most) as i64 }
}

/// The numbers that an op yields for operands of these ranges; `whole` is the range of its type.
pub fn transfer(op: Op, args: &[Range], whole: Range) -> Range {
    match (op, args) {
        (Op::I32Add | Op::I32Sub | Op::I32Mul | Op::I64Add | Op::I64Sub | Op::I64Mul, &[a, b]) => arithmetic(op, a, b),
        (Op::I64AddChecked | Op::I64SubChecked | Op::I64MulChecked, &[a, b]) => arithmetic(op, a, b),
        (Op::I32ExtendS, &[a]) => a,
        (Op::I32ExtendU, &[a]) if a.is_natural() => a,
        (Op::I32ExtendU, _) => Range::new(0, i64::from(u32::MAX)),
        (Op::I64Wrap, &[a]) if Range::I32.contains(a) => a,
        (Op::I32And | Op::I64And, &[a, b]) => match (a.is_natural(), b.is_natural()) {
            (true, true) => Range::new(0, a.hi.min(b.hi)),
            (true, false) => Range::new(0, a.hi),
            (false, true) => Range::new(0, b.hi),
            (false, false) => whole,
        },
        (Op::I32Or | Op::I64Or | Op::I32Xor | Op::I64Xor, &[a, b]) if a.is_natural() && b.is_natural() => {
            let bits = 64 - (a.hi | b.hi).leading_zeros();
            Range::new(0, if bits >= 63 { i64::MAX } else { (1 << bits) - 1 })
        }
        (Op::I32ShrS | Op::I64ShrS, &[a, b]) => match b.constant() {
            Some(n) => Range::new(a.lo >> (n & 63), a.hi >> (n & 63)),
            None if a.is_natural() => Range::new(0, a.hi),
            None => whole,
        },
        (Op::I32ShrU | Op::I64ShrU, &[a, b]) => shift_right(op, a, b, whole),
        (Op::I32Shl | Op::I64Shl, &[a, b]) => match b.constant() {
            Some(n) if (0..32).contains(&n) => {
                let (lo, hi) = (i128::from(a.lo) << n, i128::from(a.hi) << n);
                let fits = lo >= i128::from(whole.lo) && hi <= i128::from(whole.hi);
                if fits { Range::new(lo as i64, hi as i64) } else { whole }
            }
            _ => whole,
        },
        (Op::I64RemS | Op::I64RemU, &[a, b]) => remainder(op, a, b, whole),
        (Op::I64DivS | Op::I64DivU, &[a, b]) if a.is_natural() && b.lo > 0 => Range::new(a.lo / b.hi, a.hi / b.lo),
        (Op::I64Clz, _) => Range::new(0, 64),
        (Op::BoolToI32, _) => Range::new(0, 1),
        (Op::AnyKind, _) => Range::new(0, 4),
        (Op::ArrayLen, _) => Range::new(0, i64::from(i32::MAX)),
        (Op::Select, &[_, a, b]) => a.union(b),
        _ => whole,
    }
}

fn shift_right(op: Op, a: Range, b: Range, whole: Range) -> Range {
    let width = if op == Op::I32ShrU { 32 } else { 64 };
    match b.constant().map(|n| n & (width - 1)) {
        Some(n) if a.is_natural() => Range::new(a.lo >> n, a.hi >> n),
        Some(n) if n > 0 && width == 64 => Range::new(0, (u64::MAX >> n) as i64),
        Some(n) if n > 0 => Range::new(0, i64::from(u32::MAX >> n)),
        None if a.is_natural() => Range::new(0, a.hi),
        _ => whole,
    }
}

fn remainder(op: Op, a: Range, b: Range, whole: Range) -> Range {
    if b.lo <= 0 {
        // The divisor's sign does not matter to the signed remainder, only its size; one of 0 never gets here.
        let natural = op == Op::I64RemS && a.is_natural();
        return if natural { Range::new(0, a.hi) } else { whole };
    }
    let most = b.hi - 1;
    match (op, a.is_natural()) {
        (_, true) => Range::new(0, a.hi.min(most)),
        (Op::I64RemU, false) => Range::new(0, most),
        (_, false) => Range::new(-most, most.min(a.hi.max(0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Imm;
    use crate::ir::eval::{Scalar, eval};

    /// Every result of operands drawn from small and extreme ranges lies in the range that `transfer` gives.
    #[test]
    fn transfer_holds_for_all_operands() {
        let ends = [i64::MIN, i64::MIN + 1, -9, -1, 0, 1, 3, 8, 31, 63, i64::from(i32::MAX), i64::MAX - 1, i64::MAX];
        let ops = Op::ALL.iter().filter(|op| {
            let of = |s: &crate::ir::Shape| *s == crate::ir::Shape::Is(Type::I64);
            op.operands().len() == 2 && op.operands().iter().all(of) && op.result() == crate::ir::Shape::Is(Type::I64)
        });
        for &op in ops {
            for (i, &al) in ends.iter().enumerate() {
                for &ah in &ends[i..] {
                    for (j, &bl) in ends.iter().enumerate() {
                        for &bh in &ends[j..] {
                            let (a, b) = (Range::new(al, ah), Range::new(bl, bh));
                            let range = transfer(op, &[a, b], Range::I64);
                            for x in ends.iter().filter(|&&x| al <= x && x <= ah) {
                                for y in ends.iter().filter(|&&y| bl <= y && y <= bh) {
                                    if let Some(Scalar::I64(n)) = eval(op, Imm::None, &[Scalar::I64(*x), Scalar::I64(*y)]) {
                                        assert!(range.lo <= n && n <= range.hi, "{op:?} {a:?} {b:?}: {x} {y} gives {n}, not in {range:?}");
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
