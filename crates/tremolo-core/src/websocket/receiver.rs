//! Bytes of a client to messages and control frames (RFC 6455 sections 5 and 6.2).
//!
//! A payload is unmasked, decompressed and checked as it arrives. Limits are checked by the head of a
//! frame, before memory is allocated for its payload; memory grows with what has arrived, not with
//! what is announced. A plain payload of up to 64 KiB stays in the input buffer until it is complete,
//! and is delivered without a copy.

use bytes::{Buf, Bytes, BytesMut};

use super::close::CloseFrame;
use super::deflate::Inflater;
use super::error::Violation;
use super::frame::{FrameHead, FrameRules, Opcode};
use super::message::{Message, MessageKind};
use super::options::{Delivery, Options};
use super::utf8::{Utf8Checker, check_whole};

/// What a client has sent.
#[derive(Debug)]
pub(super) enum Received {
    Message(Message),
    Ping(Bytes),
    Pong,
    Close(CloseFrame),
}

#[derive(Debug)]
// In the order of use, as the session.
#[repr(C)]
pub(super) struct Receiver {
    max_size: usize,
    max_fragments: usize,
    /// Boxed, as most of what few sessions have: the others fit into a few cache lines.
    inflater: Option<Box<Inflater>>,
    /// The frame whose payload comes next, with the length and the mask of what is missing.
    frame: Option<FrameHead>,
    /// Bytes of its payload at the beginning of the input, which are decoded.
    in_place: usize,
    /// Bytes of the payload of the last frame of a message.
    last_length: u64,
    message: Option<Partial>,
    pub(super) delivery: Delivery,
}

/// What [`Receiver::begin_frame`] has found.
enum Begun {
    /// The head of the frame is not complete.
    Nothing,
    /// The payload comes next.
    Frame,
    /// The frame is a message, and was taken from the input.
    Message(Message),
}

/// A message that is not complete.
#[derive(Debug)]
struct Partial {
    kind: MessageKind,
    is_compressed: bool,
    /// What was not delivered.
    payload: Vec<u8>,
    utf8: Utf8Checker,
    /// All that was checked since the last delivery is ASCII.
    is_ascii: bool,
    fragments: usize,
    /// Bytes of all frame payloads.
    received: u64,
    /// Bytes that were delivered.
    delivered: usize,
    /// A fragment was delivered.
    is_begun: bool,
}

impl Receiver {
    pub(super) fn new(options: &Options, inflater: Option<Inflater>) -> Self {
        Self {
            max_size: options.max_message_size,
            max_fragments: options.max_fragments,
            delivery: options.delivery,
            inflater: inflater.map(Box::new),
            frame: None,
            in_place: 0,
            last_length: 0,
            message: None,
        }
    }

    /// Frees the memory: nothing more is decoded.
    pub(super) fn release(&mut self) {
        (self.inflater, self.frame, self.message) = (None, None, None);
        self.in_place = 0;
    }

    /// Bytes that the payload of the current frame is missing.
    pub(super) fn frame_rest(&self) -> u64 {
        self.frame.as_ref().map_or(0, |frame| frame.length)
    }

    /// Bytes of the payload of the last frame of a message: the next one is likely to be as long.
    pub(super) fn last_length(&self) -> u64 {
        self.last_length
    }

    /// The next message or control frame; `None` if more bytes are needed. Takes what it has
    /// decoded from `input`.
    pub(super) fn poll(&mut self, input: &mut BytesMut) -> Result<Option<Received>, Violation> {
        loop {
            let Some(mut head) = self.frame else {
                match self.begin_frame(input)? {
                    Begun::Nothing => return Ok(None),
                    Begun::Frame => continue,
                    Begun::Message(message) => return Ok(Some(Received::Message(message))),
                }
            };
            let arrived = input.len().saturating_sub(self.in_place) as u64;
            if head.opcode.is_control() {
                if head.length > arrived {
                    return Ok(None);
                }
                self.frame = None;
                return control(&mut head, input).map(Some);
            }
            if arrived == 0 && head.length > 0 {
                return Ok(None);
            }
            let received = if self.is_passed_on(&head, arrived) {
                self.pass_on(head, input)?
            } else {
                self.collect(head, input)?
            };
            if received.is_some() {
                return Ok(received.map(Received::Message));
            }
        }
    }

