//! What the variables of a function hold at the cursor.
//!
//! Each arm of a construct begins with what held before it. Changes are logged and taken back, so that a branch costs what it changes and
//! not what the function has of variables.

use super::function::Slot;
use crate::hash::HashMap;
use crate::hir::tree::LocalId;

#[derive(Default)]
pub(crate) struct Env {
    slots: HashMap<LocalId, Slot>,
    /// What was changed, oldest first, with what was there before.
    log: Vec<(LocalId, Option<Slot>)>,
}

/// A state to go back to; those taken later must be gone back to, or dropped, before.
#[derive(Clone, Copy)]
pub(crate) struct Mark(usize);

impl Env {
    pub fn get(&self, local: LocalId) -> Option<Slot> {
        self.slots.get(&local).copied()
    }

    pub fn insert(&mut self, local: LocalId, slot: Slot) {
        let before = self.slots.insert(local, slot);
        self.log.push((local, before));
    }

    pub fn mark(&self) -> Mark {
        Mark(self.log.len())
    }

    pub fn reset(&mut self, mark: Mark) {
        for (local, before) in self.log.drain(mark.0..).rev() {
            match before {
                Some(slot) => self.slots.insert(local, slot),
                None => self.slots.remove(&local),
            };
        }
    }
}
