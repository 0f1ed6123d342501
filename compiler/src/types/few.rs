//! A map of very few entries, most often none or one, sorted by key: no allocation for the first, which takes no more memory than
//! its value and a word.

#[derive(Clone, Debug, Default)]
pub enum Few<K, V> {
    #[default]
    None,
    One(K, V),
    /// A box, so that the whole takes no more than the value and a word.
    #[expect(clippy::box_collection)]
    Many(Box<Vec<(K, V)>>),
}

impl<K: Ord, V> Few<K, V> {
    pub fn is_empty(&self) -> bool {
        self.keys().next().is_none()
    }

    #[inline]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// The entry, where there is one and no other.
    pub fn only(&self) -> Option<(&K, &V)> {
        let mut entries = self.iter();
        entries.next().filter(|_| entries.next().is_none())
    }

    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// Adds an entry whose key is new.
    pub fn insert(&mut self, key: K, value: V) {
        match std::mem::take(self) {
            Few::None => *self = Few::One(key, value),
            Few::One(old_key, old_value) => {
                let mut entries = Box::new(vec![(old_key, old_value), (key, value)]);
                entries.sort_by(|(a, _), (b, _)| a.cmp(b));
                *self = Few::Many(entries);
            }
            Few::Many(mut entries) => {
                let place = entries.partition_point(|(known, _)| *known <= key);
                entries.insert(place, (key, value));
                *self = Few::Many(entries);
            }
        }
    }

    pub fn remove(&mut self, key: &K) {
        match self {
            Few::One(known, _) if known == key => *self = Few::None,
            Few::None | Few::One(..) => {}
            Few::Many(entries) => entries.retain(|(known, _)| known != key),
        }
    }

    /// In the order of the keys.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let (one, many) = match self {
            Few::None => (None, &[][..]),
            Few::One(key, value) => (Some((key, value)), &[][..]),
            Few::Many(entries) => (None, entries.as_slice()),
        };
        one.into_iter().chain(many.iter().map(|(key, value)| (key, value)))
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted() {
        let mut few: Few<u32, char> = Few::default();
        assert!(few.is_empty());
        few.insert(2, 'b');
        assert_eq!(few.only(), Some((&2, &'b')));
        few.insert(3, 'c');
        few.insert(1, 'a');
        assert_eq!(few.iter().map(|(&key, &value)| (key, value)).collect::<Vec<_>>(), [(1, 'a'), (2, 'b'), (3, 'c')]);
        assert_eq!((few.only(), few.get(&3), few.get(&4)), (None, Some(&'c'), None));
        few.remove(&1);
        few.remove(&3);
        assert_eq!(few.only(), Some((&2, &'b')));
        few.remove(&2);
        assert!(few.is_empty());
    }
}
