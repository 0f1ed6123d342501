//! What `bounds` knows at a place: an interval for each value and facts `a <= b + k` between values.
//!
//! Everything is scoped: `mark` and `reset` enclose a region. A value that is always another one plus a constant (a sum that
//! cannot overflow, an extension) is kept as base and offset, so that what is learned of one holds for all of its kin.

use super::range::{Range, cannot_overflow};
use crate::ir::{Id, Inst, Op, Type, Value};

/// Steps from fact to fact in a proof.
const DEPTH: usize = 3;
/// Facts that a proof looks at, latest first.
const LOOKED_AT: usize = 48;

/// `a <= b + k`, of bases.
#[derive(Clone, Copy)]
struct Fact {
    a: Value,
    b: Value,
    k: i128,
}

pub(super) struct Facts {
    types: Vec<Type>,
    defs: Vec<Option<Inst>>,
    ranges: Vec<Range>,
    /// By value: its base and what must be added to that.
    kin: Vec<(Value, i64)>,
    /// By loop parameter: its first value.
    first: Vec<Value>,
    facts: Vec<Fact>,
    undo: Vec<Change>,
}

/// An interval that was changed.
#[derive(Clone, Copy)]
struct Change {
    value: Value,
    before: Range,
    /// Whether the value was made then, so that it is nothing outside.
    is_new: bool,
}

impl Facts {
    pub fn new(types: impl Iterator<Item = Type>, defs: Vec<Option<Inst>>) -> Facts {
        let types: Vec<Type> = types.collect();
        let own: Vec<Value> = (0..types.len()).map(Value::from_index).collect();
        let mut facts = Facts { types, defs, ranges: Vec::new(), kin: Vec::new(), first: own, facts: Vec::new(), undo: Vec::new() };
        facts.clear();
        facts
    }

    pub fn clear(&mut self) {
        self.ranges = self.types.iter().map(|&t| Range::of_type(t)).collect();
        self.kin = (0..self.types.len()).map(|i| (Value::from_index(i), 0)).collect();
        self.facts.clear();
        self.undo.clear();
    }

    pub fn definition(&self, value: Value) -> Option<Inst> {
        self.defs[value.index()]
    }

    pub fn set_first(&mut self, param: Value, first: Value) {
        self.first[param.index()] = first;
    }

    pub fn first(&self, param: Value) -> Value {
        self.first[param.index()]
    }

    pub fn mark(&self) -> (usize, usize) {
        (self.facts.len(), self.undo.len())
    }

    pub fn reset(&mut self, (facts, undo): (usize, usize)) {
        self.facts.truncate(facts);
        for Change { value, before, .. } in self.undo.drain(undo..).rev() {
            self.ranges[value.index()] = before;
        }
    }

    /// The values from before a mark whose intervals have changed since, with what is known of them now.
    pub fn narrowed_since(&self, undo: usize) -> Vec<(Value, Range)> {
        let mut changes: Vec<(Value, bool)> = self.undo[undo..].iter().map(|change| (change.value, !change.is_new)).collect();
        changes.sort_unstable();
        // A value that was made since comes first with its making, and goes.
        changes.dedup_by_key(|&mut (value, _)| value);
        changes.into_iter().filter(|&(_, is_old)| is_old).map(|(v, _)| (v, self.range(v))).collect()
    }

    /// A value is made here, with this interval.
    pub fn define(&mut self, value: Value, range: Range) {
        self.kin[value.index()] = (value, 0);
        self.undo.push(Change { value, before: self.ranges[value.index()], is_new: true });
        self.ranges[value.index()] = range;
    }

    pub fn range(&self, value: Value) -> Range {
        let own = self.ranges[value.index()];
        let (base, offset) = self.kin[value.index()];
        if base == value {
            return own;
        }
        let by_base = self.ranges[base.index()].shifted(offset);
        by_base.and_then(|r| own.intersect(r)).unwrap_or(own)
    }

    pub fn refine(&mut self, value: Value, to: Range) {
        self.narrow(value, to);
        let (base, offset) = self.kin[value.index()];
        if base != value
            && let Some(range) = offset.checked_neg().and_then(|by| self.range(value).shifted(by))
        {
            self.narrow(base, range);
        }
    }

