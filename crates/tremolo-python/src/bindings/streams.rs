//! Asynchronous generators that suspend only to yield: pulled while there is room.

use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use tremolo_core::Connection;

use super::exchange::Exchange;
use super::finish;
use super::request::Request;
use super::server::Server;
use super::state::{Running, Stream};
use crate::ffi::{self, Sent};
use crate::reactor::ConnectionId;

/// A generator and the context that it runs in.
pub(super) type Generator<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// Pulls pieces until there is no room for more, none is of any use, or the end.
pub(super) fn pull<'py>(
    server: &Bound<'py, Server>,
    exchange: Exchange,
    generator: &Generator<'py>,
    request: Option<Bound<'py, Request>>,
) -> PyResult<()> {
    loop {
        let outcome = match next(generator) {
            Ok(Some(piece)) => match say(server, exchange, request.as_ref(), &piece) {
                Ok(Next::Pull) => continue,
                Ok(Next::End) => {
                    let end = server.get().helpers.end.bind(server.py());
                    close(generator).map(|()| end.clone())
                }
                Ok(Next::Wait) => {
                    let (generator, context) = generator.clone();
                    let request = request.map(Bound::unbind);
                    let stream = Stream {
                        generator: generator.unbind(),
                        context: context.unbind(),
                        request,
                    };
                    server.get().lock().suspend(exchange, Running::Stream(Box::new(stream)));
                    return Ok(());
                }
                Err(error) => {
                    let _ = close(generator);
                    Err(error)
                }
            },
            Ok(None) => Ok(server.get().helpers.end.bind(server.py()).clone()),
            Err(error) => Err(error),
        };
        return finish::finish(server, exchange, request, outcome);
    }
}

/// There is room again.
pub(super) fn go_on(server: &Bound<'_, Server>, id: ConnectionId) -> PyResult<()> {
    let py = server.py();
    let stream = server.get().lock().take_stream(id);
    let Some((number, stream)) = stream else { return Ok(()) };
    let Stream { generator, context, request } = *stream;
    let generator = (generator.into_bound(py), context.into_bound(py));
    let request = request.map(|request| request.into_bound(py));
    pull(server, Exchange { id, number }, &generator, request)
}

/// Ends a stream that nobody takes any more, with its clean-up; `first` says what becomes of its
/// response.
pub(super) fn abandon(
    server: &Bound<'_, Server>,
    id: ConnectionId,
    first: impl FnOnce() -> PyResult<()>,
) -> PyResult<()> {
    let py = server.py();
    let stream = server.get().lock().take_stream(id);
    first()?;
    let Some((number, stream)) = stream else { return Ok(()) };
    let Stream { generator, context, request } = *stream;
    let outcome = close(&(generator.into_bound(py), context.into_bound(py)));
    let outcome = outcome.map(|()| py.None().into_bound(py));
    let request = request.map(|request| request.into_bound(py));
    finish::finish(server, Exchange { id, number }, request, outcome)
}

fn next<'py>((generator, context): &Generator<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = generator.py();
    let sent = ffi::in_context(context, || ffi::send_none(&ffi::anext(generator)?));
    match sent {
        Ok(Sent::Returned(piece)) => Ok(Some(piece)),
        Ok(Sent::Yielded(_)) => Err(suspended()),
        Err(error) if error.is_instance_of::<PyStopAsyncIteration>(py) => Ok(None),
        Err(error) => Err(error),
    }
}

fn close((generator, context): &Generator<'_>) -> PyResult<()> {
    let py = generator.py();
    let sent = ffi::in_context(context, || {
        let close = generator.call_method0(pyo3::intern!(py, "aclose"))?;
        ffi::send_none(&close)
    });
    match sent? {
        Sent::Returned(_) => Ok(()),
        Sent::Yielded(_) => Err(suspended()),
    }
}

/// What comes after a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Pull,
    /// There is no room, or other connections go on first.
    Wait,
    /// Nothing of the body is sent: the generator is closed.
    End,
}

impl Next {
    fn of(connection: &mut Connection) -> Self {
        if !connection.wants_pieces() {
            Self::End
        } else if connection.is_write_blocked() {
            Self::Wait
        } else {
            Self::Pull
        }
    }
}

/// Sends a piece. An empty piece, or `None`, sends nothing.
fn say(
    server: &Bound<'_, Server>,
    exchange: Exchange,
    request: Option<&Bound<'_, Request>>,
    piece: &Bound<'_, PyAny>,
) -> PyResult<Next> {
    if piece.is_none() {
        // It counts all the same: a generator of nothing else must not hold the loop.
        return exchange.act(server, |connection, now| {
            let _ = connection.yield_piece(now, (&[]).into());
            Ok(Next::of(connection))
        });
    }
    if let Some(request) = request {
        request.get().store_headers(server.py())?;
    }
    let bytes = super::payload::piece(piece)?;
    exchange.act(server, |connection, now| {
        connection.yield_piece(now, bytes)?;
        Ok(Next::of(connection))
    })
}

fn suspended() -> PyErr {
    pyo3::exceptions::PyRuntimeError::new_err("a generator has suspended that cannot")
}
