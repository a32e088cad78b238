//! The channel of a WebSocket: `receive` and `send` of the scope `websocket`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::websocket::{CloseCode, Handshake, Message, MessageKind, SendError};
use tremolo_core::{Exchange, Incoming, Now, escape_controls};

use super::super::awaitable::Object;
use super::super::exchange::{Attempt, wake};
use super::super::payload::text_piece;
use super::super::state::WaitFor;
use super::super::websocket::End;
use super::channel::{self, Channel};
use super::fields::{FieldsOf, refused};
use super::message::{ResponseMessage, item, kind, piece};
use super::operations::{self, Events};
use super::response::{Response, Stage as ResponseStage};
use crate::ffi;

/// The channel of a WebSocket.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct WebSocketChannel {
    channel: Channel,
    handshake: Handshake,
    /// The response that refuses the WebSocket.
    refusal: Response,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    stage: Stage,
    /// `websocket.connect` was received.
    is_connected: bool,
    /// The code of our close frame.
    closed_with: Option<CloseCode>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The handshake is not answered.
    Handshake,
    /// The application refuses it.
    Refused,
    Open,
    /// The application has closed it.
    Closed,
}

/// What arrives next.
enum Received {
    Message(Message),
    Nothing,
    Closed { code: CloseCode, reason: String },
}

impl Received {
    /// The end of a connection without a close frame.
    const GONE: Self = Self::Closed { code: CloseCode::ABNORMAL, reason: String::new() };
}

impl WebSocketChannel {
    pub(super) fn new(channel: Channel, handshake: Handshake) -> Self {
        let progress = Progress { stage: Stage::Handshake, is_connected: false, closed_with: None };
        let refusal = Response::new();
        Self { channel, handshake, refusal, progress: Mutex::new(progress) }
    }

    pub(super) fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Locks the progress. Python must not be called under the lock.
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, py: Python<'_>) -> PyResult<Received> {
        let (stage, closed_with) = {
            let progress = self.progress();
            (progress.stage, progress.closed_with)
        };
        match stage {
            Stage::Handshake if self.channel.is_over(py) => return Ok(Received::GONE),
            Stage::Handshake => return Ok(Received::Nothing),
            Stage::Refused if self.refusal.is_complete() || self.channel.is_over(py) => {
                return Ok(Received::GONE);
            }
            Stage::Refused => return Ok(Received::Nothing),
            Stage::Open | Stage::Closed => {}
        }
        let next = self.channel.try_act(py, |exchange, now| {
            let Some(mut socket) = exchange.websocket() else { return Ok(Received::GONE) };
            Ok(match socket.poll_message(now) {
                Incoming::Message(message) => Received::Message(message),
                Incoming::NeedInput => Received::Nothing,
                Incoming::Closed => match End::of(&socket, closed_with) {
                    Some(end) => {
                        Received::Closed { code: end.code(), reason: end.reason().to_owned() }
                    }
                    None => Received::GONE,
                },
            })
        })?;
        Ok(next.unwrap_or_else(|_| Received::Closed {
            code: closed_with.unwrap_or(CloseCode::ABNORMAL),
            reason: String::new(),
        }))
    }

    fn accept(&self, message: &Bound<'_, PyAny>) -> PyResult<Attempt<()>> {
        let py = message.py();
        if let Some(middleware) = self.channel.before_head(py)? {
            return Ok(Attempt::Wait(middleware));
        }
        let subprotocol = item(message, pyo3::intern!(py, "subprotocol"))?;
        let subprotocol = subprotocol.filter(|chosen| !chosen.is_none());
        let subprotocol: Option<String> = subprotocol.map(|chosen| chosen.extract()).transpose()?;
        let fields = item(message, pyo3::intern!(py, "headers"))?;
        let fields = FieldsOf::new(fields.as_ref())?;
        let mut fault = None;
        self.channel.act(py, |exchange, now| {
            let head = exchange.response_mut()?;
            let appended = fields.try_for_each(|name, value| {
                let added = if name.eq_ignore_ascii_case(b"sec-websocket-protocol") {
                    Err(tremolo_core::Misuse::InvalidFraming)
                } else {
                    head.append(name, value)
                };
                added.map_err(|misuse| refused(name, misuse))
            });
            if let Err(refused) = appended {
                head.clear();
                fault = Some(refused);
                return Ok(());
            }
            exchange.accept_websocket(now, &self.handshake, subprotocol.as_deref())
        })?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        self.progress().stage = Stage::Open;
        self.wake_readers(py)?;
        Ok(Attempt::Done(()))
    }

    /// A WebSocket that is closed before it was accepted: 403.
    fn refuse(&self, py: Python<'_>) -> PyResult<Attempt<()>> {
        if let Some(middleware) = self.channel.before_head(py)? {
            return Ok(Attempt::Wait(middleware));
        }
        let write = |exchange: &mut Exchange<'_>, now: &Now| {
            let head = exchange.response_mut()?;
            head.clear();
            head.set_status(403)?;
            head.remove(b"content-type");
            exchange.end(now, (&[]).into()).map(|()| true)
        };
        let written = self.channel.write(py, write)?;
        if matches!(written, Attempt::Done(())) {
            self.refusal.set_stage(ResponseStage::Complete);
            self.progress().stage = Stage::Refused;
        }
        Ok(written)
    }

    fn send_message(&self, message: &Bound<'_, PyAny>) -> PyResult<Attempt<()>> {
        let py = message.py();
        let given = |name| Ok::<_, PyErr>(item(message, name)?.filter(|value| !value.is_none()));
        let text = given(pyo3::intern!(py, "text"))?;
        let binary = given(pyo3::intern!(py, "bytes"))?;
        let (kind, payload) = match (&text, &binary) {
            (Some(text), None) => {
                let text = text.cast::<PyString>().map_err(|_| {
                    PyTypeError::new_err("the text of a websocket.send is a string")
                })?;
                (MessageKind::Text, text_piece(text)?)
            }
            (None, Some(binary)) => (MessageKind::Binary, piece(binary)?),
            _ => {
                return Err(PyValueError::new_err("a websocket.send has either text or bytes"));
            }
        };
        let mut result = Ok(());
        let written = self.channel.write(py, |exchange, now| {
            result = match exchange.websocket() {
                Some(mut socket) => socket.send(now, kind, payload),
                None => Err(SendError::Closed),
            };
            Ok(false)
        })?;
        result.map(|()| written).map_err(|error| self.not_sent(py, error))
    }

    fn close(&self, message: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = message.py();
        let given = |name| Ok::<_, PyErr>(item(message, name)?.filter(|value| !value.is_none()));
        let code = given(pyo3::intern!(py, "code"))?;
        let code = code.map(|code| code.extract::<u16>()).transpose()?.unwrap_or(1000);
        let reason = given(pyo3::intern!(py, "reason"))?;
        let reason = reason.map(|reason| reason.extract::<String>()).transpose()?;
        let (code, reason) = (CloseCode::new(code), reason.unwrap_or_default());
        let closed = self.channel.act(py, |exchange, now| {
            Ok(match exchange.websocket() {
                Some(mut socket) => socket.close(now, code, &reason),
                None => Err(SendError::Closed),
            })
        })?;
        closed.map_err(|error| self.not_sent(py, error))?;
        {
            let mut progress = self.progress();
            (progress.stage, progress.closed_with) = (Stage::Closed, Some(code));
        }
        self.wake_readers(py)
    }

    fn not_sent(&self, py: Python<'_>, error: SendError) -> PyErr {
        match error {
            SendError::Closed => self.channel.gone(py, "the WebSocket is closed"),
            error => PyValueError::new_err(error.to_string()),
        }
    }

    fn wake_readers(&self, py: Python<'_>) -> PyResult<()> {
        wake(self.channel.host(py), self.channel.exchange.id, WaitFor::Input)
    }

    /// What it means if the application returns now.
    pub(super) fn end(&self) -> PyResult<channel::End> {
        match self.progress().stage {
            _ if self.refusal.is_complete() => Ok(channel::End::Over),
            Stage::Open | Stage::Closed => Ok(channel::End::Returned),
            _ if self.channel.is_gone() => Ok(channel::End::Gone),
            Stage::Handshake | Stage::Refused => Err(PyRuntimeError::new_err(
                "the ASGI application has returned without an answer to the handshake",
            )),
        }
    }
}

