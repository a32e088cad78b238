//! One response, parsed in one pass by a strict client (RFC 9112 sections 4 to 7).
//!
//! `httparse` splits the head. Rules about which it is lenient are asserted here, because the
//! engine wrote these bytes.

use tremolo_core::http1::body::Limits;

use super::chunked::{self, Stop};

/// A final response, and the interim responses before it.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) minor_version: u8,
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether the body is complete; a body delimited by the connection is.
    pub(crate) is_complete: bool,
    /// Whether no further response may follow on this connection.
    pub(crate) is_last: bool,
    pub(crate) consumed: usize,
}

impl Response {
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let of_name = move |(n, _): &&(String, Vec<u8>)| n.eq_ignore_ascii_case(name);
        self.fields.iter().filter(of_name).map(|(_, value)| value.as_slice())
    }
}

/// Parses the response at the start of `wire`; `None` if its head is not complete.
///
/// # Panics
///
/// If the response breaks a rule.
pub(crate) fn parse(wire: &[u8], to_head_request: bool) -> Option<Response> {
    let mut response = parse_head(wire)?;
    while (100..200).contains(&response.status) && response.status != 101 {
        for framing in ["content-length", "transfer-encoding"] {
            assert_eq!(response.values(framing).count(), 0, "{framing} in an interim response");
        }
        let before = response.consumed;
        response = parse_head(&wire[before..])?;
        response.consumed += before;
    }
    parse_body(&mut response, wire, to_head_request);
    Some(response)
}

fn parse_head(wire: &[u8]) -> Option<Response> {
    let end = memchr::memmem::find(wire, b"\r\n\r\n")? + 4;
    let head = &wire[..end];
    for line in head[..end - 4].split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(line.iter().all(|b| chunked::is_text(*b)), "a control character in a head");
    }
    let mut room = vec![httparse::EMPTY_HEADER; 256];
    let mut parsed = httparse::Response::new(&mut room);
    let status = parsed.parse(head).expect("httparse accepts the head");
    assert_eq!(status, httparse::Status::Complete(end));
    Some(Response {
        status: parsed.code.expect("a status line has a status"),
        reason: parsed.reason.unwrap_or_default().to_owned(),
        minor_version: parsed.version.expect("a status line has a version"),
        fields: parsed.headers.iter().map(|f| (f.name.to_owned(), f.value.to_vec())).collect(),
        body: Vec::new(),
        trailers: Vec::new(),
        is_complete: true,
        is_last: false,
        consumed: end,
    })
}

/// RFC 9112 section 6.3, from the first applicable rule.
fn parse_body(response: &mut Response, wire: &[u8], to_head_request: bool) {
    let lengths: Vec<_> = response.values("content-length").map(<[u8]>::to_vec).collect();
    let codings: Vec<_> = response.values("transfer-encoding").map(<[u8]>::to_vec).collect();
    let options = response.values("connection").collect::<Vec<_>>().join(&b","[..]);
    response.is_last = options == b"close";
    assert!(lengths.len() <= 1 && codings.len() <= 1, "framing fields come once");
    assert!(lengths.is_empty() || codings.is_empty(), "both kinds of framing");
    assert!(codings.is_empty() || (codings[0] == b"chunked" && response.minor_version == 1));
    if response.status == 204 {
        assert!(lengths.is_empty() && codings.is_empty(), "framing in a 204");
    }
    if to_head_request || matches!(response.status, 101 | 204 | 304) {
        return;
    }
    let rest = &wire[response.consumed..];
    if !codings.is_empty() {
        let limits = Limits { body_size: u64::MAX, trailer_size: 1 << 20, trailer_fields: 256 };
        let (body, outcome) = chunked::decode(rest, &limits);
        assert!(matches!(outcome, Ok(()) | Err(Stop::Starved)), "{outcome:?}");
        response.is_complete = outcome.is_ok();
        response.consumed += body.consumed;
        (response.body, response.trailers) = (body.payload, body.trailers);
    } else if let Some(length) = lengths.first() {
        let length: u64 =
            std::str::from_utf8(length).ok().and_then(|l| l.parse().ok()).expect("a number");
        let there = rest.len().min(usize::try_from(length).unwrap_or(usize::MAX));
        response.is_complete = there as u64 == length;
        response.body = rest[..there].to_vec();
        response.consumed += there;
    } else {
        assert!(response.is_last, "a body without length on a connection that stays");
        response.body = rest.to_vec();
        response.consumed = wire.len();
    }
}
