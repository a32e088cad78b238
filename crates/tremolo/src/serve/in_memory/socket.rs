//! A connection in memory: the end of the server, which the driver uses as a socket, and that of the
//! client.

use std::any::Any;
use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio_util::io::poll_read_buf;
use tremolo_core::{Connection, FileRegion, Now};
use tremolo_files::{Cork, OpenFile};

use crate::serve::transport::Transport;

/// Two ends of a connection to a server.
pub(super) fn pair(server: Arc<dyn Any + Send + Sync>) -> (ClientSocket, MemorySocket) {
    let (near, far) = duplex(CAPACITY);
    let is_reset = Arc::new(AtomicBool::new(false));
    let socket =
        MemorySocket { stream: far, is_reset: Arc::clone(&is_reset), is_full: Cell::new(false) };
    (ClientSocket { stream: near, is_reset, _server: server }, socket)
}

/// A connection in memory, for bytes of your own and for clients of other makers. Dropping it closes
/// the connection.
///
/// ```
/// use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
/// use tremolo::Application;
/// use tremolo::testing::{TestClient, block_on};
///
/// # fn main() -> std::io::Result<()> {
/// block_on(async {
///     let mut connection = TestClient::new(Application::new()).connect();
///     connection.write_all(b"GET / HTTP/1.1\r\nno field line\r\n\r\n").await?;
///     let mut response = String::new();
///     connection.read_to_string(&mut response).await?;
///     assert!(response.starts_with("HTTP/1.1 400 Bad Request\r\n"));
///     Ok(())
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct ClientSocket {
    stream: DuplexStream,
    is_reset: Arc<AtomicBool>,
    /// The server lives as long as its connections.
    _server: Arc<dyn Any + Send + Sync>,
}

impl ClientSocket {
    /// Resets the connection, as a process does that is killed.
    pub fn reset(self) {
        self.set_reset(true);
    }

    /// From now on, dropping it resets the connection, or does not.
    pub(crate) fn set_reset(&self, is_reset: bool) {
        self.is_reset.store(is_reset, Ordering::Release);
    }
}

impl AsyncRead for ClientSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, room)
    }
}

impl AsyncWrite for ClientSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The end of the server.
#[derive(Debug)]
pub(super) struct MemorySocket {
    stream: DuplexStream,
    /// The end of the client was dropped to reset the connection.
    is_reset: Arc<AtomicBool>,
    /// The last write found no room; its task is woken when there is some.
    is_full: Cell<bool>,
}

impl MemorySocket {
    fn write(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.is_full.set(written.is_pending());
        written
    }
}

impl Transport for MemorySocket {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection,
        _now: &Now,
    ) -> Poll<io::Result<usize>> {
        let read =
            ready!(poll_read_buf(Pin::new(&mut self.stream), cx, &mut connection.input_buffer()))?;
        if read == 0 && self.is_reset.load(Ordering::Acquire) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Poll::Ready(Ok(read))
    }

    /// Only a read finds out.
    fn poll_read_ready(&self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    /// The task is woken by each write of the client, so that there is nothing that it does not know.
    fn read_now(&mut self, _connection: &mut Connection, _now: &Now) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn set_peer_timeout(&self, _after: Duration) -> io::Result<()> {
        Ok(())
    }

    fn poll_write_ready(&self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_full.take() { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.write(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
        _more_follows: bool,
    ) -> Poll<io::Result<usize>> {
        self.write(cx, slices)
    }

    fn send_file(
        &mut self,
        cx: &mut Context<'_>,
        file: &OpenFile,
        _cork: &mut Cork,
        region: &FileRegion,
    ) -> io::Result<usize> {
        let length = usize::try_from(region.length).unwrap_or(CAPACITY).min(CAPACITY);
        let mut piece = vec![0; length];
        let count = file.read_at(region.offset, &mut piece)?;
        if count == 0 {
            return Ok(0);
        }
        match self.write(cx, &[IoSlice::new(&piece[..count])]) {
            Poll::Ready(written) => written,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>, _is_cut: bool) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The bytes that each direction holds: about as many as those of the system do.
const CAPACITY: usize = 1 << 18;