    fn narrow(&mut self, value: Value, to: Range) {
        let now = self.ranges[value.index()];
        if let Some(both) = now.intersect(to)
            && both != now
        {
            self.undo.push(Change { value, before: now, is_new: false });
            self.ranges[value.index()] = both;
        }
    }

    /// Notes that `a <= b + k`.
    pub fn learn(&mut self, a: Value, b: Value, k: i64) {
        let ((a, from), (b, to)) = (self.kin[a.index()], self.kin[b.index()]);
        if a != b {
            self.facts.push(Fact { a, b, k: i128::from(k) + i128::from(to) - i128::from(from) });
        }
    }

    /// Whether `a <= b + k` is certain.
    pub fn at_most(&self, a: Value, b: Value, k: i64) -> bool {
        let (x, y) = (self.range(a), self.range(b));
        if i128::from(x.hi) <= i128::from(y.lo) + i128::from(k) {
            return true;
        }
        let ((a, from), (b, to)) = (self.kin[a.index()], self.kin[b.index()]);
        self.proves(a, b, i128::from(k) + i128::from(to) - i128::from(from), DEPTH)
    }

    fn proves(&self, a: Value, b: Value, k: i128, depth: usize) -> bool {
        if (a == b && k >= 0) || i128::from(self.ranges[a.index()].hi) <= i128::from(self.ranges[b.index()].lo) + k {
            return true;
        }
        let mut facts = self.facts.iter().rev().take(LOOKED_AT).filter(|f| f.a == a);
        depth > 0 && facts.any(|f| self.proves(f.b, b, k - f.k, depth - 1))
    }

    /// What follows from how a result is made; it must be `define`d.
    pub fn relate(&mut self, op: Op, args: &[Value], result: Value) {
        match op {
            Op::I32ExtendS => self.become_kin(result, args[0], 0),
            Op::I32ExtendU if self.range(args[0]).is_natural() => self.become_kin(result, args[0], 0),
            Op::I64Wrap if Range::I32.contains(self.range(args[0])) => self.become_kin(result, args[0], 0),
            Op::I32Add | Op::I64Add | Op::I64AddChecked | Op::I32Sub | Op::I64Sub | Op::I64SubChecked => self.relate_sum(op, args, result),
            Op::I64RemU | Op::I64RemS if self.range(args[1]).lo > 0 => self.learn(result, args[1], -1),
            Op::I64DivU | Op::I64DivS if self.range(args[0]).is_natural() && self.range(args[1]).lo > 0 => self.learn(result, args[0], 0),
            Op::I32And | Op::I64And => {
                for &arg in args {
                    if self.range(arg).is_natural() {
                        self.learn(result, arg, 0);
                    }
                }
            }
            Op::I32ShrS | Op::I64ShrS | Op::I32ShrU | Op::I64ShrU if self.range(args[0]).is_natural() => self.learn(result, args[0], 0),
            _ => {}
        }
    }

    /// The value from which the others of its kin are counted, and the offset.
    pub fn kin(&self, value: Value) -> (Value, i64) {
        self.kin[value.index()]
    }

    /// `result` is always `of` plus the offset.
    pub fn become_kin(&mut self, result: Value, of: Value, offset: i64) {
        let (base, more) = self.kin[of.index()];
        if let Some(offset) = offset.checked_add(more) {
            self.kin[result.index()] = (base, offset);
        }
    }

    fn relate_sum(&mut self, op: Op, args: &[Value], result: Value) {
        let (x, y) = (self.range(args[0]), self.range(args[1]));
        let checked = matches!(op, Op::I64AddChecked | Op::I64SubChecked);
        if !checked && !cannot_overflow(op, x, y) {
            return;
        }
        let adds = matches!(op, Op::I32Add | Op::I64Add | Op::I64AddChecked);
        if y.lo == y.hi {
            let offset = if adds { Some(y.lo) } else { y.lo.checked_neg() };
            if let Some(offset) = offset {
                self.become_kin(result, args[0], offset);
            }
        } else if adds {
            if y.is_natural() {
                self.learn(args[0], result, -y.lo);
            }
            if x.is_natural() {
                self.learn(args[1], result, -x.lo);
            }
        } else if y.is_natural() {
            self.learn(result, args[0], -y.lo);
        }
    }

