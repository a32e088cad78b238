//! The TLS session of the server between the engine and the wire, as both fronts use it.

use std::io::{self, IoSlice, Read, Write};
use std::task::Poll;

use tremolo_core::{Connection, FileRegion, Now};
use tremolo_net::FlushTarget;
use tremolo_tls::Session;

use crate::wire::Wire;

/// A session and its socket, in one turn.
#[derive(Debug)]
pub(crate) struct Secured<'a> {
    session: &'a mut Session,
    wire: &'a mut Wire,
}

/// The wire, as the session reads and writes it.
struct Socket<'a>(&'a mut Wire);

impl Read for Socket<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.server_reads(room).unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.server_writes(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> Secured<'a> {
    pub(crate) fn new(session: &'a mut Session, wire: &'a mut Wire) -> Self {
        Self { session, wire }
    }

    /// Writes the part of a handshake that found no room before.
    pub(crate) fn flush_handshake(&mut self) {
        if self.session.wants_write() {
            // The next read returns the error of the socket.
            let _ = self.session.flush(&mut Socket(self.wire));
        }
    }

    /// One read, and how many bytes are in the buffer then. `None` if nothing has arrived.
    pub(crate) fn read(
        &mut self,
        connection: &mut Connection,
        now: &Now,
    ) -> Option<(io::Result<usize>, usize)> {
        let read = self.session.receive(&mut Socket(self.wire), connection, now);
        let is_blocked = matches!(&read, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        (!is_blocked).then(|| (read, connection.input_buffer().get_ref().len()))
    }

    /// The connection is over. If the socket takes nothing now, the peer does without.
    pub(crate) fn close(&mut self, is_cut: bool) {
        if !self.wire.server_closed {
            let _ = self.session.shutdown(&mut Socket(self.wire), is_cut);
        }
    }
}

impl FlushTarget for Secured<'_> {
    fn poll_write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(&[IoSlice::new(bytes)], false)
    }

    fn poll_write_vectored(
        &mut self,
        slices: &[IoSlice<'_>],
        _more_follows: bool,
    ) -> Poll<io::Result<usize>> {
        let written = pending(self.session.write(&mut Socket(self.wire), slices));
        self.wire.count_sent(&written);
        written
    }

    fn poll_send_file(&mut self, _region: &FileRegion) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(0))
    }

    fn poll_shutdown(&mut self, is_cut: bool) -> Poll<io::Result<()>> {
        match pending(self.session.shutdown(&mut Socket(self.wire), is_cut)) {
            Poll::Ready(Ok(())) => self.wire.poll_shutdown(is_cut),
            other => other,
        }
    }
}

fn pending<T>(result: io::Result<T>) -> Poll<io::Result<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        result => Poll::Ready(result),
    }
}
