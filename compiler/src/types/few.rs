//! A map of very few entries, most often none or one, sorted by key: no allocation for the first.

use smallvec::SmallVec;

#[derive(Clone, Debug)]
pub struct Few<K, V>(SmallVec<[(K, V); 1]>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Few<K, V> {
        Few(SmallVec::new())
    }
}

impl<K: Ord, V> Few<K, V> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// The entry, where there is one and no other.
    pub fn only(&self) -> Option<(&K, &V)> {
        match &self.0[..] {
            [(key, value)] => Some((key, value)),
            _ => None,
        }
    }

    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// Adds an entry whose key is new.
    pub fn insert(&mut self, key: K, value: V) {
        let place = self.0.iter().position(|(known, _)| *known > key).unwrap_or(self.0.len());
        self.0.insert(place, (key, value));
    }

    pub fn remove(&mut self, key: &K) {
        self.0.retain(|(known, _)| known != key);
    }

    /// In the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }
}
