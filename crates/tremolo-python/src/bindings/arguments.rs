//! The arguments of a handler, by name in its signature, by position in the call.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::routing::Unserved;

use super::errors;
use super::handle::context_of;
use super::host::Host;
use super::request::Request;
use super::response::Response;
use super::sse::Sse;
use super::websocket::WebSocket;
use crate::ffi;

#[derive(Debug)]
pub(super) struct Arguments {
    list: Vec<Argument>,
    /// The names of the last arguments, which are passed by name.
    names: Option<Py<PyTuple>>,
    wants_request: bool,
    wants_response: bool,
    wants_sse: bool,
    wants_websocket: bool,
    wants_context: bool,
    /// Whether it has parameters of the path or a view.
    makes_values: bool,
}

#[derive(Debug)]
enum Argument {
    Request,
    Response,
    /// A stream of server-sent events.
    Sse,
    /// The WebSocket that the request asks for.
    WebSocket,
    /// The context of the connection.
    Context,
    Constant(Py<PyAny>),
    /// The parameter of the path with this name, as it was sent.
    Sent(String),
    /// The parameter of the path with this name, decoded, and the function that converts it.
    Decoded(String, Option<Py<PyAny>>),
    /// The result of a function that is called for each request: the instance of a view.
    Made(Py<PyAny>),
}

impl Argument {
    /// The name of an object that is made for each call, a tuple with a constant, or another one:
    /// `("sent", name)`, `("decoded", name, function or None)` or `("make", function)`.
    fn new(item: &Bound<'_, PyAny>) -> PyResult<Self> {
        let Ok(tuple) = item.cast::<PyTuple>() else {
            return Ok(match item.cast::<PyString>()?.to_str()? {
                "request" => Self::Request,
                "response" => Self::Response,
                "sse" => Self::Sse,
                "websocket" => Self::WebSocket,
                _ => Self::Context,
            });
        };
        let Ok(value) = tuple.get_item(1) else {
            return Ok(Self::Constant(tuple.get_item(0)?.unbind()));
        };
        Ok(match tuple.get_item(0)?.cast::<PyString>()?.to_str()? {
            "sent" => Self::Sent(value.extract()?),
            "decoded" => Self::Decoded(value.extract()?, tuple.get_item(2)?.extract()?),
            _ => Self::Made(value.unbind()),
        })
    }

    /// A value that only this call has.
    fn make<'py>(
        &self,
        py: Python<'py>,
        request: Option<&Bound<'py, Request>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self {
            Self::Sent(name) => {
                let value = request.and_then(|request| request.get().parameter(name));
                Ok(value.map(|value| PyBytes::new(py, value).into_any()))
            }
            Self::Decoded(name, convert) => {
                let Some(request) = request else { return Ok(None) };
                decoded(request, name, convert.as_ref()).map(Some)
            }
            Self::Made(function) => function.bind(py).call0().map(Some),
            Self::Request
            | Self::Response
            | Self::Sse
            | Self::WebSocket
            | Self::Context
            | Self::Constant(_) => Ok(None),
        }
    }
}

impl Arguments {
    /// `list` has what [`Argument::new`] reads.
    pub(super) fn new(
        list: &Bound<'_, PyTuple>,
        names: Option<Bound<'_, PyTuple>>,
    ) -> PyResult<Self> {
        let list = list.iter().map(|item| Argument::new(&item)).collect::<PyResult<Vec<_>>>()?;
        if list.len() > MAX_ARGUMENTS {
            return Err(PyTypeError::new_err("a handler has too many parameters"));
        }
        let wants = |wanted: fn(&Argument) -> bool| list.iter().any(wanted);
        Ok(Self {
            wants_request: wants(|argument| {
                !matches!(argument, Argument::Constant(_) | Argument::Made(_))
            }),
            makes_values: wants(|argument| {
                matches!(argument, Argument::Sent(_) | Argument::Decoded(..) | Argument::Made(_))
            }),
            wants_response: wants(|argument| matches!(argument, Argument::Response)),
            wants_sse: wants(|argument| matches!(argument, Argument::Sse)),
            wants_websocket: wants(|argument| matches!(argument, Argument::WebSocket)),
            wants_context: wants(|argument| matches!(argument, Argument::Context)),
            names: names.map(Bound::unbind),
            list,
        })
    }

    /// Whether the call needs a request object, or the response object, which has one.
    pub(super) fn wants_request(&self) -> bool {
        self.wants_request
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        for argument in &self.list {
            if let Argument::Constant(value)
            | Argument::Made(value)
            | Argument::Decoded(_, Some(value)) = argument
            {
                visit.call(value)?;
            }
        }
        visit.call(&self.names)
    }

    pub(super) fn call<'py>(
        &self,
        host: &Bound<'py, Host>,
        function: &Bound<'py, PyAny>,
        request: Option<&Bound<'py, Request>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = host.py();
        if self.list.is_empty() {
            return function.call0();
        }
        let response = match request {
            Some(request) if self.wants_response => Some(Response::of(request)?),
            _ => None,
        };
        let sse = match request {
            Some(request) if self.wants_sse => Sse::of(request)?,
            _ => None,
        };
        let websocket = match request {
            Some(request) if self.wants_websocket => WebSocket::of(request)?,
            _ => None,
        };
        let context = match request {
            Some(request) if self.wants_context => {
                Some(context_of(host, request.get().exchange.id)?)
            }
            _ => None,
        };
        let made: Vec<_> = if self.makes_values {
            self.list.iter().map(|argument| argument.make(py, request)).collect::<PyResult<_>>()?
        } else {
            Vec::new()
        };
        let none = py.None().into_bound(py);
        let mut values = [&none; MAX_ARGUMENTS];
        for (place, (value, argument)) in values.iter_mut().zip(&self.list).enumerate() {
            *value = match argument {
                Argument::Request => request.map_or(&none, |request| request.as_any()),
                Argument::Response => response.as_ref().map_or(&none, |response| response.as_any()),
                Argument::Sse => sse.as_ref().map_or(&none, |sse| sse.as_any()),
                Argument::WebSocket => websocket.as_ref().map_or(&none, |socket| socket.as_any()),
                Argument::Context => context.as_ref().unwrap_or(&none),
                Argument::Constant(value) => value.bind(py),
                Argument::Sent(_) | Argument::Decoded(..) | Argument::Made(_) => {
                    made.get(place).and_then(Option::as_ref).unwrap_or(&none)
                }
            };
        }
        let values = values.get(..self.list.len()).unwrap_or(&values);
        ffi::vectorcall(function, values, self.names.as_ref().map(|names| names.bind(py)))
    }
}

/// A parameter of the path as text, or converted. What is not UTF-8, or cannot be converted (a
/// `ValueError`), is not the path of anything: 404.
fn decoded<'py>(
    request: &Bound<'py, Request>,
    name: &str,
    convert: Option<&Py<PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, this) = (request.py(), request.get());
    let refusal = Unserved::NotFound.into();
    let not_found = || errors::not_served(py, this.head.path(), refusal);
    let text = PyString::new(py, &this.parameter_text(name).ok_or_else(not_found)?);
    let Some(convert) = convert else { return Ok(text.into_any()) };
    let converted = convert.bind(py).call1((text,));
    converted.map_err(|error| match error.is_instance_of::<PyValueError>(py) {
        true => not_found(),
        false => error,
    })
}

/// More parameters than any handler has.
pub(super) const MAX_ARGUMENTS: usize = 64;
