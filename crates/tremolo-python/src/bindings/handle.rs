//! What the connection object of Python holds of its connection, whichever exchange is in work.

use std::os::fd::{AsRawFd, IntoRawFd};

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::{Error, Misuse};

use super::exchange;
use super::server::Server;
use crate::reactor::ConnectionId;

/// A connection, by its name: the socket, and the ways to end it.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Handle {
    server: Py<Server>,
    id: ConnectionId,
}

impl Handle {
    pub(super) fn new(server: &Bound<'_, Server>, id: ConnectionId) -> Self {
        Self { server: server.clone().unbind(), id }
    }
}

#[pymethods]
impl Handle {
    /// The descriptor of the socket; -1 once it is closed.
    fn fileno(&self) -> i32 {
        let state = self.server.get().lock();
        state.reactor.socket(self.id).map_or(-1, |socket| socket.as_raw_fd())
    }

    /// A descriptor of the same socket for the caller, who closes it; `None` once it is closed.
    fn duplicate(&self) -> PyResult<Option<i32>> {
        let state = self.server.get().lock();
        let Some(socket) = state.reactor.socket(self.id) else { return Ok(None) };
        Ok(Some(socket.try_clone_to_owned()?.into_raw_fd()))
    }

    /// Whether the connection ends, or has ended.
    fn is_closing(&self) -> bool {
        let state = self.server.get().lock();
        state.reactor.peek(self.id).is_none_or(|connection| connection.close_reason().is_some())
    }

    /// Sends what is queued, then closes.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let server = self.server.bind(py);
        exchange::act_on(server, self.id, |connection, now| match connection.close(now, false) {
            // Nobody says anything: it closes as one that the server does not need any more.
            Err(Error::Misuse(Misuse::ExchangeOver)) => {
                connection.drain(now);
                Ok(())
            }
            Err(Error::Closed(_)) => Ok(()),
            closed => closed,
        })
    }

    /// Closes at once; what is queued is lost. A handler that runs has its grace.
    fn abort(&self, py: Python<'_>) -> PyResult<()> {
        exchange::act_on(self.server.bind(py), self.id, |connection, now| {
            connection.handle_reset(now);
            Ok(())
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)
    }
}
