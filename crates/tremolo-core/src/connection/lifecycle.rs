//! The life of a connection: its current exchange with the handler, whether another one may follow,
//! and its end (RFC 9112 section 9).

use std::time::Duration;

use super::concurrency::Permit;
use super::exchange_id::ExchangeId;
use super::state::{Ending, EndingEvent, Handler, HandlerEvent};
use crate::error::CloseReason;

/// Exchange, handler and end of a connection.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    /// The current or the last exchange.
    exchange: ExchangeId,
    handler: Handler,
    /// Time without progress that the handler has; `None`: no limit.
    handler_timeout: Option<Duration>,
    /// The handler counts for `limit_concurrency`.
    permit: Option<Permit>,
    /// The handler is to be cancelled for this reason.
    cancel: Option<CloseReason>,
    /// Whether the connection may serve another request after this one.
    persist: bool,
    /// The server shuts down.
    draining: bool,
    ending: Ending,
}

impl Lifecycle {
    pub(crate) fn new() -> Self {
        Self {
            exchange: ExchangeId::BEFORE_FIRST,
            handler: Handler::Done,
            handler_timeout: None,
            permit: None,
            cancel: None,
            persist: true,
            draining: false,
            ending: Ending::Open,
        }
    }

    /// A request begins. `keep_alive`: its head allows another one.
    pub(crate) fn begin_exchange(&mut self, keep_alive: bool, handler_timeout: Duration) {
        self.exchange = self.exchange.next();
        self.handler_timeout = Some(handler_timeout);
        self.persist = keep_alive && !self.draining;
        self.set_handler(HandlerEvent::RequestBegun);
    }

    pub(crate) fn exchange(&self) -> ExchangeId {
        self.exchange
    }

    /// Whether there was a request.
    pub(crate) fn had_exchange(&self) -> bool {
        self.exchange != ExchangeId::BEFORE_FIRST
    }

    /// Whether another request may follow.
    pub(crate) fn persists(&self) -> bool {
        self.persist
    }

    /// No request follows.
    pub(crate) fn forbid_reuse(&mut self) {
        self.persist = false;
    }

    /// Another request may follow, if the head of the current one allows it.
    pub(crate) fn allow_reuse(&mut self, keep_alive: bool) {
        self.persist = keep_alive && !self.draining;
    }

    /// The server shuts down: no request begins after the current one.
    pub(crate) fn drain(&mut self) {
        self.draining = true;
    }

    pub(crate) fn is_draining(&self) -> bool {
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

    pub(crate) fn handler(&self) -> Handler {
        self.handler
    }

    pub(crate) fn is_handler_running(&self) -> bool {
        self.handler == Handler::Running
    }

    pub(crate) fn handler_returned(&mut self) {
        self.set_handler(HandlerEvent::Returned);
    }

    pub(crate) fn handler_left_open(&mut self) {
        self.set_handler(HandlerEvent::LeftOpen);
    }

    /// The exchange is over. No handler runs.
    pub(crate) fn finish_exchange(&mut self) {
        self.set_handler(HandlerEvent::ExchangeOver);
    }

    /// The handler that begins is counted.
    pub(super) fn count_handler(&mut self, permit: Permit) {
        self.permit = Some(permit);
    }

    /// The handler has ended, and does not count any more.
    pub(super) fn release_permit(&mut self) {
        self.permit = None;
    }

    pub(crate) fn handler_timeout(&self) -> Option<Duration> {
        self.handler_timeout
    }

    pub(crate) fn set_handler_timeout(&mut self, timeout: Option<Duration>) {
        self.handler_timeout = timeout;
    }

    /// The handler is to be cancelled.
    pub(crate) fn request_cancel(&mut self, reason: CloseReason) {
        self.cancel = Some(reason);
    }

    pub(crate) fn is_cancel_requested(&self) -> bool {
        self.cancel.is_some()
    }

    pub(crate) fn take_cancel(&mut self) -> Option<CloseReason> {
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

    pub(crate) fn ending(&self) -> Ending {
        self.ending
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.ending, Ending::Open)
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.ending, Ending::Closed { .. })
    }

    /// Why the connection ends.
    pub(crate) fn close_reason(&self) -> Option<CloseReason> {
        self.ending.reason()
    }

    pub(crate) fn begin_close(&mut self, reason: CloseReason, linger: bool) {
        self.set_ending(EndingEvent::CloseBegun { reason, linger });
    }

    /// What is queued cannot be written as promised.
    pub(crate) fn queue_failed(&mut self, reason: CloseReason) {
        self.set_ending(EndingEvent::QueueFailed { reason });
    }

    /// Our half of the socket was closed.
    pub(crate) fn half_closed(&mut self) {
        self.set_ending(EndingEvent::HalfClosed);
    }

    pub(crate) fn close(&mut self, reason: CloseReason) {
        self.set_ending(EndingEvent::Closed { reason });
    }
}
