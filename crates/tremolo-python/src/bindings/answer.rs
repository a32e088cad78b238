//! The answer to an exception: the value that `tremolo._failures` returns, and how it is sent.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use tremolo_core::http1::response::{FieldList, ResponseHead};
use tremolo_core::websocket::CloseCode;
use tremolo_core::{Error, ErrorPage, Exchange, Misuse, Now, Piece};

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
        let page = self.as_page();
        if self.keep && !exchange.peek().is_head_sent() {
            return send_with_head(exchange, now, page);
        }
        exchange.send_error_page(now, page);
        Ok(())
    }

    /// Sets the head of the response, for middleware that may change it before it is sent.
    pub(super) fn set_head(&self, head: &mut ResponseHead) -> Result<(), Misuse> {
        if !self.keep {
            head.clear();
        }
        set_head(head, &self.as_page())
    }

    fn as_page(&self) -> ErrorPage<'_> {
        ErrorPage {
            status: self.status,
            reason: self.reason.as_deref(),
            content_type: &self.content_type,
            // The package has added the field where it is due.
            varies: false,
            fields: &self.fields,
            body: Piece::Slice(&self.body),
        }
    }
}

/// Sends an answer with the fields that were set before.
fn send_with_head(
    exchange: &mut Exchange<'_>,
    now: &Now,
    page: ErrorPage<'_>,
) -> Result<(), Error> {
    set_head(exchange.response_mut()?, &page)?;
    exchange.end(now, page.body)
}

fn set_head(head: &mut ResponseHead, page: &ErrorPage<'_>) -> Result<(), Misuse> {
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
    Ok(())
}
