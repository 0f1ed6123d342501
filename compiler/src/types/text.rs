//! Types as text, for `mochi dump --types` and messages.

use super::ty::{Ty, TyKind, TyTable};
use crate::syntax::symbol::{Names, Symbol};

/// Spells types; asks for the names of declared types.
pub struct TypeText<'a> {
    pub tys: &'a TyTable,
    pub names: &'a Names,
    pub data_name: &'a dyn Fn(super::DataId) -> Symbol,
}

impl TypeText<'_> {
    /// The type's text; a part that contains itself is written `^n`, n levels up.
    pub fn text(&self, ty: Ty) -> String {
        let mut out = String::new();
        self.write(ty, &mut Vec::new(), &mut out);
        out
    }

    fn write(&self, ty: Ty, open: &mut Vec<Ty>, out: &mut String) {
        if let Some(at) = open.iter().rposition(|&outer| outer == ty) {
            out.push_str(&format!("^{}", open.len() - at));
            return;
        }
        open.push(ty);
        match self.tys.kind(ty) {
            TyKind::Never => out.push_str("never"),
            TyKind::None => out.push_str("none"),
            TyKind::Bool => out.push_str("bool"),
            TyKind::Int => out.push_str("int"),
            TyKind::Float => out.push_str("float"),
            TyKind::I32 => out.push_str("i32"),
            TyKind::Byte => out.push_str("byte"),
            TyKind::Data(id, args) => {
                out.push_str(self.names.text((self.data_name)(*id)));
                self.list("<", args, ">", open, out);
            }
            TyKind::Record(record) => {
                out.push('{');
                for (index, (name, field)) in record.fields.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    out.push_str(self.names.text(*name));
                    out.push_str(": ");
                    self.write(*field, open, out);
                }
                out.push('}');
            }
            TyKind::Fun(params, result) => {
                out.push_str("fun(");
                self.list("", params, "", open, out);
                out.push_str("): ");
                self.write(*result, open, out);
            }
            TyKind::Option(of) => {
                self.write(*of, open, out);
                out.push('?');
            }
            TyKind::Any { alternatives, none } => {
                out.push_str("any(");
                for (index, part) in alternatives.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { " | " });
                    self.write(*part, open, out);
                }
                out.push_str(if *none { " | none)" } else { ")" });
            }
            TyKind::Array(of) => self.list("array<", &[*of], ">", open, out),
            TyKind::Param(index) => out.push_str(&format!("T{index}")),
        }
        open.pop();
    }

    /// The types between brackets, separated by commas; nothing at all for none.
    fn list(&self, before: &str, types: &[Ty], after: &str, open: &mut Vec<Ty>, out: &mut String) {
        if types.is_empty() {
            return;
        }
        out.push_str(before);
        for (index, ty) in types.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            self.write(*ty, open, out);
        }
        out.push_str(after);
    }
}
