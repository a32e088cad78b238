//! The objects of a connection, whatever its current exchange is: `request.server`, and the handle
//! that it holds.

use std::os::fd::{AsRawFd, IntoRawFd};

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::{ConnectionRef, Error};
use tremolo_net::Peer;

use super::exchange;
use super::host::Host;
use crate::reactor::ConnectionId;

/// A handle of a connection: its socket, and the ways to close it.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Handle {
    host: Py<Host>,
    id: ConnectionId,
}

/// The object of a connection (`request.server`), made on first use.
pub(super) fn connection_object<'py>(
    host: &Bound<'py, Host>,
    id: ConnectionId,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, this) = (host.py(), host.get());
    if let Some(object) = this.lock().contexts.get(&id) {
        return Ok(object.bind(py).clone());
    }
    let client = address_of(this.lock().reactor.peer(id));
    let handle = Handle { host: host.clone().unbind(), id };
    let object = this.hooks.connection.bind(py).call1((client, handle))?;
    let closed = {
        let mut state = this.lock();
        // Another thread may have been faster.
        if let Some(object) = state.contexts.get(&id) {
            return Ok(object.bind(py).clone());
        }
        let connection = state.reactor.peek(id);
        let closed = connection.is_none_or(ConnectionRef::is_closed);
        // After the end of the connection no event follows that would remove the object.
        if connection.is_some_and(|connection| !connection.is_drained()) {
            state.contexts.insert(id, object.clone().unbind());
        }
        closed
    };
    if closed {
        object.call_method0(pyo3::intern!(py, "_closed"))?;
    }
    Ok(object)
}

/// The context of a connection.
pub(super) fn context_of<'py>(
    host: &Bound<'py, Host>,
    id: ConnectionId,
) -> PyResult<Bound<'py, PyAny>> {
    connection_object(host, id)?.getattr(pyo3::intern!(host.py(), "context"))
}

/// The address and the port of a peer; `None` for a Unix socket.
pub(super) fn address_of(peer: Option<Peer>) -> Option<(String, u16)> {
    let address = peer?.address()?;
    Some((address.ip().to_string(), address.port()))
}
#[pymethods]
impl Handle {
    /// The descriptor of the socket; -1 once it is closed.
    fn fileno(&self) -> i32 {
        let state = self.host.get().lock();
        state.reactor.socket(self.id).map_or(-1, |socket| socket.as_raw_fd())
    }

    /// A duplicate of the descriptor, which the caller must close; `None` once the socket is closed.
    fn duplicate(&self) -> PyResult<Option<i32>> {
        let state = self.host.get().lock();
        let Some(socket) = state.reactor.socket(self.id) else { return Ok(None) };
        Ok(Some(socket.try_clone_to_owned()?.into_raw_fd()))
    }

    /// Whether the connection ends, or has ended.
    fn is_closing(&self) -> bool {
        let state = self.host.get().lock();
        state.reactor.peek(self.id).is_none_or(|connection| connection.close_reason().is_some())
    }

    /// Sends what is queued, then closes.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let host = self.host.bind(py);
        exchange::act_on(host, self.id, |connection, now| match connection.current() {
            // Between two exchanges: closes the idle connection.
            None => {
                connection.drain(now);
                Ok(())
            }
            Some(mut exchange) => match exchange.close(now, false) {
                Err(Error::Closed(_)) => Ok(()),
                closed => closed,
            },
        })
    }

    /// Lets a new connection be served.
    fn release(&self, py: Python<'_>) -> PyResult<()> {
        exchange::act_and_notify(self.host.bind(py), |state, _| {
            state.reactor.release(self.id);
            Ok(())
        })
    }

    /// Closes at once; what is queued is lost. A running handler may finish within
    /// `app_close_timeout`.
    fn abort(&self, py: Python<'_>) -> PyResult<()> {
        exchange::act_on(self.host.bind(py), self.id, |connection, now| {
            connection.handle_reset(now);
            Ok(())
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.host)
    }
}
