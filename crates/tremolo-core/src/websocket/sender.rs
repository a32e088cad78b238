//! Messages and control frames to bytes (RFC 6455 sections 5.4 to 5.6, RFC 7692 section 6.1).

use super::close::close_payload;
use super::close_code::CloseCode;
use super::deflate::Deflater;
use super::error::SendError;
use super::frame::{EncodedHead, Opcode};
use super::message::MessageKind;
use super::output::Output;
use super::prepared::PreparedMessage;
use crate::piece::Piece;

/// The payload of a control frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct ControlPayload {
    bytes: [u8; 125],
    length: u8,
}

impl ControlPayload {
    pub(super) fn new(payload: &[u8]) -> Result<Self, SendError> {
        let mut bytes = [0; 125];
        let target = bytes.get_mut(..payload.len()).ok_or(SendError::ControlTooLong)?;
        target.copy_from_slice(payload);
        Ok(Self { bytes, length: payload.len() as u8 })
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length.into()).unwrap_or_default()
    }
}

#[derive(Debug)]
pub(super) struct Sender {
    output: Output,
    deflater: Option<Box<Deflater>>,
    min_size: usize,
    fragments: Fragments,
    /// Nothing more is sent.
    is_closed: bool,
    has_sent_close: bool,
    /// Bytes of pongs in the output.
    pongs: usize,
    /// The answer to the latest ping, while too many are in the output.
    late_pong: Option<Box<ControlPayload>>,
    /// The output is drained into a queue that is full.
    holds_pongs: bool,
}

/// The message whose fragments are being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fragments {
    None,
    Plain,
    Compressed,
}

impl Sender {
    pub(super) fn new(deflater: Option<Deflater>, min_size: usize) -> Self {
        Self {
            output: Output::default(),
            deflater: deflater.filter(Deflater::is_usable).map(Box::new),
            min_size,
            fragments: Fragments::None,
            is_closed: false,
            has_sent_close: false,
            pongs: 0,
            late_pong: None,
            holds_pongs: false,
        }
    }

    pub(super) fn send(&mut self, kind: MessageKind, payload: Piece<'_>) -> Result<(), SendError> {
        self.check_whole()?;
        if let Some(compressed) = self.compressed(payload.as_slice())? {
            self.frame(kind.into(), true, true, compressed.into());
        } else {
            self.frame(kind.into(), true, false, payload);
        }
        Ok(())
    }

    /// The head of a whole message that is sent as it is, if nothing has to be sent before it.
    #[inline]
    pub(super) fn plain_head(
        &self,
        kind: MessageKind,
        payload: &[u8],
    ) -> Result<Option<EncodedHead>, SendError> {
        self.check_whole()?;
        let is_plain = !self.is_compressible(payload) && !self.has_output();
        Ok(is_plain.then(|| EncodedHead::new(kind.into(), true, false, payload.len())))
    }

    pub(super) fn send_fragment(
        &mut self,
        kind: MessageKind,
        payload: Piece<'_>,
        is_last: bool,
    ) -> Result<(), SendError> {
        if self.is_closed {
            return Err(SendError::Closed);
        }
        let is_first = self.fragments == Fragments::None;
        let mut fragments = self.fragments;
        if is_first {
            let compress = self.is_compressible(payload.as_slice());
            fragments = if compress { Fragments::Compressed } else { Fragments::Plain };
        }
        let mut payload = payload;
        if fragments == Fragments::Compressed
            && let Some(deflater) = &mut self.deflater
        {
            let mut compressed = Vec::new();
            deflater.deflate(payload.as_slice(), is_last, &mut compressed)?;
            payload = compressed.into();
        }
        let opcode = if is_first { kind.into() } else { Opcode::Continuation };
        self.frame(opcode, is_last, is_first && fragments == Fragments::Compressed, payload);
        self.fragments = if is_last { Fragments::None } else { fragments };
        Ok(())
    }

    pub(super) fn send_prepared(&mut self, message: &PreparedMessage) -> Result<(), SendError> {
        self.check_whole()?;
        let compressed = self.deflater.as_mut().zip(message.compressed());
        let frame = match compressed {
            Some((deflater, compressed)) if deflater.accepts_prepared() => {
                // The compressor has not seen this message, so that it may not refer to what came
                // before it by distance.
                deflater.forget();
                compressed
            }
            _ => message.plain(),
        };
        self.output.push_shared(frame);
        Ok(())
    }

