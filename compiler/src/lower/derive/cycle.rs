//! Values that contain themselves. Where a type allows that, writing such a value remembers what it is inside of, and writes
//! `[...]` or `{...}` for what it meets again; types that cannot pay nothing.
//!
//! The prelude's `open_values` holds what is being written of one type; the global with it is made here, for each type.

use super::Form;
use crate::hash::HashSet;
use crate::hir::tree::DataKind;
use crate::ir::{GlobalData, Imm, Op, Value};
use crate::lower::Lower;
use crate::lower::function::FnCx;
use crate::lower::sites::Fault;
use crate::lower::walk::Assigned;
use crate::source::Span;
use crate::types::{Ty, TyKind};

impl Lower<'_> {
    /// Whether a value of the type can be a part of itself.
    pub(super) fn can_contain_itself(&mut self, ty: Ty) -> bool {
        if let Some(&known) = self.derived.cyclic.get(&ty) {
            return known;
        }
        let (mut seen, mut open) = (HashSet::default(), self.written_parts(ty));
        let mut found = false;
        while let Some(part) = open.pop().filter(|_| !found) {
            found = part == ty;
            if seen.insert(part) {
                open.extend(self.written_parts(part));
            }
        }
        self.derived.cyclic.insert(ty, found);
        found
    }

    /// The types of what the text of a value of this type shows.
    fn written_parts(&mut self, ty: Ty) -> Vec<Ty> {
        let known = self.facts.known;
        match self.kind(ty) {
            TyKind::Option(_) | TyKind::Any { .. } => self.facts.tys.alternatives(ty),
            TyKind::Record(record) => record.fields.into_iter().map(|(_, ty)| ty).collect(),
            TyKind::Data(data, _) if [known.string, known.bigint, known.bigrat].contains(&data) => Vec::new(),
            TyKind::Data(data, args) if [known.list, known.map].contains(&data) => args,
            TyKind::Data(data, _) => match &self.program.data[data.0 as usize].kind {
                DataKind::Union(variants) => {
                    let count = variants.len();
                    (0..count).flat_map(|variant| self.variant_fields(ty, variant)).map(|(_, ty)| ty).collect()
                }
                DataKind::Struct(_) => self.fields(ty).into_iter().map(|(_, ty)| ty).collect(),
            },
            _ => Vec::new(),
        }
    }
}

impl FnCx<'_, '_> {
    /// Writes a container by `body`, unless that is being done already.
    pub(super) fn text_once(&mut self, value: Value, ty: Ty, out: Value, form: Form, body: impl FnOnce(&mut Self)) {
        if !self.l.can_contain_itself(ty) {
            return body(self);
        }
        let open = self.open_values(ty);
        let enters = self.call_prelude("open_values_enter", &[ty], &[open, value]);
        let whole = |cx: &mut Self| {
            body(cx);
            cx.call_prelude("open_values_leave", &[ty], &[open]);
            Vec::new()
        };
        let is_list = self.l.list_element(ty).is_some();
        let again = |cx: &mut Self| {
            match (form, is_list) {
                (Form::Json, _) => cx.call_prelude("json_contains_itself", &[], &[]),
                (_, true) => cx.text_piece("[...]", out),
                (Form::Str, false) => cx.text_piece("map[...]", out),
                (_, false) => cx.text_piece("{...}", out),
            };
            Vec::new()
        };
        self.if_else(enters, &Assigned::default(), &[], whole, again);
    }

    /// What is being written of a type.
    fn open_values(&mut self, ty: Ty) -> Value {
        let data = self.l.prelude_type("open_values");
        let open = self.l.intern(TyKind::Data(data, vec![ty]));
        let (storage, layout) = (self.l.storage(open), self.l.layout(open));
        let global = match self.l.derived.open.get(&ty) {
            Some(&global) => global,
            None => {
                let name = self.l.unique("open_values");
                let global = self.l.module.globals.push(GlobalData { name, ty: storage });
                self.l.derived.open.insert(ty, global);
                global
            }
        };
        let held = self.op(Op::GlobalGet, Imm::Global(global), &[]);
        let missing = self.plain(Op::RefIsNull, &[held]);
        let make = |cx: &mut Self| {
            let made = cx.call_prelude("open_values_new", &[ty], &[]);
            cx.effect(Op::GlobalSet, Imm::Global(global), &[made]);
            made
        };
        self.choose(missing, layout, make, |cx| cx.plain(Op::RefNonNull, &[held]))
    }

    /// Behind the writing of JSON: the error of a value that contains itself.
    pub fn check_json(&mut self, ty: Ty, at: Span) {
        if self.json_can_fail(ty) {
            let site = self.site_arg(Fault::Message, at);
            self.call_prelude("json_check", &[], &[site]);
        }
    }
    /// Whether a value of the type can have no JSON, as some part of it can contain itself.
    pub fn json_can_fail(&mut self, ty: Ty) -> bool {
        let (mut seen, mut open) = (HashSet::default(), vec![ty]);
        while let Some(part) = open.pop() {
            if self.l.can_contain_itself(part) {
                return true;
            }
            if seen.insert(part) {
                open.extend(self.l.written_parts(part));
            }
        }
        false
    }
}
