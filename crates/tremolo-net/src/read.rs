//! A read that asks the system, not an event loop.

use std::io;
use std::os::fd::AsFd;

/// Reads what has arrived on a socket that does not block.
///
/// An event loop knows of a socket what its last look has shown. After a pause of the process its
/// timers can come first; this tells what the socket has by then.
///
/// # Errors
///
/// `WouldBlock` if nothing has arrived, or what else the system reports.
pub fn read_now(socket: impl AsFd, room: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::read(socket, room)?)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn reads_what_is_there_and_waits_for_nothing() {
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
