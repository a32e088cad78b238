//! The peer and the connection of a request, and its context.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use tremolo_core::forwarded::{Client, Scheme};
use tremolo_core::{ConnectionRef, Error, TraceParent, given_request_id, new_request_id};
use tremolo_net::Peer;

use super::Request;
use crate::bindings::handle::{address_of, connection_object};
use crate::bindings::tls::{ClientCertificate, TlsDetails};

impl Request {
    fn forwarded(&self) -> Client<'_> {
        let host = self.host.get();
        let ip = host.lock().reactor.peer(self.exchange.id).and_then(Peer::ip);
        self.head.fields().client(ip, host.settings.config().into())
    }

    /// The scheme that the client used, as far as a trusted proxy or the listener knows.
    fn used_scheme(&self) -> Scheme {
        if let Some(scheme) = self.forwarded().scheme {
            return scheme;
        }
        let host = self.host.get();
        let state = host.lock();
        let connection = state.reactor.peek(self.exchange.id);
        let settings = connection.map_or(&host.settings, ConnectionRef::settings);
        Scheme::of(settings.config())
    }

    fn tls_details(&self) -> Option<Arc<tremolo_core::TlsDetails>> {
        self.host.get().lock().reactor.peek(self.exchange.id)?.tls().cloned()
    }

    /// The options of the handler. `rate` and `buffer_size` are those of the connection by default.
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let options = match &self.origin.options {
            Some(route) => route.options.bind(py).copy()?,
            None => PyDict::new(py),
        };
        let (rate, buffer_size) = {
            let host = self.host.get();
            let state = host.lock();
            let connection = state.reactor.peek(self.exchange.id);
            let settings = connection.map_or(&host.settings, ConnectionRef::settings);
            let config = settings.config();
            (config.download_rate, config.buffer_size)
        };
        options.call_method1(pyo3::intern!(py, "setdefault"), ("rate", rate))?;
        options.call_method1(pyo3::intern!(py, "setdefault"), ("buffer_size", buffer_size))?;
        Ok(options)
    }

    /// What the groups of the pattern have found: a dictionary if they have names, else a tuple.
    fn path_params<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let Some(params) = &self.origin.params else { return Ok(PyTuple::empty(py).into_any()) };
        let found = params.iter(self.head.url());
        let found = found.map(|(name, value)| (name, value.map(|value| PyBytes::new(py, value))));
        if !params.is_named() {
            let values: Vec<_> = found.map(|(_, value)| value).collect();
            return Ok(PyTuple::new(py, values)?.into_any());
        }
        let named = PyDict::new(py);
        for (name, value) in found {
            named.set_item(name, value)?;
        }
        Ok(named.into_any())
    }
}

#[pymethods]
impl Request {
    /// Whether the server shuts down.
    #[getter]
    fn is_draining(&self, py: Python<'_>) -> PyResult<bool> {
        let draining = &self.host.get().hooks.draining;
        draining.call_method0(py, pyo3::intern!(py, "is_set"))?.is_truthy(py)
    }

    /// draining()
    /// --
    ///
    /// Waits until the server shuts down.
    fn draining(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.host.get().hooks.draining.call_method0(py, pyo3::intern!(py, "wait"))
    }

