//! Writes to a nonblocking socket that raise no `SIGPIPE`.

use std::io::{self, IoSlice};
use std::os::fd::AsFd;

use rustix::io::retry_on_intr;
use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};

/// Writes bytes. A closed peer is the error `BrokenPipe`, whatever the process does with the
/// signal.
///
/// # Errors
///
/// The error of the system; `WouldBlock` if the socket's buffer is full.
pub fn send(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    Ok(retry_on_intr(|| rustix::net::send(&socket, bytes, NO_SIGNAL))?)
}

/// Writes slices, like [`send`]. `more_follows`: a file or the shutdown follows at once, and the last
/// packet should contain its beginning. A head or the end of a connection in a packet of its own
/// costs as much as a small response.
///
/// # Errors
///
/// The error of the system; `WouldBlock` if the socket's buffer is full.
pub fn send_vectored(
    socket: impl AsFd,
    slices: &[IoSlice<'_>],
    more_follows: bool,
) -> io::Result<usize> {
    let flags = if more_follows { NO_SIGNAL.union(SendFlags::MORE) } else { NO_SIGNAL };
    let mut control = SendAncillaryBuffer::default();
    Ok(retry_on_intr(|| sendmsg(&socket, slices, &mut control, flags))?)
}

/// The host process decides how it handles SIGPIPE: a write to a closed connection must not raise
/// it. On systems without this flag the sockets are created with `SO_NOSIGPIPE`.
#[cfg(not(target_vendor = "apple"))]
const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
const NO_SIGNAL: SendFlags = SendFlags::empty();

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn writes_in_order_and_reports_a_closed_peer_without_a_signal() {
        let (near, mut far) = UnixStream::pair().unwrap();
        assert_eq!(send(&near, b"ab").unwrap(), 2);
        let slices = [IoSlice::new(b"c"), IoSlice::new(b"de")];
        assert_eq!(send_vectored(&near, &slices, false).unwrap(), 3);
        assert_eq!(send_vectored(&near, &slices, true).unwrap(), 3);
        let mut room = [0; 8];
        far.read_exact(&mut room).unwrap();
        assert_eq!(&room, b"abcdecde");
        drop(far);
        assert_eq!(send(&near, b"a").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        let error = send_vectored(&near, &slices, true).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
