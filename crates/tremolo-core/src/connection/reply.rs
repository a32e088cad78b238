//! The semantics of the response object: what `write`, `end`, `send` and `close` put on the wire.
//!
//! This is the table of the response object, row by row, for both fronts. The head goes out once,
//! implicitly, with the first of `yield`, `return`, `write`, `end` (RFC 9112 sections 6 and 7;
//! RFC 9110 sections 6.4, 8.6, 15).

use super::state::{Ending, Handler, Writing};
use super::{Connection, FileRegion, Piece};
use crate::clock::Now;
use crate::error::{CloseReason, Error, Misuse};
use crate::http1::request::Version;
use crate::http1::response::{BodySize, FieldList, Framing, ResponseHead, push_field};

/// What answers an error: a status, the fields that belong to it, and a page.
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
    /// The head of the response in work, open to change until it goes out.
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`], or that the response or the connection is over.
    pub fn response_mut(&mut self) -> Result<&mut ResponseHead, Error> {
        self.check_open()?;
        match self.writing {
            Writing::Head => Ok(&mut self.response),
            // After raw bytes the setters mean nothing, and harm nothing.
            Writing::Raw if self.ending == Ending::Open => Ok(&mut self.response),
            Writing::Body(_) | Writing::BodyDone | Writing::Raw | Writing::Ended => {
                Err(Misuse::HeadAlreadySent.into())
            }
            Writing::Idle => Err(Misuse::ExchangeOver.into()),
        }
    }

    /// The head of the response in work.
    #[must_use]
    pub fn response(&self) -> &ResponseHead {
        &self.response
    }

    /// Whether the head has gone out.
    #[must_use]
    pub fn is_head_sent(&self) -> bool {
        !matches!(self.writing, Writing::Idle | Writing::Head | Writing::Raw)
    }

    /// Whether nothing of the response has gone out, so that an error can still have its page.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        self.writing == Writing::Head && self.ending == Ending::Open
    }

    /// Sends an interim response, such as `103 Early Hints` (RFC 8297). HTTP/1.0 gets none
    /// (RFC 9110 section 15.2).
    ///
    /// # Errors
    ///
    /// [`Misuse::InvalidStatus`] outside 102–199, [`Misuse::InvalidFraming`] for a field that
    /// frames a message, [`Misuse::HeadAlreadySent`].
    pub fn inform(&mut self, status: u16, fields: &FieldList) -> Result<(), Error> {
        self.response_mut()?;
        if fields.iter().any(|(name, _)| ResponseHead::frames(name)) {
            return Err(Misuse::InvalidFraming.into());
        }
        if !(102..200).contains(&status) {
            return Err(Misuse::InvalidStatus.into());
        }
        let Ok(status) = http::StatusCode::from_u16(status) else {
            return Err(Misuse::InvalidStatus.into());
        };
        if self.head.version() == Version::Http11 && self.writing == Writing::Head {
            self.transmit.stage(|out| {
                out.extend_from_slice(b"HTTP/1.1 ");
                out.extend_from_slice(status.as_str().as_bytes());
                out.push(b' ');
                out.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
                out.extend_from_slice(b"\r\n");
                for (name, value) in fields.iter() {
                    push_field(out, name, value);
                }
                out.extend_from_slice(b"\r\n");
            });
        }
        Ok(())
    }

    /// `yield`: the head if it is not out, and a piece. An empty piece sends nothing. Of a response
    /// that does not stream ([`Connection::set_streaming`]) pieces wait for others.
    ///
    /// # Errors
    ///
    /// [`Misuse::ResponseEnded`], [`Misuse::BodyTooLong`], or that the connection is gone.
    pub fn yield_piece(&mut self, now: &Now, piece: Piece<'_>) -> Result<(), Error> {
        let is_open = matches!(self.writing, Writing::Head | Writing::Body(_) | Writing::Raw);
        if piece.is_empty() && is_open {
            self.turn.spend_piece(now.instant, 0);
            self.check_open()
        } else if self.gathers() {
            self.turn.spend_piece(now.instant, piece.len());
            self.gather(now, piece)
        } else {
            self.write(now, piece)
        }
    }

    /// `write`: the head if it is not out, and a piece. An empty piece ends a chunked body.
    ///
    /// # Errors
    ///
    /// [`Misuse::ResponseEnded`], [`Misuse::BodyTooLong`] (nothing of the piece goes out), or
    /// that the connection is gone.
    pub fn write(&mut self, now: &Now, piece: Piece<'_>) -> Result<(), Error> {
        self.turn.spend_piece(now.instant, piece.len());
        self.check_open()?;
        self.wrote(now, piece.len() as u64);
        self.send_gathered(now)?;
        if self.writing == Writing::Head {
            self.begin_coding();
            self.send_head(now, BodySize::Streamed);
        }
        match self.writing {
            Writing::Body(Framing::Chunked)
                if piece.is_empty() && self.is_ended_by_empty_piece() =>
            {
                self.complete_body(Framing::Chunked);
                self.writing = Writing::BodyDone;
                Ok(())
            }
            Writing::Body(framing) => self.send_data(framing, piece),
            Writing::Raw => {
                self.send_raw(piece);
                Ok(())
            }
            Writing::BodyDone if piece.is_empty() => Ok(()),
            Writing::BodyDone | Writing::Ended => Err(Misuse::ResponseEnded.into()),
            Writing::Idle | Writing::Head => Err(Misuse::ExchangeOver.into()),
        }
    }

    /// `yield` of a part of a file: it is read when it is written, not before.
    ///
    /// # Errors
    ///
    /// [`Misuse::ResponseEnded`], [`Misuse::BodyTooLong`] (nothing of it goes out),
    /// [`Misuse::FileInCodedBody`], or that the connection is gone.
    pub fn write_file(&mut self, now: &Now, region: FileRegion) -> Result<(), Error> {
        self.turn.spend_piece(now.instant, 0);
        self.check_open()?;
        self.wrote(now, region.length);
        self.send_gathered(now)?;
        if self.writing == Writing::Head {
            self.send_head(now, BodySize::Streamed);
        }
        match self.writing {
            // An empty chunk would end the body.
            Writing::Body(_) if region.length == 0 => Ok(()),
            Writing::Body(_) if self.coded.is_some() => Err(Misuse::FileInCodedBody.into()),
            Writing::Body(framing) => {
                self.declared.spend(region.length)?;
                self.send_framed(framing, region.length, |queue| queue.push_file(region));
                Ok(())
            }
            Writing::Raw => {
                self.body_queued(region.length);
                self.transmit.push_file(region);
                Ok(())
            }
            Writing::BodyDone | Writing::Ended => Err(Misuse::ResponseEnded.into()),
            Writing::Idle | Writing::Head => Err(Misuse::ExchangeOver.into()),
        }
    }

    /// Tells that the file whose part is next to be written cannot give it: it has shrunk, or
    /// cannot be read. The response is cut, so that the client can tell.
    pub fn file_failed(&mut self, now: &Now) {
        self.drop_queue(CloseReason::FileFailed);
        match &mut self.ending {
            Ending::Open => self.start_closing(CloseReason::FileFailed),
            Ending::Flushing { reason, .. } => *reason = CloseReason::FileFailed,
            Ending::Lingering { .. } | Ending::Closed { .. } => {}
        }
        self.transmitted(now, 0);
    }

    /// `write(None)`: the head if it is not out, then the end of the response.
    ///
    /// # Errors
    ///
    /// [`Misuse::ResponseEnded`], or that the connection is gone.
    pub fn write_none(&mut self, now: &Now) -> Result<(), Error> {
        self.check_open()?;
        match self.writing {
            Writing::Head => self.end(now, Piece::Slice(&[])),
            _ => self.close(now, true),
        }
    }

    /// `end`: head with `Content-Length` and body in one, or the rest of a body that has begun;
    /// then the end of the response.
    ///
    /// # Errors
    ///
    /// [`Misuse::ResponseEnded`], [`Misuse::BodyTooLong`] (nothing goes out), or that the
    /// connection is gone.
    pub fn end(&mut self, now: &Now, piece: Piece<'_>) -> Result<(), Error> {
        self.turn.spend_piece(now.instant, piece.len());
        self.check_open()?;
        let mut piece = self.join_gathered(now, piece)?;
        match self.writing {
            Writing::Head => {
                let size = piece.len() as u64;
                if !self.declared_length().allows(size) {
                    return Err(Misuse::BodyTooLong.into());
                }
                let (coded, size) = self.code_whole(piece);
                piece = coded;
                self.send_head(now, size);
            }
            Writing::BodyDone if piece.is_empty() => {}
            Writing::BodyDone | Writing::Ended => return Err(Misuse::ResponseEnded.into()),
            Writing::Idle => return Err(Misuse::ExchangeOver.into()),
            Writing::Body(_) | Writing::Raw => {}
        }
        if !piece.is_empty() {
            match self.writing {
                Writing::Body(framing) => self.send_data(framing, piece)?,
                _ => self.send_raw(piece),
            }
        }
        self.close(now, true)
    }

    /// `send`: exactly these bytes, without head or framing. Those of a `101`, if nothing was said
    /// before and the request has no body that is unread, are an [upgrade](Connection::upgrade).
    ///
    /// # Errors
    ///
    /// [`Misuse::ResponseEnded`], or that the connection is gone.
    pub fn send(&mut self, now: &Now, piece: Piece<'_>) -> Result<(), Error> {
        self.turn.spend_piece(now.instant, piece.len());
        self.check_open()?;
        self.wrote(now, piece.len() as u64);
        self.send_gathered(now)?;
        match self.writing {
            Writing::Ended => return Err(Misuse::ResponseEnded.into()),
            Writing::Idle => return Err(Misuse::ExchangeOver.into()),
            Writing::Head => self.begin_raw(piece.as_slice()),
            // The application takes the body into its own hands: its bytes, its framing, so
            // that nobody can tell any more where the next response would begin.
            Writing::Body(_) | Writing::BodyDone => {
                self.writing = Writing::Raw;
                self.coded = None;
                self.persist = false;
            }
            Writing::Raw => {}
        }
        self.send_raw(piece);
        Ok(())
    }

    /// `close`: the end of the response. With `keep_alive` a body that has begun is completed
    /// and the connection stays, if both sides agreed; without, everything queued is flushed
    /// and the connection closes.
    ///
    /// # Errors
    ///
    /// That the connection is gone, or [`Misuse::BodyTooLong`] for pieces that waited; to close what
    /// is closed changes nothing.
    pub fn close(&mut self, now: &Now, keep_alive: bool) -> Result<(), Error> {
        self.check_open()?;
        let gathered = self.send_gathered(now);
        match self.writing {
            Writing::Idle => return Err(Misuse::ExchangeOver.into()),
            Writing::Body(framing) if keep_alive => self.complete_body(framing),
            Writing::Body(Framing::Chunked) => self.cut(),
            Writing::Body(_) if !self.declared.is_met() => self.cut(),
            _ => {}
        }
        self.writing = Writing::Ended;
        if self.ending == Ending::Open {
            if !keep_alive {
                self.start_closing(CloseReason::Finished);
            }
            self.settle(now);
        }
        gathered
    }

    /// The handler has returned nothing more: what it began is completed; if it said nothing at
    /// all, the connection closes without a byte.
    pub fn handler_done(&mut self, now: &Now) {
        self.handler = Handler::Done;
        if !self.gathering.is_empty() {
            let _ = self.end(now, Piece::Slice(&[]));
        }
        match self.writing {
            Writing::Head | Writing::Raw if self.ending == Ending::Open => {
                self.writing = Writing::Ended;
                self.start_closing(CloseReason::Finished);
            }
            Writing::Body(framing) if self.ending == Ending::Open => {
                self.complete_body(framing);
                self.writing = Writing::Ended;
            }
            Writing::BodyDone => self.writing = Writing::Ended,
            _ => {}
        }
        self.settle(now);
    }

    /// The handler has returned and left the connection to the application, which ends it with
    /// `end` or `close`; no clock of the handler runs any more.
    pub fn leave_open(&mut self, now: &Now) {
        self.handler = Handler::LeftOpen;
        self.settle(now);
    }

    /// Nobody can say anything any more for a connection that was left open.
    pub fn abandon(&mut self, now: &Now) {
        if self.handler == Handler::LeftOpen {
            self.handler_done(now);
        }
    }

    /// The handler has failed: an error page if the head is not out, else the response is cut so
    /// that the client can tell. Says whether the page went out.
    pub fn fail(&mut self, now: &Now, answer: ErrorAnswer<'_>) -> bool {
        let answered = self.is_unanswered();
        self.gathering.clear();
        if answered {
            self.response.clear();
            if self.answer(now, answer).is_err() {
                // Its status or fields were refused: then it is our error.
                self.response.clear();
                let _ = self.response.set_status(500);
                let _ = self.end(now, Piece::Slice(b"Internal Server Error"));
            }
        } else if matches!(self.writing, Writing::Body(_) | Writing::Raw) {
            self.cut();
        }
        answered
    }

    fn answer(&mut self, now: &Now, answer: ErrorAnswer<'_>) -> Result<(), Error> {
        match answer.reason {
            Some(reason) => {
                self.response.set_status_with_reason(answer.status, reason.as_bytes())?;
            }
            None => self.response.set_status(answer.status)?,
        }
        self.response.set_content_type(answer.content_type.as_bytes())?;
        for (name, value) in answer.fields.iter() {
            self.response.append(name, value)?;
        }
        self.end(now, answer.body)
    }

    pub(super) fn cut(&mut self) {
        self.start_closing(CloseReason::ResponseCut);
    }

    pub(super) fn check_open(&self) -> Result<(), Error> {
        match self.ending {
            Ending::Open => Ok(()),
            // The last answer is being flushed: late calls are late, not lost.
            Ending::Flushing { .. } if self.writing == Writing::Ended => Ok(()),
            Ending::Flushing { reason, .. }
            | Ending::Lingering { reason }
            | Ending::Closed { reason } => Err(reason.into()),
        }
    }
}
