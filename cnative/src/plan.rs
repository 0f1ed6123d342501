//! Which values become C variables, and which are written where they are used.
//!
//! A value with one use goes into that use's expression, unless the user named it, the expression would grow too long, or
//! the order of effects would change. Order is kept in classes: reads, traps, and effects (calls, writes, allocations). Reads pass reads
//! and traps; nothing else passes an effect, and no trap passes another. C leaves the order of operands open, so operands of
//! one expression must be free to swap as well. What depends on its operands alone may go into a nested region, but
//! not into a loop, where it would be computed again and again.

use crate::shape::{Def, Shape};
use compiler::ir::{Effect, Func, Id, Imm, Inst, InstKind, Module, Op, Region, Value};

/// The most operations in one expression.
const LONGEST: u32 = 12;

/// Classes of effects that an expression has inside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Order {
    read: bool,
    trap: bool,
    pub effect: bool,
}

impl Order {
    fn is_pure(self) -> bool {
        self == Order::default()
    }
    fn with(self, other: Order) -> Order {
        Order { read: self.read || other.read, trap: self.trap || other.trap, effect: self.effect || other.effect }
    }
    /// Whether two may be evaluated in either order.
    fn commutes(self, other: Order) -> bool {
        let disturbs = |a: Order, b: Order| a.effect && !b.is_pure();
        !(disturbs(self, other) || disturbs(other, self) || (self.trap && other.trap))
    }
}

/// The decision, by `Value`.
#[derive(Clone, Debug)]
pub struct Plan {
    inline: Vec<bool>,
    order: Vec<Order>,
    cost: Vec<u32>,
}

impl Plan {
    /// `apart`: whatever calls or allocates becomes a statement of its own.
    pub fn new(module: &Module, func: &Func, shape: &Shape, apart: bool) -> Plan {
        let count = func.values.len();
        let mut plan = Plan { inline: vec![false; count], order: vec![Order::default(); count], cost: vec![0; count] };
        let mut planner = Planner { module, func, shape, plan: &mut plan, apart, pending: Vec::new() };
        planner.region(func.body);
        plan
    }
    /// The value is written in its user's expression.
    pub fn is_inline(&self, value: Value) -> bool {
        self.inline[value.index()]
    }
    /// Whether the value's expression has a call, a write or an allocation inside.
    pub fn has_effect(&self, value: Value) -> bool {
        self.is_inline(value) && self.order[value.index()].effect
    }
}

struct Planner<'a> {
    module: &'a Module,
    func: &'a Func,
    shape: &'a Shape,
    plan: &'a mut Plan,
    apart: bool,
    /// Inline values with effects that no one has used yet, in order of definition.
    pending: Vec<Value>,
}

