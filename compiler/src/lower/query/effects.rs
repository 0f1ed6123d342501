//! What evaluating an expression can do besides giving its value, which decides what the plan of a query may move.
//!
//! An expression *fails* if it can end the program (overflow, a division, a bad cast) or might not end at all; it *writes* if it
//! can change a variable or an object that somebody else sees; it *talks* if it prints, reads input or the clock. What does none
//! of the three is quiet: evaluating it earlier, more or less often cannot be noticed. User functions are summed up once for the
//! whole program; calls of function values count as everything.

use crate::hir::builtin::Builtin;
use crate::hir::facts::Facts;
use crate::hir::tree::{Expr, ExprKind, FnId, Lit, LocalKind, Place, Program, Query, Stmt, StmtKind};
use crate::lower::walk::{self, Visit};
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::syntax::symbol::{Names, Symbol};
use crate::types::{Ty, TyKind};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Effects {
    pub fails: bool,
    pub writes: bool,
    pub talks: bool,
}

impl Effects {
    const ALL: Effects = Effects { fails: true, writes: true, talks: true };
    const FAILS: Effects = Effects { fails: true, writes: false, talks: false };
    const TALKS: Effects = Effects { fails: true, writes: false, talks: true };

    fn and(&mut self, other: Effects) {
        self.fails |= other.fails;
        self.writes |= other.writes;
        self.talks |= other.talks;
    }
    pub fn is_quiet(self) -> bool {
        self == Effects::default()
    }
}

/// The effects of calling each user function.
pub(crate) struct Summary {
    by_fn: Vec<Effects>,
    /// Of calling any function that is used as a value.
    values: Effects,
}

impl Summary {
    pub fn of(program: &Program, facts: &Facts, names: &Names) -> Summary {
        let mut summary = Summary { by_fn: vec![Effects::default(); program.fns.len()], values: Effects::default() };
        let values = function_values(program);
        loop {
            let mut changed = false;
            for (id, func) in program.fns.iter().enumerate().filter(|(_, func)| !func.is_prelude) {
                let mut scan = Scan { program, facts, names, summary: &summary, found: Effects::FAILS, in_function: true };
                walk::stmts(walk::body(func), &mut scan);
                let found = scan.found;
                changed |= found != summary.by_fn[id];
                summary.by_fn[id] = found;
            }
            values.iter().for_each(|func| summary.values.and(summary.by_fn[func.index()]));
            if !changed {
                return summary;
            }
        }
    }

    /// What an expression can do, all of its parts included.
    pub fn effects(&self, program: &Program, facts: &Facts, names: &Names, e: &Expr) -> Effects {
        let mut scan = Scan { program, facts, names, summary: self, found: Effects::default(), in_function: false };
        walk::expr(e, &mut scan);
        scan.found
    }
    /// Whether all that an expression can be is something that a loop can walk.
    pub fn can_be_walked(&self, program: &Program, facts: &Facts, names: &Names, e: &Expr) -> bool {
        let scan = Scan { program, facts, names, summary: self, found: Effects::default(), in_function: false };
        scan.all(e, Kinds::WALKED)
    }
    /// What a whole query can do.
    pub fn of_query(&self, program: &Program, facts: &Facts, names: &Names, query: &Query) -> Effects {
        let mut scan = Scan { program, facts, names, summary: self, found: Effects::default(), in_function: false };
        walk::query(query, &mut scan);
        scan.found
    }
}

/// The functions that are used otherwise than by calling them with all of their arguments.
fn function_values(program: &Program) -> BTreeSet<FnId> {
    struct Values<'a>(BTreeSet<FnId>, &'a Program);
    impl Visit for Values<'_> {
        fn expr(&mut self, e: &Expr) {
            match &e.kind {
                ExprKind::Fn(func) | ExprKind::Lambda(func) => {
                    self.0.insert(*func);
                }
                ExprKind::CallFn { func, args } if args.len() < self.1.fns[func.index()].params.len() => {
                    self.0.insert(*func);
                }
                _ => {}
            }
        }
    }
    let mut found = Values(BTreeSet::new(), program);
    program.fns.iter().for_each(|func| walk::stmts(walk::body(func), &mut found));
    found.0
}

