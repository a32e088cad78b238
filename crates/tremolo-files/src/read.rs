//! Reading and sending an open file: what is in memory at once, what is not on a thread.
//!
//! Nothing here is bounded by the file's length: that is the caller's window. A read that yields
//! nothing inside the announced length says that the file has shrunk.

use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::FileExt;

use rustix::io::{Errno, retry_on_intr, write};
use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};

use crate::system::{is_unsupported, read_now, send_file, will_need};
use crate::{Cork, OpenFile};

/// Bytes that are sent with one call, and fetched by one thread: 1 MiB takes about 0.3 ms, so that
/// other connections do not wait long. A longer call costs hardly less.
pub const WINDOW: u64 = 1 << 20;

/// What the system reads ahead at least: its default.
const READ_AHEAD: u64 = 128 << 10;

/// What [`OpenFile::warm`] reads at a time.
const SCRATCH: usize = 64 << 10;

/// What [`OpenFile::send_to`] copies at a time where the system cannot send files.
const COPY: usize = 16 << 10;

impl OpenFile {
    /// Whether these bytes are in memory, as far as their first and their last one tell: the
    /// system reads ahead in runs, so a window of a few hundred KiB is mostly there or not. Where
    /// the file system cannot tell, they count as cached.
    #[must_use]
    pub fn is_cached(&self, offset: u64, len: u64) -> bool {
        let Some(last) = len.checked_sub(1) else { return true };
        let last = offset.saturating_add(last);
        let is_there = |at| read_now(&self.file, &mut [0], at) != Err(Errno::AGAIN);
        // What is read ahead at once was read together.
        (len <= READ_AHEAD || is_there(offset)) && is_there(last)
    }

    /// Brings these bytes into memory. Waits for the disk: for a thread.
    ///
    /// # Errors
    ///
    /// What the system says.
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

    /// Reads at `offset` what is in memory: at least one byte and at most a bufferful; 0 at the end
    /// of the file. `None` if nothing of it is in memory. Where the file system cannot tell, this
    /// waits.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn read_now(&self, offset: u64, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match read_now(&self.file, buffer, offset) {
            Ok(count) => Ok(Some(count)),
            Err(Errno::AGAIN) => Ok(None),
            Err(error) if is_unsupported(error) => self.read_at(offset, buffer).map(Some),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads at `offset`, at most a bufferful; 0 at the end of the file. May wait for the disk.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Sends at most a [`WINDOW`] of the `left` bytes from `offset` on to a socket, without copying
    /// them where the system can (`sendfile(2)`), and says how many it took. 0 although `left` is
    /// not: the file ends before `offset`, so it has shrunk. `cork` is that of the socket.
    ///
    /// The system waits for bytes that are not in memory: ask [`OpenFile::is_cached`] before, with
    /// the same window. A peer that is gone is `BrokenPipe` provided that the process ignores
    /// `SIGPIPE`, as Rust and Python programs do from their start.
    ///
    /// # Errors
    ///
    /// What the system says; `WouldBlock` if the socket is full.
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

    /// What `send_to` does where the system cannot.
    fn copy_to(&self, socket: BorrowedFd<'_>, offset: u64, len: usize) -> io::Result<usize> {
        let mut buffer = [0; COPY];
        let room = buffer.get_mut(..len.min(COPY)).unwrap_or_default();
        let count = self.read_at(offset, room)?;
        match room.get(..count) {
            // An empty write says nothing, and on some sockets sends something.
            None | Some([]) => Ok(0),
            Some(bytes) => Ok(retry_on_intr(|| write(socket, bytes))?),
        }
    }
}

/// Writes to a socket what is to leave together with the file that is sent next: a head of its own
/// packet would cost as much as the file.
///
/// # Errors
///
/// What the system says; `WouldBlock` if the socket is full.
pub fn write_more(socket: BorrowedFd<'_>, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    let flags = SendFlags::MORE.union(NO_SIGNAL);
    Ok(retry_on_intr(|| sendmsg(socket, slices, &mut SendAncillaryBuffer::default(), flags))?)
}

/// A client that has gone is no reason for a signal. Where the flag is missing, sockets are made
/// without the signal.
#[cfg(not(target_vendor = "apple"))]
const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
const NO_SIGNAL: SendFlags = SendFlags::empty();

/// Whether an error of [`OpenFile::send_to`] tells of the file, and not of the socket.
#[must_use]
pub fn is_about_the_file(error: &io::Error) -> bool {
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
