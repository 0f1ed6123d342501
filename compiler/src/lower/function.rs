//! One function being built: the cursor, its variables, and structured control over them.
//!
//! A variable is an SSA value, or a cell where closures share it and someone assigns it. Control constructs take the
//! variables that are assigned inside (`walk::Assigned`) as results or loop parameters: no phis are ever searched for,
//! and those that turn out not to change are removed by the `params` pass.

use super::Lower;
use super::env::Env;
use super::walk::Assigned;
use crate::hir::tree::{ExprId, FnId, LocalId, LocalKind};
use crate::ir::{Builder, FuncId, Imm, Inst, Op, Type, TypeId, Value};
use crate::source::Span;
use crate::types::Ty;
use std::rc::Rc;

/// Where a variable is.
#[derive(Clone, Copy)]
pub(crate) enum Slot {
    Value(Value),
    Cell { cell: Value, of: TypeId },
}

/// A loop around the cursor.
pub(crate) struct LoopTarget {
    /// The block to leave.
    pub end: Inst,
    /// The loop, or the block around its body where something follows the body.
    pub next: Inst,
    /// The variables that both take.
    pub vars: Vec<LocalId>,
}

pub(crate) struct FnCx<'l, 'a> {
    pub l: &'l mut Lower<'a>,
    pub b: Builder,
    id: FuncId,
    /// The source function; none for code that `lower` makes up.
    pub source: Option<FnId>,
    /// Type arguments of a prelude instance.
    args: Rc<[Ty]>,
    pub env: Env,
    pub loops: Vec<LoopTarget>,
    /// What `return` gives.
    pub ret: Ty,
    /// Prelude arithmetic wraps.
    pub wraps: bool,
    /// What the queries around the cursor evaluate once.
    pub kept: super::query::Kept,
}

impl<'l, 'a> FnCx<'l, 'a> {
    /// Fills a declared function from its source function.
    pub fn of_source(l: &'l mut Lower<'a>, id: FuncId, source: FnId, args: Rc<[Ty]>, ret: Ty) -> Self {
        let wraps = l.program.fns[source.index()].is_prelude;
        let mut cx = FnCx::synthetic(l, id, &[]);
        (cx.source, cx.args, cx.ret, cx.wraps) = (Some(source), args, ret, wraps);
        cx
    }
    /// Fills a declared function that no source function stands behind.
    pub fn synthetic(l: &'l mut Lower<'a>, id: FuncId, args: &[Ty]) -> Self {
        let shell = &l.module.funcs[id];
        let mut b = Builder::new(shell.name.clone(), &shell.param_types(), shell.result, shell.span);
        b.func.inlining = shell.inlining;
        b.func.diverges = shell.diverges;
        let ret = l.facts.tys.intern(crate::types::TyKind::None);
        FnCx {
            l,
            b,
            id,
            source: None,
            args: args.into(),
            env: Env::default(),
            loops: Vec::new(),
            ret,
            wraps: false,
            kept: super::query::Kept::default(),
        }
    }
    /// Puts the function into the module.
    pub fn finish(self) {
        self.l.module.funcs[self.id] = self.b.finish();
    }

    // Types

    /// An expression's type in this instance.
    pub fn ty(&mut self, expr: ExprId) -> Ty {
        let ty = self.l.facts.of(expr);
        self.instantiate(ty)
    }
    pub fn local_ty(&mut self, local: LocalId) -> Ty {
        let ty = self.l.facts.local(local);
        self.instantiate(ty)
    }
    pub fn instantiate(&mut self, ty: Ty) -> Ty {
        if self.l.facts.tys.is_generic(ty) { self.l.facts.tys.substitute(ty, &self.args) } else { ty }
    }

    // Instructions

