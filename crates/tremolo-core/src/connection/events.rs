//! Streams of server-sent events (WHATWG HTML, section 9.2): head, heartbeat, end.
//!
//! Each event is one piece. `sse.rs` encodes it.

use std::time::Duration;

use super::event_stream::EventStream;
use super::state::Writing;
use super::{Cause, Connection, Piece};
use crate::clock::Now;
use crate::error::{CloseReason, Error, Misuse};
use crate::http1::response::{BodySize, Framing};
use crate::sse::HEARTBEAT;

impl Connection {
    /// Sends the head of a stream of server-sent events: `Content-Type: text/event-stream`, and,
    /// unless the application has set these fields, `Cache-Control: no-cache` and
    /// `X-Accel-Buffering: no`, so that proxies pass each event on. Does nothing if it was sent.
    ///
    /// From now on no handler timeout counts. After `sse_heartbeat` without an event a comment is
    /// sent, so that a client that has vanished is found by `write_timeout`. A client that closes
    /// its sending half is gone, unless `half_close` allows that. When the server shuts down, the
    /// stream is completed, and the client connects again.
    ///
    /// A response without content, to HEAD or with a status such as 204, takes no event.
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`] by another call; [`Error::Closed`] if no event can be sent,
    /// because the stream has ended, the response has no content, or the connection is gone.
    pub fn begin_events(&mut self, now: &Now) -> Result<(), Error> {
        self.check_open()?;
        if self.outbound.events().has_begun() {
            let is_over = !self.is_sending_events();
            return if is_over { Err(CloseReason::Finished.into()) } else { Ok(()) };
        }
        if self.outbound.has_coalesced() || self.outbound.writing() == Writing::Raw {
            return Err(Misuse::HeadAlreadySent.into());
        }
        let head = self.response_mut()?;
        head.set_content_type(b"text/event-stream")?;
        head.remove(b"Content-Length");
        for (name, value) in
            [(&b"Cache-Control"[..], &b"no-cache"[..]), (b"X-Accel-Buffering", b"no")]
        {
            if !head.fields().iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                head.append(name, value)?;
            }
        }
        *self.outbound.events_mut() = EventStream::Begun;
        self.begin_coding();
        self.send_head(now, BodySize::Streamed);
        if !self.is_sending_events() {
            return Err(CloseReason::Finished.into());
        }
        if self.lifecycle.is_draining() {
            self.end_events(now);
            return Err(CloseReason::Shutdown.into());
        }
        self.set_handler_timeout(now, None);
        self.watch_silence(now);
        Ok(())
    }

    /// Sends an event that [`EventEncoder`](crate::sse::EventEncoder) has encoded; before the
    /// first, the head ([`Connection::begin_events`]).
    ///
    /// # Errors
    ///
    /// Those of [`Connection::begin_events`].
    pub fn send_event(&mut self, now: &Now, event: Piece<'_>) -> Result<(), Error> {
        self.begin_events(now)?;
        self.watch_silence(now);
        self.write(now, event)
    }

    /// Ends the stream and keeps the connection. Does nothing if the stream has ended or the client
    /// has gone.
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`] by another call.
    pub fn close_events(&mut self, now: &Now) -> Result<(), Error> {
        match self.begin_events(now) {
            Ok(()) => self.close(now, true),
            Err(Error::Closed(_)) => Ok(()),
            misused => misused,
        }
    }

    /// How long the peer may leave bytes unacknowledged, if the transport has to know that: once in
    /// each stream of events, after it has begun.
    ///
    /// Events are short. The buffers of the system take thousands of them for a peer that has
    /// vanished, so that `write_timeout` begins late, and the system itself tries for many minutes.
    /// So the transport gets the time of `write_timeout` for its own buffers (`TCP_USER_TIMEOUT`).
    pub fn take_peer_timeout(&mut self) -> Option<Duration> {
        let is_new = self.outbound.events_mut().report();
        is_new.then_some(self.settings.config().write_timeout)
    }

    /// Whether something can be added to the response of the current exchange.
    #[must_use]
    pub fn is_response_open(&self) -> bool {
        self.lifecycle.is_open()
            && !matches!(self.outbound.writing(), Writing::Idle | Writing::Ended)
    }

    /// Whether the response is a stream of events without content, to HEAD for instance: no event
    /// can be sent, and nothing is missing.
    #[must_use]
    pub fn has_refused_events(&self) -> bool {
        self.outbound.events().has_begun()
            && self.outbound.writing() == Writing::Body(Framing::None)
    }

    /// Whether another event can be sent: the stream has begun, has content, and has not ended.
    pub(super) fn is_sending_events(&self) -> bool {
        self.event_framing().is_some()
    }

    fn event_framing(&self) -> Option<Framing> {
        match self.outbound.writing() {
            Writing::Body(framing) if framing != Framing::None => {
                self.outbound.events().has_begun().then_some(framing)
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

    fn watch_silence(&mut self, now: &Now) {
        let after = self.settings.config().sse_heartbeat;
        if !after.is_zero() {
            self.deadlines.set(Cause::Heartbeat, now.instant, after);
        }
    }

    /// The server shuts down: completes the stream. Its client connects again, to the next server.
    /// The handler has `app_close_timeout` to end.
    pub(super) fn end_events(&mut self, now: &Now) {
        let Some(framing) = self.event_framing() else { return };
        self.complete_body(framing);
        self.outbound.end_response();
        self.start_closing(CloseReason::Shutdown);
        if self.lifecycle.is_handler_running() {
            let grace = self.settings.config().app_close_timeout;
            self.deadlines.set(Cause::AppClose, now.instant, grace);
        }
    }
}
