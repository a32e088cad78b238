//! The opening handshake: RFC 6455 sections 4 and 9.1, RFC 7692 section 7.1.

use bytes::BytesMut;
use tremolo_config::Config;

use crate::http1::request::{HeadParser, RequestHead};
use crate::websocket::{Handshake, Options, Refusal};

const FIELDS: [&str; 5] = [
    "Host: a",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
];

fn head(line: &str, fields: &[&str]) -> RequestHead {
    let mut head = RequestHead::default();
    let text = format!("{line}\r\n{}\r\n\r\n", fields.join("\r\n"));
    let mut input = BytesMut::from(text.as_str());
    assert!(HeadParser::default().parse(&mut input, &Config::default(), &mut head).unwrap());
    head
}

fn read(line: &str, fields: &[&str]) -> Result<Handshake, Refusal> {
    Handshake::read(&head(line, fields), &Options::new(&Config::default()), "")
}

/// The usual request with other fields in place of those with the same names, or added to them.
fn with(changed: &[&str]) -> Result<Handshake, Refusal> {
    let name = |field: &&str| field.split(':').next().map(str::to_owned);
    let is_kept = |field: &&&str| changed.iter().all(|other| name(other) != name(field));
    let fields: Vec<&str> = FIELDS.iter().filter(is_kept).chain(changed).copied().collect();
    read("GET / HTTP/1.1", &fields)
}

