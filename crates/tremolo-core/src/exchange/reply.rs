//! The semantics of the response object: what `write`, `end`, `send` and `close` put on the wire.
//!
//! This is the table of the response object, row by row, for both fronts. The head goes out once,
//! implicitly, with the first of `yield`, `return`, `write`, `end` (RFC 9112 sections 6 and 7;
//! RFC 9110 sections 6.4, 8.6, 15).

use super::Exchange;
use super::checks::{check_open, response_mut};
use crate::clock::Now;
use crate::connection::state::Writing;
use crate::connection::{FileRegion, Piece};
use crate::error::{CloseReason, Error, Misuse};
use crate::http1::request::Version;
use crate::http1::response::{BodySize, FieldList, Framing, ResponseHead, push_field};
use crate::websocket::HandlerEnd;

impl Exchange<'_> {
    /// The head of the current response; it can change until it is sent.
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`], or that the response or the connection is over.
    pub fn response_mut(&mut self) -> Result<&mut ResponseHead, Error> {
        response_mut(self.connection)
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
        if self.connection.inbound.head().version() == Version::Http11
            && self.connection.outbound.writing() == Writing::Head
        {
            self.connection.outbound.stage(|out| {
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
    /// that does not stream ([`ExchangeOptions::set_streaming`]) pieces wait for others.
    ///
    /// # Errors
    ///
    /// [`Misuse::ResponseEnded`], [`Misuse::BodyTooLong`], or that the connection is gone.
    ///
    /// [`ExchangeOptions::set_streaming`]: crate::ExchangeOptions::set_streaming
    #[inline]
    pub fn yield_piece(&mut self, now: &Now, piece: Piece<'_>) -> Result<(), Error> {
        let is_open = matches!(
            self.connection.outbound.writing(),
            Writing::Head | Writing::Body(_) | Writing::Raw
        );
        if piece.is_empty() && is_open {
            self.connection.turn.spend_piece(now.instant, 0);
            check_open(self.connection)
        } else if self.connection.outbound.coalesces() {
            self.connection.turn.spend_piece(now.instant, piece.len());
            self.coalesce(now, piece)
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
        self.connection.turn.spend_piece(now.instant, piece.len());
        check_open(self.connection)?;
        self.send_coalesced(now)?;
        // The usual case first: streams call this for each piece.
        if let Writing::Body(framing) = self.connection.outbound.writing()
            && !piece.is_empty()
        {
            self.wrote_body(now, framing);
            return self.connection.send_data(framing, piece);
        }
        self.wrote(now, piece.len() as u64);
        if matches!(self.connection.outbound.writing(), Writing::Head) {
            self.begin_coding();
            self.send_head(now, BodySize::Streamed);
        }
        match self.connection.outbound.writing() {
            Writing::Body(Framing::Chunked)
                if piece.is_empty() && self.connection.outbound.is_ended_by_empty_piece() =>
            {
                self.connection.complete_body(Framing::Chunked);
                self.connection.outbound.end_body();
                Ok(())
            }
            Writing::Body(framing) => self.connection.send_data(framing, piece),
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
        self.connection.turn.spend_piece(now.instant, 0);
        check_open(self.connection)?;
        self.wrote(now, region.length);
        self.send_coalesced(now)?;
        if self.connection.outbound.writing() == Writing::Head {
            self.send_head(now, BodySize::Streamed);
        }
        match self.connection.outbound.writing() {
            // An empty chunk would end the body.
            Writing::Body(_) if region.length == 0 => Ok(()),
            Writing::Body(_) if self.connection.outbound.is_coded() => {
                Err(Misuse::FileInCodedBody.into())
            }
            Writing::Body(framing) => {
                self.connection.outbound.spend_length(region.length)?;
                self.connection
                    .send_framed(framing, region.length, |queue| queue.push_file(region));
                Ok(())
            }
            Writing::Raw => {
                self.connection.record_body(region.length);
                self.connection.outbound.queue_raw_file(region);
                Ok(())
            }
            Writing::BodyDone | Writing::Ended => Err(Misuse::ResponseEnded.into()),
            Writing::Idle | Writing::Head => Err(Misuse::ExchangeOver.into()),
        }
    }

    /// `write(None)`: the head if it is not out, then the end of the response.
    ///
    /// # Errors
    ///
    /// [`Misuse::ResponseEnded`], or that the connection is gone.
    pub fn write_none(&mut self, now: &Now) -> Result<(), Error> {
        check_open(self.connection)?;
        match self.connection.outbound.writing() {
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
    pub fn end(&mut self, now: &Now, mut piece: Piece<'_>) -> Result<(), Error> {
        self.connection.turn.spend_piece(now.instant, piece.len());
        check_open(self.connection)?;
        if self.connection.outbound.coalesced() > 0 {
            piece = self.join_coalesced(now, piece)?;
        }
        match self.connection.outbound.writing() {
            Writing::Head => {
                let size = piece.len() as u64;
                if !self
                    .connection
                    .outbound
                    .length_budget(self.connection.inbound.head())
                    .allows(size)
                {
                    return Err(Misuse::BodyTooLong.into());
                }
                let mut size = BodySize::Known(size);
                if self.connection.outbound.may_compress() {
                    (piece, size) = self.code_whole(piece);
                }
                self.send_head(now, size);
            }
            Writing::BodyDone if piece.is_empty() => {}
            Writing::BodyDone | Writing::Ended => return Err(Misuse::ResponseEnded.into()),
            Writing::Idle => return Err(Misuse::ExchangeOver.into()),
            Writing::Body(_) | Writing::Raw => {}
        }
        if !piece.is_empty() {
            match self.connection.outbound.writing() {
                Writing::Body(framing) => self.connection.send_data(framing, piece)?,
                _ => self.send_raw(piece),
            }
        }
        self.close(now, true)
    }

    /// `send`: exactly these bytes, without head or framing. If the first bytes, in one piece or in
    /// several, are the head of a `101`, and the request has no body that is unread, the connection
    /// is [upgraded](Exchange::upgrade).
    ///
    /// # Errors
    ///
    /// [`Misuse::ResponseEnded`], or that the connection is gone.
    pub fn send(&mut self, now: &Now, piece: Piece<'_>) -> Result<(), Error> {
        self.connection.turn.spend_piece(now.instant, piece.len());
        check_open(self.connection)?;
        self.wrote(now, piece.len() as u64);
        self.send_coalesced(now)?;
        match self.connection.outbound.writing() {
            Writing::Ended => return Err(Misuse::ResponseEnded.into()),
            Writing::Idle => return Err(Misuse::ExchangeOver.into()),
            Writing::Head => {
                self.connection.outbound.begin_raw();
                // The client may send its body or not: its next bytes could be either.
                if self.connection.inbound.body().is_continue_owed() {
                    self.connection.lifecycle.forbid_reuse();
                }
            }
            // The application frames the rest of the body itself: where a next response would begin
            // is not known any more.
            Writing::Body(_) | Writing::BodyDone => {
                self.connection.outbound.begin_raw();
                self.connection.lifecycle.forbid_reuse();
            }
            Writing::Raw => {}
        }
        self.send_raw(piece);
        Ok(())
    }

    /// `close`: the end of the response. With `keep_alive` a body that has begun is completed
    /// and the connection stays, if both sides agreed; without, everything queued is flushed
    /// and the connection closes. A WebSocket is closed with 1000.
    ///
    /// # Errors
    ///
    /// That the connection is gone, or [`Misuse::BodyTooLong`] for pieces that waited; to close
    /// what is closed changes nothing.
    pub fn close(&mut self, now: &Now, keep_alive: bool) -> Result<(), Error> {
        check_open(self.connection)?;
        if self.peek().is_websocket() {
            self.connection.end_websocket(now, HandlerEnd::Returned);
            return Ok(());
        }
        let coalesced = self.send_coalesced(now);
        match self.connection.outbound.writing() {
            Writing::Idle => return Err(Misuse::ExchangeOver.into()),
            Writing::Body(framing) if keep_alive => self.connection.complete_body(framing),
            Writing::Body(Framing::Chunked) => self.connection.cut_response(),
            Writing::Body(_) if !self.connection.outbound.is_length_met() => {
                self.connection.cut_response();
            }
            _ => {}
        }
        self.connection.outbound.end_response();
        if self.connection.lifecycle.is_open() {
            if !keep_alive {
                self.connection.start_closing(CloseReason::Finished);
            }
            self.connection.settle(now);
        }
        coalesced
    }

    /// The handler writes so many bytes. That is progress if something of it is sent.
    fn wrote(&mut self, now: &Now, bytes: u64) {
        match self.connection.outbound.writing() {
            Writing::Head => self.connection.progressed(now),
            Writing::Body(framing) if bytes > 0 => self.wrote_body(now, framing),
            Writing::Raw if bytes > 0 => self.connection.progressed(now),
            _ => {}
        }
    }

    /// The handler writes content. A loop of writes in a response without content ends with the
    /// time of its handler.
    #[inline]
    fn wrote_body(&mut self, now: &Now, framing: Framing) {
        if framing != Framing::None {
            self.connection.progressed(now);
        }
    }
}
