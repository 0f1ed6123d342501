//! Hashes of join keys: equal values (by `==`) have equal hashes. Only for types whose values `query::plan` looks rows up by.

use super::Derive;
use crate::ir::{Op, Type, Value};
use crate::lower::function::FnCx;
use crate::types::{Ty, TyKind};

/// What `none` hashes to; any number would do.
const NONE: i64 = 0x6e6f_6e65;

impl FnCx<'_, '_> {
    /// An i64.
    pub fn hash(&mut self, value: Value, ty: Ty) -> Value {
        match self.l.kind(ty) {
            TyKind::Int => value,
            TyKind::Float => self.call_prelude("hash_float", &[], &[value]),
            TyKind::Bool => {
                let bit = self.plain(Op::BoolToI32, &[value]);
                self.plain(Op::I32ExtendU, &[bit])
            }
            TyKind::Never | TyKind::None => self.b.i64(NONE),
            TyKind::Data(data, _) if data == self.l.facts.known.string => self.call_prelude("hash_string", &[], &[value]),
            TyKind::Data(data, args) if data == self.l.facts.known.list => self.call_prelude("hash_list", &args, &[value]),
            TyKind::Option(_) | TyKind::Any { .. } => {
                let func = self.l.derived(Derive::Hash, ty, ty);
                self.call(func, &[value])
            }
            TyKind::Data(..) | TyKind::Record(_) | TyKind::Fun(..) | TyKind::I32 | TyKind::Byte | TyKind::Array(_) | TyKind::Param(_) => {
                unreachable!("no join key")
            }
        }
    }

    /// Of a value that can be none or of several kinds.
    pub(super) fn hash_body(&mut self, value: Value, ty: Ty) -> Value {
        let alternatives = self.l.facts.tys.alternatives(ty);
        let int = self.l.intern(TyKind::Int);
        let hash = |cx: &mut Self| cx.dispatch_alternatives(value, ty, &alternatives, int, &mut |cx, value, ty| cx.hash(value, ty));
        if !self.l.facts.tys.has_none(ty) {
            return hash(self);
        }
        let none = self.is_none(value, ty);
        self.choose(none, Type::I64, |cx| cx.b.i64(NONE), hash)
    }
}
