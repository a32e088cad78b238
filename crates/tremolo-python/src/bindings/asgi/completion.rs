//! The end of an application: it has returned, or has raised.

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::super::exchange::leave;
use super::super::exchange_id::ExchangeId;
use super::super::finish::{ends_program, send_builtin_page};
use super::super::host::Host;
use super::super::tasks::Completion;
use super::channel::{Channel, End};
use super::http::{HttpChannel, HttpExchange};
use super::websocket::WebSocketChannel;

/// What follows an application.
#[derive(Debug)]
pub(super) enum Over {
    Http(Py<HttpChannel>),
    WebSocket(Py<WebSocketChannel>),
}

impl Over {
    pub(super) fn http(channel: &Bound<'_, HttpChannel>) -> Self {
        Self::Http(channel.clone().unbind())
    }

    pub(super) fn websocket(channel: &Bound<'_, WebSocketChannel>) -> Self {
        Self::WebSocket(channel.clone().unbind())
    }

    fn channel(&self) -> PyResult<&Channel> {
        match self {
            Self::Http(channel) => channel.get().exchange().map(HttpExchange::channel),
            Self::WebSocket(channel) => Ok(channel.get().channel()),
        }
    }

    /// What it means if the application returns now.
    fn end(&self) -> PyResult<End> {
        match self {
            Self::Http(channel) => channel.get().exchange()?.end(),
            Self::WebSocket(channel) => channel.get().end(),
        }
    }
}

impl Completion for Over {
    fn complete(
        &mut self,
        host: &Bound<'_, Host>,
        exchange: ExchangeId,
        outcome: PyResult<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = host.py();
        let error = match outcome.and_then(|_| self.end()) {
            Ok(End::Over) => return Ok(()),
            Ok(End::Returned) => return leave(host, exchange),
            // What has begun is cut, if the client is there after all.
            Ok(End::Gone) => return send_builtin_page(host, exchange, (500, "")),
            Err(error) => error,
        };
        let cancelled = host.get().lock().cancelled(exchange);
        let status = cancelled.map_or(500, |reason| reason.status().as_u16());
        if ends_program(py, &error) {
            send_builtin_page(host, exchange, (status, ""))?;
            return Err(error);
        }
        let channel = self.channel()?;
        let report = py.import("tremolo.asgi._calls")?.getattr("report")?;
        let (logger, is_gone) = (&host.get().hooks.logger, channel.is_gone());
        let cancelled = cancelled.map(|reason| reason.to_string());
        // With its traceback.
        let error = error.into_value(py);
        report.call1((logger, &channel.scope, error, is_gone, cancelled))?;
        send_builtin_page(host, exchange, (status, ""))
    }

    fn is_over(&self) -> bool {
        matches!(self.end(), Ok(End::Over))
    }

    fn suspended(&self, host: &Bound<'_, Host>, exchange: ExchangeId, task: Py<PyAny>) {
        host.get().lock().suspend_independent(exchange, task);
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Http(channel) => visit.call(channel),
            Self::WebSocket(channel) => visit.call(channel),
        }
    }
}
