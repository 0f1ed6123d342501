//! From solved slots to canonical types: equal sets of values get the same [`Ty`], recursive ones, too.
//!
//! Partition refinement (Moore 1956, on the graph of slots instead of an automaton): slots that look alike at
//! depth n are split by what they contain at depth n until nothing splits. Then each block is one type; blocks that
//! contain themselves get their ids reserved before their shapes are known.

use super::slots::{Slot, Slots, bits};
use super::ty::{DataId, RecordTy, Ty, TyKind, TyTable};
use crate::hash::{Fx, HashMap};
use crate::syntax::symbol::{Names, Symbol};
use std::hash::Hasher;

/// The type of every slot, by index.
pub fn canonical_types(slots: &Slots, tys: &mut TyTable, well: Shapes, names: &Names) -> Vec<Ty> {
    let mut canon = Canon { slots, well, names, tys, block: vec![0; slots.len()], ty_of: Vec::new(), state: Vec::new(), stack: Vec::new() };
    let class_of = slots.all_found();
    let classes: Vec<Slot> = (0..).map(Slot).zip(&class_of).filter(|(slot, class)| slot == *class).map(|(slot, _)| slot).collect();
    let blocks = canon.refine(&classes);
    canon.define_all(&blocks);
    class_of.iter().map(|class| canon.ty_of[canon.block[class.0 as usize]].expect("defined")).collect()
}

/// The prelude types whose arguments are looked at here.
#[derive(Clone, Copy)]
pub struct Shapes {
    pub string: DataId,
    pub map: DataId,
}

/// One alternative of a class, with the classes inside it.
enum Alt {
    Bool,
    Int,
    Float,
    Data(DataId, Vec<Slot>),
    Record(Vec<(Symbol, Slot)>, bool),
    /// Whether the keys are ints, and the values.
    Map(bool, Slot),
    Fun(Vec<Slot>, Slot),
}

impl Alt {
    fn children(&self) -> Vec<Slot> {
        match self {
            Alt::Bool | Alt::Int | Alt::Float => Vec::new(),
            Alt::Data(_, of) => of.clone(),
            Alt::Record(fields, _) => fields.iter().map(|f| f.1).collect(),
            Alt::Map(_, value) => vec![*value],
            Alt::Fun(params, result) => params.iter().copied().chain([*result]).collect(),
        }
    }
}

/// Kinds of alternatives are numbered from here, above all types and names.
const FIRST_KIND: u32 = 1 << 30;

/// The number of sets of scalars.
const SCALARS: usize = 1 << bits::COUNT;

/// A part of a class's shape.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Plain(u32),
    /// A class inside, which stands for the block that it is in.
    Class(Slot),
}

/// The shapes of all classes, one after the other.
struct Shape {
    words: Vec<Word>,
    ends: Vec<usize>,
}

impl Shape {
    /// The words of a class with blocks for classes, preceded by its own block.
    fn of<'a>(&'a self, index: usize, class: Slot, block: &'a [usize]) -> impl Iterator<Item = u64> + 'a {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        let words = self.words[start..self.ends[index]].iter().map(|word| match word {
            Word::Plain(value) => u64::from(*value),
            Word::Class(slot) => 1 << 40 | block[slot.0 as usize] as u64,
        });
        std::iter::once(block[class.0 as usize] as u64).chain(words)
    }
}

/// The blocks of classes of one type that has no arguments, such as texts, and maybe scalars: most of those that are not scalars
/// alone.
#[derive(Default)]
struct Leaves {
    found: HashMap<(DataId, u8), usize>,
}

impl Leaves {
    fn block(&mut self, data: DataId, scalars: u8) -> usize {
        let next = SCALARS + self.found.len();
        *self.found.entry((data, scalars)).or_insert(next)
    }
}

/// One step of the refinement.
struct Blocks {
    /// The next number of a block. Below stand those of classes of nothing but scalars, by what these are, and then `Leaves`.
    next: usize,
    /// A hash table with linear probing, at most half full: where a class's shape was seen first, plus one, and its block.
    table: Vec<(usize, usize)>,
}

impl Blocks {
    /// Gives the classes new blocks, by what they look like now; how many.
    fn split(&mut self, indices: &[usize], classes: &[Slot], shapes: &Shape, block: &mut [usize]) -> usize {
        let first = self.next;
        let mask = (indices.len() * 2).next_power_of_two() - 1;
        self.table.clear();
        self.table.resize(mask + 1, (0, 0));
        let mut found = Vec::with_capacity(indices.len());
        for &index in indices {
            let mut place = hash(shapes.of(index, classes[index], block)) & mask;
            let fresh = loop {
                match self.table[place] {
                    (0, _) => break true,
                    (seen, _) if shapes.of(seen - 1, classes[seen - 1], block).eq(shapes.of(index, classes[index], block)) => break false,
                    _ => place = (place + 1) & mask,
                }
            };
            if fresh {
                self.table[place] = (index + 1, self.next);
                self.next += 1;
            }
            found.push(self.table[place].1);
        }
        for (&index, new) in indices.iter().zip(found) {
            block[classes[index].0 as usize] = new;
        }
        self.next - first
    }
}

