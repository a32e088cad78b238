//! The request target: which of its four forms it has, and the authority that it may name.
//!
//! Works on the bytes of the target alone; offsets are relative to the head (RFC 9112 section 3.2,
//! RFC 9110 sections 4.2 and 7.2, RFC 3986 section 3.2).

use std::net::Ipv6Addr;

use http::Method;
use memchr::{memchr, memchr2};

use crate::PeerError;
use crate::http1::fields::Span;
use crate::http1::grammar::all;

/// Where in the head the parts of a target are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Path and query, `*`, or the authority of a `CONNECT`.
    pub(super) url: Span,
    /// Where the path of `url` ends: at its `?`, or where `url` ends.
    pub(super) path_end: u32,
    /// The authority, if the target names one.
    pub(super) authority: Option<Span>,
    /// Whether it has neither percent signs nor bytes outside of ASCII.
    pub(super) is_plain: bool,
    /// What an absolute-form target without a path is served as: see [`Target::add_path`].
    missing_path: Option<u8>,
}

impl Target {
    /// Splits a target that begins at offset `start` of the head.
    pub(super) fn parse(method: &Method, target: &[u8], start: usize) -> Result<Self, PeerError> {
        let (is_plain, path) = check_bytes(target)?;
        let whole = Span::new(start, start + target.len());
        let served_whole =
            Self { url: whole, path_end: whole.end, authority: None, is_plain, missing_path: None };
        if method == Method::CONNECT {
            return match split_authority(target) {
                // RFC 9110 section 9.3.6: the port is not optional here.
                Some((_, Some([_, ..]))) => Ok(Self { authority: Some(whole), ..served_whole }),
                _ => Err(PeerError::InvalidTarget),
            };
        }
        match target {
            [b'/', ..] => Ok(Self { path_end: Span::new(start, start + path).end, ..served_whole }),
            b"*" if method == Method::OPTIONS => Ok(served_whole),
            _ => Ok(Self { is_plain, ..Self::absolute(method, target, start)? }),
        }
    }

    fn absolute(method: &Method, target: &[u8], start: usize) -> Result<Self, PeerError> {
        let scheme = scheme_length(target).ok_or(PeerError::InvalidTarget)?;
        let rest = target.get(scheme..).unwrap_or_default();
        let end = memchr2(b'/', b'?', rest).unwrap_or(rest.len());
        let (authority, url) = rest.split_at_checked(end).ok_or(PeerError::InvalidTarget)?;
        // User information is an error by RFC 9110 section 4.2.4: `@` is in no host.
        split_authority(authority).ok_or(PeerError::InvalidTarget)?;
        let missing_path = match url {
            [b'/', ..] => None,
            // RFC 9112 section 3.2.4: a proxy would forward it as `*`.
            [] if method == Method::OPTIONS => Some(b'*'),
            _ => Some(b'/'),
        };
        let path = memchr(b'?', url).unwrap_or(url.len());
        let authority = Span::new(start + scheme, start + scheme + end);
        let url = Span::new(start + scheme + end, start + target.len());
        let path_end = Span::new(start, url.start as usize + path).end;
        Ok(Self { url, path_end, authority: Some(authority), is_plain: false, missing_path })
    }

    /// Adds the path to an absolute-form target without one: `http://a?b` is `/?b` (RFC 9110
    /// section 4.2.3). The authority moves over the slash before it, which makes room for the path
    /// after it.
    pub(super) fn add_path(&mut self, head: &mut [u8]) {
        let (Some(path), Some(authority)) = (self.missing_path.take(), self.authority) else {
            return;
        };
        let (start, end) = (authority.start as usize - 1, authority.end as usize);
        let Some(room) = head.get_mut(start..end) else { return };
        room.rotate_left(1);
        if let Some(last) = room.last_mut() {
            *last = path;
        }
        self.authority = Some(Span::new(start, end - 1));
        self.url.start -= 1;
    }
}

