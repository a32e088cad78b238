//! The head of a request: its fields as bytes. Lists and dictionaries are made on first use.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use tremolo_core::http1::request::{BodyLength, Version};

use super::Request;
use crate::bindings::cache::Pair;
use crate::bindings::lists::HeadLists;

impl Request {
    /// The query and the cookies, shared with the context.
    pub(super) fn lists<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, HeadLists>> {
        let made = self.cache.get(
            py,
            |made| &mut made.lists,
            || {
                let limit = self.host.get().settings.config().max_query_fields;
                Ok(Bound::new(py, HeadLists::new(&self.head, limit))?.into_any())
            },
        )?;
        Ok(made.cast_into()?)
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

    /// The query: the part of the target after the question mark.
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

    /// Whether the head is well-formed; a malformed one reaches no handler.
    #[getter]
    fn is_valid(&self) -> bool {
        true
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
                self.host.get().hooks.headers.bind(py).call1((pairs,))
            },
        )
    }

    /// The head as it was parsed: its line, its fields one by one.
    #[getter]
    fn header<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let line = (self.method(py), self.url(py), self.version(py));
        self.host.get().hooks.header.bind(py).call1((line, self.headers(py)?))
    }

    /// The fields of the query string: names to lists of values.
    #[getter]
    fn query<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.lists(py)?.get().query(py)
    }

    /// The cookies: names to lists of values.
    #[getter]
    fn cookies<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.lists(py)?.get().cookies(py)
    }

    /// The trailer fields of a chunked body, once it has been read to its end.
    #[getter]
    fn trailers<'py>(&self, py: Python<'py>) -> PyResult<Vec<Pair<'py>>> {
        let host = self.host.bind(py);
        let trailers = self.exchange.ask(host, |exchange| exchange.trailers().cloned())?;
        let fields = trailers.iter().flat_map(|trailers| trailers.iter());
        Ok(fields
            .map(|(name, value)| (PyBytes::new(py, name.as_bytes()), PyBytes::new(py, value)))
            .collect())
    }

    /// The content type; `b'application/octet-stream'` if there is none.
    #[getter]
    fn content_type<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let given = self.head.fields().get("content-type");
        PyBytes::new(py, given.unwrap_or(b"application/octet-stream"))
    }

    /// The announced length of the body; -1 if there is none.
    #[getter]
    fn content_length(&self) -> i128 {
        match self.head.body_length() {
            BodyLength::Length(length) => i128::from(length),
            BodyLength::None if self.head.fields().get("content-length").is_some() => 0,
            BodyLength::None | BodyLength::Chunked => -1,
        }
    }

    /// The transfer codings, in lower case.
    #[getter]
    fn transfer_encoding<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        let lines = self.head.fields().get_all("transfer-encoding");
        let codings = lines.flat_map(|line| line.split(|byte| *byte == b','));
        let codings = codings.map(<[u8]>::trim_ascii).filter(|coding| !coding.is_empty());
        codings.map(|coding| PyBytes::new(py, &coding.to_ascii_lowercase())).collect()
    }

    /// Whether a body comes with the request.
    #[getter]
    fn has_body(&self) -> bool {
        self.head.body_length() != BodyLength::None
    }
}
