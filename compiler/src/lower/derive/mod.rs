//! Operations that follow a type's structure: texts, equality, order, truth. Scalars are done in place; for anything
//! larger a function is made once per type. The walks over lists and maps are the prelude's generics, which come back
//! here through their `derive:` bindings.

mod compare;
mod cycle;
mod equal;
mod hash;
mod text;

use super::Lower;
use super::arith::Typed;
use super::function::FnCx;
use crate::hash::HashMap;
use crate::ir::{FuncId, GlobalId, NO_SPAN, Op, Type, Value};
use crate::types::{Ty, TyKind};

pub(crate) use text::Form;

/// What to derive.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Derive {
    Equal,
    Same,
    Compare,
    Truthy,
    Hash,
    Text(Form),
}

#[derive(Default)]
pub(crate) struct Derived {
    made: HashMap<(Derive, Ty, Ty), FuncId>,
    outlined: HashMap<String, FuncId>,
    /// Whether values of a type can contain themselves, and the global with those being written.
    cyclic: HashMap<Ty, bool>,
    open: HashMap<Ty, GlobalId>,
}

impl Lower<'_> {
    /// The function of an operation on values of these types (the second is the first's for one operand).
    fn derived(&mut self, what: Derive, a: Ty, b: Ty) -> FuncId {
        if let Some(&found) = self.derived.made.get(&(what, a, b)) {
            return found;
        }
        let (name, params, result) = match what {
            Derive::Equal => ("equal", vec![self.layout(a), self.layout(b)], Some(Type::Bool)),
            Derive::Same => ("same", vec![self.layout(a), self.layout(b)], Some(Type::Bool)),
            Derive::Compare => ("compare", vec![self.layout(a), self.layout(b)], Some(Type::I32)),
            Derive::Truthy => ("truthy", vec![self.layout(a)], Some(Type::Bool)),
            Derive::Hash => ("hash", vec![self.layout(a)], Some(Type::I64)),
            Derive::Text(form) => {
                let text = self.text_ty();
                let mut params = vec![self.layout(a), self.layout(text)];
                if form == Form::Json {
                    params.push(Type::I32);
                }
                (form.name(), params, None)
            }
        };
        let wanted = format!("{name}.{}", self.describe(a, 1));
        // No function of the user's, so it has no place in a call trace.
        let id = self.declare(&wanted, &params, result, NO_SPAN);
        self.derived.made.insert((what, a, b), id);
        let mut cx = FnCx::synthetic(self, id, &[]);
        let params: Vec<Value> = cx.b.func.params().to_vec();
        let result = match what {
            Derive::Equal => Some(cx.equal_body((params[0], a), (params[1], b), false)),
            Derive::Same => Some(cx.equal_body((params[0], a), (params[1], b), true)),
            Derive::Compare => Some(cx.compare_body(params[0], params[1], a)),
            Derive::Truthy => Some(cx.truthy_body(params[0], a)),
            Derive::Hash => Some(cx.hash_body(params[0], a)),
            Derive::Text(form) => {
                let indent = params.get(2).copied();
                cx.text_body((params[0], a), params[1], form, indent);
                None
            }
        };
        cx.b.ret(result.as_slice());
        cx.finish();
        id
    }

    pub fn text_ty(&mut self) -> Ty {
        let text = self.prelude_type("text");
        self.intern(TyKind::Data(text, Vec::new()))
    }
}

impl FnCx<'_, '_> {
    /// The operation that a prelude function is bound to.
    pub fn derive_extern(&mut self, name: &str, args: &[Value], ty: Ty) -> Value {
        match name {
            "equal" => self.equal((args[0], ty), (args[1], ty)),
            "same" => self.same((args[0], ty), (args[1], ty)),
            "compare" => self.compare(args[0], args[1], ty),
            "order_head" => self.order_head(args[0], ty),
            "truthy" => self.truthy(args[0], ty),
            "hash" => self.hash(args[0], ty),
            "print_text" => self.text(Form::Print, (args[0], ty), args[1], None),
            "nested_text" => self.text(Form::Nested, (args[0], ty), args[1], None),
            "str_text" => self.text(Form::Str, (args[0], ty), args[1], None),
            "json_text" => self.text(Form::Json, (args[0], ty), args[1], Some(args[2])),
            other => panic!("no operation `{other}` to derive"),
        }
    }