/// Refuses control characters, SP and `#`; other bytes are left to the application, because clients
/// send raw 8-bit ones. Returns whether there is neither one of those nor a percent sign, and where
/// the first `?` is, or the end.
fn check_bytes(target: &[u8]) -> Result<(bool, usize), PeerError> {
    let mut seen = 0;
    let mut path = target.len();
    for (at, byte) in target.iter().enumerate() {
        let class = CLASSES[usize::from(*byte)];
        // Most bytes have none.
        if class != 0 {
            if class == QUESTION && seen & QUESTION == 0 {
                path = at;
            }
            seen |= class;
        }
    }
    if seen & BAD == 0 {
        return Ok((seen & CODED == 0, path));
    }
    Err(match target.iter().find(|byte| CLASSES[usize::from(**byte)] == BAD) {
        Some(b' ' | b'\t') => PeerError::InvalidRequestLine,
        Some(b'\r' | 0) => PeerError::InvalidLineEnd,
        _ => PeerError::InvalidTarget,
    })
}

/// The first `?` begins the query.
const QUESTION: u8 = 1;
/// A percent sign, or a byte outside of ASCII.
const CODED: u8 = 2;
/// A byte that no target contains.
const BAD: u8 = 4;

const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'?' => QUESTION,
            b'%' | 0x80..=0xff => CODED,
            0..=b' ' | 0x7f | b'#' => BAD,
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// The length of `http://` or `https://`, in any case. An origin server has no other resources.
fn scheme_length(target: &[u8]) -> Option<usize> {
    let starts_with = |scheme: &&str| {
        target.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    ["http://", "https://"].into_iter().find(starts_with).map(str::len)
}

/// Splits `uri-host [ ":" port ]` with a host that is not empty (RFC 3986 section 3.2).
///
/// Of the IP literals only IPv6 addresses are known: no other version was ever defined.
pub(super) fn split_authority(authority: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let digits = authority.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, port) = authority.split_at_checked(authority.len() - digits)?;
    let (host, port) = match before {
        [host @ .., b':'] => (host, Some(port)),
        _ => (authority, None),
    };
    let is_host = match host {
        [b'[', address @ .., b']'] => is_ipv6(address),
        _ => !host.is_empty() && is_reg_name(host),
    };
    is_host.then_some((host, port))
}

