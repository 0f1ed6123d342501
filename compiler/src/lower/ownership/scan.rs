//! Statements, walked backwards: what is read later is known when a read is met.

use super::uses::grown_field;
use super::{Known, Use};
use crate::hir::tree::{Expr, ExprId, ExprKind, FnId, LocalId, LocalKind, Place, Stmt, StmtKind};
use crate::lower::walk::{self, Visit};
use crate::syntax::symbol::Symbol;
use std::collections::BTreeSet;

/// Something that can end a borrow. The log of them grows backwards in time: what is newer in it happens earlier.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Moved(LocalId),
    Assigned(LocalId),
    /// A call of a known function, or of any function value.
    Calls(Option<FnId>),
    /// `object.name = append(object.name, v)`
    Grows(Symbol),
}

/// A loop around the cursor: what is read after it, and at the start of its next turn.
struct Turn {
    end: BTreeSet<LocalId>,
    next: BTreeSet<LocalId>,
}

pub(super) struct Scan<'a> {
    pub known: &'a Known<'a>,
    uses: &'a mut [Use],
    takes: &'a mut [bool],
    /// The private list variables that are read later.
    pub live: BTreeSet<LocalId>,
    loops: Vec<Turn>,
    events: Vec<Event>,
    /// The shared variable that is assigned the value at the cursor, and the log's length at the assignment.
    target: Option<(LocalId, usize)>,
    /// The field that is assigned what `append` makes of it.
    grown: Option<ExprId>,
    /// `let` variables that name an element.
    views: BTreeSet<LocalId>,
}