    pub fn op(&mut self, op: Op, imm: Imm, args: &[Value]) -> Value {
        self.b.op(&self.l.module, op, imm, args)
    }
    /// An op without immediate.
    pub fn plain(&mut self, op: Op, args: &[Value]) -> Value {
        self.op(op, Imm::None, args)
    }
    pub fn effect(&mut self, op: Op, imm: Imm, args: &[Value]) {
        self.b.effect(op, imm, args);
    }
    pub fn not(&mut self, value: Value) -> Value {
        self.plain(Op::BoolNot, &[value])
    }
    pub fn none(&mut self) -> Value {
        self.plain(Op::AnyNone, &[])
    }
    /// Calls a function of the module; for one without a result the value is `none`.
    pub fn call(&mut self, func: FuncId, args: &[Value]) -> Value {
        let callee = &self.l.module.funcs[func];
        let (result, diverges) = (callee.result, callee.diverges);
        let value = self.b.call(func, args, result);
        if diverges {
            self.b.unreachable();
        }
        match value {
            Some(value) => value,
            None => self.none(),
        }
    }
    /// Calls a prelude function.
    pub fn call_prelude(&mut self, name: &str, type_args: &[Ty], args: &[Value]) -> Value {
        let func = self.l.prelude(name, type_args.to_vec());
        self.call(func, args)
    }
    pub fn get_field(&mut self, of: TypeId, field: u32, object: Value) -> Value {
        self.op(Op::StructGet, Imm::Field(of, field), &[object])
    }
    pub fn set_field(&mut self, of: TypeId, field: u32, object: Value, value: Value) {
        self.effect(Op::StructSet, Imm::Field(of, field), &[object, value]);
    }
    pub fn new_struct(&mut self, of: TypeId, fields: &[Value]) -> Value {
        self.op(Op::StructNew, Imm::Type(of), fields)
    }
    /// The same reference, known not to be null.
    pub fn non_null(&mut self, value: Value) -> Value {
        match self.b.ty(value) {
            Type::Ref { nullable: true, .. } => self.plain(Op::RefNonNull, &[value]),
            _ => value,
        }
    }
    /// Reads a field of a prelude struct (or any struct) by name.
    pub fn read(&mut self, object: Value, ty: Ty, name: &str) -> Value {
        let symbol = self.l.names.find(name).expect("a field's name");
        let (at, _) = self.l.field(ty, symbol).unwrap_or_else(|| panic!("no field `{name}` in {:?}", self.l.kind(ty)));
        let of = self.l.heap_type(ty);
        self.get_field(of, at, object)
    }

    // Variables

    /// Whether a variable lives in a cell.
    pub fn is_cell(&self, local: LocalId) -> bool {
        let local = &self.l.program.locals[local.index()];
        local.captured && local.reassigned && local.kind != LocalKind::Global
    }
    /// Gives a variable its first value in this scope.
    pub fn bind(&mut self, local: LocalId, value: Value) {
        let data = &self.l.program.locals[local.index()];
        if self.l.is_global(local) {
            let global = self.l.global(local);
            self.effect(Op::GlobalSet, Imm::Global(global), &[value]);
        } else if self.is_cell(local) {
            let ty = self.local_ty(local);
            let of = self.l.cell_type(ty);
            let cell = self.new_struct(of, &[value]);
            self.env.insert(local, Slot::Cell { cell, of });
        } else {
            let name = self.l.names.text(data.name);
            if !name.is_empty() && self.b.func.values[value].name.is_none() {
                self.b.func.values[value].name = Some(name.into());
            }
            self.env.insert(local, Slot::Value(value));
        }
    }
    /// Stores into a variable.
    pub fn assign(&mut self, local: LocalId, value: Value) {
        match self.env.get(local) {
            Some(Slot::Cell { cell, of }) => self.set_field(of, 0, cell, value),
            _ => self.bind(local, value),
        }
    }
    /// Reads a variable; its form is that of its type.
    pub fn load(&mut self, local: LocalId, span: Span) -> Value {
        if self.l.is_global(local) {
            let global = self.l.global(local);
            let value = super::global_op(self, global, span);
            let ty = self.local_ty(local);
            return self.stored(value, ty);
        }
        match self.env.get(local) {
            Some(Slot::Value(value)) => value,
            Some(Slot::Cell { cell, of }) => {
                let value = self.get_field(of, 0, cell);
                let ty = self.local_ty(local);
                self.stored(value, ty)
            }
            // Used before its declaration ran: a nested function called above it.
            None => {
                let ty = self.local_ty(local);
                self.default_value(ty)
            }
        }
    }
    /// What a global, cell or element holds, as a value of its type.
    pub fn stored(&mut self, value: Value, ty: Ty) -> Value {
        if super::is_non_null(self.l.layout(ty)) { self.non_null(value) } else { value }
    }
    /// The value that an empty place of the type has.
    pub fn default_value(&mut self, ty: Ty) -> Value {
        match self.l.storage(ty) {
            Type::Bool => self.b.bool(false),
            Type::I32 => self.b.i32(0),
            Type::I64 => self.b.i64(0),
            Type::F64 => self.b.f64(0.0),
            Type::Any => self.none(),
            Type::Ref { to, .. } => {
                let null = self.op(Op::RefNull, Imm::Type(to), &[]);
                self.stored(null, ty)
            }
            Type::Func(_) => unreachable!("no variable holds a code address"),
        }
    }

