//! The handshake: `accept`, and the acceptance by the first operation.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::WebSocket;
use super::end::End;
use crate::bindings::awaitable::{self, Attempting, Object, Operation, Pending};
use crate::bindings::errors;
use crate::bindings::exchange::Attempt;
use crate::bindings::request::Request;
use crate::bindings::response::latin1;

/// Sends the `101`.
#[derive(Debug)]
struct AcceptOp {
    socket: Py<WebSocket>,
    subprotocol: Option<Box<str>>,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
}

const _: () = assert!(size_of::<AcceptOp>() <= awaitable::IN_PLACE);

impl Attempting for AcceptOp {
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        let socket = self.socket.get();
        let middleware = socket.accept_with(py, self.subprotocol.as_deref(), &self.fields)?;
        Ok(middleware.map_or(Attempt::Done(None), Attempt::Wait))
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.socket)
    }
}

impl WebSocket {
    /// Accepts it, if that was not done. Returns the middleware that the caller must await before
    /// it attempts that again.
    pub(super) fn open(&self, py: Python<'_>) -> PyResult<Object> {
        if self.progress().is_accepted {
            return Ok(None);
        }
        let exchange = self.request.get().exchange;
        let accepted = exchange.ask(self.host(py), |exchange| exchange.is_websocket());
        if errors::unless_gone(py, accepted.map(Some))?.ok_or_else(|| self.gone(py))? {
            // By another object, for the same request.
            self.progress().is_accepted = true;
            return Ok(None);
        }
        self.accept_with(py, None, &[])
    }

    fn accept_with(
        &self,
        py: Python<'_>,
        subprotocol: Option<&str>,
        fields: &[(Vec<u8>, Vec<u8>)],
    ) -> PyResult<Object> {
        if let Some(middleware) = Request::before_head(self.request.bind(py), false)? {
            return Ok(Some(middleware.unbind()));
        }
        let request = self.request.get();
        request.store_headers(py)?;
        let accepted = request.exchange.act(self.host(py), |exchange, now| {
            for (name, value) in fields {
                exchange.response_mut()?.append(name, value)?;
            }
            exchange.accept_websocket(now, &self.handshake, subprotocol)
        });
        errors::unless_gone(py, accepted.map(Some))?.ok_or_else(|| self.gone(py))?;
        let mut progress = self.progress();
        progress.is_accepted = true;
        progress.subprotocol = subprotocol.map(Box::from);
        Ok(None)
    }

    fn gone(&self, py: Python<'_>) -> PyErr {
        self.ended(End::Gone).exception(py)
    }

    fn accept_op(
        slf: &Bound<'_, Self>,
        subprotocol: Option<&Bound<'_, PyAny>>,
        headers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Pending> {
        let subprotocol = subprotocol.map(|chosen| chosen.extract::<String>()).transpose()?;
        if let Some(chosen) = &subprotocol
            && !slf.get().handshake.subprotocols().any(|offered| offered == chosen)
        {
            let text = format!("the client does not offer the subprotocol {chosen:?}");
            return Err(PyValueError::new_err(text));
        }
        Ok(awaitable::pending(AcceptOp {
            socket: slf.clone().unbind(),
            subprotocol: subprotocol.map(Box::from),
            fields: headers.map(fields).transpose()?.unwrap_or_default(),
        }))
    }
}

#[pymethods]
impl WebSocket {
    /// Accepts the WebSocket: sends the `101`, with the fields of the response, of which `headers`
    /// has more, as a mapping or as pairs. `subprotocol` is one of `subprotocols`.
    ///
    /// Every other operation accepts it as well, if that was not done. Until then a handler can
    /// answer in another way: the WebSocket is refused by an ordinary response.
    #[pyo3(signature = (subprotocol=None, headers=None))]
    fn accept<'py>(
        slf: &Bound<'py, Self>,
        subprotocol: Option<&Bound<'py, PyAny>>,
        headers: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let operation = Self::accept_op(slf, subprotocol, headers);
        Operation::create(slf.py(), "WebSocket.accept", operation)
    }
}

/// The names and the values of a mapping, or of pairs.
fn fields(headers: &Bound<'_, PyAny>) -> PyResult<Vec<(Vec<u8>, Vec<u8>)>> {
    let pairs = match headers.getattr_opt("items")? {
        Some(items) => items.call0()?,
        None => headers.clone(),
    };
    let field = |pair: PyResult<Bound<'_, PyAny>>| {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
        Ok((latin1(&name)?, latin1(&value)?))
    };
    pairs.try_iter()?.map(field).collect()
}
