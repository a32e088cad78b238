//! The handler of one exchange: the work that the path of its request names, as steps that wait for input, for
//! room, or for time.

use tremolo_core::http1::body::Decoded;
use tremolo_core::http1::response::FieldList;
use tremolo_core::{Connection, Error, ErrorPage, ExchangeId, Now};

use crate::message::{Key, Kind, Work};
use crate::realtime_handler::RealtimeTurn;
use crate::waits::Waits;

/// A handler that has not returned, or an exchange that it has left open.
#[derive(Debug)]
pub(crate) struct Handler {
    pub(crate) id: ExchangeId,
    pub(crate) key: Key,
    work: Work,
    /// Pieces that were sent.
    pieces: u32,
    /// Bytes that were sent.
    bytes: u64,
    pub(crate) waits: Waits,
    has_waited: bool,
    pub(crate) is_left_open: bool,
    /// How often it was asked to stop.
    cancelled: u32,
}

/// The driver's part of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It waits.
    Waits,
    /// It is over.
    Over,
}

impl Handler {
    pub(crate) fn new(id: ExchangeId, key: Key, work: Work) -> Self {
        Self {
            id,
            key,
            work,
            pieces: 0,
            bytes: 0,
            waits: Waits::Nothing,
            has_waited: false,
            is_left_open: false,
            cancelled: 0,
        }
    }

    /// Runs it until it waits. The clock is in milliseconds.
    pub(crate) fn run(&mut self, connection: &mut Connection, now: &Now, clock: u64) -> Step {
        if let Waits::Until(at) = self.waits
            && at <= clock
        {
            self.waits = Waits::Nothing;
        }
        while self.waits == Waits::Nothing {
            match self.step(connection, now, clock) {
                Ok(Some(waits)) => self.waits = waits,
                Ok(None) => return Step::Over,
                Err(error) => {
                    let status = match error {
                        Error::Peer(fault) => fault.status().as_u16(),
                        _ => 500,
                    };
                    fail(connection, now, status);
                    return Step::Over;
                }
            }
        }
        Step::Waits
    }

    /// It must stop. Some handlers ignore that once, if the connection is closed.
    pub(crate) fn cancel(&mut self, connection: &mut Connection, now: &Now, status: u16) -> Step {
        self.cancelled += 1;
        let is_stubborn = self.work.kind == Kind::Never && self.work.pieces % 2 == 1;
        if connection.peek().is_closed() && is_stubborn && self.cancelled == 1 {
            return Step::Waits;
        }
        fail(connection, now, status);
        Step::Over
    }

    /// The next step: what it waits for, `Nothing` to go on, or `None` at its end.
    fn step(
        &mut self,
        connection: &mut Connection,
        now: &Now,
        clock: u64,
    ) -> Result<Option<Waits>, Error> {
        let Work { kind, pieces, bytes, wait } = self.work;
        let Ok(mut exchange) = connection.exchange(self.id) else { return Ok(None) };
        if self.pieces == 0 && self.bytes == 0 && !exchange.peek().is_head_sent() {
            let name = format!("{}.{}", self.key.peer, self.key.number);
            exchange.response_mut()?.set(b"X-Exchange", name.as_bytes())?;
        }
        if kind == Kind::Later && !self.is_left_open {
            self.is_left_open = true;
            exchange.leave_open(now);
            return Ok(Some(Waits::Until(clock + u64::from(wait))));
        }
        let is_done =
            self.pieces >= pieces && matches!(kind, Kind::Events | Kind::Socket | Kind::Push);
        if wait > 0 && !self.has_waited && kind != Kind::Later && !is_done {
            self.has_waited = true;
            return Ok(Some(Waits::Until(clock + u64::from(wait))));
        }
        match kind {
            Kind::Whole | Kind::Later => {
                let body = self.key.pattern(0, bytes as usize);
                exchange.end(now, body.into())?;
                if kind == Kind::Whole {
                    exchange.handler_done(now);
                }
                Ok(None)
            }
            Kind::Never => Ok(Some(Waits::Forever)),
            Kind::Quiet => {
                exchange.handler_done(now);
                Ok(None)
            }
            Kind::Echo => {
                if exchange.is_write_blocked() {
                    return Ok(Some(Waits::Room));
                }
                match exchange.body().poll(now, 3_000)? {
                    Decoded::NeedInput => Ok(Some(Waits::Input)),
                    Decoded::Data(data) => {
                        self.bytes += data.len() as u64;
                        exchange.yield_piece(now, data.into())?;
                        Ok(Some(Waits::Nothing))
                    }
                    Decoded::End => {
                        exchange.handler_done_with_end(now)?;
                        Ok(None)
                    }
                }
            }
            Kind::Stream | Kind::Fail if self.pieces < pieces => {
                if exchange.is_write_blocked() {
                    return Ok(Some(Waits::Room));
                }
                let piece = self.key.pattern(self.bytes, bytes as usize);
                exchange.yield_piece(now, piece.into())?;
                self.pieces += 1;
                self.bytes += u64::from(bytes);
                self.has_waited = false;
                Ok(Some(Waits::Nothing))
            }
            Kind::Stream => {
                exchange.handler_done_with_end(now)?;
                Ok(None)
            }
            Kind::Events | Kind::Socket | Kind::Push => self.realtime_step(connection, now),
            Kind::Fail => {
                fail(connection, now, 500);
                Ok(None)
            }
        }
    }

    fn realtime_step(
        &mut self,
        connection: &mut Connection,
        now: &Now,
    ) -> Result<Option<Waits>, Error> {
        let Ok(mut exchange) = connection.exchange(self.id) else { return Ok(None) };
        let turn = RealtimeTurn { key: self.key, work: self.work, sent: self.pieces };
        let waits = turn.step(&mut exchange, now)?;
        if self.pieces < self.work.pieces && waits == Some(Waits::Nothing) {
            (self.pieces, self.has_waited) = (self.pieces + 1, false);
        }
        Ok(waits)
    }
}

/// The end of a stream: an empty one has a head as well.
trait End {
    fn handler_done_with_end(&mut self, now: &Now) -> Result<(), Error>;
}

impl End for tremolo_core::Exchange<'_> {
    fn handler_done_with_end(&mut self, now: &Now) -> Result<(), Error> {
        if !self.peek().is_head_sent() {
            self.end(now, (&[]).into())?;
        }
        self.handler_done(now);
        Ok(())
    }
}

/// An error page, or a response that is cut; then the handler is over.
pub(crate) fn fail(connection: &mut Connection, now: &Now, status: u16) {
    let Some(mut exchange) = connection.current() else { return };
    let fields = FieldList::default();
    let page = ErrorPage {
        status,
        reason: None,
        content_type: "text/plain",
        varies: false,
        fields: &fields,
        body: (b"it failed").into(),
    };
    exchange.send_error_page(now, page);
    exchange.handler_done(now);
}
