//! Streams, handlers, and agents.
//!
//! An agent becomes a struct whose methods are the intents, and a function that makes one:
//! ```text
//! fun Monitor() { let this = Monitor { }; this.count = 0; on Sensor as e { ... this.count ... }; return this }
//! ```

use super::scope::Value;
use super::{Frame, Resolver};
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::tree::{DataKind, Expr, ExprKind, FieldDecl, FnId, FnKind, LocalId, LocalKind, Place, Stmt, StmtKind, Stream, TypeRef};
use crate::source::Span;
use crate::syntax::ast::{self, AgentMember};
use crate::types::DataId;

impl<'a> Resolver<'a> {
    pub fn declare_stream(&mut self, stream: &'a ast::Stream) -> DataId {
        let event = self.declare_struct(stream.name);
        self.stream_of.insert(event, self.program.own.streams.len() as u32);
        self.program.own.streams.push(Stream { name: stream.name.name, event });
        event
    }

    fn stream(&mut self, name: ast::Ident) -> Option<(u32, DataId)> {
        let event = self.struct_named(name.name);
        let found = event.and_then(|event| self.stream_of.get(&event).copied());
        if found.is_none() && self.first_report(name.name) {
            let text = self.text(name.name).to_owned();
            let known: Vec<&str> = self.program.own.streams.iter().map(|stream| self.text(stream.name)).collect();
            let close = crate::diagnostic::closest(&text, known.into_iter()).map(str::to_owned);
            let diagnostic =
                Diagnostic::error(Code::T031, name.span, format!("unknown stream `{text}`")).label("no stream of this name is declared");
            let diagnostic = match close {
                Some(close) => super::names::with_fix(diagnostic, name.span, &close),
                None => diagnostic.help(format!("declare it: `stream {text} {{ value: int }}`")),
            };
            self.report(diagnostic);
        }
        found.zip(event)
    }

    pub fn emit(&mut self, emit: &'a ast::Emit) -> Option<StmtKind> {
        let (stream, event) = self.stream(emit.stream)?;
        let fields = self.field_values(event, None, &emit.fields);
        Some(StmtKind::Emit { stream, fields })
    }

    /// Registers a handler: a function of the event, nested where it stands.
    pub fn on(&mut self, on: &'a ast::On) -> Option<StmtKind> {
        let (stream, event) = self.stream(on.stream)?;
        let handler = self.new_fn(crate::syntax::symbol::sym::MISSING, on.event.span, Some(self.frame().func));
        let param = self.new_local_of(handler, on.event.name, on.event.span, LocalKind::Param);
        self.set_type(param, Some(TypeRef::Data(event, Vec::new())));
        self.program.fns[handler.index()].params.push(param);
        let body = self.inside(handler, &[], |this| this.block(&on.body.stmts));
        self.set_body(handler, body);
        Some(StmtKind::On { stream, handler })
    }

    /// Fields, intents and the making function of an agent.
    pub fn define_agent(&mut self, data: DataId, agent: &'a ast::Agent) {
        let mut fields = Vec::new();
        for member in &agent.members {
            if let AgentMember::Let(binding) | AgentMember::Var(binding) = member {
                let ty = self.optional_type_ref(binding.ty.as_deref()).unwrap_or(TypeRef::Any);
                fields.push(FieldDecl { name: binding.name.name, ty, span: binding.name.span });
            }
        }
        self.program.data[data.0 as usize].kind = DataKind::Struct(fields);
        for member in &agent.members {
            if let AgentMember::Intent(intent) = member {
                self.declare_method(data, intent);
            }
        }
        let maker = self.new_fn(agent.name.name, agent.name.span, Some(self.frame().func));
        self.program.fns[maker.index()].ret = Some(TypeRef::Data(data, Vec::new()));
        self.makers.insert(data, maker);
    }

    /// Resolves the intents and the making function where the agent stands.
    pub fn define_agent_body(&mut self, agent: &'a ast::Agent, span: Span) {
        let Some(data) = self.struct_named(agent.name.name) else { return };
        // A struct or stream of the same name below hides the agent.
        let Some(&maker) = self.makers.get(&data) else { return };
        self.define_methods(agent.members.iter().filter_map(|member| match member {
            AgentMember::Intent(intent) => Some(&**intent),
            AgentMember::Let(_) | AgentMember::Var(_) | AgentMember::Assign(_) | AgentMember::On(_) => None,
        }));
        self.scopes.push();
        self.frames.push(Frame { func: maker, loops: 0 });
        let this = self.new_local(crate::syntax::symbol::sym::MISSING, agent.name.span, LocalKind::This);
        self.set_type(this, Some(TypeRef::Data(data, Vec::new())));
        let mut body = Vec::new();
        let literal = self.make(ExprKind::Struct { data, fields: Box::default() }, span);
        body.push(Stmt { kind: StmtKind::Let { local: this, value: Some(literal) }, span, doubtful: true });
        self.this_of.insert(data, this);
        self.bind_methods(data);
        for member in &agent.members {
            self.agent_member(member, (data, this), span, &mut body);
        }
        let result = self.make(ExprKind::Local(this), span);
        body.push(Stmt { kind: StmtKind::Return(Some(result)), span, doubtful: true });
        self.frames.pop();
        self.scopes.pop();
        self.set_body(maker, body);
    }

    fn agent_member(&mut self, member: &'a AgentMember, (data, this): (DataId, LocalId), span: Span, body: &mut Vec<Stmt>) {
        match member {
            AgentMember::Let(binding) | AgentMember::Var(binding) => {
                if let Some(value) = &binding.value {
                    let value = Box::new(self.expr(value));
                    let object = self.make(ExprKind::Local(this), binding.name.span);
                    let target = Place::Field { object: Box::new(object), name: binding.name.name, span: binding.name.span };
                    body.push(Stmt { kind: StmtKind::Assign { target, value }, span: binding.name.span, doubtful: true });
                }
                self.see(binding.name.name, Value::Field(data));
            }
            AgentMember::Assign(assign) => {
                let kind = self.assign(assign);
                body.push(Stmt { kind, span, doubtful: true });
            }
            AgentMember::On(on) => {
                if let Some(kind) = self.on(on) {
                    body.push(Stmt { kind, span: on.stream.span, doubtful: true });
                }
            }
            AgentMember::Intent(_) => {}
        }
    }

    /// `Name { }`: makes an agent. Its variables start as the declaration says.
    pub fn agent_literal(&mut self, maker: FnId, literal: &'a ast::StructLit, span: Span) -> Expr {
        if let Some(field) = literal.fields.first() {
            let message = "an agent is made without values".to_owned();
            self.error(Code::T026, field.name.span, message, "its variables start as its declaration says", "write empty braces");
        }
        debug_assert!(matches!(self.program.fns[maker.index()].kind, FnKind::Body(_)));
        self.use_fn(maker, span);
        self.make(ExprKind::CallFn { func: maker, args: Box::default() }, span)
    }
}
