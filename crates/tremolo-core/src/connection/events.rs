//! What the connection itself does with a stream of server-sent events (WHATWG HTML, section 9.2):
//! its heartbeat, its end, and the time that its peer has. `exchange/events.rs` sends the events.

use std::time::Duration;

use super::state::Writing;
use super::{Cause, Connection, Piece};
use crate::clock::Now;
use crate::error::CloseReason;
use crate::http1::response::Framing;
use crate::sse::HEARTBEAT;

impl Connection {
    /// How long the peer may leave bytes unacknowledged, if the transport has to know that: once in
    /// each stream of events, after it has begun.
    ///
    /// Events are short. The buffers of the system take thousands of them for a peer that has
    /// vanished, so that `write_timeout` begins late, and the system itself tries for many minutes.
    /// So the transport gets the time of `write_timeout` for its own buffers (`TCP_USER_TIMEOUT`).
    pub fn take_peer_timeout(&mut self) -> Option<Duration> {
        let is_new = self.outbound.events.report();
        is_new.then_some(self.settings.config().write_timeout)
    }

    /// Whether another event can be sent: the stream has begun, has content, and has not ended.
    pub(crate) fn is_sending_events(&self) -> bool {
        self.event_framing().is_some()
    }

    fn event_framing(&self) -> Option<Framing> {
        match self.outbound.writing() {
            Writing::Body(framing) if framing != Framing::None => {
                self.outbound.events.has_begun().then_some(framing)
            }
            _ => None,
        }
    }

    /// The stream was silent for `sse_heartbeat`. While bytes are queued, `write_timeout` counts.
    pub(super) fn send_heartbeat(&mut self, now: &Now) {
        let Some(framing) = self.event_framing() else { return };
        self.watch_silence(now);
        if self.outbound.is_queue_empty() {
            // The encoder may fail: then the response is cut.
            let _ = self.send_data(framing, Piece::Slice(HEARTBEAT));
        }
    }

    /// The time until the next heartbeat begins.
    pub(crate) fn watch_silence(&mut self, now: &Now) {
        let after = self.settings.config().sse_heartbeat;
        if !after.is_zero() {
            self.deadlines.set(Cause::Heartbeat, now.instant, after);
        }
    }

    /// The server shuts down: completes the stream. Its client connects again, to the next server.
    /// For the handler it is as if the client had gone.
    pub(crate) fn end_events(&mut self, now: &Now) {
        let Some(framing) = self.event_framing() else { return };
        self.complete_body(framing);
        self.outbound.end_response();
        self.start_closing(CloseReason::Shutdown);
        self.cancel_handler(now, CloseReason::PeerGone);
    }

    /// Whether the server has ended the stream of events, and its handler may still run.
    pub(super) fn has_ended_events(&self) -> bool {
        self.outbound.events.has_begun()
            && !self.lifecycle.is_open()
            && self.deadlines.is_set(Cause::AppClose)
    }
}
