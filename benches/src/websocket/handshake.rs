//! The opening handshake (RFC 6455, section 4) with an offer of permessage-deflate (RFC 7692).

use std::io;
use std::net::SocketAddr;

/// The request of the handshake.
pub(super) fn request(host: SocketAddr, path: &str, deflates: bool) -> String {
    let extensions = if deflates {
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
         client_no_context_takeover\r\n"
    } else {
        ""
    };
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{extensions}\r\n"
    )
}

/// Checks the response; returns its length, or `None` if it is not complete.
///
/// # Errors
///
/// If the server refuses the handshake, or if it does not compress as it was offered.
pub(super) fn response(input: &[u8], deflates: bool) -> io::Result<Option<usize>> {
    let mut fields = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(len) = head.parse(input).map_err(io::Error::other)? else {
        return Ok(None);
    };
    if head.code != Some(101) {
        return Err(io::Error::other(format!("the handshake has status {:?}", head.code)));
    }
    let field = |name: &str| {
        let field = head.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        field.map_or("", |field| std::str::from_utf8(field.value).unwrap_or_default())
    };
    if field("Sec-WebSocket-Accept") != ACCEPT
        || !field("Upgrade").eq_ignore_ascii_case("websocket")
        || !field("Connection").eq_ignore_ascii_case("upgrade")
    {
        return Err(io::Error::other("the response to the handshake is wrong"));
    }
    let extensions = field("Sec-WebSocket-Extensions");
    let compresses = extensions.starts_with("permessage-deflate")
        && extensions.contains("server_no_context_takeover");
    if compresses != deflates {
        return Err(io::Error::other(format!("the handshake agreed on {extensions:?}")));
    }
    Ok(Some(len))
}

/// The key and its response in RFC 6455, section 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(extensions: &str) -> String {
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-accept: {ACCEPT}\r\n{extensions}\r\n"
        )
    }

    #[test]
    fn an_incomplete_response_is_awaited() {
        let response = accepted("");
        assert_eq!(super::response(response.as_bytes(), false).unwrap(), Some(response.len()));
        assert_eq!(super::response(&response.as_bytes()[..40], false).unwrap(), None);
    }

    #[test]
    fn the_server_must_compress_exactly_if_that_was_offered() {
        let takeover = accepted("Sec-WebSocket-Extensions: permessage-deflate\r\n");
        let without = accepted(
            "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n",
        );
        assert!(response(without.as_bytes(), true).is_ok());
        assert!(response(without.as_bytes(), false).is_err());
        assert!(response(takeover.as_bytes(), true).is_err());
        assert!(response(accepted("").as_bytes(), true).is_err());
    }

    #[test]
    fn other_responses_are_errors() {
        assert!(response(b"HTTP/1.1 426 Upgrade Required\r\n\r\n", false).is_err());
        let wrong = accepted("").replace(ACCEPT, KEY);
        assert!(response(wrong.as_bytes(), false).is_err());
    }
}
