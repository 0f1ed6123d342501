//! How the rows of a query are found: for each source whether its values are evaluated once, what looks its elements up, and
//! what is tested where. The plan is plain data; `rows` and `outer` turn it into loops, `explain` prints it.
//!
//! Conditions move to the first source at which their variables are all known, as far as that cannot be noticed: a conjunct
//! moves only if it is quiet (see `effects`), if those before it move as well, and not below something that is not quiet or
//! across a join that makes up rows with none on the left. In a query that changes what others see, nothing moves. `order` decides
//! in which order sources are joined.

use super::effects::{Effects, Summary};
use super::sources::Sources;
use crate::hash::HashSet;
use crate::hir::facts::Facts;
use crate::hir::tree::{DataKind, Expr, ExprKind, LocalId, Program, Query, Source};
use crate::lower::walk::{self, Visit};
use crate::syntax::ast::{BinaryOp, JoinKind};
use crate::syntax::symbol::{Names, Symbol};
use crate::types::{Ty, TyKind};

/// What planning looks at.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub program: &'a Program,
    pub facts: &'a Facts,
    pub names: &'a Names,
    pub effects: &'a Summary,
    /// Fields that are assigned anywhere.
    pub assigned_fields: &'a HashSet<Symbol>,
}

impl Known<'_> {
    /// Whether values of a type can be hashed: they have no functions or groups, and are no deeper than so many levels.
    pub fn has_hash(&self, ty: Ty, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let facts = self.facts;
        let all = |mut types: Box<dyn Iterator<Item = Ty> + '_>| types.all(|ty| self.has_hash(ty, depth));
        facts.tys.alternatives(ty).into_iter().all(|ty| match facts.tys.kind(ty) {
            TyKind::Int | TyKind::Float | TyKind::Bool => true,
            TyKind::Data(data, _) if [facts.known.string, facts.known.bigint, facts.known.bigrat].contains(data) => true,
            TyKind::Data(data, args) if [facts.known.list, facts.known.map].contains(data) => all(Box::new(args.iter().copied())),
            TyKind::Record(record) => all(Box::new(record.fields.iter().map(|&(_, ty)| ty))),
            TyKind::Data(data, _) if !self.program.data[data.0 as usize].is_prelude => {
                all(Box::new(facts.fields[data.0 as usize].iter().copied()))
            }
            _ => false,
        })
    }
}

pub(crate) struct Plan<'q> {
    /// A step for each source, in the query's order.
    pub steps: Vec<Step<'q>>,
    /// What joins the first sources in another order. Its rows are then put in the order of the query's steps for those, which only
    /// have conditions to be tested on each row.
    pub reordered: Option<Box<Plan<'q>>>,
}

#[derive(Clone)]
pub(crate) struct Step<'q> {
    pub source: &'q Source,
    /// `Left`, `Right` or `Outer`; none for a join that only pairs.
    pub outer: Option<JoinKind>,
    pub values: Evaluated,
    /// Its values depend on the sources before.
    pub depends: bool,
    /// Whether a table of its elements may serve other rows of a query around this one.
    pub can_be_kept: bool,
    /// What elements are looked up by: equalities of the source's side with another.
    pub keys: Vec<Key<'q>>,
    pub key_kind: KeyKind,
    /// The other side of its one key can fail: it is evaluated for each row that meets an element, and not earlier.
    pub key_fails: bool,
    /// Tested on each element alone, before anything is joined to it.
    pub own: Vec<&'q Expr>,
    /// Later steps in whose tables the element must be found.
    pub partners: Vec<usize>,
    /// Tested on each pair: what else `on` says, and what was moved here if the join only pairs.
    pub on: Vec<&'q Expr>,
    /// Tested on each row after an outer join.
    pub after: Vec<&'q Expr>,
}

/// How often a source's values are evaluated. Those of a join that uses no variable of the query are evaluated once by the language's
/// rule (docs/decisions.md), those of a `from` once as far as that cannot be noticed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Evaluated {
    /// For each row of the sources before.
    PerRow,
    /// Once, before the loops.
    Before,
    /// Once, with the first row of the sources before: it can be noticed when that is.
    AtFirst,
}

