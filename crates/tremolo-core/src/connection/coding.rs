//! Content codings on the way out: what is compressed, for whom, and when it is flushed (RFC 9110
//! sections 8.4 and 12.5.3).
//!
//! Knows no codec: encoders come from the fronts, behind [`Codecs`]. Which responses may be coded
//! at all is told by `http1::response::codable`.

use std::fmt;

use http::{Method, StatusCode};

use super::{Connection, Piece};
use crate::error::{CloseReason, Error, Misuse};
use crate::http1::response::{BodySize, Framing, describe_coded, is_codable, vary};
use crate::negotiation::{AcceptEncoding, Coding};

/// The codings that a server can compress with; see [`Settings::with_codecs`].
///
/// [`Settings::with_codecs`]: super::Settings::with_codecs
pub trait Codecs: fmt::Debug + Send + Sync {
    /// What is on offer, in any order.
    fn offered(&self) -> &[Coding];

    /// An encoder for one body; asked for only when a body is to be coded. `None` if it cannot be
    /// had: the body then goes as it is.
    fn encoder(&self, coding: Coding) -> Option<Box<dyn ContentEncoder>>;
}

/// The encoder of one body.
///
/// What it puts out for a piece is bounded by the piece: little more than its length.
pub trait ContentEncoder: fmt::Debug + Send {
    /// Appends the coded form of a piece, and flushes: what has been put out so far can be decoded
    /// to all pieces so far.
    ///
    /// # Errors
    ///
    /// [`CodingFailed`]: the body is cut.
    fn encode(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed>;

    /// Appends the coded form of the last piece, which may be empty, and the end.
    ///
    /// # Errors
    ///
    /// [`CodingFailed`]: the body is cut.
    fn finish(&mut self, last: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed>;
}

/// An encoder cannot go on: no memory, most likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodingFailed;

impl fmt::Display for CodingFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the content could not be compressed")
    }
}

impl std::error::Error for CodingFailed {}

/// A body on its way through an encoder.
#[derive(Debug)]
pub(super) struct CodedBody {
    encoder: Box<dyn ContentEncoder>,
    /// The coded form of one piece.
    out: Vec<u8>,
}

impl Connection {
    /// Whether this response may be compressed, instead of `compression`. It then is, if the
    /// client accepts a coding that is on offer and the response allows it: not without a body, a
    /// range, coded or compressed already, with a digest, with `Cache-Control: no-transform`, a
    /// file, raw bytes, or known to be shorter than `compression_min_size`.
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`], or that the response or the connection is over.
    pub fn set_compression(&mut self, compress: bool) -> Result<(), Error> {
        self.response_mut()?;
        self.compress = compress;
        Ok(())
    }

    /// Prepares the head of a body in pieces, and the encoder that they will go through.
    pub(super) fn begin_coding(&mut self) {
        if !self.compress {
            return;
        }
        let size = match self.plan(BodySize::Streamed).announced {
            Framing::Length(length) => Some(length),
            Framing::None | Framing::Chunked | Framing::UntilClose => None,
        };
        let Some((codecs, coding)) = self.negotiate(size) else { return };
        // The answer to HEAD has the fields and needs no encoder (RFC 9110 section 9.3.2).
        let encoder = match self.head.method() {
            &Method::HEAD => None,
            _ => match codecs.encoder(coding) {
                Some(encoder) => Some(encoder),
                None => return,
            },
        };
        // Announcing takes the field away.
        let declared = self.declared_length();
        if self.announce(coding).is_ok() {
            self.declared = declared;
            self.coded = encoder.map(|encoder| Box::new(CodedBody { encoder, out: Vec::new() }));
        }
    }

    /// Codes a body that is here as a whole, if that makes it shorter; tells with what the head
    /// has to reckon.
    pub(super) fn code_whole<'a>(&mut self, piece: Piece<'a>) -> (Piece<'a>, BodySize) {
        let given = piece.len() as u64;
        let plain = BodySize::Known(given);
        if !self.compress {
            return (piece, plain);
        }
        let size = match self.plan(plain).announced {
            Framing::Length(declared) => declared,
            Framing::None => given,
            Framing::Chunked | Framing::UntilClose => {
                self.response.declared_length().unwrap_or(given)
            }
        };
        if size != given && self.head.method() != Method::HEAD {
            // Less than was declared: it will be cut, and that shows better as it is.
            return (piece, plain);
        }
        let Some((codecs, coding)) = self.negotiate(Some(size)) else { return (piece, plain) };
        if size != given {
            // HEAD without the body of GET: nobody knows how long it would be in this coding.
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

    /// Decides whether a response is coded, and how; `size` is its length, if that is known. Says
    /// in the head that it varies if it may be coded, for this client or for another.
    fn negotiate(&mut self, size: Option<u64>) -> Option<(&'static dyn Codecs, Coding)> {
        let codecs = self.settings.codecs?;
        let worth = self.settings.config.compression_min_size.max(1);
        let is_unchanged = self.response.status() == StatusCode::NOT_MODIFIED;
        let may_be_coded = is_codable(&self.response) && size.is_none_or(|size| size >= worth);
        if !is_unchanged && !may_be_coded {
            return None;
        }
        vary(&mut self.response).ok()?;
        let accepted = AcceptEncoding::of(self.head.fields());
        let coding = accepted
            .in_order()
            .find(|coding| *coding == Coding::Identity || codecs.offered().contains(coding))
            .filter(|coding| *coding != Coding::Identity)?;
        if is_unchanged {
            // The tag of the 200 that it stands for (RFC 9110 section 15.4.5). If that was not
            // coded its tag is a strong one, which the weak one matches all the same.
            describe_coded(&mut self.response).ok()?;
            return None;
        }
        Some((codecs, coding))
    }

    fn announce(&mut self, coding: Coding) -> Result<(), Misuse> {
        describe_coded(&mut self.response)?;
        self.response.set(b"Content-Encoding", coding.as_str().as_bytes())?;
        self.response.remove(b"Content-Length");
        Ok(())
    }

    /// Sends a piece through the encoder and flushes it.
    pub(super) fn send_coded(&mut self, framing: Framing, piece: &[u8]) -> Result<(), Error> {
        if piece.is_empty() {
            return Ok(());
        }
        let Some(mut coded) = self.coded.take() else { return Ok(()) };
        coded.out.clear();
        if coded.encoder.encode(piece, &mut coded.out).is_err() {
            self.cut();
            return Err(CloseReason::ResponseCut.into());
        }
        self.queue_coded(framing, &coded.out);
        self.coded = Some(coded);
        Ok(())
    }

    /// Ends the coding of a body, if it has one; returns whether that succeeded.
    pub(super) fn finish_coded(&mut self, framing: Framing) -> bool {
        let Some(mut coded) = self.coded.take() else { return true };
        coded.out.clear();
        let is_finished = coded.encoder.finish(&[], &mut coded.out).is_ok();
        if is_finished {
            self.queue_coded(framing, &coded.out);
        }
        is_finished
    }

    fn queue_coded(&mut self, framing: Framing, out: &[u8]) {
        // An empty chunk would end the body.
        if !out.is_empty() {
            self.send_framed(framing, out.len() as u64, |queue| queue.push(Piece::Slice(out)));
        }
    }
}
