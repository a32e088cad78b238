//! Asynchronous generators that suspend only to yield: pulled while there is room.

use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::Exchange;

use super::exchange_id::ExchangeId;
use super::host::Host;
use super::request::Request;
use super::state::{Resumable, SuspendedHandler};
use super::tasks;
use crate::ffi::{self, Sent};

/// A generator and the context that it runs in.
pub(super) type Generator<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// A generator that waits for room in the transmit queue.
#[derive(Debug)]
struct SuspendedStream {
    host: Py<Host>,
    exchange: ExchangeId,
    generator: Py<PyAny>,
    context: Py<PyAny>,
    request: Option<Py<Request>>,
}

impl Resumable for SuspendedStream {
    fn resume(self: Box<Self>, py: Python<'_>) -> PyResult<()> {
        let generator = (self.generator.into_bound(py), self.context.into_bound(py));
        let request = self.request.map(|request| request.into_bound(py));
        pull(self.host.bind(py), self.exchange, &generator, request)
    }

    fn abandon(self: Box<Self>, py: Python<'_>) -> PyResult<()> {
        let outcome = close(&(self.generator.into_bound(py), self.context.into_bound(py)));
        let outcome = outcome.map(|()| py.None().into_bound(py));
        let request = self.request.map(|request| request.into_bound(py));
        tasks::finish(self.host.bind(py), self.exchange, request, outcome)
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.host)?;
        visit.call(&self.generator)?;
        visit.call(&self.context)?;
        visit.call(&self.request)
    }
}

/// Pulls pieces until the queue has no room, no other piece is needed, or the generator ends.
pub(super) fn pull<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    generator: &Generator<'py>,
    request: Option<Bound<'py, Request>>,
) -> PyResult<()> {
    loop {
        let outcome = match next(generator) {
            Ok(Some(piece)) => match send(host, exchange, request.as_ref(), &piece) {
                Ok(Next::Pull) => continue,
                Ok(Next::End) => {
                    let end = host.get().hooks.end.bind(host.py());
                    close(generator).map(|()| end.clone())
                }
                Ok(Next::Wait) => {
                    let (generator, context) = generator.clone();
                    let stream = Box::new(SuspendedStream {
                        host: host.clone().unbind(),
                        exchange,
                        generator: generator.unbind(),
                        context: context.unbind(),
                        request: request.map(Bound::unbind),
                    });
                    host.get().lock().suspend(exchange, SuspendedHandler::Resumable(stream));
                    return Ok(());
                }
                Err(error) => {
                    let _ = close(generator);
                    Err(error)
                }
            },
            Ok(None) => Ok(host.get().hooks.end.bind(host.py()).clone()),
            Err(error) => Err(error),
        };
        return tasks::finish(host, exchange, request, outcome);
    }
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

/// What follows a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Pull,
    /// There is no room, or other connections are served first.
    Wait,
    /// The body is not sent: the generator is closed.
    End,
}

impl Next {
    fn of(exchange: &mut Exchange<'_>) -> Self {
        if !exchange.peek().wants_pieces() {
            Self::End
        } else if exchange.is_write_blocked() {
            Self::Wait
        } else {
            Self::Pull
        }
    }
}

/// Sends a piece. An empty piece, or `None`, sends nothing.
fn send(
    host: &Bound<'_, Host>,
    exchange: ExchangeId,
    request: Option<&Bound<'_, Request>>,
    piece: &Bound<'_, PyAny>,
) -> PyResult<Next> {
    if piece.is_none() {
        // It counts as a piece: a generator of empty pieces must not hold the loop.
        return exchange.act(host, |exchange, now| {
            let _ = exchange.yield_piece(now, (&[]).into());
            Ok(Next::of(exchange))
        });
    }
    if let Some(request) = request {
        request.get().store_headers(host.py())?;
    }
    let bytes = super::payload::piece(piece)?;
    exchange.act(host, |exchange, now| {
        exchange.yield_piece(now, bytes)?;
        Ok(Next::of(exchange))
    })
}

fn suspended() -> PyErr {
    pyo3::exceptions::PyRuntimeError::new_err("a generator has suspended that cannot")
}
