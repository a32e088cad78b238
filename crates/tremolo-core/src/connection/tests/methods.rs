//! Methods whose answers have rules of their own: HEAD and CONNECT (RFC 9110 sections 9.3.2 and
//! 9.3.6).

use super::Say::End;
use super::*;

/// RFC 9110 section 9.3.6: a 2xx would open a tunnel, and there is none. The client may have sent
/// bytes for it already, so that nothing behind the head is a request.
#[test]
fn connect_is_refused_and_what_follows_is_no_request() {
    for head in [
        "CONNECT a.b:443 HTTP/1.1\r\nHost: a.b:443",
        "CONNECT a.b:443 HTTP/1.1\r\nHost: a.b:443\r\nContent-Length: 5",
        "CONNECT a.b:443 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue",
        "CONNECT [::1]:1 HTTP/1.0",
    ] {
        let mut wire = Wire::new();
        wire.feed(format!("{head}\r\n\r\n").as_bytes());
        wire.feed(GET);
        wire.say(&[End("served")]);
        wire.feed(GET);
        wire.say(&[End("served")]);
        assert_eq!((&wire.faults[..], wire.urls.len()), (&[PeerError::TunnelRefused][..], 0));
        let out = wire.brief();
        let (_, answer) = out.split_once(' ').unwrap();
        let expected = "501 Not Implemented|Content-Length: 5|Connection: close||fault";
        assert_eq!((answer, wire.fate()), (expected, "lingering"), "{head:?}");
    }
}

#[test]
fn connect_with_another_target_than_an_authority_is_malformed() {
    for target in ["/", "a", "http://a/"] {
        let mut wire = Wire::new();
        wire.feed(format!("CONNECT {target} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
        wire.say(&[End("served")]);
        assert_eq!(wire.faults, [PeerError::InvalidTarget], "{target}");
    }
}

/// RFC 9110 section 9.3.2: whatever is wrong with the request, once its method is known.
#[test]
fn an_error_answer_to_head_has_no_content() {
    let long = "x".repeat(10_000);
    let fields: String = (0..101).map(|at| format!("x{at}: y\r\n")).collect();
    for (sent, fault) in [
        ("HEAD / HTTP/1.1\r\n\r\n", PeerError::MissingHost),
        (
            "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
            PeerError::InvalidContentLength,
        ),
        (
            "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            PeerError::LengthAndTransferEncoding,
        ),
        ("HEAD a HTTP/1.1\r\nHost: a\r\n\r\n", PeerError::InvalidTarget),
        ("HEAD / HTTP/2.0\r\nHost: a\r\n\r\n", PeerError::UnsupportedVersion),
        ("HEAD / HTTP/1.1\nHost: a\n\n", PeerError::InvalidLineEnd),
        ("\r\nHEAD / HTTP/1.1\r\nHost a\r\n\r\n", PeerError::InvalidField),
        (&format!("HEAD / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"), PeerError::TooManyFields),
        (&format!("HEAD / HTTP/1.1\r\nHost: a\r\nx: {long}"), PeerError::HeadTooLarge),
        (&format!("HEAD /{long}"), PeerError::TargetTooLong),
        ("HEAD / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", PeerError::UnknownExpectation),
    ] {
        for method in ["HEAD", "GET"] {
            let mut wire = Wire::new();
            wire.feed(sent.replacen("HEAD", method, 1).as_bytes());
            wire.say(&[End("served")]);
            assert_eq!(wire.faults, [fault], "{sent:?}");
            let status = fault.status();
            let content = if method == "HEAD" { "" } else { "fault" };
            let expected =
                format!("HTTP/1.1 {status}|Content-Length: 5|Connection: close||{content}");
            let out = wire.brief().replace(" Payload Too Large|", " Content Too Large|");
            assert_eq!(out, expected, "{method}: {sent:?}");
        }
    }
}

#[test]
fn neither_has_the_answer_to_a_head_request_that_was_not_complete_in_time() {
    for (sent, content) in [("HEAD / HTTP/1.1\r\nHo", ""), ("HEADS / HTTP/1.1\r\nHo", "fault")] {
        let mut wire = Wire::new();
        wire.feed(sent.as_bytes());
        wire.say(&[]);
        wire.pass(Duration::from_secs(31));
        wire.say(&[]);
        assert_eq!(wire.faults, [PeerError::HeadTimeout]);
        let out = wire.brief();
        assert!(out.starts_with("HTTP/1.1 408 "), "{out}");
        assert_eq!(out.split_once("||").unwrap().1, content, "{sent:?}");
    }
}