    /// Decodes the head of a frame, and checks the limits. The usual message, a plain frame that has
    /// arrived whole, is decoded at once, without the state for its parts.
    #[inline]
    fn begin_frame(&mut self, input: &mut BytesMut) -> Result<Begun, Violation> {
        let rules = FrameRules {
            may_compress: self.inflater.is_some(),
            in_message: self.message.is_some(),
        };
        let Some((head, size)) = FrameHead::parse(input, rules)? else { return Ok(Begun::Nothing) };
        input.advance(size);
        if !head.opcode.is_control() {
            if !rules.in_message && head.is_last && !head.is_compressed {
                let arrived = usize::try_from(head.length).ok().filter(|&all| all <= input.len());
                if let Some(length) = arrived {
                    return self.whole(head, length, input).map(Begun::Message);
                }
            }
            let message = self.message.get_or_insert_with(|| Partial::new(&head));
            message.count(&head, self.max_size, self.max_fragments)?;
            self.last_length = head.length;
        }
        self.frame = Some(head);
        Ok(Begun::Frame)
    }

    /// Decodes a message of one plain frame, of which all has arrived.
    #[inline]
    fn whole(
        &mut self,
        mut head: FrameHead,
        length: usize,
        input: &mut BytesMut,
    ) -> Result<Message, Violation> {
        let mut message = Partial::new(&head);
        message.count(&head, self.max_size, self.max_fragments)?;
        self.last_length = head.length;
        let mut payload = input.split_to(length);
        message.is_ascii = head.mask.apply(&mut payload);
        if message.kind == MessageKind::Text && !message.is_ascii {
            check_whole(&payload)?;
        }
        Ok(message.deliver(true, payload.freeze()))
    }

    /// Whether the payload of a frame is delivered without a copy.
    fn is_passed_on(&self, head: &FrameHead, arrived: u64) -> bool {
        let Some(message) = &self.message else { return false };
        let is_complete = message.fragments == 1 && head.is_last;
        !message.is_compressed
            && message.payload.is_empty()
            && (is_complete || self.delivery == Delivery::Fragments)
            && head.length.saturating_add(self.in_place as u64) <= arrived.max(FIRST_ROOM as u64)
    }

    /// Decodes what has arrived of a payload, in place. Returns it if it is complete.
    fn pass_on(
        &mut self,
        mut head: FrameHead,
        input: &mut BytesMut,
    ) -> Result<Option<Message>, Violation> {
        let message = self.message.as_mut().ok_or(Violation::UnexpectedContinuation)?;
        let rest = input.get_mut(self.in_place..).unwrap_or_default();
        let arrived = usize::try_from(head.length).unwrap_or(usize::MAX).min(rest.len());
        let piece = rest.get_mut(..arrived).unwrap_or_default();
        let is_ascii = head.mask.apply(piece);
        message.check_piece(piece, is_ascii)?;
        self.in_place += arrived;
        head.length -= arrived as u64;
        if head.length > 0 {
            self.frame = Some(head);
            return Ok(None);
        }
        self.frame = None;
        let payload = input.split_to(std::mem::take(&mut self.in_place));
        self.deliver(head.is_last, payload.freeze()).map(Some)
    }

    /// Adds what has arrived of a payload to the message. Returns it if it is complete.
    fn collect(
        &mut self,
        mut head: FrameHead,
        input: &mut BytesMut,
    ) -> Result<Option<Message>, Violation> {
        let message = self.message.as_mut().ok_or(Violation::UnexpectedContinuation)?;
        if self.in_place > 0 {
            // The delivery has changed in the middle of the frame.
            let decoded = input.split_to(std::mem::take(&mut self.in_place).min(input.len()));
            message.append(&decoded, head.length)?;
        }
        let arrived = usize::try_from(head.length).unwrap_or(usize::MAX).min(input.len());
        let piece = input.get_mut(..arrived).unwrap_or_default();
        let is_ascii = head.mask.apply(piece);
        let checked = message.payload.len();
        let limit = self.max_size.saturating_sub(message.delivered);
        let appended = match &mut self.inflater {
            Some(inflater) if message.is_compressed => {
                inflater.inflate(piece, &mut message.payload, limit)
            }
            _ => message.append(piece, head.length),
        };
        // What precedes a fault is checked first, so that the same fault is found at every split.
        if message.is_compressed {
            message.check_from(checked)?;
        } else {
            message.check_piece(piece, is_ascii)?;
        }
        input.advance(arrived);
        appended?;
        head.length -= arrived as u64;
        if head.length > 0 {
            self.frame = Some(head);
            return Ok(None);
        }
        self.frame = None;
        if head.is_last
            && message.is_compressed
            && let Some(inflater) = &mut self.inflater
        {
            let checked = message.payload.len();
            let finished = inflater.finish(&mut message.payload, limit);
            message.check_from(checked)?;
            finished?;
        }
        if !head.is_last && self.delivery == Delivery::Messages {
            return Ok(None);
        }
        let payload = std::mem::take(&mut message.payload);
        self.deliver(head.is_last, payload.into()).map(Some)
    }

