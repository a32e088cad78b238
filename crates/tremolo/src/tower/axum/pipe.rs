//! The end of a connection that hyper sees: first one request that asks for an upgrade, then the
//! bytes of the client.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use hyper::rt::{Read, ReadBufCursor, Write};
use tremolo_core::{Error, Piece};

use crate::request::{BodyStream, Request};
use crate::shared_connection::Exchange;

/// Whether the protocol was switched, so that a pipe carries the bytes of the client.
#[derive(Clone, Debug, Default)]
pub(super) struct Opened(Arc<AtomicBool>);

impl Opened {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A connection of the client, as hyper and then the service reads and writes it. When it is
/// dropped, the connection closes.
pub(super) struct Pipe {
    opened: Opened,
    /// What is read before the switch.
    request: &'static [u8],
    exchange: Arc<Exchange>,
    received: BodyStream,
    /// The rest of a piece that was longer than a buffer.
    left: Bytes,
}

impl Pipe {
    pub(super) fn new(ours: &Request, opened: Opened) -> Self {
        let (exchange, received) = (Arc::clone(ours.exchange()), ours.stream());
        Self { opened, request: REQUEST, exchange, received, left: Bytes::new() }
    }
}

impl Read for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.opened.is_set() {
            if self.request.is_empty() {
                return Poll::Pending;
            }
            let size = self.request.len().min(buffer.remaining());
            let (now, later) = self.request.split_at(size);
            buffer.put_slice(now);
            self.request = later;
            return Poll::Ready(Ok(()));
        }
        if self.left.is_empty() {
            match ready!(Pin::new(&mut self.received).poll_next(cx)) {
                None => return Poll::Ready(Ok(())),
                Some(received) => self.left = received.map_err(failed)?,
            }
        }
        let size = self.left.len().min(buffer.remaining());
        buffer.put_slice(&self.left.split_to(size));
        Poll::Ready(Ok(()))
    }
}

impl Write for Pipe {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.opened.is_set() {
            // The head of hyper: the engine has sent its own.
            return Poll::Ready(Ok(bytes.len()));
        }
        let writable = self.exchange.lock().map(|mut state| state.poll_writable(cx));
        ready!(writable.map_err(failed)?);
        let sent = |exchange: &mut tremolo_core::Exchange<'_>, now: &_| {
            exchange.send(now, Piece::Slice(bytes))
        };
        Poll::Ready(self.exchange.act_in(cx, sent).map(|()| bytes.len()).map_err(failed))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.opened.is_set() {
            // A connection that is closed already needs no end.
            let _ = self.exchange.act(|exchange, now| exchange.close(now, false));
        }
        Poll::Ready(Ok(()))
    }
}

fn failed(error: Error) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, error)
}

/// hyper reads nothing of it but that it may switch the protocol.
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: any\r\n\r\n";
