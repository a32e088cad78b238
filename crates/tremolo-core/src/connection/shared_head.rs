//! The head of the request in work, as a connection shares it with who serves the request.
//!
//! One head serves all requests of a connection, and then those of other ones, as long as nobody
//! keeps it. Who does has it for himself, and the next request gets another.

use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use crate::http1::request::RequestHead;

/// A head that is made when it is needed; until then it is the default one.
#[derive(Debug, Default)]
pub(super) struct SharedHead(Option<Arc<RequestHead>>);

impl SharedHead {
    pub(super) fn shared(&self) -> &Arc<RequestHead> {
        self.0.as_ref().unwrap_or(&DEFAULT)
    }

    /// For the next request: a head that nobody else has.
    pub(super) fn renew(&mut self) -> Option<&mut RequestHead> {
        // There are no weak references, so that the count tells, and costs less than to try.
        if self.0.as_ref().is_none_or(|head| Arc::strong_count(head) > 1) {
            self.0 = Some(Arc::default());
        }
        self.0.as_mut().and_then(Arc::get_mut)
    }

    /// Goes back to the default head, and lets go of the received bytes: those that nobody keeps
    /// are used again.
    pub(super) fn clear(&mut self) {
        match self.0.as_mut().and_then(Arc::get_mut) {
            Some(head) => head.clear(),
            None => self.0 = None,
        }
    }

    /// Takes the head away if nobody else has it, for another connection.
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

    fn deref(&self) -> &RequestHead {
        self.shared()
    }
}

static DEFAULT: LazyLock<Arc<RequestHead>> = LazyLock::new(Arc::default);
