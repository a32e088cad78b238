//! The sockets that a driver can have, and how parts of files leave through them.

use std::future::Future;
use std::io::{self, IoSlice};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BufMut;
use tokio::io::{AsyncWrite, Interest};
use tokio::task::{JoinHandle, spawn_blocking};
use tremolo_core::{Connection, FileRegion, Now};
use tremolo_files::{Cork, FileSender, FileStep, OpenFile};
use tremolo_net::{FlushTarget, is_temporary, receive, send, send_vectored, set_peer_timeout};

use super::socket::Socket;

/// A socket, as the driver uses it. `Pending` and `WouldBlock`: the task is woken when that changes.
pub(super) trait Transport: Unpin {
    /// Reads once into the buffer of the connection.
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection,
        now: &Now,
    ) -> Poll<io::Result<usize>>;

    /// Ready if a read may return something.
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<()>;

    /// Reads what is there, whatever the runtime knows of the socket.
    fn read_now(&mut self, connection: &mut Connection, now: &Now) -> io::Result<usize>;

    /// Limits how long the peer may leave bytes unacknowledged.
    fn set_peer_timeout(&self, after: Duration) -> io::Result<()>;

    /// Ready when the socket may take something.
    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Writes bytes.
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Writes slices. `more_follows`: the last packet may wait for what follows at once.
    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
        more_follows: bool,
    ) -> Poll<io::Result<usize>>;

    /// Writes of a part of a file as many bytes as the socket takes at once.
    fn send_file(
        &mut self,
        cx: &mut Context<'_>,
        file: &OpenFile,
        cork: &mut Cork,
        region: &FileRegion,
    ) -> io::Result<usize>;

    /// Closes the writing half. `is_cut`: the output is not complete.
    fn poll_shutdown(&mut self, cx: &mut Context<'_>, is_cut: bool) -> Poll<io::Result<()>>;

    /// The connection is over, and the socket is dropped next.
    fn close(&mut self, _is_cut: bool) {}
}

impl Transport for Socket {
    #[inline]
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection,
        _now: &Now,
    ) -> Poll<io::Result<usize>> {
        let mut input = connection.input_buffer();
        let room = input.remaining_mut();
        loop {
            let mut attempt = Attempt::of(room);
            let call = || attempt.note(receive(&*self, &mut input));
            let tried = self.try_io(Interest::READABLE, call);
            match attempt.result(tried) {
                Err(error) if is_blocked(&error) => ready!(self.poll_readable(cx))?,
                read => return Poll::Ready(read),
            }
        }
    }

    #[inline]
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        // The read returns the error.
        self.poll_readable(cx).map(drop)
    }

    fn read_now(&mut self, connection: &mut Connection, _now: &Now) -> io::Result<usize> {
        receive(&*self, connection.input_buffer())
    }

    fn set_peer_timeout(&self, after: Duration) -> io::Result<()> {
        set_peer_timeout(self, after)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_writable(cx)
    }

    #[inline]
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        poll_send(self, cx, bytes.len(), |socket| send(socket, bytes))
    }

    #[inline]
    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
        more_follows: bool,
    ) -> Poll<io::Result<usize>> {
        let most = slices.iter().map(|slice| slice.len()).sum();
        poll_send(self, cx, most, |socket| send_vectored(socket, slices, more_follows))
    }

    fn send_file(
        &mut self,
        _cx: &mut Context<'_>,
        file: &OpenFile,
        cork: &mut Cork,
        region: &FileRegion,
    ) -> io::Result<usize> {
        let FileRegion { offset, length, .. } = *region;
        self.try_io(Interest::WRITABLE, || file.send_to(self.as_fd(), cork, offset, length))
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>, _is_cut: bool) -> Poll<io::Result<()>> {
        AsyncWrite::poll_shutdown(Pin::new(self), cx)
    }
}

#[inline]
fn poll_send(
    socket: &Socket,
    cx: &mut Context<'_>,
    most: usize,
    send: impl Fn(&Socket) -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    loop {
        let mut attempt = Attempt::of(most);
        let tried = socket.try_io(Interest::WRITABLE, || attempt.note(send(socket)));
        match attempt.result(tried) {
            Err(error) if is_blocked(&error) => ready!(socket.poll_writable(cx))?,
            written => return Poll::Ready(written),
        }
    }
}

/// A call for so many bytes, while the runtime knows the socket as ready. A short count shows, as an
/// error does, that it is not ready any more; without another call.
struct Attempt {
    most: usize,
    short: Option<usize>,
}

impl Attempt {
    fn of(most: usize) -> Self {
        Self { most, short: None }
    }

    /// What the runtime gets: for a short count the error that marks the socket as not ready.
    #[inline]
    fn note(&mut self, result: io::Result<usize>) -> io::Result<usize> {
        match result {
            Ok(count) if 0 < count && count < self.most => {
                self.short = Some(count);
                Err(io::ErrorKind::WouldBlock.into())
            }
            result => result,
        }
    }

    #[inline]
    fn result(self, tried: io::Result<usize>) -> io::Result<usize> {
        self.short.map_or(tried, Ok)
    }
}

fn is_blocked(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

/// What a driver has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// Bytes, the end or an error came.
    Something,
    /// Nothing has come, and the task is woken when that changes.
    Pending,
    /// Nothing is to be read.
    Unwanted,
}

/// The writing half of a connection, in one poll of its task.
#[derive(Debug)]
pub(super) struct Outgoing<'a, 'cx, S> {
    pub(super) socket: &'a mut S,
    pub(super) files: &'a mut Files,
    pub(super) cx: &'a mut Context<'cx>,
}

impl<S: Transport> FlushTarget for Outgoing<'_, '_, S> {
    #[inline]
    fn poll_write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.socket.poll_write(self.cx, bytes)
    }

    #[inline]
    fn poll_write_vectored(
        &mut self,
        slices: &[IoSlice<'_>],
        more_follows: bool,
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_write_vectored(self.cx, slices, more_follows)
    }

    fn poll_send_file(&mut self, region: &FileRegion) -> Poll<io::Result<usize>> {
        self.files.poll_send(self.socket, self.cx, region)
    }

    fn poll_shutdown(&mut self, is_cut: bool) -> Poll<io::Result<()>> {
        self.socket.poll_shutdown(self.cx, is_cut)
    }
}

/// The files that a connection is sending, and the thread that fetches the next part.
#[derive(Debug, Default)]
pub(super) struct Files {
    sender: FileSender,
    fetching: Option<JoinHandle<io::Result<()>>>,
}

impl Files {
    /// Sends the beginning of a part of a file: `Ok(0)` if that is impossible because of the file.
    #[inline(never)]
    fn poll_send(
        &mut self,
        socket: &mut impl Transport,
        cx: &mut Context<'_>,
        region: &FileRegion,
    ) -> Poll<io::Result<usize>> {
        loop {
            if let Some(fetching) = &mut self.fetching {
                let fetched = ready!(Pin::new(fetching).poll(cx));
                self.fetching = None;
                self.sender.fetched(!matches!(fetched, Ok(Err(_))));
            }
            ready!(socket.poll_write_ready(cx))?;
            let send = |file: &OpenFile, cork: &mut Cork| socket.send_file(cx, file, cork, region);
            let step = self.sender.send(region, send);
            match step {
                FileStep::Fetch(fetch) => self.fetching = Some(spawn_blocking(|| fetch.run())),
                FileStep::Sent(Err(error)) if is_temporary(&error) => {}
                FileStep::Sent(sent) => return Poll::Ready(sent),
            }
        }
    }
}