    /// Delivers the payload of a message or of a fragment.
    fn deliver(&mut self, is_last: bool, payload: Bytes) -> Result<Message, Violation> {
        let message = self.message.as_mut().ok_or(Violation::UnexpectedContinuation)?;
        if is_last {
            message.utf8.finish()?;
        }
        let delivered = message.deliver(is_last, payload);
        if is_last {
            self.message = None;
        }
        Ok(delivered)
    }
}

impl Partial {
    fn new(head: &FrameHead) -> Self {
        let is_text = head.opcode == Opcode::Text;
        Self {
            kind: if is_text { MessageKind::Text } else { MessageKind::Binary },
            is_compressed: head.is_compressed,
            payload: Vec::new(),
            utf8: Utf8Checker::default(),
            is_ascii: true,
            fragments: 0,
            received: 0,
            delivered: 0,
            is_begun: false,
        }
    }

    /// Delivers the payload of the message, or of a fragment.
    #[inline]
    fn deliver(&mut self, is_last: bool, payload: Bytes) -> Message {
        self.delivered += payload.len();
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        let is_ascii = std::mem::replace(&mut self.is_ascii, true);
        let is_ascii = is_ascii && self.kind == MessageKind::Text;
        Message { kind: self.kind, is_ascii, is_first, is_last, payload }
    }

    /// Counts a frame that begins.
    #[inline]
    fn count(
        &mut self,
        head: &FrameHead,
        max_size: usize,
        max_fragments: usize,
    ) -> Result<(), Violation> {
        self.fragments += 1;
        self.received = self.received.saturating_add(head.length);
        let max_size = max_size as u64;
        // Bytes that cannot be compressed become a little longer (RFC 1951 section 3.2.4).
        let overhead = if self.is_compressed { max_size / 64 + 64 } else { 0 };
        if self.received > max_size.saturating_add(overhead) {
            return Err(Violation::MessageTooBig);
        }
        if self.fragments > max_fragments {
            return Err(Violation::TooManyFragments);
        }
        Ok(())
    }

    /// Appends a piece of a plain frame of which `announced` bytes were missing.
    fn append(&mut self, piece: &[u8], announced: u64) -> Result<(), Violation> {
        if self.payload.capacity() == 0 {
            let announced = usize::try_from(announced).unwrap_or(usize::MAX);
            self.payload.reserve_exact(announced.min(FIRST_ROOM).max(piece.len()));
        }
        self.payload.extend_from_slice(piece);
        Ok(())
    }

    /// Checks the payload from this offset on.
    fn check_from(&mut self, offset: usize) -> Result<(), Violation> {
        if self.kind == MessageKind::Binary {
            return Ok(());
        }
        let piece = self.payload.get(offset..).unwrap_or_default();
        let is_ascii = piece.is_ascii();
        self.is_ascii &= is_ascii;
        self.utf8.check(piece, is_ascii)
    }

    /// Checks the next piece. `is_ascii`: whether all of it is.
    fn check_piece(&mut self, piece: &[u8], is_ascii: bool) -> Result<(), Violation> {
        self.is_ascii &= is_ascii;
        match self.kind {
            MessageKind::Binary => Ok(()),
            MessageKind::Text => self.utf8.check(piece, is_ascii),
        }
    }
}

/// Takes the payload of a control frame, which has arrived, from `input`.
fn control(head: &mut FrameHead, input: &mut BytesMut) -> Result<Received, Violation> {
    let mut payload = input.split_to(usize::try_from(head.length).unwrap_or(usize::MAX));
    head.mask.apply(&mut payload);
    Ok(match head.opcode {
        Opcode::Ping => Received::Ping(payload.freeze()),
        Opcode::Close => Received::Close(CloseFrame::parse(&payload)?),
        _ => Received::Pong,
    })
}

/// Memory for a message before its second piece arrives, and the longest payload that stays in the
/// input buffer, at most.
pub(crate) const FIRST_ROOM: usize = 64 << 10;