impl Events for WebSocketChannel {
    fn receive_event(&self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        let is_new = !std::mem::replace(&mut self.progress().is_connected, true);
        let event = PyDict::new(py);
        let kind = pyo3::intern!(py, "type");
        if is_new {
            event.set_item(kind, pyo3::intern!(py, "websocket.connect"))?;
            return Ok(Attempt::Done(Some(event.into_any().unbind())));
        }
        match self.next(py)? {
            Received::Nothing => return self.channel.wait_for_input(py),
            Received::Message(message) => {
                event.set_item(kind, pyo3::intern!(py, "websocket.receive"))?;
                match message.kind {
                    MessageKind::Text => {
                        event.set_item(pyo3::intern!(py, "text"), ffi::text_of(py, &message)?)?;
                    }
                    MessageKind::Binary => event
                        .set_item(pyo3::intern!(py, "bytes"), PyBytes::new(py, &message.payload))?,
                }
            }
            Received::Closed { code, reason } => {
                self.channel.set_gone();
                event.set_item(kind, pyo3::intern!(py, "websocket.disconnect"))?;
                event.set_item(pyo3::intern!(py, "code"), code.get())?;
                event.set_item(pyo3::intern!(py, "reason"), reason)?;
            }
        }
        Ok(Attempt::Done(Some(event.into_any().unbind())))
    }

    fn send_event(&self, message: &Bound<'_, PyAny>) -> PyResult<Attempt<()>> {
        let py = message.py();
        let kind = kind(message)?;
        let stage = self.progress().stage;
        match (kind.to_str()?, stage) {
            ("websocket.accept", Stage::Handshake) => self.accept(message),
            ("websocket.close", Stage::Handshake) => self.refuse(py),
            ("websocket.send", Stage::Open) => self.send_message(message),
            ("websocket.close", Stage::Open) => self.close(message).map(Attempt::Done),
            (name, Stage::Handshake | Stage::Refused)
                if name.starts_with("websocket.http.response.") =>
            {
                let name = name.trim_start_matches("websocket.http.response.");
                let message = ResponseMessage::new(message)?;
                let sent = self.refusal.send(&self.channel, name, &message)?;
                if self.refusal.stage() != ResponseStage::Nothing {
                    self.progress().stage = Stage::Refused;
                }
                Ok(sent)
            }
            (name, stage) => {
                let place = match stage {
                    Stage::Handshake => "before websocket.accept",
                    Stage::Refused => "after the WebSocket was refused",
                    Stage::Open => "while the WebSocket is open",
                    Stage::Closed => "after websocket.close",
                };
                let text = format!("unexpected ASGI message {} {place}", escape_controls(name));
                Err(PyRuntimeError::new_err(text))
            }
        }
    }
}

#[pymethods]
impl WebSocketChannel {
    /// Awaits `websocket.connect`, `websocket.receive` or `websocket.disconnect`.
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

    /// Raises if the handshake is not answered and the client is there.
    fn check(&self) -> PyResult<()> {
        self.end().map(drop)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.channel.traverse(&visit)
    }
}
