//! Expressions, walked backwards: which parts keep what they get, and which only look.

use super::scan::{Event, Scan};
use super::{Known, Use};
use crate::hir::builtin::Builtin;
use crate::hir::facts::Facts;
use crate::hir::tree::{Arm, ArmBody, DataKind, Expr, ExprId, ExprKind, Lit, LocalId, LocalKind, Place, Program, Query};
use crate::syntax::ast::BinaryOp;
use crate::syntax::symbol::Symbol;
use crate::types::TyKind;

impl Scan<'_> {
    /// An expression whose value somebody keeps.
    pub fn own(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Local(local) if self.known.is_list_variable(*local) => self.own_variable(e, *local),
            ExprKind::Local(local) => self.keep_weak(*local),
            _ => self.parts(e),
        }
    }
    /// A parameter that can be a list or something else is a weak place. Given on, its list is in two places: the caller's is not
    /// the only one any more.
    fn keep_weak(&mut self, local: LocalId) {
        let is_param = self.known.program.locals[local.index()].kind == LocalKind::Param;
        if is_param && self.known.can_be_list(self.known.facts.local(local)) {
            self.take(local);
        }
    }

    /// An expression whose value is looked at until the log's entry `end`.
    pub fn borrow(&mut self, e: &Expr, end: usize) {
        let is_list = self.known.is_list(self.known.facts.of(e.id));
        match &e.kind {
            ExprKind::Local(local) if self.known.is_list_variable(*local) => {
                if !self.is_disturbed(*local, end) {
                    self.set(e, Use::Borrow);
                }
                self.live.insert(*local);
            }
            // A variable that can be something else, too, is a weak place.
            ExprKind::Local(_) if is_list => self.set(e, Use::Borrow),
            ExprKind::Field { name, .. } if is_list => {
                if !self.field_is_disturbed(*name, end) {
                    self.set(e, Use::Borrow);
                }
                self.parts(e);
            }
            ExprKind::Index { object, .. } if is_list && holds_elements(self.known, object) => {
                self.set(e, Use::Borrow);
                self.parts(e);
            }
            _ => self.parts(e),
        }
    }

    fn own_all<'e>(&mut self, parts: impl Iterator<Item = &'e Expr>) {
        let end = self.now();
        self.arguments(&parts.map(|part| (part, true)).collect::<Vec<_>>(), end);
    }
    /// Operands that are evaluated one after the other and then used together; which of them are kept stands beside them. A
    /// variable that is an operand itself is moved when all are there, so later ones may still look at it.
    fn arguments(&mut self, args: &[(&Expr, bool)], end: usize) {
        let mut moved: Vec<Option<(LocalId, usize)>> = vec![None; args.len()];
        for (i, &(arg, kept)) in args.iter().enumerate().rev() {
            let Some(local) = self.list_variable(arg).filter(|_| kept) else { continue };
            let times = args.iter().filter(|(other, _)| self.list_variable(other) == Some(local)).count();
            if times == 1 && self.can_move(local) {
                self.own_variable(arg, local);
                moved[i] = Some((local, self.now()));
            }
        }
        for (&(arg, kept), moved) in args.iter().zip(&moved).rev() {
            match *moved {
                Some((local, at)) if self.is_disturbed(local, at) => self.set(arg, Use::Share),
                Some(_) => {}
                None if kept => self.own(arg),
                None => self.borrow(arg, end),
            }
        }
    }
    fn list_variable(&self, e: &Expr) -> Option<LocalId> {
        match e.kind {
            ExprKind::Local(local) if self.known.is_list_variable(local) => Some(local),
            _ => None,
        }
    }

    fn parts(&mut self, e: &Expr) {
        let end = self.now();
        match &e.kind {
            ExprKind::Lit(_) | ExprKind::Local(_) | ExprKind::Fn(_) | ExprKind::Lambda(_) | ExprKind::Logic { .. } | ExprKind::Error => {}
            ExprKind::List(items) => self.own_all(items.iter()),
            ExprKind::Record(fields) => self.own_all(fields.iter().map(|(_, e)| e)),
            ExprKind::Map(entries) => self.own_all(entries.iter().flat_map(|(key, value)| [key, value])),
            ExprKind::Struct { fields, .. } | ExprKind::Variant { fields, .. } => self.own_all(fields.iter().map(|(_, e)| e)),
            ExprKind::Call { callee, args } => {
                self.log(Event::Calls(None));
                self.own_all(args.iter());
                self.own(callee);
            }
            ExprKind::CallFn { func, args } => {
                let callee = &self.known.program.fns[func.index()];
                if !callee.is_prelude {
                    self.log(Event::Calls(Some(*func)));
                }
                let whole = !callee.is_prelude && args.len() == callee.params.len();
                let kept = |(i, arg)| (arg, !whole || self.takes(callee.params[i]));
                let args: Vec<_> = args.iter().enumerate().map(kept).collect();
                self.arguments(&args, end);
            }
            ExprKind::CallBuiltin { builtin, args } => self.builtin(*builtin, args, end),
            ExprKind::CallMethod { object, args, .. } => {
                let ty = self.known.facts.of(object.id);
                if !self.known.is_list(ty) && !self.known.is(ty, self.known.facts.known.string) {
                    self.log(Event::Calls(None));
                }
                self.own_all(args.iter());
                self.borrow(object, end);
            }
            ExprKind::Field { object, .. } => self.borrow(object, end),
            ExprKind::Index { object, index, .. } => {
                self.own(index);
                self.borrow(object, end);
            }
            ExprKind::Slice { object, from, to } => {
                let bounds: Vec<_> = from.iter().chain(to).map(|e| (&**e, true)).collect();
                self.cut_or_grown(object, &bounds, end);
            }
            ExprKind::Cast { value, .. } => self.own(value),
            ExprKind::Unary { operand, .. } => self.borrow(operand, end),
            ExprKind::Binary { op, left, right } => self.binary(e, *op, left, right),
            ExprKind::If { branches, otherwise } => {
                let after = self.live.clone();
                otherwise.iter().for_each(|e| self.own(e));
                for (cond, value) in branches.iter().rev() {
                    let other = std::mem::replace(&mut self.live, after.clone());
                    self.own(value);
                    self.live.extend(other);
                    self.borrow(cond, self.now());
                }
            }
            ExprKind::Match { subject, arms } => {
                self.arms(arms);
                self.own(subject);
            }
            ExprKind::Query(query) => self.query(query),
            ExprKind::Load(load) => load.options.iter().for_each(|e| self.own(e)),
            ExprKind::Save(save) => {
                save.options.iter().for_each(|e| self.own(e));
                self.own(&save.value);
            }
            ExprKind::Fetch { url, options } => {
                options.iter().for_each(|e| self.own(e));
                self.own(url);
            }
        }
    }

    fn builtin(&mut self, builtin: Builtin, args: &[Expr], end: usize) {
        match builtin {
            Builtin::Append | Builtin::Push | Builtin::Slice => {
                self.cut_or_grown(&args[0], &args[1..].iter().map(|arg| (arg, true)).collect::<Vec<_>>(), end);
            }
            Builtin::Concat => self.cut_or_grown(&args[0], &args[1..].iter().map(|arg| (arg, false)).collect::<Vec<_>>(), end),
            Builtin::Reduce => {
                self.log(Event::Calls(None));
                self.own_all(args[1..].iter());
                self.borrow(&args[0], end);
            }
            // It may give its default.
            Builtin::Get => self.own_all(args.iter()),
            _ => args.iter().rev().for_each(|arg| self.borrow(arg, end)),
        }
    }
    /// `append`, `+` and `concat` add to their own list, and a slice cuts its own, if that is the last read; else they make a list beside
    /// it. Which of the other operands are kept stands beside them.
    fn cut_or_grown(&mut self, list: &Expr, others: &[(&Expr, bool)], end: usize) {
        match &list.kind {
            ExprKind::Local(_) if self.list_variable(list).is_some_and(|local| self.can_move(local)) => {
                let args: Vec<_> = std::iter::once(&(list, true)).chain(others).copied().collect();
                self.arguments(&args, end);
            }
            ExprKind::Field { name, .. } if self.is_grown(list) => {
                others.iter().rev().for_each(|&(other, kept)| if kept { self.own(other) } else { self.borrow(other, end) });
                if !self.field_is_disturbed(*name, end) {
                    self.set(list, Use::Move);
                }
                self.parts(list);
            }
            _ => {
                others.iter().rev().for_each(|&(other, kept)| if kept { self.own(other) } else { self.borrow(other, end) });
                self.borrow(list, end);
            }
        }
    }

    fn binary(&mut self, e: &Expr, op: BinaryOp, left: &Expr, right: &Expr) {
        let end = self.now();
        match op {
            BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce => {
                // A truth value needs no operand itself, else the one that decides is the result.
                let is_bool = *self.known.facts.tys.kind(self.known.facts.of(e.id)) == TyKind::Bool;
                let skipped = self.live.clone();
                if is_bool {
                    self.borrow(right, end)
                } else {
                    self.own(right)
                }
                self.live.extend(skipped);
                if is_bool { self.borrow(left, self.now()) } else { self.own(left) }
            }
            BinaryOp::Add if self.known.is_list(self.known.facts.of(e.id)) => self.cut_or_grown(left, &[(right, false)], end),
            _ => {
                self.borrow(right, end);
                self.borrow(left, end);
            }
        }
    }

    fn arms(&mut self, arms: &[Arm]) {
        let after = self.live.clone();
        let mut before = after.clone();
        for arm in arms {
            self.live.clone_from(&after);
            match &arm.body {
                ArmBody::Expr(e) => self.own(e),
                ArmBody::Block(body) => self.block(body),
            }
            before.append(&mut self.live);
        }
        self.live = before;
    }

    /// The parts are evaluated in an order that the plan decides, and any number of times: nothing is moved out of what they read.
    fn query(&mut self, query: &Query) {
        let end = self.now();
        let mut rest: Vec<&Expr> = query.sources.iter().filter_map(|source| source.join.as_ref().map(|(_, on)| on)).collect();
        rest.extend(&query.filter);
        if let Some(group) = &query.group {
            rest.extend(group.keys.iter().map(|(_, key)| key));
            rest.extend(&group.having);
        }
        rest.extend(query.sort.iter().chain(&query.skip).chain(&query.take));
        rest.push(&query.select);
        let sources = || query.sources.iter().map(|source| &source.values);
        rest.iter().copied().chain(sources()).for_each(|e| self.keep_read(e));
        rest.into_iter().for_each(|e| self.own(e));
        // What sources compute can disturb those that are variables.
        let is_variable = |e: &&Expr| matches!(e.kind, ExprKind::Local(_));
        sources().filter(|e| !is_variable(e)).for_each(|e| self.own(e));
        sources().filter(is_variable).for_each(|e| self.borrow(e, end));
    }
}

