//! The WebSocket of a request: the argument `websocket` of a handler.
//!
//! The engine has the protocol (`tremolo_core::websocket`, `tremolo_core::WebSocket`). Each file of
//! the folder has the methods of one name.

mod accept;
mod close;
mod end;
mod frame;
mod receive;
mod send;

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::websocket::{CloseCode, Handshake, MessageKind, Refusal};
use tremolo_core::{Exchange, Now};

use super::errors;
use super::exchange::Attempt;
use super::host::Host;
use super::request::Request;
use super::response::Response;

pub(super) use self::end::End;

/// A WebSocket. The first operation accepts it.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct WebSocket {
    request: Py<Request>,
    handshake: Handshake,
    progress: Mutex<Progress>,
}

/// What the object has done so far.
#[derive(Debug, Default)]
struct Progress {
    /// The `101` was sent.
    is_accepted: bool,
    subprotocol: Option<Box<str>>,
    /// The kind of the message whose fragments are being sent.
    fragments: Option<MessageKind>,
    /// The code of our own close frame.
    closed_with: Option<CloseCode>,
    /// How it has ended, as far as an operation has seen it.
    end: Option<End>,
}

impl WebSocket {
    /// The object for a request; `None` for a request that asks for no WebSocket. The error is the
    /// response to a handshake that is invalid.
    pub(super) fn of<'py>(request: &Bound<'py, Request>) -> PyResult<Option<Bound<'py, Self>>> {
        match Self::handshake(request)? {
            Ok(handshake) => Bound::new(request.py(), Self::with(request, handshake)).map(Some),
            Err(Refusal::NotAnUpgrade) => Ok(None),
            Err(refusal) => Err(refused(request.py(), refusal)),
        }
    }

    fn handshake(request: &Bound<'_, Request>) -> PyResult<Result<Handshake, Refusal>> {
        let request_of = request.get();
        let host = request_of.host.bind(request.py());
        request_of.exchange.ask(host, |exchange| exchange.websocket_handshake())
    }

    fn with(request: &Bound<'_, Request>, handshake: Handshake) -> Self {
        Self { request: request.clone().unbind(), handshake, progress: Mutex::default() }
    }

    /// Locks the progress. Python must not be called under the lock.
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn host<'py>(&self, py: Python<'py>) -> &Bound<'py, Host> {
        self.request.get().host.bind(py)
    }

    /// Calls the session of an accepted WebSocket; `None` if the connection is over.
    fn act<T>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut tremolo_core::WebSocket<'_>, &Now) -> T,
    ) -> PyResult<Option<T>> {
        let acted = self.request.get().exchange.act(self.host(py), |exchange, now| {
            Ok(exchange.websocket().map(|mut socket| act(&mut socket, now)))
        });
        errors::unless_gone(py, acted)
    }

    /// Calls the session if the transmit queue has room, else waits for room; `None` as above.
    fn write<T>(
        &self,
        py: Python<'_>,
        write: impl FnOnce(&mut tremolo_core::WebSocket<'_>, &Now) -> T,
    ) -> PyResult<Attempt<Option<T>>> {
        let write = |exchange: &mut Exchange<'_>, now: &Now| {
            Ok(exchange.websocket().map(|mut socket| write(&mut socket, now)))
        };
        let written = self.request.get().exchange.write(self.host(py), write).map(Some);
        Ok(errors::unless_gone(py, written)?.unwrap_or(Attempt::Done(None)))
    }

    /// Records the end, unless one is known. Returns the known one.
    fn ended(&self, end: End) -> End {
        self.progress().end.get_or_insert(end).clone()
    }

    /// How it has ended; `None` while it is open.
    fn end(&self, py: Python<'_>) -> Option<End> {
        let closed_with = {
            let progress = self.progress();
            if let Some(end) = &progress.end
                && end.is_final()
            {
                return Some(end.clone());
            }
            progress.closed_with
        };
        let exchange = self.request.get().exchange;
        let mut state = self.host(py).get().lock();
        let mut exchange = state.exchange(exchange)?;
        End::of(&exchange.websocket()?, closed_with)
    }
}

#[pymethods]
impl WebSocket {
    /// Raises the response to a request that asks for no WebSocket, or whose handshake is invalid.
    #[new]
    fn new(request: &Bound<'_, Request>, response: &Bound<'_, Response>) -> PyResult<Self> {
        let _ = response;
        let handshake = Self::handshake(request)?;
        let handshake = handshake.map_err(|refusal| refused(request.py(), refusal))?;
        Ok(Self::with(request, handshake))
    }

    /// The request that asked for it.
    #[getter]
    fn request(&self, py: Python<'_>) -> Py<Request> {
        self.request.clone_ref(py)
    }

    /// The response, whose head can be changed before the WebSocket is accepted.
    #[getter]
    fn response<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, Response>> {
        Response::of(self.request.bind(py))
    }

    /// The subprotocols that the client offers, in its order of preference.
    #[getter]
    fn subprotocols<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.handshake.subprotocols())
    }

    /// The subprotocol that was chosen.
    #[getter]
    fn subprotocol(&self) -> Option<String> {
        self.progress().subprotocol.as_deref().map(str::to_owned)
    }

    /// The code with which it was closed: that of the client's close frame (1005 if it had none),
    /// else that of ours, and 1006 if the client has gone without one. `None` while it is open.
    #[getter]
    fn close_code(&self, py: Python<'_>) -> Option<u16> {
        self.end(py).map(|end| end.code().get())
    }

    /// The reason in the client's close frame. `None` while it is open.
    #[getter]
    fn close_reason(&self, py: Python<'_>) -> Option<String> {
        self.end(py).map(|end| end.reason().to_owned())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)
    }
}

/// The exception for a request that cannot become a WebSocket.
pub(super) fn refused(py: Python<'_>, refusal: Refusal) -> PyErr {
    errors::with_fields(py, refusal.status().as_u16(), &refusal.to_string(), refusal.fields())
}
