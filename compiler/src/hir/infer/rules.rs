//! Rules: what an operation yields, given what its operands hold.
//!
//! Each rule is monotone: called again with more alternatives it only adds. It therefore need not remember what it has seen.

use super::Infer;
use super::empty::Empty;
use super::exact::Bound;
use crate::hir::builtin::Builtin;
use crate::hir::tree::TypeRef;
use crate::syntax::ast::BinaryOp;
use crate::syntax::symbol::Symbol;
use crate::types::{Args, DataId, FunSlots, Slot, Watcher, bits};
use smallvec::SmallVec;

#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// `object.name`, and `object["name"]`.
    Field {
        object: Slot,
        name: Symbol,
        to: Slot,
    },
    /// `name` in the `update` of an element: its field, or what the name means outside.
    Column {
        object: Slot,
        name: Symbol,
        outer: Slot,
        to: Slot,
    },
    SetField {
        object: Slot,
        name: Symbol,
        value: Slot,
    },
    /// `present`: a map is known to have the key.
    Index {
        object: Slot,
        index: Slot,
        to: Slot,
        present: bool,
    },
    SetIndex {
        object: Slot,
        index: Slot,
        value: Slot,
    },
    Arithmetic {
        op: BinaryOp,
        left: Slot,
        right: Slot,
        to: Slot,
    },
    Negate {
        operand: Slot,
        to: Slot,
    },
    /// What a loop over the value sees.
    Iterate {
        from: Slot,
        to: Slot,
    },
    Call {
        callee: Slot,
        args: Arguments,
        to: Slot,
    },
    /// `field` is what a field of that name holds, in case it is a function.
    Method {
        object: Slot,
        name: Symbol,
        builtin: Option<Builtin>,
        args: Arguments,
        field: Slot,
        to: Slot,
    },
    /// What of a variable's values compares so with a limit (`exact`).
    Bounded {
        from: Slot,
        limit: Slot,
        bound: Bound,
        to: Slot,
    },
    /// `as int` (`exact`).
    CastInt {
        from: Slot,
        to: Slot,
    },
    /// The ints from one to before another (`exact`).
    Count {
        from: Slot,
        end: Slot,
        to: Slot,
    },
    /// The same sequence type: a slice, a reversed list, the distinct elements; a group gives a list.
    Sequence {
        from: Slot,
        to: Slot,
    },
    Append {
        list: Slot,
        value: Slot,
        to: Slot,
    },
    /// The lists among an operand's alternatives, as a list: what set operators and `concat` make of it.
    Listed {
        from: Slot,
        to: Slot,
    },
    Membership {
        value: Slot,
        container: Slot,
    },
    Keys {
        map: Slot,
        to: Slot,
    },
    Values {
        map: Slot,
        to: Slot,
    },
    Sum {
        of: Slot,
        to: Slot,
        empty: Empty,
    },
    Mean {
        of: Slot,
        to: Slot,
        empty: Empty,
    },
    /// `min` and `max`.
    Extreme {
        of: Slot,
        to: Slot,
        empty: Empty,
    },
    /// Numbers pass; text counts as a number.
    Numeric {
        from: Slot,
        to: Slot,
    },
    Power {
        base: Slot,
        exponent: Slot,
        to: Slot,
    },
    /// A cast to a type that leaves something open (`any` inside).
    CastParts {
        from: Slot,
        /// An index into `Infer::casts`.
        ty: u32,
        to: Slot,
    },
    /// A list has elements if something gives rows (`open`).
    Rows {
        from: Slot,
        to: Slot,
    },
    /// A `match` yields `none` for what its arms do not cover.
    MatchRest {
        subject: Slot,
        covered: Covered,
        to: Slot,
    },
}

/// The arguments of a call: an index into `Infer::arguments`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arguments(u32);

/// All values of one kind, taken by the arms of a `match`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Covered {
    Bools,
    Union(DataId),
}

