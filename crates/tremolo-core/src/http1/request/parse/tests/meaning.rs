//! What whole heads mean: host, framing, expectations, persistence.

use super::*;

/// RFC 9112 section 3.2.
#[test]
fn requires_one_good_host() {
    let missing = PeerError::MissingHost;
    fails("GET / HTTP/1.1\r\n\r\n", missing);
    fails("GET / HTTP/1.2\r\nHos: a\r\n\r\n", missing);
    fails("GET http://a/ HTTP/1.1\r\n\r\n", missing);
    for version in ["1.0", "1.1"] {
        let with = |fields: &str| format!("GET / HTTP/{version}\r\n{fields}\r\n");
        fails(with("Host: a\r\nHost: b\r\n"), PeerError::RepeatedHost);
        fails(with("Host: a\r\nhOST: a\r\n"), PeerError::RepeatedHost);
        fails(with("Host:\r\nHost:\r\n"), PeerError::RepeatedHost);
        for bad in ["a b", "a/", "u@a", ":80", "a:b", "a, b", "[::1", "http://a", "a?", "\u{e9}"] {
            fails(with(&format!("Host: {bad}\r\n")), PeerError::InvalidHost);
        }
        for good in ["", "a", "a:", "a:8080", "1.2.3.4", "[::1]:80", "a_b.c"] {
            let head = complete(with(&format!("Host: {good}\r\n")));
            assert_eq!(head.host(), Some(good.as_bytes()));
        }
    }
    assert_eq!(complete("GET / HTTP/1.0\r\n\r\n").host(), None);
}

