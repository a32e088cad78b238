//! Request heads: the request line, the fields, and what follows from them (RFC 9112 sections 2–6).
//!
//! A [`RequestHead`] is the bytes that arrived, with offsets and decisions: nothing is taken apart. It
//! is filled by [`HeadParser`], only with heads that are valid.

mod field_lines;
mod framing;
mod parse;
mod persistence;
mod rewritten;
mod target;

use std::borrow::Cow;
use std::fmt;

use http::Method;
use percent_encoding::percent_decode;

pub use self::parse::HeadParser;
use super::fields::{FieldSpan, Fields, Span};

/// The version a request is served as (RFC 9112 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1, and every higher minor version (RFC 9110 section 2.5).
    Http11,
}

/// How long the body of a request is (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyLength {
    /// No body: neither `Content-Length` nor `Transfer-Encoding`, or `Content-Length: 0`.
    None,
    /// So many bytes, at least one.
    Length(u64),
    /// As many as the chunks contain.
    Chunked,
}

/// The head of a request.
///
/// It is meant to be reused: [`HeadParser::parse`] fills it again without allocating. The default
/// is `GET / HTTP/1.1` without fields.
///
/// ```
/// use bytes::BytesMut;
/// use tremolo_core::Config;
/// use tremolo_core::http1::request::{BodyLength, HeadParser, RequestHead};
///
/// let mut input = BytesMut::from("POST /a?b HTTP/1.1\r\nHost: c\r\nContent-Length: 2\r\n\r\nhi");
/// let mut head = RequestHead::default();
/// assert!(HeadParser::default().parse(&mut input, &Config::default(), &mut head)?);
///
/// assert_eq!(head.method(), "POST");
/// assert_eq!(head.path(), b"/a");
/// assert_eq!(head.query(), Some(&b"b"[..]));
/// assert_eq!(head.body_length(), BodyLength::Length(2));
/// assert_eq!(input, "hi");
/// # Ok::<(), tremolo_core::PeerError>(())
/// ```
#[derive(Clone)]
pub struct RequestHead {
    /// Its own copy: a handler that keeps a head keeps no receive buffer.
    raw: Vec<u8>,
    method: Method,
    url: Span,
    path_end: u32,
    host: Option<Span>,
    fields: Vec<FieldSpan>,
    version: Version,
    body_length: BodyLength,
    keep_alive: bool,
    expects_continue: bool,
    upgrade: bool,
    is_plain_target: bool,
}

impl Default for RequestHead {
    fn default() -> Self {
        Self {
            raw: b"/".to_vec(),
            method: Method::GET,
            url: Span { start: 0, end: 1 },
            path_end: 1,
            host: None,
            fields: Vec::new(),
            version: Version::Http11,
            body_length: BodyLength::None,
            keep_alive: true,
            expects_continue: false,
            upgrade: false,
            is_plain_target: true,
        }
    }
}

impl RequestHead {
    /// Returns to the default, but keeps the memory.
    pub fn clear(&mut self) {
        let (mut raw, mut fields) =
            (std::mem::take(&mut self.raw), std::mem::take(&mut self.fields));
        raw.clear();
        raw.push(b'/');
        fields.clear();
        *self = Self { raw, fields, ..Self::default() };
    }

    /// Bytes of memory.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.raw.capacity() + self.fields.capacity() * size_of::<FieldSpan>()
    }

    /// Changes the method, for a request of which nothing else is known.
    pub(crate) fn set_method(&mut self, method: Method) {
        self.method = method;
    }

    /// The method; any token is one (RFC 9110 section 9.1).
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The version to serve.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Path and query, undecoded. An absolute-form target is given without scheme and authority;
    /// `OPTIONS *` gives `*` and `CONNECT` the authority (RFC 9112 section 3.2).
    #[must_use]
    pub fn url(&self) -> &[u8] {
        self.url.of_bytes(&self.raw)
    }

    /// Whether the target has neither percent signs nor bytes outside of ASCII, so that there is
    /// nothing in it to decode or to normalise.
    pub(crate) fn is_plain_target(&self) -> bool {
        self.is_plain_target
    }

    /// What precedes the `?` of [`url`](Self::url), undecoded.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        Span { end: self.path_end, ..self.url }.of_bytes(&self.raw)
    }

    /// The path with its percent-encoded bytes decoded (RFC 3986 section 2.1). What is not UTF-8 then
    /// is replaced by U+FFFD.
    #[must_use]
    pub fn decoded_path(&self) -> Cow<'_, str> {
        if self.is_plain_target {
            return String::from_utf8_lossy(self.path());
        }
        percent_decode(self.path()).decode_utf8_lossy()
    }

    /// What follows the `?` of [`url`](Self::url), undecoded; `None` if there is no `?`.
    #[must_use]
    pub fn query(&self) -> Option<&[u8]> {
        (self.path_end < self.url.end)
            .then(|| Span { start: self.path_end + 1, ..self.url }.of_bytes(&self.raw))
    }

    /// Host and port as sent: from the target if it names them, which overrides `Host` (RFC 9112
    /// section 3.2.2), else from `Host`. `None` happens with HTTP/1.0 only; `Host` may be empty.
    #[must_use]
    pub fn host(&self) -> Option<&[u8]> {
        self.host.map(|host| host.of_bytes(&self.raw))
    }

    /// All fields, as they were sent.
    #[must_use]
    pub fn fields(&self) -> Fields<'_> {
        Fields::new(&self.raw, &self.fields)
    }

    /// The framing of the body.
    #[must_use]
    pub fn body_length(&self) -> BodyLength {
        self.body_length
    }

    /// Whether the client lets the connection persist (RFC 9112 section 9.3). A request for a
    /// WebSocket does not, because a proxy may take what follows for frames.
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// Whether the client waits for `100 Continue` before it sends the body. Never true without a
    /// body, nor for HTTP/1.0 (RFC 9110 section 10.1.1).
    #[must_use]
    pub fn expects_continue(&self) -> bool {
        self.expects_continue
    }

    /// The protocols that the client offers to switch to, in its order of preference. Empty unless
    /// `Connection` lists `upgrade`, and for HTTP/1.0 (RFC 9110 section 7.8).
    pub fn upgrade(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.fields().list("upgrade").take(if self.upgrade { usize::MAX } else { 0 })
    }
}

impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("url", &self.url().escape_ascii().to_string())
            .field("version", &self.version)
            .field("body_length", &self.body_length)
            .field("fields", &self.fields())
            .finish_non_exhaustive()
    }
}
