//! Statements.

use super::{Strict, Ty, narrow};
use crate::diagnostic::Code;
use crate::hir::resolve::diverges;
use crate::hir::tree::{ArmBody, Expr, ExprKind, FnId, FnKind, LocalId, LocalKind, Place, Stmt, StmtKind};
use crate::source::Span;

/// Whether some `return` gives a value.
pub fn returns_values(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        StmtKind::Return(value) => value.is_some(),
        StmtKind::If { branches, otherwise } => branches.iter().any(|(_, body)| returns_values(body)) || returns_values(otherwise),
        StmtKind::While { body, .. } | StmtKind::ForRange { body, .. } | StmtKind::ForEach { body, .. } | StmtKind::Block(body) => {
            returns_values(body)
        }
        StmtKind::Expr(Expr { kind: ExprKind::Match { arms, .. }, .. }) => {
            arms.iter().any(|arm| matches!(&arm.body, ArmBody::Block(body) if returns_values(body)))
        }
        _ => false,
    })
}

impl<'a> Strict<'a> {
    /// The first problem of each statement; the variable of a wrong `let` is unknown afterwards.
    pub fn top_level(&mut self) {
        let main = self.program.main.expect("a program has a top level");
        for decl in self.program.data.iter().filter(|decl| !decl.is_prelude) {
            for (_, method) in decl.methods.iter() {
                self.untyped_parameters(method);
                self.function(method);
            }
        }
        let FnKind::Body(body) = &self.program.fns[main.index()].kind else { return };
        for stmt in body {
            let before = self.diagnostics.len();
            self.stmt(stmt);
            if self.diagnostics.len() > before
                && let StmtKind::Let { local, .. } = stmt.kind
            {
                self.lost.push(local);
            }
        }
    }

    /// The parameters of a method, but for the object, have types.
    fn untyped_parameters(&mut self, method: FnId) {
        for param in self.program.fns[method.index()].params.iter().skip(1) {
            let local = &self.program.locals[param.index()];
            if local.ty.is_none() {
                let message = format!("parameter `{}` of a method needs a type", self.names.text(local.name));
                self.error(Code::T005, local.span, message, "no type is given");
            }
        }
    }

    pub fn stmts(&mut self, stmts: &'a [Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    fn branch(&mut self, body: &'a [Stmt], known: &[LocalId]) {
        let outer = self.narrowed.clone();
        self.narrowed.extend_from_slice(known);
        self.stmts(body);
        let inner = std::mem::replace(&mut self.narrowed, outer);
        // What the branch assigned or lost is not known after it either, unless it never gets there.
        if !diverges(body) {
            self.narrowed.retain(|local| inner.contains(local));
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Let { local, value } => self.declare(*local, value.as_ref(), stmt.span),
            StmtKind::Assign { target, value } => self.assign(target, value),
            StmtKind::Fun(func) => self.function(*func),
            StmtKind::Return(value) => self.give_back(value.as_ref(), stmt.span),
            StmtKind::If { branches, otherwise } => self.if_stmt(branches, otherwise),
            StmtKind::While { cond, body } => {
                self.condition(cond, Code::T040, "`while` condition must be boolean");
                self.branch(body, &narrow::facts(cond).0);
            }
            StmtKind::ForRange { local, from, to, body } => {
                let (from_ty, to_ty) = (self.expr(from), self.expr(to));
                for (expr, ty) in [(from, from_ty), (to, to_ty)] {
                    if !matches!(ty, Ty::Int | Ty::Hole) {
                        let message = "range loop requires integer start and end expressions".to_owned();
                        self.error(Code::T023, expr.span, message, "this is not an int");
                        break;
                    }
                }
                self.locals[local.index()] = Ty::Int;
                self.branch(body, &[]);
            }
            StmtKind::ForEach { local, values, body, .. } => {
                let ty = self.expr(values);
                self.locals[local.index()] = match self.element(&ty) {
                    Some(of) => of,
                    None => {
                        let message = format!("cannot iterate over type {}", self.show(&ty));
                        self.error(Code::T022, values.span, message, "not a list, map, string or group");
                        Ty::Hole
                    }
                };
                self.branch(body, &[]);
            }
            StmtKind::Break | StmtKind::Continue => {}
            StmtKind::Block(body) | StmtKind::Bench { body, .. } => self.branch(body, &[]),
            StmtKind::Expect { cond, .. } => {
                let ty = self.expr(cond);
                if !matches!(ty, Ty::Bool | Ty::Hole) {
                    let message = format!("type mismatch: expected bool, got {}", self.show(&ty));
                    self.error(Code::T008, cond.span, message, "not a bool");
                }
                self.narrowed.extend(narrow::facts(cond).0);
            }
            StmtKind::Expr(expr) => {
                if let ExprKind::CallFn { func, args } = &expr.kind
                    && args.is_empty()
                    && self.program.tests.iter().any(|test| test.body == *func)
                {
                    return self.function(*func);
                }
                self.expr(expr);
            }
            StmtKind::Update { target, row } => {
                self.expr(target);
                for (_, value) in &row.set {
                    self.expr(value);
                }
            }
            StmtKind::Emit { stream, fields } => {
                let event = self.program.streams[*stream as usize].event;
                self.literal_fields(event, 0, fields);
            }
            StmtKind::On { handler, .. } => self.function(*handler),
        }
    }

