//! What a driver reports of the encryption below a connection: that the handshake is complete, or
//! that the peer does not encrypt.

use std::sync::Arc;

use super::state::Reading;
use super::{Cause, Connection, TlsDetails};
use crate::clock::Now;
use crate::error::{CloseReason, PeerError};

/// The encryption below a connection, from [`Connection::encryption`].
#[derive(Debug)]
pub struct Encryption<'a> {
    connection: &'a mut Connection,
}

impl Connection {
    /// What the driver of an encrypted connection reports.
    #[inline]
    #[must_use]
    pub fn encryption(&mut self) -> Encryption<'_> {
        Encryption { connection: self }
    }
}

impl Encryption<'_> {
    /// Takes the PROXY protocol header from bytes that have arrived below the encryption, and returns
    /// what is behind it: the beginning of the handshake. `None` while the header is not complete,
    /// and if the connection was closed because it is not valid.
    ///
    /// Put the bytes into [`Connection::input_buffer`] before.
    #[must_use]
    pub fn take_proxy_header(self) -> Option<Vec<u8>> {
        let connection = self.connection;
        let Reading::ProxyHeader { believed } = connection.inbound.reading() else { return None };
        connection.read_proxy_header(believed).then(|| connection.inbound.take_buffered())
    }

    /// The TLS handshake is complete: the time of the first request head begins. `details` is called
    /// if that is new.
    pub fn handshake_done(self, now: &Now, details: impl FnOnce() -> TlsDetails) {
        let connection = self.connection;
        if connection.peek().is_handshaking() {
            connection.tls = Some(Arc::new(details()));
            connection.end_handshake(now);
        }
    }

    /// The peer has sent a request without encryption on a connection that expects it: the request
    /// gets the response 400, which leaves without encryption as well.
    pub fn is_missing(self, now: &Now) {
        let connection = self.connection;
        if connection.peek().is_handshaking() && connection.lifecycle.is_open() {
            connection.end_handshake(now);
            connection.inbound.refuse(PeerError::NotEncrypted);
        }
    }

    /// Closes a connection whose handshake is in progress before its time, because there are too
    /// many of them.
    pub fn close_handshake(self) {
        if self.connection.peek().is_handshaking() {
            self.connection.close_now(CloseReason::HandshakeTimeout);
        }
    }
}

impl Connection {
    fn end_handshake(&mut self, now: &Now) {
        self.deadlines.clear(Cause::Handshake);
        if self.lifecycle.is_open() && !self.deadlines.is_set(Cause::Head) {
            let after = self.settings.config().request_timeout;
            self.deadlines.set(Cause::Head, now.instant, after);
        }
    }
}
