//! Parsers for parts of forwarding fields: lists, elements, nodes and hosts (RFC 7239 sections 4
//! and 6).
//!
//! Lists are parsed from the right, because the left part may come from a client: an open quote
//! there must not hide what a proxy added. An element with a backslash in a quoted string is
//! malformed; no address and no host needs one.
use std::iter;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::scheme::Scheme;

/// One element of `Forwarded`. Unused parameters are not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element<'a> {
    /// The address in `for`; `None` if it is not an address.
    pub(super) node: Option<IpAddr>,
    /// `proto`; `None` for an unknown scheme.
    pub(super) scheme: Option<Scheme>,
    /// `host`; `None` if it is not a host.
    pub(super) host: Option<&'a str>,
}

impl<'a> Element<'a> {
    /// `None` if the element violates the grammar or repeats a parameter (section 4).
    pub(super) fn parse(element: &'a [u8]) -> Option<Self> {
        let [mut node_value, mut scheme_value, mut host_value] = [None; 3];
        for pair in rsplit_unquoted(element, b';') {
            let (name, value) = pair.split_at_checked(memchr::memchr(b'=', pair)?)?;
            let value = unquoted(value.get(1..)?)?;
            let slot = match name {
                name if name.eq_ignore_ascii_case(b"for") => &mut node_value,
                name if name.eq_ignore_ascii_case(b"proto") => &mut scheme_value,
                name if name.eq_ignore_ascii_case(b"host") => &mut host_value,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return None;
            }
        }
        Some(Self {
            node: node_value.and_then(node),
            scheme: scheme_value.and_then(Scheme::parse),
            host: host_value.and_then(host),
        })
    }
}

/// The items of a list from right to left, without surrounding white space and without empty items
/// (RFC 9110 section 5.6.1). A separator inside quotes does not separate.
pub(super) fn rsplit_unquoted(list: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(list);
    iter::from_fn(move || {
        let list = rest?;
        let mut is_quoted = false;
        let cut = list.iter().rposition(|&b| {
            is_quoted ^= b == b'"';
            b == separator && !is_quoted
        });
        rest = cut.and_then(|cut| list.get(..cut));
        list.get(cut.map_or(0, |cut| cut + 1)..)
    })
    .map(<[u8]>::trim_ascii)
    .filter(|item| !item.is_empty())
}

/// Removes the quotes of a value. A value without quotes may contain more characters than a token,
/// because many proxies do not quote ports.
fn unquoted(value: &[u8]) -> Option<&[u8]> {
    let value = match value.strip_prefix(b"\"") {
        Some(value) => value.strip_suffix(b"\"")?,
        None => value,
    };
    memchr::memchr2(b'"', b'\\', value).is_none().then_some(value)
}

/// The address of a node, with or without port (section 6); brackets are optional. `None` for
/// anything else, such as `unknown` and obfuscated identifiers, which begin with `_`.
pub(super) fn node(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?;
    let ip = text.parse().ok().or_else(|| {
        let (address, port) = split_port(text);
        let is_port_char = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        let is_port = port.strip_prefix(':').is_some_and(|port| port.bytes().all(is_port_char));
        (port.is_empty() || is_port).then_some(())?;
        match bracketed(address) {
            Some(ip) => Some(ip.into()),
            None => address.parse::<Ipv4Addr>().ok().map(IpAddr::from),
        }
    })?;
    Some(ip.to_canonical())
}

/// Parses `uri-host [ ":" port ]` (RFC 9110 section 7.2); only the characters of host names are
/// accepted.
pub(super) fn host(text: &[u8]) -> Option<&str> {
    split_host(text)?;
    str::from_utf8(text).ok()
}

/// The name or the address of `uri-host [ ":" port ]`, and the port with its colon.
pub(crate) fn split_host(text: &[u8]) -> Option<(&str, &str)> {
    let text = str::from_utf8(text).ok()?;
    let (name, port) = split_port(text);
    let is_name_char = |b: u8| b.is_ascii_alphanumeric() || b"-._~%".contains(&b);
    let is_name = !name.is_empty() && name.bytes().all(is_name_char);
    let digits = if port.is_empty() { port } else { port.strip_prefix(':')? };
    let is_port = digits.bytes().all(|b| b.is_ascii_digit());
    ((is_name || bracketed(name).is_some()) && is_port).then_some((name, port))
}

