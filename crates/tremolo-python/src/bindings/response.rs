//! The response object: its end, and the answer to an exception. `head` has the setters of the
//! head, `describe` those of names and versions, `write_op` the write operations, `sendfile` files.

mod describe;
mod head;
mod sendfile;
mod write_op;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::http1::response::ResponseHead;
use tremolo_core::{Error, Exchange, ExchangeRef, Misuse, Now};

pub(super) use self::head::latin1;
pub(super) use self::sendfile::SendFileOp;
pub(super) use self::write_op::end_op;

use super::answer::Answer;
use super::request::Request;

/// A response, written piece by piece.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Response {
    request: Py<Request>,
}

impl Response {
    pub(super) fn of<'py>(request: &Bound<'py, Request>) -> PyResult<Bound<'py, Self>> {
        Bound::new(request.py(), Self { request: request.clone().unbind() })
    }

    fn act<T>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Exchange<'_>, &Now) -> Result<T, Error>,
    ) -> PyResult<T> {
        let request = self.request.get();
        request.exchange.act(request.host.bind(py), act)
    }

    pub(super) fn change(
        &self,
        py: Python<'_>,
        change: impl FnOnce(&mut ResponseHead, &Now) -> Result<(), Misuse>,
    ) -> PyResult<()> {
        let request = self.request.get();
        let has_mapping = request.store_headers(py)?;
        self.act(py, |exchange, now| Ok(change(exchange.response_mut()?, now)?))?;
        if has_mapping { request.load_headers(py) } else { Ok(()) }
    }

    fn ask<T>(&self, py: Python<'_>, ask: impl FnOnce(ExchangeRef<'_>) -> T) -> PyResult<T> {
        let request = self.request.get();
        request.exchange.ask(request.host.bind(py), ask)
    }
}

#[pymethods]
impl Response {
    /// The request that this answers.
    #[getter]
    fn request(&self, py: Python<'_>) -> Py<Request> {
        self.request.clone_ref(py)
    }

    /// Ends the response, and without `keepalive` the connection.
    #[pyo3(signature = (keepalive=false))]
    fn close(&self, py: Python<'_>, keepalive: bool) -> PyResult<()> {
        self.act(py, |exchange, now| exchange.close(now, keepalive))
    }

    /// An `HTTPRedirect` to raise.
    #[pyo3(signature = (url, code=None))]
    fn redirect<'py>(
        &self,
        py: Python<'py>,
        url: &Bound<'py, PyAny>,
        code: Option<u16>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.request.get().host.get().hooks.redirect.bind(py).call1((url, code))
    }

    /// Responds to an exception as if the handler had raised it: with an error page or, after the
    /// head, with the end of the connection. `data` replaces the page.
    #[pyo3(signature = (exc, *args, data=None))]
    fn handle_exception<'py>(
        slf: &Bound<'py, Self>,
        exc: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        data: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let host = slf.get().request.get().host.get();
        host.hooks.handle_exception.bind(slf.py()).call1((slf, exc, args, data))
    }

    /// Sets the head of the answer to an exception.
    fn _set_head(&self, py: Python<'_>, answer: &Bound<'_, PyTuple>) -> PyResult<()> {
        let answer = Answer::new(answer)?;
        self.change(py, |head, _| answer.set_head(head))
    }

    /// Sends the answer to an exception, which `tremolo._failures` has made.
    fn _answer(&self, py: Python<'_>, answer: &Bound<'_, PyTuple>) -> PyResult<()> {
        let answer = Answer::new(answer)?;
        if answer.keeps_head() {
            self.request.get().store_headers(py)?;
        }
        self.act(py, |exchange, now| match answer.send(exchange, now) {
            Err(Error::Closed(_)) => Ok(()),
            sent => sent,
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)
    }
}
