//! The routes of a server, with those of the applications that are mounted in it: which endpoint
//! serves a request, and which middleware runs for it.

use std::sync::Arc;

use http::Method;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::app::{Ordered, Rules, ScopeDrafts, Scopes};
use tremolo_core::http1::request::RequestHead;
use tremolo_core::routing::{
    DecidesMethods, MethodTable, Params, PathSyntax, RouteError, RouteTable, Router, ScopeId,
};

use super::callee::Callee;
use super::errors::Refusal;
use super::host::Handlers;
use super::request::HeadGate;
use super::route::Route;

/// What a path leads to.
#[derive(Debug)]
enum Entry {
    Route(Arc<Route>),
    /// A view: a handler for each method.
    View(MethodTable<Arc<Route>>),
}

impl DecidesMethods for Entry {
    fn decides_methods(&self) -> bool {
        match self {
            Self::Route(route) => route.endpoint.decides_methods(),
            Self::View(_) => true,
        }
    }
}

/// The middleware of a scope.
#[derive(Debug)]
pub(super) struct Chain {
    /// Tuples of `Callee`, in the order in which they run.
    pub(super) on_request: Py<PyTuple>,
    on_response: Py<PyTuple>,
    scope: ScopeId,
}

impl Chain {
    fn new(py: Python<'_>, scopes: &Scopes<Py<Callee>>, scope: ScopeId) -> PyResult<Option<Self>> {
        if scopes.has_no_middleware(scope) {
            return Ok(None);
        }
        Ok(Some(Self {
            on_request: tuple(py, scopes.on_request(scope))?,
            on_response: tuple(py, scopes.on_response(scope))?,
            scope,
        }))
    }

    /// The gate of a new request, if any middleware runs before its response head.
    pub(super) fn gate(&self, py: Python<'_>) -> Option<Box<HeadGate>> {
        let has_some = !self.on_response.bind(py).is_empty();
        has_some.then(|| Box::new(HeadGate::new(self.on_response.clone_ref(py), self.scope)))
    }
}

fn tuple<'a>(
    py: Python<'_>,
    callees: impl Iterator<Item = &'a Py<Callee>>,
) -> PyResult<Py<PyTuple>> {
    Ok(PyTuple::new(py, callees.collect::<Vec<_>>())?.unbind())
}

/// The route of a request, and its middleware.
#[derive(Debug)]
pub(super) struct Target<'r> {
    pub(super) route: Result<&'r Arc<Route>, Refusal<'r>>,
    /// How many bytes of the path follow the prefix of the route.
    pub(super) rest: usize,
    /// The parameters of its path, if it has any.
    pub(super) params: Option<Box<Params>>,
    pub(super) chain: Option<&'r Chain>,
}

/// All routes of a server.
#[derive(Debug)]
pub(super) struct Routes {
    router: Router<Arc<Entry>>,
    /// By scope; `None` for one without middleware.
    chains: Box<[Option<Chain>]>,
    /// Whether the application has error pages.
    has_pages: bool,
    /// All routes and all middleware again, for `__traverse__`.
    all: Vec<Arc<Route>>,
    /// Mistakes that do not keep the server from starting.
    pub(super) warnings: Vec<String>,
}

type Tables = (RouteTable<Arc<Entry>>, ScopeDrafts<Py<Callee>>);

impl Routes {
    /// Compiles a `tremolo._interfaces.Draft`.
    pub(super) fn new(draft: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = draft.py();
        let mut all = Vec::new();
        let (table, scopes) = read(draft, &mut all)?;
        let overridden = table.overridden().iter();
        let warnings = overridden.map(|twice| format!("{twice}; only the later one serves"));
        let warnings = warnings.collect();
        let router = table.compile().map_err(unusable)?;
        let scopes = scopes.finish(&router, Rules::ORIGINAL);
        let chains = router.scopes().map(|scope| Chain::new(py, &scopes, scope));
        let chains = chains.collect::<PyResult<_>>()?;
        let has_pages = draft.getattr("has_pages")?.extract()?;
        Ok(Self { router, chains, has_pages, all, warnings })
    }

    /// The route of a request.
    pub(super) fn find(&self, head: &RequestHead) -> Target<'_> {
        // The path decides which middleware runs, also for routes of an outer application.
        let chain = self.chain(self.router.scope_at(head.path()));
        let found = match self.router.route(head) {
            Ok(found) => found,
            Err(unserved) => {
                return Target { route: Err(unserved.into()), rest: 0, params: None, chain };
            }
        };
        let route = match &**found.target {
            Entry::Route(route) => Ok(route),
            Entry::View(methods) => methods.choose(head.method()).map_err(Refusal::from),
        };
        Target {
            route,
            rest: found.rest.map_or(0, <[u8]>::len),
            params: (!found.params.is_empty()).then(|| Box::new(found.params)),
            chain,
        }
    }

    /// The middleware of the application itself.
    pub(super) fn root(&self) -> Option<&Chain> {
        self.chain(ScopeId::ROOT)
    }

    /// Whether malformed requests have more than the built-in page.
    pub(super) fn answer_faults(&self) -> bool {
        self.has_pages || self.root().is_some()
    }

    fn chain(&self, scope: ScopeId) -> Option<&Chain> {
        self.chains.get(scope.index())?.as_ref()
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        for chain in self.chains.iter().flatten() {
            visit.call(&chain.on_request)?;
            visit.call(&chain.on_response)?;
        }
        self.all.iter().try_for_each(|route| route.traverse(visit))
    }
}

