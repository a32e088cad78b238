//! What a connection works on: nothing, a handler that runs, or the pieces of a stream.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use tremolo_core::{Connection, Error};

use super::spans::Scene;
use crate::caught::{after_panic, guarded};
use crate::cell::Cell;
use crate::clock;
use crate::error::HttpError;
use crate::handler::Running;
use crate::reply::{Answer, Body, PieceStream};

pub(super) enum Work<'a> {
    Idle,
    Handler(Running<'a>),
    Stream(PieceStream),
}

/// How far a turn of work came.
pub(super) enum Outcome {
    /// It waits for something.
    Pending,
    /// It has this to say, and is done.
    Answer(Answer),
    /// Everything was said.
    Over,
}

impl Work<'_> {
    pub(super) fn is_active(&self) -> bool {
        !matches!(self, Self::Idle)
    }

    /// Goes on as far as it gets. The cell must not be locked: this is user code. When it is
    /// done it is dropped in here, for the same reason.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, cell: &Cell, scene: &Scene) -> Outcome {
        let polled = catch_unwind(AssertUnwindSafe(|| match self {
            Self::Idle => Outcome::Over,
            Self::Handler(handler) => match handler.as_mut().poll(cx) {
                Poll::Ready(answer) => Outcome::Answer(answer),
                Poll::Pending => Outcome::Pending,
            },
            Self::Stream(stream) => poll_stream(stream, cx, cell, scene),
        }));
        let outcome = polled.unwrap_or_else(|panic| {
            let span = scene.failure(&cell.lock().connection);
            let _entered = span.enter();
            after_panic(panic, |panic| tracing::error!(panic, "handler panicked"));
            Outcome::Answer(Body::Error(HttpError::internal_server_error()).into())
        });
        if !matches!(outcome, Outcome::Pending) {
            self.abandon();
        }
        outcome
    }

    /// Drops what is in work; its clean-up runs, and must not harm the worker if it panics.
    pub(super) fn abandon(&mut self) {
        let work = std::mem::replace(self, Self::Idle);
        guarded("the clean-up of a handler", || drop(work));
    }
}

/// Takes pieces from a stream while there is room for them, and as long as they are of any use.
fn poll_stream(
    stream: &mut PieceStream,
    cx: &mut Context<'_>,
    cell: &Cell,
    scene: &Scene,
) -> Outcome {
    loop {
        let wants_pieces = {
            let mut state = cell.lock();
            let wants_pieces = state.connection.wants_pieces();
            if wants_pieces && state.poll_writable(cx).is_pending() {
                return Outcome::Pending;
            }
            wants_pieces
        };
        let piece = if wants_pieces {
            match stream.as_mut().poll_piece(cx) {
                Poll::Pending => return Outcome::Pending,
                Poll::Ready(Some(Err(error))) => return Outcome::Answer(Body::Error(error).into()),
                Poll::Ready(Some(Ok(piece))) => Some(piece),
                Poll::Ready(None) => None,
            }
        } else {
            None
        };
        let mut state = cell.lock();
        let now = clock::now();
        let said = match piece {
            Some(piece) => state.connection.yield_piece(&now, piece),
            None => {
                let ended = state.connection.end(&now, (&[]).into());
                report(scene, &state.connection, ended);
                state.connection.handler_done(&now);
                return Outcome::Over;
            }
        };
        if let Err(error) = said {
            report(scene, &state.connection, Err(error));
            state.connection.handler_done(&now);
            return Outcome::Over;
        }
    }
}

/// A mistake of the handler is worth a line in the log; a client that left is not.
pub(super) fn report(scene: &Scene, connection: &Connection, said: Result<(), Error>) {
    match said {
        Err(Error::Misuse(misuse)) => {
            let failed = || tracing::error!(%misuse, "the handler's reply could not be sent");
            scene.failure(connection).in_scope(failed);
        }
        Err(error) => tracing::debug!(%error, "the reply was not sent"),
        Ok(()) => {}
    }
}

impl fmt::Debug for Work<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "Idle",
            Self::Handler(_) => "Handler",
            Self::Stream(_) => "Stream",
        })
    }
}
