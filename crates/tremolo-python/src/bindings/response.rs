//! The response object: the head's setters, and `write`, `end`, `send`, `close`.
//!
//! What each does to the wire is the engine's business (`tremolo_core::Connection`).

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::Connection;
use tremolo_core::cookie::{SameSite, SetCookie};
use tremolo_core::http1::response::FieldList;
use tremolo_core::http1::response::ResponseHead;
use tremolo_core::{Error, Misuse, Now};

use super::awaitable::{Inner, Step};
use super::exchange::Attempt;
use super::payload::piece;
use super::request::Request;

/// A response: said by hand, piece by piece.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Response {
    request: Py<Request>,
}

/// Something to be said that may have to wait for room.
#[derive(Debug)]
pub(super) struct Saying {
    request: Py<Request>,
    what: What,
    data: Option<Py<PyAny>>,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Write { chunked: Option<bool> },
    Yield,
    End { keep_alive: bool },
    Send,
}

impl Saying {
    pub(super) fn attempt(&self, py: Python<'_>) -> PyResult<Attempt<Option<Py<PyAny>>>> {
        let request = self.request.get();
        let (exchange, server) = (request.exchange, request.server.bind(py));
        let said = match &self.data {
            None => {
                exchange.say(server, |connection, now| self.what.say_nothing(connection, now))?
            }
            Some(data) => {
                let data = data.bind(py);
                let piece = piece(data)?;
                exchange.say(server, |connection, now| self.what.say(connection, now, piece))?
            }
        };
        Ok(match said {
            Attempt::Done(()) => Attempt::Done(None),
            Attempt::Wait(future) => Attempt::Wait(future),
        })
    }
}

impl What {
    fn say(
        self,
        connection: &mut Connection,
        now: &Now,
        piece: tremolo_core::Piece<'_>,
    ) -> Result<(), Error> {
        match self {
            Self::Write { chunked } => {
                if let Some(chunked) = chunked
                    && !connection.is_head_sent()
                {
                    connection.response_mut()?.set_chunked(chunked);
                }
                connection.write(now, piece)
            }
            Self::Yield => connection.yield_piece(now, piece),
            Self::End { keep_alive: true } => connection.end(now, piece),
            Self::End { keep_alive: false } => {
                if !connection.is_head_sent() {
                    connection.response_mut()?.set(b"Connection", b"close")?;
                }
                connection.end(now, piece)
            }
            Self::Send => connection.send(piece),
        }
    }

    /// `write(None)`, `send(None)`.
    fn say_nothing(self, connection: &mut Connection, now: &Now) -> Result<(), Error> {
        match self {
            Self::Write { .. } => connection.write_none(now),
            Self::Yield => Ok(()),
            Self::End { keep_alive } => connection.close(now, keep_alive),
            Self::Send => connection.close(now, true),
        }
    }
}

impl Response {
    pub(super) fn of<'py>(request: &Bound<'py, Request>) -> PyResult<Bound<'py, Self>> {
        Bound::new(request.py(), Self { request: request.clone().unbind() })
    }

    fn act<T>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Connection, &Now) -> Result<T, Error>,
    ) -> PyResult<T> {
        let request = self.request.get();
        request.exchange.act(request.server.bind(py), act)
    }

    fn change(
        &self,
        py: Python<'_>,
        change: impl FnOnce(&mut ResponseHead) -> Result<(), Misuse>,
    ) -> PyResult<()> {
        self.act(py, |connection, _| Ok(change(connection.response_mut()?)?))
    }

    fn ask<T>(&self, py: Python<'_>, ask: impl FnOnce(&Connection) -> T) -> PyResult<T> {
        let request = self.request.get();
        request.exchange.ask(request.server.bind(py), ask)
    }

    fn say<'py>(
        &self,
        py: Python<'py>,
        what: What,
        data: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let request = self.request.clone_ref(py);
        let data = data.filter(|data| !data.is_none()).map(|data| data.clone().unbind());
        Step::start(
            self.request.get().server.bind(py),
            Inner::Saying(Saying { request, what, data }),
        )
    }
}

#[pymethods]
impl Response {
    /// The request that this answers.
    #[getter]
    fn request(&self, py: Python<'_>) -> Py<Request> {
        self.request.clone_ref(py)
    }