struct Scan<'a> {
    program: &'a Program,
    facts: &'a Facts,
    names: &'a Names,
    summary: &'a Summary,
    found: Effects,
    /// The body of a function: what it does to its own variables nobody else sees.
    in_function: bool,
}

impl Visit for Scan<'_> {
    fn stmt(&mut self, s: &Stmt) {
        let found = match &s.kind {
            StmtKind::Assign { target: Place::Local(local), .. } => {
                let local = &self.program.locals[local.index()];
                let seen = !self.in_function || local.captured || local.kind == LocalKind::Global;
                Effects { writes: seen, ..Effects::default() }
            }
            StmtKind::Assign { target: Place::Index { .. } | Place::Field { .. }, .. }
            | StmtKind::Update { .. }
            | StmtKind::Emit { .. } => Effects { writes: true, ..Effects::FAILS },
            StmtKind::Bench { .. } | StmtKind::On { .. } => Effects::ALL,
            StmtKind::While { .. } | StmtKind::Expect { .. } | StmtKind::ForRange { .. } | StmtKind::ForEach { .. } => Effects::FAILS,
            StmtKind::Let { local, .. } if self.program.locals[local.index()].kind == LocalKind::Global => {
                Effects { writes: true, ..Effects::default() }
            }
            StmtKind::Let { .. }
            | StmtKind::Return(_)
            | StmtKind::If { .. }
            | StmtKind::Block(_)
            | StmtKind::Expr(_)
            | StmtKind::Fun(_)
            | StmtKind::Break
            | StmtKind::Continue => Effects::default(),
        };
        self.found.and(found);
    }
    fn expr(&mut self, e: &Expr) {
        let found = self.own(e);
        self.found.and(found);
    }
}

