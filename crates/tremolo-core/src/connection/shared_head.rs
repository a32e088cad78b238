//! The head of the current request, shared with its handler.
//!
//! The allocation of a head is reused for the next request, and for other connections, unless a
//! handler still holds its `Arc`. Then the next request gets a new one.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use crate::http1::request::RequestHead;

/// A head that is made when it is needed; until then, and between two requests, it is the default one.
#[derive(Debug, Default)]
pub(super) struct SharedHead {
    head: Option<Arc<RequestHead>>,
    /// Whether it is that of a request; else it is what the last request has left, perhaps one of
    /// another connection.
    is_current: bool,
}

impl SharedHead {
    #[inline]
    pub(super) fn shared(&self) -> &Arc<RequestHead> {
        match &self.head {
            Some(head) if self.is_current => head,
            _ => default_head(),
        }
    }

    /// For the next request: a head that no handler holds, to be filled or cleared.
    pub(super) fn renew(&mut self) -> Option<&mut RequestHead> {
        self.is_current = true;
        // There are no weak references, so the count is exact, and cheaper than to try.
        if self.head.as_ref().is_none_or(|head| Arc::strong_count(head) > 1) {
            self.head = Some(Arc::default());
        }
        self.head.as_mut().and_then(Arc::get_mut)
    }

    /// Returns to the default head. The memory is reused unless a handler holds it.
    pub(super) fn clear(&mut self) {
        self.is_current = false;
    }

    /// Takes the head for another connection, unless a handler holds it.
    pub(super) fn release(&mut self) -> Option<Arc<RequestHead>> {
        self.is_current = false;
        self.head.take_if(|head| Arc::strong_count(head) == 1)
    }

    /// Uses a head that another connection has released.
    pub(super) fn adopt(&mut self, head: Option<Arc<RequestHead>>) {
        if self.head.is_none() {
            self.head = head;
        }
    }
}

impl Deref for SharedHead {
    type Target = RequestHead;

    #[inline]
    fn deref(&self) -> &RequestHead {
        self.shared()
    }
}

#[cold]
fn default_head() -> &'static Arc<RequestHead> {
    static DEFAULT: LazyLock<Arc<RequestHead>> = LazyLock::new(Arc::default);
    &DEFAULT
}
