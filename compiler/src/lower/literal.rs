//! Literals. A string literal of the program is a global that `main` fills at the start; one of the prelude is made where it
//! is used, since those stand on cold paths.

use super::function::FnCx;
use crate::hash::HashMap;
use crate::hir::tree::{Expr, Lit};
use crate::ir::{GlobalData, GlobalId, Imm, Op, TypeId, Value};
use crate::types::{Ty, TyKind};

/// Elements of a list literal that are held at once.
const AT_ONCE: usize = 256;

#[derive(Default)]
pub(crate) struct Literals {
    strings: Vec<(Box<str>, GlobalId)>,
    index: HashMap<Box<str>, GlobalId>,
    data: HashMap<Box<str>, crate::ir::DataId>,
}

impl FnCx<'_, '_> {
    pub fn literal(&mut self, lit: &Lit, ty: Ty) -> Value {
        match lit {
            Lit::Int(value) => match self.l.kind(ty) {
                TyKind::I32 | TyKind::Byte => self.b.i32(*value as i32),
                TyKind::Float => self.b.f64(*value as f64),
                _ => self.b.i64(*value),
            },
            Lit::Float(value) => self.b.f64(*value),
            Lit::Bool(value) => self.b.bool(*value),
            Lit::Str(text) => self.string_literal(text),
            Lit::None => self.none_as(ty),
        }
    }

    pub fn string_literal(&mut self, text: &str) -> Value {
        let ty = self.l.string_ty();
        if self.wraps {
            return self.make_string(text);
        }
        let global = match self.l.literals.index.get(text) {
            Some(&global) => global,
            None => {
                let name = self.l.unique("text");
                let storage = self.l.storage(ty);
                let global = self.l.module.globals.push(GlobalData { name, ty: storage });
                self.l.literals.index.insert(text.into(), global);
                self.l.literals.strings.push((text.into(), global));
                global
            }
        };
        let value = self.op(Op::GlobalGet, Imm::Global(global), &[]);
        self.stored(value, ty)
    }

    /// A fresh string with constant bytes.
    fn make_string(&mut self, text: &str) -> Value {
        let bytes = self.constant_bytes(text);
        let count = self.b.i32(text.chars().count() as i32);
        self.call_prelude("string_const", &[], &[bytes, count])
    }

    /// The shared array of a constant text.
    pub fn constant_bytes(&mut self, text: &str) -> Value {
        let data = match self.l.literals.data.get(text) {
            Some(&data) => data,
            None => {
                let data = self.l.module.data.push(text.as_bytes().to_vec());
                self.l.literals.data.insert(text.into(), data);
                data
            }
        };
        let bytes = self.bytes_type();
        self.op(Op::ArrayConst, Imm::Data(bytes, data), &[])
    }
    pub fn bytes_type(&mut self) -> TypeId {
        let byte = self.l.intern(TyKind::Byte);
        let bytes = self.l.intern(TyKind::Array(byte));
        self.l.heap_type(bytes)
    }

    /// Fills the globals of the program's literals, at the start of `main`.
    pub fn make_literals(&mut self) {
        for (text, global) in self.l.literals.strings.clone() {
            let value = self.make_string(&text);
            self.effect(Op::GlobalSet, Imm::Global(global), &[value]);
        }
    }

    /// `[a, b, ...]`
    pub fn list_literal(&mut self, items: &[Expr], ty: Ty) -> Value {
        let Some(element) = self.l.list_element(ty) else { panic!("a list literal of type {:?}", self.l.kind(ty)) };
        if let Some(list) = self.packed_list(items, ty) {
            return list;
        }
        if items.len() > AT_ONCE {
            return self.long_list(items, element);
        }
        let values: Vec<Value> = items.iter().map(|item| self.expr_as(item, element)).collect();
        self.list_of_values(&values, element)
    }
    /// A list whose elements are stored one by one: held all at once, they would need as many variables.
    fn long_list(&mut self, items: &[Expr], element: Ty) -> Value {
        let array = self.l.intern(TyKind::Array(element));
        let of = self.l.heap_type(array);
        let len = self.b.i32(items.len() as i32);
        let data = self.op(Op::ArrayNew, Imm::Type(of), &[len]);
        for (at, item) in items.iter().enumerate() {
            let value = self.expr_as(item, element);
            let at = self.b.i32(at as i32);
            self.effect(Op::ArraySet, Imm::Type(of), &[data, at, value]);
        }
        self.call_prelude("list_of", &[element], &[data, len])
    }
    /// A list of values that have the element's form.
    pub fn list_of_values(&mut self, values: &[Value], element: Ty) -> Value {
        let array = self.l.intern(TyKind::Array(element));
        let array = self.l.heap_type(array);
        let len = self.b.i32(values.len() as i32);
        let data = if values.is_empty() {
            self.op(Op::ArrayNew, Imm::Type(array), &[len])
        } else {
            self.op(Op::ArrayFixed, Imm::Type(array), values)
        };
        self.call_prelude("list_of", &[element], &[data, len])
    }
}