fn bracketed(address: &str) -> Option<Ipv6Addr> {
    address.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// Splits after the bracket, or at the first colon. The port keeps its colon.
fn split_port(text: &str) -> (&str, &str) {
    let end = text.find(']').map(|bracket| bracket + 1).or_else(|| text.find(':'));
    text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn items(list: &[u8]) -> Vec<&[u8]> {
        rsplit_unquoted(list, b',').collect()
    }

    #[test]
    fn lists_are_split_from_the_right() {
        assert_eq!(items(b"a, b ,\tc"), [b"c", b"b", b"a"]);
        assert_eq!(items(b",, a,,"), [b"a"]);
        assert_eq!(items(b"a=\"1,2\",b"), [&b"b"[..], b"a=\"1,2\""]);
        assert_eq!(items(b"\"open, b"), [&b"b"[..], b"\"open"]);
        assert!(items(b"").is_empty());
    }

    #[test]
    fn elements_follow_the_grammar() {
        let all =
            Element::parse(b"For=\"[2001:db8::1]:47\"; by=_x;PROTO=https;host=\"a.example:80\"");
        let node = "2001:db8::1".parse().ok();
        let (scheme, host) = (Some(Scheme::Https), Some("a.example:80"));
        assert_eq!(all, Some(Element { node, scheme, host }));
        for element in ["for", "for=\"1.1.1.1", "for=1.1.1.1\"", "for=1.1.1.1;for=2.2.2.2"] {
            assert_eq!(Element::parse(element.as_bytes()), None, "{element}");
        }
        for element in ["host=\"a\\b\"", "proto=http;=;Proto=http", "x=\"", "x"] {
            assert_eq!(Element::parse(element.as_bytes()), None, "{element}");
        }
        let nothing = Some(Element { node: None, scheme: None, host: None });
        for element in ["for=unknown", "for=_hidden;proto=gopher", "host=\"a b\"", "secret=x", ";"]
        {
            assert_eq!(Element::parse(element.as_bytes()), nothing, "{element}");
        }
    }

    #[test]
    fn nodes_are_addresses_with_or_without_port() {
        for (text, ip) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:80", "192.0.2.1"),
            ("192.0.2.1:_p.o-rt", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ] {
            assert_eq!(node(text.as_bytes()), ip.parse().ok(), "{text}");
        }
        for text in ["", ":", "unknown", "_a", "1.2.3", "01.2.3.4", "[::1", "::1]", "[1.2.3.4]"] {
            assert_eq!(node(text.as_bytes()), None, "{text}");
        }
        for text in ["1.2.3.4:8 0", "[::1]x", "[::1]:\"", "fe80::1%eth0", "a.example", "1.2.3.4/8"]
        {
            assert_eq!(node(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn hosts_are_names_or_addresses_with_or_without_port() {
        for text in
            ["a", "a.example", "A-1.example.:8080", "127.0.0.1:80", "[::1]", "[::1]:8", "a:"]
        {
            assert_eq!(host(text.as_bytes()), Some(text));
        }
        for text in [
            "", ":80", "a b", "a@b", "a/b", "a:b", "a:1:2", "::1", "[::1", "[a]", "ä", "<a>",
            "[::1]x", "[::1]8",
        ] {
            assert_eq!(host(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn accepts_any_bytes(text: Vec<u8>) {
            let _ = (Element::parse(&text), node(&text), host(&text));
        }

        #[test]
        fn an_item_that_a_proxy_appends_is_found_after_any_text(left in "[ -~]*") {
            let value = format!("{left}, for=192.0.2.1;proto=http");
            prop_assert_eq!(items(value.as_bytes())[0], b"for=192.0.2.1;proto=http");
        }
    }
}
