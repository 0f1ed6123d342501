//! What the builtin functions yield, and arithmetic, which several of them share.

use super::empty::Empty;
use super::rules::Rule;
use super::{Constants, Infer};
use crate::hir::builtin::Builtin;
use crate::syntax::ast::BinaryOp;
use crate::types::{Args, Content, Ints, Slot, Watcher, bits};

/// Ranks of numbers: the kind of a result is the higher one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Number {
    Int,
    BigInt,
    BigRat,
    Float,
}

impl Constants {
    /// The result of a builtin that always yields one type of scalar, or a text.
    fn result_of(self, builtin: Builtin) -> Option<Slot> {
        use Builtin::*;
        if matches!(builtin, Len | Count | IndexOf | Now | ParseIntStr | Mem | Int) {
            Some(self.int)
        } else if matches!(builtin, Str | Substring | Substr | Input | ToJson | Join | Lower | Upper | PadStart | Trim | Repeat) {
            Some(self.string)
        } else if matches!(builtin, Exists | Contains | StartsWith) {
            Some(self.bool)
        } else {
            matches!(builtin, Print | Json).then_some(self.none)
        }
    }
}

impl Infer<'_> {
    pub(super) fn builtin_call(&mut self, builtin: Builtin, args: &[Slot], empty: Empty) -> Slot {
        use Builtin::*;
        if let Some(constant) = self.constants.and_then(|constants| constants.result_of(builtin)) {
            return constant;
        }
        let to = self.slots.fresh();
        let first = args.first().copied();
        match builtin {
            Print | Json => self.slots.add(to, bits::NONE),
            Len | Count => self.slots.add_ints(to, Ints::LENGTH),
            IndexOf | Now | ParseIntStr | Mem | Int => self.slots.add(to, bits::INT),
            Float => self.slots.add(to, bits::FLOAT),
            Str | Substring | Substr | Input | ToJson | Join | Lower | Upper | PadStart | Trim | Repeat => self.add_string(to),
            Exists | Contains | StartsWith => self.slots.add(to, bits::BOOL),
            Panic | Error | Eval => {}
            Split => {
                let element = self.string();
                self.slots.add_data(to, self.known.list, &[element]);
                self.mark_filled(to);
            }
            Sha256 | Range => {
                let element = self.scalar(bits::INT);
                self.slots.add_data(to, self.known.list, &[element]);
                self.mark_filled(to);
            }
            Num | Denom => self.slots.add_data(to, self.known.bigint, &[]),
            Append | Push => {
                if let [list, value] = args {
                    self.rule(Rule::Append { list: *list, value: *value, to }, &[*list]);
                }
            }
            Slice | Distinct | Reverse | Collect => {
                if let Some(from) = first {
                    self.rule(Rule::Sequence { from, to }, &[from]);
                }
            }
            Concat => {
                let element = self.slots.fresh();
                self.slots.add_data(to, self.known.list, &[element]);
                for &from in args {
                    self.rule(Rule::Listed { from, to }, &[from]);
                }
            }
            Keys => self.map_rule(first, |map| Rule::Keys { map, to }),
            Values => self.map_rule(first, |map| Rule::Values { map, to }),
            First => {
                self.slots.add(to, bits::NONE);
                self.map_rule(first, |from| Rule::Iterate { from, to });
            }
            Sum => self.map_rule(first, |of| Rule::Sum { of, to, empty }),
            Avg => self.map_rule(first, |of| Rule::Mean { of, to, empty }),
            Min | Max => self.map_rule(first, |of| Rule::Extreme { of, to, empty }),
            Abs | Ceil | Floor | Round => self.map_rule(first, |from| Rule::Numeric { from, to }),
            Pow => {
                if let [base, exponent] = args {
                    self.rule(Rule::Power { base: *base, exponent: *exponent, to }, &[*base, *exponent]);
                }
            }
            Reduce => {
                if let [list, callee, init] = args {
                    let element = self.slots.fresh();
                    self.rule(Rule::Iterate { from: *list, to: element }, &[*list]);
                    self.slots.flow(*init, to);
                    let args = self.arguments(Args::from_slice(&[to, element]));
                    self.rule(Rule::Call { callee: *callee, args, to }, &[*callee]);
                }
            }
            Get => {
                if let [object, index, default @ ..] = args {
                    let present = !default.is_empty();
                    self.rule(Rule::Index { object: *object, index: *index, to, present }, &[*object]);
                    if let Some(&default) = default.first() {
                        self.slots.flow(default, to);
                    }
                }
            }
        }
        to
    }
    fn map_rule(&mut self, of: Option<Slot>, rule: impl FnOnce(Slot) -> Rule) {
        if let Some(slot) = of {
            self.rule(rule(slot), &[slot]);
        }
    }

    /// The kinds of numbers among a slot's alternatives; text counts as a number where `text` says so.
    fn numbers(&self, slot: Slot, text: bool) -> impl Iterator<Item = Number> + Clone + use<> {
        let content = self.slots.content(slot);
        let is_text = text && content.data.contains_key(&self.known.string);
        let found = [
            (Number::Int, is_text || content.scalars & (bits::INT | bits::BOOL) != 0),
            (Number::Float, is_text || content.scalars & bits::FLOAT != 0),
            (Number::BigInt, content.data.contains_key(&self.known.bigint)),
            (Number::BigRat, content.data.contains_key(&self.known.bigrat)),
        ];
        found.into_iter().filter_map(|(number, is_there)| is_there.then_some(number))
    }
    fn add_number(&mut self, to: Slot, number: Number, grows: bool) {
        match number {
            Number::Int => {
                self.slots.add(to, bits::INT);
                if grows && self.options.exact_ints {
                    self.slots.add_data(to, self.known.bigint, &[]);
                }
            }
            Number::Float => self.slots.add(to, bits::FLOAT),
            Number::BigInt => self.slots.add_data(to, self.known.bigint, &[]),
            Number::BigRat => self.slots.add_data(to, self.known.bigrat, &[]),
        }
    }

    pub(super) fn arithmetic(&mut self, op: BinaryOp, left: Slot, right: Slot, to: Slot) {
        if !self.options.exact_ints
            && let Some(found) = scalar_arithmetic(self.slots.content(left), self.slots.content(right))
        {
            return self.slots.add(to, found);
        }
        let none = |infer: &Self, slot: Slot| infer.slots.content(slot).scalars & bits::NONE != 0;
        if none(self, left) || none(self, right) {
            self.slots.add(to, bits::NONE);
        }
        let adds = op == BinaryOp::Add;
        let (a, b) = (self.numbers(left, !adds), self.numbers(right, !adds));
        let is_exact = self.options.exact_ints;
        // A bigint that is one alternative with ints is an int too large for 64 bits.
        let ints = is_exact && a.clone().any(|x| x == Number::Int) && b.clone().any(|y| y == Number::Int);
        if ints {
            self.exact_arithmetic(op, left, right, to);
        }
        for x in a {
            for y in b.clone() {
                if !(ints && x.max(y) <= Number::BigInt) {
                    self.add_number(to, x.max(y), false);
                }
            }
        }
        if adds {
            let string = self.known.string;
            if self.slots.content(left).data.contains_key(&string) && self.slots.content(right).data.contains_key(&string) {
                self.add_string(to);
            }
            for (&x, &y) in self.elements(left).iter().zip(&self.elements(right)) {
                self.slots.add_data(to, self.known.list, &[x]);
                self.slots.add_data(to, self.known.list, &[y]);
            }
        }
    }

    /// A power, of which nothing is known but the kind of number.
    pub(super) fn power(&mut self, base: Slot, exponent: Slot, to: Slot) {
        if self.slots.content(base).scalars & bits::NONE != 0 || self.slots.content(exponent).scalars & bits::NONE != 0 {
            self.slots.add(to, bits::NONE);
        }
        let (a, b) = (self.numbers(base, true), self.numbers(exponent, true));
        for x in a {
            b.clone().for_each(|y| self.add_number(to, x.max(y), true));
        }
    }

    pub(super) fn negative(&mut self, of: Slot, to: Slot) {
        let numbers = self.numbers(of, true);
        if !(self.options.exact_ints && numbers.clone().any(|number| number == Number::Int)) {
            return self.numeric(of, to);
        }
        self.exact_negative(of, to);
        if self.slots.content(of).scalars & bits::NONE != 0 {
            self.slots.add(to, bits::NONE);
        }
        for number in numbers.filter(|number| *number > Number::BigInt) {
            self.add_number(to, number, false);
        }
    }

    /// The operand's own kind of number, or `none`.
    pub(super) fn numeric(&mut self, from: Slot, to: Slot) {
        if self.slots.content(from).scalars & bits::NONE != 0 {
            self.slots.add(to, bits::NONE);
        }
        for number in self.numbers(from, true) {
            self.add_number(to, number, true);
        }
    }

    pub(super) fn sum(&mut self, me: Watcher, of: Slot, to: Slot, empty: Empty) {
        let mut any = false;
        let elements = self.elements(of);
        for &element in &elements {
            self.slots.watch(element, me);
            for number in self.numbers(element, true) {
                any = true;
                self.add_number(to, number, true);
            }
        }
        if !any && self.slots.content(to).scalars & bits::FLOAT == 0 {
            self.slots.add(to, bits::INT);
        }
        self.add_empty(empty, &elements, to);
    }
    pub(super) fn mean(&mut self, me: Watcher, of: Slot, to: Slot, empty: Empty) {
        self.slots.add(to, bits::FLOAT);
        let elements = self.elements(of);
        for &element in &elements {
            self.slots.watch(element, me);
        }
        self.add_empty(empty, &elements, to);
    }

    /// The empty list gives 0: an int, unless the elements are floats and nobody sees it.
    pub(super) fn extreme(&mut self, me: Watcher, of: Slot, to: Slot, empty: Empty) {
        let elements = self.elements(of);
        for &element in &elements {
            self.slots.watch(element, me);
            self.slots.flow_some(element, to);
        }
        if self.slots.content(to).scalars & bits::FLOAT == 0 {
            self.slots.add(to, bits::INT);
        }
        self.add_empty(empty, &elements, to);
    }
}

/// What arithmetic makes of scalars, which most operands are alone.
fn scalar_arithmetic(left: &Content, right: &Content) -> Option<u8> {
    if !left.is_scalar() || !right.is_scalar() {
        return None;
    }
    const INTS: u8 = bits::INT | bits::BOOL;
    let has = |content: &Content, wanted: u8| content.scalars & wanted != 0;
    let mut found = (left.scalars | right.scalars) & bits::NONE;
    if has(left, INTS) && has(right, INTS) {
        found |= bits::INT;
    }
    let number = INTS | bits::FLOAT;
    if has(left, bits::FLOAT) && has(right, number) || has(left, number) && has(right, bits::FLOAT) {
        found |= bits::FLOAT;
    }
    Some(found)
}
