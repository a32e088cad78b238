//! The sockets that a driver can have, and how parts of files leave through them.
//!
//! The kernel sends a file to a plain socket (`sendfile`), and only while its next bytes are in the
//! page cache. A thread fetches those that are not, so that a slow disk delays one download and no
//! other connection.

use std::future::Future;
use std::io::{self, IoSlice};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, Interest};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::{JoinHandle, spawn_blocking};
use tremolo_core::FileRegion;
use tremolo_files::{Cork, OpenFile, WINDOW, is_about_the_file, write_more};
use tremolo_net::{read_now, set_peer_timeout};

/// A socket, as the driver uses it.
pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin {
    /// Reads what is there, whatever the runtime knows of the socket.
    fn read_now(&self, room: &mut [u8]) -> io::Result<usize>;

    /// Limits how long the peer may leave bytes unacknowledged.
    fn set_peer_timeout(&self, after: Duration) -> io::Result<()>;

    /// Ready when the socket may take something.
    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Writes slices that are to leave together with what is written next.
    fn poll_write_more(
        &self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>>;

    /// Writes of the `left` bytes of a file as many as the socket takes at once.
    fn send_file(
        &self,
        file: &OpenFile,
        cork: &mut Cork,
        offset: u64,
        left: u64,
    ) -> io::Result<usize>;
}

macro_rules! transports {
    ($($socket:ty)+) => {$(
        impl Transport for $socket {
            fn read_now(&self, room: &mut [u8]) -> io::Result<usize> {
                read_now(self, room)
            }

            fn set_peer_timeout(&self, after: Duration) -> io::Result<()> {
                set_peer_timeout(self, after)
            }

            fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Self::poll_write_ready(self, cx)
            }

            fn poll_write_more(
                &self,
                cx: &mut Context<'_>,
                slices: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                loop {
                    ready!(Self::poll_write_ready(self, cx))?;
                    match self.try_io(Interest::WRITABLE, || write_more(self.as_fd(), slices)) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        written => return Poll::Ready(written),
                    }
                }
            }

            fn send_file(
                &self,
                file: &OpenFile,
                cork: &mut Cork,
                offset: u64,
                left: u64,
            ) -> io::Result<usize> {
                self.try_io(Interest::WRITABLE, || file.send_to(self.as_fd(), cork, offset, left))
            }
        }
    )+};
}

transports!(TcpStream UnixStream);

/// What became of an attempt to send a part of a file.
#[derive(Debug)]
pub(super) enum Sent {
    Bytes(usize),
    /// The file has not got these bytes any more, or cannot be read.
    FileFailed,
    SocketFailed,
}

/// The part of a file that a connection is sending.
#[derive(Debug, Default)]
pub(super) struct FileSender {
    fetching: Option<JoinHandle<io::Result<()>>>,
    /// The next bytes were fetched, or their state is unknown: the cache is not checked again.
    fetched: bool,
    cork: Cork,
}

impl FileSender {
    #[inline(never)]
    pub(super) fn poll_send(
        &mut self,
        socket: &impl Transport,
        cx: &mut Context<'_>,
        region: &FileRegion,
    ) -> Poll<Sent> {
        let Ok(file) = Arc::clone(&region.file).downcast::<OpenFile>() else {
            return Poll::Ready(Sent::FileFailed);
        };
        let (offset, length) = (region.offset, region.length.min(WINDOW));
        loop {
            if let Some(fetching) = &mut self.fetching {
                let fetched = ready!(Pin::new(fetching).poll(cx));
                self.fetching = None;
                match fetched {
                    Ok(Err(_)) => return Poll::Ready(Sent::FileFailed),
                    Ok(Ok(())) | Err(_) => self.fetched = true,
                }
            }
            if ready!(socket.poll_write_ready(cx)).is_err() {
                return Poll::Ready(Sent::SocketFailed);
            }
            if !self.fetched && !file.is_cached(offset, length) {
                let file = Arc::clone(&file);
                self.fetching = Some(spawn_blocking(move || file.warm(offset, length)));
                continue;
            }
            match socket.send_file(&file, &mut self.cork, offset, region.length) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                sent => {
                    self.fetched = false;
                    return Poll::Ready(Sent::from(sent));
                }
            }
        }
    }
}

impl From<io::Result<usize>> for Sent {
    fn from(sent: io::Result<usize>) -> Self {
        match sent {
            Ok(0) => Self::FileFailed,
            Ok(count) => Self::Bytes(count),
            Err(error) if is_about_the_file(&error) => Self::FileFailed,
            Err(_) => Self::SocketFailed,
        }
    }
}
