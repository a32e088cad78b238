//! The events of a connection for its driver.

use std::sync::Arc;

use crate::error::{CloseReason, PeerError};
use crate::http1::request::RequestHead;

/// An event that the driver has to act on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A request begins: call its handler, then `handler_done`.
    Request(Arc<RequestHead>),
    /// The peer broke the protocol: send a response with the status of the fault, then call
    /// `handler_done`. The connection closes after the response.
    Fault(PeerError),
    /// The handler must stop now: end it with its clean-up, then call `send_error_page`, with the
    /// status of the reason, or `handler_done`. If the connection is closed, a handler that has
    /// noticed may go on with its clean-up: the event comes again after `app_close_timeout`.
    Cancel(CloseReason),
}
