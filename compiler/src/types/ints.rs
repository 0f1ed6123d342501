//! Intervals of ints of any size: what a slot can hold under `--exact-ints`, where it decides whether a sum needs a big integer.
//!
//! An interval that grows again and again jumps from one of a few bounds to the next ([`Ints::widened`]), so that a fixpoint is reached
//! soon. Bounds beyond [`FAR`] are as good as none.

/// The numbers `lo..=hi`; none where `lo > hi`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ints {
    lo: i128,
    hi: i128,
}

/// Stands for infinity. Products of 64-bit numbers do not go beyond it.
const FAR: i128 = 1 << 126;
const LEAST: i128 = i64::MIN as i128;
const MOST: i128 = i64::MAX as i128;
/// From here down to `LEAST` there is no other bound.
const BELOW: i128 = -(1 << 61);

/// What a bound grows to: sizes of usual data, and those beyond which products and sums of usual data would leave 64 bits.
const BOUNDS: [i128; 12] = [0, 1 << 7, 1 << 12, 1 << 16, 1 << 20, 1 << 24, (1 << 31) - 1, 1 << 32, 1 << 40, 1 << 53, 1 << 61, MOST];

impl Ints {
    pub const NONE: Ints = Ints { lo: FAR, hi: -FAR };
    /// Every int of 64 bits.
    pub const WORD: Ints = Ints { lo: LEAST, hi: MOST };
    /// Every int.
    pub const ALL: Ints = Ints { lo: -FAR, hi: FAR };
    pub const BOOL: Ints = Ints { lo: 0, hi: 1 };
    /// The length of anything.
    pub const LENGTH: Ints = Ints { lo: 0, hi: i32::MAX as i128 };

