//! The messages on the wire. A change of a byte here changes the counts: record them again.

/// The body of most responses.
pub(super) const HELLO: &str = "Hello World!";

/// A piece of a body in several pieces.
pub(super) const PIECE: &str =
    "a piece of a response that comes in ten of them, as rows of a table would\n";

/// The additional fields that an application sets on its response.
pub(super) const FIELDS: [(&[u8], &[u8]); 5] = [
    (b"Content-Type", b"application/json"),
    (b"Cache-Control", b"private, max-age=60"),
    (b"ETag", b"\"5d8c72a5edda8d6a\""),
    (b"Set-Cookie", b"session=0123456789abcdef; Path=/; HttpOnly; SameSite=Lax"),
    (b"X-Request-Id", b"7f3e9a2c"),
];

pub(super) fn short_get() -> Vec<u8> {
    b"GET /hello HTTP/1.1\r\nHost: localhost:8000\r\n\r\n".to_vec()
}

pub(super) fn browser_get() -> Vec<u8> {
    let head = [
        "GET /a/page?with=a&query=string HTTP/1.1",
        "Host: localhost:8000",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language: en-GB,en;q=0.7,de;q=0.3",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Referer: http://localhost:8000/a/page/that/links/here",
        "Connection: keep-alive",
        "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes",
        "Upgrade-Insecure-Requests: 1",
        "Sec-Fetch-Dest: document",
        "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-User: ?1",
        "Priority: u=0, i",
        "Cache-Control: max-age=0",
        "\r\n",
    ];
    head.join("\r\n").into_bytes()
}

pub(super) fn post() -> Vec<u8> {
    let head = "POST /notes HTTP/1.1\r\nHost: localhost:8000\r\n\
                Content-Type: application/json\r\nContent-Length: 1024\r\n\r\n";
    [head.as_bytes(), &[b'x'; 1_024]].concat()
}

pub(super) fn chunked() -> Vec<u8> {
    let head = "POST /notes HTTP/1.1\r\nHost: localhost:8000\r\n\
                Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = [b"400\r\n", [b'x'; 1_024].as_slice(), b"\r\n"].concat();
    [head.as_bytes(), &chunk.repeat(16), b"0\r\n\r\n"].concat()
}

pub(super) fn handshake() -> Vec<u8> {
    b"GET /chat HTTP/1.1\r\nHost: localhost:8000\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
      Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        .to_vec()
}

/// The text of a message.
pub(super) fn text(len: usize) -> Vec<u8> {
    b"abcdefghijklmnopqrstuvwxyz".iter().copied().cycle().take(len).collect()
}

/// A text in one masked frame.
pub(super) fn frame(len: usize) -> Vec<u8> {
    let length = match u16::try_from(len) {
        Ok(short @ ..126) => vec![0x80 | short as u8],
        Ok(length) => [&[0x80 | 126], &length.to_be_bytes()[..]].concat(),
        Err(_) => [&[0x80 | 127], &(len as u64).to_be_bytes()[..]].concat(),
    };
    let key = [0x37, 0xfa, 0x21, 0x3d];
    let masked = text(len).into_iter().zip(key.into_iter().cycle()).map(|(byte, key)| byte ^ key);
    [vec![0x81], length, key.to_vec(), masked.collect()].concat()
}
