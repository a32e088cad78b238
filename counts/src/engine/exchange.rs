//! Exchanges on one persistent connection: a handler responds at once to each request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BufMut;
use tremolo_core::http1::body::Decoded;
use tremolo_core::{
    BufferPool, Config, Connection, Error, Event, Exchange, Now, Settings, Transmit,
};
use tremolo_counts::Round;

use super::messages;

/// Requests that arrive in one read.
pub(super) const PIPELINED: usize = 16;

pub(super) fn short_get() -> Round {
    rounds(messages::short_get(), |wire| wire.answer())
}

pub(super) fn browser_get() -> Round {
    rounds(messages::browser_get(), |wire| wire.answer())
}

pub(super) fn post() -> Round {
    rounds(messages::post(), |wire| {
        wire.read_body()?;
        wire.answer()
    })
}

pub(super) fn chunked_body() -> Round {
    rounds(messages::chunked(), |wire| {
        wire.read_body()?;
        wire.answer()
    })
}

pub(super) fn reply_head() -> Round {
    rounds(messages::short_get(), |wire| {
        let mut exchange = current(&mut wire.connection);
        let response = exchange.response_mut()?;
        response.set_status(201)?;
        for (name, value) in messages::FIELDS {
            response.set(name, value)?;
        }
        wire.answer()
    })
}

pub(super) fn yield_pieces() -> Round {
    rounds(messages::short_get(), |wire| {
        (0..10).try_for_each(|_| {
            current(&mut wire.connection).yield_piece(&wire.now, messages::PIECE.into())
        })
    })
}

pub(super) fn pipelined() -> Round {
    rounds(messages::short_get().repeat(PIPELINED), |wire| wire.answer())
}

fn rounds(request: Vec<u8>, handler: fn(&mut Wire) -> Result<(), Error>) -> Round {
    let mut wire = Wire::new(request);
    Box::new(move || wire.turn(handler))
}

/// A connection and its driver, without the socket.
pub(super) struct Wire {
    pub(super) connection: Connection,
    pub(super) now: Now,
    /// The receive buffers; an idle connection has none of its own.
    spare: BufferPool,
    /// What the peer sends in a round.
    pub(super) request: Vec<u8>,
    /// The number of bytes of the request that were read.
    sent: usize,
    written: usize,
}

impl Wire {
    pub(super) fn new(request: Vec<u8>) -> Self {
        let settings = Settings::new(Config::default()).expect("the defaults are valid");
        // The clock does not advance: deadlines are set, and none passes.
        let now = Now::new(Instant::now(), 784_111_777);
        let connection = Connection::new(Arc::new(settings), None, &now);
        Self { connection, now, spare: BufferPool::new(), request, sent: 0, written: 0 }
    }

    /// The work of a driver between two waits. Returns the bytes that were read from the request's
    /// body and written for the responses.
    fn turn(&mut self, handler: fn(&mut Self) -> Result<(), Error>) -> usize {
        self.begin();
        while self.fill() {
            while let Some(event) = self.connection.poll_event(&self.now) {
                assert!(matches!(event, Event::Request(_)), "{event:?}");
                drop(event);
                handler(self).expect("the handler makes no mistake");
                current(&mut self.connection).handler_done(&self.now);
            }
            self.flush();
        }
        assert!(self.connection.peek().is_idle(), "the exchange is not over");
        self.end()
    }

    pub(super) fn begin(&mut self) {
        (self.sent, self.written) = (0, 0);
    }

    /// Before the next wait. Returns the bytes that were read from bodies and written.
    pub(super) fn end(&mut self) -> usize {
        self.spare.reclaim(&mut self.connection);
        let timer = self.now.instant + Duration::from_millis(1);
        assert!(!self.connection.has_deadline_before(timer), "a deadline that never comes");
        self.written
    }

    /// One read.
    pub(super) fn fill(&mut self) -> bool {
        let rest = self.request.get(self.sent..).unwrap_or_default();
        if rest.is_empty() || !self.connection.peek().wants_input() {
            return false;
        }
        self.spare.attach(&mut self.connection);
        let mut room = self.connection.input_buffer();
        let taken = rest.len().min(room.remaining_mut());
        room.put_slice(&rest[..taken]);
        self.sent += taken;
        self.connection.handle_input(&self.now);
        true
    }

    pub(super) fn flush(&mut self) {
        loop {
            let count = match self.connection.poll_transmit(&self.now) {
                None => return,
                Some(Transmit::Bytes(bytes)) => bytes.len(),
                Some(Transmit::Slices(slices)) => slices.iter().map(|slice| slice.len()).sum(),
                Some(other) => unreachable!("neither files nor a shutdown: {other:?}"),
            };
            self.written += count;
            self.connection.transmitted(&self.now, count);
        }
    }

    fn answer(&mut self) -> Result<(), Error> {
        current(&mut self.connection).end(&self.now, messages::HELLO.into())
    }

    fn read_body(&mut self) -> Result<(), Error> {
        loop {
            match current(&mut self.connection).body().poll(&self.now, usize::MAX)? {
                Decoded::Data(data) => self.written += data.len(),
                Decoded::End => return Ok(()),
                Decoded::NeedInput => assert!(self.fill(), "the body does not end"),
            }
        }
    }
}

/// The exchange whose handler runs.
pub(super) fn current(connection: &mut Connection) -> Exchange<'_> {
    connection.current().expect("its handler runs")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that a round produced: of the request body, and of the response.
    #[test]
    fn bodies_are_read_and_responses_written_completely() {
        let answer = short_get()();
        assert!(answer > messages::HELLO.len());
        assert_eq!(browser_get()(), answer);
        assert_eq!(post()(), answer + 1_024);
        assert_eq!(chunked_body()(), answer + 16 * 1_024);
        assert_eq!(pipelined()(), answer * PIPELINED);
        let fields = messages::FIELDS.iter().map(|(name, value)| name.len() + value.len());
        assert!(reply_head()() > answer + fields.skip(1).sum::<usize>());
        assert!(yield_pieces()() > 10 * messages::PIECE.len());
    }
}
