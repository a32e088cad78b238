//! Error responses: a page if the head was not sent, else the response is cut (RFC 9112 section 8).

use super::state::Writing;
use super::{Connection, Piece};
use crate::clock::Now;
use crate::error::{CloseReason, Error};
use crate::http1::response::FieldList;

/// The response to an error: a status, the fields that belong to it, and a page.
#[derive(Debug)]
pub struct ErrorAnswer<'a> {
    /// The status, 200–599.
    pub status: u16,
    /// A reason phrase other than the registered one.
    pub reason: Option<&'a str>,
    /// The content type of the page.
    pub content_type: &'a str,
    /// Fields that belong to this answer, such as `Allow`.
    pub fields: &'a FieldList,
    /// The page.
    pub body: Piece<'a>,
}

impl Connection {
    /// The handler has failed: an error page if the head is not out, else the response is cut so
    /// that the client can detect it. Returns whether the page was sent.
    pub fn fail(&mut self, now: &Now, answer: ErrorAnswer<'_>) -> bool {
        let answered = self.is_unanswered();
        self.outbound.clear_coalesced();
        if answered {
            self.outbound.response_mut().clear();
            if self.answer(now, answer).is_err() {
                // Its status or fields were refused: then it is our error.
                self.outbound.response_mut().clear();
                let _ = self.outbound.response_mut().set_status(500);
                let _ = self.end(now, Piece::Slice(b"Internal Server Error"));
            }
        } else if matches!(self.outbound.writing(), Writing::Body(_) | Writing::Raw)
            && !self.has_refused_events()
        {
            self.cut_response();
        }
        answered
    }

    fn answer(&mut self, now: &Now, answer: ErrorAnswer<'_>) -> Result<(), Error> {
        match answer.reason {
            Some(reason) => {
                self.outbound
                    .response_mut()
                    .set_status_with_reason(answer.status, reason.as_bytes())?;
            }
            None => self.outbound.response_mut().set_status(answer.status)?,
        }
        self.outbound.response_mut().set_content_type(answer.content_type.as_bytes())?;
        for (name, value) in answer.fields.iter() {
            self.outbound.response_mut().append(name, value)?;
        }
        self.end(now, answer.body)
    }

    /// Closes the connection, so that the client can detect that the response is not complete.
    pub(super) fn cut_response(&mut self) {
        self.start_closing(CloseReason::ResponseCut);
    }
}
