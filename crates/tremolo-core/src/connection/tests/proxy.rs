//! Connections that a load balancer passes on.

use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::*;
use crate::proxy_protocol::{MAX_V2_LENGTH, ProxyError};

const HEADER: &[u8] = b"PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n";
const PROXY: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));

fn expecting(peer: Option<IpAddr>) -> Wire {
    expecting_with(Config::default(), peer)
}

fn expecting_with(config: Config, peer: Option<IpAddr>) -> Wire {
    let config = Config { proxy_protocol: true, ..config };
    Wire::from_peer(Settings::new(config).unwrap(), peer)
}

fn source(wire: &Wire) -> Option<String> {
    wire.connection.peek().proxied().map(|proxied| proxied.source.to_string())
}

/// The header of an encrypted connection is not encrypted: it comes before the handshake.
#[test]
fn what_follows_the_header_can_be_taken_for_a_handshake() {
    let mut wire = expecting(PROXY);
    assert_eq!(wire.connection.encryption().take_proxy_header(), None);
    wire.connection.input_buffer().put_slice(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r");
    assert_eq!(wire.connection.encryption().take_proxy_header(), None);
    wire.connection.input_buffer().put_slice(b"\n\x16\x03\x01");
    assert_eq!(
        wire.connection.encryption().take_proxy_header().as_deref(),
        Some(&b"\x16\x03\x01"[..])
    );
    assert!(!wire.connection.peek().expects_proxy_header() && wire.connection.peek().is_idle());
    assert_eq!(wire.connection.peek().proxied().unwrap().source.ip().to_string(), "192.0.2.1");

    let mut wire = expecting(None);
    wire.connection.input_buffer().put_slice(b"\x16\x03\x01 a handshake without a header");
    assert_eq!(wire.connection.encryption().take_proxy_header(), None);
    assert!(wire.connection.peek().is_closed());
}

#[test]
fn the_header_is_read_once_and_holds_for_the_connection() {
    let mut wire = expecting(PROXY);
    wire.feed(HEADER);
    wire.say(&[]);
    wire.feed(&[GET, GET].concat());
    for _ in 0..2 {
        wire.say(&[Say::End("hi")]);
        assert_eq!(source(&wire).as_deref(), Some("203.0.113.7:56324"));
    }
    assert_eq!((wire.urls.len(), wire.fate()), (2, "kept"));
    wire.feed(HEADER);
    wire.say(&[]);
    assert_eq!(wire.faults, [PeerError::InvalidRequestLine]);
}

#[test]
fn only_trusted_proxies_are_believed() {
    let stranger = "192.0.2.9".parse().ok();
    for (peer, believed) in [(PROXY, true), (None, true), (stranger, false)] {
        let mut wire = expecting(peer);
        wire.feed(&[HEADER, GET].concat());
        wire.say(&[Say::End("hi")]);
        assert_eq!((source(&wire).is_some(), wire.urls.len()), (believed, 1), "{peer:?}");
    }
}

#[test]
fn a_proxy_that_speaks_for_itself_leaves_the_addresses_of_the_socket() {
    for header in [&b"PROXY UNKNOWN\r\n"[..], b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"] {
        let mut wire = expecting(PROXY);
        wire.feed(&[header, GET].concat());
        wire.say(&[Say::End("hi")]);
        assert_eq!((source(&wire), wire.urls.len()), (None, 1));
    }
}

#[test]
fn a_connection_without_a_header_is_closed_without_a_response() {
    let long = [b"\r\n\r\n\0\r\nQUIT\n\x21\x11", &u16::MAX.to_be_bytes()[..]].concat();
    for (input, error) in [
        (GET, ProxyError::InvalidSignature),
        (b"PROXY TCP4 nonsense\r\n", ProxyError::InvalidLine),
        (&long, ProxyError::HeaderTooLong),
    ] {
        let mut wire = expecting(PROXY);
        wire.feed(input);
        wire.say(&[]);
        assert_eq!((wire.written().as_str(), wire.fate()), ("", "closed"));
        assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::Proxy(error)));
    }
}

#[test]
fn an_unfinished_header_ends_with_its_peer_or_with_its_time() {
    for begun in [&b""[..], &HEADER[..20]] {
        let mut wire = expecting(PROXY);
        wire.feed(begun);
        wire.say(&[]);
        wire.end_input();
        wire.say(&[]);
        assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::PeerClosed));

        // The time is that of the whole head: a header does not prolong it.
        let (mut wire, timeout) = (expecting(PROXY), Config::default().request_timeout);
        wire.pass(timeout / 2);
        wire.feed(begun);
        wire.say(&[]);
        wire.pass(timeout / 2);
        wire.say(&[]);
        assert_eq!((wire.written().as_str(), wire.fate()), ("", "closed"));
    }
}

#[test]
fn a_request_behind_a_header_has_what_is_left_of_the_time() {
    let (mut wire, timeout) = (expecting(PROXY), Config::default().request_timeout);
    wire.pass(timeout / 2);
    wire.feed(HEADER);
    wire.feed(b"GET");
    wire.say(&[]);
    wire.pass(timeout / 2);
    wire.say(&[]);
    assert_eq!(wire.faults, [PeerError::HeadTimeout]);
}

#[test]
fn the_longest_header_passes_through_the_smallest_buffer() {
    let mut wire = expecting_with(Config { buffer_size: 1_024, ..Config::default() }, PROXY);
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\0\x0f\xf0".to_vec();
    header.resize(MAX_V2_LENGTH, 0);
    for piece in header.chunks(512) {
        assert!(wire.connection.peek().wants_input());
        wire.feed(piece);
        wire.say(&[]);
    }
    wire.feed(GET);
    wire.say(&[Say::End("hi")]);
    assert_eq!(wire.urls.len(), 1);
}

proptest! {
    #[test]
    fn every_split_is_the_same(at in 0..HEADER.len() + GET.len()) {
        let all = [HEADER, GET].concat();
        let mut wire = expecting(PROXY);
        for part in [&all[..at], &all[at..]] {
            wire.feed(part);
            wire.say(&[Say::End("hi")]);
        }
        prop_assert_eq!(source(&wire), Some("203.0.113.7:56324".to_owned()));
        prop_assert_eq!(wire.urls.len(), 1);
    }
}
