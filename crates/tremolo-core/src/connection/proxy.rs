//! The PROXY protocol header, which a load balancer sends before the first request (HAProxy,
//! `doc/proxy-protocol.txt`).
//!
//! Where it is expected, every connection must begin with one: with an optional header any client
//! could choose its own address. Its addresses are used only if the peer is a trusted proxy. A
//! connection without a valid header is closed without a response.

use std::net::IpAddr;

use super::Connection;
use super::state::Reading;
use crate::error::CloseReason;
use crate::proxy_protocol::ProxiedAddresses;

impl Connection {
    /// Expects a PROXY protocol header before the first request, within the time of its head.
    /// Call this before any input, with the address of the peer, `None` for a Unix socket.
    pub fn expect_proxy_header(&mut self, peer: Option<IpAddr>) {
        if !self.lifecycle.had_exchange() && self.inbound.is_empty() {
            let believed = self.settings.config().trusted_proxies.contains(peer);
            self.inbound.expect_proxy_header(believed);
        }
    }

    /// Takes the PROXY protocol header from bytes that have arrived below the encryption, and returns
    /// what is behind it: the beginning of the handshake. `None` while the header is not complete,
    /// and if the connection was closed because it is not valid.
    ///
    /// Put the bytes into [`Connection::input_buffer`] before.
    pub fn take_proxy_header(&mut self) -> Option<Vec<u8>> {
        let Reading::ProxyHeader { believed } = self.inbound.reading() else { return None };
        self.read_proxy_header(believed).then(|| self.inbound.take_buffered())
    }

    /// Whether a PROXY protocol header is still to come.
    #[must_use]
    pub fn expects_proxy_header(&self) -> bool {
        matches!(self.inbound.reading(), Reading::ProxyHeader { .. })
    }

    /// The two ends of the connection as a trusted proxy has described them. `None` if none has,
    /// or if the connection is the proxy's own: then the addresses of the socket are valid.
    #[must_use]
    pub fn proxied(&self) -> Option<&ProxiedAddresses> {
        self.proxied.as_deref()
    }

    /// Reads the header. False while it is not complete, and if it cannot be read.
    pub(super) fn read_proxy_header(&mut self, believed: bool) -> bool {
        match self.inbound.read_proxy_header() {
            Ok(Some(header)) => {
                self.proxied = header.addresses.filter(|_| believed).map(Box::new);
                return true;
            }
            Ok(None) if self.inbound.has_ended() => self.close_now(CloseReason::PeerClosed),
            Ok(None) => {}
            Err(error) => self.close_now(CloseReason::Proxy(error)),
        }
        false
    }
}
