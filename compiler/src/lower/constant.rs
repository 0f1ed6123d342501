//! Large list literals of constants: bytes that a function for each type of list unpacks, since thousands of rows written out as
//! instructions would be slow to compile on every backend.
//!
//! ```text
//!   [{ a: 1, b: none }, ..]    count, then for each element, by its type:
//!     of several forms or none   a byte: 0 for none, else the number of the form
//!     int, float, bool, string   as `packed_int` and its like in the prelude read them
//!     record, struct             the fields in their order
//!     list                       count and elements
//! ```

use super::function::FnCx;
use crate::hir::tree::{Expr, ExprKind, Lit};
use crate::ir::{Imm, Op, Value};
use crate::syntax::ast::UnaryOp;
use crate::types::{Ty, TyKind};

/// Literals with fewer scalars are built in place: fewer where the elements have fields, since those are tables, which programs make
/// once, while a list of numbers may stand in a loop.
const FEWEST: usize = 100;
const FEWEST_IN_ROWS: usize = 30;

impl FnCx<'_, '_> {
    /// The list, if it is large and all of it is constant. As every evaluation unpacks it, it is a fresh one.
    pub(super) fn packed_list(&mut self, items: &[Expr], ty: Ty) -> Option<Value> {
        let fewest = match items.first().map(|item| &item.kind) {
            Some(ExprKind::Record(_) | ExprKind::Struct { .. }) => FEWEST_IN_ROWS,
            _ => FEWEST,
        };
        if self.wraps || !items.iter().all(is_constant) || items.iter().map(scalars).sum::<usize>() < fewest {
            return None;
        }
        let mut bytes = Vec::new();
        self.pack_list(items, ty, &mut bytes)?;
        let data = self.l.module.data.push(bytes);
        let of = self.bytes_type();
        let bytes = self.op(Op::ArrayConst, Imm::Data(of, data), &[]);
        let reader = self.call_prelude("packed_new", &[], &[bytes]);
        Some(self.unpack_list(reader, ty))
    }

    fn pack_list(&mut self, items: &[Expr], ty: Ty, out: &mut Vec<u8>) -> Option<()> {
        let element = self.l.list_element(ty)?;
        pack_int(items.len() as i64, out);
        items.iter().try_for_each(|item| self.pack(item, element, out))
    }
    /// Appends an expression's value in the form of a type; nothing if that is no form to be packed.
    fn pack(&mut self, e: &Expr, ty: Ty, out: &mut Vec<u8>) -> Option<()> {
        let own = self.ty(e.id);
        let alternatives = self.l.facts.tys.alternatives(ty);
        let tagged = alternatives.len() != 1 || self.l.facts.tys.has_none(ty);
        if let ExprKind::Lit(Lit::None) = e.kind {
            out.push(0);
            return self.l.facts.tys.has_none(ty).then_some(());
        }
        let [solid] = self.l.facts.tys.alternatives(own)[..] else { return None };
        let form = alternatives.iter().position(|&ty| ty == solid)?;
        if tagged {
            out.push(u8::try_from(form + 1).ok()?);
        }
        match (&e.kind, self.l.kind(solid)) {
            (ExprKind::Lit(Lit::Int(value)), TyKind::Int) => pack_int(*value, out),
            (ExprKind::Lit(Lit::Float(value)), TyKind::Float) => out.extend(value.to_le_bytes()),
            (ExprKind::Lit(Lit::Bool(value)), TyKind::Bool) => pack_int(i64::from(*value), out),
            (ExprKind::Lit(Lit::Str(text)), TyKind::Data(..)) if self.l.is_string(solid) => {
                pack_int(text.len() as i64, out);
                out.extend(text.as_bytes());
            }
            (ExprKind::Unary { op: UnaryOp::Neg, operand }, kind) => match (&operand.kind, kind) {
                (ExprKind::Lit(Lit::Int(value)), TyKind::Int) => pack_int(-value, out),
                (ExprKind::Lit(Lit::Float(value)), TyKind::Float) => out.extend((-value).to_le_bytes()),
                _ => return None,
            },
            (ExprKind::Record(fields), TyKind::Record(_)) => {
                for (name, ty) in self.l.fields(solid) {
                    // Of fields with one name the last counts.
                    let value = fields.iter().rev().find(|(field, _)| *field == name).map(|(_, e)| e);
                    self.pack_field(value, ty, out)?;
                }
            }
            (ExprKind::Struct { fields, .. }, TyKind::Data(..)) => {
                for (at, (_, ty)) in self.l.fields(solid).into_iter().enumerate() {
                    let value = fields.iter().rev().find(|(field, _)| *field == at).map(|(_, e)| e);
                    self.pack_field(value, ty, out)?;
                }
            }
            (ExprKind::List(items), TyKind::Data(..)) => self.pack_list(items, solid, out)?,
            _ => return None,
        }
        Some(())
    }
    fn pack_field(&mut self, value: Option<&Expr>, ty: Ty, out: &mut Vec<u8>) -> Option<()> {
        match value {
            Some(e) => self.pack(e, ty, out),
            None => {
                out.push(0);
                self.l.facts.tys.has_none(ty).then_some(())
            }
        }
    }

