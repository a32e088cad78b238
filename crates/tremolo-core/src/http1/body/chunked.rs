//! The chunked coding: sizes, extensions, data, trailer section (RFC 9112 sections 7.1 to 7.1.3).
//!
//! A byte-wise state machine parses the framing exactly by the grammar. So every split of the input
//! gives the same result, and no byte is parsed twice. Payload is not parsed. A byte that is
//! refused is not consumed.

use bytes::{Buf, BytesMut};

use super::decoded::Decoded;
use super::length::at_most;
use super::limits::Limits;
use super::trailers::{Section, Trailers};
use crate::PeerError;
use crate::http1::grammar::is_token;

/// A body in chunks.
#[derive(Debug)]
pub(super) struct Chunked {
    received: u64,
    /// The size as far as it was read; then what is left of the chunk.
    size: u64,
    extensions: u64,
    section: Option<Box<Section>>,
    state: State,
    digits: u8,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Size,
    /// White space that only another extension may follow.
    Gap,
    NameStart,
    Name,
    /// White space after a name, which `=` or another extension must follow.
    NameGap,
    ValueStart,
    Value,
    Quoted,
    Escaped,
    QuoteEnd,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    Trailer,
    EndLf,
    Done,
}

impl Chunked {
    pub(super) const fn new() -> Self {
        Self { received: 0, size: 0, extensions: 0, section: None, state: State::Size, digits: 0 }
    }

    pub(super) fn decode(
        &mut self,
        input: &mut BytesMut,
        max: usize,
        limits: &Limits,
    ) -> Result<Decoded, PeerError> {
        // Payload is moved to the front of the input: `kept` bytes of the `seen` ones.
        let (mut kept, mut seen) = (0, 0);
        let outcome = loop {
            if let Err(error) = self.framing(input, &mut seen, limits) {
                break Err(error);
            }
            if kept > 0 && self.size > GATHER_SIZE {
                break Ok(());
            }
            let taken = match self.payload((max - kept).min(input.len() - seen), limits) {
                Ok(0) => break Ok(()),
                Ok(taken) => taken,
                Err(error) => break Err(error),
            };
            if kept == 0 {
                input.advance(seen);
                seen = 0;
            } else {
                input.copy_within(seen..seen + taken, kept);
            }
            kept += taken;
            seen += taken;
        };
        if kept == 0 {
            input.advance(seen);
            return outcome.map(|()| self.idle());
        }
        let data = input.split_to(kept).freeze();
        input.advance(seen - kept);
        Ok(Decoded::Data(data))
    }

    pub(super) fn decode_raw(
        &mut self,
        input: &mut BytesMut,
        max: usize,
        limits: &Limits,
    ) -> Result<Decoded, PeerError> {
        let window = &input[..max.min(input.len())];
        let mut seen = 0;
        let outcome = loop {
            if let Err(error) = self.framing(window, &mut seen, limits) {
                break Err(error);
            }
            match self.payload(window.len() - seen, limits) {
                Ok(0) => break Ok(()),
                Ok(taken) => seen += taken,
                Err(error) => break Err(error),
            }
        };
        if seen == 0 {
            return outcome.map(|()| self.idle());
        }
        Ok(Decoded::Data(input.split_to(seen).freeze()))
    }

    pub(super) fn take_trailers(&mut self) -> Option<Trailers> {
        self.trailers()?;
        self.section.take().map(|section| section.into_trailers())
    }

    pub(super) fn trailers(&self) -> Option<&Trailers> {
        let trailers = self.section.as_deref()?.trailers();
        (self.is_done() && !trailers.is_empty()).then_some(trailers)
    }

    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    /// Bytes of payload that the current chunk has left; none outside of one.
    pub(super) fn rest_of_chunk(&self) -> u64 {
        if self.state == State::Data { self.size } else { 0 }
    }

    fn idle(&self) -> Decoded {
        if self.is_done() { Decoded::End } else { Decoded::NeedInput }
    }

    /// Takes up to `available` bytes of the current chunk; none outside of one.
    fn payload(&mut self, available: usize, limits: &Limits) -> Result<usize, PeerError> {
        if self.state != State::Data {
            return Ok(0);
        }
        if self.size > limits.body_size.saturating_sub(self.received) {
            return Err(PeerError::BodyTooLarge);
        }
        let taken = at_most(self.size, available);
        self.size -= taken as u64;
        self.received += taken as u64;
        if self.size == 0 {
            self.state = State::DataCr;
        }
        Ok(taken)
    }

