//! Where the alternatives of a slot come from, for `mochi dump --types`.
//!
//! An alternative that several places add is shown with the first of them. The search goes against the flows, from a variable
//! to the classes that reach it, and stops at expressions that nothing flows into. What only a rule of the language adds, such
//! as the partner that a left join does not find, has no place.

use super::{Infer, Options};
use crate::hash::{HashMap, HashSet};
use crate::hir::facts::WellKnown;
use crate::hir::tree::{ExprKind, FnId, FnKind, LocalId, Program};
use crate::hir::walk;
use crate::source::Span;
use crate::syntax::symbol::{Names, Symbol};
use crate::types::{DataId, Slot, Slots, bits};

/// One kind of value that a slot can hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    None,
    Bool,
    Int,
    Float,
    Data(DataId),
    Record,
    Map,
    Function,
}

/// A step from a variable to something inside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Element,
    Key,
    Value,
    Field(Symbol),
}

/// A value that is nullable or of several kinds: how to get there, and each kind with the place that adds it.
#[derive(Clone, Debug)]
pub struct Reason {
    pub path: Vec<Step>,
    pub parts: Vec<(Part, Option<Span>)>,
}

/// A solved program that can be asked.
pub struct Origins {
    slots: Slots,
    known: WellKnown,
    local: Vec<Option<Slot>>,
    ret: Vec<Slot>,
    fields: Vec<Vec<Slot>>,
    /// By class: the classes that flow into it, and whether with `none`.
    before: HashMap<Slot, Vec<(Slot, bool)>>,
    /// By class: expressions that make its values.
    made: HashMap<Slot, Vec<Span>>,
    /// By class: other places that add `none`.
    noted: HashMap<Slot, Vec<Span>>,
}

/// Infers the program once more and keeps what explains the result.
pub fn explain(program: &Program, names: &Names, known: WellKnown, options: Options) -> Origins {
    let infer = Infer::solved(program, names, known, options, false);
    let mut before: HashMap<Slot, Vec<(Slot, bool)>> = HashMap::default();
    for (from, to, with_none) in infer.slots.flows() {
        before.entry(to).or_default().push((from, with_none));
    }
    let mut made: HashMap<Slot, Vec<Span>> = HashMap::default();
    for function in program.fns.iter().filter(|function| !function.is_prelude) {
        let (FnKind::Body(body) | FnKind::Method(_, body)) = &function.kind else { continue };
        walk::for_each_expr(body, false, &mut |expr, _| match expr.kind {
            // These stand for what is held elsewhere.
            ExprKind::Local(_) | ExprKind::CallFn { .. } => {}
            _ => {
                if let Some(slot) = infer.expr[expr.id.index()] {
                    made.entry(infer.slots.find(slot)).or_default().push(expr.span);
                }
            }
        });
    }
    let mut noted: HashMap<Slot, Vec<Span>> = HashMap::default();
    for &(slot, span) in &infer.noted {
        noted.entry(infer.slots.find(slot)).or_default().push(span);
    }
    Origins { slots: infer.slots, known, local: infer.local, ret: infer.ret, fields: infer.fields, before, made, noted }
}

impl Origins {
    pub fn of_local(&self, local: LocalId) -> Vec<Reason> {
        self.local[local.index()].map_or(Vec::new(), |slot| self.reasons(slot))
    }
    pub fn of_result(&self, func: FnId) -> Vec<Reason> {
        self.reasons(self.ret[func.index()])
    }
    pub fn of_field(&self, data: DataId, field: usize) -> Vec<Reason> {
        self.reasons(self.fields[data.0 as usize][field])
    }

    fn reasons(&self, slot: Slot) -> Vec<Reason> {
        let mut found = Vec::new();
        self.collect(slot, &mut Vec::new(), &mut HashSet::default(), &mut found);
        found
    }
    fn collect(&self, slot: Slot, path: &mut Vec<Step>, seen: &mut HashSet<Slot>, found: &mut Vec<Reason>) {
        if path.len() > 3 || !seen.insert(self.slots.find(slot)) {
            return;
        }
        let parts = self.parts(slot);
        let nullable = parts.contains(&Part::None);
        if parts.len() > 1 {
            // One kind and `none`: only the latter needs a reason.
            let shown = parts.iter().filter(|part| !(nullable && parts.len() == 2) || **part == Part::None);
            let parts = shown.map(|&part| (part, self.first(slot, part))).collect();
            found.push(Reason { path: path.clone(), parts });
        }
        let content = self.slots.content(slot);
        let mut inner: Vec<(Step, Slot)> = Vec::new();
        if let Some(args) = content.data.get(&self.known.list) {
            inner.push((Step::Element, args[0]));
        }
        if let Some(args) = content.data.get(&self.known.group) {
            inner.extend([(Step::Key, args[0]), (Step::Element, args[1])]);
        }
        if let Some(map) = content.map {
            let map = self.slots.map(map);
            match map.dynamic {
                true => inner.push((Step::Value, map.value)),
                false => inner.extend(map.fields.iter().map(|&(name, slot)| (Step::Field(name), slot))),
            }
        }
        for (step, slot) in inner {
            path.push(step);
            self.collect(slot, path, seen, found);
            path.pop();
        }
    }

    fn parts(&self, slot: Slot) -> Vec<Part> {
        let content = self.slots.content(slot);
        let scalars = [(bits::NONE, Part::None), (bits::BOOL, Part::Bool), (bits::INT, Part::Int), (bits::FLOAT, Part::Float)];
        let mut parts: Vec<Part> = scalars.iter().filter(|(bit, _)| content.scalars & bit != 0).map(|&(_, part)| part).collect();
        parts.extend(content.data.keys().map(|&data| Part::Data(data)));
        parts.extend(content.map.map(|map| if self.slots.map(map).dynamic { Part::Map } else { Part::Record }));
        parts.extend(content.funs().map(|_| Part::Function));
        parts
    }

    /// The first place in the program that makes values of this kind which get here.
    fn first(&self, slot: Slot, part: Part) -> Option<Span> {
        let start = self.slots.find(slot);
        let (mut pending, mut seen) = (vec![start], HashSet::from_iter([start]));
        let mut spans: Vec<Span> = Vec::new();
        while let Some(class) = pending.pop() {
            let before = self.before.get(&class).map_or(&[][..], |before| before);
            let holds = |&&(from, with_none): &&(Slot, bool)| (with_none || part != Part::None) && self.parts(from).contains(&part);
            let mut is_source = true;
            for &(from, _) in before.iter().filter(holds).filter(|(from, _)| *from != class) {
                is_source = false;
                if seen.insert(from) {
                    pending.push(from);
                }
            }
            if is_source {
                spans.extend(self.made.get(&class).into_iter().flatten().copied());
            }
            if part == Part::None {
                spans.extend(self.noted.get(&class).into_iter().flatten().copied());
            }
        }
        spans.into_iter().min_by_key(|span| (span.file, span.start))
    }
}
