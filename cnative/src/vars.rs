//! C variables: values that may share one do, so that `i = i + 1` needs no copy of `i`.
//!
//! A loop's parameter shares with what it starts from and what the next turn gives it, a construct's result with what leaves the
//! construct, if the C types are the same, the names do not differ, and no two of the values are live at once (Boissinot
//! et al., "Revisiting Out-of-SSA Translation", 2009, on ranges in text order). Then each variable gets its name and the place of its
//! declaration: the first definition, or before the first statement of the region around all of them.

use crate::live::{Live, Range};
use crate::names::Names;
use crate::plan::{Plan, is_variable};
use crate::shape::{Def, Shape};
use compiler::ir::{Func, Id, Imm, Inst, InstKind, Module, Op, Type, Value};

/// The variables of a function.
#[derive(Clone, Debug)]
pub struct Vars {
    /// By `Value`; none for values that are no variables.
    name: Vec<Option<String>>,
    /// By `Value`: values of one class share the least value as their head.
    head: Vec<usize>,
    /// By `Value`: the variable is declared by the statement that defines this value.
    declares: Vec<bool>,
    /// By `Inst`: variables to declare before it, as one value of each.
    before: Vec<Vec<Value>>,
}

impl Vars {
    pub fn new(module: &Module, func: &Func, shape: &Shape, plan: &Plan, live: &Live, names: &Names) -> Vars {
        let mut classes = Classes { func, live, head: (0..func.values.len()).collect(), members: Vec::new() };
        classes.members = func.values.ids().map(|v| vec![v]).collect();
        classes.merge_all(&shape.placed);
        let mut vars = Vars {
            name: vec![None; func.values.len()],
            head: (0..func.values.len()).map(|v| classes.find(v)).collect(),
            declares: vec![false; func.values.len()],
            before: vec![Vec::new(); func.insts.len()],
        };
        let mut locals = names.locals();
        let mut heads: Vec<usize> = func.values.ids().filter(|&v| is_variable(shape, plan, v)).map(|v| vars.head[v.index()]).collect();
        heads.sort();
        heads.dedup();
        for head in heads {
            let members = &classes.members[head];
            let name = locals.take(&wanted_name(module, func, shape, members));
            for member in members {
                vars.name[member.index()] = Some(name.clone());
            }
            vars.declare(func, shape, members);
        }
        vars
    }
    pub fn is_variable(&self, value: Value) -> bool {
        self.name[value.index()].is_some()
    }
    pub fn name(&self, value: Value) -> &str {
        self.name[value.index()].as_deref().unwrap_or_else(|| panic!("{value} is no variable"))
    }
    pub fn is_same(&self, a: Value, b: Value) -> bool {
        self.is_variable(a) && self.is_variable(b) && self.head[a.index()] == self.head[b.index()]
    }
    /// Whether the statement that defines the value declares its variable.
    pub fn declares(&self, value: Value) -> bool {
        self.declares[value.index()]
    }
    /// Whether the declaration of a value's variable is inside the braces of a loop.
    pub fn is_declared_inside(&self, shape: &Shape, value: Value, loop_: Inst) -> bool {
        let head = self.head[value.index()];
        let is_inside = |inst: Inst| shape.ancestors(shape.region_of[inst.index()]).any(|r| shape.owner_of[r.index()] == Some(loop_));
        let declaring = self.head.iter().enumerate().filter(|&(_, h)| *h == head).filter(|&(v, _)| self.declares[v]);
        let by_definition = declaring.filter_map(|(v, _)| match shape.def[v] {
            Def::Result(inst) | Def::LoopParam(inst) => Some(inst),
            Def::Param | Def::Nowhere => None,
        });
        let before = self.before.iter().enumerate().filter(|(_, list)| list.iter().any(|v| self.head[v.index()] == head));
        by_definition.chain(before.map(|(inst, _)| Inst(inst as u32))).any(is_inside)
    }
    /// One value of each variable that is declared before a statement.
    pub fn declared_before(&self, inst: Inst) -> &[Value] {
        &self.before[inst.index()]
    }
    /// Chooses the place of a variable's declaration; a parameter needs none.
    fn declare(&mut self, func: &Func, shape: &Shape, members: &[Value]) {
        let mut sites: Vec<(Value, Inst)> = Vec::new();
        for &value in members {
            match shape.def[value.index()] {
                Def::Param => return,
                Def::LoopParam(inst) | Def::Result(inst) => sites.push((value, inst)),
                Def::Nowhere => {}
            }
        }
        let Some(&(_, any)) = sites.first() else { return };
        let common = sites.iter().fold(shape.scope_of(any), |common, &(_, inst)| shape.common_scope(common, shape.scope_of(inst)));
        // A block's result is set where something leaves the block, and the block has no braces of its own.
        let is_block = |inst: Inst| matches!(func.insts[inst].kind, InstKind::Block { .. });
        let leaves = |to: Inst| move |inst: &Inst| matches!(func.insts[*inst].kind, InstKind::Br { target, .. } if target == to);
        let blocks = sites.iter().map(|site| site.1).filter(|&inst| is_block(inst));
        let leaving = blocks.flat_map(|block| shape.placed.iter().copied().filter(leaves(block)));
        let setting = sites.iter().map(|site| site.1).filter(|&inst| !is_block(inst)).chain(leaving);
        let statements = setting.map(|inst| shape.statement_in(common, inst));
        // A block that nothing leaves sets nothing; what follows is never reached, but reads the variable.
        let first = statements.min_by_key(|inst| shape.order[inst.index()]).unwrap_or_else(|| shape.statement_in(common, any));
        // The result of a construct is set inside it, so that its variable is declared before.
        let defines = |&&(value, inst): &&(Value, Inst)| {
            let is_construct = !func.insts[inst].kind.regions().is_empty();
            inst == first && (matches!(shape.def[value.index()], Def::LoopParam(_)) || !is_construct)
        };
        match sites.iter().find(defines) {
            Some(&(value, _)) => self.declares[value.index()] = true,
            None => self.before[first.index()].push(members[0]),
        }
    }
}

