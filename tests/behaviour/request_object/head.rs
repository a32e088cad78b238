//! The request object and the head: query, cookies, fields, and the addresses and identifiers of
//! client and request.

use tremolo_tests::Message;

use super::{assert_persists, pairs, program};

#[track_caller]
fn assert_answers(rows: &[(&str, &[&str], &str)]) {
    let program = program();
    let mut client = program.connect();
    for (line, fields, text) in rows {
        let response = client.exchange(&Message::new(line).fields(fields));
        assert_eq!(response.status_and_text(), (200, (*text).to_owned()), "{line} {fields:?}");
    }
    assert_persists(&mut client);
}

#[test]
fn a_query_has_lists_in_the_order_of_the_wire() {
    let blanks = pairs("a=\nb=\n=c\n");
    assert_answers(&[
        ("GET /query", &[], ""),
        ("GET /query?", &[], ""),
        ("GET /query?a=1", &[], "a=1\n"),
        ("GET /query?b=2&a=1&b=1", &[], "b=2\nb=1\na=1\n"),
        ("GET /query?a=&b&=c", &[], &blanks),
        ("GET /query?a=b=c&&d=?", &[], "a=b=c\nd=?\n"),
        ("GET /query?caf%C3%A9=a+b%20c%2B", &[], "caf\u{e9}=a b c+\n"),
        ("GET /query?a=%zz&b=%4", &[], "a=%zz\nb=%4\n"),
        ("GET /query?a=%26%3D", &[], "a=&=\n"),
        ("POST /query?a=1", &[], "a=1\n"),
    ]);
}

#[test]
fn cookies_have_lists_in_the_order_of_the_wire() {
    assert_answers(&[
        ("GET /cookies", &[], ""),
        ("GET /cookies", &["Cookie: a=1"], "a=1\n"),
        ("GET /cookies", &["Cookie: b=2; a=1; b=3"], "b=2\nb=3\na=1\n"),
        ("GET /cookies", &["Cookie: b=2", "cookie: a=1"], "b=2\na=1\n"),
        ("GET /cookies", &["Cookie: a=\"1 2\"; b=; c=x=y"], "a=1 2\nb=\nc=x=y\n"),
        ("GET /cookies", &["Cookie: a=%C3%A9"], "a=\u{e9}\n"),
    ]);
}

#[test]
fn fields_are_listed_by_name_in_order() {
    assert_answers(&[
        ("GET /headers", &[], "host: test\n"),
        (
            "GET /headers",
            &["X-B: 2", "ACCEPT: a, b", "x-b:1", "X-Empty:", "X-Blank: \t y z \t "],
            "host: test\nx-b: 2\nx-b: 1\naccept: a, b\nx-empty: \nx-blank: y z\n",
        ),
        ("POST /headers", &["Content-Length: 0"], "host: test\ncontent-length: 0\n"),
    ]);
}

#[test]
fn meta_shows_client_and_request() {
    assert_answers(&[
        ("GET /meta", &[], "GET\n/meta\n\nHTTP/1.1\ntest\n127.0.0.1\nhttp\n"),
        ("GET /meta?a=%20b&c", &[], "GET\n/meta\na=%20b&c\nHTTP/1.1\ntest\n127.0.0.1\nhttp\n"),
        ("BREW /meta", &[], "BREW\n/meta\n\nHTTP/1.1\ntest\n127.0.0.1\nhttp\n"),
        ("GET /meta/", &[], "GET\n/meta/\n\nHTTP/1.1\ntest\n127.0.0.1\nhttp\n"),
        (
            "GET /meta HTTP/1.0",
            &["Connection: keep-alive"],
            "GET\n/meta\n\nHTTP/1.0\n\n127.0.0.1\nhttp\n",
        ),
        ("GET /meta HTTP/1.7", &["Host: b:81"], "GET\n/meta\n\nHTTP/1.1\nb:81\n127.0.0.1\nhttp\n"),
        ("GET /meta HTTP/1.1", &["Host:"], "GET\n/meta\n\nHTTP/1.1\n\n127.0.0.1\nhttp\n"),
        // RFC 9112 section 3.2.2: the authority of the target replaces `Host`.
        ("GET http://b:81/meta?q", &[], "GET\n/meta\nq\nHTTP/1.1\nb:81\n127.0.0.1\nhttp\n"),
    ]);
}

/// Loopback is a trusted proxy by default; `Forwarded` is used only with `trust_forwarded`.
#[test]
fn a_trusted_proxy_supplies_the_address_of_its_client() {
    let of = |host: &str, ip: &str, scheme: &str| {
        format!("GET\n/meta\n\nHTTP/1.1\n{host}\n{ip}\n{scheme}\n")
    };
    let program = program();
    let mut client = program.connect();
    for (fields, text) in [
        (&["X-Forwarded-For: 203.0.113.7"][..], of("test", "203.0.113.7", "http")),
        (&["X-Forwarded-For: 6.6.6.6, 203.0.113.7"], of("test", "203.0.113.7", "http")),
        (&["X-Forwarded-For: 203.0.113.7, 127.0.0.1"], of("test", "203.0.113.7", "http")),
        (&["X-Forwarded-For: 2001:db8::1"], of("test", "2001:db8::1", "http")),
        (&["X-Forwarded-For: unknown"], of("test", "127.0.0.1", "http")),
        (&["X-Forwarded-Proto: https"], of("test", "127.0.0.1", "https")),
        (&["X-Forwarded-Proto: gopher"], of("test", "127.0.0.1", "http")),
        (&["X-Forwarded-Host: b.example:81"], of("b.example:81", "127.0.0.1", "http")),
        (&["X-Forwarded-Host: b/c"], of("test", "127.0.0.1", "http")),
        (&["Forwarded: for=6.6.6.6;proto=https;host=b"], of("test", "127.0.0.1", "http")),
    ] {
        let response = client.exchange(&Message::new("GET /meta").fields(fields));
        assert_eq!(response.status_and_text(), (200, text), "{fields:?}");
    }
}
