//! Server-sent events of an exchange (WHATWG HTML, section 9.2): the head and each event.
//!
//! Each event is one piece, which `sse.rs` encodes. Heartbeat and shutdown are in
//! `connection/events.rs`.

use super::Exchange;
use super::checks::{check_open, response_mut};
use crate::clock::Now;
use crate::connection::event_stream::EventStream;
use crate::connection::state::Writing;
use crate::connection::{Cause, Piece};
use crate::error::{CloseReason, Error, Misuse};
use crate::http1::response::BodySize;

/// The response of an exchange as a stream of server-sent events.
///
/// ```
/// # use std::{sync::Arc, time::Instant};
/// # use bytes::BufMut;
/// use tremolo_core::sse::EventEncoder;
/// use tremolo_core::{Config, Connection, Event, Now, ServerSentEvents, Settings};
///
/// # let settings = Arc::new(Settings::new(Config::default())?);
/// # let now = Now::new(Instant::now(), 784_111_777);
/// # let mut connection = Connection::new(settings, None, &now);
/// # connection.input_buffer().put_slice(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
/// # connection.handle_input(&now);
/// # assert!(matches!(connection.poll_event(&now), Some(Event::Request(_))));
/// let mut exchange = connection.current().expect("a request has begun");
/// let mut events = ServerSentEvents::of(&mut exchange);
/// let mut encoder = EventEncoder::default();
/// encoder.data(b"tick 1");
/// events.send(&now, encoder.finish().into())?;
/// events.close(&now)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ServerSentEvents<'a> {
    exchange: Exchange<'a>,
}

impl<'a> ServerSentEvents<'a> {
    /// The events of this exchange. Nothing is sent yet.
    #[must_use]
    pub fn of(exchange: &'a mut Exchange<'_>) -> Self {
        Self { exchange: Exchange { connection: exchange.connection } }
    }

    /// Sends the head of the stream: `Content-Type: text/event-stream`, and, unless the application
    /// has set these fields, `Cache-Control: no-cache` and `X-Accel-Buffering: no`, so that proxies
    /// pass each event on. Does nothing if it was sent.
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
    pub fn begin(&mut self, now: &Now) -> Result<(), Error> {
        let connection = &mut *self.exchange.connection;
        check_open(connection)?;
        if connection.outbound.events.has_begun() {
            let is_over = !connection.is_sending_events();
            return if is_over { Err(CloseReason::Finished.into()) } else { Ok(()) };
        }
        if connection.outbound.coalesced() > 0 || connection.outbound.writing() == Writing::Raw {
            return Err(Misuse::HeadAlreadySent.into());
        }
        let head = response_mut(connection)?;
        head.set_content_type(b"text/event-stream")?;
        head.remove(b"Content-Length");
        for (name, value) in
            [(&b"Cache-Control"[..], &b"no-cache"[..]), (b"X-Accel-Buffering", b"no")]
        {
            if !head.fields().iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                head.append(name, value)?;
            }
        }
        connection.outbound.events = EventStream::Begun;
        self.exchange.begin_coding();
        self.exchange.send_head(now, BodySize::Streamed);
        let connection = &mut *self.exchange.connection;
        if !connection.is_sending_events() {
            return Err(CloseReason::Finished.into());
        }
        if connection.lifecycle.is_draining() {
            connection.end_events(now);
            return Err(CloseReason::Shutdown.into());
        }
        connection.watch_silence(now);
        connection.deadlines.clear(Cause::Request);
        self.exchange.options().set_handler_timeout(now, None);
        Ok(())
    }

    /// Sends an event that [`EventEncoder`](crate::sse::EventEncoder) has encoded; before the
    /// first, the head ([`ServerSentEvents::begin`]).
    ///
    /// # Errors
    ///
    /// Those of [`ServerSentEvents::begin`].
    pub fn send(&mut self, now: &Now, event: Piece<'_>) -> Result<(), Error> {
        self.begin(now)?;
        self.exchange.connection.watch_silence(now);
        self.exchange.write(now, event)
    }

    /// Ends the stream and keeps the connection. Does nothing if the stream has ended or the client
    /// has gone.
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`] by another call.
    pub fn close(&mut self, now: &Now) -> Result<(), Error> {
        match self.begin(now) {
            Ok(()) => self.exchange.close(now, true),
            Err(Error::Closed(_)) => Ok(()),
            misused => misused,
        }
    }
}
