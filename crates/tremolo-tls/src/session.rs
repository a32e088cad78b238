//! The TLS session of one connection, between its socket and the engine.
//!
//! No call waits: what the socket does not give or take is the error `WouldBlock`, and the socket
//! arranges that the driver is woken. Buffered are at most one record of input, and of output as
//! many bytes as one call encrypts. Bytes are reported as written when the socket has taken their
//! records. Until then the engine keeps them in its queue, so that its clocks and its end are right,
//! and the driver needs no queue of its own.

use std::fmt;
use std::io::{self, BufRead, IoSlice, Read, Write};

use bytes::BufMut;
use rustls::ServerConnection;
use tremolo_core::{Connection, Now};
use tremolo_net::NotEncrypted;

use crate::details;
use crate::wire::{Incoming, Outgoing};

/// The TLS session of a server's connection.
pub struct Session {
    tls: Box<ServerConnection>,
    mode: Mode,
    /// Bytes that were read behind a PROXY protocol header.
    early: Vec<u8>,
    /// Bytes that were encrypted and not reported as written.
    unreported: usize,
    /// Bytes of records that the socket has not taken.
    left: usize,
    /// The last read filled its buffer.
    was_full: bool,
    close_sent: bool,
}

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// No byte has come.
    New,
    Encrypted,
    /// The peer does not speak TLS.
    Plain,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("mode", &self.mode)
            .field("is_handshaking", &self.tls.is_handshaking())
            .field("unreported", &self.unreported)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn new(mut tls: ServerConnection) -> Self {
        // `write` bounds what is buffered.
        tls.set_buffer_limit(None);
        Self {
            tls: Box::new(tls),
            mode: Mode::New,
            early: Vec::new(),
            unreported: 0,
            left: 0,
            was_full: false,
            close_sent: false,
        }
    }

    /// Reads what the peer has sent into the buffer of its connection, and reports the end of the
    /// handshake. A PROXY protocol header comes before it, if the connection expects one. Report the result with
    /// [`handle_read`](tremolo_net::handle_read).
    ///
    /// # Errors
    ///
    /// The error of the socket; [`NotEncrypted`]; `InvalidData` for a violation of TLS, of which the
    /// peer gets an alert; `UnexpectedEof` for an end without `close_notify` (RFC 8446 section 6.1).
    pub fn receive(
        &mut self,
        socket: &mut (impl Read + Write),
        connection: &mut Connection,
        now: &Now,
    ) -> io::Result<usize> {
        if connection.peek().expects_proxy_header() {
            self.read_proxy_header(socket, connection)?;
        }
        let read = self.read(socket, &mut connection.input_buffer());
        if self.mode == Mode::Encrypted && !self.tls.is_handshaking() {
            connection.encryption().handshake_done(now, || details::of(&self.tls));
        }
        read
    }

    /// Reads until the header of the proxy, which is not encrypted, is complete. The handshake may
    /// begin in the same read.
    #[cold]
    fn read_proxy_header(
        &mut self,
        socket: &mut impl Read,
        connection: &mut Connection,
    ) -> io::Result<()> {
        let mut room = [0; HEADER_ROOM];
        loop {
            let most = connection.input_buffer().remaining_mut().min(HEADER_ROOM);
            let count = socket.read(&mut room[..most])?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            connection.input_buffer().put_slice(&room[..count]);
            if let Some(rest) = connection.encryption().take_proxy_header() {
                self.early = rest;
                return Ok(());
            }
            if connection.peek().is_closed() {
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
    }

    /// Reads what the peer has sent. 0: the peer has closed its half. After `close_notify` of the server
    /// the result counts bytes that were dropped, and the room gets zeros in their place.
    ///
    /// # Errors
    ///
    /// As for [`Session::receive`].
    pub fn read(
        &mut self,
        socket: &mut (impl Read + Write),
        room: &mut impl BufMut,
    ) -> io::Result<usize> {
        if self.mode == Mode::Plain {
            return self.drop_plain(socket);
        }
        if self.close_sent {
            return self.drop_late(socket, room);
        }
        if self.tls.wants_write() {
            // A part of the handshake that the socket did not take.
            self.flush(socket).or_else(unless_blocked)?;
        }
        for _ in 0..READS {
            match self.take_plaintext(room) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                taken => return taken,
            }
            let early = &mut self.early;
            let mut incoming = Incoming { socket, early, first: None, was_full: false };
            let read = self.tls.read_tls(&mut incoming);
            let Incoming { first, was_full, .. } = incoming;
            self.was_full = was_full;
            read?;
            if self.mode == Mode::New
                && let Some(first) = first
            {
                if first.is_ascii_alphabetic() {
                    self.mode = Mode::Plain;
                    return Err(io::Error::new(io::ErrorKind::InvalidData, NotEncrypted));
                }
                self.mode = Mode::Encrypted;
            }
            if let Err(error) = self.tls.process_new_packets() {
                // The alert is a courtesy: the connection ends with or without it.
                let _ = self.flush(socket);
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
            if self.tls.wants_write() {
                self.flush(socket).or_else(unless_blocked)?;
            }
        }
        // Records without content: the turn of the connection decides whether it reads on.
        Err(io::ErrorKind::Interrupted.into())
    }

    /// Whether a read may return bytes although the socket reports nothing new.
    #[must_use]
    pub fn may_have_more(&self) -> bool {
        self.was_full
    }

    /// Whether records wait for the socket that no queued bytes of the engine stand for: a part of a
    /// handshake.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        self.unreported == 0 && self.tls.wants_write()
    }

    /// Writes the beginning of these bytes. The result is the number of those that have left.
    /// After an error offer the same bytes again, or more behind them.
    ///
    /// # Errors
    ///
    /// The error of the socket; `WouldBlock` if no record of these bytes has left.
    pub fn write(&mut self, socket: &mut impl Write, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.mode == Mode::Plain {
            return socket.write_vectored(slices);
        }
        let offered = slices.iter().map(|slice| slice.len()).sum();
        self.write_with(socket, offered, |writer| match slices {
            [first, ..] if first.len() >= BATCH => writer.write(&first[..BATCH]),
            _ => {
                let mut sum = 0;
                let fits = |slice: &&IoSlice<'_>| {
                    sum += slice.len();
                    sum <= BATCH
                };
                let count = slices.iter().take_while(fits).count();
                writer.write_vectored(&slices[..count])
            }
        })
    }

    /// Writes the beginning of `length` bytes that `read` gives: it gets an offset among them, and
    /// room. The result is as for [`Session::write`]; 0 if `read` gives nothing.
    ///
    /// # Errors
    ///
    /// As for [`Session::write`], and the error of `read`.
    pub fn write_from(
        &mut self,
        socket: &mut impl Write,
        length: u64,
        mut read: impl FnMut(u64, &mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let offered = usize::try_from(length).unwrap_or(usize::MAX);
        if self.mode == Mode::Plain {
            let mut piece = [0; PIECE];
            let piece = &mut piece[..offered.min(PIECE)];
            let count = read(0, piece)?;
            return if count == 0 { Ok(0) } else { socket.write(&piece[..count]) };
        }
        self.write_with(socket, offered, |writer| {
            let (mut piece, mut done) = ([0; PIECE], 0);
            let most = offered.min(BATCH);
            while done < most {
                let room = (most - done).min(PIECE);
                let count = read(done as u64, &mut piece[..room])?;
                if count == 0 {
                    break;
                }
                writer.write_all(&piece[..count])?;
                done += count;
            }
            Ok(done)
        })
    }

    /// Sends `close_notify`, unless the output `is_cut`. Then close the writing half of the socket.
    ///
    /// # Errors
    ///
    /// The error of the socket; `WouldBlock` if something is still to be written.
    pub fn shutdown(&mut self, socket: &mut impl Write, is_cut: bool) -> io::Result<()> {
        // Before the end of the handshake there is no session that could end (RFC 8446 section 6.1).
        if self.mode != Mode::Encrypted || self.tls.is_handshaking() {
            return Ok(());
        }
        self.flush(socket)?;
        if !is_cut && !std::mem::replace(&mut self.close_sent, true) {
            self.tls.send_close_notify();
        }
        self.flush(socket)
    }

    /// Writes bytes that `encrypt` takes, unless earlier ones wait for the socket.
    fn write_with(
        &mut self,
        socket: &mut impl Write,
        offered: usize,
        encrypt: impl FnOnce(&mut rustls::Writer<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if self.tls.is_handshaking() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if self.tls.wants_write() {
            self.flush(socket).or_else(unless_blocked)?;
        }
        if self.unreported == 0 && !self.tls.wants_write() {
            self.unreported = encrypt(&mut self.tls.writer())?;
            if self.unreported == 0 {
                return Ok(0);
            }
            self.flush(socket).or_else(unless_blocked)?;
        }
        // A record is longer than its content: if so many bytes of records wait, no more than so
        // many bytes of content do.
        let written = self.unreported.saturating_sub(self.left).min(offered);
        self.unreported -= written;
        if written == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(written) }
    }

    /// Writes all records, or until the socket takes no more.
    ///
    /// # Errors
    ///
    /// The error of the socket.
    pub fn flush(&mut self, socket: &mut impl Write) -> io::Result<()> {
        while self.tls.wants_write() {
            let mut outgoing = Outgoing { socket, left: 0 };
            let written = self.tls.write_tls(&mut outgoing);
            self.left = outgoing.left;
            match written {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                // The socket may have room, so that nothing would wake the driver.
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        self.left = 0;
        Ok(())
    }

    fn take_plaintext(&mut self, room: &mut impl BufMut) -> io::Result<usize> {
        let mut taken = 0;
        while room.has_remaining_mut() {
            let mut reader = self.tls.reader();
            let chunk = match reader.fill_buf() {
                Ok([]) => break,
                Ok(chunk) => chunk,
                Err(error) if taken == 0 => return Err(error),
                // The next call returns it.
                Err(_) => break,
            };
            let count = chunk.len().min(room.remaining_mut());
            room.put_slice(&chunk[..count]);
            reader.consume(count);
            taken += count;
        }
        // A full room hides whether there is more.
        self.was_full |= !room.has_remaining_mut();
        Ok(taken)
    }

    /// Reads on after `close_notify`: the engine ignores what arrives, but its clocks need to know that
    /// something does. rustls does not get it: in a debug build it panics if a violation of the peer
    /// follows its own `close_notify`. The room gets zeros, never bytes that were not decrypted.
    fn drop_late(&mut self, socket: &mut impl Read, room: &mut impl BufMut) -> io::Result<usize> {
        let count = self.drop_received(socket, room.remaining_mut())?;
        room.put_bytes(0, count);
        Ok(count)
    }

    /// Reads on after plain HTTP, so that the response is not destroyed by a reset.
    fn drop_plain(&mut self, socket: &mut impl Read) -> io::Result<usize> {
        let count = self.drop_received(socket, DROPPED)?;
        if count == 0 { Ok(0) } else { Err(io::ErrorKind::Interrupted.into()) }
    }

    /// Reads once, and drops what has come: `most` bytes at most.
    fn drop_received(&mut self, socket: &mut impl Read, most: usize) -> io::Result<usize> {
        let mut dropped = [0; DROPPED];
        let most = most.min(DROPPED);
        self.was_full = false;
        let count = socket.read(&mut dropped[..most])?;
        self.was_full = count == most;
        Ok(count)
    }
}

fn unless_blocked(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::WouldBlock { Ok(()) } else { Err(error) }
}

/// Bytes that one call encrypts: four records, as one long read of a body.
const BATCH: usize = 64 << 10;

/// Bytes that are read of a file at once: the content of one record.
const PIECE: usize = 16 << 10;

/// Reads of one call: as many as the longest flight of a handshake and one record need.
const READS: usize = 32;

const DROPPED: usize = 1_024;

/// Bytes that are read at once before the handshake: a header with all that proxies usually add.
const HEADER_ROOM: usize = 512;