/// RFC 3986 section 2.1.
#[test]
fn the_path_is_decoded_on_request() {
    for (target, decoded) in [
        ("/a/b", "/a/b"),
        ("/caf%C3%A9%2f+?x=%20", "/caf\u{e9}/+"),
        ("/%ff%", "/\u{fffd}%"),
        ("*", "*"),
    ] {
        let method = if target == "*" { "OPTIONS" } else { "GET" };
        let head = complete(format!("{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(head.decoded_path(), decoded, "{target}");
    }
}

/// RFC 9112 section 3.2.2.
#[test]
fn the_authority_of_the_target_replaces_host() {
    let head = complete("GET http://a.b:1?c HTTP/1.1\r\nHost: d\r\nE: f\r\n\r\n");
    assert_eq!(head.host(), Some(&b"a.b:1"[..]));
    assert_eq!((head.url(), head.path()), (&b"/?c"[..], &b"/"[..]));
    assert_eq!(head.query(), Some(&b"c"[..]));
    assert_eq!(head.fields().get("host"), Some(&b"d"[..]));
    assert_eq!(head.fields().get("e"), Some(&b"f"[..]));
    let head = complete("CONNECT a:1 HTTP/1.1\r\nHost: b\r\n\r\n");
    assert_eq!((head.url(), head.host()), (&b"a:1"[..], Some(&b"a:1"[..])));
    let head = complete("OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n");
    assert_eq!((head.url(), head.host()), (&b"*"[..], Some(&b"b"[..])));
}

/// RFC 9110 section 8.3: a single value, which some readers take from the first field and others
/// from the last.
#[test]
fn requires_one_content_type() {
    let with = |fields: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");
    for (fields, is_good) in [
        ("Content-Type: a/b", true),
        ("Content-Type: a/b\r\ncontent-type: a/b", true),
        ("Content-Type: a/b\r\nX: y\r\nContent-Type: a/c", false),
        ("Content-Type: a/b\r\nContent-Type:", false),
        ("Content-Type: a/b\r\nContent-Type: a/b\r\nContent-Type: a/b; charset=x", false),
        ("Content-Type: a/b\r\nContent-Typo: a/c", true),
    ] {
        if is_good {
            assert_eq!(complete(with(fields)).fields().get("content-type"), Some(&b"a/b"[..]));
        } else {
            fails(with(fields), PeerError::ConflictingContentType);
        }
    }
}

/// RFC 9112 sections 6.1 and 6.3, RFC 9110 section 8.6.
#[test]
fn rejects_framing_that_can_be_read_in_two_ways() {
    use PeerError::*;
    for (version, fields, expected) in [
        ("1.1", "Content-Length: 3\r\nTransfer-Encoding: chunked", LengthAndTransferEncoding),
        ("1.1", "Transfer-Encoding: chunked\r\nContent-Length: 3", LengthAndTransferEncoding),
        ("1.1", "Transfer-Encoding: identity\r\nContent-Length: 3", LengthAndTransferEncoding),
        ("1.0", "Transfer-Encoding: chunked", TransferEncodingOnHttp10),
        ("1.1", "Transfer-Encoding: chunked\r\ntransfer-encoding: chunked", ChunkedNotFinal),
        ("1.1", "Transfer-Encoding: chunked, gzip", ChunkedNotFinal),
        ("1.1", "Transfer-Encoding:", ChunkedNotFinal),
        ("1.1", "Transfer-Encoding: gzip, chunked", UnknownTransferCoding),
        ("1.1", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", UnknownTransferCoding),
        ("1.1", "Content-Length: 3\r\nContent-length: 4", ConflictingContentLength),
        ("1.0", "Content-Length: 3, 4", ConflictingContentLength),
        ("1.1", "Content-Length:", InvalidContentLength),
        ("1.1", "Content-Length: -1", InvalidContentLength),
        ("1.1", "Content-Length: 18446744073709551616", InvalidContentLength),
        ("1.1", "Transfer-Encoding: \x0bchunked", InvalidField),
        ("1.1", "Transfer-Encoding : chunked", InvalidField),
        ("1.1", "Transfer-Encoding\r\n : chunked", InvalidField),
        ("1.1", "Transfer-Encoding: chunked\nA: b", InvalidLineEnd),
        ("1.1", "Expect: 100-continue, foo", UnknownExpectation),
        ("1.1", "Expect: foo\r\nContent-Length: x", InvalidContentLength),
    ] {
        fails(format!("POST / HTTP/{version}\r\nHost: a\r\n{fields}\r\n\r\n"), expected);
    }
}

#[test]
fn finds_the_length_of_the_body() {
    for (fields, expected) in [
        ("", BodyLength::None),
        ("Content-Length: 0\r\n", BodyLength::None),
        ("Content-Length: 3\r\n", BodyLength::Length(3)),
        ("Content-Length: 3\r\nContent-Length: 3\r\n", BodyLength::Length(3)),
        ("TRANSFER-ENCODING: Chunked\r\n", BodyLength::Chunked),
        ("Transfer-Encodings: gzip\r\nContent-Lengths: x\r\n", BodyLength::None),
    ] {
        let head = complete(format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
        assert_eq!(head.body_length(), expected, "{fields:?}");
    }
}

/// RFC 9110 section 10.1.1.
#[test]
fn waits_for_100_continue_only_with_a_body_and_1_1() {
    for (version, fields, expected) in [
        ("1.1", "Content-Length: 1\r\nExpect: 100-continue", true),
        ("1.1", "Transfer-Encoding: chunked\r\nexpect: 100-CONTINUE", true),
        ("1.1", "Content-Length: 0\r\nExpect: 100-continue", false),
        ("1.1", "Expect: 100-continue", false),
        ("1.0", "Content-Length: 1\r\nExpect: 100-continue", false),
        ("1.0", "Content-Length: 1\r\nExpect: foo", false),
    ] {
        let head = complete(format!("POST / HTTP/{version}\r\nHost: a\r\n{fields}\r\n\r\n"));
        assert_eq!(head.expects_continue(), expected, "{version} {fields}");
    }
}

/// RFC 9112 section 9.3, RFC 9110 section 7.8.
#[test]
fn finds_whether_the_connection_persists_or_upgrades() {
    for (version, fields, keep_alive, upgrade) in [
        ("1.1", "", true, false),
        ("1.0", "", false, false),
        ("1.0", "Connection: keep-alive\r\n", true, false),
        ("1.0", "Connection: foo\r\n", false, false),
        ("1.1", "Connection: a\r\nconnection: b,CLOSE\r\n", false, false),
        ("1.1", "Connection: upgrade\r\nUpgrade: h2c\r\n", true, true),
        ("1.1", "Upgrade: h2c\r\n", true, false),
        // No request follows one for a WebSocket, whatever the response is.
        ("1.1", "Connection: upgrade\r\nUpgrade: websocket\r\n", false, true),
        ("1.1", "Upgrade: websocket\r\n", false, false),
        ("1.0", "Connection: upgrade\r\nUpgrade: websocket\r\n", false, false),
    ] {
        let head = complete(format!("GET / HTTP/{version}\r\nHost: a\r\n{fields}\r\n"));
        assert_eq!(head.keep_alive(), keep_alive, "{version} {fields}");
        assert_eq!(head.upgrade().next().is_some(), upgrade, "{version} {fields}");
    }
}
