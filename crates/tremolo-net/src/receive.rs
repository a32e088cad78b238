//! Reads into memory that is not initialised.

#![expect(unsafe_code, reason = "to clear the memory first would cost more than most reads")]

use std::io;
use std::os::fd::AsFd;

use bytes::BufMut;
use rustix::net::{RecvFlags, recv};

/// Reads once from a nonblocking socket into the room of a buffer, and returns the number of bytes; 0
/// is the end, or there is no room.
///
/// It asks the system itself, and not through an event loop, which has the state of a socket at its
/// last poll. It also does without the C library, whose calls another thread can cancel: in a program
/// with several threads each of them begins and ends with an atomic operation for that.
///
/// # Errors
///
/// `WouldBlock` if nothing has arrived, or another error of the system.
pub fn receive(socket: impl AsFd, mut buffer: impl BufMut) -> io::Result<usize> {
    // SAFETY: the system writes into it, and nothing else is done with it.
    let room = unsafe { buffer.chunk_mut().as_uninit_slice_mut() };
    let ((received, _), _) = recv(socket, room, RecvFlags::empty())?;
    let count = received.len();
    // SAFETY: the system has written so many bytes to the beginning of the room.
    unsafe { buffer.advance_mut(count) };
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn appends_what_has_arrived_up_to_the_end_of_the_room_without_waiting() {
        let (mut client, server) = UnixStream::pair().unwrap();
        server.set_nonblocking(true).unwrap();
        let mut buffer = bytes::BytesMut::from("0");
        let nothing = receive(&server, &mut buffer).unwrap_err();
        assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
        client.write_all(b"abcde").unwrap();
        assert_eq!(receive(&server, (&mut buffer).limit(3)).unwrap(), 3);
        assert_eq!(receive(&server, &mut buffer).unwrap(), 2);
        assert_eq!(buffer, "0abcde");
        drop(client);
        assert_eq!(receive(&server, &mut buffer).unwrap(), 0);
    }
}
