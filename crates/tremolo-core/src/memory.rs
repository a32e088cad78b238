//! How much memory one connection takes at most, computed from its configuration.
//!
//! Numbers that a module keeps to are taken from there; those of libraries are measured.
//! `docs/memory.md` shows the results for the defaults, and `tests/memory` compares them with
//! servers of both fronts whose peers want as much as they can get.

use tremolo_config::{AccessLog, Config};

use crate::connection::{COPY_LIMIT, KEPT_STAGING, MAX_GROWTH, MAX_KEPT, longest_buffer};
use crate::form::{FileLimits, FormLimits};
use crate::http1::fields::FieldSpan;
use crate::multipart::Limits;
use crate::representation::MAX_RANGES;

/// What a connection does, as far as its memory depends on it.
///
/// A connection that does two of these things at once, such as to read a body while it sends a
/// response, takes at most the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryState {
    /// It waits for a request.
    Idle,
    /// A request head is received, or its handler works without reading and writing.
    Head,
    /// A body is read in pieces; the handler holds one of them.
    Body,
    /// The same of a body that is decompressed (`decompress` of a handler or a route).
    DecodedBody,
    /// A body is read whole, as bytes or text. What is made of it, such as a value of JSON, belongs
    /// to the application.
    WholeBody,
    /// A form is read whole, with these limits.
    Form(FormLimits),
    /// A form is read in steps, with these limits.
    Upload(FileLimits),
    /// A response, or a stream of events, waits for a client that reads slowly.
    Response {
        /// Bytes of the longest piece or event that the handler writes.
        piece: usize,
    },
    /// A file is sent.
    File,
    /// A WebSocket without compression. A message that the handler has received belongs to the
    /// application.
    WebSocket {
        /// Bytes of the longest message that the handler sends.
        sent: usize,
    },
    /// A WebSocket with permessage-deflate.
    CompressedWebSocket {
        /// Bytes of the longest message that the handler sends.
        sent: usize,
        /// Whether the handler sends messages in fragments: a compressor is kept until the last one,
        /// also without `ws_context_takeover`.
        fragments: bool,
    },
    /// A TLS handshake is in progress.
    TlsHandshake,
    /// A TLS session: what it takes in addition to its connection.
    Tls,
}

/// Bytes that the server allocates for one connection at most, whatever its peer sends or does not
/// read.
///
/// What the application allocates is not included: the variables of a handler, and what it keeps.
/// Nor are the buffers of the kernel (`net.ipv4.tcp_rmem` and `tcp_wmem`). While a buffer grows, the
/// allocator may need the old one and the new one; a worker does that for one connection at a time.
///
/// ```
/// use tremolo_core::{Config, MemoryState, memory_bound};
///
/// let config = Config { client_max_body_size: 1 << 20, ..Config::default() };
/// assert!(memory_bound(&config, MemoryState::Idle) < 10_000);
/// // Twice the body, because a buffer doubles when it grows, and what a request takes.
/// let whole = memory_bound(&config, MemoryState::WholeBody);
/// assert_eq!(whole - memory_bound(&config, MemoryState::Body), 2 << 20);
/// ```
#[must_use]
pub fn memory_bound(config: &Config, state: MemoryState) -> u64 {
    let parts: &[u64] = match state {
        MemoryState::Idle => &[],
        MemoryState::Head => &[request(config)],
        MemoryState::Body => &[reading(config)],
        MemoryState::DecodedBody => &[reading(config), DECODER],
        MemoryState::WholeBody => &[reading(config), doubled(config.client_max_body_size)],
        MemoryState::Form(limits) => {
            let size = config.client_max_body_size.min(limits.max_size as u64);
            let fields = (limits.max_fields as u64).saturating_mul(FIELD);
            &[reading(config), decoding(), size.saturating_mul(FORM_COPIES), fields]
        }
        MemoryState::Upload(limits) => {
            let step = config.client_max_body_size.min(limits.max_file_size as u64);
            &[reading(config), decoding(), doubled(step)]
        }
        MemoryState::Response { piece } => &[responding(config), queue(config, piece)],
        MemoryState::File => &[responding(config), MAX_RANGES as u64 * RANGE],
        MemoryState::WebSocket { sent } => &[websocket(config, sent)],
        MemoryState::CompressedWebSocket { sent, fragments } => {
            let keeps_compressor = fragments || config.ws_context_takeover;
            let compressor = if keeps_compressor { COMPRESSOR } else { 0 };
            &[websocket(config, sent), DECOMPRESSOR, compressor]
        }
        MemoryState::TlsHandshake => &[TLS_HANDSHAKE],
        MemoryState::Tls => return TLS_SESSION,
    };
    sum(parts).saturating_add(CONNECTION)
}

