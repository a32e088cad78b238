//! The end of a handler: it returns, leaves the response open, or drops it.

use super::Exchange;
use crate::clock::Now;
use crate::connection::Piece;
use crate::connection::state::{Handler, Writing};
use crate::error::CloseReason;
use crate::websocket::HandlerEnd;

impl Exchange<'_> {
    /// The handler has returned nothing more: what it began is completed; if it sent
    /// nothing, the connection closes without a byte. A WebSocket is closed with 1000.
    #[inline]
    pub fn handler_done(&mut self, now: &Now) {
        self.connection.end_websocket(now, HandlerEnd::Returned);
        self.connection.lifecycle.handler_returned();
        if self.connection.outbound.coalesced() > 0 {
            let _ = self.end(now, Piece::Slice(&[]));
        }
        match self.connection.outbound.writing() {
            Writing::Head | Writing::Raw if self.connection.lifecycle.is_open() => {
                self.connection.outbound.end_response();
                self.connection.start_closing(CloseReason::Finished);
            }
            Writing::Body(framing) if self.connection.lifecycle.is_open() => {
                self.connection.complete_body(framing);
                self.connection.outbound.end_response();
            }
            Writing::BodyDone => self.connection.outbound.end_response(),
            _ => {}
        }
        self.connection.settle(now);
    }

    /// The handler has returned and left the connection to the application, which ends it with
    /// `end` or `close`; no clock of the handler runs any more.
    pub fn leave_open(&mut self, now: &Now) {
        self.connection.lifecycle.handler_left_open();
        self.connection.settle(now);
    }

    /// The application dropped all handles of a response that was left open.
    pub fn abandon(&mut self, now: &Now) {
        if self.connection.lifecycle.handler() == Handler::LeftOpen {
            self.handler_done(now);
        }
    }
}
