//! Constant folding, algebraic simplification, and control flow that constants decide.
//!
//! One forward walk. An op of constants becomes a constant by `ir::eval`; the identities stand in `algebra`. An `if` or `switch` on a
//! constant becomes its chosen arm; a `block` left only at its end melts into its surroundings; a small `if` of pure ops
//! becomes `select`s; what follows a call that does not return, or a construct that nothing leaves, is cut off.
//!
//! It removes no unused instruction (`dce` does) and merges no equal ones (`gvn` does).

use super::algebra::{self, Step};
use super::rewrite::{Aliases, walk_func};
use crate::ir::eval::{Scalar, eval};
use crate::ir::{Args, DataId, Effect, Func, Id, Imm, Inst, InstData, InstKind, Module, Op, Place, Region, Table, Type, Types, Value};
use smallvec::SmallVec;

/// An `if` whose arms have at most this many pure ops together becomes `select`s.
const SPECULATED_OPS: usize = 4;
/// And at most this many results.
const SELECTS: usize = 2;

pub fn fold(module: &mut Module) {
    let diverges: Vec<bool> = module.funcs.values().map(|f| f.diverges).collect();
    let Module { types, data, funcs, .. } = module;
    for func in funcs.values_mut() {
        let body = func.body;
        let mut folder = Folder::new(types, data, &diverges, func);
        folder.region(body);
    }
}

pub(super) struct Folder<'a> {
    pub types: &'a Types,
    pub data: &'a Table<DataId, Vec<u8>>,
    diverges: &'a [bool],
    pub func: &'a mut Func,
    aliases: Aliases,
    /// By value: the instruction that yields it.
    defs: Vec<Option<Inst>>,
    /// By construct: the `br`s to it that are left, as far as the walk has come.
    branches: Vec<u32>,
    /// By construct: the `br`s to it before the walk.
    branches_before: Vec<u32>,
    /// The region being rebuilt.
    out: Vec<Inst>,
    at: Place,
}

impl<'a> Folder<'a> {
    fn new(types: &'a Types, data: &'a Table<DataId, Vec<u8>>, diverges: &'a [bool], func: &'a mut Func) -> Self {
        let (values, insts, at) = (func.values.len(), func.insts.len(), func.span.into());
        let mut branches_before = vec![0; insts];
        walk_func(func, &mut |inst| {
            if let InstKind::Br { target, .. } = func.insts[inst].kind {
                branches_before[target.index()] += 1;
            }
        });
        Folder {
            types,
            data,
            diverges,
            func,
            aliases: Aliases::default(),
            defs: vec![None; values],
            branches: vec![0; insts],
            branches_before,
            out: Vec::new(),
            at,
        }
    }

    fn region(&mut self, region: Region) {
        let insts = std::mem::take(&mut self.func.regions[region].insts);
        let outer = std::mem::take(&mut self.out);
        for inst in insts {
            self.inst(inst);
            if self.is_terminated() {
                break;
            }
        }
        self.func.regions[region].insts = std::mem::replace(&mut self.out, outer);
    }

    fn is_terminated(&self) -> bool {
        self.out.last().is_some_and(|&last| self.func.insts[last].kind.is_terminator())
    }

    fn inst(&mut self, inst: Inst) {
        self.at = self.func.insts[inst].at;
        let mut kind = std::mem::replace(&mut self.func.insts[inst].kind, InstKind::Unreachable);
        self.aliases.rewrite(&mut kind);
        self.func.insts[inst].kind = kind;
        match &self.func.insts[inst].kind {
            InstKind::Op { .. } => self.op(inst),
            InstKind::Call { func, .. } => {
                let diverges = self.diverges[func.index()];
                self.push(inst);
                if diverges {
                    self.cut();
                }
            }
            InstKind::CallHost { host, .. } => {
                let diverges = host.diverges();
                self.push(inst);
                if diverges {
                    self.cut();
                }
            }
            InstKind::CallIndirect { .. } | InstKind::Return { .. } | InstKind::Unreachable => self.push(inst),
            InstKind::Br { target, .. } => {
                self.branches[target.index()] += 1;
                self.push(inst);
            }
            InstKind::Block { .. } => self.block(inst),
            InstKind::Loop { .. } => self.loop_(inst),
            InstKind::If { .. } => self.branch(inst),
            InstKind::Switch { .. } => self.switch(inst),
        }
    }

