//! Sends bytes to a server, and reads from its responses what it has understood.
//!
//! The application of each server reads the body, and reports it in the field `X-Seen: METHOD LENGTH
//! SUM`. Its response has no body.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::reading::{End, NEXT, Reading, Step};
use crate::TIMEOUT;

/// Sends `input` and [`NEXT`] on a connection of its own. A server waits if it has sent nothing for
/// `silence`.
///
/// # Errors
///
/// That the server cannot be reached, or what it has sent that is no response.
pub fn observe(server: SocketAddr, input: &[u8], silence: Duration) -> Result<Reading, String> {
    let bytes = [input, NEXT.as_bytes()].concat();
    let (received, end) =
        converse(server, &bytes, silence).map_err(|error| format!("{server}: {error}"))?;
    Ok(Reading { steps: steps(&received)?, end })
}

fn converse(server: SocketAddr, bytes: &[u8], silence: Duration) -> io::Result<(Vec<u8>, End)> {
    let mut socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.connect_timeout(&server.into(), TIMEOUT)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_write_timeout(Some(TIMEOUT))?;
    socket.set_read_timeout(Some(silence))?;
    // Ports are free at once: a run has hundreds of thousands of connections.
    socket.set_linger(Some(Duration::ZERO))?;
    // A server that refuses early may close before all is sent.
    let _ = socket.write_all(bytes);
    let (mut received, mut piece) = (Vec::new(), [0; 4_096]);
    loop {
        match socket.read(&mut piece) {
            Ok(0) => return Ok((received, End::Closed)),
            Ok(count) => received.extend_from_slice(&piece[..count]),
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                    return Ok((received, End::Waits));
                }
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                    return Ok((received, End::Closed));
                }
                _ => return Err(error),
            },
        }
    }
}

/// The final responses in these bytes. The body of the last one may be cut.
fn steps(mut bytes: &[u8]) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    while !bytes.is_empty() {
        if !bytes.starts_with(b"HTTP/1.") {
            // nginx answers HTTP/0.9 with a page.
            if bytes.starts_with(b"<html>") {
                steps.push(Step::Answered(0));
                return Ok(steps);
            }
            return Err(format!("no response: {:?}", String::from_utf8_lossy(bytes)));
        }
        let Some(end) = find(bytes, b"\r\n\r\n") else {
            return Err(format!("half a head: {:?}", String::from_utf8_lossy(bytes)));
        };
        let head = String::from_utf8_lossy(&bytes[..end + 2]).into_owned();
        bytes = &bytes[end + 4..];
        let status = head.get(9..12).and_then(|status| status.parse::<u16>().ok());
        let status = status.ok_or_else(|| format!("no status: {head:?}"))?;
        if status < 200 {
            continue;
        }
        steps.push(step(status, &head));
        bytes = after_body(&head, bytes);
    }
    Ok(steps)
}

fn step(status: u16, head: &str) -> Step {
    if status >= 400 {
        return Step::Refused(status);
    }
    let seen = field(head, "x-seen").map(|value| value.split(' ').collect::<Vec<_>>());
    match seen.as_deref() {
        Some([method, length, sum]) => {
            let numbers = length.parse().ok().zip(sum.parse().ok());
            let (length, sum) = numbers.unwrap_or((usize::MAX, 0));
            Step::Taken { method: (*method).to_owned(), length, sum }
        }
        _ => Step::Answered(status),
    }
}

/// What follows the body of a response. Only the pages of errors have one.
fn after_body<'a>(head: &str, bytes: &'a [u8]) -> &'a [u8] {
    // To HEAD, and to what a server takes for it.
    if bytes.starts_with(b"HTTP/1.") {
        return bytes;
    }
    if let Some(length) = field(head, "content-length").and_then(|value| value.parse().ok()) {
        return bytes.get(length..).unwrap_or_default();
    }
    if field(head, "transfer-encoding").is_some() {
        return find(bytes, b"0\r\n\r\n").map_or(&[], |end| &bytes[end + 5..]);
    }
    &[]
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_read_to_their_end() {
        let bytes = "HTTP/1.1 100 Continue\r\n\r\n\
             HTTP/1.1 200 OK\r\nx-seen: POST 5 17\r\nContent-Length: 0\r\n\r\n\
             HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n\
             HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nHTTP\
             HTTP/1.1 400 Bad Request\r\n\r\nto the end";
        let taken = Step::Taken { method: "POST".to_owned(), length: 5, sum: 17 };
        let expected = [taken, Step::Answered(200), Step::Refused(404), Step::Refused(400)];
        assert_eq!(steps(bytes.as_bytes()).unwrap(), expected);
        assert_eq!(steps(b"<html>").unwrap(), [Step::Answered(0)]);
        assert!(steps(b"x").is_err() && steps(b"HTTP/1.1 200").is_err());
    }
}
