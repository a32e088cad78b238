//! The peer's side of a WebSocket: it sends frames, and judges those of the server (RFC 6455).

use std::collections::VecDeque;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use crate::frame::{
    BINARY, CLOSE, COMPRESSED, CONTINUATION, Frame, LAST, MALFORMED_FRAMES, PING, PONG, Received,
    TEXT, push_masked,
};
use crate::message::{Key, Kind, Work};
use crate::scenario::{LONGEST_WAIT, PING_INTERVAL};

/// A WebSocket whose handshake was sent.
#[derive(Debug)]
pub(crate) struct Socket {
    key: Key,
    work: Work,
    deflate: Option<Deflate>,
    /// The messages that were sent, in their order: whether it is a text, and its length.
    sent: Vec<(bool, u32)>,
    /// The lengths of pings that have no answer.
    pings: VecDeque<u32>,
    /// Pings of the server.
    pub(crate) pinged: u64,
    /// How many more may come before something else happens.
    pings_left: usize,
    /// Bytes that are on their way to this side.
    pub(crate) in_flight: usize,
    /// Messages that were received.
    received: usize,
    /// The message whose frames are coming.
    partial: Option<(u8, Vec<u8>)>,
    /// The code with which the server has to fail, and the number of messages before the fault.
    fault: Option<(u16, usize)>,
    /// The code of the close frame that began the closing handshake.
    own_close: Option<u16>,
    has_closed: bool,
    pub(crate) close_seen: Option<u16>,
    /// Frames that answer others.
    pub(crate) replies: Vec<u8>,
}

/// What was negotiated (RFC 7692 section 7).
#[derive(Debug)]
struct Deflate {
    compress: Compress,
    decompress: Decompress,
    client_resets: bool,
    server_resets: bool,
}

type Outcome<T = ()> = Result<T, String>;

impl Socket {
    pub(crate) fn new(key: Key, work: Work) -> Self {
        Self {
            key,
            work,
            deflate: None,
            sent: Vec::new(),
            pings: VecDeque::new(),
            pinged: 0,
            pings_left: 0,
            in_flight: 0,
            received: 0,
            partial: None,
            fault: None,
            own_close: None,
            has_closed: false,
            close_seen: None,
            replies: Vec::new(),
        }
    }

    /// The response has come, with this field.
    pub(crate) fn negotiated(&mut self, extensions: Option<&str>) {
        let has = |name| extensions.is_some_and(|extensions| extensions.contains(name));
        self.deflate = has("permessage-deflate").then(|| Deflate {
            compress: Compress::new(Compression::fast(), false),
            decompress: Decompress::new(false),
            client_resets: has("client_no_context_takeover"),
            server_resets: has("server_no_context_takeover"),
        });
    }

    /// Appends a frame, unless none may follow.
    pub(crate) fn send(&mut self, frame: Frame, out: &mut Vec<u8>) {
        if self.has_closed {
            return;
        }
        match frame {
            Frame::Message { is_text, bytes, frames, is_compressed } => {
                let (first, payload) = self.encode(is_text, bytes, is_compressed);
                self.send_frames(first, &payload, frames.max(1) as usize, out);
            }
            Frame::Ping(bytes) => self.send_ping(bytes, out),
            Frame::Pong(bytes) => push_masked(out, LAST | PONG, &control(self.key, bytes)),
            Frame::Close(code) => {
                self.own_close = Some(code);
                self.send_close(code, out);
            }
            Frame::Malformed(index) => {
                let (bytes, code) = MALFORMED_FRAMES[index];
                out.extend_from_slice(bytes);
                self.fault.get_or_insert((code, self.sent.len()));
            }
        }
    }

    /// The first byte of the next message, and its payload.
    fn encode(&mut self, is_text: bool, bytes: u32, is_compressed: bool) -> (u8, Vec<u8>) {
        let payload = payload(self.key, self.sent.len(), is_text, bytes);
        self.sent.push((is_text, bytes));
        let opcode = if is_text { TEXT } else { BINARY };
        match self.deflate.as_mut().filter(|_| is_compressed && !payload.is_empty()) {
            Some(deflate) => (opcode | COMPRESSED, deflate.compress(&payload)),
            None => (opcode, payload),
        }
    }

    fn send_frames(&mut self, mut first: u8, payload: &[u8], frames: usize, out: &mut Vec<u8>) {
        let size = payload.len().div_ceil(frames).max(1);
        let mut pieces = payload.chunks(size).peekable();
        if pieces.peek().is_none() {
            return push_masked(out, LAST | first, &[]);
        }
        while let Some(piece) = pieces.next() {
            let is_last = pieces.peek().is_none();
            push_masked(out, first | if is_last { LAST } else { 0 }, piece);
            if first != CONTINUATION && !is_last {
                self.send_ping(4, out);
            }
            first = CONTINUATION;
        }
    }

