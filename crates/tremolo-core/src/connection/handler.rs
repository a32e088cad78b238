//! The end of a handler: it returns, leaves the response open, or drops it.

use super::state::{Handler, Writing};
use super::{Connection, Piece};
use crate::clock::Now;
use crate::error::CloseReason;

impl Connection {
    /// The handler has returned nothing more: what it began is completed; if it sent
    /// nothing, the connection closes without a byte.
    pub fn handler_done(&mut self, now: &Now) {
        self.lifecycle.handler_returned();
        if self.outbound.has_coalesced() {
            let _ = self.end(now, Piece::Slice(&[]));
        }
        match self.outbound.writing() {
            Writing::Head | Writing::Raw if self.lifecycle.is_open() => {
                self.outbound.end_response();
                self.start_closing(CloseReason::Finished);
            }
            Writing::Body(framing) if self.lifecycle.is_open() => {
                self.complete_body(framing);
                self.outbound.end_response();
            }
            Writing::BodyDone => self.outbound.end_response(),
            _ => {}
        }
        self.settle(now);
    }

    /// The handler has returned and left the connection to the application, which ends it with
    /// `end` or `close`; no clock of the handler runs any more.
    pub fn leave_open(&mut self, now: &Now) {
        self.lifecycle.handler_left_open();
        self.settle(now);
    }

    /// The application dropped all handles of a response that was left open.
    pub fn abandon(&mut self, now: &Now) {
        if self.lifecycle.handler() == Handler::LeftOpen {
            self.handler_done(now);
        }
    }
}