    fn push(&mut self, inst: Inst) {
        for &result in &self.func.insts[inst].results {
            self.defs[result.index()] = Some(inst);
        }
        self.out.push(inst);
    }

    /// Ends the region: control never gets past the last instruction.
    fn cut(&mut self) {
        let inst = self.func.insts.push(InstData { kind: InstKind::Unreachable, results: SmallVec::new(), at: self.at });
        self.branches.push(0);
        self.out.push(inst);
    }

    /// Adds an op before the one in hand; folds it as well.
    pub fn emit(&mut self, op: Op, imm: Imm, args: &[Value], ty: Type) -> Value {
        let value = self.func.value(ty);
        self.defs.push(None);
        let kind = InstKind::Op { op, imm, args: Args::from_slice(args) };
        let results = SmallVec::from_slice(&[value]);
        let inst = self.func.insts.push(InstData { kind, results, at: self.at });
        self.branches.push(0);
        self.op(inst);
        self.aliases.resolve(value)
    }

    pub fn constant(&mut self, scalar: Scalar) -> Value {
        let (op, imm) = scalar.op();
        self.emit(op, imm, &[], scalar.ty())
    }

    /// The op that yields a value, unless it is a parameter or something else yields it.
    pub fn def(&self, value: Value) -> Option<(Op, Imm, &Args)> {
        match &self.func.insts[self.defs[value.index()]?].kind {
            InstKind::Op { op, imm, args } => Some((*op, *imm, args)),
            _ => None,
        }
    }

    pub fn scalar(&self, value: Value) -> Option<Scalar> {
        let (op, imm, args) = self.def(value)?;
        if args.is_empty() { eval(op, imm, &[]) } else { None }
    }

    fn op(&mut self, inst: Inst) {
        // Each step makes the op simpler, so this ends; the bound only guards against a faulty identity.
        for _ in 0..16 {
            let InstKind::Op { op, imm, ref args } = self.func.insts[inst].kind else { unreachable!("an op") };
            let args = args.clone();
            let step = match self.evaluate(op, imm, &args) {
                Some(scalar) => Step::Constant(scalar),
                None => algebra::simplify(self, op, imm, &args),
            };
            match step {
                Step::Keep => break,
                Step::Drop => return,
                Step::Value(value) => {
                    let result = self.func.result_of(inst);
                    return self.aliases.set(result, value);
                }
                Step::Constant(scalar) => {
                    let (op, imm) = scalar.op();
                    self.func.insts[inst].kind = InstKind::Op { op, imm, args: Args::new() };
                    break;
                }
                Step::Op(op, imm, args) => self.func.insts[inst].kind = InstKind::Op { op, imm, args },
            }
        }
        self.push(inst);
        let InstKind::Op { op: Op::TrapIf | Op::TrapIfWith, ref args, .. } = self.func.insts[inst].kind else { return };
        if self.scalar(args[0]) == Some(Scalar::Bool(true)) {
            self.cut();
        }
    }

    fn evaluate(&self, op: Op, imm: Imm, args: &[Value]) -> Option<Scalar> {
        if args.is_empty() {
            return None;
        }
        let scalars: Option<SmallVec<[Scalar; 4]>> = args.iter().map(|&v| self.scalar(v)).collect();
        eval(op, imm, &scalars?)
    }

    /// A loop that no `br` starts again is a block.
    fn loop_(&mut self, inst: Inst) {
        let InstKind::Loop { init, body } = self.func.insts[inst].kind.clone() else { unreachable!("a loop") };
        if self.branches_before[inst.index()] == 0 {
            for (param, init) in std::mem::take(&mut self.func.regions[body].params).into_iter().zip(init) {
                self.aliases.set(param, init);
            }
            self.func.insts[inst].kind = InstKind::Block { body };
            return self.block(inst);
        }
        self.region(body);
        self.push(inst);
        self.cut();
    }

    fn block(&mut self, inst: Inst) {
        let InstKind::Block { body } = self.func.insts[inst].kind else { unreachable!("a block") };
        self.region(body);
        self.melt(inst, body);
    }

    /// Replaces a block by its body if nothing leaves it but its end.
    fn melt(&mut self, inst: Inst, body: Region) {
        let last = *self.func.regions[body].insts.last().expect("a terminator");
        let ends_here = matches!(self.func.insts[last].kind, InstKind::Br { target, .. } if target == inst);
        if self.branches[inst.index()] != u32::from(ends_here) {
            return self.push(inst);
        }
        let mut insts = std::mem::take(&mut self.func.regions[body].insts);
        if ends_here {
            insts.pop();
            let InstKind::Br { args, .. } = self.func.insts[last].kind.clone() else { unreachable!("a br") };
            for (result, arg) in self.func.insts[inst].results.clone().into_iter().zip(args) {
                self.aliases.set(result, arg);
            }
        }
        self.out.extend(insts);
    }