#[test]
fn the_example_of_the_rfc_is_accepted() {
    // Section 1.3.
    let handshake = read("GET /chat HTTP/1.1", &FIELDS).unwrap();
    let mut fields = Vec::new();
    handshake.response_fields(None, |name, value| fields.push(format!("{name}: {value}")));
    assert_eq!(fields, ["Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]);
}

#[test]
fn requests_of_all_spellings_are_accepted() {
    for changed in [
        &["Upgrade: WebSocket"][..],
        &["Upgrade: h2c, websocket"],
        &["Connection: keep-alive, Upgrade"],
        &["Origin: https://example.com"],
        &["Sec-WebSocket-Protocol: a, b"],
        // Bits that belong to no byte.
        &["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR=="],
        &["Sec-WebSocket-Extensions: x-unknown; a=1; b=\"c\", other"],
    ] {
        assert!(with(changed).is_ok(), "{changed:?}");
    }
}

/// Section 4.2.1 and 4.2.2, and section 4.4 for versions.
#[test]
fn other_requests_are_refused() {
    let (version, key) =
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    for (changed, refusal, status) in [
        (&["Upgrade: h2c"][..], Refusal::NotAnUpgrade, 426),
        (&["Connection: keep-alive"], Refusal::NotAnUpgrade, 426),
        (&["Content-Length: 1"], Refusal::HasBody, 400),
        (&["Sec-WebSocket-Version: 8"], Refusal::UnsupportedVersion, 426),
        (&["Sec-WebSocket-Version: 013"], Refusal::UnsupportedVersion, 426),
        (&[version, version], Refusal::UnsupportedVersion, 426),
        (&[key, key], Refusal::InvalidKey, 400),
        (&["Sec-WebSocket-Key:"], Refusal::InvalidKey, 400),
        (&["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"], Refusal::InvalidKey, 400),
        (&["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j"], Refusal::InvalidKey, 400),
        (&["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWU="], Refusal::InvalidKey, 400),
        (&["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!Q=="], Refusal::InvalidKey, 400),
        (&["Sec-WebSocket-Protocol: a b"], Refusal::InvalidSubprotocol, 400),
        (&["Sec-WebSocket-Extensions: a b"], Refusal::InvalidExtensions, 400),
        (&["Sec-WebSocket-Extensions: a;"], Refusal::InvalidExtensions, 400),
        (&["Sec-WebSocket-Extensions: a; b=\"c d\""], Refusal::InvalidExtensions, 400),
        (&["Sec-WebSocket-Extensions: a; b="], Refusal::InvalidExtensions, 400),
    ] {
        assert_eq!(with(changed), Err(refusal), "{changed:?}");
        assert_eq!(refusal.status(), status, "{changed:?}");
        let has_version = refusal.fields().contains(&("Sec-WebSocket-Version", "13"));
        assert_eq!(has_version, status == 426, "{changed:?}");
    }
    assert_eq!(read("POST / HTTP/1.1", &FIELDS), Err(Refusal::InvalidMethod));
    assert_eq!(read("GET / HTTP/1.0", &FIELDS), Err(Refusal::NotAnUpgrade));
    assert_eq!(read("GET / HTTP/1.1", &FIELDS[..1]), Err(Refusal::NotAnUpgrade));
    assert_eq!(read("GET / HTTP/1.1", &FIELDS[..3]), Err(Refusal::UnsupportedVersion));
    let without_key = [FIELDS[0], FIELDS[1], FIELDS[2], FIELDS[4]];
    assert_eq!(read("GET / HTTP/1.1", &without_key), Err(Refusal::InvalidKey));
}

/// Section 11.3.4: the order is the client's preference, and the server chooses one of them.
#[test]
fn subprotocols_are_in_the_order_of_the_client() {
    let handshake = with(&["Sec-WebSocket-Protocol: b, A", "Sec-WebSocket-Protocol: c"]).unwrap();
    assert!(handshake.subprotocols().eq(["b", "A", "c"]));
    let chosen = |subprotocol| {
        let mut chosen = None;
        handshake.response_fields(subprotocol, |name, value| {
            if name == "Sec-WebSocket-Protocol" {
                chosen = Some(value.to_owned());
            }
        });
        chosen
    };
    assert_eq!(chosen(Some("c")).as_deref(), Some("c"));
    assert_eq!((chosen(Some("a")), chosen(Some("x")), chosen(None)), (None, None, None));
}

/// Section 10.2.
#[test]
fn only_allowed_origins_are_accepted() {
    let options = Options::new(&Config::default());
    for (origins, allowed, expected) in [
        (&["Origin: https://evil.example"][..], "", true),
        (&["Origin: https://a.example"], "https://a.example, https://b.example:8443", true),
        (&["Origin: HTTPS://B.example:8443"], "https://a.example, https://b.example:8443", true),
        (&["Origin: http://a.example"], "https://a.example", false),
        (&["Origin: https://a.example.evil.example"], "https://a.example", false),
        (&["Origin: null"], "https://a.example", false),
        (&["Origin:"], "https://a.example,", false),
        (
            &["Origin: https://a.example", "Origin: https://evil.example"],
            "https://a.example",
            false,
        ),
        (&[], "https://a.example", true),
    ] {
        let head = head("GET / HTTP/1.1", &[&FIELDS[..], origins].concat());
        let read = Handshake::read(&head, &options, allowed);
        assert_eq!(read.is_ok(), expected, "{origins:?} {allowed}");
        if let Err(refusal) = read {
            assert_eq!((refusal, refusal.status().as_u16()), (Refusal::ForbiddenOrigin, 403));
        }
    }
}

/// What is answered to offers; empty if all are declined.
fn negotiated(offers: &[&str], takeover: bool) -> String {
    let offers: Vec<String> =
        offers.iter().map(|offer| format!("Sec-WebSocket-Extensions: {offer}")).collect();
    let offers: Vec<&str> = offers.iter().map(String::as_str).collect();
    let config = Config { ws_context_takeover: takeover, ..Config::default() };
    let head = head("GET / HTTP/1.1", &[&FIELDS[..], &offers].concat());
    let handshake = Handshake::read(&head, &Options::new(&config), "").unwrap();
    let mut answer = String::new();
    handshake.response_fields(None, |name, value| {
        if name == "Sec-WebSocket-Extensions" {
            answer.push_str(value);
        }
    });
    assert_eq!(answer.is_empty(), handshake.deflate().is_none());
    answer
}

/// RFC 7692 section 7.1.
#[test]
fn compression_is_negotiated() {
    for (offers, answer) in [
        (&["permessage-deflate"][..], "permessage-deflate"),
        (&["permessage-deflate; client_max_window_bits"], "permessage-deflate"),
        // Section 7.1.1.
        (
            &["permessage-deflate; server_no_context_takeover"],
            "permessage-deflate; server_no_context_takeover",
        ),
        (
            &["permessage-deflate; client_no_context_takeover"],
            "permessage-deflate; client_no_context_takeover",
        ),
        // Section 7.1.2.
        (
            &["permessage-deflate; server_max_window_bits=10; client_max_window_bits=\"12\""],
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=12",
        ),
        (
            &["permessage-deflate;server_max_window_bits=15"],
            "permessage-deflate; server_max_window_bits=15",
        ),
        (
            &["permessage-deflate; server_max_window_bits=8"],
            "permessage-deflate; server_max_window_bits=8",
        ),
        // Offers that are declined.
        (&["x-webkit-deflate-frame"], ""),
        (&["permessage-deflate; unknown"], ""),
        (&["permessage-deflate; server_no_context_takeover=1"], ""),
        (&["permessage-deflate; client_no_context_takeover=x"], ""),
        (&["permessage-deflate; server_max_window_bits"], ""),
        (&["permessage-deflate; server_max_window_bits=7"], ""),
        (&["permessage-deflate; server_max_window_bits=16"], ""),
        (&["permessage-deflate; server_max_window_bits=08"], ""),
        (&["permessage-deflate; client_max_window_bits=1x"], ""),
        (&["permessage-deflate; client_max_window_bits; client_max_window_bits=9"], ""),
        // Section 7.1: the first of several that can be met.
        (&["permessage-deflate; unknown, permessage-deflate"], "permessage-deflate"),
        (
            &["foo", "permessage-deflate; server_max_window_bits=9, permessage-deflate"],
            "permessage-deflate; server_max_window_bits=9",
        ),
    ] {
        assert_eq!(negotiated(offers, true), answer, "{offers:?}");
    }
    let without = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    assert_eq!(negotiated(&["permessage-deflate"], false), without, "the default");
}

#[test]
fn compression_can_be_switched_off() {
    let config = Config { ws_compression: false, ..Config::default() };
    let fields = [&FIELDS[..], &["Sec-WebSocket-Extensions: permessage-deflate"]].concat();
    let head = head("GET / HTTP/1.1", &fields);
    let handshake = Handshake::read(&head, &Options::new(&config), "").unwrap();
    assert_eq!(handshake.deflate(), None);
}
