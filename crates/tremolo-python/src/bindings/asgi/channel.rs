//! What both kinds of channels have: the exchange, its end, and whether its client has gone.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::{CloseReason, Error, Exchange, Misuse, Now};

use super::super::exchange::{Attempt, perform, wake_all};
use super::super::exchange_id::ExchangeId;
use super::super::host::Host;
use super::super::request::Request;
use super::super::state::WaitFor;
use super::errors;

/// The exchange of an application.
#[derive(Debug)]
pub(super) struct Channel {
    host: Py<Host>,
    pub(super) exchange: ExchangeId,
    pub(super) scope: Py<PyDict>,
    /// Only if middleware runs around the application.
    request: Option<Py<Request>>,
    /// The application was notified that its client has gone.
    is_gone: AtomicBool,
}

/// What it means that an application returns. It is an error if something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The exchange is over already.
    Over,
    /// The exchange ends.
    Returned,
    /// The client has gone before the response was complete.
    Gone,
}

/// The result of a write operation.
enum Written {
    /// The transmit queue has no room.
    Blocked,
    Done,
    /// The response is complete, and was cut if it is shorter than declared.
    Complete {
        was_cut: bool,
    },
}

impl Channel {
    pub(super) fn new(
        host: &Bound<'_, Host>,
        exchange: ExchangeId,
        scope: &Bound<'_, PyDict>,
        request: Option<Py<Request>>,
    ) -> Self {
        let (host, scope) = (host.clone().unbind(), scope.clone().unbind());
        Self { host, exchange, scope, request, is_gone: AtomicBool::new(false) }
    }

    pub(super) fn host<'py>(&self, py: Python<'py>) -> &Bound<'py, Host> {
        self.host.bind(py)
    }

    /// What must be awaited before the head is sent: middleware.
    pub(super) fn before_head(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let Some(request) = &self.request else { return Ok(None) };
        let middleware = Request::before_head(request.bind(py), false)?;
        if middleware.is_none() {
            request.get().store_headers(py)?;
        }
        Ok(middleware.map(Bound::unbind))
    }

    /// Calls the exchange. The error is that of the engine.
    pub(super) fn try_act<T>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Exchange<'_>, &Now) -> Result<T, Error>,
    ) -> PyResult<Result<T, Error>> {
        perform(self.host(py), |state, now| {
            let connection = state.reactor.connection(self.exchange.id);
            let connection = connection.ok_or(Error::Closed(CloseReason::PeerGone))?;
            act(&mut connection.exchange(self.exchange.number)?, now)
        })
    }

    /// Calls the exchange.
    pub(super) fn act<T>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Exchange<'_>, &Now) -> Result<T, Error>,
    ) -> PyResult<T> {
        self.try_act(py, act)?.map_err(|error| self.raise(py, error))
    }

    /// Performs a write operation if the transmit queue has room, else waits for room. It returns
    /// whether it has ended the response: then the exchange is over for the application, and the next
    /// request can be served.
    pub(super) fn write(
        &self,
        py: Python<'_>,
        write: impl FnOnce(&mut Exchange<'_>, &Now) -> Result<bool, Error>,
    ) -> PyResult<Attempt<()>> {
        let host = self.host(py);
        let in_loop = host.get().is_loop_thread();
        let mut waiting = Vec::new();
        let written = perform(host, |state, now| {
            let connection = state.reactor.connection(self.exchange.id);
            let connection = connection.ok_or(Error::Closed(CloseReason::PeerGone))?;
            let mut exchange = connection.exchange(self.exchange.number)?;
            if exchange.is_queue_full() || (in_loop && exchange.is_write_blocked()) {
                return Ok(Written::Blocked);
            }
            if !write(&mut exchange, now)? {
                return Ok(Written::Done);
            }
            exchange.handler_done(now);
            let was_cut = connection.peek().close_reason() == Some(CloseReason::ResponseCut);
            waiting = state.detach(self.exchange);
            Ok(Written::Complete { was_cut })
        })?;
        match written.map_err(|error| self.raise(py, error))? {
            Written::Blocked => host_wait(self, py, WaitFor::Room),
            Written::Done | Written::Complete { was_cut: false } => {
                wake_all(host, &waiting)?;
                Ok(Attempt::Done(()))
            }
            Written::Complete { was_cut: true } => {
                wake_all(host, &waiting)?;
                Err(too_short())
            }
        }
    }

    /// A future that is done when input has arrived, or the exchange is over.
    pub(super) fn wait_for_input<T>(&self, py: Python<'_>) -> PyResult<Attempt<T>> {
        host_wait(self, py, WaitFor::Input)
    }

    /// Whether the exchange is over: the client has gone, or the response is complete.
    pub(super) fn is_over(&self, py: Python<'_>) -> bool {
        let state = self.host(py).get().lock();
        let connection = state.reactor.peek(self.exchange.id);
        connection.is_none_or(|connection| {
            let current = connection.exchange(self.exchange.number);
            connection.close_reason().is_some()
                || current.map_or(true, |current| current.seems_gone())
        })
    }

    /// The application is notified that its client has gone.
    pub(super) fn set_gone(&self) {
        self.is_gone.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed)
    }

    /// The exception for an error of the engine.
    pub(super) fn raise(&self, py: Python<'_>, error: Error) -> PyErr {
        match error {
            Error::Closed(reason) => self.gone(py, &reason.to_string()),
            Error::Misuse(Misuse::ExchangeOver) => self.gone(py, "the client has gone"),
            error => errors::misuse(py, error),
        }
    }

    /// The exception for a client that has gone.
    pub(super) fn gone(&self, py: Python<'_>, text: &str) -> PyErr {
        self.set_gone();
        errors::gone(py, text)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.host)?;
        visit.call(&self.scope)?;
        visit.call(&self.request)
    }
}

fn host_wait<T>(channel: &Channel, py: Python<'_>, wait_for: WaitFor) -> PyResult<Attempt<T>> {
    channel.exchange.wait(channel.host(py), wait_for)
}

/// The exception for a body that is shorter than its `Content-Length`.
pub(super) fn too_short() -> PyErr {
    pyo3::exceptions::PyRuntimeError::new_err("the body is shorter than its Content-Length")
}
