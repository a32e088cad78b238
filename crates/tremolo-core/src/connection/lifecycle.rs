//! The life of a connection: its current exchange with the handler, whether another one may follow,
//! and its end (RFC 9112 section 9).

use std::time::Duration;

use super::state::{Ending, EndingEvent, Handler, HandlerEvent};
use crate::error::CloseReason;

/// Exchange, handler and end of a connection.
#[derive(Debug)]
pub(super) struct Lifecycle {
    /// The number of the current or the last exchange; 0 before the first.
    exchange: u64,
    handler: Handler,
    /// Time without progress that the handler has; `None`: no limit.
    handler_timeout: Option<Duration>,
    /// The handler is to be cancelled for this reason.
    cancel: Option<CloseReason>,
    /// Whether the connection may serve another request after this one.
    persist: bool,
    /// The server shuts down.
    draining: bool,
    ending: Ending,
}

impl Lifecycle {
    pub(super) fn new() -> Self {
        Self {
            exchange: 0,
            handler: Handler::Done,
            handler_timeout: None,
            cancel: None,
            persist: true,
            draining: false,
            ending: Ending::Open,
        }
    }

    /// A request begins. `keep_alive`: its head allows another one.
    pub(super) fn begin_exchange(&mut self, keep_alive: bool, handler_timeout: Duration) {
        self.exchange += 1;
        self.handler_timeout = Some(handler_timeout);
        self.persist = keep_alive && !self.draining;
        self.set_handler(HandlerEvent::RequestBegun);
    }

    pub(super) fn exchange(&self) -> u64 {
        self.exchange
    }

    /// Whether another request may follow.
    pub(super) fn persists(&self) -> bool {
        self.persist
    }

    /// No request follows.
    pub(super) fn forbid_reuse(&mut self) {
        self.persist = false;
    }

    /// Another request may follow, if the head of the current one allows it.
    pub(super) fn allow_reuse(&mut self, keep_alive: bool) {
        self.persist = keep_alive && !self.draining;
    }

    /// The server shuts down: no request begins after the current one.
    pub(super) fn drain(&mut self) {
        self.draining = true;
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining
    }
}

/// The handler.
impl Lifecycle {
    fn set_handler(&mut self, event: HandlerEvent) {
        if let Some(next) = self.handler.after(event) {
            self.handler = next;
        }
    }

    pub(super) fn handler(&self) -> Handler {
        self.handler
    }

    pub(super) fn is_handler_running(&self) -> bool {
        self.handler == Handler::Running
    }

    pub(super) fn handler_returned(&mut self) {
        self.set_handler(HandlerEvent::Returned);
    }

    pub(super) fn handler_left_open(&mut self) {
        self.set_handler(HandlerEvent::LeftOpen);
    }

    /// The exchange is over. No handler runs.
    pub(super) fn finish_exchange(&mut self) {
        self.set_handler(HandlerEvent::ExchangeOver);
    }

    pub(super) fn handler_timeout(&self) -> Option<Duration> {
        self.handler_timeout
    }

    pub(super) fn set_handler_timeout(&mut self, timeout: Option<Duration>) {
        self.handler_timeout = timeout;
    }

    /// The handler is to be cancelled.
    pub(super) fn request_cancel(&mut self, reason: CloseReason) {
        self.cancel = Some(reason);
    }

    pub(super) fn is_cancel_requested(&self) -> bool {
        self.cancel.is_some()
    }

    pub(super) fn take_cancel(&mut self) -> Option<CloseReason> {
        self.cancel.take()
    }
}

/// The end.
impl Lifecycle {
    fn set_ending(&mut self, event: EndingEvent) {
        if let Some(next) = self.ending.after(event) {
            self.ending = next;
        }
    }

    pub(super) fn ending(&self) -> Ending {
        self.ending
    }

    pub(super) fn is_open(&self) -> bool {
        self.ending == Ending::Open
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.ending, Ending::Closed { .. })
    }

    /// Why the connection ends.
    pub(super) fn close_reason(&self) -> Option<CloseReason> {
        self.ending.reason()
    }

    pub(super) fn begin_close(&mut self, reason: CloseReason, linger: bool) {
        self.set_ending(EndingEvent::CloseBegun { reason, linger });
    }

    /// What is queued cannot be written as promised.
    pub(super) fn queue_failed(&mut self, reason: CloseReason) {
        self.set_ending(EndingEvent::QueueFailed { reason });
    }

    /// Our half of the socket was closed.
    pub(super) fn half_closed(&mut self) {
        self.set_ending(EndingEvent::HalfClosed);
    }

    pub(super) fn close(&mut self, reason: CloseReason) {
        self.set_ending(EndingEvent::Closed { reason });
    }
}
