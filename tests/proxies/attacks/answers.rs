//! Responses that come early, late, without a body, before the final one, or not at all: `Expect`,
//! 413, HEAD, 1xx, upgrades (RFC 9110 sections 7.8, 9.3.2, 10.1.1 and 15.2).

use super::{Attack, CHUNKED, OUTER, chunked, inner, length, open_inner, request};

pub(super) fn all() -> Vec<Attack> {
    [expectations(), early(), without_body(), interim(), upgrades()].concat()
}

fn expectations() -> Vec<Attack> {
    const FAMILY: &str = "Expect: 100-continue";
    let hidden = inner();
    let length = length(&hidden);
    let (size, in_chunks) = (length.as_str(), chunked(&hidden));
    let mut attacks = Vec::new();
    // Responded to late, early, in between, with 413, with 404.
    for path in ["/whole", "/early", "/both", "/limited", "/missing", "/raw", "/nothing", "/hints"]
    {
        for (framing, body) in [(size, &hidden), (CHUNKED, &in_chunks)] {
            let fields = ["Expect: 100-continue", framing];
            let head = request("POST", path, &fields, "");
            attacks.push(Attack::new(FAMILY, format!("{head}{body}")));
            attacks.push(Attack::in_two(FAMILY, &head, body));
            // Without the body: the next request follows at once.
            attacks.push(Attack::in_two(FAMILY, &head, ""));
            attacks.push(Attack::in_two(FAMILY, &head, &hidden[..hidden.len() - 10]));
        }
    }
    for value in ["100-Continue", "100-continue, x", "x", "", "y 100-continue", "100-continue;a"] {
        for path in ["/whole", "/early"] {
            let expect = format!("Expect: {value}");
            attacks.push(Attack::new(FAMILY, request("POST", path, &[&expect, size], &hidden)));
            let head = request("POST", path, &[&expect, size], "");
            attacks.push(Attack::in_two(FAMILY, &head, &hidden));
        }
    }
    for field in ["Expect : 100-continue", "Expect:\r\n 100-continue", "Expect: 100-continue"] {
        for method in ["GET", "HEAD"] {
            let head = request(method, "/early", &[field, size], "");
            attacks.push(Attack::new(FAMILY, format!("{head}{hidden}")));
            attacks.push(Attack::in_two(FAMILY, &head, &hidden));
        }
    }
    let head = request("GET", "/whole", &["Expect: 100-continue"], "");
    attacks.push(Attack::in_two(FAMILY, &head, &hidden));
    attacks
}

/// The response is there before the body.
fn early() -> Vec<Attack> {
    const FAMILY: &str = "early answers";
    let mut attacks = Vec::new();
    for times in [2, 5_000] {
        let body = inner().repeat(times);
        let (length, in_chunks) = (length(&body), chunked(&body));
        for path in ["/early", "/limited", "/both", "/missing", "/raw"] {
            for (framing, body) in [(length.as_str(), &body), (CHUNKED, &in_chunks)] {
                let head = request("POST", path, &[framing], "");
                let (first, rest) = body.split_at(body.len() / 2);
                attacks.push(Attack::new(FAMILY, format!("{head}{body}")));
                attacks.push(Attack::in_two(FAMILY, format!("{head}{first}"), rest));
                // The rest never comes.
                attacks.push(Attack::in_two(FAMILY, format!("{head}{first}"), ""));
            }
        }
    }
    attacks
}

/// Requests with a body for which none is usual, and responses without one.
fn without_body() -> Vec<Attack> {
    let hidden = inner();
    let (length, in_chunks) = (length(&hidden), chunked(&hidden));
    let mut attacks = Vec::new();
    for method in ["HEAD", "GET"] {
        for path in ["/whole", "/early", "/nothing", "/stream", "/raw", "/missing", "/both"] {
            for (fields, body) in [
                (&[][..], &hidden),
                (&[length.as_str()], &hidden),
                (&[CHUNKED], &in_chunks),
                (&["Content-Length: 0"], &hidden),
            ] {
                let text = request(method, path, fields, body);
                attacks.push(Attack::new("HEAD and GET with bodies", text));
            }
        }
    }
    attacks
}

fn interim() -> Vec<Attack> {
    let hidden = inner();
    let (length, in_chunks) = (length(&hidden), chunked(&hidden));
    let mut attacks = Vec::new();
    for method in ["GET", "HEAD", "POST"] {
        for (fields, body) in [
            (&[][..], ""),
            (&[], &hidden),
            (&[length.as_str()], &hidden),
            (&[CHUNKED], &in_chunks),
            (&["Expect: 100-continue", length.as_str()], &hidden),
        ] {
            attacks.push(Attack::new("1xx", request(method, "/hints", fields, body)));
        }
    }
    let old = format!("GET /hints?{OUTER} HTTP/1.0\r\nHost: test\r\n\r\n{hidden}");
    attacks.push(Attack::new("1xx", old));
    attacks
}

/// The proxy may believe in a tunnel that is none, and the other way round.
fn upgrades() -> Vec<Attack> {
    const FAMILY: &str = "upgrades";
    const ACCEPTED: [&str; 4] = [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    const WRONG_VERSION: [&str; 4] =
        [ACCEPTED[0], ACCEPTED[1], "Sec-WebSocket-Version: 99", ACCEPTED[3]];
    const OWN: [&str; 2] = ["Connection: Upgrade", "Upgrade: own"];
    const H2C: [&str; 3] =
        ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: "];
    const CLOSING: [&str; 4] =
        ["Connection: close, Upgrade", ACCEPTED[1], ACCEPTED[2], ACCEPTED[3]];
    let hidden = inner();
    let (length, in_chunks) = (length(&hidden), chunked(&hidden));
    let mut attacks = Vec::new();
    let rows: [(&str, &[&str]); 11] = [
        ("/socket", &ACCEPTED),
        ("/socket", &WRONG_VERSION),
        ("/socket", &ACCEPTED[..3]),
        ("/socket", &ACCEPTED[1..]),
        ("/socket", &CLOSING),
        ("/whole", &ACCEPTED),
        ("/early", &ACCEPTED),
        ("/missing", &ACCEPTED),
        ("/switch", &OWN),
        ("/switch", &ACCEPTED),
        ("/whole", &H2C),
    ];
    for (path, fields) in rows {
        let head = request("GET", path, fields, "");
        attacks.push(Attack::new(FAMILY, format!("{head}{hidden}")));
        attacks.push(Attack::in_two(FAMILY, &head, &hidden));
        attacks.push(Attack::in_two(FAMILY, &head, open_inner()));
        for (framing, body) in [(length.as_str(), &hidden), (CHUNKED, &in_chunks)] {
            let fields = [fields, &[framing]].concat();
            attacks.push(Attack::new(FAMILY, request("POST", path, &fields, body)));
            attacks.push(Attack::new(FAMILY, request("GET", path, &fields, body)));
        }
    }
    attacks
}