#[cold]
fn is_ipv6(address: &[u8]) -> bool {
    std::str::from_utf8(address).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

/// Whether it is `*( unreserved / pct-encoded / sub-delims )` (RFC 3986 section 3.2.2).
fn is_reg_name(text: &[u8]) -> bool {
    all(text, |byte| REG_NAME[usize::from(byte)]) || reg_name_length(text) == Some(text.len())
}

/// How much of the beginning is that; `None` if a percent sign in it encodes nothing.
#[cold]
fn reg_name_length(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        at += rest.iter().position(|byte| !REG_NAME[usize::from(*byte)]).unwrap_or(rest.len());
        match text.get(at..).unwrap_or_default() {
            [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => at += 3,
            [b'%', ..] => return None,
            _ => return Some(at),
        }
    }
}

/// The bytes of a registered name that stand for themselves.
const REG_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0u8;
    while b < 128 {
        table[b as usize] = b.is_ascii_alphanumeric()
            || matches!(b, b'-' | b'.' | b'_' | b'~')
            || matches!(
                b,
                b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
            );
        b += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(method: &str, target: &str) -> Result<(String, Option<String>), PeerError> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut head = format!("{method} {target} HTTP/1.1").into_bytes();
        let mut parsed = Target::parse(&method, target.as_bytes(), method.as_str().len() + 1)?;
        parsed.add_path(&mut head);
        let text = |span: Span| String::from_utf8(span.of_bytes(&head).to_vec()).unwrap();
        let path = Span { end: parsed.path_end, ..parsed.url };
        assert_eq!(text(path), text(parsed.url).split('?').next().unwrap());
        assert_eq!(parsed.is_plain, target.is_ascii() && !target.contains('%'), "{target}");
        Ok((text(parsed.url), parsed.authority.map(text)))
    }

    #[test]
    fn takes_the_four_forms_apart() {
        for (method, target, url, authority) in [
            // RFC 9112 section 3.2.1
            ("GET", "/", "/", None),
            ("GET", "/a/b?c=d?e", "/a/b?c=d?e", None),
            ("GET", "//a/b", "//a/b", None),
            ("GET", "/http://a/", "/http://a/", None),
            ("GET", "/\u{e9}\"<>|^`{}\\", "/\u{e9}\"<>|^`{}\\", None),
            ("GET", "/a%20b?%", "/a%20b?%", None),
            ("GET", "http://a/%7e", "/%7e", Some("a")),
            // Section 3.2.2
            ("GET", "http://a", "/", Some("a")),
            ("GET", "http://a/", "/", Some("a")),
            ("GET", "HTTPS://a.b:8/c?d", "/c?d", Some("a.b:8")),
            ("GET", "http://a?b", "/?b", Some("a")),
            ("GET", "http://abc:?b/c", "/?b/c", Some("abc:")),
            ("GET", "http://[::1]:80/", "/", Some("[::1]:80")),
            ("OPTIONS", "http://a/", "/", Some("a")),
            // Section 3.2.3
            ("CONNECT", "a.b:443", "a.b:443", Some("a.b:443")),
            ("CONNECT", "[::1]:1", "[::1]:1", Some("[::1]:1")),
            // Section 3.2.4
            ("OPTIONS", "*", "*", None),
            ("OPTIONS", "http://a:1", "*", Some("a:1")),
            ("OPTIONS", "http://a?b", "/?b", Some("a")),
        ] {
            let expected = (url.to_owned(), authority.map(str::to_owned));
            assert_eq!(parts(method, target), Ok(expected), "{method} {target}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for (method, target) in [
            ("GET", "*"),
            ("GET", "a"),
            ("GET", "a:80"),
            ("GET", "/#a"),
            ("GET", "/\x7f"),
            ("GET", "/\x01"),
            ("GET", "?a"),
            ("GET", "http:/a"),
            ("GET", "http://"),
            ("GET", "http:///a"),
            ("GET", "http://:80/"),
            ("GET", "http://a:b/"),
            ("GET", "http://u@a/"),
            ("GET", "http://\u{e9}/"),
            ("GET", "http://[::1/"),
            ("GET", "ftp://a/"),
            ("OPTIONS", "**"),
            ("CONNECT", "a"),
            ("CONNECT", "a:"),
            ("CONNECT", ":443"),
            ("CONNECT", "/"),
            ("CONNECT", "http://a/"),
        ] {
            assert_eq!(parts(method, target), Err(PeerError::InvalidTarget), "{method} {target}");
        }
        assert_eq!(parts("GET", "/a b"), Err(PeerError::InvalidRequestLine));
        assert_eq!(parts("GET", "/a\tb"), Err(PeerError::InvalidRequestLine));
        assert_eq!(parts("GET", "/a\rb"), Err(PeerError::InvalidLineEnd));
        assert_eq!(parts("GET", "/a\0b"), Err(PeerError::InvalidLineEnd));
    }

    #[test]
    fn an_authority_is_a_host_and_perhaps_a_port() {
        for good in ["a", "a:", "a:80", "A_b~c.d-1", "%41b", "(a,b)", "[::1]", "[::1]:1", "1.2.3.4"]
        {
            assert!(split_authority(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            "",
            ":",
            ":80",
            "a:b",
            "a:-1",
            "a:1:2",
            "a b",
            "a/b",
            "a@b",
            "a?b",
            "a\\b",
            "%4",
            "%zz",
            "::1",
            "[]",
            "[::1",
            "[::1]a",
            "[::g]",
            "[::1%25a]",
            "[v1.a]",
            "a\u{e9}",
            "<a>",
            "a\"",
        ] {
            assert!(split_authority(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
