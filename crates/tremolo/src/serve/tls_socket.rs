//! An encrypted connection: the session of `tremolo-tls` between the driver and a socket.

use std::io::{self, IoSlice, Read, Write};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tremolo_core::{Connection, FileRegion, Now};
use tremolo_files::{Cork, OpenFile};
use tremolo_net::{receive, send, send_vectored};

use super::transport::Transport;
use crate::tls::Session;

/// A socket with the session of its connection.
pub(super) fn encrypted<S>(socket: S, session: Session) -> TlsSocket<S> {
    TlsSocket { socket, session }
}

/// A socket with the session of its connection.
#[derive(Debug)]
pub(super) struct TlsSocket<S> {
    socket: S,
    session: Session,
}

/// The socket in one poll of its task.
struct Polled<'a, 'cx, S> {
    socket: &'a mut S,
    cx: &'a mut Context<'cx>,
}

impl<S: AsyncRead + Unpin> Read for Polled<'_, '_, S> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut room = ReadBuf::new(room);
        match Pin::new(&mut *self.socket).poll_read(self.cx, &mut room) {
            Poll::Ready(read) => read.map(|()| room.filled().len()),
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl<S: AsyncWrite + Unpin> Write for Polled<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match Pin::new(&mut *self.socket).poll_write_vectored(self.cx, slices) {
            Poll::Ready(written) => written,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The socket without the runtime.
struct Direct<'a, S>(&'a S);

impl<S: AsFd> Read for Direct<'_, S> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        receive(self.0, room)
    }
}

impl<S: AsFd> Write for Direct<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        send(self.0, bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        send_vectored(self.0, slices, false)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<S: Transport + AsyncRead + AsyncWrite + AsFd> Transport for TlsSocket<S> {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection,
        now: &Now,
    ) -> Poll<io::Result<usize>> {
        let mut socket = Polled { socket: &mut self.socket, cx };
        pending(self.session.receive(&mut socket, connection, now))
    }

    fn poll_read_ready(&self, _cx: &mut Context<'_>) -> Poll<()> {
        // The session may have decrypted more than it has returned.
        Poll::Ready(())
    }

    fn read_now(&mut self, connection: &mut Connection, now: &Now) -> io::Result<usize> {
        self.session.receive(&mut Direct(&self.socket), connection, now)
    }

    fn set_peer_timeout(&self, after: Duration) -> io::Result<()> {
        self.socket.set_peer_timeout(after)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_write_ready(cx)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)], false)
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
        _more_follows: bool,
    ) -> Poll<io::Result<usize>> {
        let mut socket = Polled { socket: &mut self.socket, cx };
        pending(self.session.write(&mut socket, slices))
    }

    fn send_file(
        &mut self,
        cx: &mut Context<'_>,
        file: &OpenFile,
        _cork: &mut Cork,
        region: &FileRegion,
    ) -> io::Result<usize> {
        let mut socket = Polled { socket: &mut self.socket, cx };
        let read = |at, room: &mut [u8]| file.read_at(region.offset + at, room);
        self.session.write_from(&mut socket, region.length, read)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>, is_cut: bool) -> Poll<io::Result<()>> {
        let mut socket = Polled { socket: &mut self.socket, cx: &mut *cx };
        ready!(pending(self.session.shutdown(&mut socket, is_cut)))?;
        self.socket.poll_shutdown(cx, is_cut)
    }

    fn close(&mut self, is_cut: bool) {
        // If the socket takes nothing now, the peer does without.
        let _ = self.session.shutdown(&mut Direct(&self.socket), is_cut);
    }
}

fn pending<T>(result: io::Result<T>) -> Poll<io::Result<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        result => Poll::Ready(result),
    }
}
