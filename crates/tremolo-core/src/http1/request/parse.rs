//! From received bytes to a [`RequestHead`]: limits, line ends, the request line, the fields.
//!
//! `field_lines.rs` finds the fields; `persistence.rs` and `framing.rs` interpret the known ones.

use bytes::{Buf, BytesMut};
use http::Method;
use memchr::{memchr, memchr3_iter};

use super::field_lines::{Lines, read_lines};
use super::framing::Framing;
use super::persistence::Persistence;
use super::target::{Target, split_authority};
use super::{BodyLength, RequestHead, Version};
use crate::error::PeerError;
use crate::http1::fields::FieldSpan;
use crate::http1::grammar::is_token;
use tremolo_config::Config;

#[cfg(test)]
mod tests;

/// Finds request heads in what a connection receives.
///
/// It remembers how far it has scanned. So a head that arrives byte by byte costs a few scans of
/// each byte, not a scan of all bytes for each.
#[derive(Clone, Debug, Default)]
pub struct HeadParser {
    /// So many bytes of the input were scanned, and the head does not end in them. All offsets in a
    /// head have 32 bits ([`MAX_HEAD_SIZE`]).
    scanned: u32,
    /// The length of the request line with its end; 0 while it is not complete.
    line: u32,
    /// Empty lines dropped before the request line.
    empty_lines: u8,
}

/// Empty lines before a request line that are skipped. RFC 9112 section 2.2 asks for one.
const MAX_EMPTY_LINES: u8 = 4;

/// No head is longer than this, whatever is configured: offsets have 32 bits.
const MAX_HEAD_SIZE: usize = 1 << 24;

/// No registered method is longer. A longer one is checked when the request line is complete.
const METHOD_SIZE: usize = 24;

impl HeadParser {
    /// Removes a head from the front of `input` and parses it into `head`.
    ///
    /// `Ok(false)` asks for more input. The input stays, and is to be passed again with more at its
    /// end; only empty lines before the request line are dropped. `head` is cleared
    /// in any case, and filled with `Ok(true)` only.
    ///
    /// Bytes count against `client_max_header_size` from the request line to the empty line at the
    /// end, both included.
    ///
    /// # Errors
    ///
    /// The fault of the peer: at once if it is cheap to detect, else when the head is complete. The
    /// rest of the input must not be parsed then.
    pub fn parse(
        &mut self,
        input: &mut BytesMut,
        config: &Config,
        head: &mut RequestHead,
    ) -> Result<bool, PeerError> {
        let found = self.advance(input, config, head);
        if found != Ok(false) {
            *self = Self::default();
        }
        if found != Ok(true) {
            head.clear();
        }
        found
    }

    /// Whether a byte of the next head has arrived. Empty lines before it do not count.
    #[must_use]
    pub fn started(&self, input: &BytesMut) -> bool {
        self.scanned > 0 || input.first().is_some_and(|b| *b != b'\r')
    }

    fn advance(
        &mut self,
        input: &mut BytesMut,
        config: &Config,
        head: &mut RequestHead,
    ) -> Result<bool, PeerError> {
        if self.scanned == 0 && !self.skip_empty_lines(input)? {
            return Ok(false);
        }
        let limit = config.client_max_header_size.min(MAX_HEAD_SIZE);
        let window = input.get(..limit).unwrap_or(input);
        let is_full = window.len() == limit;
        if !self.is_worth_reading(window, is_full)? {
            return Ok(false);
        }
        let line_end = self.line as usize;
        let line = window.get(..line_end).unwrap_or_default();
        let mut target = read_request_line(line, head)?;
        // All else of a head that was used before is replaced, or cleared in the end.
        head.fields.clear();
        head.host = None;
        let Some(length) = read_fields(window, line_end, config, head)? else {
            return if is_full { Err(PeerError::HeadTooLarge) } else { Ok(false) };
        };
        target.add_path(input);
        head.is_plain_target = target.is_plain;
        head.url = target.url;
        head.path_end = target.path_end;
        head.host = target.authority.or(head.host);
        head.raw.clear();
        head.raw.reserve_exact(length);
        head.raw.extend_from_slice(input.get(..length).unwrap_or_default());
        if length < input.len() {
            input.advance(length);
        } else {
            // The next head is read to the beginning of the buffer, where the memory is in the cache.
            input.clear();
        }
        Ok(true)
    }

    /// Whether anything follows the empty lines (RFC 9112 section 2.2).
    fn skip_empty_lines(&mut self, input: &mut BytesMut) -> Result<bool, PeerError> {
        loop {
            match input.as_ref() {
                [b'\r', b'\n', ..] if self.empty_lines == MAX_EMPTY_LINES => {
                    return Err(PeerError::InvalidRequestLine);
                }
                [b'\r', b'\n', ..] => {
                    self.empty_lines += 1;
                    input.advance(2);
                }
                [b'\n', ..] | [b'\r', _, ..] => return Err(PeerError::InvalidLineEnd),
                [] | [b'\r'] => return Ok(false),
                _ => return Ok(true),
            }
        }
    }

    /// Scans the new bytes. A head is parsed when its request line is complete, because that may
    /// show another protocol, and again when the empty line at its end has arrived.
    fn is_worth_reading(&mut self, window: &[u8], is_full: bool) -> Result<bool, PeerError> {
        let known = window.len().min(self.scanned as usize);
        self.scanned = window.len() as u32;
        if self.line > 0 {
            return Ok(has_end(window, known)? || is_full);
        }
        if let Some(at) = memchr(b'\n', window.get(known..).unwrap_or_default()) {
            self.line = (known + at + 1) as u32;
            return Ok(true);
        }
        // Bytes that are not a method are refused at once: a TLS handshake, for example.
        let start = window.get(..METHOD_SIZE).unwrap_or(window);
        if !start.split(|b| *b == b' ').next().is_some_and(is_token) {
            return Err(PeerError::InvalidRequestLine);
        }
        if is_full { Err(PeerError::TargetTooLong) } else { Ok(false) }
    }
}

