//! A map for the few entries of one account, such as its regions: a sorted vector without room to spare. There are a dozen
//! such maps for each account; the nodes of a `BTreeMap` would take more than twice the memory.
use std::borrow::Borrow;

/// Values by key, in the order of the keys. Inserting moves what comes behind, so it is for tens of entries.
#[derive(Clone, Debug, PartialEq)]
pub struct CompactMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for CompactMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> CompactMap<K, V> {
    /// The value of that key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Whether there is that key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Sets the value of a key.
    pub fn insert(&mut self, key: K, value: V) {
        match self.find(&key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => {
                self.0.reserve_exact(1);
                self.0.insert(at, (key, value));
            }
        }
    }

    /// Removes a key.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(self.0.remove(at).1)
    }

    /// Removes what is not to be kept.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
        self.0.shrink_to_fit();
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.0 = Vec::new();
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Where the key is, or else would be.
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0
            .binary_search_by(|(known, _)| known.borrow().cmp(key))
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for CompactMap<K, V> {
    /// Keys are in order, and each is there once.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        debug_assert!(entries.is_sorted_by(|a, b| a.0 < b.0));
        entries.shrink_to_fit();
        Self(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_in_order_without_room_to_spare() {
        let mut map = CompactMap::default();
        for key in ["c", "a", "b", "a"] {
            map.insert(key, key.len() + map.0.len());
        }
        let all: Vec<_> = map.iter().map(|(key, value)| (*key, *value)).collect();
        assert_eq!(all, [("a", 4), ("b", 3), ("c", 1)]);
        assert_eq!(map.0.capacity(), 3);
        assert_eq!((map.get("b"), map.get("d")), (Some(&3), None));
        assert_eq!((map.remove("b"), map.remove("b")), (Some(3), None));
        map.retain(|key, _| *key == "c");
        assert!(map.contains_key("c") && !map.contains_key("a"));
        assert_eq!((map.values().count(), map.0.capacity()), (1, 1));
        assert_eq!(map.iter().collect::<CompactMap<_, _>>().0.capacity(), 1);
        map.clear();
        assert!(map.is_empty());
    }
}