    fn branch(&mut self, inst: Inst) {
        let InstKind::If { mut cond, mut then_, mut else_ } = self.func.insts[inst].kind else { unreachable!("an if") };
        while let Some((Op::BoolNot, _, args)) = self.def(cond) {
            cond = args[0];
            std::mem::swap(&mut then_, &mut else_);
        }
        if let Some(Scalar::Bool(chosen)) = self.scalar(cond) {
            let body = if chosen { then_ } else { else_ };
            self.func.insts[inst].kind = InstKind::Block { body };
            return self.block(inst);
        }
        self.func.insts[inst].kind = InstKind::If { cond, then_, else_ };
        self.region(then_);
        self.region(else_);
        self.at = self.func.insts[inst].at;
        if self.becomes_selects(inst, then_, else_) {
            return self.selects(inst, cond, then_, else_);
        }
        self.push(inst);
        if self.branches[inst.index()] == 0 {
            self.cut();
        }
    }

    fn becomes_selects(&self, inst: Inst, then_: Region, else_: Region) -> bool {
        let insts = &self.func.insts;
        let mut ops = 0;
        for region in [then_, else_] {
            let (&last, before) = self.func.regions[region].insts.split_last().expect("a terminator");
            let leaves = matches!(insts[last].kind, InstKind::Br { target, .. } if target == inst);
            let cheap = |&i: &Inst| matches!(insts[i].kind, InstKind::Op { op, .. } if is_cheap(op));
            let constant = |&&i: &&Inst| matches!(&insts[i].kind, InstKind::Op { args, .. } if args.is_empty());
            if !leaves || !before.iter().all(cheap) {
                return false;
            }
            ops += before.len() - before.iter().filter(constant).count();
        }
        ops <= SPECULATED_OPS && insts[inst].results.len() <= SELECTS
    }

    fn selects(&mut self, inst: Inst, cond: Value, then_: Region, else_: Region) {
        let arm = |folder: &mut Self, region: Region| {
            let mut insts = std::mem::take(&mut folder.func.regions[region].insts);
            let last = insts.pop().expect("a terminator");
            folder.out.extend(insts);
            match &folder.func.insts[last].kind {
                InstKind::Br { args, .. } => args.clone(),
                _ => unreachable!("both arms end here"),
            }
        };
        let (a, b) = (arm(self, then_), arm(self, else_));
        let results = self.func.insts[inst].results.clone();
        for (i, &result) in results.iter().enumerate() {
            let ty = self.func.ty(result);
            let (a, b) = (self.aliases.resolve(a[i]), self.aliases.resolve(b[i]));
            let value = self.emit(Op::Select, Imm::None, &[cond, a, b], ty);
            if self.func.values[value].name.is_none() {
                self.func.values[value].name = self.func.values[result].name.clone();
            }
            self.aliases.set(result, value);
        }
    }

    fn switch(&mut self, inst: Inst) {
        let InstKind::Switch { index, cases, default } = self.func.insts[inst].kind.clone() else { unreachable!("a switch") };
        if let Some(Scalar::I32(n)) = self.scalar(index) {
            let body = usize::try_from(n).ok().and_then(|n| cases.get(n)).copied().unwrap_or(default);
            self.func.insts[inst].kind = InstKind::Block { body };
            return self.block(inst);
        }
        for &case in cases.iter().chain([&default]) {
            self.region(case);
        }
        self.push(inst);
        if self.branches[inst.index()] == 0 {
            self.cut();
        }
    }
}

/// Ops worth doing in vain to save a branch.
fn is_cheap(op: Op) -> bool {
    let costly = matches!(
        op,
        Op::F64Div | Op::F64Sqrt | Op::F64Floor | Op::F64Ceil | Op::F64Trunc | Op::I64MulHiU | Op::AnyIs | Op::ArrayConst | Op::FuncAddr
    );
    let boxes = matches!(op, Op::AnyFromBool | Op::AnyFromI64 | Op::AnyFromF64 | Op::AnyFromRef | Op::AnyKind);
    op.effect() == Effect::Pure && !costly && !boxes
}
