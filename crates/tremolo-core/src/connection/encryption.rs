//! What a driver reports of the encryption below a connection: that the handshake is complete, or
//! that the peer does not encrypt.

use std::sync::Arc;

use super::{Cause, Connection};
use crate::clock::Now;
use crate::error::{CloseReason, PeerError};

/// What a TLS handshake has agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsDetails {
    /// The version of the protocol: `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The name of the cipher suite in the registry of the IANA, such as `TLS_AES_128_GCM_SHA256`.
    pub cipher: &'static str,
    /// The name that the client asked for (SNI, RFC 6066 section 3), in lower case. It is not
    /// compared with the `Host` of the requests.
    pub server_name: Option<Box<str>>,
    /// The certificate of the client in DER, if it has sent one. It was verified.
    pub client_certificate: Option<Box<[u8]>>,
}

impl Connection {
    /// Reports that the TLS handshake is complete: the time of the first request head begins.
    /// `details` is called if that is new.
    pub fn handshake_done(&mut self, now: &Now, details: impl FnOnce() -> TlsDetails) {
        if self.peek().is_handshaking() {
            self.tls = Some(Arc::new(details()));
            self.end_handshake(now);
        }
    }

    /// Closes a connection whose handshake is in progress before its time, because there are too
    /// many of them.
    pub fn close_handshake(&mut self) {
        if self.peek().is_handshaking() {
            self.close_now(CloseReason::HandshakeTimeout);
        }
    }

    fn end_handshake(&mut self, now: &Now) {
        if self.peek().is_handshaking() {
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
        if self.peek().is_handshaking() && self.lifecycle.is_open() {
            self.end_handshake(now);
            self.inbound.refuse(PeerError::NotEncrypted);
        }
    }
}
