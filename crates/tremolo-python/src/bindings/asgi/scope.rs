//! The scopes of requests. What all requests have in common is in a dictionary that each scope is a
//! copy of.

use std::net::IpAddr;

use http::Method;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::ConnectionRef;
use tremolo_core::forwarded::Scheme;
use tremolo_core::http1::request::{RequestHead, Version};
use tremolo_core::websocket::Handshake;
use tremolo_net::{Peer, local_address};

use super::super::addresses::Addresses;
use super::super::host::Host;
use super::super::state::State;
use super::recent::{Parts, Recent};
use crate::reactor::ConnectionId;

/// The scopes of one application.
#[derive(Debug)]
pub(super) struct Scopes {
    http: Py<PyDict>,
    websocket: Py<PyDict>,
    /// The namespace of the lifespan.
    state: Py<PyDict>,
    removed_path: String,
    recent: Recent,
}

/// The other side of a request, as far as the state of the host knows it.
#[derive(Debug)]
pub(super) struct Origin {
    /// `None` before the first request of the connection.
    addresses: Option<Addresses>,
    /// The address of the client that a proxy has named.
    proxied: Option<IpAddr>,
    scheme: Scheme,
}

impl Origin {
    pub(super) fn of(
        state: &State,
        host: &Bound<'_, Host>,
        id: ConnectionId,
        head: &RequestHead,
    ) -> Self {
        let settings = state.reactor.peek(id).map(ConnectionRef::settings);
        let config = settings.unwrap_or_else(|| &host.get().settings).config();
        let peer = state.reactor.peer(id).and_then(Peer::ip);
        let client = head.fields().client(peer, config.into());
        Self {
            addresses: state.addresses.get(&id).map(|known| known.clone_ref(host.py())),
            proxied: client.ip.filter(|ip| peer.map(|peer| peer.to_canonical()) != Some(*ip)),
            scheme: client.scheme.unwrap_or_else(|| Scheme::of(config)),
        }
    }
}

impl Scopes {
    pub(super) fn new(
        state: &Bound<'_, PyDict>,
        root_path: &str,
        removed_path: String,
    ) -> PyResult<Self> {
        let of = |kinds, extensions| template(state.py(), kinds, root_path, extensions);
        let http = of(("http", "http"), HTTP_EXTENSIONS)?;
        let websocket = of(("websocket", "ws"), WEBSOCKET_EXTENSIONS)?;
        websocket.del_item("method")?;
        websocket.set_item("subprotocols", PyList::empty(state.py()))?;
        Ok(Self {
            http: http.unbind(),
            websocket: websocket.unbind(),
            state: state.clone().unbind(),
            removed_path,
            recent: Recent::new(),
        })
    }

    /// The scope of a request: of a WebSocket if there is a handshake.
    pub(super) fn scope<'py>(
        &self,
        host: &Bound<'py, Host>,
        (id, origin): (ConnectionId, Origin),
        head: &RequestHead,
        handshake: Option<&Handshake>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let py = host.py();
        let Origin { addresses, proxied, scheme } = origin;
        let addresses = addresses.map_or_else(|| new_addresses(host, id), Ok)?;
        let client = match proxied {
            // Its port is not known.
            Some(ip) => client_of(py, ip)?,
            None => addresses.client.into_bound(py),
        };
        let scope = match handshake {
            None => self.of_http(py, head, scheme)?,
            Some(handshake) => self.of_websocket(py, handshake, scheme)?,
        };
        if head.version() == Version::Http10 {
            scope.set_item(pyo3::intern!(py, "http_version"), "1.0")?;
        }
        if let Some(tls) = &addresses.tls {
            let name = pyo3::intern!(py, "extensions");
            if let Some(extensions) = scope.get_item(name)? {
                let extensions = extensions.cast_into::<PyDict>()?.copy()?;
                extensions.set_item(pyo3::intern!(py, "tls"), tls.bind(py).copy()?)?;
                scope.set_item(name, extensions)?;
            }
        }
        let Parts { path, raw_path, headers } = self.recent.parts(py, head)?;
        let path = if self.removed_path.is_empty() {
            path
        } else {
            PyString::new(py, &format!("{}{}", self.removed_path, path.to_cow()?))
        };
        scope.set_item(pyo3::intern!(py, "path"), path)?;
        scope.set_item(pyo3::intern!(py, "raw_path"), raw_path)?;
        if let Some(query) = head.query() {
            scope.set_item(pyo3::intern!(py, "query_string"), PyBytes::new(py, query))?;
        }
        scope.set_item(pyo3::intern!(py, "headers"), headers)?;
        scope.set_item(pyo3::intern!(py, "client"), client)?;
        scope.set_item(pyo3::intern!(py, "server"), addresses.server)?;
        scope.set_item(pyo3::intern!(py, "state"), self.state.bind(py).copy()?)?;
        Ok(scope)
    }

    fn of_http<'py>(
        &self,
        py: Python<'py>,
        head: &RequestHead,
        scheme: Scheme,
    ) -> PyResult<Bound<'py, PyDict>> {
        let scope = self.http.bind(py).copy()?;
        if *head.method() != Method::GET {
            scope.set_item(pyo3::intern!(py, "method"), method(py, head.method()))?;
        }
        if scheme == Scheme::Https {
            scope.set_item(pyo3::intern!(py, "scheme"), pyo3::intern!(py, "https"))?;
        }
        Ok(scope)
    }

    fn of_websocket<'py>(
        &self,
        py: Python<'py>,
        handshake: &Handshake,
        scheme: Scheme,
    ) -> PyResult<Bound<'py, PyDict>> {
        let scope = self.websocket.bind(py).copy()?;
        if scheme == Scheme::Https {
            scope.set_item(pyo3::intern!(py, "scheme"), pyo3::intern!(py, "wss"))?;
        }
        let subprotocols = PyList::new(py, handshake.subprotocols())?;
        scope.set_item(pyo3::intern!(py, "subprotocols"), subprotocols)?;
        Ok(scope)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.http)?;
        visit.call(&self.websocket)?;
        visit.call(&self.state)
    }
}

