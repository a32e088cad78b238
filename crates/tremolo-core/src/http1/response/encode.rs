//! Encodes the head of a response (RFC 9112 sections 4 and 5).
//!
//! The order is fixed: status line, fields of the application, fields of the server. Slices are
//! copied without `fmt`, which is slower. All values were validated when they were set.

use bytes::BufMut;
use tremolo_config::Config;

use super::framing::Framing;
use super::head::{DEFAULT_CONTENT_TYPE, ResponseHead};
use crate::clock::Now;
use crate::http1::request::Version;

/// Values of the encoder in addition to status and fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope<'a> {
    pub version: Version,
    pub announced: Framing,
    /// Whether the connection persists after this response.
    pub persist: bool,
    /// The prepared `Server` field line; empty for none.
    pub server_line: &'a [u8],
    /// The prepared `Strict-Transport-Security` field line; empty for none.
    pub hsts_line: &'a [u8],
}

pub(crate) fn encode_head(out: &mut Vec<u8>, head: &ResponseHead, with: Envelope<'_>, now: &Now) {
    // RFC 9110 section 2.5 defines the version as that of the server. The original Tremolo answers
    // HTTP/1.0 with HTTP/1.0, and old clients expect that.
    encode_status_line(out, with.version, head);
    let (mut has_date, mut has_server) = (false, false);
    for (name, value) in head.fields().iter() {
        push_field(out, name, value);
        has_date |= name.eq_ignore_ascii_case(b"date");
        has_server |= name.eq_ignore_ascii_case(b"server");
    }
    // A message without content has no `Content-Type` (RFC 9110 section 8.3).
    if with.announced != Framing::None {
        match head.content_type() {
            Some(value) if value == DEFAULT_CONTENT_TYPE.as_bytes() => {
                out.extend_from_slice(b"Content-Type: text/html; charset=utf-8\r\n");
            }
            Some(value) => {
                out.extend_from_slice(b"Content-Type: ");
                out.extend_from_slice(value);
                out.extend_from_slice(b"\r\n");
            }
            None => {}
        }
    }
    match with.announced {
        Framing::Length(length) => {
            out.extend_from_slice(b"Content-Length: ");
            out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        Framing::Chunked => {
            out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
            push_trailer_names(out, head);
        }
        Framing::None | Framing::UntilClose => {}
    }
    out.extend_from_slice(match with.persist {
        true => b"Connection: keep-alive\r\n",
        false => b"Connection: close\r\n",
    });
    if !has_date {
        out.extend_from_slice(now.date.field_line());
    }
    if !has_server {
        out.extend_from_slice(with.server_line);
    }
    if !with.hsts_line.is_empty() && head.fields().get(HSTS.as_bytes()).is_none() {
        out.extend_from_slice(with.hsts_line);
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes the `Trailer` field with the trailer fields that are already set, unless the application
/// set `Trailer` itself (RFC 9110 section 6.6.2).
fn push_trailer_names(out: &mut Vec<u8>, head: &ResponseHead) {
    if !head.has_trailers() || head.fields().get(b"trailer").is_some() {
        return;
    }
    for (at, (name, _)) in head.trailers().enumerate() {
        if !head.trailers().take(at).any(|(before, _)| before.eq_ignore_ascii_case(name)) {
            out.extend_from_slice(if at == 0 { b"Trailer: " } else { b", " });
            out.extend_from_slice(name);
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes one field line (RFC 9112 section 5).
pub(crate) fn push_field(out: &mut impl BufMut, name: &[u8], value: &[u8]) {
    for part in [name, b": ", value, b"\r\n"] {
        out.put_slice(part);
    }
}

/// The `Server` field line for `Config::server_name`; empty if the name is empty.
pub(crate) fn server_line(name: &str) -> Box<[u8]> {
    if name.is_empty() { Box::default() } else { format!("Server: {name}\r\n").into_bytes().into() }
}

/// The field line for `Config::hsts_max_age` (RFC 6797 section 6.1); empty if it is 0, and without
/// TLS, where clients ignore the field (section 8.1).
pub(crate) fn hsts_line(config: &Config) -> Box<[u8]> {
    let seconds = config.hsts_max_age.as_secs();
    if seconds == 0 || !config.is_tls() {
        return Box::default();
    }
    let subdomains = if config.hsts_subdomains { "; includeSubDomains" } else { "" };
    format!("{HSTS}: max-age={seconds}{subdomains}\r\n").into_bytes().into()
}

const HSTS: &str = "Strict-Transport-Security";

fn encode_status_line(out: &mut Vec<u8>, version: Version, head: &ResponseHead) {
    if head.is_usual_ok() {
        out.extend_from_slice(match version {
            Version::Http10 => b"HTTP/1.0 200 OK\r\n",
            Version::Http11 => b"HTTP/1.1 200 OK\r\n",
        });
        return;
    }
    out.extend_from_slice(match version {
        Version::Http10 => b"HTTP/1.0 ",
        Version::Http11 => b"HTTP/1.1 ",
    });
    out.extend_from_slice(head.status().as_str().as_bytes());
    // The space is required even if the reason is empty (RFC 9112 section 4).
    out.extend_from_slice(b" ");
    out.extend_from_slice(head.reason());
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn encoded(head: &ResponseHead, announced: Framing, server: &str) -> String {
        encoded_with(head, announced, server, Duration::ZERO)
    }

    fn encoded_with(
        head: &ResponseHead,
        announced: Framing,
        server: &str,
        hsts_max_age: Duration,
    ) -> String {
        let (version, persist) = (Version::Http11, true);
        let server_line = server_line(server);
        let tls_cert = "cert.pem".to_owned();
        let hsts_line = hsts_line(&Config { tls_cert, hsts_max_age, ..Config::default() });
        let (server_line, hsts_line) = (&server_line, &hsts_line);
        let with = Envelope { version, announced, persist, server_line, hsts_line };
        let mut out = Vec::new();
        let mut clock = crate::clock::Clock::default();
        let wall = std::time::UNIX_EPOCH + Duration::from_secs(784_111_777);
        encode_head(&mut out, head, with, &clock.now(crate::testing::start(), || wall));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_the_fields_in_a_fixed_order() {
        let mut head = ResponseHead::default();
        head.set_status_with_reason(418, b"I'm a teapot").unwrap();
        head.set(b"X-Foo", b"bar").unwrap();
        let expected = "HTTP/1.1 418 I'm a teapot\r\nX-Foo: bar\r\n\
            Content-Type: text/html; charset=utf-8\r\nContent-Length: 18446744073709551615\r\n\
            Connection: keep-alive\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
            Server: Tremolo\r\n\r\n";
        assert_eq!(encoded(&head, Framing::Length(u64::MAX), "Tremolo"), expected);
    }

    #[test]
    fn omits_date_and_server_if_the_application_sets_them() {
        let mut head = ResponseHead::default();
        head.set(b"date", b"today").unwrap();
        head.set(b"SERVER", b"mine").unwrap();
        let expected = "HTTP/1.1 200 OK\r\ndate: today\r\nSERVER: mine\r\n\
            Content-Type: text/html; charset=utf-8\r\nContent-Length: 0\r\n\
            Connection: keep-alive\r\n\r\n";
        assert_eq!(encoded(&head, Framing::Length(0), "Tremolo"), expected);
    }

    /// RFC 6797 sections 6.1 and 7.2.
    #[test]
    fn browsers_are_told_to_encrypt_unless_the_application_tells_them_otherwise() {
        let mut head = ResponseHead::default();
        let day = Duration::from_secs(86_400);
        let with = |head: &ResponseHead| encoded_with(head, Framing::Length(0), "", day);
        assert!(with(&head).contains("\r\nStrict-Transport-Security: max-age=86400\r\n"));
        head.set(b"strict-transport-security", b"max-age=0").unwrap();
        assert!(!with(&head).contains("86400"));
        let config = Config { hsts_max_age: day, hsts_subdomains: true, ..Config::default() };
        assert_eq!(*hsts_line(&config), []);
        let line = hsts_line(&Config { tls_cert: "a".to_owned(), ..config });
        assert!(line.ends_with(b": max-age=86400; includeSubDomains\r\n"));
    }

    #[test]
    fn an_empty_server_name_sends_no_server_field() {
        assert!(!encoded(&ResponseHead::default(), Framing::Chunked, "").contains("Server"));
    }
}
