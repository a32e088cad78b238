//! The target of a route: a handler in Python, a folder, or another kind of application.

use std::fmt;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::http1::request::RequestHead;

use super::exchange_id::ExchangeId;
use super::host::Host;
use super::request::Request;

/// Serves the requests of a route.
pub(super) trait Endpoint: fmt::Debug + Send + Sync {
    /// What `serve` needs of the request.
    fn wants(&self) -> Wants;

    /// Serves a request, now or later. An error ends the server.
    fn serve(&self, call: Call<'_, '_>) -> PyResult<()>;

    /// Begins to serve a request, for the pipeline of middleware. Returns an awaitable, or what a
    /// handler returns.
    fn call<'py>(&self, request: &Bound<'py, Request>, rest: usize) -> PyResult<Bound<'py, PyAny>>;

    /// Whether the endpoint responds itself to methods that it does not support.
    fn decides_methods(&self) -> bool {
        false
    }

    /// The function in Python, if there is one.
    fn function(&self) -> Option<&Py<PyAny>> {
        None
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError>;
}

/// What an endpoint needs of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// Nothing: the buffer of the head is reused.
    Nothing,
    /// The head, which it should release before it calls the application.
    Head,
    /// A request object.
    Request,
}

/// A request to be served.
#[derive(Debug)]
pub(super) struct Call<'a, 'py> {
    pub(super) host: &'a Bound<'py, Host>,
    pub(super) exchange: ExchangeId,
    /// Only if the endpoint wants it, as the request object.
    pub(super) head: Option<Arc<RequestHead>>,
    pub(super) request: Option<Bound<'py, Request>>,
    /// How many bytes of the path follow the prefix of the route.
    pub(super) rest: usize,
}
