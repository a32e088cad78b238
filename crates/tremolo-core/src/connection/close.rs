//! The end of an exchange, of a handler's time, and of the connection (RFC 9112 section 9).

use super::state::{Ending, Handler, Reading, Writing};
use super::{Cause, Connection};
use crate::clock::Now;
use crate::error::{CloseReason, PeerError};
use crate::websocket::HandlerEnd;

impl Connection {
    /// Reports that the writing half of the socket was closed.
    pub fn shutdown_done(&mut self, now: &Now) {
        if let Ending::Flushing { reason, linger } = self.lifecycle.ending() {
            if self.inbound.has_ended() || !linger {
                return self.closed(reason);
            }
            self.lifecycle.half_closed();
            self.deadlines.clear(Cause::Write);
            let config = self.settings.config();
            self.deadlines.set(Cause::Lingering, now.instant, config.lingering_time);
            let silence = config.lingering_timeout;
            self.await_input(Cause::LingeringSilence, now, silence);
        }
    }

    /// The server shuts down: a busy connection closes after its response, one that has no complete
    /// request after `drain_grace`. A client that has not noticed the shutdown may send one more
    /// request until then; the response has `Connection: close`.
    ///
    /// A request may have arrived that is not read yet. So read what is there before
    /// [`Connection::handle_timeout`].
    pub fn drain(&mut self, now: &Now) {
        self.lifecycle.drain();
        match self.inbound.reading() {
            _ if !self.lifecycle.is_open() => {}
            _ if self.is_sending_events() => self.end_events(now),
            // The response is complete: what is still to come is not needed.
            Reading::Discard { .. } => self.start_closing(CloseReason::Shutdown),
            Reading::ProxyHeader { .. } | Reading::Head
                if self.outbound.writing() == Writing::Idle =>
            {
                let grace = self.settings.config().drain_grace;
                self.deadlines.set(Cause::Head, now.instant, grace);
            }
            Reading::Raw => self.end_websocket(now, HandlerEnd::ServerStops),
            _ if self.outbound.writing() == Writing::Head => self.lifecycle.forbid_reuse(),
            _ => {}
        }
    }

    /// Closes an idle connection before its time, because there are too many of them.
    pub fn close_idle(&mut self) {
        if self.deadlines.is_set(Cause::KeepAlive) {
            self.start_closing(CloseReason::KeepAliveTimeout);
        }
    }

    /// Closes at once, at the end of the time for a shutdown. Nothing is flushed.
    pub fn abort(&mut self, reason: CloseReason) {
        if self.lifecycle.is_handler_running() {
            self.lifecycle.request_cancel(reason);
        }
        if !self.lifecycle.is_closed() {
            self.close_now(reason);
        }
    }

    /// Reports that the part of a file that is next to be written cannot be read, or that the file
    /// has become shorter. The response is cut, so that the client can detect it.
    pub fn file_failed(&mut self, now: &Now) {
        self.drop_queue(CloseReason::FileFailed);
        self.lifecycle.queue_failed(CloseReason::FileFailed);
        self.start_closing(CloseReason::FileFailed);
        self.transmitted(now, 0);
    }

    pub(super) fn expire(&mut self, now: &Now, cause: Cause) {
        match cause {
            Cause::Handshake => self.close_now(CloseReason::HandshakeTimeout),
            Cause::Head if self.lifecycle.is_draining() => {
                self.start_closing(CloseReason::Shutdown);
            }
            Cause::Head if matches!(self.inbound.reading(), Reading::ProxyHeader { .. }) => {
                self.close_now(CloseReason::Fault(PeerError::HeadTimeout));
            }
            // Browsers open connections in advance: to send nothing is not a fault.
            Cause::Head if self.inbound.is_empty() => {
                self.start_closing(CloseReason::KeepAliveTimeout);
            }
            // After a response, a client could take a 408 for the response to its next request
            // (RFC 9112 section 9.5).
            Cause::Head if self.lifecycle.had_exchange() => {
                self.start_closing(CloseReason::Fault(PeerError::HeadTimeout));
            }
            Cause::Head => {
                if self.lifecycle.is_open() {
                    self.inbound.refuse(PeerError::HeadTimeout);
                }
            }
            // The idle time begins when the last response was written.
            Cause::KeepAlive if !self.outbound.is_queue_empty() => {
                let idle = self.settings.config().keepalive_timeout;
                self.deadlines.set(Cause::KeepAlive, now.instant, idle);
            }
            Cause::KeepAlive => self.start_closing(CloseReason::KeepAliveTimeout),
            Cause::Body if matches!(self.inbound.reading(), Reading::Discard { .. }) => {
                self.start_closing(CloseReason::Fault(PeerError::BodyTimeout));
            }
            Cause::Body => self.body_failed(PeerError::BodyTimeout),
            Cause::Write => self.lose_peer(now, CloseReason::WriteTimeout),
            Cause::Handler => self.handler_timed_out(),
            Cause::Request => self.request_timed_out(now),
            Cause::Heartbeat => self.send_heartbeat(now),
            Cause::AppClose => {
                let reason = self.lifecycle.close_reason().unwrap_or(CloseReason::PeerGone);
                self.lifecycle.request_cancel(reason);
            }
            Cause::HalfClose => self.half_close_expired(now),
            Cause::Lingering | Cause::LingeringSilence => {
                if let Ending::Lingering { reason } = self.lifecycle.ending() {
                    self.closed(reason);
                }
            }
            Cause::UploadRate => self.grant_upload(now),
            // The driver polls what may be written now, as after every turn.
            Cause::DownloadRate => {}
            Cause::WebSocket => self.websocket_timed_out(now),
        }
    }

