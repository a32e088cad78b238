//! The socket of a connection and its readiness.
//!
//! The system reports each change once (edge-triggered), so that readiness is stored here until a
//! read or a write would block. A short read or a short write shows that without another call.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd};
use std::task::Poll;

use mio::event::Source;
use mio::{Interest, Registry, Token};
use tremolo_core::{Connection, FileRegion, Now};
use tremolo_files::{Cork, Fetch, FileSender, FileStep, OpenFile, WINDOW};
use tremolo_net::{FlushTarget, Flushed, flush, handle_read, is_temporary, send, send_vectored};

use super::buffers::Buffers;
use super::stream::Stream;

#[derive(Debug)]
pub(super) struct Socket {
    stream: Stream,
    token: Token,
    /// Bytes may be waiting to be read.
    readable: bool,
    /// The peer has closed its half. The system does not report that again: the socket counts as
    /// readable until the end has been read.
    ended: bool,
    /// The socket has an error: a reset, most likely.
    failed: bool,
    /// A write would block, until the system reports that the socket is writable.
    blocked: bool,
    /// Registered for writability. Few sockets ever block, and a Unix socket would report each
    /// response that the peer has read.
    watches_writable: bool,
    files: FileSender,
    /// The next part of a file is not in memory: a thread fetches it, or has to.
    fetching: bool,
    /// The part that a thread has to fetch.
    wanted: Option<Fetch>,
}

impl Socket {
    /// Registers a socket with a token.
    pub(super) fn register(
        mut stream: Stream,
        token: Token,
        registry: &Registry,
    ) -> io::Result<Self> {
        registry.register(&mut stream, token, Interest::READABLE)?;
        Ok(Self {
            stream,
            token,
            readable: false,
            ended: false,
            failed: false,
            blocked: false,
            watches_writable: false,
            files: FileSender::default(),
            fetching: false,
            wanted: None,
        })
    }

    /// Deregisters and closes the socket. A child process may have inherited the descriptor, so
    /// that closing alone would not deregister it.
    pub(super) fn close(mut self, registry: &Registry) {
        // The socket is closed next, so that an error changes nothing.
        let _ = self.stream.deregister(registry);
    }

    /// Records a readiness event.
    pub(super) fn note(&mut self, event: &mio::event::Event) {
        self.readable |= event.is_readable() || event.is_read_closed();
        self.ended |= event.is_read_closed();
        self.failed |= event.is_error();
        self.blocked &= !event.is_writable();
    }

    pub(super) fn is_readable(&self) -> bool {
        self.readable
    }

    /// Takes the flag of an error.
    pub(super) fn take_failure(&mut self) -> bool {
        std::mem::take(&mut self.failed)
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Reads once. Returns whether bytes, the end or an error arrived.
    pub(super) fn receive(
        &mut self,
        connection: &mut Connection,
        buffers: &mut Buffers,
        now: &Now,
    ) -> bool {
        let read = buffers.receive(&mut self.stream, connection);
        match &read {
            Ok(received) if received.count > 0 => self.readable = self.ended || received.full,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                (self.readable, self.ended) = (false, false);
            }
            Err(error) if is_temporary(error) => {}
            Ok(_) | Err(_) => self.readable = false,
        }
        handle_read(connection, now, &read.map(|received| received.count))
    }

    /// Writes what is queued, as far as the socket accepts it.
    pub(super) fn flush(
        &mut self,
        connection: &mut Connection,
        registry: &Registry,
        now: &Now,
    ) -> Flushed {
        if self.blocked {
            return Flushed::default();
        }
        flush(connection, &mut Outgoing { socket: self, registry }, now)
    }

    /// Takes the part of a file that must be fetched before the flush can continue.
    pub(super) fn take_wanted(&mut self) -> Option<Fetch> {
        self.wanted.take()
    }

    /// The wanted part is in memory, or unreadable.
    pub(super) fn fetched(&mut self, is_readable: bool) {
        self.fetching = false;
        self.files.fetched(is_readable);
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// The socket while it is flushed.
struct Outgoing<'a> {
    socket: &'a mut Socket,
    registry: &'a Registry,
}

impl Outgoing<'_> {
    /// Writes so many bytes with one call, unless the socket is known to block.
    fn poll(
        &mut self,
        offered: usize,
        write: impl FnOnce(&Stream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        if self.socket.blocked {
            return Poll::Pending;
        }
        match write(&self.socket.stream) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.block()?;
                Poll::Pending
            }
            Ok(count) if 0 < count && count < offered => {
                // If this fails, it fails again after the next write.
                let _ = self.block();
                Poll::Ready(Ok(count))
            }
            written => Poll::Ready(written),
        }
    }

    /// The next write would block.
    fn block(&mut self) -> io::Result<()> {
        let Socket { stream, token, watches_writable, .. } = self.socket;
        if !*watches_writable {
            // Registering checks the socket again, so that no change is missed.
            let both = Interest::READABLE | Interest::WRITABLE;
            self.registry.reregister(stream, *token, both)?;
            *watches_writable = true;
        }
        self.socket.blocked = true;
        Ok(())
    }
}

impl FlushTarget for Outgoing<'_> {
    fn poll_write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll(bytes.len(), |stream| send(stream, bytes))
    }

    fn poll_write_vectored(
        &mut self,
        slices: &[IoSlice<'_>],
        before_file: bool,
    ) -> Poll<io::Result<usize>> {
        let offered = slices.iter().map(|slice| slice.len()).sum();
        self.poll(offered, |stream| send_vectored(stream, slices, before_file))
    }

    fn poll_send_file(&mut self, region: &FileRegion) -> Poll<io::Result<usize>> {
        let FileRegion { offset, length, .. } = *region;
        if self.socket.blocked || self.socket.fetching {
            return Poll::Pending;
        }
        let Socket { stream, files, .. } = self.socket;
        let send =
            |file: &OpenFile, cork: &mut Cork| file.send_to(stream.as_fd(), cork, offset, length);
        match files.send(region, send) {
            FileStep::Fetch(wanted) => {
                (self.socket.fetching, self.socket.wanted) = (true, Some(wanted));
                Poll::Pending
            }
            // At most `WINDOW`, which fits.
            FileStep::Sent(sent) => self.poll(length.min(WINDOW) as usize, |_| sent),
        }
    }

    fn poll_shutdown(&mut self, _is_cut: bool) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.stream.shutdown())
    }
}
