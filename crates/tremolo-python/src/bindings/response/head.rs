//! The head of a response: its status and its fields, until it is sent.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use tremolo_core::cookie::{SameSite, SetCookie};
use tremolo_core::http1::request::Version;

use super::Response;

#[pymethods]
impl Response {
    /// Sets the status; without a message the reason phrase is the registered one.
    #[pyo3(signature = (status=200, message=None))]
    fn set_status(
        &self,
        py: Python<'_>,
        status: u16,
        message: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let message = message.map(latin1).transpose()?;
        self.change(py, |head, _| match &message {
            Some(message) => head.set_status_with_reason(status, message),
            None => head.set_status(status),
        })
    }

    /// The status and its message.
    fn get_status<'py>(&self, py: Python<'py>) -> PyResult<(u16, Bound<'py, PyBytes>)> {
        let (status, reason) = self.ask(py, |exchange| {
            let head = exchange.response();
            (head.status().as_u16(), head.reason().to_vec())
        })?;
        Ok((status, PyBytes::new(py, &reason)))
    }

    /// Sets a field; fields of the same name are replaced.
    #[pyo3(signature = (name, value=None))]
    fn set_header(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyAny>,
        value: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let (name, value) = (latin1(name)?, value.map(latin1).transpose()?.unwrap_or_default());
        self.change(py, |head, _| head.set(&name, &value))
    }

    /// Adds a field.
    fn append_header(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (name, value) = (latin1(name)?, latin1(value)?);
        self.change(py, |head, _| head.append(&name, &value))
    }

    /// Sets the content type.
    #[pyo3(signature = (content_type=None))]
    fn set_content_type(
        &self,
        py: Python<'_>,
        content_type: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let value = content_type.map(latin1).transpose()?;
        let value = value.unwrap_or_else(|| b"text/html; charset=utf-8".to_vec());
        self.change(py, |head, _| head.set_content_type(&value))
    }

    /// Whether this response may be compressed, in place of the option `compression`.
    #[pyo3(signature = (compress=true))]
    fn set_compression(&self, py: Python<'_>, compress: bool) -> PyResult<()> {
        self.act(py, |exchange, _| exchange.options().set_compression(compress))
    }

    /// Adds a cookie. `expires` is in seconds from now: 0 lasts for the session, a negative
    /// number deletes.
    #[expect(clippy::too_many_arguments, reason = "the signature is the original's")]
    #[pyo3(signature = (name, value=Text::empty(), *, expires=0, path=Text::root(), domain=None, secure=false,
                        httponly=false, samesite=None))]
    fn set_cookie(
        &self,
        py: Python<'_>,
        name: Text,
        value: Text,
        expires: i64,
        path: Text,
        domain: Option<Text>,
        secure: bool,
        httponly: bool,
        samesite: Option<Text>,
    ) -> PyResult<()> {
        let same_site = samesite.map(|site| same_site(&site.0)).transpose()?;
        let cookie = SetCookie {
            name: name.0.into(),
            value: value.0.into(),
            expires,
            path: path.0.into(),
            domain: domain.map(|domain| domain.0.into()),
            secure,
            http_only: httponly,
            same_site,
        };
        self.change(py, |head, now| {
            let mut value = Vec::with_capacity(64);
            cookie.write_to(now.wall_seconds, &mut value)?;
            head.append(b"Set-Cookie", &value)
        })
    }

    /// The fields to be sent: lower-case names to lists of values. Changes of the mapping change
    /// the head; an error once the head is sent.
    #[getter]
    fn headers(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.request.get().response_headers(py)
    }

    /// Whether the head has been sent.
    #[pyo3(signature = (_sent=false))]
    fn headers_sent(&self, py: Python<'_>, _sent: bool) -> bool {
        self.ask(py, |exchange| exchange.is_head_sent()).unwrap_or(true)
    }

    /// The content type to be sent.
    #[getter]
    fn content_type<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        self.request.get().store_headers(py)?;
        let value =
            self.ask(py, |exchange| exchange.response().content_type().map(<[u8]>::to_vec))?;
        Ok(value.map(|value| PyBytes::new(py, &value)))
    }

    /// The status line, as it would be sent now: version, status and reason phrase, all bytes.
    #[getter]
    fn line<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let version: &[u8] = match self.request.get().head.version() {
            Version::Http10 => b"HTTP/1.0",
            Version::Http11 => b"HTTP/1.1",
        };
        let (status, phrase) = self.get_status(py)?;
        let status = PyBytes::new(py, status.to_string().as_bytes());
        PyList::new(py, [PyBytes::new(py, version), status, phrase])
    }

    /// Whether the body is sent in chunks; `None` as long as that is not decided.
    #[getter]
    fn http_chunked(&self, py: Python<'_>) -> PyResult<Option<bool>> {
        self.request.get().store_headers(py)?;
        self.ask(py, |exchange| {
            let sent = exchange.is_head_sent().then(|| exchange.is_chunked());
            sent.or_else(|| exchange.response().chunked())
        })
    }

    #[setter]
    fn set_http_chunked(&self, py: Python<'_>, chunked: bool) -> PyResult<()> {
        self.change(py, |head, _| {
            head.set_chunked(chunked);
            Ok(())
        })
    }

    /// Sets `Date` and `Server`, which each head has by default, so that they can be read or
    /// changed.
    fn set_base_headers(&self, py: Python<'_>) -> PyResult<()> {
        let host = self.request.get().host.get();
        let name = host.settings.config().server_name.as_bytes();
        self.change(py, |head, now| {
            if head.fields().get(b"date").is_none() {
                head.set(b"Date", now.date.as_bytes())?;
            }
            if !name.is_empty() && head.fields().get(b"server").is_none() {
                head.set(b"Server", name)?;
            }
            Ok(())
        })
    }

    /// Sets `Connection: close` if `request.http_keepalive` is false. The head has that field by
    /// itself; an upgrade sets its own.
    fn set_connection(&self, py: Python<'_>, status: u16) -> PyResult<()> {
        let closes = self.ask(py, |exchange| !exchange.keeps_alive())?;
        if closes && status != 101 {
            self.change(py, |head, _| head.set(b"Connection", b"close"))?;
        }
        Ok(())
    }
}

/// Bytes, or text in ISO-8859-1.
pub(in crate::bindings) fn latin1(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_str()?;
        if text.is_ascii() {
            return Ok(text.as_bytes().to_vec());
        }
        return value.call_method1("encode", ("latin-1",))?.extract();
    }
    if let Ok(bytes) = value.extract::<&[u8]>() {
        return Ok(bytes.to_vec());
    }
    value.extract::<Vec<u8>>().map_err(|_| {
        PyTypeError::new_err(format!("expected str or bytes, not {}", value.get_type()))
    })
}

/// Text, also from bytes.
struct Text(String);

impl Text {
    fn empty() -> Self {
        Self(String::new())
    }

    fn root() -> Self {
        Self("/".to_owned())
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Text {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Self(bytes.as_bytes().iter().copied().map(char::from).collect()));
        }
        object.extract::<String>().map(Self)
    }
}

fn same_site(name: &str) -> PyResult<SameSite> {
    [SameSite::Strict, SameSite::Lax, SameSite::None]
        .into_iter()
        .find(|site| site.as_str().eq_ignore_ascii_case(name))
        .ok_or_else(|| pyo3::exceptions::PyValueError::new_err("samesite: Strict, Lax or None"))
}