impl Scan<'_> {
    /// What a node does by itself, its operands aside.
    fn own(&self, e: &Expr) -> Effects {
        let fails = |fails: bool| Effects { fails, ..Effects::default() };
        match &e.kind {
            ExprKind::Lit(_)
            | ExprKind::Local(_)
            | ExprKind::Fn(_)
            | ExprKind::Lambda(_)
            | ExprKind::List(_)
            | ExprKind::Record(_)
            | ExprKind::Map(_)
            | ExprKind::Struct { .. }
            | ExprKind::Variant { .. }
            | ExprKind::If { .. }
            | ExprKind::Match { .. }
            | ExprKind::Logic { .. } => Effects::default(),
            ExprKind::CallFn { func, .. } => self.summary.by_fn[func.index()],
            ExprKind::Call { .. } => {
                let mut found = Effects::FAILS;
                found.and(self.summary.values);
                found
            }
            ExprKind::CallMethod { object, name, args } => self.method(object, *name, args),
            ExprKind::Error => Effects::ALL,
            ExprKind::CallBuiltin { builtin, args } => self.builtin(*builtin, args),
            ExprKind::Field { object, .. } => fails(!self.all(object, Kinds::HAS_FIELDS)),
            ExprKind::Index { object, .. } => fails(!self.all(object, Kinds::KEYED)),
            ExprKind::Slice { object, .. } => fails(!self.all(object, Kinds::SEQUENCE)),
            ExprKind::Cast { value, .. } => fails(!(self.all(value, Kinds::NUMBER) && self.are(self.facts.of(e.id), Kinds::FLOAT))),
            ExprKind::Unary { op: UnaryOp::Not, .. } => Effects::default(),
            ExprKind::Unary { op: UnaryOp::Neg, operand } => fails(!self.all(operand, Kinds::FLOAT) && constant(e).is_none()),
            ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, .. } if constant(e).is_some() => Effects::default(),
            ExprKind::Binary { op, left, right } => fails(self.operator_fails(*op, left, right)),
            ExprKind::Query(query) => fails(self.query_fails(query)),
            ExprKind::Load(_) | ExprKind::Save(_) | ExprKind::Fetch { .. } => Effects::TALKS,
        }
    }
    fn operator_fails(&self, op: BinaryOp, left: &Expr, right: &Expr) -> bool {
        match op {
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce => false,
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                let both = |kinds| self.all(left, kinds) && self.all(right, kinds);
                !(both(Kinds::NUMBER) || both(Kinds::STRING))
            }
            BinaryOp::Add if self.all(left, Kinds::STRING) && self.all(right, Kinds::STRING) => false,
            // Numbers of which one is a float for sure; ints can overflow.
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => {
                let numbers = self.all(left, Kinds::NUMBER) && self.all(right, Kinds::NUMBER);
                !(numbers && (self.all(left, Kinds::FLOAT) || self.all(right, Kinds::FLOAT)))
            }
            BinaryOp::Div | BinaryOp::Rem => true,
            BinaryOp::In => !self.all(right, Kinds::SEARCHED) || self.can_be_none(right),
            BinaryOp::Union | BinaryOp::UnionAll | BinaryOp::Except | BinaryOp::Intersect => {
                !(self.all(left, Kinds::WALKED) && self.all(right, Kinds::WALKED))
            }
        }
    }
    fn query_fails(&self, query: &Query) -> bool {
        let walked = query.sources.iter().all(|source| self.all(&source.values, Kinds::WALKED));
        let counted = query.skip.iter().chain(&query.take).all(|count| self.all(count, Kinds::INT) && !self.can_be_none(count));
        let selected = self.facts.of(query.select.id);
        let total = match query.aggregate.map(|(builtin, _)| builtin) {
            None | Some(Builtin::Count) => true,
            Some(Builtin::Sum) => self.are(selected, Kinds::FLOAT),
            Some(Builtin::Avg) => self.are(selected, Kinds::NUMBER),
            Some(_) => self.are(selected, Kinds::SCALAR),
        };
        !(walked && counted && total)
    }
    /// A method is a builtin's on text and lists, else the type's own.
    fn method(&self, object: &Expr, name: Symbol, args: &[Expr]) -> Effects {
        let known = self.facts.known;
        let mut found = Effects::default();
        for ty in self.facts.tys.alternatives(self.facts.of(object.id)) {
            found.and(match self.facts.tys.kind(ty) {
                TyKind::Data(data, _) if *data == known.string => match self.names.text(name) {
                    "contains" | "starts_with" if args.iter().all(|arg| self.all(arg, Kinds::STRING)) => Effects::default(),
                    _ => Effects::FAILS,
                },
                TyKind::Data(data, _) if *data == known.list => Effects::FAILS,
                TyKind::Data(data, _) => match self.program.data[data.0 as usize].methods.get(name) {
                    Some(func) => self.summary.by_fn[func.index()],
                    None => Effects::ALL,
                },
                _ => Effects::ALL,
            });
        }
        // Called on none, it fails.
        if self.can_be_none(object) {
            found.and(Effects::FAILS);
        }
        found
    }
    fn builtin(&self, builtin: Builtin, args: &[Expr]) -> Effects {
        use Builtin::*;
        let all = |kinds| args.iter().all(|arg| self.all(arg, kinds));
        let fails = match builtin {
            Print | Json | Input | Now | Mem => return Effects::TALKS,
            Reduce => return Effects::ALL,
            Str | ToJson | Distinct | First => false,
            Len | Count | Exists => !all(Kinds::WALKED),
            Lower | Upper | Trim => !all(Kinds::STRING),
            Contains | StartsWith => !all(Kinds::STRING),
            Substring | Substr => !(self.all(&args[0], Kinds::STRING) && args[1..].iter().all(|arg| self.all(arg, Kinds::INT))),
            Abs => !all(Kinds::FLOAT),
            Min | Max => !self.elements(args, Kinds::SCALAR),
            Avg => !self.elements(args, Kinds::NUMBER),
            Sum => !self.elements(args, Kinds::FLOAT),
            Append | Push | Slice | Int | Float | Join | Panic | Error | Concat | Keys | Values | Reverse | PadStart | Split | IndexOf
            | Repeat | ParseIntStr | Ceil | Floor | Round | Pow | Num | Denom | Sha256 | Range | Collect | Get | Eval => true,
        };
        Effects { fails, ..Effects::default() }
    }

    /// Whether all an expression can be, `none` aside, is of these kinds.
    fn all(&self, e: &Expr, kinds: Kinds) -> bool {
        self.are(self.facts.of(e.id), kinds)
    }
    fn are(&self, ty: Ty, kinds: Kinds) -> bool {
        let tys = &self.facts.tys;
        tys.alternatives(ty).into_iter().all(|ty| kinds.has(self.facts, self.program, ty))
    }
    fn elements(&self, args: &[Expr], kinds: Kinds) -> bool {
        let known = self.facts.known;
        let tys = &self.facts.tys;
        args.iter().flat_map(|arg| tys.alternatives(self.facts.of(arg.id))).all(|ty| match tys.kind(ty) {
            TyKind::Data(data, of) if *data == known.list => self.are(of[0], kinds),
            TyKind::Data(data, of) if *data == known.group => self.are(of[1], kinds),
            _ => false,
        })
    }
    fn can_be_none(&self, e: &Expr) -> bool {
        self.facts.tys.has_none(self.facts.of(e.id))
    }
}

