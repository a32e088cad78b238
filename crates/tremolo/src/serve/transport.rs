//! The sockets that a driver can have, and how parts of files leave through them.

use std::future::Future;
use std::io::{self, IoSlice};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, Interest};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::{JoinHandle, spawn_blocking};
use tremolo_core::FileRegion;
use tremolo_files::{Cork, FileSender, FileStep, OpenFile};
use tremolo_net::{FlushTarget, is_temporary, read_now, send_vectored};

/// A socket, as the driver uses it.
pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin {
    /// Reads what is there, whatever the runtime knows of the socket.
    fn read_now(&self, room: &mut [u8]) -> io::Result<usize>;

    /// Ready when the socket may take something.
    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Writes slices whose last packet may wait for the file that is written next.
    fn poll_write_before_file(
        &self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>>;

    /// Writes of a part of a file as many bytes as the socket takes at once.
    fn send_file(&self, file: &OpenFile, cork: &mut Cork, region: &FileRegion)
    -> io::Result<usize>;
}

macro_rules! transports {
    ($($socket:ty)+) => {$(
        impl Transport for $socket {
            fn read_now(&self, room: &mut [u8]) -> io::Result<usize> {
                read_now(self, room)
            }

            fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Self::poll_write_ready(self, cx)
            }

            fn poll_write_before_file(
                &self,
                cx: &mut Context<'_>,
                slices: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                loop {
                    ready!(Self::poll_write_ready(self, cx))?;
                    match self.try_io(Interest::WRITABLE, || send_vectored(self, slices, true)) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        written => return Poll::Ready(written),
                    }
                }
            }

            fn send_file(
                &self,
                file: &OpenFile,
                cork: &mut Cork,
                region: &FileRegion,
            ) -> io::Result<usize> {
                let FileRegion { offset, length, .. } = *region;
                self.try_io(Interest::WRITABLE, || file.send_to(self.as_fd(), cork, offset, length))
            }
        }
    )+};
}

transports!(TcpStream UnixStream);

/// The writing half of a connection, in one poll of its task.
#[derive(Debug)]
pub(super) struct Outgoing<'a, 'cx, S> {
    pub(super) socket: Pin<&'a mut S>,
    pub(super) files: &'a mut Files,
    pub(super) cx: &'a mut Context<'cx>,
}

impl<S: Transport> FlushTarget for Outgoing<'_, '_, S> {
    #[inline]
    fn poll_write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.socket.as_mut().poll_write(self.cx, bytes)
    }

    #[inline]
    fn poll_write_vectored(
        &mut self,
        slices: &[IoSlice<'_>],
        before_file: bool,
    ) -> Poll<io::Result<usize>> {
        if before_file {
            return self.socket.poll_write_before_file(self.cx, slices);
        }
        self.socket.as_mut().poll_write_vectored(self.cx, slices)
    }

    fn poll_send_file(&mut self, region: &FileRegion) -> Poll<io::Result<usize>> {
        self.files.poll_send(&*self.socket, self.cx, region)
    }

    fn poll_shutdown(&mut self) -> Poll<io::Result<()>> {
        self.socket.as_mut().poll_shutdown(self.cx)
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
        socket: &impl Transport,
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
            let step = self.sender.send(region, |file, cork| socket.send_file(file, cork, region));
            match step {
                FileStep::Fetch(fetch) => self.fetching = Some(spawn_blocking(|| fetch.run())),
                FileStep::Sent(Err(error)) if is_temporary(&error) => {}
                FileStep::Sent(sent) => return Poll::Ready(sent),
            }
        }
    }
}
