//! The arguments of a handler, by name in its signature, by position in the call.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use super::request::Request;
use super::response::Response;
use super::server::Server;
use crate::ffi;

#[derive(Debug)]
pub(super) struct Arguments {
    list: Vec<Argument>,
    /// The names of the last ones, which can be given by name only.
    names: Option<Py<PyTuple>>,
    /// For `**server`: what does not change from call to call.
    whole: Option<Py<PyDict>>,
    wants_request: bool,
}

#[derive(Debug)]
enum Argument {
    Request,
    Response,
    /// The context of the connection.
    Context,
    Constant(Py<PyAny>),
}

impl Arguments {
    /// Each of `list` is the name of what is made for the call, or a tuple with what is given.
    pub(super) fn new(
        list: &Bound<'_, PyTuple>,
        names: Option<Bound<'_, PyTuple>>,
        whole: Option<Bound<'_, PyDict>>,
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
                    _ => Argument::Context,
                })
            })
            .collect::<PyResult<Vec<_>>>()?;
        let wants = |argument: &Argument| !matches!(argument, Argument::Constant(_));
        let wants_request = whole.is_some() || list.iter().any(wants);
        let (names, whole) = (names.map(Bound::unbind), whole.map(Bound::unbind));
        Ok(Self { list, names, whole, wants_request })
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
        visit.call(&self.names)?;
        visit.call(&self.whole)
    }

    pub(super) fn call<'py>(
        &self,
        server: &Bound<'py, Server>,
        function: &Bound<'py, PyAny>,
        request: Option<&Bound<'py, Request>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = server.py();
        if self.list.is_empty() && self.whole.is_none() {
            return function.call0();
        }
        let response = match request {
            Some(request) if self.wants_response() => Some(Response::of(request)?),
            _ => None,
        };
        if self.whole.is_some() {
            return self.call_with_all(server, function, request, response);
        }
        let none = py.None().into_bound(py);
        let context = self.context(server, request)?;
        let mut values = [&none; MAX_ARGUMENTS];
        for (value, argument) in values.iter_mut().zip(&self.list) {
            *value = match argument {
                Argument::Request => request.map_or(&none, |request| request.as_any()),
                Argument::Response => response.as_ref().map_or(&none, |response| response.as_any()),
                Argument::Context => context.as_ref().unwrap_or(&none),
                Argument::Constant(value) => value.bind(py),
            };
        }
        let values = values.get(..self.list.len()).unwrap_or(&values);
        ffi::vectorcall(function, values, self.names.as_ref().map(|names| names.bind(py)))
    }

    fn call_with_all<'py>(
        &self,
        server: &Bound<'py, Server>,
        function: &Bound<'py, PyAny>,
        request: Option<&Bound<'py, Request>>,
        response: Option<Bound<'py, Response>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = server.py();
        let all = match &self.whole {
            Some(whole) => whole.bind(py).copy()?,
            None => PyDict::new(py),
        };
        if let Some(request) = request {
            all.set_item(pyo3::intern!(py, "request"), request)?;
            let id = request.get().exchange.id;
            all.set_item(pyo3::intern!(py, "context"), Server::context(server, id)?)?;
        }
        match (response, self.list.first()) {
            // What runs a handler elsewhere has the response for itself, before all others.
            (Some(response), Some(Argument::Response)) => {
                all.set_item(pyo3::intern!(py, "response"), &response)?;
                function.call((response,), Some(&all))
            }
            (Some(response), _) => {
                all.set_item(pyo3::intern!(py, "response"), response)?;
                function.call((), Some(&all))
            }
            (None, _) => function.call((), Some(&all)),
        }
    }

    fn context<'py>(
        &self,
        server: &Bound<'py, Server>,
        request: Option<&Bound<'py, Request>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let wanted = self.list.iter().any(|argument| matches!(argument, Argument::Context));
        match request {
            Some(request) if wanted => Server::context(server, request.get().exchange.id).map(Some),
            _ => Ok(None),
        }
    }

    fn wants_response(&self) -> bool {
        let response = |argument: &Argument| matches!(argument, Argument::Response);
        self.whole.is_some() || self.list.iter().any(response)
    }
}

/// More parameters than any handler has.
pub(super) const MAX_ARGUMENTS: usize = 64;
