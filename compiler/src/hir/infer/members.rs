//! Rules for what is read from and written to values: fields, columns of an `update`, elements and entries.

use super::Infer;
use crate::syntax::symbol::{Symbol, sym};
use crate::types::{Args, MapId, Slot, Watcher, bits};

impl Infer<'_> {
    pub(super) fn record_field(&self, map: MapId, name: Symbol) -> Option<Slot> {
        self.slots.map(map).fields.iter().find(|(n, _)| *n == name).map(|&(_, slot)| slot)
    }

    pub(super) fn field(&mut self, me: Watcher, object: Slot, name: Symbol, to: Slot) {
        if self.is_none(object) {
            self.slots.add(to, bits::NONE);
        }
        for data in self.declared_types(object) {
            let (fields, complete) = self.fields_named(data, name);
            for field in fields {
                self.slots.flow(field, to);
            }
            if name == sym::NAME_TAG {
                self.add_string(to);
            } else if !complete {
                match self.method(data, name) {
                    Some(method) => {
                        let mut fun = self.fun_of(method);
                        fun.params.remove(0);
                        self.slots.add_fun(to, fun);
                    }
                    None => self.slots.add(to, bits::NONE),
                }
            }
        }
        if let Some(args) = self.slots.content(object).data.get(&self.known.group).cloned() {
            self.group_field(me, &args, name, to);
        }
        if let Some(map) = self.slots.content(object).map {
            self.slots.watch_map(map, me);
            self.map_field(me, map, name, to);
        }
    }
    fn group_field(&mut self, me: Watcher, args: &[Slot], name: Symbol, to: Slot) {
        match self.names.text(name) {
            "key" => self.slots.flow(args[0], to),
            "items" => {
                self.slots.add_data(to, self.known.list, &[args[1]]);
                self.mark_filled(to);
            }
            "count" => self.slots.add(to, bits::INT),
            // With several keys, each is also a field of the group.
            _ => {
                self.slots.watch(args[0], me);
                match self.slots.content(args[0]).map {
                    Some(map) => {
                        self.slots.watch_map(map, me);
                        self.map_field(me, map, name, to);
                    }
                    None => self.slots.add(to, bits::NONE),
                }
            }
        }
    }
    pub(super) fn map_field(&mut self, me: Watcher, map: MapId, name: Symbol, to: Slot) {
        let content = self.slots.map(map);
        if content.dynamic {
            let (key, value, row) = (content.key, content.value, content.row);
            self.add_string(key);
            self.slots.flow(value, to);
            self.slots.add(to, bits::NONE);
            // Rows of different sources that met.
            if row {
                self.part_field(me, &[value], name, to);
            }
            return;
        }
        if let Some(field) = self.record_field(map, name) {
            self.slots.flow(field, to);
            return;
        }
        if !content.row {
            self.slots.add(to, bits::NONE);
            return;
        }
        let parts: Vec<Slot> = content.fields.iter().map(|f| f.1).collect();
        self.part_field(me, &parts, name, to);
    }
    /// A field of a row of several sources that is none of them: that of one of its parts.
    fn part_field(&mut self, me: Watcher, parts: &[Slot], name: Symbol, to: Slot) {
        let mut found = false;
        for &part in parts {
            self.slots.watch(part, me);
            for data in self.declared_types(part) {
                for field in self.fields_named(data, name).0 {
                    found = true;
                    self.slots.flow(field, to);
                }
            }
            if let Some(map) = self.slots.content(part).map {
                self.slots.watch_map(map, me);
                let content = self.slots.map(map);
                if content.dynamic {
                    found = true;
                    let (key, value) = (content.key, content.value);
                    self.add_string(key);
                    self.slots.flow(value, to);
                    self.slots.add(to, bits::NONE);
                } else if let Some(field) = self.record_field(map, name) {
                    found = true;
                    self.slots.flow(field, to);
                }
            }
            if self.is_none(part) {
                self.slots.add(to, bits::NONE);
            }
        }
        if !found {
            self.slots.add(to, bits::NONE);
        }
    }

    pub(super) fn column(&mut self, me: Watcher, (object, name): (Slot, Symbol), outer: Slot, to: Slot) {
        if self.is_none(object) {
            self.slots.add(to, bits::NONE);
        }
        for data in self.declared_types(object) {
            let (fields, complete) = self.fields_named(data, name);
            match (fields.is_empty(), complete) {
                (true, _) => self.slots.flow(outer, to),
                (false, false) => self.slots.add(to, bits::NONE),
                (false, true) => {}
            }
            for field in fields {
                self.slots.flow(field, to);
            }
        }
        let Some(map) = self.slots.content(object).map else { return };
        self.slots.watch_map(map, me);
        let content = self.slots.map(map);
        let (dynamic, key, value) = (content.dynamic, content.key, content.value);
        match self.record_field(map, name) {
            Some(field) if !dynamic => self.slots.flow(field, to),
            _ => {
                if dynamic {
                    self.add_string(key);
                    self.slots.flow(value, to);
                }
                self.slots.flow(outer, to);
            }
        }
    }

    pub(super) fn set_field(&mut self, me: Watcher, object: Slot, name: Symbol, value: Slot) {
        for data in self.declared_types(object) {
            for field in self.fields_named(data, name).0 {
                self.slots.flow(value, field);
            }
        }
        let Some(map) = self.slots.content(object).map else { return };
        self.slots.watch_map(map, me);
        match self.record_field(map, name) {
            Some(field) => self.slots.flow(value, field),
            None => {
                self.slots.make_dynamic(map);
                let (key, slot) = (self.slots.map(map).key, self.slots.map(map).value);
                self.add_string(key);
                self.slots.flow(value, slot);
            }
        }
    }

    pub(super) fn index(&mut self, me: Watcher, (object, index): (Slot, Slot), to: Slot, present: bool) {
        if self.is_none(object) {
            self.slots.add(to, bits::NONE);
        }
        for element in self.elements(object) {
            self.slots.flow(element, to);
        }
        if self.slots.content(object).data.contains_key(&self.known.string) {
            self.add_string(to);
        }
        for data in self.declared_types(object) {
            for field in self.fields[data.0 as usize].clone() {
                self.slots.flow(field, to);
            }
            // The key may be `__name`, or none of them.
            self.slots.add(to, bits::NONE);
            self.add_string(to);
        }
        let Some(map) = self.slots.content(object).map else { return };
        let content = self.slots.map(map);
        if content.row && !content.dynamic {
            let parts: Args = content.fields.iter().map(|f| f.1).collect();
            self.slots.watch_map(map, me);
            self.slots.add(to, bits::NONE);
            for &part in &parts {
                self.slots.flow(part, to);
            }
            return self.fields_of_parts(me, &parts, to);
        }
        self.slots.make_dynamic(map);
        let (key, value, row) = (self.slots.map(map).key, self.slots.map(map).value, self.slots.map(map).row);
        self.slots.flow(index, key);
        self.slots.flow(value, to);
        if !present {
            self.slots.add(to, bits::NONE);
        }
        if row {
            self.slots.watch_map(map, me);
            self.fields_of_parts(me, &[value], to);
        }
    }
    /// Whatever field the parts of a row have.
    fn fields_of_parts(&mut self, me: Watcher, parts: &[Slot], to: Slot) {
        for &part in parts {
            self.slots.watch(part, me);
            for data in self.declared_types(part) {
                for field in self.fields[data.0 as usize].clone() {
                    self.slots.flow(field, to);
                }
            }
            let Some(map) = self.slots.content(part).map else { continue };
            self.slots.watch_map(map, me);
            let content = self.slots.map(map);
            if content.dynamic {
                let (key, value) = (content.key, content.value);
                self.add_string(key);
                self.slots.flow(value, to);
                continue;
            }
            for field in content.fields.iter().map(|f| f.1).collect::<Args>() {
                self.slots.flow(field, to);
            }
        }
    }
    pub(super) fn set_index(&mut self, object: Slot, index: Slot, value: Slot) {
        for element in self.elements(object) {
            self.slots.flow(value, element);
        }
        for data in self.declared_types(object) {
            for field in self.fields[data.0 as usize].clone() {
                self.slots.flow(value, field);
            }
        }
        if let Some(map) = self.slots.content(object).map {
            self.slots.make_dynamic(map);
            let (key, slot) = (self.slots.map(map).key, self.slots.map(map).value);
            self.slots.flow(index, key);
            self.slots.flow(value, slot);
        }
    }
}
