//! The response of an application: `http.response.…`, and `websocket.http.response.…` of a WebSocket
//! that is refused.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tremolo_core::http1::response::FieldList;
use tremolo_core::{CloseReason, Exchange, Now, escape_controls};
use tremolo_files::ServedFile;

use super::super::exchange::Attempt;
use super::channel::{Channel, too_short};
use super::errors::misuse;
use super::fields::{fields_of, refused};
use super::message::{bytes, flag, item, piece};

/// A file that a thread opens.
pub(super) type FileSlot = Arc<Mutex<Option<ServedFile>>>;

/// How far a response is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    #[default]
    Nothing,
    /// The head is known, and is not sent.
    Head,
    /// The head was sent.
    Body,
    /// The body is complete, and trailers follow.
    Trailers,
    Complete,
}

/// A response, as far as it was sent.
#[derive(Debug, Default)]
pub(super) struct Response {
    progress: Mutex<Progress>,
}

#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) stage: Stage,
    /// Whether trailers follow the body, and whether the client takes them.
    trailers: Option<bool>,
    /// The file of `http.response.pathsend`, while the operation waits.
    pub(super) file: Option<FileSlot>,
}

impl Response {
    /// Locks the progress. Python must not be called under the lock.
    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stage(&self) -> Stage {
        self.progress().stage
    }

    pub(super) fn is_complete(&self) -> bool {
        self.stage() == Stage::Complete
    }

    /// Handles a message. `name` is its type without its beginning.
    pub(super) fn send(
        &self,
        channel: &Channel,
        name: &str,
        message: &Bound<'_, PyAny>,
    ) -> PyResult<Attempt<()>> {
        match (name, self.stage()) {
            (_, Stage::Complete) => report_late(channel, message).map(|()| Attempt::Done(())),
            ("start", Stage::Nothing) => self.start(channel, message).map(Attempt::Done),
            ("body", Stage::Head | Stage::Body) => self.body(channel, message),
            ("trailers", Stage::Trailers) => self.trailers(channel, message),
            ("early_hint", Stage::Head) => hint(channel, message).map(Attempt::Done),
            // Nothing precedes a head that was sent.
            ("early_hint", Stage::Body) => Ok(Attempt::Done(())),
            (_, stage) => Err(unexpected(message, stage)?),
        }
    }

    fn start(&self, channel: &Channel, message: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = message.py();
        let status = item(message, pyo3::intern!(py, "status"))?;
        let status = status.ok_or_else(|| PyRuntimeError::new_err("a response needs a status"))?;
        let status: u16 = status.extract()?;
        let fields = fields_of(message)?;
        let has_trailers = flag(message, pyo3::intern!(py, "trailers"))?;
        let mut fault = None;
        let takes_trailers = channel.act(py, |exchange, _| {
            let head = exchange.response_mut()?;
            // Without a type the response has none.
            head.remove(b"content-type");
            head.set_status(status)?;
            for (name, value) in &fields {
                let (name, value) = (name.as_bytes(), value.as_bytes());
                // The server frames the body.
                if name.eq_ignore_ascii_case(b"transfer-encoding") {
                    continue;
                }
                if let Err(misuse) = head.append(name, value) {
                    head.clear();
                    fault = Some(refused(name, misuse));
                    break;
                }
            }
            if !has_trailers {
                return Ok(None);
            }
            let mut codings = exchange.peek().head().fields().list("te");
            Ok(Some(codings.any(|coding| coding.eq_ignore_ascii_case(b"trailers"))))
        })?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        let mut progress = self.progress();
        progress.trailers = takes_trailers;
        progress.stage = Stage::Head;
        Ok(())
    }