    pub(super) fn control(&mut self, opcode: Opcode, payload: &[u8]) -> Result<(), SendError> {
        if self.is_closed {
            return Err(SendError::Closed);
        }
        let payload = ControlPayload::new(payload)?;
        self.frame(opcode, true, false, payload.as_slice().into());
        Ok(())
    }

    /// Answers a ping. While many answers were not drained only the latest ping is answered, which
    /// section 5.5.3 allows.
    pub(super) fn answer_ping(&mut self, payload: &[u8]) {
        let Ok(payload) = ControlPayload::new(payload) else { return };
        if self.is_closed {
            return;
        }
        if self.pongs >= MAX_PONGS {
            self.late_pong = Some(Box::new(payload));
            return;
        }
        self.pongs += payload.as_slice().len() + 2;
        self.frame(Opcode::Pong, true, false, payload.as_slice().into());
    }

    /// Sends a close frame; nothing may be sent after it (section 5.5.1).
    pub(super) fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), SendError> {
        if self.is_closed {
            return Err(SendError::Closed);
        }
        let mut payload = [0; 125];
        let length = close_payload(&mut payload, code, reason)?;
        let payload = payload.get(..length).unwrap_or_default();
        self.frame(Opcode::Close, true, false, payload.into());
        self.has_sent_close = true;
        self.stop();
        Ok(())
    }

    /// Sends nothing any more.
    pub(super) fn stop(&mut self) {
        self.is_closed = true;
        self.late_pong = None;
        self.deflater = None;
    }

    pub(super) fn has_sent_close(&self) -> bool {
        self.has_sent_close
    }

    pub(super) fn queued(&self) -> usize {
        self.output.queued()
    }

    /// Bytes, or pongs that were drained and are still counted.
    pub(super) fn has_output(&self) -> bool {
        self.output.queued() > 0 || self.pongs > 0
    }

    pub(super) fn drain(&mut self, push: impl FnMut(Piece<'_>)) {
        if !self.holds_pongs {
            self.pongs = 0;
            if let Some(payload) = self.late_pong.take() {
                self.frame(Opcode::Pong, true, false, payload.as_slice().into());
            }
        }
        self.output.drain(push);
    }

    /// Whether pings are not answered for now, beyond [`MAX_PONGS`].
    pub(super) fn hold_pongs(&mut self, hold: bool) {
        self.holds_pongs = hold;
    }

    fn check_whole(&self) -> Result<(), SendError> {
        if self.is_closed {
            return Err(SendError::Closed);
        }
        if self.fragments != Fragments::None {
            return Err(SendError::FragmentsOpen);
        }
        Ok(())
    }

    fn is_compressible(&self, payload: &[u8]) -> bool {
        self.deflater.is_some() && payload.len() >= self.min_size && !payload.is_empty()
    }

    /// The compressed form, if it is worth sending.
    fn compressed(&mut self, payload: &[u8]) -> Result<Option<Vec<u8>>, SendError> {
        if !self.is_compressible(payload) {
            return Ok(None);
        }
        let Some(deflater) = &mut self.deflater else { return Ok(None) };
        let mut compressed = Vec::new();
        deflater.deflate(payload, true, &mut compressed)?;
        // With context takeover the peer needs each message that the compressor has seen.
        Ok((compressed.len() < payload.len() || deflater.has_takeover()).then_some(compressed))
    }

    fn frame(&mut self, opcode: Opcode, is_last: bool, is_compressed: bool, payload: Piece<'_>) {
        let head = EncodedHead::new(opcode, is_last, is_compressed, payload.as_slice().len());
        self.output.push(head.as_slice().into());
        self.output.push(payload);
    }
}

impl From<MessageKind> for Opcode {
    fn from(kind: MessageKind) -> Self {
        match kind {
            MessageKind::Text => Self::Text,
            MessageKind::Binary => Self::Binary,
        }
    }
}

/// Bytes of pongs that wait in the output before pings are answered with one.
const MAX_PONGS: usize = 4_096;
