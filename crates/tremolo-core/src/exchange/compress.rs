//! Content codings of responses: which response is compressed, and when it is flushed (RFC 9110
//! sections 8.4 and 12.5.3).
//!
//! Encoders come from the fronts, behind [`Codecs`]. Which responses may be coded at all is decided
//! by `http1::response::codable`.

use http::{Method, StatusCode};

use super::Exchange;
use crate::connection::Piece;
use crate::connection::codec::{Codecs, CodedBody};
use crate::error::Misuse;
use crate::http1::response::{BodySize, Framing, describe_coded, is_codable, vary};
use crate::negotiation::{AcceptEncoding, Coding};

impl Exchange<'_> {
    /// Prepares the head of a body in pieces, and its encoder.
    pub(super) fn begin_coding(&mut self) {
        if !self.connection.outbound.may_compress() {
            return;
        }
        let size = match self
            .connection
            .outbound
            .plan(BodySize::Streamed, self.connection.inbound.head())
            .announced
        {
            Framing::Length(length) => Some(length),
            Framing::None | Framing::Chunked | Framing::UntilClose => None,
        };
        let Some((codecs, coding)) = self.negotiate(size) else { return };
        // The response to HEAD has the fields and needs no encoder (RFC 9110 section 9.3.2).
        let encoder = match self.connection.inbound.head().method() {
            &Method::HEAD => None,
            _ => match codecs.encoder(coding) {
                Some(encoder) => Some(encoder),
                None => return,
            },
        };
        // Announcing removes the field of the length.
        let declared = self.connection.outbound.length_budget(self.connection.inbound.head());
        if self.announce(coding).is_ok() {
            self.connection.outbound.begin_coding(encoder.map(CodedBody::new), declared);
        }
    }

    /// Encodes a body that is known as a whole, if that makes it shorter. Returns the piece to send
    /// and its size for the head.
    pub(super) fn code_whole<'a>(&mut self, piece: Piece<'a>) -> (Piece<'a>, BodySize) {
        let given = piece.len() as u64;
        let plain = BodySize::Known(given);
        let size =
            match self.connection.outbound.plan(plain, self.connection.inbound.head()).announced {
                Framing::Length(declared) => declared,
                Framing::None => given,
                Framing::Chunked | Framing::UntilClose => {
                    self.connection.outbound.response().declared_length().unwrap_or(given)
                }
            };
        if size != given && self.connection.inbound.head().method() != Method::HEAD {
            // Shorter than declared: the response will be cut, which is easier to see without a
            // coding.
            return (piece, plain);
        }
        let Some((codecs, coding)) = self.negotiate(Some(size)) else { return (piece, plain) };
        if size != given {
            // HEAD without the body of GET: its length in this coding is not known.
            let size = self.announce(coding).map_or(plain, |()| BodySize::Streamed);
            return (piece, size);
        }
        let mut out = Vec::with_capacity(piece.len() / 2);
        let coded = codecs
            .encoder(coding)
            .is_some_and(|mut encoder| encoder.finish(piece.as_slice(), &mut out).is_ok());
        if coded && out.len() < piece.len() && self.announce(coding).is_ok() {
            let size = BodySize::Known(out.len() as u64);
            return (Piece::Owned(out), size);
        }
        (piece, plain)
    }

    /// Decides whether a response is coded, and how; `size` is its length, if that is known. Sets
    /// `Vary` if the response may be coded, for this client or for another.
    fn negotiate(&mut self, size: Option<u64>) -> Option<(&'static dyn Codecs, Coding)> {
        let codecs = self.connection.settings.codecs()?;
        let worth = self.connection.settings.config().compression_min_size.max(1);
        let is_unchanged = self.connection.outbound.response().status() == StatusCode::NOT_MODIFIED;
        let may_be_coded = is_codable(self.connection.outbound.response())
            && size.is_none_or(|size| size >= worth);
        if !is_unchanged && !may_be_coded {
            return None;
        }
        vary(self.connection.outbound.response_mut()).ok()?;
        let accepted = AcceptEncoding::of(self.connection.inbound.head().fields());
        let coding = accepted
            .in_order()
            .find(|coding| *coding == Coding::Identity || codecs.offered().contains(coding))
            .filter(|coding| *coding != Coding::Identity)?;
        if is_unchanged {
            // The tag of the 200 that it stands for (RFC 9110 section 15.4.5). If that was not
            // coded its tag is a strong one, which the weak one matches all the same.
            describe_coded(self.connection.outbound.response_mut()).ok()?;
            return None;
        }
        Some((codecs, coding))
    }

    fn announce(&mut self, coding: Coding) -> Result<(), Misuse> {
        describe_coded(self.connection.outbound.response_mut())?;
        self.connection
            .outbound
            .response_mut()
            .set(b"Content-Encoding", coding.as_str().as_bytes())?;
        self.connection.outbound.response_mut().remove(b"Content-Length");
        Ok(())
    }
}