    /// Reads a list: by a function, which is made once for each type of list.
    fn unpack_list(&mut self, reader: Value, ty: Ty) -> Value {
        let packed = self.l.prelude_type("packed");
        let packed = self.l.intern(TyKind::Data(packed, Vec::new()));
        let element = self.l.list_element(ty).expect("a list");
        let key = format!("unpack.{}", ty.0);
        self.outline(&key, "unpack", &[(reader, packed)], ty, |cx, args| {
            let count = cx.call_prelude("packed_int", &[], args);
            let count = cx.plain(Op::I64Wrap, &[count]);
            let array_ty = cx.l.intern(TyKind::Array(element));
            let array = cx.l.heap_type(array_ty);
            let data = cx.op(Op::ArrayNew, Imm::Type(array), &[count]);
            let zero = cx.b.i32(0);
            cx.for_numbers(zero, count, &Default::default(), |cx, i| {
                let value = cx.unpack(args[0], element);
                cx.array_set((data, array_ty), i, value);
            });
            cx.call_prelude("list_of", &[element], &[data, count])
        })
    }
    fn unpack(&mut self, reader: Value, ty: Ty) -> Value {
        let alternatives = self.l.facts.tys.alternatives(ty);
        if alternatives.len() == 1 && !self.l.facts.tys.has_none(ty) {
            return self.unpack_solid(reader, alternatives[0]);
        }
        let form = self.call_prelude("packed_byte", &[], &[reader]);
        let layout = [self.l.layout(ty)];
        self.switch(form, alternatives.len() + 1, &Default::default(), &layout, |cx, case| {
            vec![match case.checked_sub(1).and_then(|form| alternatives.get(form)) {
                Some(&solid) => {
                    let value = cx.unpack_solid(reader, solid);
                    cx.coerce(value, solid, ty)
                }
                None if cx.l.facts.tys.has_none(ty) => cx.none_as(ty),
                // No literal has this form.
                None => cx.default_value(ty),
            }]
        })[0]
    }
    fn unpack_solid(&mut self, reader: Value, ty: Ty) -> Value {
        match self.l.kind(ty) {
            TyKind::Int => self.call_prelude("packed_int", &[], &[reader]),
            TyKind::Float => self.call_prelude("packed_float", &[], &[reader]),
            TyKind::Bool => {
                let value = self.call_prelude("packed_int", &[], &[reader]);
                let zero = self.b.i64(0);
                self.plain(Op::I64Ne, &[value, zero])
            }
            TyKind::Data(..) if self.l.is_string(ty) => self.call_prelude("packed_string", &[], &[reader]),
            TyKind::Data(..) if self.l.list_element(ty).is_some() => self.unpack_list(reader, ty),
            TyKind::Record(_) => self.unpack_fields(reader, ty),
            TyKind::Data(data, _) if self.is_struct(data) => self.unpack_fields(reader, ty),
            // No literal of this type is packed.
            _ => self.default_value(ty),
        }
    }
    /// Reads a struct or record: by a function, since it may have more of its own type inside.
    fn unpack_fields(&mut self, reader: Value, ty: Ty) -> Value {
        let packed = self.l.prelude_type("packed");
        let packed = self.l.intern(TyKind::Data(packed, Vec::new()));
        let key = format!("unpack.{}", ty.0);
        self.outline(&key, "unpack", &[(reader, packed)], ty, move |cx, args| {
            let of = cx.l.heap_type(ty);
            let values: Vec<Value> = cx.l.fields(ty).into_iter().map(|(_, ty)| cx.unpack(args[0], ty)).collect();
            cx.new_struct(of, &values)
        })
    }
    fn is_struct(&self, data: crate::types::DataId) -> bool {
        let decl = &self.l.program.data[data.0 as usize];
        !decl.is_prelude && matches!(decl.kind, crate::hir::tree::DataKind::Struct(_))
    }
}

fn is_constant(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Lit(_) => true,
        ExprKind::Unary { op: UnaryOp::Neg, operand } => matches!(operand.kind, ExprKind::Lit(Lit::Int(_) | Lit::Float(_))),
        ExprKind::List(items) => items.iter().all(is_constant),
        ExprKind::Record(fields) => fields.iter().all(|(_, e)| is_constant(e)),
        ExprKind::Struct { fields, .. } => fields.iter().all(|(_, e)| is_constant(e)),
        _ => false,
    }
}

/// The number of scalars in a constant.
fn scalars(e: &Expr) -> usize {
    match &e.kind {
        ExprKind::List(items) => items.iter().map(scalars).sum(),
        ExprKind::Record(fields) => fields.iter().map(|(_, e)| scalars(e)).sum(),
        ExprKind::Struct { fields, .. } => fields.iter().map(|(_, e)| scalars(e)).sum(),
        _ => 1,
    }
}

fn pack_int(value: i64, out: &mut Vec<u8>) {
    let mut bits = ((value << 1) ^ (value >> 63)) as u64;
    while bits >= 0x80 {
        out.push(bits as u8 | 0x80);
        bits >>= 7;
    }
    out.push(bits as u8);
}