    fn send_ping(&mut self, bytes: u32, out: &mut Vec<u8>) {
        let bytes = bytes.min(125);
        self.pings.push_back(bytes);
        push_masked(out, LAST | PING, &control(self.key, bytes));
    }

    fn send_close(&mut self, code: u16, out: &mut Vec<u8>) {
        let payload = code.to_be_bytes();
        push_masked(out, LAST | CLOSE, if code == 0 { &[] } else { &payload });
        self.has_closed = true;
    }

    /// This side or the server goes on. The pings that are on their way come in any case.
    pub(crate) fn has_progress(&mut self) {
        self.pings_left = IDLE_PINGS + self.in_flight.div_ceil(PING_SIZE);
    }

    /// Reads what has come. Returns how many bytes were frames.
    pub(crate) fn advance(&mut self, input: &[u8]) -> Outcome<usize> {
        let mut at = 0;
        while let Some(frame) = Received::parse(&input[at..])? {
            at += frame.size;
            if self.close_seen.is_some() {
                return Err("a frame after the close frame".to_owned());
            }
            self.take(frame)?;
        }
        Ok(at)
    }

    fn take(&mut self, frame: Received<'_>) -> Outcome {
        let Received { first, payload, .. } = frame;
        if first & 0x0f == PING {
            self.pinged += 1;
            let left = self.pings_left.checked_sub(1);
            self.pings_left = left.ok_or("pings, and nothing else for longer than all timeouts")?;
        }
        match (first & 0x0f, &mut self.partial) {
            (TEXT | BINARY, None) => self.partial = Some((first, payload.to_vec())),
            (CONTINUATION, Some((_, message))) => message.extend_from_slice(payload),
            (PING, _) if self.has_closed => {}
            (PING, _) => push_masked(&mut self.replies, LAST | PONG, payload),
            (PONG, _) => return self.pong(payload),
            (CLOSE, _) => return self.close(payload),
            _ => return Err(format!("a frame that begins with {first:#x}")),
        }
        let is_data = first & 0x0f <= BINARY;
        if is_data {
            self.has_progress();
        }
        if is_data
            && first & LAST != 0
            && let Some((first, message)) = self.partial.take()
        {
            return self.message(first, message);
        }
        Ok(())
    }

    fn message(&mut self, first: u8, message: Vec<u8>) -> Outcome {
        let message = match &mut self.deflate {
            Some(deflate) if first & COMPRESSED != 0 => deflate.decompress(&message)?,
            _ if first & COMPRESSED != 0 => return Err("compressed, and not agreed".to_owned()),
            _ => message,
        };
        let number = self.received;
        let pushed = self.work.pieces as usize;
        let expected = if number < pushed {
            Some((false, self.work.bytes, number + PUSHED))
        } else {
            let echo = number - pushed;
            if self.fault.is_some_and(|(_, before)| echo >= before) {
                return Err("a message behind a fault is served".to_owned());
            }
            let is_echoed = self.work.kind == Kind::Socket;
            let sent = self.sent.get(echo).filter(|_| is_echoed);
            sent.map(|(is_text, bytes)| (*is_text, *bytes, echo))
        };
        let (is_text, bytes, index) = expected.ok_or("a message that was not sent")?;
        let is_same = (first & 0x0f == TEXT) == is_text
            && message == payload(self.key, index, is_text, bytes);
        if !is_same {
            return Err(format!("message {number} has other bytes: {} of {bytes}", message.len()));
        }
        self.received += 1;
        Ok(())
    }

    /// Pings may be skipped, the latest of them not (RFC 6455 section 5.5.3).
    fn pong(&mut self, payload: &[u8]) -> Outcome {
        while let Some(bytes) = self.pings.pop_front() {
            if payload == &control(self.key, bytes)[..] {
                return Ok(());
            }
        }
        Err("a pong that answers no ping".to_owned())
    }

    fn close(&mut self, payload: &[u8]) -> Outcome {
        let code = match payload {
            [] => 0,
            [high, low, ..] => u16::from_be_bytes([*high, *low]),
            [_] => return Err("a close frame with one byte".to_owned()),
        };
        self.close_seen = Some(code);
        if !self.has_closed {
            let mut answer = std::mem::take(&mut self.replies);
            self.send_close(code, &mut answer);
            self.replies = answer;
        }
        Ok(())
    }

