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
    /// The handler must stop now: end it with its clean-up, then say `fail`, with the status of the
    /// reason, or `handler_done`. If the connection is closed, a handler that has noticed may go on
    /// with its clean-up: the event comes again after `app_close_timeout`.
    Cancel(CloseReason),
}
