//! The request object: what the head says, as bytes; the body is in `body`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::PyTraverseError;
use pyo3::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use tremolo_core::cookie::parse_cookies;
use tremolo_core::forwarded::{Client, Scheme, resolve};
use tremolo_core::http1::request::{BodyLength, RequestHead, Version};
use tremolo_core::query;
use tremolo_net::Peer;

use super::awaitable::{Inner, Step};
use super::body::{BodyStream, Reading};
use super::cache::{Cache, Pair, lists};
use super::errors;
use super::exchange::Exchange;
use super::route::Route;
use super::server::{Server, client};

/// A request: its head, and its body as it arrives.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Request {
    pub(super) server: Py<Server>,
    pub(super) exchange: Exchange,
    pub(super) head: Arc<RequestHead>,
    route: Option<Arc<Route>>,
    /// The handler is over and has left the connection to whoever has this.
    left_open: AtomicBool,
    cache: Cache,
}

impl Request {
    pub(super) fn create<'py>(
        server: &Bound<'py, Server>,
        exchange: Exchange,
        head: Arc<RequestHead>,
        route: Option<&Arc<Route>>,
    ) -> PyResult<Bound<'py, Self>> {
        let request = Self {
            server: server.clone().unbind(),
            exchange,
            head,
            route: route.map(Arc::clone),
            left_open: AtomicBool::new(false),
            cache: Cache::default(),
        };
        Bound::new(server.py(), request)
    }

    /// The handler is over, the connection is not. True: this handle goes on.
    pub(super) fn leave_open(&self) -> bool {
        self.left_open.store(true, Ordering::Relaxed);
        true
    }

    pub(super) fn keep_body(&self, body: Py<PyAny>) {
        self.cache.keep(|made| &mut made.body, body);
    }

    fn forwarded(&self) -> Client<'_> {
        let server = self.server.get();
        let ip = server.lock().reactor.peer(self.exchange.id).and_then(Peer::ip);
        let fields = self.head.fields();
        resolve(ip, |name| fields.get_all(name), server.settings.config().trust())
    }

    fn field<'py>(&self, py: Python<'py>, name: &str) -> Option<Bound<'py, PyBytes>> {
        self.head.fields().get(name).map(|value| PyBytes::new(py, value))
    }

    fn reading<'py>(slf: &Bound<'py, Self>, reading: Reading) -> PyResult<Bound<'py, PyAny>> {
        Step::start(slf.get().server.bind(slf.py()), Inner::Reading(reading))
    }
}

