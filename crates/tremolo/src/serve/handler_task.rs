//! The task of an exchange: nothing, a handler that runs, or the pieces of a stream.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use tremolo_core::{Connection, Error, ExchangeRef, Piece, ServerSentEvents};

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
        let polled = match self {
            Self::Idle => Polled::Finished,
            Self::Handler(handler) => match guard(shared, spans, || handler.as_mut().poll(cx)) {
                Ok(Poll::Pending) => return Polled::Pending,
                Ok(Poll::Ready(answer)) | Err(answer) => Polled::Answer(answer),
            },
            // A piece may panic in its `Drop`, when it is written.
            Self::Stream(stream) => {
                match guard(shared, spans, || poll_stream(stream, cx, shared, spans)) {
                    Ok(Polled::Pending) => return Polled::Pending,
                    Ok(polled) => polled,
                    Err(answer) => Polled::Answer(answer),
                }
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

/// Calls user code, which may take the lock. A panic is logged and answered with 500.
#[inline]
fn guard<T>(
    shared: &SharedConnection,
    spans: &RequestSpans,
    call: impl FnOnce() -> T,
) -> Result<T, Answer> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| panicked(shared, spans, panic))
}

#[cold]
fn panicked(shared: &SharedConnection, spans: &RequestSpans, panic: Box<dyn Any + Send>) -> Answer {
    let span = spans.failure(&shared.lock().connection);
    let _entered = span.enter();
    log_panic("handler", panic);
    Body::Error(HttpError::internal_server_error()).into()
}

/// Writes pieces of a stream while there is room for them, and as long as the engine wants them.
#[inline(never)]
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
        let (mut taken, mut then) = (Taken::default(), Ok(Then::End));
        if exchange.is_some_and(ExchangeRef::wants_pieces) {
            if state.poll_writable(cx).is_pending() {
                return Polled::Pending;
            }
            // What a handle writes between two pieces is sent between them.
            let most = match shared.has_handles() {
                true => 1,
                false => state.connection.peek().turn().steps_without_time(),
            };
            drop(state);
            then = guard(shared, spans, || taken.fill(stream, cx, most));
            state = shared.lock();
        }
        let now = state.now(cx);
        let mut sent = Ok(());
        for piece in taken.pieces.iter_mut().map_while(Option::take) {
            let Some(mut exchange) = state.connection.current() else {
                drop(state);
                return Polled::Finished;
            };
            sent = match are_events {
                true => ServerSentEvents::of(&mut exchange).send(&now, piece),
                false => exchange.yield_piece(&now, piece),
            };
            if sent.is_err() {
                break;
            }
        }
        match then {
            _ if sent.is_err() => {}
            Ok(Then::Pending) => return Polled::Pending,
            Ok(Then::More) => continue,
            Ok(Then::Failed(error)) => return Polled::Answer(Body::Error(error).into()),
            Err(answer) => return Polled::Answer(answer),
            Ok(Then::End) => {
                let Some(mut exchange) = state.connection.current() else {
                    return Polled::Finished;
                };
                sent = exchange.end(&now, (&[]).into());
            }
        }
        report(spans, &state.connection, sent);
        if let Some(mut exchange) = state.connection.current() {
            exchange.handler_done(&now);
        }
        // The `Drop` of a value in an error of the stream may take the lock.
        drop(state);
        return Polled::Finished;
    }
}

/// Pieces that a stream has yielded, and that are written together: the connection is locked once for
/// them.
#[derive(Default)]
struct Taken {
    pieces: [Option<Piece<'static>>; MAX_TAKEN],
}

/// What a stream does after its pieces.
enum Then {
    More,
    Pending,
    End,
    Failed(HttpError),
}

impl Taken {
    /// Takes pieces, `most` at most, as long as they are short.
    fn fill(&mut self, stream: &mut PieceStream, cx: &mut Context<'_>, most: usize) -> Then {
        let mut bytes = 0;
        for place in self.pieces.iter_mut().take(most) {
            match stream.as_mut().poll_piece(cx) {
                Poll::Pending => return Then::Pending,
                Poll::Ready(None) => return Then::End,
                Poll::Ready(Some(Err(error))) => return Then::Failed(error),
                Poll::Ready(Some(Ok(piece))) => {
                    bytes += piece.len();
                    *place = Some(piece);
                }
            }
            if bytes >= MAX_TAKEN_BYTES {
                break;
            }
        }
        Then::More
    }
}

/// Pieces that are taken at once.
const MAX_TAKEN: usize = 8;

/// After so many bytes no other piece is taken: the transmit queue may be almost full.
const MAX_TAKEN_BYTES: usize = 1_024;

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
