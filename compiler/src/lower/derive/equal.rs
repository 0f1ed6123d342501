//! Equality. `equal` is the language's `==`: numbers by value across kinds, containers deeply. `same` is that of set operators
//! and `in`, where an int never equals a float.

use super::Derive;
use crate::hir::tree::DataKind;
use crate::ir::{Imm, Op, Type, Value};
use crate::lower::arith::Typed;
use crate::lower::function::FnCx;
use crate::lower::walk::Assigned;
use crate::types::{Ty, TyKind};

impl FnCx<'_, '_> {
    pub fn equal(&mut self, left: Typed, right: Typed) -> Value {
        self.equality(left, right, false)
    }
    pub fn same(&mut self, left: Typed, right: Typed) -> Value {
        self.equality(left, right, true)
    }

    fn equality(&mut self, (x, a): Typed, (y, b): Typed, exact: bool) -> Value {
        let (left, right) = (self.l.kind(a), self.l.kind(b));
        if left == TyKind::None || left == TyKind::Never {
            return self.is_none(y, b);
        }
        if right == TyKind::None || right == TyKind::Never {
            return self.is_none(x, a);
        }
        match (&left, &right) {
            (TyKind::Bool, TyKind::Bool) => self.plain(Op::BoolEq, &[x, y]),
            (TyKind::Int, TyKind::Int) => self.plain(Op::I64Eq, &[x, y]),
            (TyKind::I32 | TyKind::Byte, TyKind::I32 | TyKind::Byte) => self.plain(Op::I32Eq, &[x, y]),
            (TyKind::Float, TyKind::Float) => self.plain(Op::F64Eq, &[x, y]),
            (TyKind::Int, TyKind::Float) if !exact => self.call_prelude("int_equals_float", &[], &[x, y]),
            (TyKind::Float, TyKind::Int) if !exact => self.call_prelude("int_equals_float", &[], &[y, x]),
            (TyKind::Fun(..), _) | (_, TyKind::Fun(..)) => self.b.bool(false),
            _ if self.l.is_string(a) && self.l.is_string(b) => self.call_prelude("string_equal", &[], &[x, y]),
            _ if self.is_plain(a) && self.is_plain(b) && !self.comparable(a, b) => self.b.bool(false),
            _ => {
                let func = self.l.derived(if exact { Derive::Same } else { Derive::Equal }, a, b);
                self.call(func, &[x, y])
            }
        }
    }

    /// Whether values of two plain types can be equal at all.
    fn comparable(&self, a: Ty, b: Ty) -> bool {
        let known = self.l.facts.known;
        let class = |ty: Ty| match self.l.facts.tys.kind(ty) {
            TyKind::Int | TyKind::Float => 1,
            TyKind::Bool => 2,
            TyKind::Record(_) => 3,
            TyKind::Data(data, _) if *data == known.map => 3,
            TyKind::Data(data, _) if *data == known.bigint || *data == known.bigrat => 1,
            TyKind::Data(data, _) => 10 + data.0,
            _ => 4,
        };
        class(a) == class(b)
    }

    pub(super) fn equal_body(&mut self, (x, a): Typed, (y, b): Typed, exact: bool) -> Value {
        if !self.is_plain(a) || !self.is_plain(b) {
            return self.equal_tagged((x, a), (y, b), exact);
        }
        let known = self.l.facts.known;
        match (self.l.kind(a), self.l.kind(b)) {
            (TyKind::Record(_), TyKind::Record(_)) => self.equal_records((x, a), (y, b), exact),
            (TyKind::Data(p, args), TyKind::Data(q, more)) if p == q => {
                if p == known.list && args == more {
                    return self.call_prelude(if exact { "list_same" } else { "list_equal" }, &args, &[x, y]);
                }
                if p == known.list {
                    return self.equal_lists((x, a), (y, b), exact);
                }
                if p == known.map {
                    if args != more {
                        return self.equal_maps((x, a), (y, b), exact);
                    }
                    let int = *self.l.facts.tys.kind(args[0]) == TyKind::Int;
                    let name = match (int, exact) {
                        (true, true) => "int_map_same",
                        (true, false) => "int_map_equal",
                        (false, true) => "string_map_same",
                        (false, false) => "string_map_equal",
                    };
                    return self.call_prelude(name, &args[1..], &[x, y]);
                }
                if p == known.bigint {
                    return self.zero(|cx| cx.call_prelude("bigint_compare", &[], &[x, y]));
                }
                if p == known.bigrat {
                    return self.zero(|cx| cx.call_prelude("bigrat_compare", &[], &[x, y]));
                }
                if self.l.is_union(p) { self.equal_unions((x, a), y, exact) } else { self.equal_fields((x, a), (y, b), exact) }
            }
            (TyKind::Record(_), TyKind::Data(..)) => self.equal_record_map((x, a), (y, b), exact),
            (TyKind::Data(p, _), TyKind::Record(_)) if p == known.map => self.equal_record_map((y, b), (x, a), exact),
            _ if exact => self.b.bool(false),
            // NaN equals nothing, which a three-way order cannot say.
            (TyKind::Float, _) | (_, TyKind::Float) => {
                let (x, y) = (self.as_float((x, a)), self.as_float((y, b)));
                self.plain(Op::F64Eq, &[x, y])
            }
            _ => self.zero(|cx| cx.compare_numbers((x, a), (y, b))),
        }
    }
    fn zero(&mut self, order: impl FnOnce(&mut Self) -> Value) -> Value {
        let order = order(self);
        let zero = self.b.i32(0);
        self.plain(Op::I32Eq, &[order, zero])
    }

