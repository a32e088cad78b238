//! The client's end of a connection. It writes what is queued whenever it reads, so that a server
//! that answers early, or reads late, blocks nothing.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::AsyncWrite as _;
use tokio_util::io::poll_read_buf;

use crate::serve::in_memory::ClientSocket;

/// The client's end of a connection. Dropping it before [`Wire::finish`] resets the connection.
#[derive(Debug)]
pub(super) struct Wire {
    /// `None` once the exchange is complete.
    socket: Option<ClientSocket>,
    output: BytesMut,
    /// What was received and is not used.
    pub(super) input: BytesMut,
}

impl Wire {
    pub(super) fn new(socket: ClientSocket) -> Self {
        socket.set_reset(true);
        Self { socket: Some(socket), output: BytesMut::new(), input: BytesMut::new() }
    }

    /// Queues bytes, and writes what there is room for.
    pub(super) fn queue(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
        // The next read or flush registers a waker.
        let _ = self.poll_flush(&mut Context::from_waker(std::task::Waker::noop()));
    }

    /// Waits until all queued bytes are written, or the server reads no more.
    pub(super) async fn flush(&mut self) {
        poll_fn(|cx| self.poll_flush(cx)).await;
    }

    /// Reads more. False: the server has closed the connection.
    pub(super) async fn fill(&mut self) -> bool {
        let read = poll_fn(|cx| {
            let _ = self.poll_flush(cx);
            self.poll_read(cx)
        });
        read.await.is_ok_and(|count| count > 0)
    }

    /// Closes the connection: the exchange is complete.
    pub(super) fn finish(&mut self) {
        if let Some(socket) = self.socket.take() {
            socket.set_reset(false);
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(socket) = &mut self.socket
            && !self.output.is_empty()
        {
            match ready!(Pin::new(socket).poll_write(cx, &self.output)) {
                Ok(count) => self.output.advance(count),
                // The response, if there is one, can still be read.
                Err(_) => self.output.clear(),
            }
        }
        Poll::Ready(())
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some(socket) = &mut self.socket else { return Poll::Ready(Ok(0)) };
        self.input.reserve(16_384);
        poll_read_buf(Pin::new(socket), cx, &mut self.input)
    }
}