impl Handlers for Routes {
    fn handler_of(&self, head: &RequestHead) -> Option<&Py<PyAny>> {
        self.find(head).route.ok()?.endpoint.function()
    }
}

/// Reads a `tremolo._interfaces.Draft`, and those that are mounted in it.
fn read(draft: &Bound<'_, PyAny>, all: &mut Vec<Arc<Route>>) -> PyResult<Tables> {
    let (mut table, mut scopes) = (RouteTable::default(), ScopeDrafts::default());
    let root = scopes.root();
    for (list, name) in
        [(&mut root.on_request, "on_request"), (&mut root.on_response, "on_response")]
    {
        read_middleware(&draft.getattr(name)?, list, all)?;
    }
    for entry in draft.getattr("entries")?.cast::<PyList>()? {
        let (kind, path, target, place): (String, String, Bound<'_, PyAny>, String) =
            entry.extract()?;
        match &*kind {
            "mount" => {
                let (inner, middleware) = read(&target, all)?;
                scopes.mount(table.mount(&path, inner).map_err(unusable)?, middleware);
                continue;
            }
            "folder" => table.add_prefix(&path, Arc::new(Entry::Route(new(&target, all)?))),
            "view" => {
                let methods = view(target.cast::<PyDict>()?, all)?;
                add_view(&mut table, &path, methods, &place)
            }
            _ => {
                let route = Arc::new(Entry::Route(new(&target, all)?));
                table.add_at(&path, route, &place).map(drop)
            }
        }
        .map_err(unusable)?;
    }
    Ok((table, scopes))
}

fn read_middleware(
    given: &Bound<'_, PyAny>,
    list: &mut Ordered<Py<Callee>>,
    all: &mut Vec<Arc<Route>>,
) -> PyResult<()> {
    for pair in given.cast::<PyList>()? {
        let (priority, handler): (i32, Bound<'_, PyAny>) = pair.extract()?;
        list.add(priority, Py::new(given.py(), Callee::new(new(&handler, all)?, 0))?);
    }
    Ok(())
}

/// A route, which the garbage collector can visit.
fn new(handler: &Bound<'_, PyAny>, all: &mut Vec<Arc<Route>>) -> PyResult<Arc<Route>> {
    let route = Arc::new(Route::new(handler)?);
    all.push(Arc::clone(&route));
    Ok(route)
}

/// The methods of a view.
fn view(
    handlers: &Bound<'_, PyDict>,
    all: &mut Vec<Arc<Route>>,
) -> PyResult<MethodTable<Arc<Route>>> {
    let mut methods = MethodTable::new();
    for (name, handler) in handlers {
        let name: String = name.extract()?;
        let method = Method::from_bytes(name.as_bytes());
        let method = method.map_err(|_| PyValueError::new_err(format!("{name}: not a method")))?;
        methods = methods.on(method, new(&handler, all)?);
    }
    methods.check().map_err(unusable)?;
    Ok(methods)
}

/// Adds a view. If the path has a view already, its methods are kept.
fn add_view(
    table: &mut RouteTable<Arc<Entry>>,
    path: &str,
    methods: MethodTable<Arc<Route>>,
    place: &str,
) -> Result<(), RouteError> {
    let Some(earlier) = table.take(path) else {
        return table.add_at(path, Arc::new(Entry::View(methods)), place).map(drop);
    };
    let own = match &*earlier.target {
        Entry::View(own) => Some(own),
        Entry::Route(_) => None,
    };
    if let Some(twice) = earlier.check_merge(own, &methods, place)? {
        table.note_overridden(twice);
    }
    let merged = match own {
        Some(own) => {
            let mut all = own.map(Arc::clone);
            all.merge(methods);
            all
        }
        None => methods,
    };
    table.add_at(path, Arc::new(Entry::View(merged)), &earlier.places(place)).map(drop)
}

#[expect(clippy::needless_pass_by_value, reason = "the signature is that of `map_err`")]
fn unusable(error: RouteError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// check_prefix(prefix)
///
/// Raises a `ValueError` for a prefix at which nothing can be mounted.
#[pyfunction]
pub(super) fn check_prefix(prefix: &str) -> PyResult<()> {
    RouteTable::default().add_prefix(prefix, ()).map_err(unusable)
}

/// parameters(path)
///
/// Whether a path is a regular expression, and the names of its parameters. A `ValueError` for a
/// path that cannot be used.
#[pyfunction]
pub(super) fn parameters(path: &str) -> PyResult<(bool, Vec<String>)> {
    let (syntax, names) = tremolo_core::routing::parameters(path).map_err(unusable)?;
    Ok((syntax == PathSyntax::Expression, names))
}

/// in_order(pairs, reverse)
///
/// The objects of pairs with a priority, in the order in which they run: lower priorities first,
/// and of equal ones with `reverse` the latest first.
#[pyfunction]
pub(super) fn in_order(pairs: Vec<(i32, Py<PyAny>)>, reverse: bool) -> Vec<Py<PyAny>> {
    let mut ordered = Ordered::default();
    pairs.into_iter().for_each(|(priority, object)| ordered.add(priority, object));
    if reverse { ordered.latest_first() } else { ordered.in_order() }.into_vec()
}
