//! The channel of a request: `receive` and `send` of the scope `http`.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::http1::body::Decoded;
use tremolo_core::{Error, PeerError, escape_controls};

use super::super::awaitable::Object;
use super::super::exchange::Attempt;
use super::super::finish::send_builtin_page;
use super::channel::{Channel, End};
use super::file;
use super::message::ResponseMessage;
use super::operations::{self, Events};
use super::response::{Response, Stage};
use crate::ffi::Reused;

/// The channel of a request. One object serves one request after the other, as long as no application
/// keeps it or one of its methods.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct HttpChannel(Option<HttpExchange>);

/// What the application does with the request; nothing between two requests.
#[derive(Debug)]
pub(super) struct HttpExchange {
    channel: Channel,
    response: Response,
    /// The last piece of the body was received.
    is_received: AtomicBool,
}

/// A channel with `receive` and `send`.
pub(super) type ReusedChannel = Reused<HttpChannel, 2>;

thread_local! {
    /// The channel, between two requests.
    static SPARE: Cell<Option<ReusedChannel>> = const { Cell::new(None) };
}

/// What arrives next.
enum Received {
    Piece {
        body: Bytes,
        has_more: bool,
    },
    Nothing,
    /// The client has gone, or the response is complete.
    Over,
    /// The body is invalid, too large, or stalled.
    Fault(PeerError),
}

impl HttpChannel {
    pub(super) fn new(channel: Channel) -> Self {
        let (response, is_received) = (Response::new(), AtomicBool::new(false));
        Self(Some(HttpExchange { channel, response, is_received }))
    }

    /// The object of an earlier request, or a new one.
    pub(super) fn reused(py: Python<'_>, channel: Channel) -> PyResult<ReusedChannel> {
        let channel = match SPARE.take() {
            None => Self::new(channel),
            Some(mut spare) => match spare.replace(py, Self::new(channel)) {
                Ok(_) => return Ok(spare),
                Err(channel) => channel,
            },
        };
        let names = [pyo3::intern!(py, "receive"), pyo3::intern!(py, "send")];
        Reused::new(Bound::new(py, channel)?, names)
    }

    /// The application has returned, or was suspended: the object may serve the next request.
    pub(super) fn recycle(py: Python<'_>, mut channel: ReusedChannel) {
        if let Ok(over) = channel.replace(py, Self(None)) {
            SPARE.set(Some(channel));
            drop(over);
        }
    }

    /// What the application does with the request.
    pub(super) fn exchange(&self) -> PyResult<&HttpExchange> {
        self.0.as_ref().ok_or_else(|| PyRuntimeError::new_err("the request is over"))
    }
}

impl HttpExchange {
    pub(super) fn channel(&self) -> &Channel {
        &self.channel
    }

    fn next(&self, py: Python<'_>) -> PyResult<Received> {
        if self.is_received.load(Ordering::Relaxed) {
            let is_over = self.response.is_complete() || self.channel.is_over(py);
            return Ok(if is_over { Received::Over } else { Received::Nothing });
        }
        let received = self.channel.try_act(py, |exchange, now| {
            if exchange.peek().is_turn_over() {
                // The next turn wakes the reader.
                return Ok(Received::Nothing);
            }
            Ok(match exchange.body().poll(now, usize::MAX)? {
                Decoded::NeedInput => Received::Nothing,
                Decoded::End => Received::Piece { body: Bytes::new(), has_more: false },
                Decoded::Data(body) => {
                    Received::Piece { body, has_more: !exchange.peek().is_body_read() }
                }
            })
        })?;
        Ok(match received {
            Ok(received) => received,
            Err(Error::Peer(fault)) => Received::Fault(fault),
            Err(_) => Received::Over,
        })
    }

    fn disconnect(&self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        if !self.response.is_complete() {
            self.channel.set_gone();
        }
        let event = PyDict::new(py);
        event.set_item(pyo3::intern!(py, "type"), pyo3::intern!(py, "http.disconnect"))?;
        Ok(Attempt::Done(Some(event.into_any().unbind())))
    }
}

impl HttpExchange {
    fn receive_event(&self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        match self.next(py)? {
            Received::Nothing => self.channel.wait_for_input(py),
            Received::Piece { body, has_more } => {
                self.is_received.store(!has_more, Ordering::Relaxed);
                let event = PyDict::new(py);
                event.set_item(pyo3::intern!(py, "type"), pyo3::intern!(py, "http.request"))?;
                event.set_item(pyo3::intern!(py, "body"), PyBytes::new(py, &body))?;
                event.set_item(pyo3::intern!(py, "more_body"), has_more)?;
                Ok(Attempt::Done(Some(event.into_any().unbind())))
            }
            Received::Over => self.disconnect(py),
            Received::Fault(fault) => {
                let (host, exchange) = (self.channel.host(py), self.channel.exchange);
                let page = (fault.status().as_u16(), &*fault.to_string());
                send_builtin_page(host, exchange, page)?;
                self.disconnect(py)
            }
        }
    }

    fn send_event(&self, message: &Bound<'_, PyAny>) -> PyResult<Attempt<()>> {
        let message = &ResponseMessage::new(message)?;
        let name = message.kind.to_str()?.strip_prefix("http.response.").ok_or_else(|| {
            let kind = message.kind.to_string_lossy();
            let text = format!("unexpected ASGI message {} for http", escape_controls(&kind));
            PyRuntimeError::new_err(text)
        })?;
        match (name, self.response.stage()) {
            ("pathsend", Stage::Head) => file::send(&self.channel, &self.response, message),
            _ => self.response.send(&self.channel, name, message),
        }
    }

    /// What it means if the application returns now.
    pub(super) fn end(&self) -> PyResult<End> {
        match self.response.stage() {
            Stage::Complete => Ok(End::Over),
            _ if self.channel.is_gone() => Ok(End::Gone),
            Stage::Nothing | Stage::Head => {
                Err(PyRuntimeError::new_err("the ASGI application has returned without a response"))
            }
            Stage::Body | Stage::Trailers => Err(PyRuntimeError::new_err(
                "the ASGI application has returned before its response was complete",
            )),
        }
    }
}

impl Events for HttpChannel {
    fn receive_event(&self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        self.exchange()?.receive_event(py)
    }

    fn send_event(&self, message: &Bound<'_, PyAny>) -> PyResult<Attempt<()>> {
        self.exchange()?.send_event(message)
    }
}

#[pymethods]
impl HttpChannel {
    /// Awaits `http.request` or `http.disconnect`.
    fn receive<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        operations::receive(slf)
    }

    /// Sends a message.
    fn send<'py>(
        slf: &Bound<'py, Self>,
        message: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        operations::send(slf, message)
    }

    /// Raises if the response is not complete and the client is there.
    fn check(&self) -> PyResult<()> {
        self.exchange()?.end().map(drop)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.as_ref().map_or(Ok(()), |exchange| exchange.channel.traverse(&visit))
    }
}
