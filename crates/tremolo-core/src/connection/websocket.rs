//! A WebSocket session in a connection: received bytes go into it, its frames into the transmit
//! queue, its deadline into the table, and the connection ends with it (RFC 6455 sections 5 to 7).
//!
//! What arrives is decoded up to the end of one message. While that message is not taken, nothing
//! more is decoded, and then nothing more is read: the backpressure.

use super::{Cause, Connection};
use crate::clock::Now;
use crate::error::CloseReason;
use crate::piece::Piece;
use crate::websocket::{EncodedHead, HandlerEnd, Session};

impl Connection {
    /// The `101` is queued: a session begins, also with bytes that have arrived already.
    pub(crate) fn begin_websocket(&mut self, now: &Now, session: Session) {
        self.inbound.begin_websocket(session);
        if self.lifecycle.is_draining() {
            self.end_websocket(now, HandlerEnd::ServerStops);
        }
        self.read_websocket(now);
    }

    /// Decodes what has arrived.
    pub(crate) fn read_websocket(&mut self, now: &Now) {
        let decoded = self.inbound.decode_frames(now.instant);
        if decoded > 0 {
            self.turn.spend_piece(now.instant, decoded);
        }
        self.settle_websocket(now);
    }

    /// The handler has ended, or the server stops: begins the closing handshake of a WebSocket.
    #[inline]
    pub(crate) fn end_websocket(&mut self, now: &Now, end: HandlerEnd) {
        // Called for each exchange, and most are no WebSocket.
        if self.inbound.websocket_mut().is_some() {
            self.end_session(now, end);
        }
    }

    #[inline(never)]
    fn end_session(&mut self, now: &Now, end: HandlerEnd) {
        if let Some(session) = self.inbound.websocket_mut() {
            session.handler_done(now.instant, end);
            self.read_websocket(now);
        }
    }

    /// The deadline of the session has passed.
    pub(super) fn websocket_timed_out(&mut self, now: &Now) {
        let has_ended = self.inbound.has_ended();
        // What is queued comes before a ping or a close frame, and `write_timeout` counts for it.
        let is_taking = !has_ended && !self.outbound.is_queue_empty();
        if self.deadlines.is_set(Cause::UploadRate) || is_taking {
            // Our own rate holds the peer back, or our own bytes do: its silence proves nothing.
            let after = self.settings.config().ws_close_timeout;
            self.await_input(Cause::WebSocket, now, after);
            let until = self.deadlines.get(Cause::WebSocket);
            if let Some(session) = self.inbound.websocket_mut() {
                session.wait_until(until);
            }
            return;
        }
        let Some(session) = self.inbound.websocket_mut() else { return };
        let was_open = session.is_open();
        if has_ended {
            // Messages that are not taken do not keep a connection whose peer has gone.
            session.handle_eof();
        } else {
            session.handle_timeout(now.instant);
        }
        if session.is_closed() && was_open {
            let reason = if has_ended { CloseReason::PeerGone } else { CloseReason::PingTimeout };
            return self.lose_peer(now, reason);
        }
        self.settle_websocket(now);
    }

    /// Sends the pongs that have waited for room in the queue.
    pub(crate) fn send_late_pongs(&mut self, now: &Now) {
        if self.inbound.websocket().is_some_and(Session::has_output) {
            self.settle_websocket(now);
        }
    }

    /// Queues what the session sends, sets its deadline, and closes the connection after it.
    pub(crate) fn settle_websocket(&mut self, now: &Now) {
        if !self.lifecycle.is_open() {
            return;
        }
        let Some(session) = self.inbound.websocket() else { return };
        if session.has_output() {
            self.queue_frames();
        }
        let Some(session) = self.inbound.websocket() else { return };
        self.deadlines.set_at(Cause::WebSocket, session.poll_deadline());
        if session.is_closed() {
            let reason = reason_of(session);
            self.close_after_websocket(now, reason);
        }
    }

    /// Queues a frame that the session leaves as it is.
    pub(crate) fn queue_frame(&mut self, head: &EncodedHead, payload: Piece<'_>) {
        let length = head.as_slice().len() + payload.len();
        self.outbound.queue_frame(head.as_slice(), payload);
        if let Some(record) = &mut self.record {
            record.body_queued(length as u64);
        }
    }

    #[inline(never)]
    fn queue_frames(&mut self) {
        let is_full = self.is_queue_full();
        let Some(session) = self.inbound.websocket_mut() else { return };
        let mut queued = 0;
        session.hold_pongs(is_full);
        session.drain_output(|piece| {
            queued += piece.len() as u64;
            self.outbound.queue_frame(&[], piece);
        });
        if let Some(record) = &mut self.record {
            record.body_queued(queued);
        }
    }

    /// The handler may still work on the last message, so that it is not cancelled at once.
    fn close_after_websocket(&mut self, now: &Now, reason: CloseReason) {
        if self.lifecycle.is_handler_running() {
            let grace = self.settings.config().app_close_timeout;
            self.deadlines.set(Cause::AppClose, now.instant, grace);
        }
        self.start_closing(reason);
    }
}

fn reason_of(session: &Session) -> CloseReason {
    if session.violation().is_some() {
        CloseReason::WebSocketFailed
    } else if session.has_sent_close() {
        CloseReason::Finished
    } else {
        CloseReason::PeerGone
    }
}