struct Classes<'a> {
    func: &'a Func,
    live: &'a Live,
    head: Vec<usize>,
    /// By head.
    members: Vec<Vec<Value>>,
}

impl Classes<'_> {
    fn find(&self, mut value: usize) -> usize {
        while self.head[value] != value {
            value = self.head[value];
        }
        value
    }
    /// Tries every pair that a copy would join; those that end a turn of a loop first.
    fn merge_all(&mut self, placed: &[Inst]) {
        let func = self.func;
        for &inst in placed {
            if let InstKind::Br { target, args } = &func.insts[inst].kind
                && let InstKind::Loop { body, .. } = &func.insts[*target].kind
            {
                self.merge_lists(&func.regions[*body].params, args);
            }
        }
        for &inst in placed {
            match &func.insts[inst].kind {
                InstKind::Br { target, args } => self.merge_lists(&func.insts[*target].results, args),
                InstKind::Loop { init, body } => self.merge_lists(&func.regions[*body].params, init),
                _ => {}
            }
        }
    }
    fn merge_lists(&mut self, to: &[Value], from: &[Value]) {
        for (&a, &b) in to.iter().zip(from) {
            self.merge(a, b);
        }
    }
    fn merge(&mut self, a: Value, b: Value) {
        let (a, b) = (self.find(a.index()), self.find(b.index()));
        let (a, b) = (a.min(b), a.max(b));
        if a == b || !self.fits(&self.members[a], &self.members[b]) {
            return;
        }
        self.head[b] = a;
        let moved = std::mem::take(&mut self.members[b]);
        self.members[a].extend(moved);
    }
    fn fits(&self, a: &[Value], b: &[Value]) -> bool {
        let name = |members: &[Value]| members.iter().find_map(|&v| self.func.values[v].name.as_deref());
        let names_fit = match (name(a), name(b)) {
            (Some(x), Some(y)) => x == y,
            _ => true,
        };
        let ranges = |members: &[Value]| members.iter().map(|v| self.live.range[v.index()]).collect::<Option<Vec<Range>>>();
        let (Some(left), Some(right)) = (ranges(a), ranges(b)) else { return false };
        names_fit && same_c_type(self.func.ty(a[0]), self.func.ty(b[0])) && !left.iter().any(|x| right.iter().any(|y| x.overlaps(*y)))
    }
}

fn same_c_type(a: Type, b: Type) -> bool {
    match (a, b) {
        (Type::Ref { to: x, .. }, Type::Ref { to: y, .. }) => x == y,
        _ => a == b,
    }
}

/// The user's name for one of the values, else one that says where the value comes from.
fn wanted_name(module: &Module, func: &Func, shape: &Shape, members: &[Value]) -> String {
    if let Some(name) = members.iter().find_map(|&v| func.values[v].name.as_deref()) {
        return name.to_string();
    }
    let defining = members.iter().find_map(|&v| match shape.def[v.index()] {
        Def::Result(inst) => Some(&func.insts[inst].kind),
        Def::Param | Def::LoopParam(_) | Def::Nowhere => None,
    });
    let name = match defining {
        Some(InstKind::Op { op: Op::StructGet, imm: Imm::Field(ty, field), .. }) => {
            &module.types.structure(*ty).fields[*field as usize].name
        }
        Some(InstKind::Op { op: Op::ArrayLen, .. }) => "len",
        Some(InstKind::Op { op: Op::ArrayGet, .. }) => "item",
        Some(InstKind::Op { op: Op::ArrayNew | Op::ArrayFixed, .. }) => "items",
        Some(InstKind::Call { .. } | InstKind::CallIndirect { .. } | InstKind::CallHost { .. }) => "result",
        Some(InstKind::Op { op, .. }) if op.result() == compiler::ir::Shape::Is(Type::Bool) => "is",
        _ => "t",
    };
    name.to_string()
}