impl<'a> Scan<'a> {
    pub fn new(known: &'a Known<'a>, uses: &'a mut [Use], takes: &'a mut [bool], func: usize) -> Scan<'a> {
        let mut views = Views { known, found: BTreeSet::new() };
        walk::stmts(walk::body(&known.program.fns[func]), &mut views);
        let views = views.found;
        Scan { known, uses, takes, live: BTreeSet::new(), loops: Vec::new(), events: Vec::new(), target: None, grown: None, views }
    }

    pub fn body(&mut self, stmts: &[Stmt]) {
        stmts.iter().rev().for_each(|s| self.stmt(s));
    }

    /// A block inside an expression. It can leave the statement around it before that assigns its variable.
    pub fn block(&mut self, stmts: &[Stmt]) {
        let outer = self.target.take();
        self.body(stmts);
        self.target = outer;
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::Let { local, value } => {
                self.live.remove(local);
                match value {
                    Some(e) if self.views.contains(local) => self.borrow(e, self.now()),
                    Some(e) => self.own(e),
                    None => {}
                }
            }
            StmtKind::Assign { target, value } => self.assign(target, value),
            StmtKind::Return(value) => {
                self.live.clear();
                value.iter().for_each(|e| self.own(e));
            }
            StmtKind::If { branches, otherwise } => {
                let after = self.live.clone();
                self.body(otherwise);
                for (cond, body) in branches.iter().rev() {
                    let other = std::mem::replace(&mut self.live, after.clone());
                    self.body(body);
                    self.live.extend(other);
                    self.borrow(cond, self.now());
                }
            }
            StmtKind::While { cond, body } => {
                self.turns(body, Some(cond));
            }
            StmtKind::ForRange { from, to, body, .. } => {
                self.turns(body, None);
                self.own(to);
                self.own(from);
            }
            StmtKind::ForEach { values, body, .. } => {
                let end = self.now();
                self.turns(body, None);
                self.borrow(values, end);
            }
            StmtKind::Break => self.live = self.loops.last().map_or_else(BTreeSet::new, |turn| turn.end.clone()),
            StmtKind::Continue => self.live = self.loops.last().map_or_else(BTreeSet::new, |turn| turn.next.clone()),
            StmtKind::Block(body) => self.body(body),
            StmtKind::Bench { body, .. } => self.turns(body, None),
            StmtKind::Expect { cond, .. } => self.borrow(cond, self.now()),
            StmtKind::Expr(e) => self.own(e),
            StmtKind::Update { target, row } => {
                let end = self.now();
                let outer = || row.columns.iter().filter_map(|column| column.outer.as_ref());
                outer().chain(&row.cond).chain(row.set.iter().map(|(_, e)| e)).for_each(|e| self.keep_read(e));
                row.set.iter().rev().for_each(|(_, e)| self.own(e));
                row.cond.iter().for_each(|e| self.own(e));
                outer().for_each(|e| self.own(e));
                self.borrow(target, end);
            }
            StmtKind::Emit { fields, .. } => {
                self.log(Event::Calls(None));
                fields.iter().rev().for_each(|(_, e)| self.own(e));
            }
            StmtKind::Fun(_) | StmtKind::On { .. } => {}
        }
    }

    fn assign(&mut self, target: &Place, value: &Expr) {
        match target {
            Place::Local(local) => {
                let at = self.now();
                self.log(Event::Assigned(*local));
                self.live.remove(local);
                let shared = !self.known.is_private(*local);
                let outer = std::mem::replace(&mut self.target, shared.then_some((*local, at)));
                self.own(value);
                self.target = outer;
            }
            Place::Index { object, index, .. } => {
                let end = self.now();
                self.own(value);
                self.own(index);
                self.borrow(object, end);
            }
            Place::Field { object, .. } => {
                let grown = grown_field(self.known.program, self.known.facts, target, value);
                let end = self.now();
                grown.iter().for_each(|&(name, _)| self.log(Event::Grows(name)));
                let outer = std::mem::replace(&mut self.grown, grown.map(|(_, field)| field));
                self.own(value);
                self.grown = outer;
                self.borrow(object, end);
            }
        }
    }

    /// A loop's body, with a condition before each turn.
    fn turns(&mut self, body: &[Stmt], cond: Option<&Expr>) {
        let after = self.live.clone();
        let mut reads = Reads::default();
        walk::stmts(body, &mut reads);
        cond.iter().for_each(|e| walk::expr(e, &mut reads));
        let again = reads.read.difference(&reads.declared).filter(|&&local| self.known.is_list_variable(local));
        let next: BTreeSet<LocalId> = after.iter().chain(again).copied().collect();
        self.live = next.clone();
        self.loops.push(Turn { end: after, next: next.clone() });
        self.body(body);
        self.loops.pop();
        self.live.extend(next);
        cond.iter().for_each(|e| self.borrow(e, self.now()));
    }

    /// Counts all that an expression reads as read later: it is evaluated an unknown number of times.
    pub fn keep_read(&mut self, e: &Expr) {
        let mut reads = Reads::default();
        walk::expr(e, &mut reads);
        self.live.extend(reads.read.into_iter().filter(|&local| self.known.is_list_variable(local)));
    }

    // The log

    pub fn now(&self) -> usize {
        self.events.len()
    }
    pub fn log(&mut self, event: Event) {
        self.events.push(event);
    }
    /// Whether what happens before the log's entry `end` may add to the variable's list in place.
    pub fn is_disturbed(&self, local: LocalId, end: usize) -> bool {
        let private = self.known.is_private(local);
        self.events[end..].iter().any(|event| match *event {
            Event::Moved(other) | Event::Assigned(other) => other == local,
            Event::Calls(func) => !private && self.known.summary.assigns(func, local),
            Event::Grows(_) => false,
        })
    }
    pub fn field_is_disturbed(&self, name: Symbol, end: usize) -> bool {
        self.events[end..].iter().any(|event| match *event {
            Event::Grows(other) => other == name,
            Event::Calls(func) => self.known.summary.grows(func, name),
            Event::Moved(_) | Event::Assigned(_) => false,
        })
    }

    // Decisions

    pub fn set(&mut self, e: &Expr, found: Use) {
        self.uses[e.id.index()] = found;
    }
    pub fn takes(&self, param: LocalId) -> bool {
        self.takes[param.index()]
    }
    pub fn take(&mut self, param: LocalId) {
        self.takes[param.index()] = true;
    }
    /// A read of a list variable that keeps the value; a move if nobody reads the variable afterwards.
    pub fn own_variable(&mut self, e: &Expr, local: LocalId) {
        if self.can_move(local) {
            self.set(e, Use::Move);
            self.log(Event::Moved(local));
            self.takes[local.index()] |= self.known.program.locals[local.index()].kind == LocalKind::Param;
        }
        self.live.insert(local);
    }
    pub fn can_move(&self, local: LocalId) -> bool {
        let strong = match self.known.program.locals[local.index()].kind {
            LocalKind::Let | LocalKind::Var | LocalKind::Param | LocalKind::Global => !self.views.contains(&local),
            LocalKind::Bound | LocalKind::This => false,
        };
        if !strong || self.live.contains(&local) {
            return false;
        }
        match self.target {
            _ if self.known.is_private(local) => true,
            // What runs between the read and the assignment must not see the variable.
            Some((target, at)) => {
                let named = |event: &Event| matches!(event, Event::Calls(func) if self.known.summary.names(*func, local));
                target == local && !self.events[at..].iter().any(named)
            }
            None => false,
        }
    }
    pub fn is_grown(&self, e: &Expr) -> bool {
        self.grown == Some(e.id)
    }
}

/// Variables read, and those that `let` and `var` declare.
#[derive(Default)]
pub(super) struct Reads {
    read: BTreeSet<LocalId>,
    declared: BTreeSet<LocalId>,
}

impl Visit for Reads {
    fn stmt(&mut self, s: &Stmt) {
        if let StmtKind::Let { local, .. } = s.kind {
            self.declared.insert(local);
        }
    }
    fn expr(&mut self, e: &Expr) {
        if let ExprKind::Local(local) = e.kind {
            self.read.insert(local);
        }
    }
}

/// Variables that are never reassigned and begin as an element of a list or map.
struct Views<'a> {
    known: &'a Known<'a>,
    found: BTreeSet<LocalId>,
}

impl Visit for Views<'_> {
    fn stmt(&mut self, s: &Stmt) {
        if let StmtKind::Let { local, value: Some(Expr { kind: ExprKind::Index { object, .. }, .. }) } = &s.kind
            && !self.known.program.locals[local.index()].reassigned
            && self.known.is_list_variable(*local)
            && super::uses::holds_elements(self.known, object)
        {
            self.found.insert(*local);
        }
    }
}
