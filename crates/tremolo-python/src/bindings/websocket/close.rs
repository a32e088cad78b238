//! Closing: `close`, the closing handshake (RFC 6455 section 7.1.2).

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::websocket::{CloseCode, SendError};

use super::WebSocket;
use crate::bindings::awaitable::{self, Attempting, Object, Operation};
use crate::bindings::exchange::{Attempt, wake};
use crate::bindings::late::Late;
use crate::bindings::state::WaitFor;

/// Sends a close frame, and waits for that of the peer.
#[derive(Debug)]
struct CloseOp {
    socket: Py<WebSocket>,
    code: CloseCode,
    reason: Box<str>,
    timeout: Option<f64>,
    is_sent: bool,
}

const _: () = assert!(size_of::<CloseOp>() <= awaitable::IN_PLACE);

impl Attempting for CloseOp {
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        let socket = self.socket.get();
        if !self.is_sent {
            socket.open(py)?;
        }
        let closed = socket.act(py, |socket, now| {
            let sent = if self.is_sent {
                Err(SendError::Closed)
            } else {
                socket.close(now, self.code, &self.reason)
            };
            (sent, socket.is_closed())
        })?;
        let is_closed = match closed {
            Some((Ok(()), is_closed)) => {
                socket.progress().closed_with = Some(self.code);
                is_closed
            }
            Some((Err(SendError::Closed), is_closed)) => is_closed,
            Some((Err(error), _)) => return Err(socket.not_sent(py, error)),
            None => true,
        };
        if is_closed {
            return Ok(Attempt::Done(None));
        }
        let (exchange, host) = (socket.request.get().exchange, socket.host(py));
        if !std::mem::replace(&mut self.is_sent, true) {
            // A task that receives gets nothing more.
            wake(host, exchange.id, WaitFor::Input)?;
        }
        exchange.wait(host, WaitFor::Input)
    }

    fn timeout(&self) -> Option<f64> {
        self.timeout
    }

    fn timed_out(&mut self, _py: Python<'_>) -> PyResult<Object> {
        // The engine waits on, and closes the connection.
        Ok(None)
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.socket)
    }
}

#[pymethods]
impl WebSocket {
    /// Closes the WebSocket, and waits for the answer of the client: at most `timeout` seconds, and
    /// at most `ws_close_timeout`. Messages that still arrive are dropped. Does nothing if it is
    /// closed.
    ///
    /// Raises a `ValueError` for a code that may not be sent (1006, for example), and for a reason
    /// of more than 123 bytes in UTF-8.
    #[pyo3(
        signature = (code=Late::of(1000), *, reason=Late::of(None), timeout=Late::of(None)),
        text_signature = "($self, code=1000, *, reason='', timeout=None)"
    )]
    fn close<'py>(
        slf: &Bound<'py, Self>,
        code: Late<i64>,
        reason: Late<Option<String>>,
        timeout: Late<Option<f64>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let operation = || {
            // 0 may not be sent either.
            let code = u16::try_from(code.get(py, "code")?).unwrap_or_default();
            Ok(awaitable::pending(CloseOp {
                socket: slf.clone().unbind(),
                code: CloseCode::new(code),
                reason: reason.get(py, "reason")?.unwrap_or_default().into(),
                timeout: timeout.get(py, "timeout")?,
                is_sent: false,
            }))
        };
        Operation::create(py, "WebSocket.close", operation())
    }
}
