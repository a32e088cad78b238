//! The place in which a [`Next`] waits for the middleware that takes it.

use std::sync::{Arc, Mutex, PoisonError};

use super::Next;

/// A [`Next`] in the context of a request. It can be taken once.
#[derive(Clone, Debug)]
pub(crate) struct Slot(Arc<Mutex<Option<Next>>>);

impl Slot {
    pub(crate) fn new(next: Next) -> Self {
        Self(Arc::new(Mutex::new(Some(next))))
    }

    /// The rest of the chain; `None` if it was taken.
    pub(crate) fn take(&self) -> Option<Next> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
