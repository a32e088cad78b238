//! The ends: of an exchange, of a handler's time, and of the connection (RFC 9112 section 9).

use std::time::Instant;

use super::state::{Ending, Handler, Reading, Writing};
use super::{Cause, Connection};
use crate::clock::Now;
use crate::error::{CloseReason, PeerError};

impl Connection {
    /// Tells that the writing half of the socket is closed.
    pub fn shutdown_done(&mut self, now: &Now) {
        if let Ending::Flushing { reason, .. } = self.ending {
            if self.input_ended {
                return self.closed(reason);
            }
            self.ending = Ending::Lingering { reason };
            self.deadlines.clear(Cause::Write);
            let config = &self.settings.config;
            self.deadlines.set(Cause::Lingering, now.instant, config.lingering_time);
            let silence = config.lingering_timeout;
            self.await_input(Cause::LingeringSilence, now, silence);
        }
    }

    /// Tells that the peer is gone: a reset, or a write that failed.
    pub fn handle_reset(&mut self, now: &Now) {
        if self.is_closed() {
            return;
        }
        self.lose_peer(now, self.ending.reason().unwrap_or(CloseReason::PeerGone));
    }

    /// Nobody takes what is said any more: a handler that still runs has its grace.
    fn lose_peer(&mut self, now: &Now, reason: CloseReason) {
        self.close_now(reason);
        if self.handler == Handler::Running {
            let grace = self.settings.config.app_close_timeout;
            self.deadlines.set(Cause::AppClose, now.instant, grace);
        }
    }

    /// The server shuts down: an idle connection closes, a busy one after its response.
    pub fn drain(&mut self, now: &Now) {
        self.draining = true;
        if self.is_idle() && self.exchange > 0 {
            self.start_closing(CloseReason::Shutdown);
        } else if self.is_idle() && self.ending == Ending::Open {
            // Its first request may be on the way: not lost, but not waited for long either.
            let grace = self.settings.config.lingering_timeout;
            self.deadlines.set(Cause::Head, now.instant, grace);
        } else if self.writing == Writing::Head {
            self.persist = false;
        }
    }

    /// When an idle connection would be closed; nothing if a request is in work.
    #[must_use]
    pub fn idle_until(&self) -> Option<Instant> {
        self.deadlines.get(Cause::KeepAlive)
    }

    /// Closes an idle connection before its time, because there are too many of them.
    pub fn close_idle(&mut self) {
        if self.idle_until().is_some() {
            self.start_closing(CloseReason::KeepAliveTimeout);
        }
    }

    /// The server's patience is over: nothing is flushed any more.
    pub fn abort(&mut self, reason: CloseReason) {
        if self.handler == Handler::Running {
            self.cancel = Some(reason);
        }
        if !self.is_closed() {
            self.close_now(reason);
        }
    }

    pub(super) fn expire(&mut self, now: &Now, cause: Cause) {
        match cause {
            Cause::Head if self.draining && self.input.is_empty() => {
                self.start_closing(CloseReason::Shutdown);
            }
            Cause::Head if matches!(self.reading, Reading::ProxyHeader { .. }) => {
                self.close_now(CloseReason::Fault(PeerError::HeadTimeout));
            }
            Cause::Head => self.head_timed_out = self.ending == Ending::Open,
            // The silence begins when the last answer has left.
            Cause::KeepAlive if !self.transmit.is_empty() => {
                let idle = self.settings.config.keepalive_timeout;
                self.deadlines.set(Cause::KeepAlive, now.instant, idle);
            }
            Cause::KeepAlive => self.start_closing(CloseReason::KeepAliveTimeout),
            Cause::Body if matches!(self.reading, Reading::Discard { .. }) => {
                self.start_closing(CloseReason::Fault(PeerError::BodyTimeout));
            }
            Cause::Body => self.body_failed(PeerError::BodyTimeout),
            Cause::Write => self.lose_peer(now, CloseReason::WriteTimeout),
            Cause::Handler => self.cancel = Some(CloseReason::HandlerTimeout),
            Cause::AppClose => self.cancel = Some(CloseReason::PeerGone),
            Cause::Lingering | Cause::LingeringSilence => {
                if let Ending::Lingering { reason } = self.ending {
                    self.closed(reason);
                }
            }
            Cause::UploadRate => self.grant_upload(now),
            // The driver asks for what may leave now, as after every turn.
            Cause::DownloadRate => {}
        }
    }

    /// Ends the exchange when its response is complete and its handler is done.
    pub(super) fn settle(&mut self, now: &Now) {
        if self.handler != Handler::Running {
            self.deadlines.clear(Cause::Handler);
            self.deadlines.clear(Cause::AppClose);
            self.cancel = None;
        }
        if self.writing != Writing::Ended
            || self.handler == Handler::Running
            || self.ending != Ending::Open
        {
            return;
        }
        self.handler = Handler::Done;
        self.finish_exchange(None);
        match self.reading {
            _ if !self.persist => self.start_closing(CloseReason::Finished),
            Reading::Complete => self.next_request(now),
            Reading::Body => {
                self.reading = Reading::Discard { left: self.settings.config.discard_limit };
                let after = self.settings.config.request_timeout;
                self.await_input(Cause::Body, now, after);
                self.discard(now);
            }
            Reading::ProxyHeader { .. }
            | Reading::Head
            | Reading::Discard { .. }
            | Reading::Raw
            | Reading::Ignore => {
                self.start_closing(CloseReason::Finished);
            }
        }
    }

    /// From here on nothing new is said; what is queued still leaves.
    pub(super) fn start_closing(&mut self, reason: CloseReason) {
        if self.ending != Ending::Open {
            return;
        }
        self.finish_exchange(Some(reason));
        // Closing a socket with unread bytes resets the connection, and the reset can overtake
        // our answer (RFC 9112 section 9.6). A client that asked for the close, and whose request
        // is read, sends nothing more.
        let nothing_comes = self.input_ended
            || (self.reading == Reading::Complete
                && self.input.is_empty()
                && !self.head.keep_alive());
        self.ending = Ending::Flushing { reason, linger: !nothing_comes };
        self.coded = None;
        self.head_timed_out = false;
        for cause in [Cause::Head, Cause::KeepAlive, Cause::Body] {
            self.deadlines.clear(cause);
        }
        self.reading = Reading::Ignore;
        self.input.clear();
        self.flushed();
    }

    /// A connection that need not linger is over when everything has left.
    pub(super) fn flushed(&mut self) {
        if let Ending::Flushing { reason, linger: false } = self.ending
            && self.transmit.is_empty()
        {
            self.closed(reason);
        }
    }

    /// Drops what is queued and closes.
    pub(super) fn close_now(&mut self, reason: CloseReason) {
        self.drop_queue(reason);
        self.closed(reason);
    }

    pub(super) fn closed(&mut self, reason: CloseReason) {
        self.ending = Ending::Closed { reason };
        self.coded = None;
        self.head_timed_out = false;
        self.reading = Reading::Ignore;
        self.input.clear();
        for cause in [Cause::Head, Cause::KeepAlive, Cause::Body, Cause::Write, Cause::Lingering] {
            self.deadlines.clear(cause);
        }
        for cause in [Cause::LingeringSilence, Cause::UploadRate, Cause::DownloadRate] {
            self.deadlines.clear(cause);
        }
    }
}
