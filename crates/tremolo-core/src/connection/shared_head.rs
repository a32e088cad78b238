//! The head of the current request, shared with its handler.
//!
//! The allocation of a head is reused for the next request, and for other connections, unless a
//! handler still holds its `Arc`. Then the next request gets a new one.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use crate::http1::request::RequestHead;

/// A head that is made when it is needed; until then it is the default one.
#[derive(Debug, Default)]
pub(super) struct SharedHead(Option<Arc<RequestHead>>);

impl SharedHead {
    #[inline]
    pub(super) fn shared(&self) -> &Arc<RequestHead> {
        match &self.0 {
            Some(head) => head,
            None => default_head(),
        }
    }

    /// For the next request: a head that no handler holds.
    pub(super) fn renew(&mut self) -> Option<&mut RequestHead> {
        // There are no weak references, so the count is exact, and cheaper than to try.
        if self.0.as_ref().is_none_or(|head| Arc::strong_count(head) > 1) {
            self.0 = Some(Arc::default());
        }
        self.0.as_mut().and_then(Arc::get_mut)
    }

    /// Returns to the default head and drops the received bytes. Their memory is reused unless a
    /// handler holds it.
    pub(super) fn clear(&mut self) {
        match self.0.as_mut().and_then(Arc::get_mut) {
            Some(head) => head.clear(),
            None => self.0 = None,
        }
    }

    /// Takes the head for another connection, unless a handler holds it.
    pub(super) fn release(&mut self) -> Option<Arc<RequestHead>> {
        self.0.take_if(|head| Arc::strong_count(head) == 1)
    }

    /// Uses a head that another connection has released.
    pub(super) fn adopt(&mut self, head: Option<Arc<RequestHead>>) {
        if self.0.is_none() {
            self.0 = head;
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
