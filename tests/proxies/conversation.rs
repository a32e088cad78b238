//! One connection of a client to a proxy, and what came back on it.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::attacks::{MARK, Step, mark};

/// All that a client has received, and what it means.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) bytes: Vec<u8>,
}

impl Received {
    /// The statuses of the final responses, and of a `101`, in order.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        final_statuses(&self.bytes)
    }

    /// The marks in all responses, each run of the same one once.
    pub(crate) fn marks(&self) -> Vec<String> {
        let mut marks = marks(&self.bytes);
        marks.dedup();
        marks
    }
}

/// Sends the steps to `host:port`, waits for a final response, sends a last request and reads to the
/// end of the connection, or until the proxy has been silent for longer than its timeouts.
pub(crate) fn converse(address: &str, steps: &[Step], last: Option<&str>) -> Received {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(SILENCE)).unwrap();
    socket.set_write_timeout(Some(SILENCE)).unwrap();
    socket.set_nodelay(true).unwrap();
    let mut received = Received::default();
    let mut is_open = true;
    for step in steps {
        match step {
            // A proxy that has refused the request may have closed.
            Step::Send(text) => drop(socket.write_all(text.as_bytes())),
            Step::Await => is_open = is_open && read_more(&mut socket, &mut received.bytes),
        }
    }
    if let Some(last) = last {
        while is_open && received.statuses().is_empty() {
            is_open = read_more(&mut socket, &mut received.bytes);
        }
        let _ = socket.write_all(last.as_bytes());
    }
    while is_open {
        is_open = read_more(&mut socket, &mut received.bytes);
    }
    let _ = socket.shutdown(Shutdown::Both);
    received
}

/// Whether anything came before the end.
fn read_more(socket: &mut TcpStream, bytes: &mut Vec<u8>) -> bool {
    let mut piece = [0; 16_384];
    loop {
        match socket.read(&mut piece) {
            Ok(0) => return false,
            Ok(count) => {
                bytes.extend_from_slice(&piece[..count]);
                return true;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

/// The statuses in heads of responses, without those of interim responses. No body has such text.
pub(crate) fn final_statuses(bytes: &[u8]) -> Vec<u16> {
    placed_statuses(bytes).map(|(_, status)| status).collect()
}

/// The same, each with its place.
pub(crate) fn placed_statuses(bytes: &[u8]) -> impl Iterator<Item = (usize, u16)> {
    let heads = places(bytes, b"HTTP/1.").filter_map(|at| {
        let rest = bytes.get(at + 7..at + 12)?;
        let status = std::str::from_utf8(&rest[2..]).ok()?.parse().ok()?;
        (matches!(rest[0], b'0' | b'1') && rest[1] == b' ').then_some((at, status))
    });
    heads.filter(|(_, status)| !matches!(status, 100 | 102..200))
}

/// All marks in a text.
pub(crate) fn marks(bytes: &[u8]) -> Vec<String> {
    let length = mark('a', 0).len();
    let texts = places(bytes, MARK.as_bytes()).filter_map(|at| bytes.get(at..at + length));
    texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect()
}

/// Where a part stands in a text.
pub(crate) fn places(text: &[u8], part: &'static [u8]) -> impl Iterator<Item = usize> {
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte == part[0]);
    starts.map(|(at, _)| at).filter(|at| text[*at..].starts_with(part))
}

/// The timeouts of the proxies are shorter.
const SILENCE: Duration = Duration::from_secs(5);
