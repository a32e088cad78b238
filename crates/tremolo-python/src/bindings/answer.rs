//! The answer to an exception: the value that `tremolo._failures` returns, and how it is sent.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use tremolo_core::http1::response::FieldList;
use tremolo_core::websocket::CloseCode;
use tremolo_core::{Error, ErrorPage, Exchange, Now, Piece};

use super::errors;

/// A `tremolo._interfaces.Answer`.
pub(super) struct Answer {
    status: u16,
    reason: Option<String>,
    content_type: String,
    fields: FieldList,
    body: Vec<u8>,
    keep: bool,
}

impl Answer {
    /// Reads the tuple. A field with a line break is an error (RFC 9110, section 5.5).
    pub(super) fn new(answer: &Bound<'_, PyTuple>) -> PyResult<Self> {
        type Fields = Vec<(Vec<u8>, Vec<u8>)>;
        type Parts = (u16, Option<String>, String, Fields, Vec<u8>, bool);
        let (status, reason, content_type, pairs, body, keep): Parts = answer.extract()?;
        let mut fields = FieldList::default();
        for (name, value) in &pairs {
            let added = fields.append(name, value);
            added.map_err(|misuse| errors::raise(answer.py(), misuse.into()))?;
        }
        Ok(Self { status, reason, content_type, fields, body, keep })
    }

    /// Whether fields that were set before are sent as well.
    pub(super) fn keeps_head(&self) -> bool {
        self.keep
    }

    pub(super) fn send(&self, exchange: &mut Exchange<'_>, now: &Now) -> Result<(), Error> {
        if let Some(mut socket) = exchange.websocket() {
            // The status of a WebSocket exception is a close code. Any other status is none: then
            // the error page below closes the WebSocket with 1011.
            let _ = socket.close(now, CloseCode::new(self.status), "");
        }
        let page = ErrorPage {
            status: self.status,
            reason: self.reason.as_deref(),
            content_type: &self.content_type,
            fields: &self.fields,
            body: Piece::Slice(&self.body),
        };
        if self.keep && !exchange.peek().is_head_sent() {
            return send_with_head(exchange, now, page);
        }
        exchange.send_error_page(now, page);
        Ok(())
    }
}

/// Sends an answer with the fields that were set before.
fn send_with_head(
    exchange: &mut Exchange<'_>,
    now: &Now,
    page: ErrorPage<'_>,
) -> Result<(), Error> {
    let head = exchange.response_mut()?;
    match page.reason {
        Some(reason) => head.set_status_with_reason(page.status, reason.as_bytes())?,
        None => head.set_status(page.status)?,
    }
    head.set_content_type(page.content_type.as_bytes())?;
    for (place, (name, value)) in page.fields.iter().enumerate() {
        // The first field of a name replaces the fields of that name that were set before.
        if page.fields.iter().take(place).any(|(before, _)| before.eq_ignore_ascii_case(name)) {
            head.append(name, value)?;
        } else {
            head.set(name, value)?;
        }
    }
    exchange.end(now, page.body)
}
