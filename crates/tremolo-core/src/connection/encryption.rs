//! What a driver reports of the encryption below a connection: that the handshake is complete, or
//! that the peer does not encrypt.

use super::{Cause, Connection};
use crate::clock::Now;
use crate::error::PeerError;

impl Connection {
    /// Reports that the TLS handshake is complete: the time of the first request head begins.
    pub fn handshake_done(&mut self, now: &Now) {
        if self.deadlines.is_set(Cause::Handshake) {
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
        if self.deadlines.is_set(Cause::Handshake) && self.lifecycle.is_open() {
            self.handshake_done(now);
            self.inbound.refuse(PeerError::NotEncrypted);
        }
    }
}
