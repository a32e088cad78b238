//! Lists that are ordered by priority: middleware and hooks.

/// Items with a priority. In order, lower ones come first, and equal ones in the order of their
/// registration.
///
/// ```
/// use tremolo_core::app::{Ordered, PRIORITY};
///
/// let mut ordered = Ordered::default();
/// ordered.add(PRIORITY, "later");
/// ordered.add(1, "first");
/// assert_eq!(*ordered.in_order(), ["first", "later"]);
/// ```
#[derive(Clone, Debug)]
pub struct Ordered<T>(Vec<(i32, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Ordered<T> {
    /// Adds an item behind those of the same priority.
    pub fn add(&mut self, priority: i32, item: T) {
        let place = self.0.partition_point(|(other, _)| *other <= priority);
        self.0.insert(place, (priority, item));
    }

    /// Adds the items of another list, each as if it were registered now.
    pub fn add_all(&mut self, others: Self) {
        others.0.into_iter().for_each(|(priority, item)| self.add(priority, item));
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The items on the way in: `on_request`, `on_connect`, `on_worker_start`.
    #[must_use]
    pub fn in_order(self) -> Box<[T]> {
        self.0.into_iter().map(|(_, item)| item).collect()
    }

    /// The items on the way out: `on_response`, `on_close`, `on_worker_stop`.
    #[must_use]
    pub fn reversed(self) -> Box<[T]> {
        self.0.into_iter().rev().map(|(_, item)| item).collect()
    }

    /// The items on the way out where lower priorities come first there too: only equal ones are
    /// reversed.
    #[must_use]
    pub fn latest_first(self) -> Box<[T]> {
        let mut turned = Self::default();
        self.0.into_iter().rev().for_each(|(priority, item)| turned.add(priority, item));
        turned.in_order()
    }
}

/// The default priority.
pub const PRIORITY: i32 = 999;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_priorities_come_first_in_and_last_out() {
        let ordered = || {
            let mut ordered = Ordered::default();
            for (priority, name) in [(999, "c"), (1, "a"), (999, "d"), (-5, "0"), (1, "b")] {
                ordered.add(priority, name);
            }
            ordered
        };
        assert_eq!(*ordered().in_order(), ["0", "a", "b", "c", "d"]);
        assert_eq!(*ordered().reversed(), ["d", "c", "b", "a", "0"]);
        assert_eq!(*ordered().latest_first(), ["0", "b", "a", "d", "c"]);
    }
}
