//! One HTTP/1.x connection, without the socket.
//!
//! [`Connection`] holds both halves and the end of a connection; `reading` turns bytes into
//! events, `reply` holds the semantics of the response object, `ending` the ways to close. The
//! driver's whole duty: after anything done to a connection, drain [`Connection::poll_event`],
//! then [`Connection::poll_transmit`], then sleep until [`Connection::poll_deadline`].

mod asking;
mod coding;
mod deadline;
mod declared_length;
mod ending;
mod event;
mod file;
mod gathering;
mod gone;
mod head;
mod lending;
mod piece;
mod proxied;
mod rate;
mod reading;
mod record;
mod reply;
mod sending;
mod state;
#[cfg(test)]
mod tests;
mod trailing;
mod transmit;
mod turn;
mod upgrade;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;

pub use self::coding::{Codecs, CodingFailed, ContentEncoder};
pub use self::deadline::{Cause, Deadline};
pub use self::event::Event;
pub use self::file::FileContent;
pub use self::lending::{Spare, Workspace};
pub use self::piece::{FileRegion, Piece};
pub use self::reading::InputBuffer;
pub use self::record::Finished;
pub use self::reply::ErrorAnswer;
pub use self::transmit::{Slices, Transmit};

use self::coding::CodedBody;
use self::deadline::Deadlines;
use self::declared_length::DeclaredLength;
use self::gathering::Gathering;
use self::head::SharedHead;
use self::rate::Rates;
use self::record::Record;
use self::state::{Ending, Handler, Reading, Writing};
use self::transmit::TransmitQueue;
use crate::budget::Budget;
use crate::clock::Now;
use crate::error::{CloseReason, PeerError};
use crate::http1::body::{Decoder, Limits};
use crate::http1::request::{HeadParser, RequestHead};
use crate::http1::response::{ResponseHead, server_line};
use crate::proxy_protocol::ProxiedAddresses;
use tremolo_config::{Config, ConfigError};

/// A checked configuration with what is prepared from it once; shared by all connections.
#[derive(Debug)]
pub struct Settings {
    config: Config,
    server_line: Box<[u8]>,
    codecs: Option<&'static dyn Codecs>,
}

impl Settings {
    /// Checks a configuration.
    ///
    /// # Errors
    ///
    /// The first value that makes no sense.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self { server_line: server_line(&config.server_name), config, codecs: None })
    }

    /// The same with encoders; without, `compression` changes nothing.
    #[must_use]
    pub fn with_codecs(mut self, codecs: &'static dyn Codecs) -> Self {
        self.codecs = Some(codecs);
        self
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}

/// One HTTP/1.x server connection: bytes and instants in, events and bytes out.
pub struct Connection {
    settings: Arc<Settings>,

    input: BytesMut,
    /// The peer closed its half: what is buffered is all there will be.
    input_ended: bool,
    parser: HeadParser,
    head: SharedHead,
    decoder: Decoder,
    body_limits: Limits,
    reading: Reading,
    /// Why the body of the request in work cannot be read any further.
    body_fault: Option<PeerError>,
    /// `100 Continue` is owed with the first read (RFC 9110 section 10.1.1).
    continue_owed: bool,

    response: ResponseHead,
    writing: Writing,
    /// Whether this response may go out in a content coding.
    compress: bool,
    /// The coding that its body goes through.
    coded: Option<Box<CodedBody>>,
    /// What is left of the length that the application declared.
    declared: DeclaredLength,
    gathering: Gathering,
    /// Whether the connection may serve another request after this one.
    persist: bool,
    transmit: TransmitQueue,
    write_blocked: bool,
    /// What is queued before `write` should wait, by a quarter; the configuration's for each new
    /// response.
    buffer_size: usize,
    /// How many times the usual amount a turn may queue, because the socket takes it all.
    stretch: usize,
    rates: Rates,
    turn: Budget,

    handler: Handler,
    /// Time without progress that the handler has; `None`: any.
    handler_timeout: Option<Duration>,
    cancel: Option<CloseReason>,
    head_timed_out: bool,
    exchange: u64,
    draining: bool,
    /// What the PROXY protocol said; boxed, because few connections have it.
    proxied: Option<Box<ProxiedAddresses>>,
    /// What a log of the exchanges wants to know, if there is one.
    record: Option<Box<Record>>,
    ending: Ending,
    deadlines: Deadlines,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("exchange", &self.exchange)
            .field("reading", &self.reading)
            .field("writing", &self.writing)
            .field("handler", &self.handler)
            .field("ending", &self.ending)
            .field("buffered", &self.input.len())
            .field("queued", &self.transmit.queued())
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// A new connection that waits for its first request.
    #[must_use]
    pub fn new(settings: Arc<Settings>, now: &Now) -> Self {
        let mut deadlines = Deadlines::default();
        deadlines.set(Cause::Head, now.instant, settings.config.request_timeout);
        Self {
            input: BytesMut::new(),
            input_ended: false,
            parser: HeadParser::default(),
            head: SharedHead::default(),
            decoder: Decoder::none(),
            body_limits: Limits::from(&settings.config),
            reading: Reading::Head,
            body_fault: None,
            continue_owed: false,
            response: ResponseHead::default(),
            writing: Writing::Idle,
            compress: false,
            coded: None,
            declared: DeclaredLength::default(),
            gathering: Gathering::default(),
            persist: true,
            transmit: TransmitQueue::default(),
            write_blocked: false,
            buffer_size: settings.config.buffer_size,
            stretch: 1,
            rates: Rates::from(&settings.config),
            turn: Budget::default(),
            handler: Handler::Done,
            handler_timeout: None,
            cancel: None,
            head_timed_out: false,
            exchange: 0,
            draining: false,
            proxied: None,
            record: None,
            ending: Ending::Open,
            deadlines,
            settings,
        }
    }