    pub fn exactly(n: i64) -> Ints {
        Ints { lo: n.into(), hi: n.into() }
    }
    fn new(lo: i128, hi: i128) -> Ints {
        Ints { lo: lo.clamp(-FAR, FAR), hi: hi.clamp(-FAR, FAR) }
    }
    pub fn is_empty(self) -> bool {
        self.lo > self.hi
    }
    /// Whether all have 64 bits.
    pub fn is_word(self) -> bool {
        self.is_empty() || (LEAST <= self.lo && self.hi <= MOST)
    }
    pub fn join(self, other: Ints) -> Ints {
        Ints { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }
    pub fn meet(self, other: Ints) -> Ints {
        Ints { lo: self.lo.max(other.lo), hi: self.hi.min(other.hi) }
    }
    /// This and `other`, rounded up where a bound has moved.
    pub fn widened(self, other: Ints) -> Ints {
        if self.is_empty() || other.is_empty() {
            return self.join(other);
        }
        let up = |n: i128| BOUNDS.iter().copied().find(|&bound| n <= bound).unwrap_or(FAR);
        let down = |n: i128| match n {
            0.. => 0,
            LEAST..BELOW => LEAST,
            _ => -up(-n),
        };
        Ints { lo: if other.lo < self.lo { down(other.lo) } else { self.lo }, hi: if other.hi > self.hi { up(other.hi) } else { self.hi } }
    }

    pub fn plus(self, other: Ints) -> Ints {
        self.combine(other, |a, b| Ints::new(sum(a.lo, b.lo), sum(a.hi, b.hi)))
    }
    pub fn minus(self, other: Ints) -> Ints {
        self.plus(other.negated())
    }
    pub fn negated(self) -> Ints {
        if self.is_empty() { self } else { Ints { lo: -self.hi, hi: -self.lo } }
    }
    pub fn times(self, other: Ints) -> Ints {
        self.combine(other, |a, b| {
            if !a.is_word() || !b.is_word() {
                return Ints::ALL;
            }
            let corners = [a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi];
            corners.into_iter().map(|n| Ints::new(n, n)).fold(Ints::NONE, Ints::join)
        })
    }
    /// Quotients, towards zero. One by zero is an error and gives nothing.
    pub fn over(self, other: Ints) -> Ints {
        self.combine(other, |a, b| {
            let most = a.size();
            match b.lo > 0 && a.lo >= 0 {
                true => Ints::new(a.lo / b.hi, a.hi / b.lo),
                false => Ints::new(-most, most),
            }
        })
    }
    /// Remainders, which have the sign of the dividend.
    pub fn modulo(self, other: Ints) -> Ints {
        self.combine(other, |a, b| {
            let most = a.size().min((b.size() - 1).max(0));
            Ints::new(if a.lo < 0 { -most } else { 0 }, if a.hi > 0 { most } else { 0 })
        })
    }
    /// Those below the greatest of `other`, or equal to it.
    pub fn below(self, other: Ints, or_equal: bool) -> Ints {
        if other.is_empty() || other.hi >= FAR {
            return if other.is_empty() { Ints::NONE } else { self };
        }
        self.meet(Ints { lo: -FAR, hi: other.hi - i128::from(!or_equal) })
    }
    pub fn above(self, other: Ints, or_equal: bool) -> Ints {
        self.negated().below(other.negated(), or_equal).negated()
    }
    /// Those whose square is below the greatest of `other`, or equal to it.
    pub fn root_below(self, other: Ints) -> Ints {
        match other {
            _ if other.is_empty() || other.hi < 0 => Ints::NONE,
            _ if other.hi > MOST => self,
            _ => {
                let most = other.hi.isqrt();
                self.meet(Ints { lo: -most, hi: most })
            }
        }
    }

    /// The least of them.
    pub fn lowest(self) -> Ints {
        Ints { hi: self.hi.min(self.lo), ..self }
    }

    fn size(self) -> i128 {
        self.lo.abs().max(self.hi.abs())
    }
    fn combine(self, other: Ints, op: impl FnOnce(Ints, Ints) -> Ints) -> Ints {
        if self.is_empty() || other.is_empty() { Ints::NONE } else { op(self, other) }
    }
}

/// A sum in which infinity stays infinite.
fn sum(a: i128, b: i128) -> i128 {
    match (a.abs() >= FAR, b.abs() >= FAR) {
        (true, _) => a,
        (_, true) => b,
        _ => a + b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every result of numbers drawn from intervals lies in the interval of the results.
    #[test]
    fn results_lie_in_the_interval() {
        let ends: [i128; 9] = [LEAST, -9, -1, 0, 1, 3, 8, MOST, MOST + 5];
        let ranges = |ends: [i128; 9]| (0..9).flat_map(move |i| (i..9).map(move |j| Ints::new(ends[i], ends[j])));
        let holds = |range: Ints, n: i128| range.lo <= n && n <= range.hi;
        for a in ranges(ends) {
            for b in ranges(ends) {
                for x in ends.into_iter().filter(|&x| holds(a, x)) {
                    for y in ends.into_iter().filter(|&y| holds(b, y)) {
                        let small = x.abs().max(y.abs()) <= MOST + 1;
                        assert!(holds(a.plus(b), x + y) && holds(a.minus(b), x - y), "{a:?} {b:?}: {x} {y}");
                        assert!(!small || holds(a.times(b), x * y), "{a:?} * {b:?}: {x} {y}");
                        assert!(y == 0 || holds(a.over(b), x / y) && holds(a.modulo(b), x % y), "{a:?} / {b:?}: {x} {y}");
                        assert!(x >= y || holds(a.below(b, false), x) && holds(b.above(a, false), y), "{a:?} < {b:?}: {x} {y}");
                        assert!(!small || x.abs() > 100 || x * x > y || holds(a.root_below(b), x), "{a:?} root {b:?}: {x} {y}");
                        assert!(holds(a.widened(b), x) && holds(a.widened(b), y), "{a:?} with {b:?}: {x} {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn growing_ends_soon() {
        let (mut all, mut steps) = (Ints::exactly(0), 0);
        while all.widened(all.plus(Ints::new(-3, 1))) != all {
            all = all.widened(all.plus(Ints::new(-3, 1)));
            steps += 1;
        }
        assert_eq!((all, steps <= 2 * BOUNDS.len()), (Ints::ALL, true));
    }
}
