//! A socket and what is known of its readiness: the half of a connection that the system sees.
//!
//! The system tells of each change once (edges), so that what it told is remembered here until a
//! read or a write finds it no longer true. A read that brings less than it had room for, and a
//! write that takes less than it was given, have found that without another call.

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
    /// Bytes may wait to be read.
    readable: bool,
    /// The peer has closed its half. Nothing will tell of that again: it is readable until the
    /// end has been read.
    ended: bool,
    /// It has failed: a reset, most likely.
    failed: bool,
    /// It takes no bytes, until the system says otherwise.
    blocked: bool,
    /// The system tells when it takes bytes. Few sockets ever block, and a Unix socket would
    /// tell of every answer that was read.
    told_of_room: bool,
    fetch: Fetch,
    cork: Cork,
}

/// Whether the next part of a file is in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fetch {
    /// Nobody has looked.
    Unknown,
    Wanted,
    Done,
}

/// How far a flush came.
#[derive(Debug)]
pub(super) struct Flushed {
    /// Something left, or the connection ended.
    pub(super) progress: bool,
    /// It could go on for ever, and lets others go first.
    pub(super) unfinished: bool,
    /// What must be fetched before it can go on.
    pub(super) wanted: Option<Wanted>,
}

impl Flushed {
    fn with(progress: bool) -> Self {
        Self { progress, unfinished: false, wanted: None }
    }
}

impl Socket {
    /// A socket of which the system tells under this token.
    pub(super) fn register(
        mut stream: Stream,
        token: Token,
        registry: &Registry,
    ) -> io::Result<Self> {
        registry.register(&mut stream, token, Interest::READABLE)?;
        let (readable, ended, failed) = (false, false, false);
        let (blocked, told_of_room) = (false, false);
        let (fetch, cork) = (Fetch::Unknown, Cork::default());
        Ok(Self { stream, token, readable, ended, failed, blocked, told_of_room, fetch, cork })
    }

    /// Lets go of it, also where a child process has inherited the descriptor.
    pub(super) fn close(mut self, registry: &Registry) {
        // If the system knows nothing of it, so much the better.
        let _ = self.stream.deregister(registry);
    }

    /// Remembers what the system tells.
    pub(super) fn note(&mut self, event: &mio::event::Event) {
        self.readable |= event.is_readable() || event.is_read_closed();
        self.ended |= event.is_read_closed();
        self.failed |= event.is_error();
        self.blocked &= !event.is_writable();
    }

    pub(super) fn is_readable(&self) -> bool {
        self.readable
    }

    /// Whether it has failed; says so once.
    pub(super) fn take_failure(&mut self) -> bool {
        std::mem::take(&mut self.failed)
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Reads once. True if anything came, the end included.
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

    /// Writes what is queued, as far as the socket takes it.
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

    /// Writes the beginning of a part of a file, if it need not be fetched first.
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
            // What the window bounds fits.
            written => FileSent::Tried(written, length as usize),
        }
    }

    /// What was wanted is in memory, or never will be, which the next attempt finds out.
    pub(super) fn fetched(&mut self) {
        self.fetch = Fetch::Done;
    }

    /// The socket takes no more.
    fn block(&mut self, connection: &mut Connection, registry: &Registry, now: &Now) {
        connection.transmitted(now, 0);
        self.blocked = true;
        if !self.told_of_room {
            // Registering looks at the socket: room that came meanwhile is told of.
            let both = Interest::READABLE | Interest::WRITABLE;
            self.told_of_room = registry.reregister(&mut self.stream, self.token, both).is_ok();
            if !self.told_of_room {
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

/// What became of an attempt to write a part of a file.
enum FileSent {
    /// What the socket says, and how much it was given.
    Tried(io::Result<usize>, usize),
    /// It goes on when the file was fetched: this part of it, or one that is on its way.
    Later(Option<Wanted>),
    Failed,
}
