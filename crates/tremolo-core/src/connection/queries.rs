//! Questions about one connection. No method here changes anything.

use std::sync::Arc;
use std::time::Instant;

use super::state::{Reading, Writing};
use super::{Cause, Connection, Settings, TlsDetails};
use crate::budget::Budget;
use crate::error::CloseReason;
use crate::proxy_protocol::ProxiedAddresses;

/// A connection, for questions ([`Connection::peek`]).
///
/// [`ExchangeRef`](crate::ExchangeRef) is the same for an exchange.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionRef<'a> {
    pub(crate) connection: &'a Connection,
}

impl Connection {
    /// The same connection, for questions.
    #[inline]
    #[must_use]
    pub fn peek(&self) -> ConnectionRef<'_> {
        ConnectionRef { connection: self }
    }
}

/// The work of a driver.
impl<'a> ConnectionRef<'a> {
    /// The settings of this connection.
    #[inline]
    #[must_use]
    pub fn settings(self) -> &'a Arc<Settings> {
        &self.connection.settings
    }

    /// Whether the driver should read. While it should not, the peer waits: the backpressure.
    #[must_use]
    pub fn wants_input(self) -> bool {
        let connection = self.connection;
        !connection.inbound.has_ended()
            && !self.is_closed()
            && !connection.deadlines.is_set(Cause::UploadRate)
            && connection.inbound.wants_input(connection.settings.config())
    }

    /// Bytes that wait to be written.
    #[inline]
    #[must_use]
    pub fn queued(self) -> usize {
        self.connection.outbound.queued()
    }

    /// The budget of the turn. If it is over, the driver writes what is queued, lets other
    /// connections go on, and then begins the next turn. No event asks for that.
    #[inline]
    #[must_use]
    pub fn turn(self) -> &'a Budget {
        &self.connection.turn
    }

    /// Whether [`Event::Cancel`](super::Event::Cancel) is the next event.
    #[inline]
    #[must_use]
    pub fn is_cancelled(self) -> bool {
        self.connection.lifecycle.is_cancel_requested()
    }

    /// Whether there is memory for received bytes.
    #[inline]
    #[must_use]
    pub fn has_buffer(self) -> bool {
        self.connection.inbound.has_buffer()
    }

    /// Whether there is memory for what an exchange writes.
    #[inline]
    #[must_use]
    pub fn has_exchange_buffers(self) -> bool {
        self.connection.outbound.has_staging()
    }
}

/// The PROXY protocol.
impl<'a> ConnectionRef<'a> {
    /// Whether a PROXY protocol header is still to come.
    #[inline]
    #[must_use]
    pub fn expects_proxy_header(self) -> bool {
        matches!(self.connection.inbound.reading(), Reading::ProxyHeader { .. })
    }

    /// The two ends of the connection as a trusted proxy has described them. `None` if none has,
    /// or if the connection is the proxy's own: then the addresses of the socket are valid.
    #[inline]
    #[must_use]
    pub fn proxied(self) -> Option<&'a ProxiedAddresses> {
        self.connection.proxied.as_deref()
    }
}

/// The encryption.
impl<'a> ConnectionRef<'a> {
    /// Whether the TLS handshake is in progress.
    #[inline]
    #[must_use]
    pub fn is_handshaking(self) -> bool {
        self.connection.deadlines.is_set(Cause::Handshake)
    }

    /// What the TLS handshake has agreed on; `None` before its end, and without TLS.
    #[inline]
    #[must_use]
    pub fn tls(self) -> Option<&'a Arc<TlsDetails>> {
        self.connection.tls.as_ref()
    }
}

/// The end.
impl ConnectionRef<'_> {
    /// Whether there is no current exchange, and nothing is buffered or queued.
    #[inline]
    #[must_use]
    pub fn is_idle(self) -> bool {
        self.connection.outbound.is_idle() && self.connection.inbound.is_empty()
    }

    /// Whether a request is not complete: its handler runs, or its response is not written.
    #[must_use]
    pub fn is_busy(self) -> bool {
        self.connection.lifecycle.is_handler_running()
            || !(self.is_output_complete() || self.is_closed())
    }

    /// Whether no response lacks a part, and all bytes of them were written.
    pub(super) fn is_output_complete(self) -> bool {
        let outbound = &self.connection.outbound;
        matches!(outbound.writing(), Writing::Idle | Writing::Ended) && outbound.is_queue_empty()
    }

    /// When an idle connection would be closed; `None` during a request.
    #[inline]
    #[must_use]
    pub fn idle_until(self) -> Option<Instant> {
        self.connection.deadlines.get(Cause::KeepAlive)
    }

    /// Why the connection ends or has ended.
    #[inline]
    #[must_use]
    pub fn close_reason(self) -> Option<CloseReason> {
        self.connection.lifecycle.close_reason()
    }

    /// Whether the connection is over, so that the socket can be dropped.
    #[inline]
    #[must_use]
    pub fn is_closed(self) -> bool {
        self.connection.lifecycle.is_closed()
    }

    /// Whether the peer takes nothing more of the current exchange: the connection is closed, or the
    /// shutdown of the server has ended the stream of events. A handler that notices it may go on,
    /// for `app_close_timeout`.
    #[inline]
    #[must_use]
    pub fn is_peer_gone(self) -> bool {
        self.is_closed() || self.connection.has_ended_events()
    }

    /// Whether the connection is closed and no handler runs: no event can come any more.
    #[inline]
    #[must_use]
    pub fn is_drained(self) -> bool {
        self.is_closed() && !self.connection.lifecycle.is_handler_running()
    }

    /// Whether the connection ends before its output is complete. The transport must not report a
    /// regular end then (RFC 8446 section 6.1): a client would take the part of a response for the
    /// whole.
    #[must_use]
    pub fn is_cut(self) -> bool {
        self.connection.outbound.is_dropped
            || matches!(
                self.close_reason(),
                Some(
                    CloseReason::PeerGone
                        | CloseReason::ResponseCut
                        | CloseReason::FileFailed
                        | CloseReason::WriteTimeout
                        | CloseReason::HandlerTimeout
                        | CloseReason::RequestTimeout
                )
            )
    }
}
