//! Streams: a list of handlers for each, called in order of registration.

use super::function::FnCx;
use crate::hir::tree::{Expr, FnId};
use crate::ir::{GlobalData, GlobalId, Imm, Op};
use crate::source::Span;
use crate::types::{Ty, TyKind};

impl FnCx<'_, '_> {
    /// The type of a stream's handlers: a function of the event.
    fn handler_ty(&mut self, stream: u32) -> (Ty, Ty) {
        let event = self.l.program.streams[stream as usize].event;
        let event = self.l.intern(TyKind::Data(event, Vec::new()));
        let none = self.l.intern(TyKind::None);
        (self.l.intern(TyKind::Fun(vec![event], none)), event)
    }
    fn handlers(&mut self, stream: u32) -> (GlobalId, Ty) {
        let (handler, _) = self.handler_ty(stream);
        let list = self.l.facts.list(handler);
        if let Some(&global) = self.l.streams.get(&stream) {
            return (global, list);
        }
        let name = format!("handlers.{}", self.l.names.text(self.l.program.streams[stream as usize].name));
        let name = self.l.unique(&name);
        let ty = self.l.storage(list);
        let global = self.l.module.globals.push(GlobalData { name, ty });
        self.l.streams.insert(stream, global);
        (global, list)
    }

    pub fn on_stmt(&mut self, stream: u32, handler: FnId, at: Span) {
        let (fun, _) = self.handler_ty(stream);
        let (global, list) = self.handlers(stream);
        let closure = self.close_over(handler, &[], fun, at);
        let have = self.op(Op::GlobalGet, Imm::Global(global), &[]);
        let missing = self.plain(Op::RefIsNull, &[have]);
        let form = self.l.layout(list);
        let handlers = self.choose(missing, form, |cx| cx.empty_list(fun), |cx| cx.stored(have, list));
        self.effect(Op::GlobalSet, Imm::Global(global), &[handlers]);
        self.call_prelude("list_push", &[fun], &[handlers, closure]);
    }

    pub fn emit_stmt(&mut self, stream: u32, fields: &[(usize, Expr)]) {
        let (fun, event_ty) = self.handler_ty(stream);
        let (global, list) = self.handlers(stream);
        let event = self.struct_value(fields, event_ty);
        let have = self.op(Op::GlobalGet, Imm::Global(global), &[]);
        let missing = self.plain(Op::RefIsNull, &[have]);
        let some = self.not(missing);
        let none = super::walk::Assigned::default();
        self.when(some, &none, |cx| {
            let handlers = cx.stored(have, list);
            let len = cx.read(handlers, list, "len");
            let zero = cx.b.i32(0);
            cx.for_numbers(zero, len, &super::walk::Assigned::default(), |cx, i| {
                let handler = cx.element((handlers, list), i);
                cx.call_closure(handler, fun, &[event]);
            });
        });
    }
}