#[derive(Clone, Copy)]
pub(crate) struct Key<'q> {
    /// The side that knows the source's element alone.
    pub mine: &'q Expr,
    pub other: &'q Expr,
}

impl<'q> Key<'q> {
    pub fn side(&self, mine: bool) -> &'q Expr {
        if mine { self.mine } else { self.other }
    }
}

/// What a table is indexed by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum KeyKind {
    /// One int, which is the key itself.
    Int,
    /// One string, likewise.
    Text,
    /// A hash of the keys: equal keys have equal hashes, so the conditions are tested all the same.
    Hash,
}

impl<'q> Plan<'q> {
    /// `indexed`: the first source is looked up by what the query knows from outside.
    pub fn of(known: &Known, query: &'q Query, indexed: bool) -> Plan<'q> {
        let locals: Vec<LocalId> = query.sources.iter().map(|source| source.local).collect();
        let stays = known.effects.of_query(known.program, known.facts, known.names, query).writes;
        let planner = Planner { known, locals, stays };
        let mut steps: Vec<Step> = query.sources.iter().enumerate().map(|(at, source)| planner.step(at, source)).collect();
        for at in 0..steps.len() {
            let Some((kind, on)) = &query.sources[at].join else { continue };
            match kind {
                JoinKind::Inner => planner.place(on, at, &mut steps),
                JoinKind::Left | JoinKind::Right | JoinKind::Outer => steps[at].on = conjuncts(on),
            }
        }
        if let Some(filter) = &query.filter {
            planner.place(filter, steps.len() - 1, &mut steps);
        }
        if stays {
            return Plan { steps, reordered: None };
        }
        let free = planner.free(&steps);
        let reordered = if indexed { None } else { planner.reorder(&mut steps[..free]) };
        let first = match &reordered {
            Some(_) => free,
            None => usize::from(!indexed),
        };
        if reordered.is_none() {
            planner.drop_implied(&mut steps[..free]);
        }
        steps.iter_mut().enumerate().skip(first).for_each(|(at, step)| planner.look_up(at, step));
        if reordered.is_none() {
            planner.find_partners(&mut steps[..free]);
        }
        Plan { steps, reordered }
    }

    /// The later steps in which an element of a step must be found when a row gets to it: of the first, whose elements are not kept.
    pub fn partners_of_rows(&self, at: usize) -> &[usize] {
        if at == 0 { &self.steps[at].partners } else { &[] }
    }
    /// The same, before the element is kept at all: of every other.
    pub fn partners_of_elements(&self, at: usize) -> &[usize] {
        if at == 0 { &[] } else { &self.steps[at].partners }
    }
}

pub(super) struct Planner<'a, 'k> {
    pub known: &'a Known<'k>,
    /// The variables of the sources.
    pub locals: Vec<LocalId>,
    /// Nothing may move.
    pub stays: bool,
}

impl Planner<'_, '_> {
    fn effects(&self, e: &Expr) -> Effects {
        self.known.effects.effects(self.known.program, self.known.facts, self.known.names, e)
    }
    /// Of evaluating a source's values and of walking them.
    fn effects_of_values(&self, source: &Source) -> Effects {
        let mut effects = self.effects(&source.values);
        effects.fails |= !self.known.effects.can_be_walked(self.known.program, self.known.facts, self.known.names, &source.values);
        effects
    }
    pub fn is_quiet(&self, e: &Expr) -> bool {
        self.effects(e).is_quiet()
    }

