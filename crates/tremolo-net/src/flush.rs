//! Writes what a connection has queued, as far as its socket takes it.

use std::io::{self, IoSlice};
use std::task::Poll;

use tremolo_core::{Connection, FileRegion, Now, Transmit};

use crate::read::is_temporary;

/// A socket that never blocks, as [`flush`] writes to it.
///
/// `Pending`: the socket takes nothing now, and the driver flushes again when that changes. Only
/// the methods here arrange that, by the means of their runtime.
pub trait FlushTarget {
    /// Writes bytes, or the first of them.
    fn poll_write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Writes slices, or the first bytes of them. `more_follows`: a part of a file or the shutdown
    /// follows at once, so that the last packet may wait for it.
    fn poll_write_vectored(
        &mut self,
        slices: &[IoSlice<'_>],
        more_follows: bool,
    ) -> Poll<io::Result<usize>>;

    /// Writes a part of a file, or its beginning. `Ok(0)`: the file does not contain these bytes
    /// any more, or cannot be read. `Pending` also while they are read from a disk.
    fn poll_send_file(&mut self, region: &FileRegion) -> Poll<io::Result<usize>>;

    /// Closes the writing half. `is_cut`: the output is not complete, and a transport that can report
    /// a regular end does not.
    fn poll_shutdown(&mut self, is_cut: bool) -> Poll<io::Result<()>>;
}

/// The result of [`flush`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flushed {
    /// Bytes were written, or the connection ended: writers, and requests that wait for room in the
    /// queue, may go on.
    pub progress: bool,
    /// The turn of the connection is over although the socket may take more.
    pub is_unfinished: bool,
}

/// Writes what is queued until the queue is empty, the socket takes no more, or the turn is over.
///
/// A socket that fails is a reset of the connection; a file that fails cuts the response.
#[inline]
pub fn flush(connection: &mut Connection, target: &mut impl FlushTarget, now: &Now) -> Flushed {
    let mut progress = false;
    while connection.peek().turn().may_write() {
        let written = match connection.poll_transmit(now) {
            None => return Flushed { progress, is_unfinished: false },
            Some(Transmit::Bytes(bytes)) => target.poll_write(bytes),
            Some(Transmit::Slices(slices)) => {
                target.poll_write_vectored(&slices, slices.more_follows())
            }
            Some(Transmit::File(region)) => match target.poll_send_file(&region) {
                Poll::Ready(Ok(0)) => {
                    connection.file_failed(now);
                    progress = true;
                    continue;
                }
                sent => sent,
            },
            Some(Transmit::Shutdown) => {
                match target.poll_shutdown(connection.peek().is_cut()) {
                    Poll::Ready(Ok(())) => connection.shutdown_done(now),
                    Poll::Ready(Err(_)) => connection.handle_reset(now),
                    Poll::Pending => return Flushed { progress, is_unfinished: false },
                }
                progress = true;
                continue;
            }
        };
        match written {
            Poll::Ready(Ok(count)) if count > 0 => {
                connection.transmitted(now, count);
                progress = true;
            }
            Poll::Pending => {
                connection.transmitted(now, 0);
                return Flushed { progress, is_unfinished: false };
            }
            Poll::Ready(Err(error)) if is_temporary(&error) => {}
            Poll::Ready(_) => {
                connection.handle_reset(now);
                progress = true;
            }
        }
    }
    Flushed { progress, is_unfinished: true }
}

#[cfg(test)]
mod tests;
