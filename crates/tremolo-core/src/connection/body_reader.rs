//! The body of the current request: its decoder and limits, why it cannot be read, and whether
//! `100 Continue` is due (RFC 9112 sections 6 and 7; RFC 9110 section 10.1.1).
//!
//! It decodes from the buffer that it is given, and does not know the state of the connection.

use bytes::{Bytes, BytesMut};

use super::inflater::Inflater;
use crate::content::AcceptedCodings;
use crate::error::PeerError;
use crate::http1::body::{Decoded, Decoder, Limits, Trailers};
use crate::http1::request::{BodyLength, RequestHead};
use tremolo_config::Config;

/// How the discarding of a body went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Discarded {
    /// The body is at its end.
    All,
    /// More of it has to arrive; so many bytes may be discarded then.
    NeedInput { left: u64 },
    /// The peer closed its half before the end of the body.
    InputEnded,
    /// The rest is longer than the limit.
    TooLong,
    /// The rest is malformed.
    Fault(PeerError),
}

/// The reader of a request body.
#[derive(Debug)]
pub(crate) struct BodyReader {
    decoder: Decoder,
    limits: Limits,
    /// Why the body cannot be read any further.
    fault: Option<PeerError>,
    /// `100 Continue` is due with the first read.
    continue_owed: bool,
    accepted: AcceptedCodings,
    /// Boxed, because few requests have a content coding.
    inflater: Option<Box<Inflater>>,
}

impl BodyReader {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            decoder: Decoder::none(),
            limits: Limits::from(config),
            fault: None,
            continue_owed: false,
            accepted: AcceptedCodings::Identity,
            inflater: None,
        }
    }

    /// Begins with the body of a request. Returns whether it has one.
    pub(crate) fn begin(&mut self, head: &RequestHead, config: &Config) -> bool {
        let (decoder, has_body) = match head.body_length() {
            BodyLength::None => (Decoder::none(), false),
            BodyLength::Length(length) => (Decoder::length(length), true),
            BodyLength::Chunked => (Decoder::chunked(), true),
        };
        self.decoder = decoder;
        self.limits = Limits::from(config);
        self.fault = None;
        (self.accepted, self.inflater) = (AcceptedCodings::Identity, None);
        self.continue_owed = head.expects_continue();
        has_body
    }

    /// There is no body any more: the connection was upgraded.
    pub(crate) fn clear(&mut self) {
        self.decoder = Decoder::none();
    }

    /// Decodes a piece of the body. `ended`: nothing follows what is in the buffer.
    #[inline]
    pub(crate) fn decode(
        &mut self,
        buffer: &mut BytesMut,
        ended: bool,
        decode: impl FnOnce(&mut Decoder, &mut BytesMut, &Limits) -> Result<Decoded, PeerError>,
    ) -> Result<Decoded, PeerError> {
        let decoded = decode(&mut self.decoder, buffer, &self.limits)?;
        if decoded != Decoded::NeedInput {
            self.continue_owed = false;
        } else if ended {
            self.decoder.on_eof()?;
        }
        Ok(decoded)
    }

    /// Discards what is buffered of the body, up to `left` bytes.
    pub(crate) fn discard(
        &mut self,
        buffer: &mut BytesMut,
        ended: bool,
        mut left: u64,
    ) -> Discarded {
        loop {
            match self.decoder.decode(buffer, usize::MAX, &self.limits) {
                Ok(Decoded::Data(data)) => match left.checked_sub(data.len() as u64) {
                    Some(rest) => left = rest,
                    None => return Discarded::TooLong,
                },
                Ok(Decoded::NeedInput) if ended => return Discarded::InputEnded,
                Ok(Decoded::NeedInput) => return Discarded::NeedInput { left },
                Ok(Decoded::End) => return Discarded::All,
                Err(fault) => return Discarded::Fault(fault),
            }
        }
    }

    /// The body cannot be read any further.
    pub(crate) fn fail(&mut self, fault: PeerError) {
        self.fault = Some(fault);
        self.inflater = None;
    }

    /// Content codings are decoded from here on; `inflater` if this request has a known one.
    pub(crate) fn accept_codings(&mut self, inflater: Option<Inflater>) {
        self.accepted = AcceptedCodings::Decoded;
        self.inflater = inflater.map(Box::new);
    }

    pub(crate) fn accepted(&self) -> AcceptedCodings {
        self.accepted
    }

    pub(crate) fn has_inflater(&self) -> bool {
        self.inflater.is_some()
    }

    /// Adds bytes in the content coding.
    pub(crate) fn feed(&mut self, coded: Bytes) {
        if let Some(inflater) = &mut self.inflater {
            inflater.feed(coded);
        }
    }

    /// The next bytes without the content coding; `None` if more have to be fed.
    pub(crate) fn inflate(&mut self, max: usize) -> Result<Option<Bytes>, PeerError> {
        self.inflater.as_mut().map_or(Ok(None), |inflater| inflater.next(max))
    }

    /// The coded bytes have ended.
    pub(crate) fn finish_inflater(&self) -> Result<(), PeerError> {
        self.inflater.as_ref().map_or(Ok(()), |inflater| inflater.finish())
    }

    pub(crate) fn fault(&self) -> Option<PeerError> {
        self.fault
    }

    /// Whether the end of the body was decoded.
    pub(crate) fn is_done(&self) -> bool {
        self.decoder.is_done()
    }

    /// Bytes that the body is known to have left; `None` in chunks.
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.decoder.remaining()
    }

    /// Bytes that the body is known to have left; of chunks those of the current one.
    pub(crate) fn known_rest(&self) -> u64 {
        self.decoder.known_rest()
    }

    /// Bytes that may still be decoded.
    pub(crate) fn allowance(&self) -> u64 {
        self.limits.body_size.saturating_sub(self.decoder.received())
    }

    /// Bytes of the body that were decoded, without its transfer coding.
    pub(crate) fn received(&self) -> u64 {
        self.decoder.received()
    }

    /// Whether the body was read to its end without a fault, or there is none.
    pub(crate) fn is_read(&self) -> bool {
        self.fault.is_none() && self.decoder.is_done()
    }

    pub(crate) fn trailers(&self) -> Option<&Trailers> {
        self.decoder.trailers()
    }

    /// Sets another limit for the body.
    pub(crate) fn set_limit(&mut self, bytes: u64) {
        self.limits.body_size = bytes;
    }

    /// Whether the client waits for `100 Continue`.
    pub(crate) fn is_continue_owed(&self) -> bool {
        self.continue_owed
    }

    /// The same, and it does not wait any longer.
    pub(crate) fn take_continue(&mut self) -> bool {
        std::mem::take(&mut self.continue_owed)
    }
}
