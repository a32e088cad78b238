//! Redirects to `https`: where they lead, and which requests get none.

use super::*;
use crate::redirect_to_https;

fn wire(https_redirect: u32) -> Wire {
    Wire::with(Config { https_redirect, ..Config::default() })
}

/// Sends a request from an IP address. The status and the `Location` of the redirect; `None` if a
/// handler has to answer.
fn answer(wire: &mut Wire, request: &str, peer: [u8; 4]) -> Option<(String, Option<String>)> {
    wire.feed(request.as_bytes());
    let mut is_answered = false;
    wire.serve(|connection, now, _| {
        is_answered = redirect_to_https(&mut connection.ongoing(), now, || Some(peer.into()));
        if !is_answered {
            connection.ongoing().handler_done(now);
        }
    });
    let response = wire.written();
    let location = response.lines().find_map(|line| line.strip_prefix("Location: "));
    (is_answered || !wire.faults.is_empty())
        .then(|| (response[9..12].to_owned(), location.map(str::to_owned)))
}

const FOREIGN: [u8; 4] = [192, 0, 2, 1];

#[test]
fn host_path_and_query_stay() {
    for (port, target, host, expected) in [
        (443, "/a?b=c", "a.example", "https://a.example/a?b=c"),
        (443, "/", "a.example:80", "https://a.example/"),
        (8443, "/", "a.example:8080", "https://a.example:8443/"),
        (443, "/x", "[2001:db8::1]:80", "https://[2001:db8::1]/x"),
        (443, "http://b.example:80/y?z", "a.example", "https://b.example/y?z"),
        (443, "//evil.example/%2f..", "a.example", "https://a.example//evil.example/%2f.."),
        (443, "/\\evil.example", "a.example", "https://a.example/%5Cevil.example"),
        (
            443,
            "/?next=http://evil.example",
            "a.example",
            "https://a.example/?next=http://evil.example",
        ),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let met = answer(&mut wire(port), &request, FOREIGN);
        assert_eq!(met, Some(("308".to_owned(), Some(expected.to_owned()))), "{request}");
    }
}

/// A host that could lead to another one is not repeated. Some of these are refused as heads.
#[test]
fn a_host_that_is_no_host_is_not_repeated() {
    for host in ["", "a.example@evil.example", "evil.example/", "a\\@b", "a b", "[::1", "é", "<a>"]
    {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let met = answer(&mut wire(443), &request, FOREIGN);
        assert_eq!(met, Some(("400".to_owned(), None)), "{host:?}");
    }
    let met = answer(&mut wire(443), "GET / HTTP/1.0\r\n\r\n", FOREIGN);
    assert_eq!(met, Some(("400".to_owned(), None)));
}

#[test]
fn what_is_encrypted_already_is_served() {
    let request = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.9\r\n\
        X-Forwarded-Proto: https\r\n\r\n";
    assert_eq!(answer(&mut wire(443), request, [127, 0, 0, 1]), None);
    // Only a trusted proxy may report that.
    assert!(answer(&mut wire(443), request, FOREIGN).is_some());
    assert_eq!(answer(&mut wire(0), request, FOREIGN), None);
}

#[test]
fn a_body_is_dropped_and_the_next_request_is_served() {
    let mut wire = wire(443);
    for _ in 0..2 {
        let request = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        let met = answer(&mut wire, request, FOREIGN);
        assert_eq!(met, Some(("308".to_owned(), Some("https://a/a".to_owned()))));
    }
    assert_eq!(wire.fate(), "kept");
}

/// Behind the PROXY protocol, the peer of the socket is the load balancer.
#[test]
fn the_peer_of_the_socket_is_asked_for_only_if_it_decides() {
    const LOOPBACK: [u8; 4] = [127, 0, 0, 1];
    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\n\r\n";
    const PROXIED: &[u8] = b"PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n";
    for (https_redirect, header, expected) in [
        (0, &b""[..], (false, false)),
        (443, &b""[..], (true, false)),
        (443, PROXIED, (false, true)),
    ] {
        let proxy_protocol = !header.is_empty();
        let config = Config { https_redirect, proxy_protocol, ..Config::default() };
        let mut wire = Wire::from_peer(Settings::new(config).unwrap(), Some(LOOPBACK.into()));
        wire.feed(&[header, GET].concat());
        let (mut asked, mut is_redirected) = (false, false);
        wire.serve(|connection, now, _| {
            let peer = || {
                asked = true;
                Some(LOOPBACK.into())
            };
            is_redirected = redirect_to_https(&mut connection.ongoing(), now, peer);
            if !is_redirected {
                connection.ongoing().handler_done(now);
            }
        });
        assert_eq!((asked, is_redirected), expected, "{https_redirect} {header:?}");
    }
}