/// Whether an index of the expression reads an element or a map's value, which are weak places.
pub(super) fn holds_elements(known: &Known, object: &Expr) -> bool {
    let ty = known.facts.of(object.id);
    known.is_list(ty) || known.is(ty, known.facts.known.map)
}

/// Of `object.name = append(object.name, v)`, `object.name = object.name + more` or `object.name = object.name[a:b]` with an object
/// named by the same path twice: the field, and its read. The object is a declared struct, the field a list.
pub(super) fn grown_field(program: &Program, facts: &Facts, target: &Place, value: &Expr) -> Option<(Symbol, ExprId)> {
    let Place::Field { object, name, .. } = target else { return None };
    let list = match &value.kind {
        ExprKind::CallBuiltin { builtin: Builtin::Append | Builtin::Push | Builtin::Slice | Builtin::Concat, args } => &args[0],
        ExprKind::Binary { op: BinaryOp::Add, left, .. } => &**left,
        ExprKind::Slice { object, .. } => &**object,
        _ => return None,
    };
    let ExprKind::Field { object: read, name: from, optional: false } = &list.kind else { return None };
    let is_struct = |e: &Expr| match facts.tys.kind(facts.of(e.id)) {
        TyKind::Data(data, _) => {
            let decl = &program.data[data.0 as usize];
            !decl.is_prelude && matches!(decl.kind, DataKind::Struct(_))
        }
        _ => false,
    };
    let is_list = |ty| matches!(facts.tys.kind(ty), TyKind::Data(data, _) if *data == facts.known.list);
    let fits = name == from && is_struct(object) && is_list(facts.of(list.id)) && is_list(facts.of(value.id)) && same_path(object, read);
    fits.then_some((*name, list.id))
}

/// Whether both are the same variable, fields of it, or elements at a named or literal index: reading it twice in a row gives the
/// same object.
fn same_path(a: &Expr, b: &Expr) -> bool {
    let plain = |e: &Expr| matches!(e.kind, ExprKind::Local(_) | ExprKind::Lit(Lit::Int(_) | Lit::Str(_)));
    match (&a.kind, &b.kind) {
        (ExprKind::Local(x), ExprKind::Local(y)) => x == y,
        (ExprKind::Lit(x), ExprKind::Lit(y)) => x == y,
        (ExprKind::Field { object: x, name: f, .. }, ExprKind::Field { object: y, name: g, .. }) => f == g && same_path(x, y),
        (ExprKind::Index { object: x, index: i, .. }, ExprKind::Index { object: y, index: j, .. }) => {
            plain(i) && same_path(i, j) && same_path(x, y)
        }
        _ => false,
    }
}
