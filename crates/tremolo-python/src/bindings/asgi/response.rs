//! The response of an application: `http.response.…`, and `websocket.http.response.…` of a WebSocket
//! that is refused.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tremolo_core::http1::response::FieldList;
use tremolo_core::{CloseReason, Exchange, Now, Piece, escape_controls};
use tremolo_files::ServedFile;

use super::super::exchange::Attempt;
use super::channel::{Channel, too_short};
use super::errors::misuse;
use super::fields::{FieldsOf, refused};
use super::message::{ResponseMessage, flag, item, piece};

/// A file that a thread opens.
pub(super) type FileSlot = Arc<Mutex<Option<ServedFile>>>;

/// How far a response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Stage {
    Nothing,
    /// The head is known, and is not sent.
    Head,
    /// The head was sent.
    Body,
    /// The body is complete, and trailers follow.
    Trailers,
    Complete,
}

/// Whether trailers follow the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Trailers {
    No,
    /// They follow, and the client takes them.
    Taken,
    /// They follow, and the client does not take them.
    Ignored,
}

/// A response, as far as it was sent. Its parts are atomic, and not behind a lock, because each
/// message of an application asks for them several times.
#[derive(Debug)]
pub(super) struct Response {
    /// A `Stage`.
    stage: AtomicU8,
    /// A `Trailers`.
    trailers: AtomicU8,
    /// The file of `http.response.pathsend`, while the operation waits.
    file: Mutex<Option<FileSlot>>,
}

impl Response {
    pub(super) const fn new() -> Self {
        Self {
            stage: AtomicU8::new(Stage::Nothing as u8),
            trailers: AtomicU8::new(Trailers::No as u8),
            file: Mutex::new(None),
        }
    }

    pub(super) fn stage(&self) -> Stage {
        match self.stage.load(Ordering::Acquire) {
            0 => Stage::Nothing,
            1 => Stage::Head,
            2 => Stage::Body,
            3 => Stage::Trailers,
            _ => Stage::Complete,
        }
    }

    pub(super) fn set_stage(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Release);
    }

    fn announced_trailers(&self) -> Trailers {
        match self.trailers.load(Ordering::Acquire) {
            0 => Trailers::No,
            1 => Trailers::Taken,
            _ => Trailers::Ignored,
        }
    }

    /// The file of `http.response.pathsend`.
    pub(super) fn file(&self) -> FileSlot {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(file.get_or_insert_default())
    }

    pub(super) fn is_complete(&self) -> bool {
        self.stage() == Stage::Complete
    }

    /// Handles a message. `name` is its type without its beginning.
    pub(super) fn send(
        &self,
        channel: &Channel,
        name: &str,
        message: &ResponseMessage<'_, '_>,
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

    fn start(&self, channel: &Channel, message: &ResponseMessage<'_, '_>) -> PyResult<()> {
        let py = message.object.py();
        let status = message.status.as_ref();
        let status = status.ok_or_else(|| PyRuntimeError::new_err("a response needs a status"))?;
        let status: u16 = status.extract()?;
        let fields = FieldsOf::new(message.headers.as_ref())?;
        let has_trailers = flag(message.trailers.as_ref())?;
        let mut fault = None;
        let trailers = channel.act(py, |exchange, _| {
            let head = exchange.response_mut()?;
            // Without a type the response has none.
            head.remove(b"content-type");
            head.set_status(status)?;
            let appended = fields.try_for_each(|name, value| {
                // The server frames the body.
                if name.eq_ignore_ascii_case(b"transfer-encoding") {
                    return Ok(());
                }
                head.append(name, value).map_err(|misuse| refused(name, misuse))
            });
            if let Err(refused) = appended {
                head.clear();
                fault = Some(refused);
            }
            if !has_trailers {
                return Ok(Trailers::No);
            }
            let mut codings = exchange.peek().head().fields().list("te");
            let are_taken = codings.any(|coding| coding.eq_ignore_ascii_case(b"trailers"));
            Ok(if are_taken { Trailers::Taken } else { Trailers::Ignored })
        })?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        self.trailers.store(trailers as u8, Ordering::Release);
        self.set_stage(Stage::Head);
        Ok(())
    }

    fn body(&self, channel: &Channel, message: &ResponseMessage<'_, '_>) -> PyResult<Attempt<()>> {
        let py = message.object.py();
        let (stage, has_trailers) = (self.stage(), self.announced_trailers() != Trailers::No);
        if stage == Stage::Head
            && let Some(middleware) = channel.before_head(py)?
        {
            return Ok(Attempt::Wait(middleware));
        }
        let piece = message.body.as_ref().map_or(Ok(Piece::Slice(&[])), piece)?;
        let has_more = flag(message.more_body.as_ref())?;
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
            self.set_stage(match (has_more, has_trailers) {
                (true, _) => Stage::Body,
                (false, true) => Stage::Trailers,
                (false, false) => Stage::Complete,
            });
        }
        Ok(written)
    }

    /// The last of these messages ends the response.
    fn trailers(
        &self,
        channel: &Channel,
        message: &ResponseMessage<'_, '_>,
    ) -> PyResult<Attempt<()>> {
        let py = message.object.py();
        if self.announced_trailers() == Trailers::Taken {
            let fields = FieldsOf::new(message.headers.as_ref())?;
            channel.act(py, |exchange, _| {
                fields.try_for_each(|name, value| exchange.append_trailer(name, value))
            })?;
        }
        let more = item(message.object, pyo3::intern!(py, "more_trailers"))?;
        if flag(more.as_ref())? {
            return Ok(Attempt::Done(()));
        }
        self.complete(channel, py)
    }

    fn complete(&self, channel: &Channel, py: Python<'_>) -> PyResult<Attempt<()>> {
        let end =
            |exchange: &mut Exchange<'_>, now: &Now| exchange.end(now, (&[]).into()).map(|()| true);
        let written = channel.write(py, end)?;
        if matches!(written, Attempt::Done(())) {
            self.set_stage(Stage::Complete);
        }
        Ok(written)
    }
}

/// Sends a `103` (RFC 8297).
fn hint(channel: &Channel, message: &ResponseMessage<'_, '_>) -> PyResult<()> {
    let py = message.object.py();
    let mut fields = FieldList::default();
    if let Some(links) = item(message.object, pyo3::intern!(py, "links"))? {
        for link in links.try_iter()? {
            let link = link?;
            let added = fields.append(b"link", piece(&link)?.as_slice());
            added.map_err(|error| misuse(py, error.into()))?;
        }
    }
    channel.act(py, |exchange, _| exchange.inform(103, &fields))
}

/// The exception for a message that cannot come now.
fn unexpected(message: &ResponseMessage<'_, '_>, stage: Stage) -> PyResult<PyErr> {
    let place = match stage {
        Stage::Nothing => "before http.response.start",
        Stage::Head => "after http.response.start",
        Stage::Body => "within the body",
        Stage::Trailers => "after the body, in place of http.response.trailers",
        Stage::Complete => "after the response",
    };
    let kind = escape_controls(message.kind.to_str()?);
    Ok(PyRuntimeError::new_err(format!("unexpected ASGI message {kind} {place}")))
}

/// Logs a message after the end of the response, which is ignored.
fn report_late(channel: &Channel, message: &ResponseMessage<'_, '_>) -> PyResult<()> {
    let py = message.object.py();
    let logger = channel.host(py).get().hooks.logger.clone_ref(py);
    let report = py.import("tremolo.asgi._calls")?.getattr("report_late")?;
    report.call1((logger, channel.scope.bind(py), &message.kind)).map(drop)
}
