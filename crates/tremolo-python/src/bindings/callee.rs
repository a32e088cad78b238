//! Handlers and middleware as objects that the pipeline of middleware calls.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::errors::{self, Refusal};
use super::request::Request;
use super::route::Route;

/// A handler, a folder, or middleware, called with a request. Returns an awaitable or the result.
///
/// The garbage collector visits its objects by way of the routes, which have them too.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Callee(What);

#[derive(Debug)]
enum What {
    Route {
        route: Arc<Route>,
        /// How many bytes of the path follow the prefix of the route.
        rest: usize,
    },
    /// No handler serves the request.
    Nothing { status: u16, allow: Option<String> },
}

impl Callee {
    pub(super) fn new(route: Arc<Route>, rest: usize) -> Self {
        Self(What::Route { route, rest })
    }

    /// The answer to a request that no handler serves.
    pub(super) fn nothing(refusal: Refusal<'_>) -> Self {
        let allow = refusal.allow.map(str::to_owned);
        Self(What::Nothing { status: refusal.status, allow })
    }
}

#[pymethods]
impl Callee {
    fn __call__<'py>(&self, request: &Bound<'py, Request>) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (request.py(), request.get());
        let host = this.host.bind(py);
        match &self.0 {
            What::Route { route, rest } => {
                if route.options.change_response() {
                    this.store_headers(py)?;
                    this.exchange.act(host, |connection, _| route.options.apply(connection))?;
                    this.load_headers(py)?;
                }
                route.endpoint.call(request, *rest)
            }
            What::Nothing { status, allow } => {
                let refusal = Refusal { status: *status, allow: allow.as_deref() };
                if !refusal.is_success() {
                    return Err(errors::not_served(py, this.head.path(), refusal));
                }
                this.exchange.act(host, |connection, _| {
                    let head = connection.response_mut()?;
                    head.set_status(refusal.status)?;
                    if let Some(allow) = refusal.allow {
                        head.set(b"Allow", allow.as_bytes())?;
                    }
                    Ok(())
                })?;
                Ok(PyBytes::new(py, b"").into_any())
            }
        }
    }
}
