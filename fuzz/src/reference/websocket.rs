//! WebSocket frames (RFC 6455 section 5, RFC 7692 section 7) of a complete input: every frame is
//! decoded whole, and every message is decompressed again from the beginning.

use flate2::{Decompress, FlushDecompress, Status};

/// What was negotiated, and the limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Compression, with or without context takeover.
    pub(crate) takeover: Option<bool>,
    pub(crate) max_size: usize,
    pub(crate) max_fragments: usize,
}

/// What a client has sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Conversation {
    /// Whether it is a text, and its content.
    pub(crate) messages: Vec<(bool, Vec<u8>)>,
    pub(crate) pings: Vec<Vec<u8>>,
    /// The code that the answer to the close frame repeats, 1005 for none; or the code of a fault.
    pub(crate) close: Option<u16>,
}

impl Conversation {
    pub(crate) fn read(wire: &[u8], rules: Rules) -> Self {
        let mut decoder =
            Decoder { rules, wire, history: Vec::new(), message: None, found: Self::default() };
        let mut found = loop {
            match decoder.frame() {
                Ok(true) => {}
                Ok(false) => break decoder.found,
                Err(code) => {
                    decoder.found.close = Some(code);
                    break decoder.found;
                }
            }
        };
        found.pings.truncate(MAX_PINGS);
        found
    }
}

struct Decoder<'a> {
    rules: Rules,
    wire: &'a [u8],
    /// The compressed messages to which the next one may refer.
    history: Vec<u8>,
    message: Option<Message>,
    found: Conversation,
}

struct Message {
    is_text: bool,
    is_compressed: bool,
    /// The payloads of its frames.
    raw: Vec<u8>,
    announced: u64,
    fragments: usize,
}

