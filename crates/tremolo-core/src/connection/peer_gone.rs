//! Clients that disconnect: a half-close, a reset, and the time that a handler has afterwards.

use super::state::{Ending, Handler, Reading, Writing};
use super::{Cause, Connection};
use crate::clock::Now;
use crate::error::CloseReason;
use tremolo_config::HalfClose;

impl Connection {
    /// Handles that the peer closed its half. A request that is complete is still answered
    /// (RFC 9112 section 9.6), within the limits of `half_close`.
    pub fn handle_eof(&mut self, now: &Now) {
        self.inbound.end();
        match (self.lifecycle.ending(), self.inbound.reading()) {
            (Ending::Lingering { reason }, _) => self.closed(reason),
            (Ending::Open, Reading::Discard { .. }) => self.start_closing(CloseReason::PeerClosed),
            // A complete request may still wait in the buffer for `poll_event`.
            (Ending::Open, Reading::ProxyHeader { .. } | Reading::Head)
                if self.inbound.is_empty() =>
            {
                self.start_closing(CloseReason::PeerClosed);
            }
            (Ending::Open, Reading::Raw) => self.read_websocket(now),
            _ => self.watch_half_close(now),
        }
    }

    /// Handles that the peer is gone: a reset, or a write that failed.
    pub fn handle_reset(&mut self, now: &Now) {
        if !self.lifecycle.is_closed() {
            self.lose_peer(now, self.lifecycle.close_reason().unwrap_or(CloseReason::PeerGone));
        }
    }

    /// The peer reads nothing more: a handler that runs is cancelled, and again if it still runs
    /// after `app_close_timeout`.
    pub(super) fn lose_peer(&mut self, now: &Now, reason: CloseReason) {
        self.close_now(reason);
        self.cancel_handler(now, reason);
    }

    pub(super) fn cancel_handler(&mut self, now: &Now, reason: CloseReason) {
        if self.lifecycle.is_handler_running() {
            self.lifecycle.request_cancel(reason);
            let grace = self.settings.config().app_close_timeout;
            self.deadlines.set(Cause::AppClose, now.instant, grace);
        }
    }

    /// Sets the deadline of a client that closed its half and has no response yet.
    pub(super) fn watch_half_close(&mut self, now: &Now) {
        if !self.inbound.has_ended()
            || self.lifecycle.handler() == Handler::Done
            || !self.lifecycle.is_open()
            || self.is_upgraded()
            || self.outbound.writing() == Writing::Ended
        {
            return;
        }
        let config = self.settings.config();
        match config.half_close {
            HalfClose::Allow => {}
            _ if self.is_sending_events() => self.lose_peer(now, CloseReason::PeerGone),
            HalfClose::Close if self.inbound.has_whole_request() => {
                self.lose_peer(now, CloseReason::PeerGone);
            }
            HalfClose::Grace | HalfClose::Close => {
                self.deadlines.set(Cause::HalfClose, now.instant, config.half_close_grace);
            }
        }
    }

    /// Gives up the current request. The client may still read, so that the responses before it
    /// leave first.
    pub(super) fn half_close_expired(&mut self, now: &Now) {
        if self.is_sending_events() {
            self.lose_peer(now, CloseReason::PeerGone);
        } else if self.outbound.writing() == Writing::Head && self.outbound.coalesced() == 0 {
            self.start_closing(CloseReason::PeerGone);
            self.cancel_handler(now, CloseReason::PeerGone);
        }
    }
}
