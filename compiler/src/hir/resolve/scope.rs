//! Lexical scopes: what each name means at the place that is being resolved.
//!
//! One stack of meanings per name, and a log of what each open scope added, so that a look-up costs the same at any depth.

use crate::hir::tree::{FnId, LocalId, TypeRef};
use crate::syntax::symbol::Symbol;
use crate::types::DataId;

/// What a name stands for where a value is expected.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    Local(LocalId),
    Fn(FnId),
    Variant(DataId, usize),
    /// A field of the object whose method is being resolved.
    Field(DataId),
    /// Another method of that object's type.
    Method(DataId, FnId),
    /// An imported Mochi package.
    Package(usize),
    /// An imported foreign package.
    Foreign(usize),
    /// A name of the `sort` clause or of a declaration that was refused: reported, or harmless.
    Error,
    /// Declared by `extern`, without anything behind it.
    Unavailable,
}

/// What a name stands for where a type is expected.
#[derive(Clone, Debug)]
pub enum TypeName {
    Data(DataId),
    Alias(TypeRef),
    /// A type parameter.
    Param(TypeRef),
}

/// Meanings of one kind.
#[derive(Clone, Debug)]
pub struct Table<T> {
    stacks: Vec<Vec<T>>,
    log: Vec<Symbol>,
    open: Vec<usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Table<T> {
        Table { stacks: Vec::new(), log: Vec::new(), open: Vec::new() }
    }
}

impl<T> Table<T> {
    pub fn push(&mut self) {
        self.open.push(self.log.len());
    }

    pub fn pop(&mut self) {
        let start = self.open.pop().expect("scopes are balanced");
        for name in self.log.drain(start..) {
            self.stacks[name.0 as usize].pop();
        }
    }

    /// From here to the end of the innermost scope the name means this.
    pub fn insert(&mut self, name: Symbol, meaning: T) {
        let index = name.0 as usize;
        if index >= self.stacks.len() {
            self.stacks.resize_with(index + 1, Vec::new);
        }
        self.stacks[index].push(meaning);
        self.log.push(name);
    }

    pub fn get(&self, name: Symbol) -> Option<&T> {
        self.stacks.get(name.0 as usize)?.last()
    }

    /// The names added since the innermost scope was opened.
    pub fn innermost(&self) -> &[Symbol] {
        &self.log[self.open.last().copied().unwrap_or(0)..]
    }

    /// Every name that means something here, in the order of the symbols.
    pub fn visible(&self) -> impl Iterator<Item = Symbol> {
        self.stacks.iter().enumerate().filter(|(_, stack)| !stack.is_empty()).map(|(i, _)| Symbol(i as u32))
    }
}

/// The tables of one package or of the prelude.
#[derive(Clone, Debug, Default)]
pub struct Scopes {
    pub values: Table<Value>,
    pub types: Table<TypeName>,
    /// Variants once more, since a pattern looks past variables.
    pub variants: Table<(DataId, usize)>,
}

impl Scopes {
    pub fn push(&mut self) {
        self.values.push();
        self.types.push();
        self.variants.push();
    }

    pub fn pop(&mut self) {
        self.values.pop();
        self.types.pop();
        self.variants.pop();
    }
}