    // Structured control

    /// The variables of `assigned` that exist here as SSA values.
    pub fn live(&self, assigned: &Assigned) -> Vec<LocalId> {
        assigned.0.iter().copied().filter(|local| matches!(self.env.get(*local), Some(Slot::Value(_)))).collect()
    }
    pub fn current(&self, vars: &[LocalId]) -> Vec<Value> {
        let value = |&local: &LocalId| match self.env.get(local) {
            Some(Slot::Value(value)) => value,
            Some(Slot::Cell { .. }) | None => unreachable!("it was asked for as an SSA value"),
        };
        vars.iter().map(value).collect()
    }
    pub fn var_types(&mut self, vars: &[LocalId]) -> Vec<Type> {
        vars.iter()
            .map(|&local| {
                let ty = self.local_ty(local);
                self.l.layout(ty)
            })
            .collect()
    }
    pub fn rebind(&mut self, vars: &[LocalId], values: &[Value]) {
        for (&local, &value) in vars.iter().zip(values) {
            self.bind(local, value);
        }
    }
    /// Leaves or continues a construct with values and the variables.
    pub fn br_with(&mut self, target: Inst, values: &[Value], vars: &[LocalId]) {
        if self.b.is_terminated() {
            return;
        }
        let mut args = values.to_vec();
        args.extend(self.current(vars));
        self.b.br(target, &args);
    }

    /// `if`: each arm gives as many values as `results` has.
    pub fn if_else(
        &mut self,
        cond: Value,
        assigned: &Assigned,
        results: &[Type],
        then: impl FnOnce(&mut Self) -> Vec<Value>,
        otherwise: impl FnOnce(&mut Self) -> Vec<Value>,
    ) -> Vec<Value> {
        let vars = self.live(assigned);
        let mut types = results.to_vec();
        types.extend(self.var_types(&vars));
        let (inst, then_, else_) = self.b.if_(cond, &types);
        let saved = self.env.mark();
        let outer = self.b.switch_to(then_);
        let mut ended = true;
        let values = then(self);
        ended &= self.b.is_terminated();
        self.br_with(inst, &values, &vars);
        self.env.reset(saved);
        self.b.switch_to(else_);
        let values = otherwise(self);
        ended &= self.b.is_terminated();
        self.br_with(inst, &values, &vars);
        self.env.reset(saved);
        self.b.switch_to(outer);
        self.close(inst, ended, results.len(), &vars)
    }
    /// `if` without results.
    pub fn when(&mut self, cond: Value, assigned: &Assigned, then: impl FnOnce(&mut Self)) {
        self.if_else(
            cond,
            assigned,
            &[],
            |cx| {
                then(cx);
                Vec::new()
            },
            |_| Vec::new(),
        );
    }
    /// `if` with one value, assigning no variable.
    pub fn choose(
        &mut self,
        cond: Value,
        ty: Type,
        then: impl FnOnce(&mut Self) -> Value,
        otherwise: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let none = Assigned::default();
        self.if_else(cond, &none, &[ty], |cx| vec![then(cx)], |cx| vec![otherwise(cx)])[0]
    }
    /// `switch` over `cases` numbers; the closure is called with each, and with `cases` for the default.
    pub fn switch(
        &mut self,
        index: Value,
        cases: usize,
        assigned: &Assigned,
        results: &[Type],
        mut arm: impl FnMut(&mut Self, usize) -> Vec<Value>,
    ) -> Vec<Value> {
        let vars = self.live(assigned);
        let mut types = results.to_vec();
        types.extend(self.var_types(&vars));
        let (inst, mut regions, default) = self.b.switch(index, cases, &types);
        regions.push(default);
        let saved = self.env.mark();
        let outer = self.b.region();
        let mut ended = true;
        for (case, region) in regions.into_iter().enumerate() {
            self.env.reset(saved);
            self.b.switch_to(region);
            let values = arm(self, case);
            ended &= self.b.is_terminated();
            self.br_with(inst, &values, &vars);
        }
        self.env.reset(saved);
        self.b.switch_to(outer);
        self.close(inst, ended, results.len(), &vars)
    }
    /// After a construct: binds the variables to its results and gives the others.
    fn close(&mut self, inst: Inst, ended: bool, count: usize, vars: &[LocalId]) -> Vec<Value> {
        let all = self.b.results(inst).to_vec();
        self.rebind_plain(vars, &all[count..]);
        if ended {
            self.b.unreachable();
        }
        all[..count].to_vec()
    }
    fn rebind_plain(&mut self, vars: &[LocalId], values: &[Value]) {
        for (&local, &value) in vars.iter().zip(values) {
            self.env.insert(local, Slot::Value(value));
        }
    }