impl Planner<'_> {
    fn region(&mut self, region: Region) {
        let outer = std::mem::take(&mut self.pending);
        for &inst in &self.func.regions[region].insts {
            if !self.shape.dead[inst.index()] {
                self.inst(inst);
            }
        }
        self.pending = outer;
    }
    fn inst(&mut self, inst: Inst) {
        let kind = &self.func.insts[inst].kind;
        let mut operands = Vec::new();
        kind.for_each_operand(|value| operands.push(value));
        self.keep_conditional_operands_out(kind, &operands);
        let used = self.consume(&operands);
        let inner = used.iter().fold(Order::default(), |all, v| all.with(self.plan.order[v.index()]));
        let order = inner.with(order_of(self.module, kind));
        let cost = 1 + operands.iter().filter(|v| self.plan.is_inline(**v)).map(|v| self.plan.cost[v.index()]).sum::<u32>();
        match self.func.insts[inst].results[..] {
            [result] if self.may_be_inline(inst, result, order, cost) => {
                let index = result.index();
                let is_constant = operands.is_empty() && order.is_pure();
                (self.plan.inline[index], self.plan.order[index]) = (true, order);
                self.plan.cost[index] = if is_constant { 0 } else { cost };
                if !order.is_pure() {
                    self.pending.push(result);
                }
            }
            _ => {
                self.flush_before(order);
                for region in kind.regions() {
                    self.region(region);
                }
            }
        }
    }
    /// C evaluates one choice of `?:`, may skip the right side of `&&` and `||`, and a check's numbers where it holds. The elements
    /// of an array are evaluated after the array is there, which nothing keeps alive until then.
    fn keep_conditional_operands_out(&mut self, kind: &InstKind, operands: &[Value]) {
        use Op::{ArrayFixed, BoolAnd, BoolOr, Select, TrapIfWith};
        let InstKind::Op { op: op @ (Select | BoolAnd | BoolOr | TrapIfWith | ArrayFixed), .. } = kind else { return };
        let first = if *op == ArrayFixed { 0 } else { 1 };
        for &value in &operands[first..] {
            let order = self.plan.order[value.index()];
            if order.trap || order.effect {
                self.flush(value);
            }
        }
    }
    /// Takes the operands that are pending and may be evaluated here, in any order; the rest become variables.
    fn consume(&mut self, operands: &[Value]) -> Vec<Value> {
        let mut taken: Vec<Value> = Vec::new();
        for index in (0..self.pending.len()).rev() {
            let Some(&value) = self.pending.get(index).filter(|v| operands.contains(v)) else { continue };
            let order = self.plan.order[value.index()];
            let later = self.pending[index + 1..].iter().chain(&taken);
            if later.into_iter().all(|v| order.commutes(self.plan.order[v.index()])) {
                taken.push(value);
            } else {
                self.flush(value);
            }
        }
        self.pending.retain(|v| !taken.contains(v));
        taken
    }
    /// Before a statement of this class: what may not be evaluated after it becomes a variable.
    fn flush_before(&mut self, order: Order) {
        while let Some(&value) = self.pending.iter().rev().find(|v| !order.commutes(self.plan.order[v.index()])) {
            self.flush(value);
        }
    }
    /// Makes a pending value a variable, set where it is defined; what must come before it as well.
    fn flush(&mut self, value: Value) {
        let Some(index) = self.pending.iter().position(|&v| v == value) else { return };
        self.plan.inline[value.index()] = false;
        self.pending.remove(index);
        let order = self.plan.order[value.index()];
        let before: Vec<Value> = self.pending[..index].to_vec();
        for earlier in before.into_iter().rev() {
            if !order.commutes(self.plan.order[earlier.index()]) {
                self.flush(earlier);
            }
        }
    }
    fn may_be_inline(&self, inst: Inst, result: Value, order: Order, cost: u32) -> bool {
        let kind = &self.func.insts[inst].kind;
        if is_constant(kind) {
            return true;
        }
        let is_expression = match kind {
            InstKind::Op { op, .. } => *op != Op::ArrayFixed,
            InstKind::Call { .. } | InstKind::CallIndirect { .. } | InstKind::CallHost { .. } => true,
            _ => false,
        };
        let is_named = self.func.values[result].name.is_some();
        let Some(user) = self.shape.user[result.index()] else { return false };
        if !is_expression || is_named || (self.apart && order.effect) || self.shape.uses[result.index()] != 1 || cost > LONGEST {
            return false;
        }
        let (here, there) = (self.shape.region_of[inst.index()], self.shape.region_of[user.index()]);
        here == there || (order.is_pure() && !self.is_loop_between(here, there))
    }
    fn is_loop_between(&self, outer: Region, inner: Region) -> bool {
        let between = self.shape.ancestors(inner).take_while(|&r| r != outer);
        let owners = between.filter_map(|r| self.shape.owner_of[r.index()]);
        owners.into_iter().any(|inst| matches!(self.func.insts[inst].kind, InstKind::Loop { .. }))
    }
}

/// Constants are written at each use.
fn is_constant(kind: &InstKind) -> bool {
    use Op::{AnyNone, ArrayConst, BoolConst, F64Const, FuncAddr, I32Const, I64Const, RefNull};
    matches!(kind, InstKind::Op { op: BoolConst | I32Const | I64Const | F64Const | ArrayConst | RefNull | AnyNone | FuncAddr, .. })
}

fn order_of(module: &Module, kind: &InstKind) -> Order {
    let effect = Order { effect: true, ..Order::default() };
    let read = Order { read: true, ..Order::default() };
    match kind {
        InstKind::Op { op, imm, .. } => match (op.effect(), op, imm) {
            (_, Op::AnyFromI64, _) => effect,
            (Effect::Pure | Effect::Partial, ..) => Order::default(),
            (Effect::Read, Op::StructGet, Imm::Field(ty, field)) => {
                if module.types.structure(*ty).fields[*field as usize].mutable {
                    read
                } else {
                    Order::default()
                }
            }
            (Effect::Read, ..) => read,
            (Effect::Trap, ..) => Order { trap: true, ..Order::default() },
            (Effect::Write | Effect::Alloc, ..) => effect,
        },
        _ => effect,
    }
}

/// Whether a value is a variable of the C function, or nothing at all because nobody uses it.
pub fn is_variable(shape: &Shape, plan: &Plan, value: Value) -> bool {
    let index = value.index();
    !plan.is_inline(value)
        && match shape.def[index] {
            Def::Param => true,
            Def::LoopParam(_) => shape.uses[index] > 0,
            Def::Result(inst) => shape.uses[index] > 0 && !shape.dead[inst.index()],
            Def::Nowhere => false,
        }
}
