//! Slots: what inference does not know yet.
//!
//! A [`Slot`] stands for the set of values that a variable, field, element or result can hold. Slots are united where
//! they must be equal (the elements of two lists that may be the same list), and linked by flows where the values of one
//! reach another (`b = a`). A flow hands on the alternatives of the source; what is inside containers is shared
//! by reference and so united. Everything only grows, so the fixpoint exists and does not depend on the order.
//!
//! Maps have a state of their own ([`MapId`]): a map literal with constant keys is a record until some use needs a real
//! map (a computed key, iteration, another set of keys), and turns into one for every slot that holds it.
//!
//! What the alternatives mean for an operation is not known here: `hir::infer` registers watchers, which are called
//! again whenever a slot they watch has changed.

use super::chain::{Chain, Chains};
use super::few::Few;
use super::ints::Ints;
use super::ty::DataId;
use crate::hash::HashSet;
use crate::syntax::symbol::Symbol;
use smallvec::SmallVec;
use std::collections::VecDeque;

/// A set of values under inference.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Slot(pub u32);

/// A map literal's or map type's common state.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MapId(pub u32);

/// A constraint to look at again; numbered by the client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Watcher(pub u32);

/// From this length on a list is not searched any more.
const MANY: usize = 16;

/// Scalar alternatives, as bits.
pub mod bits {
    pub const NONE: u8 = 1;
    pub const BOOL: u8 = 2;
    pub const INT: u8 = 4;
    pub const FLOAT: u8 = 8;
    /// The number of bits.
    pub const COUNT: u32 = 4;
}

/// What else is known of a slot's values, as bits: only for checks, which ask for it.
pub mod marks {
    /// There may be values that nothing which runs makes: those of a function that is never called, the elements of an empty list.
    pub const OPEN: u8 = 1;
    /// Lists among the values may have elements.
    pub const FILLED: u8 = 2;
}

/// The slots of a type's arguments, or of a call's.
pub type Args = SmallVec<[Slot; 4]>;

/// A function alternative; at most one for each number of parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunSlots {
    pub params: Args,
    pub result: Slot,
}

/// All that a slot is known to hold. A cache line: there is one for most of a program's expressions.
#[derive(Clone, Debug, Default)]
pub struct Content {
    pub scalars: u8,
    pub marks: u8,
    /// Declared and prelude types other than maps, with the slots of their arguments; by id.
    pub data: Few<DataId, Args>,
    pub map: Option<MapId>,
    /// By the number of parameters; few slots hold functions.
    funs: Option<Box<Few<usize, FunSlots>>>,
    flows: Chain,
    watchers: Chain,
    /// It grew, and this was not handed on yet.
    is_dirty: bool,
}

impl Content {
    pub fn funs(&self) -> impl Iterator<Item = &FunSlots> {
        self.funs.iter().flat_map(|funs| funs.values())
    }
    pub fn has_funs(&self) -> bool {
        self.funs.is_some()
    }
    /// The type that is the only alternative but for scalars, as it is mostly.
    pub fn only_data(&self) -> Option<(DataId, Args)> {
        match self.data.only() {
            Some((data, args)) if self.map.is_none() && self.funs.is_none() => Some((*data, Args::from_slice(args))),
            _ => None,
        }
    }
    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.scalars == 0 && self.is_scalar()
    }
    /// Whether there is nothing but scalars.
    pub fn is_scalar(&self) -> bool {
        self.data.is_empty() && self.map.is_none() && self.funs.is_none()
    }
}

/// Where the values of a slot go.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Flow {
    to: Slot,
    what: Handed,
}

/// Which of its values a slot hands on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Handed {
    All,
    /// All but `none`.
    Some,
    /// All but ints of any size.
    NoInts,
}

/// Record or map.
#[derive(Clone, Debug)]
pub struct MapContent {
    /// Sorted by symbol; not looked at any more once `dynamic`.
    pub fields: Vec<(Symbol, Slot)>,
    pub dynamic: bool,
    /// A row of a query with several sources.
    pub row: bool,
    pub key: Slot,
    pub value: Slot,
    watchers: Vec<Watcher>,
}

