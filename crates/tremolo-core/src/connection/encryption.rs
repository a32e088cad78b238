//! What a driver reports of the encryption below a connection: when the handshake is complete, or that
//! the peer does not encrypt. And what the driver must know: whether the output is complete, so that
//! the session may end regularly (RFC 8446 section 6.1).

use super::{Cause, Connection};
use crate::clock::Now;
use crate::error::{CloseReason, PeerError};

impl Connection {
    /// Reports that the TLS handshake is complete: the time of the first request head begins.
    pub fn handshake_done(&mut self, now: &Now) {
        if self.is_handshaking() {
            self.deadlines.clear(Cause::Handshake);
            if self.lifecycle.is_open() && !self.deadlines.is_set(Cause::Head) {
                let after = self.settings.config().request_timeout;
                self.deadlines.set(Cause::Head, now.instant, after);
            }
        }
    }

    /// Reports that the peer sent a request without encryption on a connection that expects it:
    /// the request gets the response 400, which leaves without encryption as well.
    pub fn handle_unencrypted(&mut self, now: &Now) {
        if self.is_handshaking() && self.lifecycle.is_open() {
            self.handshake_done(now);
            self.inbound.refuse(PeerError::NotEncrypted);
        }
    }

    /// Whether a TLS handshake is in progress.
    #[must_use]
    pub fn is_handshaking(&self) -> bool {
        self.deadlines.is_set(Cause::Handshake)
    }

    /// Whether the connection ends before its output is complete. The transport must not report a
    /// regular end then: a client would take the part of a response for the whole.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        matches!(
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
