//! Heads: line ends, versions, targets, `Host` (RFC 9112 sections 2 to 5).

use super::{Attack, CHUNKED, OUTER, chunked, inner, length, message, open_inner, post, request};

pub(super) fn all() -> Vec<Attack> {
    [line_ends(), old_versions(), targets(), hosts()].concat()
}

/// CR and LF that do not stand together.
fn line_ends() -> Vec<Attack> {
    let line = format!("GET /whole?{OUTER} HTTP/1.1");
    let hidden = inner();
    let texts = [
        format!("{line}\nHost: test\n\n{hidden}"),
        format!("{line}\rHost: test\r\r{hidden}"),
        format!("{line}\r\nHost: test\r\n\n{hidden}"),
        format!("{line}\r\nHost: test\n\r\n{hidden}"),
        format!("{line}\r\nHost: test\r\n\r{hidden}"),
        format!("{line}\r\nHost: test\r\r\n\r\n{hidden}"),
        format!("{line}\r\nHost: test\n\n{hidden}"),
        format!("{line}\r\nHost: test\r\nX-A: b\r\r{hidden}"),
        format!("{line}\r\nHost: test\r\nX-A: b\n\n{hidden}"),
        format!("{line}\r\nHost: test\r\nX-A: b\r\n \r\n\r\n{hidden}"),
        format!("{line}\r\nHost: test\r\nX-A: b\0c\r\n\r\n{hidden}"),
        format!("{line}\r\nHost: test\r\nX-A\r\n\r\n{hidden}"),
        format!("{line}\r\nHost: test\r\nX-A b: c\r\n\r\n{hidden}"),
        format!("{line}\r\nHost: test\r\n: b\r\n\r\n{hidden}"),
        format!("{line} \r\nHost: test\r\n\r\n{hidden}"),
        format!("{line}\r\n\r\nHost: test\r\n\r\n{hidden}"),
        format!("\r\n\r\n{line}\r\nHost: test\r\n\r\n{hidden}"),
        format!("\n{line}\r\nHost: test\r\n\r\n{hidden}"),
        format!(" {line}\r\nHost: test\r\n\r\n{hidden}"),
        format!("{line}\r\nHost: test\r\n\r\n\r\n{hidden}"),
        format!("{line}\r\nHost: test\r\n\r\n\n{hidden}"),
        format!("GET\t/whole?{OUTER}\tHTTP/1.1\r\nHost: test\r\n\r\n{hidden}"),
        format!("GET /whole?{OUTER}\rHTTP/1.1\r\nHost: test\r\n\r\n{hidden}"),
        // Two whole requests, which all have to see.
        format!("{line}\r\nHost: test\r\n\r\n{hidden}"),
        post(&["Content-Length: 5"], &format!("hello{hidden}")),
        post(&[CHUNKED], &format!("{}{hidden}", chunked("hello"))),
        post(&["Content-Length: 5"], &format!("hello{}", open_inner())),
    ];
    texts.map(|text| Attack::new("bare CR, bare LF", text)).to_vec()
}

fn old_versions() -> Vec<Attack> {
    let hidden = inner();
    let line = |method: &str, version: &str| format!("{method} /whole?{OUTER}{version}");
    let (keep, length) = ("Connection: keep-alive", length(&hidden));
    let mut texts = Vec::new();
    for version in [" HTTP/1.0", " HTTP/1.2", " HTTP/1.10", " HTTP/2.0", " http/1.1", " HTTP/0.9"] {
        for fields in [&["Host: test"][..], &["Host: test", keep], &[keep]] {
            texts.push(message(&line("GET", version), fields, &hidden));
        }
        let fields = ["Host: test", keep, &length];
        texts.push(message(&line("POST", version), &fields, &hidden));
        texts.push(message(&line("GET", version), &fields, &hidden));
        let fields = ["Host: test", keep, CHUNKED];
        texts.push(message(&line("POST", version), &fields, &chunked(&hidden)));
        let fields = ["Host: test", keep, &length, "Expect: 100-continue"];
        texts.push(message(&line("POST", version), &fields, &hidden));
    }
    texts.push(message(&line("GET", " HTTP/1.1"), &["Host: test", "Connection: close"], &hidden));
    texts.push(format!("{}\r\n{hidden}", line("GET", "")));
    texts.push(format!("{}\r\n\r\n{hidden}", line("GET", "")));
    texts.push(format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{hidden}"));
    texts.into_iter().map(|text| Attack::new("HTTP/1.0, other versions", text)).collect()
}

fn targets() -> Vec<Attack> {
    let hidden = inner();
    let targets = [
        format!("http://test/whole?{OUTER}"),
        format!("http://other/whole?{OUTER}"),
        format!("HTTP://TEST:80/whole?{OUTER}"),
        format!("https://test/whole?{OUTER}"),
        format!("http://user@test/whole?{OUTER}"),
        format!("http://test?{OUTER}"),
        format!("http:///whole?{OUTER}"),
        format!("//test/whole?{OUTER}"),
        format!("whole?{OUTER}"),
        format!("*?{OUTER}"),
        format!("/whole?{OUTER} HTTP/1.1"),
        format!("/whole?{OUTER}#x"),
        format!("/whole/?{OUTER}"),
        format!("/whole?{OUTER}%0d%0a"),
        format!("/whole%0d%0aX-A:%20b?{OUTER}"),
        format!("/x/../whole?{OUTER}"),
        format!("/whole?{OUTER}\u{e9}"),
    ];
    let mut attacks = Vec::new();
    for target in targets {
        let line = format!("GET {target} HTTP/1.1");
        for fields in [&["Host: test"][..], &["Host: other"], &[]] {
            attacks.push(Attack::new("absolute form, targets", message(&line, fields, &hidden)));
        }
    }
    for line in ["CONNECT test:80 HTTP/1.1", "CONNECT /whole HTTP/1.1"] {
        let own = format!("X-Own: {OUTER}");
        let text = message(line, &["Host: test:80", &own], &hidden);
        attacks.push(Attack::new("absolute form, targets", text));
    }
    attacks
}

fn hosts() -> Vec<Attack> {
    let hidden = inner();
    let line = format!("GET /whole?{OUTER} HTTP/1.1");
    let hosts: [&[&str]; 14] = [
        &["Host: test", "Host: test"],
        &["Host: test", "Host: other"],
        &["Host: test", "host: other"],
        &["Host: test", "Host : other"],
        &["Host: test", " Host: other"],
        &["Host: test\nHost: other"],
        &["Host: test\rHost: other"],
        &["Host: test, other"],
        &["Host: te st"],
        &["Host: test/x"],
        &["Host: test@other"],
        &["Host:"],
        &["Host: test:80:80"],
        &["Host:\r\n test"],
    ];
    let text = |fields: &&[&str]| message(&line, fields, &hidden);
    let mut attacks: Vec<_> =
        hosts.iter().map(|fields| Attack::new("duplicate Host", text(fields))).collect();
    let body = request("POST", "/early", &["Host: other", &length(&hidden)], &hidden);
    attacks.push(Attack::new("duplicate Host", body));
    attacks
}
