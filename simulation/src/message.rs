//! What peers send: requests whose target names the work of the handler, so that both ends know the
//! exact response, and messages that are not valid.

use std::fmt::Write as _;
use std::sync::LazyLock;

use bytes::Bytes;

use crate::frame::Frame;

/// Which request: the number of the peer, and the number of the message on its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The index of the peer.
    pub peer: u32,
    /// The index of the message.
    pub number: u32,
}

/// What a handler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Waits, then sends the whole body. It reads nothing.
    Whole,
    /// Sends pieces, and waits before each.
    Stream,
    /// Sends the body of the request back, piece by piece.
    Echo,
    /// Does nothing until it is cancelled.
    Never,
    /// Sends pieces, then fails.
    Fail,
    /// Returns without a response.
    Quiet,
    /// Leaves the response open; it is sent later.
    Later,
    /// Sends server-sent events, and waits before each.
    Events,
    /// A WebSocket: sends messages, and waits before each; then sends each message back that comes.
    Socket,
    /// A WebSocket: sends messages, and waits before each; then closes it.
    Push,
}

/// What a handler does, with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// What it does.
    pub kind: Kind,
    /// How many pieces it sends.
    pub pieces: u32,
    /// The length of each piece.
    pub bytes: u32,
    /// How many milliseconds it waits before each piece.
    pub wait: u32,
}

/// The body of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// None.
    None,
    /// With `Content-Length`.
    Length(u32),
    /// So many chunks of so many bytes.
    Chunked(u32, u32),
}

impl Body {
    /// Its length without its coding.
    #[must_use]
    pub fn length(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Length(bytes) => bytes.into(),
            Self::Chunked(count, bytes) => u64::from(count) * u64::from(bytes),
        }
    }
}

/// A valid request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What its handler does.
    pub work: Work,
    /// Its body.
    pub body: Body,
    /// HTTP/1.0 in place of HTTP/1.1.
    pub is_old: bool,
    /// HEAD in place of GET or POST.
    pub is_head: bool,
    /// `Connection: close`.
    pub closes: bool,
    /// `Expect: 100-continue`. The body follows without waiting (RFC 9110 section 10.1.1).
    pub expects: bool,
    /// Offers permessage-deflate (RFC 7692).
    pub deflates: bool,
}

/// What a peer sends in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A valid request.
    Request(Request),
    /// One of a list of messages that are not valid, by its index.
    Malformed(usize),
    /// In a WebSocket. Without one, nothing is sent.
    Frame(Frame),
}

/// Messages that are not valid, and the status of their response.
pub(crate) const MALFORMED: &[(&[u8], u16)] = &[
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\r\nBad field: 1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", 400),
    (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    (b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
];

/// Bytes that all bodies are parts of: each byte is one more than the one before.
static PATTERN: LazyLock<Bytes> =
    LazyLock::new(|| (0..PATTERN_LENGTH).map(|index| index as u8).collect::<Vec<_>>().into());

/// Longer than each piece and each body of a request.
const PATTERN_LENGTH: usize = (256 << 10) + 256;

impl Key {
    /// So many bytes of the bodies of this exchange, from this position on.
    pub(crate) fn pattern(self, position: u64, length: usize) -> Bytes {
        let start = usize::from(self.peer.wrapping_mul(31) as u8)
            + usize::from(self.number.wrapping_mul(7) as u8);
        let start = (start + (position % 256) as usize) % 256;
        PATTERN.slice(start..start + length)
    }
}

impl Work {
    /// The length of the body of a complete response with status 200.
    fn response_length(self, body: Body) -> u64 {
        match self.kind {
            Kind::Echo => body.length(),
            Kind::Whole | Kind::Later => self.bytes.into(),
            _ => u64::from(self.pieces) * u64::from(self.bytes),
        }
    }

    /// The work that the path of a request names.
    pub(crate) fn of_path(path: &[u8]) -> Option<(Key, Self)> {
        let mut parts = path.split(|byte| *byte == b'/').skip(1);
        let mut number =
            || std::str::from_utf8(parts.next()?).ok().and_then(|text| text.parse::<u32>().ok());
        let key = Key { peer: number()?, number: number()? };
        let kind = *KINDS.get(number()? as usize)?;
        Some((key, Self { kind, pieces: number()?, bytes: number()?, wait: number()? }))
    }
}

const KINDS: [Kind; 10] = [
    Kind::Whole,
    Kind::Stream,
    Kind::Echo,
    Kind::Never,
    Kind::Fail,
    Kind::Quiet,
    Kind::Later,
    Kind::Events,
    Kind::Socket,
    Kind::Push,
];

impl Kind {
    /// Whether the request opens a WebSocket.
    pub(crate) fn is_socket(self) -> bool {
        matches!(self, Self::Socket | Self::Push)
    }
}

impl Request {
    /// A GET request of HTTP/1.1 without anything else.
    #[must_use]
    pub fn get(work: Work) -> Self {
        Self {
            work,
            body: Body::None,
            is_old: false,
            is_head: false,
            closes: false,
            expects: false,
            deflates: false,
        }
    }

    /// The length of the body of its response.
    pub(crate) fn response_length(&self) -> u64 {
        if self.is_head { 0 } else { self.work.response_length(self.body) }
    }

    fn write_to(&self, out: &mut Vec<u8>, key: Key) {
        let Work { kind, pieces, bytes, wait } = self.work;
        let method = match self.body {
            _ if self.is_head => "HEAD",
            Body::None => "GET",
            _ => "POST",
        };
        let (kind, version) = (kind as u32, u8::from(!self.is_old));
        let Key { peer, number } = key;
        let mut head = String::with_capacity(160);
        let _ = write!(
            head,
            "{method} /{peer}/{number}/{kind}/{pieces}/{bytes}/{wait} HTTP/1.{version}\r\nHost: a\r\n"
        );
        if self.closes {
            head.push_str("Connection: close\r\n");
        }
        if self.expects {
            head.push_str("Expect: 100-continue\r\n");
        }
        if self.work.kind.is_socket() {
            head.push_str(UPGRADE);
        }
        if self.deflates {
            head.push_str("Sec-WebSocket-Extensions: permessage-deflate\r\n");
        }
        match self.body {
            Body::None => {}
            Body::Length(bytes) => drop(write!(head, "Content-Length: {bytes}\r\n")),
            Body::Chunked(..) => head.push_str("Transfer-Encoding: chunked\r\n"),
        }
        head.push_str("\r\n");
        out.extend_from_slice(head.as_bytes());
        match self.body {
            Body::None => {}
            Body::Length(bytes) => out.extend_from_slice(&key.pattern(0, bytes as usize)),
            Body::Chunked(count, bytes) => {
                for chunk in 0..count {
                    out.extend_from_slice(format!("{bytes:x}\r\n").as_bytes());
                    let position = u64::from(chunk) * u64::from(bytes);
                    out.extend_from_slice(&key.pattern(position, bytes as usize));
                    out.extend_from_slice(b"\r\n");
                }
                out.extend_from_slice(b"0\r\n\r\n");
            }
        }
    }
}

/// The fields of a WebSocket's handshake (RFC 6455 section 4.1).
const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

impl Message {
    /// Appends its bytes; those of a frame depend on the WebSocket.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>, key: Key) {
        match self {
            Self::Request(request) => request.write_to(out, key),
            Self::Malformed(index) => out.extend_from_slice(MALFORMED[*index].0),
            Self::Frame(_) => {}
        }
    }
}