    fn declare(&mut self, local: LocalId, value: Option<&'a Expr>, span: Span) {
        let declared = self.program.locals[local.index()].ty.as_ref().map(|ty| self.of(ty));
        let erased = self.program.fns[self.func.index()].erased;
        let declared = declared.map(|ty| if erased { self.erase(ty) } else { ty });
        let ty = match (declared, value) {
            (Some(ty), Some(value)) => {
                let before = self.diagnostics.len();
                let got = self.expect(value, &ty);
                if self.diagnostics.len() == before {
                    self.alias(value, &got, &ty);
                }
                ty
            }
            (Some(ty), None) => ty,
            (None, Some(value)) => self.expr(value),
            (None, None) => {
                self.error(Code::T000, span, "a declaration requires a type or a value".to_owned(), "neither is given");
                Ty::Hole
            }
        };
        if let (Some(value), false) = (value, self.program.locals[local.index()].fixed) {
            self.immutable_alias(value, &ty);
        }
        self.locals[local.index()] = ty;
    }

    /// `var ys = xs` where `xs` is a `let` list, map or struct.
    fn immutable_alias(&mut self, value: &Expr, ty: &Ty) {
        let ExprKind::Local(source) = value.kind else { return };
        let is_aggregate = matches!(ty, Ty::List(_) | Ty::Map(..) | Ty::Record(_) | Ty::Data(_));
        if is_aggregate && self.program.locals[source.index()].fixed {
            let name = self.names.text(self.program.locals[source.index()].name);
            let message = format!("cannot alias immutable aggregate `{name}` into a mutable binding");
            self.error(Code::T051, value.span, message, "this belongs to a `let`");
        }
    }

    fn assign(&mut self, target: &'a Place, value: &'a Expr) {
        let mut was_known = false;
        let wanted = match target {
            Place::Local(local) => {
                was_known = self.narrowed.contains(local);
                self.narrowed.retain(|other| other != local);
                self.locals[local.index()].clone()
            }
            Place::Index { object, index, .. } => {
                self.root(object);
                let container = self.expr(object);
                let key = self.expr(index);
                self.stored(&container, &key, index)
            }
            Place::Field { object, name, span } => {
                self.root(object);
                let object = self.expr(object);
                self.member(&object, *name, *span, false)
            }
        };
        let before = self.diagnostics.len();
        let got = self.expect(value, &wanted);
        if let Place::Local(local) = target
            && was_known
            && !matches!(got, Ty::Option(_) | Ty::None | Ty::Any | Ty::Hole)
        {
            self.narrowed.push(*local);
        }
        if self.diagnostics.len() == before {
            self.alias(value, &got, &wanted);
            // A first value gives a variable that was declared empty its type.
            if let (Place::Local(local), Ty::Hole) = (target, &wanted) {
                self.locals[local.index()] = got;
            }
        }
    }

    /// Elements and fields of a `let` do not change.
    fn root(&mut self, object: &Expr) {
        match &object.kind {
            ExprKind::Local(local) if self.program.locals[local.index()].fixed => {
                let name = self.names.text(self.program.locals[local.index()].name);
                self.error(Code::T024, object.span, format!("cannot assign to `{name}` (immutable)"), "declared with `let`");
            }
            ExprKind::Index { object, .. } | ExprKind::Field { object, .. } => self.root(object),
            _ => {}
        }
    }