    /// Parses framing from `input[*seen]` on, until payload, the end, or nothing follows.
    fn framing(
        &mut self,
        input: &[u8],
        seen: &mut usize,
        limits: &Limits,
    ) -> Result<(), PeerError> {
        while let Some(rest @ &[byte, ..]) = input.get(*seen..) {
            let next = match self.state {
                State::Data | State::Done => return Ok(()),
                State::Size => self.size_byte(byte, limits)?,
                State::SizeLf => self.size_end(byte)?,
                State::DataCr => expect(byte, b'\r', State::DataLf, PeerError::InvalidChunkEnd)?,
                State::DataLf => expect(byte, b'\n', State::Size, PeerError::InvalidChunkEnd)?,
                State::TrailerStart if byte == b'\r' => State::EndLf,
                State::TrailerStart | State::Trailer => {
                    let section = self.section.get_or_insert_default();
                    let (taken, ended) = section.push(rest, limits)?;
                    *seen += taken;
                    self.state = if ended { State::TrailerStart } else { State::Trailer };
                    continue;
                }
                State::EndLf => expect(byte, b'\n', State::Done, PeerError::InvalidTrailer)?,
                extension => extension.after(byte)?,
            };
            if next.is_extension() {
                if self.extensions >= EXTENSION_ALLOWANCE.saturating_add(self.received) {
                    return Err(PeerError::ChunkOverheadTooLarge);
                }
                self.extensions += 1;
            }
            self.state = next;
            *seen += 1;
        }
        Ok(())
    }

    fn size_byte(&mut self, byte: u8, limits: &Limits) -> Result<State, PeerError> {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            b'\r' | b';' | b' ' | b'\t' if self.digits > 0 => return after_value(byte),
            _ => return Err(PeerError::InvalidChunkSize),
        };
        if self.digits == MAX_SIZE_DIGITS {
            return Err(PeerError::InvalidChunkSize);
        }
        // Cannot overflow: there are at most 16 digits.
        let size = self.size << 4 | u64::from(digit);
        if size > limits.body_size.saturating_sub(self.received) {
            return Err(PeerError::BodyTooLarge);
        }
        self.size = size;
        self.digits += 1;
        Ok(State::Size)
    }

    fn size_end(&mut self, byte: u8) -> Result<State, PeerError> {
        let next = if self.size == 0 { State::TrailerStart } else { State::Data };
        let next = expect(byte, b'\n', next, PeerError::InvalidChunkSize)?;
        self.digits = 0;
        Ok(next)
    }
}

impl State {
    const fn is_extension(self) -> bool {
        matches!(
            self,
            Self::Gap
                | Self::NameStart
                | Self::Name
                | Self::NameGap
                | Self::ValueStart
                | Self::Value
                | Self::Quoted
                | Self::Escaped
                | Self::QuoteEnd
        )
    }

    /// The state after a byte of an extension (section 7.1.1):
    /// `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`.
    fn after(self, byte: u8) -> Result<Self, PeerError> {
        let blank = matches!(byte, b' ' | b'\t');
        match self {
            Self::Gap | Self::NameStart | Self::NameGap | Self::ValueStart if blank => Ok(self),
            Self::Name | Self::NameGap if byte == b'=' => Ok(Self::ValueStart),
            Self::Name if blank => Ok(Self::NameGap),
            Self::Name | Self::NameStart if is_token(&[byte]) => Ok(Self::Name),
            Self::Gap | Self::NameGap if byte == b';' => Ok(Self::NameStart),
            Self::ValueStart if byte == b'"' => Ok(Self::Quoted),
            Self::Value | Self::ValueStart if is_token(&[byte]) => Ok(Self::Value),
            Self::Name | Self::Value | Self::QuoteEnd => after_value(byte),
            Self::Quoted if byte == b'"' => Ok(Self::QuoteEnd),
            Self::Quoted if byte == b'\\' => Ok(Self::Escaped),
            Self::Quoted | Self::Escaped if byte == b'\t' || (byte >= b' ' && byte != 0x7f) => {
                Ok(Self::Quoted)
            }
            _ => Err(PeerError::InvalidChunkSize),
        }
    }
}

/// What may follow a size or a whole extension.
const fn after_value(byte: u8) -> Result<State, PeerError> {
    match byte {
        b'\r' => Ok(State::SizeLf),
        b';' => Ok(State::NameStart),
        b' ' | b'\t' => Ok(State::Gap),
        _ => Err(PeerError::InvalidChunkSize),
    }
}

const fn expect(found: u8, wanted: u8, next: State, error: PeerError) -> Result<State, PeerError> {
    if found == wanted { Ok(next) } else { Err(error) }
}

/// Bytes of chunk extensions that a body may hold beyond as many as its payload so far.
///
/// Clients do not use extensions in requests, so they are a way to keep a server busy without
/// making progress (section 7.1.1 asks for a limit on their total). Their cost is bounded by that
/// of the payload plus this, 16 KiB as in Go and hyper. Sizes and line ends need no bound of their
/// own: at most 20 bytes per chunk, and a chunk holds at least one byte of payload.
const EXTENSION_ALLOWANCE: u64 = 16 << 10;

/// Digits of a chunk size: what 64 bits need. More are refused even if the first ones are zeros.
const MAX_SIZE_DIGITS: u8 = 16;

/// Bytes of a chunk up to which its payload is moved next to that of the chunk before it: copying
/// this much costs less than one more piece on its way to the application.
const GATHER_SIZE: u64 = 1 << 10;
