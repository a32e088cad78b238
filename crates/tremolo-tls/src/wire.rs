//! The socket as rustls reads and writes it, with the counts that the session needs.

use std::io::{self, IoSlice, Read, Write};

/// Reads for rustls.
#[derive(Debug)]
pub(crate) struct Incoming<'a, W> {
    pub(crate) socket: &'a mut W,
    /// Bytes that were read from the socket before, behind a PROXY protocol header.
    pub(crate) early: &'a mut Vec<u8>,
    /// The first byte that was read.
    pub(crate) first: Option<u8>,
    /// The read filled its buffer, so that more may be waiting.
    pub(crate) was_full: bool,
}

impl<W: Read> Read for Incoming<'_, W> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = match self.early.len() {
            0 => self.socket.read(room)?,
            early => {
                let count = early.min(room.len());
                room[..count].copy_from_slice(&self.early[..count]);
                self.early.drain(..count);
                count
            }
        };
        self.first = room.first().copied().filter(|_| count > 0);
        self.was_full = count == room.len() || !self.early.is_empty();
        Ok(count)
    }
}

/// Writes for rustls, which offers all that it has, or the first 64 of its records.
#[derive(Debug)]
pub(crate) struct Outgoing<'a, W> {
    pub(crate) socket: &'a mut W,
    /// Bytes that were offered and not written.
    pub(crate) left: usize,
}

impl<W: Write> Write for Outgoing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.left = slices.iter().map(|slice| slice.len()).sum();
        let count = self.socket.write_vectored(slices)?;
        self.left -= count.min(self.left);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