impl Decoder<'_> {
    /// Decodes a frame; false at the end of the input, and a close code after the last frame.
    fn frame(&mut self) -> Result<bool, u16> {
        let Some(&first) = self.wire.first() else { return Ok(false) };
        let (is_last, opcode) = (first & 0x80 != 0, first & 0x0f);
        let is_control = opcode >= 8;
        let may_compress = self.rules.takeover.is_some() && matches!(opcode, 1 | 2);
        let is_bad = first & 0x30 != 0
            || !matches!(opcode, 0..=2 | 8..=10)
            || (first & 0x40 != 0 && !may_compress)
            || (is_control && !is_last)
            || (!is_control && (opcode == 0) != self.message.is_some());
        if is_bad {
            return Err(1002);
        }
        let Some(&second) = self.wire.get(1) else { return Ok(false) };
        if second < 0x80 || (is_control && second > 0x80 + 125) {
            return Err(1002);
        }
        let (size, least) = match second & 0x7f {
            126 => (2, 126),
            127 => (8, 65_536),
            _ => (0, 0),
        };
        let Some(extended) = self.wire.get(2..2 + size) else { return Ok(false) };
        let length = extended.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
        let length = if size == 0 { u64::from(second & 0x7f) } else { length };
        if length < least || length > i64::MAX as u64 {
            return Err(1002);
        }
        let Some(key) = self.wire.get(2 + size..6 + size) else { return Ok(false) };
        if !is_control {
            self.announce(opcode, first & 0x40 != 0, length)?;
        }
        let rest = &self.wire[6 + size..];
        let arrived = rest.len().min(usize::try_from(length).unwrap_or(usize::MAX));
        let plain = rest[..arrived].iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key);
        let plain: Vec<u8> = plain.collect();
        let is_whole = arrived as u64 == length;
        self.wire = &rest[arrived..];
        if is_control {
            return if is_whole { self.control(opcode, plain) } else { Ok(false) };
        }
        self.payload(&plain, is_whole, is_last)?;
        Ok(is_whole)
    }

    fn announce(&mut self, opcode: u8, is_compressed: bool, length: u64) -> Result<(), u16> {
        let message = self.message.get_or_insert(Message {
            is_text: opcode == 1,
            is_compressed,
            raw: Vec::new(),
            announced: 0,
            fragments: 0,
        });
        message.announced = message.announced.saturating_add(length);
        message.fragments += 1;
        let max_size = self.rules.max_size as u64;
        let overhead = if message.is_compressed { max_size / 64 + 64 } else { 0 };
        if message.announced > max_size + overhead {
            return Err(1009);
        }
        if message.fragments > self.rules.max_fragments { Err(1008) } else { Ok(()) }
    }

    fn control(&mut self, opcode: u8, payload: Vec<u8>) -> Result<bool, u16> {
        match (opcode, &payload[..]) {
            (8, []) => Err(1005),
            (8, [_]) => Err(1002),
            (8, [high, low, reason @ ..]) => {
                let code = u16::from(*high) << 8 | u16::from(*low);
                let reserved = matches!(code, 0..1000 | 1004..1007 | 1015..3000 | 5000..);
                let is_text = std::str::from_utf8(reason).is_ok();
                Err(if reserved {
                    1002
                } else if is_text {
                    code
                } else {
                    1007
                })
            }
            (9, _) => {
                self.found.pings.push(payload);
                Ok(true)
            }
            _ => Ok(true),
        }
    }

    fn payload(&mut self, arrived: &[u8], is_whole: bool, is_last: bool) -> Result<(), u16> {
        let message = self.message.as_mut().expect("it has begun");
        message.raw.extend_from_slice(arrived);
        let is_complete = is_whole && is_last;
        let (content, fault) = if message.is_compressed {
            if is_complete {
                message.raw.extend_from_slice(TAIL);
            }
            inflate(&self.history, &message.raw, self.rules.max_size)
        } else {
            (message.raw.clone(), None)
        };
        if message.is_text
            && let Err(error) = std::str::from_utf8(&content)
            && (error.error_len().is_some() || (is_complete && fault.is_none()))
        {
            return Err(1007);
        }
        if let Some(code) = fault {
            return Err(code);
        }
        if is_complete {
            self.found.messages.push((message.is_text, content));
            if message.is_compressed && self.rules.takeover == Some(true) {
                self.history.extend_from_slice(&message.raw);
            }
            self.message = None;
        }
        Ok(())
    }
}

/// The content of the last message, one byte more than allowed at most, and the code of its fault.
fn inflate(history: &[u8], raw: &[u8], max_size: usize) -> (Vec<u8>, Option<u16>) {
    let mut decompress = Decompress::new(false);
    let mut ignored = Vec::new();
    // The earlier messages were valid.
    let before = run(&mut decompress, history, &mut ignored, usize::MAX);
    assert_eq!(before, None);
    let mut content = Vec::new();
    let fault = run(&mut decompress, raw, &mut content, max_size);
    (content, fault)
}

/// One byte of output at a time, so that the order of faults is that of the bytes.
fn run(decompress: &mut Decompress, raw: &[u8], out: &mut Vec<u8>, max_size: usize) -> Option<u16> {
    let mut at = 0;
    let mut byte = Vec::with_capacity(1);
    loop {
        byte.clear();
        let before = decompress.total_in();
        let status = decompress.decompress_vec(&raw[at..], &mut byte, FlushDecompress::Sync);
        at += usize::try_from(decompress.total_in() - before).expect("it is short");
        out.extend_from_slice(&byte);
        if out.len() > max_size {
            return Some(1009);
        }
        let Ok(status) = status else { return Some(1007) };
        if status == Status::StreamEnd {
            decompress.reset(false);
        } else if byte.is_empty() {
            return None;
        }
        if status == Status::StreamEnd && at == raw.len() {
            return None;
        }
    }
}

const TAIL: &[u8] = &[0, 0, 0xff, 0xff];

/// Pings beyond these may be answered together.
pub(crate) const MAX_PINGS: usize = 30;
