//! The identifier of a request, with which the lines of several programs' logs can be put together:
//! the field `X-Request-Id`.

use std::fmt::Write as _;
use std::net::IpAddr;

use crate::http1::fields::Fields;
use tremolo_config::TrustedProxies;

/// The field of the identifier.
pub const REQUEST_ID: &str = "X-Request-Id";

/// The identifier that a trusted peer has sent: 1 to 128 letters, digits, `-`, `_`, `.`, `=`, `+` or
/// `/`. `peer` is `None` for a Unix socket.
///
/// Any client can send the field. One that chooses the identifiers can hide its requests behind
/// those of others, so that it is read from proxies only.
#[must_use]
pub fn given_request_id<'a>(
    fields: Fields<'a>,
    peer: Option<IpAddr>,
    trusted: &TrustedProxies,
) -> Option<&'a str> {
    if !trusted.contains(peer.map(|ip| ip.to_canonical())) {
        return None;
    }
    let id = std::str::from_utf8(fields.get(REQUEST_ID)?).ok()?;
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=+/".contains(&byte);
    ((1..=LONGEST).contains(&id.len()) && id.bytes().all(is_sound)).then_some(id)
}

/// A new identifier of these bytes, which no other request has.
#[must_use]
pub fn new_request_id(bytes: &[u8]) -> String {
    let mut id = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing into a string does not fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// Bytes of an identifier.
const LONGEST: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http1::request::{HeadParser, RequestHead};
    use tremolo_config::Config;

    /// A request with this field, if there is one.
    fn head_with(id: Option<&str>) -> RequestHead {
        let field = id.map(|id| format!("X-REQUEST-ID: {id}\r\n")).unwrap_or_default();
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n");
        let (mut input, mut head) = (request.as_bytes().into(), RequestHead::default());
        HeadParser::default().parse(&mut input, &Config::default(), &mut head).unwrap();
        head
    }

    #[test]
    fn sound_identifiers_of_trusted_peers_are_taken() {
        let (longest, longer) = ("x".repeat(128), "x".repeat(129));
        let (local, other) = (Some([127, 0, 0, 1].into()), Some([192, 0, 2, 1].into()));
        for (peer, value, is_taken) in [
            (local, "a-1", true),
            (local, "Az09-_.=+/", true),
            (local, &*longest, true),
            (None, "a-1", true),
            (other, "a-1", false),
            (local, "", false),
            (local, &*longer, false),
            (local, "a b", false),
            (local, "a\"b", false),
            (local, "a;b", false),
            (local, "\u{fc}", false),
        ] {
            let head = head_with(Some(value));
            let id = given_request_id(head.fields(), peer, &TrustedProxies::default());
            assert_eq!(id, is_taken.then_some(value), "{peer:?} {value}");
        }
        let none = head_with(None);
        assert_eq!(given_request_id(none.fields(), local, &TrustedProxies::default()), None);
    }

    #[test]
    fn a_new_one_has_two_digits_for_each_byte() {
        assert_eq!(new_request_id(&[0, 255, 16]), "00ff10");
    }
}
