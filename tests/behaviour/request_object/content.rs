//! Content codings, charsets and byte order marks (RFC 9110 sections 8.3, 8.4 and 15.5.16): what is
//! decoded, what is refused, and that the undecoded bytes are always readable.

use tremolo_tests::{MULTIPART, Message, URLENCODED, multipart};

use super::{assert_persists, assert_serves, program};

#[test]
fn encoded_forms_are_refused_but_their_bytes_are_readable() {
    let program = program();
    let mut client = program.connect();
    let parts = multipart(&[("a", None, b"x")]);
    for (kind, body, paths) in [
        (URLENCODED, &b"a=x"[..], &["/form"][..]),
        (MULTIPART, &parts, &["/form", "/files", "/parts"]),
    ] {
        for coding in ["gzip", "br", "deflate, identity", "unheard-of"] {
            let coding = format!("Content-Encoding: {coding}");
            for path in paths {
                let message = Message::post(path).content_type(kind).field(&coding);
                for message in [message.clone().body(body), message.chunked(body, 2, &[])] {
                    let refused = client.exchange(&message);
                    assert_eq!(refused.status(), 415, "{path} {coding}");
                    assert_eq!(refused.field("Accept-Encoding"), Some("identity"), "{coding}");
                    assert!(refused.text().contains("unsupported Content-Encoding"), "{path}");
                }
            }
            let message = Message::post("/echo").content_type(kind).field(&coding).body(body);
            assert_eq!(client.exchange(&message).body, body, "{coding}");
        }
        for coding in ["identity", "Identity,identity", ""] {
            let coding = format!("Content-Encoding: {coding}");
            for path in paths {
                let message = Message::post(path).content_type(kind).field(&coding).body(body);
                assert_eq!(client.exchange(&message).status(), 200, "{path} {coding}");
            }
        }
    }
    // The media type is refused, not the coding.
    let message = Message::post("/form").content_type("text/plain").body("a=x");
    assert_eq!(client.exchange(&message).field("Accept-Encoding"), None);
    assert_persists(&mut client);
}

#[test]
fn forms_are_decoded_in_their_declared_charset() {
    let program = program();
    let mut client = program.connect();
    for (parameter, body, expected) in [
        ("", &b"\xef\xbb\xbfa=1&b=%C3%A9"[..], "a=1\nb=\u{e9}\n"),
        ("; charset=utf8", b"a=\xc3\xa9", "a=\u{e9}\n"),
        ("; charset=", b"a=\xc3\xa9", "a=\u{e9}\n"),
        ("; charset=iso-8859-1", b"a=%E9+%26\xfc&b=\x80", "a=\u{e9} &\u{fc}\nb=\u{20ac}\n"),
        ("; charset=\"windows-1252\"", b"%E9=1", "\u{e9}=1\n"),
        (";charset=shift_jis", b"a=%83e", "a=\u{30c6}\n"),
        ("; charset=iso-8859-1", b"\xef\xbb\xbfa=%E9", "a=\u{e9}\n"),
        // Invalid byte sequences are replaced.
        ("", b"a=%E9", "a=\u{fffd}\n"),
    ] {
        let message = Message::post("/form").content_type(&format!("{URLENCODED}{parameter}"));
        for message in [message.clone().body(body), message.chunked(body, 1, &[])] {
            assert_eq!(
                client.exchange(&message).status_and_text(),
                (200, expected.to_owned()),
                "{parameter}"
            );
        }
    }
    for (parameter, status) in [
        ("; charset=unheard-of", 415),
        ("; charset=utf-16", 415),
        ("; charset=utf-8; charset=latin1", 400),
    ] {
        let kind = format!("{URLENCODED}{parameter}");
        let message = Message::post("/form").content_type(&kind).body("a=1");
        let refused = client.exchange(&message);
        assert_eq!((refused.status(), refused.field("Accept-Encoding")), (status, None), "{kind}");
        let message = Message::post("/echo").content_type(&kind).body("a=1");
        assert_eq!(client.exchange(&message).text(), "a=1", "{kind}");
    }
    assert_persists(&mut client);
}

/// RFC 7578 section 5.1.2.
#[test]
fn parts_are_decoded_in_their_declared_charset() {
    let program = program();
    let mut client = program.connect();
    for (kind, data, answer) in [
        ("text/plain; charset=iso-8859-1", &b"caf\xe9"[..], (200, "a=caf\u{e9}\n")),
        ("text/plain;charset=UTF-16LE", b"h\0i\0", (200, "a=hi\n")),
        ("text/plain; charset=UTF-8", b"caf\xc3\xa9", (200, "a=caf\u{e9}\n")),
        ("text/plain", b"caf\xc3\xa9", (200, "a=caf\u{e9}\n")),
        ("text/plain; format=flowed", b"caf\xe9", (200, "a=caf\u{fffd}\n")),
        ("text/plain; charset=unheard-of", b"caf", (415, "unsupported charset")),
    ] {
        let head = format!("Content-Disposition: form-data; name=a\r\nContent-Type: {kind}");
        let body = [format!("--b\r\n{head}\r\n\r\n").as_bytes(), data, b"\r\n--b--"].concat();
        let message = Message::post("/form").content_type(MULTIPART).body(&body);
        let came = client.exchange(&message);
        assert!(came.status() == answer.0 && came.text().contains(answer.1), "{kind}: {came:?}");
        // The data is returned as it was sent.
        let message = Message::post("/files").content_type(MULTIPART).body(&body);
        let expected = format!("a,,{kind},{},true\n", data.len());
        assert_eq!(client.exchange(&message).status_and_text(), (200, expected));
    }
    assert_persists(&mut client);
}

/// RFC 9110 section 8.3.
#[test]
fn two_content_types_count_as_none() {
    let program = program();
    let message = Message::post("/form").content_type(URLENCODED);
    let same = message.clone().content_type(URLENCODED).body("a=1");
    assert_eq!(program.connect().exchange(&same).status_and_text(), (200, "a=1\n".to_owned()));
    for other in ["text/plain", MULTIPART, "application/x-www-form-urlencoded; charset=utf-8", ""] {
        let message = message.clone().content_type(other).body("a=1");
        assert_eq!(program.connect().exchange(&message).status(), 400, "{other}");
    }
    assert_serves(&program);
}
