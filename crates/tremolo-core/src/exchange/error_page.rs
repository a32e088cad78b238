//! Error responses: a page if the head was not sent, else the response is cut (RFC 9112 section 8).

use super::Exchange;
use crate::clock::Now;
use crate::connection::Piece;
use crate::connection::state::Writing;
use crate::error::Error;
use crate::http1::response::FieldList;
use crate::websocket::HandlerEnd;

/// The response to an error: a status, the fields that belong to it, and a page.
#[derive(Debug)]
pub struct ErrorPage<'a> {
    /// The status, 200–599.
    pub status: u16,
    /// A reason phrase other than the registered one.
    pub reason: Option<&'a str>,
    /// The content type of the page.
    pub content_type: &'a str,
    /// Whether another `Accept` gets another page. The response then has `Vary: Accept` (RFC 9110
    /// section 12.5.5).
    pub varies: bool,
    /// Fields that belong to this response, such as `Allow`.
    pub fields: &'a FieldList,
    /// The page.
    pub body: Piece<'a>,
}

impl Exchange<'_> {
    /// The handler has failed: an error page if the head is not out, else the response is cut so
    /// that the client can detect it. A WebSocket is closed with 1011. Returns whether the page was sent.
    pub fn send_error_page(&mut self, now: &Now, page: ErrorPage<'_>) -> bool {
        let sends_page = !self.peek().response_started();
        self.connection.outbound.clear_coalesced();
        self.connection.end_websocket(now, HandlerEnd::Failed);
        if sends_page {
            self.connection.outbound.response_mut().clear();
            if self.queue_error_page(now, page).is_err() {
                // Its status or fields were refused: then it is our error.
                self.connection.outbound.response_mut().clear();
                let _ = self.connection.outbound.response_mut().set_status(500);
                let _ = self.end(now, Piece::Slice(b"Internal Server Error"));
            }
        } else if matches!(self.connection.outbound.writing(), Writing::Body(_) | Writing::Raw)
            && !self.peek().has_refused_events()
        {
            self.connection.cut_response();
        }
        sends_page
    }

    fn queue_error_page(&mut self, now: &Now, page: ErrorPage<'_>) -> Result<(), Error> {
        let head = self.connection.outbound.response_mut();
        match page.reason {
            Some(reason) => head.set_status_with_reason(page.status, reason.as_bytes())?,
            None => head.set_status(page.status)?,
        }
        head.set_content_type(page.content_type.as_bytes())?;
        for (name, value) in page.fields.iter() {
            head.append(name, value)?;
        }
        if page.varies {
            head.append(b"Vary", b"Accept")?;
        }
        self.end(now, page.body)
    }
}