/// The value of an expression of int literals, if it has one.
fn constant(e: &Expr) -> Option<i64> {
    match &e.kind {
        ExprKind::Lit(Lit::Int(n)) => Some(*n),
        ExprKind::Unary { op: UnaryOp::Neg, operand } => constant(operand)?.checked_neg(),
        ExprKind::Binary { op, left, right } => {
            let (left, right) = (constant(left)?, constant(right)?);
            match op {
                BinaryOp::Add => left.checked_add(right),
                BinaryOp::Sub => left.checked_sub(right),
                BinaryOp::Mul => left.checked_mul(right),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A set of kinds of values, a bit each.
#[derive(Clone, Copy)]
struct Kinds(u16);

impl Kinds {
    const INT: Kinds = Kinds(1);
    const FLOAT: Kinds = Kinds(2);
    const NUMBER: Kinds = Kinds(3);
    const BOOL: Kinds = Kinds(4);
    const STRING: Kinds = Kinds(8);
    const SCALAR: Kinds = Kinds(Kinds::NUMBER.0 | Kinds::BOOL.0 | Kinds::STRING.0);
    const LIST: Kinds = Kinds(16);
    const MAP: Kinds = Kinds(32);
    const RECORD: Kinds = Kinds(64);
    const GROUP: Kinds = Kinds(128);
    const STRUCT: Kinds = Kinds(256);
    const HAS_FIELDS: Kinds = Kinds(Kinds::KEYED.0 | Kinds::GROUP.0 | Kinds::STRUCT.0);
    const KEYED: Kinds = Kinds(Kinds::MAP.0 | Kinds::RECORD.0);
    const SEQUENCE: Kinds = Kinds(Kinds::STRING.0 | Kinds::LIST.0);
    const WALKED: Kinds = Kinds(Kinds::SEQUENCE.0 | Kinds::KEYED.0 | Kinds::GROUP.0);
    const SEARCHED: Kinds = Kinds(Kinds::LIST.0 | Kinds::GROUP.0);

    fn has(self, facts: &Facts, program: &Program, ty: Ty) -> bool {
        let known = facts.known;
        let kind = match facts.tys.kind(ty) {
            TyKind::Int => Kinds::INT,
            TyKind::Float => Kinds::FLOAT,
            TyKind::Bool => Kinds::BOOL,
            TyKind::Record(_) => Kinds::RECORD,
            TyKind::Data(data, _) if *data == known.string => Kinds::STRING,
            TyKind::Data(data, _) if *data == known.list => Kinds::LIST,
            TyKind::Data(data, _) if *data == known.map => Kinds::MAP,
            TyKind::Data(data, _) if *data == known.group => Kinds::GROUP,
            TyKind::Data(data, _) => match program.data[data.0 as usize].kind {
                crate::hir::tree::DataKind::Struct(_) if ![known.bigint, known.bigrat].contains(data) => Kinds::STRUCT,
                crate::hir::tree::DataKind::Struct(_) | crate::hir::tree::DataKind::Union(_) => return false,
            },
            TyKind::Never
            | TyKind::None
            | TyKind::Fun(..)
            | TyKind::Option(_)
            | TyKind::Any { .. }
            | TyKind::I32
            | TyKind::Byte
            | TyKind::Array(_)
            | TyKind::Param(_) => return false,
        };
        self.0 & kind.0 != 0
    }
}
