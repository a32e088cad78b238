//! The table of connections: its slots are reused, its identifiers are not.

/// The identifier of a connection: the index of its slot, and a number that no other connection has.
///
/// An identifier that outlives its connection stays invalid, however often the slot is reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId {
    index: u32,
    generation: u32,
}

impl ConnectionId {
    /// The index of the slot: small, and unique among open connections. A host can use it as the
    /// index of a table of its own.
    #[must_use]
    pub fn index(self) -> usize {
        self.index as usize
    }
}

#[derive(Debug)]
pub(super) struct Slab<T> {
    /// Each value with the generation of its identifier.
    slots: slab::Slab<(u32, T)>,
    /// The generation of the next identifier.
    fresh: u32,
}

impl<T> Slab<T> {
    pub(super) fn new() -> Self {
        Self { slots: slab::Slab::new(), fresh: 0 }
    }

    /// Inserts a value into a free slot. `None` if the table has 2³² slots.
    pub(super) fn insert(&mut self, value: T) -> Option<ConnectionId> {
        let slot = self.slots.vacant_entry();
        let id = ConnectionId { index: u32::try_from(slot.key()).ok()?, generation: self.fresh };
        self.fresh = self.fresh.wrapping_add(1);
        slot.insert((id.generation, value));
        Some(id)
    }

    pub(super) fn get(&self, id: ConnectionId) -> Option<&T> {
        let (generation, value) = self.slots.get(id.index())?;
        (*generation == id.generation).then_some(value)
    }

    pub(super) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut T> {
        let (generation, value) = self.slots.get_mut(id.index())?;
        (*generation == id.generation).then_some(value)
    }

    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<T> {
        self.get(id)?;
        self.slots.try_remove(id.index()).map(|(_, value)| value)
    }

    /// Frees the memory of a table that is empty and was large. Returns whether it did.
    pub(super) fn shrink(&mut self) -> bool {
        let shrinks = self.slots.is_empty() && self.slots.capacity() > KEPT;
        if shrinks {
            self.slots = slab::Slab::new();
        }
        shrinks
    }

    /// The identifier of the connection in a slot.
    pub(super) fn id_at(&self, index: usize) -> Option<ConnectionId> {
        let (generation, _) = self.slots.get(index)?;
        let index = u32::try_from(index).ok()?;
        Some(ConnectionId { index, generation: *generation })
    }

    /// The identifiers of all connections.
    pub(super) fn ids(&self) -> impl Iterator<Item = ConnectionId> {
        self.slots.iter().filter_map(|(index, _)| self.id_at(index))
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}

/// The number of slots that an empty table keeps.
const KEPT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_that_outlives_its_connection_stays_invalid() {
        let mut slab = Slab::new();
        let first = slab.insert("first").unwrap();
        let other = slab.insert("other").unwrap();
        assert_eq!(slab.remove(first), Some("first"));
        assert_eq!((slab.get(first), slab.len()), (None, 1));
        let second = slab.insert("second").unwrap();
        assert_eq!((second.index(), slab.len()), (first.index(), 2));
        assert_eq!(slab.get(first), None);
        assert_eq!(slab.get_mut(first), None);
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.get(second), Some(&"second"));
        assert_eq!(slab.id_at(0), Some(second));
        assert_eq!(slab.ids().collect::<Vec<_>>(), [second, other]);
        slab.remove(second);
        assert_eq!((slab.id_at(0), slab.id_at(7)), (None, None));
    }

    #[test]
    fn an_empty_table_that_was_large_is_freed_and_its_identifiers_stay_invalid() {
        let mut slab = Slab::new();
        let fill = |slab: &mut Slab<()>| -> Vec<_> {
            (0..=KEPT).map(|_| slab.insert(()).unwrap()).collect()
        };
        let old = fill(&mut slab);
        for id in &old[1..] {
            slab.remove(*id);
        }
        assert!(!slab.shrink(), "a connection is left");
        slab.remove(old[0]);
        assert!(slab.shrink());
        assert_eq!(slab.slots.capacity(), 0);
        fill(&mut slab);
        assert!(old.iter().all(|id| slab.get(*id).is_none()));
    }
}
