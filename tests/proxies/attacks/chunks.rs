//! The chunked coding: sizes, extensions, line ends, trailers (RFC 9112 section 7.1).

use super::{Attack, CHUNKED, LAST, chunk, chunked, inner, post, request};

pub(super) fn all() -> Vec<Attack> {
    [extensions(), line_ends(), trailers()].concat()
}

fn in_chunks(family: &'static str, body: &str) -> Attack {
    Attack::new(family, post(&[CHUNKED], body))
}

/// Extensions with what ends a line for some.
fn extensions() -> Vec<Attack> {
    const FAMILY: &str = "chunk extensions";
    // The chunk ends in one reading where the data of another one begin: what follows is data for
    // the one, and a request for the other.
    let rest = format!("{LAST}{}", inner());
    let size = format!("{:x}", rest.len());
    let ends = [";\n", ";a\n", ";a=\n", ";a=\"\n", ";\r", ";a\r", ";a=\"\r", "\n", "\r", " \n"];
    let mut attacks = Vec::new();
    for end in ends {
        let body = format!("2{end}xx\r\n{size}\r\n{rest}\r\n{LAST}");
        attacks.push(in_chunks(FAMILY, &body));
        let quoted = format!("2{end}xx\"\r\n{size}\r\n{rest}\r\n{LAST}");
        attacks.push(in_chunks(FAMILY, &quoted));
    }
    let extensions = [
        ";a",
        ";a=b",
        ";a=\"b\"",
        " ;a=b",
        ";",
        ";;",
        ";a b",
        ";a=",
        ";=b",
        ";a=\"b",
        "; a = b ",
        ";\u{0}",
        ";\u{7f}",
        ";é",
        ";a=\"\\\"\"",
        ";a=\"\r\n\"",
        ",a",
    ];
    for extension in extensions {
        attacks.push(in_chunks(FAMILY, &format!("5{extension}\r\nhello\r\n{LAST}")));
        attacks.push(in_chunks(FAMILY, &format!("5\r\nhello\r\n0{extension}\r\n\r\n{}", inner())));
    }
    let long = format!("5;a={}\r\nhello\r\n{LAST}", "b".repeat(40_000));
    attacks.push(in_chunks(FAMILY, &long));
    attacks
}

/// Line ends and sizes that are not by the grammar, in places where something can hide.
fn line_ends() -> Vec<Attack> {
    const FAMILY: &str = "chunk line ends";
    let hidden = inner();
    let bodies = [
        format!("5\nhello\r\n{LAST}"),
        format!("5\r\nhello\n{LAST}"),
        format!("5\n\rhello\r\n{LAST}"),
        format!("5\r\rhello\r\n{LAST}"),
        format!("5\r\nhello\r\r\n{LAST}"),
        format!("5\r\nhello{LAST}"),
        format!("5\r\nhelloXX{LAST}"),
        format!("5\r\nhelloX\r\n{LAST}"),
        format!("5\r\nhello\r\n0\n\n{hidden}"),
        format!("5\r\nhello\r\n0\r\n\n{hidden}"),
        format!("5\r\nhello\r\n0\n\r\n{hidden}"),
        format!("5\r\nhello\r\n0\r\n\r{hidden}"),
        format!("5\r\nhello\r\n0\r\r\n{hidden}"),
        format!("5\r\nhello\r\n0\r\n{hidden}"),
        format!("5\r\nhello\r\n{hidden}{LAST}"),
        format!("5\r\nhello\r\n\r\n{LAST}{hidden}"),
        format!("\r\n5\r\nhello\r\n{LAST}{hidden}"),
        format!("5\r\nhello\r\n00000000000000000\r\n\r\n{hidden}"),
        format!("0000000000000005\r\nhello\r\n{LAST}{hidden}"),
        format!("00000000000000005\r\nhello\r\n{LAST}{hidden}"),
        format!("fffffffffffffff5\r\nhello\r\n{LAST}{hidden}"),
        format!("10000000000000005\r\nhello\r\n{LAST}{hidden}"),
        format!("100000005\r\nhello\r\n{LAST}{hidden}"),
    ];
    let sizes =
        ["0x5", "+5", "-5", " 5", "5 ", "\t5", "5\t", "5_", "5h", "5.", "\"5\"", "5\0", "５"];
    let sized = sizes.map(|size| format!("{size}\r\nhello\r\n{LAST}{hidden}"));
    let lasts = ["-0", "+0", "0x0", " 0", "0 ", "0_", "0h", "00", ""];
    let lasts = lasts.map(|last| format!("5\r\nhello\r\n{last}\r\n\r\n{hidden}"));
    let bodies = bodies.iter().chain(&sized).chain(&lasts);
    let mut attacks: Vec<_> = bodies.map(|body| in_chunks(FAMILY, body)).collect();
    // Without its end.
    attacks.push(in_chunks(FAMILY, &chunk(&hidden)));
    attacks.push(in_chunks(FAMILY, "0\r\n"));
    attacks
}

/// Trailer fields that would mean something in a head (RFC 9110 section 6.5.1).
fn trailers() -> Vec<Attack> {
    const FAMILY: &str = "trailers";
    let hidden = inner();
    let fields = [
        "X-Sum: 1",
        "Content-Length: 0",
        "Content-Length: 70",
        CHUNKED,
        "Host: other",
        "X-Stamp: forged",
        "Connection: close",
        "Expect: 100-continue",
        "Upgrade: websocket",
        " folded",
        "X-Sum : 1",
        "X-Sum: 1\n",
        "X-Sum: 1\rX-B: 2",
        "X-Sum: 1\nX-B: 2",
        "X-Sum: \0",
        ": 1",
        "no colon",
        "X-Sum: 1\n\n",
    ];
    let mut attacks = Vec::new();
    for field in fields {
        let body = format!("5\r\nhello\r\n0\r\n{field}\r\n\r\n{hidden}");
        attacks.push(in_chunks(FAMILY, &body));
        let announced = [CHUNKED, "Trailer: X-Sum, Host, Content-Length", "TE: trailers"];
        attacks.push(Attack::new(FAMILY, request("POST", "/early", &announced, &body)));
    }
    let many = "X-Sum: 1\r\n".repeat(200);
    attacks.push(in_chunks(FAMILY, &format!("0\r\n{many}\r\n{hidden}")));
    let te = ["TE: trailers", "Connection: TE"];
    attacks.push(Attack::new(FAMILY, request("GET", "/stream", &te, "")));
    attacks.push(Attack::new(FAMILY, request("GET", "/stream", &te, &hidden)));
    attacks.push(Attack::new(FAMILY, request("HEAD", "/stream", &te, &hidden)));
    let both = [&te[..], &[CHUNKED]].concat();
    attacks.push(Attack::new(FAMILY, request("POST", "/stream", &both, &chunked(&hidden))));
    attacks
}