#[derive(Clone, Debug, Default)]
pub struct Slots {
    parents: Vec<Slot>,
    /// The slots up to here never grow.
    constants: u32,
    contents: Vec<Content>,
    flows: Chains<Flow>,
    watchers: Chains<Watcher>,
    map_parents: Vec<MapId>,
    maps: Vec<MapContent>,
    string: Option<DataId>,
    /// The type of ints too large for 64 bits, where intervals of ints are kept.
    bigint: Option<DataId>,
    /// By slot, where they are kept.
    ints: Vec<Ints>,
    /// Slots whose content grew and was not handed on yet, and slots that were united since.
    dirty: Vec<Slot>,
    /// Flows from slots that have many, and watchers of such.
    many_flows: HashSet<(Slot, Flow)>,
    many_watchers: HashSet<(Slot, Watcher)>,
    /// Watchers to call, the oldest first: operands come before what is made of them.
    due: VecDeque<Watcher>,
    is_due: Vec<bool>,
}

impl Slots {
    /// With room for so many slots.
    pub fn new(string: DataId, capacity: usize) -> Slots {
        let (parents, contents) = (Vec::with_capacity(capacity), Vec::with_capacity(capacity));
        let (flows, watchers) = (Chains::with_capacity(capacity), Chains::with_capacity(capacity + capacity / 4));
        Slots { string: Some(string), parents, contents, flows, watchers, ..Slots::default() }
    }
    /// From the start on, keeps intervals of ints; those too large for 64 bits have this type.
    pub fn keep_ints(&mut self, bigint: DataId) {
        self.bigint = Some(bigint);
    }
    #[inline]
    pub fn fresh(&mut self) -> Slot {
        let slot = Slot(self.parents.len() as u32);
        self.parents.push(slot);
        self.contents.push(Content::default());
        if self.bigint.is_some() {
            self.ints.push(Ints::NONE);
        }
        slot
    }
    /// Declares that nothing is added to the slots made so far any more. What flows from one is handed on once, and not
    /// remembered.
    pub fn freeze(&mut self) {
        self.constants = self.parents.len() as u32;
        for slot in self.dirty.drain(..) {
            self.contents[slot.0 as usize].is_dirty = false;
        }
    }
    pub fn len(&self) -> usize {
        self.parents.len()
    }
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }
    /// The representative of a slot's class.
    #[inline]
    pub fn find(&self, slot: Slot) -> Slot {
        let mut at = slot;
        while self.parents[at.0 as usize] != at {
            at = self.parents[at.0 as usize];
        }
        at
    }
    /// The representative of every slot, by index.
    pub fn all_found(&self) -> Vec<Slot> {
        let mut found: Vec<Slot> = Vec::with_capacity(self.parents.len());
        for (index, &parent) in self.parents.iter().enumerate() {
            // The older of two is the parent.
            found.push(found.get(parent.0 as usize).copied().unwrap_or(Slot(index as u32)));
        }
        found
    }
    #[inline]
    pub fn find_map(&self, map: MapId) -> MapId {
        let mut at = map;
        while self.map_parents[at.0 as usize] != at {
            at = self.map_parents[at.0 as usize];
        }
        at
    }
    #[inline]
    pub fn content(&self, slot: Slot) -> &Content {
        &self.contents[self.find(slot).0 as usize]
    }
    #[inline]
    pub fn map(&self, map: MapId) -> &MapContent {
        &self.maps[self.find_map(map).0 as usize]
    }

    /// Adds scalar alternatives; ints may be any of 64 bits.
    pub fn add(&mut self, slot: Slot, scalars: u8) {
        if scalars & bits::INT != 0 {
            self.join_ints(slot, Ints::WORD);
        }
        self.add_scalars(slot, scalars);
    }
    /// Adds ints of 64 bits, and those too large for that, whose type is an alternative of its own.
    pub fn add_ints(&mut self, slot: Slot, ints: Ints) {
        self.join_ints(slot, ints);
        if !ints.is_empty() {
            self.add_scalars(slot, bits::INT);
        }
    }
    /// The same without rounding, for ints that are always a part of another slot's and so cannot grow on their own.
    pub fn add_part_of_ints(&mut self, slot: Slot, ints: Ints) {
        self.set_ints(slot, self.ints(slot).join(ints));
        if !ints.is_empty() {
            self.add_scalars(slot, bits::INT);
        }
    }
    /// The ints that the slot can hold, where they are kept.
    pub fn ints(&self, slot: Slot) -> Ints {
        self.ints.get(self.find(slot).0 as usize).copied().unwrap_or(Ints::NONE)
    }
    fn join_ints(&mut self, slot: Slot, ints: Ints) {
        if self.bigint.is_some() && !ints.is_empty() {
            self.set_ints(slot, self.ints(slot).widened(ints));
        }
    }
    fn set_ints(&mut self, slot: Slot, ints: Ints) {
        let root = self.find(slot);
        if let Some(known) = self.ints.get_mut(root.0 as usize)
            && *known != ints
        {
            *known = ints;
            self.grew(root);
        }
    }
    /// Notes that the content of a representative is to be handed on.
    #[inline]
    fn grew(&mut self, root: Slot) {
        assert!(root.0 >= self.constants, "a constant never grows");
        if !std::mem::replace(&mut self.contents[root.0 as usize].is_dirty, true) {
            self.dirty.push(root);
        }
    }
    /// Adds scalar alternatives; of ints, those that are there.
    pub fn add_scalars(&mut self, slot: Slot, scalars: u8) {
        let root = self.find(slot);
        let content = &mut self.contents[root.0 as usize];
        if content.scalars | scalars != content.scalars {
            content.scalars |= scalars;
            self.grew(root);
        }
    }
    pub fn add_marks(&mut self, slot: Slot, marks: u8) {
        let root = self.find(slot);
        let content = &mut self.contents[root.0 as usize];
        if content.marks | marks != content.marks {
            content.marks |= marks;
            self.grew(root);
        }
    }
    /// Adds a declared or prelude type; its arguments are united with those already there.
    pub fn add_data(&mut self, slot: Slot, data: DataId, args: &[Slot]) {
        if self.bigint == Some(data) {
            self.join_ints(slot, Ints::ALL);
        }
        self.add_alternative(slot, data, args);
    }
    /// The same where the ints that the slot can hold are known.
    pub fn add_alternative(&mut self, slot: Slot, data: DataId, args: &[Slot]) {
        let root = self.find(slot);
        let content = &mut self.contents[root.0 as usize];
        match content.data.get(&data).cloned() {
            Some(old) => self.unite_all(&old, args),
            None => {
                content.data.insert(data, Args::from_slice(args));
                self.grew(root);
            }
        }
    }
    pub fn add_fun(&mut self, slot: Slot, fun: FunSlots) {
        let root = self.find(slot);
        let content = &mut self.contents[root.0 as usize];
        match content.funs.as_ref().and_then(|funs| funs.get(&fun.params.len())).cloned() {
            Some(old) => {
                self.unite_all(&old.params, &fun.params);
                self.unite(old.result, fun.result);
            }
            None => {
                content.funs.get_or_insert_default().insert(fun.params.len(), fun);
                self.grew(root);
            }
        }
    }
    pub fn add_map(&mut self, slot: Slot, map: MapId) {
        let root = self.find(slot);
        let content = &mut self.contents[root.0 as usize];
        match content.map {
            Some(old) => self.unite_maps(old, map),
            None => {
                content.map = Some(map);
                self.grew(root);
            }
        }
    }
    /// A record with these fields; sorted here.
    pub fn record(&mut self, mut fields: Vec<(Symbol, Slot)>, row: bool) -> MapId {
        // Of fields of one name (two sources or keys of a query can share it) the last is meant.
        fields.reverse();
        fields.sort_by_key(|&(name, _)| name);
        fields.dedup_by_key(|(name, _)| *name);
        let (key, value) = (self.fresh(), self.fresh());
        self.new_map(MapContent { fields, dynamic: false, row, key, value, watchers: Vec::new() })
    }
    /// A real map.
    pub fn dynamic_map(&mut self, key: Slot, value: Slot) -> MapId {
        self.new_map(MapContent { fields: Vec::new(), dynamic: true, row: false, key, value, watchers: Vec::new() })
    }
    fn new_map(&mut self, content: MapContent) -> MapId {
        let id = MapId(self.maps.len() as u32);
        self.map_parents.push(id);
        self.maps.push(content);
        id
    }
    /// Makes a record a real map.
    pub fn make_dynamic(&mut self, map: MapId) {
        let root = self.find_map(map).0 as usize;
        if self.maps[root].dynamic {
            return;
        }
        self.maps[root].dynamic = true;
        let (key, value) = (self.maps[root].key, self.maps[root].value);
        let fields = std::mem::take(&mut self.maps[root].fields);
        if !fields.is_empty() {
            self.add_data(key, self.string.expect("set by new"), &[]);
        }
        for (_, field) in fields {
            self.unite(field, value);
        }
        self.map_changed(root);
    }
    /// Whether rows of several sources became real maps, as those of queries with different sources that met.
    pub fn has_rows_as_maps(&self) -> bool {
        self.maps.iter().any(|map| map.row && map.dynamic)
    }
    fn map_changed(&mut self, root: usize) {
        for watcher in self.maps[root].watchers.clone() {
            self.schedule(watcher);
        }
    }
    pub fn unite_maps(&mut self, a: MapId, b: MapId) {
        let (a, b) = (self.find_map(a), self.find_map(b));
        if a == b {
            return;
        }
        let names = |map: &MapContent| map.fields.iter().map(|f| f.0).collect::<Vec<_>>();
        let (left, right) = (&self.maps[a.0 as usize], &self.maps[b.0 as usize]);
        if left.dynamic || right.dynamic || names(left) != names(right) {
            self.make_dynamic(a);
            self.make_dynamic(b);
        }
        // Making one dynamic may have united the two already.
        let (a, b) = (self.find_map(a), self.find_map(b));
        if a == b {
            return;
        }
        self.map_parents[b.0 as usize] = a;
        let gone = self.maps[b.0 as usize].clone();
        let kept = &mut self.maps[a.0 as usize];
        kept.watchers.extend(gone.watchers);
        kept.row |= gone.row;
        let (key, value, fields) = (kept.key, kept.value, kept.fields.clone());
        for (&(_, mine), &(_, theirs)) in fields.iter().zip(&gone.fields) {
            self.unite(mine, theirs);
        }
        self.unite(key, gone.key);
        self.unite(value, gone.value);
        let root = self.find_map(a).0 as usize;
        self.map_changed(root);
    }

    fn unite_all(&mut self, a: &[Slot], b: &[Slot]) {
        for (&a, &b) in a.iter().zip(b) {
            self.unite(a, b);
        }
    }
    /// Makes two slots one.
    pub fn unite(&mut self, a: Slot, b: Slot) {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return;
        }
        // The younger goes: representatives do not depend on the order of sizes.
        let (keep, gone) = (a.min(b), a.max(b));
        self.parents[gone.0 as usize] = keep;
        let content = std::mem::take(&mut self.contents[gone.0 as usize]);
        let kept = &mut self.contents[keep.0 as usize];
        self.flows.join(&mut kept.flows, content.flows);
        self.watchers.join(&mut kept.watchers, content.watchers);
        kept.scalars |= content.scalars;
        kept.marks |= content.marks;
        self.grew(keep);
        if self.bigint.is_some() {
            self.join_ints(keep, self.ints[gone.0 as usize]);
        }
        self.merge(keep, &content);
    }
    /// Adds the structured alternatives of `content` to a slot.
    fn merge(&mut self, slot: Slot, content: &Content) {
        for (&data, args) in content.data.iter() {
            self.add_alternative(slot, data, args);
        }
        for fun in content.funs() {
            self.add_fun(slot, fun.clone());
        }
        if let Some(map) = content.map {
            self.add_map(slot, map);
        }
    }

    /// Everything that `from` holds, `to` holds, too.
    pub fn flow(&mut self, from: Slot, to: Slot) {
        let root = self.find(from);
        if root != self.find(to) {
            self.add_flow(root, Flow { to, what: Handed::All });
        }
    }
    /// The same without `none`.
    pub fn flow_some(&mut self, from: Slot, to: Slot) {
        let root = self.find(from);
        self.add_flow(root, Flow { to, what: Handed::Some });
    }
    /// The same without ints of any size.
    pub fn flow_others(&mut self, from: Slot, to: Slot) {
        let root = self.find(from);
        self.add_flow(root, Flow { to, what: Handed::NoInts });
    }
    fn add_flow(&mut self, root: Slot, flow: Flow) {
        if root.0 < self.constants {
            return self.hand_on(root, flow);
        }
        if !self.has_flow(root, flow) {
            let content = &mut self.contents[root.0 as usize];
            self.flows.push(&mut content.flows, flow);
            // What is dirty is handed on later, to all at once.
            if !content.is_dirty {
                self.hand_on(root, flow);
            }
        }
    }
    fn hand_on(&mut self, from: Slot, Flow { to, what }: Flow) {
        let from = self.find(from);
        if from == self.find(to) {
            return;
        }
        let content = &self.contents[from.0 as usize];
        let scalars = match what {
            Handed::All => content.scalars,
            Handed::Some => content.scalars & !bits::NONE,
            Handed::NoInts => content.scalars & !bits::INT,
        };
        let (is_scalar, marks) = (content.is_scalar(), content.marks);
        self.add_scalars(to, scalars);
        if marks != 0 {
            self.add_marks(to, marks);
        }
        if what != Handed::NoInts {
            self.join_ints(to, self.ints(from));
        }
        if !is_scalar {
            self.hand_on_structured(from, to, what);
        }
    }
    /// Only the alternatives: flows and watchers stay with their own slot.
    fn hand_on_structured(&mut self, from: Slot, to: Slot, what: Handed) {
        let content = &self.contents[from.0 as usize];
        if let Some((data, args)) = content.only_data()
            && what != Handed::NoInts
        {
            return self.add_alternative(to, data, &args);
        }
        let mut more = Content { data: content.data.clone(), map: content.map, funs: content.funs.clone(), ..Content::default() };
        if let (Handed::NoInts, Some(bigint)) = (what, &self.bigint) {
            more.data.remove(bigint);
        }
        self.merge(to, &more);
    }

    /// Every flow, from class to class, and whether it hands on `none`.
    pub fn flows(&self) -> Vec<(Slot, Slot, bool)> {
        let mut all = Vec::new();
        for index in 0..self.parents.len() {
            let from = Slot(index as u32);
            let content = &self.contents[index];
            all.extend(self.flows.iter(content.flows).map(|flow| (self.find(from), self.find(flow.to), flow.what != Handed::Some)));
        }
        all
    }

    /// Whether a flow is known. One of many is looked for in a set, which may not have the first of them: a flow that is there
    /// twice does no harm.
    fn has_flow(&mut self, from: Slot, flow: Flow) -> bool {
        let known = self.flows.iter(self.contents[from.0 as usize].flows);
        among_few(known, flow).unwrap_or_else(|| !self.many_flows.insert((from, flow)))
    }

    /// Calls a new watcher when the slot grows.
    pub fn watch_first(&mut self, slot: Slot, watcher: Watcher) {
        let root = self.find(slot);
        if root.0 >= self.constants {
            self.watchers.push(&mut self.contents[root.0 as usize].watchers, watcher);
        }
    }
    /// Calls the watcher when the slot grows.
    pub fn watch(&mut self, slot: Slot, watcher: Watcher) {
        let root = self.find(slot);
        if root.0 < self.constants {
            return;
        }
        let watchers = &mut self.contents[root.0 as usize].watchers;
        let is_known = among_few(self.watchers.iter(*watchers), watcher);
        if !is_known.unwrap_or_else(|| !self.many_watchers.insert((root, watcher))) {
            self.watchers.push(watchers, watcher);
        }
    }
    /// Calls the watcher when the record becomes a map or is united with another.
    pub fn watch_map(&mut self, map: MapId, watcher: Watcher) {
        let root = self.find_map(map);
        let watchers = &mut self.maps[root.0 as usize].watchers;
        if !watchers.contains(&watcher) {
            watchers.push(watcher);
        }
    }
    pub fn schedule(&mut self, watcher: Watcher) {
        let index = watcher.0 as usize;
        if self.is_due.len() <= index {
            self.is_due.resize(index + 1, false);
        }
        if !self.is_due[index] {
            self.is_due[index] = true;
            self.due.push_back(watcher);
        }
    }
    /// Hands on everything that grew; then the next watcher to call, or `None` at the fixpoint.
    pub fn next_due(&mut self) -> Option<Watcher> {
        while let Some(slot) = self.dirty.pop() {
            self.settle(slot);
        }
        let watcher = self.due.pop_front()?;
        self.is_due[watcher.0 as usize] = false;
        Some(watcher)
    }
    fn settle(&mut self, slot: Slot) {
        let root = self.find(slot).0 as usize;
        if !std::mem::take(&mut self.contents[root].is_dirty) {
            return;
        }
        // Handing on can unite the slot with another, which then has its flows and is dirty.
        let mut next = self.flows.first(self.contents[root].flows);
        while let Some((place, flow)) = next {
            self.hand_on(Slot(root as u32), flow);
            next = self.flows.next(self.contents[root].flows, place);
        }
        let mut next = self.watchers.first(self.contents[root].watchers);
        while let Some((place, watcher)) = next {
            self.schedule(watcher);
            next = self.watchers.next(self.contents[root].watchers, place);
        }
    }
}

/// Whether one of the values is this one; nothing where they are too many to look at.
fn among_few<T: PartialEq>(mut values: impl Iterator<Item = T>, wanted: T) -> Option<bool> {
    let found = values.by_ref().take(MANY - 1).any(|value| value == wanted);
    (found || values.next().is_none()).then_some(found)
}

#[cfg(test)]
mod tests;
