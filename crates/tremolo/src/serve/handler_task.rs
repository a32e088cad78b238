//! The task of an exchange: nothing, a handler that runs, or the pieces of a stream.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use tremolo_core::{Connection, Error, ExchangeRef, ServerSentEvents};

use super::spans::RequestSpans;
use crate::catch_panic::{catch_panic, log_panic};
use crate::error::HttpError;
use crate::next::HandlerFuture;
use crate::reply::{Answer, Body, PieceStream};
use crate::shared_connection::SharedConnection;

pub(super) enum HandlerTask<'a> {
    Idle,
    Handler(HandlerFuture<'a>),
    Stream(PieceStream),
}

/// The result of one poll.
pub(super) enum Polled {
    /// The task waits.
    Pending,
    /// The handler has returned this answer.
    Answer(Answer),
    /// The response was completed, or cannot be.
    Finished,
}

impl HandlerTask<'_> {
    pub(super) fn is_active(&self) -> bool {
        !matches!(self, Self::Idle)
    }

    /// Polls the task. The connection must not be locked, because this runs user code. A task that
    /// has finished is dropped here, for the same reason.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        shared: &SharedConnection,
        spans: &RequestSpans,
    ) -> Polled {
        let result = catch_unwind(AssertUnwindSafe(|| match self {
            Self::Idle => Polled::Finished,
            Self::Handler(handler) => match handler.as_mut().poll(cx) {
                Poll::Ready(answer) => Polled::Answer(answer),
                Poll::Pending => Polled::Pending,
            },
            Self::Stream(stream) => poll_stream(stream, cx, shared, spans),
        }));
        let polled = match result {
            Ok(Polled::Pending) => return Polled::Pending,
            Ok(polled) => polled,
            Err(panic) => {
                let span = spans.failure(&shared.lock().connection);
                let _entered = span.enter();
                log_panic("handler", panic);
                Polled::Answer(Body::Error(HttpError::internal_server_error()).into())
            }
        };
        self.abandon();
        polled
    }

    /// Drops the task. Its clean-up runs; if that panics, the worker continues.
    pub(super) fn abandon(&mut self) {
        let task = std::mem::replace(self, Self::Idle);
        catch_panic("the clean-up of a handler", || drop(task));
    }
}

/// Takes pieces from a stream while there is room for them, and as long as the engine wants them.
fn poll_stream(
    stream: &mut PieceStream,
    cx: &mut Context<'_>,
    shared: &SharedConnection,
    spans: &RequestSpans,
) -> Polled {
    let are_events = stream.are_events();
    let mut state = shared.lock();
    loop {
        let exchange = state.connection.peek().current();
        let wants_pieces = exchange.is_some_and(ExchangeRef::wants_pieces);
        let mut piece = None;
        if wants_pieces {
            if state.poll_writable(cx).is_pending() {
                return Polled::Pending;
            }
            // User code takes the lock itself.
            drop(state);
            piece = match stream.as_mut().poll_piece(cx) {
                Poll::Pending => return Polled::Pending,
                Poll::Ready(Some(Err(error))) => return Polled::Answer(Body::Error(error).into()),
                Poll::Ready(Some(Ok(piece))) => Some(piece),
                Poll::Ready(None) => None,
            };
            state = shared.lock();
        }
        let now = state.now(cx);
        let Some(mut exchange) = state.connection.current() else { return Polled::Finished };
        let is_last = piece.is_none();
        let sent = match piece {
            Some(event) if are_events => ServerSentEvents::of(&mut exchange).send(&now, event),
            Some(piece) => exchange.yield_piece(&now, piece),
            None => exchange.end(&now, (&[]).into()),
        };
        if is_last || sent.is_err() {
            report(spans, &state.connection, sent);
            if let Some(mut exchange) = state.connection.current() {
                exchange.handler_done(&now);
            }
            return Polled::Finished;
        }
    }
}

/// A mistake of the handler is an error in the log; a client that left is a debug line.
pub(super) fn report(spans: &RequestSpans, connection: &Connection, sent: Result<(), Error>) {
    match sent {
        Err(Error::Misuse(misuse)) => {
            let failed = || tracing::error!(%misuse, "the handler's reply could not be sent");
            spans.failure(connection).in_scope(failed);
        }
        Err(error) => tracing::debug!(%error, "the reply was not sent"),
        Ok(()) => {}
    }
}

impl fmt::Debug for HandlerTask<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "Idle",
            Self::Handler(_) => "Handler",
            Self::Stream(_) => "Stream",
        })
    }
}