    /// The host that the client asked for.
    #[getter]
    fn host<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let forwarded = self.forwarded().host.map(str::as_bytes);
        PyBytes::new(py, forwarded.or_else(|| self.head.host()).unwrap_or_default())
    }

    /// The scheme: from a trusted proxy, else of the connection.
    #[getter]
    fn scheme<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.used_scheme().as_str().as_bytes())
    }

    /// Whether the scheme is `https`.
    #[getter]
    fn is_secure(&self) -> bool {
        self.used_scheme() == Scheme::Https
    }

    /// The address of the client, also behind trusted proxies; `b''` for a Unix socket.
    #[getter]
    fn ip<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let ip = self.forwarded().ip.map(|ip| ip.to_string()).unwrap_or_default();
        PyBytes::new(py, ip.as_bytes())
    }

    /// The address and the port of the peer; `None` for a Unix socket.
    #[getter]
    fn client(&self) -> Option<(String, u16)> {
        address_of(self.host.get().lock().reactor.peer(self.exchange.id))
    }

    /// What the TLS handshake has agreed on.
    #[getter]
    fn tls(&self) -> Option<TlsDetails> {
        self.tls_details().map(TlsDetails::new)
    }

    /// The certificate of the client, if it has sent one.
    #[getter]
    fn client_certificate(&self) -> Option<ClientCertificate> {
        ClientCertificate::of(self.tls_details()?.as_ref())
    }

    /// The context of the request: `path`, `query`, `post`, `files`, `options`, and attributes of
    /// the application.
    #[getter]
    fn ctx<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        this.cache.get(
            py,
            |made| &mut made.context,
            || {
                let context = this.host.get().hooks.request_context.bind(py);
                context.call1((this.lists(py)?, this.options(py)?, this.path_params(py)?))
            },
        )
    }

    /// The same as `ctx`.
    #[getter]
    fn context<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::ctx(slf)
    }

    /// The same as `ctx`.
    #[getter]
    fn params<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::ctx(slf)
    }

    /// The connection that the request came on.
    #[getter]
    fn server<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.protocol(py)?.ok_or_else(|| {
            PyRuntimeError::new_err("the request is over, and no longer has its connection")
        })
    }

    /// The same as `server`, but `None` when the request is over.
    #[getter]
    fn protocol<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let host = self.host.bind(py);
        let is_current = {
            let state = host.get().lock();
            let connection = state.reactor.peek(self.exchange.id);
            connection.is_some_and(|connection| connection.exchange(self.exchange.number).is_ok())
        };
        if !is_current || self.cleared.load(Ordering::Relaxed) {
            return Ok(None);
        }
        connection_object(host, self.exchange.id).map(Some)
    }

    /// The transport of the connection; `None` when it is gone.
    #[getter]
    fn transport<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.server(py)?.getattr(pyo3::intern!(py, "transport"))
    }

    /// The socket of the connection, to inspect; `None` when it is gone.
    #[getter]
    fn socket<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let transport = self.transport(py)?;
        if transport.is_none() {
            return Ok(transport);
        }
        transport.call_method1(pyo3::intern!(py, "get_extra_info"), ("socket",))
    }

    /// Whether the connection stays open after this exchange, as far as is known now.
    #[getter]
    fn http_keepalive(&self, py: Python<'_>) -> bool {
        self.exchange.ask(self.host.bind(py), |exchange| exchange.keeps_alive()).unwrap_or(false)
    }

    /// `False`: the connection closes after this response, and the head has `Connection: close`.
    #[setter]
    fn set_http_keepalive(&self, py: Python<'_>, keep: bool) -> PyResult<()> {
        self.exchange.act(self.host.bind(py), |exchange, _| {
            match exchange.options().set_keep_alive(keep) {
                // The connection is closed already.
                Err(Error::Closed(_)) => Ok(()),
                decided => decided,
            }
        })
    }

    /// Whether the client waits for `100 Continue`.
    #[getter]
    fn http_continue(&self, py: Python<'_>) -> bool {
        self.exchange.ask(self.host.bind(py), |exchange| exchange.owes_continue()).unwrap_or(false)
    }

    /// Whether the connection was upgraded to another protocol.
    #[getter]
    fn upgraded(&self, py: Python<'_>) -> bool {
        self.exchange.ask(self.host.bind(py), |exchange| exchange.is_upgraded()).unwrap_or(false)
    }

    /// Releases the objects that are kept with the request, and the connection.
    fn clear(&self) {
        self.cleared.store(true, Ordering::Relaxed);
        self.cache.clear();
    }

    /// The identifier of the request: that of a trusted proxy, or a new one.
    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<&str> {
        if let Some(id) = self.id.get() {
            return Ok(id);
        }
        let host = self.host.get();
        let ip = host.lock().reactor.peer(self.exchange.id).and_then(Peer::ip);
        let trusted = &host.settings.config().trusted_proxies;
        let id: Arc<str> = match given_request_id(self.head.fields(), ip, trusted) {
            Some(given) => given.into(),
            None => new_request_id(&self.uid(py, 16, 0)?.extract::<Vec<u8>>()?).into(),
        };
        let id = self.id.get_or_init(|| id);
        if let Some(mut exchange) = host.lock().exchange(self.exchange) {
            exchange.options().set_request_id(Arc::clone(id));
        }
        Ok(id)
    }

    /// The trace that the request belongs to: its identifier, that of the span of the client, and
    /// whether it is sampled; `None` without a valid `traceparent`.
    #[getter]
    fn trace_parent(&self) -> Option<(String, String, bool)> {
        let parent = TraceParent::of(self.head.fields())?;
        let (trace_id, parent_id) = (parent.trace_id().to_string(), parent.parent_id().to_string());
        Some((trace_id, parent_id, parent.is_sampled()))
    }

    /// A random identifier.
    #[pyo3(signature = (length=32, *, ts_offset=0))]
    fn uid<'py>(
        &self,
        py: Python<'py>,
        length: usize,
        ts_offset: i64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let port = self.client().map_or(0, |(_, port)| port);
        self.host.get().hooks.uid.bind(py).call1((length, ts_offset, port))
    }
}