    /// Whether all has come that the frames of this side lead to.
    pub(crate) fn is_settled(&self) -> bool {
        let awaited = match (self.work.kind, self.fault) {
            // The server closes it.
            (Kind::Push, _) | (_, Some(_)) => return self.close_seen.is_some(),
            _ if self.has_closed => return self.close_seen.is_some(),
            _ => self.work.pieces as usize + self.sent.len(),
        };
        self.received >= awaited && self.pings.is_empty()
    }

    /// Whether it has come to the end that both sides wanted. `mark`: if so many bytes are queued, the
    /// handler waits for room with a message that it has taken.
    pub(crate) fn judge(
        &self,
        has_behaved: bool,
        is_draining: bool,
        mark: Option<usize>,
    ) -> Outcome {
        let fault = self.fault.map(|(code, _)| code);
        let is_pushed = self.work.kind == Kind::Push;
        if let Some(code) = self.close_seen {
            let is_right = fault == Some(code)
                || self.own_close == Some(code)
                || (is_pushed && code == 1000)
                || (is_draining && code == 1001);
            if !is_right {
                return Err(format!("closed with {code}: {self:?}"));
            }
        }
        let pushed = self.work.pieces as usize;
        let before = self.fault.map_or(self.sent.len(), |(_, before)| before);
        let echoed = if is_pushed { 0 } else { before };
        // Its close frame ends the messages of the server, unless it waits behind one of its own.
        let is_ended = self.own_close.is_some() && (before == 0 || is_pushed);
        // The close frame may come while the handler waits, and then the message is not sent.
        let is_held = self.own_close.is_some() && mark.is_some_and(|mark| self.is_ahead(mark));
        let has_all = self.received + usize::from(is_held) >= pushed + echoed || is_ended;
        let has_all = has_all && self.close_seen.is_some();
        if has_behaved && !has_all {
            return Err(format!("the peer behaves, and its WebSocket is not complete: {self:?}"));
        }
        Ok(())
    }
}

impl Socket {
    /// Whether the messages of the server before the last one, and pongs, can fill its queue.
    fn is_ahead(&self, mark: usize) -> bool {
        let before = self.sent.len().saturating_sub(1);
        let echoed = self.sent.iter().take(before).map(|(_, bytes)| *bytes as usize);
        let pushed = self.work.pieces as usize * self.work.bytes as usize;
        pushed + echoed.sum::<usize>() + 1_024 > mark
    }
}

impl Deflate {
    fn compress(&mut self, payload: &[u8]) -> Vec<u8> {
        if self.client_resets {
            self.compress.reset();
        }
        let mut out = Vec::with_capacity(payload.len() + 64);
        let start = self.compress.total_in();
        loop {
            let done = (self.compress.total_in() - start) as usize;
            // Memory is there, and the state is valid.
            let _ = self.compress.compress_vec(&payload[done..], &mut out, FlushCompress::Sync);
            if out.len() < out.capacity() {
                break;
            }
            out.reserve(out.len() + 64);
        }
        // RFC 7692 section 7.2.1: without the empty block at the end.
        if out.ends_with(&TAIL) {
            out.truncate(out.len() - TAIL.len());
        }
        out
    }

    fn decompress(&mut self, payload: &[u8]) -> Outcome<Vec<u8>> {
        if self.server_resets {
            self.decompress.reset(false);
        }
        let input = [payload, &TAIL].concat();
        let (mut out, start) = (Vec::with_capacity(1_024), self.decompress.total_in());
        loop {
            let done = (self.decompress.total_in() - start) as usize;
            let inflated =
                self.decompress.decompress_vec(&input[done..], &mut out, FlushDecompress::Sync);
            inflated.map_err(|error| error.to_string())?;
            let done = (self.decompress.total_in() - start) as usize;
            if done == input.len() && out.len() < out.capacity() {
                return Ok(out);
            }
            out.reserve(out.len());
        }
    }
}

/// The payload of a message; those of the server have indices from `PUSHED` on.
pub(crate) fn payload(key: Key, index: usize, is_text: bool, bytes: u32) -> Vec<u8> {
    let mut payload = key.pattern(index as u64 * 13, bytes as usize).to_vec();
    if is_text {
        payload.iter_mut().for_each(|byte| *byte &= 0x7f);
    }
    payload
}

/// The pings of the longest time without progress.
const IDLE_PINGS: usize = (LONGEST_WAIT / PING_INTERVAL) as usize;

/// A ping of the server has no payload.
const PING_SIZE: usize = 2;

/// The index of the first message of the server.
pub(crate) const PUSHED: usize = 1_000;

fn control(key: Key, bytes: u32) -> Vec<u8> {
    key.pattern(0, bytes.min(125) as usize).to_vec()
}

const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
