//! The socket of a connection and its readiness.
//!
//! The system reports each change once (edge-triggered), so that readiness is stored here until a
//! read or a write would block. A short read or a short write shows that without another call.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use mio::event::Source;
use mio::{Interest, Registry, Token};
use tremolo_core::{Connection, FileRegion, Now, Transmit};
use tremolo_files::{Cork, OpenFile, WINDOW, is_about_the_file, write_more};

use super::buffers::Buffers;
use super::fetch::Wanted;
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
    fetch: Fetch,
    cork: Cork,
}

/// Whether the next part of a file is in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fetch {
    /// Not checked yet.
    Unknown,
    Wanted,
    Done,
}

/// The result of a flush.
#[derive(Debug)]
pub(super) struct Flushed {
    /// Bytes were written, or the connection ended.
    pub(super) progress: bool,
    /// The turn is over although the socket would take more: other connections go first.
    pub(super) unfinished: bool,
    /// The part of a file that must be fetched before the flush can continue.
    pub(super) wanted: Option<Wanted>,
}

impl Flushed {
    fn with(progress: bool) -> Self {
        Self { progress, unfinished: false, wanted: None }
    }
}

impl Socket {
    /// Registers a socket with a token.
    pub(super) fn register(
        mut stream: Stream,
        token: Token,
        registry: &Registry,
    ) -> io::Result<Self> {
        registry.register(&mut stream, token, Interest::READABLE)?;
        let (readable, ended, failed) = (false, false, false);
        let (blocked, watches_writable) = (false, false);
        let (fetch, cork) = (Fetch::Unknown, Cork::default());
        Ok(Self { stream, token, readable, ended, failed, blocked, watches_writable, fetch, cork })
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
        match buffers.receive(&mut self.stream, connection) {
            Ok(received) if received.count > 0 => {
                self.readable = self.ended || received.full;
                connection.handle_input(now);
            }
            Ok(_) => {
                self.readable = false;
                connection.handle_eof(now);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                (self.readable, self.ended) = (false, false);
                return false;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return false,
            Err(_) => {
                self.readable = false;
                connection.handle_reset(now);
            }
        }
        true
    }

    /// Writes what is queued, as far as the socket accepts it.
    pub(super) fn flush(
        &mut self,
        connection: &mut Connection,
        registry: &Registry,
        now: &Now,
    ) -> Flushed {
        let mut progress = false;
        while connection.turn().may_write() {
            if self.blocked {
                return Flushed::with(progress);
            }
            let (written, offered) = match connection.poll_transmit(now) {
                None => return Flushed::with(progress),
                Some(Transmit::Bytes(bytes)) => (self.stream.write(bytes), bytes.len()),
                Some(Transmit::Slices(slices)) => {
                    let offered = slices.iter().map(|slice| slice.len()).sum();
                    let written = if slices.come_before_a_file() {
                        write_more(self.stream.as_fd(), &slices)
                    } else {
                        self.stream.write_vectored(&slices)
                    };
                    (written, offered)
                }
                Some(Transmit::File(region)) => match self.send_file(&region) {
                    FileSent::Tried(written, offered) => (written, offered),
                    FileSent::Later(wanted) => {
                        return Flushed { wanted, ..Flushed::with(progress) };
                    }
                    FileSent::Failed => {
                        connection.file_failed(now);
                        progress = true;
                        continue;
                    }
                },
                Some(Transmit::Shutdown) => {
                    match self.stream.shutdown() {
                        Ok(()) => connection.shutdown_done(now),
                        Err(_) => connection.handle_reset(now),
                    }
                    progress = true;
                    continue;
                }
            };
            match written {
                Ok(count) if count > 0 => {
                    connection.transmitted(now, count);
                    progress = true;
                    if count < offered {
                        self.block(connection, registry, now);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.block(connection, registry, now);
                }
                Ok(_) | Err(_) => {
                    connection.handle_reset(now);
                    progress = true;
                }
            }
        }
        Flushed { unfinished: true, ..Flushed::with(progress) }
    }

    /// Writes the beginning of a part of a file, unless it must be fetched first.
    fn send_file(&mut self, region: &FileRegion) -> FileSent {
        let Ok(file) = Arc::clone(&region.file).downcast::<OpenFile>() else {
            return FileSent::Failed;
        };
        let (offset, length) = (region.offset, region.length.min(WINDOW));
        match self.fetch {
            Fetch::Wanted => return FileSent::Later(None),
            Fetch::Unknown if !file.is_cached(offset, length) => {
                self.fetch = Fetch::Wanted;
                return FileSent::Later(Some(Wanted { file, offset, length }));
            }
            Fetch::Unknown | Fetch::Done => self.fetch = Fetch::Unknown,
        }
        match file.send_to(self.stream.as_fd(), &mut self.cork, offset, region.length) {
            Ok(0) => FileSent::Failed,
            Err(error) if is_about_the_file(&error) => FileSent::Failed,
            // At most `WINDOW`, which fits.
            written => FileSent::Tried(written, length as usize),
        }
    }

    /// The wanted part is in memory, or unreadable: then the next attempt fails.
    pub(super) fn fetched(&mut self) {
        self.fetch = Fetch::Done;
    }

    /// A write would block.
    fn block(&mut self, connection: &mut Connection, registry: &Registry, now: &Now) {
        connection.transmitted(now, 0);
        self.blocked = true;
        if !self.watches_writable {
            // Registering checks the socket again, so that no change is missed.
            let both = Interest::READABLE | Interest::WRITABLE;
            self.watches_writable = registry.reregister(&mut self.stream, self.token, both).is_ok();
            if !self.watches_writable {
                connection.handle_reset(now);
            }
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// The result of an attempt to write a part of a file.
enum FileSent {
    /// The result of the write, and how many bytes it was given.
    Tried(io::Result<usize>, usize),
    /// Continues when a part was fetched: this one, or one that is being fetched already.
    Later(Option<Wanted>),
    Failed,
}
