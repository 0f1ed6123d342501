//! What containers hold: what loops over them, `keys`, `values`, slices and `append` give.

use super::Infer;
use crate::types::{Args, Slot, Watcher, bits};

impl Infer<'_> {
    /// Slots of the elements of the lists and groups among a slot's alternatives.
    pub(super) fn elements(&self, slot: Slot) -> Args {
        let content = self.slots.content(slot);
        let list = content.data.get(&self.known.list).map(|args| args[0]);
        let group = content.data.get(&self.known.group).map(|args| args[1]);
        list.into_iter().chain(group).collect()
    }

    pub(super) fn iterate(&mut self, me: Watcher, from: Slot, to: Slot) {
        for element in self.elements(from) {
            self.slots.flow(element, to);
        }
        if self.slots.content(from).data.contains_key(&self.known.string) {
            self.add_string(to);
        }
        self.add_keys(me, from, to);
        if !self.declared_types(from).is_empty() {
            self.add_string(to);
        }
    }
    /// The keys of the maps among a slot's alternatives: ints where all keys are, texts otherwise.
    fn add_keys(&mut self, me: Watcher, from: Slot, to: Slot) {
        let Some(map) = self.slots.content(from).map else { return };
        self.slots.make_dynamic(map);
        let key = self.slots.map(map).key;
        self.slots.watch(key, me);
        let content = self.slots.content(key);
        if content.scalars == bits::INT && content.data.is_empty() {
            self.slots.add(to, bits::INT);
        } else if content.scalars != 0 || !content.data.is_empty() {
            self.add_string(to);
        }
    }
    pub(super) fn keys(&mut self, me: Watcher, map: Slot, to: Slot) {
        let is_struct = !self.declared_types(map).is_empty();
        if self.slots.content(map).map.is_none() && !is_struct {
            return;
        }
        let element = self.own_element(to);
        self.add_keys(me, map, element);
        if is_struct {
            self.add_string(element);
        }
    }
    pub(super) fn values(&mut self, map: Slot, to: Slot) {
        if let Some(map) = self.slots.content(map).map {
            self.slots.make_dynamic(map);
            let value = self.slots.map(map).value;
            self.slots.add_data(to, self.known.list, &[value]);
        }
        for data in self.declared_types(map) {
            let element = self.own_element(to);
            self.add_string(element);
            for field in self.fields[data.0 as usize].clone() {
                self.slots.flow(field, element);
            }
        }
    }
    /// The element slot of a result that is a list: made once, with the first map or struct seen.
    fn own_element(&mut self, to: Slot) -> Slot {
        if !self.slots.content(to).data.contains_key(&self.known.list) {
            let element = self.slots.fresh();
            self.slots.add_data(to, self.known.list, &[element]);
        }
        self.slots.content(to).data.get(&self.known.list).expect("added above")[0]
    }
    pub(super) fn sequence(&mut self, from: Slot, to: Slot) {
        if self.is_none(from) {
            self.slots.add(to, bits::NONE);
        }
        let content = self.slots.content(from);
        if content.data.contains_key(&self.known.string) {
            self.add_string(to);
        }
        self.listed(from, to);
    }
    pub(super) fn listed(&mut self, from: Slot, to: Slot) {
        for element in self.elements(from) {
            self.slots.add_data(to, self.known.list, &[element]);
        }
    }
    pub(super) fn append(&mut self, list: Slot, value: Slot, to: Slot) {
        for element in self.elements(list) {
            self.slots.flow(value, element);
            self.slots.add_data(to, self.known.list, &[element]);
        }
        if self.is_none(list) && !self.slots.content(to).data.contains_key(&self.known.list) {
            let element = self.slots.fresh();
            self.slots.flow(value, element);
            self.slots.add_data(to, self.known.list, &[element]);
        }
    }
}