    /// Sets the status; without a message the phrase is the registered one.
    #[pyo3(signature = (status=200, message=None))]
    fn set_status(
        &self,
        py: Python<'_>,
        status: u16,
        message: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let message = message.map(latin1).transpose()?;
        self.change(py, |head| match &message {
            Some(message) => head.set_status_with_reason(status, message),
            None => head.set_status(status),
        })
    }

    /// The status and its message.
    fn get_status<'py>(&self, py: Python<'py>) -> PyResult<(u16, Bound<'py, PyBytes>)> {
        let (status, reason) = self.ask(py, |connection| {
            let head = connection.response();
            (head.status().as_u16(), head.reason().to_vec())
        })?;
        Ok((status, PyBytes::new(py, &reason)))
    }

    /// Sets a field; what has the same name is replaced.
    #[pyo3(signature = (name, value=None))]
    fn set_header(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyAny>,
        value: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let (name, value) = (latin1(name)?, value.map(latin1).transpose()?.unwrap_or_default());
        self.change(py, |head| head.set(&name, &value))
    }

    /// Adds a field.
    fn append_header(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (name, value) = (latin1(name)?, latin1(value)?);
        self.change(py, |head| head.append(&name, &value))
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
        self.change(py, |head| head.set_content_type(&value))
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
        self.act(py, |connection, now| {
            let mut value = Vec::with_capacity(64);
            cookie.write_to(now.wall_seconds, &mut value)?;
            Ok(connection.response_mut()?.append(b"Set-Cookie", &value)?)
        })
    }

    /// The fields to be sent: lower-case names to lists of values. A copy; an error once sent.
    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let fields: FieldList =
            self.act(py, |connection, _| Ok(connection.response_mut()?.fields().clone()))?;
        let pairs = fields.iter().map(|(name, value)| {
            (PyBytes::new(py, &name.to_ascii_lowercase()), PyBytes::new(py, value))
        });
        let pairs = PyList::new(py, pairs.collect::<Vec<_>>())?;
        self.request.get().server.get().helpers.headers.bind(py).call1((pairs,))
    }

    /// Whether the head has gone out.
    #[pyo3(signature = (_sent=false))]
    fn headers_sent(&self, py: Python<'_>, _sent: bool) -> bool {
        self.ask(py, Connection::is_head_sent).unwrap_or(true)
    }

    /// The content type to be sent.
    #[getter]
    fn content_type<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let value =
            self.ask(py, |connection| connection.response().content_type().map(<[u8]>::to_vec))?;
        Ok(value.map(|value| PyBytes::new(py, &value)))
    }

    /// Sends the head if it is not out, and a piece. `b''` ends the body, `None` the response.
    #[pyo3(signature = (data=None, *, chunked=None, **_options))]
    fn write<'py>(
        &self,
        py: Python<'py>,
        data: Option<&Bound<'py, PyAny>>,
        chunked: Option<bool>,
        _options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.say(py, What::Write { chunked }, data)
    }

    /// Sends a piece of a generator; an empty one sends nothing.
    #[pyo3(name = "_yield")]
    fn yield_piece<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.say(py, What::Yield, Some(data))
    }

    /// Sends head and body in one, or the rest of the body; then the response is over.
    #[pyo3(signature = (data=None, *, keepalive=true, **_options))]
    fn end<'py>(
        &self,
        py: Python<'py>,
        data: Option<&Bound<'py, PyAny>>,
        keepalive: bool,
        _options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let empty = PyBytes::new(py, b"").into_any();
        self.say(py, What::End { keep_alive: keepalive }, Some(data.unwrap_or(&empty)))
    }

    /// Sends exactly these bytes; `None` ends the response.
    #[pyo3(signature = (data, **_options))]
    fn send<'py>(
        &self,
        py: Python<'py>,
        data: Option<&Bound<'py, PyAny>>,
        _options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.say(py, What::Send, data)
    }

    /// Ends the response, and without `keepalive` the connection.
    #[pyo3(signature = (keepalive=false))]
    fn close(&self, py: Python<'_>, keepalive: bool) -> PyResult<()> {
        self.act(py, |connection, now| connection.close(now, keepalive))
    }

    /// An `HTTPRedirect` to raise.
    #[pyo3(signature = (url, code=None))]
    fn redirect<'py>(
        &self,
        py: Python<'py>,
        url: &Bound<'py, PyAny>,
        code: Option<u16>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.request.get().server.get().helpers.redirect.bind(py).call1((url, code))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)
    }
}

/// Text in latin-1, or bytes.
fn latin1(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
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

/// Text, given as such or as bytes.
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