    /// A loop that its body leaves by `br` to the block given as `end`; variables assigned inside are carried along.
    /// The body gets (end, loop, variables) and ends each turn itself; what follows it in the region is unreachable.
    pub fn repeat(&mut self, assigned: &Assigned, body: impl FnOnce(&mut Self, Inst, Inst, &[LocalId])) {
        let vars = self.live(assigned);
        let types = self.var_types(&vars);
        let (end, block) = self.b.block(&types);
        let outer = self.b.switch_to(block);
        let saved = self.env.mark();
        let init = self.current(&vars);
        let (turn, region) = self.b.loop_typed(&init, &types);
        self.b.switch_to(region);
        let params = self.b.func.regions[region].params.clone();
        self.rebind_plain(&vars, &params);
        body(self, end, turn, &vars);
        self.br_with(turn, &[], &vars);
        self.b.switch_to(block);
        self.b.unreachable();
        self.env.reset(saved);
        self.b.switch_to(outer);
        let results = self.b.results(end).to_vec();
        self.rebind_plain(&vars, &results);
    }

    /// Runs the body for the i32 numbers `from..to`, both already evaluated.
    pub fn for_numbers(&mut self, from: Value, to: Value, assigned: &Assigned, body: impl FnOnce(&mut Self, Value)) {
        let vars = self.live(assigned);
        let types = self.var_types(&vars);
        let (end, block) = self.b.block(&types);
        let outer = self.b.switch_to(block);
        let saved = self.env.mark();
        let mut init = vec![from];
        init.extend(self.current(&vars));
        let mut params = vec![Type::I32];
        params.extend(&types);
        let (turn, region) = self.b.loop_typed(&init, &params);
        self.b.switch_to(region);
        let params = self.b.func.regions[region].params.clone();
        self.rebind_plain(&vars, &params[1..]);
        let at = params[0];
        let more = self.plain(Op::I32LtS, &[at, to]);
        self.leave_unless(more, end, &vars);
        body(self, at);
        if !self.b.is_terminated() {
            let one = self.b.i32(1);
            let next = self.plain(Op::I32Add, &[at, one]);
            self.br_with(turn, &[next], &vars);
        }
        self.b.switch_to(block);
        self.b.unreachable();
        self.env.reset(saved);
        self.b.switch_to(outer);
        let results = self.b.results(end).to_vec();
        self.rebind_plain(&vars, &results);
    }
    /// Leaves `end` where the condition does not hold.
    pub fn leave_unless(&mut self, cond: Value, end: Inst, vars: &[LocalId]) {
        let (inst, then_, else_) = self.b.if_(cond, &[]);
        let outer = self.b.switch_to(then_);
        self.b.br(inst, &[]);
        self.b.switch_to(else_);
        self.br_with(end, &[], vars);
        self.b.switch_to(outer);
    }
}