    /// From here on a comparison has this outcome.
    pub fn assume(&mut self, op: Op, args: &[Value], truth: bool) {
        match (op, truth) {
            (Op::I32LtS | Op::I64LtS, true) => self.assume_at_most(args[0], args[1], -1),
            (Op::I32LtS | Op::I64LtS, false) => self.assume_at_most(args[1], args[0], 0),
            (Op::I64LeS, true) => self.assume_at_most(args[0], args[1], 0),
            (Op::I64LeS, false) => self.assume_at_most(args[1], args[0], -1),
            (Op::I32Eq | Op::I64Eq, true) | (Op::I64Ne, false) => {
                self.assume_at_most(args[0], args[1], 0);
                self.assume_at_most(args[1], args[0], 0);
            }
            (Op::I32Eq | Op::I64Eq, false) | (Op::I64Ne, true) => self.assume_differ(args[0], args[1]),
            // Below a natural number, without sign: natural as well, and below it.
            (Op::I32LtU | Op::I64LtU, true) if self.range(args[1]).is_natural() => {
                self.refine(args[0], Range::new(0, i64::MAX));
                self.assume_at_most(args[0], args[1], -1);
            }
            (Op::I32LtU | Op::I64LtU, false) if self.range(args[0]).is_natural() && self.range(args[1]).is_natural() => {
                self.assume_at_most(args[1], args[0], 0);
            }
            _ => {}
        }
    }

    fn assume_at_most(&mut self, a: Value, b: Value, k: i64) {
        self.learn(a, b, k);
        let (x, y) = (self.range(a), self.range(b));
        if let Some(hi) = y.hi.checked_add(k) {
            self.refine(a, Range::new(i64::MIN, hi));
        }
        if let Some(lo) = x.lo.checked_sub(k) {
            self.refine(b, Range::new(lo, i64::MAX));
        }
    }

    /// A number that is not the end of an interval leaves the rest.
    fn assume_differ(&mut self, a: Value, b: Value) {
        for (value, other) in [(a, b), (b, a)] {
            let (range, other) = (self.range(value), self.range(other));
            if other.lo == other.hi && range.lo < range.hi {
                if range.lo == other.lo {
                    self.refine(value, Range::new(range.lo + 1, i64::MAX));
                } else if range.hi == other.lo {
                    self.refine(value, Range::new(i64::MIN, range.hi - 1));
                }
            }
        }
        if self.at_most(a, b, 0) {
            self.assume_at_most(a, b, -1);
        } else if self.at_most(b, a, 0) {
            self.assume_at_most(b, a, -1);
        }
    }

    /// The outcome of a comparison, if it is certain.
    pub fn compare(&self, op: Op, args: &[Value]) -> Option<bool> {
        match op {
            Op::I32LtS | Op::I64LtS => self.less(args[0], args[1]),
            Op::I64LeS => self.less(args[1], args[0]).map(|b| !b),
            Op::I32LtU | Op::I64LtU => {
                let (x, y) = (self.range(args[0]), self.range(args[1]));
                match (x.is_natural(), y.is_natural()) {
                    (true, true) => self.less(args[0], args[1]),
                    // Natural and below it, so that is natural too.
                    (true, false) if self.at_most(args[0], args[1], -1) => Some(true),
                    (true, false) => (y.hi < 0).then_some(true),
                    (false, true) => (x.hi < 0).then_some(false),
                    (false, false) => None,
                }
            }
            Op::I32Eq | Op::I64Eq => self.equal(args[0], args[1]),
            Op::I64Ne => self.equal(args[0], args[1]).map(|b| !b),
            _ => None,
        }
    }

    fn less(&self, a: Value, b: Value) -> Option<bool> {
        if self.at_most(a, b, -1) {
            return Some(true);
        }
        self.at_most(b, a, 0).then_some(false)
    }

    fn equal(&self, a: Value, b: Value) -> Option<bool> {
        let differ = self.at_most(a, b, -1) || self.at_most(b, a, -1);
        let same = self.at_most(a, b, 0) && self.at_most(b, a, 0);
        if differ { Some(false) } else { same.then_some(true) }
    }
}
