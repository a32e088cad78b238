//! Reads and sends an open file: data in memory at once, other data on a thread.
//!
//! The caller limits each read to the announced length. If a read returns nothing within that
//! length, the file has become shorter.

use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::FileExt;

use rustix::io::{Errno, retry_on_intr, write};

use crate::system::{is_unsupported, read_now, send_file, will_need};
use crate::{Cork, OpenFile};

/// Bytes that are sent with one call, and fetched by one thread: 1 MiB takes about 0.3 ms, so that
/// other connections do not wait long. A longer call costs hardly less.
pub const WINDOW: u64 = 1 << 20;

/// The minimum read-ahead of the system in bytes: the default of Linux.
const READ_AHEAD: u64 = 128 << 10;

/// Bytes that [`OpenFile::warm`] reads at a time.
const SCRATCH: usize = 64 << 10;

/// Bytes that [`OpenFile::send_to`] copies at a time if the system has no `sendfile`.
const COPY: usize = 16 << 10;

impl OpenFile {
    /// Whether these bytes are in memory. Checks only the first and the last byte: the system reads
    /// ahead in long runs, so that a window of some hundred KiB is usually cached as a whole or not
    /// at all. True if the file system cannot report it.
    #[must_use]
    pub fn is_cached(&self, offset: u64, len: u64) -> bool {
        let Some(last) = len.checked_sub(1) else { return true };
        let last = offset.saturating_add(last);
        let is_there = |at| read_now(&self.file, &mut [0], at) != Err(Errno::AGAIN);
        // Bytes within one read-ahead were read together.
        (len <= READ_AHEAD || is_there(offset)) && is_there(last)
    }

    /// Reads these bytes into the page cache. Blocks on the disk: call it on a thread.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn warm(&self, offset: u64, len: u64) -> io::Result<()> {
        will_need(&self.file, offset, len);
        let mut scratch = vec![0; SCRATCH.min(usize::try_from(len).unwrap_or(SCRATCH))];
        let (mut at, end) = (offset, offset.saturating_add(len));
        while at < end {
            let room = usize::try_from(end - at).unwrap_or(usize::MAX).min(scratch.len());
            let Some(window) = scratch.get_mut(..room) else { break };
            match self.read_at(at, window)? {
                0 => break,
                count => at += count as u64,
            }
        }
        Ok(())
    }

    /// Reads at `offset` what is in memory: at least one byte, at most a full buffer; 0 at the end
    /// of the file. `None` if nothing of it is in memory. If the file system cannot report that,
    /// this call blocks.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn read_now(&self, offset: u64, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match read_now(&self.file, buffer, offset) {
            Ok(count) => Ok(Some(count)),
            Err(Errno::AGAIN) => Ok(None),
            Err(error) if is_unsupported(error) => self.read_at(offset, buffer).map(Some),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads at `offset`, at most a full buffer; 0 at the end of the file. May block on the disk.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Sends at most a [`WINDOW`] of the `left` bytes from `offset` on to a socket, and returns the
    /// number of bytes sent. Does not copy if the system has `sendfile(2)`. Returns 0 although
    /// `left` is not 0 if the file ends before `offset`, because it has become shorter. `cork`
    /// belongs to the socket.
    ///
    /// The call blocks for bytes that are not in memory: call [`OpenFile::is_cached`] with the same
    /// window first. A closed peer is the error `BrokenPipe` if the process ignores `SIGPIPE`, as
    /// Rust and Python programs do by default.
    ///
    /// # Errors
    ///
    /// The error of the system; `WouldBlock` if the socket's buffer is full.
    pub fn send_to(
        &self,
        socket: BorrowedFd<'_>,
        cork: &mut Cork,
        offset: u64,
        left: u64,
    ) -> io::Result<usize> {
        if left > WINDOW {
            cork.set(socket);
        }
        let len = usize::try_from(left.min(WINDOW)).unwrap_or(usize::MAX);
        let sent = match send_file(socket, &self.file, offset, len) {
            Err(error) if is_unsupported(error) => self.copy_to(socket, offset, len)?,
            result => result?,
        };
        if sent as u64 == left {
            cork.release(socket);
        }
        Ok(sent)
    }

    /// `send_to` for systems without `sendfile`.
    fn copy_to(&self, socket: BorrowedFd<'_>, offset: u64, len: usize) -> io::Result<usize> {
        let mut buffer = [0; COPY];
        let room = buffer.get_mut(..len.min(COPY)).unwrap_or_default();
        let count = self.read_at(offset, room)?;
        match room.get(..count) {
            // An empty write has no effect, and on some sockets sends an empty message.
            None | Some([]) => Ok(0),
            Some(bytes) => Ok(retry_on_intr(|| write(socket, bytes))?),
        }
    }
}

/// Whether an error of [`OpenFile::send_to`] concerns the file, not the socket.
pub(crate) fn is_about_the_file(error: &io::Error) -> bool {
    let is_about_the_socket = matches!(
        error.kind(),
        io::ErrorKind::WouldBlock
            | io::ErrorKind::Interrupted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
            | io::ErrorKind::TimedOut
    );
    !is_about_the_socket
}

#[cfg(test)]
mod tests;
