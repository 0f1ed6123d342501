//! Hashes of join keys and of the elements of sets: equal values (by `==`, and so by `same`) have equal hashes. Records, structs and
//! maps add up what their fields that are not none hash to, since they can be equal across these forms.

use super::Derive;
use crate::ir::{Imm, Op, Type, Value};
use crate::lower::arith::Typed;
use crate::lower::function::FnCx;
use crate::lower::walk::Assigned;
use crate::syntax::symbol::Symbol;
use crate::types::{Ty, TyKind};

/// What `none` hashes to, as in `prelude/hash.mochi`; any number would do.
const NONE: i64 = 0x6e6f_6e65;

impl FnCx<'_, '_> {
    /// An i64.
    pub fn hash(&mut self, value: Value, ty: Ty) -> Value {
        let known = self.l.facts.known;
        match self.l.kind(ty) {
            TyKind::Int => value,
            TyKind::Float => self.call_prelude("hash_float", &[], &[value]),
            TyKind::Bool => {
                let bit = self.plain(Op::BoolToI32, &[value]);
                self.plain(Op::I32ExtendU, &[bit])
            }
            TyKind::I32 | TyKind::Byte => self.plain(Op::I32ExtendS, &[value]),
            TyKind::Never | TyKind::None => self.b.i64(NONE),
            // Functions are never equal.
            TyKind::Fun(..) | TyKind::Array(_) | TyKind::Param(_) => self.b.i64(0),
            TyKind::Data(data, _) if data == known.string => self.call_prelude("hash_string", &[], &[value]),
            TyKind::Data(data, args) if data == known.list => self.call_prelude("hash_list", &args, &[value]),
            TyKind::Data(data, _) if data == known.bigint => self.call_prelude("hash_bigint", &[], &[value]),
            TyKind::Data(data, _) if data == known.bigrat => self.call_prelude("hash_bigrat", &[], &[value]),
            TyKind::Data(data, args) if data == known.map => {
                let int = *self.l.facts.tys.kind(args[0]) == TyKind::Int;
                self.call_prelude(if int { "hash_int_map" } else { "hash_string_map" }, &args[1..], &[value])
            }
            TyKind::Data(..) | TyKind::Record(_) | TyKind::Option(_) | TyKind::Any { .. } => {
                let func = self.l.derived(Derive::Hash, ty, ty);
                self.call(func, &[value])
            }
        }
    }

    /// Of a value with fields, or that can be none or of several kinds.
    pub(super) fn hash_body(&mut self, value: Value, ty: Ty) -> Value {
        match self.l.kind(ty) {
            TyKind::Data(data, _) if self.l.is_union(data) => return self.hash_variant(value, ty),
            TyKind::Data(..) | TyKind::Record(_) => {
                let of = self.l.heap_type(ty);
                let fields = self.l.fields(ty);
                let zero = self.b.i64(0);
                return self.hash_fields(value, of, 0, &fields, zero);
            }
            _ => {}
        }
        let alternatives = self.l.facts.tys.alternatives(ty);
        let int = self.l.intern(TyKind::Int);
        let hash = |cx: &mut Self| cx.dispatch_alternatives(value, ty, &alternatives, int, &mut |cx, value, ty| cx.hash(value, ty));
        if !self.l.facts.tys.has_none(ty) {
            return hash(self);
        }
        let none = self.is_none(value, ty);
        self.choose(none, Type::I64, |cx| cx.b.i64(NONE), hash)
    }
    fn hash_variant(&mut self, value: Value, ty: Ty) -> Value {
        let base = self.l.heap_type(ty);
        let tag = self.get_field(base, 0, value);
        let count = self.l.variant_count(ty);
        self.switch(tag, count, &Assigned::default(), &[Type::I64], |cx, case| {
            let start = cx.b.i64(case as i64);
            if case == count {
                return vec![start];
            }
            let fields = cx.l.variant_fields(ty, case);
            let of = cx.l.variant_type(ty, case);
            let variant = cx.op(Op::RefCast, Imm::Type(of), &[value]);
            vec![cx.hash_fields(variant, of, 1, &fields, start)]
        })[0]
    }
    fn hash_fields(&mut self, value: Value, of: crate::ir::TypeId, first: u32, fields: &[(Symbol, Ty)], start: Value) -> Value {
        let mut sum = start;
        for (at, &(name, ty)) in fields.iter().enumerate() {
            let field: Typed = (self.get_field(of, first + at as u32, value), ty);
            let key = self.b.i64(hash_text(self.l.names.text(name)));
            let hash = self.hash(field.0, field.1);
            let entry = self.call_prelude("hash_entry", &[], &[key, hash]);
            sum = self.plain(Op::I64Add, &[sum, entry]);
        }
        sum
    }
}

/// `hash_string` of the prelude.
fn hash_text(text: &str) -> i64 {
    text.bytes().fold(-3750763034362895579, |hash: i64, byte| (hash ^ i64::from(byte)).wrapping_mul(1_099_511_628_211))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_hash_as_strings_do_at_run_time() {
        // The prelude's test has the same number.
        assert_eq!(super::hash_text("ab"), 620445648566982762);
    }
}