/// Whether the bytes from `known` on end the head. Whatever line precedes the end must end in
/// CRLF, with no other CR and no NUL in it (RFC 9112 section 2.2).
fn has_end(head: &[u8], known: usize) -> Result<bool, PeerError> {
    // The last known byte may be a CR that waited for its LF.
    let known = known.saturating_sub(1);
    for at in memchr3_iter(b'\r', b'\n', 0, head.get(known..).unwrap_or_default()) {
        match head.get(..=known + at).unwrap_or_default() {
            [.., b'\r', b'\n', b'\r', b'\n'] => return Ok(true),
            [.., b'\r', b'\n'] => {}
            [.., b'\r'] if matches!(head.get(known + at + 1), None | Some(b'\n')) => {}
            _ => return Err(PeerError::InvalidLineEnd),
        }
    }
    Ok(false)
}

/// Reads `method SP request-target SP HTTP-version CRLF` (RFC 9112 section 3), single blanks only.
fn read_request_line(line: &[u8], head: &mut RequestHead) -> Result<Target, PeerError> {
    let blank = line.iter().position(|b| *b == b' ').ok_or(PeerError::InvalidRequestLine)?;
    let (method, rest) = line.split_at_checked(blank).ok_or(PeerError::InvalidRequestLine)?;
    head.method = Method::from_bytes(method).map_err(|_| PeerError::InvalidRequestLine)?;
    let rest = rest.strip_suffix(b"\r\n").ok_or(PeerError::InvalidLineEnd)?;
    // Before the target: in the preface of HTTP/2 the version is the fault, not the target `*`.
    let (rest, version) = rest.split_last_chunk::<8>().ok_or(PeerError::InvalidRequestLine)?;
    head.version = read_version(*version)?;
    match rest {
        [b' ', target @ .., b' '] if !target.is_empty() => {
            Target::parse(&head.method, target, blank + 1)
        }
        _ => Err(PeerError::InvalidRequestLine),
    }
}

/// `HTTP/` and two digits, in upper case (RFC 9112 section 2.3).
fn read_version(version: [u8; 8]) -> Result<Version, PeerError> {
    match &version {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0'..=b'9'] => Ok(Version::Http11),
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => {
            Err(PeerError::UnsupportedVersion)
        }
        _ => Err(PeerError::InvalidRequestLine),
    }
}

/// Parses the field lines after the request line; the length of the whole head if it is complete.
fn read_fields(
    window: &[u8],
    line: usize,
    config: &Config,
    head: &mut RequestHead,
) -> Result<Option<usize>, PeerError> {
    let error = match read_lines(window, line, config.client_max_header_fields, &mut head.fields) {
        Lines::Complete(length) => {
            interpret(window.get(..length).unwrap_or_default(), head)?;
            return Ok(Some(length));
        }
        Lines::Partial => return has_end(window, 0).map(|_| None),
        Lines::TooMany => PeerError::TooManyFields,
        Lines::Invalid => PeerError::InvalidField,
    };
    has_end(window, 0)?;
    Err(error)
}

/// Interprets the fields that frame the message, in one pass.
fn interpret(whole: &[u8], head: &mut RequestHead) -> Result<(), PeerError> {
    let mut framing = Framing::default();
    let mut persistence = Persistence::default();
    // Fields whose name is as long as `Content-Type`: a single one cannot be repeated.
    let mut candidates = 0;
    for field in &head.fields {
        let name = field.name.of_bytes(whole);
        let value = || field.value.of_bytes(whole);
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                if head.host.replace(field.value).is_some() {
                    return Err(PeerError::RepeatedHost);
                }
                // Section 3.2: empty where the target has no authority.
                if !value().is_empty() && split_authority(value()).is_none() {
                    return Err(PeerError::InvalidHost);
                }
            }
            6 if name.eq_ignore_ascii_case(b"expect") => persistence.expect(value()),
            7 if name.eq_ignore_ascii_case(b"upgrade") => persistence.upgrade(value()),
            10 if name.eq_ignore_ascii_case(b"connection") => persistence.connection(value()),
            12 => candidates += 1,
            14 if name.eq_ignore_ascii_case(b"content-length") => framing.content_length(value())?,
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                framing.transfer_encoding(value());
            }
            _ => {}
        }
    }
    let version = head.version;
    if head.host.is_none() && version >= Version::Http11 {
        return Err(PeerError::MissingHost);
    }
    if candidates > 1 {
        check_content_types(whole, &head.fields)?;
    }
    head.body_length = framing.body_length(version)?;
    head.keep_alive = persistence.keeps_alive(version);
    head.upgrade = persistence.upgrades(version);
    // Without a body there is nothing to wait for.
    head.expects_continue =
        persistence.expects_continue(version)? && head.body_length != BodyLength::None;
    Ok(())
}

/// Refuses `Content-Type` fields that differ: one reader would take the first of them, and another
/// the last (RFC 9110 section 8.3).
#[cold]
fn check_content_types(whole: &[u8], fields: &[FieldSpan]) -> Result<(), PeerError> {
    let is_type =
        |field: &&FieldSpan| field.name.of_bytes(whole).eq_ignore_ascii_case(b"content-type");
    let mut values = fields.iter().filter(is_type).map(|field| field.value.of_bytes(whole));
    let first = values.next();
    let is_same = values.all(|value| Some(value) == first);
    if is_same { Ok(()) } else { Err(PeerError::ConflictingContentType) }
}
