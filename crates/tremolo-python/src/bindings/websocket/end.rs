//! How a WebSocket has ended, and its exception: `WebSocketClientClosed` or `WebSocketServerClosed`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::IntoPyDict;
use tremolo_core::WebSocket;
use tremolo_core::websocket::{CloseCode, Violation};

/// How a WebSocket has ended.
#[derive(Clone, Debug)]
pub(in crate::bindings) enum End {
    /// By the peer's close frame, or without any (1006).
    Peer { code: CloseCode, reason: Box<str> },
    /// By a fault of the peer.
    Violation(Violation),
    /// By our close frame, which the peer has not answered yet.
    Server(CloseCode),
    /// The connection is over.
    Gone,
}

impl End {
    /// `closed_with` is the code of the close frame that the handler has sent. `None` while the
    /// WebSocket is open.
    pub(in crate::bindings) fn of(
        socket: &WebSocket<'_>,
        closed_with: Option<CloseCode>,
    ) -> Option<Self> {
        let status = socket.close_status()?;
        if let Some(violation) = status.violation {
            return Some(Self::Violation(violation));
        }
        if status.code == CloseCode::ABNORMAL {
            if let Some(code) = closed_with {
                return Some(Self::Server(code));
            }
            if !socket.is_closed() {
                // The server stops.
                return Some(Self::Server(CloseCode::GOING_AWAY));
            }
        }
        Some(Self::Peer { code: status.code, reason: status.reason.into() })
    }

    /// Whether nothing more becomes known about it.
    pub(super) fn is_final(&self) -> bool {
        !matches!(self, Self::Server(_))
    }

    /// Whether the peer has violated the protocol.
    pub(super) fn is_violation(&self) -> bool {
        matches!(self, Self::Violation(_))
    }

    pub(in crate::bindings) fn code(&self) -> CloseCode {
        match self {
            Self::Peer { code, .. } | Self::Server(code) => *code,
            Self::Violation(violation) => violation.close_code(),
            Self::Gone => CloseCode::ABNORMAL,
        }
    }

    pub(in crate::bindings) fn reason(&self) -> &str {
        match self {
            Self::Peer { reason, .. } => reason,
            Self::Violation(_) | Self::Server(_) | Self::Gone => "",
        }
    }

    pub(super) fn exception(&self, py: Python<'_>) -> PyErr {
        let code = self.code();
        match self {
            Self::Peer { reason, .. } if !reason.is_empty() => {
                client_closed(py, code, &format!("connection closed ({code}): {reason}"))
            }
            Self::Peer { .. } | Self::Gone => {
                client_closed(py, code, &format!("connection closed ({code})"))
            }
            Self::Violation(violation) => server_closed(py, code, &violation.to_string()),
            Self::Server(_) => server_closed(py, code, &format!("closed by the server ({code})")),
        }
    }
}

/// A `WebSocketServerClosed`.
pub(super) fn server_closed(py: Python<'_>, code: CloseCode, text: &str) -> PyErr {
    static KIND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let kind = KIND.import(py, "tremolo.exceptions", "WebSocketServerClosed");
    kind.map_or_else(|error| error, |kind| make(kind, code, text))
}

fn client_closed(py: Python<'_>, code: CloseCode, text: &str) -> PyErr {
    static KIND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let kind = KIND.import(py, "tremolo.exceptions", "WebSocketClientClosed");
    kind.map_or_else(|error| error, |kind| make(kind, code, text))
}

fn make(kind: &Bound<'_, PyAny>, code: CloseCode, text: &str) -> PyErr {
    let options = [("code", code.get())].into_py_dict(kind.py());
    let exception = options.and_then(|options| kind.call((text,), Some(&options)));
    exception.map_or_else(|error| error, PyErr::from_value)
}