    /// A call of a function that is made once for `key`: `body` gets the arguments in the forms of their types.
    pub fn outline(
        &mut self,
        key: &str,
        name: &str,
        args: &[Typed],
        result: Ty,
        body: impl FnOnce(&mut FnCx<'_, '_>, &[Value]) -> Value,
    ) -> Value {
        let values: Vec<Value> = args.iter().map(|&(value, _)| value).collect();
        if let Some(&func) = self.l.derived.outlined.get(key) {
            return self.call(func, &values);
        }
        let params: Vec<Type> = args.iter().map(|&(_, ty)| self.l.layout(ty)).collect();
        let form = self.l.result_layout(result);
        let func = self.l.declare(&format!("{name}.any"), &params, form, NO_SPAN);
        self.l.derived.outlined.insert(key.to_string(), func);
        let span = self.b.span;
        let mut inner = FnCx::synthetic(self.l, func, &[]);
        inner.b.span = span;
        let params: Vec<Value> = inner.b.func.params().to_vec();
        let value = body(&mut inner, &params);
        match form {
            Some(_) => inner.b.ret(&[value]),
            None => inner.b.ret(&[]),
        }
        inner.finish();
        self.call(func, &values)
    }

    // Truth

    /// Whether a condition of this value holds.
    pub fn truthy(&mut self, value: Value, ty: Ty) -> Value {
        match self.l.kind(ty) {
            TyKind::Bool => value,
            TyKind::Never | TyKind::None | TyKind::Fun(..) => self.b.bool(false),
            TyKind::Int => {
                let zero = self.b.i64(0);
                self.plain(Op::I64Ne, &[value, zero])
            }
            TyKind::I32 | TyKind::Byte => {
                let zero = self.b.i32(0);
                let is = self.plain(Op::I32Eq, &[value, zero]);
                self.not(is)
            }
            TyKind::Float => {
                let zero = self.b.f64(0.0);
                let is = self.plain(Op::F64Eq, &[value, zero]);
                self.not(is)
            }
            TyKind::Record(record) => self.b.bool(!record.fields.is_empty()),
            TyKind::Data(data, _) => {
                let known = self.l.facts.known;
                if [known.string, known.list, known.map].contains(&data) {
                    let len = self.read(value, ty, "len");
                    let zero = self.b.i32(0);
                    let empty = self.plain(Op::I32Eq, &[len, zero]);
                    self.not(empty)
                } else if data == known.bigint {
                    let zero = self.call_prelude("bigint_is_zero", &[], &[value]);
                    self.not(zero)
                } else if data == known.bigrat {
                    let zero = self.call_prelude("bigrat_is_zero", &[], &[value]);
                    self.not(zero)
                } else {
                    self.b.bool(true)
                }
            }
            TyKind::Option(of) if *self.l.facts.tys.kind(of) != TyKind::Bool && self.is_always_true(of) => {
                let none = self.is_none(value, ty);
                self.not(none)
            }
            TyKind::Option(_) | TyKind::Any { .. } => {
                let func = self.l.derived(Derive::Truthy, ty, ty);
                self.call(func, &[value])
            }
            TyKind::Array(_) | TyKind::Param(_) => unreachable!("no condition"),
        }
    }
    fn is_always_true(&self, ty: Ty) -> bool {
        let known = self.l.facts.known;
        match self.l.facts.tys.kind(ty) {
            TyKind::Record(record) => !record.fields.is_empty(),
            TyKind::Data(data, _) => ![known.string, known.list, known.map, known.bigint, known.bigrat].contains(data),
            _ => false,
        }
    }
    fn truthy_body(&mut self, value: Value, ty: Ty) -> Value {
        let none = self.is_none(value, ty);
        let alternatives = self.l.facts.tys.alternatives(ty);
        self.choose(
            none,
            Type::Bool,
            |cx| cx.b.bool(false),
            |cx| {
                let bool = cx.l.intern(TyKind::Bool);
                cx.dispatch_alternatives(value, ty, &alternatives, bool, &mut |cx, value, ty| cx.truthy(value, ty))
            },
        )
    }
}