    /// The body cannot be read to its end, so that no other request can follow.
    pub(crate) fn body_failed(&mut self, fault: PeerError) {
        self.deadlines.clear(Cause::Body);
        self.lifecycle.forbid_reuse();
        self.inbound.fail_body(fault);
    }

    /// The handler made no progress. What it waited for decides which side was slow.
    fn handler_timed_out(&mut self) {
        let stalled = PeerError::BodyTimeout;
        let reason = if self.deadlines.is_set(Cause::Body) {
            self.body_failed(stalled);
            CloseReason::Fault(stalled)
        } else if self.inbound.body().fault() == Some(stalled) {
            CloseReason::Fault(stalled)
        } else if self.deadlines.is_set(Cause::Write) {
            CloseReason::WriteTimeout
        } else {
            CloseReason::HandlerTimeout
        };
        self.lifecycle.request_cancel(reason);
    }

    /// The exchange is not over in time: its handler is cancelled, or its client takes too long.
    fn request_timed_out(&mut self, now: &Now) {
        if self.lifecycle.is_handler_running() {
            self.lifecycle.request_cancel(CloseReason::RequestTimeout);
        } else {
            self.lose_peer(now, CloseReason::RequestTimeout);
        }
    }

    /// The time of the exchange ends with its handler and its response.
    #[inline]
    pub(crate) fn end_request_time(&mut self) {
        if !self.lifecycle.is_handler_running() && self.outbound.is_queue_empty() {
            self.deadlines.clear(Cause::Request);
        }
    }

    /// The handler, or the client for it, made progress: its time begins again.
    #[inline]
    pub(crate) fn progressed(&mut self, now: &Now) {
        if let Some(after) = self.lifecycle.handler_timeout() {
            self.deadlines.restart(Cause::Handler, now.instant, after);
        }
    }

    /// Ends the exchange when its response is complete and its handler is done.
    #[inline]
    pub(crate) fn settle(&mut self, now: &Now) {
        if !self.lifecycle.is_handler_running() {
            self.handler_ended(now);
        }
    }

    /// No handler runs: ends the exchange when its response is complete.
    fn handler_ended(&mut self, now: &Now) {
        for cause in [Cause::Handler, Cause::AppClose] {
            self.deadlines.clear(cause);
        }
        self.lifecycle.take_cancel();
        self.lifecycle.release_permit();
        self.end_request_time();
        if self.lifecycle.handler() == Handler::Done {
            self.deadlines.clear(Cause::HalfClose);
        }
        if self.outbound.writing() != Writing::Ended
            || !self.lifecycle.is_open()
            // The connection ends with its session.
            || self.inbound.websocket().is_some()
        {
            return;
        }
        self.deadlines.clear(Cause::Heartbeat);
        self.lifecycle.finish_exchange();
        self.finish_exchange(None);
        match self.inbound.reading() {
            _ if !self.lifecycle.persists() => self.start_closing(CloseReason::Finished),
            Reading::Complete => self.next_request(now),
            Reading::Body => {
                self.inbound.leave_body(self.settings.config().discard_limit);
                let after = self.settings.config().request_timeout;
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

    /// From here on nothing is added; what is queued is still written.
    pub(crate) fn start_closing(&mut self, reason: CloseReason) {
        if !self.lifecycle.is_open() {
            return;
        }
        self.finish_exchange(Some(reason));
        // Closing a socket with unread bytes resets the connection, and the reset can overtake
        // our response (RFC 9112 section 9.6). A client that asked for the close, and whose request
        // is read, sends nothing more. Before the first response there is nothing to destroy.
        let nothing_comes = !self.lifecycle.had_exchange() || self.inbound.expects_nothing();
        self.lifecycle.begin_close(reason, !nothing_comes);
        self.outbound.drop_encoder();
        for cause in [Cause::Head, Cause::KeepAlive, Cause::Body, Cause::HalfClose] {
            self.deadlines.clear(cause);
        }
        for cause in [Cause::Heartbeat, Cause::WebSocket] {
            self.deadlines.clear(cause);
        }
        self.inbound.stop();
        // To close the socket ends our half, too. If something is queued that has to come first: an
        // unread byte would make the close drop what the system has not sent.
        if nothing_comes && self.outbound.is_queue_empty() {
            self.closed(reason);
        }
    }

    /// Drops what is queued and closes.
    pub(super) fn close_now(&mut self, reason: CloseReason) {
        self.outbound.is_dropped |= !self.peek().is_output_complete();
        self.drop_queue(reason);
        self.closed(reason);
    }

    pub(super) fn closed(&mut self, reason: CloseReason) {
        self.lifecycle.close(reason);
        self.outbound.drop_encoder();
        self.inbound.stop();
        for cause in [Cause::Head, Cause::KeepAlive, Cause::Body, Cause::Write, Cause::Lingering] {
            self.deadlines.clear(cause);
        }
        for cause in [Cause::Handshake, Cause::Request] {
            self.deadlines.clear(cause);
        }
        for cause in
            [Cause::HalfClose, Cause::LingeringSilence, Cause::UploadRate, Cause::DownloadRate]
        {
            self.deadlines.clear(cause);
        }
        for cause in [Cause::Heartbeat, Cause::WebSocket] {
            self.deadlines.clear(cause);
        }
    }
}
