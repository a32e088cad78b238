//! A read that asks the system directly, not through an event loop.

use std::io;
use std::os::fd::AsFd;

/// Reads the bytes that have arrived on a nonblocking socket.
///
/// An event loop has the state of a socket at its last poll. After a pause of the process, timers
/// may run before the next poll; this function returns what has arrived until now.
///
/// # Errors
///
/// `WouldBlock` if nothing has arrived, or another error of the system.
pub fn read_now(socket: impl AsFd, room: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::read(socket, room)?)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn reads_available_bytes_without_waiting() {
        let (mut client, server) = UnixStream::pair().unwrap();
        server.set_nonblocking(true).unwrap();
        let mut room = [0; 8];
        let nothing = read_now(&server, &mut room).unwrap_err();
        assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
        client.write_all(b"abc").unwrap();
        assert_eq!(read_now(&server, &mut room).unwrap(), 3);
        drop(client);
        assert_eq!(read_now(&server, &mut room).unwrap(), 0);
    }
}
