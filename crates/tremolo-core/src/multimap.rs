//! Names with values, in the order of the wire: cookies, query strings, forms.
//!
//! A list instead of a hash table: a request has few pairs, the parsers limit their number, and a
//! peer cannot cause hash collisions.

/// Pairs of name and value in the order of the wire; a name may occur several times.
///
/// ```
/// use tremolo_core::MultiMap;
///
/// let map: MultiMap = [("a", "1"), ("b", "2"), ("a", "3")].into_iter().collect();
/// assert_eq!(map.get("a"), Some("1"));
/// assert!(map.get_all("a").eq(["1", "3"]));
/// assert!(map.iter().eq([("a", "1"), ("b", "2"), ("a", "3")]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MultiMap {
    pairs: Vec<(String, String)>,
}

impl MultiMap {
    /// Adds a pair at the end.
    pub fn append(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.pairs.push((name.into(), value.into()));
    }

    /// Sets the value of `name`: in place of the first, and without the others, else at the end.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, mut value) = (name.into(), Some(value.into()));
        self.pairs.retain_mut(|(other, old)| {
            *other != name || value.take().map(|value| *old = value).is_some()
        });
        self.pairs.extend(value.map(|value| (name, value)));
    }

    /// The first value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// All values of `name`, in order.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter().filter_map(move |(other, value)| (other == name).then_some(value))
    }

    /// All pairs, in order.
    #[must_use]
    pub fn iter(&self) -> Pairs<'_> {
        self.into_iter()
    }

    /// The number of pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is no pair.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for MultiMap {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self { pairs: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}

/// All pairs, in order.
impl<'a> IntoIterator for &'a MultiMap {
    type Item = (&'a str, &'a str);
    type IntoIter = Pairs<'a>;

    fn into_iter(self) -> Pairs<'a> {
        Pairs(self.pairs.iter())
    }
}

/// The pairs of a [`MultiMap`].
#[derive(Clone, Debug)]
pub struct Pairs<'a>(std::slice::Iter<'a, (String, String)>);

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Pairs<'_> {}

/// All pairs, in order.
impl IntoIterator for MultiMap {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<(String, String)>;

    fn into_iter(self) -> Self::IntoIter {
        self.pairs.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_and_repetition() {
        let mut map = MultiMap::default();
        assert!(map.is_empty());
        for (name, value) in [("b", "1"), ("a", "2"), ("b", ""), ("B", "4")] {
            map.append(name, value);
        }
        assert!(map.get_all("b").eq(["1", ""]));
        assert_eq!((map.get("a"), map.get("B"), map.get("c")), (Some("2"), Some("4"), None));
        assert_eq!((map.len(), map.iter().len()), (4, 4));
        assert!(map.iter().eq(&map));
        let mut changed = map.clone();
        changed.set("b", "5");
        changed.set("c", "6");
        assert!(changed.iter().eq([("b", "5"), ("a", "2"), ("B", "4"), ("c", "6")]));
        assert_eq!(map.clone().into_iter().collect::<MultiMap>(), map);
        assert_eq!(map.into_iter().map(|(name, _)| name).collect::<String>(), "babB");
    }
}
