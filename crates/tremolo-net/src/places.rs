//! The places for open connections (`max_connections`), of one or several threads together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The places for open connections. Clones share them, so that all threads of a process together
/// never have one connection more.
///
/// ```
/// use tremolo_net::Places;
///
/// let places = Places::new(1);
/// let place = places.take().expect("there is one");
/// assert!(places.clone().take().is_none());
/// drop(place);
/// assert!(places.take().is_some());
/// ```
#[derive(Clone, Debug)]
pub struct Places {
    free: Arc<AtomicUsize>,
}

/// The place of one connection; it is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    free: Arc<AtomicUsize>,
}

impl Places {
    /// So many places.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self { free: Arc::new(AtomicUsize::new(count)) }
    }

    /// Whether a place is free now.
    #[must_use]
    pub fn has_free(&self) -> bool {
        self.free.load(Ordering::Acquire) > 0
    }

    /// Takes a place, if one is free. Take it before `accept`.
    #[must_use]
    pub fn take(&self) -> Option<Place> {
        let taken = self
            .free
            .fetch_update(Ordering::Acquire, Ordering::Acquire, |free| free.checked_sub(1));
        taken.ok().map(|_| Place { free: Arc::clone(&self.free) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.free.fetch_add(1, Ordering::Release);
    }
}