fn hash(words: impl Iterator<Item = u64>) -> usize {
    let mut hasher = Fx::default();
    words.for_each(|word| hasher.write_u64(word));
    hasher.finish() as usize
}

struct Canon<'a> {
    slots: &'a Slots,
    well: Shapes,
    names: &'a Names,
    tys: &'a mut TyTable,
    /// By slot index of a representative.
    block: Vec<usize>,
    /// By block.
    ty_of: Vec<Option<Ty>>,
    /// By block: order of discovery and least reachable order (Tarjan), 0 where not seen.
    state: Vec<(u32, u32)>,
    stack: Vec<usize>,
}

impl Canon<'_> {
    fn alternatives(&self, class: Slot) -> Vec<Alt> {
        let content = self.slots.content(class);
        let root = |slot: &Slot| self.slots.find(*slot);
        let mut alts = Vec::new();
        for (bit, alt) in [(bits::BOOL, Alt::Bool), (bits::INT, Alt::Int), (bits::FLOAT, Alt::Float)] {
            if content.scalars & bit != 0 {
                alts.push(alt);
            }
        }
        alts.extend(content.data.iter().map(|(&id, args)| Alt::Data(id, args.iter().map(root).collect())));
        if let Some(map) = content.map {
            let map = self.slots.map(map);
            if map.dynamic {
                let key = self.slots.content(map.key);
                let ints = key.scalars == bits::INT && key.data.is_empty();
                alts.push(Alt::Map(ints, root(&map.value)));
            } else {
                let mut fields: Vec<(Symbol, Slot)> = map.fields.iter().map(|(n, s)| (*n, root(s))).collect();
                fields.sort_by(|a, b| self.names.text(a.0).cmp(self.names.text(b.0)));
                alts.push(Alt::Record(fields, map.row));
            }
        }
        alts.extend(content.funs().map(|f| Alt::Fun(f.params.iter().map(root).collect(), root(&f.result))));
        alts
    }

    /// Splits the classes into blocks, numbered in the order of their first classes; gives each block's content by that class.
    fn refine(&mut self, classes: &[Slot]) -> Vec<(bool, Vec<Alt>)> {
        let mut shapes = Shape { words: Vec::new(), ends: Vec::new() };
        let (mut compound, mut inner, mut leaves) = (Vec::new(), Vec::new(), Leaves::default());
        for &class in classes {
            let content = self.slots.content(class);
            if content.is_scalar() {
                self.block[class.0 as usize] = content.scalars.into();
                continue;
            }
            if let Some((data, args)) = content.only_data()
                && args.is_empty()
            {
                self.block[class.0 as usize] = leaves.block(data, content.scalars);
                continue;
            }
            if self.write_shape(class, &mut shapes) {
                inner.push(compound.len());
            }
            compound.push(class);
        }
        let mut table = Blocks { next: SCALARS + leaves.found.len(), table: Vec::new() };
        let all: Vec<usize> = (0..compound.len()).collect();
        table.split(&all, &compound, &shapes, &mut self.block);
        // What contains nothing is told apart for good by one look.
        let mut count = 0;
        loop {
            let found = table.split(&inner, &compound, &shapes, &mut self.block);
            if found == count {
                break;
            }
            count = found;
        }
        let mut number: Vec<Option<usize>> = vec![None; table.next];
        let mut firsts = Vec::new();
        for &class in classes {
            let block = &mut self.block[class.0 as usize];
            let found = *number[*block].get_or_insert(firsts.len());
            *block = found;
            if found == firsts.len() {
                firsts.push((self.slots.content(class).scalars & bits::NONE != 0, self.alternatives(class)));
            }
        }
        firsts
    }

    /// Adds a class's shape: its alternatives in order, the classes inside marked. Says whether there are any.
    fn write_shape(&self, class: Slot, shapes: &mut Shape) -> bool {
        let content = self.slots.content(class);
        let start = shapes.words.len();
        shapes.words.push(Word::Plain(content.scalars.into()));
        for (id, args) in content.data.iter() {
            shapes.words.push(Word::Plain(id.0));
            shapes.words.extend(args.iter().map(|&slot| Word::Class(self.slots.find(slot))));
        }
        if content.map.is_some() || content.has_funs() {
            for alt in self.alternatives(class) {
                self.write_alternative(&alt, &mut shapes.words);
            }
        }
        shapes.ends.push(shapes.words.len());
        shapes.words[start..].iter().any(|word| matches!(word, Word::Class(_)))
    }

    /// A record, map or function; the others are written already.
    fn write_alternative(&self, alt: &Alt, words: &mut Vec<Word>) {
        let kind = match alt {
            Alt::Bool | Alt::Int | Alt::Float | Alt::Data(..) => return,
            Alt::Record(_, row) => 2 + u32::from(*row),
            Alt::Map(ints, _) => 4 + u32::from(*ints),
            Alt::Fun(params, _) => 6 + params.len() as u32,
        };
        words.push(Word::Plain(FIRST_KIND + kind));
        if let Alt::Record(fields, _) = alt {
            words.extend(fields.iter().map(|(name, _)| Word::Plain(name.0)));
            words.push(Word::Plain(FIRST_KIND));
        }
        words.extend(alt.children().into_iter().map(Word::Class));
    }

    fn define_all(&mut self, blocks: &[(bool, Vec<Alt>)]) {
        self.ty_of = vec![None; blocks.len()];
        self.state = vec![(0, 0); blocks.len()];
        let mut order = 0;
        for block in 0..blocks.len() {
            if self.state[block].0 == 0 {
                self.visit(block, blocks, &mut order);
            }
        }
    }

    fn children(&self, block: usize, blocks: &[(bool, Vec<Alt>)]) -> Vec<usize> {
        let slots = blocks[block].1.iter().flat_map(Alt::children);
        slots.map(|slot| self.block[slot.0 as usize]).collect()
    }

    /// Tarjan's strongly connected components (1972), with an explicit stack; a component is defined when complete, so
    /// after everything it contains.
    fn visit(&mut self, start: usize, blocks: &[(bool, Vec<Alt>)], order: &mut u32) {
        let mut path: Vec<(usize, Vec<usize>, usize)> = Vec::new();
        self.enter(start, order);
        path.push((start, self.children(start, blocks), 0));
        while let Some((block, children, at)) = path.last_mut() {
            let block = *block;
            if let Some(&child) = children.get(*at) {
                *at += 1;
                if self.state[child].0 == 0 {
                    self.enter(child, order);
                    path.push((child, self.children(child, blocks), 0));
                } else if self.stack.contains(&child) {
                    self.state[block].1 = self.state[block].1.min(self.state[child].0);
                }
                continue;
            }
            let low = self.state[block].1;
            if low == self.state[block].0 {
                let from = self.stack.iter().position(|&b| b == block).expect("on the stack");
                let component = self.stack.split_off(from);
                self.define(&component, blocks);
            }
            path.pop();
            if let Some((parent, ..)) = path.last() {
                self.state[*parent].1 = self.state[*parent].1.min(low);
            }
        }
    }

    fn enter(&mut self, block: usize, order: &mut u32) {
        *order += 1;
        self.state[block] = (*order, *order);
        self.stack.push(block);
    }

    fn define(&mut self, component: &[usize], blocks: &[(bool, Vec<Alt>)]) {
        let recursive = component.len() > 1 || self.children(component[0], blocks).contains(&component[0]);
        if !recursive {
            let block = component[0];
            let (none, alts) = &blocks[block];
            let kind = self.kind(*none, alts);
            self.ty_of[block] = Some(self.tys.intern(kind));
            return;
        }
        for &block in component {
            self.ty_of[block] = Some(self.tys.reserve());
        }
        // Those that are their only alternative first: the others mention that alternative's id.
        let single = |&&block: &&usize| !blocks[block].0 && blocks[block].1.len() == 1;
        for &block in component.iter().filter(single).chain(component.iter().filter(|b| !single(b))) {
            let (none, alts) = &blocks[block];
            let kind = self.kind(*none, alts);
            self.tys.define(self.ty_of[block].expect("reserved"), kind);
        }
    }

    fn kind(&mut self, none: bool, alts: &[Alt]) -> TyKind {
        match (none, alts) {
            (false, []) => TyKind::Never,
            (true, []) => TyKind::None,
            (false, [alt]) => self.alt_kind(alt),
            (true, [alt]) => {
                let kind = self.alt_kind(alt);
                TyKind::Option(self.tys.intern(kind))
            }
            _ => {
                let kinds: Vec<TyKind> = alts.iter().map(|alt| self.alt_kind(alt)).collect();
                let mut alternatives: Vec<Ty> = kinds.into_iter().map(|kind| self.tys.intern(kind)).collect();
                alternatives.sort();
                TyKind::Any { alternatives, none }
            }
        }
    }

    fn alt_kind(&mut self, alt: &Alt) -> TyKind {
        let ty = |slot: &Slot| self.ty_of[self.block[slot.0 as usize]].expect("children come first");
        match alt {
            Alt::Bool => TyKind::Bool,
            Alt::Int => TyKind::Int,
            Alt::Float => TyKind::Float,
            Alt::Data(id, args) => TyKind::Data(*id, args.iter().map(ty).collect()),
            Alt::Record(fields, row) => TyKind::Record(RecordTy { fields: fields.iter().map(|(n, s)| (*n, ty(s))).collect(), row: *row }),
            Alt::Fun(params, result) => TyKind::Fun(params.iter().map(ty).collect(), ty(result)),
            Alt::Map(ints, value) => {
                let value = ty(value);
                let key = if *ints { TyKind::Int } else { TyKind::Data(self.well.string, Vec::new()) };
                TyKind::Data(self.well.map, vec![self.tys.intern(key), value])
            }
        }
    }
}
