//! One HTTP/1.x connection, without the socket.
//!
//! [`Connection`] joins the receiving half (`inbound.rs`), the sending half (`outbound.rs`) and the
//! life of the connection (`lifecycle.rs`). Each of them owns its fields; `state.rs` has the
//! transitions of their states. After each call the driver drains [`Connection::poll_event`], then
//! [`Connection::poll_transmit`], and sleeps until [`Connection::poll_deadline`].
//!
//! This file has what the driver writes and waits for. All other methods are in the files that are
//! named after their subject.

mod body_reader;
mod close;
mod coalescer;
pub(crate) mod codec;
mod concurrency;
mod deadline;
mod declared_length;
mod encryption;
mod event;
pub(crate) mod event_stream;
mod events;
mod exchange_id;
mod exchange_log;
mod file_region;
mod high_water;
mod inbound;
pub(crate) mod inflater;
mod input_room;
mod lifecycle;
mod outbound;
mod peer_gone;
mod pool;
mod proxy;
mod queries;
mod rate;
mod rate_limits;
mod read;
mod record;
mod response_body;
mod settings;
mod shared_head;
pub(crate) mod state;
mod switching;
mod tally;
#[cfg(test)]
mod tests;
mod tls_details;
pub(crate) mod transmit;
mod turn;
mod websocket;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

pub use self::codec::{Codecs, CodingFailed, ContentDecoder, ContentEncoder, InvalidContent};
pub use self::deadline::{Cause, Deadline};
pub use self::encryption::Encryption;
pub use self::event::Event;
pub use self::exchange_id::ExchangeId;
pub use self::file_region::FileRegion;
pub(crate) use self::high_water::MAX_GROWTH;
pub use self::inbound::InputBuffer;
pub(crate) use self::input_room::longest_buffer;
pub use self::pool::BufferPool;
pub use self::queries::ConnectionRef;
pub use self::record::Finished;
pub(crate) use self::record::MAX_KEPT;
pub use self::settings::Settings;
pub use self::tally::Tally;
pub use self::tls_details::TlsDetails;
pub(crate) use self::transmit::{COPY_LIMIT, KEPT_STAGING};
pub use self::transmit::{Slices, Transmit};

use self::deadline::Deadlines;
use self::inbound::Inbound;
use self::lifecycle::Lifecycle;
use self::outbound::Outbound;
use self::rate::Rates;
use self::record::Record;
use self::state::{Ending, Reading};
use self::tally::Tallies;
use crate::budget::Budget;
use crate::clock::Now;
pub use crate::piece::Piece;
use crate::proxy_protocol::ProxiedAddresses;
use tremolo_config::AccessLog;

