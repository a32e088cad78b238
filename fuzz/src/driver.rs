//! A driver without socket and clock: it follows the contract of the engine and checks the engine's
//! limits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BufMut;
use tremolo_core::{Config, Connection, Now, Settings, Transmit};

use crate::file::PatternFile;

/// A connection, the bytes on the wire, and the current time.
pub(crate) struct Wire {
    pub(crate) connection: Connection,
    pub(crate) now: Now,
    /// The written bytes.
    pub(crate) out: Vec<u8>,
    /// The number of bytes that the socket accepts before it blocks.
    pub(crate) room: usize,
    input_bound: usize,
    websocket_bound: usize,
}

impl Wire {
    pub(crate) fn new(config: Config) -> Self {
        Self::of(Settings::new(config).expect("the configuration is valid"))
    }

    pub(crate) fn of(settings: Settings) -> Self {
        let config = settings.config();
        // One read of a long body, or an incomplete head and one more small read.
        let step = config.buffer_size;
        let input_bound = (step * 4).max(config.client_max_header_size.max(step) + step / 4);
        // One read of a long frame with its head, or a payload that stays in the buffer, and the head
        // of the next frame.
        let websocket_bound = input_bound.max((64 << 10).max(step * 4) + step / 4);
        let settings = Arc::new(settings);
        // Only differences between instants matter.
        let now = Now::new(Instant::now(), 784_111_777);
        let connection = Connection::new(settings, None, &now);
        Self { connection, now, out: Vec::new(), room: usize::MAX, input_bound, websocket_bound }
    }

    /// Advances the time; the driver wakes if a deadline has passed.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = Now::new(self.now.instant + time, self.now.wall_seconds + time.as_secs());
        let deadline = self.connection.poll_deadline();
        let due = deadline.is_some_and(|deadline| deadline.at < self.now.instant);
        assert_eq!(self.connection.has_deadline_before(self.now.instant), due);
        if deadline.is_some_and(|deadline| deadline.at <= self.now.instant) {
            self.connection.handle_timeout(&self.now);
            let next = self.connection.poll_deadline();
            assert!(next.is_none_or(|next| next.at > self.now.instant), "a deadline stays passed");
        }
    }

    /// One read, if the engine wants one. Returns how many of `bytes` were read.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> usize {
        if bytes.is_empty() || !self.connection.peek().wants_input() {
            return 0;
        }
        let mut room = self.connection.input_buffer();
        let taken = bytes.len().min(room.remaining_mut());
        assert!(taken > 0, "a read without room");
        room.put_slice(&bytes[..taken]);
        let buffered = room.get_ref().len();
        let is_websocket =
            self.connection.peek().current().is_some_and(|exchange| exchange.is_websocket());
        let most = if is_websocket { self.websocket_bound } else { self.input_bound };
        assert!(buffered <= most, "{buffered} bytes buffered");
        self.connection.handle_input(&self.now);
        taken
    }

    /// Writes as much as the socket has room for.
    pub(crate) fn flush(&mut self) {
        loop {
            let queued = self.connection.peek().queued();
            let before = self.out.len();
            match self.connection.poll_transmit(&self.now) {
                None => return assert_eq!(queued, 0, "queued bytes and nothing to transmit"),
                Some(Transmit::Shutdown) => {
                    assert_eq!(queued, 0, "a shutdown before queued bytes");
                    self.connection.shutdown_done(&self.now);
                    continue;
                }
                Some(Transmit::File(region)) => match PatternFile::read(&region) {
                    Some(bytes) => self.out.extend_from_slice(&bytes),
                    None => {
                        self.connection.file_failed(&self.now);
                        assert_eq!(
                            self.connection.peek().queued(),
                            0,
                            "bytes behind a file that failed"
                        );
                        continue;
                    }
                },
                Some(Transmit::Bytes(bytes)) => self.out.extend_from_slice(bytes),
                Some(Transmit::Slices(slices)) => {
                    slices.iter().for_each(|slice| self.out.extend_from_slice(slice));
                }
            }
            let offered = self.out.len() - before;
            assert!(0 < offered && offered <= queued, "{offered} of {queued} queued bytes offered");
            let written = offered.min(self.room);
            self.out.truncate(before + written);
            self.room -= if self.room == usize::MAX { 0 } else { written };
            self.connection.transmitted(&self.now, written);
            assert_eq!(self.connection.peek().queued(), queued - written);
            if written == 0 {
                assert!(self.connection.poll_deadline().is_some(), "a blocked write without end");
                return;
            }
        }
    }
}

/// Limits small enough that small inputs reach them.
pub(crate) fn small() -> Config {
    Config {
        buffer_size: 1_024,
        client_max_header_size: 256,
        client_max_header_fields: 6,
        client_max_body_size: 600,
        discard_limit: 100,
        max_queue_size: 2,
        ..Config::default()
    }
}
