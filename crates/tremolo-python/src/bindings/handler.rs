//! Handlers in Python, as they were inspected at registration: how to call them.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};

use super::arguments::Arguments;
use super::endpoint::{Call, Endpoint, Wants};
use super::request::Request;
use super::{streams, tasks};
use crate::ffi::{self, Sent};

/// A handler function and its arguments.
#[derive(Debug)]
pub(super) struct Handler {
    function: Py<PyAny>,
    kind: Kind,
    arguments: Arguments,
}

/// How a handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A coroutine that cannot suspend: finished inside the call.
    Inline,
    /// A coroutine that may suspend: in a task from its first step.
    Task,
    /// An asynchronous generator that suspends only to yield: pulled.
    Stream,
}

impl Handler {
    /// Reads an instance of `tremolo._handlers.Handler`.
    pub(super) fn new(handler: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self {
            function: handler.getattr("function")?.unbind(),
            kind: match handler.getattr("kind")?.extract()? {
                "inline" => Kind::Inline,
                "stream" => Kind::Stream,
                _ => Kind::Task,
            },
            arguments: Arguments::new(
                handler.getattr("arguments")?.cast::<PyTuple>()?,
                handler.getattr("names")?.extract::<Option<Bound<'_, PyTuple>>>()?,
            )?,
        })
    }
}

impl Endpoint for Handler {
    fn wants(&self) -> Wants {
        if self.arguments.wants_request() { Wants::Request } else { Wants::Nothing }
    }

    fn serve(&self, Call { host, exchange, request, .. }: Call<'_, '_>) -> PyResult<()> {
        let py = host.py();
        let function = self.function.bind(py);
        let call = || self.arguments.call(host, function, request.as_ref());
        let outcome = match self.kind {
            Kind::Inline => {
                let context = ffi::copy_context(py)?;
                ffi::in_context(&context, || match ffi::send_none(&call()?)? {
                    Sent::Returned(value) => Ok(value),
                    Sent::Yielded(_) => {
                        Err(PyRuntimeError::new_err("a handler has suspended that cannot"))
                    }
                })
            }
            Kind::Task => match call() {
                Ok(coroutine) => return tasks::start(host, exchange, request, &coroutine),
                Err(error) => Err(error),
            },
            Kind::Stream => match call() {
                Ok(generator) => {
                    let generator = (generator, ffi::copy_context(py)?);
                    return streams::pull(host, exchange, &generator, request);
                }
                Err(error) => Err(error),
            },
        };
        tasks::finish(host, exchange, request, outcome)
    }

    fn call<'py>(
        &self,
        request: &Bound<'py, Request>,
        _rest: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = request.py();
        self.arguments.call(request.get().host.bind(py), self.function.bind(py), Some(request))
    }

    fn function(&self) -> Option<&Py<PyAny>> {
        Some(&self.function)
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.function)?;
        self.arguments.traverse(visit)
    }
}