    /// The configuration of this connection.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.settings.config
    }

    /// The settings that it was made with.
    #[must_use]
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// The head of the request in work; between two requests, the default one.
    #[must_use]
    pub fn head(&self) -> &Arc<RequestHead> {
        self.head.shared()
    }

    /// The number of the exchange in work; it grows with each request.
    #[must_use]
    pub fn exchange(&self) -> u64 {
        self.exchange
    }

    /// Whether this exchange is in work, so that its handles have something to say.
    #[must_use]
    pub fn is_in_work(&self, exchange: u64) -> bool {
        // One whose rest is discarded is settled: nobody may take what is left for the whole.
        let settled = matches!(self.reading, Reading::Discard { .. });
        self.exchange == exchange && self.writing != Writing::Idle && !settled
    }

    /// What to write next; nothing if nothing is queued, or while a rate holds it back. Report
    /// with [`Connection::transmitted`], and a shutdown with [`Connection::shutdown_done`].
    #[inline]
    pub fn poll_transmit(&mut self, now: &Now) -> Option<Transmit<'_>> {
        if !self.transmit.is_empty() {
            let room = self.transmit_room(now)?;
            return self.transmit.front(room);
        }
        match self.ending {
            Ending::Flushing { linger: true, .. } => {
                // To close a half can block as well, where there is more than TCP below.
                let after = self.settings.config.write_timeout;
                self.deadlines.set_if_unset(Cause::Write, now.instant, after);
                Some(Transmit::Shutdown)
            }
            _ => None,
        }
    }

    /// Tells that `count` bytes were written; zero means that the socket takes none now.
    pub fn transmitted(&mut self, now: &Now, count: usize) {
        let queued = self.transmit.queued();
        self.transmit.advance(count);
        self.turn.spend_written(count);
        if let Some(record) = &mut self.record {
            record.written(queued - self.transmit.queued());
        }
        self.spend_download(now, count);
        if count > 0 {
            self.progressed(now);
        }
        if self.transmit.is_empty() {
            if self.write_blocked && !self.rates.is_download_limited() {
                // It took a full queue without hesitation: the next one may be longer.
                self.stretch = (self.stretch * 2).min(MAX_STRETCH);
            }
            self.deadlines.clear(Cause::Write);
            self.flushed();
        } else if count > 0 {
            self.deadlines.set(Cause::Write, now.instant, self.settings.config.write_timeout);
        } else {
            self.stretch = 1;
            let after = self.settings.config.write_timeout;
            self.deadlines.set_if_unset(Cause::Write, now.instant, after);
        }
    }

    /// The instant at which [`Connection::handle_timeout`] wants to be called.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Deadline> {
        self.deadlines.next()
    }

    /// Whether [`Connection::poll_deadline`] would tell of an instant before `at`: the cheap
    /// question for a driver that will wake up then anyway.
    pub fn has_deadline_before(&mut self, at: Instant) -> bool {
        self.deadlines.any_before(at)
    }

    /// Tells that a deadline has passed.
    pub fn handle_timeout(&mut self, now: &Now) {
        while let Some(cause) = self.deadlines.take_expired(now.instant) {
            self.expire(now, cause);
        }
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.transmit.queued()
    }

    /// Whether `write` should wait: the queue is full ([`Connection::is_queue_full`]), or the turn is
    /// over ([`Connection::begin_turn`]), also if the connection is closed: a loop of writes that
    /// fail must not hold up other connections either.
    pub fn is_write_blocked(&mut self) -> bool {
        self.is_queue_full() || self.turn.is_over()
    }

    /// Whether the transmit queue is full: more than four times `buffer_size`, or `max_queue_size`
    /// buffers, are queued; until less than half of `buffer_size` is. A response may have a
    /// size of its own ([`Connection::set_buffer_size`]). What does not run on the thread of the
    /// driver has to wait for this only.
    ///
    /// As long as the socket takes all it is given, nothing stays queued between two turns, and
    /// a turn may gather up to eight times as much for one write. A socket that does not is back
    /// at four times `buffer_size` at once.
    pub fn is_queue_full(&mut self) -> bool {
        let config = &self.settings.config;
        let (queued, buffers) = (self.transmit.queued(), self.transmit.buffers());
        self.write_blocked = if self.write_blocked {
            queued > 0 && queued >= self.buffer_size / 2
        } else {
            let full = self.buffer_size.saturating_mul(4 * self.stretch);
            queued > full || buffers >= config.max_queue_size
        };
        self.write_blocked && self.ending == Ending::Open
    }

    /// Whether the connection is over, so that the socket can be dropped.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.ending, Ending::Closed { .. })
    }

    /// Whether nothing can come out of it any more: it is closed, and no handler is in work.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.is_closed() && self.handler != Handler::Running
    }

    /// Why the connection ends or has ended.
    #[must_use]
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.ending.reason()
    }

    /// Whether no exchange is in work and nothing is buffered or queued.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.writing == Writing::Idle && self.input.is_empty() && self.transmit.is_empty()
    }
}

/// Half a megabyte in one vectored write, with the default `buffer_size`: beyond that the system
/// call is no longer what costs.
const MAX_STRETCH: usize = 8;
