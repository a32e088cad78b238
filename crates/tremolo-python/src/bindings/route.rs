//! A route: its endpoint and its options.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::asgi::{AsgiEndpoint, AsgiTarget};
use super::endpoint::Endpoint;
use super::folder::{FolderEndpoint, StaticFiles};
use super::handler::Handler;
use super::route_options::RouteOptions;

/// An endpoint and the options of its route. Middleware is one too.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) options: Arc<RouteOptions>,
    pub(super) endpoint: Box<dyn Endpoint>,
}

impl Route {
    /// Reads an instance of `tremolo._handlers.Handler`.
    pub(super) fn new(handler: &Bound<'_, PyAny>) -> PyResult<Self> {
        let options = Arc::new(RouteOptions::new(handler)?);
        let function = handler.getattr("function")?;
        let endpoint: Box<dyn Endpoint> = match function.cast::<StaticFiles>() {
            Ok(files) => Box::new(FolderEndpoint::new(files.get())?),
            Err(_) => match function.cast::<AsgiTarget>() {
                Ok(target) => Box::new(AsgiEndpoint::new(target.get(), handler.py())?),
                Err(_) => Box::new(Handler::new(handler)?),
            },
        };
        Ok(Self { options, endpoint })
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.options.traverse(visit)?;
        self.endpoint.traverse(visit)
    }
}