/// One HTTP/1.x server connection: bytes and instants in, events and bytes out.
// In the order of use: what each turn needs is in few cache lines. `inbound` ends with it, and
// `outbound` begins with it.
#[repr(C)]
pub struct Connection {
    /// The addresses of the PROXY protocol header; boxed, because few connections have one.
    pub(crate) proxied: Option<Box<ProxiedAddresses>>,
    pub(crate) inbound: Inbound,
    pub(crate) settings: Arc<Settings>,
    pub(crate) rates: Rates,
    /// The data of the access log, if there is one.
    pub(crate) record: Option<Box<Record>>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) turn: Budget,
    pub(crate) outbound: Outbound,
    /// What the TLS handshake has agreed on.
    tls: Option<Arc<TlsDetails>>,
    pub(crate) deadlines: Deadlines,
    pub(crate) tallies: Tallies,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("exchange", &self.lifecycle.exchange())
            .field("reading", &self.inbound.reading())
            .field("writing", &self.outbound.writing())
            .field("handler", &self.lifecycle.handler())
            .field("ending", &self.lifecycle.ending())
            .field("buffered", &self.inbound.buffered())
            .field("queued", &self.outbound.queued())
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// A new connection that waits for its first request.
    ///
    /// `peer` is the address of the socket's peer, `None` for a Unix socket. With `proxy_protocol`
    /// it decides whether the addresses in the PROXY protocol header are used. With `access_log`
    /// the driver has to call [`Connection::take_finished`].
    #[must_use]
    pub fn new(settings: Arc<Settings>, peer: Option<IpAddr>, now: &Now) -> Self {
        let config = settings.config();
        let mut deadlines = Deadlines::default();
        if config.is_tls() {
            deadlines.set(Cause::Handshake, now.instant, config.tls_handshake_timeout);
        } else {
            deadlines.set(Cause::Head, now.instant, config.request_timeout);
        }
        Self {
            inbound: Inbound::new(config, peer),
            outbound: Outbound::new(config, settings.default_type().cloned()),
            lifecycle: Lifecycle::new(),
            rates: Rates::from(config),
            turn: Budget::default(),
            deadlines,
            proxied: None,
            record: (config.access_log != AccessLog::Off).then(Box::default),
            tls: None,
            tallies: Tallies::default(),
            settings,
        }
    }

    /// Whether the connection speaks the application's own protocol now.
    pub(crate) fn is_upgraded(&self) -> bool {
        self.inbound.reading() == Reading::Raw
    }

    /// What to write next; nothing if nothing is queued, or while a rate holds it back. Report
    /// with [`Connection::transmitted`], and a shutdown with [`Connection::shutdown_done`].
    #[inline]
    pub fn poll_transmit(&mut self, now: &Now) -> Option<Transmit<'_>> {
        let is_flushing = matches!(self.lifecycle.ending(), Ending::Flushing { .. });
        if !self.outbound.is_queue_empty() {
            let room = self.transmit_room(now)?;
            return self.outbound.front(room, is_flushing);
        }
        is_flushing.then(|| {
            // To close one half can block as well, if the transport is more than TCP.
            let after = self.settings.config().write_timeout;
            self.deadlines.set_if_unset(Cause::Write, now.instant, after);
            Transmit::Shutdown
        })
    }

    /// Reports that `count` bytes were written; zero means that the socket takes none now.
    pub fn transmitted(&mut self, now: &Now, count: usize) {
        let written = self.outbound.advance(count);
        self.turn.spend_written(count);
        if let Some(record) = &mut self.record {
            record.written(written);
        }
        self.rates.spend_download(now.instant, count);
        if count > 0 {
            self.progressed(now);
        }
        if self.outbound.is_queue_empty() {
            if !self.rates.is_download_limited() {
                self.outbound.grow_queue();
            }
            if self.deadlines.is_set(Cause::Write) {
                self.deadlines.clear(Cause::Write);
                self.begin_idle_time(now);
            }
            self.end_request_time();
        } else if count > 0 {
            self.deadlines.set(Cause::Write, now.instant, self.settings.config().write_timeout);
        } else {
            self.outbound.reset_growth();
            let after = self.settings.config().write_timeout;
            self.deadlines.set_if_unset(Cause::Write, now.instant, after);
        }
    }

    /// The next instant at which [`Connection::handle_timeout`] must be called.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Deadline> {
        self.deadlines.next()
    }

    /// Whether [`Connection::poll_deadline`] would return an instant before `at`. It is cheaper,
    /// for a driver that wakes up at `at` in any case.
    pub fn has_deadline_before(&mut self, at: Instant) -> bool {
        self.deadlines.any_before(at)
    }

    /// Handles all deadlines that have passed.
    pub fn handle_timeout(&mut self, now: &Now) {
        while let Some(cause) = self.deadlines.take_expired(now.instant) {
            self.expire(now, cause);
        }
    }

    /// Whether `write` should wait: the queue of its exchange is full, or the turn
    /// is over ([`Connection::turn_mut`]), also if the connection is closed: a loop of writes
    /// that fail must not delay other connections either.
    pub fn is_write_blocked(&mut self) -> bool {
        self.is_queue_full() || self.turn.is_over()
    }

    /// Whether the transmit queue is full ([`Exchange::is_queue_full`]).
    ///
    /// [`Exchange::is_queue_full`]: crate::Exchange::is_queue_full
    pub(crate) fn is_queue_full(&mut self) -> bool {
        self.outbound.is_full(self.settings.config().max_queue_size) && self.lifecycle.is_open()
    }
}