    fn body(&self, channel: &Channel, message: &Bound<'_, PyAny>) -> PyResult<Attempt<()>> {
        let py = message.py();
        let (stage, has_trailers) = {
            let progress = self.progress();
            (progress.stage, progress.trailers.is_some())
        };
        if stage == Stage::Head
            && let Some(middleware) = channel.before_head(py)?
        {
            return Ok(Attempt::Wait(middleware));
        }
        let body = bytes(message, pyo3::intern!(py, "body"))?;
        let piece = piece(&body)?;
        let has_more = flag(message, pyo3::intern!(py, "more_body"))?;
        let ends = !has_more && !has_trailers;
        let mut is_short = false;
        let write = |exchange: &mut Exchange<'_>, now: &Now| {
            if ends && stage == Stage::Head {
                let (response, length) = (exchange.peek(), piece.len() as u64);
                let declared = response.response().declared_length();
                // Nothing was sent: an error page is possible.
                is_short =
                    declared.is_some_and(|declared| declared > length) && response.takes_body();
                if is_short {
                    return Ok(false);
                }
            }
            if stage == Stage::Body && exchange.peek().seems_gone() {
                return Err(CloseReason::PeerGone.into());
            }
            match (ends, piece.is_empty()) {
                (true, _) => exchange.end(now, piece)?,
                (false, true) => exchange.begin_body(now)?,
                (false, false) => exchange.write(now, piece)?,
            }
            Ok(ends)
        };
        let written = channel.write(py, write)?;
        if is_short {
            return Err(too_short());
        }
        if matches!(written, Attempt::Done(())) {
            self.progress().stage = match (has_more, has_trailers) {
                (true, _) => Stage::Body,
                (false, true) => Stage::Trailers,
                (false, false) => Stage::Complete,
            };
        }
        Ok(written)
    }

    /// The last of these messages ends the response.
    fn trailers(&self, channel: &Channel, message: &Bound<'_, PyAny>) -> PyResult<Attempt<()>> {
        let py = message.py();
        if self.progress().trailers == Some(true) {
            let fields = fields_of(message)?;
            channel.act(py, |exchange, _| {
                fields.iter().try_for_each(|(name, value)| {
                    exchange.append_trailer(name.as_bytes(), value.as_bytes())
                })
            })?;
        }
        if flag(message, pyo3::intern!(py, "more_trailers"))? {
            return Ok(Attempt::Done(()));
        }
        self.complete(channel, py)
    }

    fn complete(&self, channel: &Channel, py: Python<'_>) -> PyResult<Attempt<()>> {
        let end =
            |exchange: &mut Exchange<'_>, now: &Now| exchange.end(now, (&[]).into()).map(|()| true);
        let written = channel.write(py, end)?;
        if matches!(written, Attempt::Done(())) {
            self.progress().stage = Stage::Complete;
        }
        Ok(written)
    }
}

/// Sends a `103` (RFC 8297).
fn hint(channel: &Channel, message: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = message.py();
    let mut fields = FieldList::default();
    if let Some(links) = item(message, pyo3::intern!(py, "links"))? {
        for link in links.try_iter()? {
            let link = link?;
            let added = fields.append(b"link", piece(&link)?.as_slice());
            added.map_err(|error| misuse(py, error.into()))?;
        }
    }
    channel.act(py, |exchange, _| exchange.inform(103, &fields))
}

/// The exception for a message that cannot come now.
fn unexpected(message: &Bound<'_, PyAny>, stage: Stage) -> PyResult<PyErr> {
    let kind = super::message::kind(message)?;
    let place = match stage {
        Stage::Nothing => "before http.response.start",
        Stage::Head => "after http.response.start",
        Stage::Body => "within the body",
        Stage::Trailers => "after the body, in place of http.response.trailers",
        Stage::Complete => "after the response",
    };
    let kind = escape_controls(kind.to_str()?);
    Ok(PyRuntimeError::new_err(format!("unexpected ASGI message {kind} {place}")))
}

/// Logs a message after the end of the response, which is ignored.
fn report_late(channel: &Channel, message: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = message.py();
    let logger = channel.host(py).get().hooks.logger.clone_ref(py);
    let report = py.import("tremolo.asgi._calls")?.getattr("report_late")?;
    report.call1((logger, channel.scope.bind(py), super::message::kind(message)?)).map(drop)
}