    /// What an element of the container may hold.
    fn stored(&mut self, container: &Ty, key: &Ty, index: &Expr) -> Ty {
        match container {
            Ty::List(of) => {
                if !matches!(key, Ty::Int | Ty::Hole | Ty::Any) {
                    self.error(Code::T015, index.span, "index must be an integer".to_owned(), "not an int");
                }
                (**of).clone()
            }
            Ty::Map(wanted, of) => {
                self.key(key, wanted, index);
                (**of).clone()
            }
            Ty::Option(of) => self.stored(of, key, index),
            Ty::Record(fields) => fields.iter().fold(Ty::Hole, |ty, (_, field)| self.join(ty, field.clone())),
            _ => Ty::Hole,
        }
    }

    pub fn key(&mut self, key: &Ty, wanted: &Ty, at: &Expr) {
        if !self.fits(key, wanted) && !key.is_open() {
            let message = format!("map key type mismatch: expected {}, got {}", self.show(wanted), self.show(key));
            self.error(Code::T019, at.span, message, "the map has other keys");
        }
    }

    fn give_back(&mut self, value: Option<&'a Expr>, span: Span) {
        let wanted = self.rets[self.func.index()].clone();
        match (value, wanted) {
            (Some(value), Some(wanted)) => {
                self.expect(value, &wanted);
            }
            (Some(value), None) => {
                let ty = self.expr(value);
                if Some(self.func) != self.program.main {
                    self.rets[self.func.index()] = Some(ty);
                }
            }
            (None, Some(wanted)) if !self.fits(&Ty::Unit, &wanted) && Some(self.func) != self.program.main => {
                let message = format!("return type mismatch: expected {}, got unit", self.show(&wanted));
                self.error(Code::T010, span, message, "gives no value");
            }
            (None, _) => {}
        }
    }

    fn if_stmt(&mut self, branches: &'a [(Expr, Vec<Stmt>)], otherwise: &'a [Stmt]) {
        let mut known: Vec<LocalId> = Vec::new();
        let outer = self.narrowed.clone();
        let mut all_leave = true;
        for (cond, body) in branches {
            self.narrowed.extend(&known);
            self.condition(cond, Code::T040, "`if` condition must be boolean");
            let (holds, fails) = narrow::facts(cond);
            self.branch(body, &holds);
            all_leave &= diverges(body);
            known.extend(fails);
        }
        self.branch(otherwise, &known);
        self.narrowed.retain(|local| outer.contains(local) || known.contains(local));
        if all_leave {
            self.narrowed.extend(known);
        } else {
            self.narrowed.retain(|local| outer.contains(local));
        }
    }

    /// A condition must be a bool; `any` is let through, and a record, which may be missing from a row of a join.
    pub fn condition(&mut self, cond: &'a Expr, code: Code, message: &str) {
        let ty = self.expr(cond);
        if !matches!(ty, Ty::Bool | Ty::Hole | Ty::Any | Ty::Option(_) | Ty::Record(_)) {
            let label = format!("this is {}", self.show(&ty));
            self.error(code, cond.span, message.to_owned(), &label);
        }
    }

    /// Checks a declared function's body.
    pub fn function(&mut self, func: FnId) {
        let outer = std::mem::replace(&mut self.func, func);
        let known = self.narrowed.clone();
        self.forget_mutable();
        if let FnKind::Body(body) | FnKind::Method(_, body) = &self.program.fns[func.index()].kind {
            self.stmts(body);
        }
        self.narrowed = known;
        self.func = outer;
    }

    /// What iterating over a value gives.
    pub fn element(&self, ty: &Ty) -> Option<Ty> {
        match ty {
            Ty::Hole => Some(Ty::Hole),
            Ty::List(of) => Some((**of).clone()),
            Ty::Map(key, _) => Some((**key).clone()),
            Ty::Record(_) | Ty::Str => Some(Ty::Str),
            Ty::Group(_, item) => Some((**item).clone()),
            _ => None,
        }
    }

    /// A top-level variable whose declaration was wrong.
    pub fn lost_use(&mut self, local: LocalId, span: Span) {
        if self.program.locals[local.index()].kind == LocalKind::Global && self.lost.contains(&local) {
            let name = self.names.text(self.program.locals[local.index()].name);
            self.error(Code::T002, span, format!("undefined variable: {name}"), "its declaration is wrong");
        }
    }
}
