//! The routes of a server: which endpoint serves a request, and with which options.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::http1::request::RequestHead;
use tremolo_core::routing::{DecidesMethods, RouteError, RouteTable, Router, Unserved};

use super::endpoint::Endpoint;
use super::folder::{FolderEndpoint, StaticFiles};
use super::handler::Handler;
use super::host::Handlers;
use super::route_options::RouteOptions;

/// An endpoint and the options of its route.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) options: Arc<RouteOptions>,
    pub(super) endpoint: Box<dyn Endpoint>,
}

impl Route {
    /// Reads an instance of `tremolo._handlers.Handler`.
    fn new(handler: &Bound<'_, PyAny>) -> PyResult<Self> {
        let options = Arc::new(RouteOptions::new(handler)?);
        let function = handler.getattr("function")?;
        let endpoint: Box<dyn Endpoint> = match function.cast::<StaticFiles>() {
            Ok(files) => Box::new(FolderEndpoint::new(files.get())?),
            Err(_) => Box::new(Handler::new(handler)?),
        };
        Ok(Self { options, endpoint })
    }
}

impl DecidesMethods for Route {
    fn decides_methods(&self) -> bool {
        self.endpoint.decides_methods()
    }
}

/// All routes of a server.
#[derive(Debug)]
pub(super) struct Routes {
    router: Router<Arc<Route>>,
    /// All routes again, for `__traverse__`.
    all: Box<[Arc<Route>]>,
}

impl Routes {
    /// Compiles pairs of a path and a `tremolo._handlers.Handler`.
    pub(super) fn new(routes: &Bound<'_, PyList>) -> PyResult<Self> {
        let unusable = |error: RouteError| PyValueError::new_err(error.to_string());
        let (mut table, mut all) = (RouteTable::default(), Vec::with_capacity(routes.len()));
        for pair in routes {
            let (path, handler): (String, Bound<'_, PyAny>) = pair.extract()?;
            let route = Arc::new(Route::new(&handler)?);
            all.push(Arc::clone(&route));
            let added = if handler.getattr("kind")?.eq("folder")? {
                table.add_prefix(&path, route)
            } else {
                table.add(&path, route).map(drop)
            };
            added.map_err(unusable)?;
        }
        let router = table.compile().map_err(unusable)?;
        Ok(Self { router, all: all.into() })
    }

    /// The route of a request, and how many bytes of the path follow its prefix.
    pub(super) fn find(&self, head: &RequestHead) -> Result<(&Arc<Route>, usize), Unserved> {
        let found = self.router.route(head)?;
        Ok((found.target, found.rest.map_or(0, <[u8]>::len)))
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.all.iter().try_for_each(|route| {
            route.options.traverse(visit)?;
            route.endpoint.traverse(visit)
        })
    }
}

impl Handlers for Routes {
    fn handler_of(&self, head: &RequestHead) -> Option<&Py<PyAny>> {
        self.find(head).ok()?.0.endpoint.function()
    }
}

/// check_prefix(prefix)
///
/// Raises a `ValueError` for a prefix at which nothing can be mounted.
#[pyfunction]
pub(super) fn check_prefix(prefix: &str) -> PyResult<()> {
    let added = RouteTable::default().add_prefix(prefix, ());
    added.map_err(|error| PyValueError::new_err(error.to_string()))
}