impl Infer<'_> {
    pub(super) fn fire(&mut self, index: usize) {
        let me = Watcher(index as u32);
        if self.is_marking {
            self.mark(self.rules[index]);
        }
        match self.rules[index] {
            Rule::Rows { .. } => {}
            Rule::Field { object, name, to } => self.field(me, object, name, to),
            Rule::Column { object, name, outer, to } => self.column(me, (object, name), outer, to),
            Rule::SetField { object, name, value } => self.set_field(me, object, name, value),
            Rule::Index { object, index, to, present } => self.index(me, (object, index), to, present),
            Rule::SetIndex { object, index, value } => self.set_index(object, index, value),
            Rule::Arithmetic { op, left, right, to } => self.arithmetic(op, left, right, to),
            Rule::Negate { operand, to } => self.negative(operand, to),
            Rule::Bounded { from, limit, bound, to } => self.bounded(from, limit, bound, to),
            Rule::CastInt { from, to } => self.cast_int(from, to),
            Rule::Count { from, end, to } => self.count(from, end, to),
            Rule::Iterate { from, to } => self.iterate(me, from, to),
            Rule::Call { callee, args, to } => self.call(callee, &self.arguments_of(args), to),
            Rule::Method { object, name, builtin, args, field, to } => {
                self.method_call(me, object, name, builtin, &self.arguments_of(args), field, to);
            }
            Rule::Sequence { from, to } => self.sequence(from, to),
            Rule::Append { list, value, to } => self.append(list, value, to),
            Rule::Listed { from, to } => self.listed(from, to),
            Rule::Membership { value, container } => {
                if let Some(map) = self.slots.content(container).map {
                    self.slots.make_dynamic(map);
                    let key = self.slots.map(map).key;
                    self.slots.flow(value, key);
                }
            }
            Rule::Keys { map, to } => self.keys(me, map, to),
            Rule::Values { map, to } => self.values(map, to),
            Rule::Sum { of, to, empty } => self.sum(me, of, to, empty),
            Rule::Mean { of, to, empty } => self.mean(me, of, to, empty),
            Rule::Extreme { of, to, empty } => self.extreme(me, of, to, empty),
            Rule::Numeric { from, to } => self.numeric(from, to),
            Rule::Power { base, exponent, to } => self.power(base, exponent, to),
            Rule::CastParts { from, ty, to } => self.cast_parts(me, from, &self.casts[ty as usize].clone(), to),
            Rule::MatchRest { subject, covered, to } => {
                let (scalars, union) = match covered {
                    Covered::Bools => (bits::BOOL, None),
                    Covered::Union(data) => (0, Some(data)),
                };
                let content = self.slots.content(subject);
                let other = content.scalars & !scalars != 0 || content.map.is_some() || content.has_funs();
                if other || content.data.keys().any(|&id| Some(id) != union) {
                    self.slots.add(to, bits::NONE);
                }
            }
        }
    }

    /// Keeps arguments for a rule.
    pub(super) fn arguments(&mut self, args: Args) -> Arguments {
        self.arguments.push(args);
        Arguments(self.arguments.len() as u32 - 1)
    }
    fn arguments_of(&self, Arguments(index): Arguments) -> Args {
        self.arguments[index as usize].clone()
    }

    /// The program's own types among a slot's alternatives.
    pub(super) fn declared_types(&self, slot: Slot) -> SmallVec<[DataId; 4]> {
        let content = self.slots.content(slot);
        content.data.keys().copied().filter(|id| !self.program.data[id.0 as usize].is_prelude).collect()
    }
    pub(super) fn is_none(&self, slot: Slot) -> bool {
        self.slots.content(slot).scalars & bits::NONE != 0
    }
    pub(super) fn call(&mut self, callee: Slot, args: &[Slot], to: Slot) {
        let funs: Vec<FunSlots> = self.slots.content(callee).funs().cloned().collect();
        for fun in funs {
            if args.len() > fun.params.len() {
                continue;
            }
            for (&arg, &param) in args.iter().zip(&fun.params) {
                self.slots.flow(arg, param);
            }
            if args.len() == fun.params.len() {
                self.slots.flow(fun.result, to);
            } else {
                self.slots.add_fun(to, FunSlots { params: Args::from_slice(&fun.params[args.len()..]), result: fun.result });
            }
        }
    }
    #[allow(clippy::too_many_arguments)]
    fn method_call(&mut self, me: Watcher, object: Slot, name: Symbol, builtin: Option<Builtin>, args: &[Slot], field: Slot, to: Slot) {
        if self.is_none(object) {
            self.slots.add(to, bits::NONE);
        }
        for data in self.declared_types(object) {
            match self.method(data, name) {
                Some(method) => {
                    let mut fun = self.fun_of(method);
                    let this = fun.params.remove(0);
                    self.slots.add_data(this, data, &[]);
                    let callee = self.slots.fresh();
                    self.slots.add_fun(callee, fun);
                    self.call(callee, args, to);
                }
                None => {
                    for slot in self.fields_named(data, name).0 {
                        self.slots.flow(slot, field);
                    }
                }
            }
        }
        let content = self.slots.content(object);
        let on_scalar = content.scalars & !bits::NONE != 0 || content.has_funs();
        let on_value = on_scalar || content.data.keys().any(|id| self.program.data[id.0 as usize].is_prelude);
        if let Some(map) = content.map {
            self.slots.watch_map(map, me);
            match (self.record_field(map, name), builtin) {
                (Some(slot), _) => self.slots.flow(slot, field),
                (None, None) => self.map_field(me, map, name, field),
                (None, Some(_)) => {}
            }
        }
        if let Some(builtin) = builtin {
            let content = self.slots.content(object);
            let on_map = content.map.is_some_and(|map| self.record_field(map, name).is_none());
            if on_value || on_map {
                // Once: the builtin's own rules watch the slots from here on.
                if let Rule::Method { builtin, .. } = &mut self.rules[me.0 as usize] {
                    *builtin = None;
                }
                let all: Vec<Slot> = [object].into_iter().chain(args.iter().copied()).collect();
                let result = self.builtin_call(builtin, &all, Empty::Never);
                self.slots.flow(result, to);
            }
        }
    }

    fn cast_parts(&mut self, me: Watcher, from: Slot, ty: &TypeRef, to: Slot) {
        match ty {
            TypeRef::Any | TypeRef::Param(_) => self.slots.flow(from, to),
            TypeRef::Option(inner) => {
                if self.is_none(from) {
                    self.slots.add(to, bits::NONE);
                }
                self.cast_parts(me, from, inner, to);
            }
            TypeRef::Data(id, args) if *id == self.known.list => {
                let target = self.slots.content(to).data.get(&self.known.list).map(|a| a[0]);
                let Some(target) = target else { return };
                for element in self.elements(from) {
                    self.slots.watch(element, me);
                    self.cast_parts(me, element, &args[0], target);
                }
            }
            TypeRef::Data(id, args) if *id == self.known.map => {
                let Some(target) = self.slots.content(to).map else { return };
                let into = self.slots.map(target).value;
                let mut values = Vec::new();
                if let Some(source) = self.slots.content(from).map {
                    self.slots.make_dynamic(source);
                    values.push(self.slots.map(source).value);
                }
                for data in self.declared_types(from) {
                    values.extend(&self.fields[data.0 as usize]);
                }
                for value in values {
                    self.slots.watch(value, me);
                    self.cast_parts(me, value, &args[1], into);
                }
            }
            TypeRef::Data(id, _) => self.cast_fields(me, from, *id),
            _ => {}
        }
    }
    fn cast_fields(&mut self, me: Watcher, from: Slot, data: DataId) {
        let crate::hir::tree::DataKind::Struct(fields) = &self.program.data[data.0 as usize].kind else { return };
        for (index, field) in fields.iter().enumerate() {
            if Self::is_open(&field.ty) {
                let to = self.fields[data.0 as usize][index];
                let part = self.slots.fresh();
                self.field(me, from, field.name, part);
                self.slots.flow(part, to);
            }
        }
    }
    /// Whether a written type leaves open what a value is.
    pub(super) fn is_open(ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Any | TypeRef::Param(_) => true,
            TypeRef::Data(_, args) => args.iter().any(Self::is_open),
            TypeRef::Option(of) | TypeRef::Array(of) => Self::is_open(of),
            TypeRef::Record(fields) => fields.iter().any(|(_, ty)| Self::is_open(ty)),
            TypeRef::Int | TypeRef::Float | TypeRef::Bool | TypeRef::Unit | TypeRef::Fun(..) | TypeRef::I32 | TypeRef::Byte => false,
        }
    }
}