#[pymethods]
impl Request {
    /// The method, as it was sent.
    #[getter]
    fn method<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.head.method().as_str().as_bytes())
    }

    /// The request target: path and query.
    #[getter]
    fn url<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.head.url())
    }

    /// The path, not decoded.
    #[getter]
    fn path<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.head.path())
    }

    /// What follows the question mark.
    #[getter]
    fn query_string<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.head.query().unwrap_or_default())
    }

    /// The version: `b'1.1'` or `b'1.0'`.
    #[getter]
    fn version<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let version: &[u8] = match self.head.version() {
            Version::Http10 => b"1.0",
            Version::Http11 => b"1.1",
        };
        PyBytes::new(py, version)
    }

    /// The host that the client asked for.
    #[getter]
    fn host<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let said = self.forwarded().host.map(str::as_bytes);
        PyBytes::new(py, said.or_else(|| self.head.host()).unwrap_or_default())
    }

    /// The scheme, as a trusted proxy says, else as the connection does.
    #[getter]
    fn scheme<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let scheme = self.forwarded().scheme.unwrap_or(Scheme::Http);
        PyBytes::new(py, scheme.as_str().as_bytes())
    }

    /// Whether the client asked by `https`.
    #[getter]
    fn is_secure(&self) -> bool {
        self.forwarded().scheme == Some(Scheme::Https)
    }

    /// Whether the head was well formed; one that is not reaches no handler.
    #[getter]
    fn is_valid(&self) -> bool {
        true
    }

    /// The address of the client, as trusted proxies say; `b''` by a Unix socket.
    #[getter]
    fn ip<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let ip = self.forwarded().ip.map(|ip| ip.to_string()).unwrap_or_default();
        PyBytes::new(py, ip.as_bytes())
    }

    /// The address and the port of the peer; `None` for a Unix socket.
    #[getter]
    fn client(&self) -> Option<(String, u16)> {
        client(self.server.get().lock().reactor.peer(self.exchange.id))
    }

    /// The fields: lower-case names to lists of values.
    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.cache.get(
            py,
            |made| &mut made.headers,
            || {
                let fields = self.head.fields();
                let pairs = fields.iter().map(|(name, value)| {
                    (PyBytes::new(py, &name.to_ascii_lowercase()), PyBytes::new(py, value))
                });
                let pairs = PyList::new(py, pairs.collect::<Vec<_>>())?;
                self.server.get().helpers.headers.bind(py).call1((pairs,))
            },
        )
    }

    /// The fields of the query string: names to lists of values.
    #[getter]
    fn query<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.cache.get(
            py,
            |made| &mut made.query,
            || {
                let limit = self.server.get().settings.config().max_query_fields;
                let input = self.head.query().unwrap_or_default();
                let map = query::parse_pairs(input, limit)
                    .map_err(|error| errors::http(py, 400, &error.to_string()))?;
                lists(py, &map, true)
            },
        )
    }

    /// The cookies: names to lists of values.
    #[getter]
    fn cookies<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.cache.get(
            py,
            |made| &mut made.cookies,
            || {
                let map = parse_cookies(self.head.fields().get_all("cookie"));
                lists(py, &map, false)
            },
        )
    }

    /// The trailer fields of a chunked body, once it has been read to its end.
    #[getter]
    fn trailers<'py>(&self, py: Python<'py>) -> PyResult<Vec<Pair<'py>>> {
        let server = self.server.bind(py);
        let trailers = self.exchange.ask(server, |connection| connection.trailers().cloned())?;
        let fields = trailers.iter().flat_map(|trailers| trailers.iter());
        Ok(fields
            .map(|(name, value)| (PyBytes::new(py, name.as_bytes()), PyBytes::new(py, value)))
            .collect())
    }

    /// The context of the request: `path`, `query`, `post`, `files`, `options`, and what you like.
    #[getter]
    fn ctx<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        this.cache.get(
            py,
            |made| &mut made.context,
            || {
                let options = match &this.route {
                    Some(route) => route.options.bind(py).copy()?,
                    None => PyDict::new(py),
                };
                this.server.get().helpers.request_context.bind(py).call1((slf, options))
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
        Server::connection_object(self.server.bind(py), self.exchange.id)
    }

    /// The same as `server`.
    #[getter]
    fn protocol<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.server(py)
    }

    /// The content type, or `b''`.
    #[getter]
    fn content_type<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        self.field(py, "content-type").unwrap_or_else(|| PyBytes::new(py, b""))
    }

    /// The announced length of the body; -1 if there is none.
    #[getter]
    fn content_length(&self) -> i128 {
        match self.head.body_length() {
            BodyLength::Length(length) => i128::from(length),
            BodyLength::None | BodyLength::Chunked => -1,
        }
    }

    /// The transfer coding, or `b'none'`.
    #[getter]
    fn transfer_encoding<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        self.field(py, "transfer-encoding").unwrap_or_else(|| PyBytes::new(py, b"none"))
    }

    /// Whether a body comes with the request.
    #[getter]
    fn has_body(&self) -> bool {
        self.head.body_length() != BodyLength::None
    }

    /// Whether the client would keep the connection.
    #[getter]
    fn http_keepalive(&self) -> bool {
        self.head.keep_alive()
    }

    /// Whether the client waits for `100 Continue`.
    #[getter]
    fn http_continue(&self) -> bool {
        self.head.expects_continue()
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
        self.server.get().helpers.uid.bind(py).call1((length, ts_offset, port))
    }

    /// Awaits the whole body; it is kept for who asks again.
    #[pyo3(signature = (*, raw=false, **_options))]
    fn body<'py>(
        slf: &Bound<'py, Self>,
        raw: bool,
        _options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let kept = slf.get().cache.peek(py, |made| &mut made.body);
        if let Some(body) = kept {
            return super::awaitable::Done::with(py, Some(body));
        }
        Self::reading(slf, Reading::whole(slf, raw))
    }

    /// Awaits `size` bytes, fewer at the end; without a size the next piece, `b''` at the end.
    #[pyo3(signature = (size=-1, *, timeout=None))]
    fn read<'py>(
        slf: &Bound<'py, Self>,
        size: i64,
        timeout: Option<f64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::reading(slf, Reading::some(slf, size, false).within(timeout))
    }

    /// Like `read`, with the transfer coding left in place.
    #[pyo3(signature = (size=-1, *, timeout=None, raw=true))]
    fn recv<'py>(
        slf: &Bound<'py, Self>,
        size: i64,
        timeout: Option<f64>,
        raw: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::reading(slf, Reading::some(slf, size, raw).within(timeout))
    }

    /// The pieces of the body, as they arrive.
    #[pyo3(signature = (timeout=None, raw=false))]
    fn stream(slf: &Bound<'_, Self>, timeout: Option<f64>, raw: bool) -> BodyStream {
        BodyStream::new(slf, raw, timeout)
    }

    /// Awaits a form: `params.post`, and `params.files` for a multipart one.
    #[pyo3(signature = (max_fields=100, *, max_size=8 << 20))]
    fn form<'py>(
        slf: &Bound<'py, Self>,
        max_fields: usize,
        max_size: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let form = slf.get().server.get().helpers.form.bind(slf.py());
        form.call1((slf, max_fields, max_size))
    }

    /// The parts of a multipart form, one after the other.
    #[pyo3(signature = (max_files=1024, *, max_file_size=100 << 20))]
    fn files<'py>(
        slf: &Bound<'py, Self>,
        max_files: usize,
        max_file_size: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let files = slf.get().server.get().helpers.files.bind(slf.py());
        files.call1((slf, max_files, max_file_size))
    }

    fn __repr__(&self) -> String {
        let url = String::from_utf8_lossy(self.head.url());
        format!("<Request {} {url}>", self.head.method())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)?;
        self.cache.traverse(&visit)
    }

    fn __clear__(&self) {
        self.cache.clear();
    }
}

impl Drop for Request {
    /// Nobody can say anything any more on a connection that was left open.
    fn drop(&mut self) {
        if !*self.left_open.get_mut() {
            return;
        }
        Python::attach(|py| {
            let _ = self.exchange.act(self.server.bind(py), |connection, now| {
                connection.abandon(now);
                Ok(())
            });
        });
    }
}