/// A scope with all its keys, so that a copy need not grow. They are interned, as those in the code of
/// an application are: then a look-up compares no text.
fn template<'py>(
    py: Python<'py>,
    (kind, scheme): (&str, &str),
    root_path: &str,
    extensions: &[&str],
) -> PyResult<Bound<'py, PyDict>> {
    let text = |text: &str| PyString::intern(py, text);
    let asgi = PyDict::new(py);
    asgi.set_item(text("version"), text("3.0"))?;
    asgi.set_item(text("spec_version"), text("2.5"))?;
    let offered = PyDict::new(py);
    for name in extensions {
        offered.set_item(text(name), PyDict::new(py))?;
    }
    let scope = PyDict::new(py);
    scope.set_item(text("type"), text(kind))?;
    scope.set_item(text("asgi"), asgi)?;
    scope.set_item(text("http_version"), text("1.1"))?;
    scope.set_item(text("scheme"), text(scheme))?;
    for name in ["server", "client"] {
        scope.set_item(text(name), py.None())?;
    }
    scope.set_item(text("method"), text("GET"))?;
    scope.set_item(text("root_path"), root_path)?;
    scope.set_item(text("path"), "")?;
    scope.set_item(text("raw_path"), py.None())?;
    scope.set_item(text("query_string"), PyBytes::new(py, b""))?;
    scope.set_item(text("headers"), py.None())?;
    scope.set_item(text("state"), py.None())?;
    scope.set_item(text("extensions"), offered)?;
    Ok(scope)
}

/// The addresses of a connection, for its first request and the next ones.
#[cold]
fn new_addresses(host: &Bound<'_, Host>, id: ConnectionId) -> PyResult<Addresses> {
    let py = host.py();
    let (peer, local, tls) = {
        let state = host.get().lock();
        let local = state.reactor.socket(id).and_then(|socket| local_address(socket).ok()?);
        let tls = state.reactor.peek(id).and_then(ConnectionRef::tls).cloned();
        (state.reactor.peer(id), local, tls)
    };
    let addresses = Addresses::new(py, peer, local, tls.as_deref())?;
    let mut state = host.get().lock();
    // After the end of the connection no event follows that would remove them.
    if state.reactor.peek(id).is_some_and(|connection| !connection.is_closed()) {
        state.addresses.insert(id, addresses.clone_ref(py));
    }
    Ok(addresses)
}

fn client_of(py: Python<'_>, ip: IpAddr) -> PyResult<Bound<'_, PyAny>> {
    Ok((ip.to_string(), 0).into_pyobject(py)?.into_any())
}

fn method<'py>(py: Python<'py>, method: &Method) -> Bound<'py, PyString> {
    match *method {
        Method::POST => pyo3::intern!(py, "POST").clone(),
        Method::HEAD => pyo3::intern!(py, "HEAD").clone(),
        _ => PyString::new(py, &method.as_str().to_ascii_uppercase()),
    }
}

const HTTP_EXTENSIONS: &[&str] =
    &["http.response.pathsend", "http.response.trailers", "http.response.early_hint"];

const WEBSOCKET_EXTENSIONS: &[&str] = &["websocket.http.response"];