    fn step<'q>(&self, at: usize, source: &'q Source) -> Step<'q> {
        let outer = source.join.as_ref().map(|(kind, _)| *kind).filter(|kind| *kind != JoinKind::Inner);
        let effects = self.effects_of_values(source);
        let depends = !self.uses(&source.values).is_empty();
        let can_be_kept = !self.stays && !effects.talks && self.can_be_shared(&source.values);
        let once = at > 0 && !depends && (can_be_kept || source.join.is_some());
        let values = match effects {
            _ if !once => Evaluated::PerRow,
            Effects { fails: false, .. } if can_be_kept => Evaluated::Before,
            _ => Evaluated::AtFirst,
        };
        let (keys, own, partners, on, after) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Step { source, outer, values, depends, can_be_kept, keys, key_kind: KeyKind::Hash, key_fails: false, own, partners, on, after }
    }
    /// Whether it cannot be noticed that rows share the elements which evaluating the values once gives.
    fn can_be_shared(&self, values: &Expr) -> bool {
        match &values.kind {
            ExprKind::Local(_) => true,
            ExprKind::Field { object, .. } => self.can_be_shared(object),
            _ => {
                let elements = self.known.facts.tys.alternatives(self.known.facts.of(values.id)).into_iter().map(|ty| self.element(ty));
                elements.into_iter().all(|ty| ty.is_some_and(|ty| self.is_fixed(ty, 4)))
            }
        }
    }
    fn element(&self, ty: Ty) -> Option<Ty> {
        match self.known.facts.tys.kind(ty) {
            TyKind::Data(data, args) if *data == self.known.facts.known.list => Some(args[0]),
            _ => None,
        }
    }
    /// Whether no part of a value of this type is ever assigned.
    fn is_fixed(&self, ty: Ty, depth: u32) -> bool {
        let facts = self.known.facts;
        let field = |name: Symbol, ty: Ty| !self.known.assigned_fields.contains(&name) && depth > 0 && self.is_fixed(ty, depth - 1);
        facts.tys.alternatives(ty).into_iter().all(|ty| match facts.tys.kind(ty) {
            TyKind::Int | TyKind::Float | TyKind::Bool => true,
            TyKind::Record(record) => record.fields.iter().all(|&(name, ty)| field(name, ty)),
            TyKind::Data(data, _) if *data == facts.known.string => true,
            TyKind::Data(data, _) => match &self.known.program.data[data.0 as usize] {
                decl if decl.is_prelude => false,
                decl => match &decl.kind {
                    DataKind::Struct(fields) => fields.iter().zip(&facts.fields[data.0 as usize]).all(|(decl, &ty)| field(decl.name, ty)),
                    DataKind::Union(_) => false,
                },
            },
            _ => false,
        })
    }

    /// The sources that the expression uses; a closure uses what it captures.
    pub fn uses(&self, e: &Expr) -> Sources {
        struct Uses<'a>(Sources, &'a Planner<'a, 'a>);
        impl Uses<'_> {
            fn local(&mut self, local: LocalId) {
                if let Some(at) = self.1.locals.iter().position(|&l| l == local) {
                    self.0.add(at);
                }
            }
        }
        impl Visit for Uses<'_> {
            fn expr(&mut self, e: &Expr) {
                match e.kind {
                    ExprKind::Local(local) => self.local(local),
                    ExprKind::Lambda(func) | ExprKind::Fn(func) => {
                        let captures = &self.1.known.program.fns[func.index()].captures;
                        captures.iter().for_each(|&local| self.local(local));
                    }
                    _ => {}
                }
            }
        }
        let mut found = Uses(Sources::default(), self);
        walk::expr(e, &mut found);
        found.0
    }
    /// The number of sources that must be known, counted from the first.
    pub fn level(&self, e: &Expr) -> usize {
        self.uses(e).end()
    }

    /// Puts each conjunct of a condition that is evaluated at `last` where it is tested.
    fn place<'q>(&self, cond: &'q Expr, last: usize, steps: &mut [Step<'q>]) {
        let floor = self.floor(last, steps);
        let mut stays = self.stays;
        for part in conjuncts(cond) {
            stays |= !self.is_quiet(part);
            let at = if stays { last } else { self.level(part).saturating_sub(1).clamp(floor, last) };
            match steps[at].outer {
                Some(_) => steps[at].after.push(part),
                None => steps[at].on.push(part),
            }
        }
    }
    /// The first source that a condition evaluated at `last` may move to.
    fn floor(&self, last: usize, steps: &[Step]) -> usize {
        let is_floor = |at: &usize| {
            let step = &steps[*at];
            // The condition of `last` itself follows its values, and a filter follows its condition.
            let loud = !self.effects_of_values(step.source).is_quiet()
                || step.source.join.as_ref().is_some_and(|(_, on)| !self.is_quiet(on))
                || step.on.iter().any(|cond| !self.is_quiet(cond));
            loud || matches!(step.outer, Some(JoinKind::Right | JoinKind::Outer))
        };
        (0..=last).rev().find(is_floor).unwrap_or(0)
    }

    /// Finds what the source's elements are looked up by, and what is tested on them alone.
    pub fn look_up<'q>(&self, at: usize, step: &mut Step<'q>) {
        if at > 0 && step.values == Evaluated::PerRow {
            return;
        }
        let preserved = matches!(step.outer, Some(JoinKind::Right | JoinKind::Outer));
        let quiet = self.quiet(step);
        let (mut keys, mut rest) = (Vec::new(), Vec::new());
        for (place, &cond) in step.on.iter().enumerate() {
            let used = self.uses(cond);
            if place < quiet && !preserved && at > 0 && used == Sources::only(at) {
                step.own.push(cond);
                continue;
            }
            if place < quiet
                && let Some(key) = self.key(cond, at)
            {
                keys.push((key, cond));
            }
            rest.push(cond);
        }
        // An equality that only the row before can make fail does so when the row gets here, as in a loop over the elements.
        if at > 0
            && step.outer.is_none()
            && quiet == 0
            && let Some(&cond) = step.on.first()
            && let Some(key) = self.key(cond, at)
            && self.is_quiet(key.mine)
            && let Effects { writes: false, talks: false, .. } = self.effects(key.other)
        {
            step.key_fails = true;
            keys.push((key, cond));
        }
        step.on = rest;
        if let [(key, cond)] = keys[..]
            && let Some(kind) = self.exact_kind(&key)
        {
            // What is looked up by the key itself needs no further test.
            step.on.retain(|&other| !std::ptr::eq(other, cond));
            step.key_kind = kind;
        }
        step.keys = keys.into_iter().map(|(key, _)| key).collect();
    }
    /// An equality between something of the source alone and something of the sources before (for the first: of none).
    fn key<'q>(&self, cond: &'q Expr, at: usize) -> Option<Key<'q>> {
        let ExprKind::Binary { op: BinaryOp::Eq, left, right } = &cond.kind else { return None };
        let mine = |e: &Expr| self.uses(e) == Sources::only(at);
        let other = |e: &Expr| {
            let used = self.uses(e);
            if at == 0 { used.is_empty() && uses_any(e) } else { !used.is_empty() && used.end() <= at }
        };
        let key = if mine(left) && other(right) {
            Key { mine: left, other: right }
        } else if mine(right) && other(left) {
            Key { mine: right, other: left }
        } else {
            return None;
        };
        (self.is_hashable(key.mine) && self.is_hashable(key.other)).then_some(key)
    }
    pub fn is_hashable(&self, e: &Expr) -> bool {
        self.known.has_hash(self.known.facts.of(e.id), 4)
    }
    fn exact_kind(&self, key: &Key) -> Option<KeyKind> {
        let facts = self.known.facts;
        let (mine, other) = (facts.of(key.mine.id), facts.of(key.other.id));
        match (facts.tys.kind(mine), facts.tys.kind(other)) {
            (TyKind::Int, TyKind::Int) => Some(KeyKind::Int),
            (TyKind::Data(data, _), _) if *data == facts.known.string && mine == other => Some(KeyKind::Text),
            _ => None,
        }
    }
}

pub(super) fn conjuncts(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        ExprKind::Binary { op: BinaryOp::And, left, right } => {
            let mut all = conjuncts(left);
            all.extend(conjuncts(right));
            all
        }
        _ => vec![e],
    }
}

/// Whether the expression uses any variable.
fn uses_any(e: &Expr) -> bool {
    struct Any(bool);
    impl Visit for Any {
        fn expr(&mut self, e: &Expr) {
            self.0 |= matches!(e.kind, ExprKind::Local(_));
        }
    }
    let mut found = Any(false);
    walk::expr(e, &mut found);
    found.0
}
