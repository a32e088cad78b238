//! The socket of a connection and its readiness.
//!
//! The system reports each change once (edge-triggered), so that readiness is stored here until a
//! read or a write would block. A short read or a short write shows that without another call.

use std::io::{self, IoSlice, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Poll, ready};

use mio::event::Source;
use mio::{Interest, Registry, Token};
use tremolo_core::{Connection, FileRegion, Now};
use tremolo_files::{Cork, Fetch, FileSender, FileStep, OpenFile};
use tremolo_net::{
    FlushTarget, Flushed, flush, handle_read, is_temporary, receive, send, send_vectored,
};
use tremolo_tls::Session;

use super::buffers::{Buffers, Received};
use super::stream::Stream;

#[derive(Debug)]
pub(super) struct Socket {
    stream: Stream,
    /// The session of an encrypted connection.
    tls: Option<Box<Session>>,
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
        tls: Option<Session>,
        token: Token,
        registry: &Registry,
    ) -> io::Result<Self> {
        registry.register(&mut stream, token, Interest::READABLE)?;
        Ok(Self {
            stream,
            tls: tls.map(Box::new),
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
    /// that closing alone would not deregister it. `is_cut`: the output is not complete.
    pub(super) fn close(mut self, registry: &Registry, is_cut: bool) {
        // If the socket takes nothing now, the peer does without the end of its session.
        let _ = Outgoing { socket: &mut self, registry }
            .encrypted(|session, socket| session.shutdown(socket, is_cut));
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
        registry: &Registry,
        now: &Now,
    ) -> bool {
        let read = if self.tls.is_some() {
            buffers.attach(connection);
            self.receive_encrypted(connection, registry, now)
        } else {
            buffers.receive(&self.stream, connection)
        };
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

    /// Reads once through the session of TLS.
    #[inline(never)]
    fn receive_encrypted(
        &mut self,
        connection: &mut Connection,
        registry: &Registry,
        now: &Now,
    ) -> io::Result<Received> {
        let received = Outgoing { socket: self, registry }.encrypted(|session, socket| {
            let count = session.receive(socket, connection, now)?;
            Ok(Received { count, full: session.may_have_more() })
        });
        received.unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
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
        let mut target = Outgoing { socket: self, registry };
        // A part of a handshake that the socket did not take.
        let rest =
            target.encrypted(
                |session, socket| {
                    if session.wants_write() { session.flush(socket) } else { Ok(()) }
                },
            );
        if let Some(Err(error)) = rest
            && !is_temporary(&error)
        {
            connection.handle_reset(now);
        }
        flush(connection, &mut target, now)
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

impl Outgoing<'_> {
    /// Acts with the session of TLS; `None` if the connection has none.
    fn encrypted<T>(
        &mut self,
        act: impl FnOnce(&mut Session, &mut Self) -> io::Result<T>,
    ) -> Option<io::Result<T>> {
        let mut session = self.socket.tls.take()?;
        let result = act(&mut session, self);
        self.socket.tls = Some(session);
        Some(result)
    }

    #[inline(never)]
    fn send_encrypted_file(&mut self, region: &FileRegion) -> Poll<io::Result<usize>> {
        let mut files = std::mem::take(&mut self.socket.files);
        let step = files.send(region, |file, _| {
            let sent = self.encrypted(|session, socket| {
                let read = |at, room: &mut [u8]| file.read_at(region.offset + at, room);
                session.write_from(socket, region.length, read)
            });
            sent.unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
        });
        self.socket.files = files;
        match step {
            FileStep::Fetch(wanted) => {
                (self.socket.fetching, self.socket.wanted) = (true, Some(wanted));
                Poll::Pending
            }
            FileStep::Sent(sent) => pending(sent),
        }
    }
}

/// The socket for a session of TLS.
impl Read for Outgoing<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        receive(&self.socket.stream, room)
    }
}

impl Write for Outgoing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let offered = slices.iter().map(|slice| slice.len()).sum();
        match self.poll(offered, |stream| send_vectored(stream, slices, false)) {
            Poll::Ready(written) => written,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn pending<T>(result: io::Result<T>) -> Poll<io::Result<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        result => Poll::Ready(result),
    }
}

impl FlushTarget for Outgoing<'_> {
    fn poll_write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.socket.tls.is_some() {
            return self.poll_write_vectored(&[IoSlice::new(bytes)], false);
        }
        self.poll(bytes.len(), |stream| send(stream, bytes))
    }

    fn poll_write_vectored(
        &mut self,
        slices: &[IoSlice<'_>],
        more_follows: bool,
    ) -> Poll<io::Result<usize>> {
        if let Some(written) = self.encrypted(|session, socket| session.write(socket, slices)) {
            return pending(written);
        }
        let offered = slices.iter().map(|slice| slice.len()).sum();
        self.poll(offered, |stream| send_vectored(stream, slices, more_follows))
    }

    fn poll_send_file(&mut self, region: &FileRegion) -> Poll<io::Result<usize>> {
        let FileRegion { offset, length, .. } = *region;
        if self.socket.blocked || self.socket.fetching {
            return Poll::Pending;
        }
        if self.socket.tls.is_some() {
            return self.send_encrypted_file(region);
        }
        let Socket { stream, files, .. } = self.socket;
        let send =
            |file: &OpenFile, cork: &mut Cork| file.send_to(stream.as_fd(), cork, offset, length);
        match files.send(region, send) {
            FileStep::Fetch(wanted) => {
                (self.socket.fetching, self.socket.wanted) = (true, Some(wanted));
                Poll::Pending
            }
            // Fewer bytes than asked for do not show that the socket is full: the file may end there,
            // or the system sends it in shorter steps.
            FileStep::Sent(sent) => self.poll(0, |_| sent),
        }
    }

    fn poll_shutdown(&mut self, is_cut: bool) -> Poll<io::Result<()>> {
        let ended = self.encrypted(|session, socket| session.shutdown(socket, is_cut));
        if let Some(ended) = ended {
            ready!(pending(ended))?;
        }
        Poll::Ready(self.socket.stream.shutdown())
    }
}
