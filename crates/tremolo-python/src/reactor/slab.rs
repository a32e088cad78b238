//! The table of connections: its slots are reused, its identifiers are not.

/// The identifier of a connection: the index of its slot and the generation of the slot.
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
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    /// A generation that no identifier has had, for new slots.
    fresh: u32,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> Slab<T> {
    pub(super) fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new(), fresh: 0 }
    }

    /// Inserts a value into a free slot. `None` if the table has 2³² slots.
    pub(super) fn insert(&mut self, value: T) -> Option<ConnectionId> {
        let index = match self.free.pop() {
            Some(index) => index,
            None => {
                let index = u32::try_from(self.slots.len()).ok()?;
                self.slots.push(Slot { generation: self.fresh, value: None });
                index
            }
        };
        let slot = self.slots.get_mut(index as usize)?;
        slot.value = Some(value);
        Some(ConnectionId { index, generation: slot.generation })
    }

    pub(super) fn get(&self, id: ConnectionId) -> Option<&T> {
        let slot = self.slots.get(id.index())?;
        slot.value.as_ref().filter(|_| slot.generation == id.generation)
    }

    pub(super) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut T> {
        let slot = self.slots.get_mut(id.index())?;
        slot.value.as_mut().filter(|_| slot.generation == id.generation)
    }

    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<T> {
        let slot = self.slots.get_mut(id.index())?;
        let value = slot.value.take_if(|_| slot.generation == id.generation)?;
        slot.generation = slot.generation.wrapping_add(1);
        self.fresh = self.fresh.max(slot.generation);
        self.free.push(id.index);
        Some(value)
    }

    /// Frees the memory of a table that is empty and was large. Returns whether it did.
    pub(super) fn shrink(&mut self) -> bool {
        let shrinks = self.len() == 0 && self.slots.capacity() > KEPT;
        if shrinks {
            (self.slots, self.free) = (Vec::new(), Vec::new());
        }
        shrinks
    }

    /// The identifier of the connection in a slot.
    pub(super) fn id_at(&self, index: usize) -> Option<ConnectionId> {
        let slot = self.slots.get(index)?;
        let index = u32::try_from(index).ok().filter(|_| slot.value.is_some())?;
        Some(ConnectionId { index, generation: slot.generation })
    }

    /// The identifiers of all connections.
    pub(super) fn ids(&self) -> impl Iterator<Item = ConnectionId> {
        (0..self.slots.len()).filter_map(|index| self.id_at(index))
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
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
        assert_eq!((slab.slots.capacity(), slab.free.capacity()), (0, 0));
        fill(&mut slab);
        assert!(old.iter().all(|id| slab.get(*id).is_none()));
    }
}