    /// One of them can be none or of several kinds.
    fn equal_tagged(&mut self, (x, a): Typed, (y, b): Typed, exact: bool) -> Value {
        let bool = self.l.intern(TyKind::Bool);
        let (left, right) = (self.is_none(x, a), self.is_none(y, b));
        let either = self.plain(Op::BoolOr, &[left, right]);
        let (of_a, of_b) = (self.l.facts.tys.alternatives(a), self.l.facts.tys.alternatives(b));
        self.choose(
            either,
            Type::Bool,
            |cx| cx.plain(Op::BoolAnd, &[left, right]),
            |cx| {
                cx.dispatch_alternatives(x, a, &of_a, bool, &mut |cx, x, p| {
                    cx.dispatch_alternatives(y, b, &of_b, bool, &mut |cx, y, q| cx.equality((x, p), (y, q), exact))
                })
            },
        )
    }

    /// The same object is equal to itself; else `deep` decides.
    fn unless_identical(&mut self, x: Value, y: Value, deep: impl FnOnce(&mut Self) -> Value) -> Value {
        let identical = self.plain(Op::RefEq, &[x, y]);
        self.choose(identical, Type::Bool, |cx| cx.b.bool(true), deep)
    }
    fn all(&mut self, pairs: &[(Typed, Typed)], exact: bool) -> Value {
        match pairs {
            [] => self.b.bool(true),
            [(x, y)] => self.equality(*x, *y, exact),
            [(x, y), rest @ ..] => {
                let first = self.equality(*x, *y, exact);
                self.choose(first, Type::Bool, |cx| cx.all(rest, exact), |cx| cx.b.bool(false))
            }
        }
    }
    fn equal_fields(&mut self, (x, a): Typed, (y, b): Typed, exact: bool) -> Value {
        self.unless_identical(x, y, |cx| {
            let (p, q) = (cx.l.heap_type(a), cx.l.heap_type(b));
            let fields = cx.l.fields(a);
            let pairs: Vec<(Typed, Typed)> = fields
                .iter()
                .enumerate()
                .map(|(i, &(_, ty))| {
                    let (u, v) = (cx.get_field(p, i as u32, x), cx.get_field(q, i as u32, y));
                    ((u, ty), (v, ty))
                })
                .collect();
            cx.all(&pairs, exact)
        })
    }
    fn equal_records(&mut self, (x, a): Typed, (y, b): Typed, exact: bool) -> Value {
        if a == b {
            return self.equal_fields((x, a), (y, b), exact);
        }
        let (left, right) = (self.l.fields(a), self.l.fields(b));
        if left.len() != right.len() {
            return self.b.bool(false);
        }
        let (p, q) = (self.l.heap_type(a), self.l.heap_type(b));
        let mut pairs = Vec::new();
        for (i, &(name, ty)) in left.iter().enumerate() {
            let Some(j) = right.iter().position(|&(other, _)| other == name) else { return self.b.bool(false) };
            let (u, v) = (self.get_field(p, i as u32, x), self.get_field(q, j as u32, y));
            pairs.push(((u, ty), (v, right[j].1)));
        }
        self.all(&pairs, exact)
    }
    fn equal_unions(&mut self, (x, a): Typed, y: Value, exact: bool) -> Value {
        let count = self.l.variant_count(a);
        self.unless_identical(x, y, |cx| {
            let base = cx.l.heap_type(a);
            let (left, right) = (cx.get_field(base, 0, x), cx.get_field(base, 0, y));
            let alike = cx.plain(Op::I32Eq, &[left, right]);
            cx.choose(
                alike,
                Type::Bool,
                |cx| {
                    let none = Assigned::default();
                    cx.switch(left, count, &none, &[Type::Bool], |cx, case| {
                        if case == count {
                            return vec![cx.b.bool(false)];
                        }
                        let fields = cx.l.variant_fields(a, case);
                        let of = cx.l.variant_type(a, case);
                        let (u, v) = (cx.op(Op::RefCast, Imm::Type(of), &[x]), cx.op(Op::RefCast, Imm::Type(of), &[y]));
                        let pairs: Vec<(Typed, Typed)> = fields
                            .iter()
                            .enumerate()
                            .map(|(i, &(_, ty))| {
                                let (p, q) = (cx.get_field(of, i as u32 + 1, u), cx.get_field(of, i as u32 + 1, v));
                                ((p, ty), (q, ty))
                            })
                            .collect();
                        vec![cx.all(&pairs, exact)]
                    })[0]
                },
                |cx| cx.b.bool(false),
            )
        })
    }
    /// Lists whose elements are of different types.
    fn equal_lists(&mut self, (x, a): Typed, (y, b): Typed, exact: bool) -> Value {
        let (p, q) = (self.l.list_element(a).expect("a list"), self.l.list_element(b).expect("a list"));
        let (n, m) = (self.read(x, a, "len"), self.read(y, b, "len"));
        let alike = self.plain(Op::I32Eq, &[n, m]);
        self.choose(
            alike,
            Type::Bool,
            |cx| {
                let zero = cx.b.i32(0);
                cx.for_numbers(zero, n, &Assigned::default(), |cx, at| {
                    let (u, v) = (cx.element((x, a), at), cx.element((y, b), at));
                    let equal = cx.equality((u, p), (v, q), exact);
                    cx.return_unless(equal);
                });
                cx.b.bool(true)
            },
            |cx| cx.b.bool(false),
        )
    }
    /// Returns false from the function being made where the condition does not hold.
    fn return_unless(&mut self, cond: Value) {
        let (inst, then_, else_) = self.b.if_(cond, &[]);
        let outer = self.b.switch_to(then_);
        self.b.br(inst, &[]);
        self.b.switch_to(else_);
        let no = self.b.bool(false);
        self.b.ret(&[no]);
        self.b.switch_to(outer);
    }
    /// Maps whose values are of different types, or with different keys (never equal unless both are empty).
    fn equal_maps(&mut self, (x, a): Typed, (y, b): Typed, exact: bool) -> Value {
        let (TyKind::Data(_, p), TyKind::Data(_, q)) = (self.l.kind(a), self.l.kind(b)) else { unreachable!("maps") };
        let (n, m) = (self.read(x, a, "len"), self.read(y, b, "len"));
        let alike = self.plain(Op::I32Eq, &[n, m]);
        self.choose(
            alike,
            Type::Bool,
            |cx| {
                let zero = cx.b.i32(0);
                cx.for_numbers(zero, n, &Assigned::default(), |cx, at| {
                    let key = cx.map_entry((x, a), "keys", p[0], at);
                    let text = cx.map_key((key, p[0]), q[0]);
                    let entry = cx.map_find((y, b), text);
                    let zero = cx.b.i32(0);
                    let missing = cx.plain(Op::I32LtS, &[entry, zero]);
                    let there = cx.not(missing);
                    cx.return_unless(there);
                    let u = cx.map_entry((x, a), "values", p[1], at);
                    let v = cx.map_entry((y, b), "values", q[1], entry);
                    let equal = cx.equality((u, p[1]), (v, q[1]), exact);
                    cx.return_unless(equal);
                });
                cx.b.bool(true)
            },
            |cx| cx.b.bool(false),
        )
    }
    fn equal_record_map(&mut self, (x, a): Typed, (y, b): Typed, exact: bool) -> Value {
        let fields = self.l.fields(a);
        let of = self.l.heap_type(a);
        let TyKind::Data(_, args) = self.l.kind(b) else { unreachable!("a map") };
        let len = self.read(y, b, "len");
        let count = self.b.i32(fields.len() as i32);
        let alike = self.plain(Op::I32Eq, &[len, count]);
        self.return_unless(alike);
        for (i, &(name, ty)) in fields.iter().enumerate() {
            let key = self.map_key_literal(args[0], name);
            let entry = self.map_find((y, b), key);
            let zero = self.b.i32(0);
            let missing = self.plain(Op::I32LtS, &[entry, zero]);
            let there = self.not(missing);
            self.return_unless(there);
            let have = self.get_field(of, i as u32, x);
            let value = self.map_entry((y, b), "values", args[1], entry);
            let equal = self.equality((have, ty), (value, args[1]), exact);
            self.return_unless(equal);
        }
        self.b.bool(true)
    }
}

impl crate::lower::Lower<'_> {
    /// The number of variants of a union.
    pub fn variant_count(&self, ty: Ty) -> usize {
        let TyKind::Data(data, _) = self.facts.tys.kind(ty) else { unreachable!("a union") };
        match &self.program.data[data.0 as usize].kind {
            DataKind::Union(variants) => variants.len(),
            DataKind::Struct(_) => unreachable!("a union"),
        }
    }
}
