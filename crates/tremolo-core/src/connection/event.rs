//! What a connection tells its driver.

use std::sync::Arc;

use crate::error::{CloseReason, PeerError};
use crate::http1::request::RequestHead;

/// What the driver has to act on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A request begins: call its handler, then say `handler_done`.
    Request(Arc<RequestHead>),
    /// The peer broke the protocol: answer with the status of the fault, then say
    /// `handler_done`. The connection closes behind the answer.
    Fault(PeerError),
    /// The handler must stop now: end it with its clean-up, then say `fail` or `handler_done`.
    Cancel(CloseReason),
}
