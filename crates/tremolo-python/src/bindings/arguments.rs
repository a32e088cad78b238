//! The arguments of a handler, by name in its signature, by position in the call.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use super::handle::context_of;
use super::host::Host;
use super::request::Request;
use super::response::Response;
use super::websocket::WebSocket;
use crate::ffi;

#[derive(Debug)]
pub(super) struct Arguments {
    list: Vec<Argument>,
    /// The names of the last arguments, which are passed by name.
    names: Option<Py<PyTuple>>,
    wants_request: bool,
    wants_response: bool,
    /// Whether it wants a WebSocket, and whether it needs one.
    websocket: Option<bool>,
    wants_context: bool,
}

#[derive(Debug)]
enum Argument {
    Request,
    Response,
    /// The WebSocket that the request asks for; `None` if it asks for none, unless it is needed.
    WebSocket {
        is_needed: bool,
    },
    /// The context of the connection.
    Context,
    Constant(Py<PyAny>),
}

impl Arguments {
    /// Each item of `list` is the name of an object that is made for each call, or a tuple with a
    /// constant.
    pub(super) fn new(
        list: &Bound<'_, PyTuple>,
        names: Option<Bound<'_, PyTuple>>,
    ) -> PyResult<Self> {
        let list = list
            .iter()
            .map(|item| {
                if let Ok(constant) = item.cast::<PyTuple>() {
                    return Ok(Argument::Constant(constant.get_item(0)?.unbind()));
                }
                Ok(match item.cast::<PyString>()?.to_str()? {
                    "request" => Argument::Request,
                    "response" => Argument::Response,
                    "websocket" => Argument::WebSocket { is_needed: false },
                    "needed websocket" => Argument::WebSocket { is_needed: true },
                    _ => Argument::Context,
                })
            })
            .collect::<PyResult<Vec<_>>>()?;
        if list.len() > MAX_ARGUMENTS {
            return Err(PyTypeError::new_err("a handler has too many parameters"));
        }
        let wants = |wanted: fn(&Argument) -> bool| list.iter().any(wanted);
        Ok(Self {
            wants_request: wants(|argument| !matches!(argument, Argument::Constant(_))),
            wants_response: wants(|argument| matches!(argument, Argument::Response)),
            websocket: list.iter().find_map(|argument| match argument {
                Argument::WebSocket { is_needed } => Some(*is_needed),
                _ => None,
            }),
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
            if let Argument::Constant(value) = argument {
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
        let websocket = match (request, self.websocket) {
            (Some(request), Some(is_needed)) => WebSocket::of(request, is_needed)?,
            _ => None,
        };
        let context = match request {
            Some(request) if self.wants_context => {
                Some(context_of(host, request.get().exchange.id)?)
            }
            _ => None,
        };
        let none = py.None().into_bound(py);
        let mut values = [&none; MAX_ARGUMENTS];
        for (value, argument) in values.iter_mut().zip(&self.list) {
            *value = match argument {
                Argument::Request => request.map_or(&none, |request| request.as_any()),
                Argument::Response => response.as_ref().map_or(&none, |response| response.as_any()),
                Argument::WebSocket { .. } => {
                    websocket.as_ref().map_or(&none, |socket| socket.as_any())
                }
                Argument::Context => context.as_ref().unwrap_or(&none),
                Argument::Constant(value) => value.bind(py),
            };
        }
        let values = values.get(..self.list.len()).unwrap_or(&values);
        ffi::vectorcall(function, values, self.names.as_ref().map(|names| names.bind(py)))
    }
}

/// More parameters than any handler has.
pub(super) const MAX_ARGUMENTS: usize = 64;
