//! A client that hides nothing: bytes out, bytes back.

#![expect(clippy::unwrap_used, reason = "a client of tests: a failure of it is one of the test")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tremolo::{Application, Running};

/// Serves on a free port of this machine.
pub(crate) fn serve(application: Application) -> Running {
    application.listen("127.0.0.1:0").start().unwrap()
}

pub(crate) fn connect(server: &Running) -> TcpStream {
    let addresses = server.addresses();
    let address = addresses.iter().find_map(|address| address.strip_prefix("http://")).unwrap();
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket
}

/// Sends these bytes and gives back everything until the server closes.
pub(crate) fn exchange(server: &Running, request: impl AsRef<[u8]>) -> String {
    let mut socket = connect(server);
    socket.write_all(request.as_ref()).unwrap();
    rest(&mut socket)
}

pub(crate) fn rest(socket: &mut impl Read) -> String {
    let mut received = Vec::new();
    // What a close without a word leaves of a socket differs: an end or a reset, and no byte.
    let _ = socket.read_to_end(&mut received);
    String::from_utf8(received).unwrap()
}

/// One request with these fields and this body; the status and the body of what comes back.
pub(crate) fn ask(server: &Running, line: &str, fields: &[&str], body: &str) -> (u16, String) {
    let mut request = format!("{line} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n");
    for field in fields {
        request = request + field + "\r\n";
    }
    if !body.is_empty() {
        request += &format!("Content-Length: {}\r\n", body.len());
    }
    answer(&exchange(server, request + "\r\n" + body))
}

pub(crate) fn answer(received: &str) -> (u16, String) {
    let (head, body) = received.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{received:?}"));
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("{head}")), body.to_owned())
}