/// A request that was received: its head, which is shorter than a buffer, and the buffer with what
/// follows.
fn request(config: &Config) -> u64 {
    sum(&[2 * buffer(config), doubled(spans(config)), trailers(config)])
}

/// A request whose body is read: also the buffer of the piece that the handler holds.
fn reading(config: &Config) -> u64 {
    sum(&[request(config), buffer(config)])
}

/// A request that is answered: also the records of answers that wait to be written and logged.
fn responding(config: &Config) -> u64 {
    let record = match config.access_log {
        AccessLog::Off => 0,
        _ => doubled(MAX_KEPT as u64).saturating_add(doubled(head(config))),
    };
    let encoder = if config.compression { ENCODER } else { 0 };
    sum(&[request(config), buffer(config), record, encoder])
}

/// The transmit queue, and the piece that made it too long.
fn queue(config: &Config, piece: usize) -> u64 {
    let step = config.buffer_size as u64;
    let mark = step.saturating_mul(4 * u64::from(MAX_GROWTH));
    let short = sum(&[mark, COPY_LIMIT as u64, step.max(KEPT_STAGING as u64)]);
    let coalesced = step.saturating_add(piece as u64);
    let long = (config.max_queue_size as u64).saturating_add(1).saturating_mul(LONG);
    sum(&[doubled(short), doubled(coalesced), doubled(long), piece as u64])
}

/// A WebSocket, whose head has a copy of its own: a message that arrives, one in the input buffer,
/// and those that are sent.
fn websocket(config: &Config, sent: usize) -> u64 {
    let message = doubled(config.ws_max_payload_size as u64);
    sum(&[SESSION, head(config), 2 * buffer(config), message, queue(config, sent)])
}

fn buffer(config: &Config) -> u64 {
    longest_buffer(config) as u64
}

/// The bytes of a head and the list of its fields.
fn head(config: &Config) -> u64 {
    (config.client_max_header_size as u64).saturating_add(doubled(spans(config)))
}

/// The list of the fields of a head. No field line is shorter than four bytes.
fn spans(config: &Config) -> u64 {
    let fields = config.client_max_header_fields.min(config.client_max_header_size / 4);
    (fields as u64).saturating_mul(size_of::<FieldSpan>() as u64)
}

/// The trailers of a body, and the line that is read.
fn trailers(config: &Config) -> u64 {
    let bytes = config.client_max_header_size as u64;
    doubled(doubled(bytes).saturating_add(spans(config)))
}

/// The decoder of a multipart body: the head of a part, and its texts.
fn decoding() -> u64 {
    3 * Limits::default().part_head_bytes as u64
}

/// Memory of a list that doubles when it grows.
fn doubled(bytes: u64) -> u64 {
    bytes.saturating_mul(2)
}

fn sum(parts: &[u64]) -> u64 {
    parts.iter().fold(0, |sum, part| sum.saturating_add(*part))
}

/// A connection without buffers: the engine, and the task, socket and handles of a front.
const CONNECTION: u64 = 4 << 10;

/// A WebSocket session without messages.
const SESSION: u64 = 2 << 10;

/// An entry of the list of long pieces.
const LONG: u64 = 64;

/// What is kept of a field or file of a form beside its bytes.
const FIELD: u64 = 512;

/// The body of a form is kept, converted to UTF-8, which makes three bytes of one, and split.
const FORM_COPIES: u64 = 6;

/// What stands before a range of a file.
const RANGE: u64 = 1 << 10;

/// A compressor of WebSocket messages, with its window and hash tables.
const COMPRESSOR: u64 = 384 << 10;

/// A decompressor of WebSocket messages.
const DECOMPRESSOR: u64 = 48 << 10;

/// The largest encoder of responses, that of Brotli.
const ENCODER: u64 = 2 << 20;

/// The largest decoder of bodies, that of Brotli with the largest window of RFC 7932.
const DECODER: u64 = 17 << 20;

/// A handshake: rustls refuses messages of more than 64 KiB; the certificates of the server, and
/// those of the client.
const TLS_HANDSHAKE: u64 = 256 << 10;

/// A session: keys, one record that is received, its content, and 64 KiB that are encrypted.
const TLS_SESSION: u64 = 160 << 10;
