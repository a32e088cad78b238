//! A socket in memory, and the records in it.

use std::io::{self, Read, Write};

/// Both directions of a socket, as the server has it.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) to_server: Vec<u8>,
    pub(super) to_client: Vec<u8>,
    /// Bytes that the next writes can take.
    pub(super) room: usize,
    /// Bytes that the server has read and written.
    pub(super) taken: usize,
    pub(super) given: usize,
}

impl Default for Wire {
    fn default() -> Self {
        let (to_server, to_client) = (Vec::new(), Vec::new());
        Self { to_server, to_client, room: usize::MAX, taken: 0, given: 0 }
    }
}

impl Read for Wire {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.to_server.as_slice().read(room)?;
        self.to_server.drain(..count);
        self.taken += count;
        if count == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(count) }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.room);
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.to_client.extend_from_slice(&bytes[..count]);
        self.given += count;
        if self.room != usize::MAX {
            self.room -= count;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Splits bytes into records; the last of them may be incomplete.
pub(super) fn records(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    while !bytes.is_empty() {
        let length = match bytes {
            [_, _, _, high, low, ..] => 5 + (usize::from(*high) << 8 | usize::from(*low)),
            _ => bytes.len(),
        };
        let (record, rest) = bytes.split_at(length.min(bytes.len()));
        records.push(record.to_vec());
        bytes = rest;
    }
    records
}
