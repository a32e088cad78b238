//! Input: received bytes become requests, or faults of the peer (RFC 9112 sections 2 to 5).

use std::sync::Arc;

use http::Method;

use super::body_reader::Discarded;
use super::inbound::InputBuffer;
use super::state::{Ending, Reading, Writing};
use super::{Cause, Connection, Event};
use crate::clock::Now;
use crate::error::{CloseReason, PeerError};
use tremolo_config::HalfClose;

impl Connection {
    /// Room for one read. Report what was read with [`Connection::handle_input`].
    #[inline]
    pub fn input_buffer(&mut self) -> InputBuffer<'_> {
        let most = self.rates.begin_read(self.inbound.buffered());
        self.inbound.room(self.settings.config().buffer_size, most)
    }

    /// Handles the bytes that were read into [`Connection::input_buffer`].
    #[inline]
    pub fn handle_input(&mut self, now: &Now) {
        self.turn.pass(now.instant);
        if self.deadlines.is_set(Cause::Body) {
            self.deadlines.set(Cause::Body, now.instant, self.settings.config().request_timeout);
        }
        self.spend_upload(now);
        match self.inbound.reading() {
            Reading::Discard { .. } => self.discard(now),
            Reading::Ignore => {
                self.inbound.clear_buffer();
                if let Ending::Lingering { .. } = self.lifecycle.ending() {
                    let silence = self.settings.config().lingering_timeout;
                    self.await_input(Cause::LingeringSilence, now, silence);
                }
            }
            Reading::ProxyHeader { .. } | Reading::Head | Reading::Body | Reading::Complete => {}
            Reading::Raw => self.read_websocket(now),
        }
    }

    /// The next event for the driver.
    #[inline]
    pub fn poll_event(&mut self, now: &Now) -> Option<Event> {
        // The usual end of a turn, without a call.
        let needs_input = match self.inbound.reading() {
            Reading::Head => self.inbound.is_empty() && !self.inbound.has_ended(),
            Reading::Raw => self.inbound.websocket().is_some_and(|session| !session.has_output()),
            _ => false,
        };
        let has_event = self.inbound.refusal().is_some() || self.lifecycle.is_cancel_requested();
        if needs_input && !has_event {
            return None;
        }
        self.next_event(now)
    }

    fn next_event(&mut self, now: &Now) -> Option<Event> {
        if let Some(reason) = self.lifecycle.take_cancel() {
            return Some(Event::Cancel(reason));
        }
        if let Some(fault) = self.inbound.refusal() {
            return Some(self.begin_fault(now, fault));
        }
        if let Reading::ProxyHeader { believed } = self.inbound.reading()
            && !self.read_proxy_header(believed)
        {
            return None;
        }
        if !self.may_begin_request() {
            if self.is_upgraded() {
                self.send_late_pongs(now);
            }
            return None;
        }
        if self.inbound.has_ended() && self.settings.config().half_close == HalfClose::Close {
            self.start_closing(CloseReason::PeerClosed);
            return None;
        }
        match self.inbound.parse_head(self.settings.config())? {
            Ok(true) if matches!(*self.inbound.head().method(), Method::CONNECT) => {
                Some(self.refuse_request(now, PeerError::TunnelRefused))
            }
            Ok(true) => Some(self.admit_request(now)),
            Ok(false) if self.inbound.has_ended() => {
                self.start_closing(CloseReason::PeerClosed);
                None
            }
            Ok(false) => {
                self.await_head(now);
                None
            }
            Err(fault) => Some(self.begin_fault(now, fault)),
        }
    }

    #[inline]
    fn may_begin_request(&mut self) -> bool {
        self.inbound.reading() == Reading::Head
            && self.outbound.writing() == Writing::Idle
            && self.lifecycle.is_open()
            && (!self.inbound.is_empty() || self.inbound.has_ended())
            // A peer that sends requests and reads no responses has to wait.
            && !self.is_write_blocked()
            // A rate of its own holds for the whole of a response.
            && (!self.rates.is_own() || self.outbound.is_queue_empty())
            && !self.record.as_ref().is_some_and(|record| record.is_full())
    }

    /// Makes sure that a deadline is set while a head is not complete or has not begun. An empty
    /// line that was skipped may be all that has arrived.
    fn await_head(&mut self, now: &Now) {
        let config = self.settings.config();
        if self.lifecycle.is_draining() {
            self.deadlines.set_if_unset(Cause::Head, now.instant, config.drain_grace);
        } else if self.deadlines.is_set(Cause::Head) {
            // Set since the beginning of the head, or of the connection.
        } else if self.inbound.is_empty() {
            self.deadlines.set_if_unset(Cause::KeepAlive, now.instant, config.keepalive_timeout);
        } else {
            let after = config.request_timeout;
            self.deadlines.clear(Cause::KeepAlive);
            self.await_input(Cause::Head, now, after);
        }
    }

    /// Begins a request, unless too many handlers run.
    #[inline]
    fn admit_request(&mut self, now: &Now) -> Event {
        if self.settings.concurrency().is_some() && !self.admit_handler() {
            return self.refuse_handler(now);
        }
        self.begin_request(now)
    }

    /// Counts another handler, unless too many run.
    #[inline(never)]
    fn admit_handler(&mut self) -> bool {
        let permit = self.settings.concurrency().and_then(|concurrency| concurrency.begin());
        permit.map(|permit| self.lifecycle.count_handler(permit)).is_some()
    }

    /// Begins an exchange that gets an error response because too many handlers run.
    #[cold]
    fn refuse_handler(&mut self, now: &Now) -> Event {
        self.begin_request(now);
        self.outbound.set_compress(false);
        Event::Fault(PeerError::ServerBusy)
    }

    fn begin_request(&mut self, now: &Now) -> Event {
        let config = self.settings.config();
        self.turn.spend_request(now.instant);
        self.deadlines.clear(Cause::Head);
        self.deadlines.clear(Cause::KeepAlive);
        self.deadlines.set(Cause::Handler, now.instant, config.app_handler_timeout);
        if !config.app_request_timeout.is_zero() {
            self.deadlines.set(Cause::Request, now.instant, config.app_request_timeout);
        }
        self.inbound.begin_request(config);
        self.outbound.begin_response(config);
        self.rates.begin_response(config);
        let keep_alive = self.inbound.head().keep_alive();
        self.lifecycle.begin_exchange(keep_alive, config.app_handler_timeout);
        self.tallies.begin(now.instant);
        if let Some(record) = &mut self.record {
            record.begin(now.instant, self.outbound.queued());
        }
        if self.inbound.has_ended() {
            self.watch_half_close(now);
        }
        Event::Request(Arc::clone(self.inbound.shared_head()))
    }

    /// Begins an exchange for a request that is not valid. It gets an error response, and no bytes
    /// that follow can be trusted to be a request (RFC 9112 section 9.6).
    fn begin_fault(&mut self, now: &Now, fault: PeerError) -> Event {
        self.inbound.clear_faulty_head();
        let event = self.refuse_request(now, fault);
        if let Some(record) = &mut self.record {
            record.head_failed();
        }
        event
    }

    /// Begins an exchange that gets an error response, and reads nothing more.
    fn refuse_request(&mut self, now: &Now, fault: PeerError) -> Event {
        self.begin_request(now);
        self.outbound.set_compress(false);
        self.lifecycle.forbid_reuse();
        self.inbound.stop();
        Event::Fault(fault)
    }

    /// Drops what is buffered of a body that the handler did not read, up to the limit.
    pub(super) fn discard(&mut self, now: &Now) {
        let reason = match self.inbound.discard() {
            None | Some(Discarded::NeedInput { .. }) => return,
            Some(Discarded::All) => return self.next_request(now),
            Some(Discarded::TooLong) => CloseReason::Finished,
            Some(Discarded::InputEnded) => CloseReason::PeerClosed,
            Some(Discarded::Fault(fault)) => CloseReason::Fault(fault),
        };
        self.start_closing(reason);
    }

    /// The last byte of a response that took several writes was written: only now its connection is
    /// idle.
    pub(super) fn begin_idle_time(&mut self, now: &Now) {
        if self.deadlines.is_set(Cause::KeepAlive) {
            let idle = self.settings.config().keepalive_timeout;
            self.await_input(Cause::KeepAlive, now, idle);
        }
    }

    /// Ends the exchange and waits for the next request.
    pub(super) fn next_request(&mut self, now: &Now) {
        self.inbound.next_request();
        self.outbound.next_request();
        self.deadlines.clear(Cause::Body);
        if self.inbound.is_empty() {
            let config = self.settings.config();
            if self.inbound.has_ended() {
                self.start_closing(CloseReason::PeerClosed);
            } else if self.lifecycle.is_draining() {
                // The head of the response had promised that the connection stays.
                self.deadlines.set(Cause::Head, now.instant, config.drain_grace);
            } else {
                let idle = config.keepalive_timeout;
                self.await_input(Cause::KeepAlive, now, idle);
            }
        }
    }
}
